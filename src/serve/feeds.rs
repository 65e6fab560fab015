//! The merged feeds: from a request to the document, with paging (RFC 5005) and a stamp for the cache.

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

use crate::model::item::ItemRecord;
use crate::publish::tag::TagAuthority;
use crate::publish::texts::texts;
use crate::publish::{FeedDocument, Format, Paging, atom};

use super::filters::{FeedRequest, PAGE_SIZE};
use super::representation::{Readers, Representation, Terms};
use super::site::{FeedQuery, FeedStamp, NetworkEntry, Site, SiteFault};

/// The name of the feed of everything.
pub const ALL: &str = "all";
/// The date of a feed without entries, which needs one: 2026-01-01, the year identities are minted in.
const BEGINNING: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Why there is no document. Neither case ever becomes an entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FeedFault {
    /// A page after the last one.
    #[error("there is no page {0}; begin at the first and follow the links")]
    NoSuchPage(u32),
    /// The archive cannot answer.
    #[error(transparent)]
    Site(#[from] SiteFault),
}

/// What comes after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    Another,
    Nothing,
}

/// A feed that exists, with the filters and the page asked for.
#[derive(Clone, Debug)]
pub struct Feed {
    network: Option<NetworkEntry>,
    request: FeedRequest,
    format: Format,
}

impl Feed {
    /// The feed called `name` (a network's slug, or [`ALL`]); `None` if there is none.
    pub fn find(site: &dyn Site, name: &str, format: Format, request: FeedRequest) -> Option<Self> {
        let network = site.networks().iter().find(|network| network.slug == name);
        if network.is_none() && name != ALL {
            return None;
        }
        Some(Self {
            network: network.cloned(),
            request,
            format,
        })
    }

    fn slug(&self) -> &str {
        self.network.as_ref().map_or(ALL, |network| &network.slug)
    }

    /// What tells this document from all others.
    pub(super) fn key(&self) -> String {
        let (format, filters) = (self.format.word(), self.request.canonical());
        format!(
            "{}.{format}?{filters}&page={}",
            self.slug(),
            self.request.page
        )
    }

    fn query(&self) -> FeedQuery {
        self.request
            .query(self.network.as_ref().map(|network| network.slug.as_str()))
    }

    /// The state of the data.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn stamp(&self, site: &dyn Site) -> Result<FeedStamp, FeedFault> {
        Ok(site.feed_stamp(&self.query())?)
    }

    /// The document. Pure but for the query: unchanged items give the same bytes.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, or the page does not exist.
    pub fn document(&self, site: &dyn Site) -> Result<String, FeedFault> {
        let mut query = self.query();
        // One item more than the page holds tells whether another page follows, without counting them all.
        query.limit += 1;
        let mut items = site.feed_items(&query)?;
        if items.is_empty() && self.request.page > 1 {
            return Err(FeedFault::NoSuchPage(self.request.page));
        }
        let page_size = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
        let follows = if items.len() > page_size {
            Follows::Another
        } else {
            Follows::Nothing
        };
        items.truncate(page_size);
        Ok(self
            .format
            .document(&self.describe(site.public_url(), &items, follows), &items))
    }

    /// The document ready to be sent.
    pub(super) fn represent(
        &self,
        site: &dyn Site,
        stamp: FeedStamp,
    ) -> Result<Representation, FeedFault> {
        let terms = Terms {
            content_type: self.format.content_type(),
            cache_control: "public, max-age=300",
            readers: Readers::Anybody,
        };
        Ok(Representation::new(
            terms,
            self.document(site)?,
            stamp.last_change,
        ))
    }

    fn describe(&self, public: &Url, items: &[ItemRecord], follows: Follows) -> FeedDocument {
        let texts = texts();
        let (name, subtitle) = match &self.network {
            Some(network) => {
                let about = network
                    .description
                    .as_ref()
                    .unwrap_or(&texts.network_subtitle);
                (network.name.as_str(), about.clone())
            }
            None => (texts.all_title.as_str(), texts.all_subtitle.clone()),
        };
        let tags = TagAuthority::default();
        let (filters, described) = (self.request.canonical(), self.request.described());
        let joined = |separator: &str, filters: &str, name: &str| match filters {
            "" => name.to_owned(),
            filters => format!("{name}{separator}{filters}"),
        };
        FeedDocument {
            title: joined(" – ", &described, name),
            subtitle,
            id: tags.feed_id(&joined("?", &filters, self.slug())),
            self_url: self.address(public, self.request.page),
            alternate_url: public.to_string(),
            // The newest entry, not the newest event: an event elsewhere must not change these bytes. An
            // empty feed has never changed; the clock would change its bytes at every request.
            updated: items.iter().map(atom::updated).max().unwrap_or(BEGINNING),
            language: "fi".to_owned(),
            paging: self.paging(public, follows),
            generator_version: env!("CARGO_PKG_VERSION").to_owned(),
            author: texts.author.clone(),
            tags,
        }
    }

    fn paging(&self, public: &Url, follows: Follows) -> Paging {
        let page = self.request.page;
        let address = |page: u32| Some(self.address(public, page));
        Paging {
            first: address(1),
            previous: page
                .checked_sub(1)
                .filter(|page| *page > 0)
                .and_then(address),
            next: if follows == Follows::Another {
                address(page.saturating_add(1))
            } else {
                None
            },
            // Only the last page knows that it is the last.
            last: if follows == Follows::Nothing {
                address(page)
            } else {
                None
            },
        }
    }

    fn address(&self, public: &Url, page: u32) -> String {
        let filters = self.request.canonical();
        let page = if page > 1 {
            format!("page={page}")
        } else {
            String::new()
        };
        let parts = [filters.as_str(), page.as_str()];
        let query = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("&");
        feed_address(public, self.slug(), self.format, &query)
    }
}

/// The absolute address of a feed under the public address, which may have a path of its own.
pub(super) fn feed_address(public: &Url, name: &str, format: Format, query: &str) -> String {
    let mut url = under(public, &format!("feeds/{name}.{}", format.word()));
    url.set_query(Some(query).filter(|query| !query.is_empty()));
    url.into()
}

/// An address below the public one, whether or not that ends with a slash.
pub(super) fn under(public: &Url, path: &str) -> Url {
    let mut url = public.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    url.set_query(None);
    url.set_fragment(None);
    url
}
