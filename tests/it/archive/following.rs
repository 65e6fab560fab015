//! What feeds, archives of feeds and calendars are told of items and meetings that go, change and come.

use jiff::civil::date;
use seutu::archive::{Archive, FeedQuery, MeetingQuery, Reader, TextsQuery, WithdrawnItems};
use seutu::model::change::VersionKind;
use seutu::model::ids::SourceId;
use seutu::model::item::ItemRecord;
use seutu::model::listing::{ListedMeeting, MeetingStatus};
use seutu::model::minutes::Stage;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};
use tempfile::TempDir;

use super::support::*;

fn started() -> (TempDir, Archive, Reader) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

fn told(reader: &Reader, q: Option<&str>) -> Vec<ItemRecord> {
    let query = FeedQuery {
        withdrawn: WithdrawnItems::Told,
        q: q.map(str::to_owned),
        limit: 10,
        ..FeedQuery::default()
    };
    reader.feed_items(&query).expect("items")
}

fn keys(items: &[ItemRecord]) -> Vec<&str> {
    items.iter().map(|item| item.uid.as_str()).collect()
}

fn texts(from: i64, until: i64) -> TextsQuery {
    TextsQuery {
        network: None,
        dossier: None,
        municipality: None,
        from: hour(from),
        until: hour(until),
        limit: 10,
        offset: 0,
    }
}

#[test]
fn a_withdrawn_item_comes_first_stays_until_it_is_erased_and_is_never_found_by_its_words() {
    let (_dir, mut archive, reader) = started();
    let four = uid("2026100-4");
    let words = "Toinen";
    assert_eq!(told(&reader, Some(words)).len(), 1);
    archive
        .transaction(|batch| batch.mark_withdrawn(&four, hour(40)))
        .expect("withdrawn");
    let items = told(&reader, None);
    assert_eq!(
        keys(&items),
        ["kuusijarvi/2026100-4", "kuusijarvi/2026100-3"]
    );
    assert_eq!(items[0].withdrawn_at, Some(hour(40)));
    assert!(told(&reader, Some(words)).is_empty());
    let plain = FeedQuery {
        limit: 10,
        ..FeedQuery::default()
    };
    let shown = reader.feed_items(&plain).expect("items");
    assert_eq!(keys(&shown), ["kuusijarvi/2026100-3"]);
    let erased = Takedown {
        action: TakedownAction::Erase,
        reason: TakedownReason::PersonalData,
        note: None,
        expires_on: None,
    };
    archive
        .transaction(|batch| batch.take_down(&four, &erased, hour(41)))
        .expect("erased");
    assert_eq!(keys(&told(&reader, None)), ["kuusijarvi/2026100-3"]);
}

#[test]
fn texts_of_a_time_stand_as_they_stood_then() {
    let (_dir, mut archive, reader) = started();
    let three = uid("2026100-3");
    let stored = version(VersionKind::MinutesPublished, reading(Stage::Minutes));
    archive
        .transaction(|batch| batch.store_version(&three, &stored, hour(30)))
        .expect("stored");
    let (then, later) = (texts(0, 10), texts(10, 40));
    let old = reader.texts_seen(&then).expect("texts");
    assert_eq!(old.len(), 1);
    assert_eq!(old[0].stage, Some(Stage::Agenda));
    assert_eq!((old[0].version_no, old[0].changed_at), (1, hour(2)));
    assert!(old[0].outcome.is_none() && old[0].matches.is_empty());
    let new = reader.texts_seen(&later).expect("texts");
    assert_eq!(new[0].stage, Some(Stage::Minutes));
    assert_eq!(
        new[0].outcome,
        new[0].fields.as_ref().and_then(|fields| fields.outcome)
    );
    assert_eq!(reader.texts_count(&texts(0, 40)).expect("count"), 2);
    assert_eq!(reader.first_text().expect("first"), Some(hour(2)));
    archive
        .transaction(|batch| batch.mark_withdrawn(&three, hour(41)))
        .expect("withdrawn");
    assert!(reader.texts_seen(&then).expect("texts").is_empty());
    assert_eq!(
        reader.texts_count(&then).expect("count"),
        1,
        "others stay where they were"
    );
}

#[test]
fn a_calendar_counts_what_lists_change_of_a_meeting() {
    let (_dir, mut archive, reader) = started();
    let source = SourceId::new("kuusijarvi");
    let mut apply = |place: &str, status, at| {
        let meeting = ListedMeeting {
            body: "Sivistyslautakunta".to_owned(),
            held_on: date(2026, 8, 5),
            starts_at: None,
            number: None,
            status: Some(status),
            published_on: None,
            place: Some(place.to_owned()),
            list: None,
            pdf_url: None,
        };
        archive
            .transaction(|batch| batch.apply_meetings(&source, &[meeting], at))
            .expect("applied");
    };
    let query = MeetingQuery {
        network: None,
        municipality: None,
        from: date(2026, 8, 5),
    };
    let found = || {
        let meetings = reader.calendar(&query).expect("calendar").into_iter();
        let mut of_day = meetings.filter(|meeting| meeting.held_on == date(2026, 8, 5));
        of_day.next().expect("the meeting")
    };
    apply("Kunnantalo", MeetingStatus::Agenda, hour(50));
    let (first, stamp) = (found(), reader.meetings_stamp().expect("stamp"));
    apply("Kunnantalo", MeetingStatus::Agenda, hour(51));
    assert_eq!(found(), first, "the same again is no change");
    apply("Koulu", MeetingStatus::Cancelled, hour(52));
    let changed = found();
    assert_eq!(changed.revision, first.revision + 1);
    assert_eq!(changed.changed_at, hour(52));
    assert_eq!(changed.status, Some(MeetingStatus::Cancelled));
    assert_eq!(changed.uid, first.uid);
    assert_ne!(reader.meetings_stamp().expect("stamp"), stamp);
    let later = MeetingQuery {
        from: date(2026, 8, 6),
        ..query.clone()
    };
    let rest = reader.calendar(&later).expect("calendar");
    assert!(
        rest.iter()
            .all(|meeting| meeting.held_on >= date(2026, 8, 6))
    );
}
