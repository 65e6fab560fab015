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
use crate::model::feed_item::{FeedEntry, ListedItem};
use crate::model::ids::ItemKey;
use crate::model::page::{AskedPage, PageFault, PageReading};
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

    fn feeds(&self, source: &Source) -> Vec<Url> {
        vec![listing::feed_address(source)]
    }

    fn list(
        &self,
        source: &Source,
        served: &Url,
        entry: &FeedEntry,
    ) -> Result<ListedItem, Problem> {
        listing::list(source, served, entry)
    }

    fn reads_pages(&self) -> bool {
        true
    }

    fn read(
        &self,
        asked: AskedPage<'_>,
        html: &str,
        vocab: &Vocabulary,
    ) -> Result<PageReading, PageFault> {
        item::read(asked, html, vocab)
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
