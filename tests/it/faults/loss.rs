//! Damage that SQLite does not see, and files that are not what they were.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use seutu::archive::{Finding, verify};

use super::{agendas, poll, start};
use crate::cli::running::{ends, get, listening, terminate, until};
use crate::support::contents::{canonical, explain};
use crate::support::origin::Reply;
use crate::support::portal::Portal;
use crate::support::program::{run, seutu};
use crate::support::workshop::{Sheet, Workshop};

/// Bytes of a log's header, and of the header of each of its frames.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// Places of the log that are damaged, one in each archive.
const PLACES: u64 = 10;
/// Items before the poll that is killed, and after it.
const BEFORE: usize = 3;
const AFTER: usize = 9;

/// An archive whose writer was killed with everything since the start in its log.
fn killed() -> (Portal, Workshop) {
    let (portal, workshop) = start(BEFORE);
    let config = workshop.config_file();
    poll(&config);
    let papers = agendas(AFTER);
    portal.lists(&papers);
    portal.serve_all(&papers);
    let last = &papers[AFTER - 1].key;
    portal.page_answers(last, Reply::never());
    let mut victim = seutu(&config, &["poll", "--all"]).spawn().expect("started");
    until("the last page", || portal.page_requests(last) == 1);
    victim.kill().expect("killed");
    assert_eq!(victim.wait().expect("ended").code(), None);
    portal.serve_all(&papers);
    (portal, workshop)
}

/// What another archive of the portal is that was never killed.
fn with_the_same_past(portal: &Portal) -> String {
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let config = workshop.config_file();
    for count in [BEFORE, AFTER] {
        portal.lists(&agendas(count));
        poll(&config);
    }
    canonical(&workshop.archive())
}

fn flip(file: &Path, place: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(file)
        .expect("log");
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).expect("read");
    file.write_all_at(&[byte[0] ^ 0x10], place)
        .expect("written");
}

fn events(workshop: &Workshop) -> u32 {
    let events = workshop.value("SELECT count(*) FROM event");
    events.parse().expect("a number")
}

#[test]
fn a_bit_flipped_in_the_log_after_a_kill_is_noticed_and_what_is_lost_comes_back() {
    let (mut lost, mut noticed) = (0, 0);
    for place in 0..PLACES {
        let (portal, workshop) = killed();
        let config = workshop.config_file();
        let log = workshop.archive().join("archive.db-wal");
        let size = fs::metadata(&log).expect("log").len();
        let known = {
            let copy = tempfile::TempDir::new().expect("folder");
            for name in ["archive.db", "archive.db-wal"] {
                fs::copy(workshop.archive().join(name), copy.path().join(name)).expect("copied");
            }
            let conn = Connection::open(copy.path().join("archive.db")).expect("copy");
            conn.query_row("SELECT max(seq) FROM event", [], |row| row.get::<_, u32>(0))
                .expect("events")
        };
        assert!(known > 3, "the log holds events: {known}");
        flip(
            &log,
            LOG_HEADER + FRAME_HEADER + 8 + (size - 100) * place / PLACES,
        );
        let kept = events(&workshop);
        let found = verify(&workshop.archive());
        let says = found
            .iter()
            .filter(|finding| finding.what.contains("is lost"))
            .count();
        assert_eq!(says > 0, kept < known, "{kept} of {known}: {found:?}");
        let healed = poll(&config);
        let said = healed.err.contains("the archive is not what it was")
            && healed.err.contains(&format!(
                "after event {kept} is lost: the log of events went to {known}"
            ));
        assert_eq!(said, kept < known, "{kept} of {known}: {}", healed.err);
        lost += u32::from(kept < known);
        noticed += u32::from(said);
        let (expected, after) = (with_the_same_past(&portal), canonical(&workshop.archive()));
        assert!(after == expected, "{}", explain(&expected, &after));
        assert_eq!(verify(&workshop.archive()), []);
        assert!(!poll(&config).err.contains("not what it was"), "said once");
    }
    assert_eq!(lost, noticed);
    assert!(lost >= 6, "only {lost} flips lost an event");
}

