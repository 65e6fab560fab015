//! An export in a folder: written aside in it, then moved into place file by file, the manifest last.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{ExportWish, MANIFEST, Staged, stage};
use crate::archive::{ArchiveError, Reader};
use crate::publish::export::Manifest;

/// Where files are written until all of them are whole; hidden from `*` and from readers of tables.
const ASIDE: &str = ".seutu-export";

/// Exports into a folder, which is made when it is missing. Until everything is written, nothing in it changes.
pub fn into_folder(reader: &Reader, wish: &ExportWish, out: &Path) -> anyhow::Result<Manifest> {
    let aside = Aside::take(out)?;
    let staged = stage(reader, wish, &aside.files).map_err(|error| in_place(error, out))?;
    let earlier = match fs::read_to_string(out.join(MANIFEST)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).context(format!("cannot read {MANIFEST} of --out")),
    };
    staged.insist_on_same_kind(&out.display().to_string(), earlier.as_deref())?;
    for path in staged.paths() {
        put(&staged.dir, out, path)?;
    }
    remove_stale(&staged, out)?;
    put(&staged.dir, out, MANIFEST)?;
    // So that the names survive a power cut as the contents do.
    File::open(out)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot sync {}", out.display()))?;
    Ok(staged.manifest)
}

/// The folder of unfinished files, locked: two exports into one place would mix.
struct Aside {
    dir: PathBuf,
    files: PathBuf,
    _lock: File,
}

impl Aside {
    fn take(out: &Path) -> anyhow::Result<Self> {
        let dir = out.join(ASIDE);
        let made = fs::create_dir_all(&dir);
        made.map_err(|cause| ArchiveError::place(out, cause))?;
        let path = dir.join("lock");
        let lock = File::create(&path).map_err(|cause| ArchiveError::place(&path, cause))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another export is writing into {}: wait for it, or name another folder",
                out.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).context(format!("cannot lock {}", path.display()));
            }
        }
        let files = dir.join("files");
        // What an export that was killed has left.
        match fs::remove_dir_all(&files) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context(format!("cannot empty {}", files.display()));
            }
            Ok(()) | Err(_) => {}
        }
        fs::create_dir(&files).map_err(|cause| ArchiveError::place(&files, cause))?;
        Ok(Self {
            dir,
            files,
            _lock: lock,
        })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, folder = %self.dir.display(), "not removed; the next export does");
        }
    }
}

/// Moves a file into its place, over an earlier one.
fn put(from: &Path, out: &Path, path: &str) -> anyhow::Result<()> {
    let place = out.join(path);
    let moved = place
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::rename(from.join(path), &place));
    Ok(moved.map_err(|cause| ArchiveError::place(&place, cause))?)
}

/// A failure to write, with the place that was asked for and what to do about it.
fn in_place(error: anyhow::Error, out: &Path) -> anyhow::Error {
    let written = error.chain().find_map(|cause| cause.downcast_ref());
    match written.map(io::Error::kind) {
        Some(kind) => ArchiveError::place(out, kind.into()).into(),
        None => error,
    }
}

/// Removes the files of years that an earlier export had and this one has not.
fn remove_stale(staged: &Staged, out: &Path) -> anyhow::Result<()> {
    for table in &staged.manifest.tables {
        let folder = out.join(&table.name);
        for path in files_below(&folder, &table.name)? {
            if staged.is_stale(&path) {
                let place = out.join(&path);
                fs::remove_file(&place)
                    .with_context(|| format!("cannot remove {}", place.display()))?;
                // Only empty ones go: somebody else's files stay, with their folder.
                if let Some(year) = place.parent()
                    && let Err(error) = fs::remove_dir(year)
                {
                    tracing::debug!(%error, folder = %year.display(), "kept");
                }
            }
        }
    }
    Ok(())
}

/// Paths of the files in a table's folder and in the folders right below it.
fn files_below(folder: &Path, name: &str) -> anyhow::Result<Vec<String>> {
    let mut files = vec![];
    let mut folders = vec![(folder.to_owned(), name.to_owned())];
    while let Some((folder, path)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).context(format!("cannot list {}", folder.display()));
            }
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let inside = format!("{path}/{}", entry.file_name().to_string_lossy());
            if !entry.file_type()?.is_dir() {
                files.push(inside);
            } else if path == name {
                folders.push((entry.path(), inside));
            }
        }
    }
    Ok(files)
}
