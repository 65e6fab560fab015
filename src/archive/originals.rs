//! The bytes as served: packed by hash in `originals.db`, with their provenance in table `fetch`.

use std::borrow::Cow;
use std::io;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::change::Original;
use crate::model::document::{DocumentKind, DueDocument};
use crate::model::ids::{ItemKey, SourceId, Uid};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, instant, sha256_hex};
use super::transaction::Batch;

/// zstd level: pages shrink to a fifth at a few hundred MB/s; higher levels cost time and gain little.
const LEVEL: i32 = 6;

/// Where a walk over originals stands; the beginning is `OriginalCursor::default()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OriginalCursor {
    item: i64,
    fetch: i64,
}

impl OriginalCursor {
    /// Behind everything of an item.
    pub fn after_item(item: i64) -> Self {
        let fetch = if item == 0 { 0 } else { i64::MAX };
        Self { item, fetch }
    }

    /// The item it stands at.
    pub fn item(self) -> i64 {
        self.item
    }
}

/// One stored original of an item's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalRef {
    /// Continue after this one with it.
    pub cursor: OriginalCursor,
    /// Public key of the item.
    pub uid: Uid,
    /// The platform's key.
    pub key: ItemKey,
    /// Which source.
    pub source: SourceId,
    /// Address the bytes came from.
    pub url: String,
    /// Hash of the bytes; [`Reader::original`] gives them.
    pub sha256: String,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// When they were fetched.
    pub fetched_at: Timestamp,
}

/// What bytes belong to.
#[derive(Clone, Copy)]
struct Place {
    source: i64,
    item: Option<i64>,
    /// Of an item's page, of a list, or of a file.
    role: &'static str,
    /// Whether only their hash is stored.
    withheld: bool,
}

