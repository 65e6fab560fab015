//! The command line: one file per subcommand; the doc comments here are the help.

mod capture;
mod check;
mod completions;
mod demo;
mod doctor;
mod dossier;
mod export;
mod feed;
mod journal;
mod listening;
mod logging;
mod network;
mod opening;
mod poll;
mod probe;
mod progress;
mod read;
mod rederive;
mod reload;
mod run;
mod search;
mod show;
mod snapshot;
mod sources;
mod table;
mod takedown;
mod verdict;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

pub use logging::LogFormat;

/// How a command ended; the numbers are part of the public interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done,
    /// It failed.
    Failed,
    /// Wrong use or a faulty configuration.
    WrongUse,
    /// Done, but some sources failed, or something else needs a person.
    SomeSourcesFailed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::WrongUse => 2,
            Exit::SomeSourcesFailed => 3,
        })
    }
}

/// Watches the meeting feeds of Finnish municipalities, archives every agenda item and decision, and
/// publishes the decisions of a regional network as one feed.
///
/// Without a command it runs as a daemon with the configuration that is found.
#[derive(Debug, Parser)]
#[command(name = "seutu", version, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; `run` when nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Configuration file [default: ./seutu.toml, else /etc/seutu/seutu.toml, else the built-in one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Form of log lines on standard error [default: journald where a journal reads them, else text]
    #[arg(long, global = true, value_enum)]
    pub log_format: Option<LogFormat>,
    /// Log more; twice: everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log errors only and show no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: poll what is due and serve the feeds over HTTP
    Run,
    /// Have the running daemon read its configuration again; a faulty one changes nothing
    Reload,
    /// Run on bundled simulated municipal sites, in a temporary folder and without a network
    Demo(demo::Args),
    /// Poll what is due once, and exit
    Poll(poll::Args),
    /// Say everything that is wrong with configuration, vocabulary and archive
    Check(check::Args),
    /// Collect what whoever helps would ask for, without secrets, each finding with what to do
    Doctor(doctor::Args),
    /// List the sources with their last success, newest meeting and problems
    Sources(sources::Args),
    /// Print what is read from one page or feed, as JSON
    Read(read::Args),
    /// Save a page as a fixture, with invented people in the place of its own
    Capture(capture::Args),
    /// Show one item with its versions, evidence and attachments
    Show(show::Args),
    /// Search the archive
    Search(search::Args),
    /// Write a merged feed to standard output
    Feed(feed::Args),
    /// Write the archive as CSV, JSON Lines or Parquet into a folder or an S3-compatible store
    Export(export::Args),
    /// Decide by hand whether an item belongs to a network; the rules never overrule it
    Verdict(verdict::Args),
    /// Show regional matters across municipalities: who decided what, in which words; correct them by hand
    Dossier(dossier::Args),
    /// Explain how a network's matters are recognised, and list what was accepted, doubted and narrowly refused
    #[command(subcommand)]
    Network(network::Command),
    /// Write a consistent copy of the archive for readers, or publish one
    Snapshot(snapshot::Args),
    /// Take an item down: hide it, redact its names, or erase it, and keep it out
    Takedown(takedown::Args),
    /// Check the integrity of archive and originals
    Verify(verify::Args),
    /// Derive everything again from the stored originals
    Rederive(rederive::Args),
    /// Print shell completions
    Completions(completions::Args),
    /// Print the manual page
    Man,
}

/// Runs a command line and says how it ended. Every error is printed here, once.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::WrongUse
            } else {
                Exit::Done
            };
            return if error.print().is_ok() {
                exit.into()
            } else {
                Exit::Failed.into()
            };
        }
    };
    let exit = match execute(cli) {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            complain(&format!("seutu: {error:#}"));
            opening::exit_for(&error)
        }
    };
    exit.into()
}

fn execute(cli: Cli) -> anyhow::Result<Exit> {
    let global = &cli.global;
    let command = cli.command.unwrap_or(Command::Run);
    logging::start(global, &command)?;
    match command {
        Command::Run => run::run(global),
        Command::Reload => reload::run(global),
        Command::Demo(args) => demo::run(global, &args),
        Command::Poll(args) => poll::run(global, &args),
        Command::Check(args) => check::run(global, &args),
        Command::Doctor(args) => doctor::run(global, &args),
        Command::Sources(args) => sources::run(global, &args),
        Command::Read(args) => read::run(global, &args),
        Command::Capture(args) => capture::run(global, &args),
        Command::Show(args) => show::run(global, &args),
        Command::Search(args) => search::run(global, &args),
        Command::Feed(args) => feed::run(global, &args),
        Command::Export(args) => export::run(global, &args),
        Command::Verdict(args) => verdict::run(global, &args),
        Command::Dossier(args) => dossier::run(global, &args),
        Command::Network(command) => network::run(global, &command),
        Command::Snapshot(args) => snapshot::run(global, &args),
        Command::Takedown(args) => takedown::run(global, &args),
        Command::Verify(args) => verify::run(global, &args),
        Command::Rederive(args) => rederive::run(global, &args),
        Command::Completions(args) => completions::run(&args),
        Command::Man => completions::man(),
    }
}

/// Whoever read our output has seen enough: `seutu search … | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints to standard error; when even that is closed there is nobody left to tell.
fn complain(message: &str) {
    if writeln!(std::io::stderr(), "{message}").is_err() {}
}

/// Prints results to standard output.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Prints a value as indented JSON.
fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    say(&table::printable_json(&serde_json::to_string_pretty(
        value,
    )?))
}
