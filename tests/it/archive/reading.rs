//! Feeds, search and overviews: what readers ask for, answered quickly and without errors.

use proptest::prelude::*;
use rusqlite::Connection;
use seutu::archive::{Archive, FeedQuery, MARK_OPEN, PageAccess, PagePlan, ProblemScope, Reader};
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::ids::SourceId;
use seutu::model::listing::{ListAddress, ListKind};
use seutu::model::minutes::{Outcome, Stage};
use seutu::model::network::Verdict;
use seutu::model::poll::PollOutcome;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::support::*;

fn filled() -> (TempDir, Archive, Reader) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let stored = version(VersionKind::MinutesPublished, reading(Stage::Minutes));
    archive
        .transaction(|batch| batch.store_version(&uid("2026100-3"), &stored, hour(30)))
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

fn keys(reader: &Reader, query: &FeedQuery) -> Vec<String> {
    let items = reader.feed_items(query).expect("items");
    items.into_iter().map(|item| item.uid.to_string()).collect()
}

fn only(condition: impl FnOnce(&mut FeedQuery)) -> FeedQuery {
    let mut query = FeedQuery {
        limit: 10,
        ..FeedQuery::default()
    };
    condition(&mut query);
    query
}

#[test]
fn feeds_filter_and_order() {
    let (_dir, _archive, reader) = filled();
    let (three, four) = ("kuusijarvi/2026100-3", "kuusijarvi/2026100-4");
    assert_eq!(
        keys(&reader, &only(|_| ())),
        [three, four],
        "newest changed first"
    );
    assert_eq!(
        keys(&reader, &only(|q| (q.limit, q.offset) = (1, 1))),
        [four]
    );
    for query in [
        only(|q| q.municipality = Some("kuusijarvi".into())),
        only(|q| q.body = Some("sivistyslautakunta".into())),
        only(|q| q.q = Some("  ".into())),
    ] {
        assert_eq!(keys(&reader, &query), [three, four], "{query:?}");
    }
    for query in [
        only(|q| q.network = Some("sivistys".into())),
        only(|q| q.stage = Some(Stage::Minutes)),
        only(|q| q.outcome = Some(Outcome::Accepted)),
        only(|q| q.q = Some("hyväksyttiin".into())),
        only(|q| q.since = Some(hour(30))),
    ] {
        assert_eq!(keys(&reader, &query), [three], "{query:?}");
    }
    for query in [
        only(|q| q.network = Some("nothing".into())),
        only(|q| q.municipality = Some("Petäjävaara".into())),
        only(|q| q.stage = Some(Stage::Agenda)),
        only(|q| q.q = Some("NEAR(".into())),
        only(|q| q.q = Some("\"".into())),
        only(|q| q.since = Some(hour(31))),
    ] {
        assert_eq!(keys(&reader, &query), Vec::<String>::new(), "{query:?}");
    }
}

#[test]
fn the_stamp_moves_with_what_a_feed_shows_and_stays_otherwise() {
    let (_dir, mut archive, reader) = filled();
    let network = FeedQuery {
        network: Some("sivistys".into()),
        limit: 10,
        ..FeedQuery::default()
    };
    let other = FeedQuery {
        municipality: Some("petajavaara".into()),
        ..FeedQuery::default()
    };
    let stamp = |query: &FeedQuery| reader.feed_stamp(query).expect("stamp");
    let (before, elsewhere) = (stamp(&network), stamp(&other));
    assert_eq!((before.last_change, before.count), (Some(hour(30)), 1));
    assert_eq!((elsewhere.seq, elsewhere.last_change), (0, None));

    archive
        .transaction(|batch| {
            batch.record_poll(&poll("kuusijarvi", hour(31), PollOutcome::Ok))?;
            let changes = [ListingChange::Relisted(listed(
                "2026100-4",
                "Toinen otsikko",
            ))];
            batch.apply_listing(
                &SourceId::new("kuusijarvi"),
                PagePlan::Read,
                &changes,
                hour(31),
            )
        })
        .expect("stored");
    assert_eq!(stamp(&network), before, "an item outside the network");

    let uid = uid("2026100-3");
    let mut reasons = recognition(Verdict::In, 10.0);
    reasons.evidence[0].quote = "verkoston suunnitelma".into();
    archive
        .transaction(|batch| batch.store_recognition(&uid, &reasons, "r1", hour(32)))
        .expect("stored");
    let explained = stamp(&network);
    assert_ne!(explained, before, "other reasons are shown");
    archive
        .transaction(|batch| batch.store_recognition(&uid, &reasons, "r2", hour(33)))
        .expect("stored");
    assert_eq!(
        stamp(&network),
        explained,
        "the same reasons by other rules"
    );
    let out = recognition(Verdict::Out, 0.0);
    archive
        .transaction(|batch| batch.store_recognition(&uid, &out, "r2", hour(34)))
        .expect("stored");
    assert_ne!(stamp(&network), explained);
    assert_eq!(keys(&reader, &network), Vec::<String>::new());
    assert_eq!(stamp(&other), elsewhere);
}

