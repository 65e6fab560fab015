//! What has the words, in the order in which it is shown.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::expression::{Reach, Term, expression, terms};
use super::faceted::{Faceted, by_text, is_cut};
use super::filter::Filter;
use super::found::{Found, JOINED, SHOWN, VERSION, read, shown, with_texts};
use super::passage::Fits;
use super::{FIRST, ITEMS, PAGES, SearchHit};
use crate::archive::error::ArchiveError;
use crate::archive::item_read::{TEXT, insist_on_rows};
use crate::archive::rows::{json, readable};
use crate::language::{Analyser, Fit};

/// The newest items that are ranked: a word of every second item must not make us read them all.
const RANKED: u32 = 200;
/// Hits of the words themselves from which nothing is looked for that merely begins so.
const ENOUGH: usize = 200;
/// Items with a word from which it is no longer looked for as a beginning: nobody is still typing it, its compounds are
/// found by their parts, and all words that begin so would have to be gathered.
const COMMON: u32 = 1000;

/// What every search needs.
pub(super) struct Search<'a> {
    pub(super) conn: &'a Connection,
    pub(super) language: &'a Analyser,
    pub(super) filter: Filter,
    pub(super) words: &'a str,
    pub(super) limit: u32,
}

/// What has the words, before anything of it is shown.
pub(super) enum Ranked {
    /// An item by its own text.
    Item(i64),
    /// An item by a page of a PDF.
    Page(Box<Found>),
}

/// What was found.
#[derive(Default)]
pub(super) struct Ranking {
    /// The best first.
    pub(super) ranked: Vec<Ranked>,
    /// What was looked for in the end.
    pub(super) terms: Vec<Term>,
    /// All items with these in their own text, the newest first, where they had to be looked up for the ranking.
    pub(super) own: Option<Vec<Faceted>>,
}

impl Search<'_> {
    pub(super) fn run(&self) -> Result<Ranking, ArchiveError> {
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
                found
                    .ranked
                    .extend(pages.map(|page| Ranked::Page(Box::new(page))));
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
    pub(super) fn hits(
        &self,
        found: impl IntoIterator<Item = Ranked>,
        terms: &[Term],
    ) -> Result<Vec<SearchHit>, ArchiveError> {
        let mut fits = Fits::of(terms, self.language);
        let mut hits = Vec::new();
        for ranked in found {
            let found = match ranked {
                Ranked::Item(id) => self.item(id)?,
                Ranked::Page(found) => Some(*found),
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
    /// Beside them all that have the words, whatever the filters leave.
    fn items(&self, terms: &[Term]) -> Result<(Vec<i64>, Option<Vec<Faceted>>), ArchiveError> {
        let Some(anywhere) = expression(terms, ITEMS) else {
            return Ok((Vec::new(), None));
        };
        let most = self.limit.max(RANKED);
        let most_items = usize::try_from(most).unwrap_or(usize::MAX);
        let own = if self.filter.has_facets_alone() {
            Some(by_text(self.conn, &anywhere)?)
        } else {
            None
        };
        let mut chosen: BTreeSet<i64> = match own.as_deref().filter(|own| self.are_enough(own)) {
            Some(own) => {
                let left = own.iter().filter(|(_, facets)| self.filter.leaves(facets));
                left.take(most_items).map(|(id, _)| *id).collect()
            }
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

    /// Whether those that the filters leave are among these.
    fn are_enough(&self, newest: &[Faceted]) -> bool {
        self.filter.groups().is_empty() || !is_cut(newest)
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
            "SELECT {SHOWN}, {TEXT} FROM item i {JOINED} {VERSION} WHERE i.id=?1"
        ))?;
        let mut found = statement.query_and_then([id], |row| with_texts(self.conn, row))?;
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
        let rows = statement.query_and_then(params_from_iter(values), |row| {
            insist_on_rows(self.conn, row)?;
            read(row)
        })?;
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
