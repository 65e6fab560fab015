//! One writer per folder, whole files only, a schema that is what the contract says.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use seutu::archive::{Archive, ArchiveError, Reader, verify};
use tempfile::TempDir;

use super::support::{asked, cycle, dump, dump_rows, dump_schema, empty, hour};

/// The schema of the first release with invented rows; it must open for ever.
const V1: &str = include_str!("../../../fixtures/archive/v1.sql");

#[test]
fn a_second_opener_is_refused_and_told_who_has_it() {
    let (dir, _archive) = empty();
    let error = Archive::open(dir.path(), hour(0)).expect_err("locked");
    assert!(matches!(error, ArchiveError::Locked { .. }));
    let message = error.to_string();
    assert!(
        message.contains(&dir.path().display().to_string()),
        "{message}"
    );
    assert!(
        message.contains(&format!("process {}", std::process::id())),
        "{message}"
    );
    assert!(message.contains("stop that one first"), "{message}");
}

#[test]
fn the_lock_goes_with_the_archive() {
    let (dir, archive) = empty();
    drop(archive);
    Archive::open(dir.path(), hour(0)).expect("free again");
}

fn refused(prepare: impl FnOnce(&Path)) -> ArchiveError {
    let (dir, archive) = empty();
    drop(archive);
    let file = dir.path().join("archive.db");
    prepare(&file);
    let before = fs::read(&file).ok();
    let error = Archive::open(dir.path(), hour(0)).expect_err("refused");
    assert_eq!(fs::read(&file).ok(), before, "the refused file was touched");
    Reader::open(dir.path()).expect_err("refused to readers too");
    error
}

fn stamp(file: &Path, pragma: &str) {
    Connection::open(file)
        .expect("open")
        .execute_batch(pragma)
        .expect("pragma");
}

#[test]
fn files_of_others_or_of_the_future_are_refused_untouched() {
    let newer = refused(|file| stamp(file, "PRAGMA user_version=99"));
    assert!(
        matches!(
            newer,
            ArchiveError::NewerSchema {
                found: 99,
                known: 20,
                ..
            }
        ),
        "{newer}"
    );
    let foreign = refused(|file| stamp(file, "PRAGMA application_id=7"));
    assert!(
        matches!(foreign, ArchiveError::WrongApplication { found: 7, .. }),
        "{foreign}"
    );
    let unfinished = refused(|file| stamp(file, "PRAGMA user_version=0"));
    assert!(
        matches!(unfinished, ArchiveError::NoVersion { .. }),
        "{unfinished}"
    );
    let plain = refused(|file| {
        fs::remove_file(file).expect("removed");
        stamp(file, "CREATE TABLE a(b)");
    });
    assert!(matches!(plain, ArchiveError::NoVersion { .. }), "{plain}");
    for bytes in [&b""[..], b"SQLite format 3\0", &[b'x'; 4096]] {
        let damaged = refused(|file| fs::write(file, bytes).expect("written"));
        assert!(
            matches!(damaged, ArchiveError::NotADatabase { .. }),
            "{damaged}"
        );
    }
    let folder = refused(|file| {
        fs::remove_file(file).expect("removed");
        fs::create_dir(file).expect("folder");
    });
    assert!(
        matches!(
            folder,
            ArchiveError::NotADatabase { .. } | ArchiveError::Io { .. }
        ),
        "{folder}"
    );
}

#[test]
fn a_log_without_its_file_is_damage_and_not_a_beginning() {
    let dir = TempDir::new().expect("folder");
    fs::write(dir.path().join("archive.db-wal"), b"frames").expect("written");
    let error = Archive::open(dir.path(), hour(0)).expect_err("refused");
    assert!(error.to_string().contains("-wal"), "{error}");
}

#[test]
fn a_beginning_that_was_killed_is_begun_again() {
    let dir = TempDir::new().expect("folder");
    fs::write(dir.path().join("archive.db.new"), b"half a file").expect("written");
    fs::write(dir.path().join("archive.db.new-journal"), b"half a journal").expect("written");
    Archive::open(dir.path(), hour(0)).expect("opened");
    assert_eq!(verify(dir.path()), []);
}

#[test]
fn opening_again_changes_nothing() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    let before = dump(dir.path(), &[]);
    drop(Archive::open(dir.path(), hour(99)).expect("opened"));
    assert_eq!(dump(dir.path(), &[]), before);
}

