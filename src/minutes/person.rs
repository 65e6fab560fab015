//! Preparers and presenters: office and name as printed, never a telephone or an e-mail.

use std::sync::LazyLock;

use regex::Regex;

use super::line::Line;
use crate::vocab::Vocabulary;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\d._%+-]+\s?(?:@|\(\s?(?:a|at|\x{e4}t)\s?\)|\[\s?(?:a|at|\x{e4}t)\s?\])\s?[\p{L}\d-]+(?:\.[\p{L}\d-]+)*").unwrap()
});
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\+\s?\d{2,3}|\(?\b0\d{0,3}\)?)(?:[\s\x{a0}–-]?\(?\d{1,4}\)?){2,6}\b").unwrap()
});
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static LOOSE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(\s*[,;/:]*\s*\)|\s+([,;:)])|([,;:/]\s*){2,}").unwrap());

/// A line that may name a person is not longer than this.
const MAX_LINE: usize = 220;

/// A text without telephones and addresses; `None` when nothing else was there.
pub(super) fn without_contacts(text: &str, vocab: &Vocabulary) -> Option<String> {
    let mut out = without_phones(&MAIL.replace_all(text, " "));
    for pattern in &vocab.contact().patterns {
        out = out.replace(pattern.as_str(), " ");
    }
    if out != text {
        out = without_contact_words(&out, vocab);
    }
    let out = tidy(&out, vocab);
    out.chars().any(char::is_alphabetic).then_some(out)
}

/// Lines without telephones and addresses. Tables are full of numbers: one is taken for a telephone only
/// beside an address, an office, or a word that announces it.
pub(super) fn contactless(lines: &[Line], vocab: &Vocabulary) -> Vec<Line> {
    let without = |line: &Line| {
        let shown = line.shown();
        if !tells_contact(&shown, vocab) {
            return Some(line.clone());
        }
        let text = without_contacts(&shown, vocab)?;
        Some(Line {
            text,
            seams: Vec::new(),
            cells: Vec::new(),
            ..line.clone()
        })
    };
    lines.iter().filter_map(without).collect()
}

/// Whether a text holds an address, or a number that must be a telephone.
fn tells_contact(text: &str, vocab: &Vocabulary) -> bool {
    let announces = |word: &str| {
        let word = word.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')'));
        vocab.contact().words.contains(&word.to_lowercase()) || vocab.is_office(word)
    };
    has_address(text, vocab)
        || (phones(text).next().is_some() && text.split_whitespace().any(announces))
}

/// Where telephones stand. The thousands of a sum look like one: "18 000 €", "120 000 euroa".
fn phones(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    PHONE
        .find_iter(text)
        .map(|found| found.range())
        .filter(|range| {
            let before = text.get(..range.start).unwrap_or_default();
            let after = text.get(range.end..).unwrap_or_default();
            // nor is an hour one: "klo 10.00–19.00"
            let before = before.trim_end().trim_end_matches(['.', ':']);
            let in_number = before.ends_with(|c: char| c.is_ascii_digit());
            !in_number && !after.trim_start().starts_with('€')
        })
}

/// Where e-mail addresses stand in a text, in any of the spellings of minutes.
pub fn mails(text: &str) -> Vec<std::ops::Range<usize>> {
    MAIL.find_iter(text).map(|found| found.range()).collect()
}

/// Where telephone numbers stand in a text.
pub fn telephones(text: &str) -> Vec<std::ops::Range<usize>> {
    phones(text).collect()
}

/// The words that are names in lines of offices and names, as a reading has preparers and presenters.
pub fn names_in_person_lines(lines: &str, vocab: &Vocabulary) -> Vec<String> {
    let mut names = vec![];
    for line in lines.lines() {
        let words: Vec<&str> = line
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.chars().count() > 1)
            .collect();
        let is_name = |word: &str| {
            word.chars().next().is_some_and(char::is_uppercase)
                && !vocab.is_office(word)
                && !vocab.is_body(word)
                && !vocab.is_body_genitive(word)
                && vocab.office_from_genitive(word).is_none()
        };
        // A capital alone before small letters begins the name of an office: "Teknisen toimen johtaja".
        for (no, word) in words.iter().enumerate().filter(|(_, word)| is_name(word)) {
            let next = words.get(no + 1);
            let begins_office = no == 0
                && next.is_some_and(|next| next.chars().next().is_some_and(char::is_lowercase))
                && !line.contains(&format!("{word},"));
            if !begins_office {
                names.push((*word).to_owned());
            }
        }
    }
    names
}

