//! Everything that the health of one source is judged by, asked for in one go.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::health::{Awaited, FilledPage, LatestPoll, SourceFacts, WatchedField};
use crate::model::ids::{SourceId, Uid};
use crate::model::minutes::Stage;
use crate::model::poll::{CertificateFault, MovedTo, PollOutcome};
use crate::model::when::day_in_finland;

use super::super::error::ArchiveError;
use super::super::reader::Reader;
use super::super::rows::Columns;

/// Windows of 30 days that are looked back at, the running one included.
const WINDOWS: u32 = 13;
/// Pages that are looked at for their fields.
const PAGES: u32 = 400;
/// Minutes are late when the meeting was held more days ago.
const PATIENCE_DAYS: i64 = 30;

/// The day of an item, as the archive's text: of its meeting, else as listed, else when it was first seen.
const DAY: &str = "coalesce(me.held_on, i.listed_on, substr(i.first_seen_at,1,10))";

impl Reader {
    /// The facts about a source, gaps left out: those are asked for all sources at once.
    pub fn source_facts(
        &self,
        source: &SourceId,
        now: Timestamp,
    ) -> Result<SourceFacts, ArchiveError> {
        let today = day_in_finland(now);
        self.read(|conn| {
            let id: i64 = conn
                .prepare_cached("SELECT id FROM source WHERE slug=?1")?
                .query_row(params![source.as_str()], |row| row.get(0))?;
            let facts = SourceFacts {
                latest: latest(conn, id)?,
                recent: recent(conn, id, today)?,
                windows: windows(conn, id, today)?,
                read: read_pages(conn, id)?,
                drifted: drifted(conn, id)?,
                identity_codes: identity_codes(conn, id)?,
                awaited: awaited(conn, id, today)?,
                ..SourceFacts::default()
            };
            with_state(conn, id, &facts)
        })
    }
}

fn latest(conn: &Connection, source: i64) -> Result<Option<LatestPoll>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT outcome, http_status, failures, error, certificate FROM poll WHERE source_id=?1
         ORDER BY started_at DESC, id DESC LIMIT 1",
    )?;
    let mut polls = statement.query_and_then(params![source], |row| {
        let c = Columns::of("poll", row);
        Ok(LatestPoll {
            outcome: PollOutcome::from_word(&c.get::<String>("outcome")?),
            http_status: c.get("http_status")?,
            failures: c.get("failures")?,
            error: c.get("error")?,
            certificate: c.opt_with("certificate", CertificateFault::from_word)?,
        })
    })?;
    polls.next().transpose()
}

fn recent(conn: &Connection, source: i64, today: Date) -> Result<Vec<String>, ArchiveError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT i.title FROM item i
           WHERE i.source_id=?1 AND i.day>date(?2,'-30 days') AND i.withdrawn_at IS NULL
         UNION ALL SELECT i.title FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id
           WHERE i.source_id=?1 AND i.day IS NULL AND i.withdrawn_at IS NULL AND {DAY}>date(?2,'-30 days')"
    ))?;
    let titles = statement.query_map(params![source, today.to_string()], |row| row.get(0))?;
    Ok(titles.collect::<Result<_, _>>()?)
}

/// Items by window, from the one before the running one back to the last that is wholly known.
fn windows(conn: &Connection, source: i64, today: Date) -> Result<Vec<u32>, ArchiveError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT CAST((julianday(?2)-julianday({DAY}))/30 AS INTEGER) AS place, count(*)
         FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id
         WHERE i.source_id=?1 AND i.withdrawn_at IS NULL AND {DAY}<=date(?2,'-30 days')
         GROUP BY place ORDER BY place"
    ))?;
    let counted = statement.query_map(params![source, today.to_string()], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))
    })?;
    let counted: Vec<(u32, u32)> = counted.collect::<Result<_, _>>()?;
    let oldest = counted.last().map_or(0, |(place, _)| *place);
    Ok((1..oldest.min(WINDOWS))
        .map(|place| {
            counted
                .iter()
                .find(|(at, _)| *at == place)
                .map_or(0, |(_, n)| *n)
        })
        .collect())
}

fn read_pages(conn: &Connection, source: i64) -> Result<Vec<FilledPage>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT i.title, i.stage, b.name AS body, i.proposal IS NOT NULL AS proposal,
           i.decision IS NOT NULL AS decision, i.background IS NOT NULL AS background,
           i.diary_number IS NOT NULL AS diary_number, i.presenter IS NOT NULL AS presenter,
           EXISTS (SELECT 1 FROM item_version v WHERE v.item_id=i.id AND v.version_no=i.version_no
             AND v.fields->>'section_no' IS NOT NULL) AS section_no,
           EXISTS (SELECT 1 FROM attachment a WHERE a.item_id=i.id AND a.gone_at IS NULL) AS attachments
         FROM item i LEFT JOIN body b ON b.id=i.body_id
         WHERE i.source_id=?1 AND i.stage IS NOT NULL AND i.withdrawn_at IS NULL
           AND EXISTS (SELECT 1 FROM page p WHERE p.item_id=i.id)
         ORDER BY i.day DESC, i.id DESC LIMIT ?2",
    )?;
    let pages = statement.query_and_then(params![source, PAGES], |row| {
        let c = Columns::of("item", row);
        let mut filled = vec![];
        for field in WatchedField::ALL {
            if c.get::<bool>(field.word())? {
                filled.push(*field);
            }
        }
        Ok(FilledPage {
            title: c.get("title")?,
            body: c.get("body")?,
            stage: c.with("stage", Stage::from_word)?,
            filled,
        })
    })?;
    pages.collect()
}

