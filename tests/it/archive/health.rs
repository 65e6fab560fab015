//! Sections that are missing, the lists around them, and findings that begin and end.

use jiff::civil::{Date, date};
use rusqlite::Connection;
use seutu::archive::{Archive, Batch, FoundList, PagePlan, Reader};
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::feed_item::ListedItem;
use seutu::model::health::{Finding, Severity, Trouble};
use seutu::model::ids::SourceId;
use seutu::model::listing::{ListAddress, ListKind};
use seutu::model::minutes::Stage;
use seutu::model::poll::{PollOutcome, PollRecord};
use seutu::model::source::{PlatformKind, Publishes, Source};
use tempfile::TempDir;

use super::support::{
    empty, hour, listed, municipalities, network, poll, reading, source, sources, uid, version,
};

fn id() -> SourceId {
    SourceId::new("kuusijarvi")
}

/// Lists items of a body: key, day, and the section number once there are minutes.
fn store(archive: &mut Archive, items: &[(&str, Date, Option<u32>)]) {
    let store = |batch: &Batch<'_>| {
        for (key, held_on, section) in items {
            let new = ListedItem {
                held_on: Some(*held_on),
                ..listed(key, "Asia")
            };
            batch.apply_listing(&id(), PagePlan::Read, &[ListingChange::New(new)], hour(1))?;
            if let Some(section) = section {
                let mut read = reading(Stage::Minutes);
                read.item.held_on = Some(*held_on);
                read.item.section_no = Some(*section);
                batch.store_version(&uid(key), &version(VersionKind::First, read), hour(2))?;
            }
        }
        Ok(())
    };
    archive.transaction(store).expect("stored");
}

/// Sections 4 and 5 of 5 March, 8 of 9 April: 6 and 7 are missing.
fn with_a_gap() -> (TempDir, Archive) {
    let (dir, mut archive) = empty();
    let (march, april) = (date(2026, 3, 5), date(2026, 4, 9));
    store(
        &mut archive,
        &[
            ("1-1", march, Some(4)),
            ("1-2", march, Some(5)),
            ("2-1", april, Some(8)),
        ],
    );
    (dir, archive)
}

fn gaps(dir: &TempDir) -> Vec<(u32, u32, u32)> {
    let reader = Reader::open(dir.path()).expect("reader");
    let gaps = reader.missing().expect("gaps");
    gaps.iter()
        .map(|gap| (gap.first_no, gap.last_no, gap.sections))
        .collect()
}

#[test]
fn a_gap_is_named_with_body_year_and_the_meetings_around_it() {
    let (dir, _archive) = with_a_gap();
    let gaps = Reader::open(dir.path())
        .expect("reader")
        .missing()
        .expect("gaps");
    assert_eq!(gaps.len(), 1, "counted from the smallest known: {gaps:?}");
    let gap = &gaps[0];
    assert_eq!(
        (gap.body.as_str(), gap.year, gap.first_no, gap.last_no),
        ("Sivistyslautakunta", 2026, 6, 7)
    );
    assert_eq!(gap.after_meeting, Some(date(2026, 3, 5)));
    assert_eq!(gap.before_meeting, date(2026, 4, 9));
    assert_eq!(gap.looked_for_at, None);
}

#[test]
fn a_year_walked_from_its_beginning_counts_from_one() {
    let (dir, mut archive) = with_a_gap();
    let walk = |batch: &Batch<'_>, since| {
        batch.begin_backfill(&id(), since, &[], hour(3))?;
        batch.finish_backfill(&id(), hour(4))
    };
    archive
        .transaction(|batch| walk(batch, date(2026, 2, 1)))
        .expect("walked");
    assert_eq!(gaps(&dir), [(6, 7, 2)], "from February only");
    archive
        .transaction(|batch| walk(batch, date(2026, 1, 1)))
        .expect("walked");
    assert_eq!(gaps(&dir), [(1, 3, 3), (6, 7, 2)]);
}

#[test]
fn items_whose_number_is_not_known_yet_fill_a_gap() {
    let (dir, mut archive) = with_a_gap();
    store(&mut archive, &[("1-3", date(2026, 3, 5), None)]);
    assert_eq!(gaps(&dir), [(6, 7, 1)], "one of the two is known");
    store(&mut archive, &[("2-2", date(2026, 4, 9), None)]);
    assert_eq!(gaps(&dir), []);
    let gone = |batch: &Batch<'_>| batch.mark_withdrawn(&uid("2-2"), hour(5));
    archive.transaction(gone).expect("withdrawn");
    assert_eq!(gaps(&dir), [], "known, although its page is gone");
}

