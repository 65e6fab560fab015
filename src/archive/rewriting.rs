//! History written again: what an item's originals say today in the place of what was read from them before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use crate::model::change::NewVersion;
use crate::model::ids::Uid;
use crate::model::minutes::Stage;

use super::error::ArchiveError;
use super::events::NewEvent;
use super::reader::Reader;
use super::rows::{instant, json, opt_instant};
use super::transaction::Batch;
use super::versions::shows;

/// A version read again from a stored original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedVersion {
    /// The text.
    pub version: NewVersion,
    /// When the original was fetched, see [`DerivedVersion::seen_after`].
    pub seen_from: Timestamp,
    /// SHA-256 of the original.
    pub original: Option<String>,
}

impl DerivedVersion {
    /// When the text after `before` was seen first: `at`, or a second after the one before where a clock ran ahead then,
    /// as when versions are stored.
    pub fn seen_after(before: &[Self], at: Timestamp) -> Timestamp {
        let floor = before.last().and_then(|last| {
            let second = SignedDuration::from_secs(1);
            last.seen_from.checked_add(second).ok()
        });
        floor.map_or(at, |floor| floor.max(at))
    }
}

/// How far stored versions are from derived ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// Not at all.
    Same,
    /// They say the same; who read it, when it was seen, or what is named as changed differs.
    Record,
    /// They say something else.
    Text,
}

impl Batch<'_> {
    /// Makes an item's versions what its originals say today; returns whether anything differed. Only rows that
    /// differ are written, and only another text is an event: a reader with another name is no news.
    ///
    /// `changed_at` becomes the instant the newest text was seen: a better reader is no news about the item. What
    /// was taken down stays as it is, whatever the action: what was blanked must not come back from an original.
    pub fn rewrite_versions(
        &self,
        uid: &Uid,
        versions: &[DerivedVersion],
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let item = self.item_row(uid)?;
        let Some(newest) = versions.last() else {
            return Ok(false);
        };
        if is_guarded(self.archive, uid)? {
            return Ok(false);
        }
        let distance = distance(self.archive, item.id, versions)?;
        if distance == Distance::Same {
            return Ok(false);
        }
        self.replace_versions((item.id, item.source_id), versions)?;
        if distance == Distance::Record {
            return Ok(true);
        }
        let version_no = u32::try_from(versions.len()).unwrap_or(u32::MAX);
        let meeting_id = self.update_item(&item, version_no, &newest.version, newest.seen_from)?;
        self.update_attachments(item.id, &newest.version.reading.item.attachments, now)?;
        self.replace_handlings(item.id, &newest.version.reading.handlings)?;
        let title = self.item_row(uid)?.title;
        let mut event = NewEvent::new("item_changed", item.municipality_id, &title)
            .about(item.id, uid.as_str());
        event.meeting_id = meeting_id;
        event.version_no = Some(version_no);
        self.append(&event, now)?;
        Ok(true)
    }

    fn replace_versions(
        &self,
        (item, source): (i64, i64),
        versions: &[DerivedVersion],
    ) -> Result<(), ArchiveError> {
        let stored = stored(self.archive, item)?;
        self.archive
            .prepare_cached(
                "DELETE FROM item_version WHERE item_id=?1 AND version_no NOT BETWEEN 1 AND ?2",
            )?
            .execute(params![
                item,
                i64::try_from(versions.len()).unwrap_or(i64::MAX)
            ])?;
        for (version_no, derived, seen_to) in numbered(versions) {
            if stored
                .get(&version_no)
                .map(|row| row.distance(derived, seen_to))
                == Some(Distance::Same)
            {
                continue;
            }
            let new = &derived.version;
            self.archive
                .prepare_cached(
                    "INSERT INTO item_version(item_id,version_no,stage,seen_from,seen_to,fetch_id,parser,
                       content_sha256,changed_fields,fields,handlings) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)
                     ON CONFLICT(item_id,version_no) DO UPDATE SET stage=excluded.stage,
                       seen_from=excluded.seen_from, seen_to=excluded.seen_to,
                       fetch_id=coalesce(excluded.fetch_id,fetch_id), parser=excluded.parser,
                       content_sha256=excluded.content_sha256, changed_fields=excluded.changed_fields,
                       fields=excluded.fields, handlings=excluded.handlings",
                )?
                .execute(params![
                    item,
                    version_no,
                    new.reading.item.stage.map(Stage::word),
                    instant(derived.seen_from),
                    opt_instant(seen_to),
                    self.fetch_of((item, source), derived)?,
                    new.parser,
                    new.content_sha256,
                    json("changed fields", &new.changed_fields)?,
                    json("fields", &new.reading.item)?,
                    json("handlings", &new.reading.handlings)?,
                ])?;
        }
        Ok(())
    }

    /// The original a version was read from: of several fetches of the same bytes the latest one until the
    /// version was seen, because a page may return to an earlier text.
    fn fetch_of(
        &self,
        (item, source): (i64, i64),
        derived: &DerivedVersion,
    ) -> Result<Option<i64>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached(
                "SELECT id FROM fetch WHERE sha256=?2 AND fetched_at<=?3
                   AND (item_id=?1 OR (item_id IS NULL AND source_id=?4))
                 ORDER BY item_id IS NULL, id DESC LIMIT 1",
            )?
            .query_row(
                params![item, derived.original, instant(derived.seen_from), source],
                |row| row.get(0),
            )
            .optional()?)
    }
}

