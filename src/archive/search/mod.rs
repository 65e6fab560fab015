//! Full-text search: words in every form, the newest of many hits, titles and decisions before the rest.

mod expression;
mod filter;
mod found;
mod meetings;
mod passage;
mod results;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;

use crate::language::{self, Analyser, Fit};
use crate::model::ids::Uid;
use crate::model::minutes::{Lang, Outcome, Stage};

use self::expression::{Index, Reach, Term, expression, terms};
use self::filter::Filter;
pub use self::filter::UnknownName;
use self::found::{Found, JOINED, SHOWN, read, shown};
pub use self::meetings::MeetingHit;
use self::passage::Fits;
use self::results::Faceted;
pub use self::results::{FacetKind, FacetValue, Results};
use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{json, readable};

/// Stands before a found word in [`SearchHit::snippet`]; a private-use letter that no text has.
pub const MARK_OPEN: char = '\u{E000}';
/// Stands after a found word.
pub const MARK_CLOSE: char = '\u{E001}';

/// The newest items that are ranked: a word of every second item must not make us read them all.
const RANKED: u32 = 200;
/// Most hits of one search.
const MOST: u32 = 1000;
/// Hits of the words themselves from which nothing is looked for that merely begins so.
const ENOUGH: usize = 200;
/// Items with a word from which it is no longer looked for as a beginning: nobody is still typing it, its compounds are
/// found by their parts, and all words that begin so would have to be gathered.
const COMMON: u32 = 1000;

/// The index of items, the same for what comes first, and that of pages.
const ITEMS: Index = Index {
    texts: "title background proposal decision diary_number",
    terms: "search_terms search_parts",
    mark: "",
};
const FIRST: Index = Index {
    texts: "title decision diary_number",
    mark: language::FIRST,
    ..ITEMS
};
const PAGES: Index = Index {
    texts: "text",
    terms: "search_terms",
    mark: "",
};

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words, all of which have to stand; `"words in quotes"` as they stand.
    pub words: String,
    /// Slug or name of the municipality.
    pub municipality: Option<String>,
    /// Slug or name of the body, in any municipality.
    pub body: Option<String>,
    /// First day of the meeting.
    pub from: Option<Date>,
    /// Last day of the meeting.
    pub until: Option<Date>,
    /// Agenda or minutes.
    pub stage: Option<Stage>,
    /// Outcome, which only minutes have.
    pub outcome: Option<Outcome>,
    /// Slug or name of the network the item was recognised for.
    pub network: Option<String>,
    /// Most hits.
    pub limit: u32,
}

impl SearchQuery {
    /// These words anywhere, twenty hits.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            municipality: None,
            body: None,
            from: None,
            until: None,
            stage: None,
            outcome: None,
            network: None,
            limit: 20,
        }
    }
}

/// The page of a PDF that a hit was found on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageSource {
    /// Title of the attachment; `None` for the item's own PDF.
    pub attachment: Option<String>,
    /// Page, from 1.
    pub page: u32,
}

/// An item that has all the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SearchHit {
    /// Public key.
    pub uid: Uid,
    /// Title of the matter.
    pub title: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Day of the meeting.
    pub date: Option<Date>,
    /// Agenda, minutes, or not read yet.
    pub stage: Option<Stage>,
    /// Outcome, in minutes.
    pub outcome: Option<Outcome>,
    /// Diary numbers as printed.
    pub diary_number: Option<String>,
    /// Address of the page.
    pub url: String,
    /// Language of its text.
    pub lang: Lang,
    /// A passage with the words between [`MARK_OPEN`] and [`MARK_CLOSE`]; of the decision where they
    /// stand there, else of proposal or background.
    pub snippet: Option<String>,
    /// The page the passage stands on, where only an attachment or PDF has the words.
    pub page: Option<PageSource>,
}

/// What every search needs.
struct Search<'a> {
    conn: &'a Connection,
    language: &'a Analyser,
    filter: Filter,
    words: &'a str,
    limit: u32,
}

impl Reader {
    /// Items that have every word in any of its forms, the best first.
    ///
    /// Never fails because of what was typed: words without a letter or digit are left out, and nothing
    /// is found when nothing is left. Where fewer are found than asked for, pages of PDFs come after them, and where it is
    /// fewer than 200 in all, then words that begin with those typed (not with one that a thousand items have), in items and
    /// on pages; where nothing is found, words whose dots were left out.
    pub fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, ArchiveError> {
        self.read_for(&query.words, |conn| {
            let Ok(filter) = Filter::of(conn, query)? else {
                return Ok(Vec::new());
            };
            let search = Search {
                conn,
                language: &self.language,
                filter,
                words: &query.words,
                limit: query.limit.min(MOST),
            };
            let found = search.run()?;
            search.hits(found.ranked, &found.terms)
        })
    }

