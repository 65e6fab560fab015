//! Text as words: normalised for comparison, each with its place in the text as it stands.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One word of a text. Words joined by a hyphen are words of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case and composed form.
    pub(super) text: String,
    /// Whether dots and rings may be missing: `yhteistyo` for `yhteistyö`.
    pub(super) may_lack_dots: bool,
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

/// The words of a file's name, which is often written without dots and rings.
pub(super) fn file_name_words(name: &str) -> Vec<Word> {
    let may_lack_dots = name.is_ascii();
    let with_mark = |word| Word {
        may_lack_dots,
        ..word
    };
    words(name).into_iter().map(with_mark).collect()
}

/// A word without dots, rings and accents.
pub(super) fn without_dots(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).collect()
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
    (!normal.is_empty()).then_some(Word {
        text: normal,
        may_lack_dots: false,
        at,
    })
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
    fn only_names_without_any_dot_may_lack_them() {
        let marks = |name: &str| file_name_words(name).iter().all(|word| word.may_lack_dots);
        assert!(marks("Yhteistyo_2026.pdf"));
        assert!(!marks("Yhteistyö 2026") && !words("Yhteistyo")[0].may_lack_dots);
        assert_eq!(without_dots("päijäthämäläinen"), "paijathamalainen");
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
