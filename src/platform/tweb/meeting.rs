//! A meeting as feeds, lists and headings name it: `Tekninen lautakunta: 10/2026 18.8.2026 18:00`.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use regex::Regex;
use url::Url;

use super::super::moment::{self, Moment};
use super::address::{self, Target, feed_status, portal_of_source, target};
use crate::model::feed_item::FeedEntry;
use crate::model::listing::{ListAddress, ListKind, ListedMeeting, MeetingStatus};
use crate::model::minutes::Stage;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::vocab::Vocabulary;

/// The running number of a body's meeting.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d{1,4}/\d{4}\b").unwrap());

/// What a text says of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) body: Option<String>,
    pub(super) number: Option<String>,
    pub(super) held_on: Option<Date>,
    pub(super) starts_at: Option<DateTime>,
    pub(super) status: Option<MeetingStatus>,
}

impl Named {
    /// Reads body, number, day, hour and state, in this order, each perhaps missing. After the body's
    /// colon some installations repeat its name instead of a number.
    pub(super) fn read(text: &str, vocab: &Vocabulary) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let moment = moment::first_in(&text);
        let place = moment.as_ref().map(|moment| moment.place.clone());
        let (head, tail) = match place {
            Some(place) => (
                text.get(..place.start).unwrap_or_default(),
                text.get(place.end..).unwrap_or_default(),
            ),
            None => (text.as_str(), ""),
        };
        let number = NUMBER.find(head);
        let before = number
            .and_then(|found| head.get(..found.start()))
            .unwrap_or(head);
        let body = before.split(':').next().unwrap_or(before);
        let body = body.trim().trim_matches([',', '-', '–', ' ']);
        Self {
            body: (!body.is_empty()).then(|| body.to_owned()),
            number: number.map(|found| found.as_str().to_owned()),
            held_on: moment.as_ref().and_then(|moment| moment.day),
            starts_at: moment.as_ref().and_then(Moment::starts_at),
            status: status_in(&format!("{head} {tail}"), vocab),
        }
    }
}

/// What words say of the state of a meeting's documents.
fn status_in(text: &str, vocab: &Vocabulary) -> Option<MeetingStatus> {
    let low = text.to_lowercase();
    let says = |parts: &[String]| parts.iter().any(|part| low.contains(part.as_str()));
    if says(&vocab.meetings().cancelled) {
        return Some(MeetingStatus::Cancelled);
    }
    let mut words = text.split(|c: char| !c.is_alphabetic());
    match words.find_map(|word| vocab.kind(word))?.0 {
        Stage::Agenda => Some(MeetingStatus::Agenda),
        Stage::Minutes if says(&vocab.meetings().unchecked) => Some(MeetingStatus::MinutesDraft),
        Stage::Minutes => Some(MeetingStatus::Minutes),
    }
}

/// What an entry of a feed means. Its hour of publication is none: see [`doubt`].
pub(super) fn list(
    source: &Source,
    served: &Url,
    entry: &FeedEntry,
) -> Result<ListedMeeting, Problem> {
    let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
    let (list, status) = list_address(source, served, entry)?;
    let named = Named::read(&entry.title, Vocabulary::in_force());
    let body = named.body.or_else(|| entry.categories.first().cloned());
    let body = body.ok_or_else(|| unusable(format!("entry \"{}\" names no body", entry.title)))?;
    let stamped = stamped(entry);
    let held_on = named.held_on.or(stamped.map(DateTime::date));
    let held_on =
        held_on.ok_or_else(|| unusable(format!("entry \"{}\" names no day", entry.title)))?;
    // midnight is no hour of a meeting but a day without one
    let hour = stamped.filter(|stamp| stamp.date() == held_on && stamp.time().hour() > 0);
    let status = match named.status {
        Some(MeetingStatus::Cancelled) => Some(MeetingStatus::Cancelled),
        said => feed_status(served).map_or(said.or(Some(status)), Some),
    };
    Ok(ListedMeeting {
        list: Some(ListAddress {
            body: Some(body.clone()),
            held_on: Some(held_on),
            ..list
        }),
        body,
        held_on,
        starts_at: named.starts_at.or(hour),
        number: named.number,
        status,
        published_on: None,
        place: None,
        pdf_url: None,
    })
}