impl Batch<'_> {
    /// Keeps the bytes of a feed or list, unless they are those its address gave last time. While an item of the source stands
    /// erased, only their hash is kept: its title may stand in them.
    pub fn put_original(&self, source: &SourceId, original: &Original) -> Result<(), ArchiveError> {
        let source = self.source_row(source)?;
        let listed: bool = self
            .archive
            .prepare_cached(
                "SELECT EXISTS(SELECT 1 FROM takedown t JOIN item i ON i.uid=t.target_uid
                   WHERE t.action='erase' AND i.source_id=?1)",
            )?
            .query_row(params![source.id], |row| row.get(0))?;
        let place = Place {
            source: source.id,
            item: None,
            role: "list",
            withheld: original.withheld || listed,
        };
        self.put(place, self.last_beside(&original.url)?.as_deref(), original)
    }

    /// Keeps the bytes of a file that was just had, unless they are those its address gave last time, and notes whether
    /// they are among the originals now.
    pub fn put_file_original(
        &self,
        source: &SourceId,
        document: &DueDocument,
        original: &Original,
    ) -> Result<(), ArchiveError> {
        let place = Place {
            source: self.source_row(source)?.id,
            item: None,
            role: "file",
            withheld: original.withheld,
        };
        self.put(place, self.last_beside(&original.url)?.as_deref(), original)?;
        let kept: bool = self
            .originals
            .prepare_cached(
                "SELECT EXISTS(SELECT 1 FROM raw WHERE sha256=?1 AND body IS NOT NULL)",
            )?
            .query_row(params![original.sha256], |row| row.get(0))?;
        let sql = match document.kind {
            DocumentKind::Attachment => "UPDATE attachment SET kept=?2 WHERE id=?1 AND kept<>?2",
            DocumentKind::Meeting => "UPDATE meeting SET pdf_kept=?2 WHERE id=?1 AND pdf_kept<>?2",
        };
        self.archive
            .prepare_cached(sql)?
            .execute(params![document.id, kept])?;
        Ok(())
    }

    /// Keeps the bytes of an item's page, unless they are those of its last fetch; good and faulty pages alike.
    pub fn put_page_original(&self, uid: &Uid, original: &Original) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        let last: Option<String> = self
            .archive
            .prepare_cached("SELECT sha256 FROM fetch WHERE item_id=?1 ORDER BY id DESC LIMIT 1")?
            .query_row(params![item.id], |row| row.get(0))
            .optional()?;
        let place = Place {
            source: item.source_id,
            item: Some(item.id),
            role: "page",
            withheld: original.withheld || self.keeps_out(&item, uid)?,
        };
        self.put(place, last.as_deref(), original)
    }

    /// Hash of what an address of no item's page gave last time.
    fn last_beside(&self, url: &str) -> Result<Option<String>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached("SELECT sha256 FROM fetch WHERE url=?1 AND item_id IS NULL ORDER BY id DESC LIMIT 1")?
            .query_row(params![url], |row| row.get(0))
            .optional()?)
    }

    fn put(
        &self,
        place: Place,
        last: Option<&str>,
        original: &Original,
    ) -> Result<(), ArchiveError> {
        if place.withheld {
            self.pack_nothing(original)?;
        } else {
            self.pack(original)?;
        }
        if last == Some(original.sha256.as_str()) {
            return Ok(());
        }
        self.archive
            .prepare_cached(
                "INSERT INTO fetch(source_id,item_id,url,fetched_at,http_status,content_type,bytes,etag,
                   last_modified,sha256,role) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
            )?
            .execute(params![
                place.source,
                place.item,
                original.url,
                instant(original.fetched_at),
                original.http_status,
                original.content_type,
                i64::try_from(original.body.len()).unwrap_or(i64::MAX),
                original.validators.etag,
                original.validators.last_modified,
                original.sha256,
                place.role,
            ])?;
        Ok(())
    }

    /// Stores the bytes once, and again where those stored are damaged; erased bytes do not come back.
    fn pack(&self, original: &Original) -> Result<(), ArchiveError> {
        if self.is_packed(&original.sha256)? {
            return Ok(());
        }
        let packed =
            zstd::bulk::compress(&original.body, LEVEL).map_err(|cause| ArchiveError::Codec {
                sha256: original.sha256.clone(),
                cause,
            })?;
        let (codec, body) = if packed.len() < original.body.len() {
            ("zstd", Cow::Owned(packed))
        } else {
            ("none", Cow::Borrowed(original.body.as_slice()))
        };
        self.originals
            .prepare_cached(
                "INSERT INTO raw(sha256,media_type,bytes,codec,body,first_seen_at) VALUES(?1,?2,?3,?4,?5,?6)
                 ON CONFLICT(sha256) DO UPDATE SET bytes=excluded.bytes, codec=excluded.codec, body=excluded.body",
            )?
            .execute(params![
                original.sha256,
                original.content_type,
                i64::try_from(original.body.len()).unwrap_or(i64::MAX),
                codec,
                body,
                instant(original.fetched_at),
            ])?;
        Ok(())
    }

    /// Notes bytes that must not be stored: the hash stays, as after erasure.
    fn pack_nothing(&self, original: &Original) -> Result<(), ArchiveError> {
        self.originals
            .prepare_cached(
                "INSERT INTO raw(sha256,media_type,bytes,codec,body,first_seen_at,erased_at)
                 VALUES(?1,?2,?3,'none',NULL,?4,?4)
                 ON CONFLICT(sha256) DO UPDATE SET body=NULL, erased_at=excluded.erased_at
                 WHERE body IS NOT NULL",
            )?
            .execute(params![
                original.sha256,
                original.content_type,
                i64::try_from(original.body.len()).unwrap_or(i64::MAX),
                instant(original.fetched_at),
            ])?;
        Ok(())
    }

    /// Whether the bytes with that hash are stored and whole, or were erased.
    fn is_packed(&self, sha256: &str) -> Result<bool, ArchiveError> {
        let found: Option<(String, i64, Option<Vec<u8>>)> = self
            .originals
            .prepare_cached("SELECT codec, bytes, body FROM raw WHERE sha256=?1")?
            .query_row(params![sha256], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        Ok(match found {
            None => false,
            Some((_, _, None)) => true,
            Some((codec, bytes, Some(body))) => {
                unpack(sha256, &codec, (bytes, body)).is_ok_and(|body| sha256_hex(&body) == sha256)
            }
        })
    }
}

