//! Attachments, and the PDFs of whole meetings: which are to be read, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::minutes::worded_enum;
use super::source::PdfText;

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
        /// It is no PDF.
        Skipped = "skipped",
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

    /// The word by which a source asks for its text.
    pub fn asked_by(self) -> PdfText {
        match self {
            Self::Attachment => PdfText::Attachments,
            Self::Meeting => PdfText::Meetings,
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
}

/// What asking for a document led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentCheck {
    /// When.
    pub checked_at: Timestamp,
    /// How far it has come; still [`DocumentStatus::Listed`] when it may be had later.
    pub status: DocumentStatus,
    /// `Content-Type` as sent.
    pub media_type: Option<String>,
    /// Size.
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: Option<String>,
    /// Its text, page by page.
    pub pages: Vec<String>,
    /// Why it has no text, for people.
    pub error: Option<String>,
}
