//! Rows are sealed: one that changes without SQLite is noticed, one that somebody changes is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;
use seutu::archive::{
    Archive, EventRecord, FeedQuery, Finding, MeetingQuery, OtherRow, Reader, SearchQuery, Stop,
    TextsQuery, damage, verify,
};
use seutu::model::item::ItemRecord;
use tempfile::TempDir;

use super::support::{cycle, empty, hour, uid};
use crate::support::rot::change;

/// Tables without seals: the explanations are held against the program's own, texts in a search index against those
/// beside it, what is due is of one transaction, and a seal is its own.
const UNSEALED: [&str; 4] = ["data_dictionary", "search_due", "seal", "seal_due"];

/// Seals every row; how many steps it took.
pub(super) fn seal(archive: &mut Archive, reader: &Reader) -> usize {
    let (mut sealed, mut steps) = (None, 0);
    while let Some(rows) = reader.unsealed(sealed.as_ref()).expect("rows") {
        archive
            .transaction(|batch| batch.seal(&rows))
            .expect("sealed");
        sealed = Some(rows);
        steps += 1;
    }
    steps
}

/// An archive whose rows are sealed.
fn sealed() -> (TempDir, Archive, Reader) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    let reader = Reader::open(dir.path()).expect("reader");
    assert!(seal(&mut archive, &reader) > 0);
    assert_eq!(verify(dir.path()), []);
    (dir, archive, reader)
}

fn said(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| format!("{}: {}", finding.place, finding.what))
        .collect()
}

#[test]
fn every_table_is_sealed_and_every_change_takes_a_seal_away() {
    let (dir, _archive) = empty();
    for file in ["archive.db", "originals.db"] {
        let conn = Connection::open(dir.path().join(file)).expect("file");
        let tables: Vec<String> = conn
            .prepare("SELECT name FROM pragma_table_list WHERE schema='main' AND type='table' AND name NOT LIKE 'sqlite_%'")
            .expect("tables")
            .query_map([], |row| row.get(0))
            .expect("tables")
            .collect::<Result<_, _>>()
            .expect("tables");
        assert!(!tables.is_empty());
        for table in tables {
            let triggers: Vec<String> = conn
                .prepare("SELECT sql FROM sqlite_schema WHERE type='trigger' AND name GLOB 'seal_'||?1||'_a[iud]' AND tbl_name=?1 ORDER BY rowid")
                .expect("triggers")
                .query_map([&table], |row| row.get(0))
                .expect("triggers")
                .collect::<Result<_, _>>()
                .expect("triggers");
            if UNSEALED.contains(&table.as_str()) {
                assert_eq!(triggers, [""; 0], "{table}");
                continue;
            }
            let key: Vec<String> = conn
                .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk>0 ORDER BY pk")
                .expect("key")
                .query_map([&table], |row| row.get(0))
                .expect("key")
                .collect::<Result<_, _>>()
                .expect("key");
            let wanted = [("INSERT", "i", "new"), ("UPDATE", "u", "old"), ("DELETE", "d", "old")].map(|(change, name, row)| {
                let columns: Vec<_> = key.iter().map(|column| format!("{row}.{column}")).collect();
                let key = match columns.as_slice() {
                    [one] => format!("CAST({one} AS TEXT)"),
                    all => all.join("||'/'||"),
                };
                format!(
                    "CREATE TRIGGER seal_{table}_a{name} AFTER {change} ON {table} BEGIN DELETE FROM seal WHERE table_name='{table}' AND key={key}; END"
                )
            });
            assert_eq!(triggers, wanted, "{table}");
            let numbers: i64 = conn
                .query_row(
                    "SELECT count(*) FROM pragma_table_info(?1) WHERE pk>0 AND type='INTEGER'",
                    [&table],
                    |row| row.get(0),
                )
                .expect("key");
            assert!(
                key.len() == 1 || usize::try_from(numbers) == Ok(key.len()),
                "a text in the key of {table} might have a / in it"
            );
        }
    }
}

