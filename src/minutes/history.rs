//! Earlier handlings under a history label: real ones, headings of a background, and those without headers.

use super::label;
use super::line::Line;
use super::mark;
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
