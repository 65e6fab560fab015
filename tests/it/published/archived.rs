//! Archives of feeds, changes alone, digests, the calendar, the list of feeds, the hub.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use atom_syndication::Feed;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use seutu::model::meeting::MeetingRecord;
use seutu::publish::Format;
use seutu::serve::feeds::discovery;
use seutu::serve::feeds::scope::Scope;
use seutu::serve::filters::FeedRequest;

use super::client::{Answer, Server, start};
use super::shelf::{Shelf, item, shelf};

const ALL: &str = "/feeds/all.atom";
const BASE: &str = "https://seutu.example/julki";

fn feed(answer: &Answer) -> Feed {
    assert_eq!(answer.status, 200, "{}", answer.text());
    Feed::from_str(&answer.text()).expect("Atom")
}

fn link(feed: &Feed, rel: &str) -> Option<String> {
    let mut found = feed.links.iter().filter(|link| link.rel == rel);
    let first = found.next().map(|link| link.href.clone());
    assert!(found.next().is_none(), "{rel} twice");
    first
}

fn ids(feed: &Feed) -> BTreeSet<String> {
    feed.entries.iter().map(|entry| entry.id.clone()).collect()
}

fn set_time(shelf: &Shelf, now: &str) {
    *shelf.now.lock().expect("now") = now.parse().expect("instant");
}

/// The current document and every archive before it, the newest first.
async fn chain(server: &Server) -> Vec<Answer> {
    let mut answers = vec![server.get(ALL, &[]).await];
    while let Some(address) = link(&feed(answers.last().expect("one")), "prev-archive") {
        let path = address.strip_prefix(BASE).expect("ours").to_owned();
        answers.push(server.get(&path, &[]).await);
    }
    answers
}

#[tokio::test]
async fn the_current_document_and_the_archives_before_it_miss_nothing() {
    let shelf = shelf(100);
    let server = start(shelf.clone()).await;
    let chain = chain(&server).await;
    assert_eq!(chain.len(), 3, "two full parts of a month that goes on");
    let all: BTreeSet<_> = chain.iter().flat_map(|answer| ids(&feed(answer))).collect();
    assert_eq!(all.len(), 100);
    for archive in &chain[1..] {
        assert!(archive.text().contains("<fh:archive"));
        let archive_feed = feed(archive);
        assert_eq!(archive_feed.entries.len(), 40);
        assert_eq!(link(&archive_feed, "current"), Some(format!("{BASE}{ALL}")));
        let terms = archive.header("cache-control").expect("terms");
        assert_eq!(terms, "public, max-age=86400, immutable");
    }
    assert!(!chain[0].text().contains("<fh:archive"));
    for absent in [
        "month=2024-03&part=3",
        "month=2024-02",
        "month=2024-04",
        "month=2099-01",
    ] {
        let answer = server.get(&format!("{ALL}?{absent}"), &[]).await;
        assert_eq!(answer.status, 404, "{absent}");
        assert!(answer.text().contains("no archive"), "{}", answer.text());
    }
    for bad in ["month=2024-3", "month=2024-03&part=0", "month=x"] {
        assert_eq!(server.get(&format!("{ALL}?{bad}"), &[]).await.status, 400);
    }
}

#[tokio::test]
async fn an_archive_never_changes_but_for_what_has_to_go() {
    let shelf = shelf(100);
    let server = start(shelf.clone()).await;
    let before = chain(&server).await;
    shelf.items.lock().expect("items").push(item(100));
    set_time(&shelf, "2024-04-02T22:00:00Z");
    let after = chain(&server).await;
    assert_eq!(after.len(), 4, "the rest of the month is closed as well");
    assert_eq!(
        link(&feed(&after[0]), "prev-archive"),
        Some(format!("{BASE}{ALL}?month=2024-03&part=3"))
    );
    for (old, new) in before[1..].iter().zip(&after[2..]) {
        assert_eq!(old.body, new.body);
        assert_eq!(old.header("etag"), new.header("etag"));
    }
    let gone = {
        let mut items = shelf.items.lock().expect("items");
        items[3].withdrawn_at = Some(items[3].changed_at);
        items[100].changed_at += SignedDuration::from_mins(1);
        items[3].uid.to_string()
    };
    let first = server.get(&format!("{ALL}?month=2024-03"), &[]).await;
    assert_eq!(feed(&first).entries.len(), 39);
    assert!(!first.text().contains(&gone));
}

