//! Lists beside the feed: meetings, what their pages say, and items that no feed listed.

use seutu::daemon::cycle::Scope;
use seutu::model::poll::PollOutcome;

use crate::support::contents::{differences, everything};
use crate::support::meetings::Meeting;
use crate::support::origin::{Origin, Reply};
use crate::support::portal::{MEETINGS, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, hours};
use seutu::model::source::PlatformKind;

/// A meeting of three items, of which the feed lists one.
fn papers() -> Vec<Paper> {
    (1..=3)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Verkoston asia {n}")))
        .collect()
}

fn start() -> (Portal, Meeting, Workshop) {
    let papers = papers();
    let portal = Portal::with(&papers[..1]);
    portal.serve_all(&papers);
    let meeting = Meeting::of("2026311", &papers);
    portal.lists_meetings(std::slice::from_ref(&meeting));
    portal.serves_meeting(&meeting);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, meeting, workshop)
}

#[tokio::test]
async fn a_meeting_is_archived_with_what_its_page_says_and_items_that_no_feed_listed() {
    let (portal, _, workshop) = start();
    let report = workshop.poll().await;
    assert_eq!(
        (report.lists_read, report.lists_failed, report.meetings_new),
        (2, 0, 1),
        "{report:#?}"
    );
    assert_eq!(report.items_new, 3);
    let meeting = "SELECT uid, starts_at, number, status, published_on, place, url IS NOT NULL, pdf_url IS NOT NULL, list_key FROM meeting";
    assert_eq!(
        workshop.value(meeting),
        "kuusijarvi/kasvatus-ja-opetuslautakunta/2026-11-12 | 2026-11-12T14:30:00Z | 10/2026 | agenda | \
         2026-11-05 | Kunnantalo, kokoushuone 2 | 1 | 1 | meeting/2026311"
    );
    assert_eq!(
        workshop.rows("SELECT uid, version_no, stage FROM item ORDER BY uid"),
        [1, 2, 3].map(|n| format!("kuusijarvi/2026311-{n} | 1 | agenda"))
    );
    let published = "SELECT count(*) FROM event WHERE kind='meeting_published'";
    assert_eq!(workshop.value(published), "1");
    assert_eq!(portal.page_requests("2026311-3"), 1);
}

#[tokio::test]
async fn a_list_whose_bytes_alone_differ_changes_nothing_but_the_records_of_asking() {
    let (portal, meeting, workshop) = start();
    workshop.round().await;
    let before = everything(&workshop.archive());
    workshop.pass(hours(25));
    let report = workshop.poll().await;
    assert_eq!(report.outcome, Some(PollOutcome::NotModified));
    assert_eq!((report.lists_read, report.items_new), (2, 0), "{report:#?}");
    assert_eq!(portal.origin.requests(&meeting.target()).len(), 2);
    let feed = portal.origin.requests(MEETINGS);
    assert!(feed[1].header("If-None-Match").is_some());
    let after = everything(&workshop.archive());
    assert_eq!(
        differences(&before, &after),
        ["archive.db list_page", "archive.db poll"]
    );
}

#[tokio::test]
async fn a_meeting_goes_from_agenda_to_minutes_and_never_back() {
    let (portal, meeting, workshop) = start();
    workshop.round().await;
    portal.serves_meeting(&meeting.minutes());
    workshop.pass_days(7);
    workshop.round().await;
    assert_eq!(workshop.value("SELECT status FROM meeting"), "minutes");
    let settled = "SELECT settled_since IS NOT NULL FROM list_page WHERE kind='meeting'";
    assert_eq!(workshop.value(settled), "1");
    portal.serves_meeting(&meeting);
    workshop.pass_days(31);
    workshop.round().await;
    assert_eq!(workshop.value("SELECT status FROM meeting"), "minutes");
}

#[tokio::test]
async fn old_meetings_that_a_list_names_are_known_and_not_followed() {
    let (portal, meeting, workshop) = start();
    let old = Meeting {
        id: "2024100".to_owned(),
        day: "14.3.2024".to_owned(),
        ..meeting.clone()
    };
    portal.lists_meetings(&[meeting, old.clone()]);
    portal.serves_meeting(&old);
    workshop.round().await;
    assert_eq!(workshop.value("SELECT count(*) FROM meeting"), "2");
    assert_eq!(portal.origin.requests(&old.target()).len(), 0);
    let known = "SELECT next_check_at FROM list_page WHERE key='meeting/2024100'";
    assert_eq!(workshop.value(known), "null");
}

#[tokio::test]
async fn a_meeting_page_that_is_gone_or_broken_hinders_nothing() {
    let (portal, meeting, workshop) = start();
    portal.origin.on(&meeting.target(), Reply::status(500));
    let report = workshop.poll().await;
    assert_eq!(
        (report.lists_failed, report.versions),
        (1, 1),
        "{report:#?}"
    );
    assert!(!report.failed());
    portal.origin.on(&meeting.target(), Reply::status(404));
    workshop.pass(hours(2));
    workshop.round().await;
    let gone = "SELECT gone_since IS NOT NULL, failures FROM list_page WHERE kind='meeting'";
    assert_eq!(workshop.value(gone), "1 | 2");
    portal.serves_meeting(&meeting);
    workshop.pass(hours(26));
    workshop.round().await;
    assert_eq!(workshop.value(gone), "0 | 0");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "3");
}

