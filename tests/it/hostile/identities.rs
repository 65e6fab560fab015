//! A source that speaks for others: their ids, their items' addresses, links to hosts that are nobody's.

use std::net::Ipv4Addr;

use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{FEED, Paper, Portal};
use crate::support::workshop::{Sheet, Workshop};

const ITEMS: &str = "SELECT i.uid, i.title, i.url, i.version_no, i.withdrawn_at FROM item i \
                     JOIN source s ON s.id=i.source_id WHERE s.slug='kuusijarvi' ORDER BY 1";

fn papers() -> Vec<Paper> {
    vec![
        Paper::agenda("2026311-1", "Koulukuljetukset"),
        Paper::agenda("2026311-2", "Talousarvio"),
    ]
}

/// A feed of these ids, titles and links.
fn feed(entries: &[(&str, &str, &str)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(id, title, link)| {
            let link = link.replace('&', "&amp;");
            format!("<item><guid isPermaLink='false'>{id}</guid><title>{title}</title><link>{link}</link></item>")
        })
        .collect();
    let entries = entries.concat();
    format!("<rss version='2.0'><channel><title>x</title>{entries}</channel></rss>")
}

#[tokio::test]
async fn a_feed_that_hands_out_the_ids_of_another_source_changes_nothing_there() {
    let portal = Portal::with(&papers());
    let thief = Origin::start_on(Ipv4Addr::new(127, 0, 0, 2));
    let theirs = portal.url();
    let link = |key: &str| format!("{theirs}?page=meetingitem&id={key}");
    let (first, second) = (link("2026311-1"), link("2026311-2"));
    let stolen = feed(&[
        ("kuusijarvi/2026311-1", "Varastettu", &first),
        ("2026311-2", "Varastettu", &second),
        (
            "tag:seutu.invalid,2026:item/kuusijarvi/2026311-1",
            "Varastettu",
            &first,
        ),
    ]);
    thief.on("/feed", Reply::ok("text/xml", stolen.clone()));
    // The same in the words of the platform: a portal that lists the items of another.
    let dynasty = Origin::start_on(Ipv4Addr::new(127, 0, 0, 3));
    dynasty.on(FEED, Reply::ok("text/xml", stolen));
    let sheet = Sheet::of(portal.url())
        .with("varas", PlatformKind::Feed, thief.url("/feed"))
        .with(
            "rosvo",
            PlatformKind::Dynasty,
            dynasty.url("/cgi/DREQUEST.PHP"),
        );
    let alone = Workshop::new(Sheet::of(portal.url()));
    alone.round().await;
    let workshop = Workshop::new(sheet);
    for _ in 0..3 {
        workshop.round().await;
        workshop.pass_days(1);
    }
    let before: Vec<String> = alone.rows(ITEMS);
    assert_eq!(workshop.rows(ITEMS), before);
    let others = workshop.rows("SELECT uid FROM item WHERE uid NOT LIKE 'kuusijarvi/%'");
    assert!(
        others.iter().all(|uid| uid.starts_with("varas/")),
        "{others:?}"
    );
    // Read by its own source only, once a check; and nothing says that the thief's copy is theirs.
    let events = workshop.rows("SELECT DISTINCT kind FROM event WHERE kind NOT LIKE 'item_new'");
    assert!(!events.iter().any(|kind| kind == "withdrawn"), "{events:?}");
}

#[tokio::test]
async fn pages_on_hosts_that_are_not_the_portals_are_not_asked_for() {
    let portal = Portal::with(&papers());
    let canary = Origin::start_on(Ipv4Addr::new(127, 0, 0, 4));
    let elsewhere = canary.url("/cgi/DREQUEST.PHP?page=meetingitem&id=2026311-9");
    let user = elsewhere
        .as_str()
        .replace("http://", "http://kuusijarvi.example@");
    let listed = format!(
        "<item><title>a</title><link>{0}</link></item><item><title>b</title><link>{1}</link></item></channel>",
        elsewhere.as_str().replace('&', "&amp;"),
        user.replace('&', "&amp;"),
    );
    let feed = portal.feed_of(&papers()).replace("</channel>", &listed);
    portal.feed_answers(Reply::ok("text/xml", feed));
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let report = workshop.poll().await;
    assert_eq!((report.items_new, report.problems), (2, 2), "{report:?}");
    assert_eq!(canary.asked(), 0);
    let hosts = workshop.rows("SELECT url FROM item");
    assert!(
        hosts
            .iter()
            .all(|url| url.starts_with(portal.url().as_str())),
        "{hosts:?}"
    );
}
