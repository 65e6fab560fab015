//! Tells a line that is an office with or without a name ("Sivistysjohtaja Maija Mallikas") from a sentence.

use super::Vocabulary;

/// Words before the office at most: "Kasvatuksen ja koulutuksen toimialan johtaja".
const MAX_WORDS_BEFORE: usize = 7;
/// Names after the office at most.
const MAX_NAMES: usize = 5;
/// Words of a body's name at most.
const MAX_BODY_WORDS: usize = 9;

impl Vocabulary {
    /// Whether a whole line is an office and perhaps a name, nothing else.
    ///
    /// After the office only names, initials and further offices may stand; a lower-case word there
    /// means that the line is a sentence ("Kaupunginjohtaja ehdottaa ...").
    pub fn is_office_line(&self, line: &str) -> bool {
        let line = line.trim().trim_end_matches(':').trim_end();
        if line.is_empty() || line.len() > 240 || line.ends_with('.') || line.chars().count() > 120
        {
            return false;
        }
        let mut words = line.split_whitespace();
        let starts_high = line.chars().next().is_some_and(char::is_uppercase);
        let mut before = 0;
        let found = words.by_ref().any(|word| {
            before += 1;
            self.is_office(bare(word))
        });
        if !found || before > MAX_WORDS_BEFORE {
            return false;
        }
        let mut rest: Vec<&str> = words.collect();
        // Swedish offices name their field after the office: "Direktör för bildning och välfärd"
        if rest
            .first()
            .is_some_and(|word| self.raw.people.field_words.iter().any(|w| w == word))
        {
            let names = rest
                .iter()
                .rposition(|word| !is_name(word))
                .map_or(0, |at| at + 1);
            rest.drain(..names);
            return starts_high && rest.len() <= MAX_NAMES;
        }
        starts_high && rest.len() <= MAX_NAMES && rest.iter().all(|w| is_name(w) || self.joins(w))
    }

    /// Whether an office line also names a person, not the office alone.
    pub fn names_officer(&self, line: &str) -> bool {
        let high = line.split_whitespace().filter(|word| is_name(word)).count();
        high >= 2 && self.is_office_line(line)
    }

    /// Whether a whole line is the name of a body and nothing else: `Kasvun ja oppimisen lautakunta:`.
    pub fn is_body_line(&self, line: &str) -> bool {
        let line = line.trim().trim_end_matches(':').trim_end();
        let words: Vec<&str> = line.split_whitespace().collect();
        let high = line.chars().next().is_some_and(char::is_uppercase);
        let plain = line
            .chars()
            .all(|c| c.is_alphabetic() || c == ' ' || c == '-' || c == '\u{a0}');
        let ends = words.last().is_some_and(|word| self.is_body(word));
        high && plain && words.len() <= MAX_BODY_WORDS && (ends || self.is_named_body(&words))
    }

    /// Whether words are a body named after its field: "Svenska utskottet för fostran och utbildning".
    pub fn is_named_body(&self, words: &[&str]) -> bool {
        words.windows(2).any(|pair| {
            matches!(pair, [body, joint] if self.is_body(body) && self.raw.people.field_words.iter().any(|w| w == joint))
        })
    }

    /// Whether the first word of a text is an office.
    pub fn begins_with_office(&self, text: &str) -> bool {
        text.split_whitespace()
            .next()
            .is_some_and(|word| self.is_office(bare(word)))
    }

    fn joins(&self, word: &str) -> bool {
        self.is_office(bare(word)) || self.raw.contact.joins.iter().any(|join| join == word)
    }
}

/// A name, an initial, or an abbreviation in brackets.
fn is_name(word: &str) -> bool {
    word.trim_start_matches('(')
        .chars()
        .next()
        .is_some_and(char::is_uppercase)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offices_with_and_without_names() {
        let v = Vocabulary::embedded();
        for line in [
            "Kaupunginjohtaja",
            "Kaupunginjohtaja:",
            "Sivistysjohtaja Mallikas Maija",
            "Teknisen toimen johtaja Olli Oletettu",
            "Direktör för bildning och välfärd Mikael Modell:",
            "Kunnanjohtaja (MM)",
        ] {
            assert!(v.is_office_line(line), "{line}");
        }
        for line in [
            "Kaupunginjohtaja ehdottaa, että asia jätetään pöydälle",
            "Lautakunta hyväksyy toimintasuunnitelman",
            "Ehdotus hyväksyttiin.",
            "valmistelija kehittämispäällikkö",
            "",
        ] {
            assert!(!v.is_office_line(line), "{line}");
        }
    }

    #[test]
    fn officers_have_names() {
        let v = Vocabulary::embedded();
        assert!(v.names_officer("Kaupunginjohtaja Maija Mallikas"));
        assert!(v.names_officer("Maija Mallikas, kunnanjohtaja:"));
        assert!(!v.names_officer("Hyvinvoinnin ja sivistyksen toimialan johtaja"));
    }

    #[test]
    fn bodies_alone_on_a_line() {
        let v = Vocabulary::embedded();
        for line in [
            "Kaupunginhallitus",
            "Kaupunginhallitus:",
            "Konserni- ja kaupunkikehitysjaosto",
            "Svenska utskottet för fostran och utbildning:",
        ] {
            assert!(v.is_body_line(line), "{line}");
        }
        for line in [
            "Kaupunginhallitus hyväksyy",
            "Kaupunginhallitus 1.2.2024",
            "kaupunginhallitus",
            "Kunnanhallitus.",
        ] {
            assert!(!v.is_body_line(line), "{line}");
        }
    }
}
