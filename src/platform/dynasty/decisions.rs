//! Lists of officeholders' decisions (viranhaltijapäätökset).

use super::super::with_prefix;
use super::header::dated;
use super::listing::{decision_title, item_address, portal_of};
use super::lists::Page;
use super::refs::{Key, Target};
use super::rows::Row;
use crate::model::feed_item::ListedItem;
use crate::model::listing::ListReading;
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};

/// How many decisions the list is asked for: a list of so many may go on.
pub(super) const PAGE_SIZE: usize = 100;

/// Reads decisions; a list of none is believed only where the page leads to lists of decisions.
pub(super) fn read(page: &Page<'_>) -> Result<ListReading, PageFault> {
    let mut reading = ListReading::default();
    for row in &page.rows {
        add(&mut reading, page, row);
    }
    let itself = page.links().any(|link| link.target == Target::Decisions);
    if reading.items.is_empty() && (!itself || page.lists_items() || page.lists_meetings()) {
        return Err(page.wrong());
    }
    if reading.items.len() >= PAGE_SIZE {
        let detail = format!("the list of decisions has {PAGE_SIZE} entries and may go on");
        reading
            .problems
            .push(Problem::new(ProblemKind::TooManyEntries, detail));
    }
    Ok(reading)
}

/// A row: office and day in one cell, kind, number and title in the link.
fn add(reading: &mut ListReading, page: &Page<'_>, row: &Row) {
    for link in &row.links {
        let Some(key) = link.target.item().filter(|key| Key::is_decision(key)) else {
            continue;
        };
        let listed_key = with_prefix(&page.asked.source.key_prefix, &key.text());
        if link.text.is_empty() || reading.items.iter().any(|item| item.key == listed_key) {
            continue;
        }
        let Some(portal) = portal_of(page.asked.source, page.asked.served, &link.url) else {
            reading
                .problems
                .push(page.unusable(&key.text(), "only a link to another host"));
            continue;
        };
        let mut beside = row.cells.iter().filter(|cell| !cell.contains(&link.text));
        let (office, held_on) = beside
            .find_map(|cell| dated(cell))
            .map_or((None, None), |(office, day)| (Some(office), day));
        reading.items.push(ListedItem {
            key: listed_key,
            url: item_address(portal, &link.url, key),
            title: decision_title(&link.text, page.vocab).to_owned(),
            body: office.filter(|office| !office.is_empty()),
            held_on,
            position: None,
            section_no: None,
            published: None,
            text: None,
        });
    }
}
