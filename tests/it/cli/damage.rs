//! Damage and loss as whoever runs the archive meets them: every message leads out, and nothing is lost on the way.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use seutu::archive::verify;

use super::running::{ends, get, listening, terminate, until};
use super::start;
use super::takedowns::takedown;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{Ended, bare, ended, run, seutu};
use crate::support::rot::change;
use crate::support::workshop::Workshop;

/// What is done to the index of items.
const INDEX_DAMAGE: [&str; 4] = [
    // Emptied.
    "INSERT INTO item_fts(item_fts) VALUES('delete-all')",
    // Its structure is gone.
    "DELETE FROM item_fts_data WHERE id=10",
    // A block of zeros where words stand.
    "UPDATE item_fts_data SET block=zeroblob(length(block)) WHERE id=(SELECT id FROM item_fts_data WHERE id>10
       ORDER BY length(block) DESC LIMIT 1)",
    // A row that it knows nothing of.
    "DELETE FROM item_fts_docsize WHERE id=(SELECT max(id) FROM item)",
];

fn polled() -> (Portal, Workshop) {
    let (portal, workshop) = start();
    let done = run(&workshop.config_file(), &["poll", "--all"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    (portal, workshop)
}

fn harm(workshop: &Workshop, file: &str, sql: &str) {
    let conn = Connection::open(workshop.archive().join(file)).expect("file");
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
        .expect("setting");
    conn.execute_batch(sql).expect("harmed");
}

fn remove(workshop: &Workshop, file: &str) {
    for suffix in ["", "-wal", "-shm"] {
        let path = workshop.archive().join(format!("{file}{suffix}"));
        assert!(fs::remove_file(path).is_ok() || !suffix.is_empty());
    }
}

#[test]
fn a_damaged_index_is_mended_as_verify_promises_and_stops_nothing() {
    for damage in INDEX_DAMAGE {
        for mended_by in ["rederive", "poll", "takedown", "snapshot"] {
            let (_portal, workshop) = polled();
            let config = workshop.config_file();
            harm(&workshop, "archive.db", damage);
            let found = run(&config, &["verify"]);
            assert_eq!(found.code, Some(1), "{damage}: {found:?}");
            assert!(
                found.out.contains("`seutu rederive`"),
                "{damage}: {}",
                found.out
            );
            assert!(!found.out.contains("backup"), "{damage}: {}", found.out);
            let done = if mended_by == "takedown" {
                takedown(&workshop, &["--action", "hide", "--reason", "legal"])
            } else {
                run(&config, &[mended_by])
            };
            assert_eq!(done.code, Some(0), "{damage}, {mended_by}: {done:?}");
            if mended_by == "rederive" {
                assert_eq!(verify(&workshop.archive()), [], "{damage}");
            }
        }
    }
}

#[test]
fn a_damaged_block_is_mended_when_a_write_meets_it() {
    let (_portal, workshop) = polled();
    harm(&workshop, "archive.db", INDEX_DAMAGE[2]);
    let hidden = takedown(&workshop, &["--action", "erase", "--reason", "legal"]);
    assert_eq!(hidden.code, Some(0), "{hidden:?}");
    assert_eq!(verify(&workshop.archive()), []);
}

#[test]
fn without_archive_db_nothing_begins_an_empty_one_beside_what_is_left() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["snapshot"]).code, Some(0));
    let published = fs::read(workshop.archive().join("public/archive.db")).expect("snapshot");
    remove(&workshop, "archive.db");
    let refused = |commands: &[&str]| {
        for command in commands {
            let said = run(&config, &[command]);
            assert_eq!(said.code, Some(1), "{command}: {said:?}");
            let text = said.out + &said.err;
            for part in [
                "archive.db is missing in",
                "published snapshot",
                "to begin a new",
            ] {
                assert!(text.contains(part), "{command}: {part}: {text}");
            }
        }
        assert!(!workshop.archive().join("archive.db").exists());
    };
    refused(&["run", "poll", "check", "verify", "rederive", "snapshot"]);
    remove(&workshop, "originals.db");
    refused(&["run", "poll", "check"]);
    let after = fs::read(workshop.archive().join("public/archive.db")).expect("snapshot");
    assert!(after == published);
    fs::remove_dir_all(workshop.archive().join("public")).expect("removed");
    assert_eq!(run(&config, &["poll"]).code, Some(0), "a new beginning");
}

