//! One running site: its plan, its address, what is out, and how often it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use encoding_rs::Encoding;
use url::Url;

use crate::model::ids::SourceId;
use crate::model::minutes::Stage;
use crate::model::source::AuthorityKind;

use super::plan::{FeedAnswer, ItemPlan, PageAnswer, PlanError, SitePlan};
use super::{SimulatedSource, SiteRequests};

/// Where bundled texts want the site's own scheme, host and port.
const ORIGIN_MARK: &str = "@ORIGIN@";

/// Counters behind [`SiteRequests`].
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests of every kind.
    pub total: AtomicU64,
    /// Requests for the feed of items.
    pub feeds: AtomicU64,
    /// Answers 304.
    pub not_modified: AtomicU64,
    /// Requests for item pages.
    pub pages: AtomicU64,
    /// Requests for robots.txt.
    pub robots: AtomicU64,
    /// Requests that carried a cookie.
    pub with_cookie: AtomicU64,
}

/// Adds one to a counter.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One running site.
#[derive(Debug)]
pub struct Site {
    /// What it serves.
    pub plan: SitePlan,
    /// What it was asked for.
    pub counts: Counts,
    /// Charset of its feed.
    pub encoding: &'static Encoding,
    portal: Url,
    origin: String,
    minutes_out: AtomicBool,
    feed_turn: AtomicUsize,
    page_turns: Vec<AtomicUsize>,
}

impl Site {
    /// Prepares a site for an address; fails when its plan names an unknown charset or a bad path.
    pub fn new(plan: SitePlan, address: SocketAddr) -> Result<Self, PlanError> {
        let origin = format!("http://{address}");
        let portal = Url::parse(&format!("{origin}{}", plan.portal_path())).map_err(|cause| {
            PlanError::Address {
                site: plan.id.clone(),
                cause,
            }
        })?;
        let charset = match &plan.portal {
            Some(_) => "utf-8",
            None => plan.feed.charset.as_str(),
        };
        let encoding =
            Encoding::for_label(charset.as_bytes()).ok_or_else(|| PlanError::Charset {
                site: plan.id.clone(),
                charset: charset.to_owned(),
            })?;
        let page_turns = plan.items.iter().map(|_| AtomicUsize::new(0)).collect();
        Ok(Self {
            plan,
            counts: Counts::default(),
            encoding,
            portal,
            origin,
            minutes_out: AtomicBool::new(false),
            feed_turn: AtomicUsize::new(0),
            page_turns,
        })
    }

    /// Puts the minutes out.
    pub fn advance(&self) {
        self.minutes_out.store(true, Ordering::Relaxed);
    }

    /// What is out.
    pub fn stage(&self) -> Stage {
        if self.minutes_out.load(Ordering::Relaxed) {
            Stage::Minutes
        } else {
            Stage::Agenda
        }
    }

    /// The site as a source to configure.
    pub fn source(&self) -> SimulatedSource {
        let portal = self.plan.portal.as_ref();
        let kind = portal.map_or(AuthorityKind::Municipality, |portal| portal.kind);
        SimulatedSource {
            id: SourceId::new(self.plan.id.as_str()),
            municipality: self.plan.name.clone(),
            code: self.plan.code.clone(),
            platform: self.plan.platform(),
            url: self.portal.clone(),
            is_member: !self.plan.outside && kind == AuthorityKind::Municipality,
            kind,
            permission: portal.and_then(|portal| portal.permission.clone()),
            markup: self.plan.markup.clone(),
            note: self.plan.note.clone(),
        }
    }

    /// What it was asked for.
    pub fn requests(&self) -> SiteRequests {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SiteRequests {
            source: SourceId::new(self.plan.id.as_str()),
            total: read(&self.counts.total),
            feeds: read(&self.counts.feeds),
            not_modified: read(&self.counts.not_modified),
            pages: read(&self.counts.pages),
            robots: read(&self.counts.robots),
            with_cookie: read(&self.counts.with_cookie),
        }
    }

    /// How the next request for the feed is answered.
    pub fn next_feed_answer(&self) -> FeedAnswer {
        let answers = &self.plan.feed.answers;
        if answers.is_empty() {
            return FeedAnswer::Ok;
        }
        let turn = self.feed_turn.fetch_add(1, Ordering::Relaxed) % answers.len();
        answers.get(turn).copied().unwrap_or_default()
    }

    /// The item with a key and, if the next request for its page goes wrong, how.
    pub fn next_page_answer(&self, key: &str) -> Option<(&ItemPlan, Option<PageAnswer>)> {
        let place = self.plan.items.iter().position(|item| item.key == key)?;
        let item = self.plan.items.get(place)?;
        let turn = self.page_turns.get(place)?.fetch_add(1, Ordering::Relaxed);
        Some((item, item.first.get(turn).copied()))
    }

    /// The item whose page is served in place of `item`: the next one that has a page.
    pub fn other_than(&self, item: &ItemPlan) -> Option<&ItemPlan> {
        let stage = self.stage();
        let after = self
            .plan
            .items
            .iter()
            .skip_while(|other| other.key != item.key)
            .skip(1);
        after
            .chain(&self.plan.items)
            .find(|other| other.key != item.key && other.file(stage).is_some())
    }

    /// Puts the site's own address into a bundled text.
    pub fn localise(&self, text: &str) -> String {
        text.replace(ORIGIN_MARK, &self.origin)
    }
}
