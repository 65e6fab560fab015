//! The full-text indexes against the texts they were made of.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use tempfile::TempDir;

use super::{REBUILD_INDEX, Report};
use crate::archive::error::ArchiveError;
use crate::archive::open::ARCHIVE_FILE;
use crate::archive::search_index;

/// Every index. The check is an INSERT, so it runs on a copy: the archive stays untouched, and a running daemon is
/// not held up.
pub(super) fn indexes(
    report: &mut Report<'_>,
    conn: &Connection,
    dir: &Path,
) -> Result<(), ArchiveError> {
    let temporary = TempDir::with_prefix_in(".verify-", dir)
        .or_else(|_read_only| TempDir::with_prefix("seutu-verify-"))
        .map_err(|source| ArchiveError::io(dir, source))?;
    let mut copy = Connection::open(temporary.path().join(ARCHIVE_FILE))?;
    Backup::new(conn, &mut copy)?.run_to_completion(4096, std::time::Duration::ZERO, None)?;
    for index in search_index::names(conn)? {
        if let Err(error) = search_index::check(&copy, &index) {
            report.add(
                format!("archive.db {index}"),
                format!("the full-text index does not agree with the texts: {error}"),
                REBUILD_INDEX,
            );
        }
    }
    Ok(())
}

const REFILL: &str = "run `seutu rederive`, or start the daemon, which fills them when it begins";

/// Items whose text was changed past this program: their words are found as written, not in other forms.
pub(super) fn columns(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let unfilled = "SELECT uid FROM item WHERE search_by IS NULL AND erased_at IS NULL ORDER BY id";
    report.rows(conn, ("archive.db item", unfilled, REFILL), |row| {
        let uid: String = row.get(0)?;
        Ok(format!("the search columns of {uid} are not filled"))
    })
}
