//! Tables whose rows are sealed, as the program makes them: a damaged file may say something else of itself.

use std::sync::OnceLock;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Row};

use super::File;
use crate::archive::error::ArchiveError;
use crate::archive::migrate::{ARCHIVE, ORIGINALS, Schema};

/// What stands in a place, to the byte: in a damaged file a text need not be UTF-8, nor a key of its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Number(i64),
    /// A number with a fraction, by its bits.
    Real(u64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Real(number) => Self::Real(number.to_bits()),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Real(bits) => ToSqlOutput::from(f64::from_bits(*bits)),
            Self::Text(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Real(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Self::Text(bytes) | Self::Blob(bytes) => {
                write!(f, "{}", String::from_utf8_lossy(bytes))
            }
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

/// A table whose rows are sealed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// The columns of a row `t`, with commas between: those that the program made, whoever added others.
    pub(super) columns: String,
    /// The columns of its primary key, each of a row `t`, and whether that is a number.
    pub(super) key: Vec<(String, bool)>,
    /// The same as a row's seal has it: as text, of several columns joined by `/`.
    pub(super) sealed: String,
    /// How all of it is read without an index, which may say something else than the table.
    pub(super) scan: String,
}

impl Table {
    /// The columns of the primary key, with commas between.
    pub(super) fn key_columns(&self) -> String {
        let columns: Vec<&str> = self.key.iter().map(|(column, _)| column.as_str()).collect();
        columns.join(",")
    }

    /// The condition that a row has a key, its parts bound from number `first` on.
    pub(super) fn has_key(&self, first: usize) -> String {
        let parts = (first..).zip(&self.key);
        let parts: Vec<_> = parts
            .map(|(number, (column, _))| format!("{column}=?{number}"))
            .collect();
        parts.join(" AND ")
    }

    /// The parts of a key as a seal has it; none where it has another number of them.
    pub(super) fn parts(&self, sealed: &Key) -> Option<Vec<Key>> {
        let Key::Text(bytes) = sealed else {
            return None;
        };
        let part = |bytes: &[u8], is_number: bool| {
            let number = is_number.then(|| std::str::from_utf8(bytes).ok()?.parse().ok());
            match number {
                Some(number) => number.map(Key::Number),
                None => Some(Key::Text(bytes.to_vec())),
            }
        };
        match self.key.as_slice() {
            [(_, is_number)] => Some(vec![part(bytes, *is_number)?]),
            key => {
                let parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'/').collect();
                let found = parts.iter().zip(key);
                let found = found.map(|(bytes, (_, is_number))| part(bytes, *is_number));
                found
                    .collect::<Option<Vec<_>>>()
                    .filter(|_| parts.len() == key.len())
            }
        }
    }
}

/// The tables of a file as this program makes it.
pub(super) fn tables(file: File) -> Result<&'static [Table], ArchiveError> {
    static TABLES: [OnceLock<Vec<Table>>; 2] = [const { OnceLock::new() }; 2];
    let (known, schema) = match file {
        File::Archive => (&TABLES[0], &ARCHIVE),
        File::Originals => (&TABLES[1], &ORIGINALS),
    };
    if let Some(tables) = known.get() {
        return Ok(tables);
    }
    let made = tables_at(schema, schema.version())?;
    Ok(known.get_or_init(|| made))
}

/// The tables of a file with an older schema; none before there were seals.
pub(super) fn tables_at(schema: &Schema, version: u32) -> Result<Vec<Table>, ArchiveError> {
    let conn = Connection::open_in_memory()?;
    for (_, sql) in (0..version).zip(schema.migrations) {
        conn.execute_batch(sql)?;
    }
    let mut statement = conn.prepare(
        "SELECT tbl_name FROM sqlite_schema WHERE type='trigger' AND name='seal_'||tbl_name||'_au' ORDER BY tbl_name",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    names.map(|name| Ok(table(&conn, name?)?)).collect()
}

fn table(conn: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut statement = conn
        .prepare("SELECT 't.'||name, type='INTEGER', pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let said = |row: &Row<'_>| -> rusqlite::Result<(String, bool, i64)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    let columns: Vec<_> = statement
        .query_map([&name], said)?
        .collect::<Result<_, _>>()?;
    let mut key: Vec<_> = columns.iter().filter(|(_, _, place)| *place > 0).collect();
    key.sort_by_key(|(_, _, place)| *place);
    let names: Vec<&str> = key.iter().map(|(column, ..)| column.as_str()).collect();
    let is_without_rowid: bool = conn.query_row(
        "SELECT wr FROM pragma_table_list WHERE schema='main' AND name=?1",
        [&name],
        |row| row.get(0),
    )?;
    Ok(Table {
        sealed: match names.as_slice() {
            [one] => format!("CAST({one} AS TEXT)"),
            all => all.join("||'/'||"),
        },
        key: key
            .iter()
            .map(|(column, is_number, _)| (column.clone(), *is_number))
            .collect(),
        scan: if is_without_rowid {
            format!("INDEXED BY sqlite_autoindex_{name}_1")
        } else {
            "NOT INDEXED".to_owned()
        },
        columns: columns
            .iter()
            .map(|(column, ..)| column.as_str())
            .collect::<Vec<_>>()
            .join(","),
        name,
    })
}
