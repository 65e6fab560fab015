//! The originals against their hashes and against what the archive says of them, and every row against its seal.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Counter, Kind, LOST, OTHER, Report};
use crate::archive::error::ArchiveError;
use crate::archive::migrate;
use crate::archive::open::{ARCHIVE_FILE, ORIGINALS_FILE};
use crate::archive::originals::unpack;
use crate::archive::rows::sha256_hex;
use crate::archive::seals;

/// Every original against its hash: SQLite does not notice flipped bits in what it stores.
pub(super) fn hashes(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let stored: u64 = conn.query_row(
        "SELECT count(*) FROM raw WHERE body IS NOT NULL",
        [],
        |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
    )?;
    let mut counter = Counter::new(report, "originals", stored);
    let mut damaged = Kind::new("originals.db raw", LOST);
    let mut statement =
        conn.prepare("SELECT sha256, codec, bytes, body FROM raw WHERE body IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        counter.step();
        let (sha256, codec, bytes): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let found = match unpack(&sha256, &codec, (bytes, row.get(3)?)) {
            Ok(body) if sha256_hex(&body) == sha256 => continue,
            Ok(body) => format!("they have the hash {}", sha256_hex(&body)),
            Err(_damaged) => "they cannot be unpacked".to_owned(),
        };
        damaged.add(report, || {
            Ok(format!(
                "the bytes of {sha256} are not those that were stored: {found}"
            ))
        })?;
    }
    damaged.close(report);
    Ok(())
}

/// Every original that the archive names is there, or was erased.
pub(super) fn provenance(
    report: &mut Report<'_>,
    archive: &Connection,
    originals: &Connection,
) -> Result<(), ArchiveError> {
    let mut missing = Kind::new("archive.db fetch", LOST);
    let mut known = originals.prepare("SELECT 1 FROM raw WHERE sha256=?1")?;
    let mut statement = archive.prepare(
        "SELECT f.sha256, min(f.url), min(i.uid) FROM fetch f LEFT JOIN item i ON i.id=f.item_id GROUP BY f.sha256",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sha256, url, uid): (String, String, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        if known
            .query_row(params![sha256], |_| Ok(()))
            .optional()?
            .is_none()
        {
            let of = uid.map(|uid| format!(" (item {uid})")).unwrap_or_default();
            missing.add(report, || {
                Ok(format!(
                    "the original {sha256} of {url}{of} is not in originals.db"
                ))
            })?;
        }
    }
    missing.close(report);
    Ok(())
}

/// The explanations of tables and columns are those of this program.
pub(super) fn dictionary(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    if !migrate::is_dictionary_whole(conn)? {
        report.add(
            "archive.db data_dictionary",
            "an explanation is not what the program wrote",
            "start seutu, or run `seutu rederive`: it is written anew when the archive is opened",
        );
    }
    Ok(())
}

/// Every row against its seal, which stands only while nobody changes the row.
pub(super) fn rows(
    report: &mut Report<'_>,
    conn: &Connection,
    file: seals::File,
) -> Result<(), ArchiveError> {
    let place = match file {
        seals::File::Archive => ARCHIVE_FILE,
        seals::File::Originals => ORIGINALS_FILE,
    };
    let mut counter = Counter::new(report, "rows", seals::count(conn, file)?);
    let mut found = Kind::new(place, OTHER);
    let compared = seals::compare(conn, file, |other| {
        counter.step();
        if let Some(other) = other {
            found.tell(report, &other);
        }
    });
    found.close(report);
    compared
}
