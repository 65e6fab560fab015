//! What can go wrong in the archive, in words that name the file and say what to do.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::trouble::{Trouble, is_interruption, is_wrong_place, of_file, of_place, said};
use crate::model::ids::{SourceId, Uid};
use crate::model::panic::panic_text;

/// Why the archive could not be opened, read or written.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// Another process writes into the same folder.
    #[error(
        "the archive folder {} is in use by {holder}: stop that one first, or name another folder in [archive] dir",
        dir.display()
    )]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// `process 1234`, as far as the lock file says.
        holder: String,
    },
    /// The folder or a file in it cannot be used.
    #[error("cannot use {}: {cause}; {}", path.display(), of_file(cause))]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// What should be the archive's folder is a file.
    #[error("{} is no folder: name the folder of the archive in [archive] dir", path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// This user may not even look.
    #[error("cannot look for {}: {cause}; this user may not: let it join the group of the folder, or read a published snapshot", path.display())]
    OutOfReach {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// Something of an archive stands in the folder, and the archive itself does not.
    #[error(
        "archive.db is missing in {} although {what} is there: originals are bytes under their hashes, and only archive.db \
         knows which item they are of, so nothing can be derived from them alone. Put archive.db back from a backup or a \
         published snapshot (public/archive.db), then run `seutu verify`; to begin a new archive, move originals.db and \
         public/ away or name another folder in [archive] dir",
        dir.display()
    )]
    Orphaned {
        /// The folder.
        dir: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// There is nothing to read.
    #[error("there is no archive at {}: let `seutu run` or `seutu poll` make one, or name the right folder in [archive] dir", path.display())]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The file is not a database, or not a whole one.
    #[error("{} is not a usable SQLite file ({why}): move it away together with its -wal and -shm files and restore it from a backup (README: Backup, restore, damage)", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What was seen.
        why: String,
    },
    /// The file is a database of another program.
    #[error("{} belongs to another program (application_id {found:#010x}): name another folder in [archive] dir", path.display())]
    WrongApplication {
        /// The file.
        path: PathBuf,
        /// Its `application_id`.
        found: u32,
    },
    /// The file has tables but no schema version.
    #[error("{} has no schema version: it is another program's, or not whole; name another folder in [archive] dir, or restore it from a backup", path.display())]
    NoVersion {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("{} has schema version {found} and this program knows {known}: install the newer program that wrote it", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// The file has to be migrated before it can be read.
    #[error("{} has schema version {found} and has to be brought to {known}: run `seutu poll` once", path.display())]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version this program reads.
        known: u32,
    },
    /// A migration failed; the file is as it was.
    #[error("cannot bring {} to schema version {version}: {}; the file is unchanged: {}", path.display(), said(cause), Trouble::of(cause).remedy())]
    Migration {
        /// The file.
        path: PathBuf,
        /// The version that failed.
        version: u32,
        /// The cause.
        cause: rusqlite::Error,
    },
    /// What stands where a copy should go is no copy of an archive.
    #[error("{} is not overwritten: {why}; name another file, or move that one away", path.display())]
    InTheWay {
        /// The file asked for.
        path: PathBuf,
        /// What stands there.
        why: &'static str,
    },
    /// The place that a copy or an export was asked for cannot be written into.
    #[error("cannot write into {}: {cause}; {}", path.display(), of_place(cause))]
    Place {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// A copy could not be made; what stood in its place is as it was.
    #[error("cannot write the copy {}: {}; {}; what stood there before is as it was", path.display(), said(cause), of_copy(cause))]
    Copy {
        /// The copy.
        path: PathBuf,
        /// The cause.
        cause: rusqlite::Error,
    },
    /// The program has to end before a copy is whole; what stood in its place is as it was.
    #[error("interrupted: {} is as it was before", path.display())]
    Interrupted {
        /// The copy.
        path: PathBuf,
    },
    /// A statement failed in a file that is known, or in one of the two in a folder.
    #[error("{}: {}; {}", path.display(), said(cause), Trouble::of(cause).remedy())]
    Database {
        /// The file, or the folder.
        path: PathBuf,
        /// The cause.
        cause: rusqlite::Error,
    },
    /// A statement failed; `within` says where.
    #[error("the archive database refused: {}; {}", said(.0), Trouble::of(.0).remedy())]
    Sql(rusqlite::Error),
    /// What was typed would have taken longer to find than whoever asked was to wait.
    #[error("the search was ended after {} s: look for longer words, or in one municipality or year", patience.as_secs())]
    Costly {
        /// How long it was given.
        patience: Duration,
    },
    /// A stored value is not what it should be.
    #[error("unreadable value in {table}.{column}: \"{value}\"; run `seutu verify`")]
    Unreadable {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// A stored value is none that its column can have.
    #[error("unreadable value in {table}.{column}: \"{value}\"; run `seutu verify`")]
    Unexportable {
        /// Table or view.
        table: String,
        /// Column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A value could not be made into JSON.
    #[error("cannot write {what} as JSON: {cause}")]
    Json {
        /// What it was.
        what: &'static str,
        /// The cause.
        cause: serde_json::Error,
    },
    /// Bytes of an original cannot be packed or unpacked.
    #[error("original {sha256} cannot be packed or unpacked: {cause}; run `seutu verify`")]
    Codec {
        /// Its hash.
        sha256: String,
        /// The cause.
        cause: io::Error,
    },
    /// The source was never registered.
    #[error("unknown source {0}: register the configuration first")]
    UnknownSource(SourceId),
    /// The municipality was never registered.
    #[error("unknown municipality {0}: add a [[municipality]] block")]
    UnknownMunicipality(String),
    /// The network was never registered.
    #[error(
        "unknown network {0}: add a [[network]] block, or see `seutu sources` for what there is"
    )]
    UnknownNetwork(String),
    /// No such dossier.
    #[error("unknown dossier {0}: see `seutu dossier list` for what there is")]
    UnknownDossier(String),
    /// No such item.
    #[error("unknown item {0}: check the uid with `seutu search`")]
    UnknownItem(Uid),
    /// Two enabled sources of one municipality give an item the same key.
    #[error("sources {first} and {second} both list {uid}: give one of them a key_prefix")]
    UidClash {
        /// The public key.
        uid: Uid,
        /// Slug of the source that has it.
        first: String,
        /// The source that wants it.
        second: SourceId,
    },
    /// The work of one writer job broke down; nothing of it was stored.
    #[error("a writer job broke down: {0}; nothing of it was stored")]
    Panicked(String),
    /// The group the job was in could not be committed; nothing of it was stored for certain.
    #[error("not stored: {0}")]
    NotCommitted(String),
    /// The writer has been closed.
    #[error("the archive is closed: nothing more is written before the next start")]
    Closed,
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sql(cause)
    }
}

