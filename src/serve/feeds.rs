//! The merged feeds: from a request to the document, with paging (RFC 5005) and a stamp for the cache.

use thiserror::Error;
use url::Url;

use jiff::Timestamp;

use crate::publish::tag::TagAuthority;
use crate::publish::texts::texts;
use crate::publish::{FeedDocument, Format, Paging};

use super::filters::{FeedRequest, PAGE_SIZE};
use super::representation::{Readers, Representation, Terms};
use super::site::{FeedStamp, NetworkEntry, Site, SiteFault};

/// The name of the feed of everything.
pub const ALL: &str = "all";

/// Why there is no document. Neither case ever becomes an entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FeedFault {
    /// A page after the last one.
    #[error("there is no page {page}; the last page is {last}")]
    NoSuchPage {
        /// The page asked for.
        page: u32,
        /// The last page there is.
        last: u32,
    },
    /// The archive cannot answer.
    #[error(transparent)]
    Site(#[from] SiteFault),
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

    /// The state of the data.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, or the page does not exist.
    pub fn stamp(&self, site: &dyn Site) -> Result<FeedStamp, FeedFault> {
        let network = self.network.as_ref().map(|network| network.slug.as_str());
        let stamp = site.feed_stamp(&self.request.query(network))?;
        let (page, last) = (self.request.page, last_page(&stamp));
        if page > last {
            Err(FeedFault::NoSuchPage { page, last })
        } else {
            Ok(stamp)
        }
    }

    /// The document. Pure but for the query: unchanged data gives the same bytes.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn document(&self, site: &dyn Site, stamp: &FeedStamp) -> Result<String, FeedFault> {
        let network = self.network.as_ref().map(|network| network.slug.as_str());
        let items = site.feed_items(&self.request.query(network))?;
        Ok(self
            .format
            .document(&self.describe(site.public_url(), stamp), &items))
    }

    /// The document ready to be sent.
    pub(super) fn represent(
        &self,
        site: &dyn Site,
        stamp: &FeedStamp,
    ) -> Result<Representation, FeedFault> {
        let terms = Terms {
            content_type: self.format.content_type(),
            cache_control: "public, max-age=300",
            readers: Readers::Anybody,
        };
        Ok(Representation::new(
            terms,
            self.document(site, stamp)?,
            stamp.updated,
        ))
    }

    fn describe(&self, public: &Url, stamp: &FeedStamp) -> FeedDocument {
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
            // A feed without items has never changed; the clock would change its bytes at every request.
            updated: stamp.updated.unwrap_or(Timestamp::UNIX_EPOCH),
            language: "fi".to_owned(),
            paging: self.paging(public, last_page(stamp)),
            generator_version: env!("CARGO_PKG_VERSION").to_owned(),
            author: "seutu".to_owned(),
            tags,
        }
    }

    fn paging(&self, public: &Url, last: u32) -> Paging {
        let page = self.request.page;
        let address = |page: u32| Some(self.address(public, page));
        Paging {
            first: address(1),
            previous: page
                .checked_sub(1)
                .filter(|page| *page > 0)
                .and_then(address),
            next: (page < last).then(|| page + 1).and_then(address),
            last: address(last),
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

fn last_page(stamp: &FeedStamp) -> u32 {
    u32::try_from(stamp.total.div_ceil(u64::from(PAGE_SIZE)))
        .unwrap_or(u32::MAX)
        .max(1)
}
