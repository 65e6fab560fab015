//! TWeb, also called KTweb (Triplan): feeds list meetings; pages are read with permission only.

use url::Url;

use super::Platform;
use crate::model::feed_item::FeedEntry;
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListKind, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{PlatformKind, Source};
use crate::vocab::Vocabulary;

/// Reads Tweb portals.
pub struct Tweb;

impl Platform for Tweb {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Tweb
    }

    fn parser(&self) -> &'static str {
        "tweb/1"
    }

    fn front(&self, source: &Source) -> ListAddress {
        ListAddress {
            kind: ListKind::MeetingFeed,
            key: "front".to_owned(),
            url: source.url.clone(),
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

    fn list(&self, _: &Source, _: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        Err(Problem::new(
            ProblemKind::UnusableEntry,
            entry.native_id.clone(),
        ))
    }

    fn read_list(
        &self,
        _: AskedList<'_>,
        _: &str,
        _: &Vocabulary,
    ) -> Result<ListReading, PageFault> {
        Err(PageFault::Empty)
    }

    fn reads_pages(&self, source: &Source) -> bool {
        source.permission.is_some()
    }

    fn read(
        &self,
        _: AskedPage<'_>,
        _: PageText<'_>,
        _: &Vocabulary,
    ) -> Result<PageReading, PageFault> {
        Err(PageFault::Empty)
    }

    fn portal_of_address(&self, _: &Url) -> Option<Url> {
        None
    }

    fn key_of_address(&self, _: &Url) -> Option<ItemKey> {
        None
    }

    fn key_of_page(&self, _: &str) -> Option<ItemKey> {
        None
    }
}
