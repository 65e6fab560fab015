//! Power lost at any moment: what a daemon writes and flushes is recorded, and the disk is put together as it may be
//! left at hundreds of moments. `strace` makes the record; where it is missing the test says so and ends, unless
//! `SEUTU_TEST_STRACE` is `required`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fastrand::Rng;
use jiff::Timestamp;
use seutu::archive::{Archive, verify};
use seutu::daemon::clock::{Clock as _, SystemClock};
use tempfile::TempDir;

use super::device::may_be_left_out;
use super::{agendas, poll, program, start};
use crate::cli::running::{ends, get, listening, until};
use crate::support::contents::rows;
use crate::support::portal::Portal;
use crate::support::workshop::Workshop;

/// Items of the site at first, and rounds in which it has more of them and decides one.
const ITEMS: usize = 3;
const ROUNDS: usize = 6;
/// Moments at which power is lost, and every how many of them the program goes on with the archive afterwards.
const MOMENTS: usize = 200;
const GOES_ON: usize = 20;
/// Bytes that a disk writes at once or not at all.
const SECTOR: usize = 512;
/// What the archive's files are called.
const FILES: [&str; 6] = [
    "archive.db",
    "archive.db-wal",
    "archive.mark",
    "archive.mark.new",
    "originals.db",
    "originals.db-wal",
];

/// What was done to the disk.
#[derive(Clone, Debug)]
enum Done {
    /// A file of this name was begun, or emptied.
    Emptied(String),
    /// Bytes were written into it at a place.
    Written(String, usize, Vec<u8>),
    /// It was given a length.
    Length(String, usize),
    /// What was done to it so far is on the disk.
    Flushed(String),
    /// It took the place of another.
    Renamed(String, String),
    /// Names are on the disk.
    NamesFlushed,
}

/// What was done, and when it was begun.
type Record = Vec<(Timestamp, Done)>;

/// Letters that `strace -xx` wrote as `\x61\x62`.
fn plain(hex: &str) -> Vec<u8> {
    let bytes = hex.split("\\x").skip(1);
    bytes
        .map(|byte| u8::from_str_radix(byte, 16).expect("two digits"))
        .collect()
}

/// The last part of a path.
fn name(hex: &str) -> String {
    let path = String::from_utf8(plain(hex)).expect("UTF-8");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What stands between two marks; empty when they are not there.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or("", |(inside, _)| inside)
}

/// One line of `strace`; nothing for what failed or does nothing to the disk. `ends` is where each file was last
/// written, for who writes on from there.
fn done(line: &str, folder: &str, ends: &mut BTreeMap<String, usize>) -> Option<(Timestamp, Done)> {
    let (at, call) = line.split_once(' ')?;
    let (seconds, micros) = at.split_once('.')?;
    let micros = seconds.parse::<i64>().ok()? * 1_000_000 + micros.parse::<i64>().ok()?;
    let (call, result) = call.rsplit_once(" = ")?;
    if result.starts_with('-') || result.starts_with('?') {
        return None;
    }
    let (kind, arguments) = call.split_once('(')?;
    let file = name(between(arguments, "<", ">"));
    let done = match kind {
        "openat" if arguments.contains("O_TRUNC") => {
            let file = name(between(arguments, "\"", "\""));
            ends.insert(file.clone(), 0);
            Done::Emptied(file)
        }
        "pwrite64" | "write" => {
            let bytes = plain(between(arguments, "\"", "\""));
            let last = arguments.trim_end_matches(')').rsplit(", ").next()?;
            let end = ends.entry(file.clone()).or_default();
            let place = if kind == "write" {
                *end
            } else {
                last.parse().ok()?
            };
            *end = place + bytes.len();
            Done::Written(file, place, bytes)
        }
        "ftruncate" => {
            let length = arguments.trim_end_matches(')').rsplit(", ").next()?;
            Done::Length(file, length.parse().ok()?)
        }
        "fsync" | "fdatasync" if file == folder => Done::NamesFlushed,
        "fsync" | "fdatasync" => Done::Flushed(file),
        "rename" => {
            let (from, to) = arguments.split_once(", ")?;
            Done::Renamed(
                name(between(from, "\"", "\"")),
                name(between(to, "\"", "\"")),
            )
        }
        _ => return None,
    };
    Some((
        Timestamp::from_microsecond(micros).expect("an instant"),
        done,
    ))
}

/// A daemon whose every change of the archive's files is recorded, thread by thread.
fn recorded(config: &Path, archive: &Path, into: &Path) -> Child {
    let mut command = Command::new("strace");
    command.args(["-ff", "-qq", "-xx", "-y", "-ttt", "-s", "1000000", "-o"]);
    command.arg(into.join("thread")).args([
        "-e",
        "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,rename",
        "-P",
    ]);
    command.arg(archive);
    for file in FILES {
        command.arg("-P").arg(archive.join(file));
    }
    command
        .args(["--", &program(), "--config"])
        .arg(config)
        .arg("run")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("strace")
}

