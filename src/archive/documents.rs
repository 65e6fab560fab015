//! The text of PDFs, page by page: an item's own and its attachments.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use crate::model::document::{AttachmentCheck, AttachmentStatus, DueAttachment};
use crate::model::ids::{SourceId, Uid};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, instant, readable, text};
use super::transaction::Batch;

/// Requests without an answer after which an attachment is not asked for any more.
const TRIES: u32 = 5;
/// Time between two requests for an attachment of which the first brought nothing.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

impl Batch<'_> {
    /// Stores the text of an item's PDF in place of the text before.
    pub fn store_document(&self, uid: &Uid, pages: &[String]) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        self.archive
            .prepare_cached("DELETE FROM document_page WHERE item_id=?1")?
            .execute(params![item.id])?;
        let mut insert = self
            .archive
            .prepare_cached("INSERT INTO document_page(item_id,page_no,text) VALUES(?1,?2,?3)")?;
        for (number, page) in (1_i64..).zip(pages) {
            insert.execute(params![
                item.id,
                number,
                text(Some(page)).unwrap_or_default()
            ])?;
        }
        Ok(())
    }

    /// Stores what asking for an attachment led to; one that has been taken down meanwhile is left alone.
    pub fn store_attachment(
        &self,
        attachment: &DueAttachment,
        check: &AttachmentCheck,
    ) -> Result<(), ArchiveError> {
        let pages = i64::try_from(check.pages.len())
            .ok()
            .filter(|count| *count > 0);
        let failed = check.status == AttachmentStatus::Listed;
        let known = self
            .archive
            .prepare_cached(
                "UPDATE attachment SET status=?2, media_type=?3, bytes=?4, pages=?5, sha256=?6, checked_at=?7,
                   failures=CASE WHEN ?8 THEN failures+1 ELSE 0 END, error=?9 WHERE id=?1",
            )?
            .execute(params![
                attachment.id,
                check.status.word(),
                check.media_type,
                check.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
                pages,
                check.sha256,
                instant(check.checked_at),
                failed,
                check.error,
            ])?;
        if known == 0 {
            return Ok(());
        }
        self.archive
            .prepare_cached("DELETE FROM attachment_page WHERE attachment_id=?1")?
            .execute(params![attachment.id])?;
        let mut insert = self.archive.prepare_cached(
            "INSERT INTO attachment_page(attachment_id,page_no,text) VALUES(?1,?2,?3)",
        )?;
        for (number, page) in (1_i64..).zip(&check.pages) {
            insert.execute(params![
                attachment.id,
                number,
                text(Some(page)).unwrap_or_default()
            ])?;
        }
        Ok(())
    }
}

impl Reader {
    /// The text of an item's own PDF, page by page; nothing where none was read.
    pub fn document(&self, uid: &Uid) -> Result<Vec<String>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT d.text FROM item i JOIN document_page d ON d.item_id=i.id WHERE i.uid=?1 ORDER BY d.page_no",
            )?;
            let pages = statement.query_map(params![uid.as_str()], |row| row.get(0))?;
            Ok(pages.collect::<Result<_, _>>()?)
        })
    }

    /// Attachments of a source that have not been read yet, those of the newest items first, at most so many.
    pub fn unread_attachments(
        &self,
        source: &SourceId,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<DueAttachment>, ArchiveError> {
        let before = now.checked_sub(PAUSE).unwrap_or(Timestamp::MIN);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT a.id, a.url, i.uid FROM item i JOIN source s ON s.id=i.source_id
                 JOIN attachment a ON a.item_id=i.id AND a.status='listed'
                 WHERE s.slug=?1 AND i.withdrawn_at IS NULL
                   AND (a.checked_at IS NULL OR (a.checked_at<=?2 AND a.failures<?3))
                 ORDER BY a.failures, i.id DESC, a.ordinal LIMIT ?4",
            )?;
            let values = params![source.as_str(), instant(before), TRIES, most];
            let found = statement.query_and_then(values, |row| {
                let c = Columns::of("attachment", row);
                Ok(DueAttachment {
                    id: c.get("id")?,
                    uid: Uid::new(c.get::<String>("uid")?),
                    url: c.url("url")?,
                })
            })?;
            // One address that cannot be read must not keep the others from being asked for.
            found.filter_map(readable).collect()
        })
    }
}
