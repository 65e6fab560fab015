//! The merged feeds: from a request to the document, with paging and archives (RFC 5005), digests, and a stamp for
//! the cache.

mod daily;
pub mod delta;
pub mod discovery;
pub mod months;
pub mod scope;

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

use crate::model::item::ItemRecord;
use crate::model::when::{day_in_finland, later};
pub use crate::publish::address::ALL;
use crate::publish::address::DAILY;
pub(super) use crate::publish::address::{feed as feed_address, under};
use crate::publish::entry::Entry;
use crate::publish::tag::TagAuthority;
use crate::publish::texts::texts;
use crate::publish::{FeedDocument, Format, History, Paging, digest, entries};

use self::months::{Archives, Part};
use self::scope::Scope;
use super::filters::{BadParameter, FeedRequest, PAGE_SIZE};
use super::representation::{FeedFacts, Readers, Representation, Terms};
use super::site::{FeedQuery, FeedStamp, Site, SiteFault};

/// The date of a feed without entries, which needs one: 2026-01-01, the year identities are minted in.
const BEGINNING: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Why there is no document. No case ever becomes an entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FeedFault {
    /// A page after the last one.
    #[error("there is no page {0}; begin at the first and follow the links")]
    NoSuchPage(u32),
    /// An archive that is not closed, or of a time before the first text.
    #[error("there is no archive {0}; begin at the feed and follow the links prev-archive")]
    NoSuchArchive(String),
    /// A filter for something that the archive does not know.
    #[error(transparent)]
    BadFilter(#[from] BadParameter),
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

/// Which document of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Page(u32),
    Archive(Part),
    Digest,
}

/// A feed that exists, with the filters and the piece asked for.
#[derive(Clone, Debug)]
pub struct Feed {
    scope: Scope,
    request: FeedRequest,
    format: Format,
    piece: Piece,
}

/// Entries with what the document says of itself.
struct Contents {
    entries: Vec<Entry>,
    paging: Paging,
    history: History,
}

impl Feed {
    /// The feed called `name`: what [`Scope::find`] knows, or that with `/daily` behind it, its digest. `None` if there
    /// is none, and none of the kind asked for: archives and digests are those of whole feeds.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, or knows nothing of what is filtered by.
    pub fn find(
        site: &dyn Site,
        name: &str,
        format: Format,
        request: FeedRequest,
    ) -> Result<Option<Self>, FeedFault> {
        request.insist_on_known(site)?;
        let plain =
            request.canonical().is_empty() && request.page == 1 && request.limit == PAGE_SIZE;
        let digest = name
            .strip_suffix(DAILY)
            .and_then(|name| name.strip_suffix('/'));
        let (name, piece) = match (digest, request.archive) {
            (Some(name), None) if plain => (name, Piece::Digest),
            (None, Some(part)) if plain => (name, Piece::Archive(part)),
            (None, None) => (name, Piece::Page(request.page)),
            _ => return Ok(None),
        };
        let scope = Scope::find(site, name)?;
        Ok(scope.map(|scope| Self {
            scope,
            request,
            format,
            piece,
        }))
    }

    /// What tells this document from all others; days change which archives and digests there are.
    pub(super) fn key(&self, now: Timestamp) -> String {
        let filters = self.request.canonical();
        let (name, format) = (self.scope.name(), self.format.word());
        let today = day_in_finland(later(now, -daily::AFTER_MIDNIGHT));
        let (piece, limit) = (self.piece, self.request.limit);
        format!("{name}.{format}?{filters}&{piece:?}&{limit}&{today}")
    }

    fn query(&self) -> FeedQuery {
        let of = self.scope.narrowed();
        let mut query = self.request.query(of.network.as_deref());
        query.dossier = of.dossier;
        if let Some(name) = of.municipality {
            // A filter for another municipality leaves nothing.
            match &query.municipality {
                Some(other) if *other != name => query.limit = 0,
                _ => query.municipality = Some(name),
            }
        }
        query
    }

    /// The state of the data.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn stamp(&self, site: &dyn Site) -> Result<FeedStamp, FeedFault> {
        Ok(site.feed_stamp(&self.query())?)
    }

    /// The document. Pure but for the queries: unchanged items give the same bytes.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, or the page does not exist.
    pub fn document(&self, site: &dyn Site, now: Timestamp) -> Result<String, FeedFault> {
        let contents = self.contents(site, now)?;
        let about = self.describe(site, &contents);
        Ok(self.format.document(&about, &contents.entries))
    }

    /// The document ready to be sent.
    pub(super) fn represent(
        &self,
        site: &dyn Site,
        (stamp, now): (FeedStamp, Timestamp),
    ) -> Result<Representation, FeedFault> {
        let contents = self.contents(site, now)?;
        let about = self.describe(site, &contents);
        let link = |hub| format!("<{hub}>; rel=\"hub\", <{}>; rel=\"self\"", about.self_url);
        let facts = FeedFacts {
            marks: contents.entries.iter().map(delta::mark).collect(),
            link: about.hub.as_ref().map(link),
        };
        let document = self.represented(&about, &contents.entries, stamp);
        Ok(document.of_feed(facts))
    }

    /// The same with only the entries that are not among `known`; `None` where that is none of them, or all.
    pub(super) fn represent_changes(
        &self,
        site: &dyn Site,
        (stamp, now): (FeedStamp, Timestamp),
        known: &[delta::Mark],
    ) -> Result<Option<Representation>, FeedFault> {
        let mut contents = self.contents(site, now)?;
        let all = contents.entries.len();
        contents
            .entries
            .retain(|entry| !known.contains(&delta::mark(entry)));
        let is_part = !contents.entries.is_empty() && contents.entries.len() < all;
        let about = self.describe(site, &contents);
        Ok(is_part.then(|| self.represented(&about, &contents.entries, stamp)))
    }

    fn represented(
        &self,
        about: &FeedDocument,
        entries: &[Entry],
        stamp: FeedStamp,
    ) -> Representation {
        let terms = Terms {
            content_type: self.format.content_type(),
            cache_control: match self.piece {
                // For a day, and no longer: what is erased has to go from there as well.
                Piece::Archive(_) => "public, max-age=86400, immutable",
                Piece::Page(_) | Piece::Digest => "public, max-age=300",
            },
            readers: Readers::Anybody,
        };
        let last_change = match self.piece {
            Piece::Page(_) => stamp.last_change,
            Piece::Archive(_) | Piece::Digest => Some(about.updated),
        };
        let document = self.format.document(about, entries);
        Representation::new(terms, document, last_change)
    }

    fn contents(&self, site: &dyn Site, now: Timestamp) -> Result<Contents, FeedFault> {
        let scope = &self.scope;
        let archives = Archives { site, scope, now };
        match self.piece {
            Piece::Page(page) => self.page(site, page, &archives),
            Piece::Archive(part) => self.archive(site, part, &archives),
            Piece::Digest => {
                let texts = daily::texts(&archives)?;
                let name = scope.name();
                Ok(Contents {
                    entries: digest::entries(&name, &texts, &TagAuthority::default()),
                    paging: Paging::default(),
                    history: History::None,
                })
            }
        }
    }

    fn page(
        &self,
        site: &dyn Site,
        page: u32,
        archives: &Archives<'_>,
    ) -> Result<Contents, FeedFault> {
        let mut query = self.query();
        // One item more than the page holds tells whether another page follows, without counting them all.
        query.limit = query.limit.saturating_add(query.limit.min(1));
        let mut items = site.feed_items(&query)?;
        if items.is_empty() && page > 1 {
            return Err(FeedFault::NoSuchPage(page));
        }
        let page_size = usize::try_from(self.request.limit).unwrap_or(usize::MAX);
        let follows = if items.len() > page_size {
            Follows::Another
        } else {
            Follows::Nothing
        };
        items.truncate(page_size);
        let history = if self.is_whole() {
            let newest = archives.newest()?;
            let public = site.public_url();
            History::Current(newest.map(|part| self.address(public, Piece::Archive(part))))
        } else {
            History::None
        };
        Ok(Contents {
            entries: entries(&items, &TagAuthority::default()),
            paging: self.paging(site.public_url(), page, follows),
            history,
        })
    }

    /// An archive, the newest text first; of several texts of an item in it only the last one.
    fn archive(
        &self,
        site: &dyn Site,
        part: Part,
        archives: &Archives<'_>,
    ) -> Result<Contents, FeedFault> {
        if !archives.holds(part)? {
            let name = format!("{}, part {}", part.month.word(), part.number);
            return Err(FeedFault::NoSuchArchive(name));
        }
        let mut texts: Vec<ItemRecord> = vec![];
        for text in site.texts_seen(&archives.part(part))?.into_iter().rev() {
            if !texts.iter().any(|newer| newer.uid == text.uid) {
                texts.push(text);
            }
        }
        let public = site.public_url();
        let previous = archives.before(part)?;
        Ok(Contents {
            entries: entries(&texts, &TagAuthority::default()),
            paging: Paging::default(),
            history: History::Closed {
                current: self.address(public, Piece::Page(1)),
                previous: previous.map(|part| self.address(public, Piece::Archive(part))),
            },
        })
    }

    /// Whether this is the document to subscribe to, of all that the feed has.
    fn is_whole(&self) -> bool {
        self.piece == Piece::Page(1) && self.request.canonical().is_empty()
    }

    fn describe(&self, site: &dyn Site, contents: &Contents) -> FeedDocument {
        let texts = texts();
        let public = site.public_url();
        let tags = TagAuthority::default();
        let (filters, described) = (self.request.canonical(), self.request.described());
        let joined = |separator: &str, filters: &str, name: &str| match filters {
            "" => name.to_owned(),
            filters => format!("{name}{separator}{filters}"),
        };
        let name = joined(" – ", &described, self.scope.title());
        let title = match self.piece {
            Piece::Page(_) => name,
            Piece::Archive(part) => texts
                .archive_name
                .replace("{month}", &part.month.described())
                .replace("{name}", &name),
            Piece::Digest => texts.digest_name.replace("{name}", &name),
        };
        let updated = contents.entries.iter().map(|entry| entry.updated).max();
        // The hub is told of the feed as it is without being asked for anything.
        let is_told = self.is_whole() && self.request.limit == PAGE_SIZE;
        let hub = site.hub().filter(|_| is_told);
        FeedDocument {
            title,
            subtitle: self.scope.subtitle().to_owned(),
            id: tags.feed_id(&joined("?", &filters, &self.name())),
            self_url: self.address(public, self.piece),
            alternate_url: public.to_string(),
            // The newest entry, not the newest event: an event elsewhere must not change these bytes. An
            // empty feed has never changed; the clock would change its bytes at every request.
            updated: updated.unwrap_or(BEGINNING),
            language: "fi".to_owned(),
            paging: contents.paging.clone(),
            history: contents.history.clone(),
            hub: hub.map(Url::to_string),
            // Relative, so that the feed has its looks at whatever address it is read.
            style: Some(format!(
                "{}feed.css",
                "../".repeat(1 + self.name().matches('/').count())
            )),
            generator_version: env!("CARGO_PKG_VERSION").to_owned(),
            author: texts.author.clone(),
            tags,
        }
    }

    /// Its name in addresses.
    fn name(&self) -> String {
        match self.piece {
            Piece::Digest => format!("{}/{DAILY}", self.scope.name()),
            Piece::Page(_) | Piece::Archive(_) => self.scope.name(),
        }
    }

    fn paging(&self, public: &Url, page: u32, follows: Follows) -> Paging {
        let address = |page: u32| Some(self.address(public, Piece::Page(page)));
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

    fn address(&self, public: &Url, piece: Piece) -> String {
        let filters = self.request.canonical();
        let size = match (piece, self.request.limit) {
            (Piece::Page(_), limit) if limit != PAGE_SIZE => format!("limit={limit}"),
            _ => String::new(),
        };
        let which = match piece {
            Piece::Page(1) | Piece::Digest => String::new(),
            Piece::Page(page) => format!("page={page}"),
            Piece::Archive(part) if part.number == 1 => format!("month={}", part.month.word()),
            Piece::Archive(part) => format!("month={}&part={}", part.month.word(), part.number),
        };
        let parts = [filters.as_str(), size.as_str(), which.as_str()];
        let query = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("&");
        feed_address(public, &self.name(), self.format, &query)
    }
}