/// Changes that SQLite does not hear of: file, table, what is done, and what is said of it.
const CHANGES: [[&str; 4]; 11] = [
    [
        "archive.db",
        "fetch",
        "UPDATE fetch SET fetched_at='2026-07-01T00:00:00Z' WHERE id=1",
        "row 1 of fetch is not the one",
    ],
    [
        "archive.db",
        "event",
        "UPDATE event SET summary='muuta' WHERE seq=1",
        "row 1 of event is not the one",
    ],
    [
        "archive.db",
        "match_evidence",
        "UPDATE match_evidence SET quote='muuta' WHERE id=1",
        "row 1 of match_evidence is not the one",
    ],
    [
        "archive.db",
        "network_member",
        "UPDATE network_member SET joined_on='2020-01-01' WHERE network_id=1 AND municipality_id=1",
        "row 1/1 of network_member is not the one",
    ],
    [
        "archive.db",
        "match_evidence",
        "DELETE FROM match_evidence WHERE id=1",
        "row 1 of match_evidence was sealed and is not there",
    ],
    [
        "archive.db",
        "seal",
        "UPDATE seal SET table_name='polm' WHERE table_name='poll' AND key='1'",
        "row 1 of polm was sealed and is not there",
    ],
    // Bytes that are no UTF-8, in a row, in a key and in a seal.
    [
        "archive.db",
        "event",
        "UPDATE event SET summary=CAST(x'f0' AS TEXT) WHERE seq=1",
        "row 1 of event is not the one",
    ],
    [
        "archive.db",
        "meta",
        "UPDATE meta SET key=CAST(x'f0' AS TEXT) WHERE key='created_at'",
        "row created_at of meta was sealed and is not there",
    ],
    [
        "archive.db",
        "seal",
        "UPDATE seal SET key=CAST(x'f0' AS TEXT) WHERE table_name='event' AND key='1'",
        "of event was sealed and is not there",
    ],
    [
        "originals.db",
        "raw",
        "UPDATE raw SET media_type='text/plain'",
        "of raw is not the one",
    ],
    [
        "originals.db",
        "raw",
        "UPDATE raw SET first_seen_at='2026-07-01T00:00:00Z'",
        "of raw is not the one",
    ],
];

#[test]
fn a_row_that_changes_without_sqlite_is_named() {
    for [file, table, sql, named] in CHANGES {
        let (dir, archive, _reader) = sealed();
        drop(archive);
        change(&dir.path().join(file), table, sql);
        let findings = verify(dir.path());
        let found = said(&findings);
        assert!(
            found
                .iter()
                .any(|line| line.starts_with(file) && line.contains(named)),
            "{named}: {found:#?}"
        );
        assert!(
            findings
                .iter()
                .all(|finding| finding.remedy.contains("backup")),
            "{findings:#?}"
        );
    }
}

#[test]
fn what_somebody_changes_is_no_damage_and_is_sealed_again() {
    let (dir, mut archive, reader) = sealed();
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch(
        "UPDATE event SET summary='muuta' WHERE seq=1; DELETE FROM match_evidence WHERE id=1;
         INSERT OR REPLACE INTO meta(key,value) VALUES('created_at','2020-01-01T00:00:00Z')",
    )
    .expect("changed");
    assert_eq!(verify(dir.path()), []);
    assert_eq!(seal(&mut archive, &reader), 2, "one row of two tables");
    assert_eq!(seal(&mut archive, &reader), 0, "nothing is left");
    change(
        &dir.path().join("archive.db"),
        "event",
        "UPDATE event SET summary='taas' WHERE seq=1",
    );
    assert_eq!(said(&verify(dir.path())).len(), 1);
}

