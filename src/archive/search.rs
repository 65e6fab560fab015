//! Full-text search: whatever people type becomes a query that cannot fail, and not a costly one.

use std::fmt::Write as _;

use jiff::civil::Date;
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use crate::model::ids::Uid;
use crate::model::minutes::{Outcome, Stage};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, nfc, readable};

/// Stands before a found word in [`SearchHit::snippet`]; a private-use letter that no text has.
pub const MARK_OPEN: char = '\u{E000}';
/// Stands after a found word.
pub const MARK_CLOSE: char = '\u{E001}';

/// Terms of one query; 100,000 would take half a minute that nothing can interrupt.
const TERMS: usize = 16;
/// Bytes of one query, cut at a letter.
const BYTES: usize = 256;

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
    /// A passage with the words between [`MARK_OPEN`] and [`MARK_CLOSE`]; of the decision where they
    /// stand there, else of proposal or background.
    pub snippet: Option<String>,
}

impl Reader {
    /// Items that have every word (or a word that begins so), the best first; `"words in quotes"` as they stand.
    ///
    /// Never fails because of what was typed: words without a letter or digit are left out, and nothing
    /// is found when nothing is left.
    pub fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, ArchiveError> {
        match match_expression(words) {
            Some(expression) => self.read(|conn| search(conn, &expression, limit)),
            None => Ok(Vec::new()),
        }
    }
}

fn search(conn: &Connection, expression: &str, limit: u32) -> Result<Vec<SearchHit>, ArchiveError> {
    // Weights: title, background, proposal, decision, diary number, search terms. The base forms in the last
    // column are never shown, so each passage is asked for by its column.
    let mut statement = conn.prepare_cached(
        "SELECT i.uid, i.title, mu.name AS municipality, coalesce(b.name, i.listed_body) AS body,
           coalesce(me.held_on, i.listed_on) AS date, i.stage, i.outcome, i.diary_number, i.url,
           snippet(item_fts,3,?2,?3,'…',24) AS decision, snippet(item_fts,2,?2,?3,'…',24) AS proposal,
           snippet(item_fts,1,?2,?3,'…',24) AS background
         FROM item_fts JOIN item i ON i.id=item_fts.rowid
         JOIN municipality mu ON mu.id=i.municipality_id
         LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id
         WHERE item_fts MATCH ?1 AND i.withdrawn_at IS NULL
         ORDER BY bm25(item_fts,10.0,3.0,5.0,8.0,10.0,1.0), i.changed_at DESC, i.id DESC LIMIT ?4",
    )?;
    let hits = statement.query_and_then(
        params![
            expression,
            MARK_OPEN.to_string(),
            MARK_CLOSE.to_string(),
            limit
        ],
        |row| {
            let c = Columns::of("item", row);
            Ok(SearchHit {
                uid: Uid::new(c.get::<String>("uid")?),
                title: c.get("title")?,
                municipality: c.get("municipality")?,
                body: c.get("body")?,
                date: c.opt_day("date")?,
                stage: c.opt_with("stage", Stage::from_word)?,
                outcome: c.opt_with("outcome", Outcome::from_word)?,
                diary_number: c.get("diary_number")?,
                url: c.get("url")?,
                snippet: passage(row)?,
            })
        },
    )?;
    hits.filter_map(readable).collect()
}

/// The first passage that shows a found word, else the first there is.
fn passage(row: &Row<'_>) -> Result<Option<String>, ArchiveError> {
    let mut first = None;
    for column in ["decision", "proposal", "background"] {
        let Some(text) = row.get::<_, Option<String>>(column)? else {
            continue;
        };
        if text.contains(MARK_OPEN) {
            return Ok(Some(text));
        }
        first = first.or(Some(text).filter(|text| !text.is_empty()));
    }
    Ok(first)
}

/// The FTS5 expression for typed words; `None` when there is nothing to look for.
///
/// Every term is quoted, because bare diary numbers, hyphens and words like NEAR are syntax to FTS5. A term without
/// a letter or digit would be an empty phrase, which finds nothing.
pub(super) fn match_expression(words: &str) -> Option<String> {
    let end = words.floor_char_boundary(BYTES);
    let words = nfc(words.get(..end).unwrap_or_default());
    let mut expression = String::new();
    // Odd pieces stood between quotation marks: `a "b c" d`.
    let terms = words.split('"').enumerate().flat_map(|(at, piece)| {
        let quoted = at % 2 == 1;
        let separator = move |c: char| (!quoted && c.is_whitespace()) || c.is_control();
        piece.split(separator).map(move |term| (quoted, term))
    });
    for (quoted, term) in terms
        .filter(|(_, term)| term.chars().any(char::is_alphanumeric))
        .take(TERMS)
    {
        let prefix = if quoted { "" } else { "*" };
        // Writing to a String cannot fail; an unfinished expression is dropped all the same.
        write!(expression, "\"{term}\"{prefix} ").ok()?;
    }
    let expression = expression.trim_end();
    (!expression.is_empty()).then(|| expression.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_quoted_and_open_at_the_end() {
        assert_eq!(
            match_expression("alueellinen verkosto").as_deref(),
            Some("\"alueellinen\"* \"verkosto\"*")
        );
        assert_eq!(
            match_expression("85/12.00.00/2024").as_deref(),
            Some("\"85/12.00.00/2024\"*")
        );
        assert_eq!(
            match_expression("\"a b\" c").as_deref(),
            Some("\"a b\" \"c\"*")
        );
        assert_eq!(
            match_expression("NEAR(a b)").as_deref(),
            Some("\"NEAR(a\"* \"b)\"*")
        );
    }

    #[test]
    fn nothing_to_look_for_is_no_query() {
        for words in ["", "  ", "\"", "*", "--", "\0\0", "\"\" \""] {
            assert_eq!(match_expression(words), None, "{words:?}");
        }
    }

    #[test]
    fn queries_are_bounded() {
        let long = match_expression(&"ä ".repeat(500_000)).expect("a query");
        assert_eq!(long.matches('*').count(), TERMS);
        let one = match_expression(&"ä".repeat(500_000)).expect("a query");
        assert!(one.len() <= BYTES + 3);
    }
}
