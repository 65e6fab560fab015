//! The list of subscriptions: feeds of networks, of municipalities, of open matters, and the sources themselves.

use crate::model::dossier::DossierSummary;
use crate::publish::opml::{Outline, Subscription, document};
use crate::publish::texts::texts;
use crate::publish::{Format, address};

use super::feeds::scope::Scope;
use super::feeds::under;
use super::representation::{Readers, Representation, Terms};
use super::site::{Site, SiteFault, SourceOverview};

/// Most regional matters that are named.
const MOST_DOSSIERS: usize = 50;

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
    let mut groups = vec![
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
    groups.extend(open_dossiers(site)?);
    let terms = Terms {
        content_type: "text/x-opml; charset=utf-8",
        cache_control: "public, max-age=3600",
        readers: Readers::Anybody,
    };
    let list = document(&texts.opml_title, None, &groups);
    Ok(Representation::new(terms, list, None))
}

/// The regional matters that some member has not decided yet and that nothing has followed, by network; those with
/// the latest meeting, and no more than a reader wants to see.
fn open_dossiers(site: &dyn Site) -> Result<Vec<Outline>, SiteFault> {
    let is_open =
        |dossier: &DossierSummary| dossier.successor.is_none() && dossier.decided < dossier.members;
    let open: Vec<DossierSummary> = site
        .dossiers(None)?
        .into_iter()
        .filter(is_open)
        .take(MOST_DOSSIERS)
        .collect();
    let groups = site.networks().iter().map(|network| {
        let own = open
            .iter()
            .filter(|dossier| dossier.network == network.slug);
        let text = texts().opml_dossiers.replace("{network}", &network.name);
        group(&text, own.map(|dossier| of_dossier(site, dossier)))
    });
    Ok(groups.filter(|group| !group.feeds.is_empty()).collect())
}

fn of_dossier(site: &dyn Site, dossier: &DossierSummary) -> Subscription {
    let name = address::of_dossier(&dossier.slug);
    Subscription {
        html_url: Some(under(site.public_url(), &name).into()),
        ..ours(
            site,
            &Scope::Dossier {
                slug: dossier.slug.clone(),
                title: dossier.title.clone(),
            },
        )
    }
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
