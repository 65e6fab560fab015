//! Table `meta`: what the file says of itself, by key.

use rusqlite::{Connection, OptionalExtension as _, params};

/// Sets a key; writes nothing where it says that already.
pub(super) fn set_meta(conn: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO meta(key,value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value
         WHERE value<>excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}

/// What a key says.
pub(super) fn meta(conn: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT value FROM meta WHERE key=?1")?
        .query_row(params![key], |row| row.get(0))
        .optional()
}

/// Takes a key away.
pub(super) fn forget_meta(conn: &Connection, key: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM meta WHERE key=?1")?
        .execute(params![key])?;
    Ok(())
}
