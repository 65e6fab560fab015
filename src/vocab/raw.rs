//! The shape of `vocabulary.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Label, Phrase, Role};
use crate::model::minutes::{AppealKind, Lang, Outcome, Stage};
use crate::model::source::AuthorityKind;

/// The whole file; unknown keys are errors that name the key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) header: Header,
    pub(super) chrome: Chrome,
    pub(super) meetings: MeetingWords,
    pub(super) discovery: DiscoveryWords,
    pub(super) labels: Labels,
    pub(super) label_rules: LabelRules,
    pub(super) people: People,
    pub(super) bodies: Bodies,
    pub(super) contact: ContactWords,
    pub(super) paper: PaperWords,
    pub(super) outcomes: OutcomeWords,
    pub(super) outcome_rules: OutcomeRules,
    pub(super) conflicts: Conflicts,
    pub(super) appeals: AppealWords,
    pub(super) procedural: Procedural,
    #[serde(default)]
    pub(super) text: BTreeMap<String, String>,
}

/// Items about the meeting itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Procedural {
    pub(super) titles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    minutes_fi: Vec<String>,
    minutes_sv: Vec<String>,
    agenda_fi: Vec<String>,
    agenda_sv: Vec<String>,
    pub(super) section: Vec<String>,
    pub(super) position: Vec<String>,
    decision_fi: Vec<String>,
    decision_sv: Vec<String>,
}

impl Header {
    /// Document kinds with what each of them tells.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&str, Stage, Lang)> {
        [
            (&self.minutes_fi, Stage::Minutes, Lang::Fi),
            (&self.minutes_sv, Stage::Minutes, Lang::Sv),
            (&self.agenda_fi, Stage::Agenda, Lang::Fi),
            (&self.agenda_sv, Stage::Agenda, Lang::Sv),
        ]
        .into_iter()
        .flat_map(|(words, stage, lang)| words.iter().map(move |w| (w.as_str(), stage, lang)))
    }

    /// Words for a decision of an officeholder. It is made when it is published: there is no agenda.
    pub(super) fn decisions(&self) -> impl Iterator<Item = (&str, Stage, Lang)> {
        [(&self.decision_fi, Lang::Fi), (&self.decision_sv, Lang::Sv)]
            .into_iter()
            .flat_map(|(words, lang)| {
                words
                    .iter()
                    .map(move |w| (w.as_str(), Stage::Minutes, lang))
            })
    }
}

/// Words that help to find a municipality's portal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscoveryWords {
    /// Beginnings of words in links that lead to minutes, the surest first.
    pub link_words: Vec<String>,
    /// What an organisation calls itself, by its kind.
    pub authority_words: BTreeMap<AuthorityKind, Vec<String>>,
}

/// Words of the frame around an item's text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chrome {
    /// Captions of the navigation.
    pub navigation_captions: Vec<String>,
    /// Captions of the list of attachments.
    pub attachment_captions: Vec<String>,
    /// Captions of the list of background material.
    pub background_captions: Vec<String>,
    /// Text of the link to the previous item.
    pub previous: Vec<String>,
    /// Text of the link to the next item.
    pub next: Vec<String>,
    /// Text of the link to the item as PDF.
    pub item_pdf: Vec<String>,
    /// Text of the link to the appeal instructions.
    pub appeal_link: Vec<String>,
    /// Lines after which the item's text begins.
    pub start_markers: Vec<String>,
    /// Beginnings of lines that belong to the frame.
    pub noise: Vec<String>,
    /// Words before the number of a listed file.
    pub attachment_numbers: Vec<String>,
    /// Abbreviations of "number" that may follow such a word.
    pub attachment_number_signs: Vec<String>,
    /// What a link says about opening in a new window.
    pub new_window: Vec<String>,
    /// What maintenance and error pages say, lower case.
    pub notices: Vec<String>,
    /// What a page says that stands where a file should that is not for the public, lower case.
    pub refusals: Vec<String>,
}

/// How lists and headings speak of meetings; lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingWords {
    pub(super) words_fi: Vec<String>,
    pub(super) words_sv: Vec<String>,
    /// Words of checked minutes.
    pub checked: Vec<String>,
    /// Sentences that say that minutes have been checked.
    pub checked_sentences: Vec<String>,
    /// Words of minutes that have not been checked.
    pub unchecked: Vec<String>,
    /// The meeting was cancelled.
    pub cancelled: Vec<String>,
    /// What stands before a day of publication.
    pub published: Vec<String>,
    /// What stands before the hour.
    pub time: Vec<String>,
    /// What stands before the title of an item that was added to the agenda.
    pub added_item: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    preparer: Vec<String>,
    contact: Vec<String>,
    presenter: Vec<String>,
    background: Vec<String>,
    proposal: Vec<String>,
    proceedings: Vec<String>,
    votes: Vec<String>,
    decision: Vec<String>,
    dissent: Vec<String>,
    conflicts: Vec<String>,
    appeal: Vec<String>,
    notified: Vec<String>,
    competence: Vec<String>,
    attachments: Vec<String>,
    history: Vec<String>,
    number: Vec<String>,
}

