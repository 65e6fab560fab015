//! Items whose page says nothing while their PDF does, items that are PDFs, and attachments and whole meetings
//! that are read.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::pdf::{flate_bomb, nested_arrays};
use crate::support::meetings::Meeting;
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

/// The source asks for the text of these PDFs.
fn ask_for(workshop: &mut Workshop, words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    workshop.sheet.networks = format!("pdf = {words:?}\n{}", workshop.sheet.networks);
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
    let derived = seutu::daemon::rederive::rederive(
        &engine,
        &seutu::daemon::rederive::Request::default(),
        |_, _| (),
    )
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
    ask_for(&mut workshop, "attachments");
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

#[tokio::test]
async fn bombs_are_not_read_the_archive_says_why_and_the_rest_goes_on() {
    let paper = Paper::agenda(KEY, "Musiikkiopisto");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let cell = "<td class='navigation-documents'>";
    let mut links = String::new();
    for (number, bytes) in (1..).zip([nested_arrays(), flate_bomb(), LABELS.to_vec()]) {
        let name = format!("/kokous/2026311-1-{number}.PDF");
        write!(links, "<a href='..{name}'>Liite {number}</a>").expect("a string");
        portal.origin.on(&name, Reply::ok(PDF, bytes));
    }
    let html = paper.html().replace(cell, &format!("{cell}{links}"));
    portal.page_answers(KEY, Reply::ok(HTML, html));
    let mut workshop = workshop(&portal);
    ask_for(&mut workshop, "attachments");
    let report = workshop.poll().await;
    assert!(!report.failed(), "{report:?}");
    let rows = workshop.rows("SELECT status, pages, error FROM attachment ORDER BY ordinal");
    let why = ["the PDF is damaged", "took more memory or time than it may"];
    for row in &rows[..2] {
        let told = why.iter().any(|words| row.contains(words));
        assert!(row.starts_with("fetched | null | ") && told, "{row}");
    }
    assert_eq!(rows[2], "fetched | 2 | null");
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
    let texts = workshop.value("SELECT count(*) FROM attachment_page");
    assert_eq!(texts, "2", "of the third alone");
}

const WHOLE: &str = "/kokous/2026311.PDF";
const OF_MEETING: &str =
    "SELECT pdf_status, pdf_pages, pdf_failures, pdf_sha256 IS NOT NULL FROM meeting";
const PAGES: &str = "SELECT count(*) FROM meeting_page";

/// A portal with a meeting of one item and its agenda as PDF, and a source that asks for PDFs of meetings.
fn whole_meeting(agenda: Reply) -> (Portal, Meeting, Workshop) {
    let papers = [Paper::agenda(KEY, "Musiikkiopisto")];
    let portal = Portal::with(&papers);
    let meeting = Meeting::of("2026311", &papers);
    portal.lists_meetings(std::slice::from_ref(&meeting));
    portal.serves_meeting(&meeting);
    portal.origin.on(WHOLE, agenda);
    let mut workshop = workshop(&portal);
    ask_for(&mut workshop, "meetings");
    (portal, meeting, workshop)
}

#[tokio::test]
async fn a_whole_meeting_is_read_once_and_again_when_its_minutes_are_out() {
    let (portal, meeting, workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    let report = workshop.poll().await;
    assert_eq!(
        (report.meeting_pdfs_read, report.attachments_read),
        (1, 0),
        "{report:?}"
    );
    assert_eq!(workshop.value(OF_MEETING), "fetched | 2 | 0 | 1");
    let text = "SELECT text FROM meeting_page WHERE page_no=2";
    assert_eq!(workshop.value(text), "Sivu 2: muutoksenhaku");
    workshop.pass_days(2);
    workshop.poll().await;
    assert_eq!(portal.origin.requests(WHOLE).len(), 1, "the agenda once");
    portal.serves_meeting(&meeting.minutes());
    portal.origin.on(WHOLE, Reply::ok(PDF, MINUTES));
    workshop.pass_days(7);
    assert_eq!(workshop.poll().await.meeting_pdfs_read, 1);
    assert_eq!(workshop.value(OF_MEETING), "fetched | 1 | 0 | 1");
    assert!(
        workshop
            .value("SELECT text FROM meeting_page")
            .contains("Hyväksyttiin yksimielisesti.")
    );
    workshop.pass_days(7);
    workshop.poll().await;
    assert_eq!(portal.origin.requests(WHOLE).len(), 2, "the minutes once");
}

#[tokio::test]
async fn a_whole_meeting_is_read_again_when_an_item_has_minutes_before_its_page_says_so() {
    let (portal, _, workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    workshop.poll().await;
    let paper = Paper::agenda(KEY, "Musiikkiopisto");
    portal.serves(&paper.minutes("Hyväksyttiin yksimielisesti."));
    workshop.pass_days(7);
    workshop.poll().await;
    assert_eq!(workshop.value("SELECT status FROM meeting"), "minutes");
    assert_eq!(portal.origin.requests(WHOLE).len(), 2);
}

#[tokio::test]
async fn a_whole_meeting_that_nobody_asked_for_is_listed() {
    let (portal, _, mut workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    workshop.sheet = Sheet::of(portal.url());
    ask_for(&mut workshop, "items attachments");
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "listed | null | 0 | 0");
    assert_eq!(portal.origin.requests(WHOLE).len(), 0);
}

#[tokio::test]
async fn a_whole_meeting_that_is_gone_is_not_asked_for_until_its_minutes_are_out() {
    let (portal, meeting, workshop) = whole_meeting(Reply::status(404));
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "gone | null | 0 | 0");
    workshop.pass_days(2);
    workshop.poll().await;
    assert_eq!(portal.origin.requests(WHOLE).len(), 1);
    portal.serves_meeting(&meeting.minutes());
    portal.origin.on(WHOLE, Reply::ok(PDF, LABELS));
    workshop.pass_days(7);
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "fetched | 2 | 0 | 1");
}

#[tokio::test]
async fn the_text_of_the_agenda_stays_until_that_of_the_minutes_can_be_had() {
    let (portal, meeting, workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    workshop.poll().await;
    portal.serves_meeting(&meeting.minutes());
    portal.origin.on(WHOLE, Reply::status(404));
    workshop.pass_days(7);
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "gone | 2 | 0 | 1");
    assert_eq!(workshop.value(PAGES), "2");
}

#[tokio::test]
async fn a_whole_meeting_may_be_too_big() {
    let (_portal, _, mut workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    workshop.sheet.poll = "max_attachment = \"1KiB\"".to_owned();
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "too_big | null | 0 | 0");
    assert_eq!(workshop.value(PAGES), "0");
}

#[tokio::test]
async fn robots_forbids_whole_meetings_unless_somebody_permitted_them() {
    let robots = || Reply::ok("text/plain", "User-agent: *\nDisallow: /kokous/\n");
    let (portal, _, workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    portal.origin.on("/robots.txt", robots());
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "not_public | null | 0 | 0");
    assert_eq!(portal.origin.requests(WHOLE).len(), 0);
    let (portal, _, mut workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    portal.origin.on("/robots.txt", robots());
    workshop.sheet = Sheet::of(portal.url()).permitted("kunnansihteeri, 1.11.2026");
    ask_for(&mut workshop, "meetings");
    workshop.poll().await;
    assert_eq!(workshop.value(OF_MEETING), "fetched | 2 | 0 | 1");
}

#[tokio::test]
async fn whole_meetings_and_attachments_share_the_limit_of_a_cycle() {
    let (portal, _, mut workshop) = whole_meeting(Reply::ok(PDF, LABELS));
    let paper = Paper::agenda(KEY, "Musiikkiopisto");
    let link =
        "<td class='navigation-documents'><a href='../kokous/2026311-1-1.PDF'>Liite 1 Sopimus</a>";
    let html = paper
        .html()
        .replace("<td class='navigation-documents'>", link);
    portal.page_answers(KEY, Reply::ok(HTML, html));
    portal
        .origin
        .on("/kokous/2026311-1-1.PDF", Reply::ok(PDF, LABELS));
    workshop.sheet = Sheet::of(portal.url());
    workshop.sheet.poll = "attachments_per_cycle = 1".to_owned();
    ask_for(&mut workshop, "attachments meetings");
    let mut read = vec![];
    for _ in 0..2 {
        let report = workshop.poll().await;
        read.push((report.meeting_pdfs_read, report.attachments_read));
        workshop.pass_days(2);
    }
    assert_eq!(read, [(1, 0), (0, 1)]);
}
