//! `seutu check`: everything that is wrong with configuration, vocabulary and archive.

use super::{Exit, Global, say};
use crate::archive;
use crate::config::{self, ConfigFaults};
use crate::daemon::words;
use crate::language::Analyser;
use crate::vocab::Vocabulary;

/// Options of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the configuration in force, defaults and environment included
    #[arg(long)]
    print: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = match config::load_to_write(global.config.as_deref(), std::env::vars()) {
        Ok(config) => config,
        Err(faults) => return complain(&faults),
    };
    if args.print {
        say(&config.effective_toml())?;
        return Ok(Exit::Done);
    }
    // The vocabulary is part of the binary; parsing it again shows that this build is sound.
    Vocabulary::parse(Vocabulary::embedded_text())?;
    if let Err(fault) = words::read(&config) {
        say(&format!("vocabulary: {fault:#}"))?;
        return Ok(Exit::WrongUse);
    }
    say(&format!(
        "configuration: no fault (municipalities: {}, sources: {}, networks: {})\nvocabulary: no fault",
        config.municipalities.len(),
        config.sources.len(),
        config.networks.len()
    ))?;
    let language = Analyser::open(&config.voikko);
    match language.complaint() {
        None => say(&format!("search: {}", language.name()))?,
        Some(why) => say(&format!(
            "search: {}, not Voikko: {why}; install libvoikko1 and voikko-fi, or set archive.voikko = \"off\"",
            language.name()
        ))?,
    }
    check_archive(&config)
}

fn check_archive(config: &config::Config) -> anyhow::Result<Exit> {
    let exists = match archive::is_there(&config.archive_dir) {
        Ok(exists) => exists,
        Err(error) => {
            say(&format!("archive: {error}"))?;
            return Ok(Exit::Failed);
        }
    };
    if !exists {
        say(&format!(
            "archive: none in {} yet",
            config.archive_dir.display()
        ))?;
        return Ok(Exit::Done);
    }
    let findings = archive::verify(&config.archive_dir);
    if findings.is_empty() {
        say(&format!(
            "archive: {} is sound",
            config.archive_dir.display()
        ))?;
        return Ok(Exit::Done);
    }
    for finding in findings {
        say(&format!("archive: {finding}"))?;
    }
    Ok(Exit::Failed)
}

fn complain(faults: &ConfigFaults) -> anyhow::Result<Exit> {
    say(&faults.to_string())?;
    Ok(Exit::WrongUse)
}
