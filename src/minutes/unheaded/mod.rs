//! Earlier handlings that repeat all labels before the page's own, without headers.
//!
//! Where one ends and the next begins is told by the labels alone: after a decision, the labels that
//! begin a handling begin another one. The last is the page's own; on an agenda a handling that was
//! decided never is.

use super::label;
use super::line::Line;
use super::mark::{self, Mark};
use super::split::Segment;
use crate::model::minutes::Stage;
use crate::model::page::{BlockKind, PageHeader};
use crate::vocab::{Role, Vocabulary};

/// Takes the earlier handlings out of a page; its head and its own handling stay.
pub(super) fn take(
    lines: &[Line],
    header: &PageHeader,
    vocab: &Vocabulary,
) -> (Vec<Line>, Vec<Segment>) {
    let marked = marked(lines, header, vocab);
    let history = marked
        .iter()
        .position(|(_, sign)| *sign == Some(Sign::History));
    let acts = |(_, sign): &(Line, Option<Sign>)| sign.is_some_and(Sign::acts);
    let Some(at) = history else {
        return without_label(marked, header);
    };
    let (before, after) = marked.split_at_checked(at).unwrap_or((&marked, &[]));
    let head: Vec<Line> = before.iter().map(|(line, _)| line.clone()).collect();
    let told = opened(after);
    // a history below the page's own handling: nothing of it is the page's own
    if before.iter().any(acts) {
        return (head, handlings(&told, header, vocab));
    }
    let starts = starts(&told, Labelled::Yes);
    let own = own_start(&told, &starts, Labelled::Yes, header.stage);
    let (earlier, own) = told.split_at_checked(own).unwrap_or((&told, &[]));
    let mut current = head;
    current.extend(own.iter().map(|(line, _)| line.clone()));
    (current, handlings(earlier, header, vocab))
}

/// A page without a history label: labels that begin again show a history all the same.
fn without_label(
    marked: Vec<(Line, Option<Sign>)>,
    header: &PageHeader,
) -> (Vec<Line>, Vec<Segment>) {
    let starts = starts(&marked, Labelled::No);
    let own = own_start(&marked, &starts, Labelled::No, header.stage);
    let first = marked
        .iter()
        .position(|(_, sign)| sign.is_some())
        .unwrap_or(0)
        .min(own);
    let mut current = Vec::new();
    let mut earlier: Vec<Vec<Line>> = Vec::new();
    for (at, (line, _)) in marked.into_iter().enumerate() {
        if at < first || at >= own {
            current.push(line);
            continue;
        }
        if earlier.is_empty() || starts.contains(&at) {
            earlier.push(Vec::new());
        }
        if let Some(lines) = earlier.last_mut() {
            lines.push(line);
        }
    }
    let earlier = earlier
        .into_iter()
        .map(|lines| segment(None, lines))
        .collect();
    (current, earlier)
}

/// What a line means for the order of handlings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// The label above earlier handlings.
    History,
    /// A header of an earlier handling.
    Header,
    Preparer,
    Background,
    Proposal,
    Decision,
    /// Any other label.
    Other,
}

impl Sign {
    fn acts(self) -> bool {
        matches!(self, Self::Proposal | Self::Decision)
    }

    /// Labels of text, which text may quote; names stand below their labels.
    fn begins_text(self) -> bool {
        self.acts() || self == Self::Background
    }
}

/// Whether a page says itself that it has a history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Labelled {
    Yes,
    No,
}

/// Every line with its sign. Where the platform sets its labels as headings, a paragraph that begins
/// like one of them is text: decisions give reasons, and backgrounds quote decisions.
fn marked(lines: &[Line], header: &PageHeader, vocab: &Vocabulary) -> Vec<(Line, Option<Sign>)> {
    let signs: Vec<Option<Sign>> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| sign(line, lines.get(at + 1), vocab))
        .collect();
    let is_heading = |line: &Line| line.kind == BlockKind::Heading;
    let headings = lines
        .iter()
        .zip(&signs)
        .any(|(line, sign)| is_heading(line) && sign.is_some_and(Sign::acts));
    let mut labelled = false;
    lines
        .iter()
        .zip(signs)
        .map(|(line, sign)| {
            let quoted = headings && !is_heading(line) && sign.is_some_and(Sign::begins_text);
            // above every other label a history's label is one however it is set
            let first = sign == Some(Sign::History) && !labelled;
            let sign = sign.filter(|_| !headings || is_heading(line) || first);
            labelled |= sign.is_some();
            let header = sign.is_none() && is_header(line, header, vocab);
            let line = Line {
                quoted,
                ..line.clone()
            };
            (line, sign.or(header.then_some(Sign::Header)))
        })
        .collect()
}

