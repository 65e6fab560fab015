//! Text as words: normalised for comparison, each with its place in the text as it stands.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One word of a text. Words joined by a hyphen are words of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case and composed form.
    pub(super) text: String,
    /// Where it stands, in bytes of the text.
    pub(super) at: Range<usize>,
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() || (start.is_some() && continues_word(c)) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            found.extend(word(text, from..at));
        }
    }
    if let Some(from) = start {
        found.extend(word(text, from..text.len()));
    }
    found
}

/// A pattern's or a text's word in the form in which they are compared.
pub(super) fn normal(word: &str) -> String {
    word.chars()
        .filter(|c| !is_invisible(*c))
        .nfc()
        .flat_map(char::to_lowercase)
        .collect()
}

fn word(text: &str, at: Range<usize>) -> Option<Word> {
    let normal = normal(text.get(at.clone())?);
    (!normal.is_empty()).then_some(Word { text: normal, at })
}

fn continues_word(c: char) -> bool {
    is_combining_mark(c) || is_invisible(c)
}

/// Marks that word processors put into words: soft hyphen, zero-width blanks and joiners.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn hyphens_slashes_and_blanks_part_words() {
        assert_eq!(
            texts("Päijät-Hämeen STJ-OHRY"),
            ["päijät", "hämeen", "stj", "ohry"]
        );
        assert_eq!(
            texts("sivistys-/hyvinvointi\u{a0}§ 5"),
            ["sivistys", "hyvinvointi", "5"]
        );
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn decomposed_letters_and_soft_hyphens_make_the_same_word() {
        let plain = texts("HÄMEEN verkosto");
        assert_eq!(texts("HA\u{308}MEEN ver\u{ad}kosto\u{200b}"), plain);
    }

    #[test]
    fn places_are_those_of_the_text_as_it_stands() {
        let text = "\u{200b}– A\u{308}iti ja";
        let found = words(text);
        assert_eq!(found.len(), 2);
        assert_eq!(text.get(found[0].at.clone()), Some("A\u{308}iti"));
        assert_eq!(text.get(found[1].at.clone()), Some("ja"));
    }
}
