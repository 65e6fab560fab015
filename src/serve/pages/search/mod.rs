//! Search: words and filters, what was found, and by what it can be narrowed. Works without any script.

mod request;

use askama::Template;

use crate::model::minutes::Lang;
use crate::publish::clean;

use super::super::feeds::ALL;
use super::super::representation::Representation;
use super::super::site::{FacetKind, FacetValue, Results, Site};
use super::asked::Asked;
use super::frame::{FeedLink, Frame, Place, feed_links};
use super::front::{FeedFormat, formats};
use super::language::PageLanguage;
use super::lines::{ItemLine, foreign};
use super::{PageFault, render};

use request::{PAGE_SIZE, SearchRequest, parameter};

/// Values of a facet that are shown at once; the others can be unfolded.
const SHOWN: usize = 8;
/// Hits of one search that can be paged through where they are ranked.
const RANKED: u32 = 1000;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    q: String,
    /// Filters that the form sends along.
    kept: Vec<(&'static str, String)>,
    chosen: Vec<Chosen>,
    message: Option<String>,
    total: String,
    lines: Vec<ItemLine>,
    facets: Vec<Facet>,
    previous: Option<String>,
    most: Option<String>,
    next: Option<String>,
    feeds: Vec<FeedFormat>,
}

/// A filter that is set, and the way to the search without it.
struct Chosen {
    name: String,
    value: String,
    /// Language of the value, where it is not that of the page.
    lang: Option<&'static str>,
    href: String,
}

/// A facet with its values.
struct Facet {
    name: String,
    /// Language of the values, where it is not that of the page.
    lang: Option<&'static str>,
    values: Vec<FacetLink>,
    more: Vec<FacetLink>,
}

/// A value of a facet: how many items have it, and the way to them.
struct FacetLink {
    text: String,
    count: String,
    href: String,
    current: bool,
}

/// The page.
///
/// # Errors
///
/// When a value of the address is not allowed, there is no such page, or the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let request = SearchRequest::parse(&asked.query, site)?;
    let number = request.filters.page;
    let offset = (number - 1).saturating_mul(PAGE_SIZE);
    let results = if request.too_long {
        Results::default()
    } else {
        site.results(&request.query(), offset)?
    };
    if number > 1 && results.hits.is_empty() {
        return Err(PageFault::Missing);
    }
    let words = asked.language.words();
    let feeds = feeds(site, asked, &request);
    let title = match &request.filters.q {
        Some(q) => words
            .search
            .title_of
            .with("words", clean::line(q))
            .to_string(),
        None => words.search.title.to_string(),
    };
    let reached = offset.saturating_add(PAGE_SIZE);
    let last = match request.filters.q {
        Some(_) => results.total.min(RANKED),
        None => results.total,
    };
    let mut frame = Frame::new(site, asked, Place::Search, &title)
        .described(words.search.description.as_str())
        .with_query(site, asked, &request.page(number));
    frame.feeds.splice(0..0, feeds.iter().cloned());
    let href = |query: String| format!("{}search?{query}", asked.home());
    let page = SearchPage {
        frame,
        q: request.filters.q.clone().unwrap_or_default(),
        kept: request
            .pairs()
            .into_iter()
            .filter(|(name, _)| *name != "q")
            .collect(),
        chosen: chosen(asked, &request, &results),
        message: message(asked.language, &request, &results),
        total: total(asked.language, &results),
        lines: results
            .hits
            .iter()
            .map(|hit| ItemLine::found(hit, asked))
            .collect(),
        facets: FacetKind::ALL
            .into_iter()
            .filter_map(|kind| facet(asked, &request, &results, kind))
            .collect(),
        previous: (number > 1).then(|| href(request.page(number - 1))),
        most: (reached >= last && results.total > last).then(|| words.search.most.to_string()),
        next: (reached < last).then(|| href(request.page(number + 1))),
        feeds: formats(&feeds),
    };
    render(&page, site.as_of()?)
}

