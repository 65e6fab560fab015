//! The mark beside the archive: how far its log of events went, so that the loss of the log's end is noticed.
//!
//! SQLite takes a damaged write-ahead log for one that ends where the damage begins: what was committed after that is
//! gone, and every check of the file finds it sound. The mark is a file of its own, put in place after each commit that
//! appended an event and before anybody hears of that commit.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use super::error::ArchiveError;
use super::open::{Archive, sidecar};
use crate::model::digest::sha256_hex;

/// Name of the mark in the archive's folder.
const MARK_FILE: &str = "archive.mark";

/// What of an event never changes.
const COLUMNS: &str =
    "seq, at || ' ' || kind || ' ' || municipality_id || ' ' || coalesce(version_no,0)";

/// The newest event when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    seq: i64,
    /// SHA-256 of what of it never changes.
    sha256: String,
}

/// What the mark knows and the archive does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    /// The newest event that is there.
    kept: i64,
    /// The newest event that was.
    known: i64,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, known } = self;
        if kept < known {
            write!(
                f,
                "what was written after event {kept} is lost: the log of events went to {known}"
            )
        } else {
            write!(
                f,
                "event {known} is not the one that was written: what came before or after it is lost"
            )
        }
    }
}

impl Mark {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let constant: String = row.get(1)?;
        Ok(Self {
            seq: row.get(0)?,
            sha256: sha256_hex(constant.as_bytes()),
        })
    }

    /// The mark of a folder. One that cannot be read says nothing, and is put anew with the next event.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        let path = place(dir);
        let read = fs::read(&path).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
        match read {
            Ok(mark) => Some(mark),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error,
                    "the mark cannot be read: whether the end of the log was lost is not known");
                None
            }
        }
    }

    /// What the archive has lost since this was put.
    pub(super) fn lost(&self, archive: &Connection) -> Result<Option<Lost>, ArchiveError> {
        let same = archive
            .prepare(&format!("SELECT {COLUMNS} FROM event WHERE seq=?1"))?
            .query_row([self.seq], Self::of)
            .optional()?;
        if same.as_ref() == Some(self) {
            return Ok(None);
        }
        Ok(Some(Lost {
            kept: newest(archive)?,
            known: self.seq,
        }))
    }

    /// Puts it in its place as a whole. What a power cut may lose is the renaming: an older mark stands then.
    fn put(&self, dir: &Path) -> io::Result<()> {
        let path = place(dir);
        let new = sidecar(&path, ".new");
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)
    }
}

fn place(dir: &Path) -> PathBuf {
    dir.join(MARK_FILE)
}

fn newest(archive: &Connection) -> Result<i64, ArchiveError> {
    Ok(archive
        .prepare_cached("SELECT coalesce(max(seq),0) FROM event")?
        .query_row([], |row| row.get(0))?)
}

/// Says what was lost, if anything, and what comes back how. Returns the event that counts as marked: a mark that knows
/// more than the archive stays as it is until the log goes on.
pub(super) fn compare(archive: &Connection, dir: &Path) -> Result<i64, ArchiveError> {
    let Some(mark) = Mark::read(dir) else {
        return Ok(0);
    };
    let Some(lost) = mark.lost(archive)? else {
        return Ok(mark.seq);
    };
    tracing::error!(path = %dir.display(), "the archive is not what it was: {lost}; what sites still list is fetched again \
        by itself and `seutu poll --backfill` goes further back, but verdicts and takedowns since then have to be given \
        again; if a newer backup is there, stop, restore it and run `seutu verify`");
    newest(archive)
}

impl Archive {
    /// Puts the mark at the newest event, if it is not there. That it cannot be put is said and hinders nothing.
    pub(super) fn put_mark(&mut self) {
        let put = || -> Result<i64, ArchiveError> {
            let seq = newest(&self.main)?;
            if seq != self.marked {
                let sql = format!("SELECT {COLUMNS} FROM event WHERE seq=?1");
                let mark = self.main.prepare_cached(&sql)?.query_row([seq], Mark::of)?;
                mark.put(&self.dir)
                    .map_err(|cause| ArchiveError::io(&place(&self.dir), cause))?;
            }
            Ok(seq)
        };
        match put() {
            Ok(seq) => self.marked = seq,
            Err(error) => {
                tracing::warn!(%error, "the mark stays behind: it is put with the next commit");
            }
        }
    }
}
