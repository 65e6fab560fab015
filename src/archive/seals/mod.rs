//! Seals: of each row a digest beside it, so that a row that changes without SQLite, as by a bit that flips on a disk,
//! is noticed, whatever it says.
//!
//! Whoever changes or deletes a row through SQLite, with this program or another, takes its seal away by a trigger. Rows
//! without one are sealed by [`Batch::seal`], from time to time.

mod comparing;
mod putting;

use std::fmt;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params};
use sha2::{Digest as _, Sha256};

use super::error::ArchiveError;
use super::transaction::Batch;
use crate::model::digest::hex;

pub use comparing::OtherRow;
pub(super) use comparing::{compare, count};
pub use putting::Unsealed;

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

/// A primary key, to the byte: in a damaged file a text need not be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Number(i64),
    Text(Vec<u8>),
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Real(number) => Self::Text(number.to_string().into_bytes()),
            ValueRef::Null => Self::Text(vec![]),
        })
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Text(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(bytes) => write!(f, "{}", String::from_utf8_lossy(bytes)),
        }
    }
}

/// A table whose rows are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    name: String,
    /// What names a row `t` of it: its primary key, of several columns joined by `/`.
    key: String,
    /// The same as its seal has it.
    sealed: String,
    /// How all of it is read without an index, which may say something else than the table.
    scan: String,
}

/// The tables of a file whose rows are sealed: those with triggers that take seals away.
fn tables(conn: &Connection) -> Result<Vec<Table>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT s.name, l.wr, c.columns, c.joined
         FROM sqlite_schema s JOIN sqlite_schema g ON g.type='trigger' AND g.name='seal_'||s.name||'_au'
           JOIN pragma_table_list l ON l.schema='main' AND l.name=s.name
           JOIN (SELECT name AS tab, count(*) AS columns, group_concat('t.'||col, '||''/''||') AS joined FROM (
                   SELECT k.name, p.name AS col FROM sqlite_schema k JOIN pragma_table_info(k.name) p
                   WHERE k.type='table' AND p.pk>0 ORDER BY k.name, p.pk) GROUP BY name) c ON c.tab=s.name
         WHERE s.type='table' ORDER BY s.name",
    )?;
    let tables = statement.query_map([], |row| {
        let (name, key): (String, String) = (row.get(0)?, row.get(3)?);
        let is_one_column = row.get::<_, i64>(2)? == 1;
        let without_rowid: bool = row.get(1)?;
        Ok(Table {
            sealed: if is_one_column {
                format!("CAST({key} AS TEXT)")
            } else {
                key.clone()
            },
            scan: if without_rowid {
                format!("INDEXED BY sqlite_autoindex_{name}_1")
            } else {
                "NOT INDEXED".to_owned()
            },
            name,
            key,
        })
    })?;
    Ok(tables.collect::<Result<_, _>>()?)
}

/// What a row says, from its column `first` on, in a few bytes.
fn digest(row: &Row<'_>, first: usize) -> rusqlite::Result<String> {
    let mut digest = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        digest.update([kind]);
        digest.update(bytes.len().to_le_bytes());
        digest.update(bytes);
    };
    for column in first..row.as_ref().column_count() {
        match row.get_ref(column)? {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(number) => add(1, &number.to_le_bytes()),
            ValueRef::Real(number) => add(2, &number.to_bits().to_le_bytes()),
            ValueRef::Text(bytes) => add(3, bytes),
            ValueRef::Blob(bytes) => add(4, bytes),
        }
    }
    let mut digest = digest.finalize().to_vec();
    digest.truncate(DIGEST);
    Ok(hex(&digest))
}

/// Refuses a row with an `id` that is not the one that was sealed.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not.
pub(super) fn insist(conn: &Connection, table: &'static str, id: i64) -> Result<(), ArchiveError> {
    let mut sealed = conn.prepare_cached(&format!(
        "SELECT s.digest, t.* FROM {table} t CROSS JOIN seal s ON s.table_name=?1 AND s.key=CAST(t.id AS TEXT)
         WHERE t.id=?2"
    ))?;
    let mut rows = sealed.query(params![table, id])?;
    match rows.next()? {
        Some(row) if row.get::<_, Key>(0)? != Key::Text(digest(row, 1)?.into_bytes()) => {
            Err(ArchiveError::Unreadable {
                table,
                column: "id",
                value: format!("{id}, whose row is not the one that was written"),
            })
        }
        _ => Ok(()),
    }
}

impl Batch<'_> {
    fn file(&self, file: File) -> &Connection {
        match file {
            File::Archive => self.archive,
            File::Originals => self.originals,
        }
    }
}
