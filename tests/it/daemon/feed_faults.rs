//! Feeds that fail, stop, shrink, move or are something else.

use std::sync::Arc;

use seutu::daemon::cycle::Scope;
use seutu::daemon::report::SourceReport;

use crate::support::contents::{differences, everything};
use crate::support::origin::Reply;
use crate::support::portal::{FEED, Paper, Portal, conditional};
use crate::support::workshop::{Sheet, Workshop, close, hours, turn};

const STATE: &str =
    "SELECT etag, items_seen, moved_adopted, gone_since IS NOT NULL FROM feed_state";

const LOGIN: &str = "<!DOCTYPE html><html><head><title>Kirjaudu</title></head>\
                     <body><form><input name='tunnus'></form></body></html>";

fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Koulukuljetukset"),
        Paper::agenda("2026311-2", "Talousarvio"),
    ]
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&papers());
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

fn outcome(report: &SourceReport) -> &'static str {
    report.outcome.expect("polled").word()
}

/// When the feed is due again.
fn due(workshop: &Workshop) -> jiff::Timestamp {
    workshop.instant("SELECT next_check_at FROM poll ORDER BY id DESC LIMIT 1")
}

#[tokio::test]
async fn retry_after_is_honoured_and_outlives_a_restart() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.feed_answers(Reply::status(503).header("Retry-After", "7200"));
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!(outcome(&report), "http_error");
    assert!(
        report.error.as_ref().is_some_and(|e| e.contains("503")),
        "{report:?}"
    );
    assert!(due(&workshop).duration_since(workshop.now()) >= hours(2));
    assert!(
        workshop
            .value("SELECT host FROM host_pause")
            .contains(&portal.origin.authority())
    );

    portal.lists(&papers());
    let asked = portal.origin.log().len();
    workshop.pass(hours(1));
    let early = workshop.round_of(Scope::All).await;
    assert_eq!(outcome(&early[0]), "blocked");
    assert_eq!(
        portal.origin.log().len(),
        asked,
        "the host is left alone, pages too"
    );

    workshop.pass(hours(3));
    let late = workshop.round_of(Scope::All).await;
    assert_eq!(outcome(&late[0]), "not_modified");
}

#[tokio::test]
async fn failures_back_off_and_a_success_forgets_them() {
    let (portal, workshop) = start();
    portal.feed_answers(Reply::status(500));
    let mut waits = vec![];
    for _ in 0..9 {
        workshop.round_of(Scope::FeedsOnly).await;
        waits.push(due(&workshop).duration_since(workshop.now()).as_mins());
        workshop.pass(hours(30));
    }
    let floors = [20, 40, 80, 160, 320, 640, 1280, 1440, 1440];
    for (wait, floor) in waits.iter().zip(floors) {
        assert!((floor..=floor * 5 / 4).contains(wait), "{waits:?}");
    }
    portal.lists(&papers());
    workshop.round_of(Scope::FeedsOnly).await;
    assert_eq!(
        workshop.value("SELECT failures FROM poll ORDER BY id DESC LIMIT 1"),
        "0"
    );
    assert!(due(&workshop).duration_since(workshop.now()) <= hours(1));
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_tried_again_at_the_plain_interval() {
    let (portal, workshop) = start();
    workshop.round().await;
    drop(portal);
    for _ in 0..6 {
        workshop.pass(hours(3));
        let reports = workshop.round_of(Scope::FeedsOnly).await;
        assert!(reports[0].failed());
        assert!(due(&workshop).duration_since(workshop.now()) <= hours(1));
    }
    let failures = "SELECT failures FROM poll ORDER BY id DESC LIMIT 1";
    assert_eq!(workshop.value(failures), "0");
}

#[tokio::test]
async fn a_410_that_is_repeated_hours_later_ends_the_polls() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.feed_answers(Reply::status(410));
    workshop.pass(hours(1));
    workshop.round_of(Scope::FeedsOnly).await;
    assert!(
        due(&workshop).duration_since(workshop.now()) < hours(1),
        "one 410 is not believed"
    );
    workshop.pass(hours(13));
    workshop.round_of(Scope::FeedsOnly).await;
    assert!(
        due(&workshop).to_string().starts_with("9999-"),
        "{}",
        due(&workshop)
    );
    let asked = portal.feed_requests().len();
    workshop.pass_days(400);
    workshop.round().await;
    assert_eq!(portal.feed_requests().len(), asked);
    // A person who asks for everything asks for it too, and it is alive again.
    portal.lists(&papers());
    workshop.round_of(Scope::FeedsOnly).await;
    assert!(due(&workshop).duration_since(workshop.now()) < hours(1));
}