fn total(language: PageLanguage, results: &Results) -> String {
    let words = &language.words().search;
    let text = if results.more_than_counted {
        &words.total_at_least
    } else {
        &words.total
    };
    text.with("count", language.number(results.total))
        .to_string()
}

/// Why there is nothing to see.
fn message(language: PageLanguage, request: &SearchRequest, results: &Results) -> Option<String> {
    let words = &language.words().search;
    let text = if request.too_long {
        &words.too_long
    } else if !results.hits.is_empty() {
        return None;
    } else if request.is_empty() {
        &words.empty_archive
    } else if request.filters.q.as_deref().is_some_and(without_words) {
        &words.no_words
    } else {
        &words.nothing
    };
    Some(text.to_string())
}

fn without_words(q: &str) -> bool {
    !q.chars().any(char::is_alphanumeric)
}

/// The feed of this search.
fn feeds(site: &dyn Site, asked: &Asked, request: &SearchRequest) -> Vec<FeedLink> {
    if request.too_long || request.is_empty() {
        return Vec::new();
    }
    let name = request.network.as_deref().unwrap_or(ALL);
    let title = &asked.language.words().search.feed;
    feed_links(site, title.as_str(), (name, &request.filters.canonical()))
}

fn label(language: PageLanguage, kind: FacetKind, value: &FacetValue) -> String {
    let words = language.words();
    match kind {
        FacetKind::Stage => words.stage.of(&value.value).to_string(),
        FacetKind::Outcome => words.outcome.of(&value.value).to_string(),
        FacetKind::Municipality | FacetKind::Body | FacetKind::Year | FacetKind::Network => {
            clean::line(&value.name)
        }
    }
}

/// Bodies and networks are called what those who have them call them.
fn label_language(page: PageLanguage, kind: FacetKind) -> Option<&'static str> {
    let is_name = matches!(kind, FacetKind::Body | FacetKind::Network);
    foreign(page, Lang::Fi).filter(|_| is_name)
}

fn facet(
    asked: &Asked,
    request: &SearchRequest,
    results: &Results,
    kind: FacetKind,
) -> Option<Facet> {
    let (name, language) = (parameter(kind), asked.language);
    let set = set(request, name);
    let found = results.facets.get(&kind)?;
    let links = found.iter().map(|value| {
        let current = set.as_deref().is_some_and(|set| is(value, set));
        // What is chosen already leads back to all.
        let other = Some(value.value.as_str()).filter(|_| !current);
        FacetLink {
            text: label(language, kind, value),
            count: language.number(value.count),
            href: format!("{}search?{}", asked.home(), request.with(name, other)),
            current,
        }
    });
    let mut values: Vec<FacetLink> = links.collect();
    // What is chosen is always in sight.
    values.sort_by_key(|value| !value.current);
    let more = values.split_off(values.len().min(SHOWN));
    (!values.is_empty()).then(|| Facet {
        name: language.words().facet.of(name).to_string(),
        lang: label_language(language, kind),
        values,
        more,
    })
}

fn set(request: &SearchRequest, name: &str) -> Option<String> {
    let mut pairs = request.pairs().into_iter();
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn is(value: &FacetValue, set: &str) -> bool {
    value.value == set || value.name == set
}

/// The filters that are set, by their names for people.
fn chosen(asked: &Asked, request: &SearchRequest, results: &Results) -> Vec<Chosen> {
    let chosen = FacetKind::ALL.into_iter().filter_map(|kind| {
        let name = parameter(kind);
        let set = set(request, name)?;
        let values = results.facets.get(&kind).into_iter().flatten();
        let known = values.into_iter().find(|value| is(value, &set));
        let unseen = FacetValue {
            value: set.clone(),
            name: set.clone(),
            count: 0,
        };
        Some(Chosen {
            name: asked.language.words().facet.of(name).to_string(),
            value: label(asked.language, kind, known.unwrap_or(&unseen)),
            lang: label_language(asked.language, kind),
            href: format!("{}search?{}", asked.home(), request.with(name, None)),
        })
    });
    chosen.collect()
}
