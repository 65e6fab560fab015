//! The season itself: days, rounds, kills, and what it came to.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::country::{Country, START};
use crate::poller::{self, Poller, Round};
use jiff::{SignedDuration, Timestamp};

/// Looks a day: the daemon of the simulation wakes this often.
const ROUNDS: i64 = 4;
/// Days at the end on which nothing fails and nothing new is published, so that what was late can be found: a page that
/// failed to the last is read after a day and a half, again after a week, and one that is gone then is believed after
/// another week.
pub const CALM: i64 = 18;
/// The program is killed on every so many days, as long as it is not watched for memory.
const KILL_EVERY: i64 = 3;

/// Files that are open beside one connection to each host at most, which is kept for a while.
const FILES: u64 = 64;
/// What both write-ahead logs may have, in KiB.
const MOST_LOGS: u64 = 64 << 10;

/// What is asked for on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// How many municipalities.
    pub municipalities: usize,
    /// How many days.
    pub days: i64,
    /// What everything is drawn from.
    pub seed: u64,
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Wanted {
    let mut wanted = Wanted {
        municipalities: 8,
        days: 45,
        seed: 20_261_122,
    };
    while let Some(argument) = arguments.next() {
        let mut number = || -> u64 {
            let given = arguments.next().and_then(|word| word.parse().ok());
            given.unwrap_or_else(|| panic!("{argument} needs a number"))
        };
        match argument.as_str() {
            "--municipalities" => wanted.municipalities = usize::try_from(number()).expect("size"),
            "--days" => wanted.days = i64::try_from(number()).expect("days"),
            "--seed" => wanted.seed = number(),
            // Those of the harness are passed over.
            _ => {}
        }
    }
    assert!(
        (1..=900).contains(&wanted.municipalities) && wanted.days > 2 * CALM,
        "1 to 900 municipalities and more than {} days",
        2 * CALM
    );
    wanted
}

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    /// Of which so many met a round that was running.
    hits: u32,
    rounds: u32,
    polls: u64,
    failed: u64,
    /// Resident memory of the last process, at the end of each day, in KiB.
    memory: Vec<u64>,
    /// Its open files.
    descriptors: Vec<u64>,
    /// The largest that both write-ahead logs were together after a round, in KiB.
    logs: u64,
}

/// Reads the command line, lives through it and says what was broken.
pub fn main() {
    let mut arguments = std::env::args().skip(1);
    if std::env::var_os(poller::CONFIG).is_some() {
        return poller::serve();
    }
    // The words of the test harness: a list of tests, or the name of another one.
    let is_ours = |argument: &String| argument.starts_with("--") && argument != "--list";
    if arguments
        .next()
        .is_some_and(|first| !is_ours(&first) && !"soak".contains(&first))
    {
        return;
    }
    let wanted = wanted(std::env::args().skip(1));
    let began = Instant::now();
    let country = Country::start(wanted);
    let folder = tempfile::TempDir::with_prefix("seutu-soak-").expect("folder");
    let tally = live(&country, folder.path());
    let archive = folder.path().join("archive");
    let mut broken = crate::expected::check(&country, &archive);
    broken.extend(growth(&country, &tally));
    report(&country, &tally, began.elapsed());
    for line in &broken {
        say(&format!("BROKEN {line}"));
    }
    assert!(broken.is_empty(), "{} promises are broken", broken.len());
}

