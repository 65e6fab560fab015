//! Files of items that are taken down, and files that publish an identity code.

use std::path::PathBuf;

use seutu::archive::{Reader, verify};
use seutu::daemon::cycle::Scope;
use seutu::daemon::order::{Order, Outcome, carry_out};
use seutu::daemon::poll::Running;
use seutu::daemon::report::nobody;
use seutu::model::document::{DocumentCheck, DocumentKind, DocumentStatus, Wanted};
use seutu::model::ids::{SourceId, Uid};
use seutu::model::poll::Validators;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};

use crate::pdf::pdf_of;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, close};

const KEY: &str = "2026311-1";
const UID: &str = "kuusijarvi/2026311-1";
const HTML: &str = "text/html; charset=utf-8";
const PDF: &str = "application/pdf";
const LABELS: &[u8] = include_bytes!("../../../fixtures/pdf/labels.pdf");
const MINUTES: &[u8] = include_bytes!("../../../fixtures/pdf/minutes.pdf");
const FILE: &str = "/kokous/2026311-1-1.PDF";
/// Of the range that is given to nobody.
const CODE: &str = "010190-900P";

fn serve(portal: &Portal, paper: &Paper) {
    let cell = "<td class='navigation-documents'>";
    let link = format!("{cell}<a href='..{FILE}'>Liite 1 Sopimus</a>");
    portal.page_answers(
        &paper.key,
        Reply::ok(HTML, paper.html().replace(cell, &link)),
    );
}

fn paper() -> Paper {
    Paper::agenda(KEY, "Koulukuljetusten periaatteet")
}

/// An item with an attachment that is kept.
async fn with_file(bytes: Vec<u8>) -> (Portal, Workshop) {
    let portal = Portal::with(&[paper()]);
    serve(&portal, &paper());
    portal.origin.on(FILE, Reply::ok(PDF, bytes));
    let mut workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.reader = Some(PathBuf::from(env!("CARGO_BIN_EXE_seutu")));
    workshop.sheet.networks = format!("attachments = [\"pdf\"]\n{}", workshop.sheet.networks);
    workshop.round().await;
    (portal, workshop)
}

fn takedown(action: TakedownAction) -> Takedown {
    Takedown {
        action,
        reason: TakedownReason::PersonalData,
        note: None,
        expires_on: None,
    }
}

/// Bytes of kept PDFs, and of attachments as they are counted.
fn kept(workshop: &Workshop) -> (usize, u64) {
    let reader = Reader::open(&workshop.archive()).expect("archive");
    let hashes =
        workshop.rows("SELECT DISTINCT sha256 FROM fetch WHERE content_type='application/pdf'");
    let bytes = hashes
        .iter()
        .filter_map(|hash| reader.original(hash).expect("original"))
        .map(|bytes| bytes.len());
    (bytes.sum(), reader.kept_attachments().expect("counted"))
}

#[tokio::test]
async fn files_of_what_was_taken_out_are_neither_asked_for_nor_stored_again() {
    for action in [TakedownAction::Erase, TakedownAction::Redact] {
        let (portal, workshop) = with_file(LABELS.to_vec()).await;
        let size = u64::try_from(LABELS.len()).expect("small");
        assert_eq!(kept(&workshop), (LABELS.len(), size));
        let engine = workshop.open().await;
        let order = Order::TakeDown {
            uid: Uid::new(UID),
            takedown: takedown(action),
        };
        let done = carry_out(&engine, &Running::default(), order, &nobody()).await;
        assert_eq!(done.expect("taken down"), Outcome::Wiped(true));
        close(engine).await;
        assert_eq!(kept(&workshop), (0, 0), "{action:?}");
        let asked = portal.origin.requests(FILE).len();
        // The next cycles, minutes in the place of the agenda, and the time after which files are asked for again.
        portal.origin.on(FILE, Reply::ok(PDF, MINUTES));
        for (days, text) in [
            (1, None),
            (7, Some("Hyväksyttiin.")),
            (40, None),
            (90, None),
        ] {
            if let Some(decision) = text {
                serve(&portal, &paper().minutes(decision));
            }
            workshop.pass_days(days);
            workshop.round_of(Scope::All).await;
        }
        assert_eq!(portal.origin.requests(FILE).len(), asked, "{action:?}");
        assert_eq!(kept(&workshop), (0, 0), "{action:?}");
        for table in ["attachment_page", "document_page", "meeting_page"] {
            let rows = format!("SELECT count(*) FROM {table}");
            assert_eq!(workshop.value(&rows), "0", "{action:?} {table}");
        }
        assert_eq!(verify(&workshop.archive()), [], "{action:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_fetched_while_its_item_is_taken_down_is_not_stored() {
    let (_portal, workshop) = with_file(LABELS.to_vec()).await;
    workshop.pass_days(31);
    let engine = workshop.open().await;
    let (now, room) = (workshop.now(), u64::MAX);
    let wanted = Wanted {
        kind: DocumentKind::Attachment,
        media_types: vec![],
        room,
        most: 5,
    };
    let due = engine
        .reader
        .unread_documents(&wanted, &SourceId::new("kuusijarvi"), now)
        .expect("due");
    assert_eq!(due.len(), 1);
    let check = DocumentCheck {
        status: DocumentStatus::Fetched,
        pages: vec!["Toinen sopimus".to_owned()],
        sha256: Some("ab".repeat(32)),
        kept: true,
        validators: Validators::default(),
        ..DocumentCheck::without(now, DocumentStatus::Fetched, String::new())
    };
    let stored = engine
        .writer
        .write(move |batch| {
            batch.take_down(&Uid::new(UID), &takedown(TakedownAction::Redact), now)?;
            batch.store_document_check(&due[0], &check)
        })
        .await;
    assert!(!stored.expect("written"), "its bytes are not kept either");
    close(engine).await;
    assert_eq!(workshop.value("SELECT count(*) FROM attachment_page"), "0");
    assert_eq!(kept(&workshop), (0, 0));
}

#[tokio::test]
async fn an_identity_code_in_an_attachment_is_masked_withheld_and_reported() {
    let line = format!("BT /F1 12 Tf 60 700 Td (Hakijan tunnus {CODE} on sopimuksessa.) Tj ET");
    let (_portal, workshop) = with_file(pdf_of("", line.as_bytes())).await;
    let page = workshop.value("SELECT text FROM attachment_page");
    assert!(
        page.contains("[henkilötunnus poistettu]") && page.contains("sopimuksessa"),
        "{page}"
    );
    assert_eq!(kept(&workshop).0, 0, "the bytes are withheld");
    let withheld =
        "SELECT a.status, a.sha256=f.sha256 FROM attachment a JOIN fetch f ON f.url=a.url";
    assert_eq!(workshop.value(withheld), "fetched | 1");
    let problem = "SELECT i.uid, p.kind FROM problem p JOIN item i ON i.id=p.item_id WHERE p.kind LIKE 'identity%'";
    assert_eq!(
        workshop.value(problem),
        format!("{UID} | identity_code_in_file")
    );
    for entry in std::fs::read_dir(workshop.archive()).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("file");
            let holds = bytes
                .windows(CODE.len())
                .any(|window| window == CODE.as_bytes());
            assert!(!holds, "{}", path.display());
        }
    }
    let told = run(&workshop.config_file(), &["sources", "--problems"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(
        told.out.contains("identity_code_in_file: kuusijarvi/2026311-1: a personal identity code is published in attachment 1"),
        "{}",
        told.out
    );
    assert!(!told.out.contains(CODE) && !told.out.contains("900P"));
    assert_eq!(verify(&workshop.archive()), []);
}
