//! Words by meaning: loads `config/vocabulary.toml`, so that no Finnish or Swedish word stands in code.

mod force;
mod label;
mod names;
mod people;
mod phrase;
mod raw;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use thiserror::Error;

pub use force::Prepared;
pub use label::{Label, Role};
pub use names::{Form, InventedName, Names};
pub use phrase::Phrase;
pub use raw::{
    AppealWords, Chrome, ContactWords, DiscoveryWords, MeetingWords, OutcomeRules, OutcomeWords,
    PaperWords,
};

use crate::model::minutes::{Lang, Stage};

/// The vocabulary that is built in.
const EMBEDDED: &str = include_str!("../../config/vocabulary.toml");

/// Why a vocabulary cannot be used.
#[derive(Debug, Error)]
pub enum VocabError {
    /// The file is not the TOML expected.
    #[error("vocabulary.toml cannot be read: {0}; correct the line it names")]
    Syntax(#[from] toml::de::Error),
    /// The words make no usable pattern.
    #[error("vocabulary.toml: the words of [header] make no pattern: {0}; give each list a word")]
    Pattern(#[from] regex::Error),
}

/// Every word, compiled into lookups.
#[derive(Debug)]
pub struct Vocabulary {
    raw: raw::File,
    labels: Vec<Label>,
    /// Places in `labels` by first letter: most lines of a page begin with none of them.
    initials: BTreeMap<char, Vec<usize>>,
    page_header: Regex,
    decision_header: Regex,
    decision_number: Regex,
    number_line: Regex,
    item_number: Regex,
    meeting_time: Regex,
    published_on: Regex,
    meeting: Regex,
}

impl Vocabulary {
    /// The built-in vocabulary, parsed once.
    pub fn embedded() -> &'static Self {
        static VOCABULARY: LazyLock<Vocabulary> =
            LazyLock::new(|| match Vocabulary::parse(EMBEDDED) {
                Ok(vocabulary) => vocabulary,
                Err(error) => broken_build(&error),
            });
        &VOCABULARY
    }

    /// The text of the built-in vocabulary.
    pub fn embedded_text() -> &'static str {
        EMBEDDED
    }

    /// Reads a vocabulary from the text of a `vocabulary.toml`.
    pub fn parse(text: &str) -> Result<Self, VocabError> {
        let mut raw: raw::File = toml::from_str(text)?;
        raw.label_rules
            .proposal_endings
            .sort_by_key(|ending| std::cmp::Reverse(ending.len()));
        let labels = raw.labels.compile(&raw.label_rules);
        let mut initials: BTreeMap<char, Vec<usize>> = BTreeMap::new();
        for (place, label) in labels.iter().enumerate() {
            let initial = label.text.chars().next();
            initials
                .entry(initial.unwrap_or_default())
                .or_default()
                .push(place);
        }
        let kinds = alternatives(raw.header.kinds().map(|(word, _, _)| word));
        let section = alternatives(raw.header.section.iter().map(String::as_str));
        let position = alternatives(raw.header.position.iter().map(String::as_str));
        let decisions = alternatives(raw.header.decisions().map(|(word, _, _)| word));
        let time = alternatives(raw.meetings.time.iter().map(String::as_str));
        let published = alternatives(raw.meetings.published.iter().map(String::as_str));
        Ok(Self {
            page_header: header_line(&kinds)?,
            decision_header: header_line(&decisions)?,
            decision_number: Regex::new(&format!(
                r"(?i)^(?<body>.*?)[\s,|–-]*\b(?<kind>{decisions})[\s:]*(?:§\s*)?(?<number>\d{{1,5}})/\d{{4}}(?<rest>.*)$"
            ))?,
            meeting_time: Regex::new(&format!(
                r"(?i)\b(?:{time})\b\.?\s*(?<hour>\d{{1,2}})(?:[.:](?<minute>\d{{2}}))?\b(?:\s*[-–]\s*\d{{1,2}}[.:]\d{{2}}\b)?"
            ))?,
            published_on: Regex::new(&format!(
                r"(?i)\b(?:{published})\b[\s:]*(?<date>\d{{1,2}}\.\d{{1,2}}\.\d{{4}})"
            ))?,
            number_line: Regex::new(&format!(
                r"(?i)^[\s/,|–-]*(?:(?<section>{section})|(?<position>{position}))[\s:|]*(?<number>\d{{1,5}})\b"
            ))?,
            item_number: Regex::new(&format!(
                r"(?i)(?:(?<section>{section})|(?<position>{position}))[\s:|]*(?<number>\d{{1,5}})\b"
            ))?,
            meeting: Regex::new(&format!(
                r"(?i)^(?:(?<body>.*?)[\s,>»›/|–-]+)??(?:(?<fi>{})|(?<sv>{}))[\s,]*(?:(?<number>\d{{1,3}}/\d{{4}})[\s,]*)?(?<date>\d{{1,2}}\.\d{{1,2}}\.\d{{4}})\b(?<rest>.*)$",
                alternatives(raw.meetings.words_fi.iter().map(String::as_str)),
                alternatives(raw.meetings.words_sv.iter().map(String::as_str)),
            ))?,
            labels,
            initials,
            raw,
        })
    }

