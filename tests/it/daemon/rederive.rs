//! Everything derived again from the originals: the same with the same reader, healed after an older one.

use std::sync::Arc;

use rusqlite::Connection;
use seutu::archive::verify;
use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::{Pass, Rederived, Request, rederive};
use seutu::model::ids::Uid;

use crate::support::contents::{canonical, differences, everything, explain};
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal, maintenance};
use crate::support::workshop::{Sheet, Workshop, close, hours};

async fn again(workshop: &Workshop) -> Rederived {
    let engine = workshop.open().await;
    let done = rederive(&Arc::clone(&engine), &Request::default(), |_, _| ())
        .await
        .expect("rederived");
    close(engine).await;
    done
}

/// Two items with a past: agenda, a fault, minutes, an amendment; and one whose page is elsewhere.
async fn with_a_past() -> (Portal, Workshop) {
    let one = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let two = Paper::agenda("2026311-2", "Koulukuljetukset");
    let portal = Portal::with(&[one.clone(), two.clone()]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    workshop.pass_days(5);
    portal.page_answers(&one.key, maintenance());
    workshop.round().await;
    portal.serves(&one.minutes("Hyväksyttiin."));
    workshop.pass_days(1);
    workshop.round().await;
    portal.serves(&one.minutes("Palautettiin valmisteltavaksi."));
    workshop.pass_days(2);
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.rows("SELECT version_no FROM item ORDER BY id"),
        ["3", "1"]
    );
    (portal, workshop)
}

#[tokio::test]
async fn the_same_reader_changes_no_row() {
    let (_portal, workshop) = with_a_past().await;
    let before = everything(&workshop.archive());
    workshop.pass_days(3);
    let done = again(&workshop).await;
    assert_eq!(
        (
            done.items,
            done.changed.len(),
            done.unreadable.len(),
            done.judged
        ),
        (2, 0, 0, 0)
    );
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        [] as [&str; 0]
    );
}

#[tokio::test]
async fn problems_between_feed_and_page_are_found_again() {
    let paper = Paper::agenda("2026311-1", "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    portal.serves(&Paper {
        body: "Kunnanhallitus".to_owned(),
        day: "16.11.2026".to_owned(),
        ..paper
    });
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let problems = workshop.rows("SELECT kind, detail, since FROM problem ORDER BY detail");
    assert_eq!(problems.len(), 2, "{problems:?}");
    workshop.pass_days(1);
    again(&workshop).await;
    assert_eq!(
        workshop.rows("SELECT kind, detail, since FROM problem ORDER BY detail"),
        problems
    );
}

#[tokio::test]
async fn texts_of_an_older_reader_are_healed_and_keep_their_instants() {
    let (_portal, workshop) = with_a_past().await;
    let before = canonical(&workshop.archive());
    let changed_at = workshop.rows("SELECT key, changed_at FROM item ORDER BY id");
    let seen = workshop
        .rows("SELECT item_id, version_no, seen_from, seen_to FROM item_version ORDER BY 1, 2");
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item_version SET parser='dynasty/0', content_sha256=replace(hex(zeroblob(32)),'00','ab'),
           fields=json_set(fields,'$.decision','Väärin luettu.') WHERE version_no=3;
         UPDATE item SET decision='Väärin luettu.', outcome='other', version_no=3,
           content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE version_no=3;
         DELETE FROM attachment;",
    )
    .expect("tampered");
    drop(conn);
    assert_ne!(canonical(&workshop.archive()), before);
    workshop.pass_days(3);
    let done = again(&workshop).await;
    assert_eq!(
        done.changed.iter().map(Uid::as_str).collect::<Vec<_>>(),
        ["kuusijarvi/2026311-1"]
    );
    let healed = canonical(&workshop.archive());
    // The log tells that the text changed; everything else is as it was.
    let difference = explain(&before, &healed);
    let tables: Vec<_> = difference
        .lines()
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    assert!(
        tables.iter().all(|table| *table == "+ event"),
        "{difference}"
    );
    assert_eq!(
        workshop.rows("SELECT key, changed_at FROM item ORDER BY id"),
        changed_at
    );
    assert_eq!(
        workshop
            .rows("SELECT item_id, version_no, seen_from, seen_to FROM item_version ORDER BY 1, 2"),
        seen
    );
    assert_eq!(verify(&workshop.archive()), []);
    assert_eq!(again(&workshop).await.changed, []);
}

