//! `seutu search`: full-text search.

use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use crate::archive::{MARK_CLOSE, MARK_OPEN};

/// Options of `search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Words; each finds every word that begins with it
    #[arg(required = true)]
    words: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How many hits at the most
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let hits = opening::reader(&config)?.search(&args.words.join(" "), args.limit)?;
    if args.json {
        say_json(&hits)?;
        return Ok(Exit::Done);
    }
    if hits.is_empty() {
        say("nothing found")?;
    }
    for hit in hits {
        let day = hit.date.map(|day| day.to_string()).unwrap_or_default();
        let body = hit.body.map(|body| format!(", {body}")).unwrap_or_default();
        say(&printable(&format!(
            "{}  {day}  {}\n    {}{body}\n    {}",
            hit.uid,
            hit.title,
            hit.municipality,
            snippet(hit.snippet.as_deref())
        )))?;
    }
    Ok(Exit::Done)
}

/// The snippet on one line, found words in brackets.
fn snippet(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    text.replace(MARK_OPEN, "[")
        .replace(MARK_CLOSE, "]")
        .replace('\n', " ")
}
