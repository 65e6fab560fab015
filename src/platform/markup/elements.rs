//! What elements mean to a reader: blocks, bold text, things never seen.

use scraper::node::Element;

use super::gather::Bold;

/// Elements that stand on lines of their own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "header"
            | "hr"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "ul"
    )
}

/// Elements a reader never sees.
pub(super) fn is_hidden(element: &Element) -> bool {
    let never = matches!(
        element.name(),
        "script"
            | "style"
            | "head"
            | "title"
            | "meta"
            | "link"
            | "template"
            | "noscript"
            | "svg"
            | "math"
            | "object"
            | "iframe"
            | "select"
            | "textarea"
            | "button"
            | "audio"
            | "video"
            | "canvas"
            | "map"
            | "colgroup"
    );
    never
        || element.attr("hidden").is_some()
        || style_says(
            element,
            &["display:none", "visibility:hidden", "mso-hide:all"],
        )
}

/// What an element's style says of its weight, where it says anything.
pub(super) fn weight(element: &Element) -> Option<Bold> {
    if style_says(
        element,
        &[
            "font-weight:bold",
            "font-weight:700",
            "font-weight:800",
            "font-weight:900",
            "font-weight:600",
        ],
    ) {
        return Some(Bold::Yes);
    }
    style_says(element, &["font-weight:normal", "font-weight:400"]).then_some(Bold::No)
}

fn style_says(element: &Element, rules: &[&str]) -> bool {
    element.attr("style").is_some_and(|style| {
        let style: String = style.to_lowercase().split_whitespace().collect();
        rules.iter().any(|rule| style.contains(rule))
    })
}
