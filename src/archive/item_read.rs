//! Items as readers see them: one row with fields, verdicts and versions.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::digest::is_content_hash;
use crate::model::ids::{SourceId, Uid};
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::{Handling, ItemReading, Outcome, Stage};

use super::error::ArchiveError;
use super::matches::matches;
use super::reader::Reader;
use super::rows::{Columns, readable, text};
use super::seals;

/// Columns and joins of an item record; conditions on `i` (item) follow.
///
/// CROSS JOIN keeps SQLite from starting at the small tables, which would cost a sort of all items.
pub(super) const ITEM: &str = "SELECT i.id, i.uid, s.slug AS source, s.name AS source_name,
    s.feed_url AS source_feed, mu.name AS municipality, mu.code AS municipality_code,
    coalesce(b.name, i.listed_body) AS body, coalesce(me.held_on, i.listed_on) AS held_on, i.title, i.stage,
    i.outcome, i.listed_title, i.content_sha256, v.content_sha256 AS version_sha256, v.fields,
    (SELECT w.fields FROM item_version w WHERE w.item_id=v.item_id AND w.version_no=v.version_no-1
       AND w.stage='minutes' AND v.stage='minutes') AS fields_before, v.handlings, i.url, i.version_no, i.first_seen_at, i.changed_at, i.withdrawn_at
  FROM item i CROSS JOIN source s ON s.id=i.source_id CROSS JOIN municipality mu ON mu.id=i.municipality_id
  LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id
  LEFT JOIN item_version v ON v.item_id=i.id AND v.version_no=i.version_no";

impl Reader {
    /// One item with all that readers are shown.
    ///
    /// # Errors
    /// [`ArchiveError::Unreadable`] also where its text is not the one that was stored.
    pub fn item(&self, uid: &Uid) -> Result<Option<ItemRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!("{ITEM} WHERE i.uid=?1"))?;
            let mut items =
                statement.query_and_then(params![uid.as_str()], |row| sound(conn, row))?;
            items.next().transpose()
        })
    }

    /// Every version of an item, the first one first.
    pub fn versions(&self, uid: &Uid) -> Result<Vec<VersionRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT v.version_no, v.stage, v.seen_from, v.seen_to, coalesce(f.url, i.url) AS url,
                   v.content_sha256, v.parser, v.changed_fields, v.fields, v.handlings
                 FROM item_version v JOIN item i ON i.id=v.item_id LEFT JOIN fetch f ON f.id=v.fetch_id
                 WHERE i.uid=?1 ORDER BY v.version_no",
            )?;
            let versions = statement.query_and_then(params![uid.as_str()], version)?;
            versions.collect()
        })
    }

    /// The same without those whose text is not the one that was stored.
    pub(super) fn sound_versions(&self, uid: &Uid) -> Result<Vec<VersionRecord>, ArchiveError> {
        let versions = self.versions(uid)?;
        self.read(|conn| {
            let checked = versions.into_iter().map(|version| {
                let stored = &version.content_sha256;
                let is_sound = is_content_hash(stored, &version.fields, &version.handlings)
                    || is_blanked(conn, (uid, version.version_no))?;
                is_sound.then_some(version).ok_or_else(|| other_text(uid))
            });
            checked.filter_map(readable).collect()
        })
    }

    /// Whether there is an item with that public key.
    pub fn is_known(&self, uid: &Uid) -> Result<bool, ArchiveError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM item WHERE uid=?1)")?
                .query_row([uid.as_str()], |row| row.get(0))?)
        })
    }

    /// Public keys that stand next to one that is not there: those that share the longest beginning with it,
    /// and those that end in its key in another municipality.
    pub fn uids_near(&self, uid: &Uid, most: u32) -> Result<Vec<Uid>, ArchiveError> {
        let wanted: Vec<char> = uid.as_str().trim().to_lowercase().chars().collect();
        let key: String = wanted
            .rsplit(|c| *c == '/')
            .next()
            .unwrap_or_default()
            .iter()
            .collect();
        self.read(|conn| {
            let mut begins = conn.prepare_cached(
                "SELECT uid FROM item WHERE uid>=?1 AND uid<?1||char(1114111) ORDER BY uid LIMIT ?2",
            )?;
            let mut same_key = conn.prepare_cached("SELECT uid FROM item WHERE key=?1 ORDER BY uid LIMIT ?2")?;
            let mut found: Vec<Uid> = vec![];
            for row in same_key.query_map(params![key, most], |row| row.get::<_, String>(0))? {
                found.push(Uid::new(row?));
            }
            // The municipality and less than this of a key says nothing about what was meant.
            let shortest = wanted.len().saturating_sub(key.chars().count()) + 3;
            for length in (shortest..=wanted.len()).rev() {
                let beginning: String = wanted.iter().take(length).collect();
                for row in begins.query_map(params![beginning, most], |row| row.get::<_, String>(0))? {
                    let near = Uid::new(row?);
                    if !found.contains(&near) {
                        found.push(near);
                    }
                }
                if !found.is_empty() {
                    break;
                }
            }
            found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            Ok(found)
        })
    }

    /// The content hash of an item's current text; `None` before its page was read.
    pub fn content_sha256(&self, uid: &Uid) -> Result<Option<String>, ArchiveError> {
        self.read(|conn| {
            let hash = conn
                .prepare_cached("SELECT content_sha256 FROM item WHERE uid=?1")?
                .query_row(params![uid.as_str()], |row| row.get(0))
                .optional()?;
            Ok(hash.flatten())
        })
    }
}

