//! The server's queries, answered by the archive.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use super::site::{
    Counts, DoubtfulItem, EventPage, FeedQuery, FeedStamp, Figures, FindingRecord, ItemPage,
    ItemQuery, MeetingAhead, MeetingQuery, MetricsAccess, MonthCount, NetworkEntry, Operation,
    PollDay, PublicFile, Published, Results, SearchQuery, Site, SiteFault, SiteStamp, SiteState,
    Sizes, SourceOverview, Standing, TextsQuery, Verified, Vitals,
};
use crate::archive::{ArchiveError, Changes, PublicFolder, Reader};
use crate::config::Config;
use crate::model::dossier::{DossierRecord, DossierSummary, MemberCell};
use crate::model::ids::Uid;
use crate::model::item::{FullItem, ItemRecord};
use crate::model::meeting::MeetingRecord;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Tells what keeps the program from being ready.
pub type Unready = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Tells what the program knows of itself.
pub type Told = Arc<dyn Fn() -> Vitals + Send + Sync>;

/// How long counts of the archive are told again before they are taken anew.
const KEPT: Duration = Duration::from_mins(1);

/// How long a search may take: what takes longer in an archive that is large for a region is no honest question.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long files are not looked at again while the writer tells of no change. What it does not tell of is the
/// publication of a snapshot, and hands that write into an archive while it runs, which they should not.
const BELIEVED: Duration = Duration::from_millis(100);

/// What the files were, and what the writer had told of before they were looked at.
#[derive(Clone, Copy, Debug)]
struct Look {
    changes: u64,
    at: Instant,
    stamp: SiteStamp,
}

/// An archive with the configuration it belongs to.
pub struct ArchiveSite {
    reader: Reader,
    public: PublicFolder,
    public_url: Url,
    contact: Option<String>,
    networks: Vec<NetworkEntry>,
    municipalities: Vec<String>,
    hub: Option<Url>,
    clock: Option<Now>,
    unready: Option<Unready>,
    dir: PathBuf,
    metrics: MetricsAccess,
    told: Option<Told>,
    changes: Option<Changes>,
    looked: RwLock<Option<Look>>,
    /// The last counts, and when they were taken.
    counted: Mutex<Option<(Instant, Arc<Figures>)>>,
}

impl ArchiveSite {
    /// Answers from `reader` in the terms of `config`.
    pub fn new(reader: Reader, config: &Config) -> Self {
        let networks = config.networks.iter().map(|network| NetworkEntry {
            slug: network.slug.clone(),
            name: network.name.clone(),
            description: network.description.clone(),
            members: network.members.clone(),
        });
        Self {
            reader: reader.patient(PATIENCE),
            public: PublicFolder::of(&config.archive_dir),
            public_url: config.public_url.clone(),
            contact: config.named_contact().map(str::to_owned),
            networks: networks.collect(),
            municipalities: config
                .municipalities
                .iter()
                .map(|m| m.name.clone())
                .collect(),
            hub: config.feeds.hub.0.clone(),
            clock: None,
            unready: None,
            dir: config.archive_dir.clone(),
            metrics: config.metrics,
            told: None,
            changes: None,
            looked: RwLock::default(),
            counted: Mutex::default(),
        }
    }

    /// The same with a clock. Without one it is as late as the last event of the archive says.
    #[must_use]
    pub fn with_clock(self, clock: Now) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// The same with somebody who knows whether the program is ready. Without one it always is.
    #[must_use]
    pub fn with_readiness(self, unready: Unready) -> Self {
        Self {
            unready: Some(unready),
            ..self
        }
    }

    /// The same with somebody who knows how the program is.
    #[must_use]
    pub fn with_vitals(self, told: Told) -> Self {
        Self {
            told: Some(told),
            ..self
        }
    }

    /// The same with the writer of the archive, who tells of changes. Without one the files are looked at for every
    /// request.
    #[must_use]
    pub fn with_changes(self, changes: Changes) -> Self {
        Self {
            changes: Some(changes),
            ..self
        }
    }

