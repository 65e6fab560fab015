//! Takes lines apart: labels inside a paragraph, sentences that belong to another section.

use super::label;
use super::line::Line;
use super::outcome::{is_conflict, sentences};
use crate::vocab::{Role, Vocabulary};

/// More labels than this on one line are no form that was filled in.
const MAX_LABELS: usize = 8;
/// A paragraph with more seams than this is not looked through for labels: each look costs its length.
const MAX_SEAMS: usize = 200;

/// The sentences of a line that tell of conflicts of interest, and the others.
pub(super) fn conflict_part(line: &Line, vocab: &Vocabulary) -> (Option<Line>, Option<Line>) {
    let shown = line.shown();
    let (told, other): (Vec<&str>, Vec<&str>) =
        sentences(&shown).partition(|sentence| is_conflict(sentence, vocab));
    let as_line = |parts: Vec<&str>| {
        (!parts.is_empty()).then(|| Line {
            text: parts.join(" "),
            seams: Vec::new(),
            ..line.clone()
        })
    };
    (as_line(told), as_line(other))
}

/// A paragraph may hold several labels, each at the start of a run of its own.
pub(super) fn take_apart(line: &Line, vocab: &Vocabulary) -> Vec<Line> {
    let mut parts = Vec::new();
    let mut rest = line.clone();
    while let Some(at) = inner_label(&rest, vocab) {
        parts.push(rest.until(at));
        rest = Line {
            continues: false,
            ..rest.from(at)
        };
    }
    parts.push(rest);
    parts
}

fn inner_label(line: &Line, vocab: &Vocabulary) -> Option<usize> {
    if line.seams.len() > MAX_SEAMS {
        return None;
    }
    line.seams.iter().find_map(|seam| {
        let before = line.text.get(..seam.at)?.trim_end();
        let part = line.from(seam.at);
        let found = label::find(&part, vocab)?;
        let owner = label::find(line, vocab);
        let person_before = owner.is_some_and(|found| {
            matches!(found.role, Role::Preparer | Role::Presenter | Role::Contact)
                && found.value.text.len() > part.text.len()
        });
        let finished = before.ends_with(['.', ':', ';', '!', '?', ')']) || person_before;
        let glued = line
            .text
            .get(seam.at..)
            .is_some_and(|text| !text.starts_with(char::is_whitespace))
            && line
                .text
                .get(..seam.at)
                .is_some_and(|text| text.ends_with(char::is_alphanumeric));
        let clear = found.strong && !before.is_empty() && !glued && (seam.bolds || finished);
        clear.then_some(seam.at)
    })
}

/// Whether a line is nothing, or nothing but a few labels.
pub(super) fn only_labels(line: &Line, vocab: &Vocabulary) -> bool {
    let mut rest = line.clone();
    for _ in 0..MAX_LABELS {
        if rest.is_blank() {
            return true;
        }
        let Some(found) = label::find(&rest, vocab) else {
            return false;
        };
        rest = found.value;
    }
    false
}