/// One row of [`ITEM`] with its verdicts.
pub(super) fn record(conn: &Connection, row: &Row<'_>) -> Result<ItemRecord, ArchiveError> {
    let c = Columns::of("item", row);
    Ok(ItemRecord {
        uid: Uid::new(c.get::<String>("uid")?),
        source: SourceId::new(c.get::<String>("source")?),
        source_name: c.get("source_name")?,
        source_feed: c.get("source_feed")?,
        municipality: c.get("municipality")?,
        municipality_code: c.get("municipality_code")?,
        body: c.get("body")?,
        held_on: c.opt_day("held_on")?,
        title: c.get("title")?,
        stage: c.opt_with("stage", Stage::from_word)?,
        outcome: c.opt_with("outcome", Outcome::from_word)?,
        fields: c.opt_json("fields")?,
        fields_before: c.opt_json("fields_before")?,
        handlings: c.opt_json("handlings")?.unwrap_or_default(),
        url: c.url("url")?,
        version_no: c.get("version_no")?,
        first_seen_at: c.instant("first_seen_at")?,
        changed_at: c.instant("changed_at")?,
        withdrawn_at: c.opt_instant("withdrawn_at")?,
        matches: matches(conn, c.get("id")?)?,
    })
}

/// The same for an item that is shown, whose text has to be the one that was stored.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not what its hash says.
pub(super) fn sound(conn: &Connection, row: &Row<'_>) -> Result<ItemRecord, ArchiveError> {
    let item = record(conn, row)?;
    match &item.fields {
        Some(fields) => insist_on_stored(conn, row, (fields, &item.handlings))?,
        None => insist_on_rows(conn, row)?,
    }
    Ok(item)
}

/// Refuses an item whose row, or that of its meeting, is not the one that was written. Its `id` is a column of `row`.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not.
pub(super) fn insist_on_rows(conn: &Connection, row: &Row<'_>) -> Result<(), ArchiveError> {
    insist_on_item(conn, Columns::of("item", row).get("id")?)
}

/// The same of an item by its row's number.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not.
pub(super) fn insist_on_item(conn: &Connection, item: i64) -> Result<(), ArchiveError> {
    seals::insist(conn, "item", item)?;
    let meeting: Option<i64> = conn
        .prepare_cached("SELECT meeting_id FROM item WHERE id=?1")?
        .query_row([item], |row| row.get(0))?;
    meeting.map_or(Ok(()), |meeting| seals::insist(conn, "meeting", meeting))
}

/// What a row has to have for [`insist_on_stored`], of `item i` and its newest version `v`, beside what is shown of it.
pub(super) const TEXT: &str =
    "i.listed_title, i.content_sha256, i.version_no, v.content_sha256 AS version_sha256,
    v.fields, v.handlings";

