//! A portal looked at: which of its lists answer, what they name, what robots.txt says of them.

use std::time::Duration;

use jiff::civil::Date;
use url::Url;

use super::walk::{Place, Walk};
use super::{FoundList, Permission, Portal};
use crate::daemon::reading::read_list;
use crate::fetch::RequestKind;
use crate::model::ids::SourceId;
use crate::model::listing::{AskedList, ListAddress, ListReading};
use crate::model::source::{PlatformKind, Publishes, Source};
use crate::platform::platform;

/// Entries asked of a feed: as many as the portals own links ask for.
const SHOW: u32 = 30;

/// Bodies named in an answer at most.
const MAX_BODIES: usize = 60;

/// Which lists are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// All that are followed.
    All,
    /// The front first; the others only when it answers.
    WhenTheFrontAnswers,
}

/// Looks at a portal within what is left of the walk; `asked` is what the person pasted.
pub(super) async fn inspect(
    walk: &mut Walk<'_>,
    (kind, url): Place,
    asked: &Url,
    lists: Lists,
) -> Portal {
    let reader = platform(kind);
    let source = source(kind, &url);
    let mut portal = Portal {
        platform: kind,
        url,
        lists: vec![],
        items_allowed: None,
        newest_meeting: None,
        bodies: vec![],
        problems: vec![],
    };
    let pasted_item = reader.key_of_address(asked).map(|_| asked.clone());
    let mut item = pasted_item;
    let front = reader.front(&source);
    let followed = reader.lists(&source);
    for list in std::iter::once(front).chain(followed) {
        let (found, reading) = look(walk, &source, list).await;
        portal.lists.push(found);
        if lists == Lists::WhenTheFrontAnswers && !portal.answers() {
            break;
        }
        if let Some(reading) = reading {
            item = item.or_else(|| page_of(&reading));
            take(&mut portal, reading);
        }
    }
    if let Some(item) = item.filter(|_| reader.reads_pages(&source)) {
        portal.items_allowed = Some(walk.permission(&item).await);
    }
    judge(&mut portal);
    portal
}

/// A page to ask robots.txt about: an item's, or where only meetings are listed, a meeting's.
fn page_of(reading: &ListReading) -> Option<Url> {
    let items = reading.items.iter().map(|item| &item.url);
    let meetings = reading.meetings.iter();
    let lists = meetings.filter_map(|meeting| meeting.list.as_ref());
    items.chain(lists.map(|list| &list.url)).next().cloned()
}

fn source(kind: PlatformKind, url: &Url) -> Source {
    Source {
        id: SourceId::new("probe"),
        municipality: String::new(),
        platform: kind,
        url: url.clone(),
        interval: Duration::from_mins(20),
        enabled: true,
        key_prefix: String::new(),
        show: SHOW,
        publishes: Publishes::Items,
        // Pages are asked about here, not read: robots.txt has the last word all the same.
        permission: Some(String::new()),
        pdf: vec![],
        attachments: vec![],
        successor_of: None,
    }
}

async fn look(
    walk: &mut Walk<'_>,
    source: &Source,
    list: ListAddress,
) -> (FoundList, Option<ListReading>) {
    let robots = walk.permission(&list.url).await;
    let mut found = FoundList {
        kind: list.kind,
        url: list.url.clone(),
        robots,
        entries: None,
        error: None,
    };
    let kind = if list.kind.is_feed() {
        RequestKind::Feed
    } else {
        RequestKind::Page
    };
    if kind == RequestKind::Page && robots != Permission::Allowed {
        found.error = Some("not asked for: robots.txt does not allow it".to_owned());
        return (found, None);
    }
    let fetched = match walk.fetch(&list.url, kind).await {
        Ok(fetched) => fetched,
        Err(error) => {
            found.error = Some(error);
            return (found, None);
        }
    };
    let asked = AskedList {
        source,
        list: &list,
        served: &fetched.served,
    };
    match read_list(asked, &fetched.bytes, fetched.content_type.as_deref()) {
        Ok(reading) => {
            found.entries =
                Some(reading.items.len() + reading.meetings.len() + reading.lists.len());
            (found, Some(reading))
        }
        Err(fault) => {
            found.error = Some(fault.to_string());
            (found, None)
        }
    }
}

/// Adds what a list names.
fn take(portal: &mut Portal, reading: ListReading) {
    let of_items = reading
        .items
        .into_iter()
        .map(|item| (item.body, item.held_on));
    let of_meetings = reading
        .meetings
        .into_iter()
        .chain(reading.about)
        .map(|meeting| (Some(meeting.body), Some(meeting.held_on)));
    let of_lists = reading
        .lists
        .into_iter()
        .map(|list| (list.body, list.held_on));
    let named: Vec<(Option<String>, Option<Date>)> =
        of_items.chain(of_meetings).chain(of_lists).collect();
    for (body, day) in named {
        portal.newest_meeting = portal.newest_meeting.max(day);
        let new = body.filter(|body| !body.is_empty() && !portal.bodies.contains(body));
        if portal.bodies.len() < MAX_BODIES {
            portal.bodies.extend(new);
        }
    }
}

/// Says in words what stands in the way.
fn judge(portal: &mut Portal) {
    let answers = portal.answers();
    let Some(front) = portal.lists.first() else {
        return;
    };
    match (front.entries, &front.error) {
        (None, Some(error)) => portal.problems.push(format!(
            "{} does not answer as it should: {error}",
            front.url
        )),
        (Some(0), _) => portal
            .problems
            .push(format!("{} answers, but lists nothing", front.url)),
        (Some(_) | None, _) => {}
    }
    if portal.items_allowed == Some(Permission::Forbidden) {
        let what = "robots.txt forbids item pages: only what lists and feeds say is followed, unless \
                    the publisher permits more (write who and when into `permission`)";
        portal.problems.push(what.to_owned());
    }
    if answers && portal.newest_meeting.is_none() && portal.platform != PlatformKind::Feed {
        let what = "no list names the day of a meeting: look whether the portal is still in use";
        portal.problems.push(what.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::listing::{ListKind, ListedMeeting};

    #[test]
    fn where_only_meetings_are_listed_robots_txt_is_asked_about_a_meeting() {
        let url: Url = "https://k.example/ktwebscr/pk_asil_tweb.htm?+bid=1"
            .parse()
            .expect("url");
        let mut meeting = ListedMeeting {
            body: "Aluehallitus".to_owned(),
            held_on: Date::constant(2026, 11, 16),
            starts_at: None,
            number: None,
            status: None,
            published_on: None,
            place: None,
            list: None,
            pdf_url: None,
        };
        let first = meeting.clone();
        meeting.list = Some(ListAddress {
            kind: ListKind::Meeting,
            key: "meeting/1".to_owned(),
            url: url.clone(),
            body: None,
            held_on: None,
        });
        let reading = ListReading {
            meetings: vec![first, meeting],
            ..ListReading::default()
        };
        assert_eq!(page_of(&reading), Some(url));
        assert_eq!(page_of(&ListReading::default()), None);
    }
}
