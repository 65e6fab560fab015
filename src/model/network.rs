//! A regional cooperation network: its members, the rules that recognise its matters, and verdicts.

use serde::{Deserialize, Serialize};

use super::minutes::Stage;

/// A field of an item that a rule may look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Title of the matter.
    Title,
    /// Body (toimielin) that handles it.
    Body,
    /// Background.
    Background,
    /// Proposal.
    Proposal,
    /// Proceedings.
    Proceedings,
    /// Decision.
    Decision,
    /// Titles of attachments.
    Attachment,
    /// Texts of earlier handlings on the same page.
    History,
}

impl Field {
    /// Every field, in the order evidence is quoted.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Body,
        Self::Background,
        Self::Proposal,
        Self::Proceedings,
        Self::Decision,
        Self::Attachment,
        Self::History,
    ];

    /// The word of configuration and archive.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Body => "body",
            Self::Background => "background",
            Self::Proposal => "proposal",
            Self::Proceedings => "proceedings",
            Self::Decision => "decision",
            Self::Attachment => "attachment",
            Self::History => "history",
        }
    }
}

/// A word pattern: `verkosto` the word itself, `seudulli*` every word that begins so, `*verkosto*`
/// every word that contains it, `*johtaja` every word that ends so; several words make a phrase.
/// Case never matters.
pub type WordPattern = String;

/// One recognition rule: data, written by a coordinator in the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Name, quoted in explanations.
    pub name: String,
    /// Where to look; empty means everywhere but `history`.
    pub fields: Vec<Field>,
    /// At least one of these must occur.
    pub words: Vec<WordPattern>,
    /// From each group one pattern must stand within `within` words of the found word.
    pub near: Vec<Vec<WordPattern>>,
    /// Distance in words for `near`.
    pub within: usize,
    /// The rule is silent where one of these occurs in the same field.
    pub unless: Vec<WordPattern>,
    /// What it adds to the score; negative weights speak against.
    pub weight: f64,
}

/// A network and how it is recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Stable name in addresses and commands.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// One paragraph for people.
    pub description: Option<String>,
    /// Names of member municipalities.
    pub members: Vec<String>,
    /// Score from which the verdict is `in`.
    pub accept: f64,
    /// Score from which the verdict is `maybe`.
    pub doubt: f64,
    /// Rules in the order they are tried.
    pub rules: Vec<Rule>,
}

/// Whether an item belongs to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    In,
    /// A person should look.
    Maybe,
    /// It does not.
    Out,
}

impl Verdict {
    /// The word of archive and commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Maybe => "maybe",
            Self::Out => "out",
        }
    }

    /// The verdict a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::In, Self::Maybe, Self::Out].into_iter().find(|v| v.word() == word)
    }
}

/// A quoted reason for or against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Name of the rule that found it.
    pub rule: String,
    /// Field it stands in.
    pub field: Field,
    /// The passage, as it stands in the text.
    pub quote: String,
    /// What it adds to the score.
    pub weight: f64,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recognition {
    /// Slug of the network.
    pub network: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Sum of the weights.
    pub score: f64,
    /// One Finnish sentence saying why.
    pub explanation: String,
    /// Quoted reasons, strongest first.
    pub evidence: Vec<Evidence>,
}

/// The texts of an item that rules look into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecognisedText {
    /// Name of the municipality, to tell members from others.
    pub municipality: String,
    /// Agenda, minutes, or not read yet.
    pub stage: Option<Stage>,
    /// The fields with their texts, in the order of [`Field::ALL`].
    pub fields: Vec<(Field, String)>,
}
