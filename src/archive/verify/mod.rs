//! Is the archive whole? Structure, references, full text, versions, the log, every row against its seal, and every original
//! against its hash.

mod log;
mod search;
mod stored;
mod texts;

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, Row};
use serde::Serialize;

use super::error::ArchiveError;
use super::mark::Mark;
use super::migrate::{ARCHIVE, ORIGINALS, Schema};
use super::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use super::publication::{Stop, watch};
use super::reader::open_readable;
use super::seals;
use super::trouble::{Trouble, one_line};

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

const RESTORE: &str = "restore a backup into an empty folder, with this one moved away as a whole, because its -wal files \
                       would be read into what is restored (README: Backup, restore, damage)";
const REBUILD: &str = "run `seutu rederive`, which builds it again from the originals";
const REBUILD_INDEX: &str =
    "run `seutu rederive`, which builds the index again; until then searches may miss items";
const GONE: &str = "restore it from a backup, with its -wal and -shm files moved away (README: Backup, restore, damage); \
                    without a backup `seutu poll` begins an empty one: texts stay as they are, but what was fetched before \
                    cannot be derived again";
const AGAIN: &str = "then run `seutu verify` again";
const OTHER: &str = "restore a backup into an empty folder (README: Backup, restore, damage); without one, \
                     `seutu rederive --accept` reads texts again and takes the rest for true as it stands";
const LOG: &str = "restore a backup into an empty folder (README: Backup, restore, damage): the log cannot be made again, and \
                   whoever follows it by a cursor may have missed something";
const END: &str = "restore a newer backup if there is one; else `seutu poll --backfill` fetches what sites still list, verdicts \
                   and takedowns since then have to be given again, and the next event ends this finding";
const LOST: &str = "restore originals.db from a backup, with its -wal and -shm files moved away first: what the site has \
                    served since is stored only where it changed";

/// How far a check has come: what is checked, how much of it is done, and how much there is where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is checked.
    pub what: &'static str,
    /// So many are done.
    pub done: u64,
    /// Of so many.
    pub of: Option<u64>,
}

/// Checks the archive in `dir` without changing it; nothing found means all is well.
///
/// Works while the daemon runs. Reads every byte: about 10 s per GB.
pub fn verify(dir: &Path) -> Vec<Finding> {
    verify_watched(dir, &|_| ())
}

/// The same; `tell` hears how far it is.
pub fn verify_watched(dir: &Path, tell: &dyn Fn(Checked)) -> Vec<Finding> {
    let mut report = Report {
        findings: vec![],
        tell,
    };
    // Before the archive: a commit in between is no loss.
    let mark = Mark::read(dir);
    let archive = report.open(
        open_readable(&dir.join(ARCHIVE_FILE), &ARCHIVE),
        ARCHIVE_FILE,
    );
    let originals = match open_readable(&dir.join(ORIGINALS_FILE), &ORIGINALS) {
        // The first start made one file and had no room, or no time, for the other.
        Err(ArchiveError::Missing { .. }) if archive.as_ref().is_some_and(is_new) => None,
        opened => report.open(opened, ORIGINALS_FILE),
    };
    if let Some(conn) = &archive {
        report.begin("the structure of archive.db");
        report.check(ARCHIVE_FILE, |r| structure(r, conn, ARCHIVE_FILE));
        report.check("archive.db foreign keys", |r| foreign_keys(r, conn));
        report.begin("full text");
        report.check("archive.db full text", |r| search::indexes(r, conn, dir));
        report.check("archive.db item", |r| search::columns(r, conn));
        report.check("archive.db data_dictionary", |r| {
            stored::dictionary(r, conn)
        });
        report.begin("versions");
        report.check("archive.db item_version", |r| texts::numbers(r, conn));
        report.check("archive.db item_version", |r| texts::instants(r, conn));
        report.check("archive.db item_version", |r| texts::contents(r, conn));
        report.check(ARCHIVE_FILE, |r| {
            stored::rows(r, conn, seals::File::Archive)
        });
        report.check("archive.db event", |r| log::events(r, conn));
        if let Some(mark) = &mark {
            report.check("archive.db event", |r| log::marked(r, conn, mark));
        }
    }
    if let Some(conn) = &originals {
        report.begin("the structure of originals.db");
        report.check(ORIGINALS_FILE, |r| structure(r, conn, ORIGINALS_FILE));
        report.check("originals.db raw", |r| stored::hashes(r, conn));
        report.check(ORIGINALS_FILE, |r| {
            stored::rows(r, conn, seals::File::Originals)
        });
    }
    if let (Some(archive), Some(originals)) = (&archive, &originals) {
        report.check("archive.db fetch", |r| {
            stored::provenance(r, archive, originals)
        });
    }
    report.findings
}

