//! Texts of files whose bytes are among the originals, for deriving them again.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::model::document::DocumentKind;
use crate::model::ids::{SourceId, Uid};
use crate::privacy::clean;

use super::documents::{has_code, shelf};
use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, readable, text};
use super::transaction::Batch;

/// Attachments that were had and are kept; what was taken down stays as it is.
const ATTACHMENTS: &str = "SELECT a.id, i.uid, s.slug AS source, a.url, a.sha256,
     (SELECT f.content_type FROM fetch f WHERE f.sha256=a.sha256 ORDER BY f.id DESC LIMIT 1) AS content_type
   FROM attachment a JOIN item i ON i.id=a.item_id JOIN source s ON s.id=i.source_id
   WHERE a.id>?1 AND a.kept=1 AND a.sha256 IS NOT NULL AND i.erased_at IS NULL
     AND NOT EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=i.uid)
   ORDER BY a.id LIMIT ?2";
/// PDFs of whole meetings that were had.
const MEETINGS: &str = "SELECT me.id, NULL AS uid, s.slug AS source, me.pdf_url AS url, me.pdf_sha256 AS sha256,
     (SELECT f.content_type FROM fetch f WHERE f.sha256=me.pdf_sha256 ORDER BY f.id DESC LIMIT 1) AS content_type
   FROM meeting me JOIN source s ON s.id=me.source_id
   WHERE me.id>?1 AND me.pdf_status='fetched' AND me.pdf_sha256 IS NOT NULL AND me.pdf_url IS NOT NULL
     AND NOT EXISTS(SELECT 1 FROM item i WHERE i.meeting_id=me.id AND (i.erased_at IS NOT NULL
       OR EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=i.uid)))
   ORDER BY me.id LIMIT ?2";

/// An attachment or the PDF of a meeting that was had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HadFile {
    /// What it is.
    pub kind: DocumentKind,
    /// The number of the attachment, or of the meeting, in the archive.
    pub id: i64,
    /// The item that an attachment belongs to.
    pub uid: Option<Uid>,
    /// Which source.
    pub source: SourceId,
    /// Its address.
    pub url: String,
    /// Hash of the bytes; [`Reader::original`] gives them where they are kept.
    pub sha256: String,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
}

impl Reader {
    /// Files of a kind that were had, at most `limit` after the one with a number.
    pub fn had_files(
        &self,
        kind: DocumentKind,
        (after, limit): (i64, u32),
    ) -> Result<Vec<HadFile>, ArchiveError> {
        let (table, sql) = match kind {
            DocumentKind::Attachment => ("attachment", ATTACHMENTS),
            DocumentKind::Meeting => ("meeting", MEETINGS),
        };
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let files = statement.query_and_then(params![after, limit], |row| {
                let c = Columns::of(table, row);
                Ok(HadFile {
                    kind,
                    id: c.get("id")?,
                    uid: c.get::<Option<String>>("uid")?.map(Uid::new),
                    source: SourceId::new(c.get::<String>("source")?),
                    url: c.get("url")?,
                    sha256: c.get("sha256")?,
                    content_type: c.get("content_type")?,
                })
            })?;
            files.filter_map(readable).collect()
        })
    }

    /// Whether the stored text of a file is another one.
    pub fn would_rewrite_file(
        &self,
        file: &HadFile,
        pages: &[String],
    ) -> Result<bool, ArchiveError> {
        self.read(|conn| is_other(conn, shelf(file.kind).pages, file.id, pages))
    }

    /// Whether the stored text of an item's own PDF is another one.
    pub fn would_rewrite_document(
        &self,
        uid: &Uid,
        pages: &[String],
    ) -> Result<bool, ArchiveError> {
        Ok(self.document(uid)? != stored_as(pages))
    }
}

impl Batch<'_> {
    /// Makes the text of a file what its kept bytes say today; returns whether it differed. A file that was replaced
    /// meanwhile is left alone.
    pub fn rewrite_file(
        &self,
        file: &HadFile,
        pages: &[String],
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let place = shelf(file.kind);
        if !is_other(self.archive, place.pages, file.id, pages)? {
            return Ok(false);
        }
        let (table, prefix) = (place.table, place.prefix);
        let known = self
            .archive
            .prepare_cached(&format!(
                "UPDATE {table} SET {prefix}pages=?3, {prefix}error=NULL WHERE id=?1 AND {prefix}sha256=?2"
            ))?
            .execute(params![
                file.id,
                file.sha256,
                i64::try_from(pages.len()).ok().filter(|count| *count > 0)
            ])?;
        if known == 0 {
            return Ok(false);
        }
        self.replace_pages(place.pages, file.id, pages)?;
        let found = has_code(pages).then_some(now);
        self.note_code((file.kind, file.id), found)?;
        if found.is_some() {
            let bytes = format!("SELECT {prefix}sha256 FROM {table} WHERE id=?1");
            self.drop_originals(&bytes, (file.id, now))?;
        }
        Ok(true)
    }

    /// Makes the text of an item's own PDF what its kept bytes say today.
    pub fn rewrite_document(
        &self,
        uid: &Uid,
        pages: &[String],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        if !is_other(self.archive, ("document_page", "item_id"), item.id, pages)? {
            return Ok(());
        }
        self.store_document(uid, pages, now)?;
        if has_code(pages) {
            let bytes =
                "SELECT sha256 FROM fetch WHERE id=(SELECT max(id) FROM fetch WHERE item_id=?1)";
            self.drop_originals(bytes, (item.id, now))?;
        }
        Ok(())
    }
}

fn is_other(
    conn: &Connection,
    (table, owner): (&str, &str),
    id: i64,
    pages: &[String],
) -> Result<bool, ArchiveError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT text FROM {table} WHERE {owner}=?1 ORDER BY page_no"
    ))?;
    let stored = statement.query_map(params![id], |row| row.get(0))?;
    let stored: Vec<String> = stored.collect::<Result<_, _>>()?;
    Ok(stored != stored_as(pages))
}

/// Pages as they are stored.
fn stored_as(pages: &[String]) -> Vec<String> {
    pages.iter().map(|page| stored_page(page)).collect()
}

/// A page as it is stored.
pub(super) fn stored_page(page: &str) -> String {
    text(Some(&clean(page))).unwrap_or_default().into_owned()
}
