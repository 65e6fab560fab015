//! `seutu takedown` as people use it: alone, beside a daemon, and what everybody else sees of it.

use serde_json::Value;

use super::running::{ends, get, listening, terminate, until};
use super::start;
use crate::support::program::{Ended, run, seutu};
use crate::support::workshop::Workshop;

const UID: &str = "kuusijarvi/2026311-3";

/// Two more words than the item's key.
pub(super) fn takedown(workshop: &Workshop, more: &[&str]) -> Ended {
    let arguments = [&["takedown", UID], more].concat();
    run(&workshop.config_file(), &arguments)
}

fn done(workshop: &Workshop, more: &[&str]) -> String {
    let ended = takedown(workshop, more);
    assert_eq!(ended.code, Some(0), "{more:?}: {ended:?}");
    ended.out
}

fn shown(workshop: &Workshop) -> String {
    let ended = run(&workshop.config_file(), &["show", UID]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.out
}

#[test]
fn wrong_words_are_refused_with_those_that_may_be_used() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    for (arguments, words) in [
        (
            &["--action", "remove", "--reason", "legal"][..],
            &["hide, redact, erase"][..],
        ),
        (
            &["--action", "hide", "--reason", "because"],
            &["personal_data, source_withdrew, legal, mistake"],
        ),
        (&["--action", "hide"], &["--reason"]),
        (&["--reason", "legal"], &["--action"]),
        (&[], &["--action", "--reason"]),
        (
            &["--undo", "--action", "hide"],
            &["--undo", "cannot be used with"],
        ),
        (
            &[
                "--action",
                "hide",
                "--reason",
                "legal",
                "--expires-on",
                "soon",
            ],
            &["--expires-on", "soon"],
        ),
    ] {
        let refused = takedown(&workshop, arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {refused:?}");
        for word in words {
            assert!(refused.err.contains(word), "{word}: {}", refused.err);
        }
    }
    assert_eq!(workshop.value("SELECT count(*) FROM takedown"), "0");
}

#[test]
fn days_that_are_over_and_unknown_items_are_refused() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let over = [
        "--action",
        "hide",
        "--reason",
        "legal",
        "--expires-on",
        "2020-01-31",
    ];
    let refused = takedown(&workshop, &over);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("is over already"), "{}", refused.err);
    names_what_is_near(&workshop, &["--undo"]);
    names_what_is_near(&workshop, &["--action", "hide", "--reason", "legal"]);
    assert_eq!(workshop.value("SELECT count(*) FROM takedown"), "0");
    let not = takedown(&workshop, &["--undo"]);
    assert_eq!(not.code, Some(1));
    assert!(not.err.contains("is not taken down"), "{}", not.err);
}

