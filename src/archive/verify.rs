//! Is the archive whole? Structure, references, full text, versions, and every original against its hash.

use std::fmt;
use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use tempfile::TempDir;

use crate::model::minutes::{Handling, ItemReading};

use super::error::ArchiveError;
use super::migrate::{ARCHIVE, ORIGINALS};
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use super::originals::unpack;
use super::reader::open_readable;
use super::rows::sha256_hex;

/// Findings of one kind that are listed one by one; a broken file has more than anybody reads.
const LISTED: usize = 100;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// File and table.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.remedy)
    }
}

const RESTORE: &str = "restore the file from a backup, together with its -wal and -shm files";
const REBUILD: &str = "run `seutu rederive`, which builds it again from the originals";
const REFILL: &str = "run `seutu rederive`, or start the daemon, which fills them when it begins";
const LOST: &str = "restore originals.db from a backup, together with its -wal and -shm files: what the site has served \
                    since is stored only where it changed";

/// Checks the archive in `dir` without changing it; nothing found means all is well.
///
/// Works while the daemon runs. Reads every byte: about 10 s per GB.
pub fn verify(dir: &Path) -> Vec<Finding> {
    let mut report = Report::default();
    let archive = report.open(
        open_readable(&dir.join(ARCHIVE_FILE), &ARCHIVE),
        ARCHIVE_FILE,
    );
    let originals = report.open(
        open_readable(&dir.join(ORIGINALS_FILE), &ORIGINALS),
        ORIGINALS_FILE,
    );
    if let Some(conn) = &archive {
        report.check(ARCHIVE_FILE, |r| structure(r, conn, ARCHIVE_FILE));
        report.check("archive.db foreign keys", |r| foreign_keys(r, conn));
        report.check("archive.db item_fts", |r| full_text(r, conn, dir));
        report.check("archive.db item", |r| search_columns(r, conn));
        report.check("archive.db item_version", |r| versions(r, conn));
        report.check("archive.db item_version", |r| fields(r, conn));
    }
    if let Some(conn) = &originals {
        report.check(ORIGINALS_FILE, |r| structure(r, conn, ORIGINALS_FILE));
        report.check("originals.db raw", |r| hashes(r, conn));
    }
    if let (Some(archive), Some(originals)) = (&archive, &originals) {
        report.check("archive.db fetch", |r| provenance(r, archive, originals));
    }
    report.findings
}

#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: &str) {
        self.findings.push(Finding {
            place: place.into(),
            what: what.into(),
            remedy: remedy.to_owned(),
        });
    }

    fn open(&mut self, opened: Result<Connection, ArchiveError>, file: &str) -> Option<Connection> {
        opened
            .map_err(|error| self.add(file, error.to_string(), RESTORE))
            .ok()
    }

    /// Runs one check; that it cannot be run is a finding too.
    fn check(&mut self, place: &str, check: impl FnOnce(&mut Self) -> Result<(), ArchiveError>) {
        if let Err(error) = check(self) {
            self.add(place, format!("cannot be checked: {error}"), RESTORE);
        }
    }

    /// Adds a finding for every row of a query.
    fn rows(
        &mut self,
        conn: &Connection,
        (place, sql, remedy): (&str, &str, &str),
        say: impl Fn(&Row<'_>) -> rusqlite::Result<String>,
    ) -> Result<(), ArchiveError> {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = 0_usize;
        while let Some(row) = rows.next()? {
            found += 1;
            if found <= LISTED {
                self.add(place, say(row)?, remedy);
            }
        }
        if found > LISTED {
            self.add(
                place,
                format!("{} more of the same kind", found - LISTED),
                remedy,
            );
        }
        Ok(())
    }
}

fn structure(report: &mut Report, conn: &Connection, file: &str) -> Result<(), ArchiveError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            report.add(file, line, RESTORE);
        }
    }
    Ok(())
}

fn foreign_keys(report: &mut Report, conn: &Connection) -> Result<(), ArchiveError> {
    report.rows(
        conn,
        ("archive.db", "PRAGMA foreign_key_check", RESTORE),
        |row| {
            let (table, id, target): (String, Option<i64>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!(
                "row {} of {table} refers to a row of {target} that is not there",
                id.unwrap_or_default()
            ))
        },
    )
}

