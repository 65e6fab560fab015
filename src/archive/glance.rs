//! How things go, for pages: the meetings ahead, how many items there were, how sources answered, what is doubtful.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row, params};

use super::error::ArchiveError;
use super::item_read::insist_on_rows;
use super::reader::Reader;
use super::rows::{Columns, readable};
use super::seals;
use crate::model::ids::{SourceId, Uid};

/// A meeting to come, or of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingAhead {
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: String,
    /// Its day.
    pub held_on: Date,
    /// When it begins, where that is published.
    pub starts_at: Option<Timestamp>,
    /// Address of its page.
    pub url: Option<String>,
    /// Items of its agenda.
    pub items: u32,
    /// Those of them that belong to a network.
    pub of_networks: Vec<(Uid, String)>,
}

/// Items of the meetings of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthCount {
    /// Its first day.
    pub month: Date,
    /// Items whose text is minutes.
    pub minutes: u32,
    /// Items whose text is an agenda, or not read.
    pub others: u32,
}

/// How a source answered on a day (UTC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollDay {
    /// Which source.
    pub source: SourceId,
    /// The day.
    pub day: Date,
    /// Polls that were answered as they should.
    pub good: u32,
    /// Polls.
    pub polls: u32,
}

/// An item that may belong to a network: a person has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubtfulItem {
    /// Public key.
    pub uid: Uid,
    /// Title of the matter.
    pub title: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Day of the meeting.
    pub date: Option<Date>,
    /// One Finnish sentence saying why.
    pub explanation: String,
}

const AHEAD: &str =
    "SELECT me.id, mu.name AS municipality, b.name AS body, me.held_on, me.starts_at, me.url,
       (SELECT count(*) FROM item i WHERE i.meeting_id=me.id AND i.withdrawn_at IS NULL) AS items
     FROM meeting me JOIN body b ON b.id=me.body_id JOIN municipality mu ON mu.id=b.municipality_id
     WHERE me.held_on>=?1 AND me.withdrawn_at IS NULL AND me.status IS NOT 'cancelled'
     ORDER BY me.held_on, me.id LIMIT ?2";

const OF_NETWORKS: &str = "SELECT i.uid, i.title, i.id FROM item i WHERE i.meeting_id=?1 AND i.withdrawn_at IS NULL
       AND EXISTS (SELECT 1 FROM network_match m WHERE m.item_id=i.id AND +m.verdict='in') ORDER BY i.id";

const MONTHS: &str =
    "SELECT substr(me.held_on,1,7)||'-01' AS month, sum(i.stage IS 'minutes') AS minutes,
       sum(i.stage IS NOT 'minutes') AS others
     FROM meeting me CROSS JOIN item i ON i.meeting_id=me.id
     WHERE me.held_on>=?1 AND i.withdrawn_at IS NULL GROUP BY 1";

const NETWORK_MONTHS: &str = "SELECT substr(me.held_on,1,7)||'-01' AS month, sum(i.stage IS 'minutes') AS minutes,
       sum(i.stage IS NOT 'minutes') AS others
     FROM network n JOIN network_match m ON m.network_id=n.id AND m.verdict='in' JOIN item i ON i.id=m.item_id
     JOIN meeting me ON me.id=i.meeting_id
     WHERE n.slug=?2 AND me.held_on>=?1 AND i.withdrawn_at IS NULL GROUP BY 1";

const POLLS: &str = "SELECT s.slug, substr(p.started_at,1,10) AS day, count(*) AS polls,
       sum(p.outcome IN ('ok','not_modified')) AS good
     FROM source s JOIN poll p ON p.source_id=s.id WHERE p.started_at>=?1 GROUP BY s.id, day";

const DOUBTFUL: &str =
    "SELECT i.id, i.uid, i.title, mu.name AS municipality, coalesce(b.name,i.listed_body) AS body,
       coalesce(me.held_on,i.listed_on) AS date, m.explanation
     FROM network n JOIN network_match m ON m.network_id=n.id JOIN item i ON i.id=m.item_id
     JOIN municipality mu ON mu.id=i.municipality_id LEFT JOIN body b ON b.id=i.body_id
     LEFT JOIN meeting me ON me.id=i.meeting_id
     WHERE n.slug=?1 AND m.verdict='maybe' AND i.withdrawn_at IS NULL ORDER BY m.item_id DESC LIMIT ?2";