#[tokio::test]
async fn a_corrected_address_is_asked_at_once_for_feed_and_pages() {
    let (old, mut workshop) = start();
    workshop.round().await;
    old.feed_answers(Reply::status(410));
    for _ in 0..2 {
        workshop.pass(hours(14));
        workshop.round_of(Scope::FeedsOnly).await;
    }
    assert!(due(&workshop).to_string().starts_with("9999-"));
    let asked = old.page_requests("2026311-2");
    let new = Portal::with(&papers());
    new.lists(&papers()[..1]);
    workshop.sheet = Sheet::of(new.url());
    workshop.round().await;
    assert_eq!(new.feed_requests().len(), 1);
    assert_eq!(
        new.page_requests("2026311-2"),
        1,
        "also what left the feed is asked for there"
    );
    assert_eq!(old.page_requests("2026311-2"), asked);
}

#[tokio::test]
async fn a_410_between_answers_and_a_404_for_ever_end_nothing() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.feed_answers(Reply::status(410));
    workshop.pass(hours(1));
    workshop.round_of(Scope::FeedsOnly).await;
    portal.lists(&papers());
    workshop.pass(hours(1));
    workshop.round_of(Scope::FeedsOnly).await;
    portal.feed_answers(Reply::status(410));
    workshop.pass(hours(20));
    workshop.round_of(Scope::FeedsOnly).await;
    assert!(due(&workshop).duration_since(workshop.now()) < hours(48));
    portal.feed_answers(Reply::status(404));
    for _ in 0..10 {
        workshop.pass_days(2);
        let reports = workshop.round().await;
        assert_eq!(outcome(&reports[0]), "http_error");
    }
    assert!(due(&workshop).duration_since(workshop.now()) < hours(48));
}

#[tokio::test]
async fn a_410_after_any_other_answer_is_the_first_one_again() {
    let (portal, workshop) = start();
    workshop.round().await;
    for between in [Reply::ok("text/html", LOGIN), Reply::status(500)] {
        portal.feed_answers(Reply::status(410));
        workshop.pass(hours(30));
        workshop.round_of(Scope::FeedsOnly).await;
        portal.feed_answers(between);
        workshop.pass(hours(30));
        workshop.round_of(Scope::FeedsOnly).await;
        assert_eq!(workshop.value("SELECT gone_since FROM feed_state"), "null");
    }
}

#[tokio::test]
async fn a_feed_that_shrinks_to_nothing_removes_nothing_and_its_validators_are_not_believed() {
    let (portal, workshop) = start();
    workshop.round().await;
    let items = workshop.rows("SELECT uid, version_no, withdrawn_at FROM item ORDER BY uid");
    portal.lists(&[]);
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!(outcome(&report), "empty");
    assert!(report.failed());
    assert_eq!(
        workshop.rows("SELECT uid, version_no, withdrawn_at FROM item ORDER BY uid"),
        items
    );
    assert_eq!(workshop.rows("SELECT kind FROM problem"), ["feed_shrank"]);
    let empty = portal.feed_of(&[]);
    assert_ne!(
        workshop.rows(STATE)[0].split(" | ").next(),
        Some(crate::support::portal::entity_tag(&empty).as_str())
    );

    // Still empty: said again, not answered by 304.
    workshop.pass(hours(1));
    assert_eq!(outcome(&workshop.poll().await), "empty");
    // The old feed again, byte by byte.
    portal.lists(&papers());
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert!(!report.failed(), "{report:?}");
    assert_eq!(report.items_seen, 2);
    assert_eq!(
        workshop.rows("SELECT kind FROM problem"),
        [] as [&str; 0],
        "it is solved"
    );
}

