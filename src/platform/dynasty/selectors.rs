//! Every CSS selector of this platform, in one place. No `:has()`: it recurses on the page's depth.

use std::sync::LazyLock;

use scraper::Selector;

/// Links and what they hold.
const LINKS: &str = "a[href]";
/// Tables and blocks that a caption may name.
const CAPTIONS: &str = "caption, legend, .caption";
/// The number before a listed file's title.
const PREFIX: &str = "span.prefix, .prefix";
/// Addresses by which a page names itself.
const OWN_ADDRESS: &str = "link[rel='canonical'], meta[property='og:url'], form[action]";
/// The element that holds what is seen.
const BODY: &str = "body";
/// Blocks of the frame in either generation.
const FRAME: &str = ".page-navigation, table.navigation, footer, .footer";

/// Cells of a row.
const CELLS: &str = "td, th";
/// What marks minutes in a list: a picture, or a class of newer installations.
const MINUTES_MARKS: &str = "img[src*='icon_protocol' i], .protocol";

/// All of them, for the test that compiles each.
pub(in crate::platform) const ALL: &[&str] = &[
    LINKS,
    CAPTIONS,
    PREFIX,
    OWN_ADDRESS,
    BODY,
    FRAME,
    CELLS,
    MINUTES_MARKS,
];

pub(super) static LINK: LazyLock<Selector> = LazyLock::new(|| compiled(LINKS));
pub(super) static CAPTION: LazyLock<Selector> = LazyLock::new(|| compiled(CAPTIONS));
pub(super) static NUMBER_PREFIX: LazyLock<Selector> = LazyLock::new(|| compiled(PREFIX));
pub(super) static OWN: LazyLock<Selector> = LazyLock::new(|| compiled(OWN_ADDRESS));
pub(super) static BODY_ELEMENT: LazyLock<Selector> = LazyLock::new(|| compiled(BODY));
pub(super) static FRAME_BLOCK: LazyLock<Selector> = LazyLock::new(|| compiled(FRAME));

pub(super) static CELL: LazyLock<Selector> = LazyLock::new(|| compiled(CELLS));
pub(super) static MINUTES_MARK: LazyLock<Selector> = LazyLock::new(|| compiled(MINUTES_MARKS));

fn compiled(css: &'static str) -> Selector {
    #[expect(clippy::panic, reason = "constants; a test compiles every one of them")]
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}
