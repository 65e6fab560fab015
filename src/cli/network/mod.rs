//! `seutu network`: how a network's matters are recognised, for the coordinator who sets its rules right.

mod report;
mod trial;

use clap::Subcommand;

use super::opening::WrongUse;
use super::{Exit, Global, opening, say, say_json};
use crate::config::Config;
use crate::model::network::{Evidence, Field, Network};

/// What to do with networks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain what the rules say of a text: what counted, what did not and why
    Test(trial::Args),
    /// List what was accepted, doubted and narrowly refused, with the command that decides by hand
    Report(report::Args),
}

/// Runs the command.
pub fn run(global: &Global, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Test(args) => trial::run(global, args),
        Command::Report(args) => report::run(global, args),
    }
}

/// The networks of the configuration, or the one that is asked for.
fn networks<'c>(config: &'c Config, slug: Option<&str>) -> anyhow::Result<Vec<&'c Network>> {
    let all = &config.networks;
    let found: Vec<_> = all
        .iter()
        .filter(|network| slug.is_none_or(|slug| slug == network.slug))
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<_> = all.iter().map(|network| network.slug.as_str()).collect();
    let said = match slug {
        Some(slug) if !known.is_empty() => {
            let known = known.join(", ");
            format!("there is no network \"{slug}\" in the configuration; there are {known}")
        }
        Some(_) | None => {
            "the configuration has no network; add one with [[network]] and its rules".to_owned()
        }
    };
    Err(WrongUse(said).into())
}

/// A reason in one line: what it adds, where it stands, and the words.
fn reason(evidence: &Evidence) -> String {
    passage(
        evidence.weight,
        evidence.field,
        &evidence.rule,
        &evidence.quote,
    )
}

fn passage(weight: f64, field: Field, rule: &str, quote: &str) -> String {
    format!("{weight:>+7}  {:<11} {rule}: \"{quote}\"", field.word())
}
