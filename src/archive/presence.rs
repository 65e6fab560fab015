//! What stands in an archive's folder, before anything is opened: a part alone is a loss and never a beginning.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::ArchiveError;
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use super::publication::PublicFolder;

/// Whether there is an archive in `dir`; nothing at all is a beginning.
///
/// # Errors
/// [`ArchiveError::Orphaned`] when originals or a published snapshot stand there without it, and what hinders looking.
pub fn is_there(dir: &Path) -> Result<bool, ArchiveError> {
    if fs::metadata(dir).is_ok_and(|found| !found.is_dir()) {
        return Err(ArchiveError::NoFolder {
            path: dir.to_owned(),
        });
    }
    if has(dir, ARCHIVE_FILE)? {
        return Ok(true);
    }
    let orphaned = |what| {
        Err(ArchiveError::Orphaned {
            dir: dir.to_owned(),
            what,
        })
    };
    if has(dir, ORIGINALS_FILE)? {
        return orphaned(ORIGINALS_FILE);
    }
    // What cannot be read was published as well.
    if !matches!(PublicFolder::of(dir).latest(), Ok(None)) {
        return orphaned("a published snapshot");
    }
    Ok(false)
}

/// Whether a file is there; one whose log is there without it is damage, and told when it is opened.
pub(super) fn has(dir: &Path, file: &str) -> Result<bool, ArchiveError> {
    let path = dir.join(file);
    match path.try_exists() {
        Ok(exists) => Ok(exists),
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
            Err(ArchiveError::OutOfReach { path, cause })
        }
        Err(cause) => Err(ArchiveError::io(&path, cause)),
    }
}
