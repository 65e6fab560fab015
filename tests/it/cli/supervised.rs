//! `run` under a service manager: what it tells, when it is ready, sockets that were opened for it.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::running::{ends, get, listening, terminate, until};
use super::start;
use crate::support::origin::Reply;
use crate::support::program::seutu;
use crate::support::workshop::Workshop;

/// Who hears what a daemon tells its service manager.
pub struct Superior {
    path: std::path::PathBuf,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Superior {
    /// Listens in the archive's parent folder.
    pub fn of(workshop: &Workshop) -> Self {
        let path = workshop
            .archive()
            .parent()
            .expect("folder")
            .join("notify.sock");
        let socket = UnixDatagram::bind(&path).expect("bound");
        let heard = Arc::new(Mutex::new(vec![]));
        let list = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let text = String::from_utf8(bytes[..length].to_vec()).expect("UTF-8");
                list.lock().expect("list").push(text);
            }
        });
        Self { path, heard }
    }

    /// A daemon that tells it, and is watched.
    pub fn watches(&self, command: &mut Command) -> Child {
        command
            .env("NOTIFY_SOCKET", &self.path)
            .env("WATCHDOG_USEC", "60000000")
            .spawn()
            .expect("started")
    }

    /// Everything so far, one message an entry.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("list").clone()
    }

    /// How often a line was told.
    pub fn times(&self, line: &str) -> usize {
        let heard = self.heard();
        heard
            .iter()
            .filter(|text| text.lines().any(|told| told == line))
            .count()
    }

    /// The last status.
    pub fn status(&self) -> String {
        let heard = self.heard();
        let lines = heard.iter().flat_map(|text| text.lines());
        let mut status = lines.filter_map(|line| line.strip_prefix("STATUS="));
        status.next_back().unwrap_or_default().to_owned()
    }
}

/// As [`until`], for what takes the program itself half a minute.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may wait for a process"
)]
pub fn until_at_last(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(
            began.elapsed() < Duration::from_mins(3),
            "{what} did not come"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_ready(address: &str) -> bool {
    get(address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[test]
fn it_tells_when_it_is_ready_that_it_lives_what_it_does_and_that_it_ends() {
    let (_portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let child = superior.watches(&mut seutu(&workshop.config_file(), &["run"]));
    until("that it is ready", || superior.times("READY=1") == 1);
    assert!(is_ready(&address), "whoever hears it is ready may ask");
    let first = &superior.heard()[0];
    assert!(
        first.contains("READY=1"),
        "nothing was told before: {first}"
    );
    until("signs of life", || superior.times("WATCHDOG=1") >= 3);
    until("the first cycle", || {
        superior.status().contains("last cycle")
    });
    let status = superior.status();
    assert!(status.starts_with("1 source; last cycle "), "{status}");
    assert!(
        status.contains("3 new items, 0 new decisions; next "),
        "{status}"
    );
    let answer = get(&address, "/readyz").expect("answer");
    assert!(answer.ends_with("\r\n\r\nready\n"), "{answer}");
    assert!(answer.contains("no-store"), "{answer}");
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
    assert_eq!(superior.times("STOPPING=1"), 1);
    let last = superior.heard().pop().expect("words");
    assert!(last.contains("STOPPING=1"), "nothing after: {last}");
}

#[test]
fn a_failing_source_stands_in_the_status_with_its_reason() {
    let (portal, mut workshop) = start();
    portal.feed_answers(Reply::status(500));
    listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let child = superior.watches(&mut seutu(&workshop.config_file(), &["run"]));
    until("the failure", || {
        superior.status().contains("1 failing (kuusijarvi: ")
    });
    let status = superior.status();
    assert!(status.contains("500"), "{status}");
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

#[test]
fn a_disk_that_is_nearly_full_is_not_ready_and_a_sign_of_life_all_the_same() {
    let (_portal, mut workshop) = start();
    workshop.sheet.archive = "min_free = \"1048576GiB\"\n".to_owned();
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let child = superior.watches(&mut seutu(&workshop.config_file(), &["run"]));
    until("that it is not ready", || {
        get(&address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 503"))
    });
    let answer = get(&address, "/readyz").expect("answer");
    assert!(
        answer.contains("the disk is nearly full") && answer.contains("archive.min_free"),
        "{answer}"
    );
    assert!(answer.contains("retry-after"), "{answer}");
    let health = get(&address, "/healthz").expect("answer");
    assert!(health.starts_with("HTTP/1.1 200"), "the process is well");
    let before = superior.times("WATCHDOG=1");
    until("signs of life", || {
        superior.times("WATCHDOG=1") > before + 1
    });
    until("the status", || {
        superior.status().starts_with("the disk is nearly full")
    });
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

#[test]
fn an_archive_that_cannot_be_written_is_not_ready_until_it_can() {
    let (_portal, mut workshop) = start();
    workshop.sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let child = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    until("the first poll", || {
        workshop.rows("SELECT count(*) FROM item WHERE version_no=1") == ["3"]
    });
    until("that it is ready", || is_ready(&address));
    // Another program writes for ever, whatever the lock file says.
    let held = rusqlite::Connection::open(workshop.archive().join("archive.db")).expect("opened");
    held.execute_batch("BEGIN IMMEDIATE").expect("held");
    until_at_last("that it is not ready", || {
        get(&address, "/readyz").is_some_and(|answer| answer.contains("cannot be written"))
    });
    held.execute_batch("ROLLBACK").expect("let go");
    until_at_last("that it is ready again", || is_ready(&address));
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

/// A daemon that was handed a socket: as its standard input, because a test cannot choose descriptors.
fn with_socket(workshop: &Workshop, socket: &TcpListener) -> Child {
    let socket = OwnedFd::from(socket.try_clone().expect("a second handle"));
    seutu(&workshop.config_file(), &["run"])
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDS_FIRST_FD", "0")
        .stdin(Stdio::from(socket))
        .spawn()
        .expect("started")
}

#[test]
fn a_socket_that_was_opened_for_it_turns_nobody_away_between_two_starts() {
    let (_portal, mut workshop) = start();
    // Where it would listen by itself, somebody else does.
    let taken = TcpListener::bind("127.0.7.1:0").expect("bind");
    workshop.sheet.listen = taken.local_addr().expect("address").to_string();
    let socket = TcpListener::bind("127.0.7.1:0").expect("bind");
    let address = socket.local_addr().expect("address").to_string();
    let child = with_socket(&workshop, &socket);
    until("the server", || get(&address, "/healthz").is_some());
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
    // Nobody serves now, and whoever asks waits.
    let asking = {
        let address = address.clone();
        std::thread::spawn(move || get(&address, "/healthz"))
    };
    let child = with_socket(&workshop, &socket);
    let answer = asking.join().expect("asked").expect("connected");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.err.contains("[http] listen is not used"),
        "{}",
        ended.err
    );
}

#[test]
fn what_is_handed_over_and_is_no_socket_is_said() {
    let (_portal, workshop) = start();
    let child = seutu(&workshop.config_file(), &["run"])
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDS_FIRST_FD", "0")
        .spawn()
        .expect("started");
    let ended = ends(child);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("ListenStream="), "{}", ended.err);
}
