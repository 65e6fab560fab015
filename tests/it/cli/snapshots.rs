//! `seutu snapshot`: a file anywhere, or published by whoever has the archive; the daemon by itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rusqlite::Connection;
use seutu::archive::{Stop, snapshot};

use super::running::{ends, get, listening, terminate, until};
use super::start;
use crate::support::contents::rows;
use crate::support::program::{Ended, ended, run, seutu, under};
use crate::support::workshop::Workshop;

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Writes a copy in a shell that first does this.
fn snapshot_under(first: &str, config: &Path, copy: &Path) -> Command {
    let program = env!("CARGO_BIN_EXE_seutu");
    let words = [program, "--config", path(config), "snapshot", path(copy)];
    under(first, &words)
}

fn latest(workshop: &Workshop) -> serde_json::Value {
    let text = fs::read(workshop.archive().join("public/latest.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[test]
fn a_copy_is_written_with_and_without_a_daemon_and_refusals_say_what_to_do() {
    let (_portal, mut workshop) = start();
    let config = workshop.config_file();
    let copy = config.with_file_name("copy.db");
    let none = run(&config, &["snapshot", path(&copy)]);
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("there is no archive"), "{}", none.err);
    run(&config, &["poll"]);
    let umasked = snapshot_under("umask 077", &config, &copy).output();
    let done = ended(umasked.expect("started"));
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.out.contains("copy.db: 3 items, up to event "),
        "{}",
        done.out
    );
    let mode = fs::metadata(&copy).expect("copy").permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "public whatever the umask");
    let address = listening(&mut workshop);
    let daemon = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    let again = run(&config, &["snapshot", path(&copy)]);
    assert_eq!(again.code, Some(0), "{again:?}");
    let archive = run(
        &config,
        &["snapshot", path(&workshop.archive().join("archive.db"))],
    );
    assert_eq!(archive.code, Some(2));
    assert!(
        archive
            .err
            .contains("it is the archive itself; name another file"),
        "{}",
        archive.err
    );
    let folder = run(&config, &["snapshot", path(&workshop.archive())]);
    assert!(folder.err.contains("it is a folder"), "{}", folder.err);
    assert_eq!(folder.code, Some(2));
    for nowhere in [config.with_file_name("nowhere"), config.clone()] {
        let refused = run(&config, &["snapshot", path(&nowhere.join("copy.db"))]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        let told = format!("cannot write into {}", nowhere.display());
        assert!(refused.err.contains(&told), "{}", refused.err);
        assert!(refused.err.contains("name a folder"), "{}", refused.err);
    }
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    assert_eq!(rows(&workshop.archive(), "PRAGMA integrity_check"), ["ok"]);
}

#[test]
fn a_full_disk_leaves_the_old_copy_and_nothing_else() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    run(&config, &["poll"]);
    let out = config.with_file_name("out");
    fs::create_dir(&out).expect("folder");
    let copy = out.join("copy.db");
    assert_eq!(run(&config, &["snapshot", path(&copy)]).code, Some(0));
    let before = fs::read(&copy).expect("copy");
    // A limit on the size of files is what a full disk looks like to SQLite.
    let limited = snapshot_under("trap '' XFSZ; ulimit -f 100", &config, &copy).output();
    let failed = ended(limited.expect("started"));
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(
        failed.err.contains("cannot write the copy") && failed.err.contains("free disk space"),
        "{}",
        failed.err
    );
    assert_eq!(fs::read(&copy).expect("copy"), before);
    assert_eq!(
        fs::read_dir(&out).expect("folder").count(),
        1,
        "nothing is left over"
    );
}

#[test]
fn what_one_process_is_copying_is_not_swept_by_another() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    run(&config, &["poll"]);
    // More rows than SQLite works through between two looks at whether to stop.
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000)
                INSERT INTO host_pause(host, until) SELECT 'h' || i, '2026-01-01T00:00:00Z' FROM n";
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(rows).expect("rows");
    drop(conn);
    let copy = config.with_file_name("copy.db");
    let other: Arc<OnceLock<Ended>> = Arc::default();
    let stop: Stop = {
        let (other, copy) = (Arc::clone(&other), copy.clone());
        Arc::new(move || {
            // In the middle of this copy another process makes one of the same name.
            other.get_or_init(|| run(&config, &["snapshot", path(&copy)]));
            false
        })
    };
    snapshot(&workshop.archive(), &copy, Timestamp::UNIX_EPOCH, &stop).expect("a copy");
    let other = other.get().expect("the other process ran");
    assert_eq!(other.code, Some(0), "{other:?}");
    let folder = fs::read_dir(copy.parent().expect("folder")).expect("folder");
    let left = folder.flatten().filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().contains("copy.db")
    });
    assert_eq!(left.count(), 1, "nothing is left over");
}

#[test]
fn a_snapshot_is_published_when_asked_by_whoever_has_the_archive() {
    let (_portal, mut workshop) = start();
    workshop.sheet.snapshot = "interval = \"0s\"\n".to_owned();
    run(&workshop.config_file(), &["poll"]);
    let alone = run(&workshop.config_file(), &["snapshot"]);
    assert_eq!(alone.code, Some(0), "{alone:?}");
    assert!(alone.out.starts_with("published: 3 items"), "{}", alone.out);
    let first = latest(&workshop);
    assert!(
        alone.out.contains(first["url"].as_str().expect("url")),
        "{}",
        alone.out
    );
    let address = listening(&mut workshop);
    let daemon = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    fs::remove_dir_all(workshop.archive().join("public")).expect("removed");
    let asked = run(&workshop.config_file(), &["snapshot"]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    let url = latest(&workshop)["url"].as_str().expect("url").to_owned();
    assert!(
        url.starts_with(&format!("http://{address}/snapshots/archive-")),
        "{url}"
    );
    let answer = get(
        &address,
        url.strip_prefix(&format!("http://{address}"))
            .expect("here"),
    );
    assert!(answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    // Nobody asked again, so nothing was published again.
    assert_eq!(latest(&workshop)["url"], url.as_str());
}

#[test]
fn the_daemon_publishes_by_itself_what_changed_and_nothing_when_switched_off() {
    let (_portal, mut workshop) = start();
    workshop.sheet.poll = "look_interval = \"1s\"\n".to_owned();
    workshop.sheet.snapshot = "interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let daemon = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("a snapshot of all", || latest(&workshop)["items"] == 3);
    until("the last event", || {
        let seq = workshop.rows("SELECT max(seq) FROM event");
        seq == [latest(&workshop)["seq"].to_string()]
    });
    let page = get(&address, "/archive.db").expect("served");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("SQLite format 3"));
    let before = latest(&workshop)["seq"].as_i64().expect("seq");
    let decided = run(
        &workshop.config_file(),
        &["verdict", "kuusijarvi/2026311-3", "sivistys", "in"],
    );
    assert_eq!(decided.code, Some(0), "{decided:?}");
    until("the verdict in a snapshot", || {
        latest(&workshop)["seq"].as_i64() > Some(before)
    });
    terminate(&daemon);
    let ended = ends(daemon);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains("a snapshot is published"),
        "{}",
        ended.err
    );

    fs::remove_dir_all(workshop.archive().join("public")).expect("removed");
    workshop.sheet.snapshot = "interval = \"0s\"\n".to_owned();
    let address = listening(&mut workshop);
    let daemon = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    let polled = run(&workshop.config_file(), &["poll", "--all"]);
    assert_eq!(polled.code, Some(0), "{polled:?}");
    let answer = get(&address, "/archive.db").expect("answered");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    assert!(!workshop.archive().join("public").exists());
}
