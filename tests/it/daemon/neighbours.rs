//! One source that fails, hangs or drips never disturbs the others; private addresses are refused.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use seutu::archive::verify;
use seutu::daemon::cycle::Scope;
use seutu::daemon::poll::{Running, round_beside, start};
use seutu::daemon::report::{Progress, Watcher, nobody};
use seutu::model::poll::PollOutcome;
use seutu::model::source::PlatformKind;
use url::Url;

use crate::support::origin::Reply;
use crate::support::portal::{FEED, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close, hours, turn};

fn papers() -> Vec<Paper> {
    vec![Paper::agenda("2026311-1", "Koulukuljetukset")]
}

/// An address where nobody listens.
fn dead() -> Url {
    let listener = std::net::TcpListener::bind("127.0.7.2:0").expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);
    format!("http://{address}/cgi/DREQUEST.PHP")
        .parse()
        .expect("url")
}

#[tokio::test]
async fn a_dead_a_hanging_a_dripping_and_a_resetting_source_do_not_disturb_the_well_ones() {
    let (one, other) = (Portal::with(&papers()), Portal::with(&papers()));
    let (hanging, dripping, cut) = (Portal::start(), Portal::start(), Portal::start());
    hanging.feed_answers(Reply::never());
    dripping.feed_answers(Reply::endless("<", Duration::from_millis(100)));
    cut.feed_answers(Reply::reset());
    let sheet = Sheet::of(one.url())
        .with("kuollut", PlatformKind::Dynasty, dead())
        .with("roikkuva", PlatformKind::Dynasty, hanging.url())
        .with("tippuva", PlatformKind::Dynasty, dripping.url())
        .with("katkeava", PlatformKind::Dynasty, cut.url())
        .with("toinen", PlatformKind::Dynasty, other.url())
        .fetching("timeout = \"1500ms\"\nmin_speed = \"100B\"\nmin_speed_grace = \"500ms\"\n");
    let workshop = Workshop::new(sheet);
    let reports = workshop.round().await;
    let ended: Vec<_> = reports
        .iter()
        .map(|report| {
            (
                report.source.as_str(),
                report.outcome.map(PollOutcome::word).unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        ended,
        [
            ("kuusijarvi", "ok"),
            ("kuollut", "http_error"),
            ("roikkuva", "timeout"),
            ("tippuva", "timeout"),
            ("katkeava", "http_error"),
            ("toinen", "ok"),
        ]
    );
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE version_no=1"),
        "2"
    );
    for report in reports.iter().filter(|report| report.failed()) {
        let error = report.error.as_deref().unwrap_or_default();
        assert!(
            error.contains("http://127.0."),
            "the message names the address: {error}"
        );
    }
}

#[tokio::test]
async fn every_way_to_lose_a_connection_is_told_by_its_own_name() {
    let well = Portal::with(&papers());
    // Cut while it is read: far more than what fits between the two ends is sent before.
    let half = Reply::ok("text/xml", vec![b' '; 12 << 20]).announcing(14 << 20);
    let answers = [
        ("tyhja", Reply::raw(""), "not valid HTTP"),
        (
            "sotku",
            Reply::raw("\x16\x03\x01 garbage\r\n\r\n"),
            "not valid HTTP",
        ),
        ("poikki", Reply::reset(), "not valid HTTP"),
        ("kesken", half.cut(), "the body broke off"),
    ];
    let mut sheet = Sheet::of(well.url()).with("kuollut", PlatformKind::Dynasty, dead());
    let mut expected = vec![("kuusijarvi", "null"), ("kuollut", "no connection (")];
    let mut portals = vec![];
    for (name, answer, words) in answers {
        let portal = Portal::start();
        portal.feed_answers(answer);
        sheet = sheet.with(name, PlatformKind::Dynasty, portal.url());
        expected.push((name, words));
        portals.push(portal);
    }
    let workshop = Workshop::new(sheet);
    workshop.round().await;
    for (name, words) in expected {
        let of = format!("FROM poll p JOIN source s ON s.id=p.source_id WHERE s.slug='{name}'");
        let outcome = workshop.value(&format!("SELECT p.outcome {of}"));
        let is_well = name == "kuusijarvi";
        assert_eq!(outcome, if is_well { "ok" } else { "http_error" }, "{name}");
        let error = workshop.value(&format!("SELECT p.error {of}"));
        assert!(error.contains(words), "{name}: {error}");
    }
    assert_eq!(
        workshop.value("SELECT count(*) FROM item"),
        "1",
        "of the well one"
    );
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    let portal = Portal::with(&papers());
    let mut sheet = Sheet::of(portal.url());
    sheet.fetch = "min_interval = \"0s\"\n".to_owned();
    let workshop = Workshop::new(sheet);
    let report = workshop.poll().await;
    assert_eq!(report.outcome.map(PollOutcome::word), Some("blocked"));
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("127.0.0.1"))
    );
    assert_eq!(portal.origin.log().len(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_source_whose_pages_hang_is_left_and_the_round_ends() {
    let papers: Vec<Paper> = (1..=5)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portal = Portal::with(&papers);
    for paper in &papers {
        portal.page_answers(&paper.key, Reply::never());
    }
    let workshop = Workshop::new(Sheet::of(portal.url()).fetching("timeout = \"200ms\"\n"));
    let report = workshop.poll().await;
    assert_eq!((report.pages_failed, report.failed()), (3, false));
}

#[tokio::test]
async fn two_sources_on_one_host_are_never_asked_at_the_same_time() {
    let portal = Portal::with(&papers());
    let slow = |reply: Reply| reply.after(Duration::from_millis(20));
    portal.feed_answers(slow(Reply::ok("text/xml", portal.feed_of(&papers()))));
    let sheet = Sheet::of(portal.url()).with("toinen", PlatformKind::Dynasty, portal.url());
    let workshop = Workshop::new(sheet);
    let reports = workshop.round_of(Scope::FeedsOnly).await;
    assert!(reports.iter().all(|report| !report.failed()));
    assert_eq!(portal.origin.requests(FEED).len(), 2);
    assert_eq!(portal.origin.most_at_once(), 1);
}

#[tokio::test]
async fn a_disabled_source_is_not_polled() {
    let portal = Portal::with(&papers());
    let mut sheet = Sheet::of(portal.url());
    sheet.networks = format!("enabled = false\n{}", sheet.networks);
    let workshop = Workshop::new(sheet);
    assert_eq!(workshop.round_of(Scope::All).await, []);
    assert_eq!(portal.origin.log().len(), 0);
}

#[tokio::test]
async fn a_source_that_cannot_be_archived_waits_and_the_others_go_on() {
    let (ill, well) = (Portal::with(&papers()), Portal::with(&papers()));
    let sheet = Sheet::of(ill.url()).with("toinen", PlatformKind::Dynasty, well.url());
    let workshop = Workshop::new(sheet);
    let engine = workshop.open().await;
    let conn = rusqlite::Connection::open(workshop.archive().join("archive.db")).expect("archive");
    conn.execute_batch(
        "CREATE TRIGGER refuse BEFORE INSERT ON poll
           WHEN NEW.source_id=(SELECT id FROM source WHERE slug='kuusijarvi')
         BEGIN SELECT RAISE(ABORT,'the disk is full'); END",
    )
    .expect("trigger");
    let reports = turn(&engine, Scope::Due).await;
    assert_eq!(reports.len(), 2);
    assert_eq!((reports[0].outcome, reports[0].failed()), (None, true));
    let error = reports[0].error.as_deref().unwrap_or_default();
    assert!(error.contains("the disk is full"), "{error}");
    assert_eq!(reports[1].outcome.map(PollOutcome::word), Some("ok"));

    // The daemon looks again and again, but asks the site no more often than ever.
    let running = Running::default();
    let mut asked = vec![];
    for _ in 0..8 {
        let tasks = start(&engine, &running, &[], Scope::Due, &nobody()).await;
        tasks.expect("started").join_all().await;
        asked.push(ill.feed_requests().len());
        workshop.pass(SignedDuration::from_mins(9));
    }
    assert_eq!(asked, [2, 2, 2, 3, 3, 3, 3, 3]);
    conn.execute_batch("DROP TRIGGER refuse").expect("dropped");
    workshop.pass(SignedDuration::from_mins(9));
    let tasks = start(&engine, &running, &[], Scope::Due, &nobody()).await;
    let reports = tasks.expect("started").join_all().await;
    assert!(reports.iter().all(|report| !report.failed()));
    assert_eq!(ill.feed_requests().len(), 4);
    close(engine).await;
}

#[tokio::test]
async fn a_panic_in_the_cycle_of_one_source_ends_that_cycle_and_no_other() {
    let (one, other) = (Portal::with(&papers()), Portal::with(&papers()));
    // The other one is still at work when it happens.
    let page = Reply::ok("text/html; charset=utf-8", papers()[0].html());
    other.page_answers(&papers()[0].key, page.after(Duration::from_millis(500)));
    let sheet = Sheet::of(one.url()).with("toinen", PlatformKind::Dynasty, other.url());
    let workshop = Workshop::new(sheet);
    let engine = workshop.open().await;
    // Whoever watches is called inside the cycle, between the feed and the pages.
    let watcher: Watcher = Arc::new(|progress| {
        let is_here =
            matches!(progress, Progress::Pages(source, _) if source.as_str() == "kuusijarvi");
        assert!(!is_here, "of the test");
    });
    let (running, due) = (Running::default(), (&[][..], Scope::Due));
    let reports = round_beside(&engine, &running, due, &watcher).await;
    let reports = reports.expect("the round goes on");
    let errors: Vec<_> = reports
        .iter()
        .map(|report| report.error.as_deref())
        .collect();
    assert_eq!(errors, [Some("a fault of this program: of the test"), None]);
    assert_eq!((reports[0].failed(), reports[1].pages_read), (true, 1));
    let again = round_beside(&engine, &running, due, &nobody()).await;
    assert_eq!(again.expect("a round"), [], "it is not begun again at once");
    workshop.pass(hours(8));
    let healed = round_beside(&engine, &running, due, &nobody()).await;
    let healed = healed.expect("a round");
    assert!(healed.iter().all(|report| !report.failed()), "{healed:?}");
    close(engine).await;
    let items = workshop.rows("SELECT uid, version_no FROM item ORDER BY 1");
    assert_eq!(items, ["kuusijarvi/2026311-1 | 1", "toinen/2026311-1 | 1"]);
    assert_eq!(verify(&workshop.archive()), []);
}
