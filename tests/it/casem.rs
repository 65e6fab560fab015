//! CaseM: what a source asks for, and pages and lists that are nearly right.

use serde_json::Value;
use seutu::daemon::reading::{read_list, read_page};
use seutu::model::ids::{ItemKey, SourceId};
use seutu::model::listing::{AskedList, ListAddress, ListKind, ListReading};
use seutu::model::page::{AskedPage, PageFault};
use seutu::model::source::{PlatformKind, Publishes, Source};
use seutu::platform::platform;
use url::Url;

const HOST: &str = "https://mallila.cloudnc.fi";

fn source(url: &str) -> Source {
    Source {
        id: SourceId::new("mallila"),
        municipality: "Mallila".to_owned(),
        platform: PlatformKind::Casem,
        url: url.parse().expect("url"),
        interval: std::time::Duration::from_hours(1),
        enabled: true,
        key_prefix: String::new(),
        show: 30,
        publishes: Publishes::Items,
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

/// Every address that a source is asked for without having been read.
fn asked(source: &Source) -> Vec<(String, String)> {
    let reader = platform(PlatformKind::Casem);
    [reader.front(source)]
        .into_iter()
        .chain(reader.lists(source))
        .chain(reader.backfill(source))
        .map(|list| (list.key, list.url.to_string()))
        .collect()
}

fn pair(key: &str, url: &str) -> (String, String) {
    (key.to_owned(), url.to_owned())
}

#[test]
fn a_portal_is_asked_for_lists_and_never_for_feeds() {
    let expected = [
        pair("front", "https://mallila.cloudnc.fi/fi-FI"),
        pair("bodies", "https://mallila.cloudnc.fi/fi-FI/Toimielimet"),
        pair("bodies", "https://mallila.cloudnc.fi/fi-FI/Toimielimet"),
    ];
    for url in [
        HOST,
        "https://mallila.cloudnc.fi/fi-FI",
        "https://mallila.cloudnc.fi/fi-FI/Toimielimet?x=1",
    ] {
        assert_eq!(asked(&source(url)), expected, "{url}");
    }
    let swedish = asked(&source("https://mallila.cloudnc.fi/sv-FI/"));
    assert_eq!(
        swedish[0],
        pair("front", "https://mallila.cloudnc.fi/sv-FI")
    );
    let all = asked(&source(HOST)).into_iter().chain(swedish);
    for (_, url) in all {
        assert!(!url.to_lowercase().contains("rss"), "{url}");
    }
}

#[test]
fn addresses_tell_portal_and_key() {
    let reader = platform(PlatformKind::Casem);
    let long: Url = format!("{HOST}/fi-FI/Toimielimet/Valtuusto/Kokous_1122025/Asia%2816797%29")
        .parse()
        .expect("url");
    let short: Url = format!("{HOST}/sv-FI/content/16797/13127")
        .parse()
        .expect("url");
    let key = Some(ItemKey::new("16797"));
    assert_eq!(reader.key_of_address(&long), key);
    assert_eq!(reader.key_of_address(&short), key);
    let portal = |url: &Url| reader.portal_of_address(url).map(|url| url.to_string());
    assert_eq!(
        portal(&long).as_deref(),
        Some("https://mallila.cloudnc.fi/fi-FI")
    );
    assert_eq!(
        portal(&short).as_deref(),
        Some("https://mallila.cloudnc.fi/sv-FI")
    );
    let elsewhere: Url = "https://www.mallila.example/fi-FI/Uutiset"
        .parse()
        .expect("url");
    assert_eq!(portal(&elsewhere), None);
}

fn list(kind: ListKind, path: &str, html: &str) -> Result<ListReading, PageFault> {
    served_list(&source(HOST), kind, path, html)
}

fn served_list(
    source: &Source,
    kind: ListKind,
    path: &str,
    html: &str,
) -> Result<ListReading, PageFault> {
    let list = ListAddress {
        kind,
        key: "list".to_owned(),
        url: format!("{HOST}{path}").parse().expect("url"),
        body: None,
        held_on: None,
    };
    let asked = AskedList {
        source,
        list: &list,
        served: &list.url,
    };
    read_list(asked, html.as_bytes(), Some("text/html; charset=utf-8"))
}

fn content(inner: &str) -> String {
    format!("<html><body><div id='ContentStart' role='main'>{inner}</div></body></html>")
}

#[test]
fn the_walk_of_a_backfill_leads_from_bodies_to_items() {
    let bodies = content("<ul><li><a href='/fi-FI/Toimielimet/Valtuusto'>Valtuusto</a></li></ul>");
    let bodies = list(ListKind::Bodies, "/fi-FI/Toimielimet", &bodies).expect("bodies");
    let body = &bodies.lists[0];
    assert_eq!(
        (body.kind, body.key.as_str()),
        (ListKind::Meetings, "body/valtuusto")
    );
    let meetings = content(
        "<h2>2025</h2><ul><li><a href='Valtuusto/Kokous_1122025'>Kokous 1.12.2025 P&ouml;yt&auml;kirja</a></li></ul>",
    );
    let portal = source(HOST);
    let asked = AskedList {
        source: &portal,
        list: body,
        served: &body.url,
    };
    let meetings = read_list(asked, meetings.as_bytes(), None).expect("meetings");
    let meeting = meetings.meetings[0].list.clone().expect("a list");
    assert_eq!(meeting.key, "meeting/valtuusto/kokous_1122025");
    assert_eq!(meetings.meetings[0].held_on.to_string(), "2025-12-01");
    let items = content(
        "<p>Valtuusto, kokous 1.12.2025</p><a href='Kokous_1122025/Asia(77)'>&sect; 9 Asia</a>",
    );
    let asked = AskedList {
        source: &portal,
        list: &meeting,
        served: &meeting.url,
    };
    let items = read_list(asked, items.as_bytes(), None).expect("items");
    let item = &items.items[0];
    assert_eq!((item.key.as_str(), item.title.as_str()), ("77", "Asia"));
    let path = "/fi-FI/Toimielimet/Valtuusto/Kokous_1122025/Asia(77)";
    assert_eq!(item.url.as_str(), format!("{HOST}{path}"));
}

#[test]
fn a_prefix_goes_before_every_item_key() {
    let mut portal = source(HOST);
    portal.key_prefix = "se".to_owned();
    let path = "/fi-FI/Toimielimet/Valtuusto/Kokous_1122025";
    let html =
        content("<h2>Valtuusto, kokous 1.12.2025</h2><a href='/fi-FI/content/77/23'>§ 1 Asia</a>");
    let reading = served_list(&portal, ListKind::Meeting, path, &html).expect("read");
    assert_eq!(reading.items[0].key.as_str(), "se~77");
    let html = item_page("<h1>§ 1 Asia</h1><h3>Päätös</h3><p>Hyväksyttiin.</p>");
    let url: Url = format!("{HOST}/fi-FI/content/77/23").parse().expect("url");
    let asked = AskedPage {
        portal: &portal.url,
        url: &url,
        key: &ItemKey::new("se~77"),
        key_prefix: "se",
    };
    assert!(read_page(PlatformKind::Casem, asked, html.as_bytes(), None).is_ok());
}

#[test]
fn lists_that_are_none_are_faults_or_problems() {
    let path = "/fi-FI/Toimielimet";
    assert_eq!(
        list(ListKind::Bodies, path, " ").err(),
        Some(PageFault::Empty)
    );
    assert_eq!(
        list(ListKind::Bodies, path, &content("")).err(),
        Some(PageFault::Empty)
    );
    let cut = "<html><body><a href='/fi-FI/Toimielimet/Valtuusto'>Valtuusto</a>";
    assert_eq!(
        list(ListKind::Bodies, path, cut).err(),
        Some(PageFault::CutOff)
    );
    let changed = list(ListKind::Bodies, path, &content("<p>Valtuusto</p>")).expect("read");
    assert_eq!(changed.problems[0].kind.word(), "unknown_shape");
}

#[test]
fn links_of_the_frame_are_no_meetings_of_a_body_and_no_items_of_a_meeting() {
    let frame = "<div id='Content_sidenaviArea'><a href='/fi-FI/content/5/23'>Muu</a>\
        <a href='/fi-FI/Toimielimet/Valtuusto/Kokous_122026/Muu(6)'>Muu</a></div>";
    let html = format!(
        "<html><body>{frame}<div id='ContentStart'><h1>Kunnanhallitus, kokous 3.2.2026</h1>\
         <a href='/fi-FI/content/7/23'>Asia</a></div></body></html>"
    );
    let path = "/fi-FI/Toimielimet/Kunnanhallitus/Kokous_322026";
    let reading = list(ListKind::Meeting, path, &html).expect("read");
    let keys: Vec<&str> = reading.items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["7"]);
}

fn item_page(inner: &str) -> String {
    content(&format!("<p>Kunnanhallitus, kokous 3.2.2026</p>{inner}"))
}

fn item(html: &str) -> Result<Value, PageFault> {
    let url: Url = format!("{HOST}/fi-FI/Toimielimet/Kunnanhallitus/Kokous_322026/Asia(77)")
        .parse()
        .expect("url");
    let portal: Url = format!("{HOST}/fi-FI").parse().expect("url");
    let asked = AskedPage {
        portal: &portal,
        url: &url,
        key: &ItemKey::new("77"),
        key_prefix: "",
    };
    read_page(PlatformKind::Casem, asked, html.as_bytes(), None)
        .map(|reading| serde_json::to_value(reading).expect("json"))
}

fn said(reading: &Value, field: &str) -> String {
    match reading.pointer(&format!("/item/{field}")) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[test]
fn pages_that_name_no_item_are_believed_when_they_are_plainly_items() {
    let body =
        "<h1>§ 4 Asia</h1><h3>Ehdotus</h3><p>Hyväksytään.</p><h3>Päätös</h3><p>Hyväksyttiin.</p>";
    let page = item_page(body);
    assert_eq!(
        said(&item(&page).expect("read"), "decision"),
        "Hyväksyttiin."
    );
    let named =
        |address: &str| page.replace("<body>", &format!("<body><form action='{address}'></form>"));
    assert!(item(&named("/fi-FI/haku")).is_ok());
    assert!(item(&named("/fi-FI/content/77/9")).is_ok());
    for address in [
        "/fi-FI/content/78/9",
        "/fi-FI/Toimielimet/Kunnanhallitus/Kokous_322026",
    ] {
        let fault = item(&named(address)).expect_err("another page");
        assert!(
            matches!(fault, PageFault::WrongPage { .. }),
            "{address}: {fault}"
        );
    }
    // the path above the content leads through another meeting
    let crumb = "<body><ul class='breadcrumb'><li><a href='/fi-FI/Toimielimet/Valtuusto/Kokous_122026'>Kokous 1.2.2026</a></li></ul>";
    let fault = item(&page.replace("<body>", crumb)).expect_err("another page");
    assert!(matches!(fault, PageFault::WrongPage { .. }), "{fault}");
}

#[test]
fn pages_that_are_no_items_are_faults() {
    assert_eq!(item("").err(), Some(PageFault::Empty));
    assert_eq!(item(&content("")).err(), Some(PageFault::Empty));
    let cut =
        "<html><body><h1>§ 4 Asia</h1><p>Kunnanhallitus, kokous 3.2.2026</p><h3>Päätös</h3><p>Hyv";
    assert_eq!(item(cut).err(), Some(PageFault::CutOff));
    let news = content("<h1>Tiedote</h1><p>Kunta tiedottaa.</p>");
    assert!(matches!(item(&news), Err(PageFault::WrongPage { .. })));
    let bomb = content(&"<div>".repeat(5000));
    assert!(matches!(item(&bomb), Err(PageFault::TooCostly(_))));
}

#[test]
fn reasons_below_a_decision_stay_in_it() {
    let page = item_page(
        "<h1>§ 4 Asia</h1><h3>Perustelut</h3><p>Valtuusto kokoontui.</p><p>Päätös: Hylättiin.</p>\
         <h3>Ehdotus</h3><p>Hyväksytään.</p>\
         <h3>Päätös</h3><p>Lautakunta hyväksyi ehdotuksen.</p><p>Perustelut: Matka on lyhyt.</p>",
    );
    let got = item(&page).expect("read");
    assert_eq!(
        said(&got, "background"),
        "Valtuusto kokoontui.\n\nPäätös: Hylättiin."
    );
    assert_eq!(
        said(&got, "decision"),
        "Lautakunta hyväksyi ehdotuksen.\n\nPerustelut: Matka on lyhyt."
    );
    assert_eq!(said(&got, "outcome"), "accepted");
}

#[test]
fn how_far_a_page_has_come_follows_from_what_it_decides() {
    let labels = "<h1>§ 4 Asia</h1><h3>Ehdotus</h3><p>Hyväksytään.</p>";
    let agenda = item(&item_page(labels)).expect("read");
    assert_eq!(said(&agenda, "stage"), "agenda");
    // what an agenda numbers is neither a section nor a position
    assert_eq!(said(&agenda, "section_no") + &said(&agenda, "position"), "");
    let decided = item(&item_page(&format!(
        "{labels}<h3>Päätös</h3><p>Hyväksyttiin.</p>"
    )))
    .expect("read");
    assert_eq!(
        said(&decided, "stage") + &said(&decided, "minutes_checked"),
        "minutesfalse"
    );
    let nothing = item(&item_page(
        "<h1>§ 4 Kokouksen avaus</h1><p>Puheenjohtaja avasi kokouksen.</p>",
    ));
    assert_eq!(said(&nothing.expect("read"), "stage"), "");
}

#[test]
fn hours_are_no_telephones() {
    let page = item_page(
        "<h1>§ 4 Asia</h1><h3>Ehdotus</h3><p>Esittelijä</p><p>Maija Esimerkki, johtaja</p>\
         <p>Kirjasto on avoinna klo 10.00–19.00 ja 9:00-15:30.</p>",
    );
    let got = item(&page).expect("read");
    assert_eq!(said(&got, "presenter"), "Maija Esimerkki, johtaja");
    assert_eq!(
        said(&got, "proposal"),
        "Kirjasto on avoinna klo 10.00–19.00 ja 9:00-15:30."
    );
}

#[test]
fn a_menu_does_not_say_how_far_a_page_has_come() {
    let body = "<h2>Kunnanhallitus</h2><p>Kokous 3.2.2026</p><h1>§ 4 Asia</h1><h3>Ehdotus</h3><p>Hyväksytään.</p>\
        <h3>Päätös</h3><p>Hyväksyttiin.</p>";
    let menu = "<html><body><ul class='breadcrumb'><li>Kunnanhallitus</li><li>Kokous 3.2.2026</li></ul><div><p>Esityslista</p></div>";
    let page = content(body).replace("<html><body>", menu);
    let got = item(&page).expect("read");
    assert_eq!(said(&got, "decision"), "Hyväksyttiin.");
    assert_eq!(
        said(&got, "title") + &said(&got, "body"),
        "AsiaKunnanhallitus"
    );
    // above the title the word counts
    let agenda = item_page(&format!("<p>Esityslista</p>{body}"));
    assert_eq!(said(&item(&agenda).expect("read"), "stage"), "agenda");
}

#[test]
fn no_repetition_costs_much_time() {
    let times = 4000;
    let meeting = "/fi-FI/Toimielimet/Valtuusto/Kokous_122026";
    let bodies = [
        "<p>Päätös</p><p>x</p><p>Perustelut</p><p>y</p>".repeat(times),
        format!(
            "<ul><li>{}</li></ul>",
            format!("<a href='{meeting}'>x</a>").repeat(times)
        ),
        (0..times).fold(String::new(), |all, n| {
            all + &format!("<li><a href='{meeting}/x({n})'>x</a></li>")
        }),
        "<p>Kunnanhallitus 1.1.2024 § 1</p>".repeat(times),
        "<p class='breadcrumb'>Kokous 1.1.2026 &gt;</p>".repeat(times),
    ];
    for body in bodies {
        let started = std::time::Instant::now();
        let page = item_page(&body);
        drop((
            item(&page),
            list(ListKind::Meeting, meeting, &page),
            list(ListKind::Bodies, "/fi-FI", &page),
        ));
        let took = started.elapsed();
        assert!(
            took.as_secs() < 15,
            "{took:?} for {}",
            body.chars().take(40).collect::<String>()
        );
    }
}

#[test]
fn no_page_cut_anywhere_stops_the_reader() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/platforms/casem");
    for case in std::fs::read_dir(root).expect("fixtures") {
        let page =
            std::fs::read_to_string(case.expect("case").path().join("page.html")).expect("page");
        let letters: Vec<char> = page.chars().collect();
        for at in (0..letters.len()).step_by(613) {
            let cut: String = letters.iter().take(at).collect();
            assert!(item(&cut).is_err(), "{at} letters are a whole page");
            let rest: String = letters.iter().skip(at).collect();
            drop((item(&rest), list(ListKind::Bodies, "/fi-FI", &rest)));
        }
    }
}
