//! The front page: what is new, what comes up, who has decided what, and the ways to everything else.

use askama::Template;
use jiff::Timestamp;

use crate::model::published::Published;
use crate::model::when::day_in_finland;
use crate::publish::{Format, clean};

use super::super::feeds::ALL;
use super::super::representation::Representation;
use super::super::site::{Counts, FeedQuery, NetworkEntry, Site, SiteFault};
use super::asked::Asked;
use super::chart::{self, MonthChart};
use super::frame::{FeedLink, Frame, Place, feed_links};
use super::language::PageLanguage;
use super::lines::{ItemLine, MeetingLine};
use super::matrix::{self, Matrix};
use super::{PageFault, render};

/// Newest items of all.
const NEWEST: u32 = 8;
/// Meetings ahead.
const AHEAD: u32 = 12;
/// Matters of each matrix.
const MATTERS: usize = 5;

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    frame: Frame,
    as_of: Option<String>,
    networks: Vec<NetworkRow>,
    newest: Vec<ItemLine>,
    ahead: Vec<MeetingLine>,
    chart: Option<MonthChart>,
    all: Vec<FeedFormat>,
    counts: String,
    /// How old and how large the published snapshot is.
    snapshot: Option<String>,
}

/// A network: what is new, who has decided what, and its feed in every format.
struct NetworkRow {
    slug: String,
    name: String,
    href: String,
    description: Option<String>,
    feeds: Vec<FeedFormat>,
    newest: Vec<ItemLine>,
    matrix: Matrix,
}

/// A format of a feed.
pub(super) struct FeedFormat {
    pub(super) name: &'static str,
    pub(super) href: String,
}

/// The page.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let (language, as_of) = (asked.language, site.as_of()?);
    let words = &language.words().front;
    let networks = site.networks().iter();
    let page = Front {
        frame: Frame::new(site, asked, Place::Front, words.title.as_str()),
        as_of: as_of.map(|at| {
            words
                .as_of
                .with("moment", language.moment(at).text)
                .to_string()
        }),
        networks: networks
            .map(|of| network(site, asked, of))
            .collect::<Result<_, _>>()?,
        newest: newest(site, asked, None)?,
        ahead: ahead(site, asked, as_of)?,
        chart: months(site, language, as_of)?,
        all: formats(&feed_links(site, "", (ALL, ""))),
        counts: counted(language, &site.counts()?),
        snapshot: site.published().map(|latest| snapshot(language, &latest)),
    };
    render(&page, as_of)
}

fn network(
    site: &dyn Site,
    asked: &Asked,
    network: &NetworkEntry,
) -> Result<NetworkRow, SiteFault> {
    let of = (network.slug.as_str(), network.name.as_str());
    Ok(NetworkRow {
        slug: network.slug.clone(),
        name: clean::line(&network.name),
        href: format!("{}networks/{}", asked.home(), network.slug),
        description: network.description.as_deref().map(clean::line),
        feeds: formats(&feed_links(site, "", (&network.slug, ""))),
        newest: newest(site, asked, Some(&network.slug))?,
        matrix: matrix::of(site, asked, of, MATTERS)?,
    })
}

fn newest(
    site: &dyn Site,
    asked: &Asked,
    network: Option<&str>,
) -> Result<Vec<ItemLine>, SiteFault> {
    let query = FeedQuery {
        network: network.map(str::to_owned),
        limit: NEWEST,
        ..FeedQuery::default()
    };
    let items = site.feed_items(&query)?;
    Ok(items.iter().map(|item| ItemLine::of(item, asked)).collect())
}

fn ahead(
    site: &dyn Site,
    asked: &Asked,
    as_of: Option<Timestamp>,
) -> Result<Vec<MeetingLine>, SiteFault> {
    let Some(at) = as_of else {
        return Ok(Vec::new());
    };
    let meetings = site.meetings_ahead(day_in_finland(at), AHEAD)?;
    let lines = meetings.iter().map(|of| MeetingLine::of(of, asked));
    Ok(lines.collect())
}

fn months(
    site: &dyn Site,
    language: PageLanguage,
    as_of: Option<Timestamp>,
) -> Result<Option<MonthChart>, SiteFault> {
    let Some(today) = as_of.map(day_in_finland) else {
        return Ok(None);
    };
    let counts = site.items_by_month(None, chart::first_month(today))?;
    Ok(chart::months(language, &counts, today))
}

/// The feeds of one name by their formats.
pub(super) fn formats(links: &[FeedLink]) -> Vec<FeedFormat> {
    let named = Format::ALL.iter().zip(links);
    let formats = named.map(|(format, link)| FeedFormat {
        name: format.word(),
        href: link.href.clone(),
    });
    formats.collect()
}

fn counted(language: PageLanguage, counts: &Counts) -> String {
    let words = &language.words().front;
    let of = words
        .counts
        .with("items", language.number(counts.items))
        .with("minutes", language.number(counts.minutes))
        .with("agendas", language.number(counts.agendas))
        .with("unread", language.number(counts.unread));
    let versions = words
        .versions
        .with("count", language.number(counts.versions));
    format!("{of} {versions}")
}

fn snapshot(language: PageLanguage, latest: &Published) -> String {
    let facts = &language.words().front.snapshot_facts;
    facts
        .with("size", language.size(latest.size))
        .with("items", language.number(latest.items))
        .with("moment", language.moment(latest.built_at).text)
        .with(
            "seq",
            language.number(u64::try_from(latest.seq).unwrap_or_default()),
        )
        .to_string()
}
