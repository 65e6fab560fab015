//! Another configuration without a new start: SIGHUP, `seutu reload`, and what becomes of a broken one.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use seutu::model::source::PlatformKind;
use seutu::vocab::Vocabulary;

use super::running::{ends, get, listening, terminate, until};
use super::start;
use super::supervised::Superior;
use crate::support::origin::Reply;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{run, seutu};

fn hang_up(child: &Child) {
    let killed = Command::new("kill")
        .arg("-HUP")
        .arg(child.id().to_string())
        .status();
    assert!(killed.expect("kill").success());
}

/// One request on a connection that stays open; says how the answer begins.
fn ask_again(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = vec![];
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("answered");
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).expect("ASCII");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).expect("the body");
    head
}

fn broken(file: &Path, text: &str) {
    std::fs::write(file, text).expect("written");
}

#[test]
fn sources_networks_and_rules_take_effect_and_nothing_in_flight_is_dropped() {
    let (portal, mut workshop) = start();
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let slow = Paper::agenda("2026312-1", "Hidas asia");
    portal.feed_answers(
        Reply::ok("text/xml", portal.feed_of(std::slice::from_ref(&slow)))
            .after(Duration::from_secs(4)),
    );
    portal.serves(&slow);
    let config = workshop.config_file();
    let child = superior.watches(&mut seutu(&config, &["run"]));
    until("the server", || superior.times("READY=1") == 1);
    until("a poll in flight", || portal.feed_requests().len() == 1);
    let mut open = TcpStream::connect(&address).expect("connected");
    let before = ask_again(&mut open, "/feeds/kirjastot.atom");
    assert!(before.starts_with("HTTP/1.1 404"), "{before}");
    // A new source of another municipality, and a network with another rule.
    let other = Portal::with(&[Paper::agenda("2026313-1", "Seudullinen kirjasto")]);
    workshop.sheet = workshop
        .sheet
        .clone()
        .with("haavela", PlatformKind::Dynasty, other.url());
    workshop.sheet.networks.push_str(
        "[[network]]\nslug = \"kirjastot\"\nname = \"Kirjastot\"\nmembers = [\"haavela\"]\n[[network.rule]]\nname = \"kirjasto\"\nfields = [\"title\"]\nwords = [\"kirjasto*\"]\nweight = 9.0\n",
    );
    workshop.config_file();
    hang_up(&child);
    until("the end of the reload", || superior.times("READY=1") == 2);
    assert_eq!(superior.times("RELOADING=1"), 1);
    let reloading = superior.heard();
    let reloading = reloading.iter().find(|text| text.contains("RELOADING=1"));
    assert!(reloading.is_some_and(|text| text.contains("MONOTONIC_USEC=")));
    let after = ask_again(&mut open, "/feeds/kirjastot.atom");
    assert!(
        after.starts_with("HTTP/1.1 200"),
        "the same connection: {after}"
    );
    until("the new source", || {
        get(&address, "/feeds/kirjastot.atom").is_some_and(|feed| feed.contains("2026313-1"))
    });
    until("what was in flight", || {
        get(&address, "/feeds/all.atom").is_some_and(|feed| feed.contains("2026312-1"))
    });
    assert_eq!(portal.feed_requests().len(), 1, "it was not asked again");
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_broken_configuration_leaves_the_one_before_in_force_and_says_why() {
    let (portal, mut workshop) = start();
    workshop.sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let config = workshop.config_file();
    let good = std::fs::read_to_string(&config).expect("text");
    let child = superior.watches(&mut seutu(&config, &["run"]));
    until("the server", || superior.times("READY=1") == 1);
    broken(&config, &format!("{good}\n[bad]\nx = 1\n"));
    hang_up(&child);
    until("the refusal", || superior.times("READY=1") == 2);
    let status = superior.status();
    assert!(
        status.starts_with("a new configuration was refused, the one before is in force: ")
            && status.contains("unknown section `bad`"),
        "{status}"
    );
    let refused = run(&config, &["reload"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("unknown section `bad`"),
        "{}",
        refused.err
    );
    let polls = portal.feed_requests().len();
    until("polls by the one before", || {
        portal.feed_requests().len() > polls + 1
    });
    assert!(get(&address, "/healthz").is_some());
    broken(&config, &good);
    let taken = run(&config, &["reload"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    until("the status", || superior.status().starts_with("1 source"));
    std::fs::remove_file(&config).expect("removed");
    hang_up(&child);
    until("another refusal", || {
        superior.status().contains("cannot be read")
    });
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains("the configuration is refused") && ended.err.contains("ERROR"),
        "{}",
        ended.err
    );
}

#[test]
fn a_source_that_is_taken_out_is_asked_no_more_and_what_needs_a_new_start_is_named() {
    let (portal, mut workshop) = start();
    workshop.sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    let child = seutu(&config, &["run"]).spawn().expect("started");
    until("the first poll", || {
        get(&address, "/feeds/all.atom").is_some_and(|feed| feed.contains("2026311-3"))
    });
    let other = Portal::with(&[Paper::agenda("2026313-1", "Seudullinen kirjasto")]);
    let text = std::fs::read_to_string(&config).expect("text");
    let (before, rest) = text.split_once("[[source]]").expect("source");
    let (_, networks) = rest.split_once("[[network]]").expect("network");
    let replaced = format!(
        "{}[[source]]\nid = \"toinen\"\nmunicipality = \"Kuusijärvi\"\nplatform = \"dynasty\"\nurl = \"{}\"\nshow = 30\n[[network]]{}",
        before,
        other.url(),
        networks
    );
    broken(&config, &replaced.replace(&address, "127.0.7.1:1"));
    let taken = run(&config, &["reload"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    until("the new source", || other.feed_requests().len() > 1);
    let polls = portal.feed_requests().len();
    let others = other.feed_requests().len();
    until("more polls of the new one", || {
        other.feed_requests().len() > others + 2
    });
    assert_eq!(portal.feed_requests().len(), polls, "it is out");
    assert!(
        get(&address, "/healthz").is_some(),
        "it listens where it did"
    );
    terminate(&child);
    let ended = ends(child);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.err.contains("http.listen") && ended.err.contains("started again"),
        "{}",
        ended.err
    );
}

#[test]
fn the_vocabulary_is_read_again_and_a_broken_one_is_refused() {
    let (portal, mut workshop) = start();
    let words = workshop.archive().with_file_name("vocabulary.toml");
    let builtin = Vocabulary::embedded_text();
    // Words by which no page of this portal has a proposal.
    broken(&words, &builtin.replace("ehdotus", "ehdotelma"));
    workshop.sheet.archive = format!("vocabulary = {words:?}\n");
    workshop.sheet.poll = "interval = \"1s\"\nlook_interval = \"1s\"\n".to_owned();
    let address = listening(&mut workshop);
    let config = workshop.config_file();
    let child = seutu(&config, &["run"]).spawn().expect("started");
    until("the server", || get(&address, "/healthz").is_some());
    let proposal = |key: &str| {
        let sql =
            format!("SELECT coalesce(proposal,'none') FROM decisions WHERE uid='kuusijarvi/{key}'");
        workshop.rows(&sql)
    };
    until("the first poll", || proposal("2026311-3") == ["none"]);
    broken(&words, "labels = 1");
    let refused = run(&config, &["reload"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("vocabulary.toml"), "{}", refused.err);
    assert_eq!(run(&config, &["check"]).code, Some(2));
    broken(&words, builtin);
    let taken = run(&config, &["reload"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    let later = Paper::agenda("2026314-1", "Uusi asia");
    portal.serves(&later);
    portal.lists(&[later]);
    until("what is read by it", || {
        proposal("2026314-1")
            .iter()
            .any(|text| text.contains("hyväksyy asian"))
    });
    terminate(&child);
    assert_eq!(ends(child).code, Some(0));
}

#[test]
fn without_a_daemon_there_is_nothing_to_reload() {
    let (_portal, workshop) = start();
    let alone = run(&workshop.config_file(), &["reload"]);
    assert_eq!(alone.code, Some(1), "{alone:?}");
    assert!(alone.err.contains("no daemon runs"), "{}", alone.err);
}
