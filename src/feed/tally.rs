//! Counts what was repaired or left out: each thing is told once, with how often it happened.

use crate::model::problem::{Problem, ProblemKind};

/// How much of the first example is quoted.
const QUOTED_CHARS: usize = 80;

/// What happened while one feed was read, each kind of happening once.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    kind: ProblemKind,
    what: &'static str,
    times: usize,
    first: String,
}

impl Tally {
    /// Counts one happening; `seen` is quoted for the first of them when it is not empty.
    pub(super) fn note(&mut self, kind: ProblemKind, what: &'static str, seen: &str) {
        self.add(kind, what, 1, seen);
    }

    /// Counts a repair made before parsing.
    pub(super) fn repaired(&mut self, what: &'static str, seen: &str) {
        self.add(ProblemKind::FeedRepaired, what, 1, seen);
    }

    /// Counts several happenings at once.
    pub(super) fn add(&mut self, kind: ProblemKind, what: &'static str, times: usize, seen: &str) {
        if times == 0 {
            return;
        }
        let known = self
            .rows
            .iter_mut()
            .find(|row| row.kind == kind && row.what == what);
        if let Some(row) = known {
            row.times += times;
        } else {
            let first = quotable(seen);
            self.rows.push(Row {
                kind,
                what,
                times,
                first,
            });
        }
    }

    /// One problem per kind of happening, in the order they were first met.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.rows.into_iter().map(Row::into_problem).collect()
    }
}

impl Row {
    fn into_problem(self) -> Problem {
        let Self {
            kind,
            what,
            times,
            first,
        } = self;
        let unit = if times == 1 { "time" } else { "times" };
        let detail = if first.is_empty() {
            format!("{what} ({times} {unit})")
        } else {
            format!("{what} ({times} {unit}), first: \"{first}\"")
        };
        Problem::new(kind, detail)
    }
}

fn quotable(seen: &str) -> String {
    seen.chars()
        .filter(|c| !c.is_control())
        .take(QUOTED_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_is_told_once_with_its_count_and_first_example() {
        let mut tally = Tally::default();
        tally.repaired("bare ampersand", "&x");
        tally.repaired("bare ampersand", "&y");
        tally.note(ProblemKind::FieldCut, "title cut", "");
        let details: Vec<_> = tally
            .into_problems()
            .into_iter()
            .map(|p| p.detail)
            .collect();
        assert_eq!(
            details,
            [
                "bare ampersand (2 times), first: \"&x\"",
                "title cut (1 time)"
            ]
        );
    }
}
