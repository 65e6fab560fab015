//! What people had taken down: it is not let in again, and comes back only when they say so.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::change::GONE_AFTER;
use crate::model::ids::Uid;
use crate::model::takedown::{Takedown, TakedownAction, TakedownReason, TakedownRecord};
use crate::privacy::{clean, markers};

use super::erasure::{Blanking, blank};
use super::error::ArchiveError;
use super::events::NewEvent;
use super::items::ItemRow;
use super::meta::set_meta;
use super::reader::Reader;
use super::rows::{Columns, instant, opt_day, text};
use super::seals;
use super::transaction::Batch;

/// Ids of the items whose text stands in the archive and is shown to nobody.
pub(super) const HIDDEN: &str =
    "SELECT h.id FROM item h JOIN takedown t ON t.target_uid=h.uid WHERE t.action='hide'";

/// The page of item ?1 has been gone for so long that the item is withdrawn.
const GONE: &str = "EXISTS(SELECT 1 FROM page p WHERE p.item_id=?1 AND p.gone_since IS NOT NULL AND p.gone_since<=?3)";

impl Batch<'_> {
    /// Takes an item down, at once and everywhere; one that stands already is replaced.
    ///
    /// # Errors
    /// [`ArchiveError::UnknownItem`] when there is no such item.
    pub fn take_down(
        &self,
        uid: &Uid,
        takedown: &Takedown,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        self.forget_takedown(uid)?;
        self.archive
            .prepare_cached(
                "INSERT INTO takedown(at,target_uid,action,reason,note,expires_on) VALUES(?1,?2,?3,?4,?5,?6)",
            )?
            .execute(params![
                instant(now),
                uid.as_str(),
                takedown.action.word(),
                takedown.reason.word(),
                text(takedown.note.as_deref().map(clean).as_deref()),
                opt_day(takedown.expires_on),
            ])?;
        match takedown.action {
            TakedownAction::Hide => self.withdraw((&item, uid), "withdrawn", now)?,
            TakedownAction::Redact => {
                self.erase_names(uid, now)?;
                self.touch_item(item.id, now)?;
            }
            TakedownAction::Erase => {
                self.take_out((item.id, Blanking::All), now)?;
                self.archive
                    .prepare_cached(
                        "UPDATE page SET next_check_at=NULL, error=NULL WHERE item_id=?1",
                    )?
                    .execute(params![item.id])?;
                self.withdraw((&item, uid), "erased", now)?;
            }
        }
        self.tell_publication()
    }

    fn withdraw(
        &self,
        (item, uid): (&ItemRow, &Uid),
        event: &'static str,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        if !self.withdraw_item(item.id, now)? {
            self.touch_item(item.id, now)?;
        }
        let title = self.item_row(uid)?.title;
        let event = NewEvent::new(event, item.municipality_id, &title);
        self.append(&event.about(item.id, uid.as_str()), now)
    }

    /// Lets an item in again; says whether it was taken down. What was taken out of it stays out until its source is
    /// read again, which becomes due at once. One whose page is gone stays withdrawn.
    pub fn lift_takedown(&self, uid: &Uid, now: Timestamp) -> Result<bool, ArchiveError> {
        let item = self.item_row(uid)?;
        let since = self.taken_down_at(uid)?;
        if !self.forget_takedown(uid)? {
            return Ok(false);
        }
        let gone = now.checked_sub(GONE_AFTER).unwrap_or(Timestamp::MIN);
        self.archive
            .prepare_cached(&format!(
                "UPDATE item SET withdrawn_at=CASE WHEN {GONE} THEN withdrawn_at END, erased_at=NULL WHERE id=?1"
            ))?
            .execute(params![item.id, instant(now), instant(gone)])?;
        self.touch_item(item.id, now)?;
        if item.erased {
            self.let_originals_in(&item, since.as_deref())?;
            self.archive
                .prepare_cached(
                    "UPDATE meeting SET pdf_status='listed', pdf_error=NULL
                     WHERE id=?1 AND pdf_status='skipped' AND pdf_error=?2",
                )?
                .execute(params![item.meeting_id, markers().erased])?;
            self.archive
                .prepare_cached("UPDATE page SET next_check_at=?2 WHERE item_id=?1")?
                .execute(params![item.id, instant(now)])?;
            self.archive
                .prepare_cached(
                    "UPDATE feed_state SET etag=NULL, last_modified=NULL, body_sha256=NULL, reading_sha256=NULL
                     WHERE source_id=?1",
                )?
                .execute(params![item.source_id])?;
        }
        let event = NewEvent::new("item_changed", item.municipality_id, &item.title);
        self.append(&event.about(item.id, uid.as_str()), now)?;
        self.tell_publication()?;
        Ok(true)
    }

    /// Lifts the takedowns whose last day is over; returns the items.
    pub fn lift_expired(&self, today: Date, now: Timestamp) -> Result<Vec<Uid>, ArchiveError> {
        let over: Vec<Uid> = self
            .archive
            .prepare_cached("SELECT DISTINCT target_uid FROM takedown WHERE expires_on<?1")?
            .query_map(params![today.to_string()], |row| {
                Ok(Uid::new(row.get::<_, String>(0)?))
            })?
            .collect::<Result<_, _>>()?;
        let mut lifted = vec![];
        for uid in over {
            match self.lift_takedown(&uid, now) {
                Ok(_) => lifted.push(uid),
                // Of an item that is not there, nothing is to be let in.
                Err(ArchiveError::UnknownItem(_)) => drop(self.forget_takedown(&uid)?),
                Err(error) => return Err(error),
            }
        }
        Ok(lifted)
    }

    /// What was done to an item, if anything.
    pub(super) fn taken_down(&self, uid: &Uid) -> Result<Option<TakedownAction>, ArchiveError> {
        let word: Option<String> = self
            .archive
            .prepare_cached(
                "SELECT action FROM takedown WHERE target_uid=?1 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![uid.as_str()], |row| row.get(0))
            .optional()?;
        Ok(word.as_deref().and_then(TakedownAction::from_word))
    }

    fn forget_takedown(&self, uid: &Uid) -> Result<bool, ArchiveError> {
        let gone = self
            .archive
            .prepare_cached("DELETE FROM takedown WHERE target_uid=?1")?
            .execute(params![uid.as_str()])?;
        Ok(gone > 0)
    }

    fn taken_down_at(&self, uid: &Uid) -> Result<Option<String>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached("SELECT min(at) FROM takedown WHERE target_uid=?1")?
            .query_row(params![uid.as_str()], |row| row.get(0))?)
    }

    /// Forgets the hashes that keep bytes out: those of the item's page, and of the files and lists of its source that
    /// were emptied since it was taken down.
    fn let_originals_in(&self, item: &ItemRow, since: Option<&str>) -> Result<(), ArchiveError> {
        let fetches: Vec<(i64, String, bool)> = self
            .archive
            .prepare_cached(
                "SELECT id, sha256, 1 FROM fetch WHERE item_id=?1
                 UNION ALL SELECT id, sha256, 0 FROM fetch WHERE source_id=?2 AND item_id IS NULL",
            )?
            .query_map(params![item.id, item.source_id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        for (fetch, hash, own) in fetches {
            let let_in = self
                .originals
                .prepare_cached(
                    "DELETE FROM raw WHERE sha256=?1 AND body IS NULL AND (?2 OR erased_at>=?3)",
                )?
                .execute(params![hash, own, since])?;
            if let_in == 0 {
                continue;
            }
            for sql in [
                "UPDATE item_version SET fetch_id=NULL WHERE fetch_id=?1",
                "DELETE FROM fetch WHERE id=?1",
            ] {
                self.archive.prepare_cached(sql)?.execute(params![fetch])?;
            }
        }
        Ok(())
    }

    /// Says in `meta` that what was published until now holds what must not be published any more.
    fn tell_publication(&self) -> Result<(), ArchiveError> {
        let seq: i64 =
            self.archive
                .query_row("SELECT coalesce(max(seq),0) FROM event", [], |row| {
                    row.get(0)
                })?;
        Ok(set_meta(self.archive, "takedown_seq", &seq.to_string())?)
    }
}

impl Reader {
    /// The takedown of an item that is in force.
    pub fn takedown(&self, uid: &Uid) -> Result<Option<TakedownRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT target_uid, at, action, reason, note, expires_on FROM takedown
                 WHERE target_uid=?1 ORDER BY id DESC LIMIT 1",
            )?;
            let mut found = statement.query_and_then(params![uid.as_str()], |row| {
                let c = Columns::of("takedown", row);
                Ok(TakedownRecord {
                    uid: Uid::new(c.get::<String>("target_uid")?),
                    at: c.instant("at")?,
                    takedown: Takedown {
                        action: c.with("action", TakedownAction::from_word)?,
                        reason: c.with("reason", TakedownReason::from_word)?,
                        note: c.get("note")?,
                        expires_on: c.opt_day("expires_on")?,
                    },
                })
            })?;
            found.next().transpose()
        })
    }

    /// Whether the last day of a takedown is over.
    pub fn has_expired(&self, today: Date) -> Result<bool, ArchiveError> {
        self.read(|conn| {
            let mut statement =
                conn.prepare_cached("SELECT EXISTS(SELECT 1 FROM takedown WHERE expires_on<?1)")?;
            Ok(statement.query_row(params![today.to_string()], |row| row.get(0))?)
        })
    }

    /// Number of the event since which nothing older may be published: a snapshot made before it holds what was taken
    /// down. 0 when nothing ever was.
    pub fn takedown_seq(&self) -> Result<i64, ArchiveError> {
        self.read(takedown_seq)
    }
}

