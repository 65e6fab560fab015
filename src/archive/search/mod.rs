//! Full-text search: words in every form, the newest of many hits, titles and decisions before the rest.

mod expression;
mod faceted;
mod filter;
mod found;
mod meetings;
mod passage;
mod ranking;
mod results;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::Serialize;

use crate::language::{self, Analyser};
use crate::model::ids::Uid;
use crate::model::minutes::{Lang, Outcome, Stage};

use self::expression::{Index, Reach, expression, terms};
use self::filter::Filter;
pub use self::filter::UnknownName;
pub use self::meetings::MeetingHit;
use self::ranking::Search;
pub use self::results::{FacetKind, FacetValue, Results};
use super::error::ArchiveError;
use super::reader::Reader;

/// Stands before a found word in [`SearchHit::snippet`]; a private-use letter that no text has.
pub const MARK_OPEN: char = '\u{E000}';
/// Stands after a found word.
pub const MARK_CLOSE: char = '\u{E001}';

/// Most hits of one search.
const MOST: u32 = 1000;

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

/// The FTS5 expression for typed words in any form; `None` when there is nothing to look for.
pub(super) fn match_expression(words: &str, language: &Analyser) -> Option<String> {
    expression(&terms(words, language, Reach::Beginnings), ITEMS)
}
