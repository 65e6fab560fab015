//! TWeb, also called KTweb (Triplan): feeds list meetings; pages are read with permission only.

mod address;
mod document;
mod listing;
mod meeting;
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

use address::{Target, portal_of_source, script_address, target};

pub(super) use address::is_endpoint;

/// Asks for the meetings of every body.
const ALL_BODIES: &str = "toimielin=";

/// Reads TWeb portals of both layouts.
pub struct Tweb;

impl Platform for Tweb {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Tweb
    }

    fn parser(&self) -> &'static str {
        "tweb/1"
    }

    fn front(&self, source: &Source) -> ListAddress {
        list(
            source,
            ListKind::MeetingFeed,
            "feed/minutes",
            ("pk_rssfeed.htm", ALL_BODIES),
        )
    }

    fn lists(&self, source: &Source) -> Vec<ListAddress> {
        let agendas = ("epj_rssfeed.htm", ALL_BODIES);
        vec![list(source, ListKind::MeetingFeed, "feed/agendas", agendas)]
    }

    /// The feeds reach half a year back. What is older only a search finds, whose form is posted; that
    /// it also answers a plain request is a guess, tried where pages may be read at all.
    fn backfill(&self, source: &Source) -> Vec<ListAddress> {
        let mut lists = vec![self.front(source)];
        lists.extend(self.lists(source));
        if self.reads_pages(source) {
            let search = ("pk_kokl_tweb.htm", "kirjaamo=&pvm1=&pvm2=");
            lists.push(list(source, ListKind::Meetings, "meetings", search));
        }
        lists
    }

    fn list(&self, source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
        meeting::list(source, served, entry).map(Listed::Meeting)
    }

    fn doubt(&self, entry: &FeedEntry) -> Option<Problem> {
        meeting::doubt(entry)
    }

    fn read_list(
        &self,
        asked: AskedList<'_>,
        html: &str,
        vocab: &Vocabulary,
    ) -> Result<ListReading, PageFault> {
        listing::read(asked, html, vocab)
    }

    /// The vendor's `robots.txt` forbids everything: meeting pages and documents are read only where
    /// somebody permitted it.
    fn reads_pages(&self, source: &Source) -> bool {
        source.permission.is_some()
    }

    fn read(
        &self,
        asked: AskedPage<'_>,
        text: PageText<'_>,
        vocab: &Vocabulary,
    ) -> Result<PageReading, PageFault> {
        document::read(asked, text, vocab)
    }

    fn portal_of_address(&self, url: &Url) -> Option<Url> {
        address::portal(url)
    }

    fn doors(&self, front: &Url) -> Vec<Url> {
        vec![address::portal_of_source(front)]
    }

    fn key_of_address(&self, url: &Url) -> Option<ItemKey> {
        match target(url) {
            Target::Document(document) => Some(ItemKey::new(document.key())),
            Target::Meeting(_) | Target::Files(_) | Target::Elsewhere => None,
        }
    }

    fn key_of_page(&self, html: &str) -> Option<ItemKey> {
        document::claimed_key(html)
    }
}

/// A list that a script of the portal gives; `asked` is the script and its query.
fn list(source: &Source, kind: ListKind, key: &str, asked: (&str, &str)) -> ListAddress {
    let (script, query) = asked;
    ListAddress {
        kind,
        key: key.to_owned(),
        url: script_address(&portal_of_source(&source.url), script, query),
        body: None,
        held_on: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::feed_item::IdStep;
    use crate::model::ids::SourceId;
    use crate::model::source::Publishes;

    pub(super) fn source(portal: &str) -> Source {
        Source {
            id: SourceId::new("s"),
            municipality: "Mallila".to_owned(),
            platform: PlatformKind::Tweb,
            url: portal.parse().expect("url"),
            interval: Duration::from_mins(20),
            enabled: true,
            key_prefix: String::new(),
            show: 30,
            publishes: Publishes::default(),
            permission: None,
            pdf: vec![],
            attachments: vec![],
            successor_of: None,
        }
    }

    pub(super) fn entry(title: &str, link: &str, published: &str) -> FeedEntry {
        FeedEntry {
            native_id: link.to_owned(),
            id_step: IdStep::Link,
            link: link.parse().ok(),
            title: title.to_owned(),
            text: None,
            published: published.parse().ok(),
            updated: None,
            categories: Vec::new(),
        }
    }

    #[test]
    fn the_feeds_follow_from_any_page_of_the_portal() {
        let addresses = |portal: &str| {
            let source = source(portal);
            let mut lists = vec![Tweb.front(&source)];
            lists.extend(Tweb.lists(&source));
            lists
                .iter()
                .map(|list| list.url.to_string())
                .collect::<Vec<_>>()
        };
        let newer = [
            "https://k.example/ktwebscr/pk_rssfeed.htm?toimielin=",
            "https://k.example/ktwebscr/epj_rssfeed.htm?toimielin=",
        ];
        assert_eq!(addresses("https://k.example/ktwebscr/"), newer);
        assert_eq!(
            addresses("https://k.example/ktwebscr/pk_tek_tweb.htm?x=1#y"),
            newer
        );
        assert_eq!(addresses("https://k.example/"), newer);
        assert_eq!(
            addresses("http://k.example/ktwebbin/ktproxy2.dll?docid=1")
                .first()
                .map(String::as_str),
            Some("http://k.example/ktwebbin/dbisa.dll/ktwebscr/pk_rssfeed.htm?toimielin=")
        );
    }

    #[test]
    fn pages_and_the_search_need_a_permission() {
        let mut source = source("https://k.example/ktwebscr/");
        assert!(!Tweb.reads_pages(&source));
        assert_eq!(Tweb.backfill(&source).len(), 2);
        source.permission = Some("the registry, 21.8.2026".to_owned());
        assert!(Tweb.reads_pages(&source));
        let lists = Tweb.backfill(&source);
        assert_eq!(
            lists.last().map(|list| (list.kind, list.key.as_str())),
            Some((ListKind::Meetings, "meetings"))
        );
    }

    #[test]
    fn keys_stand_in_addresses_of_documents() {
        let key = |text: &str| Tweb.key_of_address(&text.parse().expect("url"));
        assert_eq!(
            key("https://k.example/ktwebscr/fileshow?doctype=3&docid=632581"),
            Some(ItemKey::new("632581"))
        );
        assert_eq!(
            key("https://k.example/ktwebscr/pk_asil_tweb.htm?bid=1"),
            None
        );
    }
}
