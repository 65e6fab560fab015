//! Opening: one writer per folder, whole files only, and settings that survive a power cut.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, FileControl, OpenFlags};

use super::error::ArchiveError;
use super::held;
use super::mark::{self, Marked};
use super::migrate::{self, ARCHIVE, ORIGINALS, Schema};
use super::presence::is_there;
use super::reader::Reader;
use super::search_index;
use super::surroundings;
use crate::language::Analyser;

/// Name of the archive database in its folder.
pub const ARCHIVE_FILE: &str = "archive.db";
/// Name of the database of originals.
pub const ORIGINALS_FILE: &str = "originals.db";
/// Name of the lock file; it holds the process id of the writer.
pub const LOCK_FILE: &str = "archive.lock";

/// Bytes of a database's header, and those that it begins with.
const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// How often the lock is tried, and the pause between.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Statements kept prepared per connection: more than there are in this module.
const PREPARED: usize = 160;
/// How long a statement waits for another connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// The archive opened for writing; exactly one per folder.
#[derive(Debug)]
pub struct Archive {
    /// What was committed, while a transaction is open. First, so that the files are closed for good by who writes them.
    pub(super) before: Reader,
    pub(super) main: Connection,
    pub(super) originals: Connection,
    pub(super) language: Arc<Analyser>,
    pub(super) dir: PathBuf,
    /// The event that the mark beside the archive names.
    pub(super) marked: Marked,
    /// Held as long as the archive is open: the operating system lets go of it even after SIGKILL.
    _lock: File,
}

impl Archive {
    /// Opens the archive in `dir`, makes what is missing and brings older files up to date.
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] when another process has it; otherwise what is wrong with folder or files, which are
    /// then left as they were.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, ArchiveError> {
        fs::create_dir_all(dir).map_err(|source| ArchiveError::io(dir, source))?;
        surroundings::inspect(dir)?;
        let lock = lock(dir)?;
        let (archive_path, originals_path) = (dir.join(ARCHIVE_FILE), dir.join(ORIGINALS_FILE));
        // Both are looked at before either is changed.
        let found = check_file(&archive_path, &ARCHIVE)?;
        let is_whole = check_file(&originals_path, &ORIGINALS)? || !found;
        is_there(dir)?;
        let mut archive = open_writable(&archive_path, &ARCHIVE)?;
        if !is_whole {
            warn_of_lost_originals(&archive, &originals_path)?;
        }
        let originals = open_writable(&originals_path, &ORIGINALS)?;
        migrate::describe(&mut archive, now).map_err(|error| error.within(&archive_path))?;
        sane(&archive, &archive_path)?;
        let marked = mark::compare(&archive, dir).map_err(|error| error.within(&archive_path))?;
        limit(&archive, 64 << 20)?;
        limit(&originals, 512 << 20)?;
        Ok(Self {
            main: archive,
            originals,
            before: Reader::beside(dir),
            language: Analyser::builtin(),
            dir: dir.to_owned(),
            marked,
            _lock: lock,
        })
    }

    /// The same, its words analysed by `language` from now on; what was stored before stays until
    /// [`super::Batch::refill_search`].
    #[must_use]
    pub fn speaking(self, language: Arc<Analyser>) -> Self {
        Self { language, ..self }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Moves everything from the write-ahead logs into the files and empties the logs.
    pub fn checkpoint(&self) -> Result<(), ArchiveError> {
        self.empty_logs()
            .map(|_| ())
            .map_err(|error| error.within(&self.dir))
    }

    /// The same; says whether both logs are empty now. A reader that does not end keeps what it sees in the log.
    pub(super) fn empty_logs(&self) -> Result<bool, ArchiveError> {
        let mut busy = 0;
        for conn in [&self.originals, &self.main] {
            busy += conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            })?;
        }
        Ok(busy == 0)
    }
}

