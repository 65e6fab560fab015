//! What a transaction changes enters the full-text index at its end, once, and nothing stays behind.

use rusqlite::Connection;
use seutu::archive::{Archive, ArchiveError, Batch, PagePlan, Writer, verify};
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::ids::SourceId;
use seutu::model::minutes::{Reading, Stage};
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};
use tempfile::TempDir;

use super::support::*;

fn about(title: &str) -> Reading {
    let mut reading = reading(Stage::Minutes);
    reading.item.title = Some(title.to_owned());
    reading
}

fn store(batch: &Batch<'_>, key: &str) -> Result<(), ArchiveError> {
    let source = SourceId::new("kuusijarvi");
    let listing = ListingChange::New(listed(key, "Listattu nimi"));
    batch.apply_listing(&source, PagePlan::Read, &[listing], hour(1))?;
    let first = version(VersionKind::First, about("Luettu nimi"));
    batch.store_version(&uid(key), &first, hour(2)).map(|_| ())
}

fn key(number: u32) -> String {
    format!("2026200-{number}")
}

fn number(dir: &TempDir, sql: &str) -> i64 {
    let conn = Connection::open(dir.path().join("archive.db")).expect("archive");
    conn.query_row(sql, [], |row| row.get(0)).expect(sql)
}

fn in_step(dir: &TempDir) {
    assert_eq!(verify(dir.path()), []);
    assert_eq!(number(dir, "SELECT count(*) FROM search_due"), 0);
}

#[test]
fn what_is_stored_together_is_one_piece_of_the_index() {
    let (dir, mut archive) = empty();
    archive
        .transaction(|batch| (1..=12).try_for_each(|n| store(batch, &key(n))))
        .expect("stored");
    assert_eq!(
        number(&dir, "SELECT count(DISTINCT segid) FROM item_fts_idx"),
        1
    );
    let found = "SELECT count(*) FROM item_fts WHERE item_fts MATCH ";
    assert_eq!(number(&dir, &format!("{found}'title:luettu'")), 12);
    assert_eq!(number(&dir, &format!("{found}'title:listattu'")), 0);
    in_step(&dir);
}

#[test]
fn an_item_that_is_new_read_and_erased_at_once_leaves_nothing() {
    let (dir, mut archive) = empty();
    let erase = Takedown {
        action: TakedownAction::Erase,
        reason: TakedownReason::PersonalData,
        note: None,
        expires_on: None,
    };
    archive
        .transaction(|batch| {
            store(batch, &key(2))?;
            store(batch, &key(1))?;
            batch.take_down(&uid(&key(2)), &erase, hour(3))
        })
        .expect("stored");
    let found = "SELECT count(*) FROM item_fts WHERE item_fts MATCH 'title:luettu'";
    assert_eq!(number(&dir, found), 1);
    in_step(&dir);
}

#[test]
fn a_job_that_fails_takes_back_what_it_left_to_the_end() {
    let (dir, archive) = empty();
    let writer = Writer::start(archive).expect("writer");
    writer
        .write_blocking(|batch| store(batch, &key(1)))
        .expect("stored");
    let failed = writer.write_blocking(|batch| {
        store(batch, &key(2))?;
        store(batch, &key(1))?;
        batch.store_version(
            &uid("none"),
            &version(VersionKind::First, about("x")),
            hour(3),
        )
    });
    assert!(failed.is_err());
    writer
        .write_blocking(|batch| store(batch, &key(3)))
        .expect("stored");
    writer.close_blocking().expect("closed");
    assert_eq!(number(&dir, "SELECT count(*) FROM item_fts_docsize"), 2);
    in_step(&dir);
}

#[test]
fn a_damaged_index_is_built_again_and_the_transaction_stands() {
    let (dir, mut archive) = empty();
    archive
        .transaction(|batch| store(batch, &key(1)))
        .expect("stored");
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item_fts_data SET block=zeroblob(length(block)) WHERE id=(SELECT id FROM item_fts_data WHERE id>10
           ORDER BY length(block) DESC LIMIT 1)",
    )
    .expect("damaged");
    drop(conn);
    let mut archive = Archive::open(dir.path(), hour(3)).expect("archive");
    archive
        .transaction(|batch| {
            let again = version(VersionKind::Amended, about("Muuttunut nimi"));
            batch.store_version(&uid(&key(1)), &again, hour(4))
        })
        .expect("stored");
    drop(archive);
    let found = "SELECT count(*) FROM item_fts WHERE item_fts MATCH 'title:muuttunut'";
    assert_eq!(number(&dir, found), 1);
    in_step(&dir);
}
