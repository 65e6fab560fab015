//! Versions derived again from stored originals, in place of those that were.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::de::DeserializeOwned;

use crate::model::change::NewVersion;
use crate::model::ids::Uid;
use crate::model::minutes::Stage;
use crate::model::takedown::TakedownAction;

use super::error::ArchiveError;
use super::events::NewEvent;
use super::rows::instant;
use super::transaction::Batch;

/// A version read again from a stored original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedVersion {
    /// The text.
    pub version: NewVersion,
    /// When the original was fetched.
    pub seen_from: Timestamp,
    /// SHA-256 of the original.
    pub original: Option<String>,
}

impl Batch<'_> {
    /// Replaces all versions of an item by what its originals say today; returns whether anything differed.
    ///
    /// `changed_at` becomes the instant the newest text was seen: a better reader is no news about the item.
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
        if self.taken_down(uid)? == Some(TakedownAction::Erase) {
            return Ok(false);
        }
        let kept = self.erased_versions(item.id)?;
        let version_no = kept.saturating_add(u32::try_from(versions.len()).unwrap_or(u32::MAX));
        if self.has_versions((item.id, kept), versions)?
            && self.shows(item.id, version_no, &newest.version)?
        {
            return Ok(false);
        }
        self.replace_versions((item.id, kept), versions)?;
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

    /// Whether exactly these versions are stored. Texts are compared as they are read: what cannot be read differs.
    fn has_versions(
        &self,
        (item, kept): (i64, u32),
        versions: &[DerivedVersion],
    ) -> Result<bool, ArchiveError> {
        let stored: Vec<[Option<String>; 5]> = self
            .archive
            .prepare_cached(
                "SELECT content_sha256, parser, stage, fields, handlings FROM item_version
                 WHERE item_id=?1 AND version_no>?2 ORDER BY version_no",
            )?
            .query_map(params![item, kept], |row| {
                Ok([
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ])
            })?
            .collect::<Result<_, _>>()?;
        let same = |[hash, parser, stage, fields, handlings]: &[Option<String>; 5],
                    derived: &DerivedVersion| {
            let new = &derived.version;
            hash.as_deref() == Some(new.content_sha256.as_str())
                && parser.as_deref() == Some(new.parser.as_str())
                && stage.as_deref() == new.reading.item.stage.map(Stage::word)
                && is_json_of(fields.as_deref(), &new.reading.item)
                && is_json_of(handlings.as_deref(), &new.reading.handlings)
        };
        Ok(stored.len() == versions.len()
            && stored
                .iter()
                .zip(versions)
                .all(|(stored, derived)| same(stored, derived)))
    }

    /// The number of the newest version that something was taken out of; 0 where there is none. The originals of
    /// these are gone, so they are not derived again.
    fn erased_versions(&self, item: i64) -> Result<u32, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached(
                "SELECT coalesce(max(version_no),0) FROM item_version WHERE item_id=?1 AND erased_at IS NOT NULL",
            )?
            .query_row(params![item], |row| row.get(0))?)
    }

    fn replace_versions(
        &self,
        (item, kept): (i64, u32),
        versions: &[DerivedVersion],
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM item_version WHERE item_id=?1 AND version_no>?2")?
            .execute(params![item, kept])?;
        let mut version_no = kept;
        for derived in versions {
            self.archive
                .prepare_cached(
                    "UPDATE item_version SET seen_to=?3 WHERE item_id=?1 AND version_no=?2",
                )?
                .execute(params![item, version_no, instant(derived.seen_from)])?;
            version_no += 1;
            let fetch = self.fetch_of(item, derived)?;
            self.insert_version(
                item,
                version_no,
                (&derived.version, fetch),
                derived.seen_from,
            )?;
        }
        Ok(())
    }

    /// The original a version was read from: of several fetches of the same bytes the latest one until the
    /// version was seen, because a page may return to an earlier text.
    fn fetch_of(&self, item: i64, derived: &DerivedVersion) -> Result<Option<i64>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached(
                "SELECT id FROM fetch WHERE item_id=?1 AND sha256=?2 AND fetched_at<=?3
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(
                params![item, derived.original, instant(derived.seen_from)],
                |row| row.get(0),
            )
            .optional()?)
    }
}

fn is_json_of<T: DeserializeOwned + PartialEq>(stored: Option<&str>, value: &T) -> bool {
    stored.is_some_and(|stored| serde_json::from_str::<T>(stored).is_ok_and(|read| read == *value))
}
