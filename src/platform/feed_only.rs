//! Sources whose items are what their feed says: no page is read.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use url::Url;

use super::{Platform, with_prefix};
use crate::model::feed_item::{FeedEntry, ListedItem};
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListKind, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{PlatformKind, Source};
use crate::model::when::day_in_finland;
use crate::vocab::Vocabulary;

/// Bytes of the hash that make the key: 16 hex digits.
const KEY_BYTES: usize = 8;

/// Any RSS, Atom or JSON feed.
pub(super) struct FeedOnly;

impl Platform for FeedOnly {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Feed
    }

    fn parser(&self) -> &'static str {
        "feed/1"
    }

    fn front(&self, source: &Source) -> ListAddress {
        ListAddress {
            kind: ListKind::ItemFeed,
            key: "feed".to_owned(),
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

    fn list(&self, source: &Source, _: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        if entry.title.trim().is_empty() && entry.text.is_none() {
            let detail = format!("entry {} has neither title nor text", entry.native_id);
            return Err(Problem::new(ProblemKind::UnusableEntry, detail));
        }
        Ok(Listed::Item(ListedItem {
            key: with_prefix(&source.key_prefix, &hashed(&entry.native_id)),
            url: entry.link.clone().unwrap_or_else(|| source.url.clone()),
            title: entry.title.trim().to_owned(),
            body: None,
            held_on: entry.published.map(day_in_finland),
            position: None,
            section_no: None,
            published: entry.published,
            text: entry.text.clone(),
        }))
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
        false
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

/// Identities of feeds may be anything at all; their hash is short and plain in an address.
fn hashed(native_id: &str) -> String {
    let digest = Sha256::digest(native_id.as_bytes());
    digest
        .iter()
        .take(KEY_BYTES)
        .fold(String::from("f-"), |mut key, byte| {
            write!(key, "{byte:02x}").unwrap_or_default();
            key
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_and_plain() {
        assert_eq!(hashed("urn:x:1"), hashed("urn:x:1"));
        assert_eq!(hashed("https://kunta.example/ä?1").len(), 18);
        assert!(hashed("").starts_with("f-e3b0c44298fc1c14"));
    }
}
