//! The interface for programs: documents in JSON, and everything that goes wrong as a problem (RFC 9457).

mod dossiers;
mod events;
mod items;
mod networks;
mod openapi;
mod parameters;
mod problem;
mod status;

use std::sync::Arc;

use serde::Serialize;

use super::cache::Cache;
use super::representation::{Readers, Representation, Terms};
use super::site::FeedStamp;
use super::site::{Site, SiteFault};

pub(super) use self::problem::{BUSY, Problem};

/// Why there is no document.
#[derive(Debug)]
pub(super) enum ApiFault {
    /// The archive cannot answer.
    Site(SiteFault),
    /// What was asked for is wrong, not there or gone.
    Problem(Box<Problem>),
}

impl From<SiteFault> for ApiFault {
    fn from(fault: SiteFault) -> Self {
        Self::Site(fault)
    }
}

impl From<Problem> for ApiFault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

type Answer = Result<Arc<Representation>, ApiFault>;

/// What a request is answered with.
pub(super) struct Desk<'a> {
    pub(super) site: &'a dyn Site,
    pub(super) cache: &'a Cache<FeedStamp>,
}

/// A request: what follows the fixed part of its address, and its query string.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) query: String,
}

/// The documents there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    Dossier,
    Dossiers,
    Events,
    Item,
    Items,
    Matrix,
    Networks,
    OpenApi,
    Sources,
    Status,
}

impl Document {
    /// Writes the document; reads the archive, so never on a worker.
    pub(super) fn write(self, desk: &Desk<'_>, asked: &Asked) -> Answer {
        match self {
            Self::Dossier => dossiers::one(desk.site, asked),
            Self::Dossiers => dossiers::list(desk.site, &asked.query),
            Self::Events => events::document(desk.site, &asked.query),
            Self::Item => items::one(desk.site, asked),
            Self::Items => items::list(desk, &asked.query),
            Self::Matrix => dossiers::matrix(desk.site, asked),
            Self::Networks => networks::document(desk.site, &asked.query),
            Self::OpenApi => openapi::document(desk.site, &asked.query),
            Self::Sources => status::sources(desk.site, &asked.query),
            Self::Status => status::document(desk.site, &asked.query),
        }
    }
}

/// A JSON document that a reader asks after each time.
fn json(document: &impl Serialize) -> Result<Representation, SiteFault> {
    let mut json = serde_json::to_string_pretty(document)
        .map_err(|error| SiteFault::Unreadable(error.to_string()))?;
    json.push('\n');
    let terms = Terms {
        content_type: "application/json",
        cache_control: "no-cache",
        readers: Readers::Anybody,
    };
    // No date: its seconds are too coarse for documents that may change twice within one.
    Ok(Representation::new(terms, json, None))
}
