//! The same bytes store the same rows; what changes is stored once, with its history.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seutu::archive::{
    Archive, ArchiveError, DerivedVersion, FeedState, PagePlan, PageTime, Reader, Writer, verify,
};
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::ids::SourceId;
use seutu::model::minutes::Stage;
use seutu::model::network::Verdict;
use seutu::model::poll::{MovedTo, PollOutcome};

use super::support::*;

#[test]
fn two_cycles_over_the_same_bytes_store_the_same_rows() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let first = dump(dir.path(), &["poll"]);
    cycle(&mut archive);
    assert_eq!(dump(dir.path(), &["poll"]), first);
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_poll_of_an_unchanged_feed_adds_one_row() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let before = dump(dir.path(), &[]);
    let record = poll("kuusijarvi", hour(5), PollOutcome::NotModified);
    archive
        .transaction(|batch| batch.record_poll(&record))
        .expect("recorded");
    let after = dump(dir.path(), &[]);
    let added: Vec<_> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert_eq!(added.len(), 1, "{added:?}");
    assert!(added[0].starts_with("INSERT INTO poll"));
}

#[test]
fn an_agenda_becomes_minutes_under_the_same_uid() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let uid = uid("2026100-3");
    let mut minutes = reading(Stage::Minutes);
    minutes.item.attachments.remove(0);
    minutes
        .item
        .attachments
        .push(attachment("6", "Lisätty liite"));
    let stored = version(VersionKind::MinutesPublished, minutes.clone());
    archive
        .transaction(|batch| batch.store_version(&uid, &stored, hour(30)))
        .expect("stored");

    let reader = Reader::open(dir.path()).expect("reader");
    let item = reader.item(&uid).expect("read").expect("known");
    assert_eq!(item.uid.as_str(), "kuusijarvi/2026100-3");
    assert_eq!(item.stage, Some(Stage::Minutes));
    assert_eq!(item.fields.as_ref(), Some(&minutes.item));
    assert_eq!(item.handlings, minutes.handlings);
    assert_eq!((item.version_no, item.changed_at), (2, hour(30)));
    assert_eq!(item.source_name, "Kuusijärvi – Dynasty");
    assert_eq!(
        item.matches[0].evidence,
        recognition(Verdict::In, 10.0).evidence
    );
    let versions = reader.versions(&uid).expect("versions");
    assert_eq!(
        versions.iter().map(|v| v.stage).collect::<Vec<_>>(),
        [Some(Stage::Agenda), Some(Stage::Minutes)]
    );
    let page = reader.page(&uid).expect("read").expect("page");
    assert_eq!(page.minutes_since, Some(hour(30)));
    assert_eq!(verify(dir.path()), []);
    what_the_log_and_the_tables_say(&dir.path().join("archive.db"), &reader);
}

fn what_the_log_and_the_tables_say(file: &std::path::Path, reader: &Reader) {
    let kinds: Vec<_> = reader
        .events_since(0, 99)
        .expect("events")
        .into_iter()
        .map(|e| e.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "meeting_published",
            "item_new",
            "item_new",
            "item_changed",
            "matched",
            "minutes_published",
            "attachment_added"
        ]
    );
    let conn = rusqlite::Connection::open(file).expect("file");
    let rows = dump_rows(&conn, &[]);
    let gone: (String, String) = conn
        .query_row(
            "SELECT title, gone_at FROM attachment WHERE status='gone'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("a vanished attachment is kept");
    assert_eq!(gone, ("Suunnitelma".into(), "2026-07-21T06:00:00Z".into()));
    assert!(rows.contains("'85/12.00.00/2026, 9/02.05/2025'"));
    assert!(rows.contains("'kuusijarvi/85-12.00.00-2026'"));
}

#[test]
fn an_agenda_never_has_a_decision() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let mut odd = reading(Stage::Minutes);
    odd.item.stage = Some(Stage::Agenda);
    let stored = version(VersionKind::Amended, odd);
    archive
        .transaction(|batch| batch.store_version(&uid("2026100-3"), &stored, hour(30)))
        .expect("stored");
    let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
    let decisions: i64 = conn
        .query_row(
            "SELECT count(*) FROM decisions WHERE decision IS NOT NULL OR outcome IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .expect("view");
    assert_eq!(decisions, 0);
}

