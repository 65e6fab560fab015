//! Items of a source as they are known before one of its lists is read.

use rusqlite::{Connection, params};

use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::item::KnownItem;

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, json};

impl Reader {
    /// What is known of every item of a source. `text_sha256` is the lower-case hex SHA-256 of the UTF-8 bytes of
    /// [`ListedItem::text`](crate::model::feed_item::ListedItem::text).
    pub fn known_items(&self, source: &SourceId) -> Result<Vec<KnownItem>, ArchiveError> {
        self.read(|conn| known_items(conn, source, None)?.into_iter().collect())
    }

    /// What is known of the items with these keys, as far as they are known: enough for a feed of 30
    /// entries in an archive of 100,000 items.
    pub fn known_items_by_keys(
        &self,
        source: &SourceId,
        keys: &[ItemKey],
    ) -> Result<Vec<KnownItem>, ArchiveError> {
        let keys = json("keys", keys)?;
        self.read(|conn| {
            known_items(conn, source, Some(&keys))?
                .into_iter()
                .collect()
        })
    }
}

pub(super) fn known_items(
    conn: &Connection,
    source: &SourceId,
    keys: Option<&str>,
) -> Result<Vec<Result<KnownItem, ArchiveError>>, ArchiveError> {
    let columns =
        "SELECT i.key, i.uid, i.listed_title, i.listed_body, i.listed_on, i.listed_section,
           i.listed_text_sha256, i.url
         FROM item i JOIN source s ON s.id=i.source_id WHERE s.slug=?1";
    let sql = match keys {
        None => format!("{columns} AND ?2 IS NULL ORDER BY i.key"),
        Some(_) => {
            format!("{columns} AND i.key IN (SELECT value FROM json_each(?2)) ORDER BY i.key")
        }
    };
    let mut statement = conn.prepare_cached(&sql)?;
    let items = statement.query_and_then(params![source.as_str(), keys], |row| {
        let c = Columns::of("item", row);
        Ok(KnownItem {
            key: ItemKey::new(c.get::<String>("key")?),
            uid: Uid::new(c.get::<String>("uid")?),
            listed_title: c.get("listed_title")?,
            listed_body: c.get("listed_body")?,
            listed_on: c.opt_day("listed_on")?,
            listed_section: c.get("listed_section")?,
            text_sha256: c.get("listed_text_sha256")?,
            url: c.url("url")?,
        })
    })?;
    Ok(items.collect())
}
