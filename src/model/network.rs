//! A regional cooperation network: its members, the rules that recognise its matters, and verdicts.

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

use super::minutes::{Stage, worded_enum};

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

    /// The field a configuration word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }
}

/// A word pattern: `verkosto` the word itself, `seudulli*` every word that begins so, `*verkosto*`
/// every word that contains it, `*johtaja` every word that ends so; several words make a phrase, and
/// so do words joined by a hyphen (`päijät-häm*` is found in "Päijät-Hämeen" and in "Päijät Häme").
/// Case never matters.
pub type WordPattern = String;

/// What is wrong with a word pattern, if anything: the cause alone, without the pattern.
pub fn pattern_fault(pattern: &str) -> Option<&'static str> {
    let mut words = pattern_words(pattern).peekable();
    if words.peek().is_none() {
        return Some("it has no letters");
    }
    for word in words {
        let stem = word.strip_prefix('*').unwrap_or(word);
        let stem = stem.strip_suffix('*').unwrap_or(stem);
        if stem.is_empty() {
            return Some("a `*` alone would match every word");
        }
        if stem.contains('*') {
            return Some("a `*` may only stand at the beginning or the end of a word");
        }
        if !stem
            .chars()
            .all(|c| c.is_alphanumeric() || is_combining_mark(c))
        {
            return Some("only letters, digits, hyphens and `*` can be found in words");
        }
    }
    None
}

/// The words of a pattern, stars included: `stj-ohry*` gives `stj` and `ohry*`.
pub fn pattern_words(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split(|c: char| c == '-' || c.is_whitespace())
        .filter(|word| !word.is_empty())
}

/// One recognition rule: data, written by a coordinator in the configuration. It counts once for an
/// item, in the first of its fields (order of [`Field::ALL`]) where it holds.
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
    /// Names of rules before it, one of which must count too, in whatever field; empty asks for none.
    pub needs: Vec<String>,
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
    /// Names of member municipalities. Another municipality's item is `maybe` at most; an empty list
    /// takes every municipality for a member.
    pub members: Vec<String>,
    /// Score from which the verdict is `in`.
    pub accept: f64,
    /// Score from which the verdict is `maybe`.
    pub doubt: f64,
    /// Rules in the order they are tried.
    pub rules: Vec<Rule>,
    /// What its matters are about, in the order they are tried. No part of what verdicts follow from.
    #[serde(skip)]
    pub subjects: Vec<Subject>,
}

worded_enum! {
    /// Which year a matter is about where its text names none, seen from the day of the meeting.
    SubjectYear {
        /// The running one, from September on the next: plans.
        Coming = "coming",
        /// The running one: statements.
        Running = "running",
        /// The one before: reports.
        Past = "past",
        /// It is no yearly matter: handlings that stand near each other in time are one matter.
        None = "none",
    }
}

/// What a matter of a network may be about: items of one subject and one year are one regional matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Stable part of addresses.
    pub key: String,
    /// Title of its dossiers, without the year.
    pub title: String,
    /// One of these must occur in the title, else in the proposal or the decision.
    pub words: Vec<WordPattern>,
    /// It is another subject where one of these occurs.
    pub unless: Vec<WordPattern>,
    /// Which year it is about where none is named.
    pub year: SubjectYear,
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
        [Self::In, Self::Maybe, Self::Out]
            .into_iter()
            .find(|v| v.word() == word)
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

/// Why a rule whose words were found does not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Silence {
    /// One of its `unless` stands in the same field.
    Unless {
        /// The words as they stand.
        words: String,
    },
    /// None of a group of its `near` stands near enough.
    Near {
        /// The group.
        group: Vec<WordPattern>,
        /// How near one would have to stand, in words.
        within: usize,
        /// How near the nearest one stands; none when the field has none.
        nearest: Option<usize>,
    },
    /// None of the rules that it needs counts.
    Needs {
        /// Their names.
        rules: Vec<String>,
    },
}

/// A rule whose words were found, and that does not count for all that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SilentRule {
    /// Name of the rule.
    pub rule: String,
    /// Field its words stand in.
    pub field: Field,
    /// The passage, as it stands in the text.
    pub quote: String,
    /// What it would have added.
    pub weight: f64,
    /// Why it does not.
    #[serde(flatten)]
    pub silence: Silence,
}

/// Everything the rules of a network say of a text, for whoever sets them right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The verdict with its evidence.
    #[serde(flatten)]
    pub recognition: Recognition,
    /// Score from which the verdict is `in`.
    pub accept: f64,
    /// Score from which the verdict is `maybe`.
    pub doubt: f64,
    /// Whether the municipality is a member; another one's item is `maybe` at most.
    pub is_member: bool,
    /// Rules whose words were found and that do not count, in the order of the rules.
    pub silent: Vec<SilentRule>,
    /// How many rules found none of their words.
    pub found_nothing: usize,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_could_never_or_always_match_are_faults() {
        for good in [
            "verkosto",
            "seudulli*",
            "*johtaja",
            "*verkosto*",
            "päijät-häm*",
            "ohry stj*",
        ] {
            assert_eq!(pattern_fault(good), None, "{good}");
        }
        for bad in [
            "",
            " ",
            "-",
            "*",
            "**",
            "seud*lli",
            "päijät-*",
            "a, b",
            "(x)",
        ] {
            assert!(pattern_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn field_words_name_their_fields() {
        for field in Field::ALL {
            assert_eq!(Field::from_word(field.word()), Some(field));
        }
        assert_eq!(Field::from_word("headline"), None);
    }
}
