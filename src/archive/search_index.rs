//! The full-text indexes as such, whichever there are: found, checked, built again.

use rusqlite::Connection;

use super::error::ArchiveError;
use super::transaction::Batch;

/// Names of all full-text tables.
pub(super) fn names(conn: &Connection) -> Result<Vec<String>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT name FROM sqlite_schema WHERE type='table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'
         ORDER BY name",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Compares an index with its texts; the connection must be one that may write.
pub(super) fn check(conn: &Connection, index: &str) -> rusqlite::Result<()> {
    let index = quoted(index);
    conn.execute(
        &format!("INSERT INTO {index}({index}, rank) VALUES('integrity-check', 1)"),
        [],
    )?;
    Ok(())
}

/// Merges an index into one piece.
pub(super) fn optimize(conn: &Connection, index: &str) -> Result<(), ArchiveError> {
    let index = quoted(index);
    conn.execute(
        &format!("INSERT INTO {index}({index}) VALUES('optimize')"),
        [],
    )?;
    Ok(())
}

impl Batch<'_> {
    /// Builds full-text indexes that are out of step again; returns their names. An index out of step makes the
    /// next change of its text fail, so this comes before anything else is mended.
    pub fn mend_search(&self) -> Result<Vec<String>, ArchiveError> {
        let mut mended = vec![];
        for name in names(self.archive)? {
            if check(self.archive, &name).is_err() {
                let index = quoted(&name);
                self.archive.execute(
                    &format!("INSERT INTO {index}({index}) VALUES('rebuild')"),
                    [],
                )?;
                mended.push(name);
            }
        }
        Ok(mended)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
