//! The page header: `Pöytäkirja 14.03.2024/Pykälä 39`, with the body before it.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::super::markup::{Seen, clean_text};
use crate::model::minutes::Stage;
use crate::model::page::{BlockKind, PageHeader, Run};
use crate::vocab::Vocabulary;

/// A day as pages print it.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
pub(super) static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b").unwrap());

/// A longer line is no header.
const MAX_LINE: usize = 240;

/// A header and the line after which the item's text may begin.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: PageHeader,
    /// Index of the last line that belongs to the header.
    pub(super) last_line: usize,
    /// What stands after the day.
    pub(super) rest: String,
    /// Running number of the body's meeting in its year: `10/2026`.
    pub(super) running: Option<String>,
    /// Whether it has the number of an item, as no page of a meeting has.
    pub(super) numbered: bool,
}

/// Finds the header of a list: what rows and links say is of what they list.
pub(super) fn find_of_list(lines: &[&Seen], vocab: &Vocabulary) -> Option<Found> {
    let own: Vec<&Seen> = lines.iter().copied().filter(|seen| is_own(seen)).collect();
    find(&own, vocab)
}

/// Whether a line of a list is about the list itself.
pub(super) fn is_own(seen: &Seen) -> bool {
    seen.links.is_empty() && seen.block.kind != BlockKind::TableRow
}

/// Finds the header among the lines of the page.
///
/// Old pages show the kind and date also in a line of links above; the header is the one with a number,
/// or, on the page of a meeting, with an hour.
pub(super) fn find(lines: &[&Seen], vocab: &Vocabulary) -> Option<Found> {
    let found: Vec<Found> = (0..lines.len())
        .filter_map(|at| at_line(lines, at, vocab))
        .collect();
    let numbered = found.iter().position(|found| found.numbered);
    let told = || found.iter().position(|found| !found.rest.trim().is_empty());
    let at = numbered.or_else(told).unwrap_or(0);
    found.into_iter().nth(at)
}

/// Finds the header of an officeholder's decision: a line like that of an item, or a line with number and
/// year beside one with the day. No such page was ever saved, so several shapes are understood.
pub(super) fn find_decision(lines: &[&Seen], vocab: &Vocabulary) -> Option<Found> {
    (0..lines.len())
        .find_map(|at| dated_decision(lines, at, vocab))
        .or_else(|| (0..lines.len()).find_map(|at| numbered_decision(lines, at, vocab)))
}

fn dated_decision(lines: &[&Seen], at: usize, vocab: &Vocabulary) -> Option<Found> {
    let seen = lines.get(at)?;
    let (text, apart) = (line_text(seen), joined(seen, " "));
    if text.chars().count() > MAX_LINE {
        return None;
    }
    let header = vocab.decision_header();
    let parts = header.captures(&text).or_else(|| header.captures(&apart))?;
    let (stage, lang) = vocab.kind(parts.name("kind")?.as_str())?;
    let rest = parts.name("rest")?.as_str().to_owned();
    let running = parts.name("running").map(|number| number.as_str());
    let number = number_in(&rest, vocab)
        .map(|number| number.value)
        .or_else(|| running?.split('/').next()?.parse().ok());
    let above = || body_above(lines, at, vocab);
    Some(Found {
        header: PageHeader {
            body: named(&parts).or_else(above),
            stage: Some(stage),
            checked: None,
            held_on: date(parts.name("date")?.as_str()),
            number,
            lang: Some(lang),
        },
        last_line: at,
        rest,
        running: None,
        numbered: number.is_some(),
    })
}

fn numbered_decision(lines: &[&Seen], at: usize, vocab: &Vocabulary) -> Option<Found> {
    let text = line_text(lines.get(at)?);
    let parts = vocab.decision_number().captures(&text)?;
    let (stage, lang) = vocab.kind(parts.name("kind")?.as_str())?;
    let near = [at, at + 1, at.wrapping_sub(1)];
    let (dated_at, (body, held_on)) = near
        .into_iter()
        .find_map(|at| Some((at, dated(&line_text(lines.get(at)?))?)))?;
    let beside = || Some(body).filter(|body| dated_at != at && !body.is_empty());
    Some(Found {
        header: PageHeader {
            body: named(&parts).or_else(beside),
            stage: Some(stage),
            checked: None,
            held_on,
            number: parts.name("number")?.as_str().parse().ok(),
            lang: Some(lang),
        },
        last_line: at.max(dated_at),
        rest: parts.name("rest")?.as_str().to_owned(),
        running: None,
        numbered: true,
    })
}

/// What stands before the last day of a text, and that day; `None` inside where no calendar has it.
pub(super) fn dated(text: &str) -> Option<(String, Option<Date>)> {
    let found = DATE.find_iter(text).last()?;
    let before = text.get(..found.start())?;
    Some((tidy_body(before), date(found.as_str())))
}

