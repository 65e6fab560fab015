//! Meetings and lists as the archive keeps them: nothing goes back, nothing is lost.

use jiff::civil::date;
use seutu::archive::{Archive, FoundList, MeetingNews, PageTime, Reader};
use seutu::model::document::{DocumentCheck, DocumentKind, DocumentStatus, DueDocument, Wanted};
use seutu::model::ids::SourceId;
use seutu::model::listing::{ListAddress, ListKind, ListedMeeting, MeetingStatus};
use seutu::model::minutes::Stage;

use super::support::*;

fn list(key: &str) -> ListAddress {
    ListAddress {
        kind: ListKind::Meeting,
        key: key.to_owned(),
        url: format!("https://kuusijarvi.example/cgi/DREQUEST.PHP?list={key}")
            .parse()
            .expect("address"),
        body: Some("Sivistyslautakunta".to_owned()),
        held_on: Some(date(2026, 8, 5)),
    }
}

fn meeting(status: MeetingStatus, key: &str) -> ListedMeeting {
    ListedMeeting {
        body: "Sivistyslautakunta".to_owned(),
        held_on: date(2026, 8, 5),
        starts_at: Some(date(2026, 8, 5).at(16, 30, 0, 0)),
        number: Some("8/2026".to_owned()),
        status: Some(status),
        published_on: None,
        place: None,
        list: Some(list(key)),
        pdf_url: None,
    }
}

#[test]
fn a_listed_meeting_and_its_items_meeting_are_one_and_its_status_goes_on() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let mut apply = |meeting: ListedMeeting| {
        archive
            .transaction(|batch| batch.apply_meetings(&source, &[meeting], hour(3)))
            .expect("stored")
    };
    let news = apply(meeting(MeetingStatus::Agenda, "agenda/1"));
    assert_eq!((news.new, news.lists), (1, vec!["agenda/1".to_owned()]));
    let again = apply(meeting(MeetingStatus::Agenda, "agenda/1"));
    assert_eq!(again, MeetingNews::default(), "the same is no news");
    apply(meeting(MeetingStatus::Minutes, "meeting/9"));
    apply(meeting(MeetingStatus::Agenda, "agenda/1"));
    let other = ListedMeeting {
        number: Some("9/2026".to_owned()),
        ..meeting(MeetingStatus::Agenda, "agenda/2")
    };
    apply(other);
    let stored = crate::support::contents::rows(
        dir.path(),
        "SELECT status, list_key, number, starts_at FROM meeting",
    );
    assert_eq!(
        stored,
        ["minutes | meeting/9 | 8/2026 | 2026-08-05T13:30:00Z"]
    );
}

#[test]
fn a_meeting_that_a_list_names_stays_when_its_last_item_leaves_it() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    archive
        .transaction(|batch| {
            let named = [meeting(MeetingStatus::Agenda, "agenda/1")];
            batch.apply_meetings(&source, &named, hour(3))?;
            for key in ["2026100-3", "2026100-4"] {
                let mut moved = reading(Stage::Agenda);
                moved.item.held_on = Some(date(2026, 9, 1));
                let version = version(seutu::model::change::VersionKind::Amended, moved);
                batch.store_version(&uid(key), &version, hour(4))?;
            }
            Ok(())
        })
        .expect("stored");
    let days =
        crate::support::contents::rows(dir.path(), "SELECT held_on FROM meeting ORDER BY held_on");
    assert_eq!(days, ["2026-08-05", "2026-09-01"]);
}

