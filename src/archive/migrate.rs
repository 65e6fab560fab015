//! Schemas by version: what the files must be, and how an older one is brought up to date.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::error::ArchiveError;
use super::meta::{forget_meta, meta, set_meta};
use super::publication::SNAPSHOT_KEYS;
use super::rows::{instant, sha256_hex};
use super::seals::{self, File};

/// What one kind of database file must look like.
pub(super) struct Schema {
    /// Which of the two files.
    pub(super) file: File,
    /// `application_id`, shown by `file(1)`.
    pub(super) application_id: u32,
    /// Page size of new files, in bytes.
    pub(super) page_size: u32,
    /// Most memory for pages that the writer keeps, in KiB: what a commit touches should fit, else it goes into the
    /// write-ahead log more than once.
    pub(super) cache_kib: u32,
    /// The same of each connection that reads: of several, which together stay small.
    pub(super) reader_cache_kib: u32,
    /// Pages of the write-ahead log after which it is brought into the file: both logs together stay below 64 MiB.
    pub(super) checkpoint_pages: u32,
    /// Migrations in order; version n is reached by the n-th.
    pub(super) migrations: &'static [&'static str],
}

impl Schema {
    /// The version this program writes.
    pub(super) fn version(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }
}

/// `archive.db`: `SVRD`.
pub(super) const ARCHIVE: Schema = Schema {
    file: File::Archive,
    application_id: 0x5356_5244,
    page_size: 8192,
    // The full-text indexes are written all over.
    cache_kib: 32 << 10,
    reader_cache_kib: 8 << 10,
    checkpoint_pages: 3000,
    migrations: &[
        include_str!("migrations/0001.sql"),
        include_str!("migrations/0002.sql"),
        include_str!("migrations/0003.sql"),
        include_str!("migrations/0004.sql"),
        include_str!("migrations/0005.sql"),
        include_str!("migrations/0006.sql"),
        include_str!("migrations/0007.sql"),
        include_str!("migrations/0008.sql"),
        include_str!("migrations/0009.sql"),
        include_str!("migrations/0010.sql"),
        include_str!("migrations/0011.sql"),
        include_str!("migrations/0012.sql"),
        include_str!("migrations/0013.sql"),
        include_str!("migrations/0014.sql"),
        include_str!("migrations/0015.sql"),
        include_str!("migrations/0016.sql"),
        include_str!("migrations/0017.sql"),
        include_str!("migrations/0018.sql"),
        include_str!("migrations/0019.sql"),
        include_str!("migrations/0020.sql"),
    ],
};

/// `originals.db`: `SVRR`. Larger pages, because it holds pages.
pub(super) const ORIGINALS: Schema = Schema {
    file: File::Originals,
    application_id: 0x5356_5252,
    page_size: 16384,
    // Originals are put behind one another, and hardly ever read again.
    cache_kib: 8 << 10,
    reader_cache_kib: 2 << 10,
    checkpoint_pages: 1000,
    migrations: &[
        include_str!("originals/0001.sql"),
        include_str!("originals/0002.sql"),
    ],
};

/// The texts of `data_dictionary` and `meta`, kept out of the migrations because they may improve without a new schema.
const DICTIONARY: &str = include_str!("dictionary.sql");

/// Brings a file from `user_version` to the newest version in one transaction, the version itself included.
pub(super) fn migrate(
    conn: &mut Connection,
    schema: &Schema,
    path: &Path,
) -> Result<(), ArchiveError> {
    let found = user_version(conn)?;
    if found >= schema.version() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    seals::renew(&tx, (schema, found), || {
        let migrations = (1..).zip(schema.migrations);
        for (version, sql) in migrations.filter(|(version, _)| *version > found) {
            tx.execute_batch(sql)
                .map_err(|cause| ArchiveError::Migration {
                    path: path.to_owned(),
                    version,
                    cause,
                })?;
        }
        Ok(())
    })?;
    tx.pragma_update(None, "application_id", schema.application_id)?;
    tx.pragma_update(None, "user_version", schema.version())?;
    tx.commit()?;
    Ok(())
}