/// Lists an item of the gap's second meeting with a section number, as the page of the meeting prints it.
fn list_section(archive: &mut Archive, key: &str, section_no: Option<u32>) {
    let item = ListedItem {
        held_on: Some(date(2026, 4, 9)),
        section_no,
        ..listed(key, "Asia")
    };
    let change = [ListingChange::Relisted(item)];
    let list = |batch: &Batch<'_>| batch.apply_listing(&id(), PagePlan::Read, &change, hour(6));
    archive.transaction(list).expect("listed");
}

#[test]
fn sections_that_only_the_page_of_the_meeting_prints_count() {
    let (dir, mut archive) = with_a_gap();
    list_section(&mut archive, "2-2", Some(6));
    assert_eq!(gaps(&dir), [(7, 7, 1)], "listed and never read");
    let mut bare = reading(Stage::Minutes);
    (bare.item.section_no, bare.item.body, bare.item.held_on) = (None, None, None);
    let read = |batch: &Batch<'_>| {
        batch.store_version(&uid("2-2"), &version(VersionKind::First, bare), hour(7))
    };
    archive.transaction(read).expect("stored");
    assert_eq!(gaps(&dir), [(7, 7, 1)], "its page prints none");
    list_section(&mut archive, "2-2", Some(7));
    assert_eq!(gaps(&dir), [(6, 6, 1)], "the list was corrected");
    list_section(&mut archive, "2-2", None);
    assert_eq!(
        gaps(&dir),
        [(6, 6, 1)],
        "a list without numbers takes none back"
    );
}

#[test]
fn the_section_that_a_page_prints_stands_above_the_listed_one() {
    let (dir, mut archive) = with_a_gap();
    list_section(&mut archive, "2-1", Some(7));
    assert_eq!(gaps(&dir), [(6, 7, 2)], "its page says 8");
}

#[test]
fn another_year_and_another_body_begin_anew() {
    let (dir, mut archive) = empty();
    store(
        &mut archive,
        &[
            ("1-1", date(2025, 12, 9), Some(91)),
            ("2-1", date(2026, 1, 9), Some(1)),
            ("2-2", date(2026, 1, 9), Some(2)),
        ],
    );
    assert_eq!(gaps(&dir), []);
}

#[test]
fn decisions_of_officeholders_have_no_gaps() {
    let (dir, mut archive) = with_a_gap();
    let mut officials = sources();
    officials[0].publishes = Publishes::OfficialDecisions;
    let told =
        |batch: &Batch<'_>| batch.register(&municipalities(), &officials, &[network()], hour(3));
    archive.transaction(told).expect("registered");
    assert_eq!(gaps(&dir), []);
    assert_eq!(
        source("a", "A", officials[1].platform).publishes,
        Publishes::Items
    );
}

fn list(kind: ListKind, key: &str, held_on: Option<Date>) -> FoundList {
    FoundList {
        list: ListAddress {
            kind,
            key: key.to_owned(),
            url: format!("https://kuusijarvi.example/{key}")
                .parse()
                .expect("address"),
            body: Some("Sivistyslautakunta".to_owned()),
            held_on,
        },
        due: None,
    }
}

#[test]
fn lists_around_a_gap_are_due_once_a_week() {
    let (dir, mut archive) = with_a_gap();
    let lists = [
        list(ListKind::Meetings, "meetings", None),
        list(ListKind::Meeting, "march", Some(date(2026, 3, 5))),
        list(ListKind::Meeting, "between", Some(date(2026, 3, 20))),
        list(ListKind::Meeting, "may", Some(date(2026, 5, 5))),
    ];
    let noted = |batch: &Batch<'_>| batch.note_lists(&id(), &lists, &[], hour(3));
    archive.transaction(noted).expect("noted");
    let reader = Reader::open(dir.path()).expect("reader");
    let mut look = |at| {
        let gaps = reader.missing().expect("gaps");
        archive
            .transaction(|batch| batch.look_for(&gaps, at))
            .expect("looked for")
    };
    assert_eq!(look(hour(5)), 3);
    let conn = Connection::open(dir.path().join("archive.db")).expect("archive");
    let due: String = conn
        .query_row(
            "SELECT group_concat(key, ' ') FROM (SELECT key FROM list_page
               WHERE next_check_at IS NOT NULL ORDER BY key)",
            [],
            |row| row.get(0),
        )
        .expect("due");
    assert_eq!(due, "between march meetings");
    assert_eq!(
        reader.missing().expect("gaps")[0].looked_for_at,
        Some(hour(5))
    );
    conn.execute("UPDATE list_page SET next_check_at=NULL", [])
        .expect("read");
    assert_eq!(look(hour(30)), 0, "not again so soon");
    assert_eq!(look(hour(5 + 7 * 24)), 3);
}

