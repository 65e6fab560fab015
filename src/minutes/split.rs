//! One page may hold several handlings of a matter: splits them and says which one is the page's own.

use super::history::{self, HistoryLabel};
use super::label;
use super::line::Line;
use super::mark::{self, Mark};
use crate::model::minutes::Stage;
use crate::model::page::{BlockKind, PageHeader};
use crate::vocab::{Role, Vocabulary};

/// Rows with numbers in the head of a page are taken apart; further down they are data.
const HEAD_LINES: usize = 8;

/// One handling as it stands on the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// Its header; `None` before the first header, and right after a history label.
    pub(super) mark: Option<Mark>,
    /// Whether it stands under a history label.
    pub(super) history: bool,
    pub(super) lines: Vec<Line>,
}

/// The page taken apart.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The page's own handling.
    pub(super) current: Vec<Line>,
    /// How many of its lines stand before its own header.
    pub(super) before_mark: usize,
    /// Its header in the text, where there is one.
    pub(super) mark: Option<Mark>,
    /// Earlier handlings in page order.
    pub(super) earlier: Vec<Segment>,
    /// Whether no handling could be told to be the page's own.
    pub(super) unclear: bool,
}

/// Splits a page; the page header says which handling is its own.
pub(super) fn split(lines: Vec<Line>, header: &PageHeader, vocab: &Vocabulary) -> Split {
    let mut splitter = Splitter {
        header,
        vocab,
        segments: vec![Segment::default()],
        listed: Vec::new(),
    };
    let lines = take_rows_apart(lines, header, vocab);
    let (lines, references) = history::take_references(lines, header, vocab);
    splitter.listed.extend(references);
    let (lines, nested) = history::take_nested(lines, header, vocab);
    let history = history::judge(&lines, header, vocab);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += splitter.take(line, lines.get(at + 1), history);
    }
    let mut split = splitter.finish();
    split.earlier.extend(nested);
    split
}

struct Splitter<'a> {
    header: &'a PageHeader,
    vocab: &'a Vocabulary,
    segments: Vec<Segment>,
    /// Earlier handlings that are only listed.
    listed: Vec<Mark>,
}

/// What stands in a handling after its decision.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Restart {
    /// It has no decision.
    Undecided,
    /// Nothing that begins another handling.
    Decided,
    /// The labels of another handling, from this line on.
    At(usize),
}