#[test]
fn lists_are_due_when_found_and_again_when_there_is_news() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let mut note = |due, news: &[String]| {
        let found = [FoundList {
            list: list("meeting/9"),
            due,
        }];
        archive
            .transaction(|batch| batch.note_lists(&source, &found, news, hour(3)))
            .expect("stored");
    };
    let due = "SELECT next_check_at FROM list_page";
    let stored = |sql: &str| crate::support::contents::rows(dir.path(), sql);
    note(None, &["meeting/9".to_owned()]);
    assert_eq!(stored(due), ["null"], "only a backfill asks for it");
    note(Some(hour(9)), &[]);
    assert_eq!(stored(due).len(), 1);
    assert_ne!(stored(due), ["null"], "it is followed now");
    note(Some(hour(9)), &["meeting/9".to_owned()]);
    let reader = seutu::archive::Reader::open(dir.path()).expect("reader");
    let time = PageTime::Due(hour(3), hour(10_000));
    let found = reader.due_lists(&source, time).expect("due");
    assert_eq!(found, [(ListKind::Meeting, "meeting/9".to_owned())]);
    let known = reader.list(&source, "meeting/9").expect("read");
    assert_eq!(
        known.expect("known").status,
        Some(MeetingStatus::Agenda),
        "of the meeting of its body on its day"
    );
}

/// Stores meetings that a list names.
fn apply(archive: &mut Archive, meetings: &[ListedMeeting]) {
    let source = SourceId::new("kuusijarvi");
    archive
        .transaction(|batch| batch.apply_meetings(&source, meetings, hour(3)))
        .expect("stored");
}

/// The meeting as a list names it that knows its PDF.
fn with_pdf(status: MeetingStatus, address: &str) -> ListedMeeting {
    ListedMeeting {
        pdf_url: Some(address.parse().expect("address")),
        ..meeting(status, "meeting/9")
    }
}

const AGENDA_PDF: &str = "https://kuusijarvi.example/kokous/9.PDF";
const OTHER_PDF: &str = "https://kuusijarvi.example/kokous/9-2.PDF";

fn meetings() -> Wanted {
    Wanted {
        kind: DocumentKind::Meeting,
        media_types: vec![],
        room: 0,
        most: 9,
    }
}

#[test]
fn the_pdf_of_a_meeting_is_due_at_first_and_when_its_minutes_or_another_address_are_out() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    let due = |at| {
        let source = SourceId::new("kuusijarvi");
        let found = reader.unread_documents(&meetings(), &source, at);
        found.expect("due")
    };
    let read = |archive: &mut Archive, document: &DueDocument, at| {
        let check = DocumentCheck {
            bytes: Some(4),
            sha256: Some("0".repeat(64)),
            pages: vec!["Sivu".to_owned()],
            error: None,
            ..DocumentCheck::without(hour(at), DocumentStatus::Fetched, String::new())
        };
        archive
            .transaction(|batch| batch.store_document_check(document, &check))
            .expect("stored");
    };
    apply(&mut archive, &[with_pdf(MeetingStatus::Agenda, AGENDA_PDF)]);
    let first = due(hour(3));
    let urls = |found: &[DueDocument]| found.iter().map(|d| d.url.to_string()).collect::<Vec<_>>();
    assert_eq!(urls(&first), [AGENDA_PDF]);
    read(&mut archive, &first[0], 3);
    apply(&mut archive, &[with_pdf(MeetingStatus::Agenda, AGENDA_PDF)]);
    assert_eq!(due(hour(99)), [], "the same is no news");
    for (status, address, at) in [
        (MeetingStatus::Minutes, AGENDA_PDF, 10),
        (MeetingStatus::Minutes, OTHER_PDF, 50),
    ] {
        apply(&mut archive, &[with_pdf(status, address)]);
        assert_eq!(due(hour(at)), [], "not twice within a day");
        let again = due(hour(at + 24));
        assert_eq!(urls(&again), [address]);
        read(&mut archive, &again[0], at + 24);
    }
    assert_eq!(due(hour(999)), []);
}

#[test]
fn pdfs_of_old_meetings_that_a_list_merely_names_are_left_alone() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let old = ListedMeeting {
        body: "Vanhusneuvosto".to_owned(),
        held_on: date(2009, 3, 4),
        list: Some(list("meeting/2009")),
        ..with_pdf(MeetingStatus::Minutes, OTHER_PDF)
    };
    apply(&mut archive, &[old]);
    let reader = Reader::open(dir.path()).expect("reader");
    let source = SourceId::new("kuusijarvi");
    let found = reader.unread_documents(&meetings(), &source, hour(3));
    assert_eq!(found.expect("due"), []);
}