impl Labels {
    /// All labels, the longest first, so that a label is never taken for its own beginning.
    pub(super) fn compile(&self, rules: &LabelRules) -> Vec<Label> {
        let mut labels: Vec<Label> = [
            (&self.preparer, Role::Preparer),
            (&self.contact, Role::Contact),
            (&self.presenter, Role::Presenter),
            (&self.background, Role::Background),
            (&self.proposal, Role::Proposal),
            (&self.proceedings, Role::Proceedings),
            (&self.votes, Role::Votes),
            (&self.decision, Role::Decision),
            (&self.dissent, Role::Dissent),
            (&self.conflicts, Role::Conflicts),
            (&self.appeal, Role::Appeal),
            (&self.notified, Role::Notified),
            (&self.competence, Role::Competence),
            (&self.attachments, Role::Attachments),
            (&self.history, Role::History),
            (&self.number, Role::Number),
        ]
        .into_iter()
        .flat_map(|(words, role)| words.iter().map(move |word| (word, role)))
        .map(|(word, role)| Label {
            capitals: word.to_uppercase(),
            role,
            weak: rules.weak.contains(word),
            subheading: rules.subheadings.contains(word),
            telling: rules.telling.contains(word),
            text: word.clone(),
        })
        .collect();
        labels.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then(a.text.cmp(&b.text)));
        labels
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelRules {
    weak: Vec<String>,
    subheadings: Vec<String>,
    telling: Vec<String>,
    pub(super) proposal_endings: Vec<String>,
    pub(super) changed_proposal: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    pub(super) office_endings: Vec<String>,
    pub(super) field_words: Vec<String>,
    pub(super) genitives: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bodies {
    pub(super) endings: Vec<String>,
    pub(super) genitives: Vec<String>,
    pub(super) organisations: Vec<String>,
}

/// Words that matter where text is set in lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperWords {
    /// A hyphen at the end of a line stays before these.
    pub hyphen_stays_before: Vec<String>,
    /// Vowels, between two equal ones of which a hyphen belongs to the word.
    pub vowels: String,
    /// Words that number pages, lower case.
    pub pages: Vec<String>,
}

/// Words around telephones and addresses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactWords {
    /// Words before a telephone or an address.
    pub words: Vec<String>,
    /// Placeholders of addresses (`etunimi.sukunimi`).
    pub patterns: Vec<String>,
    /// Words that join two names.
    pub joins: Vec<String>,
}

/// Phrases by outcome.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeWords {
    withdrawn: Vec<Phrase>,
    tabled: Vec<Phrase>,
    returned: Vec<Phrase>,
    amended: Vec<Phrase>,
    rejected: Vec<Phrase>,
    noted: Vec<Phrase>,
    elected: Vec<Phrase>,
    accepted: Vec<Phrase>,
}

impl OutcomeWords {
    /// The phrases of an outcome; none for `Other`.
    pub fn of(&self, outcome: Outcome) -> &[Phrase] {
        match outcome {
            Outcome::Withdrawn => &self.withdrawn,
            Outcome::Tabled => &self.tabled,
            Outcome::Returned => &self.returned,
            Outcome::Amended => &self.amended,
            Outcome::Rejected => &self.rejected,
            Outcome::Noted => &self.noted,
            Outcome::Elected => &self.elected,
            Outcome::Accepted => &self.accepted,
            Outcome::Other => &[],
        }
    }
}

/// What turns the words of outcomes around.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRules {
    /// What sends a matter on as a proposal to another body.
    pub forwarded: Vec<Phrase>,
    /// Parts of words that show that nobody was elected though something was chosen.
    pub not_elected: Vec<String>,
    /// Motions, as parts of words.
    pub motions: Vec<String>,
    /// What says that a motion was accepted.
    pub motion_accepted: Vec<Phrase>,
    /// What says that a motion was rejected.
    pub motion_rejected: Vec<Phrase>,
    /// A proposal, told by its content, was accepted: a member's, unless a word says whose it was.
    pub counter_accepted: Vec<Phrase>,
    /// Words that make a proposal the presenter's own.
    pub presenters_own: Vec<String>,
    /// What joins two statements in one sentence.
    pub joins: Vec<String>,
    /// What tells of a vote.
    pub votes: Vec<Phrase>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conflicts {
    pub(super) sentences: Vec<Phrase>,
}

/// Parts of words by kind of appeal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealWords {
    no_appeal: Vec<String>,
    procurement: Vec<String>,
    rectification: Vec<String>,
    administrative_appeal: Vec<String>,
    municipal_appeal: Vec<String>,
    other: Vec<String>,
}

impl AppealWords {
    /// Kinds with their words, in the order they are to be asked in.
    pub fn kinds(&self) -> [(AppealKind, &[String]); 6] {
        [
            (AppealKind::NoAppeal, &self.no_appeal),
            (AppealKind::Procurement, &self.procurement),
            (AppealKind::Rectification, &self.rectification),
            (
                AppealKind::AdministrativeAppeal,
                &self.administrative_appeal,
            ),
            (AppealKind::MunicipalAppeal, &self.municipal_appeal),
            (AppealKind::Other, &self.other),
        ]
    }
}
