//! Copies for readers: whole, described, never over something else; and the public folder, true at every moment.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use seutu::archive::{
    Archive, ArchiveError, Beside, Edition, PublicFolder, Reader, Stop, snapshot,
};
use seutu::model::change::VersionKind;
use seutu::model::minutes::Stage;
use seutu::model::takedown::{Takedown, TakedownAction, TakedownReason};
use tempfile::TempDir;

use super::sealing::seal;
use super::support::{cycle, dump_rows, empty, hour, reading, sha256, uid, version};

fn never() -> Stop {
    Arc::new(|| false)
}

fn filled() -> (TempDir, Archive) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    (dir, archive)
}

/// Opens a copy as any reader does: nothing may be written, and nobody else writes.
fn opened(path: &Path) -> Connection {
    let address = format!("file:{}?mode=ro&immutable=1", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(address, flags).expect("a copy")
}

fn text(conn: &Connection, sql: &str) -> String {
    conn.query_row(sql, [], |row| row.get::<_, Option<String>>(0))
        .expect(sql)
        .unwrap_or_else(|| "null".to_owned())
}

fn names(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).expect("folder");
    let mut names: Vec<String> = listed
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_copy_holds_every_row_and_says_what_it_is_whether_a_writer_is_open_or_not() {
    let (dir, archive) = filled();
    let out = TempDir::new().expect("folder");
    let path = out.path().join("copy.db");
    let beside = snapshot(dir.path(), &path, hour(40), &never()).expect("a copy");
    archive.checkpoint().expect("checkpoint");
    drop(archive);
    let without = snapshot(dir.path(), &path, hour(40), &never()).expect("a copy over a copy");
    assert_eq!((beside.seq, beside.items), (without.seq, without.items));
    assert_eq!(names(out.path()), ["copy.db"], "no log, nothing left over");
    let about = fs::metadata(&path).expect("file");
    assert_eq!(about.permissions().mode() & 0o777, 0o644);
    assert_eq!(about.len(), without.size);
    let header = fs::read(&path).expect("bytes");
    assert_eq!(header[18..20], [1, 1], "rollback journal, not a log");
    let copy = opened(&path);
    let original = Connection::open(dir.path().join("archive.db")).expect("archive");
    for pragma in ["application_id", "user_version", "page_size"] {
        let value = |conn: &Connection| -> i64 {
            conn.pragma_query_value(None, pragma, |row| row.get(0))
                .expect(pragma)
        };
        assert_eq!(value(&copy), value(&original), "{pragma}");
    }
    assert_eq!(dump_rows(&copy, &["meta"]), dump_rows(&original, &["meta"]));
    for (key, value) in [
        ("built_at", "2026-07-21T16:00:00Z"),
        ("event_seq", &without.seq.to_string()),
        ("items", "2"),
        ("municipalities", "1"),
        ("first_day", "2026-08-05"),
        ("last_day", "2026-08-05"),
        ("generator_version", env!("CARGO_PKG_VERSION")),
    ] {
        let said = text(
            &copy,
            &format!("SELECT max(value) FROM meta WHERE key='{key}'"),
        );
        assert_eq!(said, value, "{key}");
    }
    for key in ["licence_en", "licence_fi", "notice_en", "notice_fi"] {
        let said = text(
            &copy,
            &format!("SELECT max(value) FROM meta WHERE key='{key}'"),
        );
        assert!(said.len() > 40, "{key}: {said}");
    }
    let analysed = text(
        &copy,
        "SELECT CAST(count(*) AS TEXT) FROM sqlite_stat1 WHERE tbl='item'",
    );
    assert_ne!(analysed, "0", "the planner knows the tables");
    let found = text(
        &copy,
        "SELECT CAST(count(*) AS TEXT) FROM item_fts WHERE item_fts MATCH 'verkosto*'",
    );
    assert_ne!(found, "0", "the index came along");
}

#[test]
fn an_archive_restored_from_a_copy_says_nothing_of_the_copy() {
    let (dir, archive) = filled();
    let restored = TempDir::new().expect("folder");
    let path = restored.path().join("archive.db");
    snapshot(dir.path(), &path, hour(40), &never()).expect("a copy");
    drop(archive);
    drop(Archive::open(restored.path(), hour(50)).expect("restored"));
    let keys = |dir: &Path| {
        let conn = Connection::open(dir.join("archive.db")).expect("archive");
        text(
            &conn,
            "SELECT group_concat(key || value) FROM (SELECT * FROM meta ORDER BY key)",
        )
    };
    assert_eq!(keys(restored.path()), keys(dir.path()));
}

#[test]
fn nothing_but_a_copy_is_overwritten() {
    let (dir, _archive) = filled();
    let (other, _other_archive) = filled();
    let out = TempDir::new().expect("folder");
    let note = out.path().join("note.txt");
    fs::write(&note, "mine").expect("written");
    let empty = out.path().join("empty.db");
    fs::write(&empty, "").expect("written");
    let foreign = out.path().join("foreign.db");
    Connection::open(&foreign)
        .and_then(|conn| conn.execute_batch("CREATE TABLE meta(key, value)"))
        .expect("made");
    for (path, why) in [
        (out.path().to_owned(), "it is a folder"),
        (note.clone(), "not a snapshot"),
        (empty, "not a snapshot"),
        (foreign, "not a snapshot"),
        (dir.path().join("archive.db"), "it is the archive itself"),
        (dir.path().join("originals.db"), "it is the archive itself"),
        (other.path().join("archive.db"), "not a snapshot"),
    ] {
        let before = fs::read(&path).ok();
        let refused = snapshot(dir.path(), &path, hour(1), &never()).expect_err("refused");
        assert!(
            matches!(refused, ArchiveError::InTheWay { .. }),
            "{refused:?}"
        );
        let message = refused.to_string();
        assert!(
            message.contains(why) && message.contains("name another file"),
            "{message}"
        );
        assert_eq!(fs::read(&path).ok(), before);
    }
    let nowhere = out.path().join("missing/copy.db");
    let message = snapshot(dir.path(), &nowhere, hour(1), &never())
        .expect_err("no folder")
        .to_string();
    assert!(
        message.contains("missing") && message.contains("name a folder that is there"),
        "{message}"
    );
}

#[test]
fn an_interrupted_copy_leaves_the_old_one_and_nothing_else() {
    let (dir, _archive) = filled();
    let out = TempDir::new().expect("folder");
    let path = out.path().join("copy.db");
    snapshot(dir.path(), &path, hour(1), &never()).expect("a copy");
    let before = fs::read(&path).expect("bytes");
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let stop: Stop = Arc::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        true
    });
    // More rows than SQLite works through between two looks at whether to stop.
    let conn = Connection::open(dir.path().join("archive.db")).expect("archive");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000)
         INSERT INTO host_pause(host, until) SELECT 'h' || i, '2026-01-01T00:00:00Z' FROM n",
    )
    .expect("rows");
    let stopped = snapshot(dir.path(), &path, hour(2), &stop).expect_err("stopped");
    assert!(
        matches!(stopped, ArchiveError::Interrupted { .. }),
        "{stopped:?}"
    );
    assert!(stopped.to_string().contains("copy.db"), "{stopped}");
    assert!(asked.load(Ordering::SeqCst) > 0);
    assert_eq!(names(out.path()), ["copy.db"]);
    assert_eq!(fs::read(&path).expect("bytes"), before);
    let folder = PublicFolder::of(dir.path());
    assert!(matches!(
        folder.publish(edition(3), &stop),
        Err(ArchiveError::Interrupted { .. })
    ));
    assert!(folder.latest().expect("readable").is_none());
    assert!(
        names(&dir.path().join("public")).is_empty(),
        "nothing is left"
    );
}

