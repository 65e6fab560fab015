//! What a feed says (entries) and what a platform makes of it (listed items).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ids::ItemKey;
use super::problem::Problem;

/// Which rung of the identity ladder gave an entry its identity; the lower, the less it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdStep {
    /// `atom:id`, RSS `guid` or JSON Feed `id`.
    Native,
    /// The canonical link.
    Link,
    /// A hash of title and date: an edit of the title makes a new item, and a problem says so.
    Content,
}

/// One entry as the feed gives it, repaired and decoded but not yet understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Identity inside this feed, the same at every poll.
    pub native_id: String,
    /// How the identity was found.
    pub id_step: IdStep,
    /// Canonical link: RSS `link`, Atom `link rel=alternate`, JSON Feed `url`.
    pub link: Option<Url>,
    /// Title as plain text, entities decoded.
    pub title: String,
    /// Summary or content as plain text with paragraphs kept.
    pub text: Option<String>,
    /// RSS `pubDate` or `dc:date`, Atom `published`, JSON Feed `date_published`.
    pub published: Option<Timestamp>,
    /// Atom `updated`, JSON Feed `date_modified`; never filled from `published`.
    pub updated: Option<Timestamp>,
    /// Category terms in feed order.
    pub categories: Vec<String>,
}

/// One feed document, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReading {
    /// The feed's own title.
    pub title: Option<String>,
    /// Entries in feed order, each identity once.
    pub entries: Vec<FeedEntry>,
    /// Entries beyond the limit of one poll.
    pub dropped: usize,
    /// RSS `ttl`: a floor for the next poll.
    pub ttl: Option<Duration>,
    /// What was repaired or could not be used.
    pub problems: Vec<Problem>,
}

/// An item as a platform understands a feed entry: enough to archive it before its page is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedItem {
    /// The platform's own key.
    pub key: ItemKey,
    /// Canonical address of the item page.
    pub url: Url,
    /// Subject (asiaotsikko).
    pub title: String,
    /// Body (toimielin), where the feed names it.
    pub body: Option<String>,
    /// Day of the meeting, where the feed names it.
    pub held_on: Option<Date>,
    /// Position on the agenda, where the key carries it.
    pub position: Option<u32>,
    /// Section number (pykälä), where the page of a meeting's minutes prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section_no: Option<u32>,
    /// When the feed says it was published.
    pub published: Option<Timestamp>,
    /// Text of the entry, for sources whose pages are not read.
    pub text: Option<String>,
}
