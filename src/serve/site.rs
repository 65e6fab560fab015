//! What the server asks the archive; the handlers know nothing else of it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;
use url::Url;

pub use crate::archive::{
    Commit, Counts, DoubtfulItem, EventPage, EventRecord, FacetKind, FacetValue, FeedQuery,
    FeedStamp, Figures, ItemCursor, ItemPage, ItemQuery, MeetingAhead, MeetingQuery, MonthCount,
    PollDay, PublicFile, Results, SearchHit, SearchQuery, Sizes, SourceOverview, TextsQuery,
    Verified, WithdrawnItems,
};
use crate::model::dossier::{DossierRecord, DossierSummary, MemberCell};
pub use crate::model::health::FindingRecord;
use crate::model::ids::Uid;
use crate::model::item::{FullItem, ItemRecord};
use crate::model::meeting::MeetingRecord;
pub use crate::model::operation::{MetricsAccess, Vitals};
pub use crate::model::published::Published;
pub use crate::model::takedown::{Gone, GoneItem, Standing};

/// The queries of the server. All of them may block: handlers call them off the async workers.
pub trait Site: Send + Sync + 'static {
    /// The address readers reach this server by; every absolute address is made from it, never from
    /// what a request claims.
    fn public_url(&self) -> &Url;

    /// Networks in the order of the configuration.
    fn networks(&self) -> &[NetworkEntry];

    /// Names of the municipalities that can be filtered by.
    fn municipalities(&self) -> &[String];

    /// Whether any municipality has a body of that name or slug.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn knows_body(&self, name: &str) -> Result<bool, SiteFault>;

    /// The state of the data behind a feed, cheap enough for every request.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, SiteFault>;

    /// Items, last changed first, ties always in the same order.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn feed_items(&self, query: &FeedQuery) -> Result<Vec<ItemRecord>, SiteFault>;

    /// Every source of the configuration with its state.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn sources(&self) -> Result<Vec<SourceOverview>, SiteFault>;

    /// What is wrong or unusual with the sources, the worst of each first.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn findings(&self) -> Result<Vec<FindingRecord>, SiteFault>;

    /// What is published as one file; `None` before the first snapshot.
    fn published(&self) -> Option<Published>;

    /// Opens a published file by its name, such as `archive.db`.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    fn public_file(&self, name: &str) -> Result<Option<PublicFile>, SiteFault>;

    /// Events after one of the log, oldest first, at most so many.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn events(&self, since: i64, limit: u32) -> Result<EventPage, SiteFault>;

    /// How much there is.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn counts(&self) -> Result<Counts, SiteFault>;

    /// Whether an item may be shown: what is gone answers 410 at every address, what nobody knows 404.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn standing(&self, uid: &Uid) -> Result<Standing, SiteFault>;

    /// One item with its whole history, whatever its standing; ask for that first.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn full_item(&self, uid: &Uid) -> Result<Option<FullItem>, SiteFault>;

    /// A page of items for programs, in the order of feeds.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn items(&self, query: &ItemQuery) -> Result<ItemPage, SiteFault>;

    /// Public keys near one that nobody knows.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn uids_near(&self, uid: &Uid, most: u32) -> Result<Vec<Uid>, SiteFault>;

    /// One regional matter with everything in it.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn dossier(&self, slug: &str) -> Result<Option<DossierRecord>, SiteFault>;

    /// The regional matters of a network, or of all.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn dossiers(&self, network: Option<&str>) -> Result<Vec<DossierSummary>, SiteFault>;

    /// The regional matters of a network, each with where every member stands.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn matrix(&self, network: &str) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, SiteFault>;

    /// The regional matters an item is part of.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn dossiers_of(&self, uid: &Uid) -> Result<Vec<DossierSummary>, SiteFault>;

    /// What keeps the server from being ready, in words; nothing when all is well.
    fn unready(&self) -> Vec<String>;

    /// Who may read `/metrics`.
    fn metrics_access(&self) -> MetricsAccess;

    /// What is measured, as it was a minute ago at most.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn operation(&self) -> Result<Operation, SiteFault>;

    // Feeds.

    /// The title of a dossier; `None` where there is no such dossier.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn dossier_title(&self, slug: &str) -> Result<Option<String>, SiteFault>;

    /// The hub that is told of changed feeds, where there is one.
    fn hub(&self) -> Option<&Url>;

    /// The time, as far as answers depend on it: which months and days are over.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn now(&self) -> Result<Timestamp, SiteFault>;

    /// Texts of a time as they stood then, in the order in which they came.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn texts_seen(&self, query: &TextsQuery) -> Result<Vec<ItemRecord>, SiteFault>;

    /// How many texts there are of a time.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn texts_count(&self, query: &TextsQuery) -> Result<u32, SiteFault>;

    /// When the first text was seen.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn first_text(&self) -> Result<Option<Timestamp>, SiteFault>;

    /// Meetings in the order of their days.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn calendar(&self, query: &MeetingQuery) -> Result<Vec<MeetingRecord>, SiteFault>;

    /// Tells whether what is known of meetings may have changed.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn meetings_stamp(&self) -> Result<String, SiteFault>;

    // What pages show.

    /// Whom to write to: an address of the web or of mail; `None` where nobody is named.
    fn contact(&self) -> Option<&str>;

    /// What tells one state of the data from the next, cheap enough for every request.
    fn stamp(&self) -> SiteStamp;

    /// What answers depend on beside the request, told without a query, so that it may be asked for every request and
    /// on the async workers; `None` where it cannot be told so.
    fn state(&self) -> Option<SiteState>;

    /// The time of the newest event or poll: pages speak of this time, never of the clock's.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn as_of(&self) -> Result<Option<Timestamp>, SiteFault>;

    /// A page of what is searched, with counts by facet.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn results(&self, query: &SearchQuery, offset: u32) -> Result<Results, SiteFault>;

    /// Meetings of that day and later, the next first, at most so many.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn meetings_ahead(&self, from: Date, limit: u32) -> Result<Vec<MeetingAhead>, SiteFault>;

    /// Items by the month of their meeting since a day, of one network or of all.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn items_by_month(
        &self,
        network: Option<&str>,
        since: Date,
    ) -> Result<Vec<MonthCount>, SiteFault>;

    /// How every source answered since a day, day by day.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn polls_by_day(&self, since: Date) -> Result<Vec<PollDay>, SiteFault>;

    /// Items that may belong to a network, those seen last first, at most so many.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn doubtful_items(&self, network: &str, limit: u32) -> Result<Vec<DoubtfulItem>, SiteFault>;
}

