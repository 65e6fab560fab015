//! `seutu poll`: one round and a summary.

use super::opening::WrongUse;
use super::table::{Table, printable};
use super::{Exit, Global, opening, progress, say};
use crate::config::Config;
use crate::daemon::cycle::Scope;
use crate::daemon::poll::round;
use crate::daemon::report::SourceReport;
use crate::model::ids::SourceId;
use crate::model::poll::PollOutcome;

/// Options of `poll`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ignore due times: every feed, and every page that is followed
    #[arg(long)]
    all: bool,
    /// Poll the feeds alone; the pages wait for the next poll
    #[arg(long, conflicts_with = "all")]
    feeds: bool,
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
    let scope = match (args.all, args.feeds) {
        (true, _) => Scope::All,
        (false, true) => Scope::FeedsOnly,
        (false, false) => Scope::Due,
    };
    let reports = opening::block_on(async {
        let engine = opening::engine(config).await?;
        let stop = stop_on_signal(&engine.shutdown)?;
        let reports = round(&engine, &only, scope, &progress::watcher(global)).await;
        stop.abort();
        let interrupted = engine.shutdown.is_cancelled();
        opening::close(engine).await?;
        anyhow::ensure!(
            !interrupted,
            "interrupted: what was archived until now stays, and the next poll does the rest"
        );
        reports
    })?;
    if args.json {
        for report in &reports {
            say(&serde_json::to_string(report)?)?;
        }
    } else {
        say(&summary(&reports))?;
    }
    Ok(exit(&reports))
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

fn wanted(config: &Config, named: &[String]) -> Result<Vec<SourceId>, WrongUse> {
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
    if reports.iter().any(SourceReport::failed) {
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
            report
                .outcome
                .map_or("not due", PollOutcome::word)
                .to_owned(),
            report.items_seen.to_string(),
            report.items_new.to_string(),
            report.pages_read.to_string(),
            report.versions.to_string(),
            report.minutes_published.to_string(),
            report.recognised.to_string(),
            report.pages_failed.to_string(),
        ]);
    }
    let mut text = table.render();
    for report in reports.iter().filter(|report| report.failed()) {
        let error = report
            .error
            .as_deref()
            .unwrap_or("it failed without saying why");
        text.extend([format!(
            "\n{} failed: {}\n",
            report.source,
            printable(error)
        )]);
    }
    text
}