#[test]
fn relisting_changes_what_is_shown_only_until_the_page_is_read() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let changes = [
        ListingChange::Relisted(listed("2026100-3", "Uusi otsikko")),
        ListingChange::Relisted(listed("2026100-4", "Uusi otsikko")),
    ];
    let written = archive
        .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(9)))
        .expect("stored");
    let written: Vec<_> = written
        .into_iter()
        .map(|row| (row.uid, row.unread))
        .collect();
    assert_eq!(
        written,
        [(uid("2026100-3"), false), (uid("2026100-4"), true)]
    );
    let reader = Reader::open(dir.path()).expect("reader");
    let item = |key| reader.item(&uid(key)).expect("read").expect("known");
    assert_eq!(item("2026100-3").title, "Seudullisen verkoston suunnitelma");
    assert_eq!(
        item("2026100-3").changed_at,
        hour(2),
        "a listing is not the text"
    );
    assert_eq!(item("2026100-4").title, "Uusi otsikko");
    assert_eq!(item("2026100-4").changed_at, hour(9));
    let known = reader.known_items(&source).expect("known");
    assert!(known.iter().all(|item| item.listed_title == "Uusi otsikko"));
    assert_eq!(
        reader
            .due(PageTime::Due(hour(9), hour(99)))
            .expect("due")
            .len(),
        2,
        "relisted pages are due at once"
    );
}

#[test]
fn items_are_found_by_the_title_they_were_last_listed_with() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let changes = [ListingChange::Relisted(listed("2026100-3", "Uusi otsikko"))];
    archive
        .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(9)))
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let found = |title: &str, source: &SourceId| -> Vec<String> {
        let titles = ["Kolmas otsikko".to_owned(), title.to_owned()];
        let items = reader.known_items_by_titles(source, &titles);
        let items = items.expect("known").into_iter();
        items.map(|item| item.key.to_string()).collect()
    };
    assert_eq!(found("Uusi otsikko", &source), ["2026100-3"]);
    assert!(!found("Seudullisen verkoston suunnitelma", &source).contains(&"2026100-3".to_owned()));
    assert!(found("Uusi otsikko", &SourceId::new("muu")).is_empty());
}

#[test]
fn what_only_the_feed_says_of_body_and_day_is_news_when_it_changes() {
    let (dir, mut archive) = empty();
    let source = SourceId::new("kuusijarvi");
    let mut bare = listed("a", "Asia");
    (bare.body, bare.held_on) = (None, None);
    let mut silent = reading(Stage::Agenda);
    (silent.item.body, silent.item.held_on) = (None, None);
    archive
        .transaction(|batch| {
            let changes = [ListingChange::New(bare.clone())];
            batch.apply_listing(&source, PagePlan::Read, &changes, hour(1))?;
            let version = version(VersionKind::First, silent);
            batch.store_version(&uid("a"), &version, hour(2))
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let stamp = || {
        let stamp = reader.feed_stamp(&seutu::archive::FeedQuery::default());
        stamp.expect("stamp").seq
    };
    let (mut body, mut day) = (bare.clone(), bare);
    body.body = Some("Kunnanhallitus".into());
    day.held_on = Some(jiff::civil::date(2026, 8, 6));
    for (changed, at) in [(body, 3), (day, 4)] {
        let before = stamp();
        let changes = [ListingChange::Relisted(changed.clone())];
        archive
            .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(at)))
            .expect("stored");
        let item = reader.item(&uid("a")).expect("read").expect("known");
        assert_eq!((item.body, item.held_on), (changed.body, changed.held_on));
        assert_eq!(item.changed_at, hour(at));
        assert!(stamp() > before);
    }
}

#[test]
fn the_log_never_goes_back_in_time() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    archive
        .transaction(|batch| {
            batch.mark_withdrawn(&uid("2026100-3"), hour(9))?;
            batch.mark_withdrawn(&uid("2026100-4"), hour(8))
        })
        .expect("withdrawn");
    let reader = Reader::open(dir.path()).expect("reader");
    let events = reader.events_since(0, 99).expect("events");
    assert!(events.is_sorted_by_key(|event| event.at), "{events:?}");
    assert_eq!(events.last().map(|event| event.at), Some(hour(9)));
}

