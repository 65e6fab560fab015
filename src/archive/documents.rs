//! The text of PDFs, page by page: an item's own, its attachments, and whole meetings.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use crate::model::document::{DocumentCheck, DocumentKind, DocumentStatus, DueDocument, Wanted};
use crate::model::ids::{SourceId, Uid};
use crate::model::poll::Validators;
use crate::privacy::code_in_text;

use super::error::ArchiveError;
use super::file_texts::stored_page;
use super::problems::ProblemScope;
use super::reader::Reader;
use super::rows::{Columns, instant, json, readable};
use super::transaction::Batch;

/// Requests without an answer after which a document is not asked for any more.
const TRIES: u32 = 5;
/// Time between two requests for a document: the first brought nothing, or there is a newer one since.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// Attachments to be asked for: those never had, the newest items' first; then those whose time has come again;
/// then those left alone for a reason that holds no more. ?5 is now, ?6 the room that is left, ?7 the media types.
/// Of an item without any such attachment no row is read: the condition on it is put behind the other.
pub(super) const DUE_ATTACHMENTS: &str = "WITH own(id) AS (SELECT id FROM source WHERE slug=?1)
   SELECT id, url, etag, last_modified, CASE WHEN status='fetched' THEN sha256 END AS sha256 FROM (
     SELECT * FROM (SELECT 0 AS turn, i.day, i.id AS item, a.* FROM item i
       CROSS JOIN attachment a ON a.item_id=i.id AND a.status='listed' AND a.checked_at IS NULL
       WHERE i.source_id=(SELECT id FROM own) AND CASE WHEN a.id THEN i.withdrawn_at IS NULL AND i.erased_at IS NULL END
       ORDER BY i.day DESC, i.id DESC, a.ordinal LIMIT ?4)
     UNION ALL
     SELECT 0, i.day, i.id, a.* FROM attachment a INDEXED BY attachment_again CROSS JOIN item i ON i.id=a.item_id
       WHERE a.status='listed' AND a.checked_at IS NOT NULL AND a.failures<?3 AND a.checked_at<=?2
         AND i.source_id=(SELECT id FROM own) AND i.withdrawn_at IS NULL AND i.erased_at IS NULL
     UNION ALL
     SELECT 1, i.day, i.id, a.* FROM attachment a INDEXED BY attachment_next CROSS JOIN item i ON i.id=a.item_id
       WHERE a.status='fetched' AND a.next_check_at<=?5
         AND i.source_id=(SELECT id FROM own) AND i.withdrawn_at IS NULL AND i.erased_at IS NULL
     UNION ALL
     SELECT 2, i.day, i.id, a.* FROM attachment a CROSS JOIN item i ON i.id=a.item_id
       WHERE a.status='skipped' AND a.skipped_for='total' AND ?6>0 AND coalesce(a.bytes,0)<=?6 AND a.checked_at<=?2
         AND i.source_id=(SELECT id FROM own) AND i.withdrawn_at IS NULL AND i.erased_at IS NULL
     UNION ALL
     SELECT 2, i.day, i.id, a.* FROM attachment a CROSS JOIN item i ON i.id=a.item_id
       WHERE a.status='skipped' AND a.skipped_for='kind' AND a.media_type IN (SELECT value FROM json_each(?7))
         AND a.checked_at<=?2
         AND i.source_id=(SELECT id FROM own) AND i.withdrawn_at IS NULL AND i.erased_at IS NULL)
   ORDER BY turn, failures, day DESC, item DESC, ordinal LIMIT ?4";
/// Meetings whose PDF is to be asked for, the newest first. Old meetings that a list merely names are left
/// alone, as their items are, until a backfill reads them.
const DUE_MEETINGS: &str = "SELECT me.id, me.pdf_url AS url, NULL AS etag, NULL AS last_modified,
       NULL AS sha256 FROM source s
     JOIN meeting me ON me.source_id=s.id AND me.pdf_status='listed'
     WHERE s.slug=?1 AND me.withdrawn_at IS NULL
       AND NOT EXISTS(SELECT 1 FROM item i WHERE i.meeting_id=me.id AND i.erased_at IS NOT NULL)
       AND (me.pdf_checked_at IS NULL OR (me.pdf_checked_at<=?2 AND me.pdf_failures<?3))
       AND (me.list_key IS NULL OR EXISTS(SELECT 1 FROM item i WHERE i.meeting_id=me.id)
         OR EXISTS(SELECT 1 FROM list_page lp
              WHERE lp.source_id=s.id AND lp.key=me.list_key AND lp.checked_at IS NOT NULL))
     ORDER BY me.pdf_failures, me.held_on DESC, me.id LIMIT ?4";