#[test]
fn without_a_daemon_an_item_is_hidden_let_in_redacted_and_erased() {
    let (_portal, workshop) = start();
    assert_eq!(run(&workshop.config_file(), &["poll"]).code, Some(0));
    let hide = [
        "--action",
        "hide",
        "--reason",
        "mistake",
        "--expires-on",
        "2999-01-31",
    ];
    assert_eq!(done(&workshop, &hide), format!("{UID}: hidden\n"));
    let text = shown(&workshop);
    assert!(
        text.contains(" until 2999-01-31: hide, for mistake") && text.contains("Hyväksyttiin."),
        "whoever has the archive sees it: {text}"
    );
    assert_eq!(
        done(&workshop, &["--undo"]),
        format!("{UID}: let in again\n")
    );
    assert!(!shown(&workshop).contains("taken down"));
    let redact = ["--action", "redact", "--reason", "personal_data"];
    done(&workshop, &redact);
    let text = shown(&workshop);
    assert!(
        text.contains(": redact, for personal_data") && text.contains("Hyväksyttiin."),
        "{text}"
    );
    assert!(!text.contains("valmisteltu"), "{text}");
    done(
        &workshop,
        &[
            "--action",
            "erase",
            "--reason",
            "legal",
            "--note",
            "päätös 1",
        ],
    );
    let text = shown(&workshop);
    assert!(
        text.contains(": erase, for legal, päätös 1") && text.contains("[poistettu]"),
        "{text}"
    );
    assert!(
        !text.contains("Hyväksyttiin") && !text.contains("Koulukuljetukset"),
        "{text}"
    );
    let again = run(&workshop.config_file(), &["poll", "--all"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(shown(&workshop), text, "polling brings nothing back");
    assert_eq!(run(&workshop.config_file(), &["verify"]).code, Some(0));
    let undone = done(&workshop, &["--undo"]);
    assert!(undone.contains("by the next poll"), "{undone}");
}

/// What stands behind the empty line of an answer.
fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// The events since tell that it is gone, and not what it was.
fn is_tombstone(events: &str) {
    let told = body(events)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|event| event["uid"] == UID)
        .expect("an event about it");
    assert_eq!(told["kind"], "erased");
    assert_eq!(told["deleted"], true);
    assert!(!events.contains("Koulukuljetukset"), "{events}");
}

/// An item that is not there is refused, with what stands near it.
fn names_what_is_near(workshop: &Workshop, more: &[&str]) {
    let arguments = [&["takedown", "kuusijarvi/2026311-9"], more].concat();
    let unknown = run(&workshop.config_file(), &arguments);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(
        unknown
            .err
            .contains("there is no item kuusijarvi/2026311-9; near it stand")
            && unknown.err.contains(UID),
        "{}",
        unknown.err
    );
}

#[test]
fn beside_a_daemon_everything_that_is_served_is_without_it_at_once() {
    let (_portal, mut workshop) = start();
    workshop.sheet.snapshot = "interval = \"0s\"\n".to_owned();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    let daemon = seutu(&config, &["run"]).spawn().expect("started");
    let feed = || get(&address, "/feeds/all.atom").unwrap_or_default();
    until("an entry", || feed().contains(UID));
    until("the first poll", || {
        workshop.rows("SELECT count(*) FROM item WHERE version_no=1") == ["3"]
    });
    assert_eq!(run(&config, &["snapshot"]).code, Some(0));
    let latest = || -> Value {
        let answer = get(&address, "/latest.json").expect("served");
        serde_json::from_str(body(&answer)).expect("JSON")
    };
    let first = latest();
    let edition = first["url"].as_str().expect("url").to_owned();
    let edition = edition
        .strip_prefix(&format!("http://{address}"))
        .expect("here");
    let copy = |path: &str| get(&address, path).expect("answered");
    assert!(copy(edition).contains("Koulukuljetukset"));
    assert!(copy("/archive.db").contains("Koulukuljetukset"));

    let erase = ["--action", "erase", "--reason", "personal_data"];
    let told = done(&workshop, &erase);
    assert!(told.starts_with(&format!("{UID}: erase")), "{told}");

    let second = latest();
    assert_ne!(second["url"], first["url"]);
    assert!(second["seq"].as_i64() > first["seq"].as_i64());
    assert!(
        copy(edition).starts_with("HTTP/1.1 404"),
        "the one before is gone"
    );
    let now = copy("/archive.db");
    assert!(now.starts_with("HTTP/1.1 200") && now.contains("Seudullinen kirjasto"));
    assert!(!now.contains("Koulukuljetukset") && !now.contains("koulukuljetu"));
    let since = first["seq"].as_i64().expect("seq");
    is_tombstone(&copy(&format!("/api/events?since={since}")));
    let listed = feed();
    assert!(
        listed.contains("2026311-2") && !listed.contains("Koulukuljetukset"),
        "{listed}"
    );
    assert!(!listed.contains(&format!("<id>tag:{UID}")) && !listed.contains("Hyväksyttiin."));
    names_what_is_near(&workshop, &["--action", "hide", "--reason", "legal"]);
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    assert_eq!(run(&config, &["verify"]).code, Some(0));
}
