//! A source that is out, in every way: what is archived stays, the state is visible, and it comes back by itself.

use std::time::Duration;

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

/// Every way in which a front can be out.
fn outages(feed: &str) -> Vec<(&'static str, Reply)> {
    let half = &feed.as_bytes()[..feed.len() / 2];
    vec![
        ("reset", Reply::reset()),
        ("silence", Reply::never()),
        ("500", Reply::status(500)),
        ("502", Reply::status(502)),
        ("503", Reply::status(503)),
        ("404", Reply::status(404)),
        ("410", Reply::status(410)),
        ("403", Reply::status(403)),
        ("401", Reply::status(401)),
        ("notice", maintenance()),
        ("nothing", Reply::ok(XML, "")),
        ("half", Reply::ok(XML, half)),
        ("cut off", Reply::ok(XML, half).announcing(feed.len())),
        (
            "noise",
            Reply::ok(XML, [0xFF, 0x00, 0x1B, 0x80].repeat(500)),
        ),
        ("no HTTP", Reply::raw("ready\r\n")),
        ("a loop", Reply::redirect(302, FEED)),
        ("a drip", Reply::endless("x", Duration::from_millis(200))),
        ("a bomb", Reply::ok(XML, vec![b' '; 3 << 20]).gzip()),
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
    for (name, reply) in outages(&portal.feed_of(&papers)) {
        portal.feed_answers(reply);
        // Half a feed is read as far as it goes.
        let failed = run(&config, &["poll", "--all"]);
        if name != "half" {
            assert_eq!(failed.code, Some(3), "{name}: {failed:?}");
            let seen = run(&config, &["sources", "--json"]);
            assert_eq!(seen.code, Some(0), "{name}");
            assert!(
                seen.out.contains("\"failures\":") || seen.out.contains("\"failures\": "),
                "{name}: {}",
                seen.out
            );
        }
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
