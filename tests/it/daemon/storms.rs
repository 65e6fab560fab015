//! Sites that answer 503 to everything: how often they are asked, and how often that is told.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use seutu::daemon::cycle::Scope;
use seutu::daemon::engine::Engine;
use seutu::daemon::poll::{Running, finish, start};
use seutu::daemon::report::nobody;
use seutu::model::source::PlatformKind;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::origin::Reply;
use crate::support::portal::{MEETINGS, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop, close};

const NAMES: [&str; 3] = ["kuusijarvi", "toinen", "kolmas"];

/// Warnings of a log, kept in memory.
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

/// Three portals with forty items each, all of whose pages are due, and then a storm.
struct Storm {
    papers: Vec<Paper>,
    portals: [Portal; 3],
    workshop: Workshop,
    engine: Arc<Engine>,
    running: Running,
}

impl Storm {
    async fn begin() -> Self {
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
        let storm = Self {
            papers,
            portals,
            workshop,
            engine,
            running: Running::default(),
        };
        storm.look(Scope::FeedsOnly).await;
        for portal in &storm.portals {
            portal.feed_answers(Reply::status(503));
            portal.origin.on(MEETINGS, Reply::status(503));
            for paper in &storm.papers {
                portal.page_answers(&paper.key, Reply::status(503));
            }
        }
        // Rules that cannot be had are no permission; the others let everybody in.
        storm.portals[2]
            .origin
            .on("/robots.txt", Reply::status(503));
        storm
    }

    /// Starts what is due, as the daemon does every 15 seconds.
    async fn look(&self, scope: Scope) {
        let tasks = start(&self.engine, &self.running, &[], scope, &nobody()).await;
        let tasks = tasks.expect("started");
        finish(&self.engine, &self.running, tasks)
            .await
            .expect("finished");
    }

    /// Requests to each portal so far.
    fn asked(&self) -> [usize; 3] {
        self.portals.each_ref().map(|portal| portal.origin.asked())
    }

    /// It is over.
    fn end(&self) {
        for portal in &self.portals {
            portal.lists(&self.papers);
            portal.serve_all(&self.papers);
        }
    }
}

#[tokio::test]
async fn sites_that_answer_503_are_asked_in_ever_longer_steps_and_told_of_once_an_hour() {
    let storm = Storm::begin().await;
    storm.workshop.pass(SignedDuration::from_hours(2));
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let before = storm.asked();
    let mut until = before;
    for ten_minutes in 1..=18 {
        for _ in 0..40 {
            storm.look(Scope::Due).await;
            storm.workshop.pass(SignedDuration::from_secs(15));
        }
        let now = storm.asked();
        let hours = ten_minutes / 6 + 1;
        for (number, name) in NAMES.iter().enumerate() {
            let asked = now[number] - until[number];
            let told = (lines.failures(name), lines.about(name));
            println!("{ten_minutes}: {name} {asked} {told:?}");
            // The front, one request more that tells whether that is out alone, and one for robots.txt.
            assert!(asked <= 3, "{name}: {asked} requests");
            assert!(told.0 <= hours, "{name}: {told:?} lines in {hours} h");
            // And one for each finding that begins: the feed, the lists, the pages.
            assert!(told.1 <= hours + 3, "{name}: {told:?} lines in {hours} h");
        }
        until = now;
    }
    for (before, now) in before.into_iter().zip(until) {
        assert!((4..=16).contains(&(now - before)), "{before}, then {now}");
    }

    storm.end();
    storm.workshop.pass(SignedDuration::from_hours(5));
    storm.look(Scope::Due).await;
    // The third is read when it is asked for its rules again.
    let read = "SELECT count(*) FROM item WHERE version_no=1";
    assert_eq!(storm.workshop.value(read), "80");
    close(storm.engine).await;
}
