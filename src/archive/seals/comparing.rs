//! Rows held against their seals.

use std::collections::HashSet;
use std::fmt;

use rusqlite::{Connection, params};

use super::{File, Key, Table, digest, tables};
use crate::archive::error::ArchiveError;
use crate::archive::reader::Reader;
use crate::archive::transaction::Batch;

/// A row that is not the one that was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRow {
    file: File,
    table: Key,
    /// As the seal has it.
    key: Key,
    /// Whether there is no such row.
    is_gone: bool,
}

impl fmt::Display for OtherRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, .. } = self;
        write!(f, "row {key} of {table} ")?;
        f.write_str(if self.is_gone {
            "is gone, and nobody deleted it"
        } else {
            "is not the one that was written"
        })
    }
}

/// How many rows there are to hold against their seals.
pub(in crate::archive) fn count(conn: &Connection) -> Result<u64, ArchiveError> {
    let counts = tables(conn)?.into_iter().map(|Table { name, .. }| {
        let count = conn.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| {
            row.get::<_, i64>(0)
        });
        Ok(count?.unsigned_abs())
    });
    counts.sum()
}

/// Holds every row of a file against its seal, if it has one. `step` hears of each row, and which one it is where it is
/// not the one that was sealed.
pub(in crate::archive) fn compare(
    conn: &Connection,
    file: File,
    mut step: impl FnMut(Option<OtherRow>),
) -> Result<(), ArchiveError> {
    let tables = tables(conn)?;
    for table in &tables {
        let name = Key::Text(table.name.clone().into_bytes());
        compare_table(conn, table, |other| {
            step(other.map(|(key, is_gone)| OtherRow {
                file,
                table: name.clone(),
                key,
                is_gone,
            }));
        })?;
    }
    for (table, key) in astray(conn, &tables)? {
        step(Some(OtherRow {
            file,
            table,
            key,
            is_gone: true,
        }));
    }
    Ok(())
}

/// Holds the rows of one table against their seals. `step` hears of each row; where it is not the one that was sealed,
/// its key and whether it is gone.
fn compare_table(
    conn: &Connection,
    table: &Table,
    mut step: impl FnMut(Option<(Key, bool)>),
) -> Result<(), ArchiveError> {
    let Table {
        name, sealed, scan, ..
    } = table;
    let mut stands = conn.prepare(&format!(
        "SELECT s.digest, {sealed}, t.* FROM {name} t {scan} LEFT JOIN seal s ON s.table_name=?1 AND s.key={sealed}"
    ))?;
    let (mut met, mut rows) = (0_i64, stands.query([name])?);
    while let Some(row) = rows.next()? {
        let seal: Option<Key> = row.get(0)?;
        met += i64::from(seal.is_some());
        let stands = match seal {
            Some(seal) => seal == Key::Text(digest(row, 2)?.into_bytes()),
            None => true,
        };
        step(if stands {
            None
        } else {
            Some((row.get(1)?, false))
        });
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
        let is_known = |table: &Table| name == Key::Text(table.name.clone().into_bytes());
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

impl Reader {
    /// Every row that is not the one that was sealed.
    pub fn other_rows(&self) -> Result<Vec<OtherRow>, ArchiveError> {
        let mut found = vec![];
        let mut add = |other: Option<OtherRow>| found.extend(other);
        self.read(|conn| compare(conn, File::Archive, &mut add))?;
        self.read_originals(|conn| compare(conn, File::Originals, &mut add))?;
        Ok(found)
    }
}

impl Batch<'_> {
    /// Takes rows for true as they stand: nobody has any others.
    pub fn accept(&self, rows: &[OtherRow]) -> Result<(), ArchiveError> {
        for OtherRow {
            file, table, key, ..
        } in rows
        {
            self.file(*file)
                .prepare_cached("DELETE FROM seal WHERE table_name=?1 AND key=?2")?
                .execute(params![table, key])?;
        }
        Ok(())
    }
}
