//! Fields that vanish from a page although the page still says them: the markup changed, or a label.
//!
//! What was read before is kept then, as far as the page still says it, and a problem names the fields. Text that is
//! gone from the page is gone for good reasons (an amendment, a redaction): the new version does without it. In doubt
//! the page counts, because a name that was taken away must not be held on to.

mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::item::DuePage;
use crate::model::minutes::{Handling, ItemReading, Reading, Stage};
use crate::model::problem::{Problem, ProblemKind};

use text::{PageWords, held, says};

/// Fields that stand in the header of a page.
const HEADER: [&str; 4] = ["stage", "body", "held_on", "section_no"];

/// Fields of text, in the order of [`ItemReading`].
const TEXTS: [&str; 13] = [
    "title",
    "diary_numbers",
    "preparer",
    "presenter",
    "background",
    "proposal",
    "proceedings",
    "votes",
    "decision",
    "dissent",
    "conflicts",
    "competence",
    "appeal_text",
];

/// More of the same, after the appeal; files are told by their titles.
const AFTER: [&str; 2] = ["notified", "attachments"];

/// What is judged from a text, and comes and goes with it.
const JUDGED: [(&str, &str); 2] = [("outcome", "decision"), ("appeal_kind", "appeal_text")];

/// Earlier handlings, beside the fields.
const HANDLINGS: &str = "handlings";

type Fields = Map<String, Value>;

/// Whether a reading lacks anything that was read before: only then the page's text has to be looked at.
pub fn lacks(known: &DuePage, reading: &Reading) -> bool {
    let Some(before) = &known.fields else {
        return false;
    };
    let (old, new) = (fields_of(before), fields_of(&reading.item));
    let vanished = |name: &str| is_filled(old.get(name)) && !is_filled(new.get(name));
    HEADER
        .iter()
        .chain(&TEXTS)
        .chain(&AFTER)
        .any(|name| vanished(name))
        || (!known.handlings.is_empty() && reading.handlings.is_empty())
        || lost_title(known, before, &reading.item).is_some()
}

/// The title that was read before and that the lists still give, where something else is taken for it now: then
/// the parts of the page are not told apart as they were. A longer title is an amendment, unless it took in the header.
fn lost_title<'a>(
    known: &DuePage,
    before: &'a ItemReading,
    now: &ItemReading,
) -> Option<&'a String> {
    let (old, new) = (before.title.as_ref()?, now.title.as_ref()?);
    let line = std::slice::from_ref(old);
    let listed = text::says(&known.listed_title, line);
    let header_lost = before.section_no.is_some() && now.section_no.is_none();
    (listed && (!text::says(new, line) || (new != old && header_lost))).then_some(old)
}

/// Puts back what vanished from the reading although `page` (all that a reader of the page sees) still says it.
#[must_use]
pub fn keep(known: &DuePage, reading: Reading, page: &str) -> Reading {
    let Some(before) = &known.fields else {
        return reading;
    };
    let mut work = Work {
        old: fields_of(before),
        new: fields_of(&reading.item),
        old_handlings: &known.handlings,
        new_handlings: reading.handlings.clone(),
        page: PageWords::of(page),
        kept: vec![],
    };
    work.header();
    if let Some(title) = lost_title(known, before, &reading.item) {
        work.title(title);
    }
    let moved_on =
        before.stage != Some(Stage::Minutes) && reading.item.stage == Some(Stage::Minutes);
    work.texts(if moved_on { Move::Onward } else { Move::None });
    if work.kept.is_empty() {
        return reading;
    }
    let (names, item) = (
        work.names(),
        serde_json::from_value(Value::Object(work.new)),
    );
    let Ok(item) = item else { return reading };
    let mut problems = reading.problems;
    problems.push(problem(&names));
    Reading {
        item,
        handlings: work.new_handlings,
        problems,
    }
}