#[test]
fn without_originals_db_it_is_said_by_whoever_begins_another() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    remove(&workshop, "originals.db");
    let found = run(&config, &["verify"]);
    assert_eq!(
        (found.code, found.out.lines().count()),
        (Some(1), 1),
        "{found:?}"
    );
    assert!(
        found
            .out
            .starts_with("originals.db: it is missing; restore it from a backup"),
        "{}",
        found.out
    );
    let begun = run(&config, &["snapshot"]);
    assert_eq!(begun.code, Some(0));
    let warning = "originals.db is missing and is begun anew";
    assert!(begun.err.contains(warning), "{}", begun.err);
    let again = run(&config, &["snapshot"]);
    assert!(!again.err.contains(warning), "{}", again.err);
    let left = run(&config, &["rederive"]);
    assert_eq!(left.code, Some(3), "{left:?}");
    let last = left.out.lines().last().expect("a line");
    assert!(
        last.contains("originals are missing or damaged") && last.contains("restore originals.db"),
        "{last}"
    );
}

#[test]
fn a_row_that_changed_on_the_disk_is_named_until_it_is_taken_as_it_stands() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    let file = workshop.archive().join("archive.db");
    let sql = "UPDATE poll SET duration_ms=duration_ms+1 WHERE id=1";
    harm(&workshop, "archive.db", sql);
    assert_eq!(run(&config, &["verify"]).code, Some(0), "somebody's change");
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    change(&file, "poll", sql);
    let found = run(&config, &["verify"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(
        found.out.starts_with(
            "archive.db: row 1 of poll is not the one that was written; restore a backup into an empty folder"
        ) && found.out.contains("`seutu rederive --accept`"),
        "{}",
        found.out
    );
    for (arguments, left) in [
        (&["poll"][..], Some(1)),
        (&["rederive", "--dry-run"], Some(1)),
        (&["rederive", "--source", "kuusijarvi"], Some(1)),
        (&["rederive"], Some(1)),
        (&["rederive", "--accept"], Some(0)),
    ] {
        let done = run(&config, arguments);
        assert_eq!(done.code, Some(0), "{done:?}");
        let warned =
            "row 1 of poll is not the one that was written: it is taken for true as it stands";
        assert_eq!(done.err.contains(warned), left == Some(0), "{}", done.err);
        assert_eq!(run(&config, &["verify"]).code, left, "{arguments:?}");
    }
}

#[test]
fn a_row_that_was_damaged_before_it_was_changed_stays_named() {
    let (portal, workshop) = polled();
    let config = workshop.config_file();
    let uid = workshop.value("SELECT uid FROM item WHERE uid LIKE '%2026311-1'");
    change(
        &workshop.archive().join("archive.db"),
        "item",
        "UPDATE item SET first_seen_at='2019-01-01T00:00:00Z' WHERE uid LIKE '%2026311-1'",
    );
    let named = |left: bool| {
        let found = run(&config, &["verify"]);
        let is_named = found
            .out
            .contains(" of item is not the one that was written");
        assert_eq!(is_named, left, "{found:?}");
        let shown = run(&config, &["show", &uid]);
        assert_eq!(shown.code == Some(0), !left, "{shown:?}");
    };
    named(true);
    portal.serves(&super::papers()[0].minutes("Hyväksyttiin."));
    let polled = run(&config, &["poll", "--all"]);
    assert!(
        polled.err.contains("and a part of it was changed now"),
        "{polled:?}"
    );
    assert_eq!(
        workshop.value("SELECT version_no FROM item WHERE uid LIKE '%2026311-1'"),
        "2",
        "its new text is kept"
    );
    named(true);
    let derived = run(&config, &["rederive"]);
    assert_eq!(derived.code, Some(0), "{derived:?}");
    named(true);
    let accepted = run(&config, &["rederive", "--accept"]);
    let warned = " of item is not the one that was written: it is taken for true as it stands";
    assert!(accepted.err.contains(warned), "{accepted:?}");
    named(false);
}

#[test]
fn a_text_that_changed_on_the_disk_is_read_again_and_its_row_is_whole() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    change(
        &workshop.archive().join("archive.db"),
        "item_version",
        "UPDATE item_version SET fields=replace(fields,'suunnitelma','suunnatelma')",
    );
    let found = run(&config, &["verify"]);
    assert!(found.out.contains(" of item_version is not"), "{found:?}");
    assert_eq!(run(&config, &["rederive"]).code, Some(0));
    let found = run(&config, &["verify"]);
    assert_eq!(found.code, Some(0), "{found:?}");
}