#[test]
fn the_settings_survive_a_power_cut() {
    let (dir, archive) = empty();
    drop(archive);
    let header = fs::read(dir.path().join("archive.db")).expect("file");
    assert_eq!(&header[68..72], b"SVRD");
    assert_eq!(header[18], 2, "write-ahead log");
    assert!(
        dir.path().join("archive.db-wal").exists(),
        "kept for readers of other users"
    );
    assert!(dir.path().join("archive.db-shm").exists());
}

#[test]
fn a_stopped_archive_can_be_read_with_and_without_its_logs() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    assert_eq!(
        Reader::open(dir.path())
            .expect("reader")
            .counts()
            .expect("counts")
            .items,
        2
    );
    for name in ["archive.db-wal", "archive.db-shm"] {
        fs::remove_file(dir.path().join(name)).expect("removed");
    }
    assert_eq!(
        Reader::open(dir.path())
            .expect("reader")
            .counts()
            .expect("counts")
            .items,
        2
    );
}

#[test]
fn nothing_to_read_is_said() {
    let dir = TempDir::new().expect("folder");
    let error = Reader::open(dir.path()).expect_err("missing");
    assert!(matches!(error, ArchiveError::Missing { .. }));
    assert!(
        fs::read_dir(dir.path()).expect("folder").next().is_none(),
        "a reader makes nothing"
    );
}

/// A folder as the first release left it.
pub(super) fn first_release() -> (TempDir, Connection) {
    let (dir, archive) = empty();
    drop(archive);
    for name in ["archive.db", "archive.db-wal", "archive.db-shm"] {
        fs::remove_file(dir.path().join(name)).expect("removed");
    }
    let old = Connection::open(dir.path().join("archive.db")).expect("file");
    old.execute_batch(V1).expect("the dump loads");
    let originals = dir.path().join("originals.db");
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(sidecar(&originals, suffix)).expect("removed");
    }
    let originals = Connection::open(originals).expect("file");
    originals
        .execute_batch(&format!(
            "PRAGMA page_size=16384; {FIRST_ORIGINALS}
             INSERT INTO raw(sha256,codec,bytes,body,first_seen_at)
               VALUES('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad','none',3,x'616263','2026-08-01T00:00:00Z');
             PRAGMA application_id={}; PRAGMA user_version=1",
            0x5356_5252
        ))
        .expect("the first schema");
    (dir, old)
}

/// The first schema of originals.db.
const FIRST_ORIGINALS: &str = include_str!("../../../src/archive/originals/0001.sql");

