//! Answers that are not the page: asked again, their bytes kept, the stored text untouched.

use seutu::daemon::cycle::Scope;

use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal, maintenance, sha256};
use crate::support::workshop::{Sheet, Workshop, close, hours, turn};

const KEY: &str = "2026311-1";

const HTML: &str = "text/html; charset=utf-8";

const TEXT: &str = "SELECT stage, version_no, content_sha256, changed_at FROM item";

const FAILURES: &str = "SELECT failures FROM page";

fn agenda() -> Paper {
    Paper::agenda(KEY, "Koulukuljetusten periaatteet")
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::with(&[agenda()]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

fn due_in_minutes(workshop: &Workshop) -> i64 {
    let due = workshop.instant("SELECT next_check_at FROM page");
    due.duration_since(workshop.now()).as_mins()
}

fn is_kept(workshop: &Workshop, bytes: &str) -> bool {
    let sha = sha256(bytes.as_bytes());
    workshop.value(&format!(
        "SELECT count(*) FROM fetch WHERE sha256='{sha}' AND item_id IS NOT NULL"
    )) == "1"
}

/// A page that was read once fails twice in the same way and recovers.
async fn fails_and_recovers(reply: Reply, kept: Option<&str>, error: &str) {
    let (portal, workshop) = start();
    workshop.round().await;
    let stored = workshop.value(TEXT);
    portal.page_answers(KEY, reply);
    for failure in 1..=2 {
        workshop.pass_days(5);
        let report = workshop.poll().await;
        assert_eq!(
            (report.pages_read, report.pages_failed, report.versions),
            (0, 1, 0)
        );
        assert!(
            !report.failed(),
            "a page that fails does not make its source fail"
        );
        assert_eq!(workshop.value(TEXT), stored);
        assert_eq!(workshop.value(FAILURES), failure.to_string());
        let said = workshop.value("SELECT error FROM page");
        assert!(said.contains(error), "{said:?} does not say {error:?}");
        let (least, most) = [(15, 19), (30, 38)][failure - 1];
        assert!(
            (least..=most).contains(&due_in_minutes(&workshop)),
            "{} min",
            due_in_minutes(&workshop)
        );
    }
    if let Some(bytes) = kept {
        assert!(is_kept(&workshop, bytes), "the bytes are kept, once");
    }
    portal.serves(&agenda().minutes("Hyväksyttiin."));
    workshop.pass(hours(1));
    workshop.round().await;
    let now = workshop.rows("SELECT i.stage, i.version_no, p.failures, p.error FROM item i JOIN page p ON p.item_id=i.id");
    assert_eq!(now, ["minutes | 2 | 0 | null"]);
}

#[tokio::test]
async fn the_page_of_another_item_is_a_fault() {
    let html = Paper::agenda("2026311-2", "Toinen asia").html();
    fails_and_recovers(Reply::ok(HTML, html.clone()), Some(&html), "2026311-2").await;
}

#[tokio::test]
async fn an_empty_answer_is_a_fault() {
    fails_and_recovers(Reply::ok(HTML, ""), None, "").await;
}

#[tokio::test]
async fn a_maintenance_notice_is_a_fault() {
    fails_and_recovers(maintenance(), None, "").await;
}

#[tokio::test]
async fn an_item_page_without_its_text_is_a_fault() {
    let html = agenda().html();
    let (head, _) = html
        .split_once("<div class='data-part meetingitem'>")
        .expect("markup");
    fails_and_recovers(Reply::ok(HTML, head), Some(head), "").await;
}

#[tokio::test]
async fn a_page_that_breaks_off_is_not_used() {
    let html = agenda().html();
    let whole = html.len();
    let half = Reply::ok(HTML, &html.as_bytes()[..whole / 2]).announcing(whole);
    fails_and_recovers(half, None, "broke off").await;
}

#[tokio::test]
async fn a_server_error_is_a_fault_without_bytes() {
    fails_and_recovers(Reply::status(500), None, "500").await;
}

#[tokio::test]
async fn a_wrong_page_is_asked_for_once_more_at_once() {
    let (portal, workshop) = start();
    let wrong = Reply::ok(HTML, Paper::agenda("2026311-2", "Toinen asia").html());
    portal.origin.script(
        &agenda().target(),
        vec![wrong, Reply::ok(HTML, agenda().html())],
    );
    let report = workshop.poll().await;
    assert_eq!((report.pages_read, report.pages_failed), (1, 0));
    assert_eq!(portal.page_requests(KEY), 2);
    assert_eq!(
        workshop.value("SELECT title FROM item"),
        "Koulukuljetusten periaatteet"
    );
}

#[tokio::test]
async fn a_first_page_that_fails_leaves_an_item_known_from_its_feed() {
    let (portal, workshop) = start();
    portal.page_answers(KEY, maintenance());
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT title, stage, version_no FROM item"),
        ["Koulukuljetusten periaatteet | null | 0"]
    );
    portal.serves(&agenda());
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(
        workshop.rows("SELECT stage, version_no FROM item"),
        ["agenda | 1"]
    );
}

#[tokio::test]
async fn a_page_that_is_gone_is_withdrawn_after_a_week_and_back_when_it_returns() {
    for status in [404, 410] {
        let (portal, workshop) = start();
        workshop.round().await;
        portal.page_answers(KEY, Reply::status(status));
        workshop.pass_days(5);
        for day in 0..=7 {
            workshop.round().await;
            let withdrawn = workshop.value("SELECT withdrawn_at IS NOT NULL FROM item");
            assert_eq!(
                withdrawn,
                if day < 7 { "0" } else { "1" },
                "{status} on day {day}"
            );
            workshop.pass(hours(24));
        }
        let kinds =
            "SELECT kind FROM event WHERE kind IN ('withdrawn','item_changed') ORDER BY seq";
        assert_eq!(
            workshop.rows(kinds).last().map(String::as_str),
            Some("withdrawn")
        );
        assert_eq!(
            workshop.value("SELECT version_no FROM item"),
            "1",
            "its text stays"
        );
        portal.serves(&agenda());
        workshop.pass_days(92);
        workshop.round().await;
        assert_eq!(workshop.value("SELECT withdrawn_at FROM item"), "null");
        assert_eq!(workshop.value("SELECT gone_since FROM page"), "null");
        assert_eq!(
            workshop.rows(kinds).last().map(String::as_str),
            Some("item_changed")
        );
    }
}

#[tokio::test]
async fn pages_that_are_gone_do_not_hold_up_the_others_of_their_source() {
    let papers: Vec<Paper> = (1..=6)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    for paper in &papers[..5] {
        portal.page_answers(&paper.key, Reply::status(404));
    }
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let report = workshop.poll().await;
    assert_eq!((report.pages_failed, report.pages_read), (5, 1));
}

#[tokio::test]
async fn a_server_that_fails_three_times_in_a_row_is_left_alone_until_the_next_cycle() {
    let papers: Vec<Paper> = (1..=6)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    for paper in &papers {
        portal.page_answers(&paper.key, Reply::status(500));
    }
    let workshop = Workshop::new(Sheet::of(portal.url()));
    assert_eq!(workshop.poll().await.pages_failed, 3);
    portal.serve_all(&papers);
    workshop.pass(hours(1));
    workshop.round().await;
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE version_no=1"),
        "6"
    );
}

