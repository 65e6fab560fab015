//! A scanner that is cheap itself and says whether a page is cheap enough to parse.

use super::deadline::Deadline;
use super::elements::is_block;
use crate::model::page::PageFault;

/// Deeper nesting than browsers keep is no page of minutes.
pub(super) const MAX_DEPTH: usize = 512;
/// More attributes on one tag is no page of minutes either.
const MAX_ATTRIBUTES: usize = 256;
/// The clock is looked at once in this many tags.
const TAGS_PER_LOOK: usize = 1024;

/// Elements that hold nothing.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];
/// Elements whose content is no markup.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "xmp", "noscript", "iframe", "noembed", "noframes",
];
/// Elements that end where the next of their kind begins.
const ONE_AT_A_TIME: &[&str] = &[
    "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "colgroup", "caption",
    "option", "a", "nobr", "html", "head", "body",
];
/// Parts of a table: their end tags look through everything but another table.
const TABLE_PARTS: &[&str] = &[
    "table", "caption", "colgroup", "tbody", "thead", "tfoot", "tr", "td", "th",
];
/// Elements through which other end tags do not reach.
const BARRIERS: &[&str] = &[
    "table", "td", "th", "caption", "template", "object", "marquee", "applet", "html",
];
/// Elements that may end before the blocks inside them.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Counts depth and attributes without building anything.
///
/// It follows the parser's rules closely enough to refuse at once what is plainly too deep; what a
/// page can hide from it is counted in the tree.
pub(super) fn check(html: &str, deadline: &Deadline) -> Result<(), PageFault> {
    let mut open = OpenElements::default();
    let mut tags = 0_usize;
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let closing = rest.strip_prefix('/');
        let name = tag_name(closing.unwrap_or(rest));
        if name.is_empty() {
            continue;
        }
        tags += 1;
        if tags.is_multiple_of(TAGS_PER_LOOK) {
            deadline.check()?;
        }
        let (tag, after) = tag_end(rest);
        let attributes = attribute_count(tag);
        if attributes > MAX_ATTRIBUTES {
            return Err(PageFault::TooCostly(format!(
                "{attributes} attributes on one <{name}>"
            )));
        }
        rest = after;
        if closing.is_some() {
            open.end(&name);
        } else if RAW.contains(&name.as_str()) {
            rest = skip_raw(rest, &name);
        } else if !(tag.ends_with('/') && open.ends_by_slash(&name)) {
            open.begin(name);
        }
        if open.names.len() > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(())
}

/// The fault of a page that nests too deep.
pub(super) fn too_deep() -> PageFault {
    PageFault::TooCostly(format!("nested deeper than {MAX_DEPTH}"))
}

/// The elements that are open at one place of a page, outermost first.
#[derive(Default)]
struct OpenElements {
    names: Vec<String>,
}

impl OpenElements {
    fn begin(&mut self, name: String) {
        if VOID.contains(&name.as_str()) {
            return;
        }
        if ONE_AT_A_TIME.contains(&name.as_str()) {
            self.end(&name);
        }
        self.names.push(name);
    }

    /// Ends an element and what stands open in it, unless the parser would ignore the end tag.
    fn end(&mut self, name: &str) {
        let mut holds_block = false;
        for at in (0..self.names.len()).rev() {
            let Some(open) = self.names.get(at) else {
                return;
            };
            if open != name {
                if stops(open, name) {
                    return;
                }
                holds_block |= is_special(open);
            } else if !holds_block || is_special(name) {
                self.names.truncate(at);
                return;
            } else {
                if FORMATTING.contains(&name) {
                    self.names.remove(at);
                }
                return;
            }
        }
    }

    /// Whether a slash at a tag's end ends the element: only drawings and formulas have that.
    fn ends_by_slash(&self, name: &str) -> bool {
        let foreign = |name: &str| matches!(name, "svg" | "math");
        foreign(name) || self.names.iter().any(|open| foreign(open))
    }
}

/// Whether an end tag does not reach through an open element.
fn stops(open: &str, name: &str) -> bool {
    if TABLE_PARTS.contains(&name) {
        return matches!(open, "table" | "template");
    }
    BARRIERS.contains(&open) || (name == "li" && matches!(open, "ul" | "ol"))
}

/// Elements whose end tags end whatever stands open in them.
fn is_special(name: &str) -> bool {
    is_block(name)
        || TABLE_PARTS.contains(&name)
        || BARRIERS.contains(&name)
        || matches!(
            name,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "button" | "select" | "option"
        )
}

/// The name of a tag; empty where no tag begins.
fn tag_name(text: &str) -> String {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return String::new();
    }
    text.chars()
        .take(32)
        .take_while(|c| !c.is_ascii_whitespace() && !matches!(c, '/' | '>'))
        .collect::<String>()
        .to_ascii_lowercase()
}

/// The inside of a tag and what follows its `>`; quotes may hold a `>`.
fn tag_end(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => {
                let after = text.get(at + 1..).unwrap_or_default();
                return (text.get(..at).unwrap_or_default(), after);
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    (text, "")
}

/// Attributes of a tag, counted as words outside quotes.
fn attribute_count(tag: &str) -> usize {
    let mut quote = None;
    let mut count = 0;
    let mut in_word = false;
    for c in tag.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_ascii_whitespace() => in_word = false,
            None if !in_word => {
                in_word = true;
                count += 1;
            }
            Some(_) | None => {}
        }
    }
    count
}

/// What follows the end tag of a raw element; a missing end tag hides the rest.
fn skip_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let lower_end = end.as_bytes();
    let at = text
        .as_bytes()
        .windows(lower_end.len())
        .position(|window| window.eq_ignore_ascii_case(lower_end));
    at.and_then(|at| text.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_cheap(page: &str) -> bool {
        check(page, &Deadline::start()).is_ok()
    }

    #[test]
    fn an_end_tag_that_ends_nothing_lowers_nothing() {
        for bomb in [
            "<div></i>",
            "<div></b></section>",
            "<span><div></span>",
            "<div><table><tr><td></div>",
            "<div/>",
        ] {
            assert!(!is_cheap(&bomb.repeat(2000)), "{bomb}");
        }
    }

    #[test]
    fn sloppy_markup_is_not_deep() {
        for part in [
            "<div><p>a<span>b</div>",
            "<p><font size=2>a</p>",
            "<ul><li>a<li>b</ul>",
            "<table><tr><td><b>a<td>b<tr><td>c</table>",
            "<a name=x/>",
            "<svg><path/><g/></svg>",
            "<b><div>a</b></div>",
        ] {
            assert!(is_cheap(&part.repeat(2000)), "{part}");
        }
    }

    #[test]
    fn raw_text_and_void_elements_do_not_count() {
        let page = format!(
            "<script>{}</script>{}",
            "<div>".repeat(2000),
            "<br><p>x".repeat(2000)
        );
        assert!(is_cheap(&page));
    }

    #[test]
    fn a_greater_than_sign_in_a_quote_ends_nothing() {
        assert_eq!(tag_end("a title='x > y'>z").1, "z");
        assert_eq!(attribute_count("a title='x y z' href=\"b c\""), 3);
    }
}
