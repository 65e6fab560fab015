//! Another network in another region is only configuration: `packaging/networks/kirjastot.toml`.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use seutu::config::Config;
use seutu::model::network::Verdict;
use tempfile::TempDir;

use super::set::{Case, Judged, cases, figures, folder, judged};
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;

const CONFIG: &str = "packaging/networks/kirjastot.toml";
const ITEMS: &str = "fixtures/recognition/kirjastot";

#[test]
fn the_example_has_no_fault_and_shares_nothing_with_the_default_network() {
    let text = fs::read_to_string(folder(CONFIG)).expect("the example");
    let example = Config::parse(CONFIG, &text, std::iter::empty()).expect("no fault");
    let default = Config::parse("embedded", Config::embedded_text(), std::iter::empty());
    let default = default.expect("the embedded configuration");
    let ([own], [other]) = (&example.networks[..], &default.networks[..]) else {
        panic!("one network each");
    };
    assert_ne!(own.slug, other.slug);
    assert!(
        own.members
            .iter()
            .all(|member| !other.members.contains(member))
    );
}

#[test]
fn its_rules_tell_its_items_apart() {
    let judged = judged(CONFIG, ITEMS);
    assert!(judged.len() >= 25);
    let wrong: Vec<_> = judged
        .iter()
        .filter(|Judged { case, found }| !case.allows(found.verdict))
        .map(|Judged { case, found }| format!("{}: {} {}", case.id, found.score, found.explanation))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let figures = figures(judged.iter());
    assert!(figures.accepted.precision() >= 1.0 && figures.accepted.recall() >= 0.9);
    assert!(figures.shown.precision() >= 1.0 && figures.shown.recall() >= 1.0);
}

/// The items whose whole text a page of the simulated portal can hold.
fn on_pages() -> Vec<(Case, Paper)> {
    let whole = cases(ITEMS)
        .into_iter()
        .filter(|case| case.proposal.is_empty() && case.attachments.is_empty());
    let members = whole.filter(|case| case.municipality != "Mikkeli");
    (1..)
        .zip(members)
        .map(|(no, case)| {
            let key = format!("2026311-{no}");
            let paper = Paper {
                body: case.body.clone(),
                ..Paper::agenda(&key, &case.title).saying(&case.background)
            };
            (case, paper)
        })
        .collect()
}

/// The example as somebody would fill it in, with the portal in the place of one municipality's.
fn filled_in(portal: &Portal) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(folder(CONFIG)).expect("the example");
    let local = "[fetch]\nmin_interval = \"0s\"\nallow_private_addresses = true\n";
    // As many entries as the portal is asked for in other tests.
    let address = format!("\"{}\"\nshow = 30", portal.url());
    let text = text
        .replace("[fetch]\n", local)
        .replace("\"https://hankasalmi.example/cgi/DREQUEST.PHP\"", &address);
    let file = home.path().join("seutu.toml");
    fs::write(&file, text).expect("written");
    (home, file)
}

#[test]
fn its_items_are_polled_recognised_reported_and_published() {
    let items = on_pages();
    assert!(items.len() >= 20, "{}", items.len());
    let papers: Vec<_> = items.iter().map(|(_, paper)| paper.clone()).collect();
    let portal = Portal::with(&papers);
    let (_home, config) = filled_in(&portal);
    let polled = run(&config, &["poll", "--source", "hankasalmi"]);
    assert_eq!(polled.code, Some(0), "{polled:?}");

    let mut accepted = 0;
    for (case, paper) in &items {
        let uid = format!("hankasalmi/{}", paper.key);
        let shown = run(&config, &["show", &uid, "--json"]);
        let shown: Value = serde_json::from_str(&shown.out).expect("JSON");
        let verdict = shown["matches"][0]["verdict"]
            .as_str()
            .and_then(Verdict::from_word);
        let verdict = verdict.expect("a verdict");
        assert_eq!(shown["matches"][0]["network"], "kirjastot");
        assert!(case.allows(verdict), "{}: {verdict:?}", case.id);
        accepted += usize::from(verdict == Verdict::In);
    }
    let report = run(&config, &["network", "report", "--json"]);
    let report: Value = serde_json::from_str(&report.out).expect("JSON");
    assert_eq!(report[0]["network"], "kirjastot");
    assert_eq!(
        report[0]["accepted"].as_array().map(Vec::len),
        Some(accepted)
    );
    let feed = run(&config, &["feed", "kirjastot"]);
    assert_eq!(
        feed.out.matches("<entry>").count(),
        accepted,
        "{}",
        feed.err
    );
}
