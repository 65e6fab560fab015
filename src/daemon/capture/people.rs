//! Which words of a page are names of persons: by e-mails, offices, given names and the reader's fields.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::view::View;
use crate::config::registered_municipalities;
use crate::minutes::{mails, names_in_person_lines};
use crate::model::ids::slug;
use crate::model::minutes::Reading;
use crate::vocab::{Form, Names, Vocabulary};

/// Capitalised words in a row that can be one person.
const LONGEST_NAME: usize = 4;

/// A word of the page's text.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    /// Whether it stands directly behind the word before: one blank, or a hyphen.
    joined: bool,
    /// Whether a comma and a blank lead to it.
    after_comma: bool,
}

/// Which part of a person's name.
#[derive(Clone, Copy)]
enum Part {
    Given,
    Surname,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Given names in the nominative, as far as that can be told.
    pub(super) given: BTreeSet<String>,
    /// Surnames.
    pub(super) surnames: BTreeSet<String>,
    /// What might be names and was left alone.
    pub(super) doubtful: BTreeSet<String>,
}

impl People {
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.given.iter().chain(&self.surnames)
    }

    /// The name that a word is a form of.
    pub(super) fn name_of(&self, word: &str) -> Option<&String> {
        let names = Names::embedded();
        let exact = self
            .all()
            .find(|name| name.to_lowercase() == word.to_lowercase());
        exact.or_else(|| self.all().find(|name| names.form_of(word, name).is_some()))
    }

    /// Takes a name away that is only a form of another one: who is `Mäkelän` first is `Mäkelä` later.
    fn join_forms(&mut self) {
        let all: Vec<String> = self.all().cloned().collect();
        let is_form = |word: &String| {
            let names = Names::embedded();
            all.iter().any(|name| {
                name.chars().count() < word.chars().count()
                    && names
                        .form_of(word, name)
                        .is_some_and(|form| form != Form::Nominative)
            })
        };
        self.given.retain(|word| !is_form(word));
        self.surnames.retain(|word| !is_form(word));
        let given = self.given.clone();
        self.surnames.retain(|word| !given.contains(word));
    }

    fn add(&mut self, word: &str, part: Part) {
        if word.chars().count() < 2 || self.name_of(word).is_some() {
            return;
        }
        let nominative = Names::embedded().likely_nominative(&in_title_case(word));
        match part {
            Part::Given => self.given.insert(nominative),
            Part::Surname => self.surnames.insert(nominative),
        };
    }
}

/// Finds the persons of a page.
pub(super) fn people(view: &View, reading: Option<&Reading>, vocab: &Vocabulary) -> People {
    let mut people = People::default();
    let words = words(view);
    from_mails(view.text(), &words, &mut people, vocab);
    let said = reading.map(|reading| {
        [&reading.item.preparer, &reading.item.presenter]
            .into_iter()
            .flatten()
            .flat_map(|persons| persons.lines())
            .collect::<Vec<_>>()
            .join("\n")
    });
    let told: BTreeSet<String> = said
        .iter()
        .flat_map(|said| names_in_person_lines(said, vocab))
        .collect();
    for run in runs(&words, vocab) {
        judge(run, &words, &told, &mut people, vocab);
    }
    people.join_forms();
    let names: Vec<String> = people.all().cloned().collect();
    people.doubtful.retain(|words| {
        !words
            .split(' ')
            .any(|word| names.iter().any(|name| name == word))
    });
    people
}

/// The words of a page's text. Where markup divides `ValmistelijaMaija`, two words meet.
pub(super) fn words(view: &View) -> Vec<Word> {
    let text = view.text();
    let mut words: Vec<Word> = vec![];
    let mut open: Option<(usize, char)> = None;
    let mut gap_from = 0;
    let ends = text.char_indices().map(|(at, c)| (at, Some(c)));
    for (at, c) in ends.chain([(text.len(), None)]) {
        let letter = c.filter(|c| c.is_alphabetic());
        let splits = matches!((open, letter), (Some((_, before)), Some(c))
            if before.is_lowercase() && c.is_uppercase() && view.is_seam(at));
        if let Some((from, _)) = open
            && (letter.is_none() || splits)
        {
            let gap = text.get(gap_from..from).unwrap_or_default();
            words.push(Word {
                text: text.get(from..at).unwrap_or_default().to_owned(),
                range: from..at,
                joined: matches!(gap, " " | "-" | "  "),
                after_comma: gap.trim_end_matches(' ') == ",",
            });
            gap_from = at;
            open = None;
        }
        if let Some(c) = letter {
            open = Some((open.map_or(at, |(from, _)| from), c));
        }
    }
    words
}

