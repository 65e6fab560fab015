//! Lines of one handling gathered under the labels they stand below.

mod proposer;

use std::collections::BTreeMap;

use super::label;
use super::line::Line;
use super::mark;
use super::parts::{conflict_part, only_labels, take_apart};
use super::person::{has_contact, names_person};
use crate::model::page::BlockKind;
use crate::vocab::{Role, Vocabulary};
use proposer::{Awaited, Proposals};

/// A line of a list of attachments is not longer than this.
const ATTACHMENT_LINE: usize = 160;
/// A name with its office has fewer words.
const PERSON_WORDS: usize = 10;
/// More labels than this on one line are no form that was filled in.
const MAX_EMPTY_LABELS: usize = 8;

/// The sections of a handling.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    lines: BTreeMap<Role, Vec<Line>>,
    /// Labels and texts other than proposal and decision, as printed.
    pub(super) rest: Vec<Line>,
    /// Presenter named by the label of a proposal.
    pub(super) label_presenter: Option<String>,
    pub(super) diary_numbers: Vec<String>,
    /// Labels of appeals as printed: "Oikaisuvaatimusohje" says the kind by itself.
    pub(super) appeal_words: Vec<String>,
    /// Whether any label was found at all.
    pub(super) labelled: bool,
}

impl Sections {
    /// The lines of a role.
    pub(super) fn of(&self, role: Role) -> &[Line] {
        self.lines.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Adds a line; a dash or a rule alone says that there is nothing.
    fn add(&mut self, role: Role, line: Line) {
        if line.text.chars().any(char::is_alphanumeric) {
            self.lines.entry(role).or_default().push(line);
        }
    }
}

/// Gathers the sections of a handling.
pub(super) fn gather(lines: &[Line], vocab: &Vocabulary) -> Sections {
    let lines: Vec<Line> = lines
        .iter()
        .flat_map(|line| take_apart(line, vocab))
        .collect();
    let proposals = Proposals::of(&lines, vocab);
    let mut gatherer = Gatherer {
        vocab,
        lines: &lines,
        out: Sections::default(),
        role: Role::Background,
        person: PersonValue::Done,
        proposal: proposals,
        proposal_begun: false,
        awaited: Awaited::Nothing,
    };
    for (at, line) in lines.iter().enumerate() {
        gatherer.take(line, at);
    }
    gatherer.out
}

/// How far the value of a person's label has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PersonValue {
    /// The label stood alone: names follow.
    Awaited,
    /// It has a value: only further lines of the same kind follow.
    Begun,
    /// No person is being read.
    Done,
}

struct Gatherer<'a> {
    vocab: &'a Vocabulary,
    lines: &'a [Line],
    out: Sections,
    role: Role,
    person: PersonValue,
    proposal: Proposals,
    /// A proposal's label stood somewhere above.
    proposal_begun: bool,
    awaited: Awaited,
}

