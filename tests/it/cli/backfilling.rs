//! `poll --backfill`: everything that a portal still publishes, once, however often the walk is killed.

use std::path::Path;
use std::time::Duration;

use seutu::archive::verify;

use crate::support::meetings::Meeting;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};

const BODIES: [(u32, &str); 2] = [(5, "Kunnanhallitus"), (21, "Sivistyslautakunta")];

/// Years of meetings, and meetings of a body in each.
const YEARS: std::ops::RangeInclusive<i32> = 2021..=2025;
const MEETINGS: i32 = 5;

fn paper(meeting: &str, n: usize, body: &str, day: &str) -> Paper {
    let paper = Paper {
        body: body.to_owned(),
        day: day.to_owned(),
        ..Paper::agenda(&format!("{meeting}-{n}"), &format!("Asia {meeting} {n}"))
    };
    paper.minutes("Hyväksyttiin.")
}

/// The meetings of a body, the newest first.
fn meetings(id: u32, body: &str) -> Vec<Meeting> {
    let mut meetings = vec![];
    for year in YEARS.rev() {
        for n in (1..=MEETINGS).rev() {
            let key = format!("{year}{id}{n:02}");
            let day = format!("{:02}.{:02}.{year}", 10 + n, 2 * n);
            let papers: Vec<_> = (1..=2).map(|item| paper(&key, item, body, &day)).collect();
            meetings.push(Meeting::of(&key, &papers).minutes());
        }
    }
    meetings
}

fn start() -> (Portal, Workshop) {
    let portal = Portal::start();
    portal.lists(&[]);
    let bodies = BODIES.map(|(id, name)| (id, name, meetings(id, name)));
    portal.serves_archive(&bodies);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    (portal, workshop)
}

const BACKFILL: [&str; 4] = ["poll", "--backfill", "--since", "2021-01-01"];

/// Starts a backfill and kills it after so many requests.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn kill_after(portal: &Portal, config: &Path, requests: usize) {
    let before = portal.origin.asked();
    let mut victim = seutu(config, &BACKFILL).spawn().expect("started");
    while portal.origin.asked() < before + requests && victim.try_wait().expect("asked").is_none() {
        std::thread::sleep(Duration::from_micros(500));
    }
    victim.kill().expect("killed");
    let ended = victim.wait().expect("ended");
    assert_eq!(ended.code(), None, "it was killed while it ran");
}

#[test]
fn five_years_of_meetings_killed_twice_are_archived_once() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    kill_after(&portal, &config, 25);
    assert_eq!(verify(&workshop.archive()), []);
    kill_after(&portal, &config, 80);
    assert_eq!(verify(&workshop.archive()), []);
    let ended = run(&config, &BACKFILL);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("finished"), "{}", ended.out);

    let items = "SELECT count(*), count(DISTINCT key), min(version_no), max(version_no), min(stage) FROM item";
    assert_eq!(workshop.value(items), "100 | 100 | 1 | 1 | minutes");
    let held = "SELECT count(*), min(held_on), max(held_on), min(status) FROM meeting";
    assert_eq!(
        workshop.value(held),
        "50 | 2021-02-11 | 2025-10-15 | minutes"
    );
    assert_eq!(
        workshop.value("SELECT count(*) FROM event WHERE kind='item_new'"),
        "100"
    );
    assert_eq!(
        workshop.value("SELECT finished_at IS NOT NULL FROM backfill"),
        "1"
    );
    assert_eq!(verify(&workshop.archive()), []);
    // What had answered was not asked again; what was under way when it was killed was.
    let asked = portal.origin.log();
    let of = |part: &str| {
        asked
            .iter()
            .filter(|seen| seen.target.contains(part))
            .count()
    };
    assert!(
        of("page=meeting&") <= 52,
        "{} meetings",
        of("page=meeting&")
    );
    assert!(of("page=meetings&") <= 4, "{} bodies", of("page=meetings&"));
    assert!(
        of("page=meetingitem&") <= 102,
        "{}",
        of("page=meetingitem&")
    );
}

#[test]
fn a_finished_backfill_walks_again_when_asked_and_finds_nothing_new() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    let since = ["poll", "--backfill", "--since", "2025-06-01"];
    assert_eq!(run(&config, &since).code, Some(0));
    // Three meetings of each body were held since.
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "12");
    let asked = portal.origin.asked();
    let again = run(&config, &since);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "12");
    assert_eq!(
        portal.origin.asked() - asked,
        1 + 2 + 2 + 6,
        "robots, the feed of meetings, and lists"
    );
    // Nothing that the walk met is followed afterwards.
    let followed = "SELECT count(*) FROM list_page WHERE next_check_at IS NOT NULL AND standing=0";
    assert_eq!(workshop.value(followed), "0");
}

#[test]
fn a_list_that_fails_is_asked_again_by_the_next_run() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    let broken = meetings(5, "Kunnanhallitus").remove(1);
    portal
        .origin
        .on(&broken.target(), crate::support::origin::Reply::status(500));
    let since = ["poll", "--backfill", "--since", "2025-01-01"];
    let ended = run(&config, &since);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.out.contains("not finished"), "{}", ended.out);
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "18");
    portal.serves_meeting(&broken);
    assert_eq!(run(&config, &since).code, Some(0));
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "20");
    let lists = portal.origin.log();
    let bodies = lists
        .iter()
        .filter(|seen| seen.target.contains("page=meetings&"));
    assert_eq!(bodies.count(), 2, "what had answered is not asked again");
}