#[test]
fn a_row_that_takes_the_key_of_a_lost_one_is_not_taken_for_it() {
    let (dir, _archive, _reader) = sealed();
    let file = dir.path().join("archive.db");
    change(&file, "host_pause", "DELETE FROM host_pause");
    assert_eq!(said(&verify(dir.path())).len(), 1);
    let conn = Connection::open(&file).expect("file");
    conn.execute_batch(
        "INSERT INTO host_pause SELECT key, '2026-01-01T00:00:00Z' FROM seal WHERE table_name='host_pause'",
    )
    .expect("written again");
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_row_that_cannot_be_read_keeps_no_other_from_being_looked_at() {
    let (dir, archive, _reader) = sealed();
    drop(archive);
    for (file, table, sql) in [
        (
            "archive.db",
            "item_version",
            "UPDATE item_version SET handlings=CAST(x'5b22f0225d' AS TEXT) WHERE id=1",
        ),
        (
            "archive.db",
            "event",
            "UPDATE event SET summary='muuta' WHERE seq=1",
        ),
        (
            "originals.db",
            "raw",
            "UPDATE raw SET codec='zstd', media_type=CAST(x'f0' AS TEXT)",
        ),
    ] {
        change(&dir.path().join(file), table, sql);
    }
    let go: Stop = Arc::new(|| false);
    let told = damage(dir.path(), &go).join("\n");
    assert!(told.contains("(and others: `seutu verify`)"), "{told}");
    let found = said(&verify(dir.path())).join("\n");
    for part in [
        "row 1 of event is",
        "row 1 of item_version is",
        " of raw is not",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
}

#[test]
fn a_row_that_nobody_can_restore_is_taken_as_it_stands() {
    let (dir, mut archive, reader) = sealed();
    change(
        &dir.path().join("archive.db"),
        "event",
        "UPDATE event SET summary='muuta' WHERE seq=1",
    );
    change(
        &dir.path().join("originals.db"),
        "raw",
        "UPDATE raw SET media_type='text/plain'",
    );
    let others = reader.other_rows().expect("rows").0;
    assert!(others.len() > 1);
    assert_eq!(
        others[0].to_string(),
        "row 1 of event is not the one that was written"
    );
    assert!(
        others[1..]
            .iter()
            .map(OtherRow::to_string)
            .all(|line| line.contains(" of raw "))
    );
    archive
        .transaction(|batch| batch.accept(&others))
        .expect("accepted");
    assert_eq!(verify(dir.path()), []);
    assert_eq!(reader.other_rows().expect("rows").0, []);
}

/// Where readers are told of an item: its page, a feed, a search, texts by their days, a calendar.
fn told(reader: &Reader, url: &str) -> [bool; 5] {
    let uid = uid("2026100-3");
    let feed = FeedQuery {
        limit: 100,
        ..FeedQuery::default()
    };
    let search = SearchQuery {
        limit: 100,
        ..SearchQuery::new("suunnitelma")
    };
    let texts = TextsQuery {
        network: None,
        dossier: None,
        municipality: None,
        from: hour(0),
        until: hour(99),
        limit: 10,
        offset: 0,
    };
    let calendar = MeetingQuery {
        network: None,
        municipality: None,
        from: jiff::civil::date(2026, 1, 1),
    };
    let is_of = |item: &ItemRecord| item.uid == uid || item.url.as_str() == url;
    let hits = reader.search(&search).expect("hits");
    let meetings = reader.calendar(&calendar).expect("meetings");
    [
        reader.item(&uid).ok().flatten().is_some(),
        reader.feed_items(&feed).expect("feed").iter().any(is_of),
        hits.iter()
            .any(|hit| hit.uid == uid || hit.url.as_str() == url),
        reader.texts_seen(&texts).expect("texts").iter().any(is_of),
        meetings
            .iter()
            .flat_map(|meeting| &meeting.items)
            .any(|item| item.url.contains(url)),
    ]
}

#[test]
fn an_item_or_meeting_whose_row_is_another_is_told_of_nowhere() {
    for (table, sql) in [
        (
            "item",
            "UPDATE item SET changed_at='2026-07-29T00:00:00Z' WHERE uid LIKE '%2026100-3'",
        ),
        (
            "item",
            "UPDATE item SET uid=replace(uid,'-3','-7') WHERE uid LIKE '%2026100-3'",
        ),
        ("meeting", "UPDATE meeting SET held_on='2026-08-06'"),
    ] {
        let (dir, archive, reader) = sealed();
        drop(archive);
        let url = "id=2026100-3";
        assert_eq!(told(&reader, url), [true; 5], "{sql}");
        change(&dir.path().join("archive.db"), table, sql);
        assert_eq!(told(&reader, url), [false; 5], "{sql}");
    }
}

#[test]
fn many_rows_are_sealed_in_short_steps() {
    let (dir, mut archive, reader) = sealed();
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<450)
         INSERT INTO host_pause(host, until) SELECT 'h' || i, '2026-01-01T00:00:00Z' FROM n",
    )
    .expect("rows");
    assert_eq!(seal(&mut archive, &reader), 3);
    let sealed: u32 = conn
        .query_row(
            "SELECT count(*) FROM seal WHERE table_name='host_pause'",
            [],
            |row| row.get(0),
        )
        .expect("seals");
    assert_eq!(sealed, 451, "one host was there");
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_seal_is_found_without_walking_through_all() {
    let (dir, _archive, _reader) = sealed();
    let mut conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i+1 FROM n WHERE i<9000)
         INSERT INTO seal SELECT t.name, n.i, '0123456789abcdef' FROM n, (SELECT 'event' AS name UNION SELECT 'item') t",
    )
    .expect("seals");
    let steps = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&steps);
    conn.progress_handler(
        1,
        Some(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        }),
    )
    .expect("counted");
    for sql in [
        "UPDATE event SET summary='muuta' WHERE seq=1",
        "DELETE FROM event WHERE seq=1",
    ] {
        steps.store(0, Ordering::Relaxed);
        conn.prepare(sql)
            .expect("a statement")
            .query([])
            .expect("begun")
            .next()
            .expect("run");
        let taken = steps.load(Ordering::Relaxed);
        assert!((1..2_000).contains(&taken), "{sql}: {taken} steps");
    }
}

