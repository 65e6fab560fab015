//! The page of a meeting: what it says of the meeting, and the items it lists.

use super::super::frame::line_text;
use super::super::links::tidy;
use super::super::with_prefix;
use super::header::is_own;
use super::heading::{Heading, status_in};
use super::listing::{item_address, portal_of};
use super::lists::Page;
use super::refs::Key;
use super::rows::Row;
use crate::model::feed_item::ListedItem;
use crate::model::listing::{ListAddress, ListReading, ListedMeeting, MeetingStatus};
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};

/// A longer line is running text, whatever it says of cancelled meetings.
const MAX_NOTE: usize = 160;

/// Reads a meeting; the page must lead to its own items or files, or name itself.
pub(super) fn read(page: &Page<'_>) -> Result<ListReading, PageFault> {
    let Some(id) = page.own_id() else {
        return Err(page.wrong());
    };
    let heading = heading(page);
    prove(page, id, heading.as_ref())?;
    let mut reading = ListReading::default();
    let about = about(page, id, heading.unwrap_or_default(), &mut reading.problems);
    for row in &page.rows {
        add_items(&mut reading, page, row, id);
    }
    for item in &mut reading.items {
        item.body = about.as_ref().map(|about| about.body.clone());
        item.held_on = about.as_ref().map(|about| about.held_on);
    }
    reading.about = about;
    reading.drop_planned_sections();
    Ok(reading)
}

/// The line that names the meeting: a page header, or a short line with body and day.
fn heading(page: &Page<'_>) -> Option<Heading> {
    if let Some(found) = &page.lines.header {
        return Some(Heading::of_header(found, page.vocab));
    }
    let bare = page.lines.all.iter().filter(|seen| is_own(seen));
    bare.map(line_text)
        .filter(|text| text.chars().count() <= MAX_NOTE)
        .filter(|text| !page.vocab.published_on().is_match(text))
        .filter_map(|text| Heading::of_text(&text, page.vocab))
        .find(|heading| heading.body.is_some() && heading.held_on.is_some())
}

fn prove(page: &Page<'_>, id: &str, heading: Option<&Heading>) -> Result<(), PageFault> {
    // the page of an item leads to its neighbours, which are items of the meeting too
    let numbered = page.lines.header.as_ref().is_some_and(|h| h.numbered);
    if numbered {
        return Err(page.wrong());
    }
    let is_own = |key: &Key| !key.is_decision() && key.number == id;
    let mut own = page.links().map(|link| &link.target).filter(|target| {
        target.item().is_some_and(is_own)
            || target.file().is_some_and(is_own)
            || target.attached_to().is_some_and(is_own)
            || target.meeting_file() == Some(id)
    });
    if own.next().is_some() {
        return Ok(());
    }
    // a meeting without items, mostly a cancelled one: it leads to itself, or has body and day asked for
    let asked = page.asked.list;
    let named = heading.is_some_and(|heading| {
        heading.held_on.is_some()
            && asked.held_on == heading.held_on
            && asked.body.is_some()
            && asked.body == heading.body
    });
    let itself = page.links().any(|link| link.target.meeting() == Some(id));
    if !page.lists_items() && heading.is_some() && (named || itself) && !page.lists_meetings() {
        Ok(())
    } else {
        Err(page.wrong())
    }
}

fn about(
    page: &Page<'_>,
    id: &str,
    heading: Heading,
    problems: &mut Vec<Problem>,
) -> Option<ListedMeeting> {
    let asked = page.asked.list;
    let disagree = (asked.body.is_some() && heading.body.is_some() && asked.body != heading.body)
        || (asked.held_on.is_some()
            && heading.held_on.is_some()
            && asked.held_on != heading.held_on);
    if disagree {
        let detail =
            "the page of the meeting names another body or day than the list that led to it";
        problems.push(Problem::new(ProblemKind::Disagreement, detail));
    }
    let body = heading.body.clone().or_else(|| asked.body.clone());
    let held_on = heading.held_on.or(asked.held_on);
    let (Some(body), Some(held_on)) = (body, held_on) else {
        let detail = "the page of the meeting names no body and day";
        problems.push(Problem::new(ProblemKind::MissingHeader, detail));
        return None;
    };
    let pdf = page
        .links()
        .find(|link| link.target.meeting_file() == Some(id));
    let pdf_url = pdf.and_then(|link| {
        let portal = portal_of(page.asked.source, page.asked.served, &link.url)?;
        Some(tidy(link.url.clone(), portal))
    });
    let told = pdf.and_then(|link| status_in(&link.text, page.vocab));
    let status = if !page.lists_items() && is_cancelled(page) {
        Some(MeetingStatus::Cancelled)
    } else {
        heading.status.or(told)
    };
    let mut published = page.lines.all.iter().map(line_text);
    let list = ListAddress {
        body: Some(body.clone()),
        held_on: Some(held_on),
        ..asked.clone()
    };
    Some(ListedMeeting {
        body,
        held_on,
        starts_at: heading.starts_at,
        number: heading.number,
        status,
        published_on: published.find_map(|text| page.published_in(&text)),
        place: heading.place,
        list: Some(list),
        pdf_url,
    })
}

/// Whether a page without items says that the meeting was cancelled.
fn is_cancelled(page: &Page<'_>) -> bool {
    page.lines
        .all
        .iter()
        .map(line_text)
        .any(|text| text.chars().count() <= MAX_NOTE && page.vocab.says_cancelled(&text))
}

/// The items of a row; its number and its title may both be links.
fn add_items(reading: &mut ListReading, page: &Page<'_>, row: &Row, meeting: &str) {
    let mut keys = row.links.iter().filter_map(|link| link.target.item());
    let first = keys.next();
    let alone = keys.all(|key| Some(key) == first);
    for link in &row.links {
        let Some(key) = link.target.item().filter(|key| key.number == meeting) else {
            continue;
        };
        let listed_key = with_prefix(&page.asked.source.key_prefix, &key.text());
        let is_title = link.text.chars().any(char::is_alphabetic);
        if let Some(known) = reading.items.iter_mut().find(|item| item.key == listed_key) {
            if is_title && link.text.len() > known.title.len() {
                known.title.clone_from(&link.text);
            }
            continue;
        }
        let Some(portal) = portal_of(page.asked.source, page.asked.served, &link.url) else {
            reading
                .problems
                .push(page.unusable(&key.text(), "only a link to another host"));
            continue;
        };
        let title = if is_title {
            link.text.clone()
        } else {
            longest(&row.cells)
        };
        reading.items.push(ListedItem {
            key: listed_key,
            url: item_address(portal, &link.url, key),
            title,
            body: None,
            held_on: None,
            position: key.position,
            section_no: row.section.filter(|_| alone),
            published: None,
            text: None,
        });
    }
}

/// The cell that says most: the title, where only the number is a link.
fn longest(cells: &[String]) -> String {
    cells
        .iter()
        .max_by_key(|cell| cell.len())
        .cloned()
        .unwrap_or_default()
}
