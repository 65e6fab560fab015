//! Items as the archive knows them: before a check, and as readers see them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;

use super::document::AttachmentRecord;
use super::feed_item::ListedItem;
use super::ids::{ItemKey, SourceId, Uid};
use super::minutes::{Handling, ItemReading, Outcome, Stage};
use super::network::{Evidence, Verdict};
use super::poll::Validators;

/// What is known of a listed item: enough to decide whether a feed entry says anything new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownItem {
    /// The platform's key.
    pub key: ItemKey,
    /// Public key.
    pub uid: Uid,
    /// Title as the feed last gave it.
    pub listed_title: String,
    /// Body as the feed last gave it.
    pub listed_body: Option<String>,
    /// Day as the feed last gave it.
    pub listed_on: Option<Date>,
    /// Section number as the page of its meeting last gave it.
    pub listed_section: Option<u32>,
    /// Hash of the text as the feed last gave it, for sources whose pages are not read.
    pub text_sha256: Option<String>,
    /// Address as the feed last gave it.
    pub url: Url,
}

/// A page whose time has come, with everything a check has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePage {
    /// Public key of the item.
    pub uid: Uid,
    /// Which source.
    pub source: SourceId,
    /// The platform's key.
    pub key: ItemKey,
    /// Address of the page.
    pub url: Url,
    /// Title as the feed last gave it.
    pub listed_title: String,
    /// Body as the feed last gave it.
    pub listed_body: Option<String>,
    /// Day of the meeting, as far as known.
    pub held_on: Option<Date>,
    /// Day of the meeting as the feed names it.
    pub listed_on: Option<Date>,
    /// Stage of the stored text; `None` before the first reading.
    pub stage: Option<Stage>,
    /// Number of stored versions.
    pub version_no: u32,
    /// The stored fields; `None` before the first reading.
    pub fields: Option<ItemReading>,
    /// Earlier handlings as stored.
    pub handlings: Vec<Handling>,
    /// Validators of the last full answer.
    pub validators: Validators,
    /// SHA-256 of the last bytes read from this page.
    pub body_sha256: Option<String>,
    /// Failed checks in a row.
    pub failures: u32,
    /// First sight in the feed.
    pub first_seen_at: Timestamp,
    /// When minutes were first read.
    pub minutes_since: Option<Timestamp>,
    /// When the stored text last changed.
    pub changed_at: Timestamp,
    /// Checks in a row that each brought another text.
    pub restless: u32,
    /// First of the 404 and 410 answers in a row.
    pub gone_since: Option<Timestamp>,
    /// Whether what names persons is left out of every text, by order or policy.
    pub redacted: bool,
    /// When something was taken out of its texts.
    pub erased_at: Option<Timestamp>,
}

impl DuePage {
    /// The page of an item that was just listed, before its first reading.
    pub fn unread(
        municipality: &str,
        source: &SourceId,
        item: &ListedItem,
        now: Timestamp,
    ) -> Self {
        Self {
            uid: Uid::of(municipality, &item.key),
            source: source.clone(),
            key: item.key.clone(),
            url: item.url.clone(),
            listed_title: item.title.clone(),
            listed_body: item.body.clone(),
            held_on: item.held_on,
            listed_on: item.held_on,
            stage: None,
            version_no: 0,
            fields: None,
            handlings: vec![],
            validators: Validators::default(),
            body_sha256: None,
            failures: 0,
            first_seen_at: now,
            minutes_since: None,
            changed_at: now,
            restless: 0,
            gone_since: None,
            redacted: false,
            erased_at: None,
        }
    }
}

/// A verdict as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchRecord {
    /// Slug of the network.
    pub network: String,
    /// Name of the network.
    pub network_name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Sum of the weights.
    pub score: f64,
    /// `rules` or `human`.
    pub decided_by: String,
    /// One Finnish sentence saying why.
    pub explanation: String,
    /// Quoted reasons.
    pub evidence: Vec<Evidence>,
}