/// The record of all threads, in the order in which it was done.
fn record(from: &Path, folder: &str) -> Record {
    let mut record = vec![];
    for entry in fs::read_dir(from).expect("folder") {
        let text = fs::read_to_string(entry.expect("entry").path()).expect("a record");
        let mut ends = BTreeMap::new();
        record.extend(
            text.lines()
                .filter_map(|line| done(line, folder, &mut ends)),
        );
    }
    record.sort_by_key(|(at, _)| *at);
    record
}

/// Which flushes count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flushes {
    /// Those that were done.
    Done,
    /// None, as with `PRAGMA synchronous=OFF`.
    None,
}

/// What becomes of changes that were not flushed.
fn fate(chance: &mut Rng, moment: usize, length: usize) -> Vec<bool> {
    let sectors = length.div_ceil(SECTOR).max(1);
    match moment % 4 {
        0 => vec![false; sectors],
        1 => vec![true; sectors],
        2 => vec![chance.bool(); sectors],
        _ => (0..sectors).map(|_| chance.bool()).collect(),
    }
}

/// The files of a folder, by name.
type Disk = BTreeMap<String, Vec<u8>>;

/// Writes those sectors of some bytes that are kept.
fn write(file: &mut Vec<u8>, place: usize, bytes: &[u8], kept: &[bool]) {
    for (number, (sector, kept)) in bytes.chunks(SECTOR).zip(kept).enumerate() {
        let from = place + number * SECTOR;
        let to = from + sector.len();
        if *kept {
            file.resize(file.len().max(to), 0);
            file[from..to].copy_from_slice(sector);
        }
    }
}

/// The disk as it may be left when power is lost after some of what was done.
fn lost(before: &Disk, done: &[(Timestamp, Done)], moment: usize, flushes: Flushes) -> Disk {
    let mut chance = Rng::with_seed(moment as u64);
    let mut disk = before.clone();
    let is_flushed = |of: &str, since: usize| {
        flushes == Flushes::Done
            && done[since..]
                .iter()
                .take_while(|(_, done)| !matches!(done, Done::Renamed(from, _) if from == of))
                .any(|(_, done)| matches!(done, Done::Flushed(file) if file == of))
    };
    let names = done
        .iter()
        .rposition(|(_, done)| matches!(done, Done::NamesFlushed));
    let names = names
        .filter(|_| flushes == Flushes::Done)
        .unwrap_or_default();
    for (number, (_, change)) in done.iter().enumerate() {
        match change {
            Done::Emptied(file) => drop(disk.insert(file.clone(), vec![])),
            Done::Written(file, place, bytes) => {
                let mut kept = fate(&mut chance, moment, bytes.len());
                if is_flushed(file, number) {
                    kept.fill(true);
                }
                write(disk.entry(file.clone()).or_default(), *place, bytes, &kept);
            }
            Done::Length(file, length) => {
                if is_flushed(file, number) || fate(&mut chance, moment, 1)[0] {
                    disk.entry(file.clone()).or_default().resize(*length, 0);
                }
            }
            Done::Renamed(from, to) => {
                // Names reach the disk in their order, so that only the last ones may be missing.
                if number < names || fate(&mut chance, moment, 1)[0] {
                    let moved = disk.remove(from).unwrap_or_default();
                    disk.insert(to.clone(), moved);
                }
            }
            Done::Flushed(_) | Done::NamesFlushed => {}
        }
    }
    disk
}

/// What nobody who has heard of it may miss: versions of texts, and events under their numbers.
fn facts(archive: &Path) -> Vec<String> {
    let versions = "SELECT i.uid, v.version_no, v.content_sha256 FROM item_version v JOIN item i ON i.id=v.item_id";
    let events = "SELECT seq, at, kind, item_uid, version_no, summary FROM event";
    [rows(archive, versions), rows(archive, events)].concat()
}

/// Reads a folder's files of the archive.
fn disk(archive: &Path) -> Disk {
    let found = FILES.iter().filter_map(|name| {
        let bytes = fs::read(archive.join(name)).ok()?;
        Some(((*name).to_owned(), bytes))
    });
    found.collect()
}

/// Puts files into a folder and says what is wrong with the archive that they are: with its soundness, or with what was
/// known.
fn wrong(disk: &Disk, archive: &Path, known: &[String]) -> Vec<String> {
    fs::create_dir_all(archive).expect("folder");
    for (name, bytes) in disk {
        fs::write(archive.join(name), bytes).expect("written");
    }
    let mut wrong: Vec<_> = verify(archive).iter().map(ToString::to_string).collect();
    if let Err(error) = Archive::open(archive, SystemClock.now()) {
        wrong.push(error.to_string());
    }
    // What is known to be broken is not asked for what it knows: SQLite may refuse.
    if !wrong.is_empty() {
        return wrong;
    }
    let there = facts(archive);
    let missing = known.iter().filter(|fact| !there.contains(fact));
    wrong.extend(missing.map(|fact| format!("lost: {fact}")));
    wrong
}