#[tokio::test]
async fn a_feed_that_never_had_entries_is_well() {
    let portal = Portal::with(&[]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let report = workshop.poll().await;
    assert_eq!((outcome(&report), report.failed()), ("ok", false));
}

#[tokio::test]
async fn a_login_page_instead_of_a_feed_is_kept_and_stores_no_validators() {
    let (portal, workshop) = start();
    workshop.round().await;
    let state = workshop.rows(STATE);
    for body in [LOGIN, "", "{\"virhe\": 1}", "Fatal error in feed.php"] {
        let html = body.to_owned();
        portal
            .origin
            .on_with(FEED, move |seen| conditional(seen, "text/html", &html));
        workshop.pass(hours(30));
        let report = workshop.poll().await;
        assert_eq!(outcome(&report), "parse_error", "{body}");
        assert_eq!(workshop.rows(STATE), state, "{body}");
        let sha = crate::support::portal::sha256(body.as_bytes());
        let kept = workshop.value(&format!("SELECT count(*) FROM fetch WHERE sha256='{sha}'"));
        assert_eq!(kept, "1", "{body}");
    }
    portal.lists(&papers());
    workshop.pass(hours(48));
    let report = workshop.poll().await;
    assert!(!report.failed(), "{report:?}");
}

#[tokio::test]
async fn a_feed_never_read_is_not_answered_by_304() {
    // The first body is no feed but carries the validators of the right one.
    let (portal, workshop) = start();
    let feed = portal.feed_of(&papers());
    let tag = crate::support::portal::entity_tag(&feed);
    portal.feed_answers(Reply::ok("text/html", LOGIN).header("ETag", &tag));
    workshop.round().await;
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "0");
    portal.lists(&papers());
    workshop.pass(hours(1));
    let report = workshop.poll().await;
    assert_eq!((outcome(&report), report.items_new), ("ok", 2));
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_no_validators() {
    let (portal, workshop) = start();
    let feed = portal.feed_of(&papers());
    let half = Reply::ok("text/xml", &feed.as_bytes()[..feed.len() / 2]).header("ETag", "\"half\"");
    portal.feed_answers(half.announcing(feed.len()));
    let report = workshop.poll().await;
    assert_eq!(outcome(&report), "http_error");
    portal.lists(&papers());
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(portal.feed_requests()[1].header("If-None-Match"), None);
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "2");
}

#[tokio::test]
async fn a_permanent_redirect_is_adopted_only_after_a_week_of_the_same() {
    let (old, workshop) = start();
    let new = "/uusi/syote.xml";
    let feed = old.feed_of(&papers());
    old.origin
        .on_with(new, move |seen| conditional(seen, "text/xml", &feed));
    old.feed_answers(Reply::redirect(301, new));
    for day in 0..9 {
        let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
        assert!(!report.failed(), "{report:?}");
        let adopted = workshop.value("SELECT moved_adopted FROM feed_state");
        assert_eq!(adopted, if day < 7 { "0" } else { "1" }, "day {day}");
        workshop.pass_days(1);
    }
    assert_eq!(
        old.feed_requests().len(),
        8,
        "from then on the new address is asked alone"
    );
    assert_eq!(old.origin.requests(new).len(), 9);
    assert_eq!(
        workshop.value("SELECT count(*) FROM item"),
        "2",
        "items keep their identity"
    );

    // An adopted address that is gone is given up.
    old.lists(&papers());
    old.origin.on(new, Reply::status(404));
    workshop.round_of(Scope::FeedsOnly).await;
    workshop.pass_days(1);
    let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
    assert!(!report.failed(), "{report:?}");
    assert_eq!(old.feed_requests().len(), 9);
}