impl Reader {
    /// The bytes with that hash; `None` when they are unknown or were erased.
    pub fn original(&self, sha256: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        self.read_originals(|conn| {
            let found: Option<(String, i64, Option<Vec<u8>>)> = conn
                .prepare_cached("SELECT codec, bytes, body FROM raw WHERE sha256=?1")?
                .query_row(params![sha256], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            match found {
                Some((codec, bytes, Some(body))) => unpack(sha256, &codec, (bytes, body)).map(Some),
                Some((_, _, None)) | None => Ok(None),
            }
        })
    }

    /// Whether the bytes with that hash were erased, or never kept: only their hash stands.
    pub fn is_erased(&self, sha256: &str) -> Result<bool, ArchiveError> {
        self.read_originals(|conn| {
            Ok(conn
                .prepare_cached(
                    "SELECT EXISTS(SELECT 1 FROM raw WHERE sha256=?1 AND body IS NULL)",
                )?
                .query_row(params![sha256], |row| row.get(0))?)
        })
    }

    /// Originals of item pages, item by item, each item's in the order they were fetched: enough to derive every
    /// version again. At most `limit` after `after`; an empty answer is the end.
    pub fn latest_originals(
        &self,
        after: OriginalCursor,
        limit: u32,
    ) -> Result<Vec<OriginalRef>, ArchiveError> {
        self.read(|conn| {
            collect(
                conn,
                "SELECT f.id, f.item_id, i.uid, i.key, s.slug AS source, f.url, f.sha256, f.content_type, f.fetched_at
                 FROM fetch f JOIN item i ON i.id=f.item_id JOIN source s ON s.id=i.source_id
                 WHERE f.item_id>=?1 AND (f.item_id, f.id)>(?1, ?2) ORDER BY f.item_id, f.id LIMIT ?3",
                &[&after.item, &after.fetch, &limit],
            )
        })
    }

    /// Originals of one item's page in the order they were fetched.
    pub fn originals_of(&self, uid: &Uid) -> Result<Vec<OriginalRef>, ArchiveError> {
        self.read(|conn| {
            collect(
                conn,
                "SELECT f.id, f.item_id, i.uid, i.key, s.slug AS source, f.url, f.sha256, f.content_type, f.fetched_at
                 FROM item i JOIN fetch f ON f.item_id=i.id JOIN source s ON s.id=i.source_id
                 WHERE i.uid=?1 ORDER BY f.id",
                &[&uid.as_str()],
            )
        })
    }
}

fn collect(
    conn: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<OriginalRef>, ArchiveError> {
    let mut statement = conn.prepare_cached(sql)?;
    let originals = statement.query_and_then(values, |row| {
        let c = Columns::of("fetch", row);
        Ok(OriginalRef {
            cursor: OriginalCursor {
                item: c.get("item_id")?,
                fetch: c.get("id")?,
            },
            uid: Uid::new(c.get::<String>("uid")?),
            key: ItemKey::new(c.get::<String>("key")?),
            source: SourceId::new(c.get::<String>("source")?),
            url: c.get("url")?,
            sha256: c.get("sha256")?,
            content_type: c.get("content_type")?,
            fetched_at: c.instant("fetched_at")?,
        })
    })?;
    originals.collect()
}

/// Unpacks stored bytes, never to more than they were.
pub(super) fn unpack(
    sha256: &str,
    codec: &str,
    (bytes, body): (i64, Vec<u8>),
) -> Result<Vec<u8>, ArchiveError> {
    let length = usize::try_from(bytes).unwrap_or(0);
    let unpacked = match codec {
        "none" => Ok(body),
        "zstd" => zstd::bulk::decompress(&body, length.min(1 << 30)),
        other => Err(io::Error::other(format!("\"{other}\" is no known codec"))),
    };
    let whole = unpacked.and_then(|body| {
        let found = body.len();
        (found == length)
            .then_some(body)
            .ok_or_else(|| io::Error::other(format!("{found} bytes instead of {bytes}")))
    });
    whole.map_err(|cause| ArchiveError::Codec {
        sha256: sha256.to_owned(),
        cause,
    })
}
