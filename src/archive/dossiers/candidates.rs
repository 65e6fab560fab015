//! What joining works on: the items of a network and those tied to them, and the dossiers as they stand.

use jiff::civil::Date;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::model::dossier::StoredDossier;
use crate::model::ids::Uid;
use crate::model::item::ItemRecord;

use super::super::error::ArchiveError;
use super::super::item_read::{ITEM, record};
use super::super::reader::Reader;
use super::super::rows::{Columns, json, readable};

/// How far the log was read when items were joined, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedUpTo {
    /// Number of the newest event.
    pub seq: i64,
    /// Name of the rules.
    pub ruleset: String,
    /// Municipalities of which not all items were joined.
    pub left_out: Vec<LeftOut>,
}

/// What is not joined of a municipality, because it has too many items of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Name of the municipality.
    pub municipality: String,
    /// How many items stand in no dossier.
    pub items: u32,
    /// Day of the newest of them, the last day of all when one has none.
    pub until: Date,
}

/// Everything there is to join in a network.
#[derive(Clone, Debug)]
pub struct Joinable {
    /// Its items and those tied to them.
    pub items: Vec<ItemRecord>,
    /// Its dossiers, the oldest first.
    pub stored: Vec<StoredDossier>,
    /// State of the log that this was read at.
    pub upto: JoinedUpTo,
}

/// Items of one municipality that are joined at most, and bytes of their texts: a flood of one costs the others nothing.
/// Those a person put somewhere come first, then the network's own, then those tied to them, each the newest first.
const MOST_ITEMS: u32 = 1000;
const MOST_BYTES: u32 = 16 << 20;

/// Items of the network ?1, the ?2 newest of each municipality, with those that share a diary number with one, that
/// one names or that name one as an earlier handling, and those a person put somewhere; of all these ?2 of each
/// municipality, and texts of ?3 bytes.
const CANDIDATES: &str = "WITH own AS MATERIALIZED (
    SELECT id, municipality_id, meeting_id, matter_id, section_no FROM (
      SELECT i.id, i.municipality_id, i.meeting_id, i.matter_id, i.section_no,
          row_number() OVER (PARTITION BY i.municipality_id ORDER BY i.day DESC, i.id DESC) AS place
        FROM network_match m JOIN item i ON i.id=m.item_id
        WHERE m.network_id=?1 AND m.verdict='in' AND i.withdrawn_at IS NULL)
    WHERE place<=?2),
  section AS MATERIALIZED (
    SELECT DISTINCT me.held_on, o.section_no, o.municipality_id FROM own o JOIN meeting me ON me.id=o.meeting_id),
  named AS MATERIALIZED (
    SELECT DISTINCT h.held_on, h.section_no, o.municipality_id FROM own o JOIN handling h ON h.item_id=o.id),
  found AS (
    SELECT h.item_id AS id, 0 AS rank FROM dossier d JOIN dossier_hand h ON h.dossier_id=d.id WHERE d.network_id=?1
    UNION ALL SELECT id, 1 FROM own
    UNION ALL SELECT id, 2 FROM item WHERE matter_id IN (SELECT matter_id FROM own)
    UNION ALL SELECT t.id, 2 FROM section s JOIN handling h ON h.held_on=s.held_on AND h.section_no=s.section_no
      JOIN item t ON t.id=h.item_id AND t.municipality_id=s.municipality_id
    UNION ALL SELECT t.id, 2 FROM named n JOIN meeting me ON me.held_on=n.held_on
      JOIN item t ON t.meeting_id=me.id AND t.section_no=n.section_no AND t.municipality_id=n.municipality_id),
  ranked AS (SELECT id, min(rank) AS rank FROM found GROUP BY id)
  SELECT id FROM (
    SELECT r.id, row_number() OVER nearest AS place,
        sum(octet_length(v.fields)+coalesce(octet_length(v.handlings),0)) OVER nearest AS bytes
      FROM ranked r JOIN item i ON i.id=r.id
        LEFT JOIN item_version v ON v.item_id=i.id AND v.version_no=i.version_no
      WHERE i.withdrawn_at IS NULL
      WINDOW nearest AS (PARTITION BY i.municipality_id ORDER BY r.rank, i.day DESC, i.id DESC ROWS UNBOUNDED PRECEDING))
  WHERE place<=?2 AND coalesce(bytes,0)<=?3";

