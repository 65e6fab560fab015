//! Attachments of office programs: read by a child process, within limits, by what they are and not by their names.

use std::path::{Path, PathBuf};

use seutu::archive::{Reader, SearchQuery};
use seutu::daemon::file_text::FileFault;
use seutu::daemon::office_text::read;
use seutu::model::file_kind::FileKind;

use crate::support::office::{DOCX, bomb, docx, odt};
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{bare, ended};
use crate::support::workshop::{Sheet, Workshop};

const KEY: &str = "2026311-1";
const HTML: &str = "text/html; charset=utf-8";
const LABELS: &[u8] = include_bytes!("../../../fixtures/pdf/labels.pdf");
/// Of the range that is given to nobody.
const CODE: &str = "010190-900P";
const STATUS: &str = "SELECT status, pages, error FROM attachment ORDER BY ordinal";
const TEXTS: &str = "SELECT a.ordinal, p.page_no, p.text FROM attachment a
    JOIN attachment_page p ON p.attachment_id=a.id ORDER BY 1, 2";

/// An item whose page lists these files, of a source that asks for the kinds; after a round.
async fn with_files(kinds: &str, files: &[(&str, Reply)]) -> (Portal, Workshop) {
    let paper = Paper::agenda(KEY, "Musiikkiopisto");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let cell = "<td class='navigation-documents'>";
    let links: String = files
        .iter()
        .map(|(name, _)| format!("<a href='../kokous/{name}'>Liite {name}</a>"))
        .collect::<Vec<_>>()
        .concat();
    let html = paper.html().replace(cell, &format!("{cell}{links}"));
    portal.page_answers(KEY, Reply::ok(HTML, html));
    for (name, reply) in files {
        portal.origin.on(&format!("/kokous/{name}"), reply.clone());
    }
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
    workshop.sheet.networks = format!("attachments = {kinds}\n{}", workshop.sheet.networks);
    workshop.round().await;
    (portal, workshop)
}

#[tokio::test]
async fn documents_are_read_as_one_page_and_found() {
    let files = [
        (
            "2026311-1-1.DOCX",
            Reply::ok(DOCX, docx(&["Sopimus", "Jäähallien laskut."])),
        ),
        (
            "2026311-1-2.ODT",
            Reply::ok(FileKind::Odt.media_type(), odt(&["Uimahalleista"])),
        ),
    ];
    let (_portal, workshop) = with_files("[\"docx\", \"odt\"]", &files).await;
    assert_eq!(
        workshop.rows(STATUS),
        ["fetched | 1 | null", "fetched | 1 | null"]
    );
    assert_eq!(
        workshop.rows(TEXTS),
        [
            "1 | 1 | Sopimus\nJäähallien laskut.",
            "2 | 1 | Uimahalleista"
        ]
    );
    let reader = Reader::open(&workshop.archive()).expect("archive");
    for words in ["jäähalli", "uimahalli"] {
        let hits = reader.search(&SearchQuery::new(words)).expect("search");
        assert_eq!(hits.len(), 1, "{words}");
        assert_eq!(hits[0].page.as_ref().map(|page| page.page), Some(1));
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_a_name_says_nothing() {
    let whole = docx(&["Teksti"]);
    let broken = whole[..whole.len() - 30].to_vec();
    let files = [
        ("2026311-1-1.DOCX", Reply::ok(DOCX, bomb())),
        ("2026311-1-2.DOCX", Reply::ok(DOCX, broken)),
        // A PDF under the name of a text, which nobody asked for, and a text under the name of a PDF.
        ("2026311-1-3.DOCX", Reply::ok(DOCX, LABELS)),
        ("2026311-1-4.ODT", Reply::ok(DOCX, whole)),
    ];
    let (_portal, workshop) = with_files("[\"docx\", \"odt\"]", &files).await;
    let rows = workshop.rows(STATUS);
    assert!(
        rows[0].starts_with("too_big | null | the document is too big to be read: it unpacks"),
        "{rows:?}"
    );
    assert!(
        rows[1].starts_with("fetched | null | the document is damaged: "),
        "{rows:?}"
    );
    assert!(rows[2].starts_with("skipped | null | it is of the kind \"pdf\""));
    assert_eq!(rows[3], "fetched | 1 | null");
    assert_eq!(workshop.rows(TEXTS), ["4 | 1 | Teksti"]);
}

#[tokio::test]
async fn a_code_in_a_document_is_masked_and_its_bytes_are_not_kept() {
    let bytes = docx(&[&format!("Hakija {CODE}, puh. 000 000 0000")]);
    let files = [("2026311-1-1.DOCX", Reply::ok(DOCX, bytes))];
    let (_portal, workshop) = with_files("[\"docx\"]", &files).await;
    assert_eq!(
        workshop.rows(TEXTS),
        ["1 | 1 | Hakija [henkilötunnus poistettu], puh. [yhteystieto poistettu]"]
    );
    let kind = "SELECT kind FROM problem WHERE detail LIKE '%attachment 1%'";
    assert_eq!(workshop.value(kind), "identity_code_in_file");
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let hash = workshop.value("SELECT sha256 FROM attachment");
    assert_eq!(reader.original(&hash).expect("asked"), None);
}

#[tokio::test]
async fn a_child_reads_and_a_program_that_is_none_is_no_fault_of_the_file() {
    let program = Path::new(env!("CARGO_BIN_EXE_seutu"));
    let text = read(program, FileKind::Odt, &odt(&["Teksti"])).await;
    assert_eq!(text.as_deref(), Ok(&["Teksti".to_owned()][..]));
    let big = read(program, FileKind::Docx, &bomb()).await;
    assert!(matches!(big, Err(FileFault::TooBig(_))), "{big:?}");
    let none = read(Path::new("/nowhere/seutu"), FileKind::Odt, b"").await;
    assert!(matches!(none, Err(FileFault::NoReader(_))), "{none:?}");
    let dead = read(Path::new("/bin/false"), FileKind::Odt, b"").await;
    assert!(matches!(dead, Err(FileFault::Unread(_))), "{dead:?}");
}

#[test]
fn the_command_reads_documents_too() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("liite.bin");
    std::fs::write(&path, docx(&["Yksi", "Kaksi"])).expect("written");
    let path = path.to_str().expect("UTF-8");
    let read = ended(bare(&["read", path]).output().expect("started"));
    assert_eq!(read.code, Some(0), "{read:?}");
    let pages: Vec<String> = serde_json::from_str(&read.out).expect("pages");
    assert_eq!(pages, ["Yksi\nKaksi"]);
}
