//! What each bomb alone costs the program: a poll of it, over a poll of a well source.
//!
//! The processor's time is the kernel's count for the process, so a busy machine adds nothing; the bounds are
//! those of a build without optimisation.

use std::time::Duration;

use seutu::model::source::PlatformKind;

use super::bombs::bombs;
use crate::support::cost::{Cost, cost};
use crate::support::origin::{Origin, Reply};
use crate::support::portal::{Paper, Portal};
use crate::support::program::seutu;
use crate::support::workshop::{Sheet, Workshop};

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// A mebibyte in kibibytes.
const MIB: u64 = 1024;

/// An RSS channel with these items.
fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel><title>k</title>{items}</channel></rss>")
}

/// An Atom feed of one entry that holds this.
fn atom(inside: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>a</id><title>b</title><entry><id>1</id>{inside}</entry></feed>"
    )
}

fn each(times: usize, text: impl Fn(usize) -> String) -> String {
    (0..times).map(text).collect::<Vec<_>>().concat()
}

/// A poll of one feed.
struct Polled {
    cost: Cost,
    workshop: Workshop,
}

impl Polled {
    fn feed(reply: Reply) -> Self {
        let origin = Origin::start();
        origin.on("/feed", reply);
        let sheet = Sheet::default().with("kuusijarvi", PlatformKind::Feed, origin.url("/feed"));
        let workshop = Workshop::new(sheet);
        let cost = cost(seutu(&workshop.config_file(), &["poll"]));
        Self { cost, workshop }
    }

    /// One of a portal of three items; the page of the second may be another.
    fn pages(second: Option<Reply>) -> Self {
        let papers: Vec<Paper> = (1..=3)
            .map(|n| Paper::agenda(&format!("2026311-{n}"), &format!("Asia {n}")))
            .collect();
        let portal = Portal::with(&papers);
        if let Some(reply) = second {
            portal.page_answers("2026311-2", reply);
        }
        let workshop = Workshop::new(Sheet::of(portal.url()));
        let cost = cost(seutu(&workshop.config_file(), &["poll"]));
        Self { cost, workshop }
    }

    fn outcome(&self) -> String {
        self.workshop.value("SELECT outcome FROM poll")
    }

    fn error(&self) -> String {
        self.workshop.value("SELECT error FROM poll")
    }

    /// Asserts that it cost little more than another poll: seconds of the processor, and mebibytes.
    fn insist_cheap(&self, name: &str, base: Cost, (seconds, mebibytes): (u64, u64)) {
        let (busy, memory) = self.cost.over(base);
        println!("{name}: {busy:?} and {memory} KiB more");
        assert!(busy < Duration::from_secs(seconds), "{name}: {busy:?}");
        assert!(memory < mebibytes * MIB, "{name}: {memory} KiB");
    }
}

/// What a poll of a feed of one entry costs.
fn well_feed() -> Cost {
    let feed = rss("<item><guid>1</guid><title>Asia</title></item>");
    let polled = Polled::feed(Reply::ok(XML, feed));
    assert_eq!(polled.cost.code, Some(0));
    polled.cost
}

#[test]
fn entities_cost_no_more_than_their_letters() {
    let base = well_feed();
    let laugh = |n: usize| format!("<!ENTITY l{} '{}'>", n + 1, format!("&l{n};").repeat(10));
    let laughs = format!("<!ENTITY l0 'lol'>{}", each(9, laugh));
    // A gigabyte, were it expanded: a large entity named many times, and a larger one fewer times.
    let large = |size: usize| format!("<!ENTITY l9 '{}'>", "x".repeat(size));
    for (name, entities, times) in [
        ("laughs", laughs, 1),
        ("100 kB", large(100_000), 10_000),
        ("1 MB", large(1_000_000), 1_000),
    ] {
        let named = "&l9;".repeat(times);
        let feed = format!(
            "<!DOCTYPE rss [{entities}]>{}",
            rss(&format!(
                "<item><guid>1</guid><title>Asia</title><description>{named}</description></item>"
            ))
        );
        let polled = Polled::feed(Reply::ok(XML, feed));
        assert_eq!(polled.outcome(), "ok", "{name}");
        assert_eq!(polled.workshop.value("SELECT background FROM item"), named);
        polled.insist_cheap(name, base, (3, 20));
    }
}