impl Reader {
    /// Whether [`Batch::rewrite_versions`] would write anything.
    pub fn would_rewrite(
        &self,
        uid: &Uid,
        versions: &[DerivedVersion],
    ) -> Result<bool, ArchiveError> {
        self.read(|conn| {
            if versions.is_empty() || is_guarded(conn, uid)? {
                return Ok(false);
            }
            let item: Option<i64> = conn
                .prepare_cached("SELECT id FROM item WHERE uid=?1")?
                .query_row(params![uid.as_str()], |row| row.get(0))
                .optional()?;
            let item = item.ok_or_else(|| ArchiveError::UnknownItem(uid.clone()))?;
            Ok(distance(conn, item, versions)? != Distance::Same)
        })
    }

    /// Whether an item was taken down in any way, so that nothing may be derived for it.
    pub fn is_guarded(&self, uid: &Uid) -> Result<bool, ArchiveError> {
        self.read(|conn| is_guarded(conn, uid))
    }
}

/// Unlike what keeps an item from being let in again, a redaction counts: originals may hold what it blanked. So
/// does a version that something was taken out of: its original is gone.
fn is_guarded(conn: &Connection, uid: &Uid) -> Result<bool, ArchiveError> {
    Ok(conn
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM takedown WHERE target_uid=?1)
               OR EXISTS(SELECT 1 FROM item i JOIN item_version v ON v.item_id=i.id
                         WHERE i.uid=?1 AND v.erased_at IS NOT NULL)",
        )?
        .query_row(params![uid.as_str()], |row| row.get(0))?)
}

/// A stored version as text. What cannot be read differs from everything.
struct StoredVersion {
    content_sha256: String,
    parser: String,
    stage: Option<String>,
    seen: (String, Option<String>),
    changed_fields: String,
    fields: String,
    handlings: String,
}

impl StoredVersion {
    fn distance(&self, derived: &DerivedVersion, seen_to: Option<Timestamp>) -> Distance {
        let new = &derived.version;
        let says_the_same = self.content_sha256 == new.content_sha256
            && self.stage.as_deref() == new.reading.item.stage.map(Stage::word)
            && is_json_of(&self.fields, &new.reading.item)
            && is_json_of(&self.handlings, &new.reading.handlings);
        if !says_the_same {
            return Distance::Text;
        }
        let same_record = self.parser == new.parser
            && self.seen == (instant(derived.seen_from), opt_instant(seen_to))
            && is_json_of(&self.changed_fields, &new.changed_fields);
        if same_record {
            Distance::Same
        } else {
            Distance::Record
        }
    }
}

fn stored(conn: &Connection, item: i64) -> Result<BTreeMap<i64, StoredVersion>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT version_no, content_sha256, parser, stage, seen_from, seen_to, changed_fields, fields, handlings
         FROM item_version WHERE item_id=?1",
    )?;
    let rows = statement.query_map(params![item], |row| {
        let version = StoredVersion {
            content_sha256: row.get(1)?,
            parser: row.get(2)?,
            stage: row.get(3)?,
            seen: (row.get(4)?, row.get(5)?),
            changed_fields: row.get(6)?,
            fields: row.get(7)?,
            handlings: row.get(8)?,
        };
        Ok((row.get(0)?, version))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Each version with its number and the instant at which the next one was seen.
fn numbered(
    versions: &[DerivedVersion],
) -> impl Iterator<Item = (i64, &DerivedVersion, Option<Timestamp>)> {
    let next = versions
        .iter()
        .skip(1)
        .map(|next| Some(next.seen_from))
        .chain([None]);
    (1..)
        .zip(versions)
        .zip(next)
        .map(|((number, derived), seen_to)| (number, derived, seen_to))
}

fn distance(
    conn: &Connection,
    item: i64,
    versions: &[DerivedVersion],
) -> Result<Distance, ArchiveError> {
    let stored = stored(conn, item)?;
    let Some(newest) = versions.last() else {
        return Ok(Distance::Same);
    };
    let version_no = u32::try_from(versions.len()).unwrap_or(u32::MAX);
    if stored.len() != versions.len() || !shows(conn, item, version_no, &newest.version)? {
        return Ok(Distance::Text);
    }
    let far = numbered(versions).map(|(number, derived, seen_to)| {
        stored
            .get(&number)
            .map_or(Distance::Text, |row| row.distance(derived, seen_to))
    });
    Ok(far.max().unwrap_or(Distance::Same))
}

fn is_json_of<T: DeserializeOwned + PartialEq>(stored: &str, value: &T) -> bool {
    serde_json::from_str::<T>(stored).is_ok_and(|read| read == *value)
}
