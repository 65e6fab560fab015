//! Texts: every one ever seen is a version, the newest one is the item.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::model::change::NewVersion;
use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::minutes::{AppealKind, ItemReading, Outcome, Stage};
use crate::model::takedown::TakedownAction;
use crate::privacy::without_names;

use super::bodies::Sitting;
use super::error::ArchiveError;
use super::events::NewEvent;
use super::items::ItemRow;
use super::registry::SourceRow;
use super::rows::{changed, instant, json, text};
use super::terms::facets;
use super::transaction::Batch;

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
        let new = match self.taken_down(uid)? {
            Some(TakedownAction::Erase) => return Ok(item.version_no),
            Some(TakedownAction::Redact) => &nameless(new),
            Some(TakedownAction::Hide) | None => new,
        };
        let before = self.before(&item)?;
        if before.content_sha256.as_deref() == Some(new.content_sha256.as_str()) {
            return Ok(item.version_no);
        }
        self.enter_later()?;
        let now = self.after_last_change(&item, now)?;
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
            self.recheck_attachments(item.id, now)?;
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

    /// `now`, or the second after the text before was first seen or the item last changed, where a clock ran ahead
    /// then: a later text has a later instant.
    fn after_last_change(&self, item: &ItemRow, now: Timestamp) -> Result<Timestamp, ArchiveError> {
        let later: String = self
            .archive
            .prepare_cached(&format!(
                "SELECT max({}, coalesce((SELECT strftime('%Y-%m-%dT%H:%M:%SZ',max(seen_from),'+1 second')
                   FROM item_version WHERE item_id=?1), ?2)) FROM item WHERE id=?1",
                changed("?2")
            ))?
            .query_row(params![item.id, instant(now)], |row| row.get(0))?;
        // An instant that cannot be read stays where it is.
        Ok(later.parse().unwrap_or(now))
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

    /// Makes the text the item's; returns the meeting it belongs to.
    pub(super) fn update_item(
        &self,
        item: &ItemRow,
        version_no: u32,
        new: &NewVersion,
        changed_at: Timestamp,
    ) -> Result<Option<i64>, ArchiveError> {
        let read = &new.reading.item;
        let (source, listed_title, sitting) = self.place(item, read, changed_at)?;
        let title = text(read.title.as_deref()).map_or(listed_title, Into::into);
        let matter = match diary_numbers(read).next() {
            Some(first) => Some(self.matter(&source, &first, &title)?),
            None => None,
        };
        let mut values = said(item.id, version_no, new);
        let [background, proposal, decision] = searched(&values);
        let [terms, parts, engine] =
            self.search_columns([Some(&title), decision], [background, proposal]);
        values.extend([
            sitting.body_id.into(),
            sitting.meeting_id.into(),
            matter.into(),
            read.position.into(),
            instant(changed_at).into(),
            terms.into(),
            parts.into(),
            engine.into(),
        ]);
        let facets = facets([
            "municipality_id",
            "?26",
            "coalesce((SELECT held_on FROM meeting WHERE id=?27),listed_on)",
            "?7",
            "?9",
            "?1",
        ]);
        self.archive
            .prepare_cached("UPDATE item SET search_by=NULL WHERE id=?1 AND search_by IS NOT NULL")?
            .execute(params![item.id])?;
        self.archive
            .prepare_cached(&format!(
                "UPDATE item SET ({SAID})=({VALUES}), body_id=?26, meeting_id=?27, matter_id=?28,
                   ordinal=coalesce(?29,ordinal), changed_at=?30, search_terms=?31, search_parts=?32, search_by=?33,
                   search_facets={facets} WHERE id=?1"
            ))?
            .execute(params_from_iter(values))?;
        if let (Some(meeting), Some(stage)) = (sitting.meeting_id, read.stage) {
            self.advance_meeting(meeting, (stage, read.minutes_checked))?;
        }
        self.leave_meeting(item.meeting_id, sitting.meeting_id)?;
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
}

/// Whether an item's columns are those of the text; body, meeting and place on the agenda may be the feed's.
pub(super) fn shows(
    conn: &Connection,
    item: i64,
    version_no: u32,
    new: &NewVersion,
) -> Result<bool, ArchiveError> {
    Ok(conn
        .prepare_cached(&format!(
            "SELECT ({SAID}) IS ({VALUES}) FROM item WHERE id=?1"
        ))?
        .query_row(params_from_iter(said(item, version_no, new)), |row| {
            row.get(0)
        })?)
}

/// Columns of an item that follow from its text, and where that says nothing, from how it is listed; [`said`]
/// gives their values.
const SAID: &str =
    "title,diary_number,section_no,version_no,content_sha256,stage,lang,outcome,appeal_kind,
    preparer,presenter,background,proposal,proceedings,votes,decision,dissent,conflicts,competence,
    appeal_text,notified,pdf_url,previous_key,next_key";
const VALUES: &str =
    "coalesce(?2,listed_title),?3,coalesce(?4,listed_section),?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,
    ?20,?21,?22,?23,?24,?25";

/// The item's id, then the values of [`SAID`].
fn said(item: i64, version_no: u32, new: &NewVersion) -> Vec<Value> {
    let read = &new.reading.item;
    let words = |value: Option<&str>| text(value).map(Cow::into_owned).into();
    let diary = diary_numbers(read).collect::<Vec<_>>().join(", ");
    // An agenda has no decision, whatever labels its page carries.
    let is_minutes = read.stage == Some(Stage::Minutes);
    vec![
        item.into(),
        words(read.title.as_deref()),
        words(Some(&diary)),
        read.section_no.into(),
        version_no.into(),
        words(Some(&new.content_sha256)),
        words(read.stage.map(Stage::word)),
        words(Some(read.lang.word())),
        words(read.outcome.filter(|_| is_minutes).map(Outcome::word)),
        words(read.appeal_kind.map(AppealKind::word)),
        words(read.preparer.as_deref()),
        words(read.presenter.as_deref()),
        words(read.background.as_deref()),
        words(read.proposal.as_deref()),
        words(read.proceedings.as_deref()),
        words(read.votes.as_deref()),
        words(read.decision.as_deref().filter(|_| is_minutes)),
        words(read.dissent.as_deref()),
        words(read.conflicts.as_deref()),
        words(read.competence.as_deref()),
        words(read.appeal_text.as_deref()),
        words(read.notified.as_deref()),
        words(read.pdf_url.as_ref().map(url::Url::as_str)),
        words(read.previous.as_ref().map(ItemKey::as_str)),
        words(read.next.as_ref().map(ItemKey::as_str)),
    ]
}

/// Background, proposal and decision, of what [`said`] gives.
fn searched(said: &[Value]) -> [Option<&str>; 3] {
    [12, 13, 16].map(|place| match said.get(place) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    })
}

/// A version without what names persons.
fn nameless(new: &NewVersion) -> NewVersion {
    let mut new = new.clone();
    without_names(&mut new.reading.item, &mut new.reading.handlings);
    new
}

/// Diary numbers as stored, the one that names the matter first.
fn diary_numbers(read: &ItemReading) -> impl Iterator<Item = Cow<'_, str>> {
    read.diary_numbers
        .iter()
        .filter_map(|number| text(Some(number)))
}
