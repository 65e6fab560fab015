//! Attachments, and the PDFs of whole meetings: which are to be read, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::minutes::worded_enum;
use super::poll::Validators;
use super::source::{PdfText, Source};

worded_enum! {
    /// How far a document has come.
    DocumentStatus {
        /// Its item, or a list, names it; it has not been had yet.
        Listed = "listed",
        /// It was read, as far as it could be.
        Fetched = "fetched",
        /// It is not for the public, or robots.txt forbids it.
        NotPublic = "not_public",
        /// The server says that it is not there.
        Gone = "gone",
        /// It is larger than what is read.
        TooBig = "too_big",
        /// It is left alone: see [`SkipReason`].
        Skipped = "skipped",
    }
}

worded_enum! {
    /// Why a document is left alone.
    SkipReason {
        /// It is of a kind that nobody asked for.
        Kind = "kind",
        /// There is no room for it among the originals.
        Total = "total",
    }
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// An attachment (liite) of an item.
    Attachment,
    /// A whole meeting: its agenda or its minutes.
    Meeting,
}

impl DocumentKind {
    /// Every kind, in the order they are asked for: a meeting has one PDF and a hundred attachments.
    pub const ALL: [Self; 2] = [Self::Meeting, Self::Attachment];

    /// Whether a source asks for such documents.
    pub fn is_asked_by(self, source: &Source) -> bool {
        match self {
            Self::Attachment => !source.attachments.is_empty(),
            Self::Meeting => source.pdf.contains(&PdfText::Meetings),
        }
    }
}

/// A document to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// The number of the attachment, or of the meeting, in the archive.
    pub id: i64,
    /// Its address.
    pub url: Url,
    /// What its last full answer was marked with.
    pub validators: Validators,
    /// SHA-256 of the bytes that were had last; `None` where it is asked for the first time.
    pub sha256: Option<String>,
}

/// Which documents are to be asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of this kind.
    pub kind: DocumentKind,
    /// Of these media types, where they were skipped for theirs; see [`SkipReason::Kind`].
    pub media_types: Vec<&'static str>,
    /// Bytes that may be added to the originals of attachments.
    pub room: u64,
    /// At most so many.
    pub most: u32,
}

/// What asking for a document led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentCheck {
    /// When.
    pub checked_at: Timestamp,
    /// How far it has come; still [`DocumentStatus::Listed`] when it may be had later.
    pub status: DocumentStatus,
    /// What its bytes are; what the server says where they do not tell.
    pub media_type: Option<String>,
    /// `Content-Type` as sent, where the bytes are something else.
    pub served_as: Option<String>,
    /// Size.
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: Option<String>,
    /// Its text, page by page.
    pub pages: Vec<String>,
    /// Why it has no text, for people.
    pub error: Option<String>,
    /// Why it was skipped.
    pub skipped_for: Option<SkipReason>,
    /// `ETag` and `Last-Modified`, for the next request.
    pub validators: Validators,
    /// Whether its bytes are among the originals.
    pub kept: bool,
}

impl DocumentCheck {
    /// A check that brought nothing.
    pub fn without(checked_at: Timestamp, status: DocumentStatus, error: String) -> Self {
        Self {
            checked_at,
            status,
            media_type: None,
            served_as: None,
            bytes: None,
            sha256: None,
            pages: vec![],
            error: Some(error),
            skipped_for: None,
            validators: Validators::default(),
            kept: false,
        }
    }
}

/// An attachment as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachmentRecord {
    /// Number as printed.
    pub number: Option<String>,
    /// Title as printed.
    pub title: String,
    /// Its address.
    pub url: String,
    /// How far it has come.
    pub status: DocumentStatus,
    /// What its bytes are.
    pub media_type: Option<String>,
    /// Size.
    pub bytes: Option<u64>,
    /// Pages of its text.
    pub pages: Option<u32>,
    /// SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// Why it has no text.
    pub error: Option<String>,
    /// When it was last asked for.
    pub checked_at: Option<Timestamp>,
    /// Since when it is not at its source any more.
    pub gone_at: Option<Timestamp>,
}
