//! Answers of servers as they may be compared, read and stored: personal identity codes are masked at the door.
//!
//! Everything behind the door has the masked bytes and their hash, so that the same answer is the same the next time,
//! and nobody can find a code again by trying numbers against a hash.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::fetch::{Answer, Document};
use crate::model::change::Original;
use crate::model::digest::sha256_hex;
use crate::privacy::{Masked, mask_bytes};

/// What came with an answer; `None` when it had no body.
pub fn original(answer: &Answer, fetched_at: Timestamp) -> Option<Original> {
    let document = answer.body.as_ref()?;
    let (body, withheld) = masked(document);
    Some(Original {
        url: answer.final_url.to_string(),
        fetched_at,
        http_status: answer.status,
        content_type: document.content_type.clone(),
        validators: answer.validators.clone(),
        sha256: sha256_hex(&body),
        body: body.into_owned(),
        withheld,
    })
}

fn masked(document: &Document) -> (Cow<'_, [u8]>, bool) {
    match mask_bytes(&document.bytes) {
        Masked::Clean => (Cow::Borrowed(&document.bytes), false),
        Masked::Bytes(bytes) => (Cow::Owned(bytes), false),
        Masked::Torn => (Cow::Borrowed(&document.bytes), true),
    }
}
