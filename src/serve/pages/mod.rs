//! Pages for people: what goes into the templates. Their words stand in `config/pages`, their looks in the
//! style sheet.
//!
//! A page is a template that extends `base.html`, a struct with a field `frame`, and a function from the site
//! and what was [`Asked`] to a [`Representation`].

pub mod about;
pub mod asked;
mod chart;
pub mod dossier;
pub mod error;
pub mod frame;
pub mod front;
mod health;
pub mod item;
pub mod language;
pub mod lines;
pub mod matrix;
pub mod network;
pub mod search;
pub mod sources;
pub mod words;

use askama::Template;
use jiff::Timestamp;
use thiserror::Error;

pub use asked::Asked;
pub use frame::STYLE;

use super::filters::BadParameter;
use super::representation::{Readers, Representation, Terms};
use super::site::SiteFault;

/// How pages are sent. A minute is what the newest decision may be late.
const TERMS: Terms = Terms {
    content_type: "text/html; charset=utf-8",
    cache_control: "public, max-age=60",
    readers: Readers::Ourselves,
};

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PageFault {
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    Missing,
    /// What was at this address was taken away.
    #[error("what was at this address was taken away")]
    Gone,
    /// A value of the address is not allowed.
    #[error(transparent)]
    Bad(#[from] BadParameter),
    /// The archive cannot answer.
    #[error(transparent)]
    Site(#[from] SiteFault),
}

/// A page ready to be sent; `modified` is when its data last changed, where that is known.
///
/// # Errors
///
/// When the template cannot be filled in.
pub fn render(
    page: &impl Template,
    modified: Option<Timestamp>,
) -> Result<Representation, PageFault> {
    let html = page
        .render()
        .map_err(|error| SiteFault::Unreadable(error.to_string()))?;
    Ok(Representation::new(TERMS, html, modified))
}
