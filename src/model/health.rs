//! How a source is: the facts that are held against each other, and what they come to, as data.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::{SourceId, Uid};
use super::minutes::{Stage, worded_enum};
use super::poll::{CertificateFault, MovedTo, PollOutcome};

worded_enum! {
    /// How bad a finding is; the worst one is the health of its source.
    Severity {
        /// Nothing to say.
        Ok = "ok",
        /// Worth knowing, nothing to do.
        Notice = "notice",
        /// Something may be missing: have a look.
        Warning = "warning",
        /// The source brings nothing, or nothing that can be trusted.
        Failing = "failing",
    }
}

worded_enum! {
    /// Fields whose share of filled pages is watched.
    WatchedField {
        /// Proposal (päätösehdotus).
        Proposal = "proposal",
        /// Decision (päätös).
        Decision = "decision",
        /// Background (selostus).
        Background = "background",
        /// Diary number (diaarinumero).
        DiaryNumber = "diary_number",
        /// Presenter (esittelijä).
        Presenter = "presenter",
        /// Section number (pykälä).
        SectionNo = "section_no",
        /// Listed files.
        Attachments = "attachments",
    }
}

/// Section numbers between two known ones, of which no item is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Which source listed the section after the gap.
    pub source: SourceId,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: String,
    /// Calendar year of the meetings.
    pub year: i16,
    /// First missing section number.
    pub first_no: u32,
    /// Last missing section number.
    pub last_no: u32,
    /// How many are missing: fewer than the numbers of the gap where items without a number are known there.
    pub sections: u32,
    /// Day of the meeting with the section before the gap; `None` when the gap begins the year.
    pub after_meeting: Option<Date>,
    /// Day of the meeting with the section after it.
    pub before_meeting: Date,
    /// When the lists around it were last made due to look for it.
    pub looked_for_at: Option<Timestamp>,
}

/// A field that is filled less often than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillDrop {
    /// Which field.
    pub field: WatchedField,
    /// Of agendas or of minutes.
    pub stage: Stage,
    /// How many of the newest pages were looked at.
    pub pages: u32,
    /// How many of them have it.
    pub filled: u32,
    /// How many would have it if it were as it was.
    pub usual: u32,
}

/// What is wrong with a source: the kind, and the numbers to say it with in any language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each variant is explained; its fields are what the sentence about it needs"
)]
pub enum Trouble {
    /// The latest polls failed.
    PollFails {
        failures: u32,
        outcome: Option<PollOutcome>,
        http_status: Option<u16>,
        last_ok_on: Option<Date>,
        error: String,
    },
    /// The server's certificate is not accepted.
    Certificate {
        fault: CertificateFault,
        last_ok_on: Option<Date>,
    },
    /// The server says that the feed is gone for good (410).
    Gone { since: Date },
    /// The feed redirects permanently.
    Moved {
        url: String,
        since: Option<Date>,
        adopted: bool,
    },
    /// robots.txt forbids the pages, or the page that stands in for a feed.
    Robots { pages: u32 },
    /// Nothing newer than this day, although it answers.
    Silent { newest: Option<Date>, months: u32 },
    /// Fewer items than usual.
    FewItems { items: u32, usual: u32 },
    /// Nearly all items are about the meeting itself.
    Procedural { items: u32, procedural: u32 },
    /// Fields are filled less often than they were.
    FillDropped { drops: Vec<FillDrop> },
    /// Pages lost fields although their text is still there.
    Drift { pages: u32, example: Uid },
    /// Personal identity codes are published on pages or in files.
    IdentityCodes { places: u32 },
    /// Meetings were held long ago and their minutes have not come.
    AwaitingMinutes {
        items: u32,
        oldest: Date,
        title: String,
    },
    /// Section numbers without an item.
    Missing { sections: u32, gaps: Vec<Gap> },
    /// Lists or pages fail again and again.
    PagesFail {
        lists: u32,
        pages: u32,
        error: String,
    },
    /// Attachments were left alone because no more bytes are kept.
    AttachmentsFull { skipped: u32 },
}

