//! `seutu poll`: one round, or a backfill, and a summary.

use jiff::Timestamp;
use jiff::civil::Date;

use super::opening::WrongUse;
use super::table::{Table, printable, printable_json};
use super::{Exit, Global, opening, progress, say};
use crate::config::Config;
use crate::daemon::clock::{Clock as _, SystemClock};
use crate::daemon::cycle::Scope;
use crate::daemon::order::{Order, Outcome};
use crate::daemon::report::SourceReport;
use crate::model::health::Severity;
use crate::model::ids::SourceId;
use crate::model::when::day_in_finland;

/// Options of `poll`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Args {
    /// Ignore due times: every feed, and every page that is followed
    #[arg(long)]
    all: bool,
    /// Poll the feeds alone; the pages wait for the next poll
    #[arg(long, conflicts_with = "all")]
    feeds: bool,
    /// Walk through everything that the sources still publish, back to --since; goes on where it stopped
    #[arg(long, conflicts_with_all = ["all", "feeds"])]
    backfill: bool,
    /// First meeting day of a backfill [default: 1 January of the year before last]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "backfill", value_parser = day)]
    since: Option<Date>,
    /// Poll this source only; may be repeated
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
    /// Print one JSON object per source
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config_to_write(global)?;
    let only = wanted(&config, &args.source)?;
    if config.sources.is_empty() {
        let none = "no source is configured: add a [[source]] block; `seutu sources probe URL` prints one for a portal";
        return Err(WrongUse(none.to_owned()).into());
    }
    let order = if args.backfill {
        Order::Backfill {
            since: args
                .since
                .unwrap_or_else(|| year_before_last(SystemClock.now())),
            sources: only,
        }
    } else {
        Order::Poll {
            scope: match (args.all, args.feeds) {
                (true, _) => Scope::All,
                (false, true) => Scope::FeedsOnly,
                (false, false) => Scope::Due,
            },
            sources: only,
        }
    };
    let reports = match opening::carry_out(config, order, &progress::watcher(global))? {
        Outcome::Reports(reports) => reports,
        Outcome::Rederived(_)
        | Outcome::Published(_)
        | Outcome::Wiped(_)
        | Outcome::Dossier(_)
        | Outcome::Ailments(_)
        | Outcome::Done => vec![],
    };
    if args.json {
        for report in &reports {
            say(&printable_json(&serde_json::to_string(report)?))?;
        }
    } else if args.backfill {
        say(&backfilled(&reports))?;
    } else {
        say(&summary(&reports))?;
    }
    Ok(exit(&reports))
}

/// Council terms are four years, and members ask for the budget before this one: two whole years and what
/// has passed of this one.
fn year_before_last(now: Timestamp) -> Date {
    let today = day_in_finland(now);
    Date::new(today.year() - 2, 1, 1).unwrap_or(today)
}

/// Ctrl-C and SIGTERM end a round between two requests; what is archived stays.
pub fn stop_on_signal(
    shutdown: &tokio_util::sync::CancellationToken,
) -> std::io::Result<tokio::task::JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = shutdown.clone();
    Ok(tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.cancel();
    }))
}

/// The sources that are named; one that is not configured is wrong use.
pub(super) fn wanted(config: &Config, named: &[String]) -> Result<Vec<SourceId>, WrongUse> {
    for id in named {
        if !config.sources.iter().any(|source| source.id.as_str() == id) {
            return Err(WrongUse(format!(
                "there is no source \"{id}\" in the configuration; `seutu sources` lists them"
            )));
        }
    }
    Ok(named.iter().map(SourceId::new).collect())
}

/// The exit of a round.
pub fn exit(reports: &[SourceReport]) -> Exit {
    if reports.iter().any(|report| report.our_side) {
        Exit::Failed
    } else if reports.iter().any(SourceReport::failed) {
        Exit::SomeSourcesFailed
    } else {
        Exit::Done
    }
}

/// What a round did, for people.
pub fn summary(reports: &[SourceReport]) -> String {
    if reports.is_empty() {
        return "nothing is due; --all polls everything now\n".to_owned();
    }
    let mut table = Table::new([
        "source",
        "feed",
        ">items",
        ">new",
        ">pages",
        ">versions",
        ">minutes",
        ">network",
        ">failed",
    ]);
    for report in reports {
        table.row([
            report.source.to_string(),
            feed(report).to_owned(),
            report.items_seen.to_string(),
            report.items_new.to_string(),
            report.pages_read.to_string(),
            report.versions.to_string(),
            report.minutes_published.to_string(),
            report.recognised.to_string(),
            report.pages_failed.to_string(),
        ]);
    }
    table.render() + &failures(reports)
}

/// How the feed of a source did, in a word.
fn feed(report: &SourceReport) -> &'static str {
    match (report.outcome, &report.error) {
        (Some(outcome), _) => outcome.word(),
        (None, Some(_)) => "not stored",
        (None, None) => "not due",
    }
}

/// What a backfill did, for people.
fn backfilled(reports: &[SourceReport]) -> String {
    let mut table = Table::new([
        "source",
        "walk",
        ">lists",
        ">meetings",
        ">new",
        ">pages",
        ">minutes",
        ">network",
        ">failed",
    ]);
    for report in reports {
        let ended = if report.error.is_some() {
            "not finished"
        } else {
            "finished"
        };
        table.row([
            report.source.to_string(),
            ended.to_owned(),
            report.lists_read.to_string(),
            report.meetings_new.to_string(),
            report.items_new.to_string(),
            report.pages_read.to_string(),
            report.minutes_published.to_string(),
            report.recognised.to_string(),
            (report.pages_failed + report.lists_failed).to_string(),
        ]);
    }
    table.render() + &failures(reports)
}

/// Why sources failed; a reason on our side is said once.
fn failures(reports: &[SourceReport]) -> String {
    let mut text = String::new();
    if let Some(report) = reports.iter().find(|report| report.our_side) {
        let error = report.error.as_deref().unwrap_or_default();
        text.extend([format!(
            "\nno source could be reached: our own network seems to be down, and no source is blamed ({})\n",
            printable(error)
        )]);
    }
    for report in reports.iter().filter(|report| report.failed()) {
        let found = !report.findings.is_empty();
        let error = match &report.error {
            Some(error) => error,
            None if found => continue,
            None => "it failed without saying why",
        };
        text.extend([format!(
            "\n{} failed: {}\n",
            report.source,
            printable(error)
        )]);
    }
    text + &findings(reports)
}

/// What else is wrong with sources; that the poll of this round failed was said.
fn findings(reports: &[SourceReport]) -> String {
    let found = reports.iter().flat_map(|report| {
        let told = report.error.is_some();
        let mut found: Vec<_> = report.findings.iter().collect();
        found.retain(|finding| !told || finding.trouble.word() != "poll_fails");
        found
    });
    let mut text = String::new();
    for finding in found.filter(|finding| finding.severity >= Severity::Warning) {
        let (word, said) = (finding.severity.word(), printable(&finding.text));
        text.extend([format!("\n{word}: {said}\n")]);
    }
    text
}

/// Reads a day from the command line.
fn day(typed: &str) -> Result<Date, String> {
    typed.parse().map_err(|_unreadable: jiff::Error| {
        "write the day as YYYY-MM-DD, such as 2024-01-31".to_owned()
    })
}
