//! An archive in memory with invented items, in the place of the real one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use seutu::archive::PublicFolder;
use seutu::model::dossier::{
    DossierItem, DossierRecord, DossierSummary, JoinMethod, MemberCell, MemberState, UnknownReason,
};
use seutu::model::ids::{ItemKey, SourceId, Uid};
use seutu::model::item::{FullItem, ItemRecord, MatchRecord, VersionRecord};
use seutu::model::meeting::MeetingRecord;
use seutu::model::minutes::{ItemReading, Lang, Outcome, Stage};
use seutu::model::network::{Evidence, Field, Verdict};
use seutu::model::poll::PollOutcome;
use seutu::serve::site::{
    Counts, DoubtfulItem, EventPage, EventRecord, FeedQuery, FeedStamp, FindingRecord, GoneItem,
    ItemCursor, ItemPage, ItemQuery, MeetingAhead, MeetingQuery, MetricsAccess, MonthCount,
    NetworkEntry, Operation, PollDay, PublicFile, Published, Results, SearchQuery, Site, SiteFault,
    SiteStamp, SiteState, SourceOverview, Standing, TextsQuery,
};
use sha2::{Digest as _, Sha256};
use url::Url;

pub struct Shelf {
    pub public: Url,
    pub networks: Vec<NetworkEntry>,
    pub municipalities: Vec<String>,
    pub items: Mutex<Vec<ItemRecord>>,
    /// What is shown no more.
    pub gone: Mutex<Vec<(Uid, GoneItem)>>,
    pub sources: Vec<SourceOverview>,
    pub findings: Vec<FindingRecord>,
    pub published: Option<Published>,
    pub contact: Option<String>,
    pub matrix: Vec<(DossierSummary, Vec<MemberCell>)>,
    pub ahead: Vec<MeetingAhead>,
    pub months: Vec<MonthCount>,
    pub polls: Vec<PollDay>,
    pub doubtful: Vec<DoubtfulItem>,
    /// What is found, whatever is searched.
    pub found: Results,
    /// What was searched last, and after how many hits.
    pub searched: Mutex<Option<(SearchQuery, u32)>>,
    /// Folder of an archive whose published files are served.
    pub folder: Option<std::path::PathBuf>,
    /// What goes wrong, if anything.
    pub trouble: Mutex<Option<Trouble>>,
    /// How often items were asked for: how often a document was built.
    pub built: AtomicUsize,
    /// How often anything was asked for that the archive has to be read for.
    pub asked: AtomicUsize,
    /// The hub of the feeds.
    pub hub: Option<Url>,
    /// The time.
    pub now: Mutex<Timestamp>,
    pub meetings: Mutex<Vec<MeetingRecord>>,
    /// Requests wait while this is closed.
    pub gate: Gate,
    /// Searches wait while this is closed.
    pub search_gate: Gate,
}

/// Open or not, and who waits for that.
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn opened() -> Self {
        Self(Mutex::new(true), Condvar::new())
    }

    pub fn open(&self) {
        *self.0.lock().expect("gate") = true;
        self.1.notify_all();
    }

    pub fn close(&self) {
        *self.0.lock().expect("gate") = false;
    }

    fn pass(&self) {
        let open = self.0.lock().expect("gate");
        drop(self.1.wait_while(open, |open| !*open).expect("gate"));
    }
}

#[derive(Clone, Copy)]
pub enum Trouble {
    /// Queries fail.
    Fault,
    /// Searches take too long.
    Costly,
    /// Queries panic.
    Panic,
    /// Even the configuration panics, on the async worker.
    Worse,
    /// The same, once.
    Once,
    /// The first version of each item is not what was stored, and is left out.
    Version,
}

