//! How the archive grows: cost of an insert, bytes of an item, searches, the questions of the pages, a snapshot.
//!
//! `cargo bench --bench scale -- --items 10000,100000,350000 [--dir FOLDER] [--minutes 30]`; 10 000 items
//! where nothing is said. With `--minutes` filling ends after so many, and what is there then is measured.
//! The archive of the largest number stays in the folder, where one is named. The table goes to stdout, and the
//! same as JSON into `scale.json` of the folder.

mod fill;
mod measure;
mod words;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use seutu::archive::{ARCHIVE_FILE, Archive, ORIGINALS_FILE, Writer};
use seutu::config::Config;

use crate::fill::{AT_ONCE, Filling, STEP, now};
use crate::measure::{Queries, Timing};
use crate::words::Words;

/// Tables that hold what was before: the size of an item is told without them, too.
const HISTORY: [&str; 7] = [
    "item_version",
    "sqlite_autoindex_item_version_1",
    "item_version_fetch",
    "fetch",
    "fetch_url",
    "fetch_item",
    "fetch_sha256",
];

/// What was measured at one number of items.
#[derive(Serialize)]
struct Report {
    items: usize,
    /// Items per second, step by step, since the number before.
    inserts_per_s: Vec<f64>,
    /// Cost of an insert in the last step against that in the first.
    cost_ratio: f64,
    /// Milliseconds of a processor that an insert takes, step by step.
    processor_ms: Vec<f64>,
    /// The same of these.
    processor_ratio: f64,
    archive_bytes: u64,
    originals_bytes: u64,
    bytes_per_item: f64,
    bytes_per_item_without_history: f64,
    /// The largest tables and indexes, in bytes of each item.
    parts: Vec<(String, f64)>,
    searches: Vec<Timing>,
    views: Vec<Timing>,
    snapshot_s: f64,
    snapshot_bytes: u64,
}

/// What inserts cost, step by step.
#[derive(Default)]
struct Rates {
    per_s: Vec<f64>,
    processor_ms: Vec<f64>,
}

struct Wanted {
    items: Vec<usize>,
    dir: Option<PathBuf>,
    /// Items that the folder holds already.
    from: usize,
    /// When filling ends, finished or not; what is there then is measured.
    until: Option<Instant>,
}

fn main() -> anyhow::Result<()> {
    // `cargo test --all-targets` runs benches with --test: measuring is not testing.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let wanted = wanted(std::env::args().skip(1))?;
    let temporary = tempfile::TempDir::with_prefix("seutu-scale-")?;
    let dir = wanted.dir.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(dir)?;
    anyhow::ensure!(
        wanted.from > 0 || !dir.join(ARCHIVE_FILE).exists(),
        "{} holds an archive already; name an empty folder, or say --from and how many items it holds",
        dir.display()
    );
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let words = Words::of(&fixtures)?;
    let mut reports: Vec<Report> = vec![];
    let (mut known, mut rates) = (wanted.from, Rates::default());
    for items in wanted.items {
        known = grow(dir, &words, (known, items), (&mut rates, wanted.until))?;
        let report = report(dir, known, &rates)?;
        print(&report)?;
        reports.push(report);
        std::fs::write(
            dir.join("scale.json"),
            serde_json::to_string_pretty(&reports)?,
        )?;
        if known < items {
            break;
        }
    }
    log_beside_snapshot(dir, &words, known)
}

/// Stores items for as long as a snapshot takes, and tells how the write-ahead log grows meanwhile: a checkpoint
/// cannot empty it while the snapshot reads.
fn log_beside_snapshot(dir: &Path, words: &Words, known: usize) -> anyhow::Result<()> {
    let config = Config::parse("default", Config::embedded_text(), [].into_iter())?;
    let writer = Writer::start(Archive::open(dir, now())?)?;
    let mut filling = Filling::begin(&writer, words, &config, known)?;
    let before = measure::log_bytes(dir)?;
    let (mut next, mut most) = (known, before);
    let spent = std::thread::scope(|scope| -> anyhow::Result<Duration> {
        let snapshot = scope.spawn(|| measure::snapshot(dir));
        while !snapshot.is_finished() {
            filling.step(next, next + AT_ONCE)?;
            next += AT_ONCE;
            most = most.max(measure::log_bytes(dir)?);
        }
        let made = snapshot.join();
        Ok(made
            .map_err(|_panic| anyhow::anyhow!("the snapshot broke down"))??
            .0)
    })?;
    filling.step(next, next + AT_ONCE)?;
    let after = measure::log_bytes(dir)?;
    writer.close_blocking()?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "\nwrite-ahead log while a snapshot was made in {:.1} s and {} items were stored: {} MB before, at most {} MB, \
         {} MB after the next commit",
        spent.as_secs_f64(),
        next - known,
        before >> 20,
        most >> 20,
        after >> 20
    )?;
    Ok(())
}

/// Reads the arguments; those of cargo itself are passed over.
fn wanted(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Wanted> {
    let mut wanted = Wanted {
        items: vec![STEP],
        dir: None,
        from: 0,
        until: None,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--items" => {
                let numbers = arguments.next().context("--items needs numbers")?;
                let numbers = numbers.split(',').map(str::parse).collect::<Result<_, _>>();
                wanted.items = numbers.context("--items wants numbers such as 10000,100000")?;
                wanted.items.sort_unstable();
            }
            "--dir" => wanted.dir = Some(arguments.next().context("--dir needs a folder")?.into()),
            "--from" => wanted.from = arguments.next().context("--from needs a number")?.parse()?,
            "--minutes" => {
                let minutes: u32 = arguments
                    .next()
                    .context("--minutes needs a number")?
                    .parse()?;
                wanted.until = Some(Instant::now() + Duration::from_mins(1) * minutes);
            }
            _ => {}
        }
    }
    Ok(wanted)
}

