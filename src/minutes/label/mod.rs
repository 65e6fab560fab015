//! Finds section labels: at the start of a line, a run or a cell, with a capital, and never inside a sentence.

use super::line::Line;
use crate::vocab::{Label, Role, Vocabulary};

/// Bytes within which an office and a name end.
const MAX_OFFICE: usize = 240;

/// A label and what follows it on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) role: Role,
    /// The value on the same line; blank when there is none.
    pub(super) value: Line,
    /// Set off by more than a blank: colon, gap, seam, or the end of the line.
    pub(super) strong: bool,
    /// The label's words tell something themselves and stay in the text.
    pub(super) keep_words: bool,
    /// Whose proposal it is, where the label says so: `Hyvinvointijohtaja (PH)`.
    pub(super) presenter: Option<String>,
    /// The label as printed.
    pub(super) words: String,
}

/// Whether a line begins with a label.
pub(super) fn find(line: &Line, vocab: &Vocabulary) -> Option<Found> {
    if !line.cells.is_empty() || line.quoted {
        return None;
    }
    let first = line
        .text
        .chars()
        .next()
        .filter(|first| first.is_uppercase())?;
    let known = vocab.labels_under(first).find_map(|label| {
        let form = [&label.text, &label.capitals]
            .into_iter()
            .find(|form| line.text.starts_with(form.as_str()))?;
        let value = value_after(line, form.len(), label, vocab)?;
        Some(Found {
            role: label.role,
            strong: value.strong,
            value: line.from(value.at),
            keep_words: label.telling || label.subheading,
            presenter: None,
            words: form.clone(),
        })
    });
    known.or_else(|| officers_proposal(line, vocab))
}

/// Where a value begins, and how clearly it is set off.
struct ValueAt {
    at: usize,
    strong: bool,
}

/// Judges what follows the words of a label that end at `end`.
fn value_after(line: &Line, end: usize, label: &Label, vocab: &Vocabulary) -> Option<ValueAt> {
    let rest = line.text.get(end..)?;
    let blank = rest.len() - rest.trim_start().len();
    let start = end + blank;
    let value = rest.trim_start();
    let strong = |at: usize| Some(ValueAt { at, strong: true });
    // "Tiedoksi." is a whole decision
    if value.chars().all(|c| ".-–—".contains(c)) && (value != "." || label.role != Role::Notified)
    {
        return strong(line.text.len());
    }
    if let Some(after) = value.strip_prefix(':') {
        return strong(line.text.len() - after.len());
    }
    // a label may carry one remark in brackets; the text of the label is empty once it was read
    if blank > 0
        && !label.text.is_empty()
        && let Some(inside) = value.strip_prefix('(')
        && let Some((_, after)) = inside.split_once(')')
    {
        let at = line.text.len() - after.len();
        let bare = Label {
            text: String::new(),
            ..label.clone()
        };
        return value_after(line, at, &bare, vocab);
    }
    let seam = line.seams_within(end, start).next().is_some();
    let unbolds = line.seams_within(end, start).any(|seam| seam.unbolds);
    let gap = rest.starts_with('\t') || rest.get(..blank).is_some_and(|blank| blank.contains('\t'));
    let person = matches!(label.role, Role::Preparer | Role::Presenter | Role::Contact);
    if person && (blank > 0 || seam) && vocab.begins_with_office(value) && !value.ends_with('.') {
        return strong(start);
    }
    if blank == 0 {
        // glued to the next run: a capital shows that it is no part of the same word
        return (seam && begins_value(value) && !starts_low(value)).then_some(ValueAt {
            at: start,
            strong: true,
        });
    }
    if gap || unbolds {
        return strong(start);
    }
    if let Some(after) = value.strip_prefix(['-', '–', '—'])
        && after.starts_with(' ')
        && !starts_low(after.trim_start())
    {
        return strong(line.text.len() - after.len());
    }
    let begins = begins_value(value) && !starts_low(value) && (seam || !begins_with_day(value));
    let set_off = begins && (seam || !label.weak);
    set_off.then_some(ValueAt {
        at: start,
        strong: seam,
    })
}

pub(super) fn starts_low(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_lowercase)
}