/// Whether a page that cannot be read at all any more still says what was read from it before.
pub fn unread(known: &DuePage, page: &str) -> Option<Problem> {
    let before = fields_of(known.fields.as_ref()?);
    let page = PageWords::of(page);
    let texts: Vec<Vec<String>> = TEXTS
        .iter()
        .filter_map(|name| lines(before.get(*name)))
        .collect();
    let said = texts
        .iter()
        .filter(|lines| held(lines, &page).is_some())
        .count();
    // A notice in the usual frame has a name or two in common with the page.
    let longest = texts
        .iter()
        .max_by_key(|lines| lines.iter().map(String::len).sum::<usize>())?;
    let telling = !text::is_short(longest) && held(longest, &page).is_some();
    (telling && said * 2 > texts.len()).then(|| problem(&["the whole page".to_owned()]))
}

/// Whether the minutes have come since: then a text may have moved to where minutes have it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    None,
    Onward,
}

struct Work<'a> {
    old: Fields,
    new: Fields,
    old_handlings: &'a [Handling],
    new_handlings: Vec<Handling>,
    page: PageWords,
    kept: Vec<&'static str>,
}

impl Work<'_> {
    /// A header that cannot be read any more loses its stage; one that says less was written so.
    fn header(&mut self) {
        let lost = is_filled(self.old.get("stage")) && !is_filled(self.new.get("stage"));
        let body = self.old.get("body").and_then(Value::as_str);
        let there = body.is_some_and(|body| self.page.has(body));
        if !lost || !there {
            return;
        }
        for name in HEADER {
            self.put_back(name);
        }
    }

    /// A title that the page still says is put back, with the header around it and every long text that the page still
    /// says in full; fields that took the title in are as before.
    fn title(&mut self, title: &str) {
        if !self.page.has(title) {
            return;
        }
        for name in HEADER {
            self.put_back(name);
        }
        for other in self.swallowers("title", &Value::String(title.to_owned())) {
            self.restore(other);
        }
        for name in TEXTS.iter().copied().filter(|name| *name != "title") {
            let lines = lines(self.old.get(name)).unwrap_or_default();
            let there = held(&lines, &self.page).is_some_and(|kept| kept.len() == lines.len());
            if there && !text::is_short(&lines) && self.old.get(name) != self.new.get(name) {
                self.restore(name);
                self.kept.push(name);
            }
        }
        self.restore("title");
        self.kept.push("title");
    }

    fn texts(&mut self, stage: Move) {
        let vanished: Vec<&'static str> = TEXTS
            .iter()
            .chain(&AFTER)
            .copied()
            .filter(|name| is_filled(self.old.get(*name)) && !is_filled(self.new.get(*name)))
            .collect();
        for name in vanished {
            let Some(still) = self.still_said(name) else {
                continue;
            };
            let swallowed = self.swallowers(name, &still);
            if stage == Move::Onward && !swallowed.is_empty() {
                continue;
            }
            for other in swallowed {
                self.restore(other);
            }
            self.new.insert(name.to_owned(), still);
            self.kept.push(name);
        }
        if !self.old_handlings.is_empty() && self.new_handlings.is_empty() {
            let texts: Vec<String> = self.old_handlings.iter().flat_map(handling_lines).collect();
            let whole = held(&texts, &self.page).is_some_and(|kept| kept.len() == texts.len());
            if whole && !texts.is_empty() && stage == Move::None {
                self.new_handlings = self.old_handlings.to_vec();
                self.kept.push(HANDLINGS);
            }
        }
        for (judged, from) in JUDGED {
            if self.kept.contains(&from) {
                self.put_back(judged);
            }
        }
    }

    /// What the page still says of a field: its lines that are all there. A line that lost a word was changed by
    /// somebody, and is not held on to.
    fn still_said(&self, name: &str) -> Option<Value> {
        let value = self.old.get(name)?;
        let lines = lines(Some(value))?;
        let kept = held(&lines, &self.page)?;
        if text::is_short(&lines) && self.page.times(&lines) <= self.elsewhere(name, &lines) {
            return None;
        }
        Some(match value {
            Value::Array(all) => {
                let is_kept = |entry: &&Value| kept.contains(&said_in(entry));
                Value::Array(all.iter().filter(is_kept).cloned().collect())
            }
            Value::String(text) => Value::String(text::joined(text, &kept)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        })
    }

    /// How often other fields said a short text and still do: there it stands in its own right.
    fn elsewhere(&self, name: &str, lines: &[String]) -> usize {
        let fields = TEXTS
            .iter()
            .chain(&AFTER)
            .chain(&HEADER)
            .filter(|other| **other != name);
        let in_fields: usize = fields
            .map(|other| {
                let in_one = |fields: &Fields| text::times_in(&whole(fields.get(*other)), lines);
                in_one(&self.old).min(in_one(&self.new))
            })
            .sum();
        let handlings: Vec<String> = self.new_handlings.iter().flat_map(handling_lines).collect();
        in_fields + text::times_in(&handlings.join("\n"), lines)
    }

    /// Fields that say now, and did not before, what the vanished one said: its label was not known.
    fn swallowers(&self, name: &str, still: &Value) -> Vec<&'static str> {
        let Some(lines) = lines(Some(still)) else {
            return vec![];
        };
        let says_now = |old: &str, new: &str| says(new, &lines) && !says(old, &lines);
        let fields = TEXTS.iter().chain(&AFTER).copied();
        let mut found: Vec<&'static str> = fields
            .filter(|other| *other != name)
            .filter(|other| says_now(&whole(self.old.get(*other)), &whole(self.new.get(*other))))
            .collect();
        let told = |handlings: &[Handling]| {
            let lines: Vec<String> = handlings.iter().flat_map(handling_lines).collect();
            lines.join("\n")
        };
        if says_now(&told(self.old_handlings), &told(&self.new_handlings)) {
            found.push(HANDLINGS);
        }
        found
    }

    /// Takes a field back to what it was: it says now what belongs to another one.
    fn restore(&mut self, name: &'static str) {
        if name == HANDLINGS {
            self.new_handlings = self.old_handlings.to_vec();
            return;
        }
        let value = self.old.get(name).cloned().unwrap_or(Value::Null);
        self.new.insert(name.to_owned(), value);
    }

    fn put_back(&mut self, name: &'static str) {
        if is_filled(self.old.get(name)) && !is_filled(self.new.get(name)) {
            self.restore(name);
            self.kept.push(name);
        }
    }

    /// The kept fields in the order of a page.
    fn names(&self) -> Vec<String> {
        let order = HEADER.iter().chain(&TEXTS).chain(&AFTER).chain([
            &"outcome",
            &"appeal_kind",
            &HANDLINGS,
        ]);
        let places: BTreeMap<&str, usize> = order.copied().zip(0..).collect();
        let mut names = self.kept.clone();
        names.sort_by_key(|name| places.get(name));
        names.into_iter().map(str::to_owned).collect()
    }
}

fn problem(names: &[String]) -> Problem {
    Problem::new(
        ProblemKind::Drift,
        format!(
            "the page still says what was read before as {}, but not in a way that is understood: its markup or a label has changed; what was read before is kept",
            names.join(", ")
        ),
    )
}

fn fields_of(item: &ItemReading) -> Fields {
    match serde_json::to_value(item) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Fields::new(),
    }
}

fn is_filled(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
    })
}

/// The lines of a text, or the words of each entry of a list.
fn lines(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(text::lines(text)),
        Value::Array(entries) => Some(entries.iter().map(said_in).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// All that a field says, in one text.
fn whole(value: Option<&Value>) -> String {
    lines(value).unwrap_or_default().join("\n")
}

/// A diary number, or the title of a file.
fn said_in(entry: &Value) -> String {
    let text = entry.as_str().or_else(|| entry.get("title")?.as_str());
    text.unwrap_or_default().to_owned()
}

fn handling_lines(handling: &Handling) -> Vec<String> {
    [&handling.text, &handling.proposal, &handling.decision]
        .into_iter()
        .flatten()
        .flat_map(|text| text::lines(text))
        .collect()
}

#[cfg(test)]
mod tests;
