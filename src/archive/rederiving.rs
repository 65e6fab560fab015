//! What deriving everything again has to know: the originals of lists, and where it stood when it was interrupted.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::ids::{SourceId, Uid};
use crate::model::item::KnownItem;
use crate::model::listing::{ListAddress, ListKind};

use super::error::ArchiveError;
use super::known::{Which, known_items};
use super::meta::{forget_meta, meta, set_meta};
use super::reader::Reader;
use super::rows::{Columns, json, readable};
use super::transaction::Batch;

/// The row of `meta` that says how far deriving again has come; gone when it is done.
const MARK: &str = "rederive";

/// One stored original of a source's front, or of a list beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOriginal {
    /// Address the bytes came from.
    pub url: String,
    /// Hash of the bytes; [`Reader::original`] gives them.
    pub sha256: String,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// When they were fetched.
    pub fetched_at: Timestamp,
}

impl Batch<'_> {
    /// Notes how far deriving again has come; `None`: it is done.
    pub fn mark_rederived(&self, mark: Option<&str>) -> Result<(), ArchiveError> {
        match mark {
            Some(mark) => set_meta(self.archive, MARK, mark)?,
            None => forget_meta(self.archive, MARK)?,
        }
        Ok(())
    }
}

impl Reader {
    /// Items of a source whose rows can be read, and the public keys of the others.
    pub fn readable_items(
        &self,
        source: &SourceId,
    ) -> Result<(Vec<KnownItem>, Vec<Uid>), ArchiveError> {
        self.read(|conn| {
            let items = known_items(conn, source, Which::All)?;
            let all = items.len();
            let known: Vec<KnownItem> = items
                .into_iter()
                .filter_map(readable)
                .collect::<Result<_, _>>()?;
            if known.len() == all {
                return Ok((known, vec![]));
            }
            let whole: BTreeSet<&Uid> = known.iter().map(|item| &item.uid).collect();
            let uids: Vec<Uid> = conn
                .prepare_cached(
                    "SELECT i.uid FROM item i JOIN source s ON s.id=i.source_id WHERE s.slug=?1",
                )?
                .query_map(params![source.as_str()], |row| {
                    Ok(Uid::new(row.get::<_, String>(0)?))
                })?
                .collect::<Result<_, _>>()?;
            let damaged = uids.into_iter().filter(|uid| !whole.contains(uid));
            let damaged = damaged.collect();
            Ok((known, damaged))
        })
    }

    /// How far an interrupted run of deriving again had come.
    pub fn rederived_until(&self) -> Result<Option<String>, ArchiveError> {
        self.read(|conn| Ok(meta(conn, MARK)?))
    }

    /// Items of these sources, of all where none is named, with an original of their own.
    pub fn items_with_originals(&self, sources: &[SourceId]) -> Result<u32, ArchiveError> {
        let slugs: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        let slugs = json("sources", &slugs)?;
        self.read(|conn| {
            Ok(conn.query_row(
                "SELECT count(*) FROM item i JOIN source s ON s.id=i.source_id
                 WHERE (?1='[]' OR s.slug IN (SELECT value FROM json_each(?1)))
                   AND EXISTS(SELECT 1 FROM fetch f WHERE f.item_id=i.id)",
                params![slugs],
                |row| row.get(0),
            )?)
        })
    }

    /// Originals of a source's lists in the order they were fetched.
    pub fn list_originals(&self, source: &SourceId) -> Result<Vec<ListOriginal>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT f.url, f.sha256, f.content_type, f.fetched_at FROM fetch f JOIN source s ON s.id=f.source_id
                 WHERE s.slug=?1 AND f.role='list' ORDER BY f.id",
            )?;
            let originals = statement.query_and_then(params![source.as_str()], |row| {
                let c = Columns::of("fetch", row);
                Ok(ListOriginal {
                    url: c.get("url")?,
                    sha256: c.get("sha256")?,
                    content_type: c.get("content_type")?,
                    fetched_at: c.instant("fetched_at")?,
                })
            })?;
            originals.collect()
        })
    }

    /// Every list beside the front of a source that was ever met.
    pub fn lists_of(&self, source: &SourceId) -> Result<Vec<ListAddress>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT lp.kind, lp.key, lp.url, lp.body, lp.held_on FROM list_page lp
                 JOIN source s ON s.id=lp.source_id WHERE s.slug=?1 ORDER BY lp.id",
            )?;
            let lists = statement.query_and_then(params![source.as_str()], |row| {
                let c = Columns::of("list_page", row);
                Ok(ListAddress {
                    kind: c.with("kind", ListKind::from_word)?,
                    key: c.get("key")?,
                    url: c.url("url")?,
                    body: c.get("body")?,
                    held_on: c.opt_day("held_on")?,
                })
            })?;
            lists.collect()
        })
    }

    /// Every source that items are of, the configured and the others.
    pub fn sources_with_items(&self) -> Result<Vec<SourceId>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT slug FROM source s WHERE EXISTS(SELECT 1 FROM item i WHERE i.source_id=s.id) ORDER BY slug",
            )?;
            let slugs = statement.query_map([], |row| Ok(SourceId::new(row.get::<_, String>(0)?)))?;
            Ok(slugs.collect::<Result<_, _>>()?)
        })
    }

    /// Whether a version of the item was read from an original of another source than the one that lists it
    /// today, so that the originals of this one are not its whole history.
    pub fn has_moved(&self, uid: &Uid) -> Result<bool, ArchiveError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached(
                    "SELECT EXISTS(SELECT 1 FROM item i JOIN item_version v ON v.item_id=i.id
                       JOIN fetch f ON f.id=v.fetch_id WHERE i.uid=?1 AND f.source_id<>i.source_id)",
                )?
                .query_row(params![uid.as_str()], |row| row.get(0))?)
        })
    }
}