/// The same of an archive, or of a copy.
pub(super) fn takedown_seq(conn: &Connection) -> Result<i64, ArchiveError> {
    Ok(conn.query_row(
        "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key='takedown_seq'),0)",
        [],
        |row| row.get(0),
    )?)
}

/// Ids of the items that are hidden.
pub(super) fn hidden(conn: &Connection) -> Result<Vec<i64>, ArchiveError> {
    let mut statement = conn.prepare_cached(HIDDEN)?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Takes the text of hidden items out of a copy of `archive.db`; the archive itself keeps it. Returns how many items
/// lost text; its traces stay until the copy is wiped.
pub(super) fn conceal_hidden(copy: &mut Connection, now: Timestamp) -> Result<usize, ArchiveError> {
    // What hangs on rows that go goes with them, whatever this SQLite was built to do.
    copy.pragma_update(None, "foreign_keys", true)?;
    let tx = copy.transaction()?;
    let mut concealed = 0;
    for item in hidden(&tx)? {
        let erased: bool = tx
            .prepare_cached("SELECT title=?2 AND erased_at IS NOT NULL FROM item WHERE id=?1")?
            .query_row(params![item, markers().erased], |row| row.get(0))?;
        if !erased {
            blank(&tx, (item, Blanking::All), now)?;
            concealed += 1;
        }
    }
    // What was hidden can be guessed at by its digest.
    seals::forget(&tx)?;
    tx.commit()?;
    Ok(concealed)
}
