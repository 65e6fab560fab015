//! Feeds: where they are, and what their entries mean.

use url::Url;

use super::super::links::tidy;
use super::super::with_prefix;
use super::header::dated;
use super::heading::Heading;
use super::refs::{Key, Target, is_endpoint, is_static, query, target};
use crate::model::feed_item::{FeedEntry, ListedItem};
use crate::model::listing::{ListAddress, ListKind, Listed, ListedMeeting};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::{Publishes, Source};
use crate::vocab::Vocabulary;

/// Feeds by the name they have in their address.
const ITEMS: &str = "rss/meetingitems";
const MEETINGS: &str = "rss/meetings";
const DECISIONS: &str = "rss/official_decisions";

/// The feed that a source is followed by.
pub(super) fn front(source: &Source) -> ListAddress {
    let name = match source.publishes {
        Publishes::Items => ITEMS,
        Publishes::OfficialDecisions => DECISIONS,
    };
    ListAddress {
        kind: ListKind::ItemFeed,
        key: "feed".to_owned(),
        url: feed_address(source, name),
        body: None,
        held_on: None,
    }
}

/// The feed of meetings; many portals have none.
pub(super) fn meetings(source: &Source) -> ListAddress {
    ListAddress {
        kind: ListKind::MeetingFeed,
        key: "meetings".to_owned(),
        url: feed_address(source, MEETINGS),
        body: None,
        held_on: None,
    }
}

/// The address of a feed. `show` is always sent: nobody knows what its absence means.
fn feed_address(source: &Source, name: &str) -> Url {
    with_query(&source.url, &format!("page={name}&show={}", source.show))
}

/// What an entry means. `served` is where the feed was had.
pub(super) fn list(source: &Source, served: &Url, entry: &FeedEntry) -> Result<Listed, Problem> {
    let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
    let link = entry
        .link
        .as_ref()
        .ok_or_else(|| unusable(format!("entry \"{}\" has no link", entry.title)))?;
    let portal = portal_of(source, served, link).ok_or_else(|| {
        unusable(format!(
            "entry \"{}\" leads to another host: {link}",
            entry.title
        ))
    })?;
    let found = target(link);
    if !fits(served, &found) {
        return Err(unusable(format!(
            "entry \"{}\" is not what the feed lists: {link}",
            entry.title
        )));
    }
    if let Some(key) = found.item() {
        let url = item_address(portal, link, key);
        return Ok(Listed::Item(item(source, entry, key, url)));
    }
    match found.meeting() {
        Some(id) => meeting(portal, link, id, &entry.title).map(Listed::Meeting),
        None => Err(unusable(format!(
            "entry \"{}\" is no item, decision or meeting: {link}",
            entry.title
        ))),
    }
}

/// Whether a feed that names what it lists may list this.
fn fits(served: &Url, found: &Target) -> bool {
    let feed = query(served, "page").map(|page| page.to_ascii_lowercase());
    match feed.as_deref() {
        Some(ITEMS) => found.item().is_some_and(|key| !key.is_decision()),
        Some(DECISIONS) => found.item().is_some_and(Key::is_decision),
        Some(MEETINGS) => found.meeting().is_some(),
        Some(_) | None => true,
    }
}

/// An item; titles are `{Body} {DD.MM.YYYY} / {Subject}`.
fn item(source: &Source, entry: &FeedEntry, key: &Key, url: Url) -> ListedItem {
    let title = entry.title.trim();
    let told = title
        .split_once(" / ")
        .and_then(|(head, subject)| Some((dated(head)?, subject.trim())));
    let (body, held_on, subject) = match told {
        Some(((body, day), subject)) => (Some(body), day, subject),
        None => (None, None, title),
    };
    let subject = if key.is_decision() {
        decision_title(subject, Vocabulary::in_force())
    } else {
        subject
    };
    ListedItem {
        url,
        key: with_prefix(&source.key_prefix, &key.text()),
        title: subject.to_owned(),
        body: body.filter(|body| !body.is_empty()),
        held_on,
        position: key.position,
        section_no: None,
        published: entry.published,
        text: None,
    }
}

/// The title of a decision without kind and number, which lists write before it, even glued to it.
pub(super) fn decision_title<'a>(text: &'a str, vocab: &Vocabulary) -> &'a str {
    let found = vocab.decision_number().captures(text);
    let alone = found.filter(|found| found.name("body").is_some_and(|body| body.is_empty()));
    let rest = alone.and_then(|found| found.name("rest"));
    let title = rest.map_or(text, |rest| {
        rest.as_str()
            .trim_start_matches([' ', ',', ':', '-', '–', '/', '\t'])
    });
    if title.is_empty() { text } else { title }
}

fn meeting(portal: &Url, link: &Url, id: &str, title: &str) -> Result<ListedMeeting, Problem> {
    let heading = Heading::of_text(title, Vocabulary::in_force());
    let told = heading.and_then(|heading| Some((heading.body.clone()?, heading.held_on?, heading)));
    let Some((body, held_on, heading)) = told else {
        let detail = format!("entry \"{title}\" names no body and day of a meeting: {link}");
        return Err(Problem::new(ProblemKind::UnusableEntry, detail));
    };
    Ok(ListedMeeting {
        list: Some(ListAddress {
            kind: ListKind::Meeting,
            key: format!("meeting/{id}"),
            url: meeting_address(portal, link, id),
            body: Some(body.clone()),
            held_on: Some(held_on),
        }),
        body,
        held_on,
        starts_at: heading.starts_at,
        number: heading.number,
        status: heading.status,
        published_on: None,
        place: heading.place,
        pdf_url: None,
    })
}

/// The portal that a link belongs to. Nothing may send us to other hosts than its own: the one configured,
/// or the one that a portal which moved answers from.
pub(super) fn portal_of<'a>(source: &'a Source, served: &'a Url, link: &Url) -> Option<&'a Url> {
    let moved = Some(served).filter(|served| is_endpoint(served) || is_static(served));
    [Some(&source.url), moved]
        .into_iter()
        .flatten()
        .find(|portal| portal.host_str() == link.host_str())
}

/// The canonical address of an item or decision.
pub(super) fn item_address(portal: &Url, link: &Url, key: &Key) -> Url {
    let page = if key.is_decision() {
        "official_decision"
    } else {
        "meetingitem"
    };
    address(portal, link, &format!("page={page}&id={}", key.text()))
}

/// The canonical address of a meeting's list of items.
pub(super) fn meeting_address(portal: &Url, link: &Url, id: &str) -> Url {
    address(portal, link, &format!("page=meeting&id={id}"))
}

/// The canonical address of a body's list of meetings.
pub(super) fn body_address(portal: &Url, link: &Url, id: &str) -> Url {
    address(portal, link, &format!("page=meetings&id={id}"))
}

/// The portal's own endpoint, whatever scheme, port or case the link used; static pages are where they are.
fn address(portal: &Url, link: &Url, query: &str) -> Url {
    if is_static(link) {
        tidy(link.clone(), portal)
    } else if is_endpoint(portal) {
        with_query(portal, query)
    } else {
        with_query(&tidy(link.clone(), portal), query)
    }
}

/// An address with another query.
pub(super) fn with_query(portal: &Url, query: &str) -> Url {
    let mut url = portal.clone();
    url.set_fragment(None);
    url.set_query(Some(query));
    url
}

#[cfg(test)]
mod tests;