#[tokio::test]
async fn a_permanent_redirect_to_a_login_page_is_never_adopted() {
    let (portal, workshop) = start();
    workshop.round().await;
    let (state, items) = (workshop.rows(STATE), workshop.rows("SELECT * FROM item"));
    let login = "/kirjaudu?mista=syote";
    portal.origin.on(login, Reply::ok("text/html", LOGIN));
    portal.feed_answers(Reply::redirect(301, login));
    // Over more than the week after which a move is believed.
    for poll in 1..=3 {
        workshop.pass_days(4);
        let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
        assert_eq!(outcome(&report), "parse_error");
        assert_eq!(portal.origin.requests(login).len(), poll);
        assert_eq!(workshop.rows(STATE), state);
    }
    portal.lists(&papers());
    workshop.pass_days(2);
    let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
    assert!(!report.failed(), "the next poll is well: {report:?}");
    assert_eq!(
        portal.feed_requests().len(),
        5,
        "asked where it is configured"
    );
    assert_eq!(portal.origin.requests(login).len(), 3);
    assert_eq!(workshop.value("SELECT moved_url FROM feed_state"), "null");
    assert_eq!(workshop.rows("SELECT * FROM item"), items);
}

#[tokio::test]
async fn another_tag_on_the_same_bytes_is_no_news_and_is_sent_from_then_on() {
    let portal = Portal::with(&papers());
    let feed = portal.feed_of(&papers());
    let tagged = |tag: &str| Reply::ok("text/xml; charset=utf-8", feed.clone()).header("ETag", tag);
    portal.feed_answers(tagged("\"a\""));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    workshop.round().await;
    let before = everything(&workshop.archive());
    for tag in ["\"b\"", "W/\"c,d\"", "e"] {
        portal.feed_answers(tagged(tag));
        workshop.pass(hours(1));
        let report = workshop.round_of(Scope::FeedsOnly).await.remove(0);
        assert_eq!((outcome(&report), report.items_seen), ("not_modified", 2));
        workshop.pass(hours(1));
        workshop.round_of(Scope::FeedsOnly).await;
        let last = portal.feed_requests().pop().expect("asked");
        assert_eq!(last.header("If-None-Match").as_deref(), Some(tag));
    }
    let changed = differences(&before, &everything(&workshop.archive()));
    assert_eq!(changed, ["archive.db feed_state", "archive.db poll"]);
}

#[tokio::test]
async fn a_temporary_redirect_is_never_adopted() {
    let (portal, workshop) = start();
    let feed = portal.feed_of(&papers());
    portal.origin.on_with("/toinen.xml", move |seen| {
        conditional(seen, "text/xml", &feed)
    });
    portal.feed_answers(Reply::redirect(302, "/toinen.xml"));
    for _ in 0..10 {
        workshop.round_of(Scope::FeedsOnly).await;
        workshop.pass_days(1);
    }
    assert_eq!(portal.feed_requests().len(), 10);
    assert_eq!(workshop.value("SELECT moved_url FROM feed_state"), "null");
}

#[tokio::test]
async fn an_entry_that_cannot_be_used_is_a_problem_and_the_others_are_stored() {
    let (portal, workshop) = start();
    let feed = portal.feed_of(&papers()).replace("id=2026311-2", "id=");
    portal.feed_answers(Reply::ok("text/xml", feed));
    let report = workshop.poll().await;
    assert_eq!(
        (outcome(&report), report.items_new, report.problems),
        ("ok", 1, 1)
    );
    assert_eq!(
        workshop.rows("SELECT kind FROM problem"),
        ["unusable_entry"]
    );
}

#[tokio::test]
async fn within_one_engine_a_paused_host_is_left_alone() {
    let (portal, workshop) = start();
    portal.feed_answers(Reply::status(429).header("Retry-After", "3600"));
    let engine = workshop.open().await;
    turn(&engine, Scope::Due).await;
    let again = turn(&Arc::clone(&engine), Scope::All).await;
    assert_eq!(outcome(&again[0]), "blocked");
    assert_eq!(portal.origin.log().len(), 1);
    close(engine).await;
}
