//! Items as feeds list them: known before their page is read, followed after they left the feed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::model::change::ListingChange;
use crate::model::feed_item::ListedItem;
use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::takedown::TakedownAction;

use super::bodies::Sitting;
use super::error::ArchiveError;
use super::events::NewEvent;
use super::registry::SourceRow;
use super::rows::{changed, instant, nfc, opt_day, opt_instant, sha256_hex, text};
use super::terms::facets;
use super::transaction::Batch;

/// Whether the items of a source have pages that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagePlan {
    /// They have: a new or relisted item is due at once.
    Read,
    /// The feed says all there is.
    FeedOnly,
}

/// An item whose row a listing made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRow {
    /// Public key.
    pub uid: Uid,
    /// The platform's key, as listed.
    pub key: ItemKey,
    /// Whether the listing is all that is known of it: no text was stored yet.
    pub unread: bool,
}

/// What other tables need of an item.
#[derive(Clone, Debug)]
pub(super) struct ItemRow {
    pub(super) id: i64,
    pub(super) municipality_id: i64,
    pub(super) source_id: i64,
    pub(super) title: String,
    pub(super) meeting_id: Option<i64>,
    pub(super) version_no: u32,
    /// Whether something was taken out of it.
    pub(super) erased: bool,
}

/// An item's listing as stored.
struct Listed {
    id: i64,
    uid: Uid,
    source_id: i64,
    source_slug: String,
    source_enabled: bool,
    version_no: u32,
    title: String,
    url: String,
    sitting: Sitting,
    /// Title, body, day, hash of the text, address: what a feed may change.
    said: [Option<String>; 5],
    /// Section number that the page of its meeting printed.
    section: Option<u32>,
    /// The one that its own page says.
    own_section: Option<u32>,
}

