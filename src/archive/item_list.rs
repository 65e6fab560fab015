//! Lists of items for programs: a page of what a feed would hold, continued after its last item.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::language::Analyser;
use crate::model::ids::Uid;
use crate::model::item::{FullItem, ItemRecord};

use super::error::ArchiveError;
use super::feed_query::{Conditions, FeedQuery, chosen};
use super::item_read::sound;
use super::reader::Reader;
use super::rows::{Columns, instant, readable};

/// Which items, and after which of them the page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemQuery {
    /// The filters of feeds and the length of the page; its `offset` counts for nothing here.
    pub filter: FeedQuery,
    /// Begins after this item; `None` begins at the newest change.
    pub after: Option<ItemCursor>,
}

/// A place in a list of items. It stays where it is when items come in: what is new stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemCursor {
    /// When the last item before it changed.
    pub changed_at: Timestamp,
    /// The row of that item.
    pub id: i64,
}

impl fmt::Display for ItemCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.changed_at.as_second(), self.id)
    }
}

/// What stands there is no cursor that an answer gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no cursor")]
pub struct NoCursor;

impl FromStr for ItemCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (second, id) = text.split_once('-').ok_or(NoCursor)?;
        let second = i64::from_str_radix(second, 16).map_err(|_not_hex| NoCursor)?;
        let cursor = Self {
            changed_at: Timestamp::from_second(second).map_err(|_out_of_range| NoCursor)?,
            id: i64::from_str_radix(id, 16).map_err(|_not_hex| NoCursor)?,
        };
        // One text for one place: neither signs nor leading zeros nor capitals.
        if cursor.id >= 0 && cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(NoCursor)
        }
    }
}

/// A page of items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemPage {
    /// Last changed first, withdrawn ones left out.
    pub items: Vec<ItemRecord>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<ItemCursor>,
}

impl Reader {
    /// A page of items in the order of feeds. Items that come in while somebody pages on move nothing; one that
    /// changes meanwhile moves to the front.
    pub fn items(&self, query: &ItemQuery) -> Result<ItemPage, ArchiveError> {
        let Some(Conditions { sql, values }) = select(query, &self.language) else {
            return Ok(ItemPage::default());
        };
        let length = usize::try_from(query.filter.limit).unwrap_or(usize::MAX);
        self.read_for(query.filter.q.as_deref().unwrap_or_default(), |conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_and_then(params_from_iter(values), |row| {
                let c = Columns::of("item", row);
                let place = ItemCursor {
                    changed_at: c.instant("changed_at")?,
                    id: c.get("id")?,
                };
                Ok::<_, ArchiveError>((place, sound(conn, row)))
            })?;
            let mut rows: Vec<_> = rows.filter_map(readable).collect::<Result<_, _>>()?;
            let more = rows.len() > length;
            rows.truncate(length);
            let next = rows.last().map(|(place, _)| *place).filter(|_| more);
            let items = rows.into_iter().map(|(_, item)| item);
            Ok(ItemPage {
                items: items.filter_map(readable).collect::<Result<_, _>>()?,
                next,
            })
        })
    }

    /// One item with its whole history, withdrawn or not; older versions that are not what was stored are left out.
    pub fn full_item(&self, uid: &Uid) -> Result<Option<FullItem>, ArchiveError> {
        let Some(item) = self.item(uid)? else {
            return Ok(None);
        };
        Ok(Some(FullItem {
            item,
            versions: self.sound_versions(uid)?,
            attachments: self.attachments(uid)?,
        }))
    }
}

/// The statement of a page and one item more; `None` when nothing can match.
fn select(query: &ItemQuery, language: &Analyser) -> Option<Conditions> {
    let mut c = chosen(&query.filter, language)?;
    if let Some(after) = query.after {
        // The first bound is what the index is asked for, the row value decides among equals.
        c.add("i.changed_at<=?", instant(after.changed_at));
        c.add("(i.changed_at, i.id)<(?, ?)", instant(after.changed_at));
        c.values.push(Value::from(after.id));
    }
    c.sql
        .push_str(" ORDER BY i.changed_at DESC, i.id DESC LIMIT ?");
    c.values
        .push(Value::from(query.filter.limit.saturating_add(1)));
    Some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        let cursor = ItemCursor {
            changed_at: Timestamp::constant(1_784_505_600, 0),
            id: 350_000,
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in [
            "",
            "-",
            "1",
            "x-1",
            "1-x",
            "1--1",
            "+1-1",
            "01-1",
            "1-1-1",
            "7fffffffffffffff-1",
            "1-8000000000000000",
            "6A5C-1",
        ] {
            assert_eq!(wrong.parse::<ItemCursor>(), Err(NoCursor), "{wrong}");
        }
    }
}
