//! Attachments that a source asks for: kinds and limits, what stands in their place, and what becomes of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::contents::everything;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop};

const KEY: &str = "2026311-1";
const HTML: &str = "text/html; charset=utf-8";
const PDF: &str = "application/pdf";
const LABELS: &[u8] = include_bytes!("../../../fixtures/pdf/labels.pdf");
const MINUTES: &[u8] = include_bytes!("../../../fixtures/pdf/minutes.pdf");
const FIRST: &str = "/kokous/2026311-1-1.PDF";
const SECOND: &str = "/kokous/2026311-1-2.PDF";
const STATUS: &str = "SELECT status FROM attachment ORDER BY ordinal";
const EVENTS: &str = "SELECT summary FROM event WHERE summary LIKE 'attachment %'";

/// A portal with one item whose page lists files of the folder `kokous`, and a source that asks for some kinds.
struct Case {
    portal: Portal,
    workshop: Workshop,
    paper: Paper,
    files: Vec<&'static str>,
}

impl Case {
    fn of(files: &[&'static str]) -> Self {
        let paper = Paper::agenda(KEY, "Musiikkiopisto");
        let portal = Portal::with(std::slice::from_ref(&paper));
        let mut workshop = Workshop::new(Sheet::of(portal.url()));
        workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
        let case = Self {
            portal,
            workshop,
            paper,
            files: files.to_vec(),
        };
        case.shows(&case.paper.clone());
        case.asking("attachments = [\"pdf\"]")
    }

    /// The source says this, too.
    fn asking(mut self, line: &str) -> Self {
        self.workshop.sheet = Sheet::of(self.portal.url());
        let networks = &self.workshop.sheet.networks;
        self.workshop.sheet.networks = format!("{line}\n{networks}");
        self
    }

    /// The page of the item, with its files.
    fn shows(&self, paper: &Paper) {
        let links: String = (1..)
            .zip(&self.files)
            .map(|(no, file)| format!("<a href='../kokous/{file}'>Liite {no} Sopimus {no}</a>"))
            .collect::<Vec<_>>()
            .concat();
        let cell = "<td class='navigation-documents'>";
        let html = paper.html().replace(cell, &format!("{cell}{links}"));
        self.portal.page_answers(KEY, Reply::ok(HTML, html));
    }

    fn serves(&self, path: &str, reply: Reply) {
        self.portal.origin.on(path, reply);
    }

    fn asked(&self, path: &str) -> usize {
        self.portal.origin.requests(path).len()
    }
}

#[tokio::test]
async fn kinds_that_nobody_asks_for_are_listed_and_not_fetched_until_somebody_does() {
    let case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.TXT", "2026311-1-3.DOCX"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    let text = "Sopimuksen luonnos\nkunnille";
    case.serves(
        "/kokous/2026311-1-2.TXT",
        Reply::ok("text/plain; charset=utf-8", text),
    );
    case.workshop.poll().await;
    assert_eq!(
        case.workshop.rows(
            "SELECT status, skipped_for, checked_at IS NOT NULL FROM attachment ORDER BY ordinal"
        ),
        [
            "fetched | null | 1",
            "skipped | kind | 1",
            "skipped | kind | 1"
        ]
    );
    assert_eq!(case.asked("/kokous/2026311-1-2.TXT"), 0);
    let case = case.asking("attachments = [\"pdf\", \"text\"]");
    case.workshop.pass_days(2);
    case.workshop.poll().await;
    assert_eq!(
        case.workshop.rows(STATUS),
        ["fetched", "fetched", "skipped"]
    );
    let read = "SELECT p.text FROM attachment a JOIN attachment_page p ON p.attachment_id=a.id WHERE a.ordinal=2";
    assert_eq!(case.workshop.value(read), text);
    assert_eq!(case.asked("/kokous/2026311-1-3.DOCX"), 0);
}

#[tokio::test]
async fn the_bytes_tell_what_a_file_is() {
    let case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.PDF", "2026311-1-3.PDF"]);
    case.serves(FIRST, Reply::ok("text/plain", LABELS));
    case.serves(SECOND, Reply::ok(PDF, &b"\x89PNG\r\n\x1a\n0000"[..]));
    case.serves(
        "/kokous/2026311-1-3.PDF",
        Reply::ok(PDF, "<!DOCTYPE html><p>Sivua ei ole"),
    );
    case.workshop.poll().await;
    let told = "SELECT status, media_type, served_as, pages FROM attachment ORDER BY ordinal";
    assert_eq!(
        case.workshop.rows(told),
        [
            "fetched | application/pdf | text/plain | 2",
            "skipped | image/png | application/pdf | null",
            "skipped | application/pdf | null | null",
        ]
    );
    case.workshop.pass_days(2);
    case.workshop.poll().await;
    assert_eq!(case.asked(SECOND), 1, "it is what it is");
}

#[tokio::test]
async fn kinds_without_a_reader_are_hashed_and_say_so() {
    let case = Case::of(&["2026311-1-1.PNG"]).asking("attachments = [\"png\"]");
    let bytes = &b"\x89PNG\r\n\x1a\n0000"[..];
    case.serves("/kokous/2026311-1-1.PNG", Reply::ok("image/png", bytes));
    case.workshop.poll().await;
    let row = case
        .workshop
        .value("SELECT status, bytes, kept, sha256 IS NOT NULL, error FROM attachment");
    assert_eq!(
        row,
        "fetched | 12 | 1 | 1 | nobody reads the text of files of the kind \"png\""
    );
}

#[tokio::test]
async fn a_login_page_or_a_refusal_says_that_a_file_is_not_public() {
    let case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.PDF", "2026311-1-3.PDF"]);
    let login = "<!DOCTYPE html><form><input type=\"password\"></form>";
    let refusal = "<html><p>Liite ei ole julkinen.</p></html>";
    case.serves(FIRST, Reply::ok(HTML, login));
    case.serves(SECOND, Reply::ok(HTML, refusal));
    case.serves("/kokous/2026311-1-3.PDF", Reply::status(403));
    case.workshop.poll().await;
    assert_eq!(case.workshop.rows(STATUS), ["not_public"; 3]);
    let originals = "SELECT count(*) FROM fetch WHERE url LIKE '%/kokous/%'";
    assert_eq!(case.workshop.value(originals), "0", "no login page is kept");
}

#[tokio::test]
async fn a_file_that_is_too_big_is_not_read_to_its_end() {
    let mut case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.PDF"]);
    case.workshop.sheet.poll = "max_attachment = \"64KiB\"".to_owned();
    case.serves(
        FIRST,
        Reply::endless([b'%'; 4096], Duration::ZERO).header("Content-Type", PDF),
    );
    case.serves(
        SECOND,
        Reply::ok(PDF, MINUTES)
            .announcing(1 << 20)
            .repeating([b'%'; 64], Duration::from_mins(10)),
    );
    case.workshop.poll().await;
    let rows = case
        .workshop
        .rows("SELECT status, sha256, error LIKE '%max_attachment' FROM attachment");
    assert_eq!(rows, ["too_big | null | 1", "too_big | null | 1"]);
}

#[tokio::test]
async fn when_no_more_bytes_are_kept_attachments_are_left_alone_until_there_is_room() {
    let mut case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.PDF"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.serves(SECOND, Reply::ok(PDF, MINUTES));
    let roomy = case.workshop.sheet.clone();
    let room = LABELS.len() + 10;
    case.workshop.sheet.archive = format!("max_attachments = \"{room}B\"");
    let reports = case.workshop.poll().await;
    assert_eq!(reports.pages_read, 1, "everything else goes on");
    assert_eq!(case.workshop.rows(STATUS), ["fetched", "skipped"]);
    let finding = "SELECT severity, text FROM finding WHERE kind='attachments_full'";
    let said = case.workshop.value(finding);
    assert!(
        said.starts_with("notice | Kuusijärvi: 1 attachment left alone"),
        "{said}"
    );
    case.workshop.pass_days(2);
    case.workshop.poll().await;
    assert_eq!(case.workshop.value(finding), said, "it is said once");
    case.workshop.sheet = roomy;
    case.workshop.pass_days(2);
    case.workshop.poll().await;
    assert_eq!(case.workshop.rows(STATUS), ["fetched", "fetched"]);
    assert_eq!(case.workshop.rows(finding), Vec::<String>::new());
}

#[tokio::test]
async fn without_any_room_nothing_is_asked_for() {
    let mut case = Case::of(&["2026311-1-1.PDF"]);
    case.workshop.sheet.archive = "max_attachments = \"0B\"".to_owned();
    case.workshop.poll().await;
    let row = case
        .workshop
        .value("SELECT status, skipped_for FROM attachment");
    assert_eq!(row, "skipped | total");
    assert_eq!(case.asked(FIRST), 0);
}

#[tokio::test]
async fn the_same_bytes_at_two_addresses_are_kept_once() {
    let case = Case::of(&["2026311-1-1.PDF", "2026311-1-2.PDF"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.serves(SECOND, Reply::ok(PDF, LABELS));
    case.workshop.poll().await;
    let rows = case
        .workshop
        .rows("SELECT count(*), count(DISTINCT sha256), sum(kept), sum(pages) FROM attachment");
    assert_eq!(rows, ["2 | 1 | 2 | 4"]);
    let all: BTreeMap<_, _> = everything(&case.workshop.archive());
    let kept = all["originals.db raw"]
        .iter()
        .filter(|row| row.contains(PDF));
    assert_eq!(kept.count(), 1);
}

#[tokio::test]
async fn a_file_that_is_replaced_under_its_address_is_noticed() {
    let case = Case::of(&["2026311-1-1.PDF"]);
    let tagged = |body: &'static [u8], tag: &'static str| {
        move |seen: &crate::support::origin::Seen| {
            if seen.header("If-None-Match").as_deref() == Some(tag) {
                return Reply::status(304).header("ETag", tag);
            }
            Reply::ok(PDF, body).header("ETag", tag)
        }
    };
    case.portal.origin.on_with(FIRST, tagged(LABELS, "\"a\""));
    case.workshop.poll().await;
    assert_eq!(case.workshop.value("SELECT pages FROM attachment"), "2");
    case.workshop.pass_days(31);
    case.workshop.poll().await;
    assert_eq!(case.asked(FIRST), 2);
    assert_eq!(
        case.workshop.value("SELECT status, pages FROM attachment"),
        "fetched | 2"
    );
    assert_eq!(case.workshop.rows(EVENTS), Vec::<String>::new());
    // With the minutes the files are others.
    case.portal.origin.on_with(FIRST, tagged(MINUTES, "\"b\""));
    case.shows(&case.paper.minutes("Hyväksyttiin."));
    case.workshop.pass_days(31);
    case.workshop.poll().await;
    assert_eq!(
        case.workshop
            .value("SELECT status, pages, etag FROM attachment"),
        "fetched | 1 | \"b\""
    );
    assert_eq!(
        case.workshop.rows(EVENTS),
        ["attachment replaced: Sopimus 1"]
    );
    let text = case.workshop.value("SELECT text FROM attachment_page");
    assert!(text.contains("Hyväksyttiin"), "{text}");
}

#[tokio::test]
async fn a_file_is_asked_for_again_as_soon_as_there_are_minutes() {
    let case = Case::of(&["2026311-1-1.PDF"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.workshop.poll().await;
    case.workshop.pass_days(7);
    case.workshop.poll().await;
    assert_eq!(case.asked(FIRST), 1);
    case.shows(&case.paper.minutes("Hyväksyttiin."));
    case.workshop.pass_days(7);
    case.workshop.poll().await;
    assert_eq!(case.asked(FIRST), 2);
}

#[tokio::test]
async fn a_file_that_is_gone_at_its_source_is_noticed_and_its_text_stays() {
    let case = Case::of(&["2026311-1-1.PDF"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.workshop.poll().await;
    case.serves(FIRST, Reply::status(410));
    for _ in 0..3 {
        case.workshop.pass_days(31);
        case.workshop.poll().await;
    }
    assert_eq!(case.asked(FIRST), 2, "it is not asked for again");
    assert_eq!(
        case.workshop
            .value("SELECT status, gone_at IS NOT NULL, pages, kept FROM attachment"),
        "gone | 1 | 2 | 1"
    );
    assert_eq!(
        case.workshop.value("SELECT count(*) FROM attachment_page"),
        "2"
    );
    assert_eq!(case.workshop.rows(EVENTS), ["attachment gone: Sopimus 1"]);
    let problem = case
        .workshop
        .value("SELECT detail FROM problem WHERE kind='attachment_gone'");
    assert!(
        problem.starts_with("\"Sopimus 1\" <") && problem.contains("410"),
        "{problem}"
    );
    let file = case.workshop.config_file();
    let shown = run(&file, &["show", "kuusijarvi/2026311-1", "--text"]);
    assert!(
        shown.out.contains("  gone, gone since 2026-12-10")
            && shown.out.contains("2 pages, sha256 "),
        "{shown:?}"
    );
    assert!(shown.out.contains("muutoksenhaku"), "{shown:?}");
}

#[tokio::test]
async fn a_server_in_trouble_does_not_take_a_file_back() {
    let case = Case::of(&["2026311-1-1.PDF"]);
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.workshop.poll().await;
    case.serves(FIRST, Reply::status(500));
    case.workshop.pass_days(31);
    case.workshop.poll().await;
    let state = "SELECT status, failures, pages FROM attachment";
    assert_eq!(case.workshop.value(state), "fetched | 1 | 2");
    case.serves(FIRST, Reply::ok(PDF, LABELS));
    case.workshop.pass_days(2);
    case.workshop.poll().await;
    assert_eq!(case.workshop.value(state), "fetched | 0 | 2");
}
