//! The word lists of `config/language.toml`, so that no Finnish or Swedish word stands in code.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::LanguageError;

/// The lists that are built in.
pub(super) const EMBEDDED: &str = include_str!("../../config/language.toml");

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lists {
    /// An inflected word and its base form.
    pub(super) probe: (String, String),
    /// Letters with which a stem may end or not.
    pub(super) vowels: String,
    /// Letters with dots after the letters typed for them.
    pub(super) dotted: Vec<String>,
    /// Letters with rings, likewise.
    pub(super) ringed: Vec<String>,
    /// Words whose parts are not searched.
    pub(super) whole: BTreeSet<String>,
    /// Endings of stems and what they are replaced by.
    pub(super) stem_endings: Vec<(String, String)>,
    stop: Words,
    heads: Words,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    fi: String,
    sv: String,
}

impl Lists {
    pub(super) fn parse(toml: &str) -> Result<Self, LanguageError> {
        Ok(toml::from_str(toml)?)
    }

    /// Little words of Finnish and of Swedish.
    pub(super) fn stop(&self) -> [BTreeSet<String>; 2] {
        [&self.stop.fi, &self.stop.sv].map(|words| split(words).map(str::to_owned).collect())
    }

    /// Heads of compounds in Finnish and in Swedish.
    pub(super) fn heads(&self) -> [Vec<&str>; 2] {
        [&self.heads.fi, &self.heads.sv].map(|words| split(words).collect())
    }
}

fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split_whitespace()
}
