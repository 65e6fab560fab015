//! Lists that are what was asked for, and others.

use std::time::Duration;

use super::*;
use crate::model::ids::SourceId;
use crate::model::listing::MeetingStatus;
use crate::model::source::{PlatformKind, Publishes};
use crate::platform::{Platform, dynasty::Dynasty};

fn source(url: &str, publishes: Publishes) -> Source {
    Source {
        id: SourceId::new("s"),
        municipality: "Mallila".to_owned(),
        platform: PlatformKind::Dynasty,
        url: url.parse().expect("url"),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: "se".to_owned(),
        show: 50,
        publishes,
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

const PORTAL: &str = "https://k.example/cgi/DREQUEST.PHP";

fn list(kind: ListKind, key: &str, query: &str) -> ListAddress {
    let url = format!("{PORTAL}?{query}").parse().expect("url");
    address(kind, key, url)
}

fn read_as(list: &ListAddress, body: &str) -> Result<ListReading, PageFault> {
    let asked = AskedList {
        source: &source(PORTAL, Publishes::Items),
        list,
        served: &list.url,
    };
    let html = format!("<html><body>{body}</body></html>");
    read(asked, &html, Vocabulary::embedded())
}

fn meeting(body: &str) -> Result<ListReading, PageFault> {
    let mut list = list(ListKind::Meeting, "meeting/7", "page=meeting&id=7");
    list.body = Some("Valtuusto".to_owned());
    list.held_on = Some(jiff::civil::date(2026, 9, 23));
    read_as(&list, body)
}

fn meetings(body: &str) -> Result<ListReading, PageFault> {
    let mut list = list(ListKind::Meetings, "body/3", "page=meetings&id=3");
    list.body = Some("Valtuusto".to_owned());
    read_as(&list, body)
}

const ITEM: &str = "<table><tr><td>1<td><a href='?page=meetingitem&id=7-1'>Avaus</a></table>";

fn is_wrong(read: &Result<ListReading, PageFault>) -> bool {
    matches!(read, Err(PageFault::WrongPage { .. }))
}

#[test]
fn every_kind_of_source_begins_where_it_should() {
    let addresses = |url: &str, publishes| {
        let source = source(url, publishes);
        let shown = |list: &ListAddress| format!("{} {} {}", list.kind.word(), list.key, list.url);
        let all = |lists: Vec<ListAddress>| lists.iter().map(shown).collect::<Vec<_>>().join(",");
        (
            shown(&Dynasty.front(&source)),
            all(Dynasty.lists(&source)),
            all(Dynasty.backfill(&source)),
        )
    };
    let query = |name: &str, rest: &str| format!("{name} {PORTAL}?page={rest}");
    assert_eq!(
        addresses(PORTAL, Publishes::Items),
        (
            query("item_feed feed", "rss/meetingitems&show=50"),
            query("meeting_feed meetings", "rss/meetings&show=50"),
            query("bodies bodies", "meeting_handlers&id="),
        )
    );
    let search = "official_search&alo=1&kas=&txt=&koh=1&pvm=&siv=100&dir=1&jar=1";
    assert_eq!(
        addresses(PORTAL, Publishes::OfficialDecisions),
        (
            query("item_feed feed", "rss/official_decisions&show=50"),
            String::new(),
            query("items decisions", search),
        )
    );
    let bodies = "bodies bodies http://k.example/djulk/kokous/TELIMET.HTM".to_owned();
    for old in [
        "http://k.example/djulk/kokous/",
        "http://k.example/djulk/kokous/TELIMET.HTM",
    ] {
        assert_eq!(
            addresses(old, Publishes::Items),
            (bodies.clone(), String::new(), bodies.clone())
        );
    }
}

#[test]
fn the_page_of_an_item_is_no_meeting() {
    let item = "<h1>Valtuusto  Esityslista 23.09.2026/Asianro 2</h1><a href='?page=meetingitem&id=7-1'>Edellinen asia</a> \
            <a href='?page=meetingitem&id=7-3'>Seuraava asia</a><a href='../kokous/7-2.PDF'>Kokousasia</a>";
    assert!(is_wrong(&meeting(item)));
}

#[test]
fn titles_that_look_like_headers_name_no_meeting() {
    let page = "<h1>Valtuusto Esityslista 23.09.2026 klo 17:00</h1><table><tr><td>1<td>\
            <a href='?page=meetingitem&id=7-1'>Pöytäkirja 01.02.2026 § 45, oikaisu</a></table>";
    let reading = meeting(page).expect("read");
    let about = reading.about.expect("about");
    assert_eq!(about.held_on.to_string(), "2026-09-23");
    assert_eq!(about.status, Some(MeetingStatus::Agenda));
    assert_eq!(reading.items.len(), 1);
    assert_eq!(reading.items[0].key.as_str(), "se~7-1");
}

#[test]
fn a_meeting_is_cancelled_by_its_own_words_only() {
    let status = |body: &str| meeting(body).expect("read").about.expect("about").status;
    let cancelled = Some(MeetingStatus::Cancelled);
    assert_eq!(
        status("<h1>Valtuusto 23.09.2026 klo 17 Kokous peruttu</h1>"),
        cancelled
    );
    assert_eq!(
        status("<h1>Valtuusto Esityslista 23.09.2026</h1><p>Mötet är inställt.</p>"),
        cancelled
    );
    let item = "<h1>Valtuusto Esityslista 23.09.2026</h1><table><tr><td>1<td>\
            <a href='?page=meetingitem&id=7-1'>Peruttu hankinta</a></table><p>Peruttu hankinta</p>";
    assert_eq!(status(item), Some(MeetingStatus::Agenda));
}

#[test]
fn a_meeting_without_items_has_body_and_day_asked_for() {
    assert!(meeting("<h1>Valtuusto Esityslista 23.09.2026</h1>").is_ok());
    assert!(is_wrong(&meeting(
        "<h1>Valtuusto Esityslista 24.09.2026</h1>"
    )));
    assert!(is_wrong(&meeting(
        "<h1>Hallitus Esityslista 23.09.2026</h1>"
    )));
    assert!(is_wrong(&meeting(&ITEM.replace("7-1", "8-1"))));
    assert!(is_wrong(&meeting(&ITEM.replace("7-1", "77-1"))));
}

#[test]
fn a_list_that_names_another_body_or_day_is_told() {
    let reading =
        meeting(&format!("<h1>Hallitus Esityslista 24.09.2026</h1>{ITEM}")).expect("read");
    assert_eq!(reading.problems[0].kind, ProblemKind::Disagreement);
    assert_eq!(reading.about.expect("about").body, "Hallitus");
    let bare = meeting(ITEM).expect("read");
    assert_eq!(bare.about.expect("about").body, "Valtuusto");
}

#[test]
fn meetings_prove_their_body() {
    let row = "<table><tr><td>23.9.2026<td><a href='?page=meeting&id=7'>Esityslista</a></table>";
    let count = |page: String| meetings(&page).map(|reading| reading.meetings.len());
    assert_eq!(count(format!("<h1>Valtuusto</h1>{row}")), Ok(1));
    assert_eq!(
        count(format!("<a href='?page=meetings&id=3'>Valtuusto</a>{row}")),
        Ok(1)
    );
    assert!(is_wrong(&meetings(row)));
    assert!(is_wrong(&meetings(&format!("<h1>Hallitus</h1>{row}"))));
    let namesake = "<p><a href='?page=meetings&id=4'>Valtuusto</a></p><h1>Valtuusto</h1>";
    assert!(is_wrong(&meetings(&format!("{namesake}{row}"))));
    assert!(is_wrong(&meetings(&format!(
        "<a href='?page=meetings&id=3'>Valtuusto</a>{ITEM}"
    ))));
}

#[test]
fn nothing_and_notices_are_told_apart_from_other_pages() {
    let decisions = list(ListKind::Items, "decisions", "page=official_search");
    assert_eq!(meeting("").err(), Some(PageFault::Empty));
    assert!(matches!(
        read_as(&decisions, "<p>Huoltokatko</p>"),
        Err(PageFault::Notice(_))
    ));
    assert!(is_wrong(&read_as(
        &decisions,
        &format!("<p>Asiat</p>{ITEM}")
    )));
    let none = "<p>Ei päätöksiä</p><a href='?page=official_frames'>Viranhaltijat</a>";
    assert_eq!(read_as(&decisions, none).expect("read").items.len(), 0);
}

#[test]
fn a_full_list_of_decisions_may_go_on() {
    let decisions = list(ListKind::Items, "decisions", "page=official_search");
    let rows = |n: usize| -> String {
        let row = |n| format!("<p><a href='?page=official_decision&id=2026{n:05}'>Lupa</a></p>");
        (0..n).map(row).collect()
    };
    let problems = |n| read_as(&decisions, &rows(n)).expect("read").problems.len();
    assert_eq!((problems(99), problems(100)), (0, 1));
}

#[test]
fn long_lists_are_read_and_endless_ones_refused() {
    let row = "<tr><td>23.9.2026<td><a href='?page=meeting&id=7'>Esityslista</a></tr>";
    let page = |n: usize| format!("<h1>Valtuusto</h1><table>{}</table>", row.repeat(n));
    assert_eq!(meetings(&page(3000)).expect("read").meetings.len(), 1);
    assert!(matches!(
        meetings(&page(30_000)),
        Err(PageFault::TooCostly(_))
    ));
}

#[test]
fn a_list_that_ends_before_its_end_is_refused() {
    let list = list(ListKind::Bodies, "bodies", "page=meeting_handlers&id=");
    let asked = AskedList {
        source: &source(PORTAL, Publishes::Items),
        list: &list,
        served: &list.url,
    };
    let html = "<html><body><table><tr><td><a href='?page=meetings&id=1'>Valtuusto</a><td>";
    let got = read(asked, html, Vocabulary::embedded());
    assert_eq!(got.err(), Some(PageFault::CutOff));
}