    /// The state of the files now.
    fn look(&self) -> SiteStamp {
        SiteStamp {
            archive: self.reader.commit(),
            published: self.public.written_at(),
        }
    }

    /// The counts, taken at most once a minute however many ask.
    fn figures(&self) -> Result<Arc<Figures>, SiteFault> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, figures)) = &*counted
            && at.elapsed() < KEPT
        {
            return Ok(Arc::clone(figures));
        }
        let figures = Arc::new(self.reader.figures().map_err(fault)?);
        *counted = Some((Instant::now(), Arc::clone(&figures)));
        Ok(figures)
    }
}

impl Site for ArchiveSite {
    fn public_url(&self) -> &Url {
        &self.public_url
    }

    fn networks(&self) -> &[NetworkEntry] {
        &self.networks
    }

    fn municipalities(&self) -> &[String] {
        &self.municipalities
    }

    fn knows_body(&self, name: &str) -> Result<bool, SiteFault> {
        self.reader.knows_body(name).map_err(fault)
    }

    fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, SiteFault> {
        self.reader.feed_stamp(query).map_err(fault)
    }

    fn feed_items(&self, query: &FeedQuery) -> Result<Vec<ItemRecord>, SiteFault> {
        self.reader.feed_items(query).map_err(fault)
    }

    fn sources(&self) -> Result<Vec<SourceOverview>, SiteFault> {
        self.reader.source_overview().map_err(fault)
    }

    fn findings(&self) -> Result<Vec<FindingRecord>, SiteFault> {
        self.reader.findings(None).map_err(fault)
    }

    fn published(&self) -> Option<Published> {
        // Pages about everything else must not fail with this one file.
        self.public.latest().unwrap_or_else(|error| {
            tracing::error!(%error, "what is published cannot be read");
            None
        })
    }

    fn public_file(&self, name: &str) -> Result<Option<PublicFile>, SiteFault> {
        let since = self.reader.takedown_seq().map_err(fault)?;
        self.public.open(name, since).map_err(fault)
    }

    fn events(&self, since: i64, limit: u32) -> Result<EventPage, SiteFault> {
        self.reader.events(since, limit).map_err(fault)
    }

    fn counts(&self) -> Result<Counts, SiteFault> {
        self.reader.counts().map_err(fault)
    }

    fn standing(&self, uid: &Uid) -> Result<Standing, SiteFault> {
        self.reader.standing(uid).map_err(fault)
    }

    fn full_item(&self, uid: &Uid) -> Result<Option<FullItem>, SiteFault> {
        self.reader.full_item(uid).map_err(fault)
    }

    fn items(&self, query: &ItemQuery) -> Result<ItemPage, SiteFault> {
        self.reader.items(query).map_err(fault)
    }

    fn uids_near(&self, uid: &Uid, most: u32) -> Result<Vec<Uid>, SiteFault> {
        self.reader.uids_near(uid, most).map_err(fault)
    }

    fn dossier(&self, slug: &str) -> Result<Option<DossierRecord>, SiteFault> {
        self.reader.dossier(slug).map_err(fault)
    }

    fn dossiers(&self, network: Option<&str>) -> Result<Vec<DossierSummary>, SiteFault> {
        self.reader.dossiers(network).map_err(fault)
    }

    fn matrix(&self, network: &str) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, SiteFault> {
        self.reader.matrix(network).map_err(fault)
    }

    fn dossiers_of(&self, uid: &Uid) -> Result<Vec<DossierSummary>, SiteFault> {
        self.reader.dossiers_of(uid).map_err(fault)
    }

    fn dossier_title(&self, slug: &str) -> Result<Option<String>, SiteFault> {
        self.reader.dossier_title(slug).map_err(fault)
    }

    fn hub(&self) -> Option<&Url> {
        self.hub.as_ref()
    }

