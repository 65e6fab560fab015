//! Reading: a few connections that cannot write, while the daemon writes or when nothing runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use url::Url;

use super::error::ArchiveError;
use super::migrate::{ARCHIVE, ORIGINALS, Schema, user_version};
use super::open::{
    ARCHIVE_FILE, ORIGINALS_FILE, check_file, check_open, limit, read_only, sidecar,
};
use crate::language::Analyser;

/// Idle connections kept per file; more are opened when needed and closed afterwards.
const IDLE: usize = 4;

/// Steps of SQLite between two looks at the clock; the full-text index takes few of them for much work.
const STEPS: i32 = 100;

/// A door for readers; clones share their connections.
#[derive(Clone, Debug)]
pub struct Reader {
    pools: Arc<Pools>,
    /// How long a search may take; for ever where nothing is said.
    patience: Option<Duration>,
    pub(super) language: Arc<Analyser>,
}

/// A state of the archive, see [`Reader::commit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Lengths of the archive's file and of its write-ahead log, and when they were written.
    files: [Option<(u64, Option<SystemTime>)>; 2],
    /// SQLite's own count of what others committed, as one connection sees it: times are too coarse to tell two commits
    /// of one moment apart.
    version: Option<i64>,
}

#[derive(Debug)]
struct Pools {
    archive: Pool,
    originals: Pool,
}

impl Reader {
    /// Opens the archive in `dir` for reading.
    ///
    /// # Errors
    /// [`ArchiveError::Missing`] when there is none, or what is wrong with the file.
    pub fn open(dir: &Path) -> Result<Self, ArchiveError> {
        let reader = Self::beside(dir);
        reader.pools.archive.with(|_| Ok(()))?;
        Ok(reader)
    }

    /// The same beside a writer, who has looked at the files: nothing is opened before it is read.
    pub(super) fn beside(dir: &Path) -> Self {
        let pools = Pools {
            archive: Pool::new(dir.join(ARCHIVE_FILE), &ARCHIVE),
            originals: Pool::new(dir.join(ORIGINALS_FILE), &ORIGINALS),
        };
        Self {
            pools: Arc::new(pools),
            patience: None,
            language: Analyser::builtin(),
        }
    }

    /// The same, queries analysed by `language`, which should be what the archive was filled by.
    #[must_use]
    pub fn speaking(self, language: Arc<Analyser>) -> Self {
        Self { language, ..self }
    }

    /// The same, every search ended that takes longer: what strangers type must not keep others waiting.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self {
            patience: Some(patience),
            ..self
        }
    }

    /// The commit that a query would see now, told by the files and one question that reads no page. Two equal answers mean
    /// that nothing was written in between.
    pub fn commit(&self) -> Commit {
        let pool = &self.pools.archive;
        let files = [pool.path.clone(), sidecar(&pool.path, "-wal")].map(|path| {
            let known = std::fs::metadata(path).ok()?;
            Some((known.len(), known.modified().ok()))
        });
        Commit {
            files,
            version: pool.data_version(),
        }
    }

    /// Runs `work` on one state of `archive.db`, however many statements it takes.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        self.pools.archive.with(work)
    }

    /// Runs `work` on one state of `archive.db`; where it looks for words, for as long as there is patience.
    ///
    /// # Errors
    /// [`ArchiveError::Costly`] when it takes longer.
    pub(super) fn read_for<T>(
        &self,
        words: &str,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let patience = self.patience.filter(|_| !words.trim().is_empty());
        let answer = self.pools.archive.within(patience, work);
        answer.map_err(|error| match patience {
            Some(patience) if error.is_interruption() => ArchiveError::Costly { patience },
            _ => error,
        })
    }

    /// Runs `work` on one state of `originals.db`.
    pub(super) fn read_originals<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        self.pools.originals.with(work)
    }
}

struct Pool {
    path: PathBuf,
    schema: &'static Schema,
    idle: Mutex<Vec<Connection>>,
    /// The one connection that is asked for `data_version`.
    watch: Mutex<Option<Connection>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Pool {
    fn new(path: PathBuf, schema: &'static Schema) -> Self {
        Self {
            path,
            schema,
            idle: Mutex::new(Vec::new()),
            watch: Mutex::new(None),
        }
    }

    /// `None` where the file cannot be asked, or is read as it stands.
    fn data_version(&self) -> Option<i64> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if watch.is_none() {
            let (conn, state) = open_either(&self.path, self.schema).ok()?;
            *watch = (state == State::Live).then_some(conn);
        }
        let mut asked = watch.as_ref()?.prepare_cached("PRAGMA data_version").ok()?;
        asked.query_row([], |row| row.get(0)).ok()
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        self.within(None, work)
    }