fn drifted(conn: &Connection, source: i64) -> Result<Vec<Uid>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT i.uid FROM problem p JOIN item i ON i.id=p.item_id
         WHERE p.source_id=?1 AND p.kind='drift' ORDER BY i.uid",
    )?;
    let uids = statement.query_map(params![source], |row| row.get::<_, String>(0).map(Uid::new))?;
    Ok(uids.collect::<Result<_, _>>()?)
}

fn identity_codes(conn: &Connection, source: i64) -> Result<u32, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*) FROM problem WHERE source_id=?1 AND kind IN ('identity_code','identity_code_in_file')",
    )?;
    Ok(statement.query_row(params![source], |row| row.get(0))?)
}

fn awaited(conn: &Connection, source: i64, today: Date) -> Result<Option<Awaited>, ArchiveError> {
    let before = today.saturating_sub(jiff::Span::new().days(PATIENCE_DAYS));
    let mut statement = conn.prepare_cached(
        "SELECT count(*) AS items, min(coalesce(me.held_on, i.listed_on)) AS oldest, i.title
         FROM item i JOIN page p ON p.item_id=i.id LEFT JOIN meeting me ON me.id=i.meeting_id
         WHERE i.source_id=?1 AND i.withdrawn_at IS NULL AND i.stage IS NOT 'minutes'
           AND p.next_check_at IS NOT NULL AND p.gone_since IS NULL
           AND coalesce(me.status,'')<>'cancelled' AND coalesce(me.held_on, i.listed_on)<?2",
    )?;
    let found = statement
        .query_row(params![source, before.to_string()], |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(
        found.and_then(|(items, oldest, title): (u32, _, Option<String>)| {
            Some(Awaited {
                items,
                oldest: oldest?.parse().ok()?,
                title: title?,
            })
        }),
    )
}

/// Adds what stands in one row each.
fn with_state(
    conn: &Connection,
    source: i64,
    facts: &SourceFacts,
) -> Result<SourceFacts, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT v.municipality, v.last_ok_at, v.newest_meeting, v.robots, f.gone_since, f.moved_url,
           f.moved_since, f.moved_adopted,
           (SELECT min(started_at) FROM poll WHERE source_id=?1 AND outcome IN ('ok','not_modified')) AS first_ok_at,
           (SELECT count(*) FROM page p CROSS JOIN item i ON i.id=p.item_id
             WHERE i.source_id=?1 AND p.failures=0 AND p.error IS NOT NULL)
           +(SELECT count(*) FROM list_page WHERE source_id=?1 AND failures=0 AND error IS NOT NULL) AS forbidden,
           (SELECT count(*) FROM list_page WHERE source_id=?1 AND failures>=3 AND gone_since IS NULL
             AND next_check_at IS NOT NULL) AS failing_lists,
           (SELECT count(*) FROM page p CROSS JOIN item i ON i.id=p.item_id
             WHERE i.source_id=?1 AND p.failures>=3 AND p.gone_since IS NULL AND p.error IS NOT NULL) AS failing_pages,
           coalesce((SELECT error FROM list_page WHERE source_id=?1 AND failures>=3 AND gone_since IS NULL
                      AND next_check_at IS NOT NULL LIMIT 1),
             (SELECT p.error FROM page p CROSS JOIN item i ON i.id=p.item_id
               WHERE i.source_id=?1 AND p.failures>=3 AND p.gone_since IS NULL AND p.error IS NOT NULL LIMIT 1))
             AS failing_error,
           (SELECT count(*) FROM attachment a CROSS JOIN item i ON i.id=a.item_id
             WHERE a.status='skipped' AND a.skipped_for='total' AND i.source_id=?1 AND i.withdrawn_at IS NULL)
             AS skipped_for_total
         FROM source_status v LEFT JOIN feed_state f ON f.source_id=v.source_id WHERE v.source_id=?1",
    )?;
    let mut rows = statement.query_and_then(params![source], |row| {
        let c = Columns::of("source_status", row);
        Ok(SourceFacts {
            municipality: c.get("municipality")?,
            first_ok_at: c.opt_instant("first_ok_at")?,
            last_ok_at: c.opt_instant("last_ok_at")?,
            gone_since: c.opt_instant("gone_since")?,
            moved_to: moved_to(&c)?,
            robots: c.get("robots")?,
            forbidden: c.get("forbidden")?,
            newest_meeting: c.opt_day("newest_meeting")?,
            failing_lists: c.get("failing_lists")?,
            failing_pages: c.get("failing_pages")?,
            failing_error: c.get("failing_error")?,
            skipped_for_total: c.get("skipped_for_total")?,
            ..facts.clone()
        })
    })?;
    rows.next().unwrap_or_else(|| Ok(facts.clone()))
}

fn moved_to(c: &Columns<'_, '_>) -> Result<Option<MovedTo>, ArchiveError> {
    let url = c.get::<Option<String>>("moved_url")?;
    let since = c.opt_instant("moved_since")?;
    let adopted = c.get::<Option<bool>>("moved_adopted")?.unwrap_or_default();
    Ok(url.zip(since).map(|(url, since)| MovedTo {
        url,
        since,
        adopted,
    }))
}
