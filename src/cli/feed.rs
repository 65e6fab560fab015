//! `seutu feed`: a merged feed on standard output.

use super::{Exit, Global, opening, say};
use crate::publish::Format;
use crate::serve::{FeedRequest, feed_document};

/// Options of `feed`: the same filters as over HTTP.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Slug of a network, or `all`
    #[arg(default_value = "all")]
    network: String,
    /// Format
    #[arg(long, default_value = "atom")]
    format: String,
    /// Only this municipality
    #[arg(long)]
    municipality: Option<String>,
    /// Only this body
    #[arg(long)]
    body: Option<String>,
    /// Only this stage: agenda or minutes
    #[arg(long)]
    stage: Option<String>,
    /// Only this outcome
    #[arg(long)]
    outcome: Option<String>,
    /// Only what full-text search finds
    #[arg(short, long)]
    q: Option<String>,
    /// Only what changed on or after this day: 2026-11-01
    #[arg(long)]
    since: Option<String>,
    /// Which page, from 1
    #[arg(long, default_value_t = 1)]
    page: usize,
}
