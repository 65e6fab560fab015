//! Which feeds there are, by the names they have in addresses.

use crate::model::ids::slug;
use crate::publish::address;
use crate::publish::texts::texts;

use super::super::site::{NetworkEntry, Site, SiteFault};

/// What a feed is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every item of every source.
    All,
    /// The items of a network.
    Network(NetworkEntry),
    /// The items of a municipality, by its name.
    Municipality(String),
    /// The items of one regional matter.
    Dossier {
        /// Its name in addresses.
        slug: String,
        /// Its name for people.
        title: String,
    },
}

/// What queries are narrowed to: at most one of these.
#[derive(Clone, Debug, Default)]
pub(super) struct Narrowed {
    /// Slug of a network.
    pub(super) network: Option<String>,
    /// Slug of a dossier.
    pub(super) dossier: Option<String>,
    /// Name of a municipality.
    pub(super) municipality: Option<String>,
}

impl Scope {
    /// What the feed called `name` is about: `all`, the slug of a network, `municipalities/asikkala`, `dossiers/SLUG`;
    /// `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, which is asked for dossiers.
    pub fn find(site: &dyn Site, name: &str) -> Result<Option<Self>, SiteFault> {
        let found = match name.split_once('/') {
            None if name == address::ALL => Some(Self::All),
            None => {
                let mut networks = site.networks().iter();
                let found = networks.find(|network| network.slug == name);
                found.cloned().map(Self::Network)
            }
            Some((address::MUNICIPALITIES, of)) => {
                let mut known = site.municipalities().iter();
                let found = known.find(|name| slug(name) == of);
                found.cloned().map(Self::Municipality)
            }
            Some((address::DOSSIERS, of)) => {
                let title = site.dossier_title(of)?;
                title.map(|title| Self::Dossier {
                    slug: of.to_owned(),
                    title,
                })
            }
            Some(_) => None,
        };
        Ok(found)
    }

    /// Its name in addresses.
    pub fn name(&self) -> String {
        match self {
            Self::All => address::ALL.to_owned(),
            Self::Network(network) => network.slug.clone(),
            Self::Municipality(name) => address::of_municipality(name),
            Self::Dossier { slug, .. } => address::of_dossier(slug),
        }
    }

    /// Its name for people.
    pub fn title(&self) -> &str {
        match self {
            Self::All => &texts().all_title,
            Self::Network(network) => &network.name,
            Self::Municipality(name) => name,
            Self::Dossier { title, .. } => title,
        }
    }

    /// One sentence about it.
    pub(super) fn subtitle(&self) -> &str {
        match self {
            Self::All => &texts().all_subtitle,
            Self::Municipality(_) => &texts().municipality_subtitle,
            Self::Dossier { .. } => &texts().dossier_subtitle,
            Self::Network(network) => network
                .description
                .as_ref()
                .unwrap_or(&texts().network_subtitle),
        }
    }

    /// What queries are narrowed to.
    pub(super) fn narrowed(&self) -> Narrowed {
        let nothing = Narrowed::default();
        match self {
            Self::All => nothing,
            Self::Network(network) => Narrowed {
                network: Some(network.slug.clone()),
                ..nothing
            },
            Self::Municipality(name) => Narrowed {
                municipality: Some(name.clone()),
                ..nothing
            },
            Self::Dossier { slug, .. } => Narrowed {
                dossier: Some(slug.clone()),
                ..nothing
            },
        }
    }
}
