//! Attachments as documents of their own: which are to be read, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ids::Uid;
use super::minutes::worded_enum;

worded_enum! {
    /// How far an attachment has come.
    AttachmentStatus {
        /// Its item lists it; it has not been had yet.
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

/// An attachment to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAttachment {
    /// Its number in the archive.
    pub id: i64,
    /// The item it belongs to.
    pub uid: Uid,
    /// Its address.
    pub url: Url,
}

/// What asking for an attachment led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentCheck {
    /// When.
    pub checked_at: Timestamp,
    /// How far it has come; still [`AttachmentStatus::Listed`] when it may be had later.
    pub status: AttachmentStatus,
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
