//! A network that goes away and comes back below a running daemon: the other end of its line is down, or its own.
//!
//! The daemon has a network of its own, joined with that of the test by a pair of devices. That needs root or user
//! namespaces; see [`crate::hostile::inside`].

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use seutu::archive::verify;

use super::{agendas, output, program};
use crate::cli::running::{ends, terminate, until};
use crate::cli::supervised::until_at_last;
use crate::hostile::inside::in_a_network_of_its_own;
use crate::support::namespace::is_inside;
use crate::support::portal::Portal;
use crate::support::program::ended;
use crate::support::workshop::{Sheet, Workshop};

/// Where the portal is, and where the daemon is.
const PORTAL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const LINE: &str = "ip link add near type veth peer name far && ip addr add 192.0.2.1/24 dev near && ip link set near up";
/// What the daemon's side waits for and does before the daemon takes its place.
const OTHER_END: &str =
    "ip link set lo up; until ip link set far up 2>/dev/null; do sleep 0.05; done
    ip addr add 192.0.2.2/24 dev far; exec \"$@\"";
/// One request to the daemon, in its own network.
const ASK: &str = "exec 3<>/dev/tcp/127.0.0.1/8480; printf 'GET %s HTTP/1.0\\r\\nHost: a\\r\\n\\r\\n' \"$1\" >&3; cat <&3";

fn sh(script: &str) {
    let done = ended(
        Command::new("sh")
            .args(["-c", script])
            .output()
            .expect("sh"),
    );
    assert_eq!(done.code, Some(0), "{script}: {done:?}");
}

/// Does something in the network of a process.
fn within(process: &Child, words: &[&str]) -> String {
    let mut command = Command::new("nsenter");
    command.args(["-t", &process.id().to_string(), "--net"]);
    command.args(words).stdin(Stdio::null());
    output(command).out
}

fn started(workshop: &Workshop) -> Child {
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", OTHER_END, "sh", &program(), "--config"]);
    command.arg(workshop.config_file()).arg("run");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let log = fs::File::create(workshop.archive().with_file_name("log")).expect("a log");
    let daemon = command.stderr(log).spawn().expect("started");
    let network = |of: &str| fs::read_link(format!("/proc/{of}/ns/net")).expect("a network");
    until("a network of its own", || {
        network(&daemon.id().to_string()) != network("self")
    });
    sh(&format!("ip link set far netns {}", daemon.id()));
    daemon
}

/// Polls so far, and how many of the last ones failed.
fn polls(workshop: &Workshop) -> (usize, usize) {
    let outcomes = workshop.rows("SELECT outcome FROM poll ORDER BY id");
    let failed = |outcome: &&String| !["ok", "not_modified"].contains(&outcome.as_str());
    (
        outcomes.len(),
        outcomes.iter().rev().take_while(failed).count(),
    )
}

#[test]
fn when_the_network_is_back_the_second_poll_at_the_latest_succeeds() {
    if !is_inside() {
        in_a_network_of_its_own(
            "faults::network::when_the_network_is_back_the_second_poll_at_the_latest_succeeds",
        );
        return;
    }
    sh(LINE);
    let portal = Portal::start_on(PORTAL);
    let mut count = 3;
    portal.lists(&agendas(count));
    portal.serve_all(&agendas(count));
    let mut sheet = Sheet::of(portal.url()).fetching("timeout = \"2s\"\n");
    sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    sheet.listen = "127.0.0.1:8480".to_owned();
    let workshop = Workshop::new(sheet);
    let daemon = started(&workshop);
    let ask = |path: &str| within(&daemon, &["bash", "-c", ASK, "bash", path]);
    let last = |count: usize| format!("kuusijarvi/2026311-{count}<");
    until("the first items", || {
        ask("/feeds/all.atom").contains(&last(3))
    });
    for (down, up) in [
        ("ip link set near down", "ip link set near up"),
        (
            "nsenter -t PID --net ip link set far down",
            "nsenter -t PID --net ip link set far up",
        ),
    ] {
        let own = |words: &str| words.replace("PID", &daemon.id().to_string());
        sh(&own(down));
        count += 3;
        portal.serve_all(&agendas(count));
        portal.lists(&agendas(count));
        until_at_last("two polls that fail", || polls(&workshop).1 >= 2);
        for path in ["/healthz", "/feeds/all.atom"] {
            assert!(ask(path).contains(" 200 OK"), "{down}: {path}");
        }
        let feed = ask("/feeds/all.atom");
        assert!(
            feed.contains(&last(count - 3)) && !feed.contains(&last(count)),
            "{down}"
        );
        sh(&own(up));
        let (before, _) = polls(&workshop);
        until_at_last("a poll that succeeds", || polls(&workshop).1 == 0);
        let since = polls(&workshop).0 - before;
        println!("{down}: back after {since} polls");
        // One may have been under way.
        assert!(since <= 3, "{down}: {since} polls");
        until("the new items", || {
            ask("/feeds/all.atom").contains(&last(count))
        });
    }
    terminate(&daemon);
    assert_eq!(ends(daemon).code, Some(0));
    assert_eq!(verify(&workshop.archive()), []);
}
