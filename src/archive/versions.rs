//! Texts: every one ever seen is a version, the newest one is the item.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::model::change::NewVersion;
use crate::model::ids::{SourceId, Uid};
use crate::model::minutes::{AppealKind, Handling, ItemReading, Outcome, Stage};

use super::bodies::Sitting;
use super::error::ArchiveError;
use super::events::NewEvent;
use super::items::ItemRow;
use super::registry::SourceRow;
use super::rows::{instant, json, nfc, text};
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

/// What stood before a version was stored.
struct Before {
    stage: Option<Stage>,
    content_sha256: Option<String>,
}

impl Batch<'_> {
    /// Stores a text as the next version and makes it the item's; returns its number.
    ///
    /// The text the item has already is not stored again. The version is tied to the latest original of the
    /// item's page, or of the feed where pages are not read, so store that before.
    pub fn store_version(
        &self,
        uid: &Uid,
        new: &NewVersion,
        now: Timestamp,
    ) -> Result<u32, ArchiveError> {
        let item = self.item_row(uid)?;
        let before = self.before(&item)?;
        if before.content_sha256.as_deref() == Some(new.content_sha256.as_str()) {
            return Ok(item.version_no);
        }
        let version_no = item.version_no + 1;
        let fetch = self.latest_fetch(&item)?;
        self.archive
            .prepare_cached(
                "UPDATE item_version SET seen_to=?3 WHERE item_id=?1 AND version_no=?2",
            )?
            .execute(params![item.id, item.version_no, instant(now)])?;
        self.insert_version(item.id, version_no, (new, fetch), now)?;
        let meeting_id = self.update_item(&item, version_no, new, now)?;
        let added = self.update_attachments(item.id, &new.reading.item.attachments, now)?;
        self.replace_handlings(item.id, &new.reading.handlings)?;

        let stage = new.reading.item.stage;
        let published = stage == Some(Stage::Minutes) && before.stage != Some(Stage::Minutes);
        let kind = if published {
            "minutes_published"
        } else {
            "item_changed"
        };
        if published {
            self.archive
                .prepare_cached(
                    "UPDATE page SET minutes_since=?2 WHERE item_id=?1 AND minutes_since IS NULL",
                )?
                .execute(params![item.id, instant(now)])?;
        }
        let title = self.item_row(uid)?.title;
        let event = |kind, summary| {
            let mut event =
                NewEvent::new(kind, item.municipality_id, summary).about(item.id, uid.as_str());
            event.meeting_id = meeting_id;
            event.version_no = Some(version_no);
            event
        };
        self.append(&event(kind, &title), now)?;
        // The attachments of the first text are part of it; one that comes later is news of its own.
        for attachment in added.iter().filter(|_| item.version_no > 0) {
            self.append(&event("attachment_added", attachment), now)?;
        }
        Ok(version_no)
    }

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
        let stored = self.stored_versions(&item)?;
        let derived = versions
            .iter()
            .map(|v| (v.version.content_sha256.as_str(), v.version.parser.as_str()));
        let stored = stored.as_deref().unwrap_or_default().iter();
        if derived.eq(stored.map(|(hash, parser)| (hash.as_str(), parser.as_str()))) {
            return Ok(false);
        }
        self.archive
            .prepare_cached("DELETE FROM item_version WHERE item_id=?1")?
            .execute(params![item.id])?;
        let mut version_no = 0;
        for derived in versions {
            self.archive
                .prepare_cached(
                    "UPDATE item_version SET seen_to=?3 WHERE item_id=?1 AND version_no=?2",
                )?
                .execute(params![item.id, version_no, instant(derived.seen_from)])?;
            version_no += 1;
            let fetch = self.fetch_of(item.id, derived.original.as_deref())?;
            self.insert_version(
                item.id,
                version_no,
                (&derived.version, fetch),
                derived.seen_from,
            )?;
        }
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

    /// Content hash and parser of each version; `None` when the text of one cannot be read, whatever its
    /// hash says.
    fn stored_versions(
        &self,
        item: &ItemRow,
    ) -> Result<Option<Vec<(String, String)>>, ArchiveError> {
        let mut statement = self.archive.prepare_cached(
            "SELECT content_sha256, parser, fields, handlings FROM item_version
             WHERE item_id=?1 ORDER BY version_no",
        )?;
        let mut rows = statement.query(params![item.id])?;
        let mut versions = vec![];
        while let Some(row) = rows.next()? {
            let (fields, handlings): (String, String) = (row.get(2)?, row.get(3)?);
            let readable = serde_json::from_str::<ItemReading>(&fields).is_ok()
                && serde_json::from_str::<Vec<Handling>>(&handlings).is_ok();
            if !readable {
                return Ok(None);
            }
            versions.push((row.get(0)?, row.get(1)?));
        }
        Ok(Some(versions))
    }

    fn before(&self, item: &ItemRow) -> Result<Before, ArchiveError> {
        let (stage, content_sha256): (Option<String>, _) = self
            .archive
            .prepare_cached("SELECT stage, content_sha256 FROM item WHERE id=?1")?
            .query_row(params![item.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Before {
            stage: stage.as_deref().and_then(Stage::from_word),
            content_sha256,
        })
    }

    fn insert_version(
        &self,
        item: i64,
        version_no: u32,
        (new, fetch): (&NewVersion, Option<i64>),
        seen_from: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO item_version(item_id,version_no,stage,seen_from,fetch_id,parser,content_sha256,
                   changed_fields,fields,handlings) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
            )?
            .execute(params![
                item,
                version_no,
                new.reading.item.stage.map(Stage::word),
                instant(seen_from),
                fetch,
                new.parser,
                new.content_sha256,
                json("changed fields", &new.changed_fields)?,
                json("fields", &new.reading.item)?,
                json("handlings", &new.reading.handlings)?,
            ])?;
        Ok(())
    }

    /// The latest original of the item's page, or of the source's feed where pages are not read.
    fn latest_fetch(&self, item: &ItemRow) -> Result<Option<i64>, ArchiveError> {
        let fetch: Option<i64> = self
            .archive
            .prepare_cached(
                "SELECT CASE WHEN EXISTS(SELECT 1 FROM page WHERE item_id=?1)
                   THEN (SELECT max(id) FROM fetch WHERE item_id=?1)
                   ELSE (SELECT max(id) FROM fetch WHERE source_id=?2 AND item_id IS NULL) END",
            )?
            .query_row(params![item.id, item.source_id], |row| row.get(0))?;
        Ok(fetch)
    }

    fn fetch_of(&self, item: i64, sha256: Option<&str>) -> Result<Option<i64>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached(
                "SELECT id FROM fetch WHERE item_id=?1 AND sha256=?2 ORDER BY id LIMIT 1",
            )?
            .query_row(params![item, sha256], |row| row.get(0))
            .optional()?)
    }

    /// Makes the text the item's; returns the meeting it belongs to.
    fn update_item(
        &self,
        item: &ItemRow,
        version_no: u32,
        new: &NewVersion,
        changed_at: Timestamp,
    ) -> Result<Option<i64>, ArchiveError> {
        let read = &new.reading.item;
        let (source, listed_title, sitting) = self.place(item, read, changed_at)?;
        let title = text(read.title.as_deref()).map_or(listed_title, Into::into);
        let diary = read
            .diary_numbers
            .iter()
            .filter(|d| !d.is_empty())
            .map(|d| nfc(d))
            .collect::<Vec<_>>();
        let matter = match diary.first() {
            Some(first) => Some(self.matter(&source, first, &title)?),
            None => None,
        };
        let diary = Some(diary.join(", ")).filter(|joined| !joined.is_empty());
        let (position, section_no) = (read.position, read.section_no);
        self.archive
            .prepare_cached(
                "UPDATE item SET title=?2, body_id=?3, meeting_id=?4, matter_id=?5, diary_number=?6,
                   ordinal=coalesce(?7,ordinal), section_no=?8, version_no=?9, content_sha256=?10, changed_at=?11,
                   stage=?12, lang=?13, outcome=?14, appeal_kind=?15 WHERE id=?1",
            )?
            .execute(params![
                item.id,
                title,
                sitting.body_id,
                sitting.meeting_id,
                matter,
                diary,
                position,
                section_no,
                version_no,
                new.content_sha256,
                instant(changed_at),
                read.stage.map(Stage::word),
                read.lang.word(),
                read.outcome.filter(|_| read.stage == Some(Stage::Minutes)).map(Outcome::word),
                read.appeal_kind.map(AppealKind::word),
            ])?;
        self.update_texts(item.id, read)?;
        if let (Some(meeting), Some(stage)) = (sitting.meeting_id, read.stage) {
            self.advance_meeting(meeting, stage)?;
        }
        if let Some(left) = item
            .meeting_id
            .filter(|left| sitting.meeting_id != Some(*left))
        {
            self.drop_empty_meeting(left)?;
        }
        Ok(sitting.meeting_id)
    }

    /// Where the item belongs: what the page says, else what the feed said.
    fn place(
        &self,
        item: &ItemRow,
        read: &ItemReading,
        now: Timestamp,
    ) -> Result<(SourceRow, String, Sitting), ArchiveError> {
        let (source, title, body, day): (String, String, Option<String>, Option<String>) = self
            .archive
            .prepare_cached(
                "SELECT s.slug, i.listed_title, i.listed_body, i.listed_on
                 FROM item i JOIN source s ON s.id=i.source_id WHERE i.id=?1",
            )?
            .query_row(params![item.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
        let source = self.source_row(&SourceId::new(source))?;
        let body = text(read.body.as_deref()).map(Into::into).or(body);
        let held_on = read
            .held_on
            .or_else(|| day.and_then(|day| day.parse().ok()));
        let sitting = self.sitting(&source, body.as_deref(), held_on, now)?;
        Ok((source, title, sitting))
    }

    fn update_texts(&self, item: i64, read: &ItemReading) -> Result<(), ArchiveError> {
        // An agenda has no decision, whatever labels its page carries.
        let decision = read
            .decision
            .as_deref()
            .filter(|_| read.stage == Some(Stage::Minutes));
        self.archive
            .prepare_cached(
                "UPDATE item SET preparer=?2, presenter=?3, background=?4, proposal=?5, proceedings=?6, votes=?7,
                   decision=?8, dissent=?9, conflicts=?10, competence=?11, appeal_text=?12, notified=?13,
                   pdf_url=?14, previous_key=?15, next_key=?16 WHERE id=?1",
            )?
            .execute(params![
                item,
                text(read.preparer.as_deref()),
                text(read.presenter.as_deref()),
                text(read.background.as_deref()),
                text(read.proposal.as_deref()),
                text(read.proceedings.as_deref()),
                text(read.votes.as_deref()),
                text(decision),
                text(read.dissent.as_deref()),
                text(read.conflicts.as_deref()),
                text(read.competence.as_deref()),
                text(read.appeal_text.as_deref()),
                text(read.notified.as_deref()),
                read.pdf_url.as_ref().map(url::Url::as_str),
                read.previous.as_ref().map(crate::model::ids::ItemKey::as_str),
                read.next.as_ref().map(crate::model::ids::ItemKey::as_str),
            ])?;
        Ok(())
    }
}