/// Whether nothing was ever stored in an archive.
fn is_new(archive: &Connection) -> bool {
    let fetched = archive.query_row("SELECT EXISTS(SELECT 1 FROM fetch)", [], |row| row.get(0));
    fetched.is_ok_and(|fetched: bool| !fetched)
}

/// Texts, originals, events and rows that are not what was stored, told by their hashes and seals; a part of [`verify`],
/// until `stop` says so. What only cannot be checked now is no finding.
pub(super) fn altered(dir: &Path, stop: &Stop) -> Vec<Finding> {
    type Check<'a> = &'a dyn Fn(&mut Report<'_>, &Connection) -> Result<(), ArchiveError>;
    let mark = Mark::read(dir);
    let events: Check<'_> = &|report, conn| match &mark {
        Some(mark) => log::unaltered(report, conn, mark),
        None => Ok(()),
    };
    let archive: [Check<'_>; 3] = [&texts::contents, events, &|report, conn| {
        stored::rows(report, conn, seals::File::Archive)
    }];
    let originals: [Check<'_>; 2] = [&stored::hashes, &|report, conn| {
        stored::rows(report, conn, seals::File::Originals)
    }];
    let files: [(&'static str, &Schema, &[Check<'_>]); 2] = [
        (ARCHIVE_FILE, &ARCHIVE, &archive),
        (ORIGINALS_FILE, &ORIGINALS, &originals),
    ];
    let mut report = Report {
        findings: vec![],
        tell: &|_| (),
    };
    for (file, schema, checks) in files {
        let opened = open_readable(&dir.join(file), schema).and_then(|mut conn| {
            watch(&mut conn, stop)?;
            Ok(conn)
        });
        match opened {
            // Each by itself: a row that cannot be read must not keep others from being looked at.
            Ok(conn) => {
                for check in checks.iter().take_while(|_| !stop()) {
                    report.check_content(file, |report| check(report, &conn));
                }
            }
            Err(error) => {
                tracing::debug!(%error, file, "what it holds could not be checked against its hashes");
            }
        }
    }
    if stop() {
        // What was cut short cannot be checked; that is nothing to tell.
        report.findings.clear();
    }
    report.findings
}

struct Report<'a> {
    findings: Vec<Finding>,
    tell: &'a dyn Fn(Checked),
}

impl Report<'_> {
    fn begin(&self, what: &'static str) {
        (self.tell)(Checked {
            what,
            done: 0,
            of: None,
        });
    }

    fn add(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: &str) {
        self.findings.push(Finding {
            place: place.into(),
            what: what.into(),
            remedy: remedy.to_owned(),
        });
    }

    fn open(&mut self, opened: Result<Connection, ArchiveError>, file: &str) -> Option<Connection> {
        opened
            .map_err(|error| {
                let (what, remedy) = told(&error);
                let is_lost =
                    matches!(error, ArchiveError::Missing { .. }) && file == ORIGINALS_FILE;
                self.add(file, what, if is_lost { GONE } else { &remedy });
            })
            .ok()
    }

    /// Runs one check; that it cannot be run is a finding too.
    fn check(&mut self, place: &str, check: impl FnOnce(&mut Self) -> Result<(), ArchiveError>) {
        if let Err(error) = check(self) {
            let (what, remedy) = told(&error);
            self.add(place, format!("cannot be checked: {what}"), &remedy);
        }
    }

    /// The same where only what stands in the file counts, and not that it cannot be read just now.
    fn check_content(
        &mut self,
        place: &str,
        check: impl FnOnce(&mut Self) -> Result<(), ArchiveError>,
    ) {
        self.check(place, |report| match check(report) {
            Err(error)
                if !matches!(
                    error.trouble(),
                    None | Some(Trouble::Damaged | Trouble::Other)
                ) =>
            {
                tracing::debug!(%error, place, "what it holds could not be checked against its hashes");
                Ok(())
            }
            checked => checked,
        });
    }

    /// Adds a finding for every row of a query.
    fn rows(
        &mut self,
        conn: &Connection,
        (place, sql, remedy): (&'static str, &str, &'static str),
        say: impl Fn(&Row<'_>) -> rusqlite::Result<String>,
    ) -> Result<(), ArchiveError> {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = Kind::new(place, remedy);
        while let Some(row) = rows.next()? {
            found.add(self, || say(row))?;
        }
        found.close(self);
        Ok(())
    }
}

