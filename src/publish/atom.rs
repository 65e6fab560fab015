//! The merged feed as Atom (RFC 4287), with the provenance of every entry in `atom:source`.

use std::collections::BTreeMap;

use atom_syndication::extension::Extension;
use atom_syndication::{
    Category, Content, Entry as AtomEntry, Feed, FixedDateTime, Generator, Link, Person, Source,
    Text,
};
use jiff::Timestamp;

use crate::model::when::utc_text;

use super::entry::{Entry, EntryCategory, EntrySource};
use super::texts::texts;
use super::{FeedDocument, Format, HISTORY_NAMESPACE, clean};

/// Writes the feed document. Pure: the same arguments give the same bytes.
pub fn document(feed: &FeedDocument, entries: &[Entry]) -> String {
    let mut atom = Feed {
        title: plain(&feed.title),
        subtitle: Some(plain(&feed.subtitle)),
        id: feed.id.clone(),
        updated: instant(feed.updated),
        authors: vec![person(&feed.author)],
        links: feed_links(feed),
        lang: Some(clean::line(&feed.language)),
        rights: Some(plain(&texts().rights)),
        generator: Some(Generator {
            value: env!("CARGO_PKG_NAME").to_owned(),
            uri: None,
            version: Some(clean::line(&feed.generator_version)),
        }),
        entries: entries.iter().map(entry).collect(),
        ..Feed::default()
    };
    if feed.is_archive() {
        let mark = Extension {
            name: "fh:archive".to_owned(),
            ..Extension::default()
        };
        atom.namespaces
            .insert("fh".to_owned(), HISTORY_NAMESPACE.to_owned());
        let marks = BTreeMap::from([("archive".to_owned(), vec![mark])]);
        atom.extensions.insert("fh".to_owned(), marks);
    }
    feed.styled(atom.to_string())
}

fn feed_links(feed: &FeedDocument) -> Vec<Link> {
    let media_type = Format::Atom.media_type();
    let mut links: Vec<Link> = feed
        .relations()
        .into_iter()
        .map(|(rel, address)| match rel {
            "hub" => link(rel, address, None),
            _ => link(rel, address, Some(media_type)),
        })
        .collect();
    links.insert(1, link("alternate", &feed.alternate_url, Some("text/html")));
    links
}

/// An entry stands alone, with author, source and rights of its own: a part of the feed (RFC 3229) is right without
/// the rest.
fn entry(entry: &Entry) -> AtomEntry {
    let in_its_language = |text: &str| Text {
        lang: Some(entry.lang.to_owned()),
        ..Text::plain(text)
    };
    AtomEntry {
        title: in_its_language(&entry.title),
        id: entry.id.clone(),
        updated: instant(entry.updated),
        published: Some(instant(entry.published)),
        authors: vec![person(&entry.author)],
        categories: entry.categories.iter().map(category).collect(),
        links: entry_links(entry),
        rights: Some(plain(&texts().rights)),
        source: entry
            .source
            .as_ref()
            .map(|from| source(from, entry.updated)),
        summary: Some(in_its_language(&entry.summary)),
        content: Some(Content {
            lang: Some(entry.lang.to_owned()),
            value: Some(entry.html.clone()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..AtomEntry::default()
    }
}

/// The municipality's own feed. Its RSS has neither identity nor a trustworthy date, so the identity is
/// minted from the source and the date is that of the copy it was read for.
fn source(from: &EntrySource, updated: Timestamp) -> Source {
    Source {
        title: plain(&from.name),
        id: from.id.clone(),
        updated: instant(updated),
        authors: vec![person(&from.author)],
        links: from
            .feed
            .iter()
            .map(|address| link("self", address, None))
            .collect(),
        ..Source::default()
    }
}

fn entry_links(entry: &Entry) -> Vec<Link> {
    let page = entry
        .url
        .iter()
        .map(|url| link("alternate", url, Some("text/html")));
    let via = entry.source.iter().filter_map(|from| from.feed.as_ref());
    let via = via.map(|feed| link("via", feed, None));
    let files = entry.files.iter().map(|file| Link {
        title: file.title.clone(),
        ..link("enclosure", &file.url, file.media_type)
    });
    page.chain(via).chain(files).collect()
}

fn category(category: &EntryCategory) -> Category {
    Category {
        term: category.term.clone(),
        scheme: Some(category.scheme.clone()),
        label: Some(category.label.clone()),
    }
}

fn plain(text: &str) -> Text {
    Text::plain(clean::line(text))
}

fn person(name: &str) -> Person {
    Person {
        name: clean::line(name),
        ..Person::default()
    }
}

fn link(rel: &str, address: &str, media_type: Option<&str>) -> Link {
    Link {
        rel: rel.to_owned(),
        href: clean::characters(address),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

fn instant(at: Timestamp) -> FixedDateTime {
    // The text form is RFC 3339 by construction, so the fallback is never met.
    utc_text(at).parse().unwrap_or_default()
}