/// A state of everything pages are made of: equal stamps mean equal pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteStamp {
    /// The state of the archive.
    pub archive: Commit,
    /// When the published snapshot was written.
    pub published: Option<Timestamp>,
}

/// A state of everything feeds and pages are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteState {
    /// The state of the data.
    pub stamp: SiteStamp,
    /// The minute that the clock shows, counted from 1970: days begin with one of them.
    pub minute: i64,
}

/// What is measured of program and archive.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// What the program knows of itself.
    pub vitals: Vitals,
    /// What was counted in the archive.
    pub figures: Arc<Figures>,
    /// Its files.
    pub sizes: Sizes,
    /// When it was verified.
    pub verified: Option<Verified>,
    /// When the published snapshot was made.
    pub published_at: Option<Timestamp>,
}

/// The archive cannot answer now. The cause goes to the log, never into an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SiteFault {
    /// It cannot be read.
    #[error("the archive cannot be read: {0}")]
    Unreadable(String),
    /// What was typed would take longer to find than a reader may keep others waiting.
    #[error("a search was ended: {0}")]
    Costly(String),
}

/// A network as readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkEntry {
    /// Stable name in addresses.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// One paragraph for people.
    pub description: Option<String>,
    /// Names of its members.
    pub members: Vec<String>,
}