#[test]
fn structures_without_end_are_refused_at_little_cost() {
    let base = well_feed();
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let xhtml = format!(
        "<content type='xhtml'>{}</content>",
        nested("<div xmlns='http://www.w3.org/1999/xhtml'>", "</div>")
    );
    let spaces = each(80_000, |n| format!(" xmlns:a{n}='u'"));
    for (name, feed, why) in [
        (
            "200,000 unknown",
            rss(&format!("<item>{}</item>", nested("<x>", "</x>"))),
            "nested deeper",
        ),
        ("200,000 of XHTML", atom(&xhtml), "nested deeper"),
        (
            "200,000 xml:base",
            atom(&nested("<a xml:base='b/'>", "</a>")),
            "nested deeper",
        ),
        (
            "80,000 namespaces",
            rss(&format!("<item{spaces}/>")),
            "more than 256 attributes",
        ),
    ] {
        let polled = Polled::feed(Reply::ok(XML, feed));
        assert_eq!(polled.outcome(), "parse_error", "{name}");
        assert!(polled.error().contains(why), "{}", polled.error());
        polled.insist_cheap(name, base, (4, 64));
    }
}

#[test]
fn a_hundred_thousand_entries_are_counted_and_most_of_them_left_out() {
    let item = |n| {
        format!(
            "<item><guid>{n}</guid><title>Asia {n}</title><link>/a?{n}</link><description>Teksti {n}</description></item>"
        )
    };
    let polled = Polled::feed(Reply::ok(XML, rss(&each(100_000, item))));
    assert_eq!(polled.outcome(), "ok");
    assert_eq!(polled.workshop.value("SELECT count(*) FROM item"), "2000");
    let told = polled.workshop.rows("SELECT detail FROM problem");
    let counted = |told: &String| told.contains("98000 entries more than one poll takes");
    assert!(told.iter().any(counted), "{told:?}");
    println!("100,000 entries: {:?}", polled.cost);
    assert!(polled.cost.memory < 256 * MIB, "{:?}", polled.cost);
    // The same in JSON, which has no entry so small: it is refused.
    let json = format!(
        r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{}{{}}]}}"#,
        "{\"id\":1},".repeat(1_700_000)
    );
    let polled = Polled::feed(Reply::ok("application/feed+json", json));
    assert!(
        polled.error().contains("more than 1000000"),
        "{}",
        polled.error()
    );
    println!("1,700,000 of JSON: {:?}", polled.cost);
    assert!(polled.cost.memory < 256 * MIB, "{:?}", polled.cost);
}

#[test]
fn what_is_larger_than_the_limit_takes_no_memory() {
    let (feed, pages) = (well_feed(), Polled::pages(None).cost);
    let text = "x".repeat(50_000_000);
    let large = rss(&format!("<item><guid>1</guid><title>{text}</title></item>"));
    let polled = Polled::feed(Reply::ok(XML, large));
    assert!(polled.error().contains("larger than"), "{}", polled.error());
    polled.insist_cheap("a feed of 50 MB", feed, (2, 64));
    // The same of a server that does not say beforehand how much it will be.
    let parts: Vec<&[u8]> = text.as_bytes().chunks(1 << 16).collect();
    let polled = Polled::feed(Reply::chunked(&parts));
    assert!(polled.error().contains("larger than"), "{}", polled.error());
    polled.insist_cheap("50 MB in parts", feed, (4, 64));
    let page = format!("<html><body><a href='../kokous/2026311-2.PDF'>x</a>{text}");
    let polled = Polled::pages(Some(Reply::ok(HTML, page)));
    let errors = polled
        .workshop
        .rows("SELECT error FROM page ORDER BY item_id");
    assert!(errors[1].contains("larger than"), "{errors:?}");
    polled.insist_cheap("a page of 50 MB", pages, (2, 64));
}