/// What was recorded of a daemon, and what it had told when.
struct Past {
    portal: Portal,
    workshop: Workshop,
    before: Disk,
    record: Record,
    told: Vec<(Timestamp, Vec<String>)>,
}

impl Past {
    fn of_a_daemon() -> Self {
        let (portal, mut workshop) = start(ITEMS);
        let address = listening(&mut workshop);
        let config = workshop.config_file();
        poll(&config);
        let archive = workshop.archive();
        let before = disk(&archive);
        let into = TempDir::new().expect("folder");
        // The instant comes after what was told: more may be told in between.
        let tell = || {
            let facts = facts(&archive);
            (SystemClock.now(), facts)
        };
        let mut told = vec![tell()];
        let daemon = recorded(&config, &archive, into.path());
        until("the server", || get(&address, "/healthz").is_some());
        for round in 1..=ROUNDS {
            let mut papers = agendas(ITEMS + 2 * round);
            for paper in &mut papers[1..=round] {
                *paper = paper.minutes("Hyväksyttiin.");
            }
            portal.serve_all(&papers);
            portal.lists(&papers);
            until("what is new", || {
                poll(&config);
                let versions = rows(&archive, "SELECT count(*) FROM item_version");
                versions == [(ITEMS + 3 * round).to_string()]
            });
            told.push(tell());
        }
        let holder = fs::read_to_string(archive.join("archive.lock")).expect("who writes");
        let ended = Command::new("kill").args(["-TERM", holder.trim()]).status();
        assert!(ended.expect("kill").success());
        assert_eq!(ends(daemon).code, Some(0));
        let folder = archive
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        Self {
            portal,
            workshop,
            before,
            record: record(into.path(), &folder),
            told,
        }
    }

    /// The disk after a number of changes, and what had been told by then.
    fn at(&self, changes: usize, moment: usize, flushes: Flushes) -> (Disk, &[String]) {
        let done = &self.record[..changes];
        let now = self
            .record
            .get(changes)
            .map_or(Timestamp::MAX, |(at, _)| *at);
        let told = self.told.iter().rev().find(|(at, _)| *at <= now);
        let known = told.map_or(&[][..], |(_, facts)| facts);
        (lost(&self.before, done, moment, flushes), known)
    }

    /// The program goes on with a disk, and ends where it would have been without a loss.
    fn goes_on(&self, archive: &Path, known: &[String]) {
        let workshop = Workshop::new(self.workshop.sheet.clone());
        fs::create_dir_all(workshop.archive()).expect("folder");
        for (name, bytes) in disk(archive) {
            fs::write(workshop.archive().join(name), bytes).expect("written");
        }
        poll(&workshop.config_file());
        let there = facts(&workshop.archive());
        let missing: Vec<_> = known.iter().filter(|fact| !there.contains(fact)).collect();
        assert!(missing.is_empty(), "given to something else: {missing:?}");
        let items = "SELECT uid, stage, content_sha256 FROM item ORDER BY uid";
        assert_eq!(workshop.rows(items), self.workshop.rows(items));
        assert_eq!(verify(&workshop.archive()), []);
    }
}

#[test]
fn whenever_power_is_lost_the_archive_is_whole_and_what_was_told_stays() {
    if may_be_left_out() {
        return;
    }
    let past = Past::of_a_daemon();
    let changes = past.record.len();
    let flushed = past
        .record
        .iter()
        .filter(|(_, done)| matches!(done, Done::Flushed(_)));
    println!("{changes} changes, {} flushes", flushed.count());
    assert!(
        past.told
            .windows(2)
            .all(|two| two[0].1.len() < two[1].1.len())
    );
    let folder = TempDir::new().expect("folder");
    let place = |moment: usize| -> PathBuf { folder.path().join(moment.to_string()) };
    let mut chance = Rng::with_seed(20_261_109);
    for moment in 0..MOMENTS {
        let (disk, known) = past.at(chance.usize(0..=changes), moment, Flushes::Done);
        let found = wrong(&disk, &place(moment), known);
        assert!(found.is_empty(), "moment {moment}: {found:#?}");
        if moment % GOES_ON == 0 {
            past.goes_on(&place(moment), known);
        }
        fs::remove_dir_all(place(moment)).expect("removed");
    }
    // The same disk without its flushes loses something: the record is played as it should be.
    let mut harmed = 0;
    for moment in MOMENTS..MOMENTS + 20 {
        let (disk, known) = past.at(chance.usize(0..=changes), moment, Flushes::None);
        harmed += u32::from(!wrong(&disk, &place(moment), known).is_empty());
    }
    println!("{harmed} of 20 are harmed without flushes");
    assert!(harmed >= 5, "only {harmed} of 20");
    drop(past.portal);
}
