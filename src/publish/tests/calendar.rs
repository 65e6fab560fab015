//! The calendar, read strictly by the grammar of RFC 5545; the list of feeds, read as XML.

use std::collections::BTreeSet;

use jiff::civil::date;
use quick_xml::events::Event;

use crate::model::listing::MeetingStatus;
use crate::model::meeting::{MeetingItem, MeetingRecord};
use crate::model::minutes::Outcome;
use crate::publish::calendar::document;
use crate::publish::opml::{self, Outline, Subscription};

const HOSTILE: &str = "Ä;,\\\"<script>\r\nEND:VEVENT\r\nBEGIN:VEVENT\0\u{1b}";

fn meeting() -> MeetingRecord {
    MeetingRecord {
        uid: "asikkala/sivistyslautakunta/2026-11-12".into(),
        municipality: "Asikkala".into(),
        body: "Sivistyslautakunta".into(),
        held_on: date(2026, 11, 12),
        starts_at: Some("2026-11-12T15:00:00Z".parse().expect("instant")),
        number: Some("10/2026".into()),
        status: Some(MeetingStatus::Agenda),
        url: Some("https://asikkala.example/kokous".into()),
        place: Some("Kunnantalo, kokoushuone; 2. kerros".into()),
        published_on: None,
        first_seen_at: "2026-11-05T10:00:00Z".parse().expect("instant"),
        changed_at: "2026-11-06T10:00:00Z".parse().expect("instant"),
        revision: 2,
        withdrawn_at: None,
        items: vec![MeetingItem {
            section_no: Some(39),
            title: "Verkoston toimintasuunnitelma 2027, joka on niin pitkä otsikko, että rivi taittuu ääkkösistä".into(),
            outcome: Some(Outcome::Accepted),
            url: "https://asikkala.example/asia?id=1,2;3".into(),
            networks: vec!["Sivistysverkosto".into()],
            changed_at: "2026-11-06T10:00:00Z".parse().expect("instant"),
        }],
    }
}

/// Unfolded content lines as name with parameters, and value; panics on anything RFC 5545 forbids.
fn lines(calendar: &str) -> Vec<(String, String)> {
    assert!(calendar.ends_with("\r\n"));
    let mut unfolded: Vec<String> = vec![];
    for line in calendar.split_terminator("\r\n") {
        assert!(line.len() <= 75, "{} bytes: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => unfolded.last_mut().expect("a line before").push_str(rest),
            None => unfolded.push(line.to_owned()),
        }
    }
    let lines: Vec<(String, String)> = unfolded
        .iter()
        .map(|line| {
            let (name, value) = line.split_once(':').expect("name and value");
            let letters = name.bytes();
            assert!(
                letters.clone().all(|c| c.is_ascii_uppercase()
                    || b"-;=/".contains(&c)
                    || c.is_ascii_lowercase()),
                "{name}"
            );
            (name.to_owned(), value.to_owned())
        })
        .collect();
    let mut open = vec![];
    for (name, value) in &lines {
        match name.as_str() {
            "BEGIN" => open.push(value.clone()),
            "END" => assert_eq!(open.pop().as_ref(), Some(value)),
            _ => assert!(!open.is_empty(), "{name} outside of everything"),
        }
    }
    assert!(open.is_empty());
    lines
}

fn value<'a>(lines: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let event = lines.iter().skip_while(|line| line.1 != "VEVENT");
    let mut found = event.filter(|line| line.0 == name);
    let first = found.next().map(|line| line.1.as_str());
    assert!(found.next().is_none(), "{name} twice");
    first
}

#[test]
fn a_meeting_is_an_event_of_finnish_time() {
    let lines = lines(&document("Kokoukset", &[meeting()]));
    for (name, expected) in [
        (
            "UID",
            "asikkala/sivistyslautakunta/2026-11-12@seutu.invalid",
        ),
        ("DTSTART;TZID=Europe/Helsinki", "20261112T170000"),
        ("DTSTAMP", "20261106T100000Z"),
        ("LAST-MODIFIED", "20261106T100000Z"),
        ("SEQUENCE", "2"),
        ("STATUS", "CONFIRMED"),
        ("SUMMARY", "Asikkala: Sivistyslautakunta 10/2026"),
        ("LOCATION", "Kunnantalo\\, kokoushuone\\; 2. kerros"),
        ("URL", "https://asikkala.example/kokous"),
    ] {
        assert_eq!(value(&lines, name), Some(expected), "{name}");
    }
    let said = value(&lines, "DESCRIPTION").expect("description");
    assert!(
        said.starts_with("§ 39 Verkoston toimintasuunnitelma 2027\\, joka"),
        "{said}"
    );
    assert!(said.contains("ääkkösistä – Hyväksyttiin (Sivistysverkosto)\\nhttps://asikkala.example/asia?id=1\\,2\\;3"), "{said}");
    assert!(lines.contains(&("TZID".into(), "Europe/Helsinki".into())));
}

