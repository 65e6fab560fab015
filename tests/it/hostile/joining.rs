//! A source of very many items that all say they belong to a network: its dossiers cost little all the same, and those
//! of others are as ever.

use std::time::Duration;

use fastrand::Rng;
use seutu::model::source::PlatformKind;

use crate::support::cost::cost;
use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::seutu;
use crate::support::workshop::{Sheet, Workshop};

/// Entries of the feed: as many as are read of one.
const ENTRIES: usize = 2000;
/// Words that its titles are made of, and how many stand in each.
const WORDS: usize = 60;
const OF_A_TITLE: usize = 12;
/// Seconds of the processor that a poll may take, of a build without optimisation.
const BOUND: Duration = Duration::from_secs(30);

/// Titles that resemble each other a little, so that each has to be compared with every other one.
fn feed() -> String {
    let mut chance = Rng::with_seed(20_261_123);
    let entries: Vec<String> = (0..ENTRIES)
        .map(|number| {
            let words: Vec<String> = (0..OF_A_TITLE)
                .map(|_| format!("sana{:02}", chance.usize(0..WORDS)))
                .collect();
            format!(
                "<item><guid isPermaLink='false'>{number}</guid><title>Verkosto {}</title></item>",
                words.join(" ")
            )
        })
        .collect();
    format!(
        "<rss version='2.0'><channel><title>x</title>{}</channel></rss>",
        entries.concat()
    )
}

#[test]
fn dossiers_of_thousands_of_items_of_one_source_cost_little_and_take_nothing_from_others() {
    let portal = Portal::with(&[
        Paper::agenda("2026311-1", "Verkoston suunnitelma"),
        Paper::agenda("2026311-2", "Talousarvio"),
    ]);
    let crowd = Origin::start();
    crowd.on("/feed", Reply::ok("text/xml", feed()));
    let mut sheet = Sheet::of(portal.url()).with("varas", PlatformKind::Feed, crowd.url("/feed"));
    sheet.networks = sheet
        .networks
        .replace("\"Kuusijärvi\"", "\"Kuusijärvi\", \"varas\"");
    let workshop = Workshop::new(sheet);
    let cost = cost(seutu(&workshop.config_file(), &["poll"]));
    println!("{:?}, {} KiB at most", cost.busy, cost.memory);
    assert_eq!(cost.code, Some(0));
    assert!(cost.busy < BOUND, "{:?}", cost.busy);
    let joined = |source: &str| {
        workshop.value(&format!(
            "SELECT count(*) FROM dossier_item d JOIN item i ON i.id=d.item_id JOIN source s ON s.id=i.source_id
             WHERE s.slug='{source}'"
        ))
    };
    let items = workshop.value("SELECT count(*) FROM network_match WHERE verdict='in'");
    assert_eq!(items, (ENTRIES + 1).to_string());
    assert_eq!(
        (joined("kuusijarvi"), joined("varas")),
        ("1".to_owned(), "1000".to_owned())
    );
}
