//! `/api/status` and `/api/sources`: the health of every source as JSON, without the texts of errors (they may hold addresses and paths).

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::health::Severity;
use crate::model::when::utc_text;

use crate::serve::site::{Counts, FindingRecord, Published, Site, SourceOverview};

use super::{Answer, json, parameters};

#[derive(Serialize)]
struct Status<'a> {
    counts: CountsJson,
    networks: Vec<&'a str>,
    /// `null` before the first one.
    snapshot: Option<Published>,
    sources: Vec<SourceJson<'a>>,
}

#[derive(Serialize)]
struct Sources<'a> {
    sources: Vec<SourceJson<'a>>,
}

#[derive(Serialize)]
struct CountsJson {
    items: u32,
    agendas: u32,
    minutes: u32,
    unread: u32,
    versions: u32,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    id: &'a str,
    name: &'a str,
    municipality: &'a str,
    platform: &'a str,
    enabled: bool,
    last_poll_at: Option<String>,
    last_outcome: Option<&'a str>,
    http_status: Option<u16>,
    last_ok_at: Option<String>,
    next_check_at: Option<String>,
    failures: u32,
    newest_meeting: Option<String>,
    items: u32,
    awaiting_minutes: u32,
    problems: u32,
    robots: &'a str,
    /// `null` before the first round.
    health: Option<&'static str>,
    missing_sections: u32,
    awaiting_too_long: u32,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    kind: &'static str,
    severity: &'static str,
    since: String,
    text: &'a str,
}

/// Writes the document.
///
/// # Errors
///
/// A parameter: there are none; and when the archive cannot be read.
pub fn document(site: &dyn Site, query: &str) -> Answer {
    parameters::read(query, &[])?;
    let (counts, sources, findings) = (site.counts()?, site.sources()?, site.findings()?);
    let networks = site.networks().iter();
    let status = Status {
        counts: counted(counts),
        networks: networks.map(|network| network.slug.as_str()).collect(),
        snapshot: site.published(),
        sources: sources.iter().map(|of| source(of, &findings)).collect(),
    };
    Ok(Arc::new(json(&status)?))
}

/// Writes the sources alone.
///
/// # Errors
///
/// As [`document`].
pub fn sources(site: &dyn Site, query: &str) -> Answer {
    parameters::read(query, &[])?;
    let (sources, findings) = (site.sources()?, site.findings()?);
    let sources = sources.iter().map(|of| source(of, &findings)).collect();
    Ok(Arc::new(json(&Sources { sources })?))
}

fn counted(counts: Counts) -> CountsJson {
    CountsJson {
        items: counts.items,
        agendas: counts.agendas,
        minutes: counts.minutes,
        unread: counts.unread,
        versions: counts.versions,
    }
}

fn source<'a>(source: &'a SourceOverview, findings: &'a [FindingRecord]) -> SourceJson<'a> {
    let text = |at: Option<Timestamp>| at.map(utc_text);
    SourceJson {
        id: source.source.as_str(),
        name: &source.name,
        municipality: &source.municipality,
        platform: &source.platform,
        enabled: source.enabled,
        last_poll_at: text(source.last_poll_at),
        last_outcome: source.last_outcome.as_deref(),
        http_status: source.http_status,
        last_ok_at: text(source.last_ok_at),
        next_check_at: text(source.next_check_at),
        failures: source.failures,
        newest_meeting: source.newest_meeting.map(|day| day.to_string()),
        items: source.items,
        awaiting_minutes: source.awaiting_minutes,
        problems: source.problems,
        robots: &source.robots,
        health: source.health.map(Severity::word),
        missing_sections: source.missing_sections,
        awaiting_too_long: source.awaiting_too_long,
        findings: findings
            .iter()
            .filter(|found| found.source == source.source)
            .map(finding)
            .collect(),
    }
}

fn finding(found: &FindingRecord) -> FindingJson<'_> {
    FindingJson {
        kind: found.finding.trouble.word(),
        severity: found.finding.severity.word(),
        since: utc_text(found.since),
        text: found.finding.public_text(),
    }
}
