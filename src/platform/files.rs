//! How listed files are called: number, title, and the size that is neither.

use std::sync::LazyLock;

use regex::Regex;

use crate::vocab::Chrome;

/// A file's kind and size after its title: `pdf 123.4 kb`.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static SIZE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\s,(\[–-]*(?:\b(?:pdf|docx?|xlsx?|pptx?|rtf|zip|jpe?g|png|tiff?))?[\s,]*\b\d+(?:[.,]\d+)?\s*(?:kb|mb|gb|kt|mt|gt)\b[)\]]*$").unwrap()
});

/// Takes `Liite 4` or `Liite4` off a text; the number may be glued to the title.
pub(super) fn split_number<'a>(text: &'a str, words: &Chrome) -> Option<(String, &'a str)> {
    let rest = words
        .attachment_numbers
        .iter()
        .find_map(|word| strip_word(text, word))?;
    let mut rest = rest.trim_start();
    for sign in &words.attachment_number_signs {
        rest =
            strip_word(rest, sign).map_or(rest, |rest| rest.trim_start_matches('.').trim_start());
    }
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, after) = if digits == 0 {
        letter_number(rest)?
    } else {
        rest.split_at_checked(digits)?
    };
    let (number, after) = with_letter(number, after);
    let after = after.trim_start_matches([':', '.', ',', ')', '-', '–', '|', ' ', '\t']);
    Some((number, after))
}

/// `A` of `Liite A`.
fn letter_number(rest: &str) -> Option<(&str, &str)> {
    let mut letters = rest.char_indices();
    let (_, first) = letters.next()?;
    let (at, next) = letters.next().unwrap_or((rest.len(), ' '));
    (first.is_ascii_uppercase() && !next.is_alphabetic()).then(|| rest.split_at_checked(at))?
}

/// `1a` keeps its letter, `1Merivirta` does not.
fn with_letter<'a>(number: &str, after: &'a str) -> (String, &'a str) {
    let mut letters = after.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), next)
            if letter.is_ascii_lowercase() && next.is_none_or(|next| !next.is_alphanumeric()) =>
        {
            (format!("{number}{letter}"), letters_after(after))
        }
        _ => (number.to_owned(), after),
    }
}

fn letters_after(text: &str) -> &str {
    let mut rest = text.chars();
    rest.next();
    rest.as_str()
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    (head.to_lowercase() == word.to_lowercase()).then_some(rest)
}

/// A number that stands alone: `4`, `4.`.
pub(super) fn plain_number(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    let short = !text.is_empty() && text.len() <= 4;
    (short && text.chars().all(|c| c.is_ascii_digit())).then(|| text.to_owned())
}

/// A title without file size and without the remark about a new window.
pub(super) fn without_tail(title: &str, words: &Chrome) -> String {
    let mut title = title.trim();
    for remark in &words.new_window {
        if let Some((before, _)) = title.split_once(remark.as_str()) {
            title = before.trim_end_matches(['-', '–', ' ', '(']).trim();
        }
    }
    without_size(title).trim().to_owned()
}

/// A text without a file's kind and size at its end.
pub(super) fn without_size(text: &str) -> std::borrow::Cow<'_, str> {
    SIZE.replace(text, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocabulary;

    fn number(text: &str) -> Option<(String, String)> {
        split_number(text, Vocabulary::embedded().chrome()).map(|(n, t)| (n, t.to_owned()))
    }

    #[test]
    fn numbers_of_listed_files() {
        let is = |text: &str, n: &str, t: &str| {
            assert_eq!(number(text), Some((n.to_owned(), t.to_owned())), "{text}");
        };
        is("Liite1 Kartta", "1", "Kartta");
        is("Liite 1Merivirta plv 6–305", "1", "Merivirta plv 6–305");
        is("Liite 2a: Kaava", "2a", "Kaava");
        is("Bilaga 3. Avtal", "3", "Avtal");
        is("Liite nro 12 Sopimus", "12", "Sopimus");
        is("Liite A Sopimus", "A", "Sopimus");
        is("LIITE 4", "4", "");
        assert_eq!(number("Liitteenä kartta"), None);
        assert_eq!(number("Sopimus 2024"), None);
    }

    #[test]
    fn sizes_and_remarks_are_no_title() {
        let words = Vocabulary::embedded().chrome();
        let title = |text: &str| without_tail(text, words);
        assert_eq!(
            title("Vuosikello 2024 (1) pdf 123.4 kb - Avautuu uuteen ikkunaan"),
            "Vuosikello 2024 (1)"
        );
        assert_eq!(title("Kartta (pdf, 1,2 Mt)"), "Kartta");
        assert_eq!(title("Vuosikello 2024 (1)"), "Vuosikello 2024 (1)");
    }
}
