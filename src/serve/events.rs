//! `/api/events`: the log of what changed as NDJSON, for whoever keeps a copy; read on from where one stopped.

use serde::Serialize;
use thiserror::Error;
use url::{Url, form_urlencoded};

use crate::model::when::utc_text;

use super::feeds::under;
use super::representation::{Readers, Representation, Terms};
use super::site::{EventRecord, Site, SiteFault};

/// Lines of an answer, unless asked otherwise.
const USUAL: u32 = 1000;
/// Most lines of an answer.
const MOST: u32 = 10_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventsFault {
    /// A parameter that means nothing here.
    #[error("{0}")]
    Bad(String),
    /// The archive cannot answer.
    #[error(transparent)]
    Site(#[from] SiteFault),
}

/// Which piece of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventsRequest {
    /// Events after this one; 0 is the beginning.
    pub since: i64,
    /// At most so many.
    pub limit: u32,
}

impl EventsRequest {
    /// Reads a query string. Empty values count as not given, and other names are ignored, as in feeds.
    ///
    /// # Errors
    ///
    /// A value that is no number, or not one that is allowed.
    pub fn parse(query: &str) -> Result<Self, EventsFault> {
        let mut request = Self {
            since: 0,
            limit: USUAL,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                "since" if !value.is_empty() => {
                    let since = value.parse().ok().filter(|since| *since >= 0);
                    request.since = since.ok_or_else(|| {
                        bad("since is the seq of the last event you have, a whole number; 0 gives all")
                    })?;
                }
                "limit" if !value.is_empty() => {
                    let limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=MOST).contains(limit));
                    request.limit = limit
                        .ok_or_else(|| bad(&format!("limit is a whole number from 1 to {MOST}")))?;
                }
                _ => {}
            }
        }
        Ok(request)
    }
}

fn bad(sentence: &str) -> EventsFault {
    EventsFault::Bad(sentence.to_owned())
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

/// A piece of the log, ready to be sent.
#[derive(Debug)]
pub struct Events {
    /// The lines.
    pub document: Representation,
    /// `since` of the next request: the last event here, or the one asked from.
    pub last: i64,
    /// Address of the next request.
    pub next: Url,
}

/// Writes a piece of the log.
///
/// # Errors
///
/// A cursor that is ahead of the log, and when the archive cannot be read.
pub fn document(site: &dyn Site, asked: EventsRequest) -> Result<Events, EventsFault> {
    let page = site.events(asked.since, asked.limit)?;
    if asked.since > page.newest {
        return Err(EventsFault::Bad(format!(
            "there is no event {} here, the newest is {}: your copy followed another archive, or this one was \
             restored from a backup; begin again with since=0",
            asked.since, page.newest
        )));
    }
    let mut lines = String::new();
    for event in &page.events {
        let line = serde_json::to_string(&Line::of(event))
            .map_err(|error| SiteFault(error.to_string()))?;
        lines.extend([line.as_str(), "\n"]);
    }
    let last = page.events.last().map_or(asked.since, |event| event.seq);
    let terms = Terms {
        content_type: "application/x-ndjson",
        cache_control: "no-cache",
        readers: Readers::Anybody,
    };
    let mut next = under(site.public_url(), "api/events");
    next.set_query(Some(&format!("since={last}&limit={}", asked.limit)));
    Ok(Events {
        // No date: its seconds are too coarse for a log, where two events may share one.
        document: Representation::new(terms, lines, None),
        last,
        next,
    })
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
            ask("since=7&limit=2&utm=x"),
            Ok(EventsRequest { since: 7, limit: 2 })
        );
        assert_eq!(ask("since=&limit="), ask(""));
        for wrong in [
            "since=x",
            "since=-1",
            "since=1.5",
            "limit=0",
            "limit=10001",
            "limit=-3",
        ] {
            assert!(matches!(ask(wrong), Err(EventsFault::Bad(_))), "{wrong}");
        }
    }
}
