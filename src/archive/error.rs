//! What can go wrong in the archive, in words that name the file and say what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::ids::{SourceId, Uid};

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
    #[error("cannot use {}: {source}; check that it exists and that this user may write there", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// There is nothing to read.
    #[error("there is no archive at {}: let `seutu run` or `seutu poll` make one, or name the right folder in [archive] dir", path.display())]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The file is not a database, or not a whole one.
    #[error("{} is not a usable SQLite file ({why}): restore it from a backup, or move it away together with its -wal and -shm files", path.display())]
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
    #[error("cannot bring {} to schema version {version}: {source}; the file is unchanged", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// The version that failed.
        version: u32,
        /// The cause.
        source: rusqlite::Error,
    },
    /// What stands where a copy should go is no copy of an archive.
    #[error("{} is not overwritten: {why}; name another file, or move that one away", path.display())]
    InTheWay {
        /// The file asked for.
        path: PathBuf,
        /// What stands there.
        why: &'static str,
    },
    /// A copy could not be made; what stood in its place is as it was.
    #[error("cannot write the copy {}: {source}; it needs as much free disk space as archive.db, and what stood there before is as it was", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The program has to end before a copy is whole; what stood in its place is as it was.
    #[error("interrupted: {} is as it was before", path.display())]
    Interrupted {
        /// The copy.
        path: PathBuf,
    },
    /// A statement failed.
    #[error("the archive database refused: {0}; check free disk space, then `seutu verify`")]
    Sql(#[from] rusqlite::Error),
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
    #[error("cannot write {what} as JSON: {source}")]
    Json {
        /// What it was.
        what: &'static str,
        /// The cause.
        source: serde_json::Error,
    },
    /// Bytes of an original cannot be packed or unpacked.
    #[error("original {sha256} cannot be packed or unpacked: {source}; run `seutu verify`")]
    Codec {
        /// Its hash.
        sha256: String,
        /// The cause.
        source: io::Error,
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
    #[error("not stored: {0}; check free disk space, the work is done again at the next cycle")]
    NotCommitted(String),
    /// The writer has been closed.
    #[error("the archive is closed: nothing more is written before the next start")]
    Closed,
}

impl ArchiveError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
