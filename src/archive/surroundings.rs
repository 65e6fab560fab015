//! The folder an archive lies in: who may write there, and whether the files in it are files.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::error::ArchiveError;
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};

/// Write permission of everybody, and the mark of folders in which everybody may take away only what is theirs.
const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// Refuses files that are links, and warns where everybody on the machine could put others in their place.
///
/// # Errors
/// When a file of the archive is a link: SQLite would keep the log of changes beside the file it leads to, where
/// nobody who copies or watches the folder looks for it.
pub(super) fn inspect(dir: &Path) -> Result<(), ArchiveError> {
    let files = [ARCHIVE_FILE, ORIGINALS_FILE].map(|name| dir.join(name));
    for file in &files {
        if fs::symlink_metadata(file).is_ok_and(|found| found.is_symlink()) {
            let what = "is a link: name the folder where the file itself lies in [archive] dir";
            return Err(ArchiveError::io(file, io::Error::other(what)));
        }
    }
    for place in [dir].into_iter().chain(files.iter().map(AsRef::as_ref)) {
        let open = fs::metadata(place).is_ok_and(|found| {
            let mode = found.permissions().mode();
            mode & OTHERS_WRITE != 0 && (mode & STICKY == 0 || found.is_file())
        });
        if open {
            tracing::warn!(
                path = %place.display(),
                "everybody on this machine may change the archive: run chmod o-w on this path"
            );
        }
    }
    Ok(())
}
