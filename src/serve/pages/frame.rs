//! What every page has around its own contents: title, addresses, navigation, languages, feeds, looks.

use std::sync::LazyLock;

use crate::publish::{Format, clean, etag};

use super::super::feeds::{ALL, feed_address, under};
use super::super::site::Site;
use super::asked::Asked;
use super::language::PageLanguage;
use super::words::Words;

/// The style sheet of every page.
pub const STYLE: &str = include_str!("../templates/style.css");

/// Tells one style sheet from the next, so that a new program is never seen in old clothes.
static STYLE_TAG: LazyLock<String> =
    LazyLock::new(|| etag::opaque(STYLE.as_bytes()).chars().take(8).collect());

/// Entries of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The front page.
    Front,
    /// Search.
    Search,
    /// The health of the sources.
    Sources,
    /// About this service.
    About,
    /// A page that no entry leads to.
    Elsewhere,
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub struct NavigationLink {
    /// Its text.
    pub text: String,
    /// Where it leads, relative.
    pub href: String,
    /// Whether it is the page it stands on.
    pub current: bool,
}

/// The same page in a language.
#[derive(Clone, Debug)]
pub struct LanguageLink {
    /// The language's tag: `sv`.
    pub tag: &'static str,
    /// What it is called in itself.
    pub native: &'static str,
    /// Its absolute address.
    pub address: String,
    /// The way there.
    pub href: String,
    /// Whether it is the page it stands on.
    pub current: bool,
}

/// A feed that programs find on the page.
#[derive(Clone, Debug)]
pub struct FeedLink {
    /// Media type of its format.
    pub media_type: &'static str,
    /// Its name for people.
    pub title: String,
    /// Its absolute address.
    pub href: String,
}

/// The frame of a page; `base.html` shows it, and every page template extends that and has a field `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub language: PageLanguage,
    /// Its texts.
    pub words: &'static Words,
    /// Title of this page, without the name of the service.
    pub title: String,
    /// One sentence for search engines.
    pub description: String,
    /// The address of this page that counts, absolute; `None` for what nobody should keep.
    pub canonical: Option<String>,
    /// This page in every language.
    pub languages: Vec<LanguageLink>,
    /// Feeds for autodiscovery, those of the page before those of the site.
    pub feeds: Vec<FeedLink>,
    /// The navigation.
    pub navigation: Vec<NavigationLink>,
    /// The networks, for the footer.
    pub networks: Vec<NavigationLink>,
    /// The way to the root of the server: `../`. Files and what is of no language lie below it.
    pub root: String,
    /// The way to the front page of this language. Pages lie below it.
    pub home: String,
    /// The way to the style sheet.
    pub style: String,
}

impl Frame {
    /// The frame of the page `asked` for, called `title`.
    pub fn new(site: &dyn Site, asked: &Asked, place: Place, title: &str) -> Self {
        let (language, words) = (asked.language, asked.language.words());
        let mut frame = Self {
            language,
            words,
            title: title.to_owned(),
            description: words.front.description.to_string(),
            canonical: None,
            languages: Vec::new(),
            feeds: site_feeds(site, words),
            navigation: navigation(asked, place),
            networks: networks(site, asked),
            root: asked.root(),
            home: asked.home(),
            style: format!("{}style.css?v={}", asked.root(), *STYLE_TAG),
        };
        frame.address(site, asked, "");
        frame
    }

    /// The same with a description of its own.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    /// The same with a query in its addresses, written in one way for equal meanings.
    #[must_use]
    pub fn with_query(mut self, site: &dyn Site, asked: &Asked, query: &str) -> Self {
        self.address(site, asked, query);
        self
    }

    /// The same with a feed of its own, in every format, before the others. `name` and `filters` are those of
    /// the feed's address.
    #[must_use]
    pub fn with_feed(
        mut self,
        site: &dyn Site,
        title: &str,
        (name, filters): (&str, &str),
    ) -> Self {
        let own = feed_links(site, title, (name, filters));
        self.feeds
            .retain(|feed| own.iter().all(|own| own.href != feed.href));
        self.feeds.splice(0..0, own);
        self
    }

    /// The same as a page that is not to be found: without an address that counts.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.canonical = None;
        self
    }

    fn address(&mut self, site: &dyn Site, asked: &Asked, query: &str) {
        let ending = match query {
            "" => asked.path.clone(),
            query => format!("{}?{query}", asked.path),
        };
        let links = PageLanguage::ALL.map(|language| {
            let path = format!("{}{}", language.prefix(), asked.path);
            let mut address = under(site.public_url(), &path);
            address.set_query(Some(query).filter(|query| !query.is_empty()));
            LanguageLink {
                tag: language.tag(),
                native: language.words().site.native.as_str(),
                address: address.into(),
                href: asked.in_language(language) + &ending,
                current: language == asked.language,
            }
        });
        let own = links.iter().find(|link| link.current);
        self.canonical = own.map(|link| link.address.clone());
        self.languages = links.into();
    }
}

fn navigation(asked: &Asked, place: Place) -> Vec<NavigationLink> {
    let (home, words) = (asked.home(), &asked.language.words().site);
    let entries = [
        (Place::Front, &words.front, ""),
        (Place::Search, &words.search, "search"),
        (Place::Sources, &words.sources, "sources"),
        (Place::About, &words.about, "about"),
    ];
    let links = entries.map(|(entry, text, path)| NavigationLink {
        text: text.to_string(),
        href: format!("{home}{path}"),
        current: entry == place,
    });
    links.into()
}

fn networks(site: &dyn Site, asked: &Asked) -> Vec<NavigationLink> {
    let links = site.networks().iter().map(|network| {
        let path = format!("networks/{}", network.slug);
        NavigationLink {
            text: clean::line(&network.name),
            href: format!("{}{path}", asked.home()),
            current: asked.path == path,
        }
    });
    links.collect()
}

fn site_feeds(site: &dyn Site, words: &Words) -> Vec<FeedLink> {
    let mut feeds = Vec::new();
    for network in site.networks() {
        feeds.extend(feed_links(
            site,
            &clean::line(&network.name),
            (&network.slug, ""),
        ));
    }
    feeds.extend(feed_links(site, words.front.all.as_str(), (ALL, "")));
    feeds
}

/// A feed in every format, the one to recommend first.
pub fn feed_links(site: &dyn Site, title: &str, (name, filters): (&str, &str)) -> Vec<FeedLink> {
    let links = Format::ALL.iter().map(|format| FeedLink {
        media_type: format.media_type(),
        title: title.to_owned(),
        href: feed_address(site.public_url(), name, *format, filters),
    });
    links.collect()
}
