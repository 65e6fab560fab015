//! Seals put on rows that have none, and all taken off.

use rusqlite::{Connection, params, params_from_iter};

use super::table::{Key, Table, tables};
use super::{File, digest};
use crate::archive::error::ArchiveError;
use crate::archive::reader::Reader;
use crate::archive::transaction::Batch;

/// Rows of a file that are sealed in one step: originals are long.
fn step(file: File) -> u32 {
    match file {
        File::Archive => 200,
        File::Originals => 20,
    }
}

/// Some rows of one table that have no seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    file: File,
    table: &'static Table,
    /// Their primary keys, in order.
    keys: Vec<Vec<Key>>,
}

impl Unsealed {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.keys.len()
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
}

/// The next rows of a file without a seal.
fn next(
    conn: &Connection,
    file: File,
    after: Option<&Unsealed>,
) -> Result<Option<Unsealed>, ArchiveError> {
    let after = after.filter(|after| after.file == file);
    for table in tables(file)? {
        let done = match after {
            Some(after) if table.name < after.table.name => continue,
            Some(after) if table.name == after.table.name => after.keys.last(),
            _ => None,
        };
        let Table { name, sealed, .. } = table;
        let (key, limit) = (table.key_columns(), step(file));
        let places: Vec<_> = (2..)
            .take(table.key.len())
            .map(|n| format!("?{n}"))
            .collect();
        let from = done.map_or(String::new(), |_| {
            format!("AND ({key})>({})", places.join(","))
        });
        let mut unsealed = conn.prepare(&format!(
            "SELECT {key} FROM {name} t
             WHERE NOT EXISTS(SELECT 1 FROM seal WHERE table_name=?1 AND key={sealed}) {from}
             ORDER BY {key} LIMIT {limit}"
        ))?;
        let of = Key::from(name.as_str());
        let mut rows = unsealed.query(params_from_iter(
            [&of].into_iter().chain(done.into_iter().flatten()),
        ))?;
        let mut keys = vec![];
        while let Some(row) = rows.next()? {
            let parts = (0..table.key.len()).map(|column| row.get(column));
            keys.push(parts.collect::<Result<Vec<Key>, _>>()?);
        }
        if !keys.is_empty() {
            return Ok(Some(Unsealed { file, table, keys }));
        }
    }
    Ok(None)
}

impl Batch<'_> {
    /// Seals rows as they stand now.
    pub fn seal(&self, Unsealed { file, table, keys }: &Unsealed) -> Result<(), ArchiveError> {
        let conn = self.file(*file);
        let Table {
            name,
            columns,
            sealed,
            ..
        } = table;
        let mut stands = conn.prepare_cached(&format!(
            "SELECT {sealed}, {columns} FROM {name} t WHERE {}",
            table.has_key(1)
        ))?;
        // Somebody may have sealed it meanwhile.
        let mut seal = conn.prepare_cached(
            "INSERT INTO seal(table_name,key,digest) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING",
        )?;
        for key in keys {
            let mut rows = stands.query(params_from_iter(key))?;
            if let Some(row) = rows.next()? {
                seal.execute(params![name, row.get::<_, Key>(0)?, digest(row, 1)?])?;
            }
        }
        Ok(())
    }
}

/// Takes all seals away, without a note of each.
pub(super) fn clear(conn: &Connection) -> Result<(), ArchiveError> {
    let noting: String = conn.query_row(
        "SELECT sql FROM sqlite_schema WHERE type='trigger' AND name='seal_ad'",
        [],
        |row| row.get(0),
    )?;
    conn.execute_batch(&format!(
        "DROP TRIGGER seal_ad; DELETE FROM seal; DELETE FROM seal_due; {noting}"
    ))?;
    Ok(())
}
