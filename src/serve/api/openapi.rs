//! `/api/openapi.json`: the description of the interface, with the addresses and names of this server.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::model::ids::slug;
use crate::serve::site::{Site, SiteFault};

use super::{Answer, parameters};

/// The description; a faulty file leaves it empty, which a test forbids.
static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("openapi.json")).unwrap_or_default());

/// Writes the document.
///
/// # Errors
///
/// A parameter: there are none.
pub fn document(site: &dyn Site, query: &str) -> Answer {
    parameters::read(query, &[])?;
    let mut description = DESCRIPTION.clone();
    let municipalities: Vec<_> = site
        .municipalities()
        .iter()
        .map(|name| slug(name))
        .collect();
    let networks: Vec<_> = site
        .networks()
        .iter()
        .map(|network| &network.slug)
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    for (place, value) in [
        (
            "/servers/0/url",
            json!(site.public_url().as_str().trim_end_matches('/')),
        ),
        ("/info/version", json!(version)),
        (
            "/components/schemas/Municipality/enum",
            json!(municipalities),
        ),
        ("/components/schemas/NetworkSlug/enum", json!(networks)),
    ] {
        let slot = description.pointer_mut(place);
        *slot.ok_or_else(|| SiteFault::Unreadable(format!("the description has no {place}")))? =
            value;
    }
    Ok(Arc::new(super::json(&description)?))
}
