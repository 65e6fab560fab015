//! The border to feed-rs: text in, raw entries out; its types and chrono's stop here.
//!
//! Two of its habits are turned round here. It invents identities (hashes of titles, random ones as
//! a last resort): our generator returns a marker instead. It keeps no text of a date: our
//! timestamp parser keeps the text, and returns its number disguised as an instant; so a date is
//! read later by our rules, and one copied into `updated` shows.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use feed_rs::model;
use feed_rs::parser::Builder;
use url::Url;

use super::FeedError;

/// Stands where feed-rs found no identity; control characters cannot come from a repaired feed.
const NO_ID: &str = "\u{0}";

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// As it stands.
    Plain,
    /// Tags and entities.
    Html,
}

/// A text and how to read it.
#[derive(Debug)]
pub(super) struct RawText {
    pub(super) content: String,
    pub(super) markup: Markup,
}

/// A link of an entry.
#[derive(Debug)]
pub(super) struct RawLink {
    pub(super) href: String,
    /// Whether it leads to the entry itself rather than to comments, a file or a related page.
    pub(super) to_entry: bool,
    /// Whether what it leads to is, or may be, HTML.
    pub(super) html: bool,
}

/// One entry as feed-rs gives it, with what it invented taken out.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) id: Option<String>,
    /// Whether an identity that is an address may stand for a missing link (RSS `guid`).
    pub(super) id_may_be_link: bool,
    pub(super) links: Vec<RawLink>,
    pub(super) title: Option<RawText>,
    pub(super) summary: Option<RawText>,
    pub(super) content: Option<RawText>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) categories: Vec<RawText>,
}

/// A feed as feed-rs gives it.
#[derive(Debug)]
pub(super) struct RawFeed {
    pub(super) title: Option<RawText>,
    /// Minutes.
    pub(super) ttl: Option<u32>,
    pub(super) entries: Vec<RawEntry>,
}

/// Lets feed-rs read a repaired document.
pub(super) fn parse(document: &str, base: &Url) -> Result<RawFeed, FeedError> {
    let dates = DateTexts::default();
    let parser = Builder::new()
        .base_uri(Some(base.as_str()))
        .id_generator(|_, _, _| NO_ID.to_owned())
        .timestamp_parser(dates.keeper())
        .sanitize_content(false)
        .build();
    let feed = parser
        .parse(document.as_bytes())
        .map_err(|cause| FeedError::Refused {
            url: base.to_string(),
            cause: cause.to_string(),
        })?;
    Ok(raw_feed(feed, &dates))
}

/// The texts of all dates of a feed, in the order feed-rs met them.
#[derive(Clone, Default)]
struct DateTexts(Arc<Mutex<Vec<String>>>);

impl DateTexts {
    /// Longest text that is looked at as a date.
    const LONGEST: usize = 100;

    fn keeper(&self) -> impl Fn(&str) -> Option<DateTime<Utc>> + Send + Sync + 'static {
        let texts = Arc::clone(&self.0);
        move |text| {
            let mut texts = texts.lock().ok()?;
            texts.push(text.trim().chars().take(Self::LONGEST).collect());
            let number = i64::try_from(texts.len()).ok()?;
            DateTime::from_timestamp(number, 0)
        }
    }

    fn text(&self, disguised: Option<DateTime<Utc>>) -> Option<String> {
        let number = usize::try_from(disguised?.timestamp()).ok()?;
        let texts = self.0.lock().ok()?;
        texts
            .get(number.checked_sub(1)?)
            .filter(|text| !text.is_empty())
            .cloned()
    }
}

fn raw_feed(feed: model::Feed, dates: &DateTexts) -> RawFeed {
    let rss = matches!(
        feed.feed_type,
        model::FeedType::RSS0 | model::FeedType::RSS1 | model::FeedType::RSS2
    );
    // RSS never says what its texts are; in practice they are HTML, and plain text reads the same.
    let usual = if rss { Markup::Html } else { Markup::Plain };
    RawFeed {
        title: feed.title.map(|text| raw_text(text, usual)),
        ttl: feed.ttl,
        entries: feed
            .entries
            .into_iter()
            .map(|entry| raw_entry(entry, usual, dates))
            .collect(),
    }
}

fn raw_entry(entry: model::Entry, usual: Markup, dates: &DateTexts) -> RawEntry {
    // feed-rs copies `published` into a missing `updated` of RSS: the same number twice.
    let updated = entry
        .updated
        .filter(|updated| entry.published != Some(*updated));
    let id = entry.id.trim();
    RawEntry {
        id: Some(id)
            .filter(|id| !id.is_empty() && *id != NO_ID)
            .map(str::to_owned),
        id_may_be_link: usual == Markup::Html,
        links: entry.links.into_iter().map(raw_link).collect(),
        title: entry.title.map(|text| raw_text(text, usual)),
        summary: entry.summary.map(|text| raw_text(text, usual)),
        content: entry
            .content
            .and_then(|content| raw_content(content, usual)),
        published: dates.text(entry.published),
        updated: dates.text(updated),
        categories: entry
            .categories
            .into_iter()
            .map(|term| raw_term(term.term, usual))
            .collect(),
    }
}

fn raw_link(link: model::Link) -> RawLink {
    let related = link.rel.as_deref().is_some_and(|rel| rel != "alternate");
    RawLink {
        to_entry: link.target.is_none() && !related,
        html: link
            .media_type
            .as_deref()
            .is_none_or(|kind| kind.contains("html")),
        href: link.href,
    }
}

fn raw_term(content: String, usual: Markup) -> RawText {
    RawText {
        content,
        markup: usual,
    }
}

fn raw_text(text: model::Text, usual: Markup) -> RawText {
    let html = text.content_type.as_str().contains("html");
    RawText {
        content: text.content,
        markup: if html { Markup::Html } else { usual },
    }
}

fn raw_content(content: model::Content, usual: Markup) -> Option<RawText> {
    let kind = content.content_type.as_str();
    let markup = match kind {
        _ if usual == Markup::Html || kind.contains("html") => Markup::Html,
        _ if kind.starts_with("text/") => Markup::Plain,
        // Pictures and the like, written as base64.
        _ => return None,
    };
    content.body.map(|content| RawText { content, markup })
}