#[tokio::test]
async fn damaged_texts_are_healed() {
    let (_portal, workshop) = with_a_past().await;
    let before = canonical(&workshop.archive());
    for damage in [
        "UPDATE item_version SET fields='{}' WHERE item_id=1",
        "UPDATE item SET proposal='muu teksti' WHERE id=1",
    ] {
        let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
        conn.execute_batch(damage).expect("damaged");
        drop(conn);
        assert_eq!(again(&workshop).await.changed.len(), 1, "{damage}");
        let difference = explain(&before, &canonical(&workshop.archive()));
        assert!(
            difference.lines().all(|line| line.starts_with("+ event:")),
            "{damage}: {difference}"
        );
    }
    assert_eq!(verify(&workshop.archive()), []);
}

#[tokio::test]
async fn an_item_whose_originals_are_no_pages_keeps_its_text() {
    let (portal, workshop) = with_a_past().await;
    let paper = Paper::agenda("2026320-1", "Uusi asia");
    portal.lists(std::slice::from_ref(&paper));
    portal.page_answers(
        &paper.key,
        Reply::ok("text/html", "<html><body><p>Huolto</p></body></html>"),
    );
    workshop.pass(hours(1));
    workshop.round().await;
    let done = again(&workshop).await;
    assert_eq!((done.items, done.changed.len()), (3, 0));
    assert_eq!(
        done.unreadable.iter().map(Uid::as_str).collect::<Vec<_>>(),
        ["kuusijarvi/2026320-1"]
    );
    assert_eq!(
        workshop.value("SELECT title FROM item WHERE key='2026320-1'"),
        "Uusi asia"
    );
}

#[tokio::test]
async fn a_restless_page_is_limited_in_the_same_way() {
    let paper = Paper::agenda("2026311-1", "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    for visit in 0..9 {
        portal.serves(&paper.saying(&format!("Haettu {visit}. kerran.")));
        workshop.round_of(Scope::All).await;
        workshop.pass(hours(1));
    }
    let before = everything(&workshop.archive());
    assert_eq!(again(&workshop).await.changed, []);
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        [] as [&str; 0]
    );
}