/// Takes the folder's lock, or says who has it.
fn lock(dir: &Path) -> Result<File, ArchiveError> {
    let path = dir.join(LOCK_FILE);
    let fault = |source| ArchiveError::io(&path, source);
    // Not truncated on opening: the process id of a running writer must stay readable.
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(fault)?;
    match patiently(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = file.take(32).read_to_string(&mut pid);
            let holder = match (read, pid.trim()) {
                (Ok(_), pid) if !pid.is_empty() => format!("process {pid}"),
                _ => "another process".to_owned(),
            };
            return Err(ArchiveError::Locked {
                dir: dir.to_owned(),
                holder,
            });
        }
        Err(TryLockError::Error(source)) => return Err(fault(source)),
    }
    file.set_len(0).map_err(fault)?;
    writeln!(file, "{}", std::process::id()).map_err(fault)?;
    Ok(file)
}

/// Tries for up to a second: between fork and exec a child that somebody starts holds our own lock
/// for a moment, and a daemon that is just ending holds it until it has closed its files.
#[expect(
    clippy::disallowed_methods,
    reason = "opening blocks anyway; it runs off the async workers"
)]
fn patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            answer => return answer,
        }
    }
    file.try_lock()
}

/// Looks at a file's header without opening it as a database, so that a refused file stays untouched.
///
/// Says whether the file exists. A new file is renamed into place only when it is whole, so that an
/// empty or headless one is damage and never a beginning.
pub(super) fn check_file(path: &Path, schema: &Schema) -> Result<bool, ArchiveError> {
    let damaged = |why: &str| ArchiveError::NotADatabase {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let header = match held::head(path, HEADER) {
        Ok(header) => header,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let log = sidecar(path, "-wal");
            return match fs::metadata(&log) {
                Ok(found) if found.len() > 0 => {
                    Err(damaged("it is missing, but its -wal file is there"))
                }
                _ => Ok(false),
            };
        }
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            return Err(damaged("it is a folder"));
        }
        Err(error) => return Err(ArchiveError::io(path, error)),
    };
    if header.is_empty() {
        return Err(damaged("it is empty"));
    }
    if !header
        .iter()
        .zip(MAGIC)
        .all(|(found, right)| found == right)
    {
        return Err(damaged("its first bytes are those of something else"));
    }
    if header.len() < HEADER {
        return Err(damaged("it is cut off"));
    }
    // Offsets 60 and 68 of https://www.sqlite.org/fileformat.html#the_database_header
    check_stamp(path, schema, [number(&header, 68), number(&header, 60)])?;
    Ok(true)
}

fn number(header: &[u8], offset: usize) -> u32 {
    header
        .get(offset..offset + 4)
        .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
        .map_or(0, u32::from_be_bytes)
}

fn check_stamp(
    path: &Path,
    schema: &Schema,
    [application, version]: [u32; 2],
) -> Result<(), ArchiveError> {
    let path = path.to_owned();
    if application == 0 && version == 0 {
        return Err(ArchiveError::NoVersion { path });
    }
    if application != schema.application_id {
        return Err(ArchiveError::WrongApplication {
            path,
            found: application,
        });
    }
    if version == 0 {
        return Err(ArchiveError::NoVersion { path });
    }
    if version > schema.version() {
        return Err(ArchiveError::NewerSchema {
            path,
            found: version,
            known: schema.version(),
        });
    }
    Ok(())
}

/// Checks the stamp again as the database sees it: the log may hold a newer header than the file.
pub(super) fn check_open(
    conn: &Connection,
    path: &Path,
    schema: &Schema,
) -> Result<(), ArchiveError> {
    let application: i64 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|cause| ArchiveError::unusable(path, cause))?;
    let version = migrate::user_version(conn)?;
    check_stamp(
        path,
        schema,
        [u32::try_from(application).unwrap_or(0), version],
    )
}

/// Says that an empty file takes the place of originals that the archive names.
fn warn_of_lost_originals(archive: &Connection, path: &Path) -> Result<(), ArchiveError> {
    let fetched: i64 = archive.query_row("SELECT count(*) FROM fetch", [], |row| row.get(0))?;
    if fetched > 0 {
        tracing::warn!(path = %path.display(), fetched,
            "originals.db is missing and is begun anew: texts stay as they are, but what was fetched before cannot be \
             derived again or checked; if there is a backup of it, stop, put it back and run `seutu verify`");
    }
    Ok(())
}

