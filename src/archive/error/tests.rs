//! What errors say.

use super::*;

fn told(error: ArchiveError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

#[test]
fn a_cause_is_told_once_with_the_file_and_its_own_remedy() {
    for (code, cause, remedy) in [
        (
            rusqlite::ffi::SQLITE_FULL,
            "database or disk is full",
            "make room",
        ),
        (
            rusqlite::ffi::SQLITE_READONLY,
            "readonly database",
            "may not write it",
        ),
        (
            rusqlite::ffi::SQLITE_CORRUPT,
            "malformed",
            "restore a backup",
        ),
        (
            rusqlite::ffi::SQLITE_CORRUPT_VTAB,
            "malformed",
            "seutu rederive",
        ),
        (
            rusqlite::ffi::SQLITE_NOTADB,
            "not a database",
            "restore a backup",
        ),
        (rusqlite::ffi::SQLITE_BUSY, "locked", "another program"),
        (rusqlite::ffi::SQLITE_IOERR, "I/O error", "its disk"),
        (rusqlite::ffi::SQLITE_IOERR_WRITE, "I/O error", "quota"),
        (
            rusqlite::ffi::SQLITE_CANTOPEN,
            "unable to open",
            "no folder",
        ),
    ] {
        let failure = rusqlite::ffi::Error::new(code);
        let failed = rusqlite::Error::SqliteFailure(failure, None);
        let error = ArchiveError::from(failed).within(Path::new("/a/archive.db"));
        let told = told(error);
        assert!(told.starts_with("/a/archive.db: "), "{told}");
        assert_eq!(told.matches(cause).count(), 1, "{cause}: {told}");
        assert!(told.contains(remedy), "{remedy}: {told}");
        assert_eq!(
            told.contains("make room on"),
            remedy == "make room",
            "{told}"
        );
    }
}

#[test]
fn a_disk_that_fails_is_no_reason_to_restore_a_file() {
    let failed = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
    for (code, damaged) in [
        (rusqlite::ffi::SQLITE_IOERR_SHMSIZE, false),
        (rusqlite::ffi::SQLITE_CANTOPEN, false),
        (rusqlite::ffi::SQLITE_NOTADB, true),
        (rusqlite::ffi::SQLITE_CORRUPT, true),
    ] {
        let error = ArchiveError::unusable(Path::new("/a/archive.db"), failed(code));
        let is_damage = matches!(error, ArchiveError::NotADatabase { .. });
        assert_eq!(is_damage, damaged, "{error}");
    }
}

#[test]
fn a_file_that_has_no_room_is_not_asked_for_its_rights() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let told = told(ArchiveError::io(Path::new("/a/archive.lock"), full));
    assert!(told.contains("make room"), "{told}");
    assert!(!told.contains("this user"), "{told}");
}

#[test]
fn a_temporary_name_and_its_cause_are_not_told_twice() {
    let missing = Path::new("/nowhere/at/all");
    let cause = tempfile::TempDir::with_prefix_in(".new-", missing).expect_err("no folder");
    let told = told(ArchiveError::io(missing, cause));
    assert_eq!(told.matches("/nowhere/at/all").count(), 1, "{told}");
    assert!(!told.contains(".new-"), "{told}");
}

#[test]
fn a_place_that_is_the_wrong_one_is_told_apart_from_one_that_is_full() {
    for (kind, wrong, remedy) in [
        (io::ErrorKind::NotFound, true, "name a folder"),
        (io::ErrorKind::NotADirectory, true, "name a folder"),
        (io::ErrorKind::PermissionDenied, true, "name a folder"),
        (io::ErrorKind::ReadOnlyFilesystem, true, "name a folder"),
        (io::ErrorKind::StorageFull, false, "make room"),
        (io::ErrorKind::QuotaExceeded, false, "make room"),
        (io::ErrorKind::Other, false, "log of the system"),
    ] {
        let error = ArchiveError::place(Path::new("/media/stick"), io::Error::from(kind));
        assert_eq!(error.is_wrong_use(), wrong, "{kind:?}");
        let told = told(error);
        assert!(told.contains("/media/stick"), "{told}");
        assert!(told.contains(remedy), "{told}");
    }
}
