//! Every CSS selector of this platform, in one place. No `:has()`: it recurses on the page's depth.

use std::sync::LazyLock;

use scraper::Selector;

/// Links and what they hold.
const LINKS: &str = "a[href]";
/// Places where a meeting's heading may stand; classes differ between installations.
const HEADINGS: &str = "caption, th, td[colspan], h1, h2, h3, h4";
/// Addresses by which a page names itself.
const OWN_ADDRESS: &str = "link[rel='canonical'], meta[property='og:url'], base[href]";
/// What only a form that people fill in has.
const FORMS: &str = "form select, form input[type='password'], form input[type='text']";
/// The element that holds what is seen.
const BODY: &str = "body";

/// All of them, for the test that compiles each.
pub(in crate::platform) const ALL: &[&str] = &[LINKS, HEADINGS, OWN_ADDRESS, FORMS, BODY];

pub(super) static LINK: LazyLock<Selector> = LazyLock::new(|| compiled(LINKS));
pub(super) static HEADING: LazyLock<Selector> = LazyLock::new(|| compiled(HEADINGS));
pub(super) static OWN: LazyLock<Selector> = LazyLock::new(|| compiled(OWN_ADDRESS));
pub(super) static FORM: LazyLock<Selector> = LazyLock::new(|| compiled(FORMS));
pub(super) static BODY_ELEMENT: LazyLock<Selector> = LazyLock::new(|| compiled(BODY));

fn compiled(css: &'static str) -> Selector {
    #[expect(clippy::panic, reason = "constants; a test compiles every one of them")]
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}
