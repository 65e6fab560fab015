//! What is measured of the archive: counts and sizes, and when it was last verified.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::error::ArchiveError;
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE, sidecar};
use super::overview::SourceOverview;
use super::reader::Reader;
use super::vital::free_space;

/// Name, in the archive's folder, of the file that tells when it was verified.
const VERIFIED_FILE: &str = "verified.json";

/// Bytes of the archive's files and of its disk; 0 for a file that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// `archive.db`.
    pub archive: u64,
    /// The write-ahead log of `archive.db`.
    pub archive_wal: u64,
    /// `originals.db`.
    pub originals: u64,
    /// The write-ahead log of `originals.db`.
    pub originals_wal: u64,
    /// Free bytes of the disk; `None` where it does not say.
    pub free: Option<u64>,
}

impl Sizes {
    /// Asks the folder `dir`; no file is opened.
    pub fn of(dir: &Path) -> Self {
        let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let (archive, originals) = (dir.join(ARCHIVE_FILE), dir.join(ORIGINALS_FILE));
        Self {
            archive: size(&archive),
            archive_wal: size(&sidecar(&archive, "-wal")),
            originals: size(&originals),
            originals_wal: size(&sidecar(&originals, "-wal")),
            free: free_space(dir).ok(),
        }
    }
}

/// When the archive was last verified from end to end, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// When.
    pub at: Timestamp,
    /// How many findings there were.
    pub findings: u64,
}

impl Verified {
    /// The last time; `None` where none is noted.
    ///
    /// # Errors
    /// When the note cannot be read.
    pub fn last(dir: &Path) -> Result<Option<Self>, ArchiveError> {
        let path = dir.join(VERIFIED_FILE);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| ArchiveError::io(&path, error))?,
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| ArchiveError::io(&path, error.into()))
    }
}

/// Notes beside the archive that it was verified. Says whether it could: another user than the folder's owner leaves no
/// file there, which the owner could not replace.
///
/// # Errors
/// When the owner cannot write it.
pub fn note_verified(dir: &Path, verified: Verified) -> Result<bool, ArchiveError> {
    let owner = fs::metadata(dir).map_err(|error| ArchiveError::io(dir, error))?;
    let myself = fs::metadata("/proc/self").map_err(|error| ArchiveError::io(dir, error))?;
    if owner.uid() != myself.uid() {
        return Ok(false);
    }
    let path = dir.join(VERIFIED_FILE);
    let failed = |error| ArchiveError::io(&path, error);
    let text = serde_json::to_vec(&verified).map_err(|error| failed(error.into()))?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(&text).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(true)
}

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Items, withdrawn ones included.
    pub items: u64,
    /// Versions of their texts.
    pub versions: u64,
    /// Takedowns in force.
    pub takedowns: u64,
    /// Inputs that are not parsed any more.
    pub quarantined: u64,
    /// Sources that are polled.
    pub sources: Vec<SourceOverview>,
}

impl Reader {
    /// Counts what is in the archive: some index scans, so whoever asks often keeps the answer for a while.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn figures(&self) -> Result<Figures, ArchiveError> {
        let mut sources = self.source_overview()?;
        sources.retain(|source| source.enabled);
        self.read(|conn| {
            Ok(Figures {
                items: rows(conn, "SELECT count(*) FROM item")?,
                versions: rows(conn, "SELECT count(*) FROM item_version")?,
                takedowns: rows(conn, "SELECT count(*) FROM takedown")?,
                quarantined: rows(conn, "SELECT count(*) FROM quarantine")?,
                sources,
            })
        })
    }
}

fn rows(conn: &Connection, sql: &str) -> Result<u64, ArchiveError> {
    let count: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count.try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, open_temporary};
    use super::*;

    #[test]
    fn an_archive_is_counted_and_its_files_are_measured() {
        let (dir, _archive) = open_temporary();
        let reader = Reader::open(dir.path()).expect("reader");
        assert_eq!(reader.figures().expect("figures"), Figures::default());
        let sizes = Sizes::of(dir.path());
        assert!(sizes.archive_wal + sizes.archive > 4096, "{sizes:?}");
        assert!(sizes.free.is_some_and(|free| free > 0));
        let nothing = Sizes::of(&dir.path().join("none"));
        assert_eq!(nothing, Sizes::default());
    }

    #[test]
    fn that_it_was_verified_is_remembered_beside_it() {
        let (dir, _archive) = open_temporary();
        assert_eq!(Verified::last(dir.path()).expect("read"), None);
        let verified = Verified {
            at: NOW,
            findings: 2,
        };
        assert!(note_verified(dir.path(), verified).expect("noted"));
        assert_eq!(Verified::last(dir.path()).expect("read"), Some(verified));
    }
}
