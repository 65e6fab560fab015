//! What is derived again beside versions: texts of kept files, and meetings as lists name them.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use seutu::archive::verify;
use seutu::daemon::rederive::{Pass, Rederived, Request, rederive};

use crate::support::contents::{differences, everything};
use crate::support::meetings::Meeting;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

const KEY: &str = "2026311-1";
const HTML: &str = "text/html; charset=utf-8";
const PDF: &str = "application/pdf";
const MINUTES: &[u8] = include_bytes!("../../../fixtures/pdf/minutes.pdf");
const LABELS: &[u8] = include_bytes!("../../../fixtures/pdf/labels.pdf");
const ATTACHED: &str = "/kokous/2026311-2-1.PDF";

async fn run(workshop: &Workshop, pass: Pass) -> Rederived {
    let engine = workshop.open().await;
    let request = Request {
        pass,
        sources: vec![],
        accept: false,
    };
    let done = rederive(&Arc::clone(&engine), &request, |_, _| ()).await;
    close(engine).await;
    done.expect("rederived")
}

fn tamper(workshop: &Workshop, file: &str, sql: &str) {
    let conn = Connection::open(workshop.archive().join(file)).expect("file");
    conn.execute_batch(sql).expect("tampered");
}

fn files(done: &Rederived) -> u32 {
    done.fields.get("pdf_text").copied().unwrap_or_default()
}

/// Everything but the log.
fn contents(workshop: &Workshop) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut all = everything(&workshop.archive());
    all.retain(|table, _| !table.contains("sqlite_sequence"));
    all
}

/// A meeting whose item is read from its own PDF, with an attachment, and its PDF.
async fn with_files() -> (Portal, Workshop) {
    let silent = Paper::agenda(KEY, "Musiikkiopisto");
    let other = Paper::agenda("2026311-2", "Koulukuljetukset");
    let papers = [silent, other.clone()];
    let portal = Portal::with(&papers);
    portal.page_answers(KEY, Reply::ok(HTML, ""));
    portal
        .origin
        .on("/kokous/2026311-1.PDF", Reply::ok(PDF, MINUTES));
    let cell = "<td class='navigation-documents'>";
    let link = format!("{cell}<a href='..{ATTACHED}'>Liite 1 Sopimus</a>");
    portal.page_answers(
        "2026311-2",
        Reply::ok(HTML, other.html().replace(cell, &link)),
    );
    portal.origin.on(ATTACHED, Reply::ok(PDF, LABELS));
    let meeting = Meeting::of("2026311", &papers);
    portal.lists_meetings(std::slice::from_ref(&meeting));
    portal.serves_meeting(&meeting);
    portal
        .origin
        .on("/kokous/2026311.PDF", Reply::ok(PDF, LABELS));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
    workshop.sheet.networks = format!(
        "attachments = [\"pdf\"]\npdf = [\"meetings\"]\n{}",
        workshop.sheet.networks
    );
    workshop.round().await;
    let pages =
        "SELECT (SELECT count(*) FROM document_page), (SELECT count(*) FROM attachment_page),
                   (SELECT count(*) FROM meeting_page)";
    assert_eq!(workshop.value(pages), "1 | 2 | 2");
    (portal, workshop)
}

const WORSE: &str = "UPDATE document_page SET text='Huonosti luettu.', search_terms=NULL;
     DELETE FROM attachment_page WHERE page_no=2;
     UPDATE meeting_page SET text='Huonosti luettu.' WHERE page_no=1";

#[tokio::test]
async fn texts_of_kept_files_are_read_again_where_they_differ() {
    let (portal, workshop) = with_files().await;
    let before = contents(&workshop);
    let asked = portal.origin.log().len();
    let done = run(&workshop, Pass::GoOn).await;
    assert_eq!((files(&done), done.meetings), (0, 0), "{done:?}");
    assert_eq!(differences(&before, &contents(&workshop)), [] as [&str; 0]);
    tamper(&workshop, "archive.db", WORSE);
    let worse = contents(&workshop);
    let done = run(&workshop, Pass::Trial).await;
    assert_eq!((files(&done), done.changed.len()), (3, 2), "{done:?}");
    assert_eq!(differences(&worse, &contents(&workshop)), [] as [&str; 0]);
    let done = run(&workshop, Pass::GoOn).await;
    assert_eq!((files(&done), done.changed.len()), (3, 2), "{done:?}");
    for (table, owner) in [
        ("document_page", "item_id"),
        ("attachment_page", "attachment_id"),
        ("meeting_page", "meeting_id"),
    ] {
        let pages = format!("SELECT {owner}, page_no, text FROM {table} ORDER BY 1, 2");
        let found = workshop.rows(&pages);
        assert!(
            found.iter().all(|page| !page.contains("Huonosti")),
            "{found:?}"
        );
    }
    let last = "SELECT text FROM attachment_page WHERE page_no=2";
    assert_eq!(workshop.value(last), "Sivu 2: muutoksenhaku");
    assert_eq!(verify(&workshop.archive()), []);
    assert_eq!(files(&run(&workshop, Pass::GoOn).await), 0);
    assert_eq!(portal.origin.log().len(), asked, "without the network");
}

