//! `poll --backfill`: everything that a portal still publishes, once, however often the walk is killed.

use std::path::Path;
use std::time::Duration;

use seutu::archive::verify;

use crate::support::meetings::Meeting;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};

const BODIES: [(u32, &str); 2] = [(5, "Kunnanhallitus"), (21, "Sivistyslautakunta")];

/// Years of meetings, and meetings of a body in each.
const YEARS: std::ops::RangeInclusive<i32> = 2021..=2025;
const MEETINGS: u32 = 5;

/// Items of a meeting. Sections are numbered from 1 on, per body and year.
const ITEMS: u32 = 2;

fn paper(meeting: &str, (n, section): (u32, u32), body: &str, day: &str) -> Paper {
    Paper {
        body: body.to_owned(),
        day: day.to_owned(),
        decided: Some((section, "Hyväksyttiin.".to_owned())),
        ..Paper::agenda(&format!("{meeting}-{n}"), &format!("Asia {meeting} {n}"))
    }
}

/// The meetings of a body, the newest first.
fn meetings(id: u32, body: &str) -> Vec<Meeting> {
    let mut meetings = vec![];
    for year in YEARS.rev() {
        for n in (1..=MEETINGS).rev() {
            let key = format!("{year}{id}{n:02}");
            let day = format!("{:02}.{:02}.{year}", 10 + n, 2 * n);
            let papers: Vec<_> = (1..=ITEMS)
                .map(|item| paper(&key, (item, (n - 1) * ITEMS + item), body, &day))
                .collect();
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
    assert_eq!(run(&config, &["sources", "--missing"]).out, NO_GAP);
}

const NO_GAP: &str = "no section is missing between those that are known\n";

/// The meeting that lost an item, as the portal has it without and with it.
fn robbed() -> (Meeting, Meeting) {
    let whole = meetings(5, "Kunnanhallitus");
    let whole = whole
        .into_iter()
        .find(|meeting| meeting.day == "13.06.2023");
    let whole = whole.expect("the third meeting of 2023");
    let mut robbed = whole.clone();
    let stolen = robbed.papers.remove(0);
    assert_eq!(stolen.decided.map(|(section, _)| section), Some(5));
    (robbed, whole)
}

/// The only gap, as a line of a table whose cells are set apart by two spaces or more.
fn gap(config: &Path) -> Vec<String> {
    let out = run(config, &["sources", "--missing"]).out;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "a head and one gap: {out}");
    let cells = lines[1].split("  ").map(str::trim);
    cells
        .filter(|cell| !cell.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_page_that_the_portal_lacks_is_a_gap_with_a_name_until_the_meeting_lists_it() {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    let (robbed, whole) = robbed();
    portal.serves_meeting(&robbed);
    portal.page_answers(&whole.papers[0].key, Reply::status(404));
    let ended = run(&config, &BACKFILL);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "99");
    let named = gap(&config);
    assert_eq!(
        named[..7],
        [
            "Kuusijärvi",
            "Kunnanhallitus",
            "2023",
            "5",
            "1",
            "2023-04-12",
            "2023-06-13"
        ]
    );
    let json = run(&config, &["sources", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let missing = &json[0]["missing"];
    assert_eq!(missing.as_array().map(Vec::len), Some(1), "{missing}");
    assert_eq!(
        (&missing[0]["year"], &missing[0]["first_no"]),
        (&2023.into(), &5.into())
    );
    let said =
        "1 section is missing: Kunnanhallitus 2023 § 5, between the meetings of 2023-04-12 and";
    let sources = run(&config, &["sources"]).out;
    assert!(sources.contains(said), "{sources}");

    // The portal lists it again. No feed does, and nothing of 2023 is followed: only the search for the gap
    // leads there, to the lists around it and to no others.
    portal.serves_meeting(&whole);
    portal.serves(&whole.papers[0]);
    let asked = portal.origin.asked();
    let ended = run(&config, &["poll"]);
    // By the clock of the machine the newest meeting may be so long ago that the source is told for it.
    assert!(matches!(ended.code, Some(0 | 3)), "{ended:?}");
    let log = portal.origin.log();
    let looked: Vec<&str> = log[asked..]
        .iter()
        .map(|seen| seen.target.as_str())
        .filter(|target| target.contains("page=meeting&"))
        .collect();
    assert!(looked.contains(&whole.target().as_str()), "{looked:?}");
    assert_eq!(looked.len(), 2, "{looked:?}");
    assert_eq!(workshop.value("SELECT count(*) FROM item"), "100");
    assert_eq!(run(&config, &["sources", "--missing"]).out, NO_GAP);
    let found = "SELECT section_no, stage, version_no FROM item ORDER BY id DESC LIMIT 1";
    assert_eq!(workshop.value(found), "5 | minutes | 1");
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
    portal.origin.on(&broken.target(), Reply::status(500));
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
