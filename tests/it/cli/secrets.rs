//! Secrets of whoever runs it: in no log, no file of the archive, no answer, no status.

use std::fs;

use super::running::{ends, get, listening, terminate, until};
use super::start;
use super::supervised::Superior;
use crate::support::origin::Reply;
use crate::support::portal::FEED;
use crate::support::program::{ended, run, seutu};

/// What must never be seen.
const SECRETS: [&str; 5] = [
    "salasana-1",
    "tunnus-1",
    "aws-salaisuus",
    "aws-tunnus",
    "istunto-salaisuus",
];

fn insist_none(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {what}: {text}");
    }
}

#[test]
fn an_address_with_a_password_is_refused_without_telling_it() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let text = fs::read_to_string(&config).expect("configuration");
    let address = "https://tunnus-1:salasana-1@portal.example/";
    for (section, key) in [
        ("feeds", "hub"),
        ("http", "public_url"),
        ("fetch", "contact"),
        ("export", "s3_endpoint"),
    ] {
        let variable = format!("SEUTU_{}_{}", section.to_uppercase(), key.to_uppercase());
        let mut command = seutu(&config, &["check"]);
        let done = ended(command.env(variable, address).output().expect("started"));
        let said = format!("{}{}", done.out, done.err);
        assert_eq!(done.code, Some(2), "{section}.{key}: {said}");
        insist_none(key, &said);
    }
    let portal = text
        .lines()
        .find(|line| line.starts_with("url = "))
        .expect("a source");
    let faulty = text.replace(portal, &format!("url = \"{address}\""));
    fs::write(&config, faulty).expect("written");
    let done = run(&config, &["check"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    insist_none("url", &format!("{}{}", done.out, done.err));
}

#[test]
fn a_daemon_at_its_chattiest_shows_no_secret_anywhere() {
    let (portal, mut workshop) = start();
    let away = portal.origin.url("/toisaalle");
    let (host, port) = (away.host_str().expect("host"), portal.origin.port());
    let address = listening(&mut workshop);
    let superior = Superior::of(&workshop);
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    // Where a portal sends whoever asks, and what it wants to be remembered by.
    let target = format!("http://tunnus-1:salasana-1@{host}:{port}/toisaalle");
    let away = Reply::redirect(302, &target).header("Set-Cookie", "s=istunto-salaisuus");
    portal.origin.on(FEED, away);
    let mut command = seutu(&config, &["run", "-vvv"]);
    command
        .env("AWS_ACCESS_KEY_ID", "aws-tunnus")
        .env("AWS_SECRET_ACCESS_KEY", "aws-salaisuus")
        .env("HTTP_PROXY", "http://tunnus-1:salasana-1@127.0.0.1:9/");
    let daemon = superior.watches(&mut command);
    until("the server", || get(&address, "/healthz").is_some());
    let orders = run(&config, &["-vvv", "poll", "--all"]);
    assert_eq!(orders.code, Some(3), "{orders:?}");
    insist_none("poll", &format!("{}{}", orders.out, orders.err));
    let status = get(&address, "/api/status").expect("status");
    assert!(status.contains("\"failures\": 1"), "{status}");
    for path in [
        "/",
        "/sources",
        "/en/sources",
        "/about",
        "/metrics",
        "/healthz",
        "/readyz",
        "/api/status",
        "/api/sources",
        "/api/events",
        "/api/items",
        "/feeds/all.atom",
        "/opml.xml",
        "/calendar.ics",
    ] {
        insist_none(path, &get(&address, path).expect(path));
    }
    terminate(&daemon);
    let done = ends(daemon);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains("kuusijarvi"), "{}", done.err);
    insist_none("the log", &format!("{}{}", done.out, done.err));
    insist_none("the status", &superior.heard().join("\n"));
    for file in fs::read_dir(workshop.archive()).expect("folder") {
        let path = file.expect("file").path();
        if path.is_file() {
            let bytes = fs::read(&path).expect("read");
            insist_none(
                &path.display().to_string(),
                &String::from_utf8_lossy(&bytes),
            );
        }
    }
}
