//! What differs between two texts, word by word: a proposal and its decision, one version and another. Pure.

pub mod wording;

use serde::Serialize;
use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices};

pub use crate::model::difference::Run;
use crate::model::minutes::{Handling, ItemReading};

/// Fields that lead to the neighbours on the agenda: no part of what an item says.
const NAVIGATION: [&str; 2] = ["previous", "next"];

/// Words times words that are compared one by one; longer texts are compared line by line.
const MOST_PAIRS: usize = 16_000_000;

/// Words that stay the same between two changes and are few enough to read as part of them.
const ISLAND: usize = 2;

/// Of so many words of the longer text one must be the same, or the texts are shown whole, one after the other.
const ALIKE: usize = 4;

/// Words shown around a change by [`elided`] when nothing else is asked for.
pub const CONTEXT: usize = 8;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its name, as in `changed_fields`.
    pub field: String,
    /// From the first text to the second.
    pub runs: Vec<Run>,
}

/// How a comparison is written as plain text: what stands before and after a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Around what was removed.
    pub removed: (&'static str, &'static str),
    /// Around what was added.
    pub added: (&'static str, &'static str),
}

/// Marks that survive paper and pipes: `[-removed-]{+added+}`.
pub const PLAIN: Marks = Marks {
    removed: ("[-", "-]"),
    added: ("{+", "+}"),
};

/// Marks for terminals: red and struck through, green.
pub const COLOURS: Marks = Marks {
    removed: ("\u{1b}[31;9m", "\u{1b}[0m"),
    added: ("\u{1b}[32m", "\u{1b}[0m"),
};

/// Compares two texts.
pub fn compare(before: &str, after: &str) -> Vec<Run> {
    let (mut old, mut new) = (words(before), words(after));
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        (old, new) = (lines(before), lines(after));
    }
    let mut same = 0;
    let mut stretches: Vec<Stretch<'_>> = vec![];
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (tag, olds, news) = op.as_tag_tuple();
        let olds = old.get(olds).unwrap_or_default();
        let news = new.get(news).unwrap_or_default();
        match tag {
            DiffTag::Equal => {
                same += olds.len();
                stretches.push(Stretch::Same(olds));
            }
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                stretches.push(Stretch::Changed(olds.to_vec(), news.to_vec()));
            }
        }
    }
    if same.saturating_mul(ALIKE) < old.len().max(new.len()) {
        return runs(&[Stretch::Changed(old, new)]);
    }
    runs(&without_islands(stretches))
}

/// The share of words that two texts have in common in one order, from 0 to 1; 1 of two empty ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "texts have fewer words than a double counts"
)]
pub fn likeness(before: &str, after: &str) -> f64 {
    let (mut old, mut new) = (words(before), words(after));
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        (old, new) = (lines(before), lines(after));
    }
    let all = old.len() + new.len();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let equal = ops.iter().filter(|op| op.tag() == DiffTag::Equal);
    let same: usize = equal.map(|op| op.new_range().len()).sum();
    if all == 0 {
        1.0
    } else {
        2.0 * same as f64 / all as f64
    }
}

/// Leaves out what stays the same but for some words around each change.
pub fn elided(runs: Vec<Run>, context: usize) -> Vec<Run> {
    let last = runs.len().saturating_sub(1);
    let mut out = vec![];
    for (place, run) in runs.into_iter().enumerate() {
        let Run::Same(text) = run else {
            out.push(run);
            continue;
        };
        let words = words(&text);
        let before = if place == 0 { 0 } else { context };
        let after = if place == last { 0 } else { context };
        let left_out = words.len().saturating_sub(before + after);
        // An ellipsis in the place of a few words would hide more than it saves.
        if left_out <= context {
            out.push(Run::Same(text));
            continue;
        }
        let kept = |words: Option<&[&str]>| words.map(joined).filter(|kept| !kept.is_empty());
        out.extend(kept(words.get(..before)).map(Run::Same));
        out.push(Run::Elided(left_out));
        out.extend(kept(words.get(words.len() - after..)).map(Run::Same));
    }
    out
}

/// A comparison as text.
pub fn text(runs: &[Run], marks: Marks) -> String {
    let mut out = String::new();
    let mut before: Option<&Run> = None;
    for run in runs {
        let said = match run {
            Run::Same(text) => text.clone(),
            Run::Removed(text) => wrapped(text, marks.removed),
            Run::Added(text) => wrapped(text, marks.added),
            Run::Elided(_) => "…".to_owned(),
        };
        let replaced = matches!((before, run), (Some(Run::Removed(_)), Run::Added(_)));
        let apart = out.is_empty() || out.ends_with('\n') || said.starts_with('\n');
        if !(apart || replaced && marks == PLAIN) {
            out.push(' ');
        }
        out.push_str(&said);
        before = Some(run);
    }
    out
}