/// A shelf with `count` items, every second of them in the network.
pub fn shelf(count: u32) -> Arc<Shelf> {
    Arc::new(Shelf {
        public: "https://seutu.example/julki/".parse().expect("url"),
        networks: vec![NetworkEntry {
            slug: "sivistys".into(),
            name: "Sivistysverkosto".into(),
            description: None,
            members: vec!["Asikkala".into(), "Kärkölä".into()],
        }],
        municipalities: vec!["Asikkala".into(), "Kärkölä".into()],
        items: Mutex::new((0..count).map(item).collect()),
        gone: Mutex::default(),
        sources: vec![
            source("asikkala", "Asikkala", Some(PollOutcome::Ok)),
            source("karkola", "Kärkölä", None),
        ],
        findings: vec![],
        published: None,
        contact: None,
        matrix: vec![],
        ahead: vec![],
        months: vec![],
        polls: vec![],
        doubtful: vec![],
        found: Results::default(),
        searched: Mutex::new(None),
        folder: None,
        trouble: Mutex::new(None),
        built: AtomicUsize::new(0),
        asked: AtomicUsize::new(0),
        hub: None,
        now: Mutex::new("2024-03-20T10:00:00Z".parse().expect("instant")),
        meetings: Mutex::default(),
        gate: Gate::opened(),
        search_gate: Gate::opened(),
    })
}

pub fn source(id: &str, municipality: &str, outcome: Option<PollOutcome>) -> SourceOverview {
    let at = outcome.map(|_| "2024-03-20T06:05:00Z".parse().expect("instant"));
    SourceOverview {
        source: SourceId::new(id),
        name: format!("{municipality} – Dynasty"),
        municipality: municipality.into(),
        platform: "dynasty".into(),
        feed_url: format!("https://{id}.example/cgi/DREQUEST.PHP?page=rss/meetingitems"),
        feed_kind: "items".into(),
        poll_every_s: 1200,
        error: None,
        url: format!("https://{id}.example/cgi/DREQUEST.PHP"),
        successor: None,
        retired_on: None,
        enabled: true,
        last_poll_at: at,
        last_outcome: outcome.map(|outcome| outcome.word().to_owned()),
        http_status: None,
        last_ok_at: at.filter(|_| outcome.is_some_and(PollOutcome::is_success)),
        next_check_at: None,
        failures: 0,
        newest_meeting: outcome.map(|_| date(2024, 3, 14)),
        items: 3,
        awaiting_minutes: 1,
        problems: 0,
        robots: "allowed".into(),
        health: None,
        missing_sections: 0,
        awaiting_too_long: 0,
        newest_problem: None,
    }
}

/// Item `n`: minutes in Asikkala for even numbers, an agenda in Kärkölä for odd ones.
pub fn item(n: u32) -> ItemRecord {
    let even = n.is_multiple_of(2);
    let municipality = if even { "Asikkala" } else { "Kärkölä" };
    let stage = if even { Stage::Minutes } else { Stage::Agenda };
    let seen: Timestamp = "2024-03-01T08:00:00Z".parse().expect("instant");
    ItemRecord {
        uid: Uid::of(municipality, &ItemKey::new(format!("2024{n:03}-1"))),
        source: SourceId::new(if even { "asikkala" } else { "karkola" }),
        source_name: format!("{municipality} – Dynasty"),
        source_feed: "https://kunta.example/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30".into(),
        municipality: municipality.into(),
        municipality_code: "016".into(),
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2024, 3, 14)),
        title: format!("Asia numero {n}"),
        stage: Some(stage),
        outcome: even.then_some(Outcome::Accepted),
        fields: Some(fields(stage)),
        fields_before: None,
        handlings: Vec::new(),
        url: format!("https://kunta.example/cgi/DREQUEST.PHP?page=meetingitem&id=2024{n:03}-1")
            .parse()
            .expect("url"),
        version_no: 1,
        first_seen_at: seen,
        changed_at: seen + SignedDuration::from_mins(i64::from(n)),
        withdrawn_at: None,
        matches: if even {
            vec![in_the_network()]
        } else {
            Vec::new()
        },
    }
}

/// An event about an item: every third one says that it was withdrawn.
fn event(seq: i64, item: &ItemRecord) -> EventRecord {
    let gone = seq % 3 == 0;
    EventRecord {
        seq,
        at: item.changed_at,
        kind: if gone { "withdrawn" } else { "item_new" }.into(),
        municipality: item.municipality.clone(),
        uid: Some(item.uid.to_string()),
        network: None,
        version_no: None,
        summary: item.title.clone(),
        url: (!gone).then(|| item.url.to_string()),
    }
}

