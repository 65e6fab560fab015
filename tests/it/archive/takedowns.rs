//! What is taken out of the archive stays out of every table, log, file and copy, and comes back only when it may.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::Connection;
use seutu::archive::{
    Archive, Batch, ExportTable, PagePlan, Part, Reader, Selection, Writer, verify,
};
use seutu::model::change::{ListingChange, Original, PageCheck, VersionKind};
use seutu::model::document::{DocumentCheck, DocumentKind, DocumentStatus, DueDocument, Wanted};
use seutu::model::ids::{SourceId, Uid};
use seutu::model::minutes::Stage;
use seutu::model::poll::Validators;
use seutu::model::table::Cell;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};
use tempfile::TempDir;

use super::support::*;

const KEY: &str = "2026100-3";
const MARKER: &str = "[poistettu]";

fn source() -> SourceId {
    SourceId::new("kuusijarvi")
}

fn of(action: TakedownAction) -> Takedown {
    Takedown {
        action,
        reason: TakedownReason::PersonalData,
        note: None,
        expires_on: None,
    }
}

fn filled() -> (TempDir, Archive) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    (dir, archive)
}

fn take_down(archive: &mut Archive, action: TakedownAction, at: Timestamp) {
    archive
        .transaction(|batch| batch.take_down(&uid(KEY), &of(action), at))
        .expect("taken down");
}

fn value(dir: &TempDir, sql: &str) -> String {
    let conn = Connection::open(dir.path().join("archive.db")).expect("archive");
    let value: Option<String> = conn
        .query_row(&format!("SELECT CAST(({sql}) AS TEXT)"), [], |row| {
            row.get(0)
        })
        .expect(sql);
    value.unwrap_or_default()
}

/// The attachment of the item with that number, as it is due.
fn due(dir: &TempDir, file: &str, at: Timestamp) -> DueDocument {
    let reader = Reader::open(dir.path()).expect("reader");
    let wanted = Wanted {
        kind: DocumentKind::Attachment,
        media_types: vec!["application/pdf"],
        room: u64::MAX,
        most: 20,
    };
    let due = reader.unread_documents(&wanted, &source(), at);
    let mut due = due.expect("due").into_iter();
    due.find(|document| document.url.path().ends_with(file))
        .expect("an attachment")
}

fn had(document: &DueDocument, text: &str, at: Timestamp) -> (DocumentCheck, Original) {
    let original = original(document.url.as_str(), text, at);
    let check = DocumentCheck {
        checked_at: at,
        status: DocumentStatus::Fetched,
        media_type: Some("application/pdf".into()),
        bytes: Some(u64::try_from(text.len()).expect("small")),
        sha256: Some(original.sha256.clone()),
        pages: vec![text.to_owned()],
        error: None,
        kept: true,
        ..DocumentCheck::without(at, DocumentStatus::Fetched, String::new())
    };
    (check, original)
}

/// Stores a file as the daemon does.
fn store_file(archive: &mut Archive, document: &DueDocument, text: &str, at: Timestamp) -> String {
    let (check, original) = had(document, text, at);
    archive
        .transaction(|batch| {
            assert!(batch.store_document_check(document, &check)?, "let in");
            batch.put_file_original(&source(), document, &original)
        })
        .expect("stored");
    original.sha256
}

fn bytes(dir: &TempDir, sha256: &str) -> Option<Vec<u8>> {
    let reader = Reader::open(dir.path()).expect("reader");
    reader.original(sha256).expect("read")
}

/// A second item, with an attachment of its own.
fn neighbour(archive: &mut Archive) -> Uid {
    let other = uid("2026100-4");
    archive
        .transaction(|batch| {
            let mut reading = reading(Stage::Agenda);
            reading.item.attachments = vec![attachment("9", "Kartta")];
            let kind = VersionKind::First;
            batch.store_version(&other, &version(kind, reading), hour(3))
        })
        .expect("stored");
    other
}

#[test]
fn titles_of_files_leave_the_log_with_the_names() {
    for action in [TakedownAction::Redact, TakedownAction::Erase] {
        let (dir, mut archive) = filled();
        let file = due(&dir, "5.pdf", hour(4));
        store_file(&mut archive, &file, "Ensimmäinen", hour(4));
        let file = due(&dir, "5.pdf", hour(24 * 60));
        store_file(&mut archive, &file, "Toinen", hour(24 * 60));
        let gone = DocumentStatus::Gone;
        let check = DocumentCheck::without(hour(24 * 61), gone, "404".into());
        archive
            .transaction(|batch| batch.store_document_check(&file, &check))
            .expect("stored");
        let told = "SELECT count(*) FROM event WHERE summary LIKE '%Talousliite%'";
        assert_eq!(value(&dir, told), "2", "replaced, then gone");
        take_down(&mut archive, action, hour(24 * 62));
        assert_eq!(value(&dir, told), "0", "{action:?}");
    }
}

