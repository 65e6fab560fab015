//! SIGKILL at any moment leaves a whole archive, and going on gives what an undisturbed run gives.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use seutu::archive::{Archive, verify};
use tempfile::TempDir;

use super::opening::first_release;
use super::support::{cycle, dump, dump_rows, dump_schema, hour, register};

const DIR: &str = "SEUTU_TEST_ARCHIVE";
const ROUNDS: u64 = 40;
/// Kills of a program that brings an archive of the first release to today's schema.
const MIGRATIONS: u32 = 30;

/// The victim, started and killed by the test below: makes an archive where there is none and stores
/// the same cycle again and again. Without a folder to work in it has nothing to do.
#[test]
fn victim() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    loop {
        let mut archive = Archive::open(Path::new(&dir), hour(0)).expect("archive");
        archive.transaction(register).expect("registered");
        cycle(&mut archive);
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn killed_at_any_moment_the_archive_is_whole_and_goes_on() {
    let undisturbed = TempDir::new().expect("folder");
    cycle(&mut Archive::open(undisturbed.path(), hour(0)).expect("archive"));
    let expected = dump(undisturbed.path(), &["poll"]);
    let mut dir = TempDir::new().expect("folder");
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            dir = TempDir::new().expect("folder");
        }
        let mut victim = Command::new(std::env::current_exe().expect("this binary"))
            .args(["archive::killing::victim", "--exact"])
            .env(DIR, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        std::thread::sleep(Duration::from_millis(4 + round * 3));
        victim.kill().expect("killed");
        victim.wait().expect("ended");

        let mut archive = Archive::open(dir.path(), hour(0)).expect("opens after a kill");
        assert_eq!(verify(dir.path()), [], "round {round}");
        cycle(&mut archive);
        drop(archive);
        assert_eq!(dump(dir.path(), &["poll"]), expected, "round {round}");
    }
}

/// The victim of the next test: opens an archive of an older release.
#[test]
fn victim_of_a_migration() {
    if let Some(dir) = std::env::var_os(DIR) {
        Archive::open(Path::new(&dir), hour(0)).expect("migrated");
    }
}

/// What the two files hold: version, schema, rows.
type Whole = [(u32, String, String); 2];

fn whole(dir: &Path) -> Whole {
    ["archive.db", "originals.db"].map(|file| {
        let conn = Connection::open(dir.join(file)).expect("file");
        let version: u32 = conn
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .expect("version");
        let rows = dump_rows(&conn, &["meta"]);
        (version, dump_schema(&conn), rows)
    })
}

fn older() -> TempDir {
    first_release().0
}

fn migrate(dir: &Path) -> Child {
    let mut program = Command::new(std::env::current_exe().expect("this binary"));
    program
        .args(["archive::killing::victim_of_a_migration", "--exact"])
        .env(DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    program.spawn().expect("started")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn killed_in_a_migration_the_archive_is_the_old_one_and_migrates_the_next_time() {
    let undisturbed = older();
    let before = whole(undisturbed.path());
    let began = Instant::now();
    let ended = migrate(undisturbed.path()).wait().expect("ended");
    let longest = began.elapsed();
    assert!(ended.success());
    let after = whole(undisturbed.path());
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| before != after)
    );

    for kill in 1..=MIGRATIONS {
        let dir = older();
        let mut victim = migrate(dir.path());
        std::thread::sleep(longest * kill / MIGRATIONS);
        victim.kill().expect("killed");
        victim.wait().expect("ended");
        let found = whole(dir.path());
        for (found, (before, after)) in found.iter().zip(before.iter().zip(&after)) {
            assert!(found == before || found.0 == after.0, "kill {kill}");
        }
        drop(Archive::open(dir.path(), hour(0)).expect("opens after a kill"));
        assert_eq!(whole(dir.path()), after, "kill {kill}");
        assert_eq!(
            verify(dir.path()),
            verify(undisturbed.path()),
            "kill {kill}"
        );
    }
}

#[test]
fn killed_between_the_two_files_a_migration_goes_on_with_the_other() {
    let (dir, other) = (older(), older());
    let before = whole(dir.path());
    drop(Archive::open(dir.path(), hour(0)).expect("migrated"));
    let after = whole(dir.path());
    assert!(
        !dir.path().join("originals.db-wal").exists(),
        "whoever looked last has taken the log away"
    );
    fs::copy(
        other.path().join("originals.db"),
        dir.path().join("originals.db"),
    )
    .expect("the older one");
    let [new, old] = whole(dir.path());
    assert_eq!((&new, &old), (&after[0], &before[1]));
    drop(Archive::open(dir.path(), hour(0)).expect("opens all the same"));
    assert_eq!(whole(dir.path()), after);
}
