//! Beside a running daemon: orders go through its socket, and one process writes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Child;

use super::running::{ends, terminate, until};
use super::start;
use crate::support::program::{run, seutu};
use crate::support::workshop::Workshop;

/// A daemon that has polled once.
fn daemon(workshop: &mut Workshop) -> Child {
    let listener = std::net::TcpListener::bind("127.0.7.2:0").expect("bind");
    workshop.sheet.listen = listener.local_addr().expect("address").to_string();
    drop(listener);
    let child = seutu(&workshop.config_file(), &["run"])
        .spawn()
        .expect("started");
    let socket = workshop.archive().join("control.sock");
    until("the socket", || UnixStream::connect(&socket).is_ok());
    until("the first poll", || {
        workshop.rows("SELECT count(*) FROM item WHERE version_no=1") == ["3"]
    });
    child
}

#[test]
fn a_running_daemon_carries_out_polls_verdicts_and_deriving_again() {
    let (portal, mut workshop) = start();
    let child = daemon(&mut workshop);
    let config = workshop.config_file();
    let polls = portal.feed_requests().len();
    until("a round of its own", || {
        let polled = run(&config, &["poll", "--all", "--json"]);
        assert_eq!(polled.code, Some(0), "{polled:?}");
        polled.out.contains("\"source\":\"kuusijarvi\"")
    });
    assert!(portal.feed_requests().len() > polls);
    let verdict = run(
        &config,
        &["verdict", "kuusijarvi/2026311-2", "sivistys", "in"],
    );
    assert_eq!(verdict.code, Some(0), "{verdict:?}");
    let by = "SELECT count(*) FROM network_match WHERE decided_by='human'";
    assert_eq!(workshop.value(by), "1");
    let unknown = run(&config, &["verdict", "kuusijarvi/9-9", "sivistys", "in"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("no item"), "{}", unknown.err);
    let derived = run(&config, &["rederive"]);
    assert_eq!(derived.code, Some(0), "{derived:?}");
    assert!(derived.out.contains("3 items"), "{}", derived.out);
    let backfill = run(&config, &["poll", "--backfill", "--source", "kuusijarvi"]);
    // The portal has no list of bodies: that is an answer too.
    assert_eq!(backfill.code, Some(0), "{backfill:?}");
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!workshop.archive().join("control.sock").exists());
}

#[test]
fn what_is_no_order_is_refused_and_the_socket_is_its_owners_alone() {
    let (_portal, mut workshop) = start();
    let child = daemon(&mut workshop);
    let socket = workshop.archive().join("control.sock");
    let mode = std::fs::metadata(&socket).expect("socket").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    for nonsense in [
        "hello\n",
        "{\"command\":\"erase\"}\n",
        "{\"command\":\"poll\",\"scope\":\"due\",\"sources\":[\"unknown\"]}\n",
        "{\"command\":\"rederive\",\"more\":1}\n",
        "\n",
    ] {
        let mut stream = UnixStream::connect(&socket).expect("connected");
        stream.write_all(nonsense.as_bytes()).expect("sent");
        let mut answer = String::new();
        BufReader::new(stream)
            .read_line(&mut answer)
            .expect("answer");
        assert!(answer.starts_with("{\"refused\":"), "{nonsense}: {answer}");
    }
    // A line without end, and a sender that goes away.
    let mut long = UnixStream::connect(&socket).expect("connected");
    let sent = long.write_all(&vec![b'x'; 100 << 10]);
    drop((sent, long));
    assert_eq!(run(&workshop.config_file(), &["poll"]).code, Some(0));
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

#[test]
fn a_socket_left_by_a_killed_daemon_hinders_nobody() {
    let (_portal, mut workshop) = start();
    let mut child = daemon(&mut workshop);
    child.kill().expect("killed");
    child.wait().expect("ended");
    let socket = workshop.archive().join("control.sock");
    assert!(socket.exists());
    let polled = run(&workshop.config_file(), &["poll", "--all"]);
    assert_eq!(polled.code, Some(0), "{polled:?}");
    let child = daemon(&mut workshop);
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
    assert!(!socket.exists());
}