#[test]
fn what_killed_runs_left_is_swept_and_what_another_run_makes_is_not() {
    let (dir, _archive) = filled();
    let out = TempDir::new().expect("folder");
    fs::write(out.path().join(".copy.db.Ab12.new"), "half a copy").expect("written");
    fs::write(out.path().join(".other.db.Ab12.new"), "another's").expect("written");
    let running = out.path().join(".copy.db.Cd34.new");
    let held = File::create(&running).expect("made");
    held.lock().expect("locked");
    snapshot(dir.path(), &out.path().join("copy.db"), hour(1), &never()).expect("a copy");
    assert_eq!(
        names(out.path()),
        [".copy.db.Cd34.new", ".other.db.Ab12.new", "copy.db"]
    );
    let public = dir.path().join("public");
    fs::create_dir_all(public.join(".new-killed")).expect("made");
    fs::write(public.join(".new-killed/archive.db"), "half").expect("written");
    PublicFolder::of(dir.path())
        .publish(edition(1), &never())
        .expect("published");
    assert_eq!(
        names(&public),
        [
            "SHA256SUMS",
            "archive.db",
            "data_dictionary.csv",
            "latest.json",
            "schema.sql",
            "snapshots"
        ]
    );
}

fn edition(hours: i64) -> Edition {
    Edition {
        built_at: hour(hours),
        public_url: "https://seutu.example/julki/".parse().expect("address"),
        beside: vec![],
    }
}

