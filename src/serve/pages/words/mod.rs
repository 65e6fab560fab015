//! The texts of pages, typed, from `config/pages/*.toml`: one file per language, all with the same texts.

mod item;
mod sections;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::LazyLock;

use serde::Deserialize;

pub use item::{DossierWords, ItemWords};
pub use sections::Words;

use super::language::PageLanguage;

const FINNISH: &str = include_str!("../../../../config/pages/fi.toml");
const SWEDISH: &str = include_str!("../../../../config/pages/sv.toml");
const ENGLISH: &str = include_str!("../../../../config/pages/en.toml");

static WORDS: LazyLock<[Words; 3]> = LazyLock::new(|| PageLanguage::ALL.map(read));

/// The texts of a language.
pub fn of(language: PageLanguage) -> &'static Words {
    let [finnish, swedish, english] = &*WORDS;
    match language {
        PageLanguage::Finnish => finnish,
        PageLanguage::Swedish => swedish,
        PageLanguage::English => english,
    }
}

fn file(language: PageLanguage) -> &'static str {
    match language {
        PageLanguage::Finnish => FINNISH,
        PageLanguage::Swedish => SWEDISH,
        PageLanguage::English => ENGLISH,
    }
}

fn read(language: PageLanguage) -> Words {
    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program and a test reads them"
    )]
    toml::from_str(file(language)).expect("config/pages has every text in every language")
}

/// A text that may have holes: `{count}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Phrase(String);

impl Phrase {
    /// The text as it stands.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with a hole filled in. What fills it is never searched for holes of the next one, where
    /// texts from outside are filled in last.
    #[must_use]
    pub fn with(&self, hole: &str, value: impl Display) -> Self {
        Self(self.0.replace(&format!("{{{hole}}}"), &value.to_string()))
    }
}

impl Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Texts by the archive's words.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ByWord(BTreeMap<String, Phrase>);

impl ByWord {
    /// The text of a word; the empty text for a word without one, which a test forbids.
    pub fn of(&self, word: &str) -> &Phrase {
        static NOTHING: Phrase = Phrase(String::new());
        self.0.get(word).unwrap_or(&NOTHING)
    }
}
