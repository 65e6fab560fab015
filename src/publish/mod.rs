//! Stored items into documents, without IO: one file per format.

pub mod atom;
pub mod clean;
pub mod content;
pub mod diff;
pub mod etag;
pub mod export;
pub mod html;
pub mod tag;
pub mod texts;

use jiff::Timestamp;

use crate::model::item::ItemRecord;
use tag::TagAuthority;

/// A format that items are published in: one word and one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Atom (RFC 4287).
    Atom,
}

impl Format {
    /// Every format, the one to recommend first.
    pub const ALL: &'static [Self] = &[Self::Atom];

    /// The word of commands and the ending of addresses: `atom`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Atom => "atom",
        }
    }

    /// The format a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.word() == word)
    }

    /// Media type without parameters, as autodiscovery names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
        }
    }

    /// The `Content-Type` to serve it with.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
        }
    }

    /// Writes the document: the same bytes for the same arguments, always.
    pub fn document(self, feed: &FeedDocument, items: &[ItemRecord]) -> String {
        match self {
            Self::Atom => atom::document(feed, items),
        }
    }
}

/// What a feed document says about itself, whatever its format.
#[derive(Clone, Debug)]
pub struct FeedDocument {
    /// Title for people.
    pub title: String,
    /// One sentence for people.
    pub subtitle: String,
    /// Permanent identity of the feed; see [`TagAuthority::feed_id`].
    pub id: String,
    /// Absolute address of this very document.
    pub self_url: String,
    /// Absolute address of the page for people.
    pub alternate_url: String,
    /// When anything in the feed last changed; never the time of the request, so that the bytes of an
    /// unchanged feed stay the same.
    pub updated: Timestamp,
    /// Language of titles and headings: `fi`.
    pub language: String,
    /// Addresses of the neighbouring pages (RFC 5005, section 3).
    pub paging: Paging,
    /// Version of the program that wrote it.
    pub generator_version: String,
    /// Who publishes the merged feed.
    pub author: String,
    /// Who mints the identities.
    pub tags: TagAuthority,
}

/// Absolute addresses of the pages of one feed; `None` where there is no such page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// The newest page.
    pub first: Option<String>,
    /// The page with newer items.
    pub previous: Option<String>,
    /// The page with older items.
    pub next: Option<String>,
    /// The oldest page.
    pub last: Option<String>,
}

#[cfg(test)]
mod tests;