#[test]
fn the_log_names_no_hidden_item_until_it_is_let_in_again() {
    let (dir, mut archive) = filled();
    let reader = Reader::open(dir.path()).expect("reader");
    let told = |reader: &Reader| -> BTreeSet<(String, bool)> {
        let events = reader.events(0, 100).expect("events").events;
        let own = events
            .into_iter()
            .filter(|e| e.uid == Some(uid(KEY).as_str().to_owned()));
        own.map(|e| (e.summary, e.url.is_some())).collect()
    };
    let before = told(&reader);
    assert!(
        before.iter().all(|(title, url)| title != MARKER && *url),
        "{before:?}"
    );
    take_down(&mut archive, TakedownAction::Hide, hour(5));
    let hidden = BTreeSet::from([(MARKER.to_owned(), false)]);
    assert_eq!(told(&reader), hidden);
    archive
        .transaction(|batch| batch.lift_takedown(&uid(KEY), hour(6)))
        .expect("let in");
    assert_eq!(told(&reader), before);
}

fn exported(dir: &TempDir, table: &str) -> String {
    let reader = Reader::open(dir.path()).expect("reader");
    let aside = TempDir::new().expect("folder");
    let text = reader.export(aside.path(), |state| {
        let table: ExportTable = state.table(table)?.expect("a table");
        let mut text = String::new();
        state.rows(&table, Part::Whole, Selection::default(), |cells| {
            for cell in cells {
                if let Cell::Text(value) = cell {
                    text += value;
                    text += "\n";
                }
            }
            Ok::<(), seutu::archive::ArchiveError>(())
        })?;
        Ok::<String, seutu::archive::ArchiveError>(text)
    });
    let left = std::fs::read_dir(aside.path()).expect("folder").count();
    assert_eq!(left, 0, "the copy is gone");
    text.expect("exported")
}

#[test]
fn exports_hold_no_text_of_hidden_items() {
    let (dir, mut archive) = filled();
    let tables = ["decisions", "item_version", "attachment", "event"];
    let whole: Vec<String> = tables.map(|table| exported(&dir, table)).into();
    let says =
        |texts: &[String], word: &str| texts.iter().filter(|text| text.contains(word)).count();
    assert!(says(&whole, "Talousliite") >= 2 && says(&whole, "verkoston suunnitelma") >= 3);
    take_down(&mut archive, TakedownAction::Hide, hour(5));
    let hidden: Vec<String> = tables.map(|table| exported(&dir, table)).into();
    for word in ["Talousliite", "verkoston suunnitelma", "hyväksyy"] {
        assert_eq!(says(&hidden, word), 0, "{word}");
    }
    assert!(hidden[0].contains("Toinen asia") && hidden[0].contains(uid(KEY).as_str()));
    let kept = "SELECT title FROM item WHERE uid='kuusijarvi/2026100-3'";
    assert_eq!(value(&dir, kept), "Seudullisen verkoston suunnitelma");
}

fn gone_and_back(batch: &Batch<'_>) -> Result<(), seutu::archive::ArchiveError> {
    batch.mark_withdrawn(&uid(KEY), hour(200))?;
    batch.record_check(&uid(KEY), &check(hour(300)))
}

#[test]
fn names_taken_out_by_order_stay_out_when_a_page_returns() {
    let page = original("https://kuusijarvi.example/3", "Tarmo Esimerkki", hour(300));
    for hidden_first in [true, false] {
        let (dir, mut archive) = filled();
        if hidden_first {
            take_down(&mut archive, TakedownAction::Hide, hour(5));
        }
        take_down(&mut archive, TakedownAction::Redact, hour(6));
        archive
            .transaction(|batch| {
                gone_and_back(batch)?;
                batch.put_page_original(&uid(KEY), &page)?;
                batch.store_document(&uid(KEY), &["Tarmo Esimerkki".to_owned()], hour(300))
            })
            .expect("checked");
        assert_eq!(bytes(&dir, &page.sha256), None, "{hidden_first}");
        assert_eq!(value(&dir, "SELECT count(*) FROM document_page"), "0");
        let stands = "SELECT erased_at IS NOT NULL AND withdrawn_at IS NULL FROM item WHERE uid='kuusijarvi/2026100-3'";
        assert_eq!(value(&dir, stands), "1", "{hidden_first}");
    }
}

