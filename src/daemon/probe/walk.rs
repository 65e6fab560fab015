//! The few steps from a page to the portal it leads to: the likeliest link first, the same site only.

use std::collections::BTreeSet;

use url::Url;

use super::{MAX_REQUESTS, Permission, Tried};
use crate::daemon::reading::read_feed;
use crate::fetch::charset;
use crate::fetch::{Client, Request, RequestKind, RobotsVerdict};
use crate::model::ids::slug;
use crate::model::poll::Validators;
use crate::model::source::PlatformKind;
use crate::platform::{Link, outline, platform, portal_at};
use crate::vocab::Vocabulary;

/// Of all requests, these are kept for looking at what was found.
const KEPT_FOR_PORTALS: u32 = 2;

/// A portal: which platform, and where.
pub(super) type Place = (PlatformKind, Url);

/// A document with what is needed to read it.
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    pub(super) served: Url,
}

/// A walk with its budget and its log.
pub(super) struct Walk<'a> {
    client: &'a Client,
    left: u32,
    /// Titles of the pages seen, the one nearest to the portal last.
    pub(super) titles: Vec<String>,
    /// Every request and what came of it.
    pub(super) tried: Vec<Tried>,
}

/// A page still to look at; the smallest is the likeliest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ahead {
    rank: usize,
    depth: usize,
    order: usize,
    url: Url,
}

impl<'a> Walk<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self {
            client,
            left: MAX_REQUESTS,
            titles: vec![],
            tried: vec![],
        }
    }

    /// Looks at pages until one leads to a portal.
    pub(super) async fn find(&mut self, start: &Url) -> Vec<Place> {
        let mut seen = BTreeSet::new();
        let mut ahead = BTreeSet::from([Ahead {
            rank: 0,
            depth: 0,
            order: 0,
            url: start.clone(),
        }]);
        while let Some(next) = ahead.pop_first() {
            if self.left <= KEPT_FOR_PORTALS {
                break;
            }
            if !seen.insert(without_fragment(&next.url)) {
                continue;
            }
            let Some(fetched) = self.page(&next.url).await else {
                continue;
            };
            seen.insert(without_fragment(&fetched.served));
            let (found, links) = if next.depth == 0 {
                self.feed(&fetched)
                    .map_or_else(|| self.places_on(&fetched), |place| (vec![place], vec![]))
            } else {
                self.places_on(&fetched)
            };
            if !found.is_empty() {
                return found;
            }
            let onward = links.into_iter().enumerate();
            ahead.extend(onward.filter_map(|(order, link)| {
                let rank = rank(&link)?;
                same_site(&link.url, &fetched.served).then_some(Ahead {
                    rank,
                    depth: next.depth + 1,
                    order,
                    url: link.url,
                })
            }));
        }
        vec![]
    }

    /// Fetches a page for its title alone, when a request is left for it.
    pub(super) async fn look_at(&mut self, url: &Url) {
        let path = url.path().to_ascii_lowercase();
        if std::path::Path::new(&path)
            .extension()
            .is_some_and(|kind| kind == "pdf")
        {
            return;
        }
        if let Some(fetched) = self.page(url).await {
            self.places_on(&fetched);
        }
    }

    /// What robots.txt says of an address.
    pub(super) async fn permission(&self, url: &Url) -> Permission {
        match self.client.robots_allow(url).await {
            Ok(RobotsVerdict::Allowed) => Permission::Allowed,
            Ok(RobotsVerdict::Disallowed) => Permission::Forbidden,
            Ok(RobotsVerdict::Unavailable) | Err(_) => Permission::Unknown,
        }
    }

    /// Fetches a page that robots.txt allows, and notes why not.
    async fn page(&mut self, url: &Url) -> Option<Fetched> {
        match self.permission(url).await {
            Permission::Allowed => self.fetch(url, RequestKind::Page).await.ok(),
            Permission::Forbidden => {
                self.note(url, "not asked for: robots.txt forbids it");
                None
            }
            Permission::Unknown => {
                self.note(url, "not asked for: its robots.txt cannot be had now");
                None
            }
        }
    }

    /// Sends a request and notes what came of it; the error is for people.
    pub(super) async fn fetch(&mut self, url: &Url, kind: RequestKind) -> Result<Fetched, String> {
        if self.left == 0 {
            return Err(format!(
                "not asked: a probe ends after {MAX_REQUESTS} requests"
            ));
        }
        self.left -= 1;
        let request = Request {
            url: url.clone(),
            kind,
            validators: Validators::default(),
        };
        let answer = match self.client.get(request).await {
            Ok(answer) => answer,
            Err(error) => {
                // The error names its address as well.
                let error = error.to_string();
                let cause = error.strip_prefix(&format!("{url}: ")).unwrap_or(&error);
                self.note(url, cause);
                return Err(error);
            }
        };
        let Some(document) = answer.body else {
            self.note(url, "the server sent no body");
            return Err("the server sent no body".to_owned());
        };
        self.note(url, "fetched");
        Ok(Fetched {
            bytes: document.bytes.to_vec(),
            content_type: document.content_type,
            served: answer.final_url,
        })
    }

    /// The portals that a document is of or leads to, else its links.
    fn places_on(&mut self, fetched: &Fetched) -> (Vec<Place>, Vec<Link>) {
        if let Some(place) = portal_at(&fetched.served) {
            self.say(&format!("leads to {}", fetched.served));
            return (vec![place], vec![]);
        }
        let text = charset::decode(&fetched.bytes, fetched.content_type.as_deref()).text;
        let read = match outline(&text, &fetched.served) {
            Ok(read) => read,
            Err(fault) => {
                self.say(&fault.to_string());
                return (vec![], vec![]);
            }
        };
        self.titles.extend(read.title);
        let mut found: Vec<Place> = vec![];
        for place in read.links.iter().filter_map(|link| portal_at(&link.url)) {
            if !found.iter().any(|(_, known)| same_portal(known, &place.1)) {
                found.push(place);
            }
        }
        self.say(&match found.len() {
            0 => format!("no portal among {} links", read.links.len()),
            1 => "links to a portal".to_owned(),
            several => format!("links to {several} portals"),
        });
        (found, read.links)
    }

    /// A pasted feed: of a portal, when its entries lead to one, else a source of its own.
    fn feed(&mut self, fetched: &Fetched) -> Option<Place> {
        let feed = read_feed(
            &fetched.bytes,
            fetched.content_type.as_deref(),
            &fetched.served,
        )
        .ok()
        .filter(|feed| !feed.entries.is_empty())?;
        self.say(&format!("a feed with {} entries", feed.entries.len()));
        let links = feed.entries.iter().filter_map(|entry| entry.link.as_ref());
        let place = links.into_iter().find_map(portal_at);
        Some(place.unwrap_or_else(|| (PlatformKind::Feed, fetched.served.clone())))
    }

    fn note(&mut self, url: &Url, outcome: &str) {
        self.tried.push(Tried {
            url: url.clone(),
            outcome: outcome.to_owned(),
        });
    }

    /// Says more exactly what came of the last request.
    fn say(&mut self, outcome: &str) {
        if let Some(last) = self.tried.last_mut() {
            outcome.clone_into(&mut last.outcome);
        }
    }
}

