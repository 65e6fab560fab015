//! Sites that answer 503 to everything: how often they are asked, and how often that is told.

use std::collections::BTreeMap;
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
    fn about(&self, name: &str) -> usize {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        text.lines().filter(|line| line.contains(name)).count()
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

/// Requests to a portal so far: for its feeds, and for all else.
fn asked(portal: &Portal) -> (usize, usize) {
    let mut counted: BTreeMap<bool, usize> = BTreeMap::new();
    for seen in portal.origin.log() {
        let is_feed = seen.target == FEED || seen.target == MEETINGS;
        *counted.entry(is_feed).or_default() += 1;
    }
    let of = |is_feed| counted.get(&is_feed).copied().unwrap_or_default();
    (of(true), of(false))
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
    for scope in [Scope::FeedsOnly] {
        let tasks = start(&engine, &running, &[], scope, &nobody()).await;
        finish(&engine, &running, tasks.expect("started")).await.expect("finished");
    }
    for portal in &portals {
        for target in [FEED, MEETINGS] {
            portal.origin.on(target, Reply::status(503));
        }
        for paper in &papers {
            portal.page_answers(&paper.key, Reply::status(503));
        }
    }
    workshop.pass(SignedDuration::from_hours(2));
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let before = portals.each_ref().map(asked);
    // The daemon looks every 15 seconds; a look in which nothing is due asks nobody.
    for minute in 1..=240 {
        for _ in 0..4 {
            let tasks = start(&engine, &running, &[], Scope::Due, &nobody()).await;
            finish(&engine, &running, tasks.expect("started")).await.expect("finished");
            workshop.pass(SignedDuration::from_secs(15));
        }
        for ((portal, name), before) in portals.iter().zip(NAMES).zip(before) {
            let (feeds, others) = asked(portal);
            let (feeds, others) = (feeds - before.0, others - before.1);
            let lines = lines.about(name);
            if minute % 10 == 0 {
                println!("{minute} min {name}: {feeds} feeds, {others} others, {lines} lines");
            }
        }
    }
    println!("{}", String::from_utf8_lossy(&lines.0.lock().expect("x")));
    close(engine).await;
}
