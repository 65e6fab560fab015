//! What an item says it is about: a subject of the configuration, and the year.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bytes;
use super::super::pattern::{Span, places};
use super::super::quote::found_words;
use super::super::words::{Word, words};
use super::year::years;
use super::{CompiledSubject, Place};
use crate::model::dossier::JoinMethod;
use crate::model::item::ItemRecord;
use crate::model::network::SubjectYear;

/// In a running text, a year stands at most so many words from the subject it belongs to.
const NEAR: usize = 6;

/// How sure a subject with its year is: both in the title, the year elsewhere, both in the proposal.
const IN_TITLE: f64 = 0.95;
const YEAR_ELSEWHERE: f64 = 0.85;
const IN_TEXT: f64 = 0.7;

/// A subject with its year, and where that stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signature {
    pub(super) subject: usize,
    pub(super) year: Option<i16>,
    pub(super) method: JoinMethod,
    pub(super) confidence: f64,
    pub(super) note: String,
}

impl Signature {
    pub(super) fn into_place(self) -> Place {
        Place {
            method: self.method,
            confidence: self.confidence,
            note: self.note,
        }
    }
}

/// A text in which subjects are looked for.
struct Said<'t> {
    text: &'t str,
    words: Vec<Word>,
    years: Vec<(usize, i16)>,
}

impl<'t> Said<'t> {
    fn new(text: &'t str) -> Self {
        let words = words(text);
        Self {
            text,
            years: years(text, &words),
            words,
        }
    }

    fn quote(&self, span: Span) -> String {
        bytes(&self.words, span).map_or_else(String::new, |at| found_words(self.text, &at))
    }

    fn first(&self, subject: &CompiledSubject) -> Option<Span> {
        if places(&subject.unless, &self.words).next().is_some() {
            return None;
        }
        places(&subject.words, &self.words).next()
    }

    /// The year nearest to a place of the subject, the earlier in the text of two as near.
    fn year_near(&self, subject: &CompiledSubject) -> Option<(Span, Span, i16)> {
        let pairs = places(&subject.words, &self.words).flat_map(|found| {
            self.years.iter().map(move |(place, year)| {
                let at = Span {
                    from: *place,
                    to: place + 1,
                };
                (found, at, *year)
            })
        });
        let near = pairs.filter(|(found, at, _)| found.distance(*at) <= NEAR);
        near.min_by_key(|(found, at, _)| (found.distance(*at), at.from))
    }
}

/// What an item names: in its title, else in its proposal or decision.
pub(super) fn signatures(subjects: &[CompiledSubject], item: &ItemRecord) -> Vec<Signature> {
    let title = Said::new(&item.title);
    let found: Vec<(usize, Span)> = subjects
        .iter()
        .enumerate()
        .filter_map(|(number, subject)| Some((number, title.first(subject)?)))
        .collect();
    let distinct: BTreeSet<i16> = title.years.iter().map(|(_, year)| *year).collect();
    let yearly: Vec<_> = found
        .iter()
        .filter(|(number, _)| {
            let subject = subjects.get(*number);
            subject.is_some_and(|s| s.subject.year != SubjectYear::None)
        })
        .collect();
    // One year beside two subjects: the one is named to say what the other is about.
    if yearly.len() > 1 && distinct.len() != 1 {
        let first = yearly.iter().map(|(_, span)| span.from).min();
        let each = yearly.iter().map(|(number, span)| {
            let year = own_year(&title, *span, first.unwrap_or_default());
            titled(&title, (*number, *span), year)
        });
        return each.collect();
    }
    match found.first() {
        Some((number, span)) => {
            let year = title.years.first().map(|(place, year)| (*place, *year));
            let mut signature = titled(&title, (*number, *span), year);
            if year.is_none() {
                signature.year = subjects.get(*number).and_then(|s| year_elsewhere(s, item));
                signature.confidence = YEAR_ELSEWHERE;
            }
            vec![signature]
        }
        None => in_text(subjects, item).into_iter().collect(),
    }
}

/// The year nearest to one of several subjects, the first of which stands at `first`; of two as near the one on the
/// side on which the title begins to name years.
fn own_year(title: &Said<'_>, span: Span, first: usize) -> Option<(usize, i16)> {
    let goes_before = title.years.first().is_some_and(|(place, _)| *place < first);
    let years = title.years.iter().copied();
    years.min_by_key(|(place, _)| {
        let is_before = *place < span.from;
        (place.abs_diff(span.from), is_before != goes_before)
    })
}

fn titled(
    title: &Said<'_>,
    (subject, span): (usize, Span),
    year: Option<(usize, i16)>,
) -> Signature {
    let with_year = year.map_or(span, |(place, _)| {
        span.with(Span {
            from: place,
            to: place + 1,
        })
    });
    Signature {
        subject,
        year: year.map(|(_, year)| year),
        method: JoinMethod::Title,
        confidence: IN_TITLE,
        note: title.quote(with_year),
    }
}

/// The year that the texts and the titles of attachments name beside the subject most often.
fn year_elsewhere(subject: &CompiledSubject, item: &ItemRecord) -> Option<i16> {
    let mut counted: BTreeMap<i16, usize> = BTreeMap::new();
    for text in texts(item) {
        if let Some((_, _, year)) = Said::new(text).year_near(subject) {
            *counted.entry(year).or_default() += 1;
        }
    }
    // Of years named as often the earliest: the last of the equals in reverse.
    let most = counted.into_iter().rev().max_by_key(|(_, times)| *times);
    most.map(|(year, _)| year)
}

/// A subject that the proposal or the decision names together with its year.
fn in_text(subjects: &[CompiledSubject], item: &ItemRecord) -> Option<Signature> {
    let fields = item.fields.as_ref()?;
    let texts = [&fields.proposal, &fields.decision];
    texts.into_iter().flatten().find_map(|text| {
        let said = Said::new(text);
        subjects.iter().enumerate().find_map(|(number, subject)| {
            said.first(subject)?;
            let (found, at, year) = said.year_near(subject)?;
            Some(Signature {
                subject: number,
                year: Some(year),
                method: JoinMethod::Text,
                confidence: IN_TEXT,
                note: said.quote(found.with(at)),
            })
        })
    })
}

/// The texts of an item beside its title, the most telling first.
fn texts(item: &ItemRecord) -> impl Iterator<Item = &str> {
    item.fields.iter().flat_map(|fields| {
        let own = [&fields.proposal, &fields.decision, &fields.background];
        let attached = fields.attachments.iter().map(|file| file.title.as_str());
        own.into_iter()
            .flatten()
            .map(String::as_str)
            .chain(attached)
    })
}
