//! `seutu search`: full-text search.

use super::opening::WrongUse;
use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use jiff::civil::Date;
use serde::Serialize;

use crate::archive::{
    MARK_CLOSE, MARK_OPEN, MeetingHit, PageSource, SearchHit, SearchQuery, UnknownName,
};
use crate::model::minutes::{Outcome, Stage};
use crate::serve::filters::{LONGEST_QUERY, MOST_WORDS, is_short_enough};

/// Options of `search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Words, found in all their forms; "words in quotes" as they stand
    #[arg(required = true)]
    words: Vec<String>,
    /// Print JSON; snippets are the same, with found words in brackets
    #[arg(long)]
    json: bool,
    /// Only this municipality, by slug or name
    #[arg(long, value_name = "NAME")]
    municipality: Option<String>,
    /// Only this body, by slug or name
    #[arg(long, value_name = "NAME")]
    body: Option<String>,
    /// Only meetings of this year, or from one to another: 2026, 2024-2026
    #[arg(long, value_name = "YEAR", value_parser = years)]
    year: Option<(i16, i16)>,
    /// Only agenda or minutes
    #[arg(long, value_parser = stage)]
    stage: Option<Stage>,
    /// Only this outcome: accepted, amended, rejected ...
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Only what was recognised for this network, by slug or name
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// How many hits at the most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let query = query(args);
    insist_on_words(&query.words)?;
    let config = opening::config(global)?;
    let reader = opening::reader(&config)?;
    if let Some(unknown) = reader.unknown_name(&query)? {
        return Err(WrongUse(not_there(&unknown)).into());
    }
    let mut hits = reader.search(&query)?;
    for hit in &mut hits {
        hit.snippet = hit.snippet.as_deref().map(snippet);
    }
    let left = u32::try_from(hits.len()).map_or(0, |found| query.limit.saturating_sub(found));
    let meetings = SearchQuery {
        limit: left,
        ..query
    };
    let mut meetings = reader.search_meetings(&meetings, &hits)?;
    for hit in &mut meetings {
        hit.snippet = snippet(&hit.snippet);
    }
    if args.json {
        let hits = hits.into_iter().map(Hit::Item);
        let all: Vec<Hit> = hits.chain(meetings.into_iter().map(Hit::Meeting)).collect();
        say_json(&all)?;
        return Ok(Exit::Done);
    }
    if hits.is_empty() && meetings.is_empty() {
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
            place(hit.page.as_ref()) + &hit.snippet.unwrap_or_default()
        )))?;
    }
    for hit in meetings {
        say(&printable(&format!(
            "{}  {}\n    {}\n    (PDF of the meeting, page {}) {}",
            hit.meeting,
            hit.title,
            hit.url.unwrap_or_default(),
            hit.page,
            hit.snippet
        )))?;
    }
    Ok(Exit::Done)
}

/// Refuses what cannot be looked for.
fn insist_on_words(words: &str) -> Result<(), WrongUse> {
    if !words.chars().any(char::is_alphanumeric) {
        let nothing = "there is nothing to look for; give a word or a number";
        return Err(WrongUse(nothing.to_owned()));
    }
    if !is_short_enough(words) {
        return Err(WrongUse(format!(
            "this is too long to search: {MOST_WORDS} words and {LONGEST_QUERY} bytes at the most"
        )));
    }
    Ok(())
}

/// That the archive does not have a name, and those that it has.
fn not_there(unknown: &UnknownName) -> String {
    let UnknownName { what, name, near } = unknown;
    let known = if near.is_empty() {
        "give its name or slug as the archive has it".to_owned()
    } else {
        format!("it has {}", near.join(", "))
    };
    format!("the archive has no {what} \"{name}\"; {known}")
}

/// What is found, in JSON: an item, or a meeting, which has `meeting` in the place of `uid`.
#[derive(Serialize)]
#[serde(untagged)]
enum Hit {
    Item(SearchHit),
    Meeting(MeetingHit),
}

fn query(args: &Args) -> SearchQuery {
    let (from, until) = args.year.unzip();
    SearchQuery {
        municipality: args.municipality.clone(),
        body: args.body.clone(),
        from: from.and_then(|year| Date::new(year, 1, 1).ok()),
        until: until.and_then(|year| Date::new(year, 12, 31).ok()),
        stage: args.stage,
        outcome: args.outcome,
        network: args.network.clone(),
        limit: args.limit,
        ..SearchQuery::new(args.words.join(" "))
    }
}

fn years(text: &str) -> Result<(i16, i16), String> {
    let (from, until) = text.split_once('-').unwrap_or((text, text));
    let year = |text: &str| {
        let year = text
            .parse()
            .ok()
            .filter(|year| (1000..=9999).contains(year));
        year.ok_or_else(|| format!("`{text}` is no year; write 2026 or 2024-2026"))
    };
    let (from, until) = (year(from)?, year(until)?);
    if until < from {
        return Err(format!(
            "`{text}` ends before it begins; write {until}-{from}"
        ));
    }
    Ok((from, until))
}

fn stage(text: &str) -> Result<Stage, String> {
    Stage::from_word(text).ok_or_else(|| format!("`{text}` is neither agenda nor minutes"))
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::from_word(text).ok_or_else(|| {
        let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        format!("`{text}` is no outcome; there are {}", words.join(", "))
    })
}

/// Where the passage stands when that is not the item itself.
fn place(page: Option<&PageSource>) -> String {
    match page {
        Some(PageSource {
            attachment: Some(title),
            page,
        }) => format!("({title}, page {page}) "),
        Some(PageSource {
            attachment: None,
            page,
        }) => format!("(PDF, page {page}) "),
        None => String::new(),
    }
}

/// The snippet on one line, found words in brackets.
fn snippet(text: &str) -> String {
    let text = text.replace(MARK_OPEN, "[").replace(MARK_CLOSE, "]");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