fn finding(severity: Severity, months: u32) -> Finding {
    Finding {
        trouble: Trouble::Silent {
            newest: None,
            months,
        },
        severity,
        text: format!("{months} months"),
    }
}

#[test]
fn a_finding_begins_once_and_ends_once() {
    let (dir, mut archive) = empty();
    let mut set = |findings: &[Finding], at| {
        let news = archive.transaction(|batch| batch.set_findings(&id(), findings, hour(at)));
        let news = news.expect("stored");
        (news.begun.len(), news.ended.len())
    };
    assert_eq!(set(&[finding(Severity::Warning, 4)], 1), (1, 0));
    assert_eq!(
        set(&[finding(Severity::Warning, 5)], 2),
        (0, 0),
        "the same, a month later"
    );
    let reader = Reader::open(dir.path()).expect("reader");
    let stored = reader.findings(Some(&id())).expect("findings");
    assert_eq!(
        (stored[0].since, stored[0].finding.text.as_str()),
        (hour(1), "5 months")
    );
    assert_eq!(set(&[finding(Severity::Failing, 12)], 3), (1, 0), "worse");
    assert_eq!(set(&[], 4), (0, 1));
    assert_eq!(reader.findings(None).expect("findings"), []);
}

#[test]
fn facts_are_told_from_the_archive() {
    let (dir, mut archive) = empty();
    super::support::cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    let facts = reader.source_facts(&id(), hour(24 * 60)).expect("facts");
    assert_eq!(facts.municipality, "Kuusijärvi");
    assert_eq!(facts.newest_meeting, Some(date(2026, 8, 5)));
    assert_eq!(facts.recent.len(), 0);
    assert_eq!(facts.read.len(), 1);
    let awaited = facts.awaited.expect("minutes are late");
    assert_eq!((awaited.items, awaited.oldest), (2, date(2026, 8, 5)));
    let early = reader.source_facts(&id(), hour(24)).expect("facts");
    assert_eq!((early.recent.len(), early.awaited), (2, None));
}

#[test]
fn a_source_that_never_answered_is_unknown_to_view_and_program_alike() {
    let (dir, mut archive) = empty();
    let stand = |dir: &TempDir| {
        let conn = Connection::open(dir.path().join("archive.db")).expect("open");
        let view: (String, Option<String>) = conn
            .query_row(
                "SELECT health, successor FROM source_status WHERE source='kuusijarvi'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .expect("a row");
        let reader = Reader::open(dir.path()).expect("reader");
        let overview = reader.source_overview().expect("overview");
        let own = overview.iter().find(|row| row.source == id());
        (view, own.expect("registered").health)
    };
    let unknown = (("unknown".to_owned(), None), None);
    assert_eq!(stand(&dir), unknown, "never polled");
    let record = |archive: &mut Archive, poll: PollRecord| {
        archive
            .transaction(|batch| batch.record_poll(&poll))
            .expect("recorded");
    };
    let silent = poll(id().as_str(), hour(1), PollOutcome::Timeout);
    record(&mut archive, silent);
    assert_eq!(stand(&dir), unknown, "polled, and never reached");
    record(&mut archive, poll(id().as_str(), hour(2), PollOutcome::Ok));
    let well = (("ok".to_owned(), None), Some(Severity::Ok));
    assert_eq!(stand(&dir), well, "reached once");
    let heir = Source {
        successor_of: Some(id()),
        ..source("kuusijarvi-uusi", "Kuusijärvi", PlatformKind::Casem)
    };
    let both = [sources(), vec![heir]].concat();
    archive
        .transaction(|batch| batch.register(&municipalities(), &both, &[network()], hour(3)))
        .expect("registered");
    let (view, _) = stand(&dir);
    assert_eq!(view.1.as_deref(), Some("kuusijarvi-uusi"));
}
