//! Decoded feed text into a reading: repair, structure check, feed-rs, and our identity rule.
//!
//! RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed. The order matters: nothing reaches feed-rs before
//! `scan` or `json` has measured it, because deep nesting makes feed-rs abort the process.

mod dates;
mod entries;
mod identity;
mod json;
mod link;
mod parse;
mod repair;
mod scan;
mod tally;
#[cfg(test)]
mod tests;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use thiserror::Error;
use url::Url;

use crate::model::feed_item::FeedReading;
use crate::model::problem::ProblemKind;

pub use self::link::canonical_link;

use self::entries::EntryMaker;
use self::scan::Fit;
use self::tally::Tally;

/// What one feed may cost; what is beyond is refused, cut or counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Entries of one poll; those after it are counted in `FeedReading::dropped`.
    pub max_entries: usize,
    /// Elements (or JSON brackets) inside each other; more is an error.
    pub max_depth: usize,
    /// Attributes of one element; more is an error.
    pub max_attributes: usize,
    /// Tags, texts and references of one document; more is an error.
    pub max_events: usize,
    /// Values of one JSON document, each of which takes many times its text; more is an error.
    pub max_values: usize,
    /// Characters of a title or a category; the rest is cut.
    pub max_title_chars: usize,
    /// Characters of a text; the rest is cut.
    pub max_field_chars: usize,
    /// Characters of an id or a link; a longer one is not used.
    pub max_id_chars: usize,
    /// Categories of one entry; the rest is left out.
    pub max_categories: usize,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            max_entries: 2_000,
            max_depth: 64,
            max_attributes: 256,
            max_events: 4_000_000,
            max_values: 1_000_000,
            max_title_chars: 1_000,
            max_field_chars: 200_000,
            max_id_chars: 2_000,
            max_categories: 64,
        }
    }
}

/// Why a document gives no reading at all.
#[derive(Debug, Error)]
pub enum FeedError {
    /// Something else than a feed: a login page, an error page, nothing.
    #[error("{url}: not a feed but {found}; check the address of the source")]
    NotAFeed {
        /// Address of the feed.
        url: String,
        /// What stands there instead.
        found: String,
    },
    /// The document ends too early; its entries cannot be trusted to be all there are.
    #[error("{url}: the feed ends before {open} is closed; it is fetched again at the next poll")]
    Truncated {
        /// Address of the feed.
        url: String,
        /// What was left open.
        open: String,
    },
    /// Not well-formed, and nothing that is repaired here.
    #[error("{url}: malformed near byte {position}: {cause}; the site has to mend its feed")]
    Malformed {
        /// Address of the feed.
        url: String,
        /// Byte in the repaired text.
        position: usize,
        /// What the XML or JSON reader says.
        cause: String,
    },
    /// Nested deeper than any feed.
    #[error("{url}: nested deeper than {limit} levels; refused")]
    TooDeep {
        /// Address of the feed.
        url: String,
        /// `FeedLimits::max_depth`.
        limit: usize,
    },
    /// An element with more attributes than any feed has.
    #[error("{url}: <{element}> has more than {limit} attributes; refused")]
    TooManyAttributes {
        /// Address of the feed.
        url: String,
        /// Name of the element.
        element: String,
        /// `FeedLimits::max_attributes`.
        limit: usize,
    },
    /// More tags and texts than any feed has.
    #[error("{url}: more than {limit} tags and texts, or values; refused")]
    TooManyParts {
        /// Address of the feed.
        url: String,
        /// `FeedLimits::max_events`, or `FeedLimits::max_values`.
        limit: usize,
    },
    /// feed-rs does not accept it.
    #[error("{url}: not readable as a feed: {cause}; the site has to mend its feed")]
    Refused {
        /// Address of the feed.
        url: String,
        /// What feed-rs says.
        cause: String,
    },
    /// A library panicked on it.
    #[error("{url}: reading the feed crashed; keep a copy of it and report it")]
    Crashed {
        /// Address of the feed.
        url: String,
    },
}

impl FeedError {
    fn not_a_feed(url: &str, root: &str) -> Self {
        let found = if root.is_empty() {
            "an empty document".to_owned()
        } else {
            root.to_owned()
        };
        Self::NotAFeed {
            url: url.to_owned(),
            found,
        }
    }

    fn truncated(url: &str, open: &str) -> Self {
        Self::Truncated {
            url: url.to_owned(),
            open: open.to_owned(),
        }
    }
}

/// Reads a feed that is already decoded; whatever charset its declaration names is ignored.
///
/// `base` is the address it was fetched from: relative links are resolved against it. The same text
/// always gives the same reading.
///
/// # Errors When the document is no feed, is cut off, malformed beyond repair, or built to hurt. A
/// reading is never half of a document.
pub fn read(text: &str, base: &Url, limits: &FeedLimits) -> Result<FeedReading, FeedError> {
    // feed-rs and what it stands on have panicked on hostile feeds; one feed must not stop the
    // others.
    let guarded = AssertUnwindSafe(|| read_unguarded(text, base, limits));
    catch_unwind(guarded).unwrap_or_else(|_| {
        Err(FeedError::Crashed {
            url: base.to_string(),
        })
    })
}

fn read_unguarded(text: &str, base: &Url, limits: &FeedLimits) -> Result<FeedReading, FeedError> {
    let mut tally = Tally::default();
    let document = document(text, base.as_str(), limits, &mut tally)?;
    let raw = parse::parse(&document.text, base)?;
    let beyond = raw.entries.len().saturating_sub(limits.max_entries);
    let dropped = document.left_out + beyond;
    tally.add(
        ProblemKind::TooManyEntries,
        "entry beyond the limit of one poll left out",
        dropped,
        "",
    );
    let mut maker = EntryMaker {
        base,
        limits,
        tally: &mut tally,
    };
    let title = maker.title(raw.title.as_ref());
    let newest = raw.entries.iter().take(limits.max_entries);
    let candidates = newest.map(|entry| maker.make(entry)).collect();
    let entries = identity::assign(candidates, &mut tally);
    let ttl = raw
        .ttl
        .filter(|ttl| *ttl > 0)
        .map(|ttl| Duration::from_mins(u64::from(ttl)));
    Ok(FeedReading {
        title,
        entries,
        dropped,
        ttl,
        problems: tally.into_problems(),
    })
}

/// The text made fit for feed-rs.
fn document(
    text: &str,
    url: &str,
    limits: &FeedLimits,
    tally: &mut Tally,
) -> Result<Fit, FeedError> {
    let text = repair::from_start_of_document(text, tally);
    let begins = |with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if begins("{") {
        let text: String = text.chars().filter(|c| repair::is_legal(*c)).collect();
        return json::prepare(&text, url, limits, tally);
    }
    if begins("<!doctype html") || begins("<html") {
        return Err(FeedError::not_a_feed(url, "a page (html)"));
    }
    if !begins("<") {
        return Err(FeedError::not_a_feed(
            url,
            if text.is_empty() { "" } else { "plain text" },
        ));
    }
    let repaired = repair::repair(text, url, tally)?;
    scan::scan(&repaired, url, limits, tally)
}