#[test]
fn a_feed_may_name_neither_body_nor_day() {
    let (dir, mut archive) = empty();
    let source = SourceId::new("petajavaara");
    let mut bare = listed("a", "");
    (bare.body, bare.held_on, bare.text) = (None, None, Some("teksti".into()));
    archive
        .transaction(|batch| {
            batch.apply_listing(
                &source,
                PagePlan::FeedOnly,
                &[ListingChange::New(bare)],
                hour(1),
            )
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let known = &reader.known_items(&source).expect("known")[0];
    assert_eq!(
        known.text_sha256.as_deref(),
        Some(sha256("teksti".as_bytes()).as_str())
    );
    let item = reader.item(&known.uid).expect("read").expect("known");
    assert_eq!(
        (item.title.as_str(), item.body, item.held_on),
        ("a", None, None)
    );
    assert_eq!(
        reader.page(&known.uid).expect("read"),
        None,
        "no page is read"
    );
}

#[test]
fn one_key_in_two_sources_is_a_clash_until_one_is_gone() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let second = source(
        "uusi",
        "Kuusijärvi",
        seutu::model::source::PlatformKind::Dynasty,
    );
    let mut all = sources();
    all.push(second.clone());
    let changes = [ListingChange::New(listed("2026100-3", "Suunnitelma"))];
    let clash = archive.transaction(|batch| {
        batch.register(&municipalities(), &all, &[network()], hour(3))?;
        batch.apply_listing(&second.id, PagePlan::Read, &changes, hour(3))
    });
    assert!(matches!(clash, Err(ArchiveError::UidClash { .. })));
    archive
        .transaction(|batch| {
            batch.register(&municipalities(), &all[1..], &[network()], hour(4))?;
            batch.apply_listing(&second.id, PagePlan::Read, &changes, hour(4))
        })
        .expect("moved");
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(
        reader
            .item(&uid("2026100-3"))
            .expect("read")
            .expect("known")
            .source,
        second.id
    );
    let states = reader.source_states().expect("states");
    assert_eq!(
        states.iter().map(|s| s.source.as_str()).collect::<Vec<_>>(),
        ["petajavaara", "uusi"]
    );
}

#[test]
fn what_was_taken_down_is_not_let_in_again() {
    let (dir, mut archive) = empty();
    let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch(
        "INSERT INTO takedown(at,target_uid,action,reason)
         VALUES('2026-07-20T00:00:00Z','kuusijarvi/2026100-3','erase','personal_data')",
    )
    .expect("taken down");
    cycle_listing(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(reader.item(&uid("2026100-3")).expect("read"), None);
    assert!(reader.item(&uid("2026100-4")).expect("read").is_some());
}

fn cycle_listing(archive: &mut Archive) {
    let changes = ["2026100-3", "2026100-4"].map(|key| ListingChange::New(listed(key, "Asia")));
    let source = SourceId::new("kuusijarvi");
    archive
        .transaction(|batch| batch.apply_listing(&source, PagePlan::Read, &changes, hour(1)))
        .expect("stored");
}

#[test]
fn an_item_withdrawn_leaves_the_feed_and_comes_back_with_its_page() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let uid = uid("2026100-3");
    archive
        .transaction(|batch| batch.mark_withdrawn(&uid, hour(9)))
        .expect("withdrawn");
    let reader = Reader::open(dir.path()).expect("reader");
    let withdrawn = |reader: &Reader| {
        reader
            .item(&uid)
            .expect("read")
            .expect("known")
            .withdrawn_at
    };
    assert_eq!(withdrawn(&reader), Some(hour(9)));
    assert_eq!(reader.search(&asked("suunnitelma", 9)).expect("search"), []);
    let mut gone = check(hour(10));
    (gone.failures, gone.gone_since) = (1, Some(hour(10)));
    archive
        .transaction(|batch| batch.record_check(&uid, &gone))
        .expect("checked");
    assert!(withdrawn(&reader).is_some());
    archive
        .transaction(|batch| batch.record_check(&uid, &check(hour(11))))
        .expect("checked");
    assert_eq!(withdrawn(&reader), None);
}

#[test]
fn a_persons_verdict_stands_against_the_rules() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let uid = uid("2026100-3");
    archive
        .transaction(|batch| {
            batch.store_human_verdict(&uid, "sivistys", (Verdict::Out, "Ei kuulu."), hour(3))?;
            batch.store_recognition(&uid, &recognition(Verdict::In, 99.0), "r2", hour(4))
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let record = &reader.item(&uid).expect("read").expect("known").matches[0];
    assert_eq!(
        (record.verdict, record.decided_by.as_str()),
        (Verdict::Out, "human")
    );
    let kinds: Vec<_> = reader
        .events_since(0, 99)
        .expect("events")
        .into_iter()
        .map(|e| e.kind)
        .collect();
    assert_eq!(kinds.last().map(String::as_str), Some("unmatched"));
    assert_eq!(
        reader
            .unrecognised("sivistys", "r2", (None, 9))
            .expect("list"),
        [super::support::uid("2026100-4")]
    );
}

#[test]
fn what_a_person_says_of_a_verdict_is_stored_without_codes_and_contact_details() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let note = "Kuuluu: hakija 010190-900P soitti, puh. 000 000 0000, anni.aho@kunta.example.";
    archive
        .transaction(|batch| {
            batch.store_human_verdict(&uid("2026100-3"), "sivistys", (Verdict::In, note), hour(3))
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let item = reader.item(&uid("2026100-3")).expect("read");
    let said = &item.expect("known").matches[0].explanation;
    assert!(said.starts_with("Kuuluu: hakija "), "{said}");
    let all = dump(dir.path(), &[]);
    for kept_out in ["010190-900P", "000 000 0000", "anni.aho"] {
        assert!(!all.contains(kept_out), "{kept_out}: {said}");
    }
}

#[test]
fn rules_are_versioned_and_nothing_moves_when_they_are_the_same() {
    let (dir, mut archive) = empty();
    let before = dump(dir.path(), &[]);
    archive.transaction(register).expect("registered");
    assert_eq!(dump(dir.path(), &[]), before);
    let mut changed = network();
    changed.rules[0].weight = 7.0;
    changed.members.pop();
    archive
        .transaction(|batch| batch.register(&municipalities(), &sources(), &[changed], hour(48)))
        .expect("registered");
    let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
    let count = |sql: &str| {
        conn.query_row(sql, [], |row| row.get::<_, i64>(0))
            .expect("count")
    };
    assert_eq!(count("SELECT count(*) FROM rule"), 3);
    assert_eq!(
        count("SELECT count(*) FROM rule WHERE active_to='2026-07-22' AND weight=6.0"),
        1
    );
    assert_eq!(
        count("SELECT count(*) FROM rule WHERE active_to IS NULL"),
        2
    );
    assert_eq!(
        count("SELECT count(*) FROM network_member WHERE left_on IS NOT NULL"),
        1
    );
}

#[test]
fn the_state_of_a_feed_comes_back_as_it_was() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let source = SourceId::new("kuusijarvi");
    let reader = Reader::open(dir.path()).expect("reader");
    let known = || {
        reader
            .source_states()
            .expect("states")
            .into_iter()
            .find(|s| s.source == source)
            .expect("source")
    };
    let mut state: FeedState = known().into();
    state.validators.etag = Some("W/\"ä\"".into());
    state.moved_to = Some(MovedTo {
        url: "https://b.example/".into(),
        since: hour(4),
        adopted: true,
    });
    state.gone_since = Some(hour(5));
    archive
        .transaction(|batch| batch.store_feed_state(&source, &state))
        .expect("stored");
    assert_eq!(FeedState::from(known()), state);
    assert_eq!(
        known().next_check_at,
        Some(poll("kuusijarvi", hour(1), PollOutcome::Ok).next_check_at)
    );
    let mut failed = poll("kuusijarvi", hour(6), PollOutcome::Timeout);
    failed.failures = 3;
    archive
        .transaction(|batch| batch.record_poll(&failed))
        .expect("recorded");
    assert_eq!((known().failures, known().last_ok_at), (3, Some(hour(1))));
    archive
        .transaction(|batch| batch.prune_polls(hour(900)))
        .expect("pruned");
    assert_eq!(
        (known().failures, known().last_ok_at),
        (3, Some(hour(1))),
        "the last success is kept"
    );
}

#[test]
fn originals_are_kept_once_and_in_order() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let uid = uid("2026100-3");
    for (body, at) in [("b", 3), ("b", 4), ("a", 5), ("b", 6)] {
        let page = original("https://kuusijarvi.example/3", body, hour(at));
        archive
            .transaction(|batch| batch.put_page_original(&uid, &page))
            .expect("kept");
    }
    let reader = Reader::open(dir.path()).expect("reader");
    let bodies: Vec<_> = reader
        .originals_of(&uid)
        .expect("list")
        .iter()
        .skip(1)
        .map(|o| reader.original(&o.sha256).expect("read").expect("bytes"))
        .collect();
    assert_eq!(bodies, [b"b", b"a", b"b"]);
    let mut walked = Vec::new();
    let mut cursor = seutu::archive::OriginalCursor::default();
    while let Some(next) = reader.latest_originals(cursor, 1).expect("walk").pop() {
        cursor = next.cursor;
        walked.push(next);
    }
    assert_eq!(walked, reader.originals_of(&uid).expect("list"));
}

#[test]
fn a_better_reader_rewrites_history_without_news() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let uid = uid("2026100-3");
    let reader = Reader::open(dir.path()).expect("reader");
    let sha256 = reader.originals_of(&uid).expect("list")[0].sha256.clone();
    let mut better = reading(Stage::Agenda);
    better.item.presenter = Some("kunnanjohtaja".into());
    let derived = DerivedVersion {
        version: version(VersionKind::First, better),
        seen_from: hour(2),
        original: Some(sha256),
    };
    let rewrite = |archive: &mut Archive| {
        archive.transaction(|batch| {
            batch.rewrite_versions(&uid, std::slice::from_ref(&derived), hour(50))
        })
    };
    assert!(rewrite(&mut archive).expect("rewritten"));
    assert!(!rewrite(&mut archive).expect("the same"));
    let item = reader.item(&uid).expect("read").expect("known");
    assert_eq!(
        item.fields.expect("fields").presenter.as_deref(),
        Some("kunnanjohtaja")
    );
    assert_eq!((item.version_no, item.changed_at), (1, hour(2)));
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_text_that_comes_back_is_tied_to_the_fetch_it_came_back_with() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let item = uid("2026100-4");
    let versions = [("a", 3), ("b", 4), ("a", 5)].map(|(body, at)| {
        let page = original("https://kuusijarvi.example/4", body, hour(at));
        archive
            .transaction(|batch| batch.put_page_original(&item, &page))
            .expect("kept");
        let mut text = reading(Stage::Agenda);
        text.item.background = Some(body.into());
        DerivedVersion {
            version: version(VersionKind::Amended, text),
            seen_from: hour(at),
            original: Some(page.sha256),
        }
    });
    archive
        .transaction(|batch| batch.rewrite_versions(&item, &versions, hour(50)))
        .expect("rewritten");
    let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
    let mut seen = conn
        .prepare(
            "SELECT f.fetched_at=v.seen_from FROM item_version v JOIN fetch f ON f.id=v.fetch_id
             JOIN item i ON i.id=v.item_id WHERE i.key='2026100-4' ORDER BY v.version_no",
        )
        .expect("query");
    let seen: Vec<bool> = seen
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows");
    assert_eq!(seen, [true; 3]);
}

