//! `doctor`: everything that whoever helps would ask for, and no secret.

use std::fs;

use super::start;
use crate::support::program::{ended, run, seutu};

/// What must never be seen, whatever form it is in.
const SECRETS: [&str; 6] = [
    "salasana-1",
    "tunnus-1",
    "avain-abcdefgh",
    "aws-salaisuus",
    "env-salaisuus",
    "pala-abcdefgh",
];

#[test]
fn planted_secrets_never_appear() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let text = fs::read_to_string(&config).expect("configuration");
    let more = "[[municipality]]\nname = \"Haavela\"\ncode = \"950\"\n[[source]]\nid = \"haavela\"\nmunicipality = \"Haavela\"\n\
                platform = \"feed\"\nurl = \"https://tunnus-1:salasana-1@portal.example/rss?key=avain-abcdefgh#pala-abcdefgh\"\n";
    for faulty in [
        "",
        "\n[poll]\nnone = \"https://tunnus-1:salasana-1@portal.example/\"\n",
    ] {
        let networks = text.find("[[network]]").expect("networks");
        let (before, after) = text.split_at(networks);
        fs::write(&config, format!("{faulty}{before}{more}{after}")).expect("written");
        for arguments in [
            &["doctor"][..],
            &["doctor", "--json"],
            &["doctor", "--out", "doctor.txt"],
        ] {
            let mut command = seutu(&config, arguments);
            command.env("AWS_SECRET_ACCESS_KEY", "aws-salaisuus");
            command.env("SEUTU_FEEDS_HUB", "https://hub:env-salaisuus@hub.example/");
            let done = ended(command.output().expect("started"));
            let file = config.with_file_name("doctor.txt");
            let filed = fs::read_to_string(&file).unwrap_or_default();
            let seen = format!("{}{}{filed}", done.out, done.err);
            assert!(seen.contains("AWS_SECRET_ACCESS_KEY"), "{seen}");
            for secret in SECRETS {
                assert!(!seen.contains(secret), "{secret} in {seen}");
            }
            assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
        }
    }
}

#[test]
fn a_sound_archive_needs_nobody_and_everything_is_told() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let none = run(&config, &["doctor"]);
    assert_eq!(none.code, Some(3), "{none:?}");
    assert!(
        none.out.contains("there is no archive yet") && none.out.contains("seutu poll"),
        "{}",
        none.out
    );
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let well = run(&config, &["doctor", "--online"]);
    assert_eq!(well.code, Some(0), "{well:?}");
    for told in [
        "nothing needs a person",
        "SQLite: 3.",
        "kernel: ",
        "archive.db quick_check: ok",
        "originals.db user_version: ",
        "time zone: ",
        "pdftotext: ",
        "Voikko: ",
        "kuusijarvi: last poll ",
        "free on the disk: ",
        "mode ",
        "answers",
        "[archive]",
    ] {
        assert!(well.out.contains(told), "{told} in {}", well.out);
    }
    let json = run(&config, &["doctor", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(0));
    assert!(
        json["facts"]
            .as_array()
            .is_some_and(|facts| facts.len() > 20)
    );
}

#[test]
fn each_finding_says_what_to_do() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let archive = workshop.archive().join("archive.db");
    fs::write(&archive, "no database at all").expect("damaged");
    let found = run(&config, &["doctor"]);
    assert_eq!(found.code, Some(3), "{found:?}");
    assert!(found.out.starts_with("needs a person: "), "{}", found.out);
    let findings = found
        .out
        .lines()
        .filter(|line| line.starts_with("- "))
        .count();
    let remedies = found
        .out
        .lines()
        .filter(|line| line.starts_with("  what to do: "))
        .count();
    assert!(findings > 0 && findings == remedies, "{}", found.out);
}
