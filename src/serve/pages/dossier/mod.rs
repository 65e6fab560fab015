//! The page of one regional matter: where each member stands, its timeline, and how the texts differ.

mod comparison;
mod states;

use askama::Template;

use crate::model::dossier::{DossierRecord, DossierSummary};
use crate::publish::{Format, clean};

use super::super::feeds::feed_address;
use super::super::representation::Representation;
use super::super::site::Site;
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::item::Link;
use super::words::DossierWords;
use super::{PageFault, render};

use self::comparison::ComparisonBlock;
use self::states::{CellRow, TimelineRow};

#[derive(Template)]
#[template(path = "dossier.html")]
struct DossierPage {
    frame: Frame,
    title: String,
    sum: String,
    network: Link,
    predecessor: Option<Link>,
    successor: Option<Link>,
    feeds: Vec<Link>,
    cells: Vec<CellRow>,
    timeline: Vec<TimelineRow>,
    comparisons: Vec<ComparisonBlock>,
}

/// The page of the dossier that the address names.
///
/// # Errors
///
/// When there is no such dossier, or the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let slug = asked.path.strip_prefix("dossiers/").unwrap_or_default();
    let dossier = site.dossier(slug)?.ok_or(PageFault::Missing)?;
    let page = fill(site, asked, &dossier)?;
    // Where a source is down, a page changes without any event.
    render(&page, None)
}

fn fill(site: &dyn Site, asked: &Asked, dossier: &DossierRecord) -> Result<DossierPage, PageFault> {
    let words = &asked.language.words().dossier;
    let summary = &dossier.summary;
    let title = clean::line(&summary.title);
    let feed = format!("dossiers/{}", summary.slug);
    let frame = Frame::new(site, asked, Place::Elsewhere, &title)
        .described(&format!("{} {}.", words.lead, sum(summary, words)))
        .with_feed(site, &title, (&feed, ""));
    Ok(DossierPage {
        sum: sum(summary, words),
        network: network(site, asked, &summary.network),
        predecessor: sibling(site, asked, summary.predecessor.as_deref())?,
        successor: sibling(site, asked, summary.successor.as_deref())?,
        feeds: Format::ALL
            .iter()
            .map(|format| Link {
                href: feed_address(site.public_url(), &feed, *format, ""),
                text: format.word().to_owned(),
            })
            .collect(),
        cells: states::cells(&dossier.cells, asked),
        timeline: states::timeline(&dossier.items, asked),
        comparisons: comparison::blocks(dossier, asked),
        title,
        frame,
    })
}

fn network(site: &dyn Site, asked: &Asked, slug: &str) -> Link {
    let known = site.networks().iter().find(|network| network.slug == slug);
    Link {
        href: format!("{}networks/{slug}", asked.home()),
        text: known.map_or_else(|| slug.to_owned(), |network| clean::line(&network.name)),
    }
}

/// The dossier of the year before or after.
fn sibling(site: &dyn Site, asked: &Asked, slug: Option<&str>) -> Result<Option<Link>, PageFault> {
    let Some(slug) = slug else {
        return Ok(None);
    };
    let found = site.dossier(slug)?;
    Ok(found.map(|dossier| Link {
        href: format!("{}dossiers/{slug}", asked.home()),
        text: clean::line(&dossier.summary.title),
    }))
}

fn sum(summary: &DossierSummary, words: &DossierWords) -> String {
    words
        .sum
        .with("decided", summary.decided)
        .with("on_agenda", summary.on_agenda)
        .with("not_seen", summary.not_seen)
        .with("unknown", summary.unknown)
        .to_string()
}