impl Trouble {
    /// The stored word, the same as in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::PollFails { .. } => "poll_fails",
            Self::Certificate { .. } => "certificate",
            Self::Gone { .. } => "gone",
            Self::Moved { .. } => "moved",
            Self::Robots { .. } => "robots",
            Self::Silent { .. } => "silent",
            Self::FewItems { .. } => "few_items",
            Self::Procedural { .. } => "procedural",
            Self::FillDropped { .. } => "fill_dropped",
            Self::Drift { .. } => "drift",
            Self::IdentityCodes { .. } => "identity_codes",
            Self::AwaitingMinutes { .. } => "awaiting_minutes",
            Self::Missing { .. } => "missing",
            Self::PagesFail { .. } => "pages_fail",
            Self::AttachmentsFull { .. } => "attachments_full",
        }
    }
}

/// One thing to know about a source. Of one kind there is at most one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// How bad it is.
    pub severity: Severity,
    /// The same in a sentence, English.
    pub text: String,
}

impl Finding {
    /// The sentence without the text of an error, which may hold addresses and paths: for anybody to read.
    pub fn public_text(&self) -> &str {
        let (Trouble::PollFails { error, .. } | Trouble::PagesFail { error, .. }) = &self.trouble
        else {
            return &self.text;
        };
        let known = self.text.strip_suffix(error.as_str());
        // Rather no sentence than one that says too much.
        known.map_or("", |text| text.trim_end_matches([':', ' ']))
    }
}

/// A finding as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// Which source.
    pub source: SourceId,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Since when it has been so without a break.
    pub since: Timestamp,
}

/// The latest poll of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestPoll {
    /// How it ended; `None` when the archive's word is not known.
    pub outcome: Option<PollOutcome>,
    /// HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// Failures in a row.
    pub failures: u32,
    /// What went wrong.
    pub error: Option<String>,
    /// What is wrong with the certificate.
    pub certificate: Option<CertificateFault>,
}

/// What of an item page was filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledPage {
    /// Title of the item.
    pub title: String,
    /// Body, where known.
    pub body: Option<String>,
    /// Stage of the text.
    pub stage: Stage,
    /// The watched fields that say something.
    pub filled: Vec<WatchedField>,
}

/// Items whose meeting is long past and that are not minutes yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// How many.
    pub items: u32,
    /// Day of the oldest meeting.
    pub oldest: Date,
    /// Title of an item of it.
    pub title: String,
}

/// Everything that the health of a source is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Name of the municipality.
    pub municipality: String,
    /// The latest poll; `None` before the first one.
    pub latest: Option<LatestPoll>,
    /// When the first poll succeeded.
    pub first_ok_at: Option<Timestamp>,
    /// When the latest successful poll was.
    pub last_ok_at: Option<Timestamp>,
    /// First of the 410 answers in a row.
    pub gone_since: Option<Timestamp>,
    /// A permanent redirect.
    pub moved_to: Option<MovedTo>,
    /// The archive's word about robots.txt.
    pub robots: String,
    /// Pages and lists that robots.txt forbids.
    pub forbidden: u32,
    /// Day of the newest meeting.
    pub newest_meeting: Option<Date>,
    /// Titles of the items of the latest 30 days, those of meetings to come included.
    pub recent: Vec<String>,
    /// Items of the 30-day windows before, the latest first, back to the first whole one.
    pub windows: Vec<u32>,
    /// Pages that were read, of the newest meetings first.
    pub read: Vec<FilledPage>,
    /// Items whose pages drifted.
    pub drifted: Vec<Uid>,
    /// Pages and files that publish a personal identity code.
    pub identity_codes: u32,
    /// Items that wait for minutes for too long.
    pub awaited: Option<Awaited>,
    /// Section numbers without an item.
    pub gaps: Vec<Gap>,
    /// Lists that fail again and again.
    pub failing_lists: u32,
    /// Pages that do, without those that are gone.
    pub failing_pages: u32,
    /// What went wrong with one of them.
    pub failing_error: Option<String>,
    /// Attachments that were left alone because no more bytes are kept.
    pub skipped_for_total: u32,
}