#[tokio::test]
async fn texts_of_a_page_that_came_to_rest_are_found_again() {
    let paper = Paper::agenda("2026311-1", "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    // Versions with checks between them that find nothing new, then one after the other.
    for visit in 0..16 {
        portal.serves(&paper.saying(&format!("Haettu {visit}. kerran.")));
        for _ in 0..if visit < 8 { 2 } else { 1 } {
            workshop.round_of(Scope::All).await;
            workshop.pass(hours(1));
        }
    }
    let limited = everything(&workshop.archive());
    assert_eq!(again(&workshop).await.changed, []);
    let differing = differences(&limited, &everything(&workshop.archive()));
    assert_eq!(differing, [] as [&str; 0]);
    // A month later the same bytes are stored.
    let versions: u32 = workshop
        .value("SELECT version_no FROM item")
        .parse()
        .expect("number");
    workshop.pass_days(31);
    workshop.round().await;
    assert_eq!(
        workshop.value("SELECT version_no FROM item"),
        (versions + 1).to_string()
    );
    let rested = everything(&workshop.archive());
    assert_eq!(again(&workshop).await.changed, []);
    let differing = differences(&rested, &everything(&workshop.archive()));
    assert_eq!(differing, [] as [&str; 0]);
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_healed_and_hinders_neither_start_nor_others() {
    let (_portal, mut workshop) = with_a_past().await;
    let texts = "SELECT item_id, version_no, fields, handlings FROM item_version ORDER BY 1, 2";
    let before = workshop.rows(texts);
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item_version SET fields='[]' WHERE item_id=1;
         UPDATE item_version SET handlings='{}' WHERE item_id=2",
    )
    .expect("tampered");
    drop(conn);
    assert!(!verify(&workshop.archive()).is_empty());
    // Other rules judge every item again when the archive is opened.
    workshop.sheet.networks = workshop.sheet.networks.replace("7.0", "8.0");
    close(workshop.open().await).await;
    workshop.pass_days(1);
    let done = again(&workshop).await;
    assert_eq!((done.items, done.changed.len()), (2, 2));
    assert_eq!(workshop.rows(texts), before);
    assert_eq!(verify(&workshop.archive()), []);
    assert_eq!(
        again(&workshop).await,
        Rederived {
            items: 2,
            ..Rederived::default()
        }
    );
}

#[tokio::test]
async fn an_item_whose_row_cannot_be_read_does_not_stop_the_others() {
    let (_portal, workshop) = with_a_past().await;
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item SET url='nowhere' WHERE id=1;
         UPDATE item_version SET parser='dynasty/0' WHERE item_id=2",
    )
    .expect("tampered");
    drop(conn);
    let done = again(&workshop).await;
    let names = |uids: &[Uid]| uids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&done.unreadable), ["kuusijarvi/2026311-1"]);
    assert_eq!(names(&done.changed), ["kuusijarvi/2026311-2"]);
}

#[tokio::test]
async fn what_killed_a_reader_is_not_read_again_and_nothing_stays_in_flight() {
    let (_portal, workshop) = with_a_past().await;
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "INSERT INTO quarantine(sha256,url,reason,at)
           SELECT DISTINCT sha256, 'https://a.example/', 'signal', '2026-11-09T06:00:00Z' FROM fetch WHERE item_id=2",
    )
    .expect("quarantined");
    drop(conn);
    let done = again(&workshop).await;
    let unreadable: Vec<_> = done.unreadable.iter().map(Uid::as_str).collect();
    assert_eq!(unreadable, ["kuusijarvi/2026311-2"]);
    let left = std::fs::read_dir(workshop.archive().join("reading")).expect("folder");
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn originals_are_noted_before_they_are_read_again() {
    let (_portal, workshop) = with_a_past().await;
    let engine = workshop.open().await;
    std::fs::remove_dir(workshop.archive().join("reading")).expect("removed");
    let failed = rederive(&engine, &Request::default(), |_, _| ())
        .await
        .expect_err("no note, no reading");
    assert!(format!("{failed:#}").contains("in flight"), "{failed:#}");
    close(engine).await;
}

async fn run(workshop: &Workshop, request: Request) -> Rederived {
    let engine = workshop.open().await;
    let done = rederive(&Arc::clone(&engine), &request, |_, _| ())
        .await
        .expect("rederived");
    close(engine).await;
    done
}

fn tamper(workshop: &Workshop, sql: &str) {
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(sql).expect("tampered");
}

/// What an older reader would have stored: it had no proposal, and another name.
const OLDER: &str =
    "UPDATE item_version SET parser='dynasty/0', fields=json_set(fields,'$.proposal',NULL),
       content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE item_id=1;
     UPDATE item SET proposal=NULL, content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE id=1";

#[tokio::test]
async fn a_trial_run_tells_what_would_change_and_writes_nothing() {
    let (_portal, workshop) = with_a_past().await;
    tamper(&workshop, OLDER);
    close(workshop.open().await).await;
    let before = everything(&workshop.archive());
    let request = Request {
        pass: Pass::Trial,
        sources: vec![],
        accept: false,
    };
    let tried = run(&workshop, request).await;
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        [] as [&str; 0]
    );
    assert_eq!(tried.changed, [Uid::new("kuusijarvi/2026311-1")]);
    assert_eq!(tried.fields, [("proposal".to_owned(), 1)].into());
    let done = again(&workshop).await;
    assert_eq!((done.changed, done.fields), (tried.changed, tried.fields));
}