    fn now(&self) -> Result<Timestamp, SiteFault> {
        if let Some(clock) = &self.clock {
            return Ok(clock());
        }
        let last = self.reader.last_event().map_err(fault)?;
        Ok(last.unwrap_or(Timestamp::UNIX_EPOCH))
    }

    fn unready(&self) -> Vec<String> {
        self.unready.as_ref().map_or_else(Vec::new, |ask| ask())
    }

    fn metrics_access(&self) -> MetricsAccess {
        self.metrics
    }

    fn operation(&self) -> Result<Operation, SiteFault> {
        Ok(Operation {
            vitals: self.told.as_ref().map(|told| told()).unwrap_or_default(),
            figures: self.figures()?,
            sizes: Sizes::of(&self.dir),
            verified: Verified::last(&self.dir).map_err(fault)?,
            published_at: self.published().map(|latest| latest.built_at),
        })
    }

    fn texts_seen(&self, query: &TextsQuery) -> Result<Vec<ItemRecord>, SiteFault> {
        self.reader.texts_seen(query).map_err(fault)
    }

    fn texts_count(&self, query: &TextsQuery) -> Result<u32, SiteFault> {
        self.reader.texts_count(query).map_err(fault)
    }

    fn first_text(&self) -> Result<Option<Timestamp>, SiteFault> {
        self.reader.first_text().map_err(fault)
    }

    fn calendar(&self, query: &MeetingQuery) -> Result<Vec<MeetingRecord>, SiteFault> {
        self.reader.calendar(query).map_err(fault)
    }

    fn meetings_stamp(&self) -> Result<String, SiteFault> {
        self.reader.meetings_stamp().map_err(fault)
    }

    fn contact(&self) -> Option<&str> {
        self.contact.as_deref()
    }

    fn stamp(&self) -> SiteStamp {
        let Some(changes) = &self.changes else {
            return self.look();
        };
        // Before the look, so that what is written meanwhile makes it an old one.
        let (changes, at) = (changes.count(), Instant::now());
        let known = *self.looked.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(look) = known
            && look.changes == changes
            && at.duration_since(look.at) < BELIEVED
        {
            return look.stamp;
        }
        let stamp = self.look();
        let mut looked = self.looked.write().unwrap_or_else(PoisonError::into_inner);
        *looked = Some(Look { changes, at, stamp });
        stamp
    }

    fn state(&self) -> Option<SiteState> {
        // Without a clock the time is that of the last event, which the stamp tells.
        let now = self.clock.as_ref().map(|clock| clock());
        Some(SiteState {
            stamp: self.stamp(),
            minute: now.map_or(0, |now| now.as_second().div_euclid(60)),
        })
    }

    fn as_of(&self) -> Result<Option<Timestamp>, SiteFault> {
        self.reader.as_of().map_err(fault)
    }

    fn results(&self, query: &SearchQuery, offset: u32) -> Result<Results, SiteFault> {
        self.reader.results(query, offset).map_err(fault)
    }

    fn meetings_ahead(&self, from: Date, limit: u32) -> Result<Vec<MeetingAhead>, SiteFault> {
        self.reader.meetings_ahead(from, limit).map_err(fault)
    }

    fn items_by_month(
        &self,
        network: Option<&str>,
        since: Date,
    ) -> Result<Vec<MonthCount>, SiteFault> {
        self.reader.items_by_month(network, since).map_err(fault)
    }

    fn polls_by_day(&self, since: Date) -> Result<Vec<PollDay>, SiteFault> {
        self.reader.polls_by_day(since).map_err(fault)
    }

    fn doubtful_items(&self, network: &str, limit: u32) -> Result<Vec<DoubtfulItem>, SiteFault> {
        self.reader.doubtful_items(network, limit).map_err(fault)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn fault(error: ArchiveError) -> SiteFault {
    if matches!(error, ArchiveError::Costly { .. }) {
        SiteFault::Costly(error.to_string())
    } else {
        SiteFault::Unreadable(error.to_string())
    }
}
