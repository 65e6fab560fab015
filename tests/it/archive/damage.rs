//! `verify` names every kind of damage and what to do about it.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use seutu::archive::{FeedQuery, Finding, PageTime, Reader, verify};
use seutu::model::ids::SourceId;
use tempfile::TempDir;

use super::support::{cycle, empty, hour, original, uid};

/// Findings after `damage` was done to one file of a whole archive.
fn after(file: &str, damage: impl FnOnce(&Connection)) -> Vec<Finding> {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    assert_eq!(verify(dir.path()), [], "whole before");
    let conn = Connection::open(dir.path().join(file)).expect("file");
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)
        .expect("setting");
    damage(&conn);
    drop(conn);
    verify(dir.path())
}

fn named(findings: &[Finding], place: &str, what: &str) {
    let found = findings
        .iter()
        .any(|f| f.place.contains(place) && f.what.contains(what) && !f.remedy.is_empty());
    assert!(found, "{place}: {what} in {findings:#?}");
}

#[test]
fn a_flipped_byte_in_an_original() {
    let findings = after("originals.db", |conn| {
        let (id, mut body): (i64, Vec<u8>) = conn
            .query_row(
                "SELECT rowid, body FROM raw ORDER BY bytes DESC LIMIT 1",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .expect("row");
        let middle = body.len() / 2;
        body[middle] ^= 1;
        conn.execute(
            "UPDATE raw SET body=?2 WHERE rowid=?1",
            rusqlite::params![id, body],
        )
        .expect("damaged");
    });
    named(
        &findings,
        "originals.db raw",
        "are not those that were stored",
    );
}

#[test]
fn a_missing_original() {
    let findings = after("originals.db", |conn| {
        conn.execute_batch("DELETE FROM raw").expect("damaged");
    });
    named(&findings, "archive.db fetch", "is not in originals.db");
}

#[test]
fn lost_bytes_are_whole_again_when_the_site_serves_them_again() {
    for damage in ["DELETE FROM raw", "UPDATE raw SET body=x'00'"] {
        let (dir, mut archive) = empty();
        cycle(&mut archive);
        let conn = Connection::open(dir.path().join("originals.db")).expect("file");
        conn.execute_batch(damage).expect("damaged");
        assert_eq!(verify(dir.path()).len(), 2, "{damage}");
        let page = original(
            "https://kuusijarvi.example/3",
            &"<p>page</p>".repeat(50),
            hour(3),
        );
        let feed = original("https://kuusijarvi.example/feed", "<rss/>", hour(3));
        archive
            .transaction(|batch| {
                batch.put_original(&SourceId::new("kuusijarvi"), &feed)?;
                batch.put_page_original(&uid("2026100-3"), &page)
            })
            .expect("stored");
        assert_eq!(verify(dir.path()), [], "{damage}");
    }
}

#[test]
fn an_erased_original_is_no_damage() {
    let findings = after("originals.db", |conn| {
        conn.execute_batch("UPDATE raw SET body=NULL, erased_at='2026-07-21T00:00:00Z'")
            .expect("erased");
    });
    assert_eq!(findings, []);
}

#[test]
fn full_text_out_of_step() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch("DROP TRIGGER item_fts_au; UPDATE item SET proposal='muu teksti' WHERE proposal IS NOT NULL")
            .expect("damaged");
    });
    named(&findings, "item_fts", "does not agree");
}

#[test]
fn a_gap_in_the_versions() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch("DELETE FROM item_version")
            .expect("damaged");
    });
    named(
        &findings,
        "item_version",
        "kuusijarvi/2026100-3 says version 1",
    );
}

#[test]
fn a_text_that_is_not_its_version() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch(&format!(
            "UPDATE item SET content_sha256='{}' WHERE version_no=1",
            "0".repeat(64)
        ))
        .expect("damaged");
    });
    named(&findings, "archive.db item", "is not that of its version 1");
}

#[test]
fn a_version_that_cannot_be_read_is_named_and_spares_the_others() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("UPDATE item_version SET fields='{}'")
        .expect("damaged");
    named(
        &verify(dir.path()),
        "item_version",
        "version 1 of kuusijarvi/2026100-3 cannot be read",
    );
    let reader = Reader::open(dir.path()).expect("reader");
    reader
        .item(&uid("2026100-3"))
        .expect_err("asked for alone it is an error");
    let feed = FeedQuery {
        limit: 9,
        ..FeedQuery::default()
    };
    assert_eq!(reader.feed_items(&feed).expect("feed").len(), 1);
    let due = reader.due(PageTime::All).expect("pages");
    let pages = due.iter().filter_map(|(_, uid)| reader.page(uid).ok());
    assert_eq!(pages.count(), 1);
}

#[test]
fn a_reference_to_nothing() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch("DELETE FROM meeting").expect("damaged");
    });
    named(&findings, "archive.db", "refers to a row of meeting");
}

#[test]
fn a_page_of_zeros() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    zero_page(&dir.path().join("archive.db"));
    assert!(!verify(dir.path()).is_empty());
}

fn zero_page(file: &Path) {
    let mut bytes = std::fs::read(file).expect("file");
    bytes[3 * 8192..4 * 8192].fill(0);
    std::fs::write(file, bytes).expect("damaged");
}

#[test]
fn nothing_there_at_all() {
    let dir = TempDir::new().expect("folder");
    named(&verify(dir.path()), "archive.db", "there is no archive");
}
