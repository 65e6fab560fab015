//! `seutu verify`: the integrity of archive and originals.

use super::{Exit, Global, opening, progress, say, say_json};
use crate::archive;
use crate::daemon::clock::{Clock as _, SystemClock};

/// Options of `verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print every finding as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    opening::must_exist(&config)?;
    let bar = progress::checking(global);
    let findings = archive::verify_watched(&config.archive_dir, &bar);
    drop(bar);
    let verified = archive::Verified {
        at: SystemClock.now(),
        findings: findings.len() as u64,
    };
    if let Err(error) = archive::note_verified(&config.archive_dir, verified) {
        tracing::warn!(%error, "that it was verified could not be noted");
    }
    let exit = if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    if args.json {
        say_json(&findings)?;
        return Ok(exit);
    }
    if findings.is_empty() {
        say("archive and originals are sound")?;
        return Ok(exit);
    }
    for finding in &findings {
        say(&finding.to_string())?;
    }
    Ok(exit)
}
