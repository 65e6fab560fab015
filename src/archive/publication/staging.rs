//! Public files made beside their places, each on disk and hashed, and then moved in one go.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Stop;
use super::copy::publicise;
use super::file::sync_folder;
use crate::archive::error::ArchiveError;
use crate::model::digest::sha256_of;

/// Beginning of the names of folders in which public files are made.
const STAGING: &str = ".new-";

/// Files on their way into a folder.
pub(super) struct Staging {
    folder: TempDir,
    files: Vec<Staged>,
}

/// One file: its name below the folder, and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    pub(super) name: String,
    pub(super) sha256: String,
}

impl Staging {
    /// Begins within `public`, and removes what killed runs left there: only the holder of the archive's lock does this.
    pub(super) fn begin(public: &Path) -> Result<Self, ArchiveError> {
        let fault = |e| ArchiveError::io(public, e);
        public_folder(public)?;
        for entry in fs::read_dir(public).map_err(fault)?.flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with(STAGING)) {
                fs::remove_dir_all(entry.path()).map_err(fault)?;
            }
        }
        let folder = TempDir::with_prefix_in(STAGING, public).map_err(fault)?;
        Ok(Self {
            folder,
            files: vec![],
        })
    }

    /// Where a file that is added later is made.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Adds a file that stands at `made`, in this folder or elsewhere on the same disk, under its public name.
    pub(super) fn add(
        &mut self,
        made: &Path,
        name: &str,
        stop: &Stop,
    ) -> Result<String, ArchiveError> {
        let sha256 = hash(made, stop)?;
        let staged = self.staged(self.files.len());
        fs::rename(made, &staged).map_err(|e| ArchiveError::io(made, e))?;
        publicise(&staged)?;
        File::open(&staged)
            .and_then(|file| file.sync_all())
            .map_err(|e| ArchiveError::io(&staged, e))?;
        self.note(name, &sha256);
        Ok(sha256)
    }

    /// Adds the same bytes as a file added before, under another name; they are stored once.
    pub(super) fn link(&mut self, to: &Staged, name: &str) -> Result<(), ArchiveError> {
        let known = self.files.iter().position(|file| file.name == to.name);
        let first = self.staged(known.unwrap_or_default());
        let staged = self.staged(self.files.len());
        fs::hard_link(&first, &staged).map_err(|e| ArchiveError::io(&staged, e))?;
        self.note(name, &to.sha256);
        Ok(())
    }

    /// Adds a file with this text.
    pub(super) fn write(
        &mut self,
        name: &str,
        text: &str,
        stop: &Stop,
    ) -> Result<(), ArchiveError> {
        let made = self.path("text");
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&made)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|e| ArchiveError::io(&made, e))?;
        self.add(&made, name, stop).map(drop)
    }

    /// What was added, in order.
    pub(super) fn files(&self) -> &[Staged] {
        &self.files
    }

    /// Moves every file to its place, in the order they were added, and brings the names to disk.
    pub(super) fn move_into(self, public: &Path) -> Result<(), ArchiveError> {
        let places: Vec<PathBuf> = self
            .files
            .iter()
            .map(|file| public.join(&file.name))
            .collect();
        for place in &places {
            public_folder(place.parent().unwrap_or(public))?;
        }
        for (number, place) in places.iter().enumerate() {
            fs::rename(self.staged(number), place).map_err(|e| ArchiveError::io(place, e))?;
        }
        for place in &places {
            sync_folder(place.parent().unwrap_or(public))?;
        }
        Ok(())
    }

    fn staged(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("staged-{number}"))
    }

    fn note(&mut self, name: &str, sha256: &str) {
        self.files.push(Staged {
            name: name.to_owned(),
            sha256: sha256.to_owned(),
        });
    }
}

/// Makes a folder that everybody who reaches it may look into.
fn public_folder(path: &Path) -> Result<(), ArchiveError> {
    let fault = |e| ArchiveError::io(path, e);
    if !path.is_dir() {
        fs::create_dir_all(path).map_err(fault)?;
        fs::set_permissions(path, Permissions::from_mode(0o755)).map_err(fault)?;
    }
    Ok(())
}

/// SHA-256 of a file, however large.
fn hash(path: &Path, stop: &Stop) -> Result<String, ArchiveError> {
    let file = File::open(path).map_err(|e| ArchiveError::io(path, e))?;
    let read = sha256_of(Watched { file, stop });
    read.map(|(sha256, _size)| sha256).map_err(|error| {
        if stop() {
            let path = path.to_owned();
            return ArchiveError::Interrupted { path };
        }
        ArchiveError::io(path, error)
    })
}

/// A file that cannot be read on once somebody says stop.
struct Watched<'s> {
    file: File,
    stop: &'s Stop,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if (self.stop)() {
            return Err(io::Error::other("stopped"));
        }
        self.file.read(into)
    }
}
