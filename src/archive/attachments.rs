//! What hangs on an item's text: attachments, which are kept when they disappear, and earlier handlings.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use crate::model::document::{
    AttachmentRecord, DocumentCheck, DocumentStatus, DueDocument, SkipReason,
};
use crate::model::ids::Uid;
use crate::model::minutes::{Attachment, Handling, Outcome};

use super::error::ArchiveError;
use super::events::NewEvent;
use super::problems::ProblemScope;
use super::reader::Reader;
use super::rows::{Columns, instant, json, opt_day, text};
use super::transaction::Batch;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::when::later;

/// Shortest time until an attachment that was had is asked for again; it grows with the age of the attachment.
const RECHECK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Time until it is asked for again when that failed.
const RETRY: SignedDuration = SignedDuration::from_hours(24);

/// What is known of an attachment before a check of it is stored.
struct Attached {
    uid: Uid,
    title: String,
    sha256: Option<String>,
    first_seen_at: Timestamp,
    /// Whether it was had and has been followed since.
    is_followed: bool,
}

impl Attached {
    /// When it is asked for again: the older it is, the less often.
    fn next(&self, now: Timestamp) -> Timestamp {
        let age = now.duration_since(self.first_seen_at);
        later(now, age.max(RECHECK))
    }
}

impl Batch<'_> {
    /// Brings the list of attachments in step; returns the titles of those not listed before.
    pub(super) fn update_attachments(
        &self,
        item: i64,
        attachments: &[Attachment],
        now: Timestamp,
    ) -> Result<Vec<String>, ArchiveError> {
        let (mut listed, mut added) = (Vec::new(), Vec::new());
        for (ordinal, attachment) in (1_i64..).zip(attachments) {
            let url = attachment.url.as_str();
            if listed.contains(&url) {
                continue;
            }
            listed.push(url);
            let title = text(Some(&attachment.title)).map_or_else(|| url.to_owned(), Into::into);
            let values = params![
                item,
                ordinal,
                text(attachment.number.as_deref()),
                title,
                url,
                instant(now)
            ];
            let inserted = self
                .archive
                .prepare_cached(
                    "INSERT INTO attachment(item_id,ordinal,number,title,url,first_seen_at)
                     VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(item_id,url) DO NOTHING",
                )?
                .execute(values)?;
            if inserted == 1 {
                added.push(title);
                continue;
            }
            self.archive
                .prepare_cached(
                    "UPDATE attachment SET ordinal=?2, number=?3, title=?4, gone_at=NULL,
                       next_check_at=CASE WHEN (title,number) IS NOT (?4,?3) THEN ?6 ELSE next_check_at END,
                       status=CASE WHEN status IN ('gone','not_public') THEN 'listed' ELSE status END
                     WHERE item_id=?1 AND url=?5",
                )?
                .execute(params![
                    item,
                    ordinal,
                    text(attachment.number.as_deref()),
                    title,
                    url,
                    instant(now)
                ])?;
        }
        self.archive
            .prepare_cached(
                "UPDATE attachment SET status='gone', gone_at=?2 WHERE item_id=?1 AND gone_at IS NULL
                   AND url NOT IN (SELECT value FROM json_each(?3))",
            )?
            .execute(params![item, instant(now), json("attachments", &listed)?])?;
        self.forget_dead_attachments(item)?;
        Ok(added)
    }

    /// Those that are still listed are asked for again: what was said of them holds no more.
    fn forget_dead_attachments(&self, item: i64) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM problem WHERE item_id=?1 AND kind=?2")?
            .execute(params![item, ProblemKind::AttachmentGone.word()])?;
        Ok(())
    }

    /// Makes the attachments of an item that were had due again: with the minutes they may be others.
    pub(super) fn recheck_attachments(
        &self,
        item: i64,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "UPDATE attachment SET next_check_at=?2 WHERE item_id=?1 AND status='fetched'",
            )?
            .execute(params![item, instant(now)])?;
        Ok(())
    }

    /// Stores what only attachments have: what they are, when they are asked for again, and what is news about
    /// one that was had before.
    pub(super) fn follow_attachment(
        &self,
        document: &DueDocument,
        check: &DocumentCheck,
    ) -> Result<(), ArchiveError> {
        let now = check.checked_at;
        let known = self.attached(document.id)?;
        let is_there = check.status == DocumentStatus::Fetched;
        let next = match check.status {
            DocumentStatus::Fetched => Some(known.next(now)),
            DocumentStatus::Listed if known.sha256.is_some() => Some(later(now, RETRY)),
            DocumentStatus::Listed
            | DocumentStatus::NotPublic
            | DocumentStatus::Gone
            | DocumentStatus::TooBig
            | DocumentStatus::Skipped => None,
        };
        let is_gone = check.status == DocumentStatus::Gone;
        self.archive
            .prepare_cached(
                "UPDATE attachment SET next_check_at=?2, skipped_for=?3, gone_at=CASE WHEN ?4 THEN ?5 END,
                   etag=CASE WHEN ?6 THEN ?7 ELSE etag END,
                   last_modified=CASE WHEN ?6 THEN ?8 ELSE last_modified END,
                   kept=CASE WHEN ?6 THEN ?9 ELSE kept END,
                   served_as=CASE WHEN ?11 THEN ?10 ELSE served_as END WHERE id=?1",
            )?
            .execute(params![
                document.id,
                next.map(instant),
                check.skipped_for.map(SkipReason::word),
                is_gone,
                instant(now),
                is_there,
                check.validators.etag,
                check.validators.last_modified,
                check.kept,
                check.served_as,
                check.bytes.is_some(),
            ])?;
        let said = check.error.as_deref().unwrap_or_default();
        let dead = is_gone.then(|| {
            let detail = format!("\"{}\" <{}>: {said}", known.title, document.url);
            Problem::new(ProblemKind::AttachmentGone, detail)
        });
        let scope = ProblemScope::Attachments(known.uid.clone());
        self.set_dead_attachment(&scope, (&known.title, dead), now)?;
        let is_other = is_there && known.sha256.is_some() && known.sha256 != check.sha256;
        let was_lost = is_gone && known.is_followed;
        if is_other || was_lost {
            let what = if is_other { "replaced" } else { "gone" };
            self.tell_of(&known, &format!("attachment {what}: {}", known.title), now)?;
        }
        Ok(())
    }

    /// Keeps the problems of the other attachments of the item, and says of this one what holds now.
    fn set_dead_attachment(
        &self,
        scope: &ProblemScope,
        (title, dead): (&str, Option<Problem>),
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let mut problems = self.problems_of(scope)?;
        let before = problems.len();
        problems.retain(|problem| !problem.detail.starts_with(&format!("\"{title}\" <")));
        if dead.is_none() && problems.len() == before {
            return Ok(());
        }
        problems.extend(dead);
        self.set_problems(scope, &problems, now)
    }

    fn tell_of(&self, known: &Attached, summary: &str, now: Timestamp) -> Result<(), ArchiveError> {
        let item = self.item_row(&known.uid)?;
        let event = NewEvent::new("item_changed", item.municipality_id, summary);
        let mut event = event.about(item.id, known.uid.as_str());
        event.version_no = Some(item.version_no);
        self.append(&event, now)
    }

    fn attached(&self, id: i64) -> Result<Attached, ArchiveError> {
        let mut statement = self.archive.prepare_cached(
            "SELECT i.uid, a.title, a.sha256, a.first_seen_at, a.next_check_at IS NOT NULL AS is_followed
             FROM attachment a
             JOIN item i ON i.id=a.item_id WHERE a.id=?1",
        )?;
        let mut found = statement.query_and_then(params![id], |row| {
            let c = Columns::of("attachment", row);
            Ok(Attached {
                uid: Uid::new(c.get::<String>("uid")?),
                title: c.get("title")?,
                sha256: c.get("sha256")?,
                first_seen_at: c.instant("first_seen_at")?,
                is_followed: c.get("is_followed")?,
            })
        })?;
        found
            .next()
            .unwrap_or(Err(rusqlite::Error::QueryReturnedNoRows.into()))
    }

    /// Notes that a document is as it was when it was last had.
    pub fn store_unchanged_document(
        &self,
        document: &DueDocument,
        check: &DocumentCheck,
    ) -> Result<(), ArchiveError> {
        let known = self.attached(document.id)?;
        self.archive
            .prepare_cached(
                "UPDATE attachment SET checked_at=?2, failures=0, next_check_at=?3, etag=?4, last_modified=?5,
                   error=CASE WHEN failures=0 THEN error END WHERE id=?1",
            )?
            .execute(params![
                document.id,
                instant(check.checked_at),
                instant(known.next(check.checked_at)),
                check.validators.etag,
                check.validators.last_modified,
            ])?;
        Ok(())
    }

    /// Stores the earlier handlings of an item's newest text in place of those before.
    pub(super) fn replace_handlings(
        &self,
        item: i64,
        handlings: &[Handling],
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM handling WHERE item_id=?1")?
            .execute(params![item])?;
        for (ordinal, handling) in (1_i64..).zip(handlings) {
            self.archive
                .prepare_cached(
                    "INSERT INTO handling(item_id,ordinal,body,held_on,section_no,proposal,decision,outcome,text)
                     VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                )?
                .execute(params![
                    item,
                    ordinal,
                    text(handling.body.as_deref()),
                    opt_day(handling.held_on),
                    handling.section_no,
                    text(handling.proposal.as_deref()),
                    text(handling.decision.as_deref()),
                    handling.outcome.map(Outcome::word),
                    text(handling.text.as_deref()),
                ])?;
        }
        Ok(())
    }
}

