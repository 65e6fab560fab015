//! The append-only log `event`: what changed, in order, with a cursor.

use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use crate::privacy::markers;

use super::error::ArchiveError;
use super::item_read::insist_on_item;
use super::reader::Reader;
use super::rows::{Columns, instant, readable};
use super::seals;
use super::takedown::HIDDEN;
use super::transaction::Batch;

/// An event about to be appended.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewEvent<'a> {
    kind: &'static str,
    municipality_id: i64,
    summary: &'a str,
    pub(super) meeting_id: Option<i64>,
    pub(super) item: Option<(i64, &'a str)>,
    pub(super) network_id: Option<i64>,
    pub(super) version_no: Option<u32>,
}

impl<'a> NewEvent<'a> {
    /// An event of a municipality; `summary` is the title of what it is about.
    pub(super) fn new(kind: &'static str, municipality_id: i64, summary: &'a str) -> Self {
        Self {
            kind,
            municipality_id,
            summary,
            meeting_id: None,
            item: None,
            network_id: None,
            version_no: None,
        }
    }

    /// The same event about an item.
    pub(super) fn about(mut self, id: i64, uid: &'a str) -> Self {
        self.item = Some((id, uid));
        self
    }
}

/// One event as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventRecord {
    /// Cursor: never reused, ever growing.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened, in the archive's words.
    pub kind: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Public key of the item, where it is about one.
    pub uid: Option<String>,
    /// Slug of the network, for `matched` and `unmatched`.
    pub network: Option<String>,
    /// Version stored, where one was.
    pub version_no: Option<u32>,
    /// Title of what it is about.
    pub summary: String,
    /// Address of the item's page, as long as the item is here.
    pub url: Option<String>,
}

impl EventRecord {
    /// Whether this says that an item is gone: whoever keeps a copy takes it out, or marks it.
    pub fn is_tombstone(&self) -> bool {
        matches!(self.kind.as_str(), "withdrawn" | "erased")
    }
}

/// A piece of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// Events, oldest first, without those whose row is not the one that was written.
    pub events: Vec<EventRecord>,
    /// Number of the last event of this piece, also of one that was left out; nothing after the newest.
    pub last: Option<i64>,
    /// Number of the newest event there is; 0 before the first.
    pub newest: i64,
}

impl Batch<'_> {
    /// Appends an event, never dated before the one before it: `now` is when a check began, checks end in any
    /// order, and what a reader was told to be the last change must not become younger news.
    pub(super) fn append(&self, event: &NewEvent<'_>, now: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO event(at,kind,municipality_id,meeting_id,item_id,network_id,item_uid,version_no,
                   summary)
                 VALUES(max(?1,coalesce((SELECT at FROM event ORDER BY seq DESC LIMIT 1),?1)),?2,?3,?4,?5,?6,?7,?8,?9)",
            )?
            .execute(params![
                instant(now),
                event.kind,
                event.municipality_id,
                event.meeting_id,
                event.item.map(|(id, _)| id),
                event.network_id,
                event.item.map(|(_, uid)| uid),
                event.version_no,
                event.summary,
            ])?;
        Ok(())
    }
}

impl Reader {
    /// Events after `seq`, oldest first.
    pub fn events_since(&self, seq: i64, limit: u32) -> Result<Vec<EventRecord>, ArchiveError> {
        Ok(self.events(seq, limit)?.events)
    }

    /// The same, and how far the log goes. Of hidden items they say neither title nor address, of one whose row is
    /// damaged no address; a damaged event is left out.
    pub fn events(&self, seq: i64, limit: u32) -> Result<EventPage, ArchiveError> {
        self.read(|conn| {
            let newest = conn
                .prepare_cached("SELECT coalesce(max(seq),0) FROM event")?
                .query_row([], |row| row.get(0))?;
            let mut statement = conn.prepare_cached(&format!(
                "SELECT e.seq, e.at, e.kind, mu.name AS municipality, e.item_uid, n.slug AS network,
                   e.version_no, CASE WHEN e.item_id IN ({HIDDEN}) THEN ?3 ELSE e.summary END AS summary,
                   CASE WHEN e.item_id NOT IN ({HIDDEN}) THEN i.url END AS url, i.id AS item
                 FROM event e JOIN municipality mu ON mu.id=e.municipality_id
                 LEFT JOIN network n ON n.id=e.network_id LEFT JOIN item i ON i.id=e.item_id
                 WHERE e.seq>?1 ORDER BY e.seq LIMIT ?2",
            ))?;
            let mut last = None;
            let events = statement.query_and_then(
                params![seq, limit, markers().erased],
                |row| -> Result<_, ArchiveError> {
                    let c = Columns::of("event", row);
                    let seq = c.get("seq")?;
                    last = Some(seq);
                    seals::insist(conn, "event", seq)?;
                    let item: Option<i64> = c.get("item")?;
                    let is_sound = readable(item.map_or(Ok(()), |item| insist_on_item(conn, item)))
                        .transpose()?
                        .is_some();
                    Ok(EventRecord {
                        seq,
                        at: c.instant("at")?,
                        kind: c.get("kind")?,
                        municipality: c.get("municipality")?,
                        uid: c.get("item_uid")?,
                        network: c.get("network")?,
                        version_no: c.get("version_no")?,
                        summary: c.get("summary")?,
                        url: c.get::<Option<String>>("url")?.filter(|_| is_sound),
                    })
                },
            )?;
            let events = events.filter_map(readable);
            let events = events.collect::<Result<_, ArchiveError>>()?;
            Ok(EventPage {
                events,
                last,
                newest,
            })
        })
    }
}
