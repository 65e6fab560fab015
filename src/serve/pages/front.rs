//! The front page: what is new, what comes up, and the ways to everything else.

use askama::Template;

use crate::model::published::Published;
use crate::publish::{Format, clean};

use super::super::feeds::ALL;
use super::super::representation::Representation;
use super::super::site::{Counts, NetworkEntry, Site};
use super::asked::Asked;
use super::frame::{FeedLink, Frame, Place, feed_links};
use super::language::PageLanguage;
use super::{PageFault, render};

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    frame: Frame,
    networks: Vec<NetworkRow>,
    all: Vec<FeedFormat>,
    counts: String,
    /// How old and how large the published snapshot is.
    snapshot: Option<String>,
}

/// A network with its feed in every format.
struct NetworkRow {
    name: String,
    href: String,
    description: Option<String>,
    feeds: Vec<FeedFormat>,
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
    let words = &asked.language.words().front;
    let networks = site.networks().iter();
    let page = Front {
        frame: Frame::new(site, asked, Place::Front, words.title.as_str()),
        networks: networks.map(|of| network(site, asked, of)).collect(),
        all: formats(&feed_links(site, "", (ALL, ""))),
        counts: counted(asked.language, &site.counts()?),
        snapshot: site
            .published()
            .map(|latest| snapshot(asked.language, &latest)),
    };
    render(&page, None)
}

fn network(site: &dyn Site, asked: &Asked, network: &NetworkEntry) -> NetworkRow {
    NetworkRow {
        name: clean::line(&network.name),
        href: format!("{}networks/{}", asked.home(), network.slug),
        description: network.description.as_deref().map(clean::line),
        feeds: formats(&feed_links(site, "", (&network.slug, ""))),
    }
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
        .with("seq", latest.seq)
        .to_string()
}
