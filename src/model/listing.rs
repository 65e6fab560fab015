//! Lists that lead to items: feeds, the bodies of a portal, the meetings of a body, one meeting.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use url::Url;

use super::feed_item::ListedItem;
use super::minutes::worded_enum;
use super::problem::Problem;
use super::source::Source;

worded_enum! {
    /// What a list lists.
    ListKind {
        /// A feed whose entries are items.
        ItemFeed = "item_feed",
        /// A feed whose entries are meetings.
        MeetingFeed = "meeting_feed",
        /// Bodies (toimielimet), or the newest meetings of several bodies: a portal's front page.
        Bodies = "bodies",
        /// The meetings of one body.
        Meetings = "meetings",
        /// The items of one meeting.
        Meeting = "meeting",
        /// Items that belong to no meeting: decisions of officeholders.
        Items = "items",
    }
}

impl ListKind {
    /// Whether the document is RSS, Atom or JSON Feed; else it is a page.
    pub fn is_feed(self) -> bool {
        matches!(self, Self::ItemFeed | Self::MeetingFeed)
    }
}

worded_enum! {
    /// How far a meeting has come.
    MeetingStatus {
        /// The agenda (esityslista) is out.
        Agenda = "agenda",
        /// Minutes are out, not yet checked (tarkastamaton pöytäkirja).
        MinutesDraft = "minutes_draft",
        /// Minutes (pöytäkirja).
        Minutes = "minutes",
        /// The meeting was cancelled (peruttu).
        Cancelled = "cancelled",
    }
}

/// A list and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAddress {
    /// What it lists.
    pub kind: ListKind,
    /// The platform's own key of it, unique in a source and the same for ever, whatever the address does:
    /// `meeting/20261273`.
    pub key: String,
    /// Canonical address.
    pub url: Url,
    /// Body (toimielin) whose meetings or meeting it lists, where that is known beforehand.
    pub body: Option<String>,
    /// Day of the meeting it lists, where that is known beforehand.
    pub held_on: Option<Date>,
}

/// What was asked for; a page of a list must prove that it is that.
#[derive(Clone, Copy, Debug)]
pub struct AskedList<'a> {
    /// The source, for its portal and its `key_prefix`.
    pub source: &'a Source,
    /// The list.
    pub list: &'a ListAddress,
    /// The address that answered, after redirects.
    pub served: &'a Url,
}

/// A meeting as a list, a feed or its own page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMeeting {
    /// Body (toimielin) as printed.
    pub body: String,
    /// Day of the meeting, Finnish time.
    pub held_on: Date,
    /// When it begins, Finnish time.
    pub starts_at: Option<DateTime>,
    /// Running number of the body's meeting, as printed: `10/2026`.
    pub number: Option<String>,
    /// How far it has come, where that is said.
    pub status: Option<MeetingStatus>,
    /// When agenda or minutes, whichever is out, were published (julkaistu).
    pub published_on: Option<Date>,
    /// Place of the meeting.
    pub place: Option<String>,
    /// The list of its items; `None` when nothing leads there.
    pub list: Option<ListAddress>,
    /// The whole meeting as PDF.
    pub pdf_url: Option<Url>,
}

/// What an entry of a feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// An item.
    Item(ListedItem),
    /// A meeting.
    Meeting(ListedMeeting),
}

/// One list, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReading {
    /// The meeting that the page is about, of a list of its items.
    pub about: Option<ListedMeeting>,
    /// Lists of meetings it leads to, in page order.
    pub lists: Vec<ListAddress>,
    /// Meetings it lists, in page order.
    pub meetings: Vec<ListedMeeting>,
    /// Items it lists, in page order.
    pub items: Vec<ListedItem>,
    /// RSS `ttl`: a floor for the next poll.
    pub ttl: Option<Duration>,
    /// What was unclear.
    pub problems: Vec<Problem>,
}