fn sidecar(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[test]
fn the_first_release_opens_and_becomes_what_is_made_today() {
    if std::env::var_os("SEUTU_MAKE_DUMP").is_some() {
        make_the_dump_of_the_first_release();
    }
    let (dir, old) = first_release();
    let rows = dump_rows(&old, &["meta", "data_dictionary"]);
    drop(old);
    let archive = Archive::open(dir.path(), hour(0)).expect("migrated");
    drop(archive);
    let (fresh_dir, fresh) = empty();
    drop(fresh);
    let [migrated, originals] = [dir.path(), fresh_dir.path()].map(|dir| {
        ["archive.db", "originals.db"].map(|file| Connection::open(dir.join(file)).expect("file"))
    });
    for (migrated, fresh) in migrated.iter().zip(&originals) {
        assert_eq!(dump_schema(migrated), dump_schema(fresh));
    }
    let [migrated, originals] = migrated;
    assert_eq!(
        dump_rows(&originals, &[]).lines().count(),
        1,
        "what was kept"
    );
    assert_eq!(
        without_new_columns(&dump_rows(&migrated, &["meta", "data_dictionary"]), &rows),
        rows
    );
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(
        reader
            .search(&asked("suunnitelma", 10))
            .expect("search")
            .len(),
        1
    );
}

/// The schemas between the first release and the one that reads whole meetings.
const UNTIL_MEETING_PDFS: [&str; 3] = [
    include_str!("../../../src/archive/migrations/0002.sql"),
    include_str!("../../../src/archive/migrations/0003.sql"),
    include_str!("../../../src/archive/migrations/0004.sql"),
];

#[test]
fn pdfs_that_were_listed_before_they_were_read_are_due_after_the_migration() {
    let (dir, old) = first_release();
    for migration in UNTIL_MEETING_PDFS {
        old.execute_batch(migration).expect("migrated");
    }
    let listed = "INSERT INTO meeting(uid,title,body_id,held_on,first_seen_at,pdf_url)
                  SELECT 'x', 'x', min(id), '2026-08-05', '2026-08-01T00:00:00Z', 'https://kunta.example/x.pdf' FROM body";
    old.execute(listed, []).expect("a meeting with a PDF");
    drop(old);
    stamp(&dir.path().join("archive.db"), "PRAGMA user_version=4");
    drop(Archive::open(dir.path(), hour(0)).expect("migrated"));
    let found = crate::support::contents::rows(
        dir.path(),
        "SELECT pdf_status, pdf_failures, count(*)>0 FROM meeting GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(found, ["null | 0 | 1", "listed | 0 | 1"]);
}

/// The schemas from the reading of meetings until columns got the checks they came without.
const UNTIL_CHECKS: [&str; 2] = [
    include_str!("../../../src/archive/migrations/0005.sql"),
    include_str!("../../../src/archive/migrations/0006.sql"),
];

#[test]
fn columns_that_get_their_checks_late_keep_what_they_hold() {
    let (dir, old) = first_release();
    for migration in UNTIL_MEETING_PDFS.iter().chain(&UNTIL_CHECKS) {
        old.execute_batch(migration).expect("migrated");
    }
    let held = "UPDATE source SET publishes='official_decisions' WHERE id=1;
        UPDATE poll SET certificate='expired'; UPDATE item SET listed_section=39 WHERE id=1";
    old.execute_batch(held).expect("values");
    drop(old);
    stamp(&dir.path().join("archive.db"), "PRAGMA user_version=6");
    drop(Archive::open(dir.path(), hour(0)).expect("migrated"));
    let found = |sql| crate::support::contents::rows(dir.path(), sql);
    let publishes = found("SELECT publishes FROM source ORDER BY id");
    assert_eq!(publishes, ["official_decisions", "null"]);
    assert_eq!(found("SELECT DISTINCT certificate FROM poll"), ["expired"]);
    assert_eq!(found("SELECT listed_section FROM item WHERE id=1"), ["39"]);
    // The dump of the first release has no originals beside it; everything else must be whole.
    let mut archive = Archive::open(dir.path(), hour(0)).expect("opened");
    let filled = archive.transaction(|batch| batch.refill_search(100));
    assert!(filled.expect("filled") > 0);
    drop(archive);
    let mut damage = verify(dir.path());
    damage.retain(|finding| finding.place != "archive.db fetch");
    // Its hashes are invented.
    damage.retain(|finding| {
        !finding.what.contains("does not say what was stored")
            && !finding.what.contains("is not that of its version")
    });
    assert_eq!(damage, [], "the full-text index still stands on its table");
}

#[test]
fn pages_that_were_read_before_they_were_indexed_are_found_after_the_migration() {
    let (dir, old) = first_release();
    let checks = include_str!("../../../src/archive/migrations/0007.sql");
    for migration in UNTIL_MEETING_PDFS
        .iter()
        .chain(&UNTIL_CHECKS)
        .chain([&checks])
    {
        old.execute_batch(migration).expect("migrated");
    }
    old.execute_batch(
        "INSERT INTO document_page(item_id,page_no,text) VALUES (2,1,'Alku.'), (2,2,'Jäähallien laskut.');
         INSERT INTO attachment_page(attachment_id,page_no,text) VALUES (1,3,'Kerrotaan uimahalleista.')",
    )
    .expect("pages");
    drop(old);
    stamp(&dir.path().join("archive.db"), "PRAGMA user_version=7");
    let mut archive = Archive::open(dir.path(), hour(0)).expect("migrated");
    let pages = "SELECT item_id, page_no, text FROM document_page UNION ALL
        SELECT attachment_id, page_no, text FROM attachment_page";
    assert_eq!(
        crate::support::contents::rows(dir.path(), pages),
        [
            "2 | 1 | Alku.",
            "2 | 2 | Jäähallien laskut.",
            "1 | 3 | Kerrotaan uimahalleista."
        ]
    );
    let reader = Reader::open(dir.path()).expect("reader");
    let page = |words: &str| {
        let hits = reader.search(&asked(words, 10)).expect("search");
        let page = hits.first().and_then(|hit| hit.page.clone());
        page.map(|page| (page.attachment, page.page))
    };
    assert_eq!(
        page("laskut"),
        Some((None, 2)),
        "words as they stand at once"
    );
    assert_eq!(page("uimahallista"), None);
    while archive
        .transaction(|batch| batch.refill_search(1))
        .expect("filled")
        > 0
    {}
    assert_eq!(page("jäähalli"), Some((None, 2)));
    assert_eq!(
        page("uimahallista"),
        Some((Some("Suunnitelma".to_owned()), 3))
    );
    drop(archive);
    let mut damage = verify(dir.path());
    damage.retain(|finding| finding.place.contains("_fts") || finding.what.contains("filled"));
    assert_eq!(damage, []);
}

/// What migrations put into new columns of old rows: nothing, or what a fetch was of.
const ADDED: &str = ",NULL ,0 ,'list' ,'page' ,'2026-08-05'";

/// The rows of today's archive without the columns that came later, which are all NULL.
fn without_new_columns(today: &str, then: &str) -> String {
    let lines = today.lines().zip(then.lines()).map(|(today, then)| {
        let added = then
            .strip_suffix(");")
            .and_then(|then| today.strip_prefix(then)?.strip_suffix(");"));
        let row = match added {
            Some(added)
                if ADDED
                    .split(' ')
                    .fold(added.to_owned(), |rest, value| rest.replace(value, ""))
                    .is_empty() =>
            {
                then
            }
            _ => today,
        };
        format!("{row}\n")
    });
    lines.collect()
}

/// Writes the dump of the schema in work: `SEUTU_MAKE_DUMP=1 cargo test first_release`, before a
/// release and never after it.
fn make_the_dump_of_the_first_release() {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    let schema = dump_schema(&conn);
    let (tables, triggers) = schema.split_at(schema.find("CREATE TRIGGER").expect("triggers"));
    let text = format!(
        "-- The archive as the first release made it, with invented rows.\nPRAGMA page_size=8192;\n\
         PRAGMA application_id=0x53565244;\nPRAGMA user_version=1;\nPRAGMA foreign_keys=OFF;\n{tables}{}\
         INSERT INTO item_fts(item_fts) VALUES('rebuild');\n{triggers}",
        dump_rows(&conn, &[])
    );
    fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/archive/v1.sql"),
        text,
    )
    .expect("written");
}

fn columns(conn: &Connection, view: &str) -> String {
    let statement = conn
        .prepare(&format!("SELECT * FROM {view}"))
        .expect("view");
    statement.column_names().collect::<Vec<_>>().join(" ")
}

#[test]
fn views_have_the_columns_of_the_contract() {
    let (dir, archive) = empty();
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    let decisions = "item_id uid municipality body date section_no title diary_number stage outcome presenter preparer \
        proposal decision appeal_kind networks year version_no changed_at withdrawn_at url";
    assert_eq!(columns(&conn, "decisions"), decisions);
    assert_eq!(
        columns(&conn, "network_decisions"),
        format!("network verdict score why decided_by {decisions}")
    );
    assert_eq!(
        columns(&conn, "paatokset"),
        "item_id tunniste kunta toimielin pvm pykala otsikko diaarinumero vaihe tulos esittelija valmistelija \
         paatosehdotus paatos muutoksenhaku verkostot vuosi versio muutettu linkki"
    );
    assert_eq!(
        columns(&conn, "network_matrix"),
        "dossier year municipality state first_on last_on outcomes items slug network handled_on outcome differs why \
         why_since uid"
    );
    assert_eq!(
        columns(&conn, "source_status"),
        "source_id municipality system name last_outcome last_ok_at newest_meeting new_items_30d source enabled items \
         awaiting_minutes problems robots feed_kind meetings failing_lists health findings newest_problem \
         missing_sections awaiting_too_long successor"
    );
    assert_eq!(
        columns(&conn, "missing"),
        "municipality body year first_no last_no sections after_meeting before_meeting source looked_for_at body_id \
         source_id"
    );
}

fn names(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).expect("query");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("names")
}

#[test]
fn every_foreign_key_is_indexed_and_every_table_strict() {
    let (dir, archive) = empty();
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    let tables =
        "SELECT name FROM pragma_table_list WHERE schema='main' AND name NOT LIKE 'sqlite%'
        AND type IN ('table','view','virtual')";
    let own = format!("SELECT name FROM ({tables}) WHERE name NOT LIKE '%_fts%'");
    for table in names(&conn, &own) {
        for column in names(
            &conn,
            &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}')"),
        ) {
            let leading = format!(
                "SELECT c.name FROM pragma_index_list('{table}') l JOIN pragma_index_info(l.name) c WHERE c.seqno=0
                 UNION SELECT name FROM pragma_table_info('{table}') WHERE pk=1"
            );
            assert!(
                names(&conn, &leading).contains(&column),
                "{table}.{column} has no index"
            );
        }
    }
    let loose =
        "SELECT name FROM pragma_table_list WHERE schema='main' AND type='table' AND strict=0
        AND name NOT LIKE 'sqlite%'";
    assert_eq!(names(&conn, loose), Vec::<String>::new());
}
