//! Who makes a proposal: named beside its label, in place of it, or above the text.

use super::super::label::{self, InPlace};
use super::super::line::Line;
use super::super::person::names_person;
use super::{Gatherer, PersonValue};
use crate::vocab::{Role, Vocabulary};

/// A unit that stands below an officer's name has no more words than this.
const MAX_UNIT_WORDS: usize = 9;

/// How the proposal of a handling can be told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proposals {
    /// By a label.
    Labelled,
    /// By its proposer alone: an officer, or a body with a colon.
    Unlabelled,
    /// By an officer alone: several bodies with a colon are headings of statements.
    Officers,
}

impl Proposals {
    pub(super) fn of(lines: &[Line], vocab: &Vocabulary) -> Self {
        // a changed proposal changes one that stands before it, perhaps without a label
        let labelled = lines.iter().any(|line| {
            label::find(line, vocab).is_some_and(|found| {
                found.role == Role::Proposal && !vocab.is_changed_proposal(&found.words)
            })
        });
        if labelled {
            return Self::Labelled;
        }
        let bodies = lines.iter().filter(|line| {
            label::find(line, vocab).is_none()
                && label::presenter_in_place(line, vocab)
                    .is_some_and(|found| found.presenter.is_none() && found.strong)
        });
        match bodies.take(2).count() {
            2.. => Self::Officers,
            0 | 1 => Self::Unlabelled,
        }
    }
}

/// What the next line is, if it looks so.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Awaited {
    #[default]
    Nothing,
    /// Right after an empty proposal label: whose proposal it is.
    Proposer,
    /// Right after an empty decision label: whose decision it is.
    Decider,
    /// Right after an officer above the text: the unit.
    Unit,
}

