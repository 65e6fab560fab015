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
    /// The same of the whole log until then, see [`Log`]; the marks of earlier programs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_sha256: Option<String>,
}

/// The log of events up to one of them: each hash is of the one before it and of what of the next event never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Log {
    seq: i64,
    sha256: String,
}

impl Log {
    /// The log from the event after this one up to `last`, which it has to have.
    fn read_on(mut self, archive: &Connection, last: i64) -> Result<Self, ArchiveError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq>?1 AND seq<=?2 ORDER BY seq");
        let mut statement = archive.prepare_cached(&sql)?;
        let mut events = statement.query([self.seq, last])?;
        while let Some(event) = events.next()? {
            self.seq = event.get(0)?;
            self.sha256
                .push_str(event.get_ref(1)?.as_str().unwrap_or_default());
            self.sha256 = sha256_hex(self.sha256.as_bytes());
        }
        Ok(self)
    }
}

/// How far the log is marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marked {
    seq: i64,
    /// The log until then, where it is known.
    log: Option<Log>,
}

impl Marked {
    /// Up to an event, by a mark that does not know the log until then.
    fn up_to(seq: i64) -> Self {
        Self { seq, log: None }
    }
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
            log_sha256: None,
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
        if same.is_some_and(|same| same.sha256 == self.sha256) {
            return Ok(None);
        }
        Ok(Some(Lost {
            kept: newest(archive)?,
            known: self.seq,
        }))
    }

    /// The event it was put at, where one of those up to it is not the one that was written.
    pub(super) fn altered(&self, archive: &Connection) -> Result<Option<i64>, ArchiveError> {
        let Some(log) = &self.log_sha256 else {
            return Ok(None);
        };
        let now = Log::default().read_on(archive, self.seq)?;
        Ok((now.sha256 != *log).then_some(self.seq))
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
pub(super) fn compare(archive: &Connection, dir: &Path) -> Result<Marked, ArchiveError> {
    let Some(mark) = Mark::read(dir) else {
        return Ok(Marked::default());
    };
    let Some(lost) = mark.lost(archive)? else {
        let seq = mark.seq;
        let log = mark.log_sha256.map(|sha256| Log { seq, sha256 });
        return Ok(Marked { seq, log });
    };
    tracing::error!(path = %dir.display(), "the archive is not what it was: {lost}; what sites still list is fetched again \
        by itself and `seutu poll --backfill` goes further back, but verdicts and takedowns since then have to be given \
        again; if a newer backup is there, stop, restore it and run `seutu verify`");
    Ok(Marked::up_to(newest(archive)?))
}

impl Archive {
    /// Puts the mark at the newest event, if it is not there. That it cannot be put is said and hinders nothing.
    pub(super) fn put_mark(&mut self) {
        let put = || -> Result<Option<Marked>, ArchiveError> {
            let seq = newest(&self.main)?;
            if seq == self.marked.seq {
                return Ok(None);
            }
            let log = self.marked.log.clone().unwrap_or_default();
            let log = log.read_on(&self.main, seq)?;
            let sql = format!("SELECT {COLUMNS} FROM event WHERE seq=?1");
            let mark = self.main.prepare_cached(&sql)?.query_row([seq], Mark::of)?;
            let mark = Mark {
                log_sha256: Some(log.sha256.clone()),
                ..mark
            };
            mark.put(&self.dir)
                .map_err(|cause| ArchiveError::io(&place(&self.dir), cause))?;
            let log = Some(log);
            Ok(Some(Marked { seq, log }))
        };
        match put() {
            Ok(put) => self.marked = put.unwrap_or_else(|| std::mem::take(&mut self.marked)),
            Err(error) => {
                tracing::warn!(%error, "the mark stays behind: it is put with the next commit");
            }
        }
    }
}
