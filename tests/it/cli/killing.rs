//! SIGKILL at any moment of a poll: the archive is whole, and polling again gives what an undisturbed run gives.

use std::path::Path;
use std::time::Duration;

use crate::support::contents::{canonical, explain};
use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};
use seutu::archive::verify;
use seutu::model::source::PlatformKind;

/// Archives that are begun, killed again and again, and finished.
const ARCHIVES: u64 = 9;

/// Kills per archive.
const KILLS: u64 = 6;

/// Requests of one undisturbed poll: two feeds, robots.txt and seven pages of each site.
const REQUESTS: usize = 20;

/// Two sites of one region, with a state before and one after the meetings.
struct Region {
    sites: [Portal; 2],
    papers: Vec<Paper>,
}

impl Region {
    fn start() -> Self {
        let papers = (1..=7)
            .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Verkoston asia {n}")))
            .collect();
        let region = Self {
            sites: [Portal::start(), Portal::start()],
            papers,
        };
        region
            .sites
            .iter()
            .for_each(|site| site.lists(&region.papers));
        region.agendas();
        region
    }

    fn asked(&self) -> usize {
        self.sites.iter().map(|site| site.origin.asked()).sum()
    }

    fn agendas(&self) {
        self.sites
            .iter()
            .for_each(|site| site.serve_all(&self.papers));
    }

    fn minutes(&self) {
        for paper in &self.papers {
            let minutes = paper.minutes("Hyväksyttiin.");
            self.sites.iter().for_each(|site| site.serves(&minutes));
        }
    }

    fn workshop(&self) -> Workshop {
        let mut sheet = Sheet::of(self.sites[0].url()).with(
            "toinen",
            PlatformKind::Dynasty,
            self.sites[1].url(),
        );
        sheet.fetch = "min_interval = \"5ms\"\nallow_private_addresses = true\n".to_owned();
        Workshop::new(sheet)
    }
}

/// Polls to the end.
fn finish(config: &Path) {
    let ended = run(config, &["poll", "--all"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// When a poll is killed: once it has sent so many requests, and a little later.
struct Moment {
    requests: usize,
    then: Duration,
}

impl Moment {
    /// Any moment from the start of the process to its last requests.
    fn any(chance: &mut fastrand::Rng) -> Self {
        let requests = chance.usize(0..REQUESTS);
        // Before the first request the archive is made and opened, which takes longer than one page.
        let longest = if requests == 0 { 60_000 } else { 8_000 };
        Self {
            requests,
            then: Duration::from_micros(chance.u64(0..longest)),
        }
    }
}

/// Starts a poll and kills it at a moment; returns whether it was still running.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn kill_at(region: &Region, config: &Path, moment: &Moment) -> bool {
    let before = region.asked();
    let mut victim = seutu(config, &["poll", "--all"]).spawn().expect("started");
    while region.asked() < before + moment.requests && victim.try_wait().expect("asked").is_none() {
        std::thread::sleep(Duration::from_micros(500));
    }
    std::thread::sleep(moment.then);
    victim.kill().expect("killed");
    victim.wait().expect("ended").code().is_none()
}

/// The archive is whole as it lies there.
fn assert_whole(workshop: &Workshop) {
    if workshop.archive().join("archive.db").exists() {
        assert_eq!(verify(&workshop.archive()), []);
    }
}

/// The archive is complete and sound, and no input is left over as being read.
fn assert_complete(workshop: &Workshop, config: &Path, expected: &str) {
    let found = canonical(&workshop.archive());
    assert!(found == expected, "{}", explain(expected, &found));
    assert_eq!(run(config, &["verify"]).code, Some(0));
    let reading = std::fs::read_dir(workshop.archive().join("reading")).expect("folder");
    assert_eq!(reading.count(), 0, "left over in reading/");
    assert_eq!(workshop.value("SELECT count(*) FROM quarantine"), "0");
}

/// What undisturbed runs give: after one poll of agendas, and after another of minutes.
fn undisturbed(region: &Region) -> [String; 2] {
    let workshop = region.workshop();
    let config = workshop.config_file();
    region.agendas();
    finish(&config);
    assert_eq!(region.asked(), REQUESTS);
    let first = canonical(&workshop.archive());
    region.minutes();
    finish(&config);
    let second = canonical(&workshop.archive());
    assert_ne!(first, second);
    [first, second]
}

#[test]
fn killed_at_any_moment_of_a_poll_the_archive_is_whole_and_polling_again_completes_it() {
    let region = Region::start();
    let [agendas, minutes] = undisturbed(&region);
    let mut chance = fastrand::Rng::with_seed(20_261_109);
    let (mut hits, mut kills) = (0, 0);
    let mut kill = |workshop: &Workshop, config: &Path| {
        hits += u32::from(kill_at(&region, config, &Moment::any(&mut chance)));
        kills += 1;
        assert_whole(workshop);
    };
    for round in 0..ARCHIVES {
        let workshop = region.workshop();
        let config = workshop.config_file();
        region.agendas();
        // The first half of the archives is killed while it fills, the others while agendas become minutes.
        let fresh = round % 2 == 0;
        if fresh {
            (0..KILLS).for_each(|_| kill(&workshop, &config));
        }
        finish(&config);
        assert_complete(&workshop, &config, &agendas);
        region.minutes();
        if !fresh {
            (0..KILLS).for_each(|_| kill(&workshop, &config));
        }
        finish(&config);
        assert_complete(&workshop, &config, &minutes);
    }
    assert!(kills >= 50, "{kills} kills");
    assert!(
        hits * 10 >= kills * 7,
        "only {hits} of {kills} kills hit a running poll"
    );
}
