//! Words as the full-text index sees them: runs of letters and digits, lower case, NFC.

use std::collections::BTreeSet;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::lists::Lists;

/// Letters of the longest word that is analysed; longer ones are addresses and accidents.
const LONGEST: usize = 64;
/// Letters of the shortest.
const SHORTEST: usize = 2;
/// Vowels of a word whose dots may have been left out.
const VOWELS: usize = 6;

/// The text in one spelling: composed, lower case.
pub(super) fn plain(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().flat_map(char::to_lowercase).collect()
    } else {
        text.nfc().flat_map(char::to_lowercase).collect()
    }
}

/// Every run of letters and digits of a text that [`plain`] has seen.
pub(super) fn tokens(plain: &str) -> impl Iterator<Item = &str> {
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|token| !token.is_empty())
}

/// Whether a token is a word whose forms are worth looking for.
pub(super) fn is_word(token: &str) -> bool {
    let mut letters = 0;
    for letter in token.chars() {
        letters += 1;
        if letters > LONGEST || !letter.is_alphabetic() {
            return false;
        }
    }
    letters >= SHORTEST
}

/// Spellings with dots and rings for a word typed without them.
///
/// Finnish words keep to one row of vowels, compounds change it where their words join: so the dots come back on
/// every vowel between two places. A Swedish ring stands alone.
pub(super) fn spellings(plain: &str, lists: &Lists) -> BTreeSet<String> {
    let letters: Vec<char> = plain.chars().take(LONGEST).collect();
    let with = |from: usize, to: usize, pairs: &[String]| -> String {
        let one = |(at, letter): (usize, &char)| {
            let marked = (from..to).contains(&at).then(|| marked(*letter, pairs));
            marked.flatten().unwrap_or(*letter)
        };
        letters.iter().enumerate().map(one).collect()
    };
    let bare = |(_, letter): &(usize, &char)| marked(**letter, &lists.dotted).is_some();
    let vowels = letters.iter().enumerate().filter(bare);
    let vowels: Vec<usize> = vowels.map(|(at, _)| at).take(VOWELS).collect();
    let mut found = BTreeSet::from([with(0, letters.len(), &lists.dotted)]);
    for (nth, from) in vowels.iter().enumerate() {
        found.insert(with(*from, from + 1, &lists.ringed));
        let ranges = vowels.iter().skip(nth);
        found.extend(ranges.map(|last| with(*from, last + 1, &lists.dotted)));
    }
    found
}

/// The letter that a plain one may stand for.
fn marked(letter: char, pairs: &[String]) -> Option<char> {
    pairs
        .iter()
        .find_map(|pair| pair.strip_prefix(letter)?.chars().next())
}

/// The text piece by piece: each token with where it stands.
pub fn places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(|c: char| !c.is_alphanumeric())
        .map(move |token| {
            let place = at;
            // Every separator is one letter; its length is what the next token says.
            at += token.len();
            at += text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
            (place, token)
        })
        .filter(|(_, token)| !token.is_empty())
}
