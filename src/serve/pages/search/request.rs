//! What a search asks for, from the address and back into it.

use jiff::civil::Date;
use url::form_urlencoded;

use crate::model::ids::slug;
use crate::serve::filters::{BadParameter, FeedRequest};
use crate::serve::site::{FacetKind, SearchQuery, Site};

/// Hits on one page.
pub const PAGE_SIZE: u32 = 20;

/// A search: the filters that feeds have, and those that only make sense here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// Words, municipality, body, stage, outcome, year and page.
    pub filters: FeedRequest,
    /// Slug of a network.
    pub network: Option<String>,
    /// What was typed was too long to look for.
    pub too_long: bool,
}

/// The name of a facet in addresses.
pub fn parameter(kind: FacetKind) -> &'static str {
    match kind {
        FacetKind::Municipality => "municipality",
        FacetKind::Body => "body",
        FacetKind::Year => "year",
        FacetKind::Stage => "stage",
        FacetKind::Outcome => "outcome",
        FacetKind::Network => "network",
    }
}

impl SearchRequest {
    /// Reads a query string. Words that are too long are no fault of an address: the page says so.
    ///
    /// # Errors
    ///
    /// The first value that is not allowed.
    pub fn parse(query: &str, site: &dyn Site) -> Result<Self, BadParameter> {
        let mut request = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match name.as_ref() {
                "network" if !value.is_empty() => request.network = Some(network(value, site)?),
                _ => {}
            }
        }
        request.filters = match FeedRequest::parse(query, site) {
            Err(bad) if bad.name == "q" => {
                request.too_long = true;
                let others =
                    form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "q");
                let others: String = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(others)
                    .finish();
                FeedRequest::parse(&others, site)?
            }
            parsed => parsed?,
        };
        request.filters.insist_on_known(site)?;
        Ok(request)
    }

    /// Name and value of everything that is asked for, in one order; without the page.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let of = &self.filters;
        let pairs = [
            ("q", of.q.clone()),
            ("municipality", of.municipality.as_deref().map(slug)),
            ("body", of.body.clone()),
            ("year", of.year.map(|year| year.to_string())),
            (
                "outcome",
                of.outcome.map(|outcome| outcome.word().to_owned()),
            ),
            ("stage", of.stage.map(|stage| stage.word().to_owned())),
            ("network", self.network.clone()),
        ];
        let given = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        given.collect()
    }

    /// The query string of the same search with another value of one filter, or without it, from its first page.
    pub fn with(&self, name: &'static str, value: Option<&str>) -> String {
        let mut pairs = self.pairs();
        pairs.retain(|(known, _)| *known != name);
        pairs.extend(value.map(|value| (name, value.to_owned())));
        written(&pairs)
    }

    /// The query string of a page of this search: always the same for the same search.
    pub fn page(&self, page: u32) -> String {
        let mut pairs = self.pairs();
        if page > 1 {
            pairs.push(("page", page.to_string()));
        }
        written(&pairs)
    }

    /// Whether anything is asked for at all.
    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    /// What the archive is asked.
    pub fn query(&self) -> SearchQuery {
        let of = &self.filters;
        let edge = |month, day| of.year.and_then(|year| Date::new(year, month, day).ok());
        SearchQuery {
            municipality: of.municipality.clone(),
            body: of.body.clone(),
            from: edge(1, 1),
            until: edge(12, 31),
            stage: of.stage,
            outcome: of.outcome,
            network: self.network.clone(),
            limit: PAGE_SIZE,
            ..SearchQuery::new(of.q.clone().unwrap_or_default())
        }
    }
}

fn written(pairs: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn network(value: &str, site: &dyn Site) -> Result<String, BadParameter> {
    let known = site.networks().iter().map(|network| &network.slug);
    known
        .clone()
        .find(|slug| *slug == value)
        .cloned()
        .ok_or_else(|| {
            let slugs: Vec<&str> = known.map(String::as_str).collect();
            BadParameter::new("network", value, format!("one of {}", slugs.join(", ")))
        })
}
