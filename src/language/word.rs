//! Words as the full-text index sees them: runs of letters and digits, lower case, NFC.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// Letters of the longest word that is analysed; longer ones are addresses and accidents.
const LONGEST: usize = 64;
/// Letters of the shortest.
const SHORTEST: usize = 2;
/// Vowels of a word whose dots may have been left out.
const VOWELS: usize = 6;

/// The text in one spelling: composed, lower case.
pub(super) fn plain(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
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
pub(super) fn spellings(plain: &str) -> BTreeSet<String> {
    let letters: Vec<char> = plain.chars().take(LONGEST).collect();
    let with = |from: usize, to: usize, a: char| -> String {
        let one = |(at, letter): (usize, &char)| match letter {
            'a' if (from..to).contains(&at) => a,
            'o' if (from..to).contains(&at) => 'ö',
            other => *other,
        };
        letters.iter().enumerate().map(one).collect()
    };
    let end = letters.len();
    let vowels = (0..end).filter(|at| matches!(letters.get(*at), Some('a' | 'o')));
    let vowels: Vec<usize> = vowels.take(VOWELS).collect();
    let mut found = BTreeSet::from([with(0, end, 'ä')]);
    for (nth, from) in vowels.iter().enumerate() {
        found.insert(with(*from, from + 1, 'å'));
        found.extend(
            vowels
                .iter()
                .skip(nth)
                .map(|last| with(*from, last + 1, 'ä')),
        );
    }
    found
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
