//! The page of a network: what it is, who belongs to it, what was decided, what is doubtful.

use askama::Template;
use jiff::civil::Date;

use crate::model::ids;
use crate::model::when::day_in_finland;
use crate::publish::clean;

use super::super::representation::Representation;
use super::super::site::{FeedQuery, NetworkEntry, Site};
use super::asked::Asked;
use super::chart::{self, MonthChart};
use super::frame::{Frame, Place, feed_links};
use super::front::{FeedFormat, formats};
use super::lines::ItemLine;
use super::matrix::{self, Matrix};
use super::{PageFault, render};

/// Matters of the matrix.
const MATTERS: usize = 60;
/// Newest items.
const NEWEST: u32 = 15;
/// Doubtful items.
const DOUBTFUL: u32 = 20;

#[derive(Template)]
#[template(path = "network.html")]
struct Network {
    frame: Frame,
    description: Option<String>,
    /// Members with the way to what they handled.
    members: Vec<(String, String)>,
    matrix: Matrix,
    newest: Vec<ItemLine>,
    doubtful: Vec<ItemLine>,
    feeds: Vec<FeedFormat>,
    chart: Option<MonthChart>,
    all: String,
}

/// The page.
///
/// # Errors
///
/// When there is no such network, or the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked, slug: &str) -> Result<Representation, PageFault> {
    let mut networks = site.networks().iter();
    let network = networks
        .find(|network| network.slug == slug)
        .ok_or(PageFault::Missing)?;
    let query = FeedQuery {
        network: Some(network.slug.clone()),
        limit: NEWEST,
        ..FeedQuery::default()
    };
    let (items, as_of) = (site.feed_items(&query)?, site.as_of()?);
    let doubtful = site.doubtful_items(&network.slug, DOUBTFUL)?;
    let links = feed_links(site, "", (&network.slug, ""));
    let page = Network {
        frame: frame(site, asked, network),
        description: network.description.as_deref().map(clean::line),
        members: members(asked, network),
        matrix: matrix::of(site, asked, (&network.slug, &network.name), MATTERS)?,
        newest: items.iter().map(|item| ItemLine::of(item, asked)).collect(),
        doubtful: doubtful
            .iter()
            .map(|item| ItemLine::doubtful(item, asked))
            .collect(),
        feeds: formats(&links),
        chart: months(site, asked, network, as_of.map(day_in_finland))?,
        all: format!("{}search?network={}", asked.home(), network.slug),
    };
    render(&page, as_of)
}

fn frame(site: &dyn Site, asked: &Asked, network: &NetworkEntry) -> Frame {
    let name = clean::line(&network.name);
    let frame = Frame::new(site, asked, Place::Elsewhere, &name).with_feed(
        site,
        &name,
        (&network.slug, ""),
    );
    match &network.description {
        Some(description) => frame.described(&clean::line(description)),
        None => frame,
    }
}

fn members(asked: &Asked, network: &NetworkEntry) -> Vec<(String, String)> {
    let members = network.members.iter().map(|name| {
        let municipality = ids::slug(name);
        let query = format!("municipality={municipality}&network={}", network.slug);
        (clean::line(name), format!("{}search?{query}", asked.home()))
    });
    members.collect()
}

fn months(
    site: &dyn Site,
    asked: &Asked,
    network: &NetworkEntry,
    today: Option<Date>,
) -> Result<Option<MonthChart>, PageFault> {
    let Some(today) = today else {
        return Ok(None);
    };
    let counts = site.items_by_month(Some(&network.slug), chart::first_month(today))?;
    Ok(chart::months(asked.language, &counts, today))
}
