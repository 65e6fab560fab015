//! The only code that knows anybody's HTML: one trait, one folder per platform, no IO.

pub mod casem;
mod days;
pub mod dynasty;
mod feed_only;
mod files;
mod frame;
mod links;
mod markup;
mod moment;
mod outline;
mod paper;
mod table;
pub mod tweb;

use url::Url;

pub use outline::{Link, Outline, outline};

use crate::model::feed_item::FeedEntry;
use crate::model::ids::ItemKey;
use crate::model::listing::{AskedList, ListAddress, ListReading, Listed};
use crate::model::page::{AskedPage, PageFault, PageReading, PageText};
use crate::model::problem::Problem;
use crate::model::source::{PlatformKind, Source};
use crate::vocab::Vocabulary;

/// Joins a source's `key_prefix` and a platform's key: never part of either, and plain in an address.
const PREFIX_MARK: char = '~';

/// What a platform can do: where its feeds and lists are, what they mean, what its pages say.
pub trait Platform: Send + Sync {
    /// Which platform it is.
    fn kind(&self) -> PlatformKind;

    /// Name and version of the reader, stored with each version of an item: a new number means that
    /// pages read before may read differently now.
    fn parser(&self) -> &'static str;

    /// What every poll of a source asks for: its feed, or the list that stands in for one. A list's
    /// `key` must not change with the settings of the source.
    fn front(&self, source: &Source) -> ListAddress;

    /// Lists that are followed beside the front.
    fn lists(&self, source: &Source) -> Vec<ListAddress>;

    /// Lists from which everything that is still published can be reached: where a backfill begins.
    fn backfill(&self, source: &Source) -> Vec<ListAddress>;

    /// What an entry of a feed means; a problem says why it can mean nothing. `served` is the address
    /// that answered, after redirects.
    fn list(&self, source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem>;

    /// What of an entry is hard to believe, though it means something.
    fn doubt(&self, _: &FeedEntry) -> Option<Problem> {
        None
    }

    /// Reads a list that is a page, decoded to text.
    fn read_list(
        &self,
        asked: AskedList<'_>,
        html: &str,
        vocab: &Vocabulary,
    ) -> Result<ListReading, PageFault>;

    /// Whether the items of a source have pages that may be read.
    fn reads_pages(&self, source: &Source) -> bool;

    /// Reads the document of an item.
    fn read(
        &self,
        asked: AskedPage<'_>,
        text: PageText<'_>,
        vocab: &Vocabulary,
    ) -> Result<PageReading, PageFault>;

    /// Where the PDF of an item is by the platform's custom, for pages that have nothing to say.
    fn pdf_of(&self, _: AskedPage<'_>) -> Option<Url> {
        None
    }

    /// The portal that an address of this platform belongs to, as a source's `url` would name it.
    fn portal_of_address(&self, url: &Url) -> Option<Url>;

    /// Addresses where the portal may stand whose front door a person named: a host, or a folder on it.
    fn doors(&self, _front: &Url) -> Vec<Url> {
        vec![]
    }

    /// The key in the address of an item page.
    fn key_of_address(&self, url: &Url) -> Option<ItemKey>;

    /// The key of the item that a saved page is about, for pages that come without an address.
    fn key_of_page(&self, html: &str) -> Option<ItemKey>;
}

/// The reader of a platform.
pub fn platform(kind: PlatformKind) -> &'static dyn Platform {
    match kind {
        PlatformKind::Dynasty => &dynasty::Dynasty,
        PlatformKind::Casem => &casem::Casem,
        PlatformKind::Tweb => &tweb::Tweb,
        PlatformKind::Feed => &feed_only::FeedOnly,
    }
}

/// Which platform answers at an address: told by its endpoint, never by its host, because many
/// municipalities run a platform under their own domain. Only a bare path is told by a vendor's host.
pub fn recognise_address(url: &Url) -> Option<PlatformKind> {
    if dynasty::recognises(url) {
        Some(PlatformKind::Dynasty)
    } else if casem::is_endpoint(url) {
        Some(PlatformKind::Casem)
    } else if tweb::is_endpoint(url) {
        Some(PlatformKind::Tweb)
    } else {
        None
    }
}

/// All the text that a reader of a page sees, whatever platform it is of: one line per stretch of text.
pub fn visible_text(html: &str) -> Result<String, PageFault> {
    Ok(markup::visible_text(&markup::parse(html)?))
}

/// The portal that an address belongs to, on whatever platform.
pub fn portal_at(url: &Url) -> Option<(PlatformKind, Url)> {
    PlatformKind::ALL
        .into_iter()
        .find_map(|kind| Some((kind, platform(kind).portal_of_address(url)?)))
}

/// Every CSS selector of every platform, for the test that compiles them.
pub fn selectors() -> impl Iterator<Item = &'static str> {
    [
        dynasty::selectors::ALL,
        casem::selectors::ALL,
        tweb::selectors::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// A platform's key with the source's prefix before it: `se~2024375-8`.
fn with_prefix(prefix: &str, key: &str) -> ItemKey {
    if prefix.is_empty() {
        ItemKey::new(key)
    } else {
        ItemKey::new(format!("{prefix}{PREFIX_MARK}{key}"))
    }
}

/// The platform's own key again.
fn without_prefix<'a>(prefix: &str, key: &'a ItemKey) -> &'a str {
    key.as_str()
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix(PREFIX_MARK))
        .unwrap_or_else(|| key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised_by_endpoint() {
        let known = |text: &str| recognise_address(&text.parse().expect("url"));
        assert_eq!(
            known("https://www.hartola.fi/djulkaisu/cgi/dreQUEST.php?x=1"),
            Some(PlatformKind::Dynasty)
        );
        assert_eq!(
            known("http://dynasty.kunta.example/djulk/kokous/telimet.htm"),
            Some(PlatformKind::Dynasty)
        );
        assert_eq!(
            known("http://kunta.example/kokous/2017406946-3.HTM"),
            Some(PlatformKind::Dynasty)
        );
        for page in [
            "https://k.example/ktwebscr/pk_tek_tweb.htm",
            "http://k.example/ktwebbin/ktproxy2.dll?doctype=3&docid=1",
        ] {
            assert_eq!(known(page), Some(PlatformKind::Tweb), "{page}");
        }
        assert_eq!(known("https://asikkalad10.oncloudos.com/"), None);
        assert_eq!(
            known("https://www.kunta.example/kokous/esityslista.htm"),
            None
        );
        let casem = Some(PlatformKind::Casem);
        for path in [
            "/fi-FI/Toimielimet/Valtuusto/Kokous_1122025/Asia(7)",
            "/fi-FI/content/16797/23",
        ] {
            assert_eq!(known(&format!("https://paatokset.mallila.fi{path}")), casem);
        }
        assert_eq!(known("https://hollola.cloudnc.fi"), casem);
        assert_eq!(known("https://www.mallila.fi/sv-FI/Stad/Beslut"), None);
    }

    #[test]
    fn a_prefix_goes_on_and_comes_off() {
        let key = with_prefix("se", "2024375-8");
        assert_eq!(key.as_str(), "se~2024375-8");
        assert_eq!(without_prefix("se", &key), "2024375-8");
        assert_eq!(without_prefix("", &with_prefix("", "1-2")), "1-2");
    }

    #[test]
    fn every_selector_compiles() {
        for css in selectors() {
            assert!(scraper::Selector::parse(css).is_ok(), "{css}");
        }
    }

    #[test]
    fn every_platform_has_its_reader() {
        for kind in PlatformKind::ALL {
            assert_eq!(platform(kind).kind(), kind);
        }
    }
}
