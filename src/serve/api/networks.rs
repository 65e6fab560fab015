//! `/api/networks`: the networks that items are recognised for.

use std::sync::Arc;

use serde::Serialize;

use crate::publish::Format;
use crate::serve::feeds::feed_address;
use crate::serve::site::Site;

use super::{Answer, json, parameters};

#[derive(Serialize)]
struct Networks<'a> {
    networks: Vec<NetworkJson<'a>>,
}

#[derive(Serialize)]
struct NetworkJson<'a> {
    slug: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    feed: String,
}

/// Writes the document.
///
/// # Errors
///
/// A parameter: there are none.
pub fn document(site: &dyn Site, query: &str) -> Answer {
    parameters::read(query, &[])?;
    let networks = site.networks().iter().map(|network| NetworkJson {
        slug: &network.slug,
        name: &network.name,
        description: network.description.as_deref(),
        feed: feed_address(site.public_url(), &network.slug, Format::Atom, ""),
    });
    let networks = networks.collect();
    Ok(Arc::new(json(&Networks { networks })?))
}
