//! Passages of real text with the found words marked, in whatever form they stand there.

use std::collections::HashMap;
use std::rc::Rc;

use crate::language::{Analyser, Fit, places};

use super::expression::Term;
use super::{MARK_CLOSE, MARK_OPEN};

/// Words of a passage.
const WORDS: usize = 24;
/// Words before the first found one.
const BEFORE: usize = 6;
/// Words of a text that are looked at; a longer one is a report.
const READ: usize = 4000;

/// The terms of a search, and how well the words met so far fit them: most words stand in many texts.
pub(super) struct Fits<'a> {
    terms: &'a [Term],
    language: &'a Analyser,
    known: HashMap<String, Rc<[Option<Fit>]>>,
}

impl<'a> Fits<'a> {
    pub(super) fn of(terms: &'a [Term], language: &'a Analyser) -> Self {
        Self {
            terms,
            language,
            known: HashMap::new(),
        }
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    /// How well a word fits each term.
    fn word(&mut self, token: &str) -> Rc<[Option<Fit>]> {
        if let Some(fits) = self.known.get(token) {
            return Rc::clone(fits);
        }
        let met = self.language.met(token);
        let fits = self.terms.iter().map(|term| term.fit(&met));
        let fits: Rc<[Option<Fit>]> = fits.collect();
        self.known.insert(token.to_owned(), Rc::clone(&fits));
        fits
    }

    fn is_found(&mut self, token: &str) -> bool {
        self.word(token).iter().any(Option::is_some)
    }

    /// How well a text fits each term.
    pub(super) fn text(&mut self, text: &str) -> Vec<Option<Fit>> {
        let mut best = vec![None; self.terms.len()];
        for (_, token) in places(text).take(READ) {
            for (fit, best) in self.word(token).iter().zip(best.iter_mut()) {
                *best = (*best).max(*fit);
            }
            if best.iter().all(|best| *best == Some(Fit::Form)) {
                break;
            }
        }
        best
    }
}

/// A passage around the first found word, and whether there was one; the beginning of the text where none was.
pub(super) fn passage(text: &str, fits: &mut Fits<'_>) -> (String, bool) {
    let words: Vec<(usize, &str)> = places(text).take(READ).collect();
    let first = words.iter().position(|(_, token)| fits.is_found(token));
    let from = first.unwrap_or(0).saturating_sub(BEFORE);
    let shown: Vec<(usize, &str)> = words.iter().skip(from).take(WORDS).copied().collect();
    let begin = if from == 0 {
        0
    } else {
        shown.first().map_or(0, |(at, _)| *at)
    };
    let is_end = from + shown.len() >= words.len();
    let end = match shown.last() {
        Some((at, token)) if !is_end => at + token.len(),
        _ => text.len(),
    };
    let mut out = String::from(if begin == 0 { "" } else { "…" });
    let mut at = begin;
    for (place, token) in shown {
        out.push_str(text.get(at..place).unwrap_or_default());
        at = place + token.len();
        if first.is_some() && fits.is_found(token) {
            out.extend([MARK_OPEN]);
            out.push_str(token);
            out.extend([MARK_CLOSE]);
        } else {
            out.push_str(token);
        }
    }
    out.push_str(text.get(at..end).unwrap_or_default());
    if !is_end {
        out.push('…');
    }
    (out, first.is_some())
}
