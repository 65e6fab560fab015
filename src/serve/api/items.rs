//! `/api/items`: pages of items, and one item with its whole history.

use std::sync::Arc;

use serde::Serialize;
use url::{Url, form_urlencoded};

use crate::model::ids::Uid;
use crate::model::item::{ItemRecord, NoVersion, VersionRecord};
use crate::serve::feeds::under;
use crate::serve::filters::{BadParameter, FeedRequest};
use crate::serve::site::{FeedQuery, ItemCursor, ItemQuery, Site, SiteFault, Standing};

use super::problem::Problem;
use super::{Answer, Asked, Desk, json, parameters};

/// Parameters of a list.
const PARAMETERS: [&str; 11] = [
    "municipality",
    "body",
    "stage",
    "outcome",
    "network",
    "dossier",
    "year",
    "q",
    "since",
    "cursor",
    "limit",
];
/// Items of a page, unless asked otherwise.
const USUAL: u32 = 50;
/// Most items of a page.
const MOST: u32 = 200;
/// Longest public key that what stands near it is looked for.
const LONGEST_UID: usize = 100;
/// Longest slug of a dossier, in bytes.
const LONGEST_SLUG: usize = 200;
/// How many of those are named.
const NEAR: u32 = 5;

/// Which items, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ItemsRequest {
    filters: FeedRequest,
    network: Option<String>,
    dossier: Option<String>,
    after: Option<ItemCursor>,
    limit: u32,
}

impl ItemsRequest {
    fn parse(query: &str, site: &dyn Site) -> Result<Self, Problem> {
        let mut request = Self {
            filters: FeedRequest::default(),
            network: None,
            dossier: None,
            after: None,
            limit: USUAL,
        };
        for (name, value) in parameters::read(query, &PARAMETERS)? {
            request.set(name, &value, site)?;
        }
        request.filters.insist_on_known(site)?;
        Ok(request)
    }

    fn set(
        &mut self,
        name: &'static str,
        value: &str,
        site: &dyn Site,
    ) -> Result<(), BadParameter> {
        match name {
            "network" => self.network = Some(network(value, site)?),
            "dossier" => self.dossier = Some(dossier(value)?),
            "cursor" => {
                let wrong = |_no_cursor| BadParameter::new(name, value, "the cursor of an answer");
                self.after = Some(value.parse().map_err(wrong)?);
            }
            "limit" => {
                let limit = parameters::number(name, value, (1, MOST.into()))?;
                self.limit = u32::try_from(limit).unwrap_or(USUAL);
            }
            filter => self.filters.set(filter, value, site)?,
        }
        Ok(())
    }

    fn query(&self) -> ItemQuery {
        ItemQuery {
            filter: FeedQuery {
                limit: self.limit,
                offset: 0,
                dossier: self.dossier.clone(),
                ..self.filters.query(self.network.as_deref())
            },
            after: self.after,
        }
    }

    /// The request with another cursor as a query string: always the same for the same request.
    fn canonical(&self, cursor: Option<ItemCursor>) -> String {
        let mut out = form_urlencoded::Serializer::new(self.filters.canonical());
        let pairs = [
            ("network", self.network.clone()),
            ("dossier", self.dossier.clone()),
            ("cursor", cursor.map(|cursor| cursor.to_string())),
            ("limit", Some(self.limit.to_string())),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                out.append_pair(name, &value);
            }
        }
        out.finish()
    }
}

/// The slug of a network, as given.
///
/// # Errors
///
/// One that is not configured.
pub fn network(value: &str, site: &dyn Site) -> Result<String, BadParameter> {
    let known: Vec<&str> = site
        .networks()
        .iter()
        .map(|one| one.slug.as_str())
        .collect();
    if known.contains(&value) {
        Ok(value.to_owned())
    } else {
        let allowed = format!("one of {}", known.join(", "));
        Err(BadParameter::new("network", value, allowed))
    }
}

/// The slug of a dossier; one that is not there has no items.
fn dossier(value: &str) -> Result<String, BadParameter> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if value.len() <= LONGEST_SLUG && value.bytes().all(plain) {
        Ok(value.to_owned())
    } else {
        let allowed = "the slug of a dossier";
        Err(BadParameter::new("dossier", value, allowed))
    }
}

#[derive(Serialize)]
struct Items {
    items: Vec<ItemRecord>,
    /// Address of the next page; `null` on the last one.
    next: Option<Url>,
}

/// A page of items.
///
/// # Errors
///
/// A parameter that is not allowed, and when the archive cannot be read.
pub fn list(desk: &Desk<'_>, query: &str) -> Answer {
    let request = ItemsRequest::parse(query, desk.site)?;
    let (query, key) = (request.query(), request.canonical(request.after));
    let stamp = desk.site.feed_stamp(&query.filter)?;
    let build = || -> Result<_, SiteFault> {
        let page = desk.site.items(&query)?;
        let next = page.next.map(|cursor| {
            let mut next = under(desk.site.public_url(), "api/items");
            next.set_query(Some(&request.canonical(Some(cursor))));
            next
        });
        let document = json(&Items {
            items: page.items,
            next: next.clone(),
        })?;
        Ok(match next {
            Some(next) => document.leading_to(&next),
            None => document,
        })
    };
    Ok(desk.cache.get_or_build(&key, stamp, build)?)
}

/// One item; with `version` the text it had then.
///
/// # Errors
///
/// An item that is not known or gone, and when the archive cannot be read.
pub fn one(site: &dyn Site, asked: &Asked) -> Answer {
    let mut version = None;
    for (name, value) in parameters::read(&asked.query, &["version"])? {
        let number = parameters::number(name, &value, (1, i64::from(u32::MAX)));
        version = u32::try_from(number.map_err(Problem::from)?).ok();
    }
    let uid = Uid::new(&asked.path);
    match site.standing(&uid)? {
        Standing::Found => {}
        Standing::Gone(gone) => return Err(Problem::gone(gone).into()),
        Standing::Unknown => return Err(unknown(site, &uid)?.into()),
    }
    let Some(mut full) = site.full_item(&uid)? else {
        return Err(unknown(site, &uid)?.into());
    };
    if let Some(number) = version {
        match VersionRecord::numbered(&full.versions, number).cloned() {
            Ok(found) => full.turn_to(found),
            Err(why @ NoVersion::Damaged(_)) => {
                return Err(SiteFault::Unreadable(format!("{uid}: {why}")).into());
            }
            Err(why) => return Err(Problem::unknown_version(why).into()),
        }
    }
    Ok(Arc::new(json(&full)?))
}

fn unknown(site: &dyn Site, uid: &Uid) -> Result<Problem, SiteFault> {
    let near = if uid.as_str().len() <= LONGEST_UID {
        site.uids_near(uid, NEAR)?
    } else {
        Vec::new()
    };
    Ok(Problem::unknown_item(uid.as_str(), near))
}