/// Adds items up to a number, or until a time; notes the rate of each step and says how many there are.
fn grow(
    dir: &Path,
    words: &Words,
    (from, to): (usize, usize),
    (rates, until): (&mut Rates, Option<Instant>),
) -> anyhow::Result<usize> {
    let config = Config::parse("default", Config::embedded_text(), [].into_iter())?;
    let writer = Writer::start(Archive::open(dir, now())?)?;
    let mut filling = Filling::begin(&writer, words, &config, from)?;
    let mut next = from;
    while next < to && until.is_none_or(|until| Instant::now() < until) {
        let end = to.min(next + STEP);
        let (spent, of_processor) = filling.step(next, end)?;
        let count = f64::from(u32::try_from(end - next)?);
        let rate = count / spent.as_secs_f64();
        rates.per_s.push(rate);
        let cost = of_processor.map_or(0.0, |time| time.as_secs_f64() * 1000.0 / count);
        rates.processor_ms.push(cost);
        next = end;
        let mut err = std::io::stderr().lock();
        writeln!(
            err,
            "{next} items, {rate:.0} a second, {cost:.2} ms of a processor each"
        )?;
    }
    writer.close_blocking()?;
    Ok(next)
}

fn report(dir: &Path, items: usize, rates: &Rates) -> anyhow::Result<Report> {
    let count = f64::from(u32::try_from(items)?);
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of files are far below 2^52 bytes"
    )]
    let of_item = |bytes: u64| bytes as f64 / count;
    let archive_bytes = std::fs::metadata(dir.join(ARCHIVE_FILE))?.len();
    let sizes = measure::sizes(dir)?;
    let history = sizes
        .iter()
        .filter(|(name, _)| HISTORY.contains(&name.as_str()));
    let history: u64 = history.map(|(_, bytes)| *bytes).sum();
    let (common, rare) = measure::words(dir)?;
    let (snapshot, snapshot_bytes) = measure::snapshot(dir)?;
    let grown = |costs: &[f64]| {
        let ends = costs.first().zip(costs.last());
        ends.map_or(1.0, |(first, last)| last / first)
    };
    let seconds: Vec<f64> = rates.per_s.iter().map(|rate| 1.0 / rate).collect();
    Ok(Report {
        items,
        inserts_per_s: rates.per_s.clone(),
        processor_ms: rates.processor_ms.clone(),
        cost_ratio: grown(&seconds),
        processor_ratio: grown(&rates.processor_ms),
        archive_bytes,
        originals_bytes: std::fs::metadata(dir.join(ORIGINALS_FILE))?.len(),
        bytes_per_item: of_item(archive_bytes),
        bytes_per_item_without_history: of_item(archive_bytes - history),
        parts: sizes
            .iter()
            .take(20)
            .map(|(name, bytes)| (name.clone(), of_item(*bytes)))
            .collect(),
        searches: measure::searches(dir, &queries(&common, &rare))?,
        views: measure::views(dir)?,
        snapshot_s: snapshot.as_secs_f64(),
        snapshot_bytes,
    })
}

/// What is searched for at every size.
fn queries(common: &[String], rare: &[String]) -> Vec<Queries> {
    let pairs = |joined: fn(&str, &str) -> String| {
        let others = common.iter().skip(1);
        let pairs = common.iter().zip(others);
        pairs.map(|(one, other)| joined(one, other)).collect()
    };
    let of = |what, typed, filter| Queries {
        what,
        typed,
        filter,
    };
    let phrases = ["kehittämisverkosto", "seudullinen kehittämisverkosto"];
    let phrases = phrases.map(|words| format!("\"{words}\"")).to_vec();
    vec![
        of("common word", common.to_vec(), None),
        of("rare word", rare.to_vec(), None),
        of("phrase", phrases, None),
        of("two words", pairs(|a, b| format!("{a} {b}")), None),
        of("common word, filtered", common.to_vec(), Some("Hartola")),
        of(
            "two words, filtered",
            pairs(|a, b| format!("{a} {b}")),
            Some("Hartola"),
        ),
    ]
}

fn print(report: &Report) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let rate = report.inserts_per_s.last().copied().unwrap_or_default();
    writeln!(out, "\n{} items", report.items)?;
    writeln!(
        out,
        "  inserts {rate:.0}/s in the last step; cost {:.2} times that of the first step, of a processor {:.2} times",
        report.cost_ratio, report.processor_ratio
    )?;
    writeln!(
        out,
        "  {:.0} bytes an item, {:.0} without versions and fetches; originals {} MB",
        report.bytes_per_item,
        report.bytes_per_item_without_history,
        report.originals_bytes >> 20
    )?;
    for (name, bytes) in report.parts.iter().filter(|(_, bytes)| *bytes >= 50.0) {
        writeln!(out, "    {name:<34} {bytes:>8.0} bytes an item")?;
    }
    writeln!(
        out,
        "  snapshot {:.1} s, {} MB",
        report.snapshot_s,
        report.snapshot_bytes >> 20
    )?;
    for timing in report.searches.iter().chain(&report.views) {
        writeln!(
            out,
            "  {:<38} p50 {:>9.2} ms  p95 {:>9.2} ms  processor {:>9.2} ms  {:>6} rows",
            timing.what, timing.p50_ms, timing.p95_ms, timing.processor_ms, timing.rows
        )?;
        for line in &timing.plan {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}
