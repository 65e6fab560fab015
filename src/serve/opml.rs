//! The list of subscriptions: feeds of networks, of municipalities, and the sources themselves.

use crate::publish::opml::{Outline, Subscription, document};
use crate::publish::texts::texts;
use crate::publish::{Format, address};

use super::feeds::scope::Scope;
use super::representation::{Readers, Representation, Terms};
use super::site::{Site, SiteFault, SourceOverview};

/// The list.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn list(site: &dyn Site) -> Result<Representation, SiteFault> {
    let texts = texts();
    let networks = site.networks().iter().cloned().map(Scope::Network);
    let municipalities = site.municipalities().iter().cloned();
    let municipalities = municipalities.map(Scope::Municipality);
    let sources = site.sources()?;
    let own = sources.iter().filter(|source| has_feed(source));
    let groups = [
        group(
            &texts.opml_networks,
            [Scope::All]
                .into_iter()
                .chain(networks)
                .map(|scope| ours(site, &scope)),
        ),
        group(
            &texts.opml_municipalities,
            municipalities.map(|scope| ours(site, &scope)),
        ),
        group(
            &texts.opml_sources,
            own.map(|source| Subscription {
                text: source.name.clone(),
                xml_url: source.feed_url.clone(),
                html_url: Some(source.url.clone()),
            }),
        ),
    ];
    let terms = Terms {
        content_type: "text/x-opml; charset=utf-8",
        cache_control: "public, max-age=3600",
        readers: Readers::Anybody,
    };
    let list = document(&texts.opml_title, None, &groups);
    Ok(Representation::new(terms, list, None))
}

/// The word for lists that are pages.
const LISTING: &str = "listing";

/// Whether it is followed by a feed: the lists of bodies of some portals are none.
fn has_feed(source: &SourceOverview) -> bool {
    source.enabled && source.feed_kind != LISTING
}

fn group(text: &str, feeds: impl Iterator<Item = Subscription>) -> Outline {
    Outline {
        text: text.to_owned(),
        feeds: feeds.collect(),
    }
}

fn ours(site: &dyn Site, scope: &Scope) -> Subscription {
    let public = site.public_url();
    Subscription {
        text: scope.title().to_owned(),
        xml_url: address::feed(public, &scope.name(), Format::Atom, ""),
        html_url: Some(public.to_string()),
    }
}