fn open_writable(path: &Path, schema: &Schema) -> Result<Connection, ArchiveError> {
    open_or_create(path, schema).map_err(|error| error.within(path))
}

fn open_or_create(path: &Path, schema: &Schema) -> Result<Connection, ArchiveError> {
    if !path.exists() {
        create(path, schema)?;
    }
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Closing must not checkpoint into a file that is about to be refused.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.busy_timeout(PATIENCE)?;
    check_open(&conn, path, schema)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // FULL: with NORMAL a power cut loses acknowledged transactions, and a source may have deleted the page since.
    // No mmap: it amplifies damage to the log. What is deleted is overwritten: it may be personal data.
    conn.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
         PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;
         PRAGMA secure_delete=ON;
         PRAGMA journal_size_limit=33554432;",
    )?;
    conn.pragma_update(None, "wal_autocheckpoint", schema.checkpoint_pages)?;
    conn.pragma_update(None, "cache_size", -i64::from(schema.cache_kib))?;
    // The -wal and -shm files stay when the program ends, so that other users, who may not create
    // files in the folder, can still read.
    conn.file_control(None::<&str>, FileControl::PersistWal(&mut 1))?;
    prepare_once(&conn)?;
    migrate::migrate(&mut conn, schema, path)?;
    Ok(conn)
}

/// Makes a new file beside its place and renames it when it is whole and on disk.
fn create(path: &Path, schema: &Schema) -> Result<(), ArchiveError> {
    let new = sidecar(path, ".new");
    for leftover in [
        new.clone(),
        sidecar(&new, "-journal"),
        sidecar(path, "-wal"),
        sidecar(path, "-shm"),
    ] {
        match fs::remove_file(&leftover) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(ArchiveError::io(&leftover, error)),
        }
    }
    let mut conn = Connection::open(&new)?;
    conn.pragma_update(None, "page_size", schema.page_size)?;
    migrate::migrate(&mut conn, schema, path)?;
    conn.close().map_err(|(_, error)| error)?;
    File::open(&new)
        .and_then(|file| file.sync_all())
        .map_err(|e| ArchiveError::io(&new, e))?;
    fs::rename(&new, path).map_err(|e| ArchiveError::io(path, e))?;
    let dir = path.parent().unwrap_or(Path::new("."));
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|e| ArchiveError::io(dir, e))
}

/// Touches what every write needs, so that a torn file is noticed before the first poll. A full-text index is made
/// of texts that stand beside it: one that is damaged is built again.
fn sane(conn: &Connection, path: &Path) -> Result<(), ArchiveError> {
    for probe in [
        "SELECT max(seq) FROM event",
        "SELECT max(id) FROM item",
        "SELECT max(id) FROM poll",
    ] {
        conn.query_row(probe, [], |_| Ok(()))
            .map_err(|cause| ArchiveError::unusable(path, cause))?;
    }
    search_index::mend_broken(conn).map_err(|error| error.within(path))
}

/// Keeps statements, whose plans look at no value: one that does, and be it that of LIMIT, is made again each time one
/// is bound. There are no statistics of values that it could be the better for.
fn prepare_once(conn: &Connection) -> Result<(), ArchiveError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    Ok(())
}

/// Keeps one value or statement from taking all memory.
pub(super) fn limit(conn: &Connection, longest: i32) -> Result<(), ArchiveError> {
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 64 << 10)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 128)?;
    Ok(())
}

/// `archive.db` with something added to the name.
pub(super) fn sidecar(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Settings of a connection that only reads.
pub(super) fn read_only(conn: &Connection, schema: &Schema) -> Result<(), ArchiveError> {
    conn.busy_timeout(PATIENCE)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.execute_batch(
        "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;",
    )?;
    conn.pragma_update(None, "cache_size", -i64::from(schema.reader_cache_kib))?;
    prepare_once(conn)?;
    Ok(())
}
