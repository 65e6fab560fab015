//! What SQLite's failures mean for whoever runs the archive, and what to do about each kind.

use std::io;

use rusqlite::{ErrorCode, ffi};

/// What is wrong with a database, as far as something else has to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No room on the disk.
    Full,
    /// Its disk does not take a write: a quota, a limit, or a fault of the disk.
    Unwritten,
    /// It may not be written.
    ReadOnly,
    /// Its bytes are not what they were.
    Damaged,
    /// Only a full-text index is not what it was.
    Index,
    /// Somebody else holds it.
    Held,
    /// The disk fails.
    Disk,
    /// It cannot be opened.
    Closed,
    /// Anything else.
    Other,
}

/// What SQLite's codes mean for whoever runs the archive.
const TROUBLES: [(ErrorCode, Trouble); 9] = [
    (ErrorCode::DiskFull, Trouble::Full),
    (ErrorCode::ReadOnly, Trouble::ReadOnly),
    (ErrorCode::PermissionDenied, Trouble::ReadOnly),
    (ErrorCode::DatabaseCorrupt, Trouble::Damaged),
    (ErrorCode::NotADatabase, Trouble::Damaged),
    (ErrorCode::DatabaseBusy, Trouble::Held),
    (ErrorCode::DatabaseLocked, Trouble::Held),
    (ErrorCode::SystemIoFailure, Trouble::Disk),
    (ErrorCode::CannotOpen, Trouble::Closed),
];

impl Trouble {
    pub(super) fn of(cause: &rusqlite::Error) -> Self {
        let Some(failure) = cause.sqlite_error() else {
            return Self::Other;
        };
        if failure.extended_code == ffi::SQLITE_CORRUPT_VTAB {
            return Self::Index;
        }
        if [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE].contains(&failure.extended_code) {
            return Self::Unwritten;
        }
        let known = TROUBLES.iter().find(|(code, _)| *code == failure.code);
        known.map_or(Self::Other, |(_, trouble)| *trouble)
    }

    /// What to do about it.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Full => {
                "make room on its disk: a running daemon then goes on by itself, a command has to be given again"
            }
            Self::Unwritten => {
                "its disk does not take what is written: make room, lift a quota or a limit on the size of files, or look \
                 into the log of the system; a running daemon then goes on by itself, a command has to be given again"
            }
            Self::ReadOnly => {
                "this user may not write it, or its disk is mounted for reading alone: give the command as its owner, or \
                 mend the rights of file and folder"
            }
            Self::Damaged => {
                "the file is damaged: `seutu verify` says where; restore a backup into an empty folder, with this one moved away \
                 as a whole, because its -wal files would be read into what is restored (README: Backup, restore, damage)"
            }
            Self::Index => {
                "a full-text index is damaged, no text is: `seutu rederive` builds it again"
            }
            Self::Held => "another program holds it: let that one end, then give the command again",
            Self::Disk => {
                "its disk does not read or write as it should: look into the log of the system, and have a backup at hand"
            }
            Self::Closed => {
                "check that the file is there and no folder, and that this user may read it and its folder"
            }
            Self::Other => {
                "run `seutu verify`; if it finds nothing, report this sentence as a fault"
            }
        }
    }
}

/// What a check of SQLite said, without the name of the database on a line of its own before it.
pub(super) fn one_line(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.starts_with("*** in "));
    lines.collect::<Vec<_>>().join("; ")
}

/// Whether SQLite was told to end the statement.
pub(super) fn is_interruption(cause: &rusqlite::Error) -> bool {
    cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

/// What to do where a file or folder cannot be used.
pub(super) fn of_file(cause: &io::Error) -> &'static str {
    if has_no_room(cause) {
        Trouble::Unwritten.remedy()
    } else if cause.kind() == io::ErrorKind::ReadOnlyFilesystem {
        Trouble::ReadOnly.remedy()
    } else {
        "check that it exists and that this user may write there"
    }
}

/// What to do where a place for a copy or an export cannot be written into.
pub(super) fn of_place(cause: &io::Error) -> &'static str {
    if has_no_room(cause) {
        "make room there, lift a quota or a limit on the size of files, or name a folder on another disk"
    } else if is_wrong_place(cause) {
        "name a folder that is there and that this user may write, or mend its rights"
    } else {
        Trouble::Disk.remedy()
    }
}

fn has_no_room(cause: &io::Error) -> bool {
    let no_room = [
        io::ErrorKind::StorageFull,
        io::ErrorKind::QuotaExceeded,
        io::ErrorKind::FileTooLarge,
    ];
    no_room.contains(&cause.kind())
}

/// Whether a place is the wrong one to write into: not there, no folder, or not this user's.
pub(super) fn is_wrong_place(cause: &io::Error) -> bool {
    let wrong = [
        io::ErrorKind::NotFound,
        io::ErrorKind::NotADirectory,
        io::ErrorKind::IsADirectory,
        io::ErrorKind::AlreadyExists,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ReadOnlyFilesystem,
        io::ErrorKind::InvalidFilename,
    ];
    wrong.contains(&cause.kind())
}

/// What SQLite says, without a code behind it.
pub(super) fn said(cause: &rusqlite::Error) -> String {
    let text = cause.to_string();
    match cause.sqlite_error() {
        // Where it had no words, those of the code stand behind a number.
        Some(failure) if text == failure.to_string() => {
            ffi::code_to_str(failure.extended_code).to_owned()
        }
        _ => text,
    }
}
