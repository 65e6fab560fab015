//! The page of the sources: how each is, since when, and what is missing of it.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::health::{Severity, Trouble};
use crate::model::poll::PollOutcome;
use crate::publish::clean;

use super::super::representation::Representation;
use super::super::site::{FindingRecord, PollDay, Site, SiteFault, SourceOverview};
use super::asked::Asked;
use super::chart::{self, Strip};
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
    items: String,
    missing: String,
    history: Option<Strip>,
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
    let as_of = site.as_of()?;
    let page = Sources {
        frame: Frame::new(site, asked, Place::Sources, words.title.as_str())
            .described(words.description.as_str()),
        sources: rows(site, asked.language, as_of)?,
    };
    render(&page, as_of)
}

fn rows(
    site: &dyn Site,
    language: PageLanguage,
    as_of: Option<Timestamp>,
) -> Result<Vec<SourceRow>, SiteFault> {
    let findings = site.findings()?;
    let today = as_of.map(|at| at.to_zoned(TimeZone::UTC).date());
    let polls = match today {
        Some(today) => site.polls_by_day(chart::first_day(today))?,
        None => Vec::new(),
    };
    let sources = site.sources()?;
    let rows = sources.iter().map(|source| {
        let own = polls.iter().filter(|day| day.source == source.source);
        let own: Vec<&PollDay> = own.collect();
        SourceRow {
            history: today.and_then(|today| chart::strip(language, &own, today)),
            ..row(source, &findings, language)
        }
    });
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
        items: language.number(source.items),
        missing: missing(source, language),
        history: None,
    }
}

/// What of it is not there yet, or not there at all.
fn missing(source: &SourceOverview, language: PageLanguage) -> String {
    let words = &language.words().sources;
    let parts = [
        (&words.awaiting, source.awaiting_minutes),
        (&words.sections, source.missing_sections),
    ];
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    let texts: Vec<String> = parts
        .map(|(text, count)| text.with("count", language.number(count)).to_string())
        .collect();
    texts.join(", ")
}

/// The state in a sentence: `Palvelin ei vastannut oikein (HTTP 503), 4 kertaa peräkkäin. Lukuongelmia 2`.
fn sentence(source: &SourceOverview, state: &str, words: &Words) -> String {
    let texts = &words.sources;
    let severity = source.health.unwrap_or(Severity::Ok);
    let how = if state == "ok" {
        words.health.of(severity.word())
    } else {
        words.poll.of(state)
    };
    let status = source.http_status.filter(|_| state == "http_error");
    let again = Some(source.failures).filter(|failures| *failures > 1);
    let problems = Some(source.problems).filter(|problems| *problems > 0);
    let parts = [
        Some(how.to_string()),
        status.map(|status| format!(" ({})", texts.http_status.with("status", status))),
        again.map(|count| format!(", {}", texts.in_a_row.with("count", count))),
        problems.map(|count| format!(". {}", texts.problems.with("count", count))),
    ];
    parts.into_iter().flatten().collect()
}

/// The word of the texts `[poll]` for an answer that did not come, broke off or was none of HTTP's.
const NO_ANSWER: &str = "no_answer";

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
        // Whose fault that is is not known: our own network may be down.
        Some(PollOutcome::HttpError) if source.http_status.is_none() => NO_ANSWER,
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