/// What hinders a check, and what to do about that: a disk without room says nothing against the file.
fn told(error: &ArchiveError) -> (String, String) {
    if let ArchiveError::Missing { .. } = error {
        return ("it is missing".to_owned(), RESTORE.to_owned());
    }
    if let ArchiveError::NotADatabase { why, .. } = error {
        let what = format!("it is not a usable SQLite file: {why}");
        return (what, RESTORE.to_owned());
    }
    let (Some(trouble), Some(what)) = (error.trouble(), error.cause()) else {
        return (error.to_string(), AGAIN.to_owned());
    };
    let remedy = match trouble {
        Trouble::Damaged => RESTORE,
        Trouble::Index => REBUILD_INDEX,
        Trouble::Full
        | Trouble::Unwritten
        | Trouble::ReadOnly
        | Trouble::Held
        | Trouble::Disk
        | Trouble::Closed
        | Trouble::Other => trouble.remedy(),
    };
    (what, remedy.to_owned())
}

/// Findings of one kind, listed one by one as far as anybody reads.
struct Kind {
    place: &'static str,
    remedy: &'static str,
    found: usize,
}

impl Kind {
    fn new(place: &'static str, remedy: &'static str) -> Self {
        Self {
            place,
            remedy,
            found: 0,
        }
    }

    fn add(
        &mut self,
        report: &mut Report<'_>,
        say: impl FnOnce() -> rusqlite::Result<String>,
    ) -> rusqlite::Result<()> {
        self.found += 1;
        if self.found <= LISTED {
            report.add(self.place, say()?, self.remedy);
        }
        Ok(())
    }

    fn tell(&mut self, report: &mut Report<'_>, what: &impl fmt::Display) {
        self.found += 1;
        if self.found <= LISTED {
            report.add(self.place, what.to_string(), self.remedy);
        }
    }

    fn close(self, report: &mut Report<'_>) {
        if self.found > LISTED {
            let more = format!("{} more of the same kind", self.found - LISTED);
            report.add(self.place, more, self.remedy);
        }
    }
}

/// Tells about every so many rows.
const TOLD_EVERY: u64 = 500;

/// Counts the rows of a long check.
struct Counter<'a> {
    tell: &'a dyn Fn(Checked),
    at: Checked,
}

impl<'a> Counter<'a> {
    fn new(report: &Report<'a>, what: &'static str, of: u64) -> Self {
        let at = Checked {
            what,
            done: 0,
            of: Some(of),
        };
        (report.tell)(at);
        Self {
            tell: report.tell,
            at,
        }
    }

    fn step(&mut self) {
        self.at.done += 1;
        if self.at.done.is_multiple_of(TOLD_EVERY) {
            (self.tell)(self.at);
        }
    }
}

fn structure(report: &mut Report<'_>, conn: &Connection, file: &str) -> Result<(), ArchiveError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        // Full-text indexes have a check of their own, and another remedy.
        if line != "ok" && !line.to_lowercase().contains("fts5") {
            report.add(file, one_line(&line), RESTORE);
        }
    }
    Ok(())
}

fn foreign_keys(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
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
