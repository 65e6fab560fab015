//! The log: silent when nothing changed, with a tombstone for what is gone.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use seutu::archive::{EventRecord, Reader};
use seutu::daemon::cycle::Scope;
use seutu::daemon::rederive::{Request, rederive};

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

fn start() -> (Portal, Workshop, Paper) {
    let one = Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma");
    let portal = Portal::with(&[one.clone(), Paper::agenda("2026311-2", "Koulukuljetukset")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop, one)
}

fn newest(workshop: &Workshop) -> i64 {
    let reader = Reader::open(&workshop.archive()).expect("reader");
    reader.events(0, 1).expect("events").newest
}

#[tokio::test]
async fn cycles_over_the_same_bytes_append_nothing() {
    let (_portal, workshop, _) = start();
    workshop.round().await;
    let first = newest(&workshop);
    assert!(first > 0);
    for _ in 0..2 {
        workshop.pass_days(1);
        workshop.round_of(Scope::All).await;
    }
    assert_eq!(newest(&workshop), first);
}

#[tokio::test]
async fn deriving_again_with_the_same_reader_appends_nothing_nor_does_a_reader_of_another_name() {
    let (portal, workshop, one) = start();
    workshop.round().await;
    portal.serves(&one.minutes("Hyväksyttiin."));
    workshop.pass_days(5);
    workshop.round_of(Scope::All).await;
    let first = newest(&workshop);
    for (parser, changed) in [("dynasty/1", 0), ("dynasty/0", 2)] {
        let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
        if changed > 0 {
            conn.execute("UPDATE item_version SET parser=?1", [parser])
                .expect("tampered");
        }
        drop(conn);
        let engine = workshop.open().await;
        let done = rederive(&Arc::clone(&engine), &Request::default(), |_, _| ())
            .await
            .expect("done");
        close(engine).await;
        assert_eq!(done.changed.len(), changed);
        assert_eq!(
            done.fields.get("record").copied().unwrap_or_default(),
            u32::try_from(changed).expect("few")
        );
        assert_eq!(newest(&workshop), first, "{parser}");
    }
    assert_eq!(
        workshop.value("SELECT count(*) FROM item_version WHERE parser='dynasty/0'"),
        "0"
    );
}

#[tokio::test]
async fn what_is_withdrawn_or_erased_leaves_a_tombstone_with_its_key() {
    let (portal, workshop, one) = start();
    workshop.round().await;
    let before = newest(&workshop);
    portal.page_answers(&one.key, Reply::status(410));
    for _ in 0..4 {
        workshop.pass_days(8);
        workshop.round_of(Scope::All).await;
    }
    let reader = Reader::open(&workshop.archive()).expect("reader");
    let gone: Vec<_> = reader
        .events(before, 100)
        .expect("events")
        .events
        .into_iter()
        .filter(EventRecord::is_tombstone)
        .map(|event| (event.kind, event.uid))
        .collect();
    assert_eq!(
        gone,
        [(
            "withdrawn".to_owned(),
            Some("kuusijarvi/2026311-1".to_owned())
        )]
    );
    // Erased: the row goes, what the log says of it stays.
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)
        .expect("setting");
    conn.execute_batch(
        "INSERT INTO event(at,kind,municipality_id,item_id,item_uid,summary)
           SELECT '2027-01-01T00:00:00Z','erased',municipality_id,id,uid,'' FROM item WHERE key='2026311-1';
         DELETE FROM item WHERE key='2026311-1'",
    )
    .expect("erased");
    drop(conn);
    let events = reader.events(before, 100).expect("events").events;
    let last = events.last().expect("one");
    assert_eq!((last.kind.as_str(), last.is_tombstone()), ("erased", true));
    assert_eq!(last.uid.as_deref(), Some("kuusijarvi/2026311-1"));
    assert_eq!(last.url, None);
    assert_eq!(seutu::archive::verify(&workshop.archive()), []);
}