fn fields(stage: Stage) -> ItemReading {
    let minutes = stage == Stage::Minutes;
    ItemReading {
        lang: Lang::Fi,
        minutes_checked: None,
        stage: Some(stage),
        body: Some("Sivistyslautakunta".into()),
        held_on: Some(date(2024, 3, 14)),
        position: Some(1),
        section_no: minutes.then_some(39),
        title: None,
        diary_numbers: vec!["12/2024".into()],
        preparer: None,
        presenter: None,
        background: None,
        proposal: Some("Lautakunta päättää hyväksyä sopimuksen.".into()),
        proceedings: None,
        votes: None,
        decision: minutes.then(|| "Lautakunta hyväksyi ehdotuksen.".into()),
        outcome: minutes.then_some(Outcome::Accepted),
        dissent: None,
        conflicts: None,
        competence: None,
        appeal_kind: None,
        appeal_text: None,
        notified: None,
        attachments: Vec::new(),
        previous: None,
        next: None,
        pdf_url: Some("https://kunta.example/kokous.pdf".parse().expect("url")),
    }
}

fn in_the_network() -> MatchRecord {
    MatchRecord {
        network: "sivistys".into(),
        network_name: "Sivistysverkosto".into(),
        verdict: Verdict::In,
        score: 2.0,
        decided_by: "rules".into(),
        explanation: "Päätöksessä puhutaan verkostosta.".into(),
        evidence: vec![Evidence {
            rule: "verkosto".into(),
            field: Field::Decision,
            quote: "sivistyspalveluiden verkosto".into(),
            weight: 2.0,
        }],
    }
}

impl Shelf {
    fn troubled(&self) -> Result<(), SiteFault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.gate.pass();
        let trouble = *self
            .trouble
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match trouble {
            None | Some(Trouble::Once | Trouble::Version) => Ok(()),
            Some(Trouble::Fault) => Err(SiteFault::Unreadable(
                "disk I/O error in /secret/archive.db".into(),
            )),
            Some(Trouble::Costly) => Err(SiteFault::Costly("after 2 s in /secret".into())),
            Some(Trouble::Panic | Trouble::Worse) => panic!("a broken query"),
        }
    }

    fn wanted(&self, query: &FeedQuery) -> Vec<ItemRecord> {
        if query.q.is_some() {
            self.search_gate.pass();
        }
        let mut items = self.items.lock().expect("items").clone();
        items.retain(|item| {
            query
                .network
                .as_ref()
                .is_none_or(|slug| item.matches.iter().any(|found| found.network == *slug))
                && query
                    .municipality
                    .as_ref()
                    .is_none_or(|name| item.municipality == *name)
                && query
                    .body
                    .as_ref()
                    .is_none_or(|body| item.body.as_ref() == Some(body))
                && query.stage.is_none_or(|stage| item.stage == Some(stage))
                && query
                    .outcome
                    .is_none_or(|outcome| item.outcome == Some(outcome))
                && query
                    .year
                    .is_none_or(|year| item.held_on.is_some_and(|day| day.year() == year))
                && query
                    .q
                    .as_ref()
                    .is_none_or(|q| item.title.contains(q.as_str()))
                && query.since.is_none_or(|since| item.changed_at >= since)
        });
        items.sort_by_key(|item| std::cmp::Reverse(item.changed_at));
        items
    }

    fn texts(&self, query: &TextsQuery) -> Vec<ItemRecord> {
        let wanted = FeedQuery {
            network: query.network.clone(),
            dossier: query.dossier.clone(),
            municipality: query.municipality.clone(),
            ..FeedQuery::default()
        };
        let mut texts = self.wanted(&wanted);
        texts.retain(|text| (query.from..query.until).contains(&text.changed_at));
        texts.reverse();
        texts
    }

    pub fn open_gate(&self, open: &str) {
        if open == "open" {
            self.gate.open();
        } else {
            self.gate.close();
        }
    }
}

impl Site for Shelf {
    fn public_url(&self) -> &Url {
        let mut trouble = self
            .trouble
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let breaks = trouble.take_if(|trouble| matches!(trouble, Trouble::Once));
        drop(trouble);
        assert!(breaks.is_none(), "a broken address");
        &self.public
    }

