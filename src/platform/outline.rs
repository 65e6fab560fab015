//! Where a page of anybody's leads: its title and its links, for finding the portal behind a page.

use scraper::{ElementRef, Html};
use url::Url;

use super::markup::{clean_text, parse};
use crate::model::page::PageFault;

/// More links than this are the chrome of a site, not a way to its minutes.
const MAX_LINKS: usize = 2_000;

/// A link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads, resolved.
    pub url: Url,
    /// Its text as shown; of an image or a frame, what stands for it.
    pub text: String,
}

/// What a page says about itself, as far as finding something else needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The document's title.
    pub title: Option<String>,
    /// Its links in page order: anchors, frames, and where it sends a browser on.
    pub links: Vec<Link>,
}

/// Reads title and links of a page; `served` is the address that answered.
pub fn outline(html: &str, served: &Url) -> Result<Outline, PageFault> {
    let tree = parse(html)?;
    let own = elements(&tree).find(|element| element.value().name() == "base");
    let own = own
        .and_then(|base| base.attr("href"))
        .and_then(|href| served.join(href).ok());
    let base = own.as_ref().unwrap_or(served);
    let title = elements(&tree)
        .find(|element| element.value().name() == "title")
        .map(|title| clean_text(&title.text().collect::<String>()))
        .filter(|title| !title.is_empty());
    let links = elements(&tree)
        .filter_map(|element| link(element, base))
        .take(MAX_LINKS)
        .collect();
    Ok(Outline { title, links })
}

fn elements(tree: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    tree.tree.nodes().filter_map(ElementRef::wrap)
}

fn link(element: ElementRef<'_>, base: &Url) -> Option<Link> {
    let refreshes = || {
        element
            .attr("http-equiv")
            .is_some_and(|name| name.eq_ignore_ascii_case("refresh"))
    };
    let target = match element.value().name() {
        "a" | "area" => element.attr("href")?.to_owned(),
        "frame" | "iframe" => element.attr("src")?.to_owned(),
        "meta" if refreshes() => refresh_target(element.attr("content")?)?,
        "script" => script_target(&element.text().collect::<String>())?,
        _ => return None,
    };
    let url = base.join(target.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let shown = if element.value().name() == "script" {
        String::new()
    } else {
        element.text().collect()
    };
    let said = ["title", "aria-label", "alt"]
        .iter()
        .find_map(|name| element.attr(name));
    let text = clean_text(&shown);
    Some(Link {
        url,
        text: if text.is_empty() {
            clean_text(said.unwrap_or_default())
        } else {
            text
        },
    })
}

/// `0; url=https://...`
fn refresh_target(content: &str) -> Option<String> {
    let (_, after) = content.split_once(['=', ';'])?;
    let after = after.trim();
    let lower = after.to_ascii_lowercase();
    let target = match lower.strip_prefix("url=") {
        Some(rest) => after.get(after.len() - rest.len()..)?,
        None => after,
    };
    Some(target.trim_matches(['\'', '"', ' ']).to_owned()).filter(|url| !url.is_empty())
}

/// The address a script assigns to `location`: the front page of some portals is nothing else.
fn script_target(script: &str) -> Option<String> {
    let (_, after) = script.split_once("location")?;
    let (between, rest) = after.split_once(['\'', '"'])?;
    let assigns = between.contains('=') || between.contains("replace(");
    let (target, _) = rest.split_once(['\'', '"'])?;
    (assigns && between.chars().count() < 20 && !target.is_empty()).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(html: &str) -> Vec<(String, String)> {
        let served = "https://kunta.example/paatoksenteko/".parse().expect("url");
        let outline = outline(html, &served).expect("outline");
        outline
            .links
            .into_iter()
            .map(|link| (link.url.to_string(), link.text))
            .collect()
    }

    #[test]
    fn every_way_out_of_a_page_is_a_link() {
        let html = "<html><head><title> Kokoukset &ndash; Kunta </title>\
            <meta http-equiv='Refresh' content=\"0; URL='/uusi'\"></head>\
            <body><a href='../esityslistat'>Esityslistat <b>ja</b> pöytäkirjat</a>\
            <a href='mailto:a@b.example'>x</a><a name='y'>y</a>\
            <iframe src='//portaali.example/cgi/DREQUEST.PHP?page=meeting_frames' title='Kokoukset'></iframe>\
            <script>window.location.href = \"cgi/DREQUEST.PHP\";</script>\
            <script>var a = 'location';</script></body></html>";
        let pair = |url: &str, text: &str| (url.to_owned(), text.to_owned());
        assert_eq!(
            links(html),
            [
                pair("https://kunta.example/uusi", ""),
                pair(
                    "https://kunta.example/esityslistat",
                    "Esityslistat ja pöytäkirjat"
                ),
                pair(
                    "https://portaali.example/cgi/DREQUEST.PHP?page=meeting_frames",
                    "Kokoukset"
                ),
                pair("https://kunta.example/paatoksenteko/cgi/DREQUEST.PHP", ""),
            ]
        );
    }

    #[test]
    fn links_are_resolved_against_the_pages_own_base() {
        let html = "<base href='https://muu.example/x/'><a href='y'>z</a>";
        assert_eq!(
            links(html),
            [("https://muu.example/x/y".to_owned(), "z".to_owned())]
        );
    }
}
