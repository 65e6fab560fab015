//! Every CSS selector of this platform, in one place. No `:has()`: it recurses on the page's depth.

use std::sync::LazyLock;

use scraper::Selector;

/// The item's text, and what stands for it where the markup changed.
const CONTENTS: &str = "#ContentStart";
const MAINS: &str = "main, [role='main']";
const BODIES: &str = "body";
/// The left menu: job titles, bodies, archives.
const SIDES: &str = "#Content_sidenaviArea";
const RIGHTS: &str = ".right-content";
/// Everything that is no content where no element says what is.
const FRAMES: &str = "nav, header, footer, .navbar, .footer, form[role='search']";
const BREADCRUMBS: &str = "[class*='readcrumb'], [id*='readcrumb']";
const LINKS: &str = "a[href]";
/// Captions in the right column.
const CAPTIONS: &str = "h2, h3, h4, h5, h6, caption, legend, strong";
/// Addresses by which a page names itself.
const OWN_ADDRESS: &str = "link[rel='canonical'], meta[property='og:url'], form[action]";

/// All of them, for the test that compiles each.
pub(in crate::platform) const ALL: &[&str] = &[
    CONTENTS,
    MAINS,
    BODIES,
    SIDES,
    RIGHTS,
    FRAMES,
    BREADCRUMBS,
    LINKS,
    CAPTIONS,
    OWN_ADDRESS,
];

pub(super) static CONTENT: LazyLock<Selector> = LazyLock::new(|| compiled(CONTENTS));
pub(super) static MAIN: LazyLock<Selector> = LazyLock::new(|| compiled(MAINS));
pub(super) static BODY_ELEMENT: LazyLock<Selector> = LazyLock::new(|| compiled(BODIES));
pub(super) static SIDE: LazyLock<Selector> = LazyLock::new(|| compiled(SIDES));
pub(super) static RIGHT: LazyLock<Selector> = LazyLock::new(|| compiled(RIGHTS));
pub(super) static FRAME: LazyLock<Selector> = LazyLock::new(|| compiled(FRAMES));
pub(super) static BREADCRUMB: LazyLock<Selector> = LazyLock::new(|| compiled(BREADCRUMBS));
pub(super) static LINK: LazyLock<Selector> = LazyLock::new(|| compiled(LINKS));
pub(super) static CAPTION: LazyLock<Selector> = LazyLock::new(|| compiled(CAPTIONS));
pub(super) static OWN: LazyLock<Selector> = LazyLock::new(|| compiled(OWN_ADDRESS));

fn compiled(css: &'static str) -> Selector {
    #[expect(clippy::panic, reason = "constants; a test compiles every one of them")]
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}
