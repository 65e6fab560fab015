//! Rows held against their seals.

use std::collections::HashSet;
use std::fmt;

use rusqlite::{Connection, params};

use super::putting::clear;
use super::table::{Key, Table, tables};
use super::{File, digest};
use crate::archive::error::ArchiveError;
use crate::archive::reader::Reader;
use crate::archive::transaction::Batch;

/// A row that is not the one that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRow {
    file: File,
    pub(super) table: Key,
    /// As the seal has it.
    pub(super) key: Key,
    /// Whether there is no such row.
    is_gone: bool,
}

impl fmt::Display for OtherRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, .. } = self;
        write!(f, "row {key} of {table} ")?;
        f.write_str(if self.is_gone {
            "was sealed and is not there, though nobody deleted it"
        } else {
            "is not the one that was written"
        })
    }
}

/// How many rows there are to hold against their seals.
pub(in crate::archive) fn count(conn: &Connection, file: File) -> Result<u64, ArchiveError> {
    let counts = tables(file)?.iter().map(|Table { name, .. }| {
        let count = conn.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| {
            row.get::<_, i64>(0)
        });
        Ok(count?.unsigned_abs())
    });
    counts.sum()
}

/// Holds every row of a file against its seal, if it has one, on one state of the file. `step` hears of each row, and
/// which one it is where it is not the one that was sealed.
///
/// # Errors
/// When a table cannot be read; all others are looked at all the same.
pub(in crate::archive) fn compare(
    conn: &Connection,
    file: File,
    step: impl FnMut(Option<OtherRow>),
) -> Result<(), ArchiveError> {
    compare_tables(conn, (file, tables(file)?), step)
}

/// The same for some tables.
pub(super) fn compare_tables(
    conn: &Connection,
    (file, tables): (File, &[Table]),
    mut step: impl FnMut(Option<OtherRow>),
) -> Result<(), ArchiveError> {
    let _state = conn
        .is_autocommit()
        .then(|| conn.unchecked_transaction())
        .transpose()?;
    let mut failure = None;
    for table in tables {
        let compared = compare_table(conn, table, |other| {
            step(other.map(|(key, is_gone)| OtherRow {
                file,
                table: Key::from(table.name.as_str()),
                key,
                is_gone,
            }));
        });
        failure = failure.or(compared.err());
    }
    for (table, key) in astray(conn, tables)? {
        step(Some(OtherRow {
            file,
            table,
            key,
            is_gone: true,
        }));
    }
    failure.map_or(Ok(()), Err)
}

/// Holds the rows of one table against their seals. `step` hears of each row; where it is not the one that was sealed,
/// its key and whether it is gone.
fn compare_table(
    conn: &Connection,
    table: &Table,
    mut step: impl FnMut(Option<(Key, bool)>),
) -> Result<(), ArchiveError> {
    let Table {
        name,
        columns,
        sealed,
        scan,
        ..
    } = table;
    let mut stands = conn.prepare(&format!(
        "SELECT s.digest, {sealed}, s.key, {columns} FROM {name} t {scan}
           LEFT JOIN seal s ON s.table_name=?1 AND s.key={sealed}"
    ))?;
    let (mut met, mut rows) = (0_i64, stands.query([name])?);
    while let Some(row) = rows.next()? {
        let (seal, key): (Key, Key) = (row.get(0)?, row.get(1)?);
        // In a damaged index another key may be met than the one that was asked for.
        let is_sealed = seal != Key::Null && key == row.get(2)?;
        met += i64::from(is_sealed);
        let is_other = is_sealed && seal != digest(row, 3)?;
        step(is_other.then_some((key, false)));
    }
    let seals: i64 = conn.query_row(
        "SELECT count(*) FROM seal WHERE table_name=?1",
        [name],
        |row| row.get(0),
    )?;
    if seals != met {
        for key in gone(conn, table)? {
            step(Some((key, true)));
        }
    }
    Ok(())
}

/// Seals that name no table which is there: the table they name, and the key.
fn astray(conn: &Connection, tables: &[Table]) -> Result<Vec<(Key, Key)>, ArchiveError> {
    let mut named = conn.prepare("SELECT table_name, key FROM seal")?;
    let mut seals = named.query([])?;
    let mut found = vec![];
    while let Some(row) = seals.next()? {
        let name: Key = row.get(0)?;
        let is_known = |table: &Table| name == table.name.as_str().into();
        if !tables.iter().any(is_known) {
            found.push((name, row.get(1)?));
        }
    }
    Ok(found)
}

/// Seals of a table that no row of it has.
fn gone(conn: &Connection, table: &Table) -> Result<Vec<Key>, ArchiveError> {
    let Table {
        name, sealed, scan, ..
    } = table;
    let there: HashSet<Key> = conn
        .prepare(&format!("SELECT {sealed} FROM {name} t {scan}"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut seals = conn.prepare("SELECT key FROM seal WHERE table_name=?1")?;
    let keys = seals.query_map([name], |row| row.get(0))?;
    let mut keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
    keys.retain(|key| !there.contains(key));
    Ok(keys)
}

/// Rows that are named at a time: a file that is damaged all over has more than memory holds.
const NAMED: usize = 10_000;

impl Reader {
    /// Rows that are not the ones that were sealed, as many as are told at a time; and what hindered looking at others.
    pub fn other_rows(&self) -> Result<(Vec<OtherRow>, Option<ArchiveError>), ArchiveError> {
        let mut found = vec![];
        let mut add = |other: Option<OtherRow>| {
            if found.len() < NAMED {
                found.extend(other);
            }
        };
        let mut look = |conn: &Connection, file| compare(conn, file, &mut add);
        let archive = self.read(|conn| Ok(look(conn, File::Archive)))?;
        let originals = self.read_originals(|conn| Ok(look(conn, File::Originals)))?;
        Ok((found, archive.err().or(originals.err())))
    }
}

impl Batch<'_> {
    /// Takes rows for true as they stand: nobody has any others.
    pub fn accept(&self, rows: &[OtherRow]) -> Result<(), ArchiveError> {
        let mut cleared = vec![];
        for OtherRow {
            file, table, key, ..
        } in rows
        {
            if cleared.contains(file) {
                continue;
            }
            let conn = self.file(*file);
            let taken = conn
                .prepare_cached("DELETE FROM seal WHERE table_name=?1 AND key=?2")?
                .execute(params![table, key])?;
            if taken == 0 {
                // A seal that stands where its key does not belong is met by a walk and found by nobody who asks for it.
                clear(conn)?;
                cleared.push(*file);
            }
            conn.prepare_cached("DELETE FROM seal_due WHERE table_name=?1 AND key=?2")?
                .execute(params![table, key])?;
        }
        Ok(())
    }
}
