//! The feeds that belong to a page, for its head and for people.

use crate::publish::texts::texts;
use crate::publish::{Format, address};

use super::super::filters::FeedRequest;
use super::super::site::Site;
use super::scope::Scope;

/// A feed to subscribe to: what `<link rel="alternate">` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Name for people, with the format.
    pub title: String,
    /// The format.
    pub format: Format,
    /// Media type, without parameters.
    pub media_type: &'static str,
    /// Absolute address.
    pub href: String,
}

/// The feed of a page in every format, narrowed by the filters of the page, the recommended format first. A feed
/// without filters has a digest, which comes last.
pub fn links(site: &dyn Site, scope: &Scope, filters: &FeedRequest) -> Vec<FeedLink> {
    let (query, described) = (filters.canonical(), filters.described());
    let name = match described.as_str() {
        "" => scope.title().to_owned(),
        described => format!("{} – {described}", scope.title()),
    };
    let link = |name: &str, title: &str, format: Format| FeedLink {
        title: format!("{title} ({})", format.name()),
        format,
        media_type: format.media_type(),
        href: address::feed(site.public_url(), name, format, &query),
    };
    let mut links: Vec<_> = Format::ALL
        .iter()
        .map(|format| link(&scope.name(), &name, *format))
        .collect();
    if query.is_empty() {
        let digest = format!("{}/{}", scope.name(), address::DAILY);
        let title = texts().digest_name.replace("{name}", &name);
        links.push(link(&digest, &title, Format::Atom));
    }
    links
}
