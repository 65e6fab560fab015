//! Entries of feeds.

use std::time::Duration;

use super::*;
use crate::model::feed_item::IdStep;
use crate::model::ids::SourceId;
use crate::model::listing::MeetingStatus;
use crate::model::source::PlatformKind;

fn source(portal: &str) -> Source {
    Source {
        id: SourceId::new("s"),
        municipality: "Asikkala".to_owned(),
        platform: PlatformKind::Dynasty,
        url: portal.parse().expect("url"),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: 50,
        publishes: Publishes::default(),
        permission: None,
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

fn entry(title: &str, link: &str) -> FeedEntry {
    FeedEntry {
        native_id: link.to_owned(),
        id_step: IdStep::Link,
        link: link.parse().ok(),
        title: title.to_owned(),
        text: None,
        published: None,
        updated: None,
        categories: Vec::new(),
    }
}

/// From a feed that was had where it is configured.
fn listed(source: &Source, entry: &FeedEntry) -> Result<ListedItem, Problem> {
    served(source, &front(source).url, entry)
}

fn served(source: &Source, served: &Url, entry: &FeedEntry) -> Result<ListedItem, Problem> {
    match list(source, served, entry)? {
        Listed::Item(item) => Ok(item),
        Listed::Meeting(meeting) => panic!("{meeting:?}"),
    }
}

/// From the feed of meetings.
fn met(title: &str, link: &str) -> Result<ListedMeeting, Problem> {
    let source = source(PORTAL);
    match list(&source, &meetings(&source).url, &entry(title, link))? {
        Listed::Meeting(meeting) => Ok(meeting),
        Listed::Item(item) => panic!("{item:?}"),
    }
}

#[test]
fn meetings_of_the_feed_are_read_as_far_as_they_say() {
    let link = "https://k.example:443/djulkaisu/cgi/dreQUEST.PHP?page=meeting&id=20261727";
    let told = |title: &str| {
        let meeting = met(title, link).expect(title);
        assert_eq!(
            meeting
                .list
                .as_ref()
                .map(|list| (list.key.as_str(), list.url.as_str())),
            Some((
                "meeting/20261727",
                "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meeting&id=20261727"
            ))
        );
        let day = meeting.held_on.to_string();
        let time = meeting.starts_at.map(|time| time.time().to_string());
        (meeting.body, day, meeting.status, time, meeting.place)
    };
    let body = || "Tekninen lautakunta".to_owned();
    let day = || "2026-09-23".to_owned();
    assert_eq!(
        told("Tekninen lautakunta 23.09.2026"),
        (body(), day(), None, None, None)
    );
    let cancelled = Some(MeetingStatus::Cancelled);
    for title in [
        "Tekninen lautakunta 23.09.2026 (peruttu)",
        "PERUTTU: Tekninen lautakunta 23.9.2026",
        "Tekninen lautakunta 23.09.2026 / Kokous peruttu",
        "Tekninen lautakunta 23.09.2026 INSTÄLLT",
    ] {
        assert_eq!(
            told(title),
            (body(), day(), cancelled, None, None),
            "{title}"
        );
    }
    assert_eq!(
        told("Tekninen lautakunta Pöytäkirja 23.09.2026 klo 9.05-11.00, Sali, 2. krs"),
        (
            body(),
            day(),
            Some(MeetingStatus::Minutes),
            Some("09:05:00".to_owned()),
            Some("Sali, 2. krs".to_owned())
        )
    );
    assert_eq!(
        told("Tekninen lautakunta 23.09.2026 / Esityslista").2,
        Some(MeetingStatus::Agenda)
    );
}

#[test]
fn what_is_no_meeting_is_a_problem_of_the_feed_of_meetings() {
    let meeting = "https://k.example/cgi/DREQUEST.PHP?page=meeting&id=1";
    for (title, link) in [
        ("Kokouskalenteri", meeting),
        ("Valtuusto 31.02.2026", meeting),
        ("23.09.2026", meeting),
        (
            "Valtuusto 23.09.2026",
            "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2",
        ),
        (
            "Valtuusto 23.09.2026",
            "https://k.example/cgi/DREQUEST.PHP?page=meeting&id=1-2",
        ),
        (
            "Valtuusto 23.09.2026",
            "https://evil.example/cgi/DREQUEST.PHP?page=meeting&id=1",
        ),
    ] {
        let problem = met(title, link).expect_err(title);
        assert_eq!(problem.kind, ProblemKind::UnusableEntry, "{title} {link}");
    }
}

#[test]
fn decisions_have_a_feed_of_their_own() {
    let source = Source {
        publishes: Publishes::OfficialDecisions,
        ..source(PORTAL)
    };
    let url = front(&source).url;
    assert!(
        url.as_str()
            .ends_with("?page=rss/official_decisions&show=50")
    );
    let link = "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=official_decision&id=2026374767";
    let item = |title: &str| listed(&source, &entry(title, link)).expect("listed");
    let got = item("Viranhaltijapäätös 174/2026Lupa sijoittaa kaapeli");
    assert_eq!(
        (got.key.as_str(), got.title.as_str(), got.position, got.body),
        ("2026374767", "Lupa sijoittaa kaapeli", None, None)
    );
    assert_eq!(got.url.as_str(), link);
    let got = item("Rakennuspäällikkö 17.09.2026 / Hankinta / optio");
    assert_eq!(
        (got.title.as_str(), got.body.as_deref()),
        ("Hankinta / optio", Some("Rakennuspäällikkö"))
    );
    assert_eq!(
        item("Viranhaltijapäätös 174/2026").title,
        "Viranhaltijapäätös 174/2026"
    );
    let meeting = "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem&id=1-2";
    assert!(listed(&source, &entry("V 01.01.2026 / A", meeting)).is_err());
}

const PORTAL: &str = "https://k.example/djulkaisu/cgi/DREQUEST.PHP";

#[test]
fn titles_split_on_the_first_slash_only() {
    let link = "http://K.example:80/djulkaisu/cgi/dreQUEST.PHP?id=20261273-7&page=meetingitem";
    let entry = entry(
        "Konserni-, kuljetus- ja 2. jaosto 2025-2029 27.08.2026 / Kaava II / ehdotus",
        link,
    );
    let item = listed(&source(PORTAL), &entry).expect("listed");
    assert_eq!(item.title, "Kaava II / ehdotus");
    assert_eq!(
        item.body.as_deref(),
        Some("Konserni-, kuljetus- ja 2. jaosto 2025-2029")
    );
    assert_eq!(
        item.held_on.map(|d| d.to_string()).as_deref(),
        Some("2026-08-27")
    );
    assert_eq!(item.position, Some(7));
    assert_eq!(
        item.url.as_str(),
        "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem&id=20261273-7"
    );
}

#[test]
fn titles_without_a_slash_or_a_date_stay_whole() {
    let link = "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=meetingitem&id=1-1";
    for title in ["Kaupunginvaltuusto 01.01.2026", "Kaava / ehdotus"] {
        let item = listed(&source(PORTAL), &entry(title, link)).expect("listed");
        assert_eq!(
            (item.title.as_str(), item.body, item.held_on),
            (title, None, None)
        );
    }
}

#[test]
fn a_date_no_calendar_has_is_none_and_never_today() {
    let link = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-1";
    let item =
        listed(&source(PORTAL), &entry("Valtuusto 31.02.2026 / Asia", link)).expect("listed");
    assert_eq!(
        (item.body.as_deref(), item.held_on),
        (Some("Valtuusto"), None)
    );
}

#[test]
fn links_elsewhere_are_refused() {
    for link in [
        "https://evil.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-1",
        "https://k.example/cgi/DREQUEST.PHP?page=meeting&id=1",
        "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=../1",
        "",
    ] {
        let problem =
            listed(&source(PORTAL), &entry("V 01.01.2026 / A", link)).expect_err("refused");
        assert_eq!(problem.kind, ProblemKind::UnusableEntry);
    }
}

#[test]
fn a_portal_that_moved_may_lead_to_itself_and_to_where_it_was_but_to_nobody_else() {
    let moved = "https://moved.example/dynasty/cgi/DREQUEST.PHP";
    let address: Url = format!("{moved}?page=rss/meetingitems&show=50")
        .parse()
        .expect("url");
    let item = |portal: &str| {
        let link = format!("{portal}?page=meetingitem&id=1-2");
        served(&source(PORTAL), &address, &entry("V 01.01.2026 / A", &link))
    };
    let listed_at = |portal: &str| item(portal).expect("listed").url.to_string();
    assert_eq!(
        listed_at("http://moved.example:80/dynasty/cgi/dreQUEST.php"),
        format!("{moved}?page=meetingitem&id=1-2")
    );
    assert_eq!(
        listed_at(PORTAL),
        format!("{PORTAL}?page=meetingitem&id=1-2")
    );
    assert!(item("https://evil.example/cgi/DREQUEST.PHP").is_err());
}

#[test]
fn a_key_prefix_keeps_two_sources_apart() {
    let source = Source {
        key_prefix: "se".to_owned(),
        ..source(PORTAL)
    };
    let link = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2";
    let item = listed(&source, &entry("V 01.01.2026 / A", link)).expect("listed");
    assert_eq!(item.key.as_str(), "se~1-2");
    assert!(item.url.as_str().ends_with("id=1-2"));
}

#[test]
fn the_feed_address_follows_from_the_portal() {
    let url = front(&source(PORTAL)).url;
    assert_eq!(
        url.as_str(),
        "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=rss/meetingitems&show=50"
    );
}
