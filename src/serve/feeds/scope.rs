//! Which feeds there are, by the names they have in addresses.

use crate::model::ids::slug;
use crate::publish::address;
use crate::publish::texts::texts;

use super::super::site::{NetworkEntry, Site};

/// What a feed is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every item of every source.
    All,
    /// The items of a network.
    Network(NetworkEntry),
    /// The items of a municipality, by its name.
    Municipality(String),
}

impl Scope {
    /// What the feed called `name` is about: `all`, the slug of a network, `municipalities/asikkala`; `None` if there
    /// is none.
    pub fn find(site: &dyn Site, name: &str) -> Option<Self> {
        if name == address::ALL {
            return Some(Self::All);
        }
        if let Some((folder, of)) = name.split_once('/') {
            let known = site.municipalities().iter();
            let found = known.filter(|_| folder == address::MUNICIPALITIES);
            return found
                .clone()
                .find(|known| slug(known) == of)
                .map(|known| Self::Municipality(known.clone()));
        }
        let found = site.networks().iter().find(|network| network.slug == name);
        found.cloned().map(Self::Network)
    }

    /// Its name in addresses.
    pub fn name(&self) -> String {
        match self {
            Self::All => address::ALL.to_owned(),
            Self::Network(network) => network.slug.clone(),
            Self::Municipality(name) => address::of_municipality(name),
        }
    }

    /// Its name for people.
    pub fn title(&self) -> &str {
        match self {
            Self::All => &texts().all_title,
            Self::Network(network) => &network.name,
            Self::Municipality(name) => name,
        }
    }

    /// One sentence about it.
    pub(super) fn subtitle(&self) -> &str {
        match self {
            Self::All | Self::Municipality(_) => &texts().all_subtitle,
            Self::Network(network) => network
                .description
                .as_ref()
                .unwrap_or(&texts().network_subtitle),
        }
    }

    /// The slug of the network, and the name of the municipality, that queries are narrowed to.
    pub(super) fn narrowed(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::All => (None, None),
            Self::Network(network) => (Some(&network.slug), None),
            Self::Municipality(name) => (None, Some(name)),
        }
    }
}
