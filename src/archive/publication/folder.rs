//! The public folder: the newest snapshot with its hash, its schema and its dictionary, and the one before.
//!
//! Two files cannot be replaced at one instant, so `latest.json` names the snapshot by an address that holds its hash:
//! `snapshots/archive-SEQ-SHA256.db`, which is there before it is named, is never written again, and stays until the
//! snapshot after the next. `archive.db` is the same file under a second name. What is published together is made
//! beside its places and then moved by renames alone, `latest.json` last: `archive.db` and the hashes beside it
//! disagree for as long as these few renames take, and `latest.json` never names what is not there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use super::Stop;
use super::copy::{copy, mark};
use super::staging::{Staged, Staging};
use crate::archive::error::ArchiveError;
use crate::archive::migrate::ARCHIVE;
use crate::archive::open::ARCHIVE_FILE;
use crate::archive::reader::{Reader, try_immutable};
use crate::archive::rows::json;
use crate::archive::takedown::takedown_seq;
use crate::model::digest::sha256_hex;
use crate::model::published::{EDITIONS, Published, edition, told_by};

const FOLDER: &str = "public";
const LATEST: &str = "latest.json";
const SUMS: &str = "SHA256SUMS";
const SCHEMA: &str = "schema.sql";
const DICTIONARY: &str = "data_dictionary.csv";

/// Where snapshots are published for everybody.
#[derive(Clone, Debug)]
pub struct PublicFolder {
    dir: PathBuf,
    archive: PathBuf,
}

/// What a publication is made with.
#[derive(Clone, Debug)]
pub struct Edition {
    /// When it is made; its fraction of a second is dropped.
    pub built_at: Timestamp,
    /// The address readers know the site by, ending with a slash.
    pub public_url: Url,
    /// Files made elsewhere that are published together with the snapshot.
    pub beside: Vec<Beside>,
}

/// A file that is published beside the snapshot, and stands in `SHA256SUMS`.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Name below the public folder, such as `decisions/year=2026/decisions.parquet`.
    pub name: String,
    /// Where it was made, on the same disk; it is moved from there.
    pub made: PathBuf,
}

/// A public file, opened once: whatever is published afterwards, its bytes stay those of its hash.
#[derive(Debug)]
pub struct PublicFile {
    /// Its bytes.
    pub file: File,
    /// How many.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: String,
    /// When they were made.
    pub modified: Timestamp,
}

impl PublicFolder {
    /// The public folder of the archive in `archive`; nothing is made yet.
    pub fn of(archive: &Path) -> Self {
        Self {
            dir: archive.join(FOLDER),
            archive: archive.to_owned(),
        }
    }

    /// What is published; `None` before the first snapshot.
    ///
    /// # Errors
    /// When `latest.json` is there and cannot be read.
    pub fn latest(&self) -> Result<Option<Published>, ArchiveError> {
        let path = self.dir.join(LATEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ArchiveError::io(&path, error)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| ArchiveError::io(&path, error.into()))
    }

    /// When `latest.json` was written, which every publication does last; `None` before the first one.
    pub fn written_at(&self) -> Option<Timestamp> {
        let written = fs::metadata(self.dir.join(LATEST)).ok()?.modified().ok()?;
        Timestamp::try_from(written).ok()
    }

