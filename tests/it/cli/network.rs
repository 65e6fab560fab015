//! `seutu network`: why a text is recognised or not, and the list for whoever sets the rules right.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::papers;
use crate::support::portal::Portal;
use crate::support::program::run;
use crate::support::workshop::{RULES, Sheet, Workshop};

/// One more rule, that speaks against libraries, and one with everything that keeps a rule silent.
const MORE: &str = r#"
[[network.rule]]
name = "kirjastot"
fields = ["title"]
words = ["kirjasto*"]
weight = -2.5
[[network.rule]]
name = "ohjausryhmä"
words = ["ohjausryhm*"]
near = [["seudulli*", "alueelli*"]]
within = 2
unless = ["rakennus*"]
weight = 2.0
[[network.rule]]
name = "vuosikello"
words = ["vuosikello*"]
needs = ["verkoston nimi"]
weight = 2.0
"#;

fn start() -> (Portal, Workshop, PathBuf) {
    let portal = Portal::with(&papers());
    let mut sheet = Sheet::of(portal.url());
    sheet.networks = format!("{RULES}{MORE}");
    let workshop = Workshop::new(sheet);
    let config = workshop.config_file();
    (portal, workshop, config)
}

fn tested(config: &Path, text: &str, options: &[&str]) -> String {
    let file = config.with_file_name("text");
    fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let ended = run(config, &[&["network", "test", &file], options].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{text}");
    ended.out
}

fn explained(config: &Path, text: &str, options: &[&str]) -> Value {
    let out = tested(config, text, &[&["--json"], options].concat());
    serde_json::from_str::<Value>(&out).expect("JSON")[0].take()
}

#[test]
fn a_plain_text_is_explained_with_every_rule_that_hit_and_every_one_that_did_not() {
    let (_portal, _workshop, config) = start();
    let text = "Seudullinen kirjasto\n\nOhjausryhmä kokoontui. Sen jälkeen kaikki oli seudullista.";
    let out = tested(&config, text, &["--municipality", "Kuusijärvi"]);
    for said in [
        "sivistys: out, score 1.5 (`in` from 6, `maybe` from 3)",
        "Kuusijärvi is a member",
        "not `maybe`: 1.5 short of 3; without what speaks against (-2.5) it would be 4",
        "+4  title       seudullisuus: \"Seudullinen kirjasto\"",
        "-2.5  title       kirjastot: \"Seudullinen kirjasto\"",
        "found, but not counted:",
        "+2  background  ohjausryhmä: \"Ohjausryhmä kokoontui.",
        "none of seudulli*, alueelli* within 2 words: the nearest is 6 words away",
        "rules that found none of their words: 2",
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    let with_building = "Rakennushanke\nAlueellisen ohjausryhmän rakennusasiat";
    let out = tested(&config, with_building, &[]);
    assert!(out.contains("\"rakennusasiat\" stands there too"), "{out}");
    assert!(out.contains("judged as a member's"), "{out}");
    let lonely = tested(&config, "Vuosikello", &[]);
    let cause = "none of these rules counts: verkoston nimi";
    assert!(lonely.contains(cause), "{lonely}");
    let nothing = tested(&config, "Ohjausryhmä", &[]);
    assert!(
        nothing.contains("within 2 words: there is none"),
        "{nothing}"
    );
}

#[test]
fn verdict_score_thresholds_and_refusals_are_told_as_json() {
    let (_portal, _workshop, config) = start();
    let told = explained(&config, "Verkoston suunnitelma", &[]);
    assert_eq!(
        (&told["verdict"], &told["score"]),
        (&"in".into(), &7.0.into())
    );
    assert_eq!(
        (&told["accept"], &told["doubt"]),
        (&6.0.into(), &3.0.into())
    );
    assert_eq!(told["refused"], Value::Null);
    assert_eq!(told["evidence"][0]["quote"], "Verkoston suunnitelma");
    let stranger = explained(
        &config,
        "Verkoston suunnitelma",
        &["--municipality", "Outola"],
    );
    assert_eq!(
        (&stranger["verdict"], &stranger["is_member"]),
        (&"maybe".into(), &false.into())
    );
    assert!(
        stranger["refused"]
            .as_str()
            .is_some_and(|why| why.contains("no member"))
    );
    let silent = explained(&config, "Ohjausryhmä", &[]);
    assert_eq!(silent["silent"][0]["because"], "near");
    assert_eq!(silent["silent"][0]["nearest"], Value::Null);
}

#[test]
fn a_saved_page_and_what_read_prints_of_it_are_explained_alike() {
    let (_portal, _workshop, config) = start();
    let html = papers()[1].html();
    let address = [
        "--url",
        "https://portal.example/cgi/DREQUEST.PHP?page=meetingitem&id=2026311-2",
    ];
    let of_page = explained(&config, &html, &address);
    assert_eq!(of_page["score"], 1.5);
    let file = config.with_file_name("text").display().to_string();
    let read = run(&config, &[&["read", &file][..], &address].concat());
    let of_json = explained(&config, &read.out, &[]);
    assert_eq!(of_page, of_json);
    let with_body = explained(&config, &read.out, &["--body", "Verkostolautakunta"]);
    assert_eq!(with_body["score"], 1.5, "rules look into the title");
}

#[test]
fn what_cannot_be_explained_is_said() {
    let (_portal, _workshop, config) = start();
    let file = config.with_file_name("text");
    for (text, code, said) in [
        ("", 1, "is empty"),
        ("{\"a\": 1}", 1, "not what `seutu read` prints"),
        ("<html><body>Huoltokatko</body></html>", 1, "give --url"),
    ] {
        fs::write(&file, text).expect("written");
        let ended = run(&config, &["network", "test", &file.display().to_string()]);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    for command in [&["test", "-"][..], &["report"]] {
        let unknown = [&["network"], command, &["--network", "olematon"]].concat();
        let ended = run(&config, &unknown);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("no network \"olematon\"") && ended.err.contains("sivistys"));
    }
}

#[test]
fn the_report_lists_accepted_doubted_and_narrowly_refused_with_the_command_for_each() {
    let (_portal, _workshop, config) = start();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let report = |options: &[&str]| {
        let ended = run(&config, &[&["network", "report"], options].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        ended.out
    };
    let out = report(&["--since", "2020-01-01", "--network", "sivistys"]);
    let file = config.display().to_string();
    for said in [
        "sivistys: Sivistyksen verkosto, since 2020-01-01",
        "accepted: 1\n\nkuusijarvi/2026311-1  score 7  Sivistyksen verkoston suunnitelma",
        "Kuusijärvi, Kasvatus- ja opetuslautakunta, 2026-11-12",
        "verkoston nimi: \"Sivistyksen verkoston suunnitelma\"",
        "doubted: 0",
        "narrowly refused: 1\n\nkuusijarvi/2026311-2  score 1.5  Seudullinen kirjasto",
        &format!("$ seutu --config \"{file}\" verdict kuusijarvi/2026311-2 sivistys in"),
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    assert!(!out.contains("2026311-3"), "{out}");
    let later = report(&["--since", "2999-01-01"]);
    assert!(later.contains("accepted: 0") && later.contains("narrowly refused: 0"));

    let by_hand = ["verdict", "kuusijarvi/2026311-3", "sivistys", "maybe"];
    assert_eq!(run(&config, &by_hand).code, Some(0));
    let told: Value = serde_json::from_str(&report(&["--json"])).expect("JSON");
    let doubted = &told[0]["doubted"][0];
    assert_eq!(doubted["uid"], "kuusijarvi/2026311-3");
    assert_eq!(doubted["decided_by"], "human");
    assert_eq!(doubted["by_hand"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        told[0]["narrowly_refused"][0]["evidence"][0]["rule"],
        "seudullisuus"
    );
}