    /// The first name of a query that the archive does not have: nothing is found there, whatever the words are.
    pub fn unknown_name(&self, query: &SearchQuery) -> Result<Option<UnknownName>, ArchiveError> {
        self.read(|conn| Ok(Filter::of(conn, query)?.err()))
    }
}

/// What has the words, before anything of it is shown.
enum Ranked {
    /// An item by its own text.
    Item(i64),
    /// An item by a page of a PDF.
    Page(Found),
}

/// What was found.
#[derive(Default)]
struct Ranking {
    /// The best first.
    ranked: Vec<Ranked>,
    /// What was looked for in the end.
    terms: Vec<Term>,
    /// All items with these in their own text, the newest first, where they had to be looked up for the ranking.
    own: Option<Vec<Faceted>>,
}

impl Search<'_> {
    fn run(&self) -> Result<Ranking, ArchiveError> {
        let (mut found, mut seen) = (Ranking::default(), BTreeSet::new());
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        for reach in [Reach::Forms, Reach::Beginnings, Reach::Unfolded] {
            let before = found.ranked.len();
            if before >= wanted.min(ENOUGH) || (reach == Reach::Unfolded && before > 0) {
                break;
            }
            let terms = self.terms(reach)?;
            if terms == found.terms {
                continue;
            }
            let (items, own) = self.items(&terms)?;
            let items = items.into_iter().filter(|id| seen.insert(*id));
            found.ranked.extend(items.map(Ranked::Item));
            if found.ranked.len() < wanted {
                let pages = self.pages(&terms)?.into_iter();
                let pages = pages.filter(|page| seen.insert(page.id));
                found.ranked.extend(pages.map(Ranked::Page));
            }
            found.ranked.truncate(wanted);
            // Spellings that find nothing take nothing from what was looked for before.
            if reach != Reach::Unfolded || !found.ranked.is_empty() {
                (found.terms, found.own) = (terms, own);
            }
        }
        Ok(found)
    }

    /// Reads what was found and marks the terms in it; what cannot be read is left out.
    fn hits(
        &self,
        found: impl IntoIterator<Item = Ranked>,
        terms: &[Term],
    ) -> Result<Vec<SearchHit>, ArchiveError> {
        let mut fits = Fits::of(terms, self.language);
        let mut hits = Vec::new();
        for ranked in found {
            let found = match ranked {
                Ranked::Item(id) => self.item(id)?,
                Ranked::Page(found) => Some(found),
            };
            hits.extend(found.map(|found| shown(found, &mut fits)));
        }
        Ok(hits)
    }

    /// What to look for; words that many items have are no beginnings.
    fn terms(&self, reach: Reach) -> Result<Vec<Term>, ArchiveError> {
        let mut terms = terms(self.words, self.language, reach);
        for term in &mut terms {
            if let Some(whole) = term.whole()
                && self.is_common(&whole)?
            {
                *term = whole;
            }
        }
        Ok(terms)
    }

    /// Whether so many items have a term that it is what was meant.
    fn is_common(&self, term: &Term) -> Result<bool, ArchiveError> {
        let count =
            "SELECT count(*)>=?2 FROM (SELECT 1 FROM item_fts WHERE item_fts MATCH ?1 LIMIT ?2)";
        let Some(expression) = expression(std::slice::from_ref(term), ITEMS) else {
            return Ok(false);
        };
        let mut count = self.conn.prepare_cached(count)?;
        Ok(count.query_row((expression, COMMON), |row| row.get(0))?)
    }

    /// Items by their own text, the best first: of many the newest, and the newest with the words in title or decision.
    /// Beside them all there are, where none is left out.
    fn items(&self, terms: &[Term]) -> Result<(Vec<i64>, Option<Vec<Faceted>>), ArchiveError> {
        let Some(anywhere) = expression(terms, ITEMS) else {
            return Ok((Vec::new(), None));
        };
        let most = self.limit.max(RANKED);
        let most_items = usize::try_from(most).unwrap_or(usize::MAX);
        let own = if self.filter.is_none() {
            Some(self.faceted(&anywhere)?)
        } else {
            None
        };
        let mut chosen: BTreeSet<i64> = match &own {
            Some(own) => own.iter().take(most_items).map(|(id, _)| *id).collect(),
            None => self.newest_with(&anywhere, most)?,
        };
        if chosen.len() >= most_items {
            let first = expression(terms, FIRST).unwrap_or_default();
            chosen.extend(self.newest_with(&first, most)?);
        }
        let mut ranked = self.scores(&chosen, &mut Fits::of(terms, self.language))?;
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        Ok((ranked.into_iter().map(|(id, _)| id).collect(), own))
    }

    /// The newest items that an expression finds and the filters leave.
    fn newest_with(&self, expression: &str, most: u32) -> Result<BTreeSet<i64>, ArchiveError> {
        let (conditions, filters) = self.filter.conditions();
        let sql = format!(
            "SELECT i.id FROM item_fts JOIN item i ON i.id=item_fts.rowid
             LEFT JOIN meeting me ON me.id=i.meeting_id
             WHERE item_fts MATCH ? AND i.withdrawn_at IS NULL{conditions} ORDER BY item_fts.rowid DESC LIMIT ?"
        );
        let mut values = vec![Value::from(self.filter.narrowed(expression))];
        values.extend(filters);
        values.push(most.into());
        let mut statement = self.conn.prepare_cached(&sql)?;
        let ids = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The score of each item. Nothing is read of one but what its score is told from.
    fn scores(
        &self,
        items: &BTreeSet<i64>,
        fits: &mut Fits<'_>,
    ) -> Result<Vec<(i64, f64)>, ArchiveError> {
        let sql = "SELECT id, title, diary_number, decision FROM item WHERE id IN (SELECT value FROM json_each(?1))";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([json("items", items)?])?;
        let mut scores = Vec::with_capacity(items.len());
        while let Some(row) = rows.next()? {
            let text = |column: usize| {
                row.get_ref(column)
                    .map(|text| text.as_str_or_null().ok().flatten())
            };
            scores.push((row.get(0)?, score([text(1)?, text(2)?, text(3)?], fits)));
        }
        Ok(scores)
    }

    /// An item as it is shown; `None` where it cannot be read.
    fn item(&self, id: i64) -> Result<Option<Found>, ArchiveError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {SHOWN}, i.decision, i.proposal, i.background FROM item i {JOINED} WHERE i.id=?1"
        ))?;
        let mut found = statement.query_and_then([id], read)?;
        found.next().and_then(readable).transpose()
    }

    /// Items by the text of their PDFs and attachments, the newest first.
    fn pages(&self, terms: &[Term]) -> Result<Vec<Found>, ArchiveError> {
        let Some(expression) = expression(terms, PAGES) else {
            return Ok(Vec::new());
        };
        let (conditions, values) = self.filter.by_column();
        let mut found = Vec::new();
        for (index, pages, attachment) in [
            (
                "document_page_fts",
                "document_page p ON p.id=document_page_fts.rowid JOIN item i ON i.id=p.item_id",
                "NULL",
            ),
            (
                "attachment_page_fts",
                "attachment_page p ON p.id=attachment_page_fts.rowid
                 JOIN attachment a ON a.id=p.attachment_id JOIN item i ON i.id=a.item_id",
                "a.title",
            ),
        ] {
            let sql = format!(
                "SELECT {SHOWN}, p.text AS page_text, p.page_no, {attachment} AS attachment FROM {index} JOIN {pages}
                 {JOINED} WHERE {index} MATCH ? AND i.withdrawn_at IS NULL{conditions}
                 ORDER BY {index}.rowid DESC LIMIT ?"
            );
            found.extend(self.found(&sql, (&expression, &values), self.limit)?);
        }
        Ok(found)
    }

    fn found(
        &self,
        sql: &str,
        (expression, filters): (&str, &[Value]),
        most: u32,
    ) -> Result<Vec<Found>, ArchiveError> {
        let mut values = vec![Value::from(expression.to_owned())];
        values.extend(filters.iter().cloned());
        values.push(most.into());
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_and_then(params_from_iter(values), read)?;
        rows.filter_map(readable).collect()
    }
}

/// Words in the title before words in the decision before words elsewhere; a form before a compound. The texts are
/// title, diary number and decision.
fn score([title, number, decision]: [Option<&str>; 3], fits: &mut Fits<'_>) -> f64 {
    let fields = [(title, 10.0), (number, 10.0), (decision, 8.0)];
    // A word of any other field is worth one.
    let mut best = vec![1.0_f64; fits.len()];
    for (text, weight) in fields {
        let text = text.unwrap_or_default();
        for (fit, best) in fits.text(text).into_iter().zip(best.iter_mut()) {
            *best = best.max(match fit {
                Some(Fit::Form) => weight,
                Some(Fit::Part) => weight * 0.6,
                None => 0.0,
            });
        }
    }
    best.iter().sum()
}

/// The FTS5 expression for typed words in any form; `None` when there is nothing to look for.
pub(super) fn match_expression(words: &str, language: &Analyser) -> Option<String> {
    expression(&terms(words, language, Reach::Beginnings), ITEMS)
}