/// Lives through all days.
fn live(country: &Country, folder: &Path) -> Tally {
    let config = folder.join("seutu.toml");
    std::fs::write(&config, country.config(&folder.join("archive"))).expect("configuration");
    let (mut tally, days) = (Tally::default(), country.wanted.days);
    let mut chance = fastrand::Rng::with_seed(country.wanted.seed);
    let mut poller = Poller::start(&config);
    // How long a round takes, of late.
    let mut usual = Duration::ZERO;
    for day in 0..days {
        // Memory is watched over the second half, in one process.
        let is_fatal = day % KILL_EVERY == KILL_EVERY - 1 && day < days / 2;
        let fatal = is_fatal.then(|| chance.i64(0..ROUNDS));
        for round in 0..ROUNDS {
            country.set_day(day);
            let now = moment(day, round);
            if fatal == Some(round) {
                tally.kills += 1;
                let wait = usual.mul_f64(1.5 * chance.f64());
                tally.hits += u32::from(poller.killed_after(now, wait));
                poller = Poller::start(&config);
            }
            let began = Instant::now();
            let Round {
                polls,
                failed,
                memory,
                descriptors,
                logs,
            } = poller.round(now);
            tally.logs = tally.logs.max(logs);
            usual = (usual + began.elapsed()) / 2;
            tally.rounds += 1;
            tally.polls += polls;
            tally.failed += failed;
            if round == ROUNDS - 1 {
                tally.memory.push(memory);
                tally.descriptors.push(descriptors);
            }
        }
        if day % 10 == 9 {
            let memory = tally.memory.last().copied().unwrap_or_default() >> 10;
            say(&format!(
                "day {}: {} polls, {memory} MiB",
                day + 1,
                tally.polls
            ));
        }
    }
    poller.end();
    tally
}

fn moment(day: i64, round: i64) -> Timestamp {
    let start: Timestamp = START.parse().expect("instant");
    start + SignedDuration::from_hours(24 * day + 24 / ROUNDS * round)
}

/// What grew in one process between the middle of the time and its end: memory by more than a third and 16 MiB, open
/// files beyond those of a few readers and one connection for each host; and logs that were not emptied in time.
fn growth(country: &Country, tally: &Tally) -> Vec<String> {
    let ends = |all: &[u64]| {
        let middle = all.get(all.len() / 2).copied().unwrap_or_default();
        (middle, all.last().copied().unwrap_or_default())
    };
    let mut grown = vec![];
    let (before, after) = ends(&tally.memory);
    if after > before / 3 * 4 + (16 << 10) {
        grown.push(format!("memory grew from {before} to {after} KiB"));
    }
    let most = tally.descriptors.iter().max().copied().unwrap_or_default();
    let hosts = u64::try_from(country.wanted.municipalities).unwrap_or_default();
    if most > FILES + hosts {
        grown.push(format!("{most} files were open, of {hosts} hosts"));
    }
    if tally.logs > MOST_LOGS {
        grown.push(format!("the write-ahead logs had {} KiB", tally.logs));
    }
    grown
}

fn report(country: &Country, tally: &Tally, took: Duration) {
    let Wanted {
        municipalities,
        days,
        seed,
    } = country.wanted;
    say(&format!(
        "{municipalities} municipalities, {days} days, seed {seed}: {} rounds, {} polls of which {} failed, {} requests, \
         {} faults injected, {} kills of which {} met a running round, {:.0} s",
        tally.rounds,
        tally.polls,
        tally.failed,
        country.requests(),
        country.faults(),
        tally.kills,
        tally.hits,
        took.as_secs_f64()
    ));
    let half = tally.memory.len() / 2;
    let at = |day: usize| tally.memory.get(day).copied().unwrap_or_default();
    let last = tally.memory.len().saturating_sub(1);
    say(&format!(
        "resident memory: {} KiB on day 1, {} KiB on day {} of one process from here, {} KiB a quarter later, {} KiB at the end",
        at(0),
        at(half),
        half + 1,
        at(half + (last - half) / 2),
        at(last)
    ));
    let files = |day: usize| tally.descriptors.get(day).copied().unwrap_or_default();
    say(&format!(
        "open files: {} on day {}, {} at the end; both write-ahead logs: at most {} KiB after a round",
        files(half),
        half + 1,
        files(last),
        tally.logs
    ));
}

/// Says a line at once, whoever waits.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("said");
}
