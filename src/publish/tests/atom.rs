//! The Atom document.

use std::str::FromStr;

use atom_syndication::{Feed, Link};

use super::samples::{agenda, minutes, unread, with_text};
use crate::model::item::ItemRecord;
use crate::publish::tag::TagAuthority;
use crate::publish::{FeedDocument, Format, History, Paging, clean, entries};

pub(super) fn feed() -> FeedDocument {
    FeedDocument {
        title: "Sivistysverkosto".into(),
        subtitle: "Asiat".into(),
        id: TagAuthority::default().feed_id("sivistys"),
        self_url: "https://seutu.example/feeds/sivistys.atom?q=040+123+4567".into(),
        alternate_url: "https://seutu.example/".into(),
        updated: "2024-03-20T06:30:00Z".parse().expect("instant"),
        language: "fi".into(),
        paging: Paging {
            next: Some("https://seutu.example/feeds/sivistys.atom?page=2".into()),
            ..Paging::default()
        },
        history: History::None,
        hub: None,
        style: None,
        generator_version: "0.1.0".into(),
        author: "seutu".into(),
        tags: TagAuthority::default(),
    }
}

fn document(feed: &FeedDocument, items: &[ItemRecord]) -> String {
    Format::Atom.document(feed, &entries(items, &feed.tags))
}

fn parsed(items: &[ItemRecord]) -> Feed {
    Feed::from_str(&document(&feed(), items)).expect("well-formed Atom")
}

fn hrefs<'a>(links: &'a [Link], rel: &str) -> Vec<&'a str> {
    links
        .iter()
        .filter(|link| link.rel == rel)
        .map(|link| link.href.as_str())
        .collect()
}

#[test]
fn the_feed_has_everything_rfc_4287_asks_for() {
    let feed = parsed(&[minutes()]);
    assert_eq!(feed.id, "tag:seutu.invalid,2026:feed/sivistys");
    assert_eq!(feed.updated.to_rfc3339(), "2024-03-20T06:30:00+00:00");
    assert_eq!(feed.lang.as_deref(), Some("fi"));
    assert_eq!(
        hrefs(&feed.links, "self"),
        ["https://seutu.example/feeds/sivistys.atom?q=040+123+4567"]
    );
    assert_eq!(hrefs(&feed.links, "alternate"), ["https://seutu.example/"]);
    assert_eq!(
        hrefs(&feed.links, "next"),
        ["https://seutu.example/feeds/sivistys.atom?page=2"]
    );
    assert!(hrefs(&feed.links, "previous").is_empty());
    assert_eq!(feed.authors.len(), 1);
}

#[test]
fn an_entry_tells_where_it_comes_from() {
    let item = minutes();
    let feed = parsed(std::slice::from_ref(&item));
    let entry = &feed.entries[0];
    assert_eq!(entry.id, "tag:seutu.invalid,2026:item/asikkala/2024375-8");
    assert_eq!(hrefs(&entry.links, "alternate"), [item.url.as_str()]);
    assert_eq!(hrefs(&entry.links, "via"), [item.source_feed.as_str()]);
    assert_eq!(
        hrefs(&entry.links, "enclosure"),
        [
            "https://asikkala.example/kokous.pdf",
            "https://asikkala.example/liite.pdf"
        ]
    );
    let source = entry.source.as_ref().expect("source");
    assert_eq!(source.id, "tag:seutu.invalid,2026:source/asikkala");
    assert_eq!(source.title.value, "Asikkala – Dynasty");
    assert_eq!(hrefs(&source.links, "self"), [item.source_feed.as_str()]);
    let terms: Vec<_> = entry
        .categories
        .iter()
        .map(|category| category.term.as_str())
        .collect();
    assert_eq!(
        terms,
        [
            "asikkala",
            "sivistyslautakunta",
            "minutes",
            "accepted",
            "sivistys"
        ]
    );
}

#[test]
fn an_agenda_that_becomes_minutes_keeps_its_identity_and_moves_updated() {
    let (before, after) = (parsed(&[agenda()]), parsed(&[minutes()]));
    let (before, after) = (&before.entries[0], &after.entries[0]);
    assert_eq!(before.id, after.id);
    assert_eq!(before.published, after.published);
    assert!(before.updated < after.updated);
    assert_eq!(parsed(&[unread()]).entries[0].id, after.id);
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "]]></content></entry><entry><script>alert(1)</script>\0\u{1b}[31m\u{fffe}\u{202e}&#0;&lol;";
    let mut item = with_text(hostile);
    item.title = hostile.into();
    item.municipality = hostile.into();
    item.source_name = hostile.into();
    item.body = Some(hostile.into());
    item.matches[0].explanation = hostile.into();
    item.matches[0].network_name = hostile.into();
    item.matches[0].evidence[0].quote = hostile.into();
    item.url = "javascript:alert(1)".parse().expect("url");
    item.source_feed = "javascript:alert(1)".into();
    let xml = document(&feed(), &[item, minutes()]);
    assert!(
        xml.chars()
            .all(|c| clean::characters(&c.to_string()) == c.to_string()),
        "illegal characters"
    );
    let feed = Feed::from_str(&xml).expect("well-formed Atom");
    assert_eq!(feed.entries.len(), 2);
    let entry = &feed.entries[0];
    assert!(
        entry
            .links
            .iter()
            .all(|link| link.href.starts_with("https://")),
        "{:?}",
        entry.links
    );
    assert!(
        entry
            .title
            .value
            .contains("]]></content></entry><entry><script>")
    );
    let content = entry
        .content
        .as_ref()
        .and_then(|content| content.value.as_deref())
        .expect("content");
    assert!(
        !content.contains("<script") && !content.contains("<entry"),
        "{content}"
    );
}

#[test]
fn withdrawn_items_have_no_files_and_move_updated() {
    let mut item = minutes();
    item.withdrawn_at = Some("2024-05-01T00:00:00Z".parse().expect("instant"));
    let feed = parsed(&[item]);
    assert!(hrefs(&feed.entries[0].links, "enclosure").is_empty());
    assert_eq!(
        feed.entries[0].updated.to_rfc3339(),
        "2024-05-01T00:00:00+00:00"
    );
}