/// Something happens in the archive.
fn change(archive: &mut Archive, at: Timestamp) {
    let kind = VersionKind::MinutesPublished;
    let mut minutes = reading(Stage::Minutes);
    minutes.item.decision = Some(format!("Hyväksyttiin {at}."));
    archive
        .transaction(|batch| batch.store_version(&uid("2026100-3"), &version(kind, minutes), at))
        .expect("stored");
}

#[test]
fn what_is_published_agrees_with_its_hashes() {
    let (dir, _archive) = filled();
    let folder = PublicFolder::of(dir.path());
    assert!(folder.latest().expect("readable").is_none());
    assert!(folder.open("archive.db", 0).expect("readable").is_none());
    let first = folder.publish(edition(40), &never()).expect("published");
    let public = dir.path().join("public");
    let bytes = fs::read(public.join("archive.db")).expect("bytes");
    assert_eq!(
        (first.sha256.clone(), first.size),
        (sha256(&bytes), bytes.len() as u64)
    );
    assert_eq!(first.items, 2);
    assert_eq!(first.built_at, hour(40));
    assert_eq!(
        first.url.as_str(),
        format!(
            "https://seutu.example/julki/snapshots/archive-{}-{}.db",
            first.seq, first.sha256
        )
    );
    assert_eq!(folder.latest().expect("readable"), Some(first.clone()));
    let json = fs::read_to_string(public.join("latest.json")).expect("latest.json");
    assert!(
        json.contains("\"built_at\":\"2026-07-21T16:00:00Z\""),
        "{json}"
    );
    let sums = fs::read_to_string(public.join("SHA256SUMS")).expect("sums");
    for line in sums.lines() {
        let (hash, name) = line.split_once("  ").expect("two columns");
        assert_eq!(
            hash,
            sha256(&fs::read(public.join(name)).expect(name)),
            "{name}"
        );
    }
    let listed: Vec<&str> = sums
        .lines()
        .filter_map(|line| line.split("  ").nth(1))
        .collect();
    assert_eq!(listed, ["archive.db", "schema.sql", "data_dictionary.csv"]);
    for name in [
        "archive.db",
        "latest.json",
        "SHA256SUMS",
        "schema.sql",
        "data_dictionary.csv",
    ] {
        let mode = fs::metadata(public.join(name))
            .expect(name)
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644, "{name}");
    }
    for folder in ["", "snapshots"] {
        let mode = fs::metadata(public.join(folder))
            .expect("folder")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755, "{folder}");
    }
}

#[test]
fn what_is_published_explains_itself() {
    let (dir, _archive) = filled();
    let public = dir.path().join("public");
    let folder = PublicFolder::of(dir.path());
    folder.publish(edition(40), &never()).expect("published");
    // The schema makes an empty archive, and the dictionary is that of the archive.
    let made = Connection::open_in_memory().expect("memory");
    let schema = fs::read_to_string(public.join("schema.sql")).expect("schema");
    made.execute_batch(&schema).expect("the schema runs");
    let objects = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)";
    assert_eq!(
        text(&made, objects),
        text(&opened(&public.join("archive.db")), objects)
    );
    let table = csv::Reader::from_path(public.join("data_dictionary.csv"))
        .expect("CSV")
        .records()
        .collect::<Result<Vec<_>, _>>()
        .expect("rows");
    let copy = opened(&public.join("archive.db"));
    let rows = text(&copy, "SELECT CAST(count(*) AS TEXT) FROM data_dictionary");
    assert_eq!(table.len().to_string(), rows);
    assert!(
        table
            .iter()
            .any(|row| &row[0] == "decisions" && row[2].contains("Näkymä"))
    );
}

#[test]
fn the_newest_snapshot_and_the_one_before_stay_until_something_is_taken_down() {
    let (dir, mut archive) = filled();
    let (folder, public) = (PublicFolder::of(dir.path()), dir.path().join("public"));
    let first = folder.publish(edition(40), &never()).expect("published");
    change(&mut archive, hour(41));
    let second = folder.publish(edition(41), &never()).expect("published");
    change(&mut archive, hour(42));
    let third = folder.publish(edition(42), &never()).expect("published");
    assert!(first.seq < second.seq && second.seq < third.seq);
    let kept = names(&public.join("snapshots"));
    let wanted = [&second, &third].map(|of| of.edition().replace("snapshots/", ""));
    assert_eq!(kept, wanted, "the newest and the one before");
    let inode = |name: &str| fs::metadata(public.join(name)).expect(name).ino();
    assert_eq!(inode("archive.db"), inode(&third.edition()), "stored once");
    let takedown = Takedown {
        action: TakedownAction::Hide,
        reason: TakedownReason::Mistake,
        note: None,
        expires_on: None,
    };
    seal(&mut archive, &Reader::open(dir.path()).expect("reader"));
    archive
        .transaction(|batch| batch.take_down(&uid("2026100-3"), &takedown, hour(43)))
        .expect("taken down");
    let fourth = folder.publish(edition(43), &never()).expect("published");
    let left = names(&public.join("snapshots"));
    assert_eq!(left, [fourth.edition().replace("snapshots/", "")]);
    let digests = Connection::open(public.join("archive.db"))
        .expect("snapshot")
        .query_row("SELECT count(*) FROM seal_due", [], |row| {
            row.get::<_, u32>(0)
        });
    assert_eq!(digests, Ok(0), "of the text that was hidden");
}

