//! Lists that lead to items: feeds, the bodies of a portal, the meetings of a body, one meeting.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use url::Url;

use super::feed_item::ListedItem;
use super::ids::SourceId;
use super::minutes::worded_enum;
use super::poll::Validators;
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

impl MeetingStatus {
    /// Whether minutes are out, checked or not.
    pub fn is_minutes(self) -> bool {
        matches!(self, Self::Minutes | Self::MinutesDraft)
    }

    /// The status that is further on; it never goes back. A cancellation counts until minutes are out: those
    /// of a cancelled meeting do not exist.
    pub fn further(before: Option<Self>, said: Option<Self>) -> Option<Self> {
        let rank = |status: Option<Self>| match status {
            None => 0,
            Some(Self::Agenda) => 1,
            Some(Self::Cancelled) => 2,
            Some(Self::MinutesDraft) => 3,
            Some(Self::Minutes) => 4,
        };
        if rank(said) > rank(before) {
            said
        } else {
            before
        }
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

impl ListReading {
    /// The meetings it names, the one it is about included. A meeting that a list of its items is about
    /// has that list; lists of items know the day of their meeting.
    pub fn named_meetings(&self, asked: &ListAddress) -> Vec<ListedMeeting> {
        let about = self.about.clone().map(|about| ListedMeeting {
            list: about.list.or_else(|| Some(asked.clone())),
            ..about
        });
        let dated = |meeting: ListedMeeting| ListedMeeting {
            list: meeting.list.map(|list| ListAddress {
                held_on: list.held_on.or(Some(meeting.held_on)),
                ..list
            }),
            ..meeting
        };
        let meetings = about.into_iter().chain(self.meetings.clone());
        meetings.map(dated).collect()
    }

    /// Takes the section numbers back that the items were given, unless the meeting's minutes are out: those of
    /// an agenda are only planned.
    pub fn drop_planned_sections(&mut self) {
        let status = self.about.as_ref().and_then(|about| about.status);
        if !status.is_some_and(MeetingStatus::is_minutes) {
            for item in &mut self.items {
                item.section_no = None;
            }
        }
    }

    /// Everything it lists, counted.
    pub fn entries(&self) -> usize {
        self.items.len() + self.meetings.len() + self.lists.len()
    }
}

/// What is known of a followed list before it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownList {
    /// Which source.
    pub source: SourceId,
    /// The list.
    pub list: ListAddress,
    /// How far its meeting has come, of a list of one meeting.
    pub status: Option<MeetingStatus>,
    /// Whether it is asked for without a backfill.
    pub followed: bool,
    /// First sight.
    pub first_seen_at: Timestamp,
    /// When final minutes, or a cancellation, were first read.
    pub settled_since: Option<Timestamp>,
    /// Validators of the last full answer.
    pub validators: Validators,
    /// SHA-256 of what was last read.
    pub reading_sha256: Option<String>,
    /// What it listed then.
    pub items_listed: Option<u32>,
    /// Failed checks in a row.
    pub failures: u32,
    /// First of the 404 and 410 answers in a row.
    pub gone_since: Option<Timestamp>,
}

/// The bookkeeping of one check of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCheck {
    /// When it was checked.
    pub checked_at: Timestamp,
    /// When it is due again; `None` means that only a backfill asks for it.
    pub next_check_at: Option<Timestamp>,
    /// When a backfill got an answer; `None` keeps what is stored.
    pub walked_at: Option<Timestamp>,
    /// When final minutes, or a cancellation, were first read.
    pub settled_since: Option<Timestamp>,
    /// Failed checks in a row; 0 after a success.
    pub failures: u32,
    /// HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// Validators to send next time.
    pub validators: Validators,
    /// SHA-256 of what was read; `None` keeps the stored one.
    pub reading_sha256: Option<String>,
    /// What it listed; `None` keeps what is stored.
    pub items_listed: Option<u32>,
    /// First of the 404 and 410 answers in a row.
    pub gone_since: Option<Timestamp>,
    /// What went wrong, for people; `None` after a success.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::MeetingStatus::{self, Agenda, Cancelled, Minutes, MinutesDraft};

    #[test]
    fn a_status_goes_on_and_never_back() {
        let further = |before, said| MeetingStatus::further(Some(before), Some(said));
        assert_eq!(MeetingStatus::further(None, Some(Agenda)), Some(Agenda));
        assert_eq!(MeetingStatus::further(Some(Minutes), None), Some(Minutes));
        assert_eq!(further(Minutes, Agenda), Some(Minutes));
        assert_eq!(further(MinutesDraft, Minutes), Some(Minutes));
        assert_eq!(further(Agenda, Cancelled), Some(Cancelled));
        assert_eq!(further(Cancelled, Agenda), Some(Cancelled));
    }
}