#[test]
fn feeds_are_answered_from_indexes() {
    let (dir, archive, _reader) = filled();
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    for (sql, index) in [
        (
            "SELECT id FROM item i WHERE withdrawn_at IS NULL ORDER BY changed_at DESC, id DESC LIMIT 9",
            "item_changed",
        ),
        (
            "SELECT id FROM item i WHERE withdrawn_at IS NULL AND municipality_id=1 ORDER BY changed_at DESC, id DESC",
            "item_municipality",
        ),
        (
            "SELECT id FROM item i WHERE stage='minutes' ORDER BY changed_at DESC, id DESC",
            "item_stage",
        ),
        (
            "SELECT item_id FROM network_match WHERE network_id=1 AND verdict='in'",
            "network_match_verdict",
        ),
        (
            "SELECT item_id FROM page WHERE next_check_at<='2026' ORDER BY next_check_at, item_id",
            "page_next",
        ),
    ] {
        let mut statement = conn
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("plan");
        let plan: Vec<String> = statement
            .query_map([], |row| row.get(3))
            .expect("plan")
            .collect::<Result<_, _>>()
            .expect("plan");
        assert!(
            plan.iter().any(|line| line.contains(index)),
            "{sql}: {plan:?}"
        );
        assert!(
            !plan.iter().any(|line| line.contains("TEMP B-TREE")),
            "{sql}: {plan:?}"
        );
    }
}

#[test]
fn search_finds_words_beginnings_phrases_and_diary_numbers() {
    let (_dir, _archive, reader) = filled();
    for words in [
        "suunnitelma",
        "hyväksyt",
        "HYVÄKSYTTIIN",
        "hyva\u{308}ksyttiin",
        "85/12.00.00/2026",
        "85/12",
        "\"koskee kymmentä kuntaa\"",
        "verkosto lautakunta",
    ] {
        let hits = reader.search(&asked(words, 10)).expect("search");
        assert_eq!(hits.len(), 1, "{words}");
        assert_eq!(hits[0].uid, uid("2026100-3"), "{words}");
    }
    let hit = &reader.search(&asked("hyväksyttiin", 10)).expect("search")[0];
    assert!(
        hit.snippet
            .as_deref()
            .is_some_and(|s| s.contains(MARK_OPEN)),
        "{hit:?}"
    );
    assert_eq!(
        (hit.body.as_deref(), hit.outcome),
        (Some("Sivistyslautakunta"), Some(Outcome::Accepted))
    );
    assert_eq!(
        reader
            .search(&asked("verkosto puuttuvasana", 10))
            .expect("search"),
        []
    );
    assert_eq!(
        reader.search(&asked("saa", 10)).expect("search"),
        [],
        "a is not ä"
    );
}

#[test]
fn a_megabyte_of_anything_is_answered_at_once() {
    let (_dir, _archive, reader) = filled();
    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    for piece in [
        "a OR ",
        "\"",
        "NEAR(",
        "\0",
        "(",
        "title:",
        "ä",
        "* ",
        "^a AND NOT ",
    ] {
        let asked = asked(&piece.repeat(1_000_000 / piece.len()), 10);
        let one = Instant::now();
        reader.search(&asked).expect("no error");
        longest = longest.max(one.elapsed());
    }
    println!("the longest took {longest:?}");
    assert!(begun.elapsed().as_millis() < 1000, "{:?}", begun.elapsed());
}