#[test]
fn a_snapshot_is_current_until_something_happens_or_a_file_is_not_in_its_place() {
    let (dir, mut archive) = filled();
    let folder = PublicFolder::of(dir.path());
    let reader = Reader::open(dir.path()).expect("reader");
    let current = || folder.is_current(&reader).expect("readable");
    assert!(!current(), "there is none");
    folder.publish(edition(40), &never()).expect("published");
    assert!(current());
    let poll = super::support::poll(
        "kuusijarvi",
        hour(41),
        seutu::model::poll::PollOutcome::NotModified,
    );
    archive
        .transaction(|batch| batch.record_poll(&poll))
        .expect("a poll");
    assert!(current(), "a poll that found nothing makes no snapshot due");
    change(&mut archive, hour(42));
    assert!(!current());
    folder.publish(edition(42), &never()).expect("published");
    assert!(current());
    // As a kill between two renames leaves it.
    let public = dir.path().join("public");
    let before = fs::read(public.join("archive.db")).expect("bytes");
    fs::remove_file(public.join("archive.db")).expect("removed");
    fs::write(public.join("archive.db"), &before).expect("another file");
    assert!(!current());
    for file in ["schema.sql", "SHA256SUMS", "latest.json"] {
        folder.publish(edition(43), &never()).expect("published");
        assert!(current());
        fs::write(public.join(file), "").expect("emptied");
        if file == "schema.sql" {
            fs::remove_file(public.join(file)).expect("removed");
        }
        assert!(!current(), "{file}");
    }
    folder
        .publish(edition(44), &never())
        .expect("published over a broken latest.json");
    assert!(current());
}

#[test]
fn files_made_elsewhere_are_published_with_their_hashes() {
    let (dir, _archive) = filled();
    let made = dir.path().join("made.parquet");
    fs::write(&made, "columns").expect("written");
    let name = "decisions/year=2026/decisions.parquet";
    let with = Edition {
        beside: vec![Beside {
            name: name.into(),
            made: made.clone(),
        }],
        ..edition(1)
    };
    PublicFolder::of(dir.path())
        .publish(with, &never())
        .expect("published");
    let public = dir.path().join("public");
    assert_eq!(
        fs::read(public.join(name)).expect("in its place"),
        b"columns"
    );
    assert!(!made.exists());
    let sums = fs::read_to_string(public.join("SHA256SUMS")).expect("sums");
    assert!(
        sums.contains(&format!("{}  {name}\n", sha256(b"columns"))),
        "{sums}"
    );
}

#[test]
fn at_no_moment_does_latest_name_what_is_not_there_or_an_open_file_change() {
    let (dir, mut archive) = filled();
    let folder = PublicFolder::of(dir.path());
    folder.publish(edition(40), &never()).expect("published");
    let done = Arc::new(AtomicBool::new(false));
    let (looked_at, over) = (folder.clone(), Arc::clone(&done));
    let public = dir.path().join("public");
    let watcher = std::thread::spawn(move || {
        let mut looks = 0;
        while !over.load(Ordering::SeqCst) {
            let latest = looked_at.latest().expect("whole").expect("there");
            let bytes = fs::read(public.join(latest.edition())).expect("what latest.json names");
            assert_eq!(sha256(&bytes), latest.sha256);
            let mut opened = looked_at
                .open("archive.db", 0)
                .expect("readable")
                .expect("there");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut opened.file, &mut bytes).expect("read");
            assert_eq!(
                (sha256(&bytes), bytes.len() as u64),
                (opened.sha256, opened.size)
            );
            looks += 1;
        }
        looks
    });
    for round in 0..12 {
        change(&mut archive, hour(50 + round));
        folder
            .publish(edition(50 + round), &never())
            .expect("published");
    }
    done.store(true, Ordering::SeqCst);
    assert!(watcher.join().expect("no look failed") > 0);
}
