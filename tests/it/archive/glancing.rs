//! What pages ask: results with counts, meetings ahead, items by month, how sources answered, what is doubtful.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::civil::date;
use seutu::archive::{Archive, FacetKind, MARK_OPEN, Reader, Results, SearchQuery, Writer};
use seutu::config::Config;
use seutu::model::change::VersionKind;
use seutu::model::minutes::Stage;
use seutu::model::network::Verdict;
use seutu::model::poll::PollOutcome;
use seutu::serve::ArchiveSite;
use seutu::serve::site::Site as _;

use super::support::*;

/// A cycle, and the second item doubtful.
fn filled(archive: &mut Archive) {
    cycle(archive);
    archive
        .transaction(|batch| {
            let uid = uid("2026100-4");
            let mut minutes = reading(Stage::Minutes);
            minutes.item.title = Some("Toinen asia".into());
            minutes.item.held_on = Some(date(2025, 11, 3));
            batch.store_version(&uid, &version(VersionKind::First, minutes), hour(3))?;
            batch.store_recognition(&uid, &recognition(Verdict::Maybe, 5.0), "r1", hour(3))?;
            batch.record_poll(&poll("kuusijarvi", hour(4), PollOutcome::Timeout))
        })
        .expect("stored");
}

fn results(dir: &Path, query: &SearchQuery) -> Results {
    let reader = Reader::open(dir).expect("a reader");
    reader.results(query, 0).expect("results")
}

fn counts(results: &Results, kind: FacetKind) -> Vec<(&str, u32)> {
    let values = results.facets.get(&kind).expect("a facet").iter();
    values
        .map(|value| (value.value.as_str(), value.count))
        .collect()
}

#[test]
fn without_words_everything_is_found_and_counted_the_newest_first() {
    let (dir, mut archive) = empty();
    filled(&mut archive);
    let all = results(dir.path(), &SearchQuery::new(""));
    let titles: Vec<&str> = all.hits.iter().map(|hit| hit.title.as_str()).collect();
    assert_eq!(titles, ["Toinen asia", "Seudullisen verkoston suunnitelma"]);
    assert_eq!((all.total, all.more_than_counted), (2, false));
    assert_eq!(counts(&all, FacetKind::Municipality), [("kuusijarvi", 2)]);
    assert_eq!(counts(&all, FacetKind::Year), [("2026", 1), ("2025", 1)]);
    assert_eq!(
        counts(&all, FacetKind::Stage),
        [("agenda", 1), ("minutes", 1)]
    );
    assert_eq!(counts(&all, FacetKind::Outcome), [("accepted", 1)]);
    assert_eq!(counts(&all, FacetKind::Network), [("sivistys", 1)]);
    let body = &all.facets[&FacetKind::Body][0];
    assert_eq!((body.name.as_str(), body.count), ("Sivistyslautakunta", 2));
}

#[test]
fn filters_narrow_what_is_found_and_leave_their_own_facet_to_choose_from() {
    let (dir, mut archive) = empty();
    filled(&mut archive);
    let query = SearchQuery {
        from: Some(date(2025, 1, 1)),
        until: Some(date(2025, 12, 31)),
        ..SearchQuery::new("")
    };
    let old = results(dir.path(), &query);
    assert_eq!((old.total, old.hits.len()), (1, 1));
    assert_eq!(counts(&old, FacetKind::Year), [("2026", 1), ("2025", 1)]);
    assert_eq!(counts(&old, FacetKind::Stage), [("minutes", 1)]);
    let words = SearchQuery {
        stage: Some(Stage::Agenda),
        ..SearchQuery::new("suunnitelma")
    };
    let found = results(dir.path(), &words);
    assert_eq!((found.total, found.hits.len()), (1, 1));
    assert_eq!(
        counts(&found, FacetKind::Stage),
        [("agenda", 1), ("minutes", 1)]
    );
    let snippet = found.hits[0].snippet.as_deref().expect("a snippet");
    assert!(snippet.contains(MARK_OPEN), "{snippet}");
    let nobody = SearchQuery {
        municipality: Some("Muu".into()),
        ..SearchQuery::new("")
    };
    assert_eq!(results(dir.path(), &nobody), Results::default());
}

#[test]
fn pages_of_results_follow_each_other() {
    let (dir, mut archive) = empty();
    filled(&mut archive);
    let reader = Reader::open(dir.path()).expect("a reader");
    for words in ["", "suunnitelma"] {
        let query = SearchQuery {
            limit: 1,
            ..SearchQuery::new(words)
        };
        let pages: Vec<_> = (0..3)
            .map(|at| reader.results(&query, at).expect("results"))
            .collect();
        assert_eq!(pages[2].hits, [], "{words}");
        assert_ne!(pages[0].hits[0].uid, pages[1].hits[0].uid, "{words}");
        assert!(pages.iter().all(|page| page.total == 2), "{words}");
    }
}