/// Where the archive keeps a kind of document.
pub(super) struct Shelf {
    /// Its rows.
    pub(super) table: &'static str,
    /// What the names of the columns about the document begin with.
    pub(super) prefix: &'static str,
    /// Columns that are of this kind alone, as they are set.
    besides: &'static str,
    /// The table of its text, and the column that names its row.
    pub(super) pages: (&'static str, &'static str),
    /// Finds an item with its text that something was taken out of.
    erased: &'static str,
    /// Finds those to be asked for: of source ?1, checked before ?2, failed less than ?3 times, at most ?4.
    due: &'static str,
}

pub(super) fn shelf(kind: DocumentKind) -> Shelf {
    match kind {
        DocumentKind::Attachment => Shelf {
            table: "attachment",
            prefix: "",
            besides: "media_type=?2, bytes=?3, ",
            pages: ("attachment_page", "attachment_id"),
            erased: "SELECT 1 FROM item i WHERE i.id=attachment.item_id AND i.erased_at IS NOT NULL",
            due: DUE_ATTACHMENTS,
        },
        DocumentKind::Meeting => Shelf {
            table: "meeting",
            prefix: "pdf_",
            besides: "pdf_bytes=?3, ",
            pages: ("meeting_page", "meeting_id"),
            erased: "SELECT 1 FROM item i WHERE i.meeting_id=meeting.id AND i.erased_at IS NOT NULL",
            due: DUE_MEETINGS,
        },
    }
}

