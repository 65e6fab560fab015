//! Taking text out: of columns, versions, quotes, logs and originals, so that it stands nowhere any more.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::model::ids::Uid;
use crate::model::minutes::{Handling, ItemReading, Lang};
use crate::privacy::{markers, without_names};

use super::error::ArchiveError;
use super::events::NewEvent;
use super::rows::{instant, json};
use super::transaction::Batch;

/// How much is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blanking {
    /// Whatever names persons; title, proposal and decision stay.
    Names,
    /// All text; key, days, numbers and hashes stay.
    All,
}

/// What is emptied beside the versions; `?1` is the item, `?2` the marker.
const NAMES: [&str; 7] = [
    "UPDATE item SET preparer=NULL, presenter=NULL, background=NULL, proceedings=NULL, votes=NULL, dissent=NULL,
       conflicts=NULL, notified=NULL, search_terms=NULL, search_parts=NULL, search_by=NULL WHERE id=?1",
    "UPDATE handling SET text=NULL WHERE item_id=?1",
    "UPDATE match_evidence SET quote=?2 WHERE field NOT IN ('title','body','proposal','decision')
       AND match_id IN (SELECT id FROM network_match WHERE item_id=?1)",
    "UPDATE event SET summary=(SELECT title FROM item WHERE id=?1) WHERE item_id=?1",
    "DELETE FROM attachment WHERE item_id=?1",
    "DELETE FROM document_page WHERE item_id=?1",
    "DELETE FROM problem WHERE item_id=?1",
];

/// What is emptied besides, where nothing stays.
const REST: [&str; 6] = [
    "UPDATE item SET title=?2, listed_title=?2, proposal=NULL, decision=NULL, competence=NULL, appeal_text=NULL,
       listed_text_sha256=NULL, pdf_url=NULL WHERE id=?1",
    "DELETE FROM handling WHERE item_id=?1",
    "UPDATE match_evidence SET quote=?2 WHERE match_id IN (SELECT id FROM network_match WHERE item_id=?1)",
    "UPDATE network_match SET explanation=?2 WHERE item_id=?1",
    "UPDATE event SET summary=?2 WHERE item_id=?1",
    "UPDATE matter SET title=coalesce((SELECT i.title FROM item i WHERE i.matter_id=matter.id AND i.id<>?1
       AND i.erased_at IS NULL ORDER BY i.id DESC LIMIT 1), ?2) WHERE id=(SELECT matter_id FROM item WHERE id=?1)",
];

/// The text of the whole meeting holds that of the item; it is not asked for again.
pub(super) const MEETING: [&str; 2] = [
    "DELETE FROM meeting_page WHERE meeting_id=(SELECT meeting_id FROM item WHERE id=?1) AND ?2 IS NOT NULL",
    "UPDATE meeting SET pdf_status='skipped', pdf_pages=NULL, pdf_kept=0, pdf_error=?2
       WHERE pdf_status IS NOT NULL AND id=(SELECT meeting_id FROM item WHERE id=?1)",
];

/// Hashes of every file that the item's attachments ever were: those had now, and those had from the same addresses
/// before, which may be others than those the page names.
pub(super) const ATTACHED: &str =
    "SELECT f.sha256 FROM fetch f WHERE f.item_id IS NULL AND f.url IN (
       SELECT a.url FROM attachment a WHERE a.item_id=?1
       UNION SELECT o.url FROM attachment a JOIN fetch o ON o.sha256=a.sha256 WHERE a.item_id=?1)
     UNION SELECT sha256 FROM attachment WHERE item_id=?1 AND sha256 IS NOT NULL";
/// The same of the PDF of the whole meeting.
pub(super) const MEETING_FILES: &str = "SELECT f.sha256 FROM fetch f WHERE f.item_id IS NULL AND f.url IN (
       SELECT me.pdf_url FROM item i JOIN meeting me ON me.id=i.meeting_id WHERE i.id=?1
       UNION SELECT o.url FROM item i JOIN meeting me ON me.id=i.meeting_id JOIN fetch o ON o.sha256=me.pdf_sha256
         WHERE i.id=?1)
     UNION SELECT me.pdf_sha256 FROM item i JOIN meeting me ON me.id=i.meeting_id
       WHERE i.id=?1 AND me.pdf_sha256 IS NOT NULL";

/// Takes text out of an item and everything that hangs on it, in `archive.db` alone.
pub(super) fn blank(
    conn: &Connection,
    (item, much): (i64, Blanking),
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let marker = &markers().erased;
    let rest: &[&str] = if much == Blanking::All { &REST } else { &[] };
    for sql in NAMES.iter().chain(rest).chain(&MEETING) {
        let mut statement = conn.prepare_cached(sql)?;
        if statement.parameter_count() == 1 {
            statement.execute(params![item])?;
        } else {
            statement.execute(params![item, marker])?;
        }
    }
    rewrite(
        conn,
        (item, u32::MAX),
        now,
        |fields, handlings| match much {
            Blanking::Names => without_names(fields, handlings),
            Blanking::All => {
                *fields = ItemReading {
                    stage: fields.stage,
                    minutes_checked: fields.minutes_checked,
                    body: fields.body.take(),
                    held_on: fields.held_on,
                    position: fields.position,
                    section_no: fields.section_no,
                    diary_numbers: std::mem::take(&mut fields.diary_numbers),
                    outcome: fields.outcome,
                    ..ItemReading::empty(fields.lang)
                };
                handlings.clear();
            }
        },
    )?;
    conn.prepare_cached("UPDATE item SET erased_at=?2 WHERE id=?1")?
        .execute(params![item, instant(now)])?;
    Ok(())
}