#[test]
fn names_that_a_living_page_took_back_stay_out_and_those_of_a_lost_page_may_return() {
    let (dir, mut archive) = filled();
    archive
        .transaction(|batch| {
            batch.erase_names(&uid(KEY), hour(100))?;
            batch.mark_withdrawn(&uid(KEY), hour(200))
        })
        .expect("erased");
    let reader = Reader::open(dir.path()).expect("reader");
    let redacted = || {
        reader
            .page(&uid(KEY))
            .expect("read")
            .expect("a page")
            .redacted
    };
    assert!(
        redacted(),
        "what is read while it is gone is without names, too"
    );
    archive.transaction(gone_and_back).expect("checked");
    assert!(redacted());

    let (dir, mut archive) = filled();
    archive
        .transaction(|batch| {
            batch.erase_gone(&uid(KEY), hour(200))?;
            batch.record_check(&uid(KEY), &check(hour(300)))
        })
        .expect("checked");
    let reader = Reader::open(dir.path()).expect("reader");
    let page = reader.page(&uid(KEY)).expect("read").expect("a page");
    assert!(!page.redacted && page.erased_at.is_none());
}

#[test]
fn files_that_were_replaced_go_with_those_that_stand() {
    let (dir, mut archive) = filled();
    let other = neighbour(&mut archive);
    let file = due(&dir, "5.pdf", hour(4));
    let mut hashes = vec![store_file(&mut archive, &file, "Ensimmäinen", hour(4))];
    hashes.push(store_file(&mut archive, &file, "Toinen", hour(24 * 60)));
    let map = due(&dir, "9.pdf", hour(4));
    let kept = store_file(&mut archive, &map, "Kartta", hour(5));
    take_down(&mut archive, TakedownAction::Redact, hour(24 * 61));
    for hash in &hashes {
        assert_eq!(bytes(&dir, hash), None, "{hash}");
    }
    assert!(bytes(&dir, &kept).is_some(), "{other} keeps its own");
}