impl Batch<'_> {
    /// Stores the text of an item's PDF in place of the text before.
    pub fn store_document(
        &self,
        uid: &Uid,
        pages: &[String],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        if self.keeps_out(&item, uid)? {
            return Ok(());
        }
        self.replace_pages(("document_page", "item_id"), item.id, pages)?;
        let found = has_code(pages).then_some(now);
        let scope = ProblemScope::Item(uid.clone());
        self.set_code_in_file(&scope, ("the PDF of the item", found))
    }

    /// Stores what asking for a document led to, and says whether it did: one that has been taken down meanwhile is
    /// left alone, and nothing of it may be kept.
    ///
    /// What was read before stays until another document is read in its place.
    pub fn store_document_check(
        &self,
        document: &DueDocument,
        check: &DocumentCheck,
    ) -> Result<bool, ArchiveError> {
        let Shelf {
            table,
            prefix,
            besides,
            pages,
            erased,
            ..
        } = shelf(document.kind);
        let known = self
            .archive
            .prepare_cached(&format!(
                "UPDATE {table} SET {prefix}checked_at=?3, {prefix}error=?4,
                   {prefix}status=CASE WHEN ?5 AND {prefix}status='fetched' THEN 'fetched' ELSE ?2 END,
                   {prefix}failures=CASE WHEN ?5 THEN {prefix}failures+1 ELSE 0 END
                 WHERE id=?1 AND NOT EXISTS({erased})"
            ))?
            .execute(params![
                document.id,
                check.status.word(),
                instant(check.checked_at),
                check.error,
                check.status == DocumentStatus::Listed,
            ])?;
        if known == 0 {
            return Ok(false);
        }
        let was_read = check.status == DocumentStatus::Fetched;
        match document.kind {
            DocumentKind::Attachment => self.follow_attachment(document, check)?,
            DocumentKind::Meeting if was_read => self.forget_kept_pdf(document.id)?,
            DocumentKind::Meeting => {}
        }
        let count = i64::try_from(check.pages.len()).ok();
        self.archive
            .prepare_cached(&format!(
                "UPDATE {table} SET {besides}{prefix}sha256=?4, {prefix}pages=?5
                 WHERE id=?1 AND (?6 OR {prefix}pages IS NULL)"
            ))?
            .execute(params![
                document.id,
                check.media_type,
                check.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
                check.sha256,
                count.filter(|count| *count > 0),
                was_read,
            ])?;
        if was_read {
            self.replace_pages(pages, document.id, &check.pages)?;
            let found = has_code(&check.pages).then_some(check.checked_at);
            self.note_code((document.kind, document.id), found)?;
        }
        Ok(true)
    }

    /// The bytes of another PDF than before are not kept until they are put among the originals.
    fn forget_kept_pdf(&self, meeting: i64) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("UPDATE meeting SET pdf_kept=0 WHERE id=?1")?
            .execute(params![meeting])?;
        Ok(())
    }

    /// Stores text page by page in place of what the table holds of its owner.
    pub(super) fn replace_pages(
        &self,
        (table, owner): (&str, &str),
        id: i64,
        pages: &[String],
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(&format!("DELETE FROM {table} WHERE {owner}=?1"))?
            .execute(params![id])?;
        let mut insert = self.archive.prepare_cached(&format!(
            "INSERT INTO {table}({owner},page_no,text,search_terms) VALUES(?1,?2,?3,?4)"
        ))?;
        for (number, page) in (1_i64..).zip(pages) {
            let page = stored_page(page);
            insert.execute(params![id, number, page, self.page_terms(&page)])?;
        }
        Ok(())
    }

    /// Records whether a document publishes an identity code: with the item it is attached to, or the source.
    pub(super) fn note_code(
        &self,
        (kind, id): (DocumentKind, i64),
        found: Option<Timestamp>,
    ) -> Result<(), ArchiveError> {
        let (scope, file) = match kind {
            DocumentKind::Attachment => {
                let (uid, ordinal): (String, i64) = self
                    .archive
                    .prepare_cached(
                        "SELECT i.uid, a.ordinal FROM attachment a JOIN item i ON i.id=a.item_id WHERE a.id=?1",
                    )?
                    .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?)))?;
                (
                    ProblemScope::Item(Uid::new(uid)),
                    format!("attachment {ordinal}"),
                )
            }
            DocumentKind::Meeting => {
                let sql = "SELECT s.slug, me.uid FROM meeting me JOIN source s ON s.id=me.source_id WHERE me.id=?1";
                let (source, meeting): (String, String) = self
                    .archive
                    .prepare_cached(sql)?
                    .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let scope = ProblemScope::Source(SourceId::new(source));
                (scope, format!("the PDF of {meeting}"))
            }
        };
        self.set_code_in_file(&scope, (&file, found))
    }
}

/// Whether a page holds an identity code.
pub(super) fn has_code(pages: &[String]) -> bool {
    pages.iter().any(|page| code_in_text(page))
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

    /// Documents of a source that are to be asked for, the newest first, at most so many.
    pub fn unread_documents(
        &self,
        wanted: &Wanted,
        source: &SourceId,
        now: Timestamp,
    ) -> Result<Vec<DueDocument>, ArchiveError> {
        let before = now.checked_sub(PAUSE).unwrap_or(Timestamp::MIN);
        let kind = wanted.kind;
        let Shelf { table, due, .. } = shelf(kind);
        let mut values = vec![
            Value::from(source.as_str().to_owned()),
            instant(before).into(),
            TRIES.into(),
            wanted.most.into(),
            instant(now).into(),
            i64::try_from(wanted.room).unwrap_or(i64::MAX).into(),
            json("media types", &wanted.media_types)?.into(),
        ];
        self.read(|conn| {
            let mut statement = conn.prepare_cached(due)?;
            values.truncate(statement.parameter_count());
            let found = statement.query_and_then(params_from_iter(values), |row| {
                let c = Columns::of(table, row);
                Ok(DueDocument {
                    kind,
                    id: c.get("id")?,
                    url: c.url("url")?,
                    validators: Validators {
                        etag: c.get("etag")?,
                        last_modified: c.get("last_modified")?,
                    },
                    sha256: c.get("sha256")?,
                })
            })?;
            // One address that cannot be read must not keep the others from being asked for.
            found.filter_map(readable).collect()
        })
    }
}