    fn networks(&self) -> &[NetworkEntry] {
        &self.networks
    }

    fn unready(&self) -> Vec<String> {
        vec![]
    }

    fn metrics_access(&self) -> MetricsAccess {
        MetricsAccess::Loopback
    }

    fn operation(&self) -> Result<Operation, SiteFault> {
        Ok(Operation::default())
    }

    fn municipalities(&self) -> &[String] {
        let worse = matches!(
            *self
                .trouble
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
            Some(Trouble::Worse)
        );
        assert!(!worse, "a broken configuration");
        &self.municipalities
    }

    fn knows_body(&self, name: &str) -> Result<bool, SiteFault> {
        self.troubled()?;
        let items = self.items.lock().expect("items");
        Ok(items.iter().any(|item| item.body.as_deref() == Some(name)))
    }

    fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, SiteFault> {
        self.troubled()?;
        let items = self.wanted(query);
        let last_change = items.iter().map(|item| item.changed_at).max();
        let seq = last_change.map_or(0, Timestamp::as_second);
        Ok(FeedStamp {
            seq,
            last_change,
            count: u32::try_from(items.len()).expect("count"),
        })
    }

    fn feed_items(&self, query: &FeedQuery) -> Result<Vec<ItemRecord>, SiteFault> {
        self.built.fetch_add(1, Ordering::SeqCst);
        let (skip, take) = (query.offset as usize, query.limit as usize);
        Ok(self
            .wanted(query)
            .into_iter()
            .skip(skip)
            .take(take)
            .collect())
    }

    fn sources(&self) -> Result<Vec<SourceOverview>, SiteFault> {
        self.troubled()?;
        Ok(self.sources.clone())
    }

    fn findings(&self) -> Result<Vec<FindingRecord>, SiteFault> {
        Ok(self.findings.clone())
    }

    fn published(&self) -> Option<Published> {
        self.published.clone()
    }

    fn public_file(&self, name: &str) -> Result<Option<PublicFile>, SiteFault> {
        self.troubled()?;
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        PublicFolder::of(folder)
            .open(name, 0)
            .map_err(|error| SiteFault::Unreadable(error.to_string()))
    }

    fn events(&self, since: i64, limit: u32) -> Result<EventPage, SiteFault> {
        let items = self.items.lock().expect("items");
        let events: Vec<_> = (1..)
            .zip(items.iter())
            .map(|(seq, item)| event(seq, item))
            .collect();
        let newest = events.last().map_or(0, |event| event.seq);
        let limit = usize::try_from(limit).expect("limit");
        let events = events
            .into_iter()
            .filter(|event| event.seq > since)
            .take(limit);
        let events: Vec<_> = events.collect();
        Ok(EventPage {
            last: events.last().map(|event| event.seq),
            events,
            newest,
        })
    }

    fn counts(&self) -> Result<Counts, SiteFault> {
        Ok(Counts {
            items: 7,
            agendas: 2,
            minutes: 4,
            unread: 1,
            versions: 11,
            ..Counts::default()
        })
    }

    fn standing(&self, uid: &Uid) -> Result<Standing, SiteFault> {
        self.troubled()?;
        let gone = self.gone.lock().expect("gone");
        if let Some((_, gone)) = gone.iter().find(|(known, _)| known == uid) {
            return Ok(Standing::Gone(*gone));
        }
        let items = self.items.lock().expect("items");
        let known = items.iter().any(|item| item.uid == *uid);
        Ok(if known {
            Standing::Found
        } else {
            Standing::Unknown
        })
    }