#[tokio::test]
async fn a_file_that_is_not_kept_or_was_taken_down_keeps_its_text() {
    let (_portal, workshop) = with_files().await;
    tamper(&workshop, "archive.db", WORSE);
    tamper(
        &workshop,
        "archive.db",
        "INSERT INTO takedown(at,target_uid,action,reason)
           VALUES('2026-11-09T06:00:00Z','kuusijarvi/2026311-1','hide','mistake')",
    );
    tamper(
        &workshop,
        "originals.db",
        "UPDATE raw SET body=NULL, codec='none', erased_at='2026-11-09T06:00:00Z' WHERE media_type='application/pdf'",
    );
    let worse = contents(&workshop);
    let done = run(&workshop, Pass::GoOn).await;
    assert_eq!(files(&done), 0, "{done:?}");
    assert_eq!(differences(&worse, &contents(&workshop)), [] as [&str; 0]);
}

#[tokio::test]
async fn an_interrupted_run_goes_on_behind_the_files_it_has_read() {
    let (_portal, workshop) = with_files().await;
    let engine = workshop.open().await;
    let stop = engine.shutdown.clone();
    let request = Request::default();
    let stopped = rederive(&engine, &request, |done, of| {
        if done == of {
            stop.cancel();
        }
    })
    .await;
    stopped.expect_err("interrupted before the files");
    close(engine).await;
    let mark = "SELECT value FROM meta WHERE key='rederive'";
    let text = workshop.value(mark);
    assert!(text.contains("\"meeting\":0"), "{text}");
    tamper(&workshop, "archive.db", WORSE);
    tamper(
        &workshop,
        "archive.db",
        "UPDATE meta SET value=json_set(value,'$.item',2,'$.items',2,'$.meeting',1) WHERE key='rederive'",
    );
    let done = run(&workshop, Pass::GoOn).await;
    assert_eq!((done.items, files(&done)), (0, 1), "the attachment alone");
}

#[tokio::test]
async fn meetings_are_what_their_lists_say() {
    let (_portal, workshop) = with_files().await;
    let said = "SELECT starts_at, number, status, url, published_on, place, pdf_url, list_key, source_id FROM meeting WHERE list_key IS NOT NULL";
    let before = workshop.value(said);
    tamper(
        &workshop,
        "archive.db",
        "UPDATE meeting SET status=NULL, published_on='2020-01-01', place=NULL, number='1/1900', starts_at=NULL WHERE list_key IS NOT NULL",
    );
    assert_ne!(workshop.value(said), before);
    assert_eq!(run(&workshop, Pass::Trial).await.meetings, 1);
    assert_ne!(workshop.value(said), before);
    assert_eq!(run(&workshop, Pass::GoOn).await.meetings, 1);
    assert_eq!(workshop.value(said), before);
    assert_eq!(run(&workshop, Pass::GoOn).await.meetings, 0);
    assert_eq!(verify(&workshop.archive()), []);
}

#[tokio::test]
async fn an_item_whose_row_cannot_be_read_keeps_its_neighbours_listings_from_nothing() {
    let (_portal, workshop) = with_files().await;
    tamper(
        &workshop,
        "archive.db",
        "UPDATE item SET url='nowhere' WHERE id=1; UPDATE item SET listed_title='Väärin luettu' WHERE id=2",
    );
    let done = run(&workshop, Pass::GoOn).await;
    let names =
        |uids: &[seutu::model::ids::Uid]| uids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&done.listed), ["kuusijarvi/2026311-2"]);
    assert_eq!(names(&done.unreadable), ["kuusijarvi/2026311-1"]);
    assert_eq!(
        workshop.rows("SELECT listed_title FROM item ORDER BY id"),
        ["Musiikkiopisto", "Koulukuljetukset"]
    );
}