#[tokio::test]
async fn who_asks_for_changes_gets_them_alone() {
    let shelf = shelf(5);
    let server = start(shelf.clone()).await;
    for format in Format::ALL {
        let path = format!("/feeds/all.{}", format.word());
        let first = server.get(&path, &[]).await;
        let tag = first.header("etag").expect("tag").to_owned();
        {
            let mut items = shelf.items.lock().expect("items");
            let newest = items
                .iter()
                .map(|item| item.changed_at)
                .max()
                .expect("items");
            items[1].changed_at = newest + SignedDuration::from_hours(1);
        }
        let asked = [("A-IM", "feed"), ("If-None-Match", tag.as_str())];
        let part = server.get(&path, &asked).await;
        assert_eq!(part.status, 226, "{}", part.text());
        assert_eq!(part.header("im"), Some("feed"));
        assert_eq!(part.header("cache-control"), Some("no-store, im"));
        assert_eq!(part.header("vary"), Some("Accept-Encoding, A-IM"));
        assert_eq!(part.header("content-type"), first.header("content-type"));
        let told = |answer: &Answer| answer.text().matches("item/karkola/2024001-1").count();
        let others = part.text().matches("item/asikkala/").count();
        assert!(told(&part) > 0 && others == 0, "{}", part.text());
        let whole = server.get(&path, &[("If-None-Match", &tag)]).await;
        assert_eq!(whole.status, 200);
        assert_eq!(whole.header("etag"), part.header("etag"));
        let now = part.header("etag").expect("tag").to_owned();
        let asked = [("A-IM", "feed"), ("If-None-Match", now.as_str())];
        assert_eq!(server.get(&path, &asked).await.status, 304);
        for unknown in ["\"0\"", "*\"x\""] {
            let asked = [("A-IM", "feed"), ("If-None-Match", unknown)];
            assert_eq!(server.get(&path, &asked).await.status, 200, "{unknown}");
        }
    }
}

#[tokio::test]
async fn a_compressed_part_is_right_and_what_only_lost_entries_is_sent_whole() {
    let shelf = shelf(9);
    let server = start(shelf.clone()).await;
    let zipped = ("Accept-Encoding", "gzip");
    let first = server.get(ALL, &[zipped]).await;
    let tag = first.header("etag").expect("tag").to_owned();
    shelf.items.lock().expect("items").push(item(20));
    let asked = [zipped, ("A-IM", "feed"), ("If-None-Match", tag.as_str())];
    let part = server.get(ALL, &asked).await;
    assert_eq!(part.status, 226);
    let text = String::from_utf8(part.unzipped()).expect("UTF-8");
    assert_eq!(Feed::from_str(&text).expect("Atom").entries.len(), 1);
    let entry = &Feed::from_str(&text).expect("Atom").entries[0];
    assert!(
        !entry.authors.is_empty() && entry.source.is_some(),
        "it stands alone"
    );
    let tag = part.header("etag").expect("tag").to_owned();
    shelf.items.lock().expect("items").truncate(4);
    let asked = [("A-IM", "feed"), ("If-None-Match", tag.as_str())];
    assert_eq!(server.get(ALL, &asked).await.status, 200);
}

#[tokio::test]
async fn a_digest_tells_of_days_that_are_over() {
    let shelf = shelf(6);
    let server = start(shelf.clone()).await;
    let path = "/feeds/sivistys/daily.atom";
    set_time(&shelf, "2024-03-01T20:00:00Z");
    assert!(feed(&server.get(path, &[]).await).entries.is_empty());
    set_time(&shelf, "2024-03-02T10:00:00Z");
    let digest = server.get(path, &[]).await;
    let told = feed(&digest);
    assert_eq!(told.entries.len(), 1);
    assert_eq!(
        told.entries[0].id,
        "tag:seutu.invalid,2026:digest/sivistys/2024-03-01"
    );
    assert_eq!(told.entries[0].title.value, "1.3.2024: asioita 3");
    assert_eq!(link(&told, "self"), Some(format!("{BASE}{path}")));
    assert_eq!(link(&told, "prev-archive"), None);
    for word in ["rss", "json"] {
        let answer = server
            .get(&format!("/feeds/sivistys/daily.{word}"), &[])
            .await;
        assert!(answer.text().contains("digest/sivistys/2024-03-01"));
    }
}

#[tokio::test]
async fn municipalities_and_dossiers_have_feeds_in_every_format() {
    let server = start(shelf(6)).await;
    for word in ["atom", "rss", "json"] {
        let path = format!("/feeds/municipalities/karkola.{word}");
        let answer = server.get(&path, &[]).await;
        assert_eq!(answer.status, 200);
        let text = answer.text();
        assert!(text.contains("item/karkola/") && !text.contains("item/asikkala/"));
        let path = format!("/feeds/dossiers/suunnitelma-2024.{word}");
        let answer = server.get(&path, &[]).await;
        assert!(
            answer.text().contains("Suunnitelma 2024"),
            "{}",
            answer.text()
        );
    }
    let other = "/feeds/municipalities/karkola.atom?municipality=asikkala";
    assert!(feed(&server.get(other, &[]).await).entries.is_empty());
}

#[tokio::test]
async fn a_feed_opened_in_a_browser_has_its_looks() {
    let server = start(shelf(1)).await;
    let style = server.get("/feed.css", &[]).await;
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert!(style.text().contains("prefers-color-scheme: dark"));
    for (path, href) in [
        ("/feeds/all.atom", "../feed.css"),
        ("/feeds/all.rss", "../feed.css"),
        ("/feeds/all/daily.atom", "../../feed.css"),
        ("/feeds/municipalities/asikkala.rss", "../../feed.css"),
    ] {
        let text = server.get(path, &[]).await.text();
        let line = format!("<?xml-stylesheet type=\"text/css\" href=\"{href}\"?>");
        assert!(text.lines().nth(1) == Some(line.as_str()), "{path}: {text}");
    }
}