/// "Päätös 12.3.2024 § 5 on lainvoimainen" tells of a decision and is no label.
fn begins_with_day(text: &str) -> bool {
    let mut parts = text.splitn(3, '.');
    let number = |part: Option<&str>| {
        part.is_some_and(|p| (1..=2).contains(&p.len()) && p.chars().all(|c| c.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next()) && parts.next().is_some()
}

fn begins_value(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() || "\"”“'’»§(-–•*+".contains(c))
}

/// `Hyvinvointijohtajan (PH) ehdotus:` and `Lautakunnan päätösehdotus`: a proposal's label made of a genitive.
fn officers_proposal(line: &Line, vocab: &Vocabulary) -> Option<Found> {
    let words = words_with_ends(&line.text, 9);
    let lower: Vec<String> = words.iter().map(|(word, _)| word.to_lowercase()).collect();
    for (index, _) in words.iter().enumerate().skip(1) {
        let Some(end) =
            ending_at(&lower, index, vocab).and_then(|last| words.get(last).map(|(_, end)| *end))
        else {
            continue;
        };
        let before: Vec<&str> = words.iter().take(index).map(|(word, _)| *word).collect();
        let Some(owner) = owner(&before, vocab) else {
            continue;
        };
        let label = Label {
            text: line.text.get(..end).unwrap_or_default().to_owned(),
            capitals: String::new(),
            role: Role::Proposal,
            weak: false,
            subheading: false,
            telling: false,
        };
        let value = value_after(line, end, &label, vocab)?;
        return Some(Found {
            role: Role::Proposal,
            strong: value.strong,
            value: line.from(value.at),
            keep_words: false,
            presenter: owner.presenter,
            words: line.text.get(..end).unwrap_or_default().to_owned(),
        });
    }
    None
}

/// The first words of a text, each with the offset where it ends; a colon is no part of a word.
fn words_with_ends(text: &str, most: usize) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace).take(most * 2) {
        if !word.is_empty() {
            let bare = word.trim_end_matches(':');
            words.push((bare, at + bare.len()));
        }
        at += word.len()
            + text
                .get(at + word.len()..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
    }
    words.truncate(most);
    words
}

/// The last word of the ending of a proposal's label that begins with this word.
fn ending_at(lower: &[String], index: usize, vocab: &Vocabulary) -> Option<usize> {
    vocab.proposal_endings().iter().find_map(|ending| {
        let mut last = index;
        for (offset, part) in ending.split(' ').enumerate() {
            last = index + offset;
            lower.get(last).filter(|word| *word == part)?;
        }
        Some(last)
    })
}

/// Whose proposal a label's genitive names.
struct Owner {
    /// An officer in the nominative; a body is no presenter.
    presenter: Option<String>,
}

fn owner(words: &[&str], vocab: &Vocabulary) -> Option<Owner> {
    let (last, head) = words.split_last()?;
    if last.starts_with('(') && last.ends_with(')') {
        let mut owner = owner(head, vocab)?;
        owner.presenter = owner.presenter.map(|office| format!("{office} {last}"));
        return Some(owner);
    }
    if vocab.is_body_genitive(last) {
        return Some(Owner { presenter: None });
    }
    if let Some(office) = vocab.office_from_genitive(last) {
        let words: Vec<&str> = head.iter().copied().chain([office.as_str()]).collect();
        return Some(Owner {
            presenter: Some(words.join(" ")),
        });
    }
    let named = last.chars().next().is_some_and(char::is_uppercase)
        && head.iter().any(|word| vocab.is_office(word));
    named.then(|| Owner {
        presenter: Some(words.join(" ")),
    })
}

/// A proposer that stands where the proposal's label is expected, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InPlace {
    /// An officer as printed; a body that proposes is no presenter.
    pub(super) presenter: Option<String>,
    /// The proposal on the same line; blank when it follows on the next.
    pub(super) value: Line,
    /// Set off by a colon, a seam or a gap; a bare line of its own is not.
    pub(super) strong: bool,
}

/// Whether a line begins with an office (and name), or with a body, set off from a proposal.
pub(super) fn presenter_in_place(line: &Line, vocab: &Vocabulary) -> Option<InPlace> {
    if let [first, rest @ ..] = line.cells.as_slice() {
        // a table of salaries or appropriations has such first cells as well, but no sentences
        let value = Line::plain(&rest.join(" | "));
        let sentence = rest.len() == 1 && value.text.ends_with('.');
        let proposer = proposer(first, vocab).filter(|_| sentence)?;
        return Some(InPlace {
            presenter: proposer.presenter(),
            value,
            strong: true,
        });
    }
    if let Some(proposer) = proposer(&line.text, vocab) {
        return Some(InPlace {
            presenter: proposer.presenter(),
            value: line.from(line.text.len()),
            strong: line.text.trim_end().ends_with(':'),
        });
    }
    let colon = line.text.find(':').map(|at| (at, at + 1));
    let gap = line.text.find('\t').map(|at| (at, at + 1));
    let near = line.seams.iter().take_while(|seam| seam.at <= MAX_OFFICE);
    let seams = near.map(|seam| (seam.at, seam.at));
    seams.chain(colon).chain(gap).find_map(|(end, start)| {
        let proposer = line
            .text
            .get(..end)
            .and_then(|text| proposer(text, vocab))?;
        let value = line.from(start);
        let separate = !value.is_blank() && !starts_low(&value.text) && value.text.contains(' ');
        separate.then_some(InPlace {
            presenter: proposer.presenter(),
            value,
            strong: true,
        })
    })
}

/// Who makes a proposal.
enum Proposer {
    Officer(String),
    Body,
}

impl Proposer {
    fn presenter(self) -> Option<String> {
        match self {
            Self::Officer(name) => Some(name),
            Self::Body => None,
        }
    }
}

/// Whether a text is a proposer and nothing else.
fn proposer(text: &str, vocab: &Vocabulary) -> Option<Proposer> {
    if vocab.is_office_line(text) {
        return Some(Proposer::Officer(name(text)));
    }
    vocab.is_body_line(text).then_some(Proposer::Body)
}

fn name(text: &str) -> String {
    text.trim()
        .trim_end_matches(':')
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
