//! Seals: of each row a digest beside it, so that a row that changes without SQLite, as by a bit that flips on a disk,
//! is noticed, whatever it says.
//!
//! Whoever changes or deletes a row through SQLite, with this program or another, takes its seal away by a trigger. Rows
//! without one are sealed by [`Batch::seal`], from time to time. A row that was not the one that was sealed when this
//! program changed a part of it stays marked as such.

mod changing;
mod comparing;
mod putting;
mod table;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use super::error::ArchiveError;
use super::transaction::Batch;
use super::trouble::Trouble;
use crate::model::digest::hex;
use table::{Key, tables};

pub(super) use changing::{forget, renew, settle};
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

/// What a row says, from its column `first` on, in a few bytes.
fn digest(row: &Row<'_>, first: usize) -> rusqlite::Result<Key> {
    let mut digest = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        digest.update([kind]);
        digest.update((bytes.len() as u64).to_le_bytes());
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
    Ok(Key::from(hex(&digest).as_str()))
}

/// Refuses a row of a table with a number for a key that is not the one that was sealed.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not.
pub(super) fn insist(conn: &Connection, table: &'static str, id: i64) -> Result<(), ArchiveError> {
    let Some(of) = tables(File::Archive)?.iter().find(|of| of.name == table) else {
        return Ok(());
    };
    let (columns, sealed, key) = (&of.columns, &of.sealed, of.has_key(2));
    let mut sealed = conn.prepare_cached(&format!(
        "SELECT s.digest, s.key={sealed}, {columns} FROM {table} t
           CROSS JOIN seal s ON s.table_name=?1 AND s.key={sealed} WHERE {key}"
    ))?;
    let is_other = |row: &Row<'_>| -> rusqlite::Result<bool> {
        Ok(row.get(1)? && row.get::<_, Key>(0)? != digest(row, 2)?)
    };
    match sealed.query_row(params![table, id], is_other).optional() {
        Ok(Some(true)) => Err(ArchiveError::Unreadable {
            table,
            column: "id",
            value: format!("{id}, whose row is not the one that was written"),
        }),
        Ok(_) => Ok(()),
        // The row is read by itself. Seals that cannot be are told of with the rest of what is damaged in the file.
        Err(cause) if Trouble::of(&cause) == Trouble::Damaged => Ok(()),
        Err(cause) => Err(cause.into()),
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
