//! `verify` names every kind of damage and what to do about it.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use seutu::archive::{
    Archive, Batch, FeedQuery, Finding, PagePlan, PageTime, Reader, SearchQuery, TextsQuery,
    Writer, verify,
};
use seutu::model::change::{ListingChange, VersionKind};
use seutu::model::ids::SourceId;
use seutu::model::minutes::Stage;
use tempfile::TempDir;

use super::support::{cycle, empty, hour, listed, original, reading, uid, version};

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

fn other_bytes(findings: &[Finding]) {
    named(
        findings,
        "originals.db raw",
        "are not those that were stored",
    );
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
    other_bytes(&findings);
}

#[test]
fn a_missing_original() {
    let findings = after("originals.db", |conn| {
        conn.execute_batch("DELETE FROM raw").expect("damaged");
    });
    named(&findings, "archive.db fetch", "is not in originals.db");
}

#[test]
fn originals_that_nothing_was_ever_put_into_are_not_missed() {
    let (dir, mut archive) = empty();
    fs::remove_file(dir.path().join("originals.db")).expect("removed");
    assert_eq!(verify(dir.path()), []);
    drop(archive);
    archive = Archive::open(dir.path(), hour(0)).expect("opened");
    cycle(&mut archive);
    drop(archive);
    fs::remove_file(dir.path().join("originals.db")).expect("removed");
    named(&verify(dir.path()), "originals.db", "it is missing");
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
fn full_text_of_pages_out_of_step() {
    for table in ["document_page", "attachment_page"] {
        let findings = after("archive.db", |conn| {
            let page = match table {
                "document_page" => {
                    "INSERT INTO document_page(item_id,page_no,text) SELECT min(id),1,'sivu' FROM item"
                }
                _ => {
                    "INSERT INTO attachment_page(attachment_id,page_no,text) SELECT min(id),1,'sivu' FROM attachment"
                }
            };
            conn.execute_batch(&format!(
                "{page}; DROP TRIGGER {table}_fts_au; UPDATE {table} SET text='muu teksti'"
            ))
            .expect("damaged");
        });
        named(&findings, &format!("{table}_fts"), "does not agree");
    }
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

/// Another event by who writes for the daemon, and so another mark.
fn one_more_event(writer: &Writer, key: &'static str) {
    let listed = ListingChange::New(listed(key, "Uusi asia"));
    let source = SourceId::new("kuusijarvi");
    let listing =
        move |batch: &Batch<'_>| batch.apply_listing(&source, PagePlan::Read, &[listed], hour(9));
    writer.write_blocking(listing).expect("an event");
}

#[test]
fn an_event_that_is_not_what_was_written_is_named_whatever_follows_it() {
    for change in [
        "at='2020-01-01T00:00:00Z'",
        "kind='attachment_added'",
        "version_no=coalesce(version_no,0)+1",
    ] {
        let (dir, mut archive) = empty();
        cycle(&mut archive);
        let writer = Writer::start(archive).expect("writer");
        one_more_event(&writer, "2026100-7");
        assert_eq!(verify(dir.path()), [], "{change}");
        let conn = Connection::open(dir.path().join("archive.db")).expect("file");
        conn.execute_batch(&format!("UPDATE event SET {change} WHERE seq=1"))
            .expect("damaged");
        let is_named = || named(&verify(dir.path()), "event", "is not what was written");
        is_named();
        one_more_event(&writer, "2026100-8");
        is_named();
        writer.close_blocking().expect("closed");
        let writer = Writer::start(Archive::open(dir.path(), hour(10)).expect("again"));
        let writer = writer.expect("writer");
        is_named();
        one_more_event(&writer, "2026100-9");
        is_named();
    }
}

/// The marks of earlier programs say nothing of the log.
#[test]
fn the_log_is_held_against_its_hash_from_the_next_event_on() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let writer = Writer::start(archive).expect("writer");
    one_more_event(&writer, "2026100-7");
    writer.close_blocking().expect("closed");
    let place = dir.path().join("archive.mark");
    let mark = fs::read_to_string(&place).expect("mark");
    let (old, _) = mark.split_once(",\"log_sha256\"").expect("a hash");
    fs::write(&place, format!("{old}}}")).expect("an old mark");
    let archive = Archive::open(dir.path(), hour(9)).expect("again");
    assert_eq!(verify(dir.path()), []);
    let writer = Writer::start(archive).expect("writer");
    one_more_event(&writer, "2026100-8");
    assert_eq!(verify(dir.path()), []);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("UPDATE event SET at='2020-01-01T00:00:00Z' WHERE seq=1")
        .expect("damaged");
    named(&verify(dir.path()), "event", "is not what was written");
}

#[test]
fn an_original_whose_length_or_packing_is_not_what_was_stored() {
    for change in [
        "bytes=bytes+1",
        "codec=CASE codec WHEN 'zstd' THEN 'none' ELSE 'zstd' END",
    ] {
        let findings = after("originals.db", |conn| {
            conn.execute_batch(&format!("UPDATE raw SET {change}"))
                .expect("damaged");
        });
        other_bytes(&findings);
    }
}

/// Which versions there are is told by their numbers.
#[test]
fn an_old_version_that_is_not_what_was_stored_is_left_out() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    archive
        .transaction(|batch| {
            let minutes = version(VersionKind::Amended, reading(Stage::Minutes));
            batch.store_version(&uid("2026100-3"), &minutes, hour(9))
        })
        .expect("stored");
    let reader = Reader::open(dir.path()).expect("reader");
    let numbers = || -> Vec<u32> {
        let item = reader.full_item(&uid("2026100-3")).expect("read");
        let versions = item.expect("there").versions;
        versions.iter().map(|version| version.version_no).collect()
    };
    let all = TextsQuery {
        network: None,
        dossier: None,
        municipality: None,
        from: hour(0),
        until: hour(99),
        limit: 10,
        offset: 0,
    };
    let archived = || reader.texts_seen(&all).expect("texts").len();
    assert_eq!((numbers(), archived()), (vec![1, 2], 2));
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("UPDATE item_version SET handlings='[]' WHERE version_no=1")
        .expect("damaged");
    assert_eq!((numbers(), archived()), (vec![2], 1));
}

