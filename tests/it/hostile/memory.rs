//! What the worst portal costs in memory, measured on the program itself: its high-water mark by the kernel.

use std::time::Duration;

use seutu::model::source::PlatformKind;

use crate::support::cost::cost;
use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::{seutu, under};
use crate::support::workshop::{Sheet, Workshop};

/// Bodies of feeds nobody wants.
fn feeds() -> Vec<(&'static str, Reply)> {
    let rss = |items: String| format!("<rss version='2.0'><channel>{items}</channel></rss>");
    let items: Vec<String> = (0..10_000)
        .map(|n| format!("<item><guid>{n}</guid><title>Asia {n}</title><link>/a?{n}</link></item>"))
        .collect();
    let text = rss(format!(
        "<item><guid>1</guid><title>{}</title></item>",
        "x".repeat(50_000_000)
    ));
    let long = rss(format!(
        "<item><guid>1</guid><title>{}</title></item>",
        "x".repeat(9_000_000)
    ));
    let deep = rss(format!("<item>{}", "<media:group>".repeat(60_000)));
    let zeros = Reply::ok("text/xml", vec![0; 100_000_000]).gzip();
    vec![
        ("tuhansia", Reply::ok("text/xml", rss(items.concat()))),
        ("viisikymmenta", Reply::ok("text/xml", text)),
        ("pitka", Reply::ok("text/xml", long)),
        ("syva", Reply::ok("text/xml", deep)),
        ("nollia", zeros),
        (
            "loputon",
            Reply::endless(vec![b'<'; 1 << 16], Duration::ZERO),
        ),
    ]
}

/// Bodies of pages nobody wants.
fn pages() -> Vec<(&'static str, Reply)> {
    let html = |body: String| {
        Reply::ok(
            "text/html",
            format!("<html><body><a href='../kokous/1.PDF'>x</a>{body}"),
        )
    };
    vec![
        ("2026311-1", html("x".repeat(50_000_000))),
        ("2026311-2", html("<div>".repeat(1_800_000))),
        ("2026311-3", html("<p>x".repeat(2_000_000))),
        (
            "2026311-4",
            html(format!("<p {}>", "a=1 ".repeat(2_000_000))),
        ),
        ("2026311-5", html("x".repeat(100_000_000)).gzip()),
        ("2026311-6", html("<b class=x><p>".repeat(600_000))),
    ]
}

/// A portal with six items and as many feeds beside it as there are bodies.
struct Bed {
    _portal: Portal,
    _origin: Origin,
    workshop: Workshop,
}

impl Bed {
    fn new(bad_feeds: Vec<(&'static str, Reply)>, bad_pages: Vec<(&'static str, Reply)>) -> Self {
        let papers: Vec<Paper> = (1..=6)
            .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
            .collect();
        let (portal, origin) = (Portal::with(&papers), Origin::start());
        for (key, reply) in bad_pages {
            portal.page_answers(key, reply);
        }
        let mut sheet = Sheet::of(portal.url());
        for (name, reply) in bad_feeds {
            let path = format!("/{name}");
            origin.on(&path, reply);
            sheet = sheet.with(name, PlatformKind::Feed, origin.url(&path));
        }
        Self {
            _portal: portal,
            _origin: origin,
            workshop: Workshop::new(sheet),
        }
    }

    /// Outcomes of the polls by source.
    fn outcomes(&self) -> Vec<String> {
        self.workshop.rows(
            "SELECT s.slug, p.outcome FROM poll p JOIN source s ON s.id=p.source_id ORDER BY 1",
        )
    }
}

/// What the bodies above come to.
const OUTCOMES: [&str; 7] = [
    "kuusijarvi | ok",
    "loputon | http_error",
    "nollia | http_error",
    "pitka | ok",
    "syva | parse_error",
    "tuhansia | ok",
    "viisikymmenta | http_error",
];

#[test]
fn no_feed_or_page_makes_the_program_large() {
    let well = Bed::new(vec![], vec![]);
    let base = cost(seutu(&well.workshop.config_file(), &["poll"]));
    assert_eq!(base.code, Some(0));
    let hostile = Bed::new(feeds(), pages());
    let most = cost(seutu(&hostile.workshop.config_file(), &["poll"]));
    assert_eq!(most.code, Some(3));
    assert_eq!(hostile.outcomes(), OUTCOMES);
    let (base, most) = (base.memory, most.memory);
    println!("{base} KiB with well sources, {most} KiB with hostile ones");
    // A body ends at 16 MiB; the largest that is read makes some times that.
    assert!(most < base + 256 * 1024, "{base} KiB, then {most} KiB");
}

#[test]
fn a_poll_of_bombs_ends_well_where_memory_is_short() {
    let bed = Bed::new(feeds(), pages());
    let program = env!("CARGO_BIN_EXE_seutu");
    let config = bed.workshop.config_file().display().to_string();
    let words = [program, "--config", config.as_str(), "poll"];
    let short = cost(under("ulimit -v 2000000", &words));
    assert_eq!(short.code, Some(3));
    assert_eq!(bed.outcomes(), OUTCOMES);
    let quarantined = bed.workshop.value("SELECT count(*) FROM quarantine");
    assert_eq!(quarantined, "0", "nothing killed it");
}
