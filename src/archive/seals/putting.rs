//! Seals put on rows that have none.

use rusqlite::{Connection, params};

use super::{File, Key, Table, digest, tables};
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

/// Some rows of one table, some of which have no seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    file: File,
    table: Table,
    /// The first key without a seal, and the last one.
    keys: [Key; 2],
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
    for table in tables(conn)? {
        let Table {
            name, key, sealed, ..
        } = &table;
        let done = match after {
            Some(after) if *name < after.table.name => continue,
            Some(after) if *name == after.table.name => Some(&after.keys[1]),
            _ => None,
        };
        let from = done.map_or(String::new(), |_| format!("AND {key}>?3"));
        let mut unsealed = conn.prepare(&format!(
            "SELECT {key} FROM {name} t
             WHERE NOT EXISTS(SELECT 1 FROM seal WHERE table_name=?1 AND key={sealed}) {from}
             ORDER BY {key} LIMIT ?2"
        ))?;
        let mut rows = match done {
            Some(done) => unsealed.query(params![name, step(file), done]),
            None => unsealed.query(params![name, step(file)]),
        }?;
        let mut keys: Vec<Key> = vec![];
        while let Some(row) = rows.next()? {
            keys.push(row.get(0)?);
        }
        drop(rows);
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
        let Table {
            name, key, sealed, ..
        } = table;
        let mut rows = conn.prepare_cached(&format!(
            "SELECT {sealed}, t.* FROM {name} t WHERE {key} BETWEEN ?2 AND ?3
               AND NOT EXISTS(SELECT 1 FROM seal WHERE table_name=?1 AND key={sealed})"
        ))?;
        let digests = rows.query_map(params![name, first, last], |row| {
            Ok((row.get(0)?, digest(row, 1)?))
        })?;
        let digests: Vec<(Key, String)> = digests.collect::<Result<_, _>>()?;
        let mut seal =
            conn.prepare_cached("INSERT INTO seal(table_name,key,digest) VALUES(?1,?2,?3)")?;
        for (key, digest) in digests {
            seal.execute(params![name, key, digest])?;
        }
        Ok(())
    }
}