/// Where portals of known platforms may stand whose host, or whose folder on a host, was named: their own
/// front pages are often empty.
pub(super) fn doors(front: &Url) -> Vec<Place> {
    if front.query().is_some() || front.path().trim_matches('/').contains('/') {
        return vec![];
    }
    PlatformKind::ALL
        .into_iter()
        .flat_map(|kind| platform(kind).doors(front))
        .filter_map(|door| portal_at(&door))
        .collect()
}

/// How surely a link leads to minutes, 0 the surest; `None` when nothing speaks for it.
fn rank(link: &Link) -> Option<usize> {
    let (text, path) = (link.text.to_lowercase(), slug(link.url.path()));
    let words = &Vocabulary::in_force().discovery().link_words;
    words
        .iter()
        .position(|word| text.contains(word.as_str()) || path.contains(&slug(word)))
}

/// Whether two addresses are of one site: the same host, or one under the other's name.
fn same_site(one: &Url, other: &Url) -> bool {
    let bare = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_owned();
        host.strip_prefix("www.")
            .map_or(host.clone(), str::to_owned)
    };
    let (one, other) = (bare(one), bare(other));
    one == other || one.ends_with(&format!(".{other}")) || other.ends_with(&format!(".{one}"))
}

/// Whether two addresses name one portal; scheme, case and a slash at the end mean nothing.
pub fn same_portal(one: &Url, other: &Url) -> bool {
    let plain = |url: &Url| {
        let port = url.port().filter(|port| ![80, 443].contains(port));
        let path = url.path().trim_end_matches('/').to_ascii_lowercase();
        (url.host_str().map(str::to_owned), port, path)
    };
    plain(one) == plain(other)
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("url")
    }

    #[test]
    fn the_page_of_minutes_comes_before_the_page_of_decisions() {
        let rank = |address: &str, text: &str| {
            rank(&Link {
                url: url(address),
                text: text.to_owned(),
            })
        };
        let minutes = rank("https://k.example/a", "Esityslistat ja pöytäkirjat");
        let path = rank("https://k.example/paatoksenteko/poytakirjat", "Lue lisää");
        let decisions = rank("https://k.example/b", "Päätöksenteko");
        assert!(
            minutes < path && path < decisions,
            "{minutes:?} {path:?} {decisions:?}"
        );
        assert_eq!(rank("https://k.example/c", "Tapahtumat"), None);
    }

    #[test]
    fn a_portal_is_the_same_however_it_is_written() {
        let same = |one: &str, other: &str| same_portal(&url(one), &url(other));
        assert!(same(
            "https://k.example:443/D10/cgi/DREQUEST.PHP",
            "http://K.example/d10/cgi/drequest.php"
        ));
        assert!(same("https://k.example/fi-FI/", "https://k.example/fi-FI"));
        assert!(!same("https://k.example/a", "https://k.example/b"));
        assert!(!same("https://k.example:8443/a", "https://k.example/a"));
    }

    #[test]
    fn a_site_is_one_host_with_what_stands_under_it() {
        let same = |one: &str, other: &str| same_site(&url(one), &url(other));
        assert!(same("https://www.k.example/a", "https://k.example/"));
        assert!(same(
            "https://paatokset.k.example/a",
            "https://www.k.example/"
        ));
        assert!(!same("https://k.example/", "https://other.example/"));
    }
}
