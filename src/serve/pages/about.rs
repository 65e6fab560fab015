//! About this service: what is followed and how, how to have something removed, what may be done with the data.

use askama::Template;

use crate::publish::clean;

use super::super::representation::Representation;
use super::super::site::Site;
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::{PageFault, render};

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    frame: Frame,
    municipalities: Vec<String>,
    /// Where to write to, and how it reads.
    contact: Option<(String, String)>,
    version: &'static str,
}

/// The page.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let words = &asked.language.words().about;
    let mut municipalities: Vec<String> = site
        .sources()?
        .iter()
        .filter(|source| source.enabled)
        .map(|source| clean::line(&source.municipality))
        .collect();
    municipalities.dedup();
    let page = About {
        frame: Frame::new(site, asked, Place::About, words.title.as_str())
            .described(words.description.as_str()),
        municipalities,
        contact: site.contact().and_then(contact),
        version: env!("CARGO_PKG_VERSION"),
    };
    render(&page, None)
}

/// The address as a link: a page, or a mailbox.
fn contact(set: &str) -> Option<(String, String)> {
    let mailbox = set.strip_prefix("mailto:").unwrap_or(set);
    if let Some(page) = clean::web_address(set) {
        return Some((page.clone(), page));
    }
    let clean =
        !mailbox.contains(|c: char| c.is_whitespace() || c.is_control() || "?&:<>\"".contains(c));
    (clean && mailbox.contains('@')).then(|| (format!("mailto:{mailbox}"), mailbox.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_page_or_a_mailbox_and_nothing_else() {
        let link = |set| contact(set).map(|(href, _)| href);
        assert_eq!(
            link("https://kunta.example/seutu").as_deref(),
            Some("https://kunta.example/seutu")
        );
        for mailbox in ["mailto:seutu@kunta.example", "seutu@kunta.example"] {
            assert_eq!(link(mailbox).as_deref(), Some("mailto:seutu@kunta.example"));
        }
        for bad in ["javascript:alert(1)@x", "kunta", "a@b?cc=x"] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}