#[tokio::test]
async fn a_page_that_asks_for_a_pause_pauses_its_host_over_a_restart() {
    let papers = [
        Paper::agenda(KEY, "Asia 1"),
        Paper::agenda("2026311-2", "Asia 2"),
    ];
    let portal = Portal::with(&papers);
    for paper in &papers {
        portal.page_answers(&paper.key, Reply::status(503).header("Retry-After", "7200"));
    }
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let report = workshop.poll().await;
    assert_eq!(report.pages_failed, 1);
    let asked = portal.origin.log().len();
    workshop.pass(hours(1));
    workshop.round_of(Scope::All).await;
    assert_eq!(
        portal.origin.log().len(),
        asked,
        "nothing is asked during the pause"
    );
    portal.serve_all(&papers);
    workshop.pass(hours(2));
    workshop.round_of(Scope::All).await;
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE version_no=1"),
        "2"
    );
}

#[tokio::test]
async fn a_portal_that_answers_404_for_everything_is_broken_and_nothing_is_withdrawn() {
    let (portal, workshop) = start();
    workshop.round().await;
    portal.feed_answers(Reply::status(404));
    portal.page_answers(KEY, Reply::status(404));
    workshop.pass_days(5);
    for _ in 0..12 {
        workshop.round().await;
        workshop.pass(hours(24));
    }
    assert!(portal.page_requests(KEY) > 5);
    let page = "SELECT gone_since, failures > 5, http_status FROM page";
    assert_eq!(workshop.value(page), "null | 1 | 404");
    assert_eq!(workshop.value("SELECT withdrawn_at FROM item"), "null");
    portal.lists(&[agenda()]);
    for _ in 0..10 {
        workshop.pass(hours(24));
        workshop.round().await;
    }
    let withdrawn = "SELECT withdrawn_at IS NOT NULL FROM item";
    assert_eq!(workshop.value(withdrawn), "1", "the page alone is gone");
}

