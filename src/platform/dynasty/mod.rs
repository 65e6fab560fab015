//! Dynasty (Innofactor): `{portal}/cgi/DREQUEST.PHP`, used by most municipalities of the region.

mod chrome;
mod footnotes;
mod header;
mod identity;
mod item;
mod listing;
mod refs;
pub(super) mod selectors;

use url::Url;

use super::Platform;
use crate::model::feed_item::FeedEntry;
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListKind, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::Problem;
use crate::model::source::{PlatformKind, Source};
use crate::vocab::Vocabulary;

/// Reads Dynasty portals of both markup generations.
pub struct Dynasty;

impl Platform for Dynasty {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Dynasty
    }

    fn parser(&self) -> &'static str {
        "dynasty/1"
    }

    fn front(&self, source: &Source) -> ListAddress {
        ListAddress {
            kind: ListKind::ItemFeed,
            key: "feed".to_owned(),
            url: listing::feed_address(source),
            body: None,
            held_on: None,
        }
    }

    fn lists(&self, _: &Source) -> Vec<ListAddress> {
        vec![]
    }

    fn backfill(&self, _: &Source) -> Vec<ListAddress> {
        vec![]
    }

    fn list(&self, source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        listing::list(source, served, entry).map(Listed::Item)
    }

    fn read_list(
        &self,
        _: AskedList<'_>,
        _: &str,
        _: &Vocabulary,
    ) -> Result<ListReading, PageFault> {
        Err(PageFault::Empty)
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
        is_endpoint(url).then(|| {
            let mut portal = url.clone();
            portal.set_query(None);
            portal.set_fragment(None);
            portal
        })
    }

    fn doors(&self, front: &Url) -> Vec<Url> {
        let mut folder = front.clone();
        folder.set_query(None);
        folder.set_fragment(None);
        let path = format!("{}/cgi/DREQUEST.PHP", front.path().trim_end_matches('/'));
        folder.set_path(&path);
        vec![folder]
    }

    fn key_of_address(&self, url: &Url) -> Option<ItemKey> {
        match refs::target(url) {
            refs::Target::Item(key) | refs::Target::ItemFile(key) => Some(ItemKey::new(key.text())),
            refs::Target::Attachment(_) | refs::Target::MeetingFile | refs::Target::Elsewhere => {
                None
            }
        }
    }

    fn key_of_page(&self, html: &str) -> Option<ItemKey> {
        identity::claimed_key(html)
    }
}

/// Whether an address is Dynasty's endpoint; case varies between installations.
pub(super) fn is_endpoint(url: &Url) -> bool {
    url.path().to_ascii_lowercase().ends_with("/drequest.php")
}