fn sign(line: &Line, next: Option<&Line>, vocab: &Vocabulary) -> Option<Sign> {
    let found = label::find(line, vocab)?;
    // a label that is printed with nothing below it decides nothing
    let empty = found.value.is_blank()
        && next.is_none_or(|next| label::find(next, vocab).is_some_and(|next| next.strong));
    let changed = found.role == Role::Proposal && vocab.is_changed_proposal(&found.words);
    Some(match found.role {
        Role::History => Sign::History,
        Role::Preparer => Sign::Preparer,
        Role::Background if !found.keep_words => Sign::Background,
        Role::Proposal if !changed => Sign::Proposal,
        Role::Decision if !empty => Sign::Decision,
        Role::Number => return None,
        Role::Background
        | Role::Proposal
        | Role::Decision
        | Role::Contact
        | Role::Presenter
        | Role::Proceedings
        | Role::Votes
        | Role::Dissent
        | Role::Conflicts
        | Role::Appeal
        | Role::Notified
        | Role::Competence
        | Role::Attachments => Sign::Other,
    })
}

/// A line that is a handling's header and nothing else.
fn is_header(line: &Line, header: &PageHeader, vocab: &Vocabulary) -> bool {
    mark::read(line, header, vocab).is_some_and(|(mark, rest)| {
        rest.is_blank() && mark.date.is_some() && mark.date != header.held_on
    })
}

/// The lines below a history label; what stands on the label's own line is the first.
fn opened(after: &[(Line, Option<Sign>)]) -> Vec<(Line, Option<Sign>)> {
    after
        .iter()
        .filter(|(_, sign)| *sign != Some(Sign::History))
        .cloned()
        .collect()
}

/// Where handlings begin: at the first line, at every header, and where labels begin again.
fn starts(lines: &[(Line, Option<Sign>)], labelled: Labelled) -> Vec<usize> {
    let mut starts = vec![0];
    let mut seen = Seen::default();
    for (at, (_, sign)) in lines.iter().enumerate() {
        let begins = match sign {
            Some(Sign::Header) => seen.any,
            Some(Sign::Preparer) => seen.decision || (labelled == Labelled::Yes && seen.proposal),
            Some(Sign::Background) => seen.decision && is_proposed_after(lines, at),
            Some(Sign::Proposal) => seen.decision && labelled == Labelled::Yes,
            Some(Sign::History | Sign::Decision | Sign::Other) | None => false,
        };
        if begins {
            starts.push(at);
            seen = Seen::default();
        }
        seen.add(*sign);
    }
    starts
}

/// What a handling has had so far.
#[derive(Default)]
struct Seen {
    any: bool,
    proposal: bool,
    decision: bool,
}

impl Seen {
    fn add(&mut self, sign: Option<Sign>) {
        self.any |= sign != Some(Sign::Header);
        self.proposal |= sign == Some(Sign::Proposal);
        self.decision |= sign == Some(Sign::Decision);
    }
}

/// Reasons may stand below a decision; only with a proposal after them they begin a handling.
fn is_proposed_after(lines: &[(Line, Option<Sign>)], at: usize) -> bool {
    lines
        .iter()
        .skip(at)
        .filter_map(|(_, sign)| *sign)
        .find(|sign| sign.acts())
        == Some(Sign::Proposal)
}

/// Where the page's own handling begins; the end of the lines where it has none.
///
/// The label stands only where there is a history. So when the labels below it stand there once, with
/// a decision, that handling is the page's own on minutes only.
fn own_start(
    lines: &[(Line, Option<Sign>)],
    starts: &[usize],
    labelled: Labelled,
    stage: Option<Stage>,
) -> usize {
    let last = starts.last().copied().unwrap_or(0);
    let (_, block) = lines.split_at_checked(last).unwrap_or((&[], lines));
    let first = first_label(block);
    let decided = block.iter().any(|(_, sign)| *sign == Some(Sign::Decision));
    let only_headers = block
        .iter()
        .take(first)
        .all(|(_, sign)| *sign == Some(Sign::Header));
    let told = labelled == Labelled::Yes && only_headers && (last == 0 || first > 0);
    let earlier = match stage {
        Some(Stage::Minutes) => false,
        Some(Stage::Agenda) => labelled == Labelled::Yes || last > 0,
        None => told,
    };
    if decided && earlier {
        lines.len()
    } else {
        last + first
    }
}

fn first_label(lines: &[(Line, Option<Sign>)]) -> usize {
    lines
        .iter()
        .position(|(_, sign)| sign.is_some_and(|sign| sign != Sign::Header))
        .unwrap_or(lines.len())
}

/// Earlier handlings, each with the header that it may have.
fn handlings(
    lines: &[(Line, Option<Sign>)],
    header: &PageHeader,
    vocab: &Vocabulary,
) -> Vec<Segment> {
    let starts = starts(lines, Labelled::Yes);
    let mut out: Vec<Segment> = Vec::new();
    for (at, (line, sign)) in lines.iter().enumerate() {
        if starts.contains(&at) {
            out.push(segment(None, Vec::new()));
        }
        let Some(open) = out.last_mut() else {
            continue;
        };
        match mark::read(line, header, vocab).filter(|_| *sign == Some(Sign::Header)) {
            Some((mark, _)) => open.mark = Some(mark),
            None => open.lines.push(line.clone()),
        }
    }
    out
}

fn segment(mark: Option<Mark>, lines: Vec<Line>) -> Segment {
    Segment {
        mark,
        history: true,
        lines,
    }
}

#[cfg(test)]
mod tests;
