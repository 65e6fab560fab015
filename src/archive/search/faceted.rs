//! Items that have the words, with the facets that they are counted and filtered by, from indexes alone.

use rusqlite::{Connection, params};

use crate::archive::error::ArchiveError;

/// The newest items that are counted: a word of every second item must not make us walk through them all.
pub(super) const COUNTED: u32 = 20_000;

/// An item and its facets.
pub(super) type Faceted = (i64, String);

/// The newest items with the words of an expression in their own text, the newest first.
pub(super) fn by_text(conn: &Connection, expression: &str) -> Result<Vec<Faceted>, ArchiveError> {
    rows(conn, BY_TEXT, expression)
}

/// Items with the words of an expression on a page of their PDFs or attachments, of the newest pages, each once.
pub(super) fn by_pages(conn: &Connection, expression: &str) -> Result<Vec<Faceted>, ArchiveError> {
    rows(conn, BY_PAGES, expression)
}

/// Whether there may be more of them than were looked up.
pub(super) fn is_cut(newest: &[Faceted]) -> bool {
    u32::try_from(newest.len()).is_ok_and(|count| count >= COUNTED)
}

fn rows(conn: &Connection, sql: &str, expression: &str) -> Result<Vec<Faceted>, ArchiveError> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![expression, COUNTED], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) const BY_TEXT: &str = "SELECT i.id, coalesce(i.search_facets,'')
    FROM item_fts JOIN item i INDEXED BY item_counted ON i.id=item_fts.rowid
    WHERE item_fts MATCH ?1 AND i.withdrawn_at IS NULL ORDER BY item_fts.rowid DESC LIMIT ?2";

pub(super) const BY_PAGES: &str = "SELECT i.id, coalesce(i.search_facets,'') FROM (
      SELECT id FROM (SELECT p.item_id AS id FROM document_page_fts JOIN document_page p ON p.id=document_page_fts.rowid
        WHERE document_page_fts MATCH ?1 ORDER BY document_page_fts.rowid DESC LIMIT ?2)
      UNION
      SELECT id FROM (SELECT a.item_id AS id FROM attachment_page_fts JOIN attachment_page p ON p.id=attachment_page_fts.rowid
        JOIN attachment a ON a.id=p.attachment_id
        WHERE attachment_page_fts MATCH ?1 ORDER BY attachment_page_fts.rowid DESC LIMIT ?2)) f
    JOIN item i INDEXED BY item_counted ON i.id=f.id WHERE i.withdrawn_at IS NULL";
