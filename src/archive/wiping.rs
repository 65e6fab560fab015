//! Wiping: what was taken out stands in no index, no free page and no log any more.

use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::error::ArchiveError;
use super::meta::{forget_meta, meta, set_meta};
use super::open::Archive;
use super::search_index;
use super::transaction::Batch;

/// The row of `meta` that stands while traces of what was taken out may be left; it goes when all of them are wiped.
const UNSETTLED: &str = "index_unsettled";
/// It says: nothing was wiped yet.
const ALL: &str = "1";
/// Or: the files are, and the write-ahead logs are not yet.
const LOGS: &str = "logs";

impl Batch<'_> {
    /// Notes that text was taken out whose traces have to be wiped.
    pub(super) fn unsettle(&self) -> Result<(), ArchiveError> {
        Ok(set_meta(self.archive, UNSETTLED, ALL)?)
    }
}

impl Archive {
    /// Wipes what is noted; says whether nothing is left to wipe. What fails half-way, or waits for a reader that does
    /// not end, stays noted and is done the next time.
    pub(super) fn wipe(&mut self) -> Result<bool, ArchiveError> {
        let Some(noted) = meta(&self.main, UNSETTLED)? else {
            return Ok(true);
        };
        if noted != LOGS {
            self.transaction(|batch| settle(batch.archive))?;
            self.rewrite_files()?;
            set_meta(&self.main, UNSETTLED, LOGS)?;
        }
        let empty = self.empty_logs()?;
        if empty {
            forget_meta(&self.main, UNSETTLED)?;
        }
        Ok(empty)
    }

    /// Writes both files anew, so that nothing of what was deleted is left between the rows of a page.
    fn rewrite_files(&self) -> Result<(), ArchiveError> {
        for conn in [&self.originals, &self.main] {
            // It attaches the new file for a moment.
            let most = conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
            let wiped = conn.execute_batch("VACUUM");
            conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, most)?;
            wiped?;
        }
        Ok(())
    }
}

/// Whether the search indexes of an archive, or of a copy of one, may hold words that were taken out.
pub(super) fn has_traces(conn: &Connection) -> Result<bool, ArchiveError> {
    Ok(meta(conn, UNSETTLED)?.is_some_and(|noted| noted != LOGS))
}

/// Merges each search index into one piece, without the words that were deleted. (The option `secure-delete` of FTS5
/// would make the index unreadable for SQLite before 3.42.)
pub(super) fn settle(conn: &Connection) -> Result<(), ArchiveError> {
    search_index::names(conn)?
        .iter()
        .try_for_each(|index| search_index::optimize(conn, index))
}
