//! A scanner that is cheap itself and says whether a page is cheap enough to parse.

use crate::model::page::PageFault;

/// Deeper nesting than browsers keep is no page of minutes.
const MAX_DEPTH: usize = 512;
/// More attributes on one tag is no page of minutes either.
const MAX_ATTRIBUTES: usize = 256;

/// Elements that never hold others, or that the parser closes by itself before the next of their kind.
const UNCOUNTED: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "td", "th", "tr", "tbody", "thead", "tfoot", "dt", "dd", "option",
    "colgroup", "html", "head", "body",
];
/// Elements whose content is no markup.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "xmp", "noscript", "iframe",
];

/// Counts depth and attributes without building anything.
pub(super) fn check(html: &str) -> Result<(), PageFault> {
    let mut depth = 0_usize;
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let closing = rest.starts_with('/');
        let name = tag_name(rest.trim_start_matches('/'));
        if name.is_empty() {
            continue;
        }
        let (tag, after) = tag_end(rest);
        let attributes = attribute_count(tag);
        if attributes > MAX_ATTRIBUTES {
            return Err(PageFault::TooCostly(format!(
                "{attributes} attributes on one <{name}>"
            )));
        }
        rest = after;
        if closing {
            depth = if counted(&name) {
                depth.saturating_sub(1)
            } else {
                depth
            };
        } else if RAW.contains(&name.as_str()) {
            rest = skip_raw(rest, &name);
        } else if counted(&name) && !tag.ends_with('/') {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err(PageFault::TooCostly(format!(
                "nested deeper than {MAX_DEPTH}"
            )));
        }
    }
    Ok(())
}

fn counted(name: &str) -> bool {
    !UNCOUNTED.contains(&name)
}

fn tag_name(text: &str) -> String {
    text.chars()
        .take(32)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == ':' || *c == '-')
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

    #[test]
    fn raw_text_and_void_elements_do_not_count() {
        let page = format!(
            "<script>{}</script>{}",
            "<div>".repeat(2000),
            "<br><p>x".repeat(2000)
        );
        assert_eq!(check(&page), Ok(()));
    }

    #[test]
    fn a_greater_than_sign_in_a_quote_ends_nothing() {
        assert_eq!(tag_end("a title='x > y'>z").1, "z");
        assert_eq!(attribute_count("a title='x y z' href=\"b c\""), 3);
    }
}