fn without_phones(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in phones(text) {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push(' ');
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Whether a text holds a telephone or an address.
pub(super) fn has_contact(text: &str, vocab: &Vocabulary) -> bool {
    phones(text).next().is_some() || has_address(text, vocab)
}

/// Whether a text holds an e-mail address, or how one is formed from a name.
fn has_address(text: &str, vocab: &Vocabulary) -> bool {
    let patterns = &vocab.contact().patterns;
    MAIL.is_match(text)
        || patterns
            .iter()
            .any(|pattern| text.contains(pattern.as_str()))
}

/// Whether a line can be read as naming a person: an office, a contact, or nothing but names.
pub(super) fn names_person(line: &Line, vocab: &Vocabulary) -> bool {
    let text = line.shown();
    if text.chars().count() > MAX_LINE {
        return false;
    }
    if has_contact(&text, vocab) {
        return text.split_whitespace().count() <= 25;
    }
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty())
        .collect();
    if text.ends_with('.') || words.len() > 14 {
        return false;
    }
    let office = words
        .iter()
        .any(|word| vocab.is_office(word.trim_matches(|c: char| !c.is_alphanumeric())));
    let high = |word: &&str| {
        word.chars().next().is_some_and(char::is_uppercase)
            || vocab.contact().joins.iter().any(|join| join == word)
    };
    office || ((2..=6).contains(&words.len()) && words.iter().all(high))
}

/// The persons of some lines, one line each.
pub(super) fn persons(lines: &[Line], vocab: &Vocabulary) -> Option<String> {
    let named: Vec<String> = lines
        .iter()
        .filter_map(|line| without_contacts(&line.shown(), vocab))
        .collect();
    (!named.is_empty()).then(|| named.join("\n"))
}

/// Removes the words before a telephone or an address: `puh.`, `sähköposti`.
fn without_contact_words(text: &str, vocab: &Vocabulary) -> String {
    let kept: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let bare = word
                .trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')'))
                .to_lowercase();
            let drop = vocab.contact().words.contains(&bare);
            // brackets stay, so that a pair that becomes empty can be seen to be one
            if drop {
                word.chars()
                    .filter(|c| matches!(c, '(' | ')' | ','))
                    .collect()
            } else {
                word.to_owned()
            }
        })
        .collect();
    kept.join(" ")
}

/// Mends the punctuation around what was taken away.
fn tidy(text: &str, vocab: &Vocabulary) -> String {
    let mut out = text.split_whitespace().collect::<Vec<_>>().join(" ");
    loop {
        let next = LOOSE
            .replace_all(&out, |found: &regex::Captures<'_>| {
                found.get(1).map_or_else(
                    || {
                        if found.get(2).is_some() {
                            ", ".to_owned()
                        } else {
                            String::new()
                        }
                    },
                    |mark| mark.as_str().to_owned(),
                )
            })
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if next == out {
            break;
        }
        out = next;
    }
    for join in &vocab.contact().joins {
        out = out.replace(&format!(", {join} "), &format!(" {join} "));
    }
    let out = out.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '/' | '-' | '–' | '|')
    });
    vocab
        .contact()
        .joins
        .iter()
        .find_map(|join| out.strip_suffix(&format!(" {join}")))
        .unwrap_or(out)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_go_from_told_lines_and_numbers_of_tables_stay() {
        let vocab = Vocabulary::embedded();
        let told = |text: &str| {
            let lines = contactless(&[Line::plain(text)], vocab);
            lines.first().map(Line::shown)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told("Esittelijä: Kari Esimerkki, elinvoimajohtaja, kari.esimerkki@mallila.example"),
            some("Esittelijä: Kari Esimerkki, elinvoimajohtaja")
        );
        assert_eq!(
            told("Lisätietoja: sivistysjohtaja Aino Esimerkki, puh. 000 000 0000"),
            some("Lisätietoja: sivistysjohtaja Aino Esimerkki")
        );
        assert_eq!(told("aino.esimerkki@mallila.example"), None);
        for kept in [
            "Lainat | 0 150 200 | 0 300 400",
            "Kausi 01-12 2026, tilinumero 000 000 0000",
            "Jäsen: Kari Esimerkki - varajäsen: Aino Malli",
        ] {
            assert_eq!(told(kept), some(kept));
        }
    }

    fn is(text: &str, expected: &str) {
        assert_eq!(
            without_contacts(text, Vocabulary::embedded()).as_deref(),
            Some(expected),
            "{text}"
        );
    }

    #[test]
    fn contacts_go_and_names_stay_as_printed() {
        is(
            "Sivistysjohtaja Esimerkki Eero, 044 778 0430, eero.esimerkki(a)kunta.example",
            "Sivistysjohtaja Esimerkki Eero",
        );
        is(
            "hyvinvointijohtaja Maija Mallikas-Oja, puh. 050 071 7310, etunimi.sukunimi@kunta.example",
            "hyvinvointijohtaja Maija Mallikas-Oja",
        );
        is(
            "hallintojohtaja A Esimerkki, puh. 040 557 2146, päällikkö M Mallikas, puh. 040 748 7992 ja päällikkö H Oletus, puh. 040 571 2088",
            "hallintojohtaja A Esimerkki, päällikkö M Mallikas ja päällikkö H Oletus",
        );
        is("Tuki Esimerkki, puh. (09) 816 24853", "Tuki Esimerkki");
        is("Eero Esimerkki (puh. +358 40 123 4567)", "Eero Esimerkki");
        is(
            "Suunnittelija Oili Oletus, oili.oletus (at) kunta.example",
            "Suunnittelija Oili Oletus",
        );
        is("Kaupunginjohtaja", "Kaupunginjohtaja");
        assert_eq!(
            without_contacts(
                "puh. 050 071 7310, etunimi.sukunimi@kunta.example",
                Vocabulary::embedded()
            ),
            None
        );
    }

    #[test]
    fn persons_and_sentences() {
        let v = Vocabulary::embedded();
        assert!(names_person(&Line::plain("Esimerkki Eero"), v));
        assert!(names_person(
            &Line::plain("hallintojohtaja Eero Esimerkki"),
            v
        ));
        assert!(!names_person(
            &Line::plain("Rekrytointi ja työnantajan kilpailukyky"),
            v
        ));
        assert!(!names_person(&Line::plain("Lautakunta merkitsi asian."), v));
    }
}