#[tokio::test]
async fn a_better_reader_touches_only_the_rows_that_differ() {
    let (_portal, workshop) = with_a_past().await;
    let rows = "SELECT id, item_id, version_no, fetch_id, seen_from FROM item_version ORDER BY id";
    let (ids, before) = (workshop.rows(rows), everything(&workshop.archive()));
    tamper(&workshop, OLDER);
    assert_eq!(again(&workshop).await.changed.len(), 1);
    assert_eq!(workshop.rows(rows), ids);
    assert_eq!(
        differences(&before, &everything(&workshop.archive())),
        // Of a network it is noted how far the log was read.
        ["archive.db event", "archive.db network"]
    );
}

#[tokio::test]
async fn listings_are_derived_again_without_asking_for_pages() {
    let (_portal, workshop) = with_a_past().await;
    let before = everything(&workshop.archive());
    tamper(
        &workshop,
        "UPDATE item SET listed_title='Väärin luettu', listed_body=NULL, listed_on='2020-01-01' WHERE id=2",
    );
    let done = again(&workshop).await;
    assert_eq!(done.listed, [Uid::new("kuusijarvi/2026311-2")]);
    let differing = differences(&before, &everything(&workshop.archive()));
    assert_eq!(
        differing,
        [] as [&str; 0],
        "what pages say stands above it, so it is no event"
    );
    assert_eq!(again(&workshop).await.listed, []);
}

#[tokio::test]
async fn an_item_that_an_older_reader_overlooked_in_a_list_is_found() {
    let paper = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(std::slice::from_ref(&paper));
    portal.page_answers(&paper.key, Reply::status(503));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let listed = "SELECT uid, listed_title, listed_body, listed_on, first_seen_at FROM item";
    let before = workshop.rows(listed);
    assert_eq!(before.len(), 1);
    tamper(
        &workshop,
        "PRAGMA foreign_keys=ON; DELETE FROM item; DELETE FROM event WHERE item_uid IS NOT NULL",
    );
    let done = again(&workshop).await;
    assert_eq!(done.listed, [Uid::new("kuusijarvi/2026311-1")]);
    assert_eq!(workshop.rows(listed), before);
    assert_eq!(workshop.rows("SELECT verdict FROM network_match"), ["in"]);
    assert_eq!(
        workshop.value("SELECT next_check_at IS NOT NULL FROM page"),
        "1",
        "its page is due"
    );
}

#[tokio::test]
async fn what_was_taken_down_stays_down() {
    for action in ["hide", "redact", "erase"] {
        let (_portal, workshop) = with_a_past().await;
        tamper(&workshop, OLDER);
        tamper(
            &workshop,
            &format!(
                "INSERT INTO takedown(at,target_uid,action,reason)
                   VALUES('2026-11-20T00:00:00Z','kuusijarvi/2026311-1','{action}','personal_data');
                 UPDATE item SET listed_title='Poistettu' WHERE id=1"
            ),
        );
        close(workshop.open().await).await;
        let before = everything(&workshop.archive());
        let done = again(&workshop).await;
        assert_eq!(
            done.taken_down,
            [Uid::new("kuusijarvi/2026311-1")],
            "{action}"
        );
        assert_eq!((done.changed, done.listed), (vec![], vec![]), "{action}");
        let differing = differences(&before, &everything(&workshop.archive()));
        assert_eq!(differing, [] as [&str; 0], "{action}");
    }
}