/// The full-text index against the texts. The check is an INSERT, so it runs on a copy: the archive stays
/// untouched, and a running daemon is not held up.
fn full_text(report: &mut Report, conn: &Connection, dir: &Path) -> Result<(), ArchiveError> {
    let temporary = TempDir::with_prefix_in(".verify-", dir)
        .or_else(|_read_only| TempDir::with_prefix("seutu-verify-"))
        .map_err(|source| ArchiveError::io(dir, source))?;
    let mut copy = Connection::open(temporary.path().join(ARCHIVE_FILE))?;
    Backup::new(conn, &mut copy)?.run_to_completion(4096, std::time::Duration::ZERO, None)?;
    for (index, table) in [
        ("item_fts", "item"),
        ("document_page_fts", "document_page"),
        ("attachment_page_fts", "attachment_page"),
    ] {
        let check = format!("INSERT INTO {index}({index}, rank) VALUES('integrity-check', 1)");
        if let Err(error) = copy.execute(&check, []) {
            let what = format!("does not agree with the texts of {table}: {error}");
            report.add(format!("archive.db {index}"), what, REBUILD);
        }
    }
    Ok(())
}

/// Items whose text was changed past this program: their words are found as written, not in other forms.
fn search_columns(report: &mut Report, conn: &Connection) -> Result<(), ArchiveError> {
    let unfilled = "SELECT uid FROM item WHERE search_by IS NULL ORDER BY id";
    report.rows(conn, ("archive.db item", unfilled, REFILL), |row| {
        let uid: String = row.get(0)?;
        Ok(format!("the search columns of {uid} are not filled"))
    })
}

fn versions(report: &mut Report, conn: &Connection) -> Result<(), ArchiveError> {
    let gaps = "SELECT i.uid, i.version_no, count(v.id), coalesce(max(v.version_no),0)
         FROM item i LEFT JOIN item_version v ON v.item_id=i.id
         GROUP BY i.id HAVING i.version_no<>count(v.id) OR i.version_no<>coalesce(max(v.version_no),0)";
    report.rows(conn, ("archive.db item_version", gaps, REBUILD), |row| {
        let (uid, said, count, newest): (String, i64, i64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(format!(
            "{uid} says version {said}, but {count} are stored and the newest is {newest}"
        ))
    })?;
    let differing = "SELECT i.uid, i.version_no FROM item i
         JOIN item_version v ON v.item_id=i.id AND v.version_no=i.version_no
         WHERE v.content_sha256 IS NOT i.content_sha256 OR v.stage IS NOT i.stage";
    report.rows(conn, ("archive.db item", differing, REBUILD), |row| {
        let (uid, version_no): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok(format!(
            "the text of {uid} is not that of its version {version_no}"
        ))
    })
}

/// Every stored text can still be read as what it is.
fn fields(report: &mut Report, conn: &Connection) -> Result<(), ArchiveError> {
    let mut statement = conn.prepare(
        "SELECT i.uid, v.version_no, v.fields, v.handlings FROM item_version v JOIN item i ON i.id=v.item_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (fields, handlings): (String, String) = (row.get(2)?, row.get(3)?);
        let readable = serde_json::from_str::<ItemReading>(&fields)
            .map(|_| ())
            .and_then(|()| serde_json::from_str::<Vec<Handling>>(&handlings).map(|_| ()));
        if let Err(error) = readable {
            let (uid, version_no): (String, i64) = (row.get(0)?, row.get(1)?);
            let what = format!("version {version_no} of {uid} cannot be read: {error}");
            report.add("archive.db item_version", what, REBUILD);
        }
    }
    Ok(())
}

/// Every original against its hash: SQLite does not notice flipped bits in what it stores.
fn hashes(report: &mut Report, conn: &Connection) -> Result<(), ArchiveError> {
    let mut statement =
        conn.prepare("SELECT sha256, codec, bytes, body FROM raw WHERE body IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sha256, codec, bytes): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let whole = unpack(&sha256, &codec, (bytes, row.get(3)?))
            .is_ok_and(|body| sha256_hex(&body) == sha256);
        if !whole {
            report.add(
                "originals.db raw",
                format!("the bytes of {sha256} are not those that were stored"),
                LOST,
            );
        }
    }
    Ok(())
}

fn provenance(
    report: &mut Report,
    archive: &Connection,
    originals: &Connection,
) -> Result<(), ArchiveError> {
    let mut known = originals.prepare("SELECT 1 FROM raw WHERE sha256=?1")?;
    let mut statement = archive.prepare("SELECT sha256, min(url) FROM fetch GROUP BY sha256")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sha256, url): (String, String) = (row.get(0)?, row.get(1)?);
        if known
            .query_row(params![sha256], |_| Ok(()))
            .optional()?
            .is_none()
        {
            report.add(
                "archive.db fetch",
                format!("the original {sha256} of {url} is not in originals.db"),
                LOST,
            );
        }
    }
    Ok(())
}
