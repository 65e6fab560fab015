//! Polling sites on which nothing changed asks with validators and writes the record of the poll alone.

use seutu::daemon::cycle::Scope;
use seutu::model::poll::PollOutcome;
use seutu::model::source::PlatformKind;
use seutu::serve::simulated::{SimulatedSites, SimulatedSource};

use crate::support::contents::{differences, everything};
use crate::support::portal::{Paper, Portal, conditional, entity_tag};
use crate::support::workshop::{Sheet, Workshop, hours};

/// Whether a simulated site has validators to ask with, and answers that do not begin with a fault.
fn is_calm(site: &SimulatedSource) -> bool {
    let has_feed = matches!(site.platform, PlatformKind::Dynasty | PlatformKind::Feed);
    has_feed && !matches!(site.id.as_str(), "haavela" | "satulampi" | "taruniemi")
}

fn calm(sites: &SimulatedSites) -> Sheet {
    let mut sheet = Sheet::default();
    for site in sites.config() {
        if is_calm(&site) {
            sheet = sheet.with(site.id.as_str(), site.platform, site.url);
        }
    }
    sheet
}

#[tokio::test]
async fn the_second_poll_of_unchanged_sites_is_304_everywhere_and_writes_the_poll_alone() {
    let sites = SimulatedSites::start().await.expect("sites");
    let workshop = Workshop::new(calm(&sites));
    // Twice, because one site serves a maintenance notice at first.
    workshop.round().await;
    workshop.pass(hours(1));
    let first = workshop.round().await;
    assert!(
        first
            .iter()
            .all(|report| !report.failed() && report.pages_failed == 0),
        "{first:#?}"
    );
    let (before, asked) = (everything(&workshop.archive()), sites.requests());
    let items: usize = workshop
        .value("SELECT count(*) FROM item")
        .parse()
        .expect("number");
    assert!(items > 30, "{items} items");

    workshop.pass(hours(1));
    let second = workshop.round().await;

    assert_eq!(second.len(), 8);
    for report in &second {
        assert_eq!(
            report.outcome.map(PollOutcome::word),
            Some("not_modified"),
            "{report:#?}"
        );
        assert_eq!((report.items_new, report.versions), (0, 0));
    }
    let config = sites.config();
    for ((then, now), site) in asked.iter().zip(sites.requests()).zip(&config) {
        if is_calm(site) {
            // The feed of items, and that of meetings where its turn has come.
            let asked = now.feeds - then.feeds;
            assert!((1..=2).contains(&asked), "{}: {asked} feeds", now.source);
            let unmodified = now.not_modified - then.not_modified;
            // The page of a meeting may be due as well.
            assert!(unmodified >= asked, "{}: {unmodified}", now.source);
            assert_eq!(now.pages, then.pages, "{}: no page was due", now.source);
        }
    }
    let after = everything(&workshop.archive());
    let mut touched = differences(&before, &after);
    // When a list was asked for stands in its row, as that of a feed stands in a row of its own.
    touched.retain(|table| table != "archive.db list_page");
    assert_eq!(touched, ["archive.db poll"]);
}

#[tokio::test]
async fn asking_for_everything_again_touches_nothing_but_the_records_of_asking() {
    let papers = [
        Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma"),
        Paper::agenda("2026311-2", "Koulukuljetukset").minutes("Hyväksyttiin."),
    ];
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let before = everything(&workshop.archive());
    workshop.pass(hours(1));
    let reports = workshop.round_of(Scope::All).await;
    assert_eq!(reports[0].pages_read, 2);
    assert_eq!(portal.page_requests("2026311-2"), 2);
    let after = everything(&workshop.archive());
    assert_eq!(
        differences(&before, &after),
        ["archive.db list_page", "archive.db page", "archive.db poll"]
    );
}

#[tokio::test]
async fn a_page_with_validators_is_asked_with_them_and_304_is_enough() {
    let paper = Paper::agenda("2026311-1", "Koulukuljetukset");
    let portal = Portal::with(std::slice::from_ref(&paper));
    let html = paper.html();
    let tag = entity_tag(&html);
    portal.origin.on_with(&paper.target(), move |seen| {
        conditional(seen, "text/html; charset=utf-8", &html)
    });
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    workshop.pass(hours(1));
    let reports = workshop.round_of(Scope::All).await;
    assert_eq!((reports[0].pages_read, reports[0].versions), (1, 0));
    let asked = portal.origin.requests(&paper.target());
    assert_eq!(asked[0].header("If-None-Match"), None);
    assert_eq!(asked[1].header("If-None-Match"), Some(tag));
    assert_eq!(workshop.value("SELECT http_status FROM page"), "304");
    assert_eq!(workshop.value("SELECT version_no FROM item"), "1");
}

#[tokio::test]
async fn the_same_bytes_without_validators_are_no_news_either() {
    let papers = [Paper::agenda("2026311-1", "Koulukuljetukset")];
    let portal = Portal::with(&papers);
    let feed = portal.feed_of(&papers);
    portal.feed_answers(crate::support::origin::Reply::ok("text/xml", feed));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let before = everything(&workshop.archive());
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!(report.outcome.map(PollOutcome::word), Some("not_modified"));
    let after = everything(&workshop.archive());
    assert_eq!(differences(&before, &after), ["archive.db poll"]);
}

#[tokio::test]
async fn once_a_week_the_feed_is_asked_for_whole() {
    let portal = Portal::with(&[Paper::agenda("2026311-1", "Koulukuljetukset")]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    for _ in 0..8 {
        workshop.round().await;
        workshop.pass_days(1);
    }
    let conditions: Vec<bool> = portal
        .feed_requests()
        .iter()
        .map(|seen| seen.header("If-None-Match").is_some())
        .collect();
    assert_eq!(
        conditions,
        [false, true, true, true, true, true, true, false]
    );
}
