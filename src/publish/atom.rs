//! The merged feed as Atom (RFC 4287), with the provenance of every entry in `atom:source`.

use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text,
};
use jiff::Timestamp;

use crate::model::ids::slug;
use crate::model::item::ItemRecord;
use crate::model::minutes::Lang;
use crate::model::network::Verdict;
use crate::model::when::utc_text;

use super::tag::TagAuthority;
use super::texts::texts;
use super::{FeedDocument, clean, content};

/// Writes the feed document. Pure: the same arguments give the same bytes.
pub fn document(feed: &FeedDocument, items: &[ItemRecord]) -> String {
    let atom = Feed {
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
        entries: items.iter().map(|item| entry(item, &feed.tags)).collect(),
        ..Feed::default()
    };
    atom.to_string()
}

fn feed_links(feed: &FeedDocument) -> Vec<Link> {
    let paging = &feed.paging;
    let mut links = vec![
        link(
            "self",
            &feed.self_url,
            Some(super::Format::Atom.media_type()),
        ),
        link("alternate", &feed.alternate_url, Some("text/html")),
    ];
    let pages = [
        ("first", &paging.first),
        ("previous", &paging.previous),
        ("next", &paging.next),
        ("last", &paging.last),
    ];
    for (rel, address) in pages {
        if let Some(address) = address {
            links.push(link(rel, address, Some(super::Format::Atom.media_type())));
        }
    }
    links
}

fn entry(item: &ItemRecord, tags: &TagAuthority) -> Entry {
    let lang = item
        .fields
        .as_ref()
        .map_or(Lang::Fi, |fields| fields.lang)
        .word();
    let in_its_language = |text: String| Text {
        lang: Some(lang.to_owned()),
        ..Text::plain(text)
    };
    Entry {
        title: in_its_language(content::title(item)),
        id: tags.item_id(&item.uid),
        updated: instant(updated(item)),
        published: Some(instant(item.first_seen_at)),
        authors: vec![person(&publisher(item))],
        categories: categories(item, tags),
        links: entry_links(item),
        rights: Some(plain(&texts().rights)),
        source: Some(source(item, tags)),
        summary: Some(in_its_language(content::summary(item))),
        content: Some(Content {
            lang: Some(lang.to_owned()),
            value: Some(content::html(item)),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

/// When the entry last changed in a way readers care for: its archived text, or its removal.
pub fn updated(item: &ItemRecord) -> Timestamp {
    item.withdrawn_at
        .map_or(item.changed_at, |gone| gone.max(item.changed_at))
}

/// Municipality and body; no person.
fn publisher(item: &ItemRecord) -> String {
    match &item.body {
        Some(body) => format!("{}, {body}", item.municipality),
        None => item.municipality.clone(),
    }
}

/// The municipality's own feed. Its RSS has neither identity nor a trustworthy date, so the identity is
/// minted from the source and the date is that of the copy it was read for.
fn source(item: &ItemRecord, tags: &TagAuthority) -> Source {
    Source {
        title: plain(&item.source_name),
        id: tags.source_id(&item.source),
        updated: instant(updated(item)),
        authors: vec![person(&item.municipality)],
        links: clean::web_address(&item.source_feed)
            .map(|address| link("self", &address, None))
            .into_iter()
            .collect(),
        ..Source::default()
    }
}

fn entry_links(item: &ItemRecord) -> Vec<Link> {
    let mut links = Vec::new();
    let mut push = |rel: &str, address: &str, media_type: Option<&str>, title: Option<&str>| {
        if let Some(address) = clean::web_address(address) {
            let link = Link {
                title: title.map(clean::line),
                ..link(rel, &address, media_type)
            };
            if !links
                .iter()
                .any(|known: &Link| known.rel == link.rel && known.href == link.href)
            {
                links.push(link);
            }
        }
    };
    push("alternate", item.url.as_str(), Some("text/html"), None);
    push("via", &item.source_feed, None, None);
    if let Some(fields) = item.fields.as_ref().filter(|_| item.withdrawn_at.is_none()) {
        if let Some(pdf) = &fields.pdf_url {
            push("enclosure", pdf.as_str(), Some("application/pdf"), None);
        }
        for file in &fields.attachments {
            push(
                "enclosure",
                file.url.as_str(),
                media_type(file.url.path()),
                Some(&file.title),
            );
        }
    }
    links
}

/// The media type a file name ending tells; portals that serve files by number tell none.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "pdf" => Some("application/pdf"),
        "docx" => Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        "xlsx" => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        _ => None,
    }
}

/// Categories carry the words the filters take as terms, and names for people as labels.
fn categories(item: &ItemRecord, tags: &TagAuthority) -> Vec<Category> {
    let category = |scheme: &str, term: &str, label: &str| Category {
        term: clean::line(term),
        scheme: Some(tags.scheme(scheme)),
        label: Some(clean::line(label)),
    };
    let mut all = vec![category(
        "municipality",
        &slug(&item.municipality),
        &item.municipality,
    )];
    if let Some(body) = &item.body {
        all.push(category("body", &slug(body), body));
    }
    if let Some(stage) = item.stage {
        all.push(category("stage", stage.word(), texts().stage(stage)));
    }
    if let Some(outcome) = item.outcome {
        all.push(category(
            "outcome",
            outcome.word(),
            texts().outcome(outcome),
        ));
    }
    for found in item
        .matches
        .iter()
        .filter(|found| found.verdict == Verdict::In)
    {
        all.push(category("network", &found.network, &found.network_name));
    }
    all
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
