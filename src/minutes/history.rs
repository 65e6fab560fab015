//! Earlier handlings under a history label: real ones, headings of a background, and those without headers.

use super::label;
use super::line::Line;
use super::mark::{self, Mark};
use super::split::Segment;
use crate::model::minutes::Stage;
use crate::model::page::PageHeader;
use crate::vocab::{Role, Vocabulary};

/// Whether what stands under a history label is history: a label above the page's own proposal with
/// no headers below it is a heading of the background.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HistoryLabel {
    /// Everything under it is earlier.
    Real,
    /// It is a heading.
    Heading,
}

/// Judges the first history label of a page.
pub(super) fn judge(lines: &[Line], header: &PageHeader, vocab: &Vocabulary) -> HistoryLabel {
    match label_at(lines, vocab) {
        Some(at) if is_heading(lines, at, header, vocab) => HistoryLabel::Heading,
        Some(_) | None => HistoryLabel::Real,
    }
}

/// Takes out an earlier handling that repeats all labels under a history label, without a header, before
/// the page's own labels: on minutes the last decision is the page's own, on an agenda none is.
pub(super) fn take_nested(
    mut lines: Vec<Line>,
    header: &PageHeader,
    vocab: &Vocabulary,
) -> (Vec<Line>, Option<Segment>) {
    let Some(at) = label_at(&lines, vocab).filter(|&at| is_heading(&lines, at, header, vocab))
    else {
        return (lines, None);
    };
    let Some(restart) = restart_after(&lines, at, header, vocab) else {
        return (lines, None);
    };
    let own = lines.split_off(restart);
    let told = lines.split_off(at + 1);
    lines.pop();
    lines.extend(own);
    (
        lines,
        Some(Segment {
            mark: None,
            history: true,
            lines: told,
        }),
    )
}

/// Takes out a history that only names earlier handlings, one a line, above the page's own proposal or
/// decision: what follows them is the page's own again.
pub(super) fn take_references(
    mut lines: Vec<Line>,
    header: &PageHeader,
    vocab: &Vocabulary,
) -> (Vec<Line>, Vec<Mark>) {
    let Some(at) = label_at(&lines, vocab) else {
        return (lines, Vec::new());
    };
    let beside = lines
        .get(at)
        .and_then(|line| label::find(line, vocab))
        .map(|found| found.value)
        .filter(|value| !value.is_blank());
    let after = lines.get(at + 1..).unwrap_or_default();
    let mut marks: Vec<Mark> = Vec::new();
    let mut rest = 0;
    for line in beside.iter().chain(after) {
        match reference(line, header, vocab) {
            Some(mark) => marks.push(mark),
            None => break,
        }
        rest += 1;
    }
    let next = after.get(rest - usize::from(beside.is_some() && rest > 0)..);
    let next = next.unwrap_or_default();
    if marks.is_empty() || !is_own_again(lines.get(..at).unwrap_or_default(), next, header, vocab) {
        return (lines, Vec::new());
    }
    let kept = next.to_vec();
    lines.truncate(at);
    lines.extend(kept);
    (lines, marks)
}

/// A line that is the header of a handling and nothing else.
fn reference(line: &Line, header: &PageHeader, vocab: &Vocabulary) -> Option<Mark> {
    let (mark, rest) = mark::read(line, header, vocab)?;
    (rest.is_blank() && mark.date.is_some()).then_some(mark)
}

/// Whether what follows a list of references is the page's own text: a label begins it, the page has no
/// proposal or decision above, and has one below. An agenda decides nothing, so a decision below is told.
fn is_own_again(before: &[Line], next: &[Line], header: &PageHeader, vocab: &Vocabulary) -> bool {
    let is = |line: &Line, wanted: &[Role]| role(line, vocab).is_some_and(|r| wanted.contains(&r));
    let acts = [Role::Proposal, Role::Decision];
    let told = header.stage == Some(Stage::Agenda)
        && next.iter().enumerate().any(|(at, line)| {
            let value = |found: label::Found| !found.value.is_blank();
            is(line, &[Role::Decision])
                && (label::find(line, vocab).is_some_and(value)
                    || next
                        .get(at + 1)
                        .is_some_and(|after| role(after, vocab).is_none() && has_words(after)))
        });
    let labelled = next.first().and_then(|line| role(line, vocab));
    labelled.is_some_and(|role| role != Role::History && !acts.contains(&role))
        && !before.iter().any(|line| is(line, &acts))
        && next.iter().any(|line| is(line, &acts))
        && !told
}

fn has_words(line: &Line) -> bool {
    line.text.chars().any(char::is_alphanumeric)
}

