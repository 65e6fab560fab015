//! `seutu doctor`: everything that whoever helps would ask for, without secrets.

mod held;
mod machine;
mod masked;
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use self::masked::Mask;
use self::report::Report;
use super::table::printable_json;
use super::{Exit, Global, opening, say};
use crate::archive::{Reader, is_there};
use crate::config::{self, Config};
use crate::daemon::clock::{Clock as _, SystemClock};
use crate::fetch::{Client, host_key};

/// Options of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write it into a file instead of printing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Also ask each portal for its robots.txt
    #[arg(long)]
    online: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let mut report = Report::default();
    let now = SystemClock.now();
    machine::machine(&mut report, now);
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in variables.filter(|name| name.starts_with("SEUTU_") || name.starts_with("AWS_")) {
        report.fact("environment", &name, "set");
    }
    // The faults of a configuration may quote its secrets.
    let (file, raw) = config::find(global.config.as_deref()).unwrap_or_default();
    if !file.is_empty() {
        report.fact("configuration file", "read from", file);
    }
    let loaded = config::load(global.config.as_deref(), environment());
    let (exit, text) = match loaded {
        Ok(config) => {
            examine(&mut report, &config, args)?;
            let exit = if report.is_well() {
                Exit::Done
            } else {
                Exit::SomeSourcesFailed
            };
            (exit, config.effective_toml())
        }
        Err(faults) => {
            report.complain(
                faults.to_string(),
                "correct the configuration; `seutu check` tells when it has no fault",
            );
            (Exit::WrongUse, raw)
        }
    };
    let report = report.covered(&Mask::of([text.as_str()].into_iter(), environment()));
    let written = if args.json {
        printable_json(&serde_json::to_string_pretty(&report)?)
    } else {
        report.text()
    };
    match &args.out {
        None => say(&written)?,
        Some(path) => {
            let failed = || format!("cannot write {}", path.display());
            fs::write(path, written).with_context(failed)?;
        }
    }
    Ok(exit)
}

/// Variables whose name and value are text.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Looks at everything that a configuration names.
fn examine(report: &mut Report, config: &Config, args: &Args) -> anyhow::Result<()> {
    report.configured(config.effective_toml());
    machine::helpers(report, config);
    machine::folder(report, config);
    machine::service(report, &config.archive_dir);
    match is_there(&config.archive_dir) {
        Ok(true) => {
            held::files(report, config);
            // What cannot be read is a finding by now.
            if let Ok(reader) = Reader::open(&config.archive_dir)
                && let Err(error) = held::sources(report, &reader, SystemClock.now())
            {
                report.complain(
                    "the sources cannot be read from the archive",
                    error.to_string(),
                );
            }
        }
        Ok(false) => {
            report.fact("archive", "archive.db", "none yet");
            report.complain(
                "there is no archive yet",
                "start the daemon, or run `seutu poll` once",
            );
        }
        Err(error) => report.complain("the archive cannot be opened", error.to_string()),
    }
    if args.online {
        opening::block_on(reach(report, config))?;
    }
    Ok(())
}

/// Asks each host for its robots.txt, with the manners of every request.
async fn reach(report: &mut Report, config: &Config) -> anyhow::Result<()> {
    let client = Client::new(&config.fetch).context("cannot prepare the HTTP client")?;
    let mut asked = BTreeSet::new();
    for source in config.sources.iter().filter(|source| source.enabled) {
        let host = host_key(&source.url);
        if !asked.insert(host.clone()) {
            continue;
        }
        match client.robots_allow(&source.url).await {
            Ok(_) => report.fact("online", &host, "answers"),
            Err(error) => {
                report.fact("online", &host, &error);
                report.complain(format!("{host} cannot be reached"), error.to_string());
            }
        }
    }
    Ok(())
}
