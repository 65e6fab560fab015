//! robots.txt decides whether item pages are read; feeds are subscribed to by a person.

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, hours};

const KEY: &str = "2026311-1";

fn start(robots: Reply) -> (Portal, Workshop) {
    let portal = Portal::with(&[Paper::agenda(KEY, "Sivistyksen verkoston suunnitelma")]);
    portal.origin.on("/robots.txt", robots);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

#[tokio::test]
async fn a_forbidden_page_is_not_fetched_and_its_item_is_listed_and_recognised() {
    let (portal, workshop) = start(Reply::ok("text/plain", "User-agent: *\nDisallow: /cgi/\n"));
    let report = workshop.poll().await;
    assert_eq!(
        (report.items_new, report.pages_read, report.pages_failed),
        (1, 0, 0)
    );
    assert_eq!(portal.page_requests(KEY), 0);
    assert_eq!(
        workshop.rows("SELECT title, stage, version_no FROM item"),
        ["Sivistyksen verkoston suunnitelma | null | 0"]
    );
    assert_eq!(workshop.value("SELECT verdict FROM network_match"), "in");
    let said = workshop.value("SELECT error FROM page");
    assert!(said.contains("robots.txt forbids"), "{said}");
    let wait = workshop
        .instant("SELECT next_check_at FROM page")
        .duration_since(workshop.now());
    assert_eq!(wait, hours(24));
}

#[tokio::test]
async fn a_rule_that_is_lifted_lets_the_page_be_read() {
    let (portal, workshop) = start(Reply::ok("text/plain", "User-agent: seutu\nDisallow: /\n"));
    workshop.round().await;
    portal.origin.on("/robots.txt", Reply::status(404));
    workshop.pass_days(2);
    let report = workshop.poll().await;
    assert_eq!(report.pages_read, 1);
    assert_eq!(
        workshop.rows("SELECT version_no, error FROM item i JOIN page p ON p.item_id=i.id"),
        ["1 | null"]
    );
}

#[tokio::test]
async fn while_robots_txt_fails_no_page_is_fetched() {
    let (portal, workshop) = start(Reply::status(500));
    let report = workshop.poll().await;
    assert_eq!((report.pages_read, report.pages_failed), (0, 1));
    assert_eq!(portal.page_requests(KEY), 0);
    portal.origin.on(
        "/robots.txt",
        Reply::ok("text/plain", "User-agent: *\nDisallow:\n"),
    );
    workshop.pass(hours(1));
    assert_eq!(workshop.poll().await.pages_read, 1);
}

#[tokio::test]
async fn a_publisher_s_permission_sets_robots_txt_aside() {
    let (portal, mut workshop) = start(Reply::ok("text/plain", "User-agent: *\nDisallow: /\n"));
    workshop.sheet = workshop.sheet.clone().fetching("respect_robots = false\n");
    assert_eq!(workshop.poll().await.pages_read, 1);
    assert_eq!(portal.origin.requests("/robots.txt").len(), 0);
}

#[tokio::test]
async fn robots_txt_is_asked_once_for_all_pages_of_a_host() {
    let papers: Vec<Paper> = (1..=4)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    assert_eq!(workshop.poll().await.pages_read, 4);
    assert_eq!(portal.origin.requests("/robots.txt").len(), 1);
}
