//! What a transaction changes enters the full-text index at its end, at once: each statement that a trigger belongs to
//! makes the index write down what it gathered, and every piece has to be merged again and again.

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Row, params_from_iter};

use super::error::ArchiveError;
use super::search_index;
use super::transaction::Batch;

/// The index of items and its columns, which `item` and `search_due` have too.
const INDEX: &str = "item_fts";
const COLUMNS: &str =
    "title,background,proposal,decision,diary_number,search_terms,search_parts,search_facets";
/// How many those are, with the number of the row.
const VALUES: usize = 9;

impl Batch<'_> {
    /// From here to the commit, triggers note which items change and leave the index to [`settle`].
    pub(super) fn enter_later(&self) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO search_due(item_id) SELECT 0 WHERE NOT EXISTS(SELECT 1 FROM search_due WHERE item_id=0)",
            )?
            .execute([])?;
        Ok(())
    }
}

/// Brings the index in step with the items that changed; to be called ahead of every commit. An index that turns out to
/// be damaged is built again.
pub(super) fn settle(conn: &Connection) -> Result<(), ArchiveError> {
    let due = "SELECT EXISTS(SELECT 1 FROM search_due)";
    if !conn
        .prepare_cached(due)?
        .query_row([], |row| row.get::<_, bool>(0))?
    {
        return Ok(());
    }
    conn.execute_batch("SAVEPOINT entering")?;
    match enter(conn) {
        Ok(()) => {}
        Err(error) if error.is_index_damage() => {
            conn.execute_batch("ROLLBACK TO entering")?;
            search_index::rebuild(conn, INDEX)?;
            tracing::warn!(
                index = INDEX,
                "a full-text index was damaged and was built again; no text was"
            );
        }
        Err(error) => return Err(error),
    }
    conn.prepare_cached("DELETE FROM search_due")?.execute([])?;
    conn.execute_batch("RELEASE entering")?;
    Ok(())
}

/// Takes out what the index has of each item and puts in what it should have, in the order of their numbers: going back
/// makes the index write down what it has gathered, too.
fn enter(conn: &Connection) -> Result<(), ArchiveError> {
    let mut due = conn.prepare_cached(&format!(
        "SELECT item_id,{COLUMNS},entered FROM search_due WHERE item_id>0 ORDER BY item_id"
    ))?;
    let mut now = conn.prepare_cached(&format!("SELECT id,{COLUMNS} FROM item WHERE id=?1"))?;
    let mut take_out = conn.prepare_cached(&format!(
        "INSERT INTO {INDEX}({INDEX},rowid,{COLUMNS}) VALUES('delete',?1,?2,?3,?4,?5,?6,?7,?8,?9)"
    ))?;
    let mut put_in = conn.prepare_cached(&format!(
        "INSERT INTO {INDEX}(rowid,{COLUMNS}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"
    ))?;
    let mut rows = due.query([])?;
    while let Some(row) = rows.next()? {
        if row.get(VALUES)? {
            hand_on(row, &mut take_out)?;
        }
        if let Some(row) = now.query([row.get::<_, i64>(0)?])?.next()? {
            hand_on(row, &mut put_in)?;
        }
    }
    Ok(())
}

fn hand_on(row: &Row<'_>, to: &mut CachedStatement<'_>) -> Result<(), ArchiveError> {
    let values = (0..VALUES).map(|column| row.get::<_, Value>(column));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    to.execute(params_from_iter(values))?;
    Ok(())
}
