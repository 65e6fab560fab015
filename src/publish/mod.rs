//! Stored items into documents, without IO: one file per format.

pub mod address;
pub mod atom;
pub mod calendar;
pub mod clean;
pub mod content;
pub mod diff;
pub mod digest;
pub mod entry;
pub mod etag;
pub mod export;
pub mod html;
pub mod json;
pub mod opml;
pub mod rss;
pub mod tag;
pub mod texts;

use jiff::Timestamp;

use crate::model::item::ItemRecord;
use entry::Entry;
use tag::TagAuthority;

/// A format that items are published in: one word and one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Atom (RFC 4287).
    Atom,
    /// RSS 2.0 within the RSS Advisory Board's profile.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// Every format, the one to recommend first.
    pub const ALL: &'static [Self] = &[Self::Atom, Self::Rss, Self::Json];

    /// The word of commands and the ending of addresses: `atom`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
            Self::Json => "JSON Feed",
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
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// The `Content-Type` to serve it with.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// Writes the document: the same bytes for the same arguments, always.
    pub fn document(self, feed: &FeedDocument, entries: &[Entry]) -> String {
        match self {
            Self::Atom => atom::document(feed, entries),
            Self::Rss => rss::document(feed, entries),
            Self::Json => json::document(feed, entries),
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
    /// Where older entries stand for good (RFC 5005, section 4).
    pub history: History,
    /// The hub that tells subscribers of changes (`WebSub`).
    pub hub: Option<String>,
    /// Address of the style sheet that makes the document readable in a browser.
    pub style: Option<String>,
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

/// Where a document stands in the archived feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// It is no part of one.
    #[default]
    None,
    /// It is the one to subscribe to; the address is that of the newest archive.
    Current(Option<String>),
    /// It is an archive and changes no more. There is no address of the archive after it: with that one the bytes
    /// would change when it comes.
    Closed {
        /// The document to subscribe to.
        current: String,
        /// The archive before it.
        previous: Option<String>,
    },
}

impl FeedDocument {
    /// Every link of the document to another one of the feed, by its relation; the document itself first.
    fn relations(&self) -> Vec<(&'static str, &str)> {
        let paging = &self.paging;
        let (current, previous) = match &self.history {
            History::None => (None, None),
            History::Current(previous) => (None, previous.as_deref()),
            History::Closed { current, previous } => (Some(current.as_str()), previous.as_deref()),
        };
        let links = [
            ("self", Some(self.self_url.as_str())),
            ("first", paging.first.as_deref()),
            ("previous", paging.previous.as_deref()),
            ("next", paging.next.as_deref()),
            ("last", paging.last.as_deref()),
            ("current", current),
            ("prev-archive", previous),
            ("hub", self.hub.as_deref()),
        ];
        links
            .into_iter()
            .filter_map(|(rel, address)| Some((rel, address?)))
            .collect()
    }

    fn is_archive(&self) -> bool {
        matches!(self.history, History::Closed { .. })
    }

    /// The document with the line that names its style sheet, right after the declaration.
    fn styled(&self, xml: String) -> String {
        let Some(style) = &self.style else {
            return xml;
        };
        let href = html_escape::encode_double_quoted_attribute(style);
        let line = format!("<?xml-stylesheet type=\"text/css\" href=\"{href}\"?>\n");
        match xml.split_once("?>") {
            Some((declaration, rest)) if declaration.starts_with("<?xml") => {
                format!("{declaration}?>\n{line}{}", rest.trim_start())
            }
            _ => format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{line}{xml}"),
        }
    }
}

/// The entries of items, in their order.
pub fn entries(items: &[ItemRecord], tags: &TagAuthority) -> Vec<Entry> {
    items
        .iter()
        .map(|item| entry::of_item(item, tags))
        .collect()
}

/// The namespace of the mark of an archive (RFC 5005, section 2).
const HISTORY_NAMESPACE: &str = "http://purl.org/syndication/history/1.0";

#[cfg(test)]
mod tests;
