//! The subjects of the default configuration against labelled items: `fixtures/dossiers/cases.toml`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use seutu::config::Config;
use seutu::model::ids::{ItemKey, SourceId, Uid};
use seutu::model::item::{ItemRecord, MatchRecord};
use seutu::model::minutes::{Attachment, ItemReading, Lang};
use seutu::model::network::Verdict;
use seutu::recognise::Joiner;

#[derive(Debug, Deserialize)]
struct Cases {
    item: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    is: Vec<String>,
    at: String,
    on: String,
    title: String,
    #[serde(default = "yes")]
    network: bool,
    section: Option<u32>,
    diary: Option<String>,
    background: Option<String>,
    proposal: Option<String>,
    attachment: Option<String>,
}

fn yes() -> bool {
    true
}

fn record(number: usize, case: &Case) -> ItemRecord {
    let url = || "https://portal.example/".parse().expect("address");
    let attached = case.attachment.iter().map(|title| Attachment {
        number: None,
        title: title.clone(),
        url: url(),
    });
    ItemRecord {
        uid: Uid::of(&case.at, &ItemKey::new(format!("{number:03}"))),
        source: SourceId::new("s"),
        source_name: String::new(),
        source_feed: String::new(),
        municipality: case.at.clone(),
        municipality_code: String::new(),
        body: None,
        held_on: Some(case.on.parse().expect("a day")),
        title: case.title.clone(),
        stage: None,
        outcome: None,
        fields: Some(ItemReading {
            section_no: case.section,
            diary_numbers: case.diary.iter().cloned().collect(),
            background: case.background.clone(),
            proposal: case.proposal.clone(),
            attachments: attached.collect(),
            ..ItemReading::empty(Lang::Fi)
        }),
        fields_before: None,
        handlings: vec![],
        url: url(),
        version_no: 1,
        first_seen_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
        withdrawn_at: None,
        matches: vec![MatchRecord {
            network: "sivistys".to_owned(),
            network_name: String::new(),
            verdict: if case.network {
                Verdict::In
            } else {
                Verdict::Out
            },
            score: 0.0,
            decided_by: "rules".to_owned(),
            explanation: String::new(),
            evidence: vec![],
        }],
    }
}

type Pairs = BTreeSet<(Uid, Uid)>;

/// Every two that share a group.
fn pairs<'g>(groups: impl Iterator<Item = &'g Vec<Uid>>) -> Pairs {
    let mut pairs = Pairs::new();
    for group in groups {
        for a in group {
            pairs.extend(
                group
                    .iter()
                    .filter(|b| a < *b)
                    .map(|b| (a.clone(), b.clone())),
            );
        }
    }
    pairs
}

#[test]
fn the_labelled_items_are_joined_as_a_coordinator_would() {
    let text = std::fs::read_to_string("fixtures/dossiers/cases.toml").expect("cases");
    let cases: Cases = toml::from_str(&text).expect("cases");
    let config = Config::parse("embedded", Config::embedded_text(), [].into_iter());
    let config = config.expect("configuration");
    let network = config
        .networks
        .iter()
        .find(|network| network.slug == "sivistys");
    let joiner = Joiner::new(network.expect("the network"));
    let items: Vec<_> = cases
        .item
        .iter()
        .enumerate()
        .map(|(no, case)| record(no, case))
        .collect();
    let plans = joiner.join(&items, &[]);

    let mut labelled: BTreeMap<&str, Vec<Uid>> = BTreeMap::new();
    for (case, item) in cases.item.iter().zip(&items) {
        for label in &case.is {
            labelled.entry(label).or_default().push(item.uid.clone());
        }
    }
    let found: Vec<Vec<Uid>> = plans
        .iter()
        .map(|plan| plan.items.iter().map(|item| item.uid.clone()).collect())
        .collect();
    let (wanted, found) = (pairs(labelled.values()), pairs(found.iter()));
    let right = wanted.intersection(&found).count();
    let missed: Vec<_> = wanted.difference(&found).collect();
    let wrong: Vec<_> = found.difference(&wanted).collect();
    println!(
        "{} items, {} pairs: precision {right}/{}, recall {right}/{}",
        items.len(),
        wanted.len(),
        found.len(),
        wanted.len()
    );
    assert!(right * 100 >= found.len() * 97, "joined wrongly: {wrong:?}");
    assert!(right * 100 >= wanted.len() * 90, "not joined: {missed:?}");
    let placed: BTreeSet<_> = plans
        .iter()
        .flat_map(|plan| &plan.items)
        .map(|item| &item.uid)
        .collect();
    for (case, item) in cases.item.iter().zip(&items) {
        assert_eq!(
            placed.contains(&item.uid),
            !case.is.is_empty() || case.network,
            "{}",
            case.title
        );
    }
}

/// A dossier follows the one of the year before.
#[test]
fn the_plan_of_a_year_follows_that_of_the_year_before() {
    let text = std::fs::read_to_string("fixtures/dossiers/cases.toml").expect("cases");
    let cases: Cases = toml::from_str(&text).expect("cases");
    let config = Config::parse("embedded", Config::embedded_text(), [].into_iter());
    let joiner = Joiner::new(&config.expect("configuration").networks[0]);
    let items: Vec<_> = cases
        .item
        .iter()
        .enumerate()
        .map(|(no, case)| record(no, case))
        .collect();
    let plans = joiner.join(&items, &[]);
    let plan = plans
        .iter()
        .find(|plan| plan.slug == "sivistys-toimintasuunnitelma-2025");
    let plan = plan.expect("the plan of 2025");
    assert_eq!(plan.title, "Toimintasuunnitelma ja vuosikello 2025");
    assert_eq!(
        plan.predecessor.as_deref(),
        Some("sivistys-toimintasuunnitelma-2024")
    );
}
