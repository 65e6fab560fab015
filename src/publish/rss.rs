//! The merged feed as RSS 2.0, within the RSS Advisory Board's profile.

use std::collections::BTreeMap;

use html_escape::encode_text;
use jiff::Timestamp;
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Item, Source};

use crate::model::when::utc_text;

use super::entry::Entry;
use super::texts::texts;
use super::{FeedDocument, Format, HISTORY_NAMESPACE, clean};

/// Minutes a reader may keep the document without asking again.
const TTL: &str = "20";
/// The namespace of links, and of the date of a change, for which RSS has no element.
const ATOM_NAMESPACE: &str = "http://www.w3.org/2005/Atom";

/// Writes the feed document. Pure: the same arguments give the same bytes.
pub fn document(feed: &FeedDocument, entries: &[Entry]) -> String {
    let mut namespaces = BTreeMap::from([("atom".to_owned(), ATOM_NAMESPACE.to_owned())]);
    if feed.is_archive() {
        namespaces.insert("fh".to_owned(), HISTORY_NAMESPACE.to_owned());
    }
    let channel = Channel {
        title: clean::line(&feed.title),
        link: clean::characters(&feed.alternate_url),
        description: clean::line(&feed.subtitle),
        language: Some(clean::line(&feed.language)),
        copyright: Some(clean::line(&texts().rights)),
        last_build_date: Some(date(feed.updated)),
        generator: Some(format!(
            "{} {}",
            env!("CARGO_PKG_NAME"),
            clean::line(&feed.generator_version)
        )),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        ttl: Some(TTL.to_owned()),
        items: entries.iter().map(item).collect(),
        extensions: extensions(feed),
        namespaces,
        ..Channel::default()
    };
    feed.styled(channel.to_string())
}

fn extensions(feed: &FeedDocument) -> ExtensionMap {
    let links = feed.relations().into_iter().map(|(rel, address)| {
        let mut attrs = BTreeMap::from([
            ("rel".to_owned(), rel.to_owned()),
            ("href".to_owned(), clean::characters(address)),
        ]);
        if rel != "hub" {
            attrs.insert("type".to_owned(), Format::Rss.media_type().to_owned());
        }
        Extension {
            name: "atom:link".to_owned(),
            attrs,
            ..Extension::default()
        }
    });
    let mut all = ExtensionMap::new();
    let links = BTreeMap::from([("link".to_owned(), links.collect())]);
    all.insert("atom".to_owned(), links);
    if feed.is_archive() {
        let mark = Extension {
            name: "fh:archive".to_owned(),
            ..Extension::default()
        };
        let marks = BTreeMap::from([("archive".to_owned(), vec![mark])]);
        all.insert("fh".to_owned(), marks);
    }
    all
}

fn item(entry: &Entry) -> Item {
    let changed = Extension {
        name: "atom:updated".to_owned(),
        value: Some(utc_text(entry.updated)),
        ..Extension::default()
    };
    let changed = BTreeMap::from([("updated".to_owned(), vec![changed])]);
    Item {
        title: Some(entry.title.clone()),
        link: entry.url.clone(),
        // A description is HTML by definition, so plain text has to say that it is none.
        description: Some(encode_text(&entry.summary).into_owned()),
        categories: categories(entry),
        enclosure: enclosure(entry),
        guid: Some(Guid {
            value: entry.id.clone(),
            permalink: false,
        }),
        pub_date: Some(date(entry.published)),
        source: entry.source.as_ref().and_then(|from| {
            Some(Source {
                url: from.feed.clone()?,
                title: Some(from.name.clone()),
            })
        }),
        content: Some(entry.html.clone()),
        extensions: ExtensionMap::from([("atom".to_owned(), changed)]),
        // The element author is for mail addresses, which a feed does not carry.
        dublin_core_ext: Some(DublinCoreExtension {
            creators: vec![entry.author.clone()],
            ..DublinCoreExtension::default()
        }),
        ..Item::default()
    }
}

fn categories(entry: &Entry) -> Vec<Category> {
    entry
        .categories
        .iter()
        .map(|category| Category {
            name: category.label.clone(),
            domain: Some(category.scheme.clone()),
        })
        .collect()
}

/// The one enclosure the profile allows: the first file whose kind is known. Its length is not, and 0 says so.
fn enclosure(entry: &Entry) -> Option<Enclosure> {
    entry.files.iter().find_map(|file| {
        Some(Enclosure {
            url: file.url.clone(),
            length: "0".to_owned(),
            mime_type: file.media_type?.to_owned(),
        })
    })
}

/// RFC 822 with a year of four digits and a numeric zone.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
