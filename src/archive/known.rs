//! Items of a source as they are known before one of its lists is read.

use rusqlite::{Connection, params};

use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::item::KnownItem;

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, json, readable};

/// Items of one title that are looked at: of more than these nobody could tell which is meant.
const MOST_ALIKE: u32 = 10_000;

/// Which items of a source.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<'a> {
    /// Each.
    All,
    /// Those with these keys, a list as JSON.
    Keys(&'a str),
    /// Those listed with these titles, a list as JSON; the newest of very many.
    Titles(&'a str),
}

impl Reader {
    /// What is known of every item of a source. `text_sha256` is the lower-case hex SHA-256 of the UTF-8 bytes of
    /// [`ListedItem::text`](crate::model::feed_item::ListedItem::text).
    pub fn known_items(&self, source: &SourceId) -> Result<Vec<KnownItem>, ArchiveError> {
        self.read(|conn| known_items(conn, source, Which::All)?.into_iter().collect())
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
            known_items(conn, source, Which::Keys(&keys))?
                .into_iter()
                .collect()
        })
    }

    /// What is known of the items that were last listed with one of these titles; rows that cannot be read are left
    /// out.
    pub fn known_items_by_titles(
        &self,
        source: &SourceId,
        titles: &[String],
    ) -> Result<Vec<KnownItem>, ArchiveError> {
        let titles = json("titles", titles)?;
        self.read(|conn| {
            let items = known_items(conn, source, Which::Titles(&titles))?;
            items.into_iter().filter_map(readable).collect()
        })
    }
}

pub(super) fn known_items(
    conn: &Connection,
    source: &SourceId,
    which: Which<'_>,
) -> Result<Vec<Result<KnownItem, ArchiveError>>, ArchiveError> {
    let columns =
        "SELECT i.key, i.uid, i.listed_title, i.listed_body, i.listed_on, i.listed_section,
           i.listed_text_sha256, i.url
         FROM item i JOIN source s ON s.id=i.source_id WHERE s.slug=?1";
    let (condition, list) = match which {
        Which::All => ("?2 IS NULL ORDER BY i.key".to_owned(), None),
        Which::Keys(keys) => (
            "i.key IN (SELECT value FROM json_each(?2)) ORDER BY i.key".to_owned(),
            Some(keys),
        ),
        Which::Titles(titles) => (
            format!(
                "i.listed_title IN (SELECT value FROM json_each(?2)) ORDER BY i.id DESC LIMIT {MOST_ALIKE}"
            ),
            Some(titles),
        ),
    };
    let mut statement = conn.prepare_cached(&format!("{columns} AND {condition}"))?;
    let items = statement.query_and_then(params![source.as_str(), list], |row| {
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
