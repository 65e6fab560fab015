//! The text of zipped documents: texts, slides and tables of office programs, part by part, within limits.
//!
//! A few kilobytes may unpack to gigabytes. So, as with PDFs, a confined child process calls [`text`], never the daemon.

mod form;
mod gather;
mod parts;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::form::Form;
use self::gather::Gathering;
use self::parts::Parts;
use crate::model::file_kind::FileKind;

/// Bytes of a document that is read.
pub const MOST_BYTES: usize = 32 << 20;
/// Bytes that all parts of a document that are read may unpack to.
const MOST_UNPACKED: u64 = 96 << 20;
/// Letters of the whole text: more than a book of minutes has.
const MOST_LETTERS: usize = 8_000_000;
/// Pages of a document: slides, or one.
const MOST_PAGES: usize = 2_000;

/// Why the text of a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "fault", content = "detail", rename_all = "snake_case")]
pub enum OfficeFault {
    /// It opens with a password only.
    #[error("the document is locked with a password; its text can be read only by who has it")]
    Locked,
    /// It is no such document, or a damaged one.
    #[error("the document is damaged: {0}")]
    Broken(String),
    /// It, what it unpacks to, or its text is beyond a limit.
    #[error("the document is too big to be read: {0}")]
    TooBig(String),
    /// It has no letters.
    #[error("the document holds no text")]
    NoText,
}

/// Whether the text of files of a kind is read here.
pub fn reads(kind: FileKind) -> bool {
    Form::of(kind).is_some()
}

/// The text of a document: slide by slide, everything else on one page. Paragraphs and rows of tables are lines. Of the
/// tables of Excel only what stands there as text is read, no numbers.
///
/// # Errors
/// A document that is damaged, locked, beyond the limits or without any text, and a kind that is not read here.
pub fn text(kind: FileKind, bytes: &[u8]) -> Result<Vec<String>, OfficeFault> {
    let Some(form) = Form::of(kind) else {
        let what = format!("nothing here reads files of the kind \"{}\"", kind.word());
        return Err(OfficeFault::Broken(what));
    };
    if bytes.len() > MOST_BYTES {
        let what = format!("{} bytes, more than {MOST_BYTES}", bytes.len());
        return Err(OfficeFault::TooBig(what));
    }
    let mut parts = Parts::open(bytes)?;
    parts.refuse_locked()?;
    let names = parts.named(&form)?;
    if names.len() > MOST_PAGES {
        let what = format!("more than {MOST_PAGES} parts");
        return Err(OfficeFault::TooBig(what));
    }
    let mut pages = vec![];
    let mut left = MOST_LETTERS;
    for name in names {
        let mut gathering = Gathering::new(&form, left);
        parts.read(&name, &mut gathering)?;
        left = gathering.left();
        pages.push(gathering.finish());
    }
    if !form.is_paged() {
        pages = vec![pages.join("\n").trim().to_owned()];
    }
    if pages.iter().all(|page| page.trim().is_empty()) {
        return Err(OfficeFault::NoText);
    }
    Ok(pages)
}

#[cfg(test)]
mod tests;