#[test]
fn a_meeting_without_an_hour_fills_its_day_and_a_cancelled_one_says_so() {
    let mut of_day = meeting();
    of_day.starts_at = None;
    of_day.status = Some(MeetingStatus::Cancelled);
    let said = lines(&document("Kokoukset", &[of_day]));
    assert_eq!(value(&said, "DTSTART;VALUE=DATE"), Some("20261112"));
    assert_eq!(value(&said, "DTEND;VALUE=DATE"), Some("20261113"));
    assert_eq!(value(&said, "STATUS"), Some("CANCELLED"));
    let mut gone = meeting();
    gone.withdrawn_at = Some(gone.changed_at);
    let said = lines(&document("Kokoukset", &[gone]));
    assert_eq!(value(&said, "STATUS"), Some("CANCELLED"));
}

#[test]
fn the_time_zone_agrees_with_the_clock_of_finland() {
    let mut summer = meeting();
    summer.starts_at = Some("2026-07-01T15:00:00Z".parse().expect("instant"));
    let said = lines(&document("Kokoukset", &[summer]));
    assert_eq!(
        value(&said, "DTSTART;TZID=Europe/Helsinki"),
        Some("20260701T180000")
    );
    let rules: Vec<_> = said.iter().filter(|line| line.0 == "RRULE").collect();
    assert_eq!(rules.len(), 2);
}

#[test]
fn hostile_text_ends_no_line_and_begins_no_event() {
    let mut hostile = meeting();
    hostile.municipality = HOSTILE.into();
    hostile.body = HOSTILE.into();
    hostile.place = Some(HOSTILE.into());
    hostile.number = Some(HOSTILE.into());
    hostile.uid = HOSTILE.into();
    hostile.url = Some("javascript:alert(1)".into());
    hostile.items[0].title = HOSTILE.into();
    hostile.items[0].url = "javascript:alert(1)".into();
    let said = lines(&document(HOSTILE, &[hostile]));
    let events = said.iter().filter(|line| line.1 == "VEVENT").count();
    assert_eq!(events, 2, "one BEGIN, one END");
    assert_eq!(value(&said, "URL"), None);
    assert!(said.iter().all(|line| !line.1.contains("javascript:")));
}

#[test]
fn the_list_of_feeds_is_opml_whatever_the_names() {
    let feed = |text: &str, xml_url: &str| Subscription {
        text: text.into(),
        xml_url: xml_url.into(),
        html_url: Some("javascript:alert(1)".into()),
    };
    let groups = [Outline {
        text: HOSTILE.into(),
        feeds: vec![
            feed(HOSTILE, "https://seutu.example/a?b=1&c=\"2\""),
            feed("x", "javascript:alert(1)"),
        ],
    }];
    let xml = opml::document(
        HOSTILE,
        Some("2026-11-22T08:00:00Z".parse().expect("instant")),
        &groups,
    );
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut names, mut feeds) = (BTreeSet::new(), 0);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) | Event::Empty(start) => {
                names.insert(start.name().as_ref().to_owned());
                let of = |name: &str| start.try_get_attribute(name).expect("attribute");
                if of("xmlUrl").is_some() {
                    feeds += 1;
                    assert!(of("type").is_some() && of("text").is_some());
                    assert!(of("htmlUrl").is_none());
                }
            }
            Event::Eof => break,
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    assert_eq!(feeds, 1, "{xml}");
    let allowed = [
        "body",
        "dateModified",
        "docs",
        "head",
        "opml",
        "outline",
        "title",
    ];
    assert_eq!(names, allowed.map(str::to_owned).into());
    assert!(xml.contains("<dateModified>Sun, 22 Nov 2026 08:00:00 +0000</dateModified>"));
}
