//! A phrase that is looked for in a sentence: parts in order, each at the beginning of a word.

use serde::{Deserialize, Deserializer};

/// Parts that must follow one another inside a sentence; `" .. "` stands for anything between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    parts: Vec<String>,
}

impl Phrase {
    /// Reads `"jätti .. pöydälle"`.
    pub fn new(text: &str) -> Self {
        Self {
            parts: text
                .split(" .. ")
                .map(|part| part.trim().to_lowercase())
                .collect(),
        }
    }

    /// Where in a lower-case sentence the phrase begins.
    pub fn find_in(&self, sentence: &str) -> Option<usize> {
        let mut from = 0;
        let mut first = None;
        for part in &self.parts {
            let at = find_word_start(sentence, part, from)?;
            first.get_or_insert(at);
            from = at + part.len();
        }
        first
    }
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

/// The first place at or after `from` where `part` stands at the beginning of a word.
fn find_word_start(sentence: &str, part: &str, from: usize) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    let rest = sentence.get(from..)?;
    let whole_word = part.len() < 4 && part.chars().all(char::is_alphabetic);
    rest.match_indices(part)
        .map(|(at, _)| at + from)
        .find(|&at| {
            let before = sentence.get(..at).and_then(|text| text.chars().next_back());
            let after = sentence
                .get(at + part.len()..)
                .and_then(|text| text.chars().next());
            let begins = before.is_none_or(|c| !c.is_alphanumeric());
            // "utse" may go on ("utses"), but a word of three letters is only itself
            begins && (!whole_word || after.is_none_or(|c| !c.is_alphabetic()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_order_at_word_starts() {
        let tabled = Phrase::new("jätti .. pöydälle");
        assert_eq!(
            tabled.find_in("lautakunta jätti asian yksimielisesti pöydälle"),
            Some(11)
        );
        assert_eq!(tabled.find_in("pöydälle jätti"), None);
        assert_eq!(
            Phrase::new("hyväksyi").find_in("lautakunta epähyväksyi"),
            None
        );
    }

    #[test]
    fn short_words_are_whole_words() {
        assert_eq!(Phrase::new("ei").find_in("einari"), None);
        assert_eq!(Phrase::new("ei").find_in("hän ei tule"), Some(5));
    }
}