#[tokio::test]
async fn with_an_original_gone_the_texts_stay_as_they_are() {
    let (_portal, workshop) = with_a_past().await;
    tamper(&workshop, "UPDATE item_version SET parser='dynasty/0'");
    let sha256 = workshop.value(
        "SELECT f.sha256 FROM item_version v JOIN fetch f ON f.id=v.fetch_id WHERE v.item_id=1 AND v.version_no=2",
    );
    let conn = Connection::open(workshop.archive().join("originals.db")).expect("originals");
    conn.execute(
        "UPDATE raw SET body=NULL, erased_at='2026-11-20T00:00:00Z' WHERE sha256=?1",
        [sha256],
    )
    .expect("erased");
    drop(conn);
    let done = again(&workshop).await;
    assert_eq!(done.incomplete, [Uid::new("kuusijarvi/2026311-1")]);
    assert_eq!(done.changed, [Uid::new("kuusijarvi/2026311-2")]);
    assert_eq!(
        workshop.rows("SELECT version_no FROM item ORDER BY id"),
        ["3", "1"]
    );
}

#[tokio::test]
async fn one_source_can_be_derived_alone() {
    let (_portal, workshop) = with_a_past().await;
    tamper(&workshop, OLDER);
    let engine = workshop.open().await;
    let other = Request {
        sources: vec![seutu::model::ids::SourceId::new("toinen")],
        ..Request::default()
    };
    let done = rederive(&Arc::clone(&engine), &other, |_, _| ())
        .await
        .expect("done");
    close(engine).await;
    assert_eq!((done.items, done.changed.len()), (0, 0));
    assert_eq!(again(&workshop).await.changed.len(), 1);
}

#[tokio::test]
async fn a_full_text_index_out_of_step_is_built_again_first() {
    let (_portal, workshop) = with_a_past().await;
    tamper(
        &workshop,
        "INSERT INTO item_fts(item_fts) VALUES('delete-all')",
    );
    tamper(&workshop, OLDER.split(';').next().expect("one"));
    assert!(
        verify(&workshop.archive())
            .iter()
            .any(|found| found.place.contains("item_fts"))
    );
    again(&workshop).await;
    assert_eq!(verify(&workshop.archive()), []);
}

#[tokio::test]
async fn a_mark_of_other_readers_is_not_gone_on_from() {
    let (_portal, workshop) = with_a_past().await;
    tamper(&workshop, OLDER);
    tamper(
        &workshop,
        r#"INSERT INTO meta VALUES('rederive','{"readers":"0.0.0 dynasty/0","asked":[],"replayed":[],"item":2,"items":2}')"#,
    );
    let done = again(&workshop).await;
    assert_eq!((done.passed, done.changed.len()), (0, 1));
    assert_eq!(
        workshop.value("SELECT count(*) FROM meta WHERE key='rederive'"),
        "0"
    );
}

#[tokio::test]
async fn an_interrupted_run_is_gone_on_with_and_from_the_start_when_asked() {
    let (_portal, workshop) = with_a_past().await;
    for (pass, passed, items) in [(Pass::FromStart, 0, 2), (Pass::GoOn, 1, 1)] {
        tamper(&workshop, "UPDATE item_version SET parser='dynasty/0'");
        let engine = workshop.open().await;
        let stop = engine.shutdown.clone();
        let stopped = rederive(&Arc::clone(&engine), &Request::default(), |_, _| {
            stop.cancel();
        })
        .await;
        let error = format!("{:#}", stopped.expect_err("interrupted"));
        assert!(error.contains("goes on from there"), "{error}");
        close(engine).await;
        let left = workshop.value("SELECT count(*) FROM item_version WHERE parser='dynasty/0'");
        assert_eq!(left, "1", "one item is done");
        let request = Request {
            pass,
            sources: vec![],
            accept: false,
        };
        let done = run(&workshop, request).await;
        assert_eq!((done.passed, done.items), (passed, items), "{pass:?}");
        let left = workshop.value("SELECT count(*) FROM item_version WHERE parser='dynasty/0'");
        assert_eq!(left, "0");
    }
}
