//! RSS and JSON Feed beside Atom: the same entries, the same identities, and nothing hostile in any.

use std::str::FromStr;

use rss::validation::Validate;
use serde_json::Value;

use super::atom::feed;
use super::samples::{agenda, minutes, unread, with_text};
use crate::model::item::ItemRecord;
use crate::publish::diff::Run;
use crate::publish::entry::of_item;
use crate::publish::{FeedDocument, Format, History, digest, entries};

const HOSTILE: &str = "]]></content:encoded></item><script>alert(1)</script>\0\u{b}\u{1b}[31m\u{fffe}\u{202e}\r\n&#0;&lol;\"";

fn written(format: Format, feed: &FeedDocument, items: &[ItemRecord]) -> String {
    format.document(feed, &entries(items, &feed.tags))
}

fn as_rss(feed: &FeedDocument, items: &[ItemRecord]) -> rss::Channel {
    let channel = rss::Channel::from_str(&written(Format::Rss, feed, items)).expect("RSS");
    let mut measured = channel.clone();
    // The profile has 0 stand for a length that is not known; this validator has not heard of it.
    for item in &mut measured.items {
        if let Some(enclosure) = &mut item.enclosure {
            assert_eq!(enclosure.length, "0");
            enclosure.length = "1".into();
        }
    }
    measured.validate().expect("valid RSS");
    channel
}

fn as_json(feed: &FeedDocument, items: &[ItemRecord]) -> Value {
    serde_json::from_str(&written(Format::Json, feed, items)).expect("JSON")
}

fn hostile() -> ItemRecord {
    let mut item = with_text(HOSTILE);
    item.title = HOSTILE.into();
    item.municipality = HOSTILE.into();
    item.source_name = HOSTILE.into();
    item.body = Some(HOSTILE.into());
    item.matches[0].explanation = HOSTILE.into();
    item.matches[0].network_name = HOSTILE.into();
    item.url = "javascript:alert(1)".parse().expect("url");
    item.source_feed = "javascript:alert(1)".into();
    item
}

#[test]
fn rss_keeps_to_the_profile() {
    let channel = as_rss(&feed(), &[minutes(), agenda(), unread()]);
    assert_eq!(channel.link, "https://seutu.example/");
    assert_eq!(channel.language.as_deref(), Some("fi"));
    assert_eq!(
        channel.last_build_date.as_deref(),
        Some("Wed, 20 Mar 2024 06:30:00 +0000")
    );
    let links = &channel.extensions["atom"]["link"];
    assert_eq!(links[0].attrs["rel"], "self");
    assert_eq!(links[0].attrs["type"], "application/rss+xml");
    let item = &channel.items[0];
    let guid = item.guid.as_ref().expect("guid");
    assert_eq!(guid.value, "tag:seutu.invalid,2026:item/asikkala/2024375-8");
    assert!(!guid.permalink);
    assert_eq!(
        item.author, None,
        "an author would have to be a mail address"
    );
    assert_eq!(
        item.dublin_core_ext.as_ref().expect("dc").creators,
        ["Asikkala, Sivistyslautakunta"]
    );
    assert_eq!(
        item.pub_date.as_deref(),
        Some("Fri, 08 Mar 2024 10:00:00 +0000")
    );
    assert_eq!(
        item.extensions["atom"]["updated"][0].value.as_deref(),
        Some("2024-03-20T06:30:00Z")
    );
    let source = item.source.as_ref().expect("source");
    assert_eq!(source.title.as_deref(), Some("Asikkala – Dynasty"));
    let enclosure = item.enclosure.as_ref().expect("enclosure");
    assert_eq!(enclosure.mime_type, "application/pdf");
    assert!(item.content.as_deref().expect("content").contains("<h3>"));
    assert!(
        !item
            .description
            .as_deref()
            .expect("description")
            .contains('<')
    );
}