#[tokio::test]
async fn a_page_that_cannot_be_stored_does_not_hold_up_the_others() {
    let papers: Vec<Paper> = (1..=3)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let engine = workshop.open().await;
    let conn = rusqlite::Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "CREATE TRIGGER refuse BEFORE INSERT ON item_version
           WHEN NEW.item_id=(SELECT id FROM item WHERE key='2026311-1')
         BEGIN SELECT RAISE(ABORT,'no such text'); END",
    )
    .expect("trigger");
    let reports = turn(&engine, Scope::Due).await;
    assert_eq!((reports[0].pages_read, reports[0].pages_failed), (2, 1));
    assert_eq!((reports[0].versions, reports[0].failed()), (2, false));
    let failed = workshop.value("SELECT error FROM page WHERE failures=1");
    assert!(failed.contains("no such text"), "{failed}");
    assert_eq!(turn(&engine, Scope::Due).await, [], "it is put off");
    conn.execute_batch("DROP TRIGGER refuse").expect("dropped");
    workshop.pass(hours(1));
    turn(&engine, Scope::Due).await;
    let read = "SELECT count(*) FROM item WHERE version_no=1";
    assert_eq!(workshop.value(read), "3");
    close(engine).await;
}

#[tokio::test]
async fn pages_per_cycle_limits_what_is_due_but_not_what_a_person_asks_for() {
    let papers: Vec<Paper> = (1..=5)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    let mut sheet = Sheet::of(portal.url());
    sheet.poll = "pages_per_cycle = 2\n".to_owned();
    let workshop = Workshop::new(sheet);
    assert_eq!(workshop.poll().await.pages_read, 2);
    assert_eq!(workshop.round_of(Scope::All).await[0].pages_read, 5);
}

#[tokio::test]
async fn a_source_whose_host_is_paused_takes_no_part_until_that_is_over() {
    let papers = [
        Paper::agenda(KEY, "Asia 1"),
        Paper::agenda("2026311-2", "Asia 2"),
    ];
    let portal = Portal::with(&papers);
    portal.page_answers(KEY, Reply::status(503).header("Retry-After", "7200"));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    assert_eq!(workshop.poll().await.pages_failed, 1);
    let polls = workshop.value("SELECT count(*) FROM poll");
    workshop.pass(hours(1));
    assert_eq!(workshop.round().await, [], "its feed and a page are due");
    assert_eq!(workshop.value("SELECT count(*) FROM poll"), polls);
    portal.serve_all(&papers);
    workshop.pass(hours(2));
    assert_eq!(workshop.poll().await.pages_read, 2);
}