#[test]
fn a_key_of_another_type_keeps_no_row_from_being_sealed() {
    let (dir, mut archive, reader) = sealed();
    let file = dir.path().join("archive.db");
    let loosen = |from: &str, to: &str| {
        let conn = Connection::open(&file).expect("file");
        conn.execute_batch(&format!(
            "PRAGMA writable_schema=ON;
             UPDATE sqlite_schema SET sql=replace(sql,'{from}','{to}') WHERE name='host_pause' AND type='table'"
        ))
        .expect("another table");
    };
    let conn = Connection::open(&file).expect("file");
    conn.execute_batch("INSERT INTO host_pause(host,until) VALUES('a','2026-01-01T00:00:00Z'),('b','2026-01-01T00:00:00Z')")
        .expect("rows");
    drop(conn);
    loosen("STRICT, WITHOUT ROWID", "WITHOUT ROWID");
    change(
        &file,
        "host_pause",
        "UPDATE host_pause SET host=CAST(host AS BLOB) WHERE host='a'",
    );
    loosen("WITHOUT ROWID", "STRICT, WITHOUT ROWID");
    assert_eq!(seal(&mut archive, &reader), 1);
    assert_eq!(
        seal(&mut archive, &reader),
        0,
        "each has one, whatever it is"
    );
}

#[test]
fn a_damaged_index_keeps_no_row_from_being_looked_at() {
    let (dir, archive, _reader) = sealed();
    drop(archive);
    let file = dir.path().join("archive.db");
    change(
        &file,
        "event",
        "UPDATE event SET summary='muuta' WHERE seq=1",
    );
    change(
        &file,
        "item_fts_config",
        "UPDATE item_fts_config SET v=99 WHERE k='version'",
    );
    let found = said(&verify(dir.path())).join("\n");
    assert!(found.contains("row 1 of event is not"), "{found}");
}

#[test]
fn a_column_that_somebody_adds_makes_no_row_another() {
    let (dir, archive, reader) = sealed();
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    conn.execute_batch("ALTER TABLE item ADD COLUMN note TEXT DEFAULT 'x'")
        .expect("added");
    assert_eq!(verify(dir.path()), []);
    assert!(
        reader
            .item(&uid("2026100-3"))
            .expect("read")
            .is_some_and(|item| item.version_no > 0)
    );
}

#[test]
fn an_event_whose_row_is_another_is_left_out_and_the_log_goes_on() {
    let (dir, archive, reader) = sealed();
    drop(archive);
    let before = reader.events(0, 100).expect("events");
    assert!(before.events.len() > 2 && before.last == Some(before.newest));
    let file = dir.path().join("archive.db");
    change(
        &file,
        "event",
        "UPDATE event SET summary='muuta' WHERE seq=1",
    );
    let after = reader.events(0, 100).expect("events");
    assert_eq!(after.events, before.events[1..]);
    let first = reader.events(0, 1).expect("events");
    assert_eq!((first.events.len(), first.last), (0, Some(1)));
    change(
        &file,
        "item",
        "UPDATE item SET url='https://muu.example/' WHERE uid LIKE '%2026100-3'",
    );
    let addressed = reader.events(0, 100).expect("events");
    let of_item = uid("2026100-3").to_string();
    let of_item = |event: &&EventRecord| event.uid.as_deref() == Some(&of_item);
    assert!(
        before
            .events
            .iter()
            .filter(of_item)
            .any(|event| event.url.is_some())
    );
    assert!(
        addressed
            .events
            .iter()
            .filter(of_item)
            .all(|event| event.url.is_none())
    );
}