impl Splitter<'_> {
    /// Takes a line, or it and the next; says how many.
    fn take(&mut self, line: &Line, next: Option<&Line>, history: HistoryLabel) -> usize {
        let own = self.header;
        if let Some(mark) = mark::read_row(line) {
            if self.is_own(&mark) {
                self.open(mark, None);
            } else {
                self.listed.push(mark);
            }
            return 1;
        }
        if let Some(found) = label::find(line, self.vocab)
            && found.role == Role::History
            && history == HistoryLabel::Real
        {
            self.segments.push(Segment {
                history: true,
                ..Segment::default()
            });
            let again = label::find(&found.value, self.vocab)
                .is_some_and(|found| found.role == Role::History);
            if !found.value.is_blank() && !again {
                self.take(&found.value, None, history);
            }
            return 1;
        }
        if let Some((mark, rest)) = mark::read(line, own, self.vocab) {
            self.open(mark, Some(rest));
            return 1;
        }
        if let Some((number, rest)) = mark::diary_prefix(line)
            && let Some((mark, rest)) = mark::read(&rest, own, self.vocab)
        {
            self.open(mark, None);
            self.push(Line::plain(&number));
            self.push(rest);
            return 1;
        }
        self.take_section(line, next)
    }

    /// A section on a line of its own, its day and body perhaps on the lines around it.
    fn take_section(&mut self, line: &Line, next: Option<&Line>) -> usize {
        let Some((section, rest)) = mark::read_section(line) else {
            self.push(line.clone());
            return 1;
        };
        let mut mark = Mark {
            section: Some(section),
            ..Mark::default()
        };
        let mut taken = 1;
        if rest.is_blank() {
            if let Some(day) = next.and_then(|next| mark::read_day(&next.text)) {
                mark.date = Some(day);
                taken = 2;
            } else if let Some(day) = self.last_line().and_then(|last| mark::read_day(&last.text)) {
                mark.date = Some(day);
                self.pop();
            }
            let own = self.header.body.as_deref();
            if let Some(body) = self.last_line().map(Line::shown)
                && (mark::is_sure_body(&body, own, self.vocab)
                    || (mark.date.is_some() && body.len() < 12 && !body.contains(' ')))
            {
                mark.body = Some(body);
                self.pop();
            }
        }
        let known = self.header.number.is_none_or(|number| number == section);
        if known || mark.date.is_some() {
            self.open(mark, Some(rest));
        } else {
            self.push(line.clone());
        }
        taken
    }

    /// Opens a handling, unless it is the open one named once more.
    fn open(&mut self, mark: Mark, rest: Option<Line>) {
        let history = self.segments.last().is_some_and(|segment| segment.history);
        match self.segments.last_mut() {
            Some(Segment {
                mark: Some(open), ..
            }) if open.agrees(&mark, self.vocab)
                && (open.section.is_some() || mark.section.is_none()) =>
            {
                open.merge(mark);
            }
            _ => self.segments.push(Segment {
                mark: Some(mark),
                history,
                lines: Vec::new(),
            }),
        }
        if let Some(rest) = rest.filter(|rest| !rest.is_blank()) {
            self.push(rest);
        }
    }

    fn push(&mut self, line: Line) {
        if let Some(segment) = self.segments.last_mut() {
            segment.lines.push(line);
        }
    }

    fn last_line(&self) -> Option<&Line> {
        self.segments
            .last()
            .and_then(|segment| segment.lines.last())
    }

    fn pop(&mut self) {
        if let Some(segment) = self.segments.last_mut() {
            segment.lines.pop();
        }
    }

    /// Whether a header is the page's own: date and section agree, abbreviations are ignored.
    fn is_own(&self, mark: &Mark) -> bool {
        let same_day = mark
            .date
            .is_none_or(|date| self.header.held_on == Some(date));
        match (self.header.stage, self.header.number) {
            (Some(Stage::Minutes), Some(number)) => {
                same_day
                    && (mark.section == Some(number)
                        || (mark.section.is_none() && mark.date.is_some()))
            }
            (Some(Stage::Minutes | Stage::Agenda), _) => mark.date.is_some() && same_day,
            (None, _) => false,
        }
    }

    fn finish(self) -> Split {
        let own: Vec<usize> =
            self.indices(|segment| segment.mark.as_ref().is_some_and(|mark| self.is_own(mark)));
        let own = self.of_own_body(own);
        let outside: Vec<usize> = own
            .iter()
            .copied()
            .filter(|&at| self.segments.get(at).is_some_and(|s| !s.history))
            .collect();
        let chosen = if outside.is_empty() { own } else { outside };
        if chosen.is_empty() {
            self.finish_without_own()
        } else {
            self.gather(&chosen)
        }
    }

    /// Of handlings on the page's own day and number those of its own body, where names can tell.
    fn of_own_body(&self, own: Vec<usize>) -> Vec<usize> {
        let body = self.header.body.as_deref();
        let is_body = |at: &&usize| {
            let mark = self.segments.get(**at).and_then(|s| s.mark.as_ref());
            mark.is_some_and(|mark| mark::same_body(mark.body.as_deref(), body, self.vocab))
        };
        let sure: Vec<usize> = own.iter().filter(is_body).copied().collect();
        if sure.is_empty() { own } else { sure }
    }

    fn indices(&self, wanted: impl Fn(&Segment) -> bool) -> Vec<usize> {
        self.segments
            .iter()
            .enumerate()
            .filter(|(_, segment)| wanted(segment))
            .map(|(at, _)| at)
            .collect()
    }

    /// No header is the page's own: history at the end leaves what stands before it; otherwise the last is own.
    fn finish_without_own(self) -> Split {
        let marked = self.indices(|segment| segment.mark.is_some() && !segment.history);
        let history = self.segments.iter().any(|segment| segment.history);
        let before_has_text = self
            .segments
            .first()
            .is_some_and(|segment| !segment.lines.is_empty());
        let Some(&last) = marked.last() else {
            return self.gather(&[]);
        };
        if history && before_has_text && self.has_own_text() {
            return self.gather(&[]);
        }
        let unclear = self.header.stage == Some(Stage::Minutes);
        let split = match self.restart(last) {
            Restart::At(at) => self.with_restart(last, at),
            Restart::Decided if !unclear => self.gather(&[]),
            Restart::Decided | Restart::Undecided => self.gather(&[last]),
        };
        Split { unclear, ..split }
    }

    /// Where, in a handling that is another one by its header, the page's own begins without a header.
    fn restart(&self, at: usize) -> Restart {
        let Some(segment) = self.segments.get(at) else {
            return Restart::Undecided;
        };
        let role = |line: &Line| label::find(line, self.vocab).map(|found| found.role);
        let Some(decided) = segment
            .lines
            .iter()
            .position(|line| role(line) == Some(Role::Decision))
        else {
            return Restart::Undecided;
        };
        let begins = |line: &Line| {
            matches!(
                role(line),
                Some(Role::Preparer | Role::Presenter | Role::Proposal)
            )
        };
        let again = segment.lines.iter().skip(decided).position(begins);
        again.map_or(Restart::Decided, |again| Restart::At(decided + again))
    }

    fn with_restart(mut self, segment: usize, line: usize) -> Split {
        let own = self
            .segments
            .get_mut(segment)
            .map(|segment| segment.lines.split_off(line));
        let own = Segment {
            lines: own.unwrap_or_default(),
            ..Segment::default()
        };
        self.segments.insert(segment + 1, own);
        self.gather(&[segment + 1])
    }

    /// Whether the text before the first header holds more than a title and a number.
    fn has_own_text(&self) -> bool {
        self.segments.first().is_some_and(|segment| {
            segment.lines.iter().any(|line| {
                label::find(line, self.vocab).is_some_and(|found| found.role != Role::Number)
            })
        })
    }

    fn gather(self, chosen: &[usize]) -> Split {
        let mut split = Split::default();
        for (at, segment) in self.segments.into_iter().enumerate() {
            let first = at == 0 && segment.mark.is_none();
            if first {
                split.before_mark = segment.lines.len();
                split.current.extend(segment.lines);
            } else if chosen.contains(&at) {
                if let Some(mark) = segment.mark {
                    split.mark.get_or_insert_default().merge(mark);
                }
                split.current.extend(segment.lines);
            } else if segment.mark.is_some() || !segment.lines.is_empty() {
                split.earlier.push(segment);
            }
        }
        let told: Vec<Segment> = self
            .listed
            .into_iter()
            .filter(|mark| {
                !split.earlier.iter().any(|segment| {
                    segment
                        .mark
                        .as_ref()
                        .is_some_and(|m| m.agrees(mark, self.vocab))
                })
            })
            .map(|mark| Segment {
                mark: Some(mark),
                history: true,
                lines: Vec::new(),
            })
            .collect();
        split.earlier.splice(0..0, told);
        split
    }
}

/// Rows in the head that hold a header or a diary number beside something else become lines.
fn take_rows_apart(lines: Vec<Line>, header: &PageHeader, vocab: &Vocabulary) -> Vec<Line> {
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.into_iter().enumerate() {
        let atoms = line.cells.iter().any(|cell| {
            let cell = Line::plain(cell);
            !mark::diary_numbers(&cell.text).is_empty()
                || mark::read(&cell, header, vocab).is_some()
        });
        if at < HEAD_LINES && atoms && mark::read_row(&line).is_none() {
            out.extend(line.cells.iter().map(|cell| Line {
                kind: BlockKind::Paragraph,
                ..Line::plain(cell)
            }));
        } else {
            out.push(line);
        }
    }
    out
}