    /// The same, ended by SQLite when there is no more patience.
    fn within<T>(
        &self,
        patience: Option<Duration>,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let kept = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let (mut conn, state) = match kept {
            Some(conn) => (conn, State::Live),
            None => open_either(&self.path, self.schema)?,
        };
        if let Some(patience) = patience {
            let until = Instant::now() + patience;
            conn.progress_handler(STEPS, Some(move || Instant::now() > until))?;
        }
        let result = Transaction::new(&mut conn, TransactionBehavior::Deferred)
            .map_err(ArchiveError::from)
            .and_then(|snapshot| work(&snapshot))
            .map_err(|error| error.within(&self.path));
        if patience.is_some() {
            conn.progress_handler(0, None::<fn() -> bool>)?;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && state == State::Live {
            idle.push(conn);
        }
        result
    }
}

/// Whether a connection sees what a writer commits later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    /// Only good for one reading: a writer that starts meanwhile is not noticed.
    Immutable,
}

/// Opens a file for reading alone.
pub(super) fn open_readable(path: &Path, schema: &Schema) -> Result<Connection, ArchiveError> {
    open_either(path, schema).map(|(conn, _state)| conn)
}

fn open_either(path: &Path, schema: &Schema) -> Result<(Connection, State), ArchiveError> {
    open_as_it_goes(path, schema).map_err(|error| error.within(path))
}

fn open_as_it_goes(path: &Path, schema: &Schema) -> Result<(Connection, State), ArchiveError> {
    if !check_file(path, schema)? {
        return Err(ArchiveError::Missing {
            path: path.to_owned(),
        });
    }
    let (conn, state) = match try_open(path, schema) {
        // A folder we may not write into, and no log: the file alone is the whole truth and may be
        // read as it stands. With a log it would be an old state, so then the error stays.
        Err(error) if without_log(path) => (
            try_immutable(path, schema).map_err(|_second| error)?,
            State::Immutable,
        ),
        other => (other?, State::Live),
    };
    let found = user_version(&conn)?;
    if found < schema.version() {
        return Err(ArchiveError::OlderSchema {
            path: path.to_owned(),
            found,
            known: schema.version(),
        });
    }
    limit(&conn, 512 << 20)?;
    Ok((conn, state))
}

fn try_open(path: &Path, schema: &Schema) -> Result<Connection, ArchiveError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    read_only(&conn, schema)?;
    check_open(&conn, path, schema)?;
    Ok(conn)
}

/// Opens a file that nobody writes, as it stands.
pub(super) fn try_immutable(path: &Path, schema: &Schema) -> Result<Connection, ArchiveError> {
    let whole = path
        .canonicalize()
        .map_err(|source| ArchiveError::io(path, source))?;
    let mut address =
        Url::from_file_path(&whole).map_err(|()| ArchiveError::Missing { path: whole })?;
    address.set_query(Some("mode=ro&immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(address.as_str(), flags)?;
    read_only(&conn, schema)?;
    check_open(&conn, path, schema)?;
    Ok(conn)
}

fn without_log(path: &Path) -> bool {
    std::fs::metadata(sidecar(path, "-wal")).map_or(true, |log| log.len() == 0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::NOW;
    use super::super::{Archive, Reader};
    use super::*;

    #[test]
    fn a_file_in_a_folder_nobody_may_write_into_is_read_as_it_stands() {
        let dir = tempfile::TempDir::with_prefix("odd #1 ?a=b 100%").expect("folder");
        drop(Archive::open(dir.path(), NOW).expect("archive"));
        let file = dir.path().join(ARCHIVE_FILE);
        for suffix in ["-wal", "-shm"] {
            std::fs::remove_file(sidecar(&file, suffix)).expect("removed");
        }
        let conn = try_immutable(&file, &ARCHIVE).expect("opened");
        let tables: i64 = conn
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .expect("read");
        assert!(tables > 20);
        assert!(!sidecar(&file, "-shm").exists(), "nothing was made");
    }

    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound() {
        fn again(conn: &Connection) -> Result<i32, ArchiveError> {
            let newest = "SELECT id FROM item WHERE title LIKE ?1 ORDER BY id DESC LIMIT ?2";
            let mut statement = conn.prepare_cached(newest)?;
            for most in 1..5 {
                let _: Vec<i64> = statement
                    .query_map(("a%", most), |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
            }
            Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
        }
        let dir = tempfile::TempDir::new().expect("folder");
        let archive = Archive::open(dir.path(), NOW).expect("archive");
        let reader = Reader::open(dir.path()).expect("reader");
        assert_eq!(reader.read(again).expect("read"), 0);
        assert_eq!(again(&archive.main).expect("read"), 0);
    }

    #[test]
    fn readers_cannot_write() {
        let dir = tempfile::TempDir::new().expect("folder");
        let _archive = Archive::open(dir.path(), NOW).expect("archive");
        let reader = Reader::open(dir.path()).expect("reader");
        let written = reader.read(|conn| Ok(conn.execute("DELETE FROM meta", [])?));
        assert!(
            matches!(written, Err(ArchiveError::Database { .. })),
            "{written:?}"
        );
    }
}
