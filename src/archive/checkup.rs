//! A short look at the archive's files: versions, and whether SQLite finds them whole.

use std::path::Path;

use rusqlite::Connection;
use serde::Serialize;

use super::error::ArchiveError;
use super::migrate::{ARCHIVE, ORIGINALS, Schema, user_version};
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use super::reader::open_readable;

/// Faults of one file that are told.
const FAULTS: u32 = 5;

/// What was seen of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileCheckup {
    /// Its name in the archive's folder.
    pub file: &'static str,
    /// Version of its schema.
    pub user_version: u32,
    /// What SQLite's `quick_check` found; empty when nothing.
    pub faults: Vec<String>,
}

/// The version of SQLite in this program.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Looks at both files without changing them; each that cannot be read is an error of its own.
pub fn checkup(dir: &Path) -> Vec<(&'static str, Result<FileCheckup, ArchiveError>)> {
    let files: [(&'static str, &Schema); 2] =
        [(ARCHIVE_FILE, &ARCHIVE), (ORIGINALS_FILE, &ORIGINALS)];
    let looked = files.map(|(file, schema)| {
        let path = dir.join(file);
        let seen = open_readable(&path, schema)
            .and_then(|conn| look(file, &conn).map_err(|error| error.within(&path)));
        (file, seen)
    });
    looked.into()
}

fn look(file: &'static str, conn: &Connection) -> Result<FileCheckup, ArchiveError> {
    let mut statement = conn.prepare(&format!("PRAGMA quick_check({FAULTS})"))?;
    let said = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = said.collect::<Result<Vec<_>, _>>()?;
    faults.retain(|said| said != "ok");
    Ok(FileCheckup {
        file,
        user_version: user_version(conn)?,
        faults,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::*;

    #[test]
    fn a_sound_archive_has_no_faults_and_a_missing_one_is_an_error() {
        let (dir, _archive) = open_temporary();
        let seen = checkup(dir.path());
        assert_eq!(seen.len(), 2);
        for (file, looked) in seen {
            let looked = looked.expect(file);
            assert!(
                looked.faults.is_empty() && looked.user_version > 0,
                "{looked:?}"
            );
        }
        assert!(
            checkup(&dir.path().join("none"))
                .iter()
                .all(|of| of.1.is_err())
        );
        assert!(sqlite_version().starts_with('3'));
    }
}