#[test]
fn damage_to_texts_alone_is_healed() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let item = uid("2026100-3");
    let reader = Reader::open(dir.path()).expect("reader");
    let derived = [DerivedVersion {
        version: version(VersionKind::First, reading(Stage::Agenda)),
        seen_from: hour(2),
        original: Some(reader.originals_of(&item).expect("list")[0].sha256.clone()),
    }];
    let before = dump(dir.path(), &["event", "item_version"]);
    for damage in [
        "UPDATE item_version SET fields='{}'",
        "UPDATE item_version SET fields=json_set(fields,'$.proposal','muu')",
        "UPDATE item_version SET handlings='[]'",
        "UPDATE item SET proposal='muu', section_no=7 WHERE version_no=1",
        "UPDATE item SET title='muu' WHERE version_no=1",
    ] {
        let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
        conn.execute_batch(damage).expect("damaged");
        let mut rewrite = || {
            archive
                .transaction(|batch| batch.rewrite_versions(&item, &derived, hour(50)))
                .expect("rewritten")
        };
        assert!(rewrite(), "{damage}");
        assert!(!rewrite(), "{damage}");
        assert_eq!(
            dump(dir.path(), &["event", "item_version"]),
            before,
            "{damage}"
        );
        let fields = reader.item(&item).expect("read").expect("known").fields;
        assert_eq!(fields, Some(reading(Stage::Agenda).item), "{damage}");
    }
    assert_eq!(verify(dir.path()), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_share_commits_and_a_failing_job_fails_alone() {
    let (dir, archive) = empty();
    let writer = Writer::start(archive).expect("thread");
    let failed = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let (writer, failed) = (writer.clone(), Arc::clone(&failed));
            tokio::spawn(async move {
                let written = writer
                    .write(move |batch| {
                        batch.record_poll(&poll("kuusijarvi", hour(n), PollOutcome::Ok))?;
                        if n % 100 == 7 {
                            batch.record_poll(&poll("nobody", hour(n), PollOutcome::Ok))
                        } else {
                            Ok(())
                        }
                    })
                    .await;
                if written.is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("task");
    }
    assert_eq!(failed.load(Ordering::Relaxed), 3);
    writer.close().await.expect("closed");
    let conn = rusqlite::Connection::open(dir.path().join("archive.db")).expect("file");
    let polls: i64 = conn
        .query_row("SELECT count(*) FROM poll", [], |row| row.get(0))
        .expect("count");
    assert_eq!(polls, 297);
    assert_eq!(
        std::fs::metadata(dir.path().join("archive.db-wal"))
            .expect("log")
            .len(),
        0
    );
}