/// `maija.mallikas@` is Maija Mallikas, however the page inflects her.
fn from_mails(text: &str, words: &[Word], people: &mut People, vocab: &Vocabulary) {
    for range in mails(text) {
        let mail = text.get(range).unwrap_or_default().to_lowercase();
        if vocab
            .contact()
            .patterns
            .iter()
            .any(|pattern| mail.contains(pattern.as_str()))
        {
            continue;
        }
        let local: String = mail
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
            .collect();
        let parts: Vec<&str> = local.split('.').filter(|part| part.len() > 1).collect();
        if parts.len() < 2 {
            continue;
        }
        for (no, part) in parts.iter().flat_map(|part| part.split('-')).enumerate() {
            let shown = words.iter().find(|word| {
                word.text.chars().next().is_some_and(char::is_uppercase)
                    && slug(&word.text) == slug(part)
            });
            let name = shown.map_or_else(|| in_title_case(part), |word| word.text.clone());
            let part = if no == 0 { Part::Given } else { Part::Surname };
            people.add(&name, part);
        }
    }
}

/// Capitalised words in a row that are neither offices nor bodies nor words of minutes.
fn runs<'w>(words: &'w [Word], vocab: &Vocabulary) -> Vec<&'w [Word]> {
    let mut runs = vec![];
    let mut from = 0;
    for at in 0..=words.len() {
        let word = words.get(at).filter(|word| is_high(&word.text));
        let begins = word.is_some_and(|word| !is_known_word(&word.text, vocab));
        // "Matti Lahti": some municipalities are surnames as well.
        let before = words.get(from..at).and_then(<[Word]>::last);
        let surname = word.is_some_and(|word| is_municipality(&word.text))
            && before.is_some_and(|before| Names::embedded().is_given(&before.text));
        let joined = at == from || word.is_some_and(|word| word.joined);
        if (begins || surname) && joined {
            continue;
        }
        runs.extend(words.get(from..at).filter(|run| !run.is_empty()));
        from = if begins { at } else { at + 1 };
    }
    runs
}

fn judge(
    run: &[Word],
    words: &[Word],
    told: &BTreeSet<String>,
    people: &mut People,
    vocab: &Vocabulary,
) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    let names = Names::embedded();
    let place = |word: &Word| words.partition_point(|other| other.range.start < word.range.start);
    let before = place(first).checked_sub(1).and_then(|no| words.get(no));
    let after = words.get(place(last) + 1);
    let is_office = |word: &Word| {
        vocab.is_office(&word.text) || vocab.office_from_genitive(&word.text).is_some()
    };
    let after_office = first.joined && before.is_some_and(is_office);
    let office_follows = after.is_some_and(|word| word.after_comma)
        && words
            .iter()
            .skip(place(last) + 1)
            .take(5)
            .take_while(|word| word.joined || word.after_comma)
            .any(is_office);
    let has_given = run.iter().any(|word| names.is_given(&word.text));
    let is_told = run.iter().any(|word| told.contains(&word.text));
    let known = run.iter().any(|word| people.name_of(&word.text).is_some());
    let long = run.len() > 1;
    let fits = run.len() <= LONGEST_NAME;
    let shouted = run
        .iter()
        .all(|word| word.text.chars().all(char::is_uppercase));
    let by_office = !shouted && (after_office || office_follows && long);
    let by_name = long && (has_given || known);
    let is_person = fits && (by_name || is_told || by_office);
    if is_person {
        for (no, word) in run.iter().enumerate() {
            let surname = word.text.to_lowercase().ends_with("nen") || no > 0;
            let is_given = names.is_given(&word.text) || !surname && long;
            let part = if is_given { Part::Given } else { Part::Surname };
            people.add(&word.text, part);
        }
    } else if long && fits && !shouted {
        let shown: Vec<&str> = run.iter().map(|word| word.text.as_str()).collect();
        people.doubtful.insert(shown.join(" "));
    }
}

/// Whether a word begins with a capital.
pub(super) fn is_high(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// Offices, bodies, labels of minutes, municipalities: capitalised, and nobody's name.
fn is_known_word(word: &str, vocab: &Vocabulary) -> bool {
    let lower = word.to_lowercase();
    vocab.is_office(word)
        || vocab.office_from_genitive(word).is_some()
        || vocab.is_body(word)
        || vocab.is_body_genitive(word)
        || vocab.labels().iter().any(|label| {
            label
                .text
                .to_lowercase()
                .split_whitespace()
                .any(|part| part == lower)
        })
        || vocab.kind(word).is_some()
        || is_municipality(word)
}

/// Whether a word is a municipality's name; some of them are surnames as well.
pub(super) fn is_municipality(word: &str) -> bool {
    static SLUGS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let names = registered_municipalities().map(|known| slug(known.name));
        names.flat_map(|name| [format!("{name}n"), name]).collect()
    });
    SLUGS.contains(&slug(word))
}

/// `VIRTANEN` and `virtanen` as `Virtanen`.
fn in_title_case(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters.flat_map(char::to_lowercase))
        .collect()
}