impl Reader {
    /// The attachments of an item in the order of its page, those that are gone last.
    pub fn attachments(&self, uid: &Uid) -> Result<Vec<AttachmentRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT a.* FROM item i JOIN attachment a ON a.item_id=i.id WHERE i.uid=?1
                 ORDER BY a.gone_at IS NOT NULL, a.ordinal, a.id",
            )?;
            let attachments = statement.query_and_then(params![uid.as_str()], |row| {
                let c = Columns::of("attachment", row);
                Ok(AttachmentRecord {
                    number: c.get("number")?,
                    title: c.get("title")?,
                    url: c.get("url")?,
                    status: c.with("status", DocumentStatus::from_word)?,
                    media_type: c.get("media_type")?,
                    bytes: c
                        .get::<Option<i64>>("bytes")?
                        .and_then(|bytes| u64::try_from(bytes).ok()),
                    pages: c.get("pages")?,
                    sha256: c.get("sha256")?,
                    error: c.get("error")?,
                    checked_at: c.opt_instant("checked_at")?,
                    gone_at: c.opt_instant("gone_at")?,
                })
            })?;
            attachments.collect()
        })
    }

    /// The text of an item's attachments, attachment by attachment and page by page, each with its title.
    pub fn attachment_texts(&self, uid: &Uid) -> Result<Vec<(String, String)>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT a.title, p.text FROM item i JOIN attachment a ON a.item_id=i.id
                 JOIN attachment_page p ON p.attachment_id=a.id WHERE i.uid=?1
                 ORDER BY a.ordinal, a.id, p.page_no",
            )?;
            let pages =
                statement.query_map(params![uid.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(pages.collect::<Result<_, _>>()?)
        })
    }

    /// Bytes of the attachments that are among the originals, the same bytes counted once.
    pub fn kept_attachments(&self) -> Result<u64, ArchiveError> {
        self.read(|conn| Ok(kept(conn)?))
    }

    /// Whether these bytes are among the originals of attachments and PDFs of meetings.
    pub fn is_kept_attachment(&self, sha256: &str) -> Result<bool, ArchiveError> {
        self.read(|conn| {
            let found = conn
                .prepare_cached(
                    "SELECT EXISTS(SELECT 1 FROM attachment WHERE kept=1 AND sha256=?1)
                       OR EXISTS(SELECT 1 FROM meeting WHERE pdf_kept=1 AND pdf_sha256=?1)",
                )?
                .query_row(params![sha256], |row| row.get(0))?;
            Ok(found)
        })
    }
}

fn kept(conn: &Connection) -> rusqlite::Result<u64> {
    let bytes: i64 = conn
        .prepare_cached(
            "SELECT coalesce(sum(bytes),0) FROM (SELECT max(bytes) AS bytes FROM (
                 SELECT sha256, bytes FROM attachment WHERE kept=1
                 UNION ALL SELECT pdf_sha256, pdf_bytes FROM meeting WHERE pdf_kept=1) GROUP BY sha256)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