#[test]
fn a_text_that_is_not_what_was_stored_is_not_told() {
    let fields = "item_version SET fields=json_set(fields,'$.proposal','Lautakunta hylkää.')";
    for change in [
        fields,
        "item SET title='Toinen asia' WHERE version_no=1",
        "item SET content_sha256=replace(content_sha256,'a','b') WHERE version_no=1",
        "item_version SET handlings='[]'",
    ] {
        let (dir, mut archive) = empty();
        cycle(&mut archive);
        let reader = Reader::open(dir.path()).expect("reader");
        let query = FeedQuery {
            limit: 9,
            ..FeedQuery::default()
        };
        let told = || {
            let feed = reader.feed_items(&query).expect("feed");
            let found = reader
                .search(&SearchQuery::new("verkoston suunnitelma"))
                .expect("search");
            (feed.len(), found.len())
        };
        assert_eq!(told(), (2, 1));
        let conn = Connection::open(dir.path().join("archive.db")).expect("file");
        conn.execute_batch(&format!("UPDATE {change}"))
            .expect("damaged");
        assert_eq!(told(), (1, 0), "{change}");
        for error in [
            reader.item(&uid("2026100-3")).map(drop),
            reader.full_item(&uid("2026100-3")).map(drop),
        ] {
            let error = error.expect_err("not told").to_string();
            assert!(error.contains("run `seutu verify`"), "{error}");
        }
        assert!(!verify(dir.path()).is_empty(), "{change}");
    }
}

#[test]
fn a_text_that_is_not_what_its_hash_says() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch(
            "UPDATE item_version SET fields=json_set(fields,'$.proposal','Lautakunta hylkää suunnitelman.')",
        )
        .expect("damaged");
    });
    named(
        &findings,
        "item_version",
        "version 1 of kuusijarvi/2026100-3 does not say what was stored",
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.remedy.contains("seutu rederive"))
    );
}

#[test]
fn a_column_that_is_not_what_the_newest_version_says() {
    for column in [
        "preparer='muu'",
        "outcome=NULL, section_no=9",
        "lang='sv'",
        "diary_number=NULL",
    ] {
        let findings = after("archive.db", |conn| {
            conn.execute_batch(&format!("UPDATE item SET {column} WHERE version_no=1"))
                .expect("damaged");
        });
        named(&findings, "archive.db item", "is not that of its version 1");
    }
}

#[test]
fn what_was_blanked_knowingly_is_no_damage() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch(
            "INSERT INTO takedown(at,target_uid,action,reason)
               VALUES('2026-07-21T00:00:00Z','kuusijarvi/2026100-3','redact','personal_data');
             UPDATE item_version SET fields=json_set(fields,'$.preparer',NULL);
             UPDATE item SET preparer=NULL WHERE version_no=1",
        )
        .expect("blanked");
    });
    assert_eq!(findings, []);
}

