//! A copy for readers while items are hidden: it is made aside, and loses their text before anybody sees it.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tempfile::TempDir;

use super::Stop;
use super::copy::watch;
use crate::archive::error::ArchiveError;
use crate::archive::open::ARCHIVE_FILE;
use crate::archive::takedown::conceal_hidden;

/// Beginning of the names of folders that such copies stand in.
const ASIDE: &str = ".seutu-";

/// Pages copied between two looks at whether to stop.
const PAGES: i32 = 4096;

/// One state of the archive without the text of hidden items; it goes when this is dropped.
pub(in crate::archive) struct Concealed {
    conn: Connection,
    _folder: TempDir,
}

impl Concealed {
    /// Copies what `conn` sees into a folder of its own in `aside`, which nobody else may look into.
    pub(in crate::archive) fn of(
        conn: &Connection,
        aside: &Path,
        now: Timestamp,
        stop: &Stop,
    ) -> Result<Self, ArchiveError> {
        let folder =
            TempDir::with_prefix_in(ASIDE, aside).map_err(|e| ArchiveError::io(aside, e))?;
        let path = folder.path().join(ARCHIVE_FILE);
        let mut copy = Connection::open(&path)?;
        let backup = Backup::new(conn, &mut copy)?;
        loop {
            if stop() {
                return Err(ArchiveError::Interrupted { path });
            }
            if backup.step(PAGES)? == StepResult::Done {
                break;
            }
        }
        drop(backup);
        // It is thrown away when it is not whole.
        copy.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")?;
        watch(&mut copy, stop)?;
        conceal_hidden(&mut copy, now)?;
        Ok(Self {
            conn: copy,
            _folder: folder,
        })
    }

    /// The copy.
    pub(in crate::archive) fn conn(&self) -> &Connection {
        &self.conn
    }
}