/// Refuses an item whose text, or whose title, stage or outcome, is not what was stored, or whose row, or that of its
/// meeting, is another one.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not what its hash or its seal says.
pub(super) fn insist_on_stored(
    conn: &Connection,
    row: &Row<'_>,
    (fields, handlings): (&ItemReading, &[Handling]),
) -> Result<(), ArchiveError> {
    let c = Columns::of("item", row);
    let listed: Option<String> = c.get("listed_title")?;
    let title = text(fields.title.as_deref()).or(listed.as_deref().map(Cow::Borrowed));
    let is_minutes = fields.stage == Some(Stage::Minutes);
    let shown: (String, _, _) = (
        c.get("title")?,
        c.opt_with("stage", Stage::from_word)?,
        c.opt_with("outcome", Outcome::from_word)?,
    );
    let said = (
        title.unwrap_or_default().into_owned(),
        fields.stage,
        fields.outcome.filter(|_| is_minutes),
    );
    let stored: Option<String> = c.get("content_sha256")?;
    let is_stored = stored == c.get("version_sha256")?
        && is_content_hash(&stored.unwrap_or_default(), fields, handlings);
    let uid = Uid::new(c.get::<String>("uid")?);
    insist_on_rows(conn, row)?;
    if (is_stored && shown == said) || is_blanked(conn, (&uid, c.get("version_no")?))? {
        return Ok(());
    }
    Err(other_text(&uid))
}

/// The same for where an item has to stand whatever became of its text: one that is not what was stored is left out.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where its row, or that of its meeting, is not the one that was written.
pub(super) fn with_sound_text(
    conn: &Connection,
    row: &Row<'_>,
) -> Result<ItemRecord, ArchiveError> {
    insist_on_rows(conn, row)?;
    match sound(conn, row) {
        Err(error @ ArchiveError::Unreadable { .. }) => {
            let item = record(conn, row)?;
            tracing::error!(%error, "a damaged text was left out");
            Ok(ItemRecord {
                fields: None,
                fields_before: None,
                handlings: vec![],
                ..item
            })
        }
        item => item,
    }
}

/// An item with the text of one version, if that is what was stored; a column is `version_sha256` besides.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where it is not what its hash says.
pub(super) fn sound_version(conn: &Connection, row: &Row<'_>) -> Result<ItemRecord, ArchiveError> {
    let item = record(conn, row)?;
    insist_on_rows(conn, row)?;
    let c = Columns::of("item_version", row);
    let stored: String = c.get("version_sha256")?;
    let fields = item.fields.as_ref();
    if fields.is_some_and(|fields| is_content_hash(&stored, fields, &item.handlings))
        || is_blanked(conn, (&item.uid, item.version_no))?
    {
        return Ok(item);
    }
    Err(other_text(&item.uid))
}

/// The fault of a text that is not what its hash says.
fn other_text(uid: &Uid) -> ArchiveError {
    ArchiveError::Unreadable {
        table: "item_version",
        column: "content_sha256",
        value: format!("not that of the text that stands in {uid}"),
    }
}

/// The condition that a version `v` of an item `i`, or its item, was blanked or erased: it keeps the hash of what it said.
pub(super) const BLANKED: &str = "(v.erased_at IS NOT NULL OR i.erased_at IS NOT NULL
    OR EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=i.uid)
    OR EXISTS(SELECT 1 FROM event e WHERE e.item_id=i.id AND e.kind='erased'))";

fn is_blanked(conn: &Connection, (uid, version): (&Uid, u32)) -> Result<bool, ArchiveError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT EXISTS(SELECT 1 FROM item i JOIN item_version v ON v.item_id=i.id WHERE i.uid=?1 AND v.version_no=?2
           AND {BLANKED})"
    ))?;
    Ok(statement.query_row((uid.as_str(), version), |row| row.get(0))?)
}

fn version(row: &Row<'_>) -> Result<VersionRecord, ArchiveError> {
    let c = Columns::of("item_version", row);
    let missing = |column| ArchiveError::Unreadable {
        table: "item_version",
        column,
        value: "NULL".to_owned(),
    };
    Ok(VersionRecord {
        version_no: c.get("version_no")?,
        stage: c.opt_with("stage", Stage::from_word)?,
        seen_from: c.instant("seen_from")?,
        seen_to: c.opt_instant("seen_to")?,
        url: c.url("url")?,
        content_sha256: c.get("content_sha256")?,
        parser: c.get("parser")?,
        changed_fields: c.opt_json("changed_fields")?.unwrap_or_default(),
        fields: c.opt_json("fields")?.ok_or_else(|| missing("fields"))?,
        handlings: c.opt_json("handlings")?.unwrap_or_default(),
    })
}