#[test]
fn a_meeting_whose_row_is_another_is_neither_ahead_nor_found() {
    let (dir, archive, reader) = sealed();
    drop(archive);
    let file = dir.path().join("archive.db");
    Connection::open(&file)
        .expect("file")
        .execute_batch(
            "INSERT INTO meeting_page(meeting_id,page_no,text,search_terms)
             SELECT id, 1, 'Harvinainen kirnu', 'harvinainen kirnu' FROM meeting LIMIT 1",
        )
        .expect("a page");
    let told = || {
        let ahead = reader
            .meetings_ahead(jiff::civil::date(2026, 1, 1), 100)
            .expect("meetings");
        let found = reader
            .search_meetings(
                &SearchQuery {
                    limit: 10,
                    ..SearchQuery::new("kirnu")
                },
                &[],
            )
            .expect("hits");
        (ahead.len(), found.len())
    };
    assert_eq!(told(), (1, 1));
    change(
        &file,
        "meeting",
        "UPDATE meeting SET url='https://muu.example/'",
    );
    assert_eq!(told(), (0, 0));
}

/// The file of an archive that nobody uses any more, with all that is in its log.
fn at_rest(dir: &TempDir, (archive, reader): (Archive, Reader)) -> PathBuf {
    drop((archive, reader));
    let file = dir.path().join("archive.db");
    let conn = Connection::open(&file).expect("file");
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("folded in");
    file
}

/// Changes bytes of a file of which there is one such sequence.
fn patch(file: &Path, from: &[u8], to: &[u8]) {
    let mut bytes = std::fs::read(file).expect("file");
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter_map(|(at, found)| (found == from).then_some(at))
        .collect();
    assert_eq!(places.len(), 1, "{from:?}");
    bytes[places[0]..][..to.len()].copy_from_slice(to);
    std::fs::write(file, bytes).expect("patched");
}

/// How the seal of an item with one digit begins: the lengths of its header and of its three texts.
const SEAL: &[u8] = &[4, 13 + 2 * 4, 13 + 2, 13 + 2 * 16];

#[test]
fn a_seal_of_another_type_hinders_no_change_and_can_be_taken_off() {
    let (dir, archive, reader) = sealed();
    let file = at_rest(&dir, (archive, reader));
    let blob = [4, 13 + 2 * 4, 13 + 2, 12 + 2 * 16];
    patch(
        &file,
        &[SEAL, b"item1"].concat(),
        &[&blob[..], b"item1"].concat(),
    );
    let mut archive = Archive::open(dir.path(), hour(5)).expect("archive");
    let reader = Reader::open(dir.path()).expect("reader");
    let others = reader.other_rows().expect("rows").0;
    let named: Vec<String> = others.iter().map(OtherRow::to_string).collect();
    assert_eq!(named, ["row 1 of item is not the one that was written"]);
    archive
        .transaction(|batch| batch.mark_withdrawn(&uid("2026100-3"), hour(6)))
        .expect("changed");
    let others = reader.other_rows().expect("rows").0;
    archive
        .transaction(|batch| batch.accept(&others))
        .expect("accepted");
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn a_seal_that_stands_where_its_key_does_not_belong_is_taken_off() {
    let (dir, archive, reader) = sealed();
    let file = at_rest(&dir, (archive, reader));
    patch(
        &file,
        &[SEAL, b"item1"].concat(),
        &[SEAL, b"item~"].concat(),
    );
    let mut archive = Archive::open(dir.path(), hour(5)).expect("archive");
    let reader = Reader::open(dir.path()).expect("reader");
    for round in 0.. {
        let others = reader.other_rows().expect("rows").0;
        if others.is_empty() {
            assert!(round > 0, "it was seen");
            break;
        }
        let gone = "row ~ of item was sealed and is not there, though nobody deleted it";
        assert!(
            others.iter().any(|other| other.to_string() == gone),
            "{others:?}"
        );
        assert!(round < 2, "{others:?}");
        archive
            .transaction(|batch| batch.accept(&others))
            .expect("accepted");
    }
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn an_item_whose_seal_is_on_a_damaged_page_is_told_by_its_own() {
    let (dir, archive, reader) = sealed();
    let root: u32 = Connection::open(dir.path().join("archive.db"))
        .expect("file")
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name='seal'",
            [],
            |row| row.get(0),
        )
        .expect("a page");
    let file = at_rest(&dir, (archive, reader));
    let mut bytes = std::fs::read(&file).expect("file");
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let start = (root as usize - 1) * size;
    bytes[start..][..size].fill(0);
    std::fs::write(&file, bytes).expect("zeroed");
    let reader = Reader::open(dir.path()).expect("reader");
    let item = reader.item(&uid("2026100-3")).expect("sound");
    assert!(item.is_some());
    assert_ne!(verify(dir.path()), []);
}
