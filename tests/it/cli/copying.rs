//! SIGKILL at any moment of a copy: what stands under its name is the old one or the new one, whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::start;
use crate::cli::running::until;
use crate::support::portal::sha256;
use crate::support::program::{run, seutu};
use crate::support::workshop::Workshop;

/// Copies that are killed at least, of each kind; how many kills have to meet one that is under way, and after how many
/// more it is given up that they do.
const KILLS: u32 = 15;
const HITS: u32 = 8;
const MOST: u32 = 60;
/// Rows that make a copy take a while.
const ROWS: u32 = 150_000;

/// An archive of which a copy takes a while.
fn large() -> (impl Sized, Workshop, PathBuf) {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<{ROWS})
         INSERT INTO host_pause(host, until) SELECT 'h' || i, '2026-01-01T00:00:00Z' FROM n"
    ))
    .expect("rows");
    (portal, workshop, config)
}

/// A copy that was not there before, or is the old one to the byte, or a new one and whole.
fn assert_whole(copy: &Path, before: Option<&[u8]>) {
    let Ok(bytes) = fs::read(copy) else {
        assert!(before.is_none(), "the old one is gone");
        return;
    };
    if before == Some(bytes.as_slice()) {
        return;
    }
    let conn = Connection::open(copy).expect("copy");
    let sound: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(sound, "ok");
    let whole = "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM host_pause),
                   (SELECT count(*) FROM meta WHERE key='built_at')";
    let found: (u32, u32, u32) = conn
        .query_row(whole, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("counted");
    assert_eq!(found, (3, ROWS, 1));
}

/// Names in a folder of what is not whole yet.
fn unfinished(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with('.')).collect()
}

/// How long a command goes on after the first sign of a copy in a folder; from its start where a busy machine made its
/// copy between two looks.
fn lasts(config: &Path, words: &[&str], folder: &Path) -> Duration {
    let started = Instant::now();
    let mut child = seutu(config, words).spawn().expect("started");
    let mut seen = None;
    until("a copy", || {
        seen = (!unfinished(folder).is_empty()).then(Instant::now);
        seen.is_some() || child.try_wait().expect("asked").is_some()
    });
    assert!(child.wait().expect("ended").success());
    seen.unwrap_or(started).elapsed()
}

/// Starts a command and kills it a while after the first sign of a copy; whether it left one that is not whole.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn kill_after(config: &Path, words: &[&str], folder: &Path, wait: Duration) -> bool {
    let before = unfinished(folder);
    let mut child = seutu(config, words).spawn().expect("started");
    until("a copy", || {
        unfinished(folder).iter().any(|name| !before.contains(name))
            || child.try_wait().expect("asked").is_some()
    });
    std::thread::sleep(wait);
    child.kill().expect("killed");
    let killed = child.wait().expect("ended").code().is_none();
    killed && !unfinished(folder).is_empty()
}

/// Kills a command at moments of a copy from its beginning to its end; `kill` is given each one to carry out, and says
/// what it said. How long a copy takes changes with what else the machine does: a kill that comes too late makes the next
/// ones come earlier.
fn kills(
    (config, words, folder): (&Path, &[&str], &Path),
    mut kill: impl FnMut(u32, &dyn Fn() -> bool) -> bool,
) {
    let mut whole = lasts(config, words, folder);
    let (mut hits, mut done) = (0, 0);
    while done < KILLS || hits < HITS {
        assert!(
            done < MOST,
            "only {hits} of {done} kills met a copy under way"
        );
        let wait = whole * (done % KILLS) / KILLS;
        let is_hit = kill(done, &|| kill_after(config, words, folder, wait));
        hits += u32::from(is_hit);
        if !is_hit {
            whole = whole * 3 / 4;
        }
        done += 1;
    }
    println!("{hits} of {done} kills met a copy under way, of {whole:?} at last");
}

#[test]
fn a_copy_killed_at_any_moment_leaves_the_old_one_or_the_new_one_whole() {
    let (_portal, workshop, config) = large();
    let folder = workshop.archive().with_file_name("out");
    fs::create_dir(&folder).expect("folder");
    let copy = folder.join("copy.db");
    let words = ["snapshot", copy.to_str().expect("UTF-8")];
    kills((&config, &words, &folder), |number, kill| {
        if number % 2 == 0 {
            fs::remove_file(&copy).unwrap_or_default();
        }
        let before = fs::read(&copy).ok();
        let is_hit = kill();
        assert_whole(&copy, before.as_deref());
        is_hit
    });
    assert_eq!(run(&config, &words).code, Some(0));
    assert_whole(&copy, None);
    assert_eq!(
        unfinished(&folder),
        [""; 0],
        "what the killed ones left is gone"
    );
}

#[test]
fn a_publication_killed_at_any_moment_leaves_whole_what_latest_names() {
    let (_portal, workshop, config) = large();
    let public = workshop.archive().join("public");
    kills((&config, &["snapshot"], &public), |_, kill| {
        let is_hit = kill();
        let latest = fs::read(public.join("latest.json")).expect("latest.json");
        let latest: serde_json::Value = serde_json::from_slice(&latest).expect("JSON");
        let url = latest["url"].as_str().expect("an address");
        let name = url.rsplit('/').next().expect("a name");
        let bytes = fs::read(public.join("snapshots").join(name)).expect(name);
        assert_eq!(latest["sha256"], sha256(&bytes).as_str());
        assert_whole(&public.join("archive.db"), None);
        is_hit
    });
    assert_eq!(run(&config, &["snapshot"]).code, Some(0));
    assert_eq!(
        unfinished(&public),
        [""; 0],
        "what the killed ones left is gone"
    );
}
