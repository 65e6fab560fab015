//! Deriving again from the command line: killed in the middle, tried, reported, and refused without an archive.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use seutu::archive::verify;
use seutu::model::source::PlatformKind;
use url::Url;

use super::start;
use crate::support::contents::{canonical, explain};
use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};

/// Items of the archive that is killed.
const ITEMS: u32 = 80;

/// What is left of an older reader.
const LEFT: &str = "SELECT count(*) FROM item_version WHERE parser='dynasty/0'";

/// Another reader's texts in the place of all.
fn make_older(workshop: &Workshop) {
    let conn = Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "UPDATE item_version SET parser='dynasty/0', fields=json_set(fields,'$.proposal',NULL),
           content_sha256=replace(hex(zeroblob(32)),'00','ab');
         UPDATE item SET proposal=NULL, content_sha256=replace(hex(zeroblob(32)),'00','ab') WHERE version_no>0",
    )
    .expect("tampered");
}

fn copy(from: &Workshop, to: &Workshop) {
    std::fs::create_dir_all(to.archive()).expect("folder");
    for file in ["archive.db", "originals.db"] {
        let conn = Connection::open(from.archive().join(file)).expect("file");
        conn.execute(
            "VACUUM INTO ?1",
            [to.archive().join(file).to_str().expect("UTF-8")],
        )
        .expect("copied");
    }
}