    fn full_item(&self, uid: &Uid) -> Result<Option<FullItem>, SiteFault> {
        let items = self.items.lock().expect("items");
        let Some(item) = items.iter().find(|item| item.uid == *uid).cloned() else {
            return Ok(None);
        };
        let version = VersionRecord {
            version_no: 1,
            stage: item.stage,
            seen_from: item.first_seen_at,
            seen_to: None,
            url: item.url.clone(),
            content_sha256: "0".repeat(64),
            parser: "dynasty/1".into(),
            changed_fields: vec![],
            fields: item.fields.clone().expect("fields"),
            handlings: vec![],
        };
        let mut first = version.clone();
        first.seen_to = Some(item.changed_at);
        first.fields.stage = Some(Stage::Agenda);
        first.fields.decision = None;
        first.fields.outcome = None;
        first.stage = Some(Stage::Agenda);
        let second = VersionRecord {
            version_no: 2,
            changed_fields: vec!["decision".into()],
            ..version
        };
        let trouble = *self.trouble.lock().expect("trouble");
        let is_damaged = matches!(trouble, Some(Trouble::Version));
        let sound = (!is_damaged).then_some(first).into_iter();
        Ok(Some(FullItem {
            item,
            versions: sound.chain([second]).collect(),
            attachments: vec![],
        }))
    }

    fn items(&self, query: &ItemQuery) -> Result<ItemPage, SiteFault> {
        let id = |item: &ItemRecord| item.changed_at.as_second() / 60;
        let mut items = self.wanted(&query.filter);
        items.retain(|item| query.after.is_none_or(|after| id(item) < after.id));
        let limit = usize::try_from(query.filter.limit).expect("limit");
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| ItemCursor {
            changed_at: last.changed_at,
            id: id(last),
        });
        Ok(ItemPage { items, next })
    }

    fn uids_near(&self, uid: &Uid, most: u32) -> Result<Vec<Uid>, SiteFault> {
        let items = self.items.lock().expect("items");
        let near = items.iter().map(|item| item.uid.clone());
        let near = near.filter(|known| known.as_str().get(..9) == uid.as_str().get(..9));
        Ok(near.take(usize::try_from(most).expect("most")).collect())
    }

    fn dossier(&self, slug: &str) -> Result<Option<DossierRecord>, SiteFault> {
        let (summary, cells) = regional();
        let items = self.items.lock().expect("items").clone();
        let items = items.into_iter().take(1).map(|item| DossierItem {
            item,
            method: JoinMethod::Title,
            confidence: 0.95,
            note: "Toimintasuunnitelma 2026".into(),
        });
        Ok((summary.slug == slug).then(|| DossierRecord {
            summary,
            cells,
            items: items.collect(),
        }))
    }

    fn dossiers(&self, _network: Option<&str>) -> Result<Vec<DossierSummary>, SiteFault> {
        Ok(vec![regional().0])
    }

    fn dossiers_of(&self, uid: &Uid) -> Result<Vec<DossierSummary>, SiteFault> {
        let first = self.items.lock().expect("items").first().cloned();
        Ok(first
            .filter(|item| item.uid == *uid)
            .map(|_| regional().0)
            .into_iter()
            .collect())
    }

    fn dossier_title(&self, slug: &str) -> Result<Option<String>, SiteFault> {
        self.troubled()?;
        Ok((slug == "suunnitelma-2024").then(|| "Suunnitelma 2024".into()))
    }

    fn hub(&self) -> Option<&Url> {
        self.hub.as_ref()
    }

    fn now(&self) -> Result<Timestamp, SiteFault> {
        self.troubled()?;
        Ok(*self.now.lock().expect("now"))
    }

    fn texts_seen(&self, query: &TextsQuery) -> Result<Vec<ItemRecord>, SiteFault> {
        let texts = self.texts(query).into_iter();
        let part = texts.skip(query.offset as usize).take(query.limit as usize);
        Ok(part.filter(|text| text.withdrawn_at.is_none()).collect())
    }

    fn texts_count(&self, query: &TextsQuery) -> Result<u32, SiteFault> {
        Ok(u32::try_from(self.texts(query).len()).expect("count"))
    }

    fn first_text(&self) -> Result<Option<Timestamp>, SiteFault> {
        let items = self.items.lock().expect("items");
        Ok(items.iter().map(|item| item.changed_at).min())
    }

    fn calendar(&self, query: &MeetingQuery) -> Result<Vec<MeetingRecord>, SiteFault> {
        let mut meetings = self.meetings.lock().expect("meetings").clone();
        meetings.retain(|meeting| {
            meeting.held_on >= query.from
                && query
                    .municipality
                    .as_ref()
                    .is_none_or(|name| meeting.municipality == *name)
                && (query.network.is_none() || !meeting.items.is_empty())
        });
        Ok(meetings)
    }

    fn meetings_stamp(&self) -> Result<String, SiteFault> {
        self.troubled()?;
        Ok(format!("{:?}", self.meetings.lock().expect("meetings")))
    }

    fn contact(&self) -> Option<&str> {
        self.contact.as_deref()
    }

    fn stamp(&self) -> SiteStamp {
        let items = self.items.lock().expect("items");
        // Whatever changes an item here changes its time.
        let published = items.iter().map(|item| item.changed_at).max();
        SiteStamp {
            published,
            ..SiteStamp::default()
        }
    }

    fn state(&self) -> Option<SiteState> {
        // What is broken has no state.
        if self.trouble.lock().ok()?.is_some() || !*self.gate.0.lock().ok()? {
            return None;
        }
        let (items, gone) = (self.items.lock().ok()?, self.gone.lock().ok()?);
        let told = (&*items, &*gone, &*self.meetings.lock().ok()?);
        let told = format!("{told:?} {}", self.now.lock().ok()?);
        let first = Sha256::digest(told).first_chunk().copied()?;
        Some(SiteState {
            stamp: SiteStamp::default(),
            minute: i64::from_ne_bytes(first),
        })
    }

    fn as_of(&self) -> Result<Option<Timestamp>, SiteFault> {
        self.troubled()?;
        Ok(Some("2024-03-20T06:05:00Z".parse().expect("instant")))
    }

    fn matrix(&self, network: &str) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, SiteFault> {
        let mut matrix = self.matrix.clone();
        matrix.retain(|(summary, _)| summary.network == network);
        Ok(matrix)
    }

    fn results(&self, query: &SearchQuery, offset: u32) -> Result<Results, SiteFault> {
        self.troubled()?;
        if !query.words.is_empty() {
            self.search_gate.pass();
        }
        *self.searched.lock().expect("searched") = Some((query.clone(), offset));
        Ok(self.found.clone())
    }

    fn meetings_ahead(&self, from: Date, limit: u32) -> Result<Vec<MeetingAhead>, SiteFault> {
        let ahead = self.ahead.iter().filter(|meeting| meeting.held_on >= from);
        Ok(ahead.take(limit as usize).cloned().collect())
    }

    fn items_by_month(
        &self,
        _network: Option<&str>,
        _since: Date,
    ) -> Result<Vec<MonthCount>, SiteFault> {
        Ok(self.months.clone())
    }

    fn polls_by_day(&self, _since: Date) -> Result<Vec<PollDay>, SiteFault> {
        Ok(self.polls.clone())
    }

    fn doubtful_items(&self, _network: &str, limit: u32) -> Result<Vec<DoubtfulItem>, SiteFault> {
        Ok(self.doubtful.iter().take(limit as usize).cloned().collect())
    }
}