#[test]
fn a_search_that_takes_too_long_is_ended_and_the_next_reading_is_whole() {
    let (_dir, _archive, reader) = filled();
    let all = reader.search(&asked("verkosto", 10)).expect("search");
    assert!(!all.is_empty());
    let hasty = reader.clone().patient(Duration::ZERO);
    let filter = FeedQuery {
        q: Some("verkosto".into()),
        limit: 10,
        ..FeedQuery::default()
    };
    for ended in [
        hasty.search(&asked("verkosto", 10)).map(drop),
        hasty.results(&asked("verkosto", 10), 0).map(drop),
        hasty.feed_items(&filter).map(drop),
    ] {
        let error = ended.expect_err("no patience").to_string();
        assert!(error.contains("look for longer words"), "{error}");
    }
    // What nobody typed is never ended.
    let all_of_them = FeedQuery { q: None, ..filter };
    assert!(!hasty.feed_items(&all_of_them).expect("a feed").is_empty());
    assert!(hasty.results(&asked("", 10), 0).expect("a list").total > 0);
    // The connection that was interrupted is used again.
    assert!(hasty.item(&all[0].uid).expect("reading").is_some());
    assert_eq!(reader.search(&asked("verkosto", 10)).expect("search"), all);
    let patient = reader.patient(Duration::from_mins(10));
    assert_eq!(patient.search(&asked("verkosto", 10)).expect("search"), all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_typed_is_no_error(words in "(\\PC|[\\x00-\\x20\"'*():^+{},.-]|NEAR|AND|NOT|OR|title:|ä){0,60}") {
        thread_local! {
            static READER: (TempDir, Reader) = {
                let (dir, archive, reader) = filled();
                drop(archive);
                (dir, reader)
            };
        }
        READER.with(|(_dir, reader)| reader.search(&asked(&words, 5)).map(|_| ()))
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

#[test]
fn overviews_tell_how_sources_stand() {
    let (_dir, mut archive, reader) = filled();
    let mut failed = poll("kuusijarvi", hour(40), PollOutcome::HttpError);
    (failed.error, failed.failures, failed.http_status) = (Some("503".into()), 1, Some(503));
    archive
        .transaction(|batch| {
            let front = ListAddress {
                kind: ListKind::MeetingFeed,
                key: "feed".to_owned(),
                url: "https://kuusijarvi.example/rss".parse().expect("address"),
                body: None,
                held_on: None,
            };
            batch.set_front(&SourceId::new("kuusijarvi"), &front, PageAccess::Permitted)?;
            batch.record_poll(&failed)
        })
        .expect("stored");
    let overview = reader.source_overview().expect("overview");
    let first = &overview[0];
    assert_eq!(
        (first.source.as_str(), first.platform.as_str()),
        ("kuusijarvi", "dynasty")
    );
    assert_eq!(
        (first.last_ok_at, first.last_outcome.as_deref()),
        (Some(hour(1)), Some("http_error"))
    );
    assert_eq!(
        (first.items, first.awaiting_minutes, first.problems),
        (2, 1, 2)
    );
    assert_eq!(first.newest_meeting, Some(jiff::civil::date(2026, 8, 5)));
    assert_eq!(first.feed_url, "https://kuusijarvi.example/rss");
    assert_eq!(overview[1].last_poll_at, None);
    let counts = reader.counts().expect("counts");
    assert_eq!(
        (counts.items, counts.minutes, counts.unread, counts.versions),
        (2, 1, 1, 2)
    );
}

#[test]
fn problems_keep_the_instant_they_began_and_go_when_solved() {
    let (_dir, mut archive, reader) = filled();
    let uid = uid("2026100-3");
    let mut later = check(hour(50));
    let problems = later.problems.get_or_insert_default();
    problems.push(problems[0].clone());
    archive
        .transaction(|batch| batch.record_check(&uid, &later))
        .expect("checked");
    let of_item = || {
        let problems = reader
            .problems(Some(&SourceId::new("kuusijarvi")))
            .expect("problems");
        problems
            .into_iter()
            .filter(|p| p.uid.is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(of_item().len(), 1, "a problem named twice is one");
    assert_eq!(of_item()[0].since, hour(2));
    archive
        .transaction(|batch| batch.set_problems(&ProblemScope::Item(uid.clone()), &[], hour(51)))
        .expect("solved");
    assert_eq!(of_item(), []);
    assert_eq!(
        reader.problems(None).expect("problems").len(),
        1,
        "the feed's own problem stays"
    );
}

#[test]
fn pauses_and_quarantine_survive() {
    let (_dir, mut archive, reader) = filled();
    assert_eq!(
        reader.paused_hosts(hour(2)).expect("hosts"),
        [("slow.example".to_owned(), hour(3))]
    );
    assert_eq!(reader.paused_hosts(hour(3)).expect("hosts"), []);
    archive
        .transaction(|batch| batch.pause_host("slow.example", None))
        .expect("ended");
    assert_eq!(reader.paused_hosts(hour(2)).expect("hosts"), []);
    assert_eq!(
        reader.quarantined().expect("inputs")[0].sha256,
        sha256(b"bomb")
    );
}
