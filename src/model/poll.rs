//! One poll of a feed: what came back, what it led to, and when the next one is due.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::SourceId;
use super::minutes::worded_enum;

/// Validators of a response, kept byte by byte as the server sent them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, quotes and `W/` included.
    pub etag: Option<String>,
    /// `Last-Modified`, even when it is not a date.
    pub last_modified: Option<String>,
}

impl Validators {
    /// What to send after a 304, which may renew validators: what it leaves out stays.
    #[must_use]
    pub fn renewed(&self, sent: &Self) -> Self {
        Self {
            etag: sent.etag.clone().or_else(|| self.etag.clone()),
            last_modified: sent
                .last_modified
                .clone()
                .or_else(|| self.last_modified.clone()),
        }
    }
}

/// How a poll ended, in the archive's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollOutcome {
    /// New bytes, read.
    Ok,
    /// 304, or the same bytes as last time.
    NotModified,
    /// Another status, a TLS, DNS or connection error, or a body that broke off.
    HttpError,
    /// A deadline passed or the server was too slow.
    Timeout,
    /// The bytes are not a feed, even after repair.
    ParseError,
    /// A feed without any entry, where there were some before.
    Empty,
    /// robots.txt, an address guard, or a Retry-After that is not over.
    Blocked,
}

impl PollOutcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::NotModified,
        Self::HttpError,
        Self::Timeout,
        Self::ParseError,
        Self::Empty,
        Self::Blocked,
    ];

    /// The outcome that a word of the archive names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The word of the archive.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotModified => "not_modified",
            Self::HttpError => "http_error",
            Self::Timeout => "timeout",
            Self::ParseError => "parse_error",
            Self::Empty => "empty",
            Self::Blocked => "blocked",
        }
    }

    /// Whether the source answered as it should.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::NotModified)
    }
}

worded_enum! {
    /// Why a server's certificate is not accepted.
    CertificateFault {
        /// Its time is over.
        Expired = "expired",
        /// Its time has not begun.
        NotYetValid = "not_yet_valid",
        /// Signed by itself, or by an authority that is not known; or the certificates between are not sent.
        UnknownIssuer = "unknown_issuer",
        /// Made out to another name.
        WrongName = "wrong_name",
        /// Taken back by its authority.
        Revoked = "revoked",
        /// Something else is wrong with it.
        Other = "other",
    }
}

/// The record of one poll: a row of table `poll`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRecord {
    /// Which source.
    pub source: SourceId,
    /// When the request was made.
    pub started_at: Timestamp,
    /// Milliseconds from request to decision.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: PollOutcome,
    /// HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// Entries in the feed.
    pub items_seen: u32,
    /// Items not known before.
    pub items_new: u32,
    /// Known items whose listing changed.
    pub items_changed: u32,
    /// Problems of this reading.
    pub parse_warnings: u32,
    /// What went wrong, for people.
    pub error: Option<String>,
    /// Failures in a row, this one included; 0 after a success.
    pub failures: u32,
    /// When the feed is due again.
    pub next_check_at: Timestamp,
    /// Why the server's certificate was not accepted, where that was the cause.
    #[serde(default)]
    pub certificate: Option<CertificateFault>,
}

/// A permanent redirect of a feed: watched, or adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTo {
    /// Where the server says the feed is now.
    pub url: String,
    /// Since when it has said the same without a break. Once adopted: since when this address itself
    /// redirects on; a moment that never comes while it does not.
    pub since: Timestamp,
    /// Whether polls go there directly.
    pub adopted: bool,
}

/// What the archive knows of a source before a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// Which source.
    pub source: SourceId,
    /// When its latest poll began; `None` means it was never polled.
    pub polled_at: Option<Timestamp>,
    /// When it is due; `None` means it was never polled.
    pub next_check_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// When the latest successful poll was.
    pub last_ok_at: Option<Timestamp>,
    /// Validators of the last full answer.
    pub validators: Validators,
    /// SHA-256 of the last body that was read.
    pub body_sha256: Option<String>,
    /// SHA-256 of what was last read, of a front that is a page: its bytes differ at every fetch.
    pub reading_sha256: Option<String>,
    /// Entries of the last body that was read.
    pub items_seen: Option<u32>,
    /// When the last unconditional answer was read.
    pub last_full_at: Option<Timestamp>,
    /// A permanent redirect being watched or adopted.
    pub moved_to: Option<MovedTo>,
    /// First of the 410 answers in a row.
    pub gone_since: Option<Timestamp>,
}
