//! Archived plain text into safe HTML: paragraphs, lists and table rows, nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use html_escape::{encode_double_quoted_attribute, encode_text};

use super::clean;

/// What a line of archived text is; see [`crate::model::minutes::ItemReading`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Item,
    Row,
    Text,
}

fn kind(line: &str) -> Line {
    if line.trim().is_empty() {
        Line::Blank
    } else if line.starts_with("- ") {
        Line::Item
    } else if line.contains(" | ") {
        Line::Row
    } else {
        Line::Text
    }
}

/// Turns an archived text into HTML. Blank lines part paragraphs; list items and table rows may have
/// blank lines between them and stay one list, one table.
pub fn from_text(text: &str) -> String {
    let cleaned = clean::text(text);
    let mut out = String::with_capacity(cleaned.len() + cleaned.len() / 4);
    let mut open = Line::Blank;
    for line in cleaned.lines() {
        let next = kind(line);
        if next == Line::Blank && matches!(open, Line::Item | Line::Row) {
            continue;
        }
        if next != open {
            out.push_str(closing(open));
            out.push_str(opening(next));
        } else if next == Line::Text {
            out.push_str("<br>");
        }
        push_line(&mut out, next, line.trim());
        open = next;
    }
    out.push_str(closing(open));
    out
}

fn opening(kind: Line) -> &'static str {
    match kind {
        Line::Blank => "",
        Line::Item => "<ul>",
        Line::Row => "<table><tbody>",
        Line::Text => "<p>",
    }
}

fn closing(kind: Line) -> &'static str {
    match kind {
        Line::Blank => "",
        Line::Item => "</ul>\n",
        Line::Row => "</tbody></table>\n",
        Line::Text => "</p>\n",
    }
}

fn push_line(out: &mut String, kind: Line, line: &str) {
    match kind {
        Line::Blank => {}
        Line::Item => {
            let item = line.strip_prefix("- ").unwrap_or(line);
            out.push_str(&element("li", item));
        }
        Line::Row => {
            out.push_str("<tr>");
            for cell in line.split(" | ") {
                out.push_str(&element("td", cell.trim()));
            }
            out.push_str("</tr>");
        }
        Line::Text => out.push_str(&encode_text(line)),
    }
}

/// An element with escaped text in it.
pub fn element(name: &str, text: &str) -> String {
    wrapped(name, &encode_text(text))
}

/// An element around what is HTML already.
pub fn wrapped(name: &str, html: &str) -> String {
    format!("<{name}>{html}</{name}>")
}

/// A link, or only its text where the address is not of the web.
pub fn link(address: &str, text: &str) -> String {
    match clean::web_address(address) {
        Some(href) => {
            format!(
                "<a href=\"{}\">{}</a>",
                encode_double_quoted_attribute(&href),
                encode_text(text)
            )
        }
        None => encode_text(text).into_owned(),
    }
}

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "blockquote",
        "br",
        "del",
        "h3",
        "ins",
        "li",
        "p",
        "span",
        "table",
        "tbody",
        "td",
        "tr",
        "ul",
    ];
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"));
    builder
});

/// The last gate: whatever a mistake above lets through, readers get no other element than these.
pub fn sanitize(html: &str) -> String {
    SANITIZER.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_and_rows_keep_their_shape() {
        let text = "Ensimmäinen\nrivi\n\nToinen\n- a\n\n- b\nKunta | Euroa\nHartola | 5";
        assert_eq!(
            from_text(text),
            "<p>Ensimmäinen<br>rivi</p>\n<p>Toinen</p>\n<ul><li>a</li><li>b</li></ul>\n\
             <table><tbody><tr><td>Kunta</td><td>Euroa</td></tr><tr><td>Hartola</td><td>5</td></tr></tbody></table>\n"
        );
        assert_eq!(from_text(" \n\n"), "");
    }

    #[test]
    fn markup_in_a_text_is_text() {
        let html = from_text("- <script>alert(1)</script> | <img src=x onerror=y> & \"");
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert_eq!(sanitize(&html), sanitize(&sanitize(&html)));
    }

    #[test]
    fn our_own_html_passes_the_gate_unchanged() {
        let html = from_text("Päätös <b>\n\n- yksi\n\na | b & c");
        assert_eq!(sanitize(&html), html);
    }

    #[test]
    fn the_gate_removes_everything_else() {
        for bad in [
            "<script>x</script>",
            "<svg onload=x>",
            "<p onclick=x>a</p>",
            "<a href=\"javascript:x\">a</a>",
            "<style>p{}</style>",
            "<iframe src=x></iframe>",
            "<math><mi><table><mglyph><style><img src=x onerror=y>",
        ] {
            let clean = sanitize(bad).to_lowercase();
            for trace in [
                "script", "svg", "onclick", "onload", "style", "iframe", "<img", "math",
            ] {
                assert!(!clean.contains(trace), "{bad} -> {clean}");
            }
        }
    }

    /// What sanitizers were once tricked by: advisories 2019-0001, 2021-0074, 2022-0003, 2025-0071, 2026-0193 and
    /// 2026-0213 of the RustSec database, as text and as markup.
    #[test]
    fn what_tricked_sanitizers_is_text_or_nothing() {
        assert!(sanitize(&"<div>".repeat(20_000)).len() < 1 << 20);
        for bad in [
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "x onmouseover=alert(1) \t\u{c}style=position:fixed",
            "<svg><foreignobject><noscript><style><!--</style><p id=\"--><img src=x onerror='alert(1)'>\">",
            "<svg><title><style><!--</style><p title=\"--!><script>alert(1)</script>\">",
            "<math><annotation-xml encoding=\"text/html\"><svg><style><!--</style><a title=\"--><img src onerror=alert(1)>\">",
            "<svg><a href=\"https://kunta.example/\"><set attributeName=\"href\" to=\"javascript:alert(1)\"/></a></svg>",
            "<svg><animate attributeName=\"href\" values=\"javascript:alert(1)\" from=\"javascript:alert(1)\"/></svg>",
        ] {
            for html in [sanitize(bad), from_text(bad)] {
                let tree = scraper::Html::parse_fragment(&html);
                let elements = tree
                    .tree
                    .nodes()
                    .filter_map(|node| node.value().as_element());
                for element in
                    elements.filter(|element| !["html", "body"].contains(&element.name()))
                {
                    let name = element.name();
                    assert!(
                        ["p", "br", "div", "a"].contains(&name),
                        "{name} of {bad:.80}"
                    );
                    for (attribute, value) in element.attrs() {
                        assert!(
                            ["href", "rel"].contains(&attribute),
                            "{attribute} of {bad:.80}"
                        );
                        assert!(!value.contains("alert"), "{value} of {bad:.80}");
                    }
                }
            }
            let text = from_text(bad);
            assert!(
                !text.contains("<s") && !text.contains("<m") && !text.contains("<i"),
                "{text:.80}"
            );
        }
    }

    #[test]
    fn addresses_that_are_not_of_the_web_are_not_linked() {
        assert_eq!(link("javascript:alert(1)", "<x>"), "&lt;x&gt;");
        assert_eq!(
            link("https://example.fi/?a=\"b", "x"),
            "<a href=\"https://example.fi/?a=%22b\">x</a>"
        );
    }
}