    /// Section labels, the longest first.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The section labels that begin with a letter, the longest first.
    pub fn labels_under(&self, initial: char) -> impl Iterator<Item = &Label> {
        let places = self.initials.get(&initial).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.labels.get(*place))
    }

    /// Matches a page header line: groups `body`, `kind`, `running` (`10/2026`), `date`, `rest`.
    pub fn page_header(&self) -> &Regex {
        &self.page_header
    }

    /// The same for the page of a decision of an officeholder: `body` is the office.
    pub fn decision_header(&self) -> &Regex {
        &self.decision_header
    }

    /// Matches a decision with its number and no day (`Viranhaltijapäätös 174/2026`): groups `body`,
    /// `kind`, `number`, `rest`.
    pub fn decision_number(&self) -> &Regex {
        &self.decision_number
    }

    /// Matches when a meeting begins: groups `hour`, `minute`.
    pub fn meeting_time(&self) -> &Regex {
        &self.meeting_time
    }

    /// Matches the day of publication: group `date`.
    pub fn published_on(&self) -> &Regex {
        &self.published_on
    }

    /// Words of lists of meetings.
    pub fn meetings(&self) -> &MeetingWords {
        &self.raw.meetings
    }

    /// Whether a text says that a meeting was cancelled.
    pub fn says_cancelled(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut words = text.split(|c: char| !c.is_alphabetic());
        words.any(|word| self.raw.meetings.cancelled.iter().any(|w| w == word))
    }

    /// Matches a number line of a header (`Pykälä 39`): groups `section` or `position`, and `number`.
    pub fn number_line(&self) -> &Regex {
        &self.number_line
    }

    /// The same anywhere in a text.
    pub fn item_number(&self) -> &Regex {
        &self.item_number
    }

    /// Matches a line that names a meeting and its day (`Kunnanhallitus, kokous 28.4.2021`): groups
    /// `body`, `fi` or `sv`, `number`, `date`, `rest`.
    pub fn meeting(&self) -> &Regex {
        &self.meeting
    }

    /// The first document kind that a text names.
    pub fn kind_in(&self, text: &str) -> Option<(Stage, Lang)> {
        text.split(|letter: char| !letter.is_alphabetic())
            .find_map(|word| self.kind(word))
    }

    /// Stage and language that a document kind tells (`Pöytäkirja`), case ignored.
    pub fn kind(&self, word: &str) -> Option<(Stage, Lang)> {
        let word = word.to_lowercase();
        self.raw
            .header
            .kinds()
            .chain(self.raw.header.decisions())
            .find(|(kind, _, _)| kind.to_lowercase() == word)
            .map(|(_, stage, lang)| (stage, lang))
    }

    /// Words that help to find a municipality's portal.
    pub fn discovery(&self) -> &DiscoveryWords {
        &self.raw.discovery
    }

    /// Words of the frame around the text.
    pub fn chrome(&self) -> &Chrome {
        &self.raw.chrome
    }

    /// Words of outcomes.
    pub fn outcomes(&self) -> &OutcomeWords {
        &self.raw.outcomes
    }

    /// What turns the words of outcomes around.
    pub fn outcome_rules(&self) -> &OutcomeRules {
        &self.raw.outcome_rules
    }

    /// Words of appeals.
    pub fn appeals(&self) -> &AppealWords {
        &self.raw.appeals
    }

    /// Phrases of a sentence about a conflict of interest.
    pub fn conflict_sentences(&self) -> &[Phrase] {
        &self.raw.conflicts.sentences
    }

    /// Words that matter where text is set in lines.
    pub fn paper(&self) -> &PaperWords {
        &self.raw.paper
    }

    /// Whether a word is the heading of a column of section numbers or positions, case ignored.
    pub fn is_number_column(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let mut positions = self.raw.header.position.iter();
        self.is_section_column(&word) || positions.any(|known| known.to_lowercase() == word)
    }

    /// Whether a word is the heading of a column of section numbers, case ignored.
    pub fn is_section_column(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let mut words = self.raw.header.section.iter();
        words.any(|known| known.to_lowercase() == word)
    }

    /// Whether a word is an organisation (`kaupunki`).
    pub fn is_organisation(&self, word: &str) -> bool {
        ends_with_any(word, &self.raw.bodies.organisations)
    }

    /// Words around telephones and addresses.
    pub fn contact(&self) -> &ContactWords {
        &self.raw.contact
    }

    /// Endings, the longest first, that turn an officer's title in the genitive into the label of a proposal.
    pub fn proposal_endings(&self) -> &[String] {
        &self.raw.label_rules.proposal_endings
    }

    /// Whether a title is of an item about the meeting itself: its opening, its minutes, other matters.
    pub fn is_procedural(&self, title: &str) -> bool {
        let title = title.trim().to_lowercase();
        let begins = |words: &String| {
            title
                .strip_prefix(words.to_lowercase().as_str())
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        self.raw.procedural.titles.iter().any(begins)
    }

    /// Whether a proposal's label says that the proposal was changed.
    pub fn is_changed_proposal(&self, label: &str) -> bool {
        let label = label.to_lowercase();
        self.raw
            .label_rules
            .changed_proposal
            .iter()
            .any(|word| label.contains(word.as_str()))
    }

    /// Whether a word is an office (`Sivistysjohtaja`).
    pub fn is_office(&self, word: &str) -> bool {
        ends_with_any(word, &self.raw.people.office_endings)
    }

    /// Whether a word is a body (`Hyvinvointilautakunta`).
    pub fn is_body(&self, word: &str) -> bool {
        ends_with_any(word, &self.raw.bodies.endings)
    }

    /// Whether a word is a body in the genitive (`lautakunnan`).
    pub fn is_body_genitive(&self, word: &str) -> bool {
        ends_with_any(word, &self.raw.bodies.genitives)
    }

    /// The office behind a genitive: `Hyvinvointijohtajan` gives `Hyvinvointijohtaja`.
    pub fn office_from_genitive(&self, word: &str) -> Option<String> {
        self.raw
            .people
            .genitives
            .iter()
            .find_map(|(genitive, office)| {
                let capitals = genitive.to_uppercase();
                word.strip_suffix(genitive.as_str())
                    .map(|stem| format!("{stem}{office}"))
                    .or_else(|| {
                        word.strip_suffix(capitals.as_str())
                            .map(|stem| format!("{stem}{}", office.to_uppercase()))
                    })
                    .or_else(|| (word.to_lowercase() == *genitive).then(|| capitalised(office)))
            })
    }

    /// A text for people by its key in `[text]`; the key itself where there is none, so that a slip shows.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.raw.text.get(key).map_or(key, String::as_str)
    }

    /// Every text for people.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.raw.text
    }
}

/// The embedded vocabulary is part of the program and a test parses it, so this is never reached.
fn broken_build(error: &VocabError) -> ! {
    #[expect(
        clippy::panic,
        reason = "a program without its words cannot do anything at all"
    )]
    {
        panic!("{error}")
    }
}

fn ends_with_any(word: &str, endings: &[String]) -> bool {
    let word = word.to_lowercase();
    endings.iter().any(|ending| word.ends_with(ending.as_str()))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A line that names body, kind of document and day.
fn header_line(kinds: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!(
        r"(?i)^(?<body>.*?)[\s,|–-]*\b(?<kind>{kinds})\b[\s:|]*(?:(?<running>\d+/\d{{4}})[\s,/|]*)?(?<date>\d{{1,2}}\.\d{{1,2}}\.\d{{4}})(?<rest>.*)$"
    ))
}

/// A regex alternation, the longest word first so that it wins over its own beginning.
fn alternatives<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<&str> = words.collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
        .iter()
        .map(|word| regex::escape(word))
        .collect::<Vec<_>>()
        .join("|")
}

#[cfg(test)]
mod tests;
