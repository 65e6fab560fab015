//! `seutu verify`: the integrity of archive and originals.

use super::{Exit, Global, opening, say};
use crate::archive;

/// Runs the command.
pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    opening::reader(&config)?;
    let findings = archive::verify(&config.archive_dir);
    if findings.is_empty() {
        say("archive and originals are sound")?;
        return Ok(Exit::Done);
    }
    for finding in &findings {
        say(&finding.to_string())?;
    }
    Ok(Exit::Failed)
}
