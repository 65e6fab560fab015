//! The full-text indexes as such, whichever there are: found, checked, built again.

use rusqlite::Connection;

use super::error::ArchiveError;
use super::search_entry;
use super::transaction::Batch;
use super::trouble::Trouble;

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

/// Builds the indexes again that cannot be read, or that are of nothing: cheap to see, and every write would fail.
pub(super) fn mend_broken(conn: &Connection) -> Result<(), ArchiveError> {
    for name in names(conn)? {
        if is_broken(conn, &name)? {
            rebuild(conn, &name)?;
            tracing::warn!(
                index = name,
                "a full-text index was damaged and was built again; no text was"
            );
        }
    }
    Ok(())
}

/// Whether an index cannot be read, or ends at another row than its texts.
fn is_broken(conn: &Connection, index: &str) -> Result<bool, ArchiveError> {
    let (table, rows) = (quoted(index), quoted(&format!("{index}_docsize")));
    let read = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, bool>(0));
    let looks = [
        format!("SELECT count(*)<0 FROM {table} WHERE {table} MATCH '\"seutu\"'"),
        format!(
            "SELECT (SELECT max(id) FROM {rows}) IS NOT (SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1)"
        ),
    ];
    for look in looks {
        match read(&look) {
            Ok(false) => {}
            Ok(true) => return Ok(true),
            Err(cause) if Trouble::of(&cause) == Trouble::Index => return Ok(true),
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(false)
}

/// Builds an index again from its texts.
pub(super) fn rebuild(conn: &Connection, index: &str) -> rusqlite::Result<()> {
    let index = quoted(index);
    conn.execute(
        &format!("INSERT INTO {index}({index}) VALUES('rebuild')"),
        [],
    )?;
    Ok(())
}

impl Batch<'_> {
    /// Builds full-text indexes that are out of step again; returns their names. An index out of step makes the
    /// next change of its text fail, so this comes before anything else is mended.
    pub fn mend_search(&self) -> Result<Vec<String>, ArchiveError> {
        // What is to enter at the end would be missing now.
        search_entry::settle(self.archive)?;
        let mut mended = vec![];
        for name in names(self.archive)? {
            if check(self.archive, &name).is_err() {
                rebuild(self.archive, &name)?;
                mended.push(name);
            }
        }
        Ok(mended)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