/// From the proposal to the decision; `None` unless an item has both.
pub fn decision(item: &ItemReading) -> Option<Vec<Run>> {
    Some(compare(
        item.proposal.as_deref()?,
        item.decision.as_deref()?,
    ))
}

/// The fields that differ between two texts of an item with their earlier handlings, those last.
pub fn fields(
    before: (&ItemReading, &[Handling]),
    after: (&ItemReading, &[Handling]),
) -> Vec<FieldChange> {
    let (old, new) = (as_object(before.0), as_object(after.0));
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let names = new
        .keys()
        .chain(gone)
        .filter(|name| !NAVIGATION.contains(&name.as_str()));
    let change = |field: &str, old: &Value, new: &Value| {
        (old != new).then(|| FieldChange {
            field: field.to_owned(),
            runs: compare(&value_text(old), &value_text(new)),
        })
    };
    let of = |fields: &serde_json::Map<String, Value>, name: &str| {
        fields.get(name).cloned().unwrap_or_default()
    };
    let mut changed: Vec<_> = names
        .filter_map(|name| change(name, &of(&old, name), &of(&new, name)))
        .collect();
    changed.extend(change("handlings", &as_value(before.1), &as_value(after.1)));
    changed
}

/// A field as a reader would write it down: a list line by line, the parts of an entry one after the other.
fn value_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(said) => said.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => parts(entries.iter(), "\n"),
        Value::Object(entry) => parts(entry.values(), " · "),
    }
}

fn parts<'v>(values: impl Iterator<Item = &'v Value>, between: &str) -> String {
    let parts: Vec<_> = values
        .map(value_text)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(between)
}

/// What a comparison is made of, before it is written down.
#[derive(Debug)]
enum Stretch<'t> {
    Same(&'t [&'t str]),
    Changed(Vec<&'t str>, Vec<&'t str>),
}

/// Joins changes that only a word or two keep apart: a sentence that was rewritten is no mosaic.
fn without_islands(stretches: Vec<Stretch<'_>>) -> Vec<Stretch<'_>> {
    let last = stretches.len().saturating_sub(1);
    let mut out: Vec<Stretch<'_>> = vec![];
    for (place, stretch) in stretches.into_iter().enumerate() {
        let (old, new) = match stretch {
            Stretch::Same(words) if place > 0 && place < last && is_island(words) => {
                (words.to_vec(), words.to_vec())
            }
            Stretch::Same(words) => {
                out.push(Stretch::Same(words));
                continue;
            }
            Stretch::Changed(old, new) => (old, new),
        };
        if let Some(Stretch::Changed(before, after)) = out.last_mut() {
            before.extend(old);
            after.extend(new);
        } else {
            out.push(Stretch::Changed(old, new));
        }
    }
    out
}

fn is_island(words: &[&str]) -> bool {
    words.len() <= ISLAND && !words.contains(&"\n")
}

fn runs(stretches: &[Stretch<'_>]) -> Vec<Run> {
    let mut out = vec![];
    for stretch in stretches {
        match stretch {
            Stretch::Same(words) => out.push(Run::Same(joined(words))),
            Stretch::Changed(old, new) => {
                let said = |words: &Vec<&str>| Some(joined(words)).filter(|text| !text.is_empty());
                out.extend(said(old).map(Run::Removed));
                out.extend(said(new).map(Run::Added));
            }
        }
    }
    out
}

/// Words and line feeds.
fn words(text: &str) -> Vec<&str> {
    let mut words = vec![];
    for line in text.lines() {
        if !words.is_empty() {
            words.push("\n");
        }
        words.extend(line.split_whitespace());
    }
    words
}

/// Whole lines and line feeds.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = vec![];
    for line in text.lines() {
        if !lines.is_empty() {
            lines.push("\n");
        }
        lines.push(line);
    }
    lines
}

fn joined(words: &[&str]) -> String {
    let mut out = String::new();
    for word in words {
        let apart = out.is_empty() || out.ends_with('\n') || *word == "\n";
        if !apart {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn wrapped(text: &str, (open, close): (&str, &str)) -> String {
    format!("{open}{text}{close}")
}

fn as_object(item: &ItemReading) -> serde_json::Map<String, Value> {
    match as_value(item) {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            serde_json::Map::new()
        }
    }
}

fn as_value<T: Serialize + ?Sized>(value: &T) -> Value {
    // Plain structs of texts and numbers: serialisation has no way to fail.
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