#[test]
fn json_feed_has_what_version_1_1_asks_for() {
    let json = as_json(&feed(), &[minutes(), unread()]);
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(
        json["next_url"],
        "https://seutu.example/feeds/sivistys.atom?page=2"
    );
    let item = &json["items"][0];
    assert_eq!(item["id"], "tag:seutu.invalid,2026:item/asikkala/2024375-8");
    assert_eq!(item["date_published"], "2024-03-08T10:00:00Z");
    assert_eq!(item["date_modified"], "2024-03-20T06:30:00Z");
    assert_eq!(item["authors"][0]["name"], "Asikkala, Sivistyslautakunta");
    assert_eq!(item["attachments"][0]["mime_type"], "application/pdf");
    let facts = &item["_seutu"];
    assert_eq!(facts["uid"], "asikkala/2024375-8");
    assert_eq!(facts["outcome"], "accepted");
    assert_eq!(facts["section_no"], 39);
    assert_eq!(facts["diary_numbers"][0], "12/2024");
    assert_eq!(facts["networks"][0], "sivistys");
    assert!(
        facts["decision"]
            .as_str()
            .expect("decision")
            .contains("hyväksyi")
    );
    assert_eq!(json["items"][1]["_seutu"]["stage"], Value::Null);
}

#[test]
fn an_entry_is_the_same_in_every_format() {
    let feed = feed();
    for item in [minutes(), agenda(), unread()] {
        let items = std::slice::from_ref(&item);
        let (rss, json) = (as_rss(&feed, items), as_json(&feed, items));
        let entry = of_item(&item, &feed.tags);
        let told = &json["items"][0];
        assert_eq!(rss.items[0].guid.as_ref().expect("guid").value, entry.id);
        assert_eq!(told["id"], entry.id.as_str());
        assert_eq!(rss.items[0].title.as_deref(), Some(entry.title.as_str()));
        assert_eq!(told["title"], entry.title.as_str());
        assert_eq!(rss.items[0].content.as_deref(), Some(entry.html.as_str()));
        assert_eq!(told["content_html"], entry.html.as_str());
    }
}

#[test]
fn hostile_text_stays_text_in_every_format() {
    for format in Format::ALL {
        let document = written(*format, &feed(), &[hostile(), minutes()]);
        let controls = document
            .chars()
            .filter(|c| c.is_control() && *c != '\n' && *c != '\t');
        assert_eq!(controls.count(), 0, "{format:?}");
        assert!(!document.contains("javascript:"), "{format:?}");
    }
    let channel = as_rss(&feed(), &[hostile(), minutes()]);
    assert_eq!(channel.items.len(), 2);
    let item = &channel.items[0];
    assert!(item.title.as_deref().expect("title").contains("<script>"));
    assert_eq!(item.link, None);
    let description = item.description.as_deref().expect("description");
    assert!(!description.contains("<script"), "{description}");
    let json = as_json(&feed(), &[hostile(), minutes()]);
    assert_eq!(json["items"].as_array().expect("items").len(), 2);
    for html in [
        item.content.as_deref().expect("content"),
        json["items"][0]["content_html"].as_str().expect("content"),
    ] {
        assert!(
            !html.contains("<script") && !html.contains("</item"),
            "{html}"
        );
    }
}

#[test]
fn an_archive_says_so_in_every_format_and_leads_on() {
    let feed = FeedDocument {
        history: History::Closed {
            current: "https://seutu.example/feeds/all.rss".into(),
            previous: Some("https://seutu.example/feeds/all.rss?month=2024-02".into()),
        },
        hub: Some("https://hub.example/".into()),
        style: Some("../feed.css".into()),
        ..feed()
    };
    for format in [Format::Atom, Format::Rss] {
        let document = written(format, &feed, &[minutes()]);
        assert!(document.contains("<fh:archive"), "{document}");
        assert!(document.contains("xmlns:fh=\"http://purl.org/syndication/history/1.0\""));
        let style = "?>\n<?xml-stylesheet type=\"text/css\" href=\"../feed.css\"?>\n<";
        assert!(document.contains(style), "{document}");
    }
    let channel = as_rss(&feed, &[minutes()]);
    let links: Vec<_> = channel.extensions["atom"]["link"]
        .iter()
        .map(|link| (link.attrs["rel"].as_str(), link.attrs["href"].as_str()))
        .collect();
    for expected in [
        ("current", "https://seutu.example/feeds/all.rss"),
        (
            "prev-archive",
            "https://seutu.example/feeds/all.rss?month=2024-02",
        ),
        ("hub", "https://hub.example/"),
    ] {
        assert!(links.contains(&expected), "{links:?}");
    }
    let json = as_json(&feed, &[minutes()]);
    assert_eq!(json["_seutu"]["archive"], true);
    assert_eq!(json["hubs"][0]["type"], "WebSub");
}

