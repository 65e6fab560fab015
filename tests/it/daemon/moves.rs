//! Portals that move to another host, and hosts that answer for others.

use std::net::Ipv4Addr;

use seutu::daemon::cycle::Scope;
use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{FEED, Paper, Portal, target};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, hours};

const MOVED: &str = "SELECT moved_url, moved_adopted FROM feed_state";

const PARKED: &str =
    "<!DOCTYPE html><html><head><title>Myynnissä</title></head><body></body></html>";

const NEW_HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Koulukuljetukset"),
        Paper::agenda("2026311-2", "Talousarvio"),
    ]
}

/// A portal with papers on another host than the others.
fn portal_on(ip: Ipv4Addr) -> Portal {
    let portal = Portal::start_on(ip);
    portal.lists(&papers());
    portal.serve_all(&papers());
    portal
}

fn moves(from: &Portal, to: &Portal) {
    from.feed_answers(Reply::redirect(301, to.origin.url(FEED).as_str()));
}

async fn feed_round(workshop: &Workshop) -> &'static str {
    let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
    report.outcome.expect("polled").word()
}

/// Polls for as many days as it takes.
async fn days_of_polls(workshop: &Workshop, days: usize) {
    for _ in 0..days {
        feed_round(workshop).await;
        workshop.pass_days(1);
    }
}

/// A portal that moved to another, whose address is adopted.
async fn adopted() -> (Portal, Portal, Workshop) {
    let (old, new) = (Portal::with(&papers()), portal_on(NEW_HOST));
    let workshop = Workshop::new(Sheet::of(old.url()));
    moves(&old, &new);
    days_of_polls(&workshop, 8).await;
    let feed = new.origin.url(FEED);
    assert_eq!(workshop.value(MOVED), format!("{feed} | 1"));
    (old, new, workshop)
}

#[tokio::test]
async fn a_portal_that_moves_to_another_host_is_followed_there_with_its_pages() {
    let (old, new) = (Portal::with(&papers()), portal_on(NEW_HOST));
    let workshop = Workshop::new(Sheet::of(old.url()));
    workshop.round().await;
    moves(&old, &new);
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert!(!report.failed(), "{report:?}");
    assert_eq!((report.items_seen, report.items_new), (2, 0));
    assert_eq!(workshop.rows("SELECT kind FROM problem"), [] as [&str; 0]);
    assert_eq!(new.page_requests("2026311-1"), 1, "its page is read there");
    assert_eq!(
        workshop.rows("SELECT url FROM item ORDER BY uid")[0],
        new.origin.url(&target("2026311-1")).as_str()
    );
}

/// The ids and times of our own feed: by them readers know what is new to them.
fn published(workshop: &Workshop) -> Vec<String> {
    let feed = run(&workshop.config_file(), &["feed"]);
    assert_eq!(feed.code, Some(0), "{feed:?}");
    let tags = feed.out.split('<');
    let said = tags.filter(|tag| tag.starts_with("id>") || tag.starts_with("updated>"));
    said.map(str::to_owned).collect()
}

#[tokio::test]
async fn two_hundred_items_that_move_to_another_host_are_the_same_and_no_news() {
    let many: Vec<Paper> = (1..=200)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let (old, new) = (Portal::with(&many), Portal::start_on(NEW_HOST));
    new.lists(&many);
    new.serve_all(&many);
    let workshop = Workshop::new(Sheet::of(old.url()));
    workshop.round().await;
    let uids = "SELECT uid, version_no FROM item ORDER BY uid";
    let (items, before) = (workshop.rows(uids), published(&workshop));
    assert_eq!((items.len(), before.len() > 2 * 100), (200, true));

    // All links lead elsewhere, and nobody said that the portal has moved: nothing is believed.
    old.feed_answers(Reply::ok("text/xml", new.feed_of(&many)));
    workshop.pass(hours(1));
    let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
    assert!(report.failed(), "it is told: {report:?}");
    assert!(report.problems > 0, "{report:?}");
    assert!(workshop.rows(uids) == items && published(&workshop) == before);
    assert_eq!(new.origin.asked(), 0);
    let addresses = "SELECT count(*) FROM item WHERE url LIKE 'http://127.0.0.2:%'";
    assert_eq!(workshop.value(addresses), "0");

    // The portal says so itself.
    moves(&old, &new);
    workshop.pass(hours(1));
    let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
    assert!(!report.failed(), "{report:?}");
    assert_eq!((report.items_seen, report.items_new), (200, 0));
    assert_eq!(workshop.value(addresses), "200");
    assert!(workshop.rows(uids) == items && published(&workshop) == before);
    let kinds = "SELECT DISTINCT kind FROM event WHERE at>'2026-11-09T06:00:00Z'";
    let told = workshop.rows(kinds);
    assert_eq!(told, ["item_changed"], "the log tells the new addresses");
}

