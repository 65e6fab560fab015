//! A copy at any path: whole or not there, and never over something that is not a copy.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::Stop;
use super::copy::{CopyFacts, copy};
use crate::archive::error::ArchiveError;
use crate::archive::migrate::ARCHIVE;
use crate::archive::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use crate::archive::reader::try_immutable;

/// Ending of copies that are not whole yet.
const UNFINISHED: &str = ".new";

/// What SQLite adds to the name of a file for its journal.
const JOURNAL: &str = "-journal";

/// Copies the archive in `dir` to `path`, beside a running daemon or without one; nothing is locked.
///
/// The copy appears under its name when it is whole and on disk; an earlier copy is replaced.
///
/// # Errors
/// [`ArchiveError::InTheWay`] when something else than a copy stands there, [`ArchiveError::Place`] when nothing can be
/// written there, [`ArchiveError::Interrupted`] when `stop`
/// said so, otherwise what is wrong with archive, folder or disk. Whatever stood there is then as it was.
pub fn snapshot(
    dir: &Path,
    path: &Path,
    built_at: Timestamp,
    stop: &Stop,
) -> Result<CopyFacts, ArchiveError> {
    let (folder, name) = split(path)?;
    let target = folder.join(&name);
    may_replace(&target, dir)?;
    sweep(&folder, &name)?;
    let unfinished = unfinished(&folder, &name)?;
    let facts = copy(dir, unfinished.path(), built_at, stop).map_err(|error| named(error, path))?;
    unfinished
        .persist(&target)
        .map_err(|e| ArchiveError::place(path, e.error))?;
    sync_folder(&folder)?;
    Ok(facts)
}

/// A file for a copy that is being made. Whoever sweeps leaves alone what is locked; one that was swept before it was
/// locked is made again.
fn unfinished(folder: &Path, name: &str) -> Result<NamedTempFile, ArchiveError> {
    loop {
        let made = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .suffix(UNFINISHED)
            .tempfile_in(folder)
            .map_err(|e| ArchiveError::place(folder, e))?;
        let file = made.as_file();
        let locked = file.lock().and_then(|()| file.metadata());
        if locked
            .map_err(|e| ArchiveError::io(made.path(), e))?
            .nlink()
            > 0
        {
            return Ok(made);
        }
    }
}

/// The temporary name means nothing to people.
fn named(error: ArchiveError, path: &Path) -> ArchiveError {
    let path = path.to_owned();
    if let ArchiveError::Copy { cause, .. } = error {
        ArchiveError::Copy { path, cause }
    } else if matches!(error, ArchiveError::Interrupted { .. }) {
        ArchiveError::Interrupted { path }
    } else {
        error
    }
}

/// Writes the entries of a folder to disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| ArchiveError::io(folder, e))
}

fn split(path: &Path) -> Result<(PathBuf, String), ArchiveError> {
    let refused = |why| ArchiveError::InTheWay {
        path: path.to_owned(),
        why,
    };
    if path.is_dir() {
        return Err(refused("it is a folder"));
    }
    let name = path.file_name().ok_or_else(|| refused("it is a folder"))?;
    let name = name
        .to_str()
        .ok_or_else(|| refused("its name is not UTF-8, which SQLite needs"))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = folder
        .canonicalize()
        .map_err(|e| ArchiveError::place(folder, e))?;
    Ok((folder, name.to_owned()))
}

/// Only an earlier copy may be replaced: it says when it was made, which an archive in use never does.
fn may_replace(target: &Path, dir: &Path) -> Result<(), ArchiveError> {
    let refused = |why| {
        Err(ArchiveError::InTheWay {
            path: target.to_owned(),
            why,
        })
    };
    let found = match fs::metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ArchiveError::place(target, error)),
    };
    if !found.is_file() {
        return refused("it is no regular file");
    }
    let own = [ARCHIVE_FILE, ORIGINALS_FILE].map(|file| fs::metadata(dir.join(file)));
    if own
        .iter()
        .flatten()
        .any(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
    {
        return refused("it is the archive itself");
    }
    if is_copy(target) {
        Ok(())
    } else {
        refused("it is not a snapshot of an archive")
    }
}

fn is_copy(path: &Path) -> bool {
    let said = try_immutable(path, &ARCHIVE).and_then(|conn| {
        Ok(conn.query_row(
            "SELECT count(*) FROM meta WHERE key='built_at'",
            [],
            |row| row.get::<_, u32>(0),
        )?)
    });
    matches!(said, Ok(1))
}

/// Removes what killed runs left: unfinished copies that nobody holds, and the journals of such.
fn sweep(folder: &Path, name: &str) -> Result<(), ArchiveError> {
    let listed = fs::read_dir(folder).map_err(|e| ArchiveError::place(folder, e))?;
    for entry in listed.flatten() {
        let found = entry.file_name();
        let copy = found
            .to_str()
            .and_then(|found| unfinished_name(found, name));
        if copy.is_some_and(|copy| is_left(&folder.join(copy)))
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "what a killed run left cannot be removed");
        }
    }
    Ok(())
}

/// The unfinished copy of `name` that a file is, or belongs to.
fn unfinished_name<'f>(found: &'f str, name: &str) -> Option<&'f str> {
    let copy = [JOURNAL, "-wal", "-shm"]
        .into_iter()
        .find_map(|suffix| found.strip_suffix(suffix))
        .unwrap_or(found);
    let is_unfinished = copy.starts_with(&format!(".{name}.")) && copy.ends_with(UNFINISHED);
    is_unfinished.then_some(copy)
}

/// Whether nobody holds an unfinished copy any more.
fn is_left(copy: &Path) -> bool {
    match File::open(copy) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
