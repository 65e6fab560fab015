//! Dynasty (Innofactor): `{portal}/cgi/DREQUEST.PHP`, used by most municipalities of the region, and the
//! static pages of its old generation.

mod bodies;
mod chrome;
mod decisions;
mod footnotes;
mod header;
mod heading;
mod identity;
mod item;
mod lines;
mod listing;
mod lists;
mod meeting;
mod refs;
mod rows;
pub(super) mod selectors;

use url::Url;

use super::Platform;
use crate::model::feed_item::FeedEntry;
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::Problem;
use crate::model::source::{PlatformKind, Publishes, Source};
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
        if refs::is_static(&source.url) {
            lists::static_front(source)
        } else {
            listing::front(source)
        }
    }

    fn lists(&self, source: &Source) -> Vec<ListAddress> {
        match source.publishes {
            Publishes::Items if !refs::is_static(&source.url) => vec![listing::meetings(source)],
            Publishes::Items | Publishes::OfficialDecisions => vec![],
        }
    }

    fn backfill(&self, source: &Source) -> Vec<ListAddress> {
        if refs::is_static(&source.url) {
            return vec![lists::static_front(source)];
        }
        match source.publishes {
            Publishes::Items => vec![lists::all_bodies(source)],
            Publishes::OfficialDecisions => vec![lists::all_decisions(source)],
        }
    }

    fn list(&self, source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        listing::list(source, served, entry)
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
            PageText::Pdf(pages) => item::read_paper(asked, pages, vocab),
        }
    }

    fn pdf_of(&self, asked: AskedPage<'_>) -> Option<Url> {
        item::paper_address(asked)
    }

    fn portal_of_address(&self, url: &Url) -> Option<Url> {
        refs::portal(url)
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
        let target = refs::target(url);
        // numbers name files everywhere: only the address of its page names a decision
        let file = || target.file().filter(|key| !key.is_decision());
        let key = target.item().or_else(file)?;
        Some(ItemKey::new(key.text()))
    }

    fn key_of_page(&self, html: &str) -> Option<ItemKey> {
        identity::claimed_key(html)
    }
}

/// Whether an address is Dynasty's endpoint, or a static page of its old generation.
pub(super) fn recognises(url: &Url) -> bool {
    refs::portal(url).is_some()
}
