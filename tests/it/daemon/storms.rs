//! Sites that answer 503 to everything: how often they are asked, and how often that is told.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use seutu::daemon::cycle::Scope;
use seutu::daemon::poll::{Running, finish, start};
use seutu::daemon::report::nobody;
use seutu::model::source::PlatformKind;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::origin::Reply;
use crate::support::portal::{FEED, MEETINGS, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

const NAMES: [&str; 3] = ["kuusijarvi", "toinen", "kolmas"];

/// Lines of a log, kept in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Lines about a source.
    fn about(&self, name: &str) -> usize {
        self.count(|line| line.contains(name))
    }

    /// Those that say that its poll failed, or that it was asked in vain.
    fn failures(&self, name: &str) -> usize {
        self.count(|line| line.contains("seutu::daemon::outage") && line.contains(name))
    }

    fn count(&self, counts: impl Fn(&str) -> bool) -> usize {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        text.lines().filter(|line| counts(line)).count()
    }
}

impl io::Write for Lines {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Requests to a portal so far.
fn asked(portal: &Portal) -> usize {
    portal.origin.asked()
}

#[tokio::test]
async fn sites_that_answer_503_are_asked_in_ever_longer_steps_and_told_of_once_an_hour() {
    let papers: Vec<Paper> = (1..=40)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let portals = [(); 3].map(|()| Portal::with(&papers));
    let mut sheet = Sheet::of(portals[0].url());
    for (name, portal) in NAMES.iter().zip(&portals).skip(1) {
        sheet = sheet.with(name, PlatformKind::Dynasty, portal.url());
    }
    let workshop = Workshop::new(sheet);
    let engine = workshop.open().await;
    let running = Running::default();
    // A poll of the feeds alone: the pages of all items are due when the storm begins.
    let tasks = start(&engine, &running, &[], Scope::FeedsOnly, &nobody()).await;
    let tasks = tasks.expect("started");
    finish(&engine, &running, tasks).await.expect("finished");
    for portal in &portals {
        for target in [FEED, MEETINGS] {
            portal.origin.on(target, Reply::status(503));
        }
        for paper in &papers {
            portal.page_answers(&paper.key, Reply::status(503));
        }
    }
    // Rules that cannot be had are no permission; the others let everybody in.
    portals[2].origin.on("/robots.txt", Reply::status(503));
    workshop.pass(SignedDuration::from_hours(2));
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let before = portals.each_ref().map(asked);
    let mut asked_until = before;
    // The daemon looks every 15 seconds; a look in which nothing is due asks nobody.
    for ten_minutes in 1..=18 {
        for _ in 0..40 {
            let tasks = start(&engine, &running, &[], Scope::Due, &nobody()).await;
            let tasks = tasks.expect("started");
            finish(&engine, &running, tasks).await.expect("finished");
            workshop.pass(SignedDuration::from_secs(15));
        }
        let now = portals.each_ref().map(asked);
        for (number, name) in NAMES.iter().enumerate() {
            let (until, asked) = (asked_until[number], now[number]);
            let told = (lines.failures(name), lines.about(name));
            println!("{ten_minutes}: {name} {} {told:?}", asked - until);
            // The front, one request more that tells whether that is out alone, and one for robots.txt.
            assert!(asked - until <= 3, "{name}: {until}, then {asked}");
            let hours = ten_minutes / 6 + 1;
            assert!(told.0 <= hours, "{name}: {told:?} lines in {hours} h");
            // And one for each finding that begins: the feed, the lists, the pages.
            assert!(told.1 <= hours + 3, "{name}: {told:?} lines in {hours} h");
        }
        asked_until = now;
    }
    for (before, now) in before.into_iter().zip(asked_until) {
        assert!((4..=16).contains(&(now - before)), "{before}, then {now}");
    }

    // It is over, and all of it is read.
    for portal in &portals {
        portal.lists(&papers);
        portal.serve_all(&papers);
    }
    workshop.pass(SignedDuration::from_hours(5));
    let tasks = start(&engine, &running, &[], Scope::Due, &nobody()).await;
    let tasks = tasks.expect("started");
    finish(&engine, &running, tasks).await.expect("finished");
    // The third is read when it is asked for its rules again.
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE version_no=1"),
        "80"
    );
    close(engine).await;
}