#[test]
fn what_comes_up_what_came_and_how_sources_answered() {
    let (dir, mut archive) = empty();
    filled(&mut archive);
    let reader = Reader::open(dir.path()).expect("a reader");
    let ahead = reader
        .meetings_ahead(date(2026, 8, 5), 5)
        .expect("meetings");
    assert_eq!(ahead.len(), 1);
    assert_eq!(
        (ahead[0].municipality.as_str(), ahead[0].items),
        ("Kuusijärvi", 1)
    );
    assert_eq!(
        ahead[0].of_networks[0].1,
        "Seudullisen verkoston suunnitelma"
    );
    assert_eq!(
        reader
            .meetings_ahead(date(2026, 8, 6), 5)
            .expect("meetings"),
        []
    );
    let months = reader
        .items_by_month(None, date(2025, 1, 1))
        .expect("months");
    let told: Vec<_> = months
        .iter()
        .map(|of| (of.month, of.minutes, of.others))
        .collect();
    assert_eq!(told, [(date(2025, 11, 1), 1, 0), (date(2026, 8, 1), 0, 1)]);
    let network = reader.items_by_month(Some("sivistys"), date(2025, 1, 1));
    assert_eq!(network.expect("months").len(), 1);
    let day = hour(1).to_zoned(jiff::tz::TimeZone::UTC).date();
    let polls = reader.polls_by_day(day).expect("polls");
    assert_eq!((polls[0].good, polls[0].polls), (1, 2));
    let doubtful = reader.doubtful_items("sivistys", 5).expect("items");
    assert_eq!(doubtful.len(), 1);
    assert_eq!(doubtful[0].title, "Toinen asia");
    assert_eq!(reader.as_of().expect("a time"), Some(hour(4)));
}

#[test]
fn whatever_is_written_shows_in_the_state_of_the_files() {
    let (dir, mut archive) = empty();
    let reader = Reader::open(dir.path()).expect("a reader");
    let before = reader.commit();
    assert_eq!(before, reader.commit());
    cycle(&mut archive);
    assert_ne!(before, reader.commit());
}

/// A lock is the process's: closing any descriptor of a file takes it off, and with it the log from under the writer.
/// A server beside the writer looks at the files now and then, and at once when the writer has written.
#[test]
fn a_site_that_the_writer_tells_of_changes_shows_each_at_once() {
    let (dir, mut archive) = empty();
    filled(&mut archive);
    let writer = Writer::start(archive).expect("started");
    let config =
        Config::parse("default", Config::embedded_text(), [].into_iter()).expect("embedded");
    let site = ArchiveSite::new(Reader::open(dir.path()).expect("reader"), &config)
        .with_changes(writer.changes());
    for number in 0..40 {
        let before = site.stamp();
        assert_eq!(site.stamp(), before, "{number}: nothing was written");
        let at = hour(10 + number);
        writer
            .write_blocking(move |batch| {
                batch.record_poll(&poll("kuusijarvi", at, PollOutcome::Timeout))
            })
            .expect("stored");
        assert_ne!(site.stamp(), before, "{number}");
    }
    writer.close_blocking().expect("closed");
}

#[test]
fn readers_beside_a_writer_take_none_of_its_locks_away() {
    let (dir, archive) = empty();
    let before = locks(dir.path());
    assert!(!before.is_empty(), "a writer locks its files");
    let reader = Reader::open(dir.path()).expect("a reader");
    assert_eq!(reader.commit(), reader.commit());
    assert!(reader.as_of().is_ok());
    let after = locks(dir.path());
    assert!(
        before.iter().all(|file| after.contains(file)),
        "{before:?} {after:?}"
    );
    drop(archive);
}

/// The files of an archive that a process has a lock on, by the kernel's table.
fn locks(dir: &Path) -> Vec<&'static str> {
    let table = fs::read_to_string("/proc/locks").expect("the table of locks");
    let is_locked = |file: &&str| {
        let inode = fs::metadata(dir.join(file)).expect("a file").ino();
        let named = format!(":{inode} ");
        table
            .lines()
            .any(|lock| lock.contains("POSIX") && lock.contains(&named))
    };
    let files = [
        "archive.db",
        "archive.db-shm",
        "originals.db",
        "originals.db-shm",
    ];
    files.into_iter().filter(is_locked).collect()
}