/// The schema version of an open file.
pub(super) fn user_version(conn: &Connection) -> Result<u32, ArchiveError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether `data_dictionary` says what this program says; one that another version of it wrote is taken as it is.
pub(super) fn is_dictionary_whole(conn: &Connection) -> Result<bool, ArchiveError> {
    let by_this_program: bool = conn.query_row(
        "SELECT EXISTS(SELECT 1 FROM meta WHERE key='dictionary_sha256' AND value=?1)",
        params![sha256_hex(DICTIONARY.as_bytes())],
        |row| row.get(0),
    )?;
    if !by_this_program {
        return Ok(true);
    }
    let ours = Connection::open_in_memory()?;
    let mut tables = conn.prepare(
        "SELECT sql FROM sqlite_schema WHERE type='table' AND name IN ('meta','data_dictionary')",
    )?;
    for sql in tables.query_map([], |row| row.get::<_, String>(0))? {
        ours.execute_batch(&sql?)?;
    }
    ours.execute_batch(DICTIONARY)?;
    Ok(dictionary(conn)? == dictionary(&ours)?)
}

fn dictionary(conn: &Connection) -> Result<Vec<[Option<String>; 5]>, ArchiveError> {
    let mut statement = conn.prepare(
        "SELECT table_name, column_name, description_fi, description_en, example FROM data_dictionary
         ORDER BY table_name, column_name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok([
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ])
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Fills `data_dictionary` and `meta` where they differ from what this program says.
pub(super) fn describe(conn: &mut Connection, now: Timestamp) -> Result<(), ArchiveError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // What a snapshot says of itself is not true of an archive that was restored from it.
    for key in SNAPSHOT_KEYS {
        forget_meta(&tx, key)?;
    }
    let hash = sha256_hex(DICTIONARY.as_bytes());
    let stored = meta(&tx, "dictionary_sha256")?;
    if stored.as_deref() != Some(hash.as_str()) || !is_dictionary_whole(&tx)? {
        tx.execute("DELETE FROM data_dictionary", [])?;
        tx.execute_batch(DICTIONARY)?;
        set_meta(&tx, "dictionary_sha256", &hash)?;
    }
    let generator = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    for (key, value) in [
        ("generator", generator),
        ("schema_version", &ARCHIVE.version().to_string()),
    ] {
        set_meta(&tx, key, value)?;
    }
    tx.execute(
        "INSERT OR IGNORE INTO meta(key,value) VALUES('created_at',?1)",
        params![instant(now)],
    )?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::*;

    #[test]
    fn a_row_that_was_damaged_stays_named_under_a_new_schema() {
        let (_dir, mut archive) = open_temporary();
        archive
            .main
            .execute_batch(
                "INSERT INTO seal(table_name,key,digest) VALUES('meta','created_at','0123456789abcdef')",
            )
            .expect("the seal of another row");
        let more = [
            ARCHIVE.migrations,
            &["ALTER TABLE poll ADD COLUMN note TEXT"],
        ]
        .concat();
        let newer = Schema {
            migrations: more.leak(),
            ..ARCHIVE
        };
        migrate(&mut archive.main, &newer, Path::new("archive.db")).expect("migrated");
        assert_eq!(
            user_version(&archive.main).expect("version"),
            newer.version()
        );
        let seals = "SELECT table_name||' '||key||' '||digest FROM seal";
        let mut seals = archive.main.prepare(seals).expect("seals");
        let seals = seals.query_map([], |row| row.get::<_, String>(0));
        let seals: Vec<String> = seals
            .expect("seals")
            .collect::<Result<_, _>>()
            .expect("seals");
        assert_eq!(seals, ["meta created_at ----------------"]);
    }
}
