//! Passages of real text with the found words marked, in whatever form they stand there.

use crate::language::{Analyser, Fit, places};

use super::expression::Term;
use super::{MARK_CLOSE, MARK_OPEN};

/// Words of a passage.
const WORDS: usize = 24;
/// Words before the first found one.
const BEFORE: usize = 6;
/// Words of a text that are looked at; a longer one is a report.
const READ: usize = 4000;

/// How well a text fits each term.
pub(super) fn fits(text: &str, terms: &[Term], language: &Analyser) -> Vec<Option<Fit>> {
    let mut best = vec![None; terms.len()];
    for (_, token) in places(text).take(READ) {
        for (term, best) in terms.iter().zip(best.iter_mut()) {
            if *best != Some(Fit::Form) {
                *best = (*best).max(term.fit(token, language));
            }
        }
    }
    best
}

/// A passage around the first found word, and whether there was one; the beginning of the text where none was.
pub(super) fn passage(text: &str, terms: &[Term], language: &Analyser) -> (String, bool) {
    let words: Vec<(usize, &str)> = places(text).take(READ).collect();
    let is_found = |token: &str| terms.iter().any(|term| term.fit(token, language).is_some());
    let first = words.iter().position(|(_, token)| is_found(token));
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
        if first.is_some() && is_found(token) {
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
