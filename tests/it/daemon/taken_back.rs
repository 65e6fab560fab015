//! What was taken down or taken back, at the edges: other readers, older originals, crashes, nights.

use rusqlite::Connection;
use seutu::archive::{PublicFolder, Reader};
use seutu::daemon::cycle::Scope;
use seutu::daemon::order::{Order, Outcome, carry_out};
use seutu::daemon::poll::{Running, finish, start};
use seutu::daemon::publishing::publish;
use seutu::daemon::rederive::{Request, rederive};
use seutu::daemon::report::nobody;
use seutu::language::{Analyser, has_dictionary};
use seutu::model::ids::Uid;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};

use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

const KEY: &str = "2026311-1";
const UID: &str = "kuusijarvi/2026311-1";
/// Of the range that is given to nobody.
const CODE: &str = "010190-900P";

fn minutes(decision: &str) -> Paper {
    let text = "Hakija on Aino Esimerkkinen.</span></p><p><span>Matka on pitkä.";
    let paper = Paper::agenda(KEY, "Koulukuljetusten periaatteet");
    paper.saying(text).minutes(decision)
}

/// One item with minutes.
async fn archived() -> (Portal, Workshop) {
    let portal = Portal::with(&[minutes("Hyväksyttiin.")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    (portal, workshop)
}

fn tamper(workshop: &Workshop, file: &str, sql: &str) {
    let conn = Connection::open(workshop.archive().join(file)).expect("file");
    conn.execute_batch(sql).expect("tampered");
}

fn hide() -> Takedown {
    Takedown {
        action: TakedownAction::Hide,
        reason: TakedownReason::PersonalData,
        note: None,
        expires_on: None,
    }
}

#[tokio::test]
async fn words_that_only_an_older_reader_saw_are_not_taken_back() {
    let (portal, workshop) = archived().await;
    tamper(
        &workshop,
        "archive.db",
        "UPDATE item_version SET parser='dynasty/0',
           fields=json_set(fields,'$.background','Valikko etusivu haku kartta palaute tekstikoko tulosta jaa.')",
    );
    workshop.pass_days(60);
    // Amended: a word more, and nothing less than the page said.
    portal.serves(&minutes("Hyväksyttiin äänestyksittä."));
    workshop.round_of(Scope::All).await;
    assert_eq!(workshop.value("SELECT version_no FROM item"), "2");
    assert_eq!(
        workshop.rows("SELECT version_no, erased_at FROM item_version"),
        ["1 | null", "2 | null"]
    );
    let reader = Reader::open(&workshop.archive()).expect("archive");
    for hash in workshop.rows("SELECT sha256 FROM fetch") {
        assert!(reader.original(&hash).expect("asked").is_some(), "{hash}");
    }
}

#[tokio::test]
async fn originals_of_before_codes_were_masked_are_emptied() {
    let (_portal, workshop) = archived().await;
    let before = workshop.rows("SELECT background FROM item");
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let unmasked: Vec<String> = workshop
        .rows("SELECT sha256 FROM fetch ORDER BY id")
        .into_iter()
        .map(|hash| {
            let bytes = reader.original(&hash).expect("asked").expect("kept");
            let text = String::from_utf8(bytes).expect("text");
            let text = format!("{text}<!-- {CODE} -->");
            let conn = Connection::open(workshop.archive().join("originals.db")).expect("file");
            let set = "UPDATE raw SET body=?2, bytes=?3, codec='none' WHERE sha256=?1";
            let done = conn.execute(
                set,
                rusqlite::params![
                    hash,
                    text.as_bytes(),
                    i64::try_from(text.len()).expect("small")
                ],
            );
            assert_eq!(done.expect("stored"), 1);
            hash
        })
        .collect();
    assert!(unmasked.len() > 1, "lists and a page");
    let engine = workshop.open().await;
    let done = rederive(&engine, &Request::default(), |_, _| ()).await;
    done.expect("derived");
    close(engine).await;
    for hash in &unmasked {
        assert_eq!(reader.original(hash).expect("asked"), None, "{hash}");
    }
    assert_eq!(workshop.rows("SELECT background FROM item"), before);
}

#[tokio::test]
async fn files_are_no_lists_whatever_their_servers_call_them() {
    let (_portal, workshop) = archived().await;
    // A file of another address than its attachment, whose bytes are gone, as after a redaction.
    tamper(
        &workshop,
        "archive.db",
        "INSERT INTO fetch(source_id,item_id,url,fetched_at,http_status,content_type,bytes,sha256,role)
         SELECT source_id,NULL,'http://muualla.example/tiedosto','2026-11-09T06:00:03Z',200,'application/octet-stream',9,
           replace(hex(zeroblob(32)),'00','ab'),'file' FROM fetch LIMIT 1",
    );
    let roles = workshop.rows("SELECT DISTINCT role FROM fetch ORDER BY role");
    assert_eq!(roles, ["file", "list", "page"]);
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let source = seutu::model::ids::SourceId::new("kuusijarvi");
    let lists = reader.list_originals(&source).expect("lists");
    assert!(!lists.is_empty());
    assert!(lists.iter().all(|list| !list.url.contains("muualla")));
}

#[tokio::test]
async fn what_was_published_before_a_crash_is_not_given_any_more_and_published_anew() {
    let (_portal, workshop) = archived().await;
    let engine = workshop.open().await;
    let before = publish(&engine).await.expect("published");
    let (uid, takedown, now) = (Uid::new(UID), hide(), workshop.now());
    // Taken down, and killed before it was published.
    let stored = engine
        .writer
        .write(move |batch| batch.take_down(&uid, &takedown, now));
    stored.await.expect("stored");
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let since = reader.takedown_seq().expect("asked");
    assert!(since > before.seq);
    let folder = PublicFolder::of(&workshop.archive());
    for name in ["archive.db".to_owned(), before.edition()] {
        assert!(folder.open(&name, 0).expect("readable").is_some());
        assert!(folder.open(&name, since).expect("readable").is_none());
    }
    publish(&engine).await.expect("published");
    close(engine).await;
    assert!(
        folder
            .open("archive.db", since)
            .expect("readable")
            .is_some()
    );
    let kept = std::fs::read_dir(workshop.archive().join("public/snapshots")).expect("folder");
    assert_eq!(kept.count(), 1, "the one before has what was taken down");
}

#[tokio::test]
async fn a_takedown_that_is_done_is_told_as_done_although_the_program_is_ending() {
    let (_portal, workshop) = archived().await;
    let engine = workshop.open().await;
    engine.shutdown.cancel();
    let (uid, takedown) = (Uid::new(UID), hide());
    let order = Order::TakeDown { uid, takedown };
    let done = carry_out(&engine, &Running::default(), order, &nobody()).await;
    assert_eq!(done.expect("done"), Outcome::Wiped(true));
    close(engine).await;
}

#[tokio::test]
async fn a_takedown_of_what_is_not_there_ends_without_stopping_the_round() {
    let (_portal, workshop) = archived().await;
    tamper(
        &workshop,
        "archive.db",
        "INSERT INTO takedown(at,target_uid,action,reason,expires_on)
         VALUES('2026-01-01T00:00:00Z','kuusijarvi/ei-ole','hide','legal','2026-01-02')",
    );
    workshop.pass_days(1);
    assert!(!workshop.poll().await.failed());
    assert_eq!(workshop.value("SELECT count(*) FROM takedown"), "0");
}

#[tokio::test]
async fn the_daemons_rounds_leave_wiping_to_the_night() {
    let (_portal, workshop) = archived().await;
    let unsettled = "SELECT count(*) FROM meta WHERE key='index_unsettled'";
    tamper(
        &workshop,
        "archive.db",
        "INSERT INTO meta(key,value) VALUES('index_unsettled','1')",
    );
    let (engine, running) = (workshop.open().await, Running::default());
    let tasks = start(&engine, &running, &[], Scope::All, &nobody()).await;
    let reports = finish(&engine, &running, tasks.expect("started")).await;
    assert_eq!(reports.expect("finished").len(), 1);
    assert_eq!(workshop.value(unsettled), "1");
    close(engine).await;
    workshop.round().await;
    assert_eq!(
        workshop.value(unsettled),
        "0",
        "where nobody is there at night"
    );
}

#[tokio::test]
async fn what_a_dictionary_has_filled_is_left_to_it() {
    let (_portal, workshop) = archived().await;
    let filled = "UPDATE item SET search_by='voikko 4 / x'; UPDATE meta SET value='voikko 4 / x' WHERE key='search_engine'";
    tamper(&workshop, "archive.db", filled);
    let engine = workshop.open().await;
    if !has_dictionary(Analyser::open(&engine.config.voikko).name()) {
        engine.refill_search().await.expect("nothing to fill");
        assert_eq!(workshop.value("SELECT search_by FROM item"), "voikko 4 / x");
    }
    close(engine).await;
}
