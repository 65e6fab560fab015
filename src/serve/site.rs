//! What the server asks the archive; the handlers know nothing else of it.

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;
use url::Url;

use crate::model::item::ItemRecord;
use crate::model::minutes::{Outcome, Stage};
use crate::model::poll::PollOutcome;
use crate::model::source::PlatformKind;

/// The queries of the server. All of them may block: handlers call them off the async workers.
pub trait Site: Send + Sync + 'static {
    /// The address readers reach this server by; every absolute address is made from it, never from
    /// what a request claims.
    fn public_url(&self) -> &Url;

    /// Networks in the order of the configuration.
    fn networks(&self) -> &[NetworkEntry];

    /// Names of the municipalities that can be filtered by.
    fn municipalities(&self) -> &[String];

    /// A mark that changes with anything the feed would show, cheap enough for every request.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, SiteFault>;

    /// The items of one page, last changed first, ties in the order of their uids.
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

    /// How much there is.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    fn counts(&self) -> Result<Counts, SiteFault>;
}

/// The archive cannot answer now. The cause goes to the log, never into an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the archive cannot be read: {0}")]
pub struct SiteFault(pub String);

/// A network as readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkEntry {
    /// Stable name in addresses.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// One paragraph for people.
    pub description: Option<String>,
}

/// Which items, newest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedQuery {
    /// Slug of the network whose verdict is `in`; `None` means every item.
    pub network: Option<String>,
    /// Name of the municipality.
    pub municipality: Option<String>,
    /// Body (toimielin), compared without regard to case.
    pub body: Option<String>,
    /// Stage.
    pub stage: Option<Stage>,
    /// Outcome.
    pub outcome: Option<Outcome>,
    /// Words of a full-text search, at most [`super::filters::MOST_WORDS`], not yet quoted for the index.
    pub q: Option<String>,
    /// Changed at this instant or later.
    pub since: Option<Timestamp>,
    /// At most this many.
    pub limit: u32,
    /// After skipping this many.
    pub offset: u32,
}

/// The state of a feed, whatever its page: `limit` and `offset` do not matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedStamp {
    /// Another text after every change of the items shown, verdicts and removals included.
    pub token: String,
    /// The latest such change; `None` while there is none.
    pub updated: Option<Timestamp>,
    /// Number of items on all pages.
    pub total: u64,
}

/// A source with its health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOverview {
    /// Stable identity.
    pub id: String,
    /// Name for people: `Asikkala – Dynasty`.
    pub name: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Which reader understands it.
    pub platform: PlatformKind,
    /// The portal.
    pub url: String,
    /// Whether it is polled.
    pub enabled: bool,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// How that poll ended.
    pub last_outcome: Option<PollOutcome>,
    /// HTTP status of that poll.
    pub http_status: Option<u16>,
    /// Latest success.
    pub last_ok_at: Option<Timestamp>,
    /// When the next poll is due.
    pub next_check_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Day of the newest meeting.
    pub newest_meeting: Option<Date>,
    /// Archived items.
    pub items: u64,
    /// Items with a recorded problem.
    pub problems: u64,
}

/// How much the archive holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items.
    pub items: u64,
    /// Items whose text is an agenda.
    pub agendas: u64,
    /// Items whose text is minutes.
    pub minutes: u64,
    /// Items listed but not read yet.
    pub unread: u64,
    /// Stored texts.
    pub versions: u64,
}