impl ArchiveError {
    pub(super) fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            cause: told_once(path, cause),
        }
    }

    /// That a place cannot be written into which somebody asked for.
    pub fn place(path: &Path, cause: io::Error) -> Self {
        Self::Place {
            path: path.to_owned(),
            cause: told_once(path, cause),
        }
    }

    /// That the work of a writer job panicked.
    pub(super) fn panicked(cause: &(dyn Any + Send)) -> Self {
        Self::Panicked(panic_text(cause).unwrap_or_else(|| "no message".to_owned()))
    }

    /// Whether SQLite was told to end the statement.
    pub(super) fn is_interruption(&self) -> bool {
        let (Self::Sql(cause) | Self::Database { cause, .. }) = self else {
            return false;
        };
        is_interruption(cause)
    }

    /// Whether what was asked for is wrong, and not the archive or the machine.
    pub fn is_wrong_use(&self) -> bool {
        if let Self::Place { cause, .. } = self {
            is_wrong_place(cause)
        } else {
            matches!(
                self,
                Self::InTheWay { .. }
                    | Self::WrongApplication { .. }
                    | Self::NoVersion { .. }
                    | Self::NewerSchema { .. }
            )
        }
    }

    /// That a file cannot be used as a database: damage is called that, and a disk or a right is not called damage.
    pub(super) fn unusable(path: &Path, cause: rusqlite::Error) -> Self {
        if Trouble::of(&cause) == Trouble::Damaged {
            Self::NotADatabase {
                path: path.to_owned(),
                why: said(&cause),
            }
        } else {
            Self::Sql(cause).within(path)
        }
    }

    /// The same, with the file or folder that a statement failed in.
    pub(super) fn within(self, path: &Path) -> Self {
        if let Self::Sql(cause) = self {
            Self::Database {
                path: path.to_owned(),
                cause,
            }
        } else {
            self
        }
    }

    /// What is wrong with the database, where that is what failed.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        if let Self::Sql(cause) | Self::Database { cause, .. } | Self::Copy { cause, .. } = self {
            Some(Trouble::of(cause))
        } else {
            None
        }
    }

    /// What the database said, where that is what failed.
    pub(super) fn cause(&self) -> Option<String> {
        if let Self::Sql(cause) | Self::Database { cause, .. } | Self::Copy { cause, .. } = self {
            Some(said(cause))
        } else {
            None
        }
    }

    /// Whether a full-text index, and no text, is what is damaged.
    pub fn is_index_damage(&self) -> bool {
        self.trouble() == Some(Trouble::Index)
    }

    /// Whether the files took no write: nothing that was asked for is to blame.
    pub(super) fn is_unwritable(&self) -> bool {
        let trouble = self.trouble();
        trouble.is_some_and(|trouble| ![Trouble::Index, Trouble::Other].contains(&trouble))
    }
}

/// Where a name was made up for a temporary file, the cause names it; the path says where it was.
fn told_once(path: &Path, cause: io::Error) -> io::Error {
    if cause.get_ref().is_some() && cause.to_string().contains(&*path.to_string_lossy()) {
        io::Error::from(cause.kind())
    } else {
        cause
    }
}

/// What a copy lacks.
fn of_copy(cause: &rusqlite::Error) -> &'static str {
    let trouble = Trouble::of(cause);
    if [Trouble::Full, Trouble::Unwritten].contains(&trouble) {
        "it needs as much free disk space as archive.db"
    } else {
        trouble.remedy()
    }
}

#[cfg(test)]
mod tests;
