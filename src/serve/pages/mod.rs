//! Pages for people. Their words stand in the templates; here is only what goes into them.

use askama::Template;
use jiff::Timestamp;
use url::Url;

use crate::model::health::{Severity, Trouble};
use crate::model::poll::PollOutcome;
use crate::model::when::helsinki;
use crate::publish::{Format, clean, content};

use super::feeds::{ALL, feed_address, under};
use super::representation::{Readers, Representation, Terms};
use super::site::{Counts, FindingRecord, Published, Site, SiteFault, SourceOverview};
use super::texts;

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    /// Relative, so that the page has its looks at whatever address it is read.
    style: &'static str,
    media_type: &'static str,
    all_feed: String,
    status: String,
    networks: Vec<NetworkRow>,
    sources: Vec<SourceRow>,
    counts: Counts,
    snapshot: Option<SnapshotRow>,
}

/// The published snapshot: how old and how large it is.
struct SnapshotRow {
    address: String,
    latest: String,
    sums: String,
    built: Moment,
    items: u32,
    seq: i64,
    size: String,
}

struct NetworkRow {
    name: String,
    description: Option<String>,
    feed: String,
}

/// One source: dates as Finns write them, the state as a word that the template turns into a sentence.
struct SourceRow {
    municipality: String,
    portal: Option<String>,
    last_ok: Option<Moment>,
    newest_meeting: Option<String>,
    state: String,
    /// The class of the state's cell.
    class: &'static str,
    /// How it is, in a word; shown where the state is `ok`.
    health: &'static str,
    /// What is wrong beside the state.
    findings: Vec<String>,
    http_status: Option<u16>,
    failures: u32,
    problems: u32,
}

struct Moment {
    day: String,
    time: String,
}

/// The front page.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn landing(site: &dyn Site) -> Result<Representation, SiteFault> {
    let public = site.public_url();
    let format = Format::Atom;
    let networks = site.networks().iter().map(|network| NetworkRow {
        name: clean::line(&network.name),
        description: network.description.as_deref().map(clean::line),
        feed: feed_address(public, &network.slug, format, ""),
    });
    let findings = site.findings()?;
    let page = Landing {
        style: "style.css",
        media_type: format.media_type(),
        all_feed: feed_address(public, ALL, format, ""),
        status: under(public, "api/status").into(),
        networks: networks.collect(),
        sources: site
            .sources()?
            .iter()
            .map(|source| row(source, &findings))
            .collect(),
        counts: site.counts()?,
        snapshot: site.published().map(|latest| snapshot(public, &latest)),
    };
    let html = page
        .render()
        .map_err(|error| SiteFault(error.to_string()))?;
    let terms = Terms {
        content_type: "text/html; charset=utf-8",
        cache_control: "public, max-age=60",
        readers: Readers::Ourselves,
    };
    Ok(Representation::new(terms, html, None))
}

fn snapshot(public: &Url, latest: &Published) -> SnapshotRow {
    let address = |name| under(public, name).into();
    SnapshotRow {
        address: address("archive.db"),
        latest: address("latest.json"),
        sums: address("SHA256SUMS"),
        built: moment(latest.built_at),
        items: latest.items,
        seq: latest.seq,
        size: size(latest.size),
    }
}

/// A size as people write it: `12,3 MiB`.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{},{}", tenths / 10, tenths % 10)
    };
    if bytes >= 1 << 30 {
        format!("{} GiB", tenths(1 << 30))
    } else {
        format!("{} MiB", tenths(1 << 20))
    }
}

fn row(source: &SourceOverview, findings: &[FindingRecord]) -> SourceRow {
    let (state, severity) = (state(source), source.health.unwrap_or(Severity::Ok));
    let own = findings
        .iter()
        .filter(|found| found.source == source.source);
    let troubles = own.map(|found| &found.finding.trouble);
    SourceRow {
        class: class(&state, severity),
        health: texts::health(severity),
        // Of the latest poll the state speaks, and nobody minds how a source is that is not followed.
        findings: troubles
            .filter(|trouble| source.enabled && !matches!(trouble, Trouble::PollFails { .. }))
            .map(texts::finding)
            .collect(),
        municipality: clean::line(&source.municipality),
        portal: clean::web_address(&source.url),
        last_ok: source.last_ok_at.map(moment),
        newest_meeting: source.newest_meeting.map(content::day),
        state,
        http_status: source.http_status,
        failures: source.failures,
        problems: source.problems,
    }
}

fn state(source: &SourceOverview) -> String {
    let word = match source.last_outcome.as_deref() {
        _ if !source.enabled => "disabled",
        None => "unpolled",
        // Nothing new is as good as something new to people.
        Some(outcome) if outcome == PollOutcome::NotModified.word() => PollOutcome::Ok.word(),
        Some(outcome) => outcome,
    };
    word.to_owned()
}

fn class(state: &str, severity: Severity) -> &'static str {
    match state {
        "unpolled" => "unpolled",
        "disabled" => "disabled",
        "ok" => match severity {
            Severity::Ok => "ok",
            Severity::Notice => "notice",
            Severity::Warning | Severity::Failing => "failing",
        },
        _ => "failing",
    }
}

fn moment(at: Timestamp) -> Moment {
    let local = at.to_zoned(helsinki());
    Moment {
        day: content::day(local.date()),
        time: format!("{}.{:02}", local.hour(), local.minute()),
    }
}
