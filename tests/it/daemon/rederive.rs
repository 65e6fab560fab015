//! Everything derived again from the originals: the same with the same reader, healed after an older one.

use std::sync::Arc;

use rusqlite::Connection;
use seutu::archive::verify;
use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::{Rederived, Request, rederive};
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