impl Reader {
    /// What there is to join in a network; `None` when nothing of it changed since that was last done by these rules.
    pub fn joinable(&self, network: &str, ruleset: &str) -> Result<Option<Joinable>, ArchiveError> {
        self.read(|conn| {
            let (id, seq, by): (i64, Option<i64>, Option<String>) = conn
                .prepare_cached("SELECT id, joined_seq, joined_by FROM network WHERE slug=?1")?
                .query_row(params![network], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            if let (Some(seq), true) = (seq, by.as_deref() == Some(ruleset))
                && !has_news(conn, id, seq)?
            {
                return Ok(None);
            }
            let newest = "SELECT coalesce(max(seq),0) FROM event";
            let chosen = chosen(conn, id)?;
            Ok(Some(Joinable {
                items: candidates(conn, &chosen)?,
                stored: stored(conn, id)?,
                upto: JoinedUpTo {
                    seq: conn
                        .prepare_cached(newest)?
                        .query_row([], |row| row.get(0))?,
                    ruleset: ruleset.to_owned(),
                    left_out: left_out(conn, id, &chosen)?,
                },
            }))
        })
    }
}

/// Whether the log tells of anything since `seq` that joining looks at.
fn has_news(conn: &Connection, network: i64, seq: i64) -> Result<bool, ArchiveError> {
    Ok(conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM event e LEFT JOIN item i ON i.id=e.item_id WHERE e.seq>?2
               AND (e.network_id=?1 OR e.kind='erased'
                 OR EXISTS (SELECT 1 FROM network_match m WHERE m.item_id=e.item_id AND m.network_id=?1 AND m.verdict='in')
                 OR EXISTS (SELECT 1 FROM dossier_item di JOIN dossier d ON d.id=di.dossier_id
                      WHERE di.item_id=e.item_id AND d.network_id=?1)
                 OR EXISTS (SELECT 1 FROM item t JOIN network_match m ON m.item_id=t.id AND m.network_id=?1
                      AND m.verdict='in' WHERE t.matter_id=i.matter_id)
                 OR EXISTS (SELECT 1 FROM handling h JOIN meeting me ON me.held_on=h.held_on
                      JOIN item t ON t.meeting_id=me.id AND t.section_no=h.section_no
                      JOIN network_match m ON m.item_id=t.id AND m.network_id=?1 AND m.verdict='in'
                      WHERE h.item_id=e.item_id)
                 OR EXISTS (SELECT 1 FROM meeting me JOIN handling h ON h.held_on=me.held_on AND h.section_no=i.section_no
                      JOIN network_match m ON m.item_id=h.item_id AND m.network_id=?1 AND m.verdict='in'
                      WHERE me.id=i.meeting_id)))",
        )?
        .query_row(params![network, seq], |row| row.get(0))?)
}

/// Numbers of the items that are joined, a list as JSON.
fn chosen(conn: &Connection, network: i64) -> Result<String, ArchiveError> {
    let mut statement = conn.prepare_cached(CANDIDATES)?;
    let ids = statement.query_map(params![network, MOST_ITEMS, MOST_BYTES], |row| row.get(0))?;
    json("items", &ids.collect::<Result<Vec<i64>, _>>()?)
}

fn candidates(conn: &Connection, chosen: &str) -> Result<Vec<ItemRecord>, ArchiveError> {
    let mut statement = conn.prepare_cached(&format!(
        "{ITEM} WHERE i.id IN (SELECT value FROM json_each(?1)) ORDER BY i.uid"
    ))?;
    let items = statement.query_and_then(params![chosen], |row| record(conn, row))?;
    items.filter_map(readable).collect()
}

/// What of a network's own items is not among those.
fn left_out(conn: &Connection, network: i64, chosen: &str) -> Result<Vec<LeftOut>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT mu.name, count(*) AS items, max(coalesce(i.day,'9999-12-31')) AS until
           FROM network_match m JOIN item i ON i.id=m.item_id JOIN municipality mu ON mu.id=i.municipality_id
         WHERE m.network_id=?1 AND m.verdict='in' AND i.withdrawn_at IS NULL
           AND i.id NOT IN (SELECT value FROM json_each(?2))
         GROUP BY mu.id ORDER BY mu.name",
    )?;
    let found = statement.query_and_then(params![network, chosen], |row| {
        let c = Columns::of("item", row);
        Ok(LeftOut {
            municipality: c.get("name")?,
            items: c.get("items")?,
            until: c.opt_day("until")?.unwrap_or(Date::MAX),
        })
    })?;
    found.collect()
}

fn stored(conn: &Connection, network: i64) -> Result<Vec<StoredDossier>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, slug, title, subject, year, made_by='human' AS by_hand FROM dossier WHERE network_id=?1 ORDER BY id",
    )?;
    let rows = statement.query_and_then(params![network], |row| {
        let c = Columns::of("dossier", row);
        let id: i64 = c.get("id")?;
        Ok(StoredDossier {
            slug: c.get("slug")?,
            title: c.get("title")?,
            subject: c.get("subject")?,
            year: c.get("year")?,
            is_made_by_hand: c.get("by_hand")?,
            items: placed(conn, id)?,
            joined: by_hand(conn, id, "joined")?,
            parted: by_hand(conn, id, "parted")?
                .into_iter()
                .map(|(uid, _)| uid)
                .collect(),
        })
    })?;
    rows.collect()
}

fn placed(conn: &Connection, dossier: i64) -> Result<Vec<Uid>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT i.uid FROM dossier_item di JOIN item i ON i.id=di.item_id
         WHERE di.dossier_id=?1 AND di.method<>'human' ORDER BY i.uid",
    )?;
    let uids = statement.query_map(params![dossier], |row| {
        row.get::<_, String>(0).map(Uid::new)
    })?;
    Ok(uids.collect::<Result<_, _>>()?)
}

fn by_hand(
    conn: &Connection,
    dossier: i64,
    action: &str,
) -> Result<Vec<(Uid, String)>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT i.uid, coalesce(h.note,'') FROM dossier_hand h JOIN item i ON i.id=h.item_id
         WHERE h.dossier_id=?1 AND h.action=?2 ORDER BY i.uid",
    )?;
    let rows = statement.query_map(params![dossier, action], |row| {
        Ok((Uid::new(row.get::<_, String>(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