/// The beginning of the meeting in `pubDate`: Finnish time which the feed marks as GMT (measured
/// 2026), so its figures are taken as they are printed.
fn stamped(entry: &FeedEntry) -> Option<DateTime> {
    let stamp = entry.published?;
    Some(stamp.to_zoned(TimeZone::UTC).datetime())
}

/// Title and `pubDate` that give different days or hours. One that marks its hours rightly is no problem.
pub(super) fn doubt(entry: &FeedEntry) -> Option<Problem> {
    let titled = Named::read(&entry.title, Vocabulary::in_force());
    let stamp = entry.published?;
    let agrees = |stamp: DateTime| match titled.starts_at {
        Some(starts_at) => stamp == starts_at,
        None => titled.held_on.is_none_or(|day| stamp.date() == day),
    };
    let rightly = TimeZone::get("Europe/Helsinki")
        .ok()
        .map(|zone| stamp.to_zoned(zone).datetime());
    if [stamped(entry), rightly].into_iter().flatten().any(agrees) {
        return None;
    }
    let title = &entry.title;
    let detail = format!("entry \"{title}\" is dated {stamp}, which is not what its title says");
    Some(Problem::new(ProblemKind::Disagreement, detail))
}

/// The list an entry links. A feed must not send us to other hosts than its own: the one configured,
/// or the one that a portal which moved serves it from.
fn list_address(
    source: &Source,
    served: &Url,
    entry: &FeedEntry,
) -> Result<(ListAddress, MeetingStatus), Problem> {
    let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
    let title = &entry.title;
    let link = entry
        .link
        .as_ref()
        .ok_or_else(|| unusable(format!("entry \"{title}\" has no link")))?;
    let portal = own_portal(source, served, link)
        .ok_or_else(|| unusable(format!("entry \"{title}\" leads to another host: {link}")))?;
    let Target::Meeting(page) = target(link) else {
        return Err(unusable(format!("entry \"{title}\" is no meeting: {link}")));
    };
    let list = ListAddress {
        kind: ListKind::Meeting,
        key: page.key(),
        url: address::meeting_address(&portal, link),
        body: None,
        held_on: None,
    };
    Ok((list, page.status))
}