fn label_at(lines: &[Line], vocab: &Vocabulary) -> Option<usize> {
    lines
        .iter()
        .position(|line| role(line, vocab) == Some(Role::History))
}

fn role(line: &Line, vocab: &Vocabulary) -> Option<Role> {
    label::find(line, vocab).map(|found| found.role)
}

fn is_heading(lines: &[Line], at: usize, header: &PageHeader, vocab: &Vocabulary) -> bool {
    let acts = |line: &Line| matches!(role(line, vocab), Some(Role::Proposal | Role::Decision));
    let (before, after) = lines.split_at_checked(at).unwrap_or((lines, &[]));
    let marked = after.iter().any(|line| {
        mark::read(line, header, vocab).is_some()
            || label::find(line, vocab)
                .is_some_and(|f| mark::read(&f.value, header, vocab).is_some())
            || mark::read_row(line).is_some()
    });
    !before.iter().any(acts) && after.iter().any(acts) && !marked
}

/// Where the page's own labels begin again after the last decision that is not its own.
fn restart_after(
    lines: &[Line],
    at: usize,
    header: &PageHeader,
    vocab: &Vocabulary,
) -> Option<usize> {
    let decided =
        |line: &Line| label::find(line, vocab).is_some_and(|found| found.role == Role::Decision);
    let decisions: Vec<usize> = lines
        .iter()
        .enumerate()
        .skip(at)
        .filter(|(_, line)| decided(line))
        .map(|(index, _)| index)
        .collect();
    let own = usize::from(header.stage != Some(Stage::Agenda));
    let last = *decisions.get(decisions.len().checked_sub(1 + own)?)?;
    let begins = |line: &Line| {
        matches!(
            role(line, vocab),
            Some(Role::Preparer | Role::Presenter | Role::Proposal)
        )
    };
    lines
        .iter()
        .enumerate()
        .skip(last)
        .find(|(_, line)| begins(line))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(texts: &[&str], stage: Stage) -> (usize, Option<usize>) {
        let lines = texts.iter().map(|text| Line::plain(text)).collect();
        let header = PageHeader {
            stage: Some(stage),
            ..PageHeader::default()
        };
        let (own, told) = take_nested(lines, &header, Vocabulary::embedded());
        (own.len(), told.map(|segment| segment.lines.len()))
    }

    #[test]
    fn a_handling_without_header_is_taken_out() {
        let texts = [
            "Aikaisempi käsittely",
            "Päätösehdotus: Esitetään.",
            "Päätös: Hyväksyttiin.",
            "Päätösehdotus: Hyväksytään.",
            "Päätös: Ehdotus hyväksyttiin.",
        ];
        assert_eq!(page(&texts, Stage::Minutes), (2, Some(2)));
        assert_eq!(page(&texts[..4], Stage::Agenda), (1, Some(2)));
    }

    #[test]
    fn references_above_the_own_text_end_with_the_next_label() {
        let kept = |texts: &[&str], stage: Stage| {
            let lines = texts.iter().map(|text| Line::plain(text)).collect();
            let header = PageHeader {
                stage: Some(stage),
                ..PageHeader::default()
            };
            let (own, marks) = take_references(lines, &header, Vocabulary::embedded());
            (own.len(), marks.len())
        };
        let texts = [
            "Päätöshistoria",
            "Kaupunginhallitus 20.3.2017 § 66",
            "Kaupunginvaltuusto 27.2.2017 § 12",
            "Tiivistelmä",
            "Tilinpäätös on valmis.",
            "Päätös",
            "Ehdotus hyväksyttiin.",
        ];
        assert_eq!(kept(&texts, Stage::Minutes), (4, 2));
        assert_eq!(kept(&texts, Stage::Agenda), (7, 0), "the decision is told");
        assert_eq!(kept(&texts[..6], Stage::Agenda), (3, 2));
        let inline = [
            "Päätöshistoria: Kaupunginhallitus 20.3.2017 § 66",
            "Selostus: X.",
            "Päätös: Y.",
        ];
        assert_eq!(kept(&inline, Stage::Minutes), (2, 1));
        // a whole earlier handling
        assert_eq!(
            kept(&[texts[0], texts[1], texts[5], texts[6]], Stage::Minutes),
            (4, 0)
        );
    }

    #[test]
    fn a_heading_of_the_background_takes_nothing() {
        let texts = [
            "Aikaisempi käsittely",
            "Valtuusto palautti asian.",
            "Päätösehdotus: Hyväksytään.",
            "Päätös: Ehdotus hyväksyttiin.",
        ];
        assert_eq!(page(&texts, Stage::Minutes), (4, None));
    }
}
