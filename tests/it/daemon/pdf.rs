//! Items whose page says nothing while their PDF does, items that are PDFs, and attachments that are read.

use std::path::PathBuf;

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

const KEY: &str = "2026311-1";
const HTML: &str = "text/html; charset=utf-8";
const PDF: &str = "application/pdf";
const MINUTES: &[u8] = include_bytes!("../../../fixtures/pdf/minutes.pdf");
const LABELS: &[u8] = include_bytes!("../../../fixtures/pdf/labels.pdf");
const TEXT: &str = "SELECT decision FROM item";
const WHERE: &str = "/kokous/2026311-1.PDF";

fn workshop(portal: &Portal) -> Workshop {
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
    workshop
}

#[tokio::test]
async fn a_page_without_text_is_read_from_its_pdf() {
    let portal = Portal::with(&[Paper::agenda(KEY, "Musiikkiopisto")]);
    portal.page_answers(KEY, Reply::ok(HTML, ""));
    portal.origin.on(WHERE, Reply::ok(PDF, MINUTES));
    let workshop = workshop(&portal);
    let report = workshop.poll().await;
    assert_eq!(
        (report.pages_read, report.pages_failed),
        (1, 0),
        "{report:?}"
    );
    assert_eq!(workshop.value(TEXT), "Hyväksyttiin yksimielisesti.");
    assert_eq!(workshop.value("SELECT count(*) FROM document_page"), "1");
    workshop.pass_days(5);
    let report = workshop.poll().await;
    assert_eq!(
        (report.pages_read, report.versions),
        (1, 0),
        "the same PDF is the same text"
    );
    let engine = workshop.open().await;
    let derived = seutu::daemon::rederive::rederive(&engine, |_| ())
        .await
        .expect("derived");
    close(engine).await;
    assert_eq!(
        (derived.changed.len(), derived.unreadable.len()),
        (0, 0),
        "{derived:?}"
    );
}

#[tokio::test]
async fn an_item_that_is_a_pdf_is_read_as_one() {
    let portal = Portal::with(&[Paper::agenda(KEY, "Musiikkiopisto")]);
    portal.page_answers(KEY, Reply::ok(PDF, MINUTES));
    let workshop = workshop(&portal);
    let report = workshop.poll().await;
    assert_eq!(
        (report.pages_read, report.pages_failed),
        (1, 0),
        "{report:?}"
    );
    assert_eq!(workshop.value(TEXT), "Hyväksyttiin yksimielisesti.");
    portal.page_answers(
        KEY,
        Reply::ok(PDF, &include_bytes!("../../../fixtures/pdf/locked.pdf")[..]),
    );
    workshop.pass_days(5);
    assert_eq!(workshop.poll().await.pages_failed, 1);
    assert!(
        workshop
            .value("SELECT error FROM page")
            .contains("password")
    );
    assert_eq!(workshop.value(TEXT), "Hyväksyttiin yksimielisesti.");
}

#[tokio::test]
async fn attachments_are_read_once_where_the_source_asks_for_it() {
    let paper = Paper::agenda(KEY, "Musiikkiopisto");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let link = "<td class='navigation-documents'>\
                <a href='../kokous/2026311-1-1.PDF'>Liite 1 Sopimus</a>\
                <a href='../kokous/2026311-1-2.PDF'>Liite 2 Kartta</a>";
    let html = paper
        .html()
        .replace("<td class='navigation-documents'>", link);
    portal.page_answers(KEY, Reply::ok(HTML, html));
    portal
        .origin
        .on("/kokous/2026311-1-1.PDF", Reply::ok(PDF, LABELS));
    let mut workshop = workshop(&portal);
    workshop.poll().await;
    let listed = "SELECT count(*) FROM attachment WHERE status='listed'";
    assert_eq!(workshop.value(listed), "2", "nobody asked for them");
    workshop.sheet.networks = format!("pdf = [\"attachments\"]\n{}", workshop.sheet.networks);
    workshop.pass_days(5);
    workshop.poll().await;
    let rows = workshop.rows("SELECT status, pages, media_type FROM attachment ORDER BY ordinal");
    assert_eq!(
        rows,
        ["fetched | 2 | application/pdf", "gone | null | null"]
    );
    let text = workshop.value("SELECT text FROM attachment_page WHERE page_no=2");
    assert_eq!(text, "Sivu 2: muutoksenhaku");
    workshop.pass_days(5);
    workshop.poll().await;
    assert_eq!(
        portal.origin.requests("/kokous/2026311-1-1.PDF").len(),
        1,
        "each once"
    );
}
