//! An input that kills the program that reads it: a feed that needs more memory than there is.
//!
//! No input is known that kills the program wherever it runs. Where memory is short, one that needs much of it does:
//! memory that cannot be had ends a process at once, in the midst of reading, and neither the program nor its child
//! can catch that.

use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::{Ended, bare, ended, run, under};
use crate::support::workshop::{Sheet, Workshop};

/// A poll where an address space has so many kibibytes.
fn polled(workshop: &Workshop, kibibytes: u32) -> Ended {
    let program = bare(&[]).get_program().to_owned();
    let program = program.into_string().expect("UTF-8");
    let config = workshop.config_file().display().to_string();
    let words = [program.as_str(), "--config", &config, "poll", "--all"];
    let limit = format!("ulimit -c 0; ulimit -v {kibibytes}");
    let mut command = under(&limit, &words);
    command.env("MALLOC_ARENA_MAX", "2");
    ended(command.output().expect("started"))
}

/// As many values as a feed may have, each of which takes many times its text.
fn poison() -> Reply {
    let items = "{\"id\":1},".repeat(499_000);
    let feed = format!(r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{items}{{}}]}}"#);
    Reply::ok("application/feed+json", feed)
}

#[test]
fn a_feed_that_kills_the_program_is_put_in_quarantine_and_the_others_go_on() {
    let papers = [Paper::agenda("2026311-1", "Koulukuljetukset")];
    let (portal, origin) = (Portal::with(&papers), Origin::start());
    origin.on("/feed", poison());
    let sheet = Sheet::of(portal.url()).with("myrkky", PlatformKind::Feed, origin.url("/feed"));
    let workshop = Workshop::new(sheet);
    for kib in [260_000, 280_000, 300_000, 320_000, 340_000, 360_000, 400_000, 450_000, 500_000] {
        let _ = std::fs::remove_dir_all(workshop.archive());
        let codes: Vec<_> = (0..3).map(|_| polled(&workshop, kib).code).collect();
        println!("{kib}: {codes:?} {:?}", workshop.rows("SELECT reason FROM quarantine"));
    }
    let _ = run;
}
