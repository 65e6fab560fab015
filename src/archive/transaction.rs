//! Transactions over both files, and the savepoints that keep jobs of one group apart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::ArchiveError;
use super::migrate;
use super::open::{ARCHIVE_FILE, Archive, ORIGINALS_FILE};
use super::reader::Reader;
use super::seals::{self, File};
use super::search_entry;
use crate::language::Analyser;

/// The archive inside a transaction: everything that writes is a function of this.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) archive: &'a Connection,
    pub(super) originals: &'a Connection,
    pub(super) language: &'a Analyser,
}

impl Archive {
    /// Runs `work` in one transaction over both files; an error rolls everything back.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Batch<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let dir = self.dir().to_owned();
        let group = self.begin()?;
        let done = work(&group.batch()).map_err(|error| error.within(&dir))?;
        group.commit()?;
        Ok(done)
    }

    /// Begins at once as a writer: a transaction that begins by reading fails with SQLITE_BUSY_SNAPSHOT
    /// on its first write, without waiting.
    pub(super) fn begin(&mut self) -> Result<Group<'_>, ArchiveError> {
        let group = Group {
            originals: begun(&mut self.originals, &self.dir.join(ORIGINALS_FILE))?,
            archive: begun(&mut self.main, &self.dir.join(ARCHIVE_FILE))?,
            before: &self.before,
            language: &self.language,
            dir: &self.dir,
        };
        // What another program changed is not held against its seals.
        for conn in [&group.originals, &group.archive] {
            seals::forget(conn).map_err(|error| error.within(&self.dir))?;
        }
        Ok(group)
    }
}

fn begun<'c>(conn: &'c mut Connection, file: &Path) -> Result<Transaction<'c>, ArchiveError> {
    Transaction::new(conn, TransactionBehavior::Immediate)
        .map_err(|error| ArchiveError::from(error).within(file))
}

/// An open transaction over both files; dropped, it is rolled back.
pub(super) struct Group<'a> {
    originals: Transaction<'a>,
    archive: Transaction<'a>,
    /// The files as they are without this transaction.
    before: &'a Reader,
    language: &'a Analyser,
    dir: &'a Path,
}

impl Group<'_> {
    /// The door to the tables.
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            archive: &self.archive,
            originals: &self.originals,
            language: self.language,
        }
    }

    /// Runs `work` so that its failure, or panic, takes back only what it wrote itself.
    pub(super) fn isolated<T>(
        &self,
        work: impl FnOnce(&Batch<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        self.both("SAVEPOINT job")?;
        let batch = self.batch();
        let done = catch_unwind(AssertUnwindSafe(|| work(&batch)))
            .unwrap_or_else(|cause| Err(ArchiveError::panicked(&*cause)))
            .map_err(|error| error.within(self.dir));
        match done {
            Ok(value) => {
                self.both("RELEASE job")?;
                Ok(value)
            }
            Err(error) => {
                if self.is_alive() {
                    self.both("ROLLBACK TO job")?;
                    self.both("RELEASE job")?;
                }
                Err(error)
            }
        }
    }

    /// Whether both transactions still stand: a full disk or an IO error ends one behind our back.
    pub(super) fn is_alive(&self) -> bool {
        !self.archive.is_autocommit() && !self.originals.is_autocommit()
    }

    /// Commits originals first: an original without its `fetch` row is harmless, the reverse is a loss. The
    /// full-text index is brought in step ahead of it, and what was changed is held against its seals.
    pub(super) fn commit(self) -> Result<(), ArchiveError> {
        search_entry::settle(&self.archive)
            .and_then(|()| seals::settle(&self.archive, File::Archive, self.before))
            .map_err(|error| error.within(&self.dir.join(ARCHIVE_FILE)))?;
        seals::settle(&self.originals, File::Originals, self.before)
            .map_err(|error| error.within(&self.dir.join(ORIGINALS_FILE)))?;
        for (part, file) in [
            (self.originals, ORIGINALS_FILE),
            (self.archive, ARCHIVE_FILE),
        ] {
            part.commit()
                .map_err(|error| ArchiveError::from(error).within(&self.dir.join(file)))?;
        }
        Ok(())
    }

    /// Writes what stands there already: a page each.
    pub(super) fn touch(&self) -> Result<(), ArchiveError> {
        for (conn, file) in [
            (&self.originals, ORIGINALS_FILE),
            (&self.archive, ARCHIVE_FILE),
        ] {
            let path = self.dir.join(file);
            let version = migrate::user_version(conn).map_err(|error| error.within(&path))?;
            conn.pragma_update(None, "user_version", version)
                .map_err(|error| ArchiveError::from(error).within(&path))?;
        }
        Ok(())
    }

    fn both(&self, sql: &str) -> Result<(), ArchiveError> {
        self.originals.prepare_cached(sql)?.execute([])?;
        self.archive.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
