//! What the worst portal costs in memory, measured on the program itself: its high-water mark by the kernel.

use std::path::PathBuf;
use std::time::Duration;

use seutu::model::source::PlatformKind;

use super::bombs::bombs;
use crate::support::cost::cost;
use crate::support::left_out::left_out;
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

/// A control group with a limit of memory; it is taken away with this.
struct Group(PathBuf);

impl Group {
    /// Makes one below the first hierarchy that allows it, of version 1 or 2; where none does the test is left out,
    /// unless `SEUTU_TEST_GROUPS` is `required`.
    fn with(bytes: u64, name: &str) -> Option<Self> {
        let name = format!("seutu-test-{}-{name}", std::process::id());
        for (hierarchy, limit) in [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ] {
            let group = Self(PathBuf::from(hierarchy).join(&name));
            let made = std::fs::create_dir(&group.0).is_ok();
            if made && std::fs::write(group.0.join(limit), bytes.to_string()).is_ok() {
                return Some(group);
            }
        }
        left_out("GROUPS", "a control group cannot be made here");
        None
    }

    /// How many of its processes the kernel has killed for want of memory.
    fn killed(&self) -> u64 {
        let events = ["memory.oom_control", "memory.events"].map(|file| {
            let text = std::fs::read_to_string(self.0.join(file)).unwrap_or_default();
            let mut lines = text.lines().map(str::to_owned);
            lines.find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok())
        });
        let found = events.into_iter().flatten().next();
        found.expect("a count of kills")
    }

    /// The most memory that its processes had, with what the kernel keeps of files for them.
    fn most(&self) -> u64 {
        let files = ["memory.max_usage_in_bytes", "memory.peak"].map(|file| self.0.join(file));
        let text = files
            .iter()
            .find_map(|file| std::fs::read_to_string(file).ok());
        text.and_then(|text| text.trim().parse().ok())
            .unwrap_or_default()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // One of version 1 is left empty where it could not be given a limit.
        std::fs::remove_dir(&self.0).unwrap_or_default();
    }
}

/// Polls everything once in a control group of so many mebibytes.
fn poll_in_a_group(mebibytes: u64, bed: &Bed) -> Option<(Option<i32>, u64, u64)> {
    let group = Group::with(mebibytes << 20, &mebibytes.to_string())?;
    let program = env!("CARGO_BIN_EXE_seutu");
    let config = bed.workshop.config_file().display().to_string();
    let words = [program, "--config", config.as_str(), "poll"];
    let enter = format!("echo $$ > '{}/cgroup.procs'", group.0.display());
    let code = cost(under(&enter, &words)).code;
    Some((code, group.killed(), group.most() >> 20))
}

/// Packed zeros in every coding, and on a redirect.
fn packed() -> Vec<(&'static str, Reply)> {
    let names = ["gzip", "deflate", "brotli", "zstd", "kahdesti", "salaa"];
    let bombs = bombs()
        .into_iter()
        .map(|(coding, body)| Reply::ok("text/xml", body).header("Content-Encoding", coding));
    let zeros = Reply::ok("text/xml", vec![0; 100_000_000]).gzip();
    let moved = ("ohjattu", zeros.moved_to("/viisikymmenta"));
    names.into_iter().zip(bombs).chain([moved]).collect()
}

#[test]
fn bombs_and_bodies_that_are_too_large_fit_into_a_small_control_group() {
    let is_meant = |name: &str| ["viisikymmenta", "nollia"].contains(&name);
    let mut bad = feeds();
    bad.retain(|(name, _)| is_meant(name));
    bad.extend(packed());
    let mut large = pages();
    large.retain(|(key, _)| ["2026311-1", "2026311-5"].contains(key));
    let bed = Bed::new(bad, large);
    let Some((code, killed, most)) = poll_in_a_group(128, &bed) else {
        return;
    };
    println!("{most} of 128 MiB, {killed} killed, {:?}", bed.outcomes());
    assert_eq!((code, killed), (Some(3), 0));
    let quarantined = bed.workshop.value("SELECT count(*) FROM quarantine");
    assert_eq!(quarantined, "0", "nothing killed it");
    let refused = bed
        .workshop
        .value("SELECT count(*) FROM poll WHERE error LIKE '%larger than%'");
    assert_eq!(refused, "6", "{:?}", bed.outcomes());
}

#[test]
fn the_kernel_kills_nothing_in_a_control_group_of_two_thirds_of_the_unit_s_nor_in_a_smaller_one() {
    // Less than the unit allows with the limits of every fetch as they are by default, and much less with smaller ones.
    for (mebibytes, max_body) in [(512, "16MiB"), (128, "2MiB")] {
        let mut bad = feeds();
        bad.extend(packed());
        let mut bed = Bed::new(bad, pages());
        let limit = format!("max_body = \"{max_body}\"\n");
        bed.workshop.sheet.fetch.push_str(&limit);
        let Some((code, killed, most)) = poll_in_a_group(mebibytes, &bed) else {
            return;
        };
        println!(
            "{max_body}: {most} of {mebibytes} MiB, {killed} killed, {:?}",
            bed.outcomes()
        );
        assert_eq!((code, killed), (Some(3), 0), "{mebibytes} MiB");
        assert_eq!(bed.outcomes().len(), OUTCOMES.len() + 7);
        let quarantined = bed.workshop.value("SELECT count(*) FROM quarantine");
        assert_eq!(quarantined, "0", "nothing killed it");
    }
}
