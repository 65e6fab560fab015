//! From any address a person would paste to the portal behind it, with few requests and the usual manners.

pub mod block;
mod inspect;
mod name;
mod walk;

use jiff::civil::Date;
use serde::Serialize;
use url::Url;

use self::inspect::{Lists, inspect};
use self::walk::{Walk, doors};
use crate::fetch::Client;
use crate::model::listing::ListKind;
use crate::model::source::{AuthorityKind, PlatformKind};
use crate::platform::portal_at;

/// Requests of one probe at most, robots.txt not counted.
pub const MAX_REQUESTS: u32 = 6;

/// What an address led to.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// The address that was asked for.
    pub asked: Url,
    /// Who publishes there, as far as titles and hosts tell.
    pub publisher: Option<Publisher>,
    /// The portals found; several where a municipality has one in each language or on two platforms.
    pub portals: Vec<Portal>,
    /// Every request, in order.
    pub tried: Vec<Tried>,
}

/// Who publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publisher {
    /// Name, in Finnish where it is a municipality of the register.
    pub name: String,
    /// Statistics Finland's code, where it is known.
    pub code: Option<String>,
    /// What kind of authority it is.
    pub kind: AuthorityKind,
}

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The address.
    pub url: Url,
    /// What was found there, or why nothing was.
    pub outcome: String,
}

/// A portal.
#[derive(Clone, Debug, Serialize)]
pub struct Portal {
    /// Its platform.
    pub platform: PlatformKind,
    /// Its address, as a source's `url` names it.
    pub url: Url,
    /// Its feeds, or the lists that stand in for them.
    pub lists: Vec<FoundList>,
    /// What robots.txt says of item pages; `None` when no item is known to ask about.
    pub items_allowed: Option<Permission>,
    /// Day of the newest meeting any list names.
    pub newest_meeting: Option<Date>,
    /// Names of the bodies that the lists name.
    pub bodies: Vec<String>,
    /// What stands in the way.
    pub problems: Vec<String>,
}

impl Portal {
    /// Whether any of its lists answered as it should.
    pub fn answers(&self) -> bool {
        self.lists.iter().any(|list| list.entries.is_some())
    }
}

/// A feed or list of a portal.
#[derive(Clone, Debug, Serialize)]
pub struct FoundList {
    /// What it lists.
    pub kind: ListKind,
    /// Its address.
    pub url: Url,
    /// What robots.txt says of it. A feed is subscribed to by a person and followed all the same.
    pub robots: Permission,
    /// How many entries it has; `None` when it did not answer or was not asked.
    pub entries: Option<usize>,
    /// Why there are none.
    pub error: Option<String>,
}

/// What robots.txt says of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// It may be read.
    Allowed,
    /// It may not.
    Forbidden,
    /// robots.txt could not be had.
    Unknown,
}

/// Finds the portals behind an address.
pub async fn probe(client: &Client, asked: &Url) -> Probe {
    let mut walk = Walk::new(client);
    let found = match portal_at(asked) {
        Some(portal) => vec![portal],
        None => walk.find(asked).await,
    };
    let mut portals = vec![];
    if found.is_empty() {
        for door in doors(asked) {
            let portal = inspect(&mut walk, door, asked, Lists::WhenTheFrontAnswers).await;
            if portal.answers() {
                portals.push(portal);
                break;
            }
        }
    }
    for place in found {
        portals.push(inspect(&mut walk, place, asked, Lists::All).await);
    }
    let hosts = portals.iter().map(|portal| &portal.url);
    let mut publisher = name::publisher(&walk.titles, hosts.chain([asked]));
    if publisher.is_none() && !portals.is_empty() && walk.titles.is_empty() {
        walk.look_at(asked).await;
        publisher = name::publisher(&walk.titles, std::iter::empty());
    }
    Probe {
        asked: asked.clone(),
        publisher,
        portals,
        tried: walk.tried,
    }
}