#[test]
fn a_broken_chain_of_instants() {
    for (damage, what) in [
        (
            "UPDATE item_version SET seen_to='2026-07-25T00:00:00Z'",
            "no version follows it",
        ),
        (
            "INSERT INTO item_version(item_id,version_no,stage,seen_from,parser,content_sha256,changed_fields,fields)
               SELECT item_id,2,stage,'2026-07-25T00:00:00Z',parser,content_sha256,'[]',fields FROM item_version",
            "without an end, but the version after it was seen from 2026-07-25T00:00:00Z",
        ),
    ] {
        let findings = after("archive.db", |conn| conn.execute_batch(damage).expect("damaged"));
        named(&findings, "item_version", what);
    }
}

#[test]
fn a_log_with_a_hole_and_events_of_nothing() {
    for (damage, what) in [
        (
            "DELETE FROM event WHERE seq=2",
            "event 2 is missing from the log",
        ),
        (
            "DELETE FROM event WHERE seq<3",
            "events 1 to 2 are missing from the log",
        ),
        (
            "UPDATE event SET item_id=NULL, item_uid='kuusijarvi/0-0' WHERE seq=1",
            "event 1 (meeting_published) refers to kuusijarvi/0-0",
        ),
        (
            "UPDATE event SET version_no=9 WHERE version_no=1",
            "refers to version 9 of kuusijarvi/2026100-3, whose newest is 1",
        ),
    ] {
        let findings = after("archive.db", |conn| {
            conn.execute_batch(damage).expect("damaged");
        });
        named(&findings, "archive.db event", what);
    }
}

#[test]
fn an_item_erased_with_a_tombstone_is_no_damage() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch(
            "PRAGMA foreign_keys=ON;
             INSERT INTO event(at,kind,municipality_id,item_uid,summary)
               SELECT '2026-07-21T00:00:00Z','erased',municipality_id,uid,'' FROM item WHERE key='2026100-4';
             DELETE FROM item WHERE key='2026100-4'",
        )
        .expect("erased");
    });
    assert_eq!(findings, []);
}

#[test]
fn another_original_under_the_hash() {
    let findings = after("originals.db", |conn| {
        conn.execute_batch("UPDATE raw SET codec='none', bytes=3, body=x'616263'")
            .expect("damaged");
    });
    named(
        &findings,
        "originals.db raw",
        "they have the hash ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
}

#[test]
fn any_full_text_index_out_of_step_is_found_by_its_name() {
    let findings = after("archive.db", |conn| {
        conn.execute_batch(
            "CREATE VIRTUAL TABLE other_fts USING fts5(title, content=\"item\", content_rowid=\"id\")",
        )
        .expect("made");
    });
    named(
        &findings,
        "archive.db other_fts",
        "does not agree with the texts",
    );
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_flipped_byte_of_a_text_wherever_it_stands_and_of_a_page_header() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    let file = dir.path().join("archive.db");
    let whole = std::fs::read(&file).expect("file");
    let needle = "Lautakunta hyväksyy".as_bytes();
    let texts: Vec<_> = (0..whole.len() - needle.len())
        .filter(|at| whole[*at..].starts_with(needle))
        .collect();
    assert!(texts.len() >= 2, "in the item and in its version");
    for at in texts {
        let mut bytes = whole.clone();
        bytes[at + 3] ^= 4;
        std::fs::write(&file, bytes).expect("damaged");
        let around = String::from_utf8_lossy(&whole[at - 90..at + 60]).into_owned();
        assert_ne!(verify(dir.path()), [], "byte {at}: {around}");
    }
    std::fs::write(&file, &whole).expect("mended");
    assert_eq!(verify(dir.path()), []);
    for name in ["archive.db", "originals.db"] {
        let file = dir.path().join(name);
        let mut bytes = std::fs::read(&file).expect("file");
        // The header of a database says how large its pages are.
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        bytes[page] ^= 0x40;
        std::fs::write(&file, bytes).expect("damaged");
        let findings = verify(dir.path());
        assert!(
            findings.iter().any(|found| found.place.contains(name)),
            "{name}: {findings:?}"
        );
    }
}

#[test]
fn whoever_waits_hears_how_far_it_is() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let told = std::cell::RefCell::new(vec![]);
    let findings = seutu::archive::verify_watched(dir.path(), &|checked| {
        told.borrow_mut().push((checked.what, checked.of));
    });
    assert_eq!(findings, []);
    let told = told.into_inner();
    assert!(told.contains(&("versions", Some(1))), "{told:?}");
    assert!(told.contains(&("originals", Some(2))), "{told:?}");
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
    named(&verify(dir.path()), "archive.db", "it is missing");
}