const ROBOTS: &str = "User-agent: *\nDisallow: /cgi/\n";

#[tokio::test]
async fn robots_forbids_meeting_pages_as_it_does_item_pages_unless_somebody_permitted_them() {
    let (portal, meeting, mut workshop) = start();
    portal
        .origin
        .on("/robots.txt", Reply::ok("text/plain", ROBOTS));
    workshop.round().await;
    assert_eq!(portal.origin.requests(&meeting.target()).len(), 0);
    assert_eq!(workshop.value("SELECT count(*) FROM meeting"), "1");
    assert_eq!(workshop.value("SELECT version_no FROM item"), "0");
    workshop.sheet = Sheet::of(portal.url()).permitted("kunnansihteeri, 1.11.2026");
    workshop.pass_days(2);
    workshop.round().await;
    assert_eq!(workshop.value("SELECT robots FROM source"), "permission");
    assert_eq!(
        workshop.rows("SELECT version_no FROM item"),
        ["1", "1", "1"]
    );
}

/// The list of bodies of a static portal, with a token that differs at every fetch.
fn bodies(token: usize) -> String {
    format!(
        "<html><head><title>Kuusijärvi</title></head><body class=\"bodyTelimet\">\
         <label class=\"h3\">Kuusijärvi<br>Kokouslistat</label>\
         <!--DATA_BEGIN--><table class=\"tbl\"><tr class=\"trHea\"><td>Toimielimet</td><td>Viimeisin&nbsp;kokous</td></tr>\
         <tr><td nowrap=\"nowrap\"><a href=\"TELIN-200120.HTM\">Kunnanhallitus</a></td>\
         <td>21.01.2013&nbsp;&nbsp;<a href=\"2013264550.HTM\">Pöytäkirja</a></td></tr>\
         <tr><td nowrap=\"nowrap\"><a href=\"TELIN-219380.HTM\">Sivistyslautakunta</a></td>\
         <td>24.05.2017&nbsp;&nbsp;<a href=\"2017401299.HTM\">Esityslista</a></td></tr></table>\
         <!--DATA_END--><!-- {token} --></body></html>"
    )
}

#[tokio::test]
async fn a_front_that_is_a_page_is_unchanged_when_it_says_the_same() {
    let origin = Origin::start();
    let front = "/djulk/kokous/TELIMET.HTM";
    let fetched = std::sync::atomic::AtomicUsize::new(0);
    origin.on_with(front, move |_| {
        let token = fetched.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::ok("text/html; charset=utf-8", bodies(token)).header("ETag", &format!("\"{token}\""))
    });
    let workshop = Workshop::new(Sheet::of(origin.url(front)));
    let first = workshop.poll().await;
    assert_eq!(first.outcome, Some(PollOutcome::Ok), "{first:#?}");
    assert!(first.items_seen > 0);
    assert_eq!(workshop.value("SELECT feed_kind FROM source"), "listing");
    let originals = "SELECT count(*) FROM fetch WHERE url LIKE '%TELIMET.HTM'";
    assert_eq!(workshop.value(originals), "1");
    workshop.pass(hours(1));
    workshop.round_of(Scope::FeedsOnly).await;
    let before = everything(&workshop.archive());
    for _ in 0..2 {
        workshop.pass(hours(1));
        let again = workshop.round_of(Scope::FeedsOnly).await;
        assert_eq!(again[0].outcome, Some(PollOutcome::NotModified));
    }
    let after = everything(&workshop.archive());
    assert_eq!(differences(&before, &after), ["archive.db poll"]);
    assert_eq!(workshop.value(originals), "1");
}

#[tokio::test]
async fn when_our_own_network_is_down_no_source_is_blamed() {
    let gone = |port: u16| format!("http://127.0.0.1:{port}/cgi/DREQUEST.PHP").parse();
    // Ports on which nobody listens: bound a moment ago and are no more.
    let free = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        listener.local_addr().expect("address").port()
    };
    let mut sheet = Sheet::of(gone(free()).expect("address"));
    for id in ["toinen", "kolmas"] {
        sheet = sheet.with(id, PlatformKind::Dynasty, gone(free()).expect("address"));
    }
    let mut workshop = Workshop::new(sheet.clone());
    let reports = workshop.round().await;
    assert_eq!(reports.len(), 3);
    assert!(
        reports
            .iter()
            .all(|report| report.our_side && !report.failed())
    );
    assert_eq!(workshop.value("SELECT sum(failures) FROM poll"), "0");
    let portal = Portal::with(&papers());
    workshop.sheet = sheet.with("elossa", PlatformKind::Dynasty, portal.url());
    workshop.pass_days(1);
    let reports = workshop.round().await;
    let failed = reports.iter().filter(|report| report.failed()).count();
    assert_eq!(failed, 3, "one answers: {reports:#?}");
}