impl Batch<'_> {
    /// Stores new items and changed listings; returns those that a row was written for, in feed order.
    ///
    /// An item taken down is not let in again. An item of a source that is no longer enabled moves to
    /// the source that lists it now. A source's item keeps its uid, whatever its municipality is called now.
    ///
    /// # Errors
    /// [`ArchiveError::UidClash`] when another enabled source of the municipality has the same key.
    pub fn apply_listing(
        &self,
        source: &SourceId,
        plan: PagePlan,
        changes: &[ListingChange],
        now: Timestamp,
    ) -> Result<Vec<ListedRow>, ArchiveError> {
        self.enter_later()?;
        let row = self.source_row(source)?;
        let mut written = Vec::new();
        for change in changes {
            let item = change.item();
            let made = Uid::of(&row.municipality_slug, &item.key);
            let known = self.listed((row.id, &item.key), &made)?;
            let uid = known.as_ref().map_or(made, |known| known.uid.clone());
            if self.is_taken_down(&uid)? {
                continue;
            }
            let unread = known.as_ref().is_none_or(|known| known.version_no == 0);
            let id = match known {
                None => Some(self.insert_item(&row, &uid, item, now)?),
                Some(known) if known.source_id != row.id && known.source_enabled => {
                    return Err(ArchiveError::UidClash {
                        uid,
                        first: known.source_slug,
                        second: source.clone(),
                    });
                }
                Some(known) => self.relist(&row, (known, item), now)?,
            };
            if let Some(id) = id {
                if plan == PagePlan::Read {
                    self.page_due(id, now)?;
                }
                written.push(ListedRow {
                    uid,
                    key: item.key.clone(),
                    unread,
                });
            }
        }
        Ok(written)
    }

    /// Says that what is shown of an item has changed.
    pub(super) fn touch_item(&self, item: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(&format!(
                "UPDATE item SET changed_at={} WHERE id=?1",
                changed("?2")
            ))?
            .execute(params![item, instant(now)])?;
        Ok(())
    }

    /// Takes an item out of what is shown; returns whether it was still in.
    pub(super) fn withdraw_item(&self, item: i64, now: Timestamp) -> Result<bool, ArchiveError> {
        let marked = self
            .archive
            .prepare_cached("UPDATE item SET withdrawn_at=?2 WHERE id=?1 AND withdrawn_at IS NULL")?
            .execute(params![item, instant(now)])?;
        if marked == 1 {
            self.touch_item(item, now)?;
        }
        Ok(marked == 1)
    }

    /// Marks an item as gone from its site; its text stays.
    pub fn mark_withdrawn(&self, uid: &Uid, now: Timestamp) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        if self.withdraw_item(item.id, now)? {
            let event = NewEvent::new("withdrawn", item.municipality_id, &item.title);
            self.append(&event.about(item.id, uid.as_str()), now)?;
        }
        Ok(())
    }

    /// Takes the mark off again, when the page is back. Names that went because the page was gone may be read again;
    /// those that were taken out by order, or before it was gone, stay out.
    pub(super) fn unmark_withdrawn(&self, uid: &Uid, now: Timestamp) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        let cleared = self
            .archive
            .prepare_cached(
                "UPDATE item SET withdrawn_at=NULL, erased_at=CASE WHEN erased_at<withdrawn_at
                   OR EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=item.uid) THEN erased_at END
                 WHERE id=?1 AND withdrawn_at IS NOT NULL",
            )?
            .execute(params![item.id])?;
        if cleared == 1 {
            self.touch_item(item.id, now)?;
            let event = NewEvent::new("item_changed", item.municipality_id, &item.title);
            self.append(&event.about(item.id, uid.as_str()), now)?;
        }
        Ok(())
    }

    /// Whether it may not be shown; what was redacted may.
    pub(super) fn is_taken_down(&self, uid: &Uid) -> Result<bool, ArchiveError> {
        let action = self.taken_down(uid)?;
        Ok(action.is_some_and(|action| action != TakedownAction::Redact))
    }

    /// Whether text was taken out of it, or has to be: nothing that may name persons is let in.
    pub(super) fn keeps_out(&self, item: &ItemRow, uid: &Uid) -> Result<bool, ArchiveError> {
        let blanked = |action| matches!(action, TakedownAction::Redact | TakedownAction::Erase);
        Ok(item.erased || self.taken_down(uid)?.is_some_and(blanked))
    }

    pub(super) fn item_row(&self, uid: &Uid) -> Result<ItemRow, ArchiveError> {
        self.archive
            .prepare_cached(
                "SELECT id, municipality_id, source_id, title, meeting_id, version_no, erased_at IS NOT NULL
                 FROM item WHERE uid=?1",
            )?
            .query_row(params![uid.as_str()], |row| {
                Ok(ItemRow {
                    id: row.get(0)?,
                    municipality_id: row.get(1)?,
                    source_id: row.get(2)?,
                    title: row.get(3)?,
                    meeting_id: row.get(4)?,
                    version_no: row.get(5)?,
                    erased: row.get(6)?,
                })
            })
            .optional()?
            .ok_or_else(|| ArchiveError::UnknownItem(uid.clone()))
    }

    /// The source's item with that key, else the item with that uid.
    fn listed(
        &self,
        (source, key): (i64, &ItemKey),
        uid: &Uid,
    ) -> Result<Option<Listed>, ArchiveError> {
        let listed = self
            .archive
            .prepare_cached(
                "SELECT i.id, i.source_id, s.slug, s.enabled, i.version_no, i.title, i.url, i.body_id,
                   i.meeting_id, i.listed_title, i.listed_body, i.listed_on, i.listed_text_sha256, i.uid,
                   i.listed_section, (SELECT v.fields->>'section_no' FROM item_version v
                     WHERE v.item_id=i.id AND v.version_no=i.version_no)
                 FROM item i JOIN source s ON s.id=i.source_id
                 WHERE i.id=coalesce((SELECT id FROM item WHERE source_id=?1 AND key=?2),
                                     (SELECT id FROM item WHERE uid=?3))",
            )?
            .query_row(params![source, key.as_str(), uid.as_str()], |row| {
                Ok(Listed {
                    id: row.get(0)?,
                    uid: Uid::new(row.get::<_, String>(13)?),
                    source_id: row.get(1)?,
                    source_slug: row.get(2)?,
                    source_enabled: row.get(3)?,
                    version_no: row.get(4)?,
                    title: row.get(5)?,
                    url: row.get(6)?,
                    sitting: Sitting { body_id: row.get(7)?, meeting_id: row.get(8)? },
                    said: [row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?, row.get(6)?],
                    section: row.get(14)?,
                    own_section: row.get(15)?,
                })
            })
            .optional()?;
        Ok(listed)
    }

    fn insert_item(
        &self,
        source: &SourceRow,
        uid: &Uid,
        item: &ListedItem,
        now: Timestamp,
    ) -> Result<i64, ArchiveError> {
        let sitting = self.sitting(source, item.body.as_deref(), item.held_on, now)?;
        let title = title_of(item);
        let [_, body, day, hash, url] = said(item);
        let [terms, parts, engine] = self.search_columns([Some(&title), None], [None; 2]);
        let held_on = "coalesce((SELECT held_on FROM meeting WHERE id=?7),?11)";
        let facets = facets(["?3", "?6", held_on, "NULL", "NULL", "NULL"]);
        self.archive
            .prepare_cached(&format!(
                "INSERT INTO item(uid,title,municipality_id,source_id,key,body_id,meeting_id,ordinal,url,
                   listed_title,listed_body,listed_on,listed_text_sha256,published_at,first_seen_at,changed_at,
                   listed_section,section_no,search_terms,search_parts,search_by,search_facets,day)
                 VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?2,?10,?11,?12,?13,?14,?14,?15,?15,?16,?17,?18,{facets},{held_on})",
            ))?
            .execute(params![
                uid.as_str(),
                title,
                source.municipality_id,
                source.id,
                item.key.as_str(),
                sitting.body_id,
                sitting.meeting_id,
                item.position,
                url,
                body,
                day,
                hash,
                opt_instant(item.published),
                instant(now),
                item.section_no,
                terms,
                parts,
                engine,
            ])?;
        let id = self.archive.last_insert_rowid();
        let mut event =
            NewEvent::new("item_new", source.municipality_id, &title).about(id, uid.as_str());
        event.meeting_id = sitting.meeting_id;
        self.append(&event, now)?;
        Ok(id)
    }

    /// Stores what the feed says differently now. What the page said stands above it: title, body, day and
    /// section of an item that was read stay as they are until its page is read again, as far as the page named
    /// them.
    fn relist(
        &self,
        source: &SourceRow,
        (known, item): (Listed, &ListedItem),
        now: Timestamp,
    ) -> Result<Option<i64>, ArchiveError> {
        let said = said(item);
        let section = item.section_no.or(known.section);
        let said_nothing_new = known.said == said && known.section == section;
        if said_nothing_new && known.source_id == source.id {
            return Ok(None);
        }
        let [title, body, day, hash, url] = said;
        let unread = known.version_no == 0;
        let sitting = if unread {
            self.sitting(source, item.body.as_deref(), item.held_on, now)?
        } else {
            known.sitting
        };
        let title = title.unwrap_or_default();
        let shown = if unread { &title } else { &known.title };
        let [_, known_body, known_day, ..] = &known.said;
        // Without a body or meeting of its own, an item is shown with what the feed says of them.
        let text_changed = *shown != known.title
            || sitting != known.sitting
            || (sitting.body_id.is_none() && body != *known_body)
            || (sitting.meeting_id.is_none() && day != *known_day)
            || (known.own_section.is_none() && section != known.section);
        self.archive
            .prepare_cached(
                "UPDATE item SET source_id=?2, title=?3, body_id=?4, meeting_id=?5, url=?6, listed_title=?7,
                   listed_body=?8, listed_on=?9, listed_text_sha256=?10, ordinal=coalesce(?11,ordinal),
                   listed_section=?12, section_no=coalesce(?13,?12), search_by=NULL WHERE id=?1",
            )?
            .execute(params![
                known.id,
                source.id,
                shown,
                sitting.body_id,
                sitting.meeting_id,
                url,
                title,
                body,
                day,
                hash,
                item.position,
                section,
                known.own_section,
            ])?;
        if text_changed {
            self.touch_item(known.id, now)?;
        }
        self.index_item(known.id)?;
        if text_changed || url.as_deref() != Some(known.url.as_str()) {
            let event = NewEvent::new("item_changed", source.municipality_id, shown);
            self.append(&event.about(known.id, known.uid.as_str()), now)?;
        }
        self.leave_meeting(known.sitting.meeting_id, sitting.meeting_id)?;
        Ok(Some(known.id))
    }
}

/// Title, body, day, hash of the text and address, as stored.
fn said(item: &ListedItem) -> [Option<String>; 5] {
    [
        Some(title_of(item)),
        text(item.body.as_deref()).map(Into::into),
        opt_day(item.held_on),
        item.text.as_deref().map(|text| sha256_hex(text.as_bytes())),
        Some(item.url.as_str().to_owned()),
    ]
}

/// The listed title; an entry without one is shown by its key.
fn title_of(item: &ListedItem) -> String {
    if item.title.is_empty() {
        item.key.as_str().to_owned()
    } else {
        nfc(&item.title).into_owned()
    }
}