#[test]
fn a_withdrawn_item_stands_in_every_format_without_its_text() {
    let mut item = minutes();
    item.withdrawn_at = Some("2024-05-01T00:00:00Z".parse().expect("instant"));
    for format in Format::ALL {
        let document = written(*format, &feed(), std::slice::from_ref(&item));
        for gone in [
            "oppilashuolto",
            "hyväksyi",
            "12/2024",
            "liite.pdf",
            "kokous.pdf",
        ] {
            assert!(!document.contains(gone), "{format:?} {gone}: {document}");
        }
        assert!(document.contains("poistettu"), "{format:?}");
        assert!(document.contains("item/asikkala/2024375-8"), "{format:?}");
    }
}

#[test]
fn a_decision_worded_after_its_proposal_is_shown_with_the_difference() {
    let mut item =
        with_text("Lautakunta päättää hyväksyä muutetun sopimuksen ja jatkaa valmistelua.");
    let fields = item.fields.as_mut().expect("fields");
    fields.proposal = Some("Lautakunta päättää hyväksyä sopimuksen ja jatkaa valmistelua.".into());
    let entry = of_item(&item, &feed().tags);
    assert!(
        entry.html.contains("<h3>Muutos ehdotukseen</h3>"),
        "{}",
        entry.html
    );
    assert!(entry.html.contains("<ins>muutetun</ins>"), "{}", entry.html);
    let difference = entry.facts.expect("facts").difference.expect("difference");
    assert!(
        difference.contains(&Run::Added("muutetun".into())),
        "{difference:?}"
    );
    let other = of_item(&minutes(), &feed().tags);
    assert!(!other.html.contains("Muutos ehdotukseen"), "{}", other.html);
}

#[test]
fn minutes_that_change_again_say_what_changed_since() {
    let mut item = with_text("Lautakunta hyväksyi sopimuksen ja jatkaa valmistelua keväällä.");
    let tags = feed().tags;
    let heading = "<h3>Päätöstekstin muutos edelliseen versioon</h3>";
    assert!(!of_item(&item, &tags).html.contains(heading));
    item.fields_before.clone_from(&item.fields);
    let same = of_item(&item, &tags);
    assert!(!same.html.contains(heading), "{}", same.html);
    assert_eq!(same.facts.expect("facts").amendment, None);
    let before = item.fields_before.as_mut().expect("fields");
    before.decision = Some("Lautakunta hyväksyi sopimuksen ja jatkaa valmistelua syksyllä.".into());
    let entry = of_item(&item, &tags);
    for part in [heading, "<del>syksyllä.</del>", "<ins>keväällä.</ins>"] {
        assert!(entry.html.contains(part), "{part} in {}", entry.html);
    }
    let change = entry.facts.expect("facts").amendment.expect("change");
    assert!(
        change.contains(&Run::Added("keväällä.".into())),
        "{change:?}"
    );
    item.withdrawn_at = Some(item.changed_at);
    let gone = of_item(&item, &tags);
    assert!(!gone.html.contains("syksyllä"), "{}", gone.html);
    assert_eq!(gone.facts.expect("facts").amendment, None);
}

#[test]
fn a_digest_has_one_entry_a_day_that_never_changes() {
    let (early, mut late) = (agenda(), minutes());
    late.changed_at = "2024-03-08T21:59:00Z".parse().expect("instant");
    let mut other_day = minutes();
    other_day.changed_at = "2024-03-08T22:01:00Z".parse().expect("instant");
    let tags = feed().tags;
    let days = digest::entries("sivistys", &[early, late, other_day], &tags);
    let ids: Vec<_> = days.iter().map(|day| day.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "tag:seutu.invalid,2026:digest/sivistys/2024-03-09",
            "tag:seutu.invalid,2026:digest/sivistys/2024-03-08"
        ]
    );
    let first = &days[1];
    assert_eq!(
        first.title, "8.3.2024: asioita 1",
        "the last text of the day is told"
    );
    assert!(first.html.contains("Hyväksyttiin"), "{}", first.html);
    assert_eq!(first.updated.to_string(), "2024-03-08T22:00:00Z");
    for format in Format::ALL {
        let document = format.document(&feed(), &days);
        assert!(
            document.contains("digest/sivistys/2024-03-09"),
            "{document}"
        );
    }
}
