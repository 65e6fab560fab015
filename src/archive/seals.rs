//! Seals: of each row a digest beside it, so that a row that changes without SQLite, as by a bit that flips on a disk,
//! is noticed, whatever it says.
//!
//! Whoever changes or deletes a row through SQLite, with this program or another, takes its seal away by a trigger. Rows
//! without one are sealed by [`Batch::seal`], from time to time.

use std::fmt;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params};
use sha2::{Digest as _, Sha256};

use super::error::ArchiveError;
use super::reader::Reader;
use super::transaction::Batch;

/// Rows of a file that are sealed in one step: originals are long.
fn step(file: File) -> u32 {
    match file {
        File::Archive => 200,
        File::Originals => 20,
    }
}

/// Bytes of a digest: against chance, not against malice.
const DIGEST: usize = 8;

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum File {
    /// `archive.db`.
    Archive,
    /// `originals.db`.
    Originals,
}

/// Some rows of one table, some of which have no seal.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsealed {
    file: File,
    table: Table,
    /// The first key without a seal, and the last one.
    keys: [Value; 2],
}

/// A row that is not the one that was sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherRow {
    file: File,
    table: String,
    key: Value,
    /// Whether there is no such row.
    is_gone: bool,
}

impl fmt::Display for OtherRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, .. } = self;
        match key {
            Value::Integer(id) => write!(f, "row {id} of {table}")?,
            Value::Text(key) => write!(f, "row {key} of {table}")?,
            Value::Null | Value::Real(_) | Value::Blob(_) => write!(f, "a row of {table}")?,
        }
        f.write_str(if self.is_gone {
            " is gone, and nobody deleted it"
        } else {
            " is not the one that was written"
        })
    }
}

/// A table whose rows are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    name: String,
    /// What names a row `t` of it: its primary key, of several columns joined by `/`.
    key: String,
}

/// The tables of a file whose rows are sealed: those with triggers that take seals away.
fn tables(conn: &Connection) -> Result<Vec<Table>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT s.name,
           (SELECT group_concat('t.'||name,'||''/''||')
              FROM (SELECT name FROM pragma_table_info(s.name) WHERE pk>0 ORDER BY pk))
         FROM sqlite_schema s JOIN sqlite_schema g ON g.type='trigger' AND g.name='seal_'||s.name||'_au'
         WHERE s.type='table' ORDER BY s.name",
    )?;
    let tables = statement.query_map([], |row| {
        Ok(Table {
            name: row.get(0)?,
            key: row.get(1)?,
        })
    })?;
    Ok(tables.collect::<Result<_, _>>()?)
}

/// What a row says, from its column `first` on, in a few bytes.
fn digest(row: &Row<'_>, first: usize) -> rusqlite::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    for column in first..row.as_ref().column_count() {
        match row.get_ref(column)? {
            ValueRef::Null => digest.update([0]),
            ValueRef::Integer(number) => {
                digest.update([1]);
                digest.update(number.to_le_bytes());
            }
            ValueRef::Real(number) => {
                digest.update([2]);
                digest.update(number.to_bits().to_le_bytes());
            }
            ValueRef::Text(bytes) => {
                digest.update([3]);
                digest.update(bytes.len().to_le_bytes());
                digest.update(bytes);
            }
            ValueRef::Blob(bytes) => {
                digest.update([4]);
                digest.update(bytes.len().to_le_bytes());
                digest.update(bytes);
            }
        }
    }
    let mut digest = digest.finalize().to_vec();
    digest.truncate(DIGEST);
    Ok(digest)
}

