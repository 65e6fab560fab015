//! `seutu sources`: the sources and how they are.

use super::table::{Table, printable};
use super::{Exit, Global, opening, probe, say, say_json};
use crate::model::when::day_in_finland;

/// Options of `sources`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Do something else than listing them
    #[command(subcommand)]
    command: Option<Command>,
}

/// What else can be done with sources.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find the portal behind an address, and print the configuration for it
    Probe(probe::Args),
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    if let Some(Command::Probe(probe)) = &args.command {
        return probe::run(global, probe);
    }
    let config = opening::config(global)?;
    let sources = opening::reader(&config)?.source_overview()?;
    if args.json {
        say_json(&sources)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new([
        "source",
        "platform",
        "last success",
        "newest meeting",
        ">items",
        ">awaiting",
        ">problems",
        "last poll",
    ]);
    let day = |at: Option<jiff::Timestamp>| {
        at.map_or("never".to_owned(), |at| day_in_finland(at).to_string())
    };
    for source in &sources {
        table.row([
            source.source.to_string(),
            source.platform.clone(),
            day(source.last_ok_at),
            source
                .newest_meeting
                .map_or("none".to_owned(), |day| day.to_string()),
            source.items.to_string(),
            source.awaiting_minutes.to_string(),
            source.problems.to_string(),
            source
                .last_outcome
                .clone()
                .unwrap_or_else(|| "never polled".to_owned()),
        ]);
    }
    let mut text = table.render();
    for source in &sources {
        if let Some(successor) = &source.successor {
            let since = source
                .retired_on
                .map_or(String::new(), |day| format!(" since {day}"));
            text.extend([format!(
                "\n{}: retired{since}; {successor} took its place\n",
                source.source
            )]);
        }
        if let Some(error) = &source.error {
            text.extend([format!("\n{}: {}\n", source.source, printable(error))]);
        }
    }
    say(&text)?;
    Ok(Exit::Done)
}
