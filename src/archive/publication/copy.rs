//! The copy itself: a read of one state, written into a new file, described and analysed.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, params};

use super::Stop;
use super::concealed::Concealed;
use crate::archive::error::ArchiveError;
use crate::archive::meta::set_meta;
use crate::archive::migrate::{ARCHIVE, user_version};
use crate::archive::open::ARCHIVE_FILE;
use crate::archive::reader::open_readable;
use crate::archive::rows::instant;
use crate::archive::takedown::{HIDDEN, conceal_hidden, hidden};
use crate::archive::trouble::is_interruption;
use crate::archive::wiping::{has_traces, settle};

/// Steps of SQLite's machine between two looks at whether to stop: well under a millisecond.
const STEPS: i32 = 20_000;

/// Rows looked at per index for the planner; all of them would take minutes in a large archive.
const ANALYSED: i32 = 1_000;

/// Public data: readable by everybody who reaches it, whatever the umask.
const PUBLIC_FILE: u32 = 0o644;

const META: &str = include_str!("meta.sql");

/// What is in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyFacts {
    /// Number of the last event.
    pub seq: i64,
    /// Items.
    pub items: u32,
    /// Version of the schema.
    pub user_version: u32,
    /// Bytes.
    pub size: u64,
}

/// Copies the archive in `dir` into the file `to`, which is missing or empty, and brings it to disk.
///
/// Holds one read transaction while it copies: a writer goes on, and its log grows by what it writes meanwhile.
pub(super) fn copy(
    dir: &Path,
    to: &Path,
    built_at: Timestamp,
    stop: &Stop,
) -> Result<CopyFacts, ArchiveError> {
    let mut source = open_readable(&dir.join(ARCHIVE_FILE), &ARCHIVE)?;
    // `VACUUM INTO` attaches its target and counts as a write, although the archive is only read.
    source.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    source.pragma_update(None, "query_only", false)?;
    watch(&mut source, stop)?;
    let name = to.to_str().ok_or_else(|| ArchiveError::InTheWay {
        path: to.to_owned(),
        why: "its name is not UTF-8, which SQLite needs",
    })?;
    let failed = |error| failure(error, to);
    if hidden(&source)?.is_empty() {
        source
            .execute("VACUUM INTO ?1", params![name])
            .map_err(failed)?;
    } else {
        let aside = to.parent().unwrap_or(Path::new("."));
        let concealed = Concealed::of(&source, aside, built_at, stop).map_err(|e| told(e, to))?;
        settle(concealed.conn()).map_err(|e| told(e, to))?;
        concealed
            .conn()
            .execute("VACUUM INTO ?1", params![name])
            .map_err(failed)?;
    }
    drop(source);
    conceal_late(to, built_at, stop).map_err(|e| told(e, to))?;
    let (seq, items, user_version) = describe(to, built_at, stop).map_err(failed)?;
    let file = File::open(to).map_err(|e| ArchiveError::io(to, e))?;
    publicise(to)?;
    file.sync_all().map_err(|e| ArchiveError::io(to, e))?;
    let size = file.metadata().map_err(|e| ArchiveError::io(to, e))?.len();
    Ok(CopyFacts {
        seq,
        items,
        user_version,
        size,
    })
}

/// Takes out the text of what was hidden while the copy was begun, and words that the archive has not wiped yet.
fn conceal_late(to: &Path, now: Timestamp, stop: &Stop) -> Result<(), ArchiveError> {
    let mut conn = Connection::open(to)?;
    watch(&mut conn, stop)?;
    if conceal_hidden(&mut conn, now)? > 0 || has_traces(&conn)? {
        settle(&conn)?;
        conn.execute_batch("VACUUM")?;
    }
    Ok(())
}

/// An error of SQLite as one of this copy.
fn told(error: ArchiveError, to: &Path) -> ArchiveError {
    if let ArchiveError::Sql(source) = error {
        failure(source, to)
    } else {
        error
    }
}

/// Lets everybody read a file.
pub(super) fn publicise(path: &Path) -> Result<(), ArchiveError> {
    std::fs::set_permissions(path, Permissions::from_mode(PUBLIC_FILE))
        .map_err(|e| ArchiveError::io(path, e))
}

/// Fills `meta` and the planner's statistics. A copy that is not whole is thrown away, so nothing is synced here.
fn describe(
    to: &Path,
    built_at: Timestamp,
    stop: &Stop,
) -> Result<(i64, u32, u32), rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(to, flags)?;
    watch(&mut conn, stop)?;
    conn.execute_batch("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA mmap_size=0;")?;
    conn.execute_batch(META)?;
    for (key, value) in [
        ("built_at", instant(built_at).as_str()),
        ("generator_version", env!("CARGO_PKG_VERSION")),
    ] {
        set_meta(&conn, key, value)?;
    }
    conn.execute_batch("DELETE FROM seal_due")?;
    conn.pragma_update(None, "analysis_limit", ANALYSED)?;
    conn.execute_batch("ANALYZE")?;
    let facts = conn.query_row(
        "SELECT (SELECT coalesce(max(seq),0) FROM event), (SELECT count(*) FROM item), user_version FROM pragma_user_version",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    conn.close().map_err(|(_, error)| error)?;
    Ok(facts)
}

pub(in crate::archive) fn watch(conn: &mut Connection, stop: &Stop) -> Result<(), rusqlite::Error> {
    let stop = Arc::clone(stop);
    conn.progress_handler(STEPS, Some(move || stop()))
}

fn failure(cause: rusqlite::Error, to: &Path) -> ArchiveError {
    let path = to.to_owned();
    if is_interruption(&cause) {
        ArchiveError::Interrupted { path }
    } else {
        ArchiveError::Copy { path, cause }
    }
}

/// The state of the archive, as far as it matters to readers: two files with the same mark say the same.
///
/// Hidden items lose their attachments in a copy. Polls that found nothing leave it alone. It costs a walk over narrow indexes, never over texts.
pub(super) fn mark(conn: &Connection) -> Result<String, ArchiveError> {
    let counted: String = conn.query_row(
        &format!("SELECT (SELECT coalesce(max(seq),0) FROM event)
           ||' '|| (SELECT count(*)||' '||coalesce(max(changed_at),'') FROM item)
           ||' '|| (SELECT count(*)||' '||coalesce(max(id),0) FROM item_version)
           ||' '|| (SELECT count(*) FROM attachment WHERE status='listed' AND item_id NOT IN ({HIDDEN}))
           ||' '|| (SELECT count(*)||' '||coalesce(max(decided_at),'') FROM network_match)
           ||' '|| (SELECT count(*)||' '||coalesce(max(id),0) FROM takedown)
           ||' '|| (SELECT coalesce(max(value),'') FROM meta WHERE key='dictionary_sha256')"),
        [],
        |row| row.get(0),
    )?;
    Ok(format!("{} {counted}", user_version(conn)?))
}
