//! `seutu feed`: a merged feed on standard output.

use std::sync::Arc;

use url::form_urlencoded::Serializer;

use super::opening::WrongUse;
use super::{Exit, Global, opening, say};
use crate::daemon::clock::{Clock, SystemClock};
use crate::publish::Format;
use crate::serve::feeds::{Feed, FeedFault};
use crate::serve::filters::FeedRequest;
use crate::serve::{ArchiveSite, Site};

/// Options of `feed`: the same filters as over HTTP.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Slug of a network, `all`, `municipalities/SLUG`, `dossiers/SLUG`, or one of these with `/daily` behind it: its digest
    #[arg(default_value = "all")]
    network: String,
    /// Format
    #[arg(long, default_value = "atom", value_parser = format_word)]
    format: Format,
    /// Only this municipality
    #[arg(long)]
    municipality: Option<String>,
    /// Only this body
    #[arg(long)]
    body: Option<String>,
    /// Only this stage: agenda or minutes
    #[arg(long)]
    stage: Option<String>,
    /// Only this outcome, such as accepted or tabled
    #[arg(long)]
    outcome: Option<String>,
    /// Only what was handled in this year
    #[arg(long)]
    year: Option<String>,
    /// Only what full-text search finds
    #[arg(long, value_name = "WORDS")]
    q: Option<String>,
    /// Only what changed on or after this day: 2026-11-01
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// The archive of a month that is over: 2026-10
    #[arg(long)]
    month: Option<String>,
    /// Which part of that month, from 1
    #[arg(long, requires = "month")]
    part: Option<String>,
    /// Which page, from 1
    #[arg(long)]
    page: Option<String>,
}

fn format_word(word: &str) -> Result<Format, String> {
    Format::from_word(word).ok_or_else(|| {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.word()).collect();
        format!("known formats are {}", known.join(", "))
    })
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let site = ArchiveSite::new(opening::reader(&config)?, &config)
        .with_clock(Arc::new(|| SystemClock.now()));
    let request =
        FeedRequest::parse(&query(args), &site).map_err(|bad| WrongUse(bad.to_string()))?;
    let found = Feed::find(&site, &args.network, args.format, request);
    let feed = found.map_err(wrong_filter)?.ok_or_else(|| {
        WrongUse(format!(
            "there is no feed \"{}\"; name a network of the configuration, all, municipalities/SLUG or dossiers/SLUG (a digest or \
             an archive takes no filters)",
            args.network
        ))
    })?;
    say(&feed.document(&site, site.now()?)?)?;
    Ok(Exit::Done)
}

/// A filter that means nothing is wrong use, as it is where the options are read.
fn wrong_filter(fault: FeedFault) -> anyhow::Error {
    if let FeedFault::BadFilter(bad) = &fault {
        return WrongUse(bad.to_string()).into();
    }
    fault.into()
}

/// The options as the query of a request, so that both are understood in one place.
fn query(args: &Args) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in [
        ("municipality", &args.municipality),
        ("body", &args.body),
        ("stage", &args.stage),
        ("outcome", &args.outcome),
        ("year", &args.year),
        ("q", &args.q),
        ("since", &args.since),
        ("page", &args.page),
        ("month", &args.month),
        ("part", &args.part),
    ] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    query.finish()
}
