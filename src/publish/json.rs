//! The merged feed as JSON Feed 1.1; what it has no words for stands in objects named `_seutu`.

use serde::Serialize;

use crate::model::when::utc_text;

use super::entry::{Entry, EntryFile, Facts};
use super::{FeedDocument, History, clean};

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: String,
    home_page_url: &'a str,
    feed_url: &'a str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'a str>,
    authors: [Author; 1],
    language: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    #[serde(rename = "_seutu")]
    about_feed: AboutFeed<'a>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author {
    name: String,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

/// What the format has no words for: identity, date, and the archive (RFC 5005).
#[derive(Serialize)]
struct AboutFeed<'a> {
    about: &'a str,
    id: &'a str,
    updated: String,
    archive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_archive: Option<&'a str>,
    generator: String,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    title: &'a str,
    content_html: &'a str,
    summary: &'a str,
    date_published: String,
    date_modified: String,
    authors: [Author; 1],
    tags: Vec<&'a str>,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    #[serde(rename = "_seutu", skip_serializing_if = "Option::is_none")]
    facts: Option<AboutItem<'a>>,
}

#[derive(Serialize)]
struct AboutItem<'a> {
    #[serde(flatten)]
    facts: &'a Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

/// Writes the feed document. Pure: the same arguments give the same bytes.
pub fn document(feed: &FeedDocument, entries: &[Entry]) -> String {
    let (current, prev_archive) = match &feed.history {
        History::None => (None, None),
        History::Current(previous) => (None, previous.as_deref()),
        History::Closed { current, previous } => (Some(current.as_str()), previous.as_deref()),
    };
    let document = Document {
        version: VERSION,
        title: clean::line(&feed.title),
        home_page_url: &feed.alternate_url,
        feed_url: &feed.self_url,
        description: clean::line(&feed.subtitle),
        next_url: feed.paging.next.as_deref(),
        authors: [author(&feed.author)],
        language: clean::line(&feed.language),
        hubs: feed.hub.iter().map(|url| hub(url)).collect(),
        about_feed: AboutFeed {
            about: &feed.alternate_url,
            id: &feed.id,
            updated: utc_text(feed.updated),
            archive: feed.is_archive(),
            current,
            prev_archive,
            generator: format!("{} {}", env!("CARGO_PKG_NAME"), feed.generator_version),
        },
        items: entries.iter().map(item).collect(),
    };
    // Strings, numbers and lists alone: nothing in it can refuse to be JSON.
    serde_json::to_string(&document).unwrap_or_default()
}

fn author(name: &str) -> Author {
    Author {
        name: clean::line(name),
    }
}

fn hub(url: &str) -> Hub<'_> {
    Hub {
        kind: "WebSub",
        url,
    }
}

fn item(entry: &Entry) -> Item<'_> {
    let from = entry.source.as_ref();
    Item {
        id: &entry.id,
        url: entry.url.as_deref(),
        title: &entry.title,
        content_html: &entry.html,
        summary: &entry.summary,
        date_published: utc_text(entry.published),
        date_modified: utc_text(entry.updated),
        authors: [author(&entry.author)],
        tags: entry
            .categories
            .iter()
            .map(|category| category.label.as_str())
            .collect(),
        language: entry.lang,
        attachments: entry.files.iter().map(attachment).collect(),
        facts: entry.facts.as_ref().map(|facts| AboutItem {
            facts,
            source: from.and_then(|from| from.feed.as_deref()),
        }),
    }
}

fn attachment(file: &EntryFile) -> Attachment<'_> {
    Attachment {
        url: &file.url,
        mime_type: file.media_type.unwrap_or("application/octet-stream"),
        title: file.title.as_deref(),
    }
}
