//! `/api/events`: the log of what changed as NDJSON, for whoever keeps a copy; read on from where one stopped.

use std::sync::Arc;

use axum::http::HeaderName;
use serde::Serialize;

use crate::model::when::utc_text;
use crate::serve::feeds::under;
use crate::serve::representation::{Readers, Representation, Terms};
use crate::serve::site::{EventRecord, Site, SiteFault};

use super::problem::Problem;
use super::{Answer, parameters};

/// Lines of an answer, unless asked otherwise.
const USUAL: u32 = 1000;
/// Most lines of an answer.
const MOST: u32 = 10_000;
/// Where to read on, beside the lines and also without any.
const LAST_SEQ: HeaderName = HeaderName::from_static("seutu-last-seq");

/// Which piece of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EventsRequest {
    /// Events after this one; 0 is the beginning.
    since: i64,
    /// At most so many.
    limit: u32,
}

impl EventsRequest {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut request = Self {
            since: 0,
            limit: USUAL,
        };
        for (name, value) in parameters::read(query, &["since", "limit"])? {
            if name == "since" {
                request.since = parameters::number(name, &value, (0, i64::MAX))?;
            } else {
                let limit = parameters::number(name, &value, (1, MOST.into()))?;
                request.limit = u32::try_from(limit).unwrap_or(USUAL);
            }
        }
        Ok(request)
    }
}

/// An event as a line.
#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: String,
    kind: &'a str,
    municipality: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_no: Option<u32>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    /// Only where it is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
}

impl<'a> Line<'a> {
    fn of(event: &'a EventRecord) -> Self {
        Self {
            seq: event.seq,
            at: utc_text(event.at),
            kind: &event.kind,
            municipality: &event.municipality,
            uid: event.uid.as_deref(),
            network: event.network.as_deref(),
            version_no: event.version_no,
            summary: &event.summary,
            url: event.url.as_deref(),
            deleted: event.is_tombstone().then_some(true),
        }
    }
}

/// Writes a piece of the log.
///
/// # Errors
///
/// A cursor that is ahead of the log, and when the archive cannot be read.
pub fn document(site: &dyn Site, query: &str) -> Answer {
    let asked = EventsRequest::parse(query)?;
    let page = site.events(asked.since, asked.limit)?;
    if asked.since > page.newest {
        return Err(Problem::ahead_of_the_log(format!(
            "there is no event {} here, the newest is {}: your copy followed another archive, or this one was \
             restored from a backup; begin again with since=0",
            asked.since, page.newest
        ))
        .into());
    }
    let mut lines = String::new();
    for event in &page.events {
        let line = serde_json::to_string(&Line::of(event))
            .map_err(|error| SiteFault::Unreadable(error.to_string()))?;
        lines.extend([line.as_str(), "\n"]);
    }
    let last = page.last.unwrap_or(asked.since);
    let terms = Terms {
        content_type: "application/x-ndjson",
        cache_control: "no-cache",
        readers: Readers::Anybody,
    };
    let mut next = under(site.public_url(), "api/events");
    next.set_query(Some(&format!("since={last}&limit={}", asked.limit)));
    // No date: its seconds are too coarse for a log, where two events may share one.
    let document = Representation::new(terms, lines, None)
        .with(LAST_SEQ, last.to_string())
        .leading_to(&next);
    Ok(Arc::new(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_and_the_limit_are_checked() {
        let ask = |query: &str| EventsRequest::parse(query);
        assert_eq!(
            ask(""),
            Ok(EventsRequest {
                since: 0,
                limit: USUAL
            })
        );
        assert_eq!(
            ask("since=7&limit=2"),
            Ok(EventsRequest { since: 7, limit: 2 })
        );
        for wrong in [
            "since=x",
            "since=-1",
            "since=1.5",
            "limit=0",
            "limit=10001",
            "limit=-3",
            "since=+7",
            "since=",
            "since=7&since=7",
            "utm=x",
        ] {
            assert!(ask(wrong).is_err(), "{wrong}");
        }
    }
}