fn left(workshop: &Workshop) -> u32 {
    workshop.value(LEFT).parse().expect("number")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn killed_in_the_middle_it_goes_on_and_ends_like_an_undisturbed_run() {
    let papers: Vec<_> = (1..=ITEMS)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Verkoston asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    assert_eq!(
        run(&workshop.config_file(), &["poll", "--all"]).code,
        Some(0)
    );
    make_older(&workshop);
    let undisturbed = Workshop::new(Sheet::of(portal.url()));
    copy(&workshop, &undisturbed);
    let done = run(&undisturbed.config_file(), &["rederive"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.out
            .contains("what differs, in how many items: proposal 80"),
        "{}",
        done.out
    );
    assert_eq!(left(&undisturbed), 0);

    let config = workshop.config_file();
    let mut hits = 0;
    for kill in 1..=4 {
        let before = left(&workshop);
        let mut victim = seutu(&config, &["rederive"]).spawn().expect("started");
        let some = before.saturating_sub(7);
        while left(&workshop) > some && victim.try_wait().expect("asked").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        victim.kill().expect("killed");
        hits += u32::from(victim.wait().expect("ended").code().is_none());
        assert_eq!(
            verify_but_older(&workshop),
            [] as [String; 0],
            "kill {kill}"
        );
    }
    assert!(hits >= 2, "only {hits} of 4 kills hit a running process");
    let passed = ITEMS - left(&workshop);
    let done = run(&config, &["rederive"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    if passed < ITEMS {
        let words = format!("went on after {passed} items that an interrupted run had done");
        assert!(done.out.contains(&words), "{words}: {}", done.out);
    }
    let (expected, found) = (
        canonical(&undisturbed.archive()),
        canonical(&workshop.archive()),
    );
    assert!(found == expected, "{}", explain(&expected, &found));
    assert_eq!(verify(&workshop.archive()), []);
    assert_eq!(
        workshop.value("SELECT count(*) FROM meta WHERE key='rederive'"),
        "0"
    );
}

/// Findings but for those about the texts that are still the older reader's.
fn verify_but_older(workshop: &Workshop) -> Vec<String> {
    verify(&workshop.archive())
        .iter()
        .map(ToString::to_string)
        .filter(|found| {
            !found.contains("does not say what was stored")
                && !found.contains("more of the same kind")
        })
        .collect()
}

#[test]
fn a_trial_is_reported_as_json_and_as_text() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    make_older(&workshop);
    let tried = run(&config, &["rederive", "--dry-run", "--json"]);
    assert_eq!(tried.code, Some(0), "{tried:?}");
    let report: Value = serde_json::from_str(&tried.out).expect("JSON");
    assert_eq!(report["changed"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["fields"], serde_json::json!({"proposal": 3}));
    let tried = run(&config, &["rederive", "--dry-run", "--list"]);
    assert!(
        tried
            .out
            .contains("nothing was written\nchanged kuusijarvi/2026311-1\n"),
        "{}",
        tried.out
    );
    assert_eq!(left(&workshop), 3);
    let unknown = run(&config, &["rederive", "--source", "muu"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("there is no source \"muu\""),
        "{}",
        unknown.err
    );
    assert_eq!(
        run(&config, &["rederive", "--source", "kuusijarvi"]).code,
        Some(0)
    );
    assert_eq!(left(&workshop), 0);
}

#[test]
fn sources_that_are_not_configured_are_named() {
    let (_portal, mut workshop) = start();
    assert_eq!(
        run(&workshop.config_file(), &["poll", "--all"]).code,
        Some(0)
    );
    let all = run(&workshop.config_file(), &["rederive"]);
    assert!(!all.out.contains("configuration"), "{}", all.out);
    let elsewhere = Url::parse("http://127.0.0.1:1/").expect("address");
    workshop.sheet = Sheet::default().with("muu", PlatformKind::Dynasty, elsewhere);
    // The second time as well, when the source is known to be out of use.
    for _ in 0..2 {
        let none = run(&workshop.config_file(), &["rederive"]);
        assert_eq!(none.code, Some(0), "{none:?}");
        let said = "1 of 1 sources in the archive are not in the configuration, so nothing of theirs is derived: kuusijarvi;";
        assert!(none.out.contains(said), "{}", none.out);
    }
}

#[test]
fn without_the_archive_the_originals_are_not_enough_and_it_says_so() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    for file in ["archive.db", "archive.db-wal", "archive.db-shm"] {
        let gone = std::fs::remove_file(workshop.archive().join(file));
        assert!(gone.is_ok() || file != "archive.db");
    }
    for command in ["rederive", "verify", "show"] {
        let mut arguments = vec![command];
        arguments.extend((command == "show").then_some("kuusijarvi/2026311-1"));
        let ended = run(&config, &arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        for part in [
            "archive.db is missing in",
            "from a backup or a published snapshot",
            "`seutu verify`",
        ] {
            assert!(ended.err.contains(part), "{part}: {}", ended.err);
        }
    }
    assert!(!workshop.archive().join("archive.db").exists());
}

#[test]
fn findings_are_told_as_json_too() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    let sound = run(&config, &["verify", "--json"]);
    assert_eq!((sound.code, sound.out.trim()), (Some(0), "[]"));
    make_older(&workshop);
    let found = run(&config, &["verify", "--json"]);
    assert_eq!(found.code, Some(1));
    let findings: Value = serde_json::from_str(&found.out).expect("JSON");
    let mut places = findings.as_array().expect("a list").iter();
    let first = places
        .find(|found| found["place"] == "archive.db item_version")
        .expect("a finding about a version");
    assert!(
        first["remedy"]
            .as_str()
            .is_some_and(|remedy| remedy.contains("seutu rederive"))
    );
}

#[test]
fn a_run_ended_by_sigterm_says_how_it_goes_on_and_does() {
    let papers: Vec<_> = (1..=ITEMS)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Verkoston asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll", "--all"]).code, Some(0));
    make_older(&workshop);
    let child = seutu(&config, &["rederive"]).spawn().expect("started");
    super::running::until("the first item", || left(&workshop) < ITEMS);
    super::running::terminate(&child);
    let ended = super::running::ends(child);
    let passed = ITEMS - left(&workshop);
    assert_eq!(ended.code, Some(1), "{passed} items were done: {ended:?}");
    let words =
        "interrupted: what was derived until now stays, and `seutu rederive` goes on from there";
    assert!(ended.err.contains(words), "{}", ended.err);
    let done = run(&config, &["rederive"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let words = format!("went on after {passed} items that an interrupted run had done");
    assert!(done.out.contains(&words), "{words}: {}", done.out);
    assert_eq!(left(&workshop), 0);
}