#[test]
fn an_older_backup_in_the_same_folder_is_told_of() {
    let (portal, workshop) = start(BEFORE);
    let config = workshop.config_file();
    poll(&config);
    let older = fs::read(workshop.archive().join("archive.db")).expect("file");
    let papers = agendas(AFTER);
    portal.lists(&papers);
    portal.serve_all(&papers);
    poll(&config);
    fs::write(workshop.archive().join("archive.db"), older).expect("restored");
    let found = run(&config, &["verify"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(
        found.out.contains("is lost: the log of events went to"),
        "{}",
        found.out
    );
    assert!(poll(&config).err.contains("not what it was"));
    assert_eq!(run(&config, &["verify"]).code, Some(0));
    assert_eq!(
        workshop.value("SELECT count(*) FROM item"),
        AFTER.to_string()
    );
}

#[test]
fn a_mark_that_cannot_be_read_or_put_hinders_nothing() {
    let (portal, workshop) = start(BEFORE);
    let config = workshop.config_file();
    poll(&config);
    let mark = workshop.archive().join("archive.mark");
    fs::write(&mark, "{\"seq\":").expect("cut off");
    let papers = agendas(AFTER);
    portal.lists(&papers);
    portal.serve_all(&papers);
    let told = || {
        let done = run(&config, &["-v", "poll", "--all"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        done.err
    };
    let said = told();
    assert!(said.contains("the mark cannot be read"), "{said}");
    assert_eq!(run(&config, &["verify"]).code, Some(0));
    fs::remove_file(&mark).expect("removed");
    fs::create_dir(&mark).expect("a folder in its place");
    portal.serves(&papers[0].minutes("Hyväksyttiin."));
    let said = told();
    assert!(said.contains("the mark stays behind"), "{said}");
    assert_eq!(
        workshop.value("SELECT count(*) FROM item WHERE stage='minutes'"),
        "1"
    );
}

#[test]
fn a_log_that_belongs_to_another_archive_is_not_read_into_a_restored_one() {
    for name in ["archive.db-wal", "originals.db-wal"] {
        let (_portal, stale) = killed();
        let (portal, workshop) = start(BEFORE);
        let config = workshop.config_file();
        poll(&config);
        let file = workshop.archive().join(name);
        fs::copy(stale.archive().join(name), &file).expect("copied");
        let shm = name.replace("-wal", "-shm");
        fs::remove_file(workshop.archive().join(shm)).expect("removed");
        let papers = agendas(AFTER);
        portal.lists(&papers);
        portal.serve_all(&papers);
        // SQLite cannot tell it from its own: either it makes no difference, or the file is said to be damaged.
        let done = run(&config, &["poll", "--all"]);
        let found = run(&config, &["verify"]);
        let is_whole = done.code == Some(0)
            && found.code == Some(0)
            && canonical(&workshop.archive()) == with_the_same_past(&portal);
        let is_said = (done.code != Some(0) && !done.err.is_empty())
            || (found.code == Some(1) && found.out.contains("restore"));
        assert!(is_whole || is_said, "{name}: {done:?} {found:?}");
    }
}

/// Whoever cleans up after a kill and takes the logs for rubbish.
#[test]
fn a_log_taken_away_after_a_kill_is_missed_and_what_was_in_it_comes_back() {
    for names in [
        &["archive.db-wal"][..],
        &["archive.db-wal", "archive.db-shm"],
        &["originals.db-wal", "originals.db-shm"],
        &["archive.db-wal", "originals.db-wal"],
    ] {
        let (portal, workshop) = killed();
        let config = workshop.config_file();
        for name in names {
            let file = workshop.archive().join(name);
            assert!(fs::metadata(&file).expect(name).len() > 0, "{name}");
            fs::remove_file(file).expect("removed");
        }
        let found = run(&config, &["verify"]);
        assert_eq!(found.code, Some(1), "{names:?}: {found:?}");
        let is_of_archive = names.contains(&"archive.db-wal");
        let said = if is_of_archive {
            "is lost: the log of events went to"
        } else {
            "is not in originals.db"
        };
        assert!(found.out.contains(said), "{names:?}: {}", found.out);
        assert_eq!(
            poll(&config).err.contains("not what it was"),
            is_of_archive,
            "{names:?}"
        );
        let found = verify(&workshop.archive());
        let (expected, after) = (with_the_same_past(&portal), canonical(&workshop.archive()));
        if is_of_archive {
            assert!(after == expected, "{}", explain(&expected, &after));
            assert_eq!(found, [], "{names:?}");
        } else {
            // Every text is there; bytes that a site does not serve anew stay missed until a backup is restored.
            let texts = |all: &str| without(all, "raw: ");
            let (expected, after) = (texts(&expected), texts(&after));
            assert!(after == expected, "{}", explain(&expected, &after));
            let is_told = |f: &Finding| f.what.contains("is not in originals.db");
            assert!(!found.is_empty() && found.iter().all(is_told), "{found:?}");
        }
    }
}

/// The lines of a canonical text that begin otherwise.
fn without(text: &str, beginning: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(beginning));
    lines.collect::<Vec<_>>().join("\n")
}

/// `archive.db` with its bytes and the size of its pages.
fn paged(workshop: &Workshop) -> (PathBuf, Vec<u8>, usize) {
    let file = workshop.archive().join("archive.db");
    let sound = fs::read(&file).expect("file");
    let size = usize::from(u16::from_be_bytes([sound[16], sound[17]]));
    (file, sound, size)
}

#[test]
fn a_zeroed_page_is_never_served_as_if_it_were_sound() {
    let (_portal, workshop) = start(AFTER);
    let config = workshop.config_file();
    poll(&config);
    let (file, sound, size) = paged(&workshop);
    let pages = sound.len() / size;
    let mut unnoticed = vec![];
    for page in (1..pages).step_by(pages / 25) {
        let mut damaged = sound.clone();
        let page_bytes = &mut damaged[page * size..(page + 1) * size];
        // A free page may hold anything.
        if page_bytes.iter().all(|byte| *byte == 0) {
            continue;
        }
        page_bytes.fill(0);
        fs::write(&file, &damaged).expect("damaged");
        let found = run(&config, &["verify"]);
        if found.code != Some(1)
            || !(found.out.contains("restore") || found.out.contains("rederive"))
        {
            unnoticed.push((page, found.out));
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}

/// What is asked of a daemon; nothing in the answers depends on when that is.
fn answers(address: &str) -> Vec<(String, Option<String>)> {
    let items = (1..=AFTER).map(|number| format!("/api/items/kuusijarvi/2026311-{number}"));
    let all = [
        "/feeds/all.atom",
        "/feeds/sivistys.rss",
        "/api/items",
        "/api/events",
    ];
    let paths = all.map(str::to_owned).into_iter().chain(items);
    paths
        .map(|path| {
            let answer = get(address, &path).expect("an answer");
            let well = answer.starts_with("HTTP/1.1 200");
            let body = answer
                .split_once("\r\n\r\n")
                .map(|(_, body)| body.to_owned());
            (path, body.filter(|_| well))
        })
        .collect()
}

#[test]
fn a_daemon_on_a_zeroed_page_refuses_to_start_or_tells_of_it_and_serves_what_is_sound_alone() {
    let (_portal, mut workshop) = start(AFTER);
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    poll(&config);
    let (file, sound, size) = paged(&workshop);
    let pages = sound.len() / size;
    let started = || {
        let mut daemon = seutu(&config, &["run"]).spawn().expect("started");
        until("the server or an end", || {
            get(&address, "/healthz").is_some() || daemon.try_wait().expect("asked").is_some()
        });
        daemon
    };
    let daemon = started();
    let expected = answers(&address);
    assert!(
        expected.iter().all(|(_, body)| body.is_some()),
        "{expected:?}"
    );
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    let (mut refused, mut served) = (0, 0);
    for page in (1..pages).step_by(pages / 12) {
        let mut damaged = sound.clone();
        damaged[page * size..(page + 1) * size].fill(0);
        if damaged == sound {
            continue;
        }
        for name in ["archive.db-wal", "archive.db-shm"] {
            fs::write(workshop.archive().join(name), "").expect("emptied");
        }
        fs::write(&file, &damaged).expect("damaged");
        let mut daemon = started();
        if daemon.try_wait().expect("asked").is_some() {
            let ended = ends(daemon);
            assert!(ended.code.is_some_and(|code| code > 0), "{page}: {ended:?}");
            assert!(ended.err.contains("restore"), "{page}: {}", ended.err);
            refused += 1;
            continue;
        }
        for ((path, body), (_, right)) in answers(&address).iter().zip(&expected) {
            assert!(body.is_none() || body == right, "{page}: {path}: {body:?}");
        }
        until("that it is told", || {
            let ready = get(&address, "/readyz").expect("an answer");
            let told = ["archive.db is damaged", "restore a backup into"];
            ready.starts_with("HTTP/1.1 503") && told.iter().all(|part| ready.contains(part))
        });
        served += 1;
        terminate(&daemon);
        ends(daemon);
    }
    println!("{refused} refused to start, {served} told it while they served");
    assert!(
        refused + served >= 10 && served > 0,
        "{refused} and {served}"
    );
}

/// What stands in the place of the archive, what is said of it, and that it stays as it is.
#[test]
fn what_is_no_archive_of_this_program_is_refused_by_everything_that_writes_and_stays_untouched() {
    let newer = {
        let (_portal, workshop) = start(1);
        poll(&workshop.config_file());
        let file = workshop.archive().join("archive.db");
        let conn = Connection::open(&file).expect("file");
        conn.execute_batch("PRAGMA user_version=9999; PRAGMA wal_checkpoint(TRUNCATE)")
            .expect("stamped");
        drop(conn);
        fs::read(file).expect("file")
    };
    for (bytes, why) in [
        (Some(&b""[..]), "it is empty"),
        (Some(&newer[..]), "install the newer program"),
        (None, "it is a folder"),
    ] {
        let workshop = Workshop::new(Sheet::of(Portal::start().url()));
        let config = workshop.config_file();
        let file = workshop.archive().join("archive.db");
        fs::create_dir(workshop.archive()).expect("folder");
        match bytes {
            Some(bytes) => fs::write(&file, bytes).expect("written"),
            None => fs::create_dir(&file).expect("a folder"),
        }
        for command in ["run", "poll", "rederive", "snapshot", "sources", "verify"] {
            let said = run(&config, &[command]);
            // With 2 the unit stays down: no new start makes an older program know a newer schema.
            let is_newer = why.contains("newer") && command != "verify";
            let code = if is_newer { 2 } else { 1 };
            assert_eq!(said.code, Some(code), "{command}: {said:?}");
            let text = said.out + &said.err;
            assert!(text.contains(why), "{command}: {text}");
        }
        match bytes {
            Some(bytes) => assert!(fs::read(&file).expect("file") == bytes, "{why}"),
            None => assert!(file.is_dir()),
        }
    }
}
