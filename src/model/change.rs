//! What to write: the intents that `decide` makes of what is known and what was said.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::feed_item::ListedItem;
use super::ids::ItemKey;
use super::minutes::Reading;
use super::poll::Validators;
use super::problem::Problem;

/// How long a page must have answered 404 or 410 before its item counts as withdrawn: long enough
/// for a portal's move or a broken deployment to be noticed and mended.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a feed entry means for the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingChange {
    /// An item not known before.
    New(ListedItem),
    /// A known item listed with another title, body, day, address or text.
    Relisted(ListedItem),
}

impl ListingChange {
    /// The listed item, whichever change it is.
    pub fn item(&self) -> &ListedItem {
        match self {
            Self::New(item) | Self::Relisted(item) => item,
        }
    }

    /// Its key.
    pub fn key(&self) -> &ItemKey {
        &self.item().key
    }
}

/// Why a text became a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionKind {
    /// The first text seen.
    First,
    /// The agenda became minutes.
    MinutesPublished,
    /// The same stage with another text.
    Amended,
}

/// A text to store as the next version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// Why.
    pub kind: VersionKind,
    /// The reading.
    pub reading: Reading,
    /// Names of the fields that differ from the version before.
    pub changed_fields: Vec<String>,
    /// SHA-256 of the canonical JSON of the fields and handlings.
    pub content_sha256: String,
    /// Which reader read it: `dynasty/1`.
    pub parser: String,
}

/// What a check of a page means for the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// The same text as stored.
    Unchanged,
    /// The same text, but the reader sees its problems differently.
    Reassessed(Vec<Problem>),
    /// Another text.
    Version(Box<NewVersion>),
}

/// The bookkeeping of one check of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCheck {
    /// When it was checked.
    pub checked_at: Timestamp,
    /// When it is due again; `None` means never (confirmed gone, or not to be read).
    pub next_check_at: Option<Timestamp>,
    /// Failed checks in a row; 0 after a success.
    pub failures: u32,
    /// HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// Validators to send next time.
    pub validators: Validators,
    /// SHA-256 of the bytes read; `None` keeps the stored one.
    pub body_sha256: Option<String>,
    /// Checks in a row that each brought another text.
    pub restless: u32,
    /// First of the 404 and 410 answers in a row.
    pub gone_since: Option<Timestamp>,
    /// What went wrong, for people; `None` after a success.
    pub error: Option<String>,
    /// Problems of the reading; they replace the stored ones. `None` keeps those.
    pub problems: Option<Vec<Problem>>,
}

/// Bytes as served, for provenance and `originals.db`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Address they came from, after redirects.
    pub url: String,
    /// When.
    pub fetched_at: Timestamp,
    /// HTTP status.
    pub http_status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// `ETag` and `Last-Modified` as sent.
    pub validators: Validators,
    /// The body after content decoding, with personal identity codes masked.
    pub body: Vec<u8>,
    /// SHA-256 of the body, lower-case hex.
    pub sha256: String,
    /// Whether the body must not be stored: a personal identity code stands in it that cannot be masked.
    pub withheld: bool,
}
