//! What the server asks the archive; the handlers know nothing else of it.

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;
use url::Url;

use crate::model::ids::SourceId;
use crate::model::item::ItemRecord;
use crate::model::minutes::{Outcome, Stage};

/// The queries of the server. All of them may block: handlers call them off the async workers.
pub trait Site: Send + Sync + 'static {
    /// The address readers reach this server by; every absolute address is made from it, never from
    /// what a request claims.
    fn public_url(&self) -> &Url;

    /// Networks in the order of the configuration.
    fn networks(&self) -> &[NetworkEntry];

    /// Names of the municipalities that can be filtered by.
    fn municipalities(&self) -> &[String];

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

/// Tells whether a feed may have changed: two equal stamps of one query mean equal documents. `limit`
/// and `offset` do not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedStamp {
    /// Number of the last event that can have changed the feed; verdicts and removals are events.
    pub seq: i64,
    /// When that was; `None` before the first event.
    pub last_change: Option<Timestamp>,
    /// Items of the feed, where they are counted: an erased item leaves no other trace.
    pub count: u64,
}

/// How one source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOverview {
    /// Which source.
    pub source: SourceId,
    /// Its name for people: `Asikkala – Dynasty`.
    pub name: String,
    /// Name of the municipality.
    pub municipality: String,
    /// The platform's word.
    pub platform: String,
    /// The portal.
    pub url: String,
    /// Whether it is polled.
    pub enabled: bool,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// When it last answered as it should.
    pub last_ok_at: Option<Timestamp>,
    /// How the last poll ended, in the word of [`crate::model::poll::PollOutcome`].
    pub last_outcome: Option<String>,
    /// HTTP status of the last poll.
    pub http_status: Option<u16>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is due again.
    pub next_check_at: Option<Timestamp>,
    /// Day of the newest meeting it named.
    pub newest_meeting: Option<Date>,
    /// Items, withdrawn ones left out.
    pub items: u64,
    /// Items not read as minutes yet whose page is still followed.
    pub awaiting_minutes: u64,
    /// Problems of its feed and its pages.
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
