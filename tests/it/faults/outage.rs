//! A source that is out, in every way: what is archived stays, the state is visible, and it comes back by itself.

use std::time::Duration;

use serde_json::Value;
use seutu::archive::verify;

use super::{agendas, poll, start};
use crate::support::contents::{canonical, explain};
use crate::support::origin::Reply;
use crate::support::portal::{FEED, maintenance};
use crate::support::program::run;
use crate::support::workshop::Workshop;

const XML: &str = "text/xml; charset=utf-8";

/// The archive without the bytes that were answered: those of a fault are kept, for whoever looks into it.
fn what_is_read(workshop: &Workshop) -> String {
    let text = canonical(&workshop.archive());
    let lines = text.lines();
    let read = lines.filter(|line| !line.starts_with("fetch: ") && !line.starts_with("raw: "));
    read.collect::<Vec<_>>().join("\n")
}

/// A way in which a front can be out; the outcome that its poll has, and a part of what is said of it.
type Outage = (&'static str, Reply, [&'static str; 2]);

/// Every way in which a front can be out.
fn outages(feed: &str) -> Vec<Outage> {
    let refused = [
        (500, "500", "answered 500"),
        (502, "502", "answered 502"),
        (503, "503", "answered 503"),
        (404, "404", "answered 404"),
        (410, "410", "answered 410"),
        (403, "403", "answered 403"),
        (401, "401", "answered 401"),
    ];
    let refused =
        refused.map(|(status, name, why)| (name, Reply::status(status), ["http_error", why]));
    let mut all = broken_connections(feed);
    all.extend(refused);
    all.extend(wrong_documents(feed));
    all
}

/// Answers that do not come whole, or come without end.
fn broken_connections(feed: &str) -> Vec<Outage> {
    let half = &feed.as_bytes()[..feed.len() / 2];
    let cut = Reply::ok(XML, half).announcing(feed.len());
    let drip = Reply::endless("x", Duration::from_millis(200));
    vec![
        ("reset", Reply::reset(), ["http_error", "it is tried again"]),
        (
            "silence",
            Reply::never(),
            ["timeout", "not finished within 2 s"],
        ),
        ("cut off", cut, ["http_error", "the body broke off"]),
        (
            "no HTTP",
            Reply::raw("ready\r\n"),
            ["http_error", "not valid HTTP"],
        ),
        (
            "a loop",
            Reply::redirect(302, FEED),
            ["http_error", "go round in a circle"],
        ),
        ("a drip", drip, ["timeout", "not finished within 2 s"]),
    ]
}

/// Answers that come whole, with 200, and are not the feed.
fn wrong_documents(feed: &str) -> Vec<Outage> {
    let half = Reply::ok(XML, &feed.as_bytes()[..feed.len() / 2]);
    let noise = Reply::ok(XML, [0xFF, 0x00, 0x1B, 0x80].repeat(500));
    let bomb = Reply::ok(XML, vec![b' '; 3 << 20]).gzip();
    vec![
        (
            "notice",
            maintenance(),
            ["parse_error", "not a feed but a page"],
        ),
        (
            "nothing",
            Reply::ok(XML, ""),
            ["parse_error", "an empty document"],
        ),
        ("half", half, ["parse_error", "the feed ends before"]),
        ("noise", noise, ["parse_error", "not a feed but plain text"]),
        ("a bomb", bomb, ["http_error", "larger than 1048576 bytes"]),
    ]
}

#[test]
fn every_outage_leaves_what_is_there_is_visible_and_passes() {
    let (portal, mut workshop) = start(5);
    workshop
        .sheet
        .fetch
        .push_str("timeout = \"2s\"\nmax_body = \"1MiB\"\n");
    let config = workshop.config_file();
    poll(&config);
    let before = what_is_read(&workshop);
    let papers = agendas(5);
    for (name, reply, [how, why]) in outages(&portal.feed_of(&papers)) {
        portal.feed_answers(reply);
        let failed = run(&config, &["poll", "--all"]);
        let seen = run(&config, &["sources", "--json"]);
        assert_eq!(seen.code, Some(0), "{name}");
        let seen: Value = serde_json::from_str(&seen.out).expect("JSON");
        let source = &seen.as_array().expect("sources")[0];
        let (outcome, failures) = (source["last_outcome"].as_str(), source["failures"].as_u64());
        assert_eq!(failed.code, Some(3), "{name}: {failed:?}");
        assert_eq!(
            (outcome, failures),
            (Some(how), Some(1)),
            "{name}: {source}"
        );
        let error = source["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{name}: {error}");
        assert_eq!(
            workshop.value("SELECT count(*) FROM item WHERE withdrawn_at IS NULL"),
            "5",
            "{name}"
        );
        let feed = run(&config, &["feed"]);
        assert!(feed.out.contains("2026311-5"), "{name}");
        portal.lists(&papers);
        poll(&config);
        let after = what_is_read(&workshop);
        assert!(after == before, "{name}: {}", explain(&before, &after));
    }
    assert_eq!(verify(&workshop.archive()), []);
}
