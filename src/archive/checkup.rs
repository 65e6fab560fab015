//! A short look at the archive's files: versions, and whether SQLite finds them whole.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde::Serialize;

use super::error::ArchiveError;
use super::migrate::{ARCHIVE, ORIGINALS, Schema, user_version};
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use super::publication::{Stop, watch};
use super::reader::open_readable;
use super::trouble::{Trouble, one_line};
use super::verify::altered;

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
    looked_through(dir, &(Arc::new(|| false) as Stop))
}

/// The same until `stop` says so.
fn looked_through(
    dir: &Path,
    stop: &Stop,
) -> Vec<(&'static str, Result<FileCheckup, ArchiveError>)> {
    let files: [(&'static str, &Schema); 2] =
        [(ARCHIVE_FILE, &ARCHIVE), (ORIGINALS_FILE, &ORIGINALS)];
    let files = files.into_iter().take_while(|_| !stop());
    let looked = files.map(|(file, schema)| {
        let path = dir.join(file);
        let seen = open_readable(&path, schema).and_then(|mut conn| {
            watch(&mut conn, stop)?;
            look(file, &conn).map_err(|error| error.within(&path))
        });
        (file, seen)
    });
    looked.collect()
}

/// What is damaged in both files, in words: how their pages hang together, and, where they do, texts, originals and rows
/// that are not what was written, in about 10 s per GB. Nothing when they are whole, could not be read for another
/// reason, or `stop` said so. Full-text indexes are left out: they are mended by themselves.
pub fn damage(dir: &Path, stop: &Stop) -> Vec<String> {
    let mut found = broken(dir, stop);
    if found.is_empty() {
        let altered = altered(dir, stop);
        if let Some(first) = altered.first() {
            let others = if altered.len() > 1 {
                " (and others: `seutu verify`)"
            } else {
                ""
            };
            found.push(format!("{first}{others}"));
        }
    }
    found
}

/// What SQLite finds damaged.
fn broken(dir: &Path, stop: &Stop) -> Vec<String> {
    let mut found = vec![];
    for (file, seen) in looked_through(dir, stop) {
        let faults = match seen {
            Ok(seen) => seen.faults,
            Err(error) if error.trouble() == Some(Trouble::Damaged) => {
                vec![error.cause().unwrap_or_default()]
            }
            Err(ArchiveError::NotADatabase { why, .. }) => vec![why],
            Err(error) => {
                tracing::debug!(%error, "a file of the archive could not be looked through");
                vec![]
            }
        };
        let mut faults = faults
            .iter()
            .filter(|fault| !fault.to_lowercase().contains("fts5"));
        if let Some(first) = faults.next() {
            found.push(format!(
                "{file} is damaged ({first}): {}",
                Trouble::Damaged.remedy(),
            ));
        }
    }
    found
}

fn look(file: &'static str, conn: &Connection) -> Result<FileCheckup, ArchiveError> {
    let mut statement = conn.prepare(&format!("PRAGMA quick_check({FAULTS})"))?;
    let said = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = said.collect::<Result<Vec<_>, _>>()?;
    faults.retain(|said| said != "ok");
    let faults = faults.iter().map(|said| one_line(said)).collect();
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

    #[test]
    fn damage_is_told_with_what_to_do_and_nothing_of_sound_files_or_once_it_is_to_stop() {
        let (go, stop): (Stop, Stop) = (Arc::new(|| false), Arc::new(|| true));
        let (dir, archive) = open_temporary();
        drop(archive);
        assert_eq!(damage(dir.path(), &go), [""; 0]);
        let file = dir.path().join(ORIGINALS_FILE);
        let mut bytes = std::fs::read(&file).expect("file");
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        bytes[page..2 * page].fill(0);
        std::fs::write(&file, bytes).expect("damaged");
        let found = damage(dir.path(), &go);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("originals.db is damaged")
                && found[0].contains("restore a backup"),
            "{found:?}"
        );
        let file = dir.path().join(ARCHIVE_FILE);
        let bytes = std::fs::read(&file).expect("file");
        std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut off");
        assert_eq!(damage(dir.path(), &go).len(), 2);
        assert_eq!(damage(dir.path(), &stop), [""; 0], "it was to stop");
    }

    #[test]
    fn a_text_that_is_not_what_was_stored_is_told_by_who_looks_at_contents() {
        let go: Stop = Arc::new(|| false);
        let (dir, archive) = open_temporary();
        drop(archive);
        assert_eq!(damage(dir.path(), &go), [""; 0]);
        let conn = Connection::open(dir.path().join(ORIGINALS_FILE)).expect("opened");
        conn.execute(
            "INSERT INTO raw(sha256,codec,bytes,body,first_seen_at) VALUES(?1,'none',3,x'616263','2026-11-09T06:00:00Z')",
            ["0".repeat(64)],
        )
        .expect("another's bytes");
        drop(conn);
        let found = damage(dir.path(), &go);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("are not those that were stored"),
            "{found:?}"
        );
        assert!(found[0].contains("restore originals.db"), "{found:?}");
    }
}
