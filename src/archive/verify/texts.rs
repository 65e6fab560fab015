//! Versions against their numbers, their instants, their hashes, and the items they belong to.

use rusqlite::{Connection, Row};

use super::{Counter, Kind, REBUILD, Report};
use crate::archive::error::ArchiveError;
use crate::archive::item_read::BLANKED;
use crate::archive::versions::shows;
use crate::model::change::{NewVersion, VersionKind};
use crate::model::digest::{content_hash, is_content_hash};
use crate::model::minutes::{Handling, ItemReading, Reading};

/// Numbers without a gap, as many as the item says.
pub(super) fn numbers(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let gaps = "SELECT i.uid, i.version_no, count(v.id), coalesce(max(v.version_no),0)
         FROM item i LEFT JOIN item_version v ON v.item_id=i.id
         GROUP BY i.id HAVING i.version_no<>count(v.id) OR i.version_no<>coalesce(max(v.version_no),0)";
    report.rows(conn, ("archive.db item_version", gaps, REBUILD), |row| {
        let (uid, said, count, newest): (String, i64, i64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(format!(
            "{uid} says version {said}, but {count} are stored and the newest is {newest}"
        ))
    })
}

/// Each version was seen until the next one was; the newest still is.
pub(super) fn instants(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let broken = "SELECT i.uid, v.version_no, v.seen_from, v.seen_to, n.seen_from
         FROM item_version v JOIN item i ON i.id=v.item_id
         LEFT JOIN item_version n ON n.item_id=v.item_id AND n.version_no=v.version_no+1
         WHERE v.seen_to IS NOT n.seen_from OR v.seen_to<v.seen_from ORDER BY v.item_id, v.version_no";
    report.rows(conn, ("archive.db item_version", broken, REBUILD), |row| {
        let (uid, version_no, from): (String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (to, next): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let to = to.map_or_else(|| "without an end".to_owned(), |to| format!("until {to}"));
        let next = next.map_or_else(
            || "no version follows it".to_owned(),
            |next| format!("the version after it was seen from {next}"),
        );
        Ok(format!(
            "version {version_no} of {uid} was seen from {from} {to}, but {next}"
        ))
    })
}

/// A version as it is checked.
struct Stored {
    item: i64,
    uid: String,
    version_no: u32,
    newest: u32,
    fields: String,
    handlings: String,
    content_sha256: String,
    item_sha256: Option<String>,
    /// What was blanked or erased here keeps the hash of what it said.
    is_blanked: bool,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            item: row.get(0)?,
            uid: row.get(1)?,
            version_no: row.get(2)?,
            newest: row.get(3)?,
            fields: row.get(4)?,
            handlings: row.get(5)?,
            content_sha256: row.get(6)?,
            item_sha256: row.get(7)?,
            is_blanked: row.get(8)?,
        })
    }

    fn read(&self) -> serde_json::Result<(ItemReading, Vec<Handling>)> {
        Ok((
            serde_json::from_str(&self.fields)?,
            serde_json::from_str(&self.handlings)?,
        ))
    }
}

/// Every stored text can be read, is what its hash says, and the newest one is what the item shows.
pub(super) fn contents(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let versions: u64 = conn.query_row("SELECT count(*) FROM item_version", [], |row| {
        row.get::<_, i64>(0).map(i64::unsigned_abs)
    })?;
    let mut counter = Counter::new(report, "versions", versions);
    let mut unreadable = Kind::new("archive.db item_version", REBUILD);
    let mut other = Kind::new("archive.db item_version", REBUILD);
    let mut shown = Kind::new("archive.db item", REBUILD);
    let mut statement = conn.prepare(&format!(
        "SELECT i.id, i.uid, v.version_no, i.version_no, v.fields, v.handlings, v.content_sha256, i.content_sha256,
           {BLANKED} FROM item_version v JOIN item i ON i.id=v.item_id ORDER BY v.item_id, v.version_no",
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        counter.step();
        let stored = Stored::of(row)?;
        let Stored {
            uid, version_no, ..
        } = &stored;
        let (item, handlings) = match stored.read() {
            Ok(read) => read,
            Err(error) => {
                unreadable.add(report, || {
                    Ok(format!(
                        "version {version_no} of {uid} cannot be read: {error}"
                    ))
                })?;
                continue;
            }
        };
        if stored.is_blanked {
            continue;
        }
        if !is_content_hash(&stored.content_sha256, &item, &handlings) {
            other.add(report, || {
                let hash = content_hash(&item, &handlings);
                Ok(format!(
                    "version {version_no} of {uid} does not say what was stored: its content_sha256 is {}, \
                     what stands there has {hash}",
                    stored.content_sha256
                ))
            })?;
        }
        if stored.version_no == stored.newest && !is_shown(conn, &stored, (item, handlings))? {
            shown.add(report, || {
                Ok(format!(
                    "the text of {uid} is not that of its version {version_no}"
                ))
            })?;
        }
    }
    unreadable.close(report);
    other.close(report);
    shown.close(report);
    Ok(())
}

fn is_shown(
    conn: &Connection,
    stored: &Stored,
    (item, handlings): (ItemReading, Vec<Handling>),
) -> Result<bool, ArchiveError> {
    if stored.item_sha256.as_ref() != Some(&stored.content_sha256) {
        return Ok(false);
    }
    let version = NewVersion {
        kind: VersionKind::Amended,
        reading: Reading {
            item,
            handlings,
            problems: vec![],
        },
        changed_fields: vec![],
        content_sha256: stored.content_sha256.clone(),
        parser: String::new(),
    };
    shows(conn, stored.item, stored.version_no, &version)
}
