//! Database files looked at beside SQLite, which are never closed: closing one takes the process's locks off the file.
//!
//! POSIX locks belong to the process, not to the descriptor (<https://www.sqlite.org/howtocorrupt.html>, 2.2): after
//! one close, another program may take the log away from under the writer.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// The first bytes of a file, at most so many.
///
/// # Errors
/// When it is missing, is a folder, or cannot be read.
pub(super) fn head(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let known = held.iter().position(|file| is_same(file, &found));
    let at = if let Some(at) = known {
        at
    } else {
        let file = File::open(path)?;
        // What has lost its name can be reached by nobody else, so that its locks keep nobody out.
        held.retain(|file| file.metadata().is_ok_and(|file| file.nlink() > 0));
        held.push(file);
        held.len() - 1
    };
    held.get(at)
        .map_or(Ok(Vec::new()), |file| begin(file, most))
}

fn is_same(file: &File, wanted: &Metadata) -> bool {
    file.metadata()
        .is_ok_and(|file| (file.dev(), file.ino()) == (wanted.dev(), wanted.ino()))
}

fn begin(file: &File, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read_at(room, u64::try_from(filled).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
