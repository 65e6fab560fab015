//! Meetings for a calendar: from a day on, with the items of networks.

use std::collections::HashMap;

use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::model::listing::MeetingStatus;
use crate::model::meeting::{MeetingItem, MeetingRecord};
use crate::model::minutes::Outcome;

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, readable};
use super::seals;

/// Which meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingQuery {
    /// Slug of a network: meetings that handle an item of it, and its items alone.
    pub network: Option<String>,
    /// Slug or name of a municipality.
    pub municipality: Option<String>,
    /// Held on that day or later.
    pub from: Date,
}

const MEETINGS: &str = "SELECT me.id, me.uid, mu.name AS municipality, b.name AS body, me.held_on, me.starts_at,
    me.number, me.status, me.url, me.place, me.published_on, me.first_seen_at,
    coalesce(me.changed_at, me.first_seen_at) AS changed_at, me.revision, me.withdrawn_at
  FROM meeting me CROSS JOIN body b ON b.id=me.body_id CROSS JOIN municipality mu ON mu.id=b.municipality_id
  WHERE me.held_on>=?1 AND (?2 IS NULL OR ?2 IN (mu.slug, mu.name)) ORDER BY me.held_on, me.uid";

const ITEMS: &str = "SELECT i.meeting_id, i.id, i.section_no, i.title, i.outcome, i.url, i.changed_at, n.name AS network
  FROM network n CROSS JOIN network_match m ON m.network_id=n.id AND m.verdict='in' CROSS JOIN item i ON i.id=m.item_id
    CROSS JOIN meeting me ON me.id=i.meeting_id
  WHERE me.held_on>=?1 AND (?2 IS NULL OR n.slug=?2) AND i.withdrawn_at IS NULL
  ORDER BY i.meeting_id, i.section_no, i.ordinal, i.id, n.id";

impl Reader {
    /// Meetings in the order of their days.
    pub fn calendar(&self, query: &MeetingQuery) -> Result<Vec<MeetingRecord>, ArchiveError> {
        let from = query.from.to_string();
        self.read(|conn| {
            let mut items = items(conn, &from, query.network.as_deref())?;
            let mut statement = conn.prepare_cached(MEETINGS)?;
            let found = statement.query_and_then(params![from, query.municipality], |row| {
                let id: i64 = row.get("id")?;
                seals::insist(conn, "meeting", id)?;
                meeting(row, items.remove(&id).unwrap_or_default())
            })?;
            let wanted = |meeting: &Result<MeetingRecord, _>| {
                query.network.is_none()
                    || meeting
                        .as_ref()
                        .map_or(true, |meeting| !meeting.items.is_empty())
            };
            found.filter_map(readable).filter(wanted).collect()
        })
    }

    /// Tells whether what lists say of meetings may have changed: two equal ones mean that nothing has.
    pub fn meetings_stamp(&self) -> Result<String, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT coalesce(max(changed_at),'') || '/' || count(*) FROM meeting
                 WHERE changed_at=(SELECT max(changed_at) FROM meeting WHERE changed_at IS NOT NULL)",
            )?;
            Ok(statement.query_row([], |row| row.get(0))?)
        })
    }
}

/// The items of networks by their meetings; one that several networks share stands once.
fn items(
    conn: &Connection,
    from: &str,
    network: Option<&str>,
) -> Result<HashMap<i64, Vec<MeetingItem>>, ArchiveError> {
    let mut statement = conn.prepare_cached(ITEMS)?;
    let values = [
        Value::from(from.to_owned()),
        network.map(str::to_owned).into(),
    ];
    let mut rows = statement.query(params_from_iter(values))?;
    let mut all: HashMap<i64, Vec<MeetingItem>> = HashMap::new();
    let mut before = None;
    while let Some(row) = rows.next()? {
        let of = all.entry(row.get("meeting_id")?).or_default();
        let id: i64 = row.get("id")?;
        if let Err(error) = seals::insist(conn, "item", id) {
            readable::<()>(Err(error)).transpose()?;
            continue;
        }
        let network: String = row.get("network")?;
        match of.last_mut() {
            Some(item) if before == Some(id) => item.networks.push(network),
            _ => of.push(item(row, network)?),
        }
        before = Some(id);
    }
    Ok(all)
}

fn item(row: &Row<'_>, network: String) -> Result<MeetingItem, ArchiveError> {
    let c = Columns::of("item", row);
    Ok(MeetingItem {
        section_no: c.get("section_no")?,
        title: c.get("title")?,
        outcome: c.opt_with("outcome", Outcome::from_word)?,
        url: c.get("url")?,
        networks: vec![network],
        changed_at: c.instant("changed_at")?,
    })
}

fn meeting(row: &Row<'_>, items: Vec<MeetingItem>) -> Result<MeetingRecord, ArchiveError> {
    let c = Columns::of("meeting", row);
    let newest = items.iter().map(|item| item.changed_at).max();
    let changed_at = c.instant("changed_at")?;
    Ok(MeetingRecord {
        uid: c.get("uid")?,
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        held_on: c.with("held_on", |text| text.parse().ok())?,
        starts_at: c.opt_instant("starts_at")?,
        number: c.get("number")?,
        status: c.opt_with("status", MeetingStatus::from_word)?,
        url: c.get("url")?,
        place: c.get("place")?,
        published_on: c.opt_day("published_on")?,
        first_seen_at: c.instant("first_seen_at")?,
        changed_at: newest.map_or(changed_at, |newest| newest.max(changed_at)),
        revision: c.get("revision")?,
        withdrawn_at: c.opt_instant("withdrawn_at")?,
        items,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::*;

    #[test]
    fn a_calendar_is_answered_from_indexes() {
        let (_dir, archive) = open_temporary();
        for (sql, first) in [
            (MEETINGS, "SEARCH me USING INDEX meeting_date"),
            (ITEMS, "SCAN n"),
        ] {
            let mut statement = archive
                .main
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .expect("plan");
            let lines = statement
                .query_map(params!["2026-01-01", "x"], |row| row.get::<_, String>(3))
                .expect("plan");
            let plan: Vec<_> = lines.map(|line| line.expect("line")).collect();
            assert!(plan[0].starts_with(first), "{plan:?}");
            let scanned = plan.iter().skip(1).find(|line| line.starts_with("SCAN"));
            assert_eq!(scanned, None, "{plan:?}");
        }
    }
}
