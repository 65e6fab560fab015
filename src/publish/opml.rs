//! The feeds of this site and the sources it follows as OPML 2.0: one file to subscribe to everything with.

use html_escape::encode_double_quoted_attribute;
use jiff::Timestamp;

use super::clean;

/// A group of subscriptions.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name for people.
    pub text: String,
    /// What is in it.
    pub feeds: Vec<Subscription>,
}

/// A feed to subscribe to.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name for people.
    pub text: String,
    /// Its address.
    pub xml_url: String,
    /// The page it belongs to.
    pub html_url: Option<String>,
}

/// Writes the document; `changed` is when what it lists last changed, where that is known.
pub fn document(title: &str, changed: Option<Timestamp>, groups: &[Outline]) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n<head>");
    push_element(&mut out, "title", title);
    if let Some(at) = changed {
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        push_element(&mut out, "dateModified", &date);
    }
    push_element(&mut out, "docs", "http://opml.org/spec2.opml");
    out.push_str("</head>\n<body>\n");
    for group in groups {
        let text = clean::line(&group.text);
        out.push_str("<outline");
        push_attribute(&mut out, "text", &text);
        push_attribute(&mut out, "title", &text);
        out.push_str(">\n");
        for feed in &group.feeds {
            push_feed(&mut out, feed);
        }
        out.push_str("</outline>\n");
    }
    out.push_str("</body>\n</opml>\n");
    out
}

/// A subscription; one that is not on the web is left out.
fn push_feed(out: &mut String, feed: &Subscription) {
    let Some(xml_url) = clean::web_address(&feed.xml_url) else {
        return;
    };
    let text = clean::line(&feed.text);
    out.push_str("<outline type=\"rss\"");
    push_attribute(out, "text", &text);
    push_attribute(out, "title", &text);
    push_attribute(out, "xmlUrl", &xml_url);
    if let Some(html_url) = feed.html_url.as_deref().and_then(clean::web_address) {
        push_attribute(out, "htmlUrl", &html_url);
    }
    out.push_str("/>\n");
}

fn push_element(out: &mut String, name: &str, text: &str) {
    out.push_str(&super::html::element(name, &clean::line(text)));
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    let value = encode_double_quoted_attribute(value);
    for part in [" ", name, "=\"", &value, "\""] {
        out.push_str(part);
    }
}
