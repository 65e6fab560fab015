//! The page header: `Pöytäkirja 14.03.2024/Pykälä 39`, with the body before it.

use jiff::civil::Date;

use super::super::markup::{Seen, clean_text};
use crate::model::minutes::Stage;
use crate::model::page::{PageHeader, Run};
use crate::vocab::Vocabulary;

/// A longer line is no header.
const MAX_LINE: usize = 240;

/// A header and the line after which the item's text may begin.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: PageHeader,
    /// Index of the last line that belongs to the header.
    pub(super) last_line: usize,
    numbered: bool,
}

/// Finds the header among the lines of the page.
///
/// Old pages show the kind and date also in a line of links above; the header is the one with a number.
pub(super) fn find(lines: &[&Seen], vocab: &Vocabulary) -> Option<Found> {
    let found: Vec<Found> = (0..lines.len())
        .filter_map(|at| at_line(lines, at, vocab))
        .collect();
    let numbered = found.iter().position(|found| found.numbered);
    found.into_iter().nth(numbered.unwrap_or(0))
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
    let parts = match header.captures(&text) {
        Some(parts) => parts,
        None => {
            apart = joined(seen, " ");
            header.captures(&apart)?
        }
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
    if number.is_none() && !is_tail(rest) {
        return None;
    }
    let body = parts
        .name("body")
        .map(|body| tidy_body(body.as_str()))
        .filter(|body| !body.is_empty());
    let body = body.or_else(|| body_above(lines, at, vocab));
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

/// What may follow the date where there is no number: nothing, or the hour and place.
fn is_tail(rest: &str) -> bool {
    let rest = rest.trim().trim_matches(['|', ',', '/', ' ']);
    rest.is_empty() || rest.to_lowercase().starts_with("kl")
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

fn tidy_body(body: &str) -> String {
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
    let row = seen.block.kind == crate::model::page::BlockKind::TableRow;
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