/// A regional matter: one member has decided, of the other nothing can be said.
fn regional() -> (DossierSummary, Vec<MemberCell>) {
    let summary = DossierSummary {
        slug: "sivistys-toimintasuunnitelma-2026".into(),
        title: "Toimintasuunnitelma 2026".into(),
        network: "sivistys".into(),
        subject: "toimintasuunnitelma".into(),
        year: Some(2026),
        members: 2,
        decided: 1,
        on_agenda: 0,
        not_seen: 0,
        unknown: 1,
        first_on: Some(date(2024, 3, 14)),
        last_on: None,
        changed_at: "2024-03-20T06:05:00Z".parse().expect("instant"),
        predecessor: None,
        successor: None,
    };
    let decided = MemberCell {
        municipality: "Asikkala".into(),
        state: MemberState::Decided,
        on: Some(date(2024, 3, 14)),
        outcome: Some(Outcome::Accepted),
        differs: Some(true),
        items: vec![Uid::new("asikkala/2024000-1")],
        why: None,
        why_since: None,
    };
    let unknown = MemberCell {
        municipality: "Kärkölä".into(),
        state: MemberState::Unknown,
        on: None,
        outcome: None,
        differs: None,
        items: vec![],
        why: Some(UnknownReason::SourceDown),
        why_since: Some(date(2024, 3, 1)),
    };
    (summary, vec![decided, unknown])
}