impl Reader {
    /// The meetings of that day and later, the next first.
    pub fn meetings_ahead(
        &self,
        from: Date,
        limit: u32,
    ) -> Result<Vec<MeetingAhead>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(AHEAD)?;
            let meetings = statement
                .query_and_then(params![from.to_string(), limit], |row| ahead(conn, row))?;
            meetings.filter_map(readable).collect()
        })
    }

    /// Items by the month of their meeting since a day, of one network or of all; months without items are left out.
    pub fn items_by_month(
        &self,
        network: Option<&str>,
        since: Date,
    ) -> Result<Vec<MonthCount>, ArchiveError> {
        self.read(|conn| {
            let since = since.to_string();
            let sql = network.map_or(MONTHS, |_| NETWORK_MONTHS);
            let mut statement = conn.prepare_cached(sql)?;
            let rows = match network {
                Some(slug) => statement.query_and_then(params![since, slug], month)?,
                None => statement.query_and_then(params![since], month)?,
            };
            rows.filter_map(readable)
                .filter_map(Result::transpose)
                .collect()
        })
    }

    /// How every source answered since a day, day by day.
    pub fn polls_by_day(&self, since: Date) -> Result<Vec<PollDay>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(POLLS)?;
            let rows = statement.query_and_then(params![since.to_string()], poll_day)?;
            rows.filter_map(readable)
                .filter_map(Result::transpose)
                .collect()
        })
    }

    /// Items that may belong to a network, those seen last first.
    pub fn doubtful_items(
        &self,
        network: &str,
        limit: u32,
    ) -> Result<Vec<DoubtfulItem>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(DOUBTFUL)?;
            let rows =
                statement.query_and_then(params![network, limit], |row| doubtful(conn, row))?;
            rows.filter_map(readable).collect()
        })
    }

    /// When the archive last heard of anything: the last event, or the beginning of the last poll. This is the time
    /// that pages speak of, so that the same archive always gives the same page.
    pub fn as_of(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.read(|conn| {
            let at: Option<String> = conn
                .prepare_cached(
                    "SELECT nullif(max(coalesce((SELECT at FROM event ORDER BY seq DESC LIMIT 1),''),
                       coalesce((SELECT started_at FROM poll ORDER BY id DESC LIMIT 1),'')),'')",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(at.and_then(|at| at.parse().ok()))
        })
    }
}

fn ahead(conn: &Connection, row: &Row<'_>) -> Result<MeetingAhead, ArchiveError> {
    let c = Columns::of("meeting", row);
    seals::insist(conn, "meeting", c.get("id")?)?;
    let mut statement = conn.prepare_cached(OF_NETWORKS)?;
    let items = statement.query_and_then([c.get::<i64>("id")?], |row| {
        seals::insist(conn, "item", row.get("id")?)?;
        Ok::<_, ArchiveError>((Uid::new(row.get::<_, String>(0)?), row.get(1)?))
    })?;
    Ok(MeetingAhead {
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        held_on: c.with("held_on", |day| day.parse().ok())?,
        starts_at: c.opt_instant("starts_at")?,
        url: c.get("url")?,
        items: c.get("items")?,
        of_networks: items.filter_map(readable).collect::<Result<_, _>>()?,
    })
}

fn month(row: &Row<'_>) -> Result<Option<MonthCount>, ArchiveError> {
    let c = Columns::of("meeting", row);
    let Some(month) = c.opt_day("month")? else {
        return Ok(None);
    };
    Ok(Some(MonthCount {
        month,
        minutes: c.get("minutes")?,
        others: c.get("others")?,
    }))
}

fn poll_day(row: &Row<'_>) -> Result<Option<PollDay>, ArchiveError> {
    let c = Columns::of("poll", row);
    let Some(day) = c.opt_day("day")? else {
        return Ok(None);
    };
    Ok(Some(PollDay {
        source: SourceId::new(c.get::<String>("slug")?),
        day,
        good: c.get("good")?,
        polls: c.get("polls")?,
    }))
}

fn doubtful(conn: &Connection, row: &Row<'_>) -> Result<DoubtfulItem, ArchiveError> {
    insist_on_rows(conn, row)?;
    let c = Columns::of("item", row);
    Ok(DoubtfulItem {
        uid: Uid::new(c.get::<String>("uid")?),
        title: c.get("title")?,
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        date: c.opt_day("date")?,
        explanation: c.get("explanation")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::*;

    #[test]
    fn every_page_is_answered_from_an_index() {
        let (_dir, archive) = open_temporary();
        for (sql, index) in [
            (AHEAD, "SEARCH me USING INDEX meeting_date"),
            (OF_NETWORKS, "SEARCH i USING INDEX item_meeting"),
            (MONTHS, "SEARCH me USING COVERING INDEX meeting_date"),
            (NETWORK_MONTHS, "network_match_verdict"),
            (POLLS, "SEARCH p USING COVERING INDEX poll_source_started"),
            (DOUBTFUL, "network_match_verdict"),
        ] {
            let mut statement = archive
                .main
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .expect("a plan");
            let values = vec!["2026"; statement.parameter_count()];
            let lines = statement
                .query_map(rusqlite::params_from_iter(values), |row| {
                    row.get::<_, String>(3)
                })
                .expect("a plan");
            let plan: Vec<String> = lines.map(|line| line.expect("a line")).collect();
            let plan = plan.join("\n");
            assert!(plan.contains(index), "{sql}: {plan}");
            assert!(
                !plan.contains("SCAN i ") && !plan.contains("SCAN me"),
                "{sql}: {plan}"
            );
        }
    }
}
