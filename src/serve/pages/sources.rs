//! The page of the sources: how each is, since when, and what is missing of it.

use askama::Template;

use crate::model::health::{Severity, Trouble};
use crate::model::poll::PollOutcome;
use crate::publish::clean;

use super::super::representation::Representation;
use super::super::site::{FindingRecord, Site, SiteFault, SourceOverview};
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::health::finding;
use super::language::{Moment, PageLanguage};
use super::words::Words;
use super::{PageFault, render};

#[derive(Template)]
#[template(path = "sources.html")]
struct Sources {
    frame: Frame,
    sources: Vec<SourceRow>,
}

/// One source: dates as its readers write them, the state in a sentence.
struct SourceRow {
    municipality: String,
    portal: Option<String>,
    last_ok: Option<Moment>,
    newest_meeting: Option<String>,
    /// The class of the state's cell.
    class: &'static str,
    state: String,
    /// What is wrong beside the state.
    findings: Vec<String>,
}

/// The page.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let words = &asked.language.words().sources;
    let page = Sources {
        frame: Frame::new(site, asked, Place::Sources, words.title.as_str())
            .described(&words.description),
        sources: rows(site, asked.language)?,
    };
    render(&page, None)
}

fn rows(site: &dyn Site, language: PageLanguage) -> Result<Vec<SourceRow>, SiteFault> {
    let findings = site.findings()?;
    let sources = site.sources()?;
    let rows = sources
        .iter()
        .map(|source| row(source, &findings, language));
    Ok(rows.collect())
}

fn row(source: &SourceOverview, findings: &[FindingRecord], language: PageLanguage) -> SourceRow {
    let (words, severity) = (language.words(), source.health.unwrap_or(Severity::Ok));
    let state = state(source);
    let own = findings
        .iter()
        .filter(|found| found.source == source.source);
    let troubles = own.map(|found| &found.finding.trouble);
    SourceRow {
        class: class(state, severity),
        // Of the latest poll the state speaks, and nobody minds how a source is that is not followed.
        findings: troubles
            .filter(|trouble| source.enabled && !matches!(trouble, Trouble::PollFails { .. }))
            .map(|trouble| finding(words, trouble))
            .collect(),
        municipality: clean::line(&source.municipality),
        portal: clean::web_address(&source.url),
        last_ok: source.last_ok_at.map(|at| language.moment(at)),
        newest_meeting: source.newest_meeting.map(|day| language.day(day)),
        state: sentence(source, state, words),
    }
}

/// The state in a sentence: `Palvelin ei vastannut oikein (HTTP 503), 4 kertaa peräkkäin. Lukuongelmia 2`.
fn sentence(source: &SourceOverview, state: &str, words: &Words) -> String {
    let texts = &words.sources;
    let severity = source.health.unwrap_or(Severity::Ok);
    let mut out = if state == "ok" {
        words.health.of(severity.word()).to_string()
    } else {
        words.poll.of(state).to_string()
    };
    if let Some(status) = source.http_status.filter(|_| state == "http_error") {
        out.push_str(&format!(" ({})", texts.http_status.with("status", status)));
    }
    if source.failures > 1 {
        let count = texts.in_a_row.with("count", source.failures);
        out.push_str(&format!(", {count}"));
    }
    if source.problems > 0 {
        let count = texts.problems.with("count", source.problems);
        out.push_str(&format!(". {count}"));
    }
    out
}

/// The word of the texts `[poll]`, or `ok`.
fn state(source: &SourceOverview) -> &'static str {
    if !source.enabled {
        return "disabled";
    }
    let Some(last) = source.last_outcome.as_deref() else {
        return "unpolled";
    };
    match PollOutcome::from_word(last) {
        // Nothing new is as good as something new to people.
        Some(PollOutcome::Ok | PollOutcome::NotModified) => PollOutcome::Ok.word(),
        Some(outcome) => outcome.word(),
        None => PollOutcome::HttpError.word(),
    }
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