#[test]
fn packed_bombs_take_little_memory() {
    let base = well_feed();
    for (number, (coding, bytes)) in bombs().into_iter().enumerate() {
        let reply = Reply::ok(XML, bytes).header("Content-Encoding", coding);
        let name = format!("{coding} {number}");
        let polled = Polled::feed(reply.clone());
        assert_eq!(polled.outcome(), "http_error", "{name}");
        polled.insist_cheap(&name, base, (4, 64));
        // On a redirect nobody unpacks it.
        let origin = Origin::start();
        origin.on(
            "/end",
            Reply::ok(XML, rss("<item><guid>1</guid><title>Asia</title></item>")),
        );
        let polled = Polled::feed(reply.moved_to(origin.url("/end").as_str()));
        assert_eq!(polled.outcome(), "ok", "{name}");
        polled.insist_cheap(&format!("{name} on a redirect"), base, (3, 20));
    }
}

/// Pages that nest or have attributes without end, or are large where nothing is read; and the words with which they
/// are given up, where they are.
fn pages() -> Vec<(&'static str, String, Option<&'static str>)> {
    vec![
        (
            "200,000 div",
            "<div>".repeat(200_000),
            Some("deeper than 512"),
        ),
        (
            "40,000 ul/li",
            "<ul><li>".repeat(40_000),
            Some("deeper than 512"),
        ),
        (
            "100,000 b of classes and p",
            each(100_000, |n| format!("<b class=c{n}><p>")),
            Some("too costly"),
        ),
        (
            "200,000 attributes",
            format!("<p{}>x</p>", each(200_000, |n| format!(" a{n}=1"))),
            Some("attributes on one <p>"),
        ),
        (
            "a comment of 10 MB",
            format!("<p>Asia</p><!--{}-->", "x".repeat(10_000_000)),
            None,
        ),
        (
            "an open comment of 10 MB",
            format!("<!--{}", "x-".repeat(5_000_000)),
            Some("cut off"),
        ),
        (
            "an open tag of 10 MB",
            format!("<p title=\"{}", " <p".repeat(3_300_000)),
            Some("cut off"),
        ),
        (
            "an open name of 10 MB",
            format!("<p {}", "a".repeat(10_000_000)),
            Some("cut off"),
        ),
    ]
}

#[test]
fn costly_pages_are_given_up_and_the_others_of_the_source_are_read() {
    let base = Polled::pages(None);
    assert_eq!(base.cost.code, Some(0));
    for (name, body, why) in pages() {
        let end = if name.contains("open") {
            ""
        } else {
            "</body></html>"
        };
        let page = format!("<html><body><a href='../kokous/2026311-2.PDF'>x</a>{body}{end}");
        let polled = Polled::pages(Some(Reply::ok(HTML, page)));
        let errors = polled
            .workshop
            .rows("SELECT error FROM page ORDER BY item_id");
        println!("{name}: {}", errors[1]);
        assert_eq!((&*errors[0], &*errors[2]), ("null", "null"), "{name}");
        let versions = polled
            .workshop
            .rows("SELECT version_no FROM item ORDER BY id");
        // A page has five seconds, which a busy machine may use up before that.
        let late = errors[1].contains("took over");
        let as_told = match why {
            Some(why) => errors[1] != "null" && errors[1].contains(why),
            None => errors[1] == "null",
        };
        assert!(as_told || late, "{name}: {errors:?}");
        let second = if errors[1] == "null" { "1" } else { "0" };
        assert_eq!(versions, ["1", second, "1"], "{name}");
        polled.insist_cheap(name, base.cost, (5, 128));
    }
}