/// An item with all that readers are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Public key.
    pub uid: Uid,
    /// Which source.
    pub source: SourceId,
    /// Name of the source: `Asikkala – Dynasty`.
    pub source_name: String,
    /// Address of the source's feed.
    pub source_feed: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Statistics Finland's code.
    pub municipality_code: String,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Day of the meeting.
    pub held_on: Option<Date>,
    /// Title of the matter.
    pub title: String,
    /// Stage of the text; `None` before the page was read.
    pub stage: Option<Stage>,
    /// Outcome, in minutes.
    pub outcome: Option<Outcome>,
    /// Every field of the page; `None` before it was read.
    pub fields: Option<ItemReading>,
    /// The fields before the text last changed, where they were minutes as they are now.
    #[serde(skip)]
    pub fields_before: Option<ItemReading>,
    /// Earlier handlings on the same page.
    pub handlings: Vec<Handling>,
    /// Address of the page.
    pub url: Url,
    /// Number of stored versions.
    pub version_no: u32,
    /// First sight in the feed.
    pub first_seen_at: Timestamp,
    /// When the stored text last changed.
    pub changed_at: Timestamp,
    /// When it disappeared or was taken down.
    pub withdrawn_at: Option<Timestamp>,
    /// Verdicts of every network.
    pub matches: Vec<MatchRecord>,
}

/// One stored version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// 1 is the first text seen.
    pub version_no: u32,
    /// Stage of that text; `None` when it does not say.
    pub stage: Option<Stage>,
    /// When it was first seen.
    pub seen_from: Timestamp,
    /// When the version after it was first seen; `None` for the newest.
    pub seen_to: Option<Timestamp>,
    /// Address of the document it was read from.
    pub url: Url,
    /// SHA-256 of what it says.
    pub content_sha256: String,
    /// Which reader read it: `dynasty/1`.
    pub parser: String,
    /// Names of the fields that differ from the version before.
    pub changed_fields: Vec<String>,
    /// Every field.
    pub fields: ItemReading,
    /// Earlier handlings.
    pub handlings: Vec<Handling>,
}

/// Why an item has no text with some number to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVersion {
    /// There is one, whose text is not what was stored.
    #[error("version {0} is not what was stored")]
    Damaged(u32),
    /// There are fewer.
    #[error("there is no version {number}: the item has versions 1 to {newest}")]
    Unknown {
        /// The number asked for.
        number: u32,
        /// The greatest that there is.
        newest: u32,
    },
    /// There is none at all.
    #[error("there is no version {0}: the item has none, its page was not read yet")]
    Unread(u32),
}

impl VersionRecord {
    /// The one with a number among an item's versions in their order, of which those are left out whose text is not what
    /// was stored.
    ///
    /// # Errors
    /// Why there is none.
    pub fn numbered(versions: &[Self], number: u32) -> Result<&Self, NoVersion> {
        let found = versions.iter().find(|version| version.version_no == number);
        found.ok_or_else(|| match versions.last() {
            None => NoVersion::Unread(number),
            Some(newest) if (1..newest.version_no).contains(&number) => NoVersion::Damaged(number),
            Some(newest) => NoVersion::Unknown {
                number,
                newest: newest.version_no,
            },
        })
    }
}

/// An item with its whole history: `show --json` prints it, and the interface for programs gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FullItem {
    /// The item.
    #[serde(flatten)]
    pub item: ItemRecord,
    /// Every version, the first one first.
    pub versions: Vec<VersionRecord>,
    /// Its attachments.
    pub attachments: Vec<AttachmentRecord>,
}

impl FullItem {
    /// Gives the item the text of one of its versions.
    pub fn turn_to(&mut self, version: VersionRecord) {
        self.item.stage = version.stage;
        self.item.outcome = version.fields.outcome;
        self.item.version_no = version.version_no;
        self.item.handlings = version.handlings;
        self.item.fields = Some(version.fields);
    }
}