/// The portal on whose host a link lies: the configured one, or where it moved to.
pub(super) fn own_portal(source: &Source, served: &Url, link: &Url) -> Option<Url> {
    [Some(portal_of_source(&source.url)), address::portal(served)]
        .into_iter()
        .flatten()
        .find(|portal| portal.host_str() == link.host_str())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, source};
    use super::*;

    const FEED: &str = "https://k.example/ktwebscr/pk_rssfeed.htm?toimielin=";
    const LINK: &str = "https://k.example/ktwebscr/pk_asil_tweb.htm?bid=13721";
    const TITLE: &str = "Tekninen lautakunta: 10/2026 18.8.2026 18:00";

    fn url(text: &str) -> Url {
        text.parse().expect("url")
    }

    fn read(feed: &str, entry: &FeedEntry) -> Result<ListedMeeting, Problem> {
        list(&source("https://k.example/ktwebscr/"), &url(feed), entry)
    }

    #[test]
    fn an_entry_is_a_meeting() {
        let meeting = read(FEED, &entry(TITLE, LINK, "2026-08-18T18:00:00Z")).expect("a meeting");
        assert_eq!(meeting.body, "Tekninen lautakunta");
        assert_eq!(meeting.number.as_deref(), Some("10/2026"));
        assert_eq!(
            meeting.starts_at.map(|at| at.to_string()).as_deref(),
            Some("2026-08-18T18:00:00")
        );
        assert_eq!(meeting.status, Some(MeetingStatus::Minutes));
        assert_eq!(meeting.published_on, None, "pubDate is no publication");
        let list = meeting.list.expect("a list");
        assert_eq!(
            (list.key.as_str(), list.url.as_str()),
            ("meeting/13721", LINK)
        );
        assert_eq!(list.kind, ListKind::Meeting);
    }

    #[test]
    fn the_feed_tells_the_state_unless_the_title_says_cancelled() {
        let status = |feed: &str, title: &str| {
            read(feed, &entry(title, LINK, ""))
                .expect("a meeting")
                .status
        };
        let agendas = "https://k.example/ktwebscr/epj_rssfeed.htm?toimielin=";
        assert_eq!(status(agendas, TITLE), Some(MeetingStatus::Agenda));
        assert_eq!(
            status(agendas, &format!("{TITLE} PERUTTU")),
            Some(MeetingStatus::Cancelled)
        );
        assert_eq!(
            status("https://k.example/ktwebscr/other.htm", TITLE),
            Some(MeetingStatus::Minutes),
            "told by the link"
        );
    }

    #[test]
    fn a_title_without_an_hour_has_the_stamped_one_as_printed() {
        let starts = |title: &str, stamp: &str| {
            let meeting = read(FEED, &entry(title, LINK, stamp)).expect("a meeting");
            meeting.starts_at.map(|at| at.to_string())
        };
        let title = "Tekninen lautakunta: 10/2026 18.8.2026";
        assert_eq!(
            starts(title, "2026-08-18T18:00:00Z").as_deref(),
            Some("2026-08-18T18:00:00")
        );
        assert_eq!(starts(title, "2026-08-19T18:00:00Z"), None);
        assert_eq!(starts(title, "2026-08-18T00:00:00Z"), None);
        assert_eq!(
            starts("Tekninen lautakunta", "2026-08-18T18:00:00Z").as_deref(),
            Some("2026-08-18T18:00:00")
        );
        assert!(read(FEED, &entry("Tekninen lautakunta", LINK, "")).is_err());
    }

    #[test]
    fn hours_that_disagree_are_a_problem_and_the_title_wins() {
        let doubted = |stamp: &str| doubt(&entry(TITLE, LINK, stamp)).is_some();
        assert!(!doubted("2026-08-18T18:00:00Z"), "mislabelled as ever");
        assert!(!doubted("2026-08-18T15:00:00Z"), "labelled rightly");
        assert!(doubted("2026-08-18T12:00:00Z"));
        assert!(!doubted(""));
        let day = "Tekninen lautakunta: 10/2026 18.8.2026";
        assert!(doubt(&entry(day, LINK, "2026-08-20T18:00:00Z")).is_some());
        assert!(doubt(&entry(day, LINK, "2026-08-18T00:00:00Z")).is_none());
        let meeting = read(FEED, &entry(TITLE, LINK, "2026-08-18T12:00:00Z")).expect("a meeting");
        assert_eq!(meeting.starts_at.map(DateTime::hour), Some(18));
    }

    #[test]
    fn links_elsewhere_are_refused() {
        for link in [
            "https://evil.example/ktwebscr/pk_asil_tweb.htm?bid=1",
            "https://k.example/ktwebscr/pk_tek_tweb.htm",
            "https://k.example/ktwebscr/pk_asil_tweb.htm?bid=x",
            "",
        ] {
            let problem = read(FEED, &entry(TITLE, link, "")).expect_err("refused");
            assert_eq!(problem.kind, ProblemKind::UnusableEntry, "{link}");
        }
        let moved = "https://moved.example/ktwebscr/pk_rssfeed.htm";
        let link = "http://moved.example:80/ktwebscr/pk_asil_tweb.htm?bid=1";
        let list = read(moved, &entry(TITLE, link, ""))
            .expect("a meeting")
            .list;
        assert_eq!(
            list.expect("a list").url.as_str(),
            "https://moved.example/ktwebscr/pk_asil_tweb.htm?bid=1"
        );
    }

    #[test]
    fn headings_in_every_shape() {
        let read = |text: &str| {
            let named = Named::read(text, Vocabulary::embedded());
            (named.body.unwrap_or_default(), named.number, named.status)
        };
        let hall = |number: Option<&str>, status| {
            (
                "Kaupunginhallitus".to_owned(),
                number.map(str::to_owned),
                status,
            )
        };
        assert_eq!(
            read("Kaupunginhallitus: 5/2017 27.3.2017 15:00 Pöytäkirja"),
            hall(Some("5/2017"), Some(MeetingStatus::Minutes))
        );
        assert_eq!(
            read("Kaupunginhallitus: Kaupunginhallitus 20.3.2017 17:00 Esityslista"),
            hall(None, Some(MeetingStatus::Agenda))
        );
        assert_eq!(
            read("Kaupunginhallitus 5/2017, 27.3.2017 klo 15.00 Tarkastamaton pöytäkirja"),
            hall(Some("5/2017"), Some(MeetingStatus::MinutesDraft))
        );
    }
}