/// A plain feed of two hundred entries, with ids or without.
fn plain_feed(origin: &Origin, links: &Origin, with_ids: &[bool]) {
    let items: Vec<String> = with_ids
        .iter()
        .enumerate()
        .map(|(n, has_id)| {
            let id = if *has_id { format!("<guid isPermaLink='false'>urn:x:{n}</guid>") } else { String::new() };
            let link = links.url(&format!("/kuulutus?id={n}"));
            format!("<item>{id}<title>Kuulutus {n}</title><link>{link}</link><description>Teksti {n}.</description></item>")
        })
        .collect();
    let channel = format!(
        "<rss version='2.0'><channel><title>k</title>{}</channel></rss>",
        items.concat()
    );
    origin.on("/syote", Reply::ok("text/xml; charset=utf-8", channel));
}

#[tokio::test]
async fn two_hundred_links_of_a_plain_feed_that_lead_to_another_host_are_the_same_items() {
    let (origin, other) = (Origin::start(), Origin::start_on(NEW_HOST));
    let with_ids: Vec<bool> = (0..200).map(|n| n % 2 == 0).collect();
    plain_feed(&origin, &origin, &with_ids);
    let sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, origin.url("/syote"));
    let workshop = Workshop::new(sheet);
    workshop.round().await;
    let uids = "SELECT uid, version_no FROM item ORDER BY uid";
    let (items, before) = (workshop.rows(uids), published(&workshop));
    assert_eq!(items.len(), 200);
    plain_feed(&origin, &other, &with_ids);
    for _ in 0..2 {
        workshop.pass(hours(1));
        let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
        assert_eq!(
            (report.items_seen, report.items_new),
            (200, 0),
            "{report:?}"
        );
        assert!(workshop.rows(uids) == items && published(&workshop) == before);
        let told = workshop.value("SELECT detail FROM problem WHERE kind='weak_identity'");
        assert!(told.contains("(100 times)"), "those without an id: {told}");
    }
    let moved = "SELECT count(*) FROM item WHERE url LIKE 'http://127.0.0.2:%'";
    assert_eq!(workshop.value(moved), "200");
}

#[tokio::test]
async fn a_move_to_a_feed_without_usable_entries_is_not_adopted() {
    let (old, new) = (Portal::with(&papers()), Portal::start_on(NEW_HOST));
    let workshop = Workshop::new(Sheet::of(old.url()));
    workshop.round().await;
    // Its entries lead to a third host.
    let strange = Portal::start_on(Ipv4Addr::new(127, 0, 0, 3)).feed_of(&papers());
    new.feed_answers(Reply::ok("text/xml", strange));
    moves(&old, &new);
    for _ in 0..9 {
        workshop.pass_days(1);
        assert_eq!(feed_round(&workshop).await, "empty");
    }
    assert_eq!(workshop.value(MOVED), "null | 0");
    assert_eq!(old.feed_requests().len(), 10);
}

#[tokio::test]
async fn an_adopted_address_that_is_no_feed_for_a_week_is_given_up() {
    let (old, new, workshop) = adopted().await;
    let asked = old.feed_requests().len();
    old.lists(&papers());
    new.feed_answers(Reply::ok("text/html", PARKED));
    for _ in 0..5 {
        assert_eq!(feed_round(&workshop).await, "parse_error");
        workshop.pass_days(1);
    }
    assert_eq!(old.feed_requests().len(), asked, "not yet");
    days_of_polls(&workshop, 3).await;
    assert_eq!(feed_round(&workshop).await, "not_modified");
    assert_eq!(workshop.value(MOVED), "null | 0");
}

