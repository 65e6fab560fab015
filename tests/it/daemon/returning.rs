//! Entries that leave their feed and come back, again and again: nothing is removed, doubled or told anew.

use seutu::daemon::cycle::Scope;
use seutu::model::source::PlatformKind;

use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop, hours};

const FEED: &str = "/syote.rss";

/// A feed of these entries.
fn rss(numbers: &[u32]) -> Reply {
    let items: Vec<String> = numbers
        .iter()
        .map(|n| format!("<item><guid>urn:x:{n}</guid><title>Kuulutus {n}</title><description>Nähtävillä {n}.</description></item>"))
        .collect();
    let channel = format!(
        "<rss version='2.0'><channel><title>k</title>{}</channel></rss>",
        items.concat()
    );
    Reply::ok("text/xml; charset=utf-8", channel)
}

/// Everything that readers are told: the log of events, and our own feed with its ids and times.
fn told(workshop: &Workshop) -> (Vec<String>, String) {
    let feed = run(&workshop.config_file(), &["feed"]);
    assert_eq!(feed.code, Some(0), "{feed:?}");
    (workshop.rows("SELECT * FROM event ORDER BY seq"), feed.out)
}

/// What is stored of the items.
fn stored(workshop: &Workshop) -> Vec<String> {
    workshop.rows("SELECT * FROM item ORDER BY id")
}

#[tokio::test]
async fn entries_five_times_away_and_back_leave_no_trace() {
    let papers: Vec<Paper> = (1..=4)
        .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
        .collect();
    let (portal, origin) = (Portal::with(&papers), Origin::start());
    origin.on(FEED, rss(&[1, 2, 3]));
    let sheet = Sheet::of(portal.url()).with("toinen", PlatformKind::Feed, origin.url(FEED));
    let workshop = Workshop::new(sheet);
    workshop.round().await;
    let (items, published) = (stored(&workshop), told(&workshop));
    assert_eq!(items.len(), 7);
    assert_eq!(published.1.matches("<entry").count(), 7);
    for _ in 0..5 {
        // One of them, then all, then all are back in another order.
        let backwards: Vec<Paper> = papers.iter().rev().cloned().collect();
        for (some, numbers) in [
            (&papers[1..], &[1, 3][..]),
            (&papers[..0], &[]),
            (&backwards, &[3, 2, 1]),
        ] {
            portal.lists(some);
            origin.on(FEED, rss(numbers));
            workshop.pass(hours(1));
            workshop.round_of(Scope::FeedsOnly).await;
            assert_eq!(stored(&workshop), items);
            assert_eq!(told(&workshop), published);
        }
    }
    let polls = workshop.value("SELECT count(*) FROM poll WHERE outcome='empty'");
    assert_eq!(polls, "10", "each time nothing was listed");
    assert_eq!(
        workshop.rows("SELECT kind FROM problem"),
        [""; 0],
        "it is solved"
    );
}
