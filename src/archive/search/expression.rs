//! Whatever people type becomes an expression that cannot fail, and not a costly one.

use std::fmt::Write as _;

use crate::language::{Analyser, Fit, Met, QueryForms, places};

use super::super::rows::nfc;

/// Terms of one query; 100,000 would take half a minute that nothing can interrupt.
const TERMS: usize = 16;
/// The same where every word stands for twenty spellings; what comes after is left out.
const UNFOLDED: usize = 6;
/// Bytes of one query, cut at a letter.
const BYTES: usize = 256;
/// Letters from which a word is also looked for as a beginning; fewer begin too many words.
const BEGINNING: usize = 3;

/// Words and numbers of one query that are also looked for as beginnings, the last ones: those are what somebody is
/// still typing, and each may begin hundreds of thousands of words.
const BEGINNINGS: usize = 2;

/// How far a query reaches beyond what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The words in all their forms, and compounds with them.
    Forms,
    /// Also words that begin so.
    Beginnings,
    /// Also words whose dots and rings were left out.
    Unfolded,
}

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// Words in quotation marks, or a number with slashes: as they stand, one after the other; and whether the last of
    /// them may go on.
    Phrase { typed: String, begins: bool },
    /// A word, and whether words that begin so will do.
    Word {
        typed: String,
        forms: QueryForms,
        begins: bool,
    },
}

/// Columns of an index by what they hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    /// The texts, where words stand as written.
    pub(super) texts: &'static str,
    /// The forms of words.
    pub(super) terms: &'static str,
    /// Stands before the forms that belong to those texts; nothing where all of them do.
    pub(super) mark: &'static str,
}

/// The terms of what was typed; nothing where there is no letter or digit.
pub(super) fn terms(words: &str, language: &Analyser, reach: Reach) -> Vec<Term> {
    let end = words.floor_char_boundary(BYTES);
    let words = nfc(words.get(..end).unwrap_or_default());
    let mut found = Vec::new();
    // Odd pieces stood between quotation marks: `a "b c" d`.
    for (at, piece) in words.split('"').enumerate() {
        let quoted = at % 2 == 1;
        let apart = move |c: char| (!quoted && c.is_whitespace()) || c.is_control();
        for typed in piece
            .split(apart)
            .filter(|term| term.chars().any(char::is_alphanumeric))
        {
            if quoted || is_number(typed) {
                found.push(Term::Phrase {
                    typed: typed.to_owned(),
                    begins: is_number(typed),
                });
            } else {
                let tokens = places(typed);
                found.extend(tokens.map(|(_, token)| word(token, language, reach)));
            }
        }
    }
    found.truncate(if reach == Reach::Unfolded {
        UNFOLDED
    } else {
        TERMS
    });
    let beginnings = found.iter_mut().rev().filter_map(Term::beginning);
    for begins in beginnings.skip(BEGINNINGS) {
        *begins = false;
    }
    found
}

/// Diary numbers, dates and paragraphs: digits that belong together.
fn is_number(typed: &str) -> bool {
    typed.chars().any(|c| c.is_ascii_digit()) && typed.chars().any(|c| !c.is_alphanumeric())
}

fn word(token: &str, language: &Analyser, reach: Reach) -> Term {
    let mut forms = language.query(token);
    if reach == Reach::Unfolded && token.chars().count() >= BEGINNING {
        let more = language.unfolded(token);
        forms.words.extend(more.words);
        forms.stems.extend(more.stems);
    }
    let begins = reach == Reach::Beginnings && token.chars().count() >= BEGINNING;
    Term::Word {
        typed: token.to_lowercase(),
        forms,
        begins,
    }
}

/// The FTS5 expression that wants every term.
///
/// Every string is quoted, because bare diary numbers, hyphens and words like NEAR are syntax to FTS5.
pub(super) fn expression(terms: &[Term], index: Index) -> Option<String> {
    let mut out = String::new();
    for term in terms {
        let joint = if out.is_empty() { "" } else { " AND " };
        // Writing to a String cannot fail; an unfinished expression is dropped all the same.
        match term {
            Term::Phrase { typed, begins } => {
                let last = if *begins { " *" } else { "" };
                write!(out, "{joint}({{{}}} : (\"{typed}\"{last}))", index.texts).ok()?;
            }
            Term::Word {
                typed,
                forms,
                begins,
            } => {
                let beginnings = beginnings(forms, begins.then_some(typed.as_str()));
                let any = alternatives(forms, &beginnings, "");
                if index.mark.is_empty() {
                    write!(out, "{joint}({{{} {}}} : ({any})", index.texts, index.terms).ok()?;
                } else {
                    let marked = alternatives(forms, &beginnings, index.mark);
                    write!(out, "{joint}({{{}}} : ({any})", index.texts).ok()?;
                    write!(out, " OR {{{}}} : ({marked})", index.terms).ok()?;
                }
                let stems: Vec<String> = forms
                    .stems
                    .iter()
                    .filter(|stem| !begins_with_any(stem, &beginnings))
                    .map(|stem| format!("\"{}{stem}\"", index.mark))
                    .collect();
                if !stems.is_empty() {
                    write!(out, " OR {{{}}} : ({})", index.terms, stems.join(" OR ")).ok()?;
                }
                out.push(')');
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The words of a term, and those that begin so.
fn alternatives(forms: &QueryForms, beginnings: &[&str], mark: &str) -> String {
    let whole = forms
        .words
        .iter()
        .filter(|form| !begins_with_any(form, beginnings))
        .map(|form| format!("\"{mark}{form}\""));
    let longer = beginnings
        .iter()
        .map(|begin| format!("\"{mark}{begin}\" *"));
    whole.chain(longer).collect::<Vec<_>>().join(" OR ")
}

/// What the words looked for may begin with, where beginnings will do. One that begins with another is left out: FTS5
/// would gather all that begins so twice.
pub(super) fn beginnings<'a>(forms: &'a QueryForms, begins: Option<&'a str>) -> Vec<&'a str> {
    let Some(typed) = begins else { return vec![] };
    let mut all: Vec<&str> = forms.words.iter().map(String::as_str).collect();
    all.push(typed);
    all.sort_unstable();
    // Right after a word stand those that begin with it.
    all.dedup_by(|next, kept| next.starts_with(*kept));
    all
}

fn begins_with_any(word: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|begin| word.starts_with(begin))
}

impl Term {
    /// Where it says so that it is looked for as a beginning, too.
    fn beginning(&mut self) -> Option<&mut bool> {
        let (Self::Phrase { begins, .. } | Self::Word { begins, .. }) = self;
        Some(begins).filter(|begins| **begins)
    }

    /// The same where it is not a beginning but the whole word or number; `None` where it is that already.
    pub(super) fn whole(&self) -> Option<Self> {
        let mut whole = self.clone();
        *whole.beginning()? = false;
        Some(whole)
    }

    /// How well a word of a text fits this term. Words of a phrase fit one by one.
    pub(super) fn fit(&self, met: &Met) -> Option<Fit> {
        match self {
            Self::Phrase { typed, .. } => places(&typed.to_lowercase())
                .any(|(_, part)| part == met.plain())
                .then_some(Fit::Form),
            Self::Word {
                typed,
                forms,
                begins,
            } => met.fit(forms).or_else(|| {
                let starts = *begins
                    && (met.plain().starts_with(typed.as_str())
                        || forms
                            .words
                            .iter()
                            .any(|form| met.plain().starts_with(form.as_str())));
                starts.then_some(Fit::Part)
            }),
        }
    }
}
