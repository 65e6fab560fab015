//! The full-text indexes against the texts they were made of.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use tempfile::TempDir;

use super::{REBUILD_INDEX, Report};
use crate::archive::error::ArchiveError;
use crate::archive::open::ARCHIVE_FILE;
use crate::archive::search_index;
use crate::archive::trouble::Trouble;

/// Every index. The check is an INSERT, so it runs on a copy: the archive stays untouched, and a running daemon is
/// not held up.
pub(super) fn indexes(
    report: &mut Report<'_>,
    conn: &Connection,
    dir: &Path,
) -> Result<(), ArchiveError> {
    let (_folder, copy) = match copied(conn, dir) {
        Ok(copy) => copy,
        Err(error) if is_for_want_of_room(&error) => {
            let cause = error.cause().unwrap_or_else(|| error.to_string());
            report.add(
                "archive.db full text",
                format!("{UNCOMPARED}: {cause}"),
                ROOM,
            );
            return Ok(());
        }
        Err(error) => return Err(error),
    };
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

const UNCOMPARED: &str = "it could not be compared with the texts, which is done on a copy of archive.db beside it or in the \
                          folder for temporary files";
const ROOM: &str = "nothing speaks against the file: make room on either disk, or name another folder in TMPDIR, then run \
                    `seutu verify` again; everything else was checked";

/// A copy beside the archive, or where temporary files are when it cannot stand there.
fn copied(conn: &Connection, dir: &Path) -> Result<(TempDir, Connection), ArchiveError> {
    let beside = TempDir::with_prefix_in(".verify-", dir);
    let first = beside
        .map_err(|cause| ArchiveError::io(dir, cause))
        .and_then(|folder| copy_into(conn, folder));
    match first {
        Err(error) if is_for_want_of_room(&error) => {
            let elsewhere = TempDir::with_prefix("seutu-verify-");
            elsewhere
                .map_err(|cause| ArchiveError::io(&std::env::temp_dir(), cause))
                .and_then(|folder| copy_into(conn, folder))
        }
        done => done,
    }
}

fn copy_into(conn: &Connection, folder: TempDir) -> Result<(TempDir, Connection), ArchiveError> {
    let path = folder.path().join(ARCHIVE_FILE);
    let filled = || -> Result<Connection, ArchiveError> {
        let mut copy = Connection::open(&path)?;
        Backup::new(conn, &mut copy)?.run_to_completion(4096, std::time::Duration::ZERO, None)?;
        Ok(copy)
    };
    let copy = filled().map_err(|error| error.within(folder.path()))?;
    Ok((folder, copy))
}

/// Whether a copy could not be made because of the place it was to stand at.
fn is_for_want_of_room(error: &ArchiveError) -> bool {
    let trouble = error.trouble();
    matches!(error, ArchiveError::Io { .. })
        || matches!(
            trouble,
            Some(Trouble::Full | Trouble::Unwritten | Trouble::ReadOnly | Trouble::Closed)
        )
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