impl Gatherer<'_> {
    /// Takes what the line before announced; false when it is something else.
    pub(super) fn take_awaited(&mut self, awaited: Awaited, line: &Line, at: usize) -> bool {
        match awaited {
            Awaited::Nothing => false,
            Awaited::Proposer => self.take_presenter_of_proposal(line, at),
            Awaited::Decider => self.is_body_before_text(line, at),
            Awaited::Unit => {
                let unit = self.is_unit(line, at);
                if unit {
                    self.out.rest.push(line.clone());
                }
                unit
            }
        }
    }

    pub(super) fn take_proposal(&mut self, found: label::Found, at: usize) {
        self.role = Role::Proposal;
        self.person = PersonValue::Done;
        self.proposal_begun = true;
        if found.presenter.is_some() {
            self.out.label_presenter = found.presenter;
        }
        let again =
            self.vocab.is_changed_proposal(&found.words) && !self.out.of(Role::Proposal).is_empty();
        if found.value.is_blank() {
            self.awaited = Awaited::Proposer;
            if again {
                self.out.add(Role::Proposal, Line::plain(&found.words));
            }
        } else if !self.take_presenter_of_proposal(&found.value, at) {
            let value = if again {
                Line {
                    text: format!("{}: {}", found.words, found.value.text),
                    seams: Vec::new(),
                    ..found.value
                }
            } else {
                found.value
            };
            self.out.add(Role::Proposal, value);
        }
    }

    /// `Päätösehdotus Kaupunginjohtaja Maija Mallikas`: the value is the proposer, the proposal follows.
    fn take_presenter_of_proposal(&mut self, line: &Line, at: usize) -> bool {
        let Some(found) = label::presenter_in_place(line, self.vocab) else {
            return false;
        };
        // the subject of a sentence that goes on below is no proposer
        if found.value.is_blank() && !found.strong && !self.text_begins_after(at) {
            return false;
        }
        self.role = Role::Proposal;
        self.add_presenter(found.presenter);
        self.out.add(Role::Proposal, found.value);
        true
    }

    fn add_presenter(&mut self, presenter: Option<String>) {
        if let Some(presenter) = presenter
            && self.out.of(Role::Presenter).is_empty()
        {
            self.out.add(Role::Presenter, Line::plain(&presenter));
        }
    }

    /// Whether the line below begins a text of its own.
    fn text_begins_after(&self, at: usize) -> bool {
        let next = self.lines.get(at + 1);
        next.is_none_or(|next| !goes_on(&next.text))
    }

    /// Whether a line is a body's name above a text that it is not the subject of.
    pub(super) fn is_body_before_text(&self, line: &Line, at: usize) -> bool {
        let followed = self.lines.get(at + 1).is_some_and(|next| {
            (line.text.trim_end().ends_with(':') || !goes_on(&next.text))
                && label::find(next, self.vocab).is_none()
        });
        followed && self.vocab.is_body_line(&line.text)
    }

    /// Takes a proposer that no label announces.
    pub(super) fn take_in_place(&mut self, line: &Line, at: usize) -> bool {
        let Some(found) = label::presenter_in_place(line, self.vocab) else {
            return false;
        };
        let open = matches!(
            self.role,
            Role::Background | Role::Preparer | Role::Presenter | Role::Contact
        ) && self.person != PersonValue::Awaited
            && self.out.of(Role::Proposal).is_empty()
            && self.out.of(Role::Decision).is_empty();
        if open && self.brings_proposal(&found, at) {
            self.take_proposer(line, found);
            return true;
        }
        let above = open && self.stands_above(line, at);
        if above {
            self.out.rest.push(line.clone());
            if let Some(presenter) = found.presenter {
                self.out.add(Role::Presenter, Line::plain(&presenter));
            }
            self.awaited = Awaited::Unit;
        }
        above
    }

    fn take_proposer(&mut self, line: &Line, found: InPlace) {
        self.add_presenter(found.presenter);
        self.role = Role::Proposal;
        self.person = PersonValue::Done;
        self.out.labelled = true;
        self.out
            .rest
            .push(line.until(line.text.len() - found.value.text.len()));
        self.out.add(Role::Proposal, found.value);
    }

    /// Whether a proposer stands where the proposal's label is expected: directly before its text.
    fn brings_proposal(&self, found: &InPlace, at: usize) -> bool {
        let kind = match self.proposal {
            Proposals::Unlabelled => true,
            Proposals::Officers => found.presenter.is_some(),
            Proposals::Labelled => false,
        };
        let weak = !found.strong || self.is_announced(at);
        if !kind || (found.presenter.is_none() && weak) {
            return false;
        }
        if !found.value.is_blank() {
            return found.strong;
        }
        // alone on its line: what follows must be text, not another name
        let text = |next: &Line| {
            !names_person(next, self.vocab) && label::find(next, self.vocab).is_none()
        };
        let officer = found.presenter.is_some() && found.strong;
        self.lines.get(at + 1).is_some_and(text)
            && (officer || (self.text_begins_after(at) && !self.is_listed(at)))
    }

    /// Whether an officer is named above the text, or directly above the proposal's label.
    fn stands_above(&self, line: &Line, at: usize) -> bool {
        let role = |line: &Line| label::find(line, self.vocab).map(|found| found.role);
        let first =
            self.out.lines.keys().all(|role| *role == Role::Presenter) && !self.out.labelled;
        let colon = line.text.trim_end().ends_with(':');
        let sure = self.vocab.names_officer(&line.text) || colon;
        let next = self.lines.get(at + 1).and_then(role);
        let below = self
            .lines
            .get(at + 1)
            .is_some_and(|next| !goes_on(&next.text));
        self.vocab.is_office_line(&line.text)
            && ((first && below && (sure || next.is_some()))
                || (next == Some(Role::Proposal) && sure && !self.is_listed(at)))
    }

    /// Whether the line above announces it: "Lausunnot:" makes a body the author of a statement.
    fn is_announced(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|above| self.lines.get(above))
            .is_some_and(|above| above.text.trim_end().ends_with(':'))
    }

    /// Whether a line stands in a list of people: one is named above it as well.
    fn is_listed(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|above| self.lines.get(above))
            .is_some_and(|above| {
                label::find(above, self.vocab).is_none() && names_person(above, self.vocab)
            })
    }

    /// Whether a line below an officer's name is the unit and no text.
    fn is_unit(&self, line: &Line, at: usize) -> bool {
        let short = line.text.split_whitespace().count() <= MAX_UNIT_WORDS
            && !line.text.ends_with(['.', ':', '?', '!'])
            && line.cells.is_empty();
        let labelled = self
            .lines
            .get(at + 1)
            .is_some_and(|next| label::find(next, self.vocab).is_some());
        short && (line.continues || labelled) && !self.vocab.is_office_line(&line.text)
    }
}

/// Whether a text is the rest of a sentence, or its list: `1. hyväksyy suunnitelman`.
fn goes_on(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let mut letters = text.chars();
    let marker = letters.next().is_some() && letters.next() == Some(')');
    let text = if marker {
        letters.as_str().trim_start()
    } else {
        text
    };
    label::starts_low(text)
}