#[test]
fn an_erased_item_takes_no_files_of_others_along_and_what_is_kept_is_said_truly() {
    let (dir, mut archive) = filled();
    neighbour(&mut archive);
    let map = due(&dir, "9.pdf", hour(4));
    let first = store_file(&mut archive, &map, "Kartta", hour(5));
    let list = original(
        "https://kuusijarvi.example/feed",
        "<rss>Talousliite</rss>",
        hour(6),
    );
    archive
        .transaction(|batch| batch.put_original(&source(), &list))
        .expect("kept");
    take_down(&mut archive, TakedownAction::Erase, hour(7));
    assert!(bytes(&dir, &first).is_some(), "the map of another item");
    assert_eq!(bytes(&dir, &list.sha256), None, "a list may name it");
    let kept = "SELECT group_concat(kept) FROM attachment WHERE title='Kartta'";
    assert_eq!(value(&dir, kept), "1");
    let second = store_file(&mut archive, &map, "Uusi kartta", hour(8));
    assert!(bytes(&dir, &second).is_some());
    archive
        .transaction(|batch| batch.put_original(&source(), &list))
        .expect("kept out");
    assert_eq!(bytes(&dir, &list.sha256), None);
    archive
        .transaction(|batch| {
            batch.lift_takedown(&uid(KEY), hour(9))?;
            batch.put_original(&source(), &list)
        })
        .expect("let in");
    assert!(
        bytes(&dir, &list.sha256).is_some(),
        "the list is let in again"
    );
    drop(archive);
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn bytes_that_are_not_stored_are_not_said_to_be_kept() {
    let (dir, mut archive) = filled();
    let file = due(&dir, "5.pdf", hour(4));
    let (check, mut bytes) = had(&file, "010190-900P", hour(4));
    bytes.withheld = true;
    archive
        .transaction(|batch| {
            batch.store_document_check(&file, &check)?;
            batch.put_file_original(&source(), &file, &bytes)
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(reader.kept_attachments().expect("counted"), 0);
    // The same bytes hang on two items: what one loses the other has not either.
    let (dir, mut archive) = filled();
    neighbour(&mut archive);
    let (own, others) = (due(&dir, "5.pdf", hour(4)), due(&dir, "9.pdf", hour(4)));
    store_file(&mut archive, &own, "Sama", hour(4));
    store_file(&mut archive, &others, "Sama", hour(4));
    take_down(&mut archive, TakedownAction::Redact, hour(5));
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(reader.kept_attachments().expect("counted"), 0);
}

#[test]
fn words_taken_back_leave_files_too() {
    let (dir, mut archive) = filled();
    let file = due(&dir, "5.pdf", hour(4));
    let gone = store_file(&mut archive, &file, "Liite, jossa on Sukunimi", hour(4));
    let old = original(
        "https://kuusijarvi.example/3.pdf",
        "Sukunimi\nmuuta",
        hour(5),
    );
    archive
        .transaction(|batch| {
            batch.put_page_original(&uid(KEY), &old)?;
            let pages = ["Hakija Sukunimi\nMuuta tekstiä".to_owned()];
            batch.store_document(&uid(KEY), &pages, hour(5))?;
            let mut reading = reading(Stage::Agenda);
            reading.item.attachments.pop();
            batch.store_version(&uid(KEY), &version(VersionKind::Amended, reading), hour(50))?;
            // The new bytes are too large to be kept: nothing was fetched that stands for them.
            batch.cut_older(
                &uid(KEY),
                &BTreeSet::from(["sukunimi".to_owned()]),
                hour(50),
            )
        })
        .expect("cut");
    assert_eq!(
        bytes(&dir, &gone),
        None,
        "the file that went with the words"
    );
    assert_eq!(
        value(
            &dir,
            "SELECT count(*) FROM attachment WHERE title='Talousliite'"
        ),
        "0"
    );
    assert_eq!(value(&dir, "SELECT count(*) FROM attachment"), "1");
    assert_eq!(
        value(&dir, "SELECT text FROM document_page"),
        "Muuta tekstiä"
    );
    assert_eq!(bytes(&dir, &old.sha256), None, "older bytes of the page");
}

#[test]
fn an_item_whose_page_is_gone_stays_withdrawn_when_it_is_let_in_again() {
    for (gone_for, stays) in [(24 * 8, "1"), (24, "0")] {
        let (dir, mut archive) = filled();
        take_down(&mut archive, TakedownAction::Hide, hour(5));
        let gone = PageCheck {
            gone_since: Some(hour(10)),
            failures: 1,
            error: Some("404".into()),
            validators: Validators::default(),
            problems: None,
            ..check(hour(10))
        };
        let now = hour(10 + gone_for);
        archive
            .transaction(|batch| {
                batch.record_check(&uid(KEY), &gone)?;
                batch.lift_takedown(&uid(KEY), now)
            })
            .expect("let in");
        let withdrawn =
            "SELECT withdrawn_at IS NOT NULL FROM item WHERE uid='kuusijarvi/2026100-3'";
        assert_eq!(value(&dir, withdrawn), stays, "{gone_for} hours");
    }
}

#[tokio::test]
async fn what_cannot_be_wiped_while_somebody_reads_is_wiped_later() {
    let (dir, mut archive) = filled();
    take_down(&mut archive, TakedownAction::Redact, hour(5));
    let file = dir.path().join("archive.db");
    let reader = Connection::open(&file).expect("archive");
    reader
        .execute_batch("PRAGMA busy_timeout=0; BEGIN; SELECT count(*) FROM item;")
        .expect("reading");
    let writer = Writer::start(archive).expect("writer");
    assert!(!writer.purge().await.expect("tried"), "the log is held");
    let noted = "SELECT count(*) FROM meta WHERE key='index_unsettled'";
    assert_eq!(value(&dir, noted), "1", "it is not forgotten");
    reader.execute_batch("COMMIT").expect("read");
    assert!(writer.purge().await.expect("wiped"));
    assert_eq!(value(&dir, noted), "0");
    writer.close().await.expect("closed");
    for end in ["archive.db", "archive.db-wal"] {
        let bytes = std::fs::read(dir.path().join(end)).unwrap_or_default();
        let holds = bytes.windows(7).any(|part| part == b"kymment");
        assert!(!holds, "{end}");
    }
}

#[test]
fn an_item_listed_anew_after_a_takedown_keeps_its_title_out_of_the_log() {
    let (dir, mut archive) = filled();
    take_down(&mut archive, TakedownAction::Erase, hour(5));
    archive
        .transaction(|batch| {
            let again = [ListingChange::New(listed(KEY, "Suunnitelma uudelleen"))];
            batch.apply_listing(&source(), PagePlan::Read, &again, hour(6))
        })
        .expect("polled");
    let said = "SELECT count(*) FROM event WHERE item_uid='kuusijarvi/2026100-3' AND summary<>'[poistettu]'";
    assert_eq!(value(&dir, said), "0");
}
