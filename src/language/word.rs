//! Words as the full-text index sees them: runs of letters and digits, lower case, NFC.

use unicode_normalization::UnicodeNormalization as _;

/// Letters of the longest word that is analysed; longer ones are addresses and accidents.
const LONGEST: usize = 64;
/// Letters of the shortest.
const SHORTEST: usize = 2;

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