#[tokio::test]
async fn a_poisoned_permanent_redirect_is_not_believed_for_ever() {
    let (old, new, workshop) = adopted().await;
    // The portal answers again; whoever redirected goes on serving a feed of their own.
    old.lists(&papers());
    days_of_polls(&workshop, 8).await;
    assert_eq!(
        workshop.value(MOVED),
        "null | 0",
        "back at the configured address"
    );
    let asked = new.feed_requests().len();
    days_of_polls(&workshop, 8).await;
    assert_eq!(new.feed_requests().len(), asked);
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "2");
    assert_eq!(feed_round(&workshop).await, "not_modified");
}

#[tokio::test]
async fn an_old_address_that_is_parked_or_dead_does_not_disturb_the_new_one() {
    let (old, new, workshop) = adopted().await;
    for answer in [
        Reply::ok("text/html", PARKED),
        Reply::status(404),
        Reply::status(503),
        Reply::redirect(301, new.origin.url(FEED).as_str()),
    ] {
        old.feed_answers(answer);
        let asked = old.feed_requests().len();
        for _ in 0..7 {
            let word = feed_round(&workshop).await;
            assert!(matches!(word, "ok" | "not_modified"), "{word}");
            workshop.pass_days(1);
        }
        assert_eq!(old.feed_requests().len(), asked + 1, "asked once a week");
        let feed = new.origin.url(FEED);
        assert_eq!(workshop.value(MOVED), format!("{feed} | 1"));
    }
}

#[tokio::test]
async fn an_adopted_address_that_moves_on_is_kept_until_that_is_adopted() {
    let (old, new, workshop) = adopted().await;
    let newest = portal_on(Ipv4Addr::new(127, 0, 0, 3));
    // Nobody is left at the first address.
    old.feed_answers(Reply::status(404));
    moves(&new, &newest);
    for _ in 0..8 {
        assert_ne!(feed_round(&workshop).await, "http_error");
        workshop.pass_days(1);
    }
    let feed = newest.origin.url(FEED);
    assert_eq!(workshop.value(MOVED), format!("{feed} | 1"));
    new.feed_answers(Reply::status(404));
    assert_eq!(feed_round(&workshop).await, "ok");
}

#[tokio::test]
async fn validators_do_not_follow_to_another_host() {
    let (old, new, workshop) = adopted().await;
    feed_round(&workshop).await;
    feed_round(&workshop).await;
    let at_new = new.feed_requests();
    assert!(
        at_new
            .last()
            .expect("asked")
            .header("If-None-Match")
            .is_some()
    );
    // Given up at once: the old address gets no validators of the new one.
    new.feed_answers(Reply::status(404));
    old.lists(&papers());
    feed_round(&workshop).await;
    assert_eq!(feed_round(&workshop).await, "ok");
    for seen in old.feed_requests().iter().chain(at_new.iter().take(9)) {
        assert_eq!(seen.header("If-None-Match"), None);
    }
}

#[tokio::test]
async fn a_pause_is_stored_for_the_host_that_asked_for_it() {
    let (asked, answers) = (Portal::with(&papers()), Portal::start_on(NEW_HOST));
    let busy = Reply::status(503).header("Retry-After", "7200");
    answers.feed_answers(busy.clone());
    answers.page_answers("2026311-1", busy);
    let paused = answers.origin.authority();
    let hosts = "SELECT host FROM host_pause";

    let page = Workshop::new(Sheet::of(asked.url()));
    let elsewhere = answers.origin.url(&target("2026311-1"));
    asked.page_answers("2026311-1", Reply::redirect(302, elsewhere.as_str()));
    page.round().await;
    assert_eq!(page.rows(hosts), [paused.as_str()]);

    let feed = Workshop::new(Sheet::of(asked.url()));
    moves(&asked, &answers);
    feed.round().await;
    assert_eq!(feed.rows(hosts), [paused]);
}

#[tokio::test]
async fn a_page_that_answers_429_without_a_time_stops_the_others_of_its_host() {
    let portal = Portal::with(&papers());
    for paper in papers() {
        portal.page_answers(&paper.key, Reply::status(429));
    }
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let asked = portal.origin.asked();
    let pages: usize = papers()
        .iter()
        .map(|paper| portal.page_requests(&paper.key))
        .sum();
    assert_eq!(pages, 1);
    workshop.round_of(Scope::All).await;
    assert_eq!(portal.origin.asked(), asked, "over a restart, too");
}
