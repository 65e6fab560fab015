//! How things stand: sources for people and status pages, and counts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::model::health::Severity;
use crate::model::ids::SourceId;

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::Columns;

/// How one source stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceOverview {
    /// Which source.
    pub source: SourceId,
    /// Its name for people.
    pub name: String,
    /// Name of the municipality.
    pub municipality: String,
    /// The platform's word.
    pub platform: String,
    /// The portal.
    pub url: String,
    /// Address of its feed.
    pub feed_url: String,
    /// What stands there: `items` or `meetings` in a feed, or a `listing`, which is none.
    pub feed_kind: String,
    /// The source that took its place, where it was retired.
    pub successor: Option<SourceId>,
    /// The day it was retired.
    pub retired_on: Option<Date>,
    /// Whether it is polled.
    pub enabled: bool,
    /// Seconds between two polls, as configured.
    pub poll_every_s: u32,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// When it last answered as it should.
    pub last_ok_at: Option<Timestamp>,
    /// How the last poll ended, in the archive's word.
    pub last_outcome: Option<String>,
    /// HTTP status of the last poll.
    pub http_status: Option<u16>,
    /// What went wrong in the last poll.
    pub error: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is due again.
    pub next_check_at: Option<Timestamp>,
    /// Day of the newest meeting it named.
    pub newest_meeting: Option<Date>,
    /// Items, withdrawn ones left out.
    pub items: u32,
    /// Items not read as minutes yet whose page is still followed.
    pub awaiting_minutes: u32,
    /// Problems of its feed and its pages.
    pub problems: u32,
    /// What robots.txt says of its pages, in the archive's word.
    pub robots: String,
    /// The worst that was found after its latest round; `None` where nothing was found and it never answered.
    pub health: Option<Severity>,
    /// Section numbers without a known item.
    pub missing_sections: u32,
    /// Items of meetings more than 30 days ago that are not minutes yet.
    pub awaiting_too_long: u32,
    /// The problem that came last.
    pub newest_problem: Option<String>,
}

/// Rows of the archive, for status pages and tests of growth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Sources, disabled ones included.
    pub sources: u32,
    /// Items, withdrawn ones included.
    pub items: u32,
    /// Items known from the feed alone.
    pub unread: u32,
    /// Items whose text is an agenda.
    pub agendas: u32,
    /// Items whose text is minutes.
    pub minutes: u32,
    /// Items withdrawn.
    pub withdrawn: u32,
    /// Versions.
    pub versions: u32,
    /// Attachments listed.
    pub attachments: u32,
    /// Verdicts `in`, of all networks.
    pub matches: u32,
    /// Events.
    pub events: u32,
    /// Problems.
    pub problems: u32,
}

impl Reader {
    /// Every source with how it stands, disabled ones last.
    pub fn source_overview(&self) -> Result<Vec<SourceOverview>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT v.source, v.name, v.municipality, v.system, s.base_url, s.feed_url, s.feed_kind, v.enabled,
                   s.poll_every_s, p.started_at, v.last_ok_at, v.last_outcome, p.http_status, p.error,
                   coalesce(p.failures,0) AS failures, p.next_check_at, v.newest_meeting, v.items,
                   v.awaiting_minutes, v.problems, v.robots,
                   nullif(v.health,'unknown') AS health,
                   v.missing_sections,
                   v.awaiting_too_long, v.newest_problem, s.retired_on, v.successor
                 FROM source_status v JOIN source s ON s.id=v.source_id
                 LEFT JOIN poll p ON p.id=(SELECT l.id FROM poll l WHERE l.source_id=s.id
                                           ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
                 ORDER BY v.enabled DESC, v.municipality, v.source",
            )?;
            let sources = statement.query_and_then([], overview)?;
            sources.collect()
        })
    }

    /// The names of the bodies whose items each source lists, to tell a portal that moved.
    pub fn bodies_of_sources(&self) -> Result<BTreeMap<SourceId, Vec<String>>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT DISTINCT s.slug, b.name FROM item i JOIN source s ON s.id=i.source_id
                 JOIN body b ON b.id=i.body_id ORDER BY s.slug, b.name",
            )?;
            let mut bodies: BTreeMap<SourceId, Vec<String>> = BTreeMap::new();
            let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for pair in pairs {
                let (source, body): (String, String) = pair?;
                bodies.entry(SourceId::new(source)).or_default().push(body);
            }
            Ok(bodies)
        })
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts, ArchiveError> {
        self.read(counts)
    }
}

fn overview(row: &Row<'_>) -> Result<SourceOverview, ArchiveError> {
    let c = Columns::of("source_status", row);
    Ok(SourceOverview {
        source: SourceId::new(c.get::<String>("source")?),
        name: c.get("name")?,
        municipality: c.get("municipality")?,
        platform: c.get("system")?,
        url: c.get("base_url")?,
        feed_url: c.get("feed_url")?,
        feed_kind: c.get("feed_kind")?,
        successor: c.get::<Option<String>>("successor")?.map(SourceId::new),
        retired_on: c.opt_day("retired_on")?,
        enabled: c.get("enabled")?,
        poll_every_s: c.get("poll_every_s")?,
        last_poll_at: c.opt_instant("started_at")?,
        last_ok_at: c.opt_instant("last_ok_at")?,
        last_outcome: c.get("last_outcome")?,
        http_status: c.get("http_status")?,
        error: c.get("error")?,
        failures: c.get("failures")?,
        next_check_at: c.opt_instant("next_check_at")?,
        newest_meeting: c.opt_day("newest_meeting")?,
        items: c.get("items")?,
        awaiting_minutes: c.get("awaiting_minutes")?,
        problems: c.get("problems")?,
        robots: c.get("robots")?,
        health: c.opt_with("health", Severity::from_word)?,
        missing_sections: c.get("missing_sections")?,
        awaiting_too_long: c.get("awaiting_too_long")?,
        newest_problem: c.get("newest_problem")?,
    })
}

fn counts(conn: &Connection) -> Result<Counts, ArchiveError> {
    let count = |sql: &str| -> Result<u32, ArchiveError> {
        Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    };
    Ok(Counts {
        sources: count("SELECT count(*) FROM source")?,
        items: count("SELECT count(*) FROM item")?,
        unread: count("SELECT count(*) FROM item WHERE stage IS NULL")?,
        agendas: count("SELECT count(*) FROM item WHERE stage='agenda'")?,
        minutes: count("SELECT count(*) FROM item WHERE stage='minutes'")?,
        withdrawn: count("SELECT count(*) FROM item WHERE withdrawn_at IS NOT NULL")?,
        versions: count("SELECT count(*) FROM item_version")?,
        attachments: count("SELECT count(*) FROM attachment WHERE gone_at IS NULL")?,
        matches: count("SELECT count(*) FROM network_match WHERE verdict='in'")?,
        events: count("SELECT count(*) FROM event")?,
        problems: count("SELECT count(*) FROM problem")?,
    })
}
