//! Feeds: where they are, and what their entries mean.

use url::Url;

use super::super::links::tidy;
use super::super::with_prefix;
use super::header::dated;
use super::heading::Heading;
use super::refs::{Key, Target, is_endpoint, is_static, query, target};
use crate::model::feed_item::{FeedEntry, ListedItem};
use crate::model::listing::{ListAddress, ListKind, Listed, ListedMeeting};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{Publishes, Source};
use crate::vocab::Vocabulary;

/// Feeds by the name they have in their address.
const ITEMS: &str = "rss/meetingitems";
const MEETINGS: &str = "rss/meetings";
const DECISIONS: &str = "rss/official_decisions";

/// The feed that a source is followed by.
pub(super) fn front(source: &Source) -> ListAddress {
    let name = match source.publishes {
        Publishes::Items => ITEMS,
        Publishes::OfficialDecisions => DECISIONS,
    };
    ListAddress {
        kind: ListKind::ItemFeed,
        key: "feed".to_owned(),
        url: feed_address(source, name),
        body: None,
        held_on: None,
    }
}

/// The feed of meetings; many portals have none.
pub(super) fn meetings(source: &Source) -> ListAddress {
    ListAddress {
        kind: ListKind::MeetingFeed,
        key: "meetings".to_owned(),
        url: feed_address(source, MEETINGS),
        body: None,
        held_on: None,
    }
}

/// The address of a feed. `show` is always sent: nobody knows what its absence means.
fn feed_address(source: &Source, name: &str) -> Url {
    with_query(&source.url, &format!("page={name}&show={}", source.show))
}

/// What an entry means. `served` is where the feed was had.
pub(super) fn list(source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
    let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
    let link = entry
        .link
        .as_ref()
        .ok_or_else(|| unusable(format!("entry \"{}\" has no link", entry.title)))?;
    let portal = portal_of(source, served, link).ok_or_else(|| {
        unusable(format!(
            "entry \"{}\" leads to another host: {link}",
            entry.title
        ))
    })?;
    let found = target(link);
    if !fits(served, &found) {
        return Err(unusable(format!(
            "entry \"{}\" is not what the feed lists: {link}",
            entry.title
        )));
    }
    if let Some(key) = found.item() {
        let url = item_address(portal, link, key);
        return Ok(Listed::Item(item(source, entry, key, url)));
    }
    match found.meeting() {
        Some(id) => meeting(portal, link, id, &entry.title).map(Listed::Meeting),
        None => Err(unusable(format!(
            "entry \"{}\" is no item, decision or meeting: {link}",
            entry.title
        ))),
    }
}

/// Whether a feed that names what it lists may list this.
fn fits(served: &Url, found: &Target) -> bool {
    let feed = query(served, "page").map(|page| page.to_ascii_lowercase());
    match feed.as_deref() {
        Some(ITEMS) => found.item().is_some_and(|key| !key.is_decision()),
        Some(DECISIONS) => found.item().is_some_and(Key::is_decision),
        Some(MEETINGS) => found.meeting().is_some(),
        Some(_) | None => true,
    }
}

/// An item; titles are `{Body} {DD.MM.YYYY} / {Subject}`.
fn item(source: &Source, entry: &FeedEntry, key: &Key, url: Url) -> ListedItem {
    let title = entry.title.trim();
    let told = title
        .split_once(" / ")
        .and_then(|(head, subject)| Some((dated(head)?, subject.trim())));
    let (body, held_on, subject) = match told {
        Some(((body, day), subject)) => (Some(body), day, subject),
        None => (None, None, title),
    };
    let subject = if key.is_decision() {
        decision_title(subject, Vocabulary::embedded())
    } else {
        subject
    };
    ListedItem {
        url,
        key: with_prefix(&source.key_prefix, &key.text()),
        title: subject.to_owned(),
        body: body.filter(|body| !body.is_empty()),
        held_on,
        position: key.position,
        section_no: None,
        published: entry.published,
        text: None,
    }
}

/// The title of a decision without kind and number, which lists write before it, even glued to it.
pub(super) fn decision_title<'a>(text: &'a str, vocab: &Vocabulary) -> &'a str {
    let found = vocab.decision_number().captures(text);
    let alone = found.filter(|found| found.name("body").is_some_and(|body| body.is_empty()));
    let rest = alone.and_then(|found| found.name("rest"));
    let title = rest.map_or(text, |rest| {
        rest.as_str()
            .trim_start_matches([' ', ',', ':', '-', '–', '/', '\t'])
    });
    if title.is_empty() { text } else { title }
}

fn meeting(portal: &Url, link: &Url, id: &str, title: &str) -> Result<ListedMeeting, Problem> {
    let heading = Heading::of_text(title, Vocabulary::embedded());
    let told = heading.and_then(|heading| Some((heading.body.clone()?, heading.held_on?, heading)));
    let Some((body, held_on, heading)) = told else {
        let detail = format!("entry \"{title}\" names no body and day of a meeting: {link}");
        return Err(Problem::new(ProblemKind::UnusableEntry, detail));
    };
    Ok(ListedMeeting {
        list: Some(ListAddress {
            kind: ListKind::Meeting,
            key: format!("meeting/{id}"),
            url: meeting_address(portal, link, id),
            body: Some(body.clone()),
            held_on: Some(held_on),
        }),
        body,
        held_on,
        starts_at: heading.starts_at,
        number: heading.number,
        status: heading.status,
        published_on: None,
        place: heading.place,
        pdf_url: None,
    })
}

/// The portal that a link belongs to. Nothing may send us to other hosts than its own: the one configured,
/// or the one that a portal which moved answers from.
pub(super) fn portal_of<'a>(source: &'a Source, served: &'a Url, link: &Url) -> Option<&'a Url> {
    let moved = Some(served).filter(|served| is_endpoint(served) || is_static(served));
    [Some(&source.url), moved]
        .into_iter()
        .flatten()
        .find(|portal| portal.host_str() == link.host_str())
}

/// The canonical address of an item or decision.
pub(super) fn item_address(portal: &Url, link: &Url, key: &Key) -> Url {
    let page = if key.is_decision() {
        "official_decision"
    } else {
        "meetingitem"
    };
    address(portal, link, &format!("page={page}&id={}", key.text()))
}

/// The canonical address of a meeting's list of items.
pub(super) fn meeting_address(portal: &Url, link: &Url, id: &str) -> Url {
    address(portal, link, &format!("page=meeting&id={id}"))
}

/// The canonical address of a body's list of meetings.
pub(super) fn body_address(portal: &Url, link: &Url, id: &str) -> Url {
    address(portal, link, &format!("page=meetings&id={id}"))
}

/// The portal's own endpoint, whatever scheme, port or case the link used; static pages are where they are.
fn address(portal: &Url, link: &Url, query: &str) -> Url {
    if is_static(link) {
        tidy(link.clone(), portal)
    } else if is_endpoint(portal) {
        with_query(portal, query)
    } else {
        with_query(&tidy(link.clone(), portal), query)
    }
}

/// An address with another query.
pub(super) fn with_query(portal: &Url, query: &str) -> Url {
    let mut url = portal.clone();
    url.set_fragment(None);
    url.set_query(Some(query));
    url
}

#[cfg(test)]
mod tests {
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
        let link =
            "https://k.example/djulkaisu/cgi/DREQUEST.PHP?page=official_decision&id=2026374767";
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
}