#[tokio::test]
async fn the_hub_is_named_in_header_and_feed() {
    let mut shelf = Arc::into_inner(shelf(3)).expect("ours");
    shelf.hub = Some("https://hub.example/".parse().expect("url"));
    let server = start(Arc::new(shelf)).await;
    let answer = server.get(ALL, &[]).await;
    let expected = format!("<https://hub.example/>; rel=\"hub\", <{BASE}{ALL}>; rel=\"self\"");
    assert_eq!(answer.header("link"), Some(expected.as_str()));
    assert_eq!(
        link(&feed(&answer), "hub").as_deref(),
        Some("https://hub.example/")
    );
    let filtered = server.get(&format!("{ALL}?stage=agenda"), &[]).await;
    assert_eq!(filtered.header("link"), None, "the hub is not told of it");
}

fn meeting(day: i8) -> MeetingRecord {
    let seen: Timestamp = "2024-03-01T08:00:00Z".parse().expect("instant");
    MeetingRecord {
        uid: format!("asikkala/sivistyslautakunta/2024-03-{day:02}"),
        municipality: "Asikkala".into(),
        body: "Sivistyslautakunta".into(),
        held_on: date(2024, 3, day),
        starts_at: None,
        number: None,
        status: None,
        url: None,
        place: None,
        published_on: None,
        first_seen_at: seen,
        changed_at: seen,
        revision: 0,
        withdrawn_at: None,
        items: vec![],
    }
}

#[tokio::test]
async fn the_calendar_follows_the_meetings() {
    let shelf = shelf(1);
    *shelf.meetings.lock().expect("meetings") = vec![meeting(14), meeting(21)];
    let server = start(shelf.clone()).await;
    let path = "/calendar.ics?municipality=asikkala";
    let answer = server.get(path, &[]).await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    assert_eq!(answer.text().matches("BEGIN:VEVENT").count(), 2);
    let tag = answer.header("etag").expect("tag").to_owned();
    let same = server.get(path, &[("If-None-Match", &tag)]).await;
    assert_eq!(same.status, 304);
    shelf.meetings.lock().expect("meetings")[0].revision = 1;
    let other = server.get(path, &[("If-None-Match", &tag)]).await;
    assert_eq!(other.status, 200);
    assert!(other.text().contains("SEQUENCE:1\r\n"));
    for (query, events) in [
        ("municipality=karkola", 0),
        ("network=sivistys", 0),
        ("", 2),
    ] {
        let answer = server.get(&format!("/calendar.ics?{query}"), &[]).await;
        assert_eq!(
            answer.text().matches("BEGIN:VEVENT").count(),
            events,
            "{query}"
        );
    }
    for bad in ["network=nobody", "municipality=helsinki"] {
        let answer = server.get(&format!("/calendar.ics?{bad}"), &[]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("one of"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_list_of_feeds_names_ours_and_theirs() {
    let answer = start(shelf(1)).await.get("/opml.xml", &[]).await;
    assert_eq!(
        answer.header("content-type"),
        Some("text/x-opml; charset=utf-8")
    );
    for address in [
        "https://seutu.example/julki/feeds/all.atom",
        "https://seutu.example/julki/feeds/sivistys.atom",
        "https://seutu.example/julki/feeds/municipalities/karkola.atom",
        "https://asikkala.example/cgi/DREQUEST.PHP?page=rss/meetingitems",
        "https://seutu.example/julki/feeds/dossiers/sivistys-toimintasuunnitelma-2026.atom",
    ] {
        let text = answer.text();
        assert!(
            text.contains(&format!("xmlUrl=\"{address}\"")),
            "{address}: {text}"
        );
    }
    let text = answer.text();
    assert!(
        text.contains("text=\"Avoimet asiat: Sivistysverkosto\""),
        "{text}"
    );
    let page = "htmlUrl=\"https://seutu.example/julki/dossiers/sivistys-toimintasuunnitelma-2026\"";
    assert!(text.contains(page), "{text}");
}

#[test]
fn a_page_can_name_its_feeds() {
    let shelf = shelf(1);
    let links = discovery::links(&*shelf, &Scope::All, &FeedRequest::default());
    let addresses: Vec<_> = links.iter().map(|link| link.href.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "https://seutu.example/julki/feeds/all.atom",
            "https://seutu.example/julki/feeds/all.rss",
            "https://seutu.example/julki/feeds/all.json",
            "https://seutu.example/julki/feeds/all/daily.atom",
        ]
    );
    let filters = FeedRequest::parse("q=verkosto&stage=minutes", &*shelf).expect("filters");
    let links = discovery::links(&*shelf, &Scope::All, &filters);
    assert_eq!(links.len(), 3, "a digest takes no filters");
    assert!(
        links[1]
            .href
            .ends_with("/feeds/all.rss?stage=minutes&q=verkosto")
    );
    assert!(links[1].title.contains("verkosto") && links[1].title.ends_with("(RSS)"));
}
