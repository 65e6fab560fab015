//! Rows that are changed: whether each was the one that was sealed, before its seal went.
//!
//! A trigger notes each seal that a change takes away in `seal_due`. At the end of the transaction the row of before is
//! still there for whoever reads the file beside it.

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::comparing::{OtherRow, compare_tables};
use super::putting::clear;
use super::table::{Key, Table, tables, tables_at};
use super::{File, digest};
use crate::archive::error::ArchiveError;
use crate::archive::migrate::Schema;
use crate::archive::reader::Reader;
use crate::archive::trouble::Trouble;

/// The seal of a row of which it is known that it is not the one that was written: no digest of a row looks like it.
const BROKEN: &str = "----------------";

/// A seal that went: table, key, digest.
type Due = (Key, Key, Key);

/// Holds the rows that the open transaction of `conn` changes against the seals they had; to be called ahead of every
/// commit. One that was another row before, and is not again what it was, gets a seal that says so. `before` reads the
/// files as they are without the transaction.
///
/// # Errors
/// When the file cannot be written. What of before cannot be read hinders nothing.
pub(in crate::archive) fn settle(
    conn: &Connection,
    file: File,
    before: &Reader,
) -> Result<(), ArchiveError> {
    let mut due = conn.prepare_cached("SELECT table_name, key, digest FROM seal_due")?;
    let due: Vec<Due> = due
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    if due.is_empty() {
        return Ok(());
    }
    let compare = |before: &Connection| others(before, file, due);
    let others = match file {
        File::Archive => before.read(compare),
        File::Originals => before.read_originals(compare),
    };
    let others = others.unwrap_or_else(|error| {
        tracing::warn!(%error, "what was changed could not be held against its seals");
        vec![]
    });
    for (table, (name, key, seal)) in others {
        // Deleted, or written again as it was: nothing is left of the damage.
        if said(conn, table, &key)?.is_none_or(|now| now == seal) {
            continue;
        }
        tracing::error!(
            "row {key} of {name} is not the one that was written, and a part of it was changed now: restore a backup, or \
             take it as it stands by `seutu rederive --accept`"
        );
        conn.prepare_cached(
            "INSERT INTO seal(table_name,key,digest) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![name, key, BROKEN])?;
    }
    forget(conn)
}

/// Those of the rows that are not what their seals say.
fn others(
    conn: &Connection,
    file: File,
    due: Vec<Due>,
) -> Result<Vec<(&'static Table, Due)>, ArchiveError> {
    let mut others = vec![];
    for (name, key, seal) in due {
        let known = tables(file)?;
        let table = known
            .iter()
            .find(|table| name == table.name.as_str().into());
        let Some(table) = table else { continue };
        match is_other(conn, table, (&name, &key, &seal)) {
            Ok(false) => {}
            Ok(true) => others.push((table, (name, key, seal))),
            // Of a row on a damaged page nobody knows what it was.
            Err(error) if error.trouble() == Some(Trouble::Damaged) => {
                others.push((table, (name, key, seal)));
            }
            Err(error) => {
                tracing::warn!(%error, "row {key} of {name} could not be held against its seal before it was changed");
            }
        }
    }
    Ok(others)
}

/// Whether a row is there and not what its seal says, where that seal is not one that was put and went since.
fn is_other(
    conn: &Connection,
    table: &Table,
    (name, key, seal): (&Key, &Key, &Key),
) -> Result<bool, ArchiveError> {
    let mut sealed =
        conn.prepare_cached("SELECT digest FROM seal WHERE table_name=?1 AND key=?2")?;
    let sealed: Option<Key> = sealed
        .query_row(params![name, key], |row| row.get(0))
        .optional()?;
    Ok(sealed.as_ref() == Some(seal) && said(conn, table, key)?.is_some_and(|said| said != *seal))
}

/// What a row says; nothing where there is none.
fn said(conn: &Connection, table: &Table, key: &Key) -> Result<Option<Key>, ArchiveError> {
    let Some(parts) = table.parts(key) else {
        return Ok(None);
    };
    let Table { name, columns, .. } = table;
    let mut row = conn.prepare_cached(&format!(
        "SELECT {columns} FROM {name} t WHERE {}",
        table.has_key(1)
    ))?;
    let said = row.query_row(params_from_iter(parts), |row| digest(row, 0));
    Ok(said.optional()?)
}

/// Forgets which seals went: nobody holds their rows against them.
pub(in crate::archive) fn forget(conn: &Connection) -> Result<(), ArchiveError> {
    // Without a condition it would write a page, whatever there is.
    conn.prepare_cached("DELETE FROM seal_due WHERE true")?
        .execute([])?;
    Ok(())
}

/// Runs `change`, which brings a file of an older version to the newest, and takes all seals away: they are of the
/// columns that were there. Rows that were not the ones that were sealed stay marked as such.
pub(in crate::archive) fn renew(
    conn: &Connection,
    (schema, found): (&Schema, u32),
    change: impl FnOnce() -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut others: Vec<OtherRow> = vec![];
    let tables = tables_at(schema, found)?;
    if !tables.is_empty()
        && let Err(error) =
            compare_tables(conn, (schema.file, &tables), |other| others.extend(other))
    {
        tracing::error!(%error, "some rows cannot be held against their seals before the file gets its new schema");
    }
    change()?;
    clear(conn)?;
    // What damage made of a key may be of any type, and the same twice.
    let texts = others
        .iter()
        .filter(|other| matches!((&other.table, &other.key), (Key::Text(_), Key::Text(_))));
    for OtherRow { table, key, .. } in texts {
        conn.execute(
            "INSERT INTO seal(table_name,key,digest) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING",
            params![table, key, BROKEN],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::meta::set_meta;
    use super::super::super::testing::open_temporary;
    use super::*;

    #[test]
    fn a_row_that_is_sealed_between_two_changes_of_one_commit_is_sound() {
        let (dir, mut archive) = open_temporary();
        archive
            .transaction(|batch| Ok(set_meta(batch.archive, "ours", "1")?))
            .expect("written");
        let reader = Reader::open(dir.path()).expect("reader");
        let mut all = vec![];
        while let Some(rows) = reader.unsealed(all.last()).expect("rows") {
            all.push(rows);
        }
        archive
            .transaction(|batch| {
                set_meta(batch.archive, "ours", "2")?;
                for rows in &all {
                    batch.seal(rows)?;
                }
                set_meta(batch.archive, "ours", "3")?;
                Ok(())
            })
            .expect("written");
        let marked: u32 = archive
            .main
            .query_row(
                "SELECT count(*) FROM seal WHERE digest=?1",
                [BROKEN],
                |row| row.get(0),
            )
            .expect("counted");
        assert_eq!(marked, 0);
        let sealed: u32 = archive
            .main
            .query_row(
                "SELECT count(*) FROM seal WHERE table_name='meta'",
                [],
                |row| row.get(0),
            )
            .expect("counted");
        assert!(sealed > 0, "the others");
    }
}
