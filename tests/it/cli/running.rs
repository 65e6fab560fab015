//! `run` as a process: it serves, polls, and ends soon after SIGTERM, whatever hangs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::start;
use crate::support::origin::Reply;
use crate::support::program::{Ended, ended, seutu};
use crate::support::workshop::Workshop;

/// The longest a test waits for anything; never reached when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something is so.
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may wait for a process"
)]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends SIGTERM.
pub fn terminate(child: &Child) {
    let killed = Command::new("kill")
        .arg("-TERM")
        .arg(child.id().to_string())
        .status();
    assert!(killed.expect("kill").success());
}

/// Waits for a process to end by itself.
pub fn ends(mut child: Child) -> Ended {
    until("its end", || child.try_wait().expect("asked").is_some());
    ended(child.wait_with_output().expect("output"))
}

/// A free port, on an address where no other test listens: it was bound a moment ago and is no more.
pub fn listening(workshop: &mut Workshop) -> String {
    let listener = std::net::TcpListener::bind("127.0.7.1:0").expect("bind");
    let address = listener.local_addr().expect("address").to_string();
    drop(listener);
    workshop.sheet.listen.clone_from(&address);
    address
}

/// One request; the whole answer as text, or nothing when nobody listens.
pub fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// A client that asks and asks and reads nothing, until the server can neither read nor write.
fn never_reading(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_nonblocking(true).expect("set");
    let request = format!("GET /feeds/all.atom HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let requests = request.repeat(1000);
    for _ in 0..1000 {
        match stream.write(requests.as_bytes()) {
            Ok(_) => {}
            Err(full) if full.kind() == std::io::ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    stream
}

#[test]
fn run_polls_serves_health_and_feeds_and_ends_at_sigterm() {
    let (_portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let child = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || {
        get(&address, "/healthz").is_some_and(|a| a.starts_with("HTTP/1.1 200"))
    });
    until("an entry", || {
        get(&address, "/feeds/all.atom").is_some_and(|feed| feed.contains("kuusijarvi/2026311-3"))
    });
    let network = get(&address, "/feeds/sivistys.atom").expect("feed");
    assert!(
        network.contains("2026311-1") && !network.contains("2026311-3"),
        "{network}"
    );
    let status = get(&address, "/api/status").expect("status");
    assert!(status.contains("\"kuusijarvi\""), "{status}");
    terminate(&child);
    let ended = ends(child);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""));
    assert!(ended.err.contains("stopped"), "{}", ended.err);
}

#[test]
fn sigterm_ends_it_within_seconds_with_a_request_in_flight_and_a_hanging_source() {
    let (portal, mut workshop) = start();
    portal.feed_answers(Reply::never());
    let address = listening(&mut workshop);
    let child = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    until("the poll", || portal.feed_requests().len() == 1);
    // A client that never finishes its request, and one that keeps its connection open.
    let mut half = TcpStream::connect(&address).expect("connected");
    half.write_all(b"GET /feeds/all.atom HTTP/1.1\r\nHost: a\r\nX-Slow:")
        .expect("sent");
    let mut idle = TcpStream::connect(&address).expect("connected");
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
        .expect("sent");
    let mut first = [0; 12];
    idle.read_exact(&mut first).expect("answered");
    let slow = never_reading(&address);
    let logs = || {
        let length = |name| std::fs::metadata(workshop.archive().join(name)).map(|log| log.len());
        ["archive.db-wal", "originals.db-wal"].map(|name| length(name).expect("a log"))
    };
    assert!(logs()[0] > 0, "there is something to move into the file");
    let began = Instant::now();
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(logs(), [0, 0], "the logs are empty");
    drop((half, idle, slow));
}

#[test]
fn an_address_that_is_taken_is_said_with_a_remedy() {
    let (_portal, mut workshop) = start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    workshop.sheet.listen = taken.local_addr().expect("address").to_string();
    let child = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    let ended = ends(child);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("cannot listen on") && ended.err.contains("[http] listen"),
        "{}",
        ended.err
    );
}