impl Gatherer<'_> {
    fn take(&mut self, line: &Line, at: usize) {
        let awaited = std::mem::take(&mut self.awaited);
        if let Some(found) = label::find(line, self.vocab) {
            self.out.labelled = true;
            return self.take_label(line, found, at);
        }
        if self.take_awaited(awaited, line, at) || self.take_in_place(line, at) {
            return;
        }
        self.leave_person(line);
        self.leave_attachments(line);
        if self.role == Role::Decision || self.role == Role::Notified {
            self.take_ban(line);
        }
        self.write(self.role, line.clone());
    }

    fn take_label(&mut self, line: &Line, found: label::Found, at: usize) {
        let (line, found) = self.skip_empty(line.clone(), found);
        let line = &line;
        match found.role {
            Role::Number => return self.take_number(line, &found.value),
            Role::Preparer | Role::Presenter | Role::Contact => {
                self.role = found.role;
                let named = !found.value.is_blank();
                self.person = if named {
                    PersonValue::Begun
                } else {
                    PersonValue::Awaited
                };
                self.out.rest.push(line.clone());
                self.out.add(found.role, found.value);
                return;
            }
            Role::Proposal => return self.take_proposal(found, at),
            Role::Background
            | Role::Proceedings
            | Role::Votes
            | Role::Decision
            | Role::Dissent
            | Role::Conflicts
            | Role::Appeal
            | Role::Notified
            | Role::Competence
            | Role::Attachments
            | Role::History => {}
        }
        if found.role == Role::Appeal {
            self.out.appeal_words.push(found.words.clone());
        }
        self.role = found.role;
        self.person = PersonValue::Done;
        let keeps = found.keep_words
            && (found.role != Role::Background || !self.out.of(Role::Background).is_empty());
        if found.role == Role::Decision {
            self.take_decision(found.value, at);
        } else if keeps {
            self.write(found.role, line.clone());
        } else {
            self.out.rest.push(line.clone());
            self.out.add(found.role, found.value);
        }
    }

    /// A label whose value is a label again stands empty: "Käsittely Päätös Selostus".
    fn skip_empty(&mut self, mut line: Line, mut found: label::Found) -> (Line, label::Found) {
        for _ in 0..MAX_EMPTY_LABELS {
            let Some(inner) = label::find(&found.value, self.vocab) else {
                break;
            };
            let empty = inner.strong || only_labels(&inner.value, self.vocab);
            if !empty || found.role == Role::Number {
                break;
            }
            self.role = found.role;
            line = found.value;
            found = inner;
        }
        (line, found)
    }

    fn take_number(&mut self, line: &Line, value: &Line) {
        let numbers = mark::diary_numbers(&value.text);
        if numbers.is_empty() {
            self.write(self.role, line.clone());
        }
        self.out.diary_numbers.extend(numbers);
    }

    /// After names the text goes on as background, or as the proposal where its label stood before the names.
    fn leave_person(&mut self, line: &Line) {
        if !matches!(self.role, Role::Preparer | Role::Presenter | Role::Contact) {
            return;
        }
        let goes_on = match self.person {
            PersonValue::Awaited => {
                let first = self.out.of(self.role).is_empty();
                names_person(line, self.vocab) && (first || line.kind != BlockKind::Heading)
            }
            PersonValue::Begun => {
                (line.continues || has_contact(&line.text, self.vocab))
                    && names_person(line, self.vocab)
            }
            PersonValue::Done => false,
        };
        if !goes_on || is_running_text(line) {
            let proposal_open = self.proposal == Proposals::Labelled
                && self.role == Role::Presenter
                && self.out.of(Role::Proposal).is_empty()
                && (self.proposal_begun || self.out.label_presenter.is_some());
            // a presenter after the background brings the proposal, even where it has no label
            let brings = self.proposal == Proposals::Unlabelled
                && self.role == Role::Presenter
                && !self.out.of(Role::Background).is_empty();
            self.role = if proposal_open || brings {
                Role::Proposal
            } else {
                Role::Background
            };
            self.person = PersonValue::Done;
        }
    }

    /// A list of attachments ends where running text begins.
    fn leave_attachments(&mut self, line: &Line) {
        if self.role != Role::Attachments {
            return;
        }
        let text = line.shown();
        let listed = text.chars().count() <= ATTACHMENT_LINE && !text.ends_with('.');
        if !listed || line.kind == BlockKind::Heading {
            self.role = Role::Background;
        }
    }

    /// A short line that forbids an appeal needs no label.
    fn take_ban(&mut self, line: &Line) {
        let text = line.shown().to_lowercase();
        let [(_, bans), ..] = self.vocab.appeals().kinds();
        if text.chars().count() <= ATTACHMENT_LINE
            && bans.iter().any(|ban| text.contains(ban.as_str()))
        {
            self.role = Role::Appeal;
        }
    }

    /// "Päätös Kaupunginhallitus:" names the body, the decision follows.
    fn take_decision(&mut self, value: Line, at: usize) {
        if value.is_blank() {
            self.awaited = Awaited::Decider;
        } else if !self.is_body_before_text(&value, at) {
            self.write(Role::Decision, value);
        }
    }

    fn write(&mut self, role: Role, line: Line) {
        match role {
            Role::Decision => self.write_decision(line),
            Role::Proposal => self.out.add(role, line),
            Role::Proceedings => {
                let told = conflict_part(&line, self.vocab).0;
                if let Some(told) = told {
                    self.out.add(Role::Conflicts, told);
                }
                self.out.rest.push(line.clone());
                self.out.add(role, line);
            }
            Role::Attachments => self.out.rest.push(line),
            Role::Preparer
            | Role::Contact
            | Role::Presenter
            | Role::Background
            | Role::Votes
            | Role::Dissent
            | Role::Conflicts
            | Role::Appeal
            | Role::Notified
            | Role::Competence
            | Role::History
            | Role::Number => {
                self.out.rest.push(line.clone());
                self.out.add(role, line);
            }
        }
    }

    /// Who was disqualified is told after the decision, but is no part of it.
    fn write_decision(&mut self, line: Line) {
        let (conflict, decision) = conflict_part(&line, self.vocab);
        match conflict {
            Some(conflict) => {
                self.out.rest.push(conflict.clone());
                self.out.add(Role::Conflicts, conflict);
                if let Some(decision) = decision {
                    self.out.add(Role::Decision, decision);
                }
            }
            None => self.out.add(Role::Decision, line),
        }
    }
}

/// Whether a line is a sentence that announces something rather than a name with an office: a number in
/// it may look like a telephone.
fn is_running_text(line: &Line) -> bool {
    let text = line.shown();
    text.ends_with(':') && text.split_whitespace().count() > PERSON_WORDS
}
