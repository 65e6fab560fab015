//! CaseM (CloudNC): HTML lists stand in for a feed, because robots.txt forbids its feeds.

mod address;
mod heading;
mod item;
mod lists;
mod meetings;
mod page;
pub(super) mod selectors;

use url::Url;

use super::Platform;
use crate::model::feed_item::FeedEntry;
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListKind, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{PlatformKind, Source};
use crate::vocab::Vocabulary;

/// Whether an address is this platform's.
pub(super) fn is_endpoint(url: &Url) -> bool {
    address::is_endpoint(url)
}

/// Reads CaseM portals.
pub struct Casem;

impl Platform for Casem {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Casem
    }

    fn parser(&self) -> &'static str {
        "casem/1"
    }

    fn front(&self, source: &Source) -> ListAddress {
        bodies("front", address::portal(&source.url))
    }

    fn lists(&self, source: &Source) -> Vec<ListAddress> {
        let front = self.front(source).key;
        let mut lists = self.backfill(source);
        lists.retain(|list| list.key != front);
        lists
    }

    /// The list of bodies; where it is in other languages nobody has written down, so there the front
    /// page leads to the bodies.
    fn backfill(&self, source: &Source) -> Vec<ListAddress> {
        let mut url = address::portal(&source.url);
        if !address::is_finnish(&url) {
            return vec![self.front(source)];
        }
        let path = format!("{}/{}", url.path(), address::FOLDER);
        url.set_path(&path);
        vec![bodies("bodies", url)]
    }

    fn list(&self, _: &Source, _: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        Err(Problem::new(
            ProblemKind::UnusableEntry,
            format!("this platform has no feeds: {}", entry.native_id),
        ))
    }

    fn read_list(
        &self,
        asked: AskedList<'_>,
        html: &str,
        vocab: &Vocabulary,
    ) -> Result<ListReading, PageFault> {
        lists::read(asked, html, vocab)
    }

    fn reads_pages(&self, _: &Source) -> bool {
        true
    }

    fn read(
        &self,
        asked: AskedPage<'_>,
        text: PageText<'_>,
        vocab: &Vocabulary,
    ) -> Result<PageReading, PageFault> {
        match text {
            PageText::Html(html) => item::read(asked, html, vocab),
            PageText::Pdf(_) => Err(PageFault::Empty),
        }
    }

    fn portal_of_address(&self, url: &Url) -> Option<Url> {
        is_endpoint(url).then(|| address::portal(url))
    }

    fn key_of_address(&self, url: &Url) -> Option<ItemKey> {
        let item = address::target(url).item()?;
        Some(ItemKey::new(item.number))
    }

    fn key_of_page(&self, html: &str) -> Option<ItemKey> {
        item::claimed_key(html)
    }
}

fn bodies(key: &str, url: Url) -> ListAddress {
    ListAddress {
        kind: ListKind::Bodies,
        key: key.to_owned(),
        url,
        body: None,
        held_on: None,
    }
}