/// How many rows there are to hold against their seals.
pub(super) fn count(conn: &Connection) -> Result<u64, ArchiveError> {
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
pub(super) fn compare(
    conn: &Connection,
    file: File,
    mut step: impl FnMut(Option<OtherRow>),
) -> Result<(), ArchiveError> {
    let other = |table: &str, key, is_gone| OtherRow {
        file,
        table: table.to_owned(),
        key,
        is_gone,
    };
    let tables = tables(conn)?;
    for Table { name, key } in &tables {
        let mut stands = conn.prepare(&format!(
            "SELECT s.digest, {key}, t.* FROM {name} t LEFT JOIN seal s ON s.table_name=?1 AND s.key=+{key}"
        ))?;
        let mut rows = stands.query([name])?;
        while let Some(row) = rows.next()? {
            let sealed: Option<Vec<u8>> = row.get(0)?;
            let stands = sealed.is_none() || sealed == Some(digest(row, 2)?);
            step(if stands {
                None
            } else {
                Some(other(name, row.get(1)?, false))
            });
        }
        let mut gone = conn.prepare(&format!(
            "SELECT key FROM seal WHERE table_name=?1 AND key NOT IN (SELECT +{key} FROM {name} t)"
        ))?;
        let mut keys = gone.query([name])?;
        while let Some(row) = keys.next()? {
            step(Some(other(name, row.get(0)?, true)));
        }
    }
    let mut named = conn.prepare("SELECT table_name, key FROM seal")?;
    let mut seals = named.query([])?;
    while let Some(row) = seals.next()? {
        let name: String = row.get(0)?;
        if tables.iter().all(|table| table.name != name) {
            step(Some(other(&name, row.get(1)?, true)));
        }
    }
    Ok(())
}

/// Refuses a row with an `id` that is not the one that was sealed.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not.
pub(super) fn insist(conn: &Connection, table: &'static str, id: i64) -> Result<(), ArchiveError> {
    let mut sealed = conn.prepare_cached(&format!(
        "SELECT s.digest, t.* FROM {table} t CROSS JOIN seal s ON s.table_name=?1 AND s.key=+t.id WHERE t.id=?2"
    ))?;
    let mut rows = sealed.query(params![table, id])?;
    match rows.next()? {
        Some(row) if row.get::<_, Vec<u8>>(0)? != digest(row, 1)? => {
            Err(ArchiveError::Unreadable {
                table,
                column: "id",
                value: format!("{id}, whose row is not the one that was written"),
            })
        }
        _ => Ok(()),
    }
}

impl Reader {
    /// The next rows without a seal after some others, or the first ones.
    pub fn unsealed(&self, after: Option<&Unsealed>) -> Result<Option<Unsealed>, ArchiveError> {
        let archive = match after {
            Some(after) if after.file > File::Archive => None,
            _ => self.read(|conn| next(conn, File::Archive, after))?,
        };
        match archive {
            Some(found) => Ok(Some(found)),
            None => self.read_originals(|conn| next(conn, File::Originals, after)),
        }
    }

    /// Every row that is not the one that was sealed.
    pub fn other_rows(&self) -> Result<Vec<OtherRow>, ArchiveError> {
        let mut found = vec![];
        let mut add = |other: Option<OtherRow>| found.extend(other);
        self.read(|conn| compare(conn, File::Archive, &mut add))?;
        self.read_originals(|conn| compare(conn, File::Originals, &mut add))?;
        Ok(found)
    }
}

/// The next rows of a file without a seal.
fn next(
    conn: &Connection,
    file: File,
    after: Option<&Unsealed>,
) -> Result<Option<Unsealed>, ArchiveError> {
    let after = after.filter(|after| after.file == file);
    for table in tables(conn)? {
        let Table { name, key, .. } = &table;
        let done = match after {
            Some(after) if *name < after.table.name => continue,
            Some(after) if *name == after.table.name => Some(&after.keys[1]),
            _ => None,
        };
        let from = done.map_or(String::new(), |_| format!("AND {key}>?3"));
        let mut unsealed = conn.prepare(&format!(
            "SELECT {key} FROM {name} t WHERE NOT EXISTS(SELECT 1 FROM seal WHERE table_name=?1 AND key=+{key}) {from}
             ORDER BY {key} LIMIT ?2"
        ))?;
        let mut keys: Vec<Value> = match done {
            Some(done) => unsealed
                .query_map(params![name, step(file), done], |row| row.get(0))?
                .collect::<Result<_, _>>()?,
            None => unsealed
                .query_map(params![name, step(file)], |row| row.get(0))?
                .collect::<Result<_, _>>()?,
        };
        if let Some(last) = keys.pop() {
            let first = keys.into_iter().next().unwrap_or_else(|| last.clone());
            drop(unsealed);
            return Ok(Some(Unsealed {
                file,
                table,
                keys: [first, last],
            }));
        }
    }
    Ok(None)
}

impl Batch<'_> {
    /// Seals rows as they stand now.
    pub fn seal(
        &self,
        Unsealed {
            file,
            table,
            keys: [first, last],
        }: &Unsealed,
    ) -> Result<(), ArchiveError> {
        let conn = self.file(*file);
        let Table { name, key } = table;
        let mut rows = conn.prepare_cached(&format!(
            "SELECT {key}, t.* FROM {name} t
             WHERE {key} BETWEEN ?2 AND ?3 AND NOT EXISTS(SELECT 1 FROM seal WHERE table_name=?1 AND key=+{key})"
        ))?;
        let digests = rows.query_map(params![name, first, last], |row| {
            Ok((row.get(0)?, digest(row, 1)?))
        })?;
        let digests: Vec<(Value, Vec<u8>)> = digests.collect::<Result<_, _>>()?;
        let mut seal =
            conn.prepare_cached("INSERT INTO seal(table_name,key,digest) VALUES(?1,?2,?3)")?;
        for (key, digest) in digests {
            seal.execute(params![name, key, digest])?;
        }
        Ok(())
    }

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

    fn file(&self, file: File) -> &Connection {
        match file {
            File::Archive => self.archive,
            File::Originals => self.originals,
        }
    }
}