/// A daemon on the archive, and its address.
fn daemon(workshop: &mut Workshop) -> (Child, String) {
    let address = listening(workshop);
    let mut daemon = seutu(&workshop.config_file(), &["run"]);
    let daemon = daemon
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    (daemon, address)
}

#[test]
fn a_daemon_tells_of_damage_from_its_start_until_it_is_mended() {
    let (_portal, mut workshop) = polled();
    change(
        &workshop.archive().join("archive.db"),
        "event",
        "UPDATE event SET summary='muuta' WHERE seq=1",
    );
    let (daemon, address) = daemon(&mut workshop);
    let config = workshop.config_file();
    let ready = || get(&address, "/readyz").unwrap_or_default();
    until("that it is told", || {
        let ready = ready();
        ready.starts_with("HTTP/1.1 503") && ready.contains("row 1 of event is not the one")
    });
    let told = run(&config, &["doctor"]).out;
    assert!(
        told.contains("the daemon is not ready: ") && told.contains("row 1 of event is not"),
        "{told}"
    );
    let accepted = run(&config, &["rederive", "--accept"]);
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    until("that it is ready", || ready().starts_with("HTTP/1.1 200"));
    let told = run(&config, &["doctor"]).out;
    assert!(!told.contains("the daemon is not ready"), "{told}");
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
}

#[test]
fn a_daemon_seals_the_rows_that_have_no_seal_when_it_starts() {
    let (_portal, mut workshop) = polled();
    harm(&workshop, "archive.db", "DELETE FROM seal");
    let (daemon, address) = daemon(&mut workshop);
    until("the server", || get(&address, "/readyz").is_some());
    until("the seals", || {
        workshop.value("SELECT count(*) FROM seal WHERE table_name='item'") == "3"
    });
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
}

#[test]
fn what_was_erased_is_no_damage_to_a_derivation() {
    let (_portal, workshop) = polled();
    let erased = takedown(&workshop, &["--action", "erase", "--reason", "legal"]);
    assert_eq!(erased.code, Some(0), "{erased:?}");
    let done = run(&workshop.config_file(), &["rederive"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!done.out.contains("missing or damaged"), "{}", done.out);
    harm(
        &workshop,
        "originals.db",
        "UPDATE raw SET body=x'00', codec='zstd' WHERE body IS NOT NULL",
    );
    let done = run(&workshop.config_file(), &["rederive", "--json"]);
    assert_eq!(done.code, Some(3), "{done:?}");
}

/// A command with a limit on the size of files, which is what a full disk looks like to SQLite.
fn cramped((config, temporary): (&Path, &Path), arguments: &[&str]) -> Ended {
    let program = bare(&[]).get_program().to_owned();
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh"])
        .arg(program)
        .arg("--config")
        .arg(config)
        .args(arguments)
        .env("TMPDIR", temporary);
    ended(command.output().expect("started"))
}

#[test]
fn a_full_disk_speaks_against_no_file() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    let found = cramped((&config, &workshop.archive()), &["verify", "--json"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    let findings: serde_json::Value = serde_json::from_str(&found.out).expect("JSON");
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings}");
    assert_eq!(findings[0]["place"], "archive.db full text");
    let remedy = findings[0]["remedy"].as_str().expect("a remedy");
    assert!(
        remedy.contains("make room") && !remedy.contains("backup"),
        "{remedy}"
    );
}

#[test]
fn a_command_that_found_no_room_has_to_be_given_again_and_says_so_once() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    let uid = "kuusijarvi/2026311-1";
    let long = "long ".repeat(20_000);
    let note = ["verdict", uid, "sivistys", "in", "--note", &long];
    let failed = cramped((&config, &workshop.archive()), &note);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(
        failed.err.contains("has to be given again"),
        "{}",
        failed.err
    );
    assert_eq!(failed.err.matches("disk").count(), 2, "{}", failed.err);
    assert!(!failed.err.contains("next cycle"), "{}", failed.err);
}