/// Changes the stored fields of versions up to a number; what cannot be read is emptied.
pub(super) fn rewrite(
    conn: &Connection,
    (item, newest): (i64, u32),
    now: Timestamp,
    change: impl Fn(&mut ItemReading, &mut Vec<Handling>),
) -> Result<(), ArchiveError> {
    let versions: Vec<(i64, String, String)> = conn
        .prepare_cached(
            "SELECT id, fields, handlings FROM item_version WHERE item_id=?1 AND version_no<=?2",
        )?
        .query_map(params![item, newest], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    for (id, fields, handlings) in versions {
        let mut read = serde_json::from_str(&fields).unwrap_or(ItemReading::empty(Lang::Fi));
        let mut earlier: Vec<Handling> = serde_json::from_str(&handlings).unwrap_or_default();
        change(&mut read, &mut earlier);
        conn.prepare_cached(
            "UPDATE item_version SET fields=?2, handlings=?3, erased_at=?4 WHERE id=?1",
        )?
        .execute(params![
            id,
            json("fields", &read)?,
            json("handlings", &earlier)?,
            instant(now)
        ])?;
    }
    Ok(())
}

impl Batch<'_> {
    /// Takes text out of an item everywhere, the bytes of its page and files included.
    pub(super) fn take_out(
        &self,
        (item, much): (i64, Blanking),
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        // Before the rows go that name them.
        self.drop_originals("SELECT sha256 FROM fetch WHERE item_id=?1", (item, now))?;
        for files in [ATTACHED, MEETING_FILES] {
            self.drop_originals(files, (item, now))?;
        }
        if much == Blanking::All {
            // Lists of any time since may say its title; files of other items do not.
            self.drop_originals(
                "SELECT f.sha256 FROM item i JOIN fetch f ON f.source_id=i.source_id
                 WHERE i.id=?1 AND f.item_id IS NULL AND f.fetched_at>=i.first_seen_at
                   AND f.url NOT IN (SELECT a.url FROM item o JOIN attachment a ON a.item_id=o.id
                     WHERE o.source_id=(SELECT source_id FROM item WHERE id=?1))
                   AND f.url NOT IN (SELECT pdf_url FROM meeting WHERE pdf_url IS NOT NULL)
                   AND f.sha256 NOT IN (SELECT pdf_sha256 FROM meeting WHERE pdf_sha256 IS NOT NULL)
                   AND NOT EXISTS(SELECT 1 FROM attachment a WHERE a.kept=1 AND a.sha256=f.sha256)",
                (item, now),
            )?;
        }
        blank(self.archive, (item, much), now)?;
        self.index_item(item)?;
        self.archive
            .prepare_cached(
                "UPDATE page SET etag=NULL, last_modified=NULL, body_sha256=NULL WHERE item_id=?1",
            )?
            .execute(params![item])?;
        self.unsettle()
    }

    /// Takes the names out of an item whose page is gone for good, and marks it as withdrawn.
    pub fn erase_gone(&self, uid: &Uid, now: Timestamp) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        if item.erased {
            return Ok(());
        }
        self.take_out((item.id, Blanking::Names), now)?;
        if !self.withdraw_item(item.id, now)? {
            self.touch_item(item.id, now)?;
        }
        let event = NewEvent::new("erased", item.municipality_id, &item.title);
        self.append(&event.about(item.id, uid.as_str()), now)
    }

    /// Takes whatever names persons out of every version of an item that is still published.
    pub fn erase_names(&self, uid: &Uid, now: Timestamp) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        self.take_out((item.id, Blanking::Names), now)?;
        let event = NewEvent::new("item_changed", item.municipality_id, &item.title);
        self.append(&event.about(item.id, uid.as_str()), now)
    }

    /// Empties the stored bytes whose hashes a query gives for ?1, which may also ask for the instant ?2; the hashes
    /// stay, and keep them out.
    pub(super) fn drop_originals(
        &self,
        query: &str,
        (item, now): (i64, Timestamp),
    ) -> Result<(), ArchiveError> {
        let mut statement = self.archive.prepare_cached(query)?;
        let mut values = vec![Value::from(item), instant(now).into()];
        values.truncate(statement.parameter_count());
        let hashes = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        let hashes: Vec<String> = hashes.collect::<Result<_, _>>()?;
        for hash in hashes {
            self.empty_original(&hash, now)?;
        }
        Ok(())
    }

    /// Empties stored bytes; their hashes stay, and keep them out.
    pub fn empty_originals(&self, hashes: &[String], now: Timestamp) -> Result<(), ArchiveError> {
        for hash in hashes {
            self.empty_original(hash, now)?;
        }
        self.unsettle()
    }

    fn empty_original(&self, hash: &str, now: Timestamp) -> Result<(), ArchiveError> {
        self.originals
            .prepare_cached(
                "UPDATE raw SET body=NULL, codec='none', erased_at=?2 WHERE sha256=?1 AND body IS NOT NULL",
            )?
            .execute(params![hash, instant(now)])?;
        // The same file may hang on other items: it is not kept for them either.
        self.archive
            .prepare_cached(
                "UPDATE attachment SET kept=0, etag=NULL, last_modified=NULL WHERE kept=1 AND sha256=?1",
            )?
            .execute(params![hash])?;
        self.archive
            .prepare_cached("UPDATE meeting SET pdf_kept=0 WHERE pdf_kept=1 AND pdf_sha256=?1")?
            .execute(params![hash])?;
        Ok(())
    }
}
