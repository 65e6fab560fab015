//! The query string of a feed: checked, and written back in one canonical form.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;
use url::form_urlencoded;

use crate::model::ids::slug;
use crate::model::minutes::{Outcome, Stage};
use crate::model::when::{day_in_finland, instant_on, utc_text};
use crate::publish::{clean, content, texts::texts};

use super::feeds::months::{Month, Part};
use super::site::{FeedQuery, Site, WithdrawnItems};

/// Items on one page of a feed, unless it is asked for others.
pub const PAGE_SIZE: u32 = 50;
/// Most items on one page of a feed.
pub const LARGEST_PAGE: u32 = 500;
/// Longest full-text query, in bytes.
pub const LONGEST_QUERY: usize = 256;
/// Most words of a full-text query.
pub const MOST_WORDS: usize = 16;
/// The years that meetings are held in.
const YEARS: RangeInclusive<i16> = 1900..=2200;
/// Longest name of a body, in characters.
const LONGEST_BODY: usize = 200;

/// A filter value that means nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("parameter {name}: \"{value}\" is not allowed; give {allowed}")]
pub struct BadParameter {
    /// The parameter.
    pub name: &'static str,
    /// What was given, shortened and cleaned.
    pub value: String,
    /// What would be right.
    pub allowed: String,
}

impl BadParameter {
    /// Says of a value what would be right.
    pub(super) fn new(name: &'static str, value: &str, allowed: impl Into<String>) -> Self {
        let value = clean::line(value).chars().take(60).collect();
        Self {
            name,
            value,
            allowed: allowed.into(),
        }
    }
}

/// Which items of a feed, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRequest {
    /// Name of the municipality.
    pub municipality: Option<String>,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Stage.
    pub stage: Option<Stage>,
    /// Outcome.
    pub outcome: Option<Outcome>,
    /// Calendar year of the meeting.
    pub year: Option<i16>,
    /// Words to search.
    pub q: Option<String>,
    /// Changed at this instant or later.
    pub since: Option<Timestamp>,
    /// Page, counted from 1.
    pub page: u32,
    /// Items on a page.
    pub limit: u32,
    /// An archive in the place of a page.
    pub archive: Option<Part>,
}

impl Default for FeedRequest {
    fn default() -> Self {
        Self {
            municipality: None,
            body: None,
            stage: None,
            outcome: None,
            year: None,
            q: None,
            since: None,
            page: 1,
            limit: PAGE_SIZE,
            archive: None,
        }
    }
}

impl FeedRequest {
    /// Reads a query string. Empty values mean no filter, as forms send them; names that are no filter
    /// are ignored, because readers and proxies add their own.
    ///
    /// # Errors
    ///
    /// The first value that is not allowed, with what would be.
    pub fn parse(query: &str, site: &dyn Site) -> Result<Self, BadParameter> {
        let mut request = Self::default();
        let (mut of_month, mut number, mut limit) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                _ if value.is_empty() => {}
                "month" => put(&mut of_month, "month", value, month(value)?)?,
                "part" => put(&mut number, "part", value, positive("part", value)?)?,
                "limit" => put(&mut limit, "limit", value, page_size(value)?)?,
                name => request.set(name, value, site)?,
            }
        }
        request.limit = limit.unwrap_or(PAGE_SIZE);
        request.archive = of_month.map(|month| Part {
            month,
            number: number.unwrap_or(1),
        });
        Ok(request)
    }

    /// Takes one parameter; names that are no filter are ignored.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &str,
        site: &dyn Site,
    ) -> Result<(), BadParameter> {
        match name {
            "municipality" => put(
                &mut self.municipality,
                "municipality",
                value,
                municipality(value, site)?,
            ),
            "body" => put(&mut self.body, "body", value, body(value)?),
            "stage" => put(&mut self.stage, "stage", value, stage(value)?),
            "outcome" => put(&mut self.outcome, "outcome", value, outcome(value)?),
            "year" => put(&mut self.year, "year", value, year(value)?),
            "q" => put(&mut self.q, "q", value, words(value)?),
            "since" => put(&mut self.since, "since", value, since(value)?),
            "page" => {
                self.page = positive("page", value)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Refuses the name of a body that no municipality has; it may block, which [`FeedRequest::parse`] never does.
    ///
    /// # Errors
    ///
    /// That name. Where the archive cannot be read, nothing is refused: the query that follows says so.
    pub fn insist_on_known(&self, site: &dyn Site) -> Result<(), BadParameter> {
        let Some(name) = &self.body else {
            return Ok(());
        };
        if site.knows_body(name).unwrap_or(true) {
            return Ok(());
        }
        let allowed = "a body that is in the archive, by its name or its name in addresses; /search lists them";
        Err(BadParameter::new("body", name, allowed))
    }

    /// The archive query of this page.
    pub fn query(&self, network: Option<&str>) -> FeedQuery {
        FeedQuery {
            network: network.map(str::to_owned),
            dossier: None,
            municipality: self.municipality.clone(),
            body: self.body.clone(),
            stage: self.stage,
            outcome: self.outcome,
            year: self.year,
            q: self.q.clone(),
            since: self.since,
            withdrawn: WithdrawnItems::Told,
            limit: self.limit,
            offset: (self.page - 1).saturating_mul(self.limit),
        }
    }

    /// The filters without the page and its size as a query string: always the same for the same filters, empty
    /// without any.
    pub fn canonical(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("municipality", self.municipality.as_deref().map(slug)),
            ("body", self.body.clone()),
            ("stage", self.stage.map(|stage| stage.word().to_owned())),
            (
                "outcome",
                self.outcome.map(|outcome| outcome.word().to_owned()),
            ),
            ("year", self.year.map(|year| year.to_string())),
            ("q", self.q.clone()),
            ("since", self.since.map(utc_text)),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                out.append_pair(name, &value);
            }
        }
        out.finish()
    }

    /// The filters as people read them in a title; empty without any.
    pub fn described(&self) -> String {
        let texts = texts();
        let parts = [
            self.municipality.clone(),
            self.body.clone(),
            self.stage.map(|stage| texts.stage(stage).to_owned()),
            self.outcome
                .map(|outcome| texts.outcome(outcome).to_owned()),
            self.year.map(|year| year.to_string()),
            self.q.as_ref().map(|q| format!("”{q}”")),
            self.since
                .map(|at| format!("{}–", content::day(day_in_finland(at)))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn put<T>(
    slot: &mut Option<T>,
    name: &'static str,
    raw: &str,
    value: T,
) -> Result<(), BadParameter> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(BadParameter::new(name, raw, "the parameter once")),
    }
}

pub(super) fn municipality(value: &str, site: &dyn Site) -> Result<String, BadParameter> {
    let wanted = slug(value);
    let known = site.municipalities();
    known
        .iter()
        .find(|name| slug(name) == wanted)
        .cloned()
        .ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|name| slug(name)).collect();
            BadParameter::new(
                "municipality",
                value,
                format!("one of {}", names.join(", ")),
            )
        })
}