#[test]
fn a_file_cut_off_is_named_with_what_helps_and_findings_stay_json() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    let file = workshop.archive().join("archive.db");
    let size = fs::metadata(&file).expect("file").len();
    let half = fs::File::options().write(true).open(&file).expect("file");
    half.set_len(size / 2).expect("cut off");
    for command in [&["sources"][..], &["search", "verkosto"], &["feed"]] {
        let said = run(&config, command);
        assert_eq!(said.code, Some(1), "{said:?}");
        for part in ["archive.db", "malformed", "restore a backup into"] {
            assert_eq!(said.err.matches(part).count(), 1, "{part}: {}", said.err);
        }
        assert!(!said.err.contains("disk space"), "{}", said.err);
    }
    let found = run(&config, &["verify", "--json"]);
    assert_eq!(found.code, Some(1));
    let findings: serde_json::Value = serde_json::from_str(&found.out).expect("JSON");
    let findings = findings.as_array().expect("a list");
    assert!(!findings.is_empty());
    for finding in findings {
        let remedy = finding["remedy"].as_str().expect("a remedy");
        assert!(!remedy.contains("seutu verify"), "{finding}");
    }
}

#[test]
fn what_killed_copies_left_goes_with_the_next_one() {
    let (_portal, workshop) = polled();
    let config = workshop.config_file();
    let out = config.with_file_name("out");
    fs::create_dir(&out).expect("folder");
    for left in [
        ".copy.db.Ab12.new",
        ".copy.db.Ab12.new-journal",
        ".copy.db.Cd34.new-journal",
    ] {
        fs::write(out.join(left), "left").expect("written");
    }
    fs::write(out.join(".other.db.Ab12.new-journal"), "another's").expect("written");
    let copy = out.join("copy.db");
    let done = run(&config, &["snapshot", copy.to_str().expect("UTF-8")]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let mut names: Vec<_> = fs::read_dir(&out)
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".other.db.Ab12.new-journal", "copy.db"]);
}

#[test]
fn what_a_poll_could_not_store_was_not_left_for_another_day() {
    let (portal, workshop) = polled();
    let keys = (1..60).map(|number| format!("2026312-{number}"));
    let papers: Vec<Paper> = keys.map(|key| Paper::agenda(&key, &key)).collect();
    portal.serve_all(&papers);
    portal.lists(&papers);
    let config = workshop.config_file();
    let failed = cramped((&config, &workshop.archive()), &["poll", "--all"]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    let row = failed.out.lines().nth(1).expect("a row");
    assert!(row.starts_with("kuusijarvi  not stored"), "{row}");
}

#[test]
fn a_file_of_something_else_is_told_from_one_cut_off() {
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"hello", "something else"),
        (b"SQLite form", "it is cut off"),
    ] {
        let (_portal, workshop) = polled();
        let config = workshop.config_file();
        for file in ["archive.db", "originals.db"] {
            remove(&workshop, file);
            fs::write(workshop.archive().join(file), bytes).expect("written");
        }
        let said = run(&config, &["sources"]);
        assert!(said.err.contains(why), "{why}: {}", said.err);
        let found = run(&config, &["verify"]).out;
        assert_eq!(found.matches(why).count(), 2, "{found}");
        assert_eq!(found.matches("restore a backup").count(), 2, "{found}");
    }
}

#[test]
fn a_folder_that_is_a_file_is_called_that() {
    let (_portal, workshop) = start();
    fs::write(workshop.archive(), b"x").expect("written");
    let said = run(&workshop.config_file(), &["sources"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains("is no folder") && !said.err.contains("this user may not"),
        "{}",
        said.err
    );
}