    /// Opens a published file by its name below the folder; `None` when there is none of that name, and for a snapshot
    /// from before the event `since`, see [`Reader::takedown_seq`]: what was taken down stands in it.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(&self, name: &str, since: i64) -> Result<Option<PublicFile>, ArchiveError> {
        if name == ARCHIVE_FILE {
            // What latest.json names, so that hash and bytes belong together during a publication too.
            return match self.latest()?.filter(|latest| latest.seq >= since) {
                Some(latest) => self.open_file(&latest.edition(), &latest.sha256),
                None => Ok(None),
            };
        }
        if let Some((seq, sha256)) = told_by(name) {
            if seq < since {
                return Ok(None);
            }
            return self.open_file(name, sha256);
        }
        if ![LATEST, SUMS, SCHEMA, DICTIONARY].contains(&name) {
            return Ok(None);
        }
        // Small and replaced as a whole: the hash is that of the bytes this handle reads.
        let Some(mut found) = self.open_file(name, "")? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut found.file, &mut bytes)
            .and_then(|_| std::io::Seek::rewind(&mut found.file))
            .map_err(|e| ArchiveError::io(&self.dir.join(name), e))?;
        found.sha256 = sha256_hex(&bytes);
        Ok(Some(found))
    }

    fn open_file(&self, name: &str, sha256: &str) -> Result<Option<PublicFile>, ArchiveError> {
        let path = self.dir.join(name);
        let fault = |e| ArchiveError::io(&path, e);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        let about = file.metadata().map_err(fault)?;
        let modified = about.modified().map_err(fault)?;
        Ok(Some(PublicFile {
            size: about.len(),
            sha256: sha256.to_owned(),
            modified: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH),
            file,
        }))
    }

    /// Whether what is published is whole and says what the archive says.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn is_current(&self, reader: &Reader) -> Result<bool, ArchiveError> {
        if !self.is_whole() {
            return Ok(false);
        }
        let now = reader.read(mark)?;
        let said = try_immutable(&self.dir.join(ARCHIVE_FILE), &ARCHIVE).and_then(|c| mark(&c));
        Ok(said.is_ok_and(|said| said == now))
    }

    /// Whether every file of the latest publication is in its place: a run may have been killed between two renames.
    fn is_whole(&self) -> bool {
        let Ok(Some(latest)) = self.latest() else {
            return false;
        };
        let about = |name: &str| fs::metadata(self.dir.join(name)).ok();
        let same = match (about(ARCHIVE_FILE), about(&latest.edition())) {
            (Some(one), Some(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
            _ => false,
        };
        let sums = fs::read_to_string(self.dir.join(SUMS)).unwrap_or_default();
        let line = format!("{}  {ARCHIVE_FILE}", latest.sha256);
        same && sums.lines().any(|known| known == line)
            && [SCHEMA, DICTIONARY]
                .iter()
                .all(|name| about(name).is_some())
    }

    /// Publishes the archive as it is now. Only the holder of the archive's lock may do this, one at a time. The
    /// snapshot before stays beside the new one, unless something was taken down since.
    ///
    /// # Errors
    /// What hinders it; what was published before stays then, whole.
    pub fn publish(&self, edition: Edition, stop: &Stop) -> Result<Published, ArchiveError> {
        let before = self.latest().unwrap_or_default();
        let mut staging = Staging::begin(&self.dir)?;
        let latest = self.stage(&mut staging, edition, stop)?;
        staging.move_into(&self.dir)?;
        let since = takedown_seq(&try_immutable(&self.dir.join(ARCHIVE_FILE), &ARCHIVE)?)?;
        let before = before.filter(|before| before.seq >= since);
        let kept = [
            Some(latest.edition()),
            before.map(|before| before.edition()),
        ];
        self.keep(&kept.into_iter().flatten().collect());
        Ok(latest)
    }

    fn stage(
        &self,
        staging: &mut Staging,
        made: Edition,
        stop: &Stop,
    ) -> Result<Published, ArchiveError> {
        let built_at = Timestamp::from_second(made.built_at.as_second()).unwrap_or(made.built_at);
        let path = staging.path(ARCHIVE_FILE);
        let facts = copy(&self.archive, &path, built_at, stop)?;
        let (schema, dictionary) = described(&path)?;
        let sha256 = staging.add(&path, ARCHIVE_FILE, stop)?;
        for file in made.beside {
            staging.add(&file.made, &file.name, stop)?;
        }
        staging.write(SCHEMA, &schema, stop)?;
        staging.write(DICTIONARY, &dictionary, stop)?;
        staging.write(SUMS, &sums(staging.files()), stop)?;
        let name = edition(facts.seq, &sha256);
        let url = made.public_url.join(&name).unwrap_or(made.public_url);
        let latest = Published {
            seq: facts.seq,
            built_at,
            size: facts.size,
            sha256,
            user_version: facts.user_version,
            items: facts.items,
            url,
        };
        if let Some(first) = staging.files().first().cloned() {
            staging.link(&first, &name)?;
        }
        staging.write(LATEST, &(json(LATEST, &latest)? + "\n"), stop)?;
        Ok(latest)
    }

    /// Removes the snapshots under names of their own that are not among `kept`.
    fn keep(&self, kept: &BTreeSet<String>) {
        let Ok(listed) = fs::read_dir(self.dir.join(EDITIONS)) else {
            return;
        };
        for entry in listed.flatten() {
            let name = format!("{EDITIONS}/{}", entry.file_name().to_string_lossy());
            if told_by(&name).is_some()
                && !kept.contains(&name)
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(name, %error, "an old snapshot cannot be removed");
            }
        }
    }
}

/// Lines as `sha256sum -c` reads them.
fn sums(files: &[Staged]) -> String {
    let lines = files
        .iter()
        .map(|file| format!("{}  {}\n", file.sha256, file.name));
    lines.collect()
}

/// The schema as SQL that makes an empty archive, and the dictionary as CSV (RFC 4180).
fn described(snapshot: &Path) -> Result<(String, String), ArchiveError> {
    let conn = try_immutable(snapshot, &ARCHIVE)?;
    let text = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, String>(0));
    let schema = text(
        "SELECT 'PRAGMA application_id=' || a.application_id || ';' || char(10)
             || 'PRAGMA user_version=' || v.user_version || ';' || char(10)
             || (SELECT group_concat(s.sql || ';' || char(10), '' ORDER BY s.rowid) FROM sqlite_schema s
                 WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                   AND s.name NOT IN (SELECT name FROM pragma_table_list WHERE type='shadow'))
         FROM pragma_application_id a, pragma_user_version v",
    )?;
    let dictionary = text(
        "WITH cell AS (SELECT table_name AS t, column_name AS c, '\"' || replace(table_name,'\"','\"\"') || '\",\"'
             || replace(column_name,'\"','\"\"') || '\",\"' || replace(description_fi,'\"','\"\"') || '\",\"'
             || replace(description_en,'\"','\"\"') || '\",\"' || replace(coalesce(example,''),'\"','\"\"') || '\"'
             || char(13,10) AS line FROM data_dictionary)
         SELECT 'table_name,column_name,description_fi,description_en,example' || char(13,10)
             || coalesce(group_concat(line, '' ORDER BY t, c), '') FROM cell",
    )?;
    Ok((schema, dictionary))
}