fn body(value: &str) -> Result<String, BadParameter> {
    let name = clean::characters(value);
    if name.is_empty() || name.chars().count() > LONGEST_BODY {
        return Err(BadParameter::new(
            "body",
            value,
            format!("a name of at most {LONGEST_BODY} characters"),
        ));
    }
    Ok(name)
}

fn stage(value: &str) -> Result<Stage, BadParameter> {
    Stage::from_word(value).ok_or_else(|| {
        let words: Vec<_> = Stage::ALL.iter().map(|stage| stage.word()).collect();
        BadParameter::new("stage", value, format!("one of {}", words.join(", ")))
    })
}

fn outcome(value: &str) -> Result<Outcome, BadParameter> {
    Outcome::from_word(value).ok_or_else(|| {
        let words: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        BadParameter::new("outcome", value, format!("one of {}", words.join(", ")))
    })
}

/// Whether words are few and short enough to be looked for.
pub fn is_short_enough(words: &str) -> bool {
    words.len() <= LONGEST_QUERY && words.split_whitespace().count() <= MOST_WORDS
}

fn words(value: &str) -> Result<String, BadParameter> {
    // A full-text index chokes on NUL and on thousands of terms before any deadline can stop it.
    let query = clean::characters(value)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if query.is_empty() || !is_short_enough(&query) {
        let allowed = format!("1 to {MOST_WORDS} words, at most {LONGEST_QUERY} bytes");
        return Err(BadParameter::new("q", value, allowed));
    }
    Ok(query)
}

fn year(value: &str) -> Result<i16, BadParameter> {
    let year = value.parse::<i16>().ok();
    let year = year.filter(|year| YEARS.contains(year));
    year.ok_or_else(|| BadParameter::new("year", value, "a year from 1900 to 2200"))
}

fn since(value: &str) -> Result<Timestamp, BadParameter> {
    let day = value.parse::<Date>().map(|day| instant_on(day, 0));
    let parsed = if value.contains(['T', 't']) {
        value.parse::<Timestamp>()
    } else {
        day
    };
    let bad = |allowed| BadParameter::new("since", value, allowed);
    let at = parsed
        .map_err(|_not_a_time| bad("a day (2026-11-22) or an instant (2026-11-22T07:32:00Z)"))?;
    // In Finland, where the day that was given begins.
    let year = day_in_finland(at).year();
    if YEARS.contains(&year) {
        Ok(at)
    } else {
        Err(bad("a time between the years 1900 and 2200"))
    }
}

fn month(value: &str) -> Result<Month, BadParameter> {
    Month::parse(value).ok_or_else(|| BadParameter::new("month", value, "a month such as 2026-10"))
}

fn page_size(value: &str) -> Result<u32, BadParameter> {
    let allowed = || format!("a number from 1 to {LARGEST_PAGE}");
    positive("limit", value)
        .ok()
        .filter(|limit| *limit <= LARGEST_PAGE)
        .ok_or_else(|| BadParameter::new("limit", value, allowed()))
}

fn positive(name: &'static str, value: &str) -> Result<u32, BadParameter> {
    // No archive has more pages than this; the limit keeps offsets inside 32 bits.
    let number = value
        .parse::<u32>()
        .ok()
        .filter(|page| (1..=10_000_000).contains(page));
    number.ok_or_else(|| BadParameter::new(name, value, "a number from 1"))
}