fn named(parts: &regex::Captures<'_>) -> Option<String> {
    parts
        .name("body")
        .map(|body| tidy_body(body.as_str()))
        .filter(|body| !body.is_empty())
}

fn at_line(lines: &[&Seen], at: usize, vocab: &Vocabulary) -> Option<Found> {
    let seen = lines.get(at)?;
    let letters: usize = seen.block.runs.iter().map(|run| run.text.len()).sum();
    let dated = |run: &Run| run.text.bytes().any(|byte| byte.is_ascii_digit());
    if letters > 4 * MAX_LINE || !seen.block.runs.iter().any(dated) {
        return None;
    }
    let text = line_text(seen);
    if text.chars().count() > MAX_LINE {
        return None;
    }
    // body and kind may be glued spans
    let apart;
    let header = vocab.page_header();
    let parts = if let Some(parts) = header.captures(&text) {
        parts
    } else {
        apart = joined(seen, " ");
        header.captures(&apart)?
    };
    let kind = parts.name("kind")?.as_str();
    if !kind.chars().next()?.is_uppercase() {
        return None;
    }
    let (stage, lang) = vocab.kind(kind)?;
    let rest = parts.name("rest")?.as_str();
    let mut last_line = at;
    let mut number = number_in(rest, vocab);
    if number.is_none()
        && rest.trim().is_empty()
        && let Some(next) = lines.get(at + 1)
    {
        number = number_at_start(&line_text(next), vocab);
        last_line += usize::from(number.is_some());
    }
    if number.is_none() && !is_tail(rest, vocab) {
        return None;
    }
    let body = named(&parts).or_else(|| body_above(lines, at, vocab));
    let header = PageHeader {
        body,
        stage: Some(stage),
        checked: None,
        held_on: date(parts.name("date")?.as_str()),
        number: number
            .filter(|number| number.fits(stage))
            .map(|number| number.value),
        lang: Some(lang),
    };
    Some(Found {
        numbered: number.is_some(),
        rest: rest.to_owned(),
        running: parts
            .name("running")
            .map(|number| number.as_str().to_owned()),
        header,
        last_line,
    })
}

/// A number and the word before it.
#[derive(Clone, Copy)]
struct Number {
    value: u32,
    section: bool,
}

impl Number {
    /// A position in minutes is not a section number.
    fn fits(self, stage: Stage) -> bool {
        self.section || stage == Stage::Agenda
    }
}

fn number_in(rest: &str, vocab: &Vocabulary) -> Option<Number> {
    number_of(&vocab.item_number().captures(rest)?)
}

fn number_at_start(text: &str, vocab: &Vocabulary) -> Option<Number> {
    number_of(&vocab.number_line().captures(text)?)
}

fn number_of(found: &regex::Captures<'_>) -> Option<Number> {
    let value = found.name("number")?.as_str().parse().ok()?;
    Some(Number {
        value,
        section: found.name("section").is_some(),
    })
}

/// What may follow the date where there is no number: nothing, the hour and place, or how far it has come.
fn is_tail(rest: &str, vocab: &Vocabulary) -> bool {
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    let words = vocab.meetings();
    let begins = |list: &[String]| {
        let lower = rest.to_lowercase();
        list.iter()
            .any(|word| lower.starts_with(&word.to_lowercase()))
    };
    rest.is_empty()
        || begins(&words.time)
        || begins(&words.checked)
        || begins(&words.unchecked)
        || vocab.says_cancelled(rest)
}

fn body_above(lines: &[&Seen], at: usize, vocab: &Vocabulary) -> Option<String> {
    let above = line_text(lines.get(at.checked_sub(1)?)?);
    let noise = above.contains("://")
        || above.contains('|')
        || above.chars().count() > 120
        || vocab
            .chrome()
            .noise
            .iter()
            .any(|word| above.starts_with(word.as_str()));
    (!noise && above.chars().any(char::is_alphabetic)).then(|| tidy_body(&above))
}

pub(super) fn tidy_body(body: &str) -> String {
    let body = body.trim().trim_matches(['|', ',', '-', '–', ' ']);
    // a line of links before the header: the body is the last of them
    body.rsplit('|').next().unwrap_or(body).trim().to_owned()
}

/// A day as printed; `None` when no calendar has it.
pub(super) fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('.').map(str::parse::<i16>);
    let (day, month, year) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A line's text in one piece, cells and spans joined by a blank.
pub(super) fn line_text(seen: &Seen) -> String {
    let row = seen.block.kind == BlockKind::TableRow;
    joined(seen, if row { " " } else { "" })
}

fn joined(seen: &Seen, glue: &str) -> String {
    let runs: Vec<&str> = seen
        .block
        .runs
        .iter()
        .map(|run| run.text.as_str())
        .collect();
    clean_text(&runs.join(glue))
}
