//! Fields that the newest pages lack although pages of the same bodies used to have them.

use std::collections::BTreeMap;

use crate::model::health::{FillDrop, FilledPage, Severity, Trouble, WatchedField};
use crate::model::minutes::Stage;
use crate::vocab::Vocabulary;

use super::{Found, count};

/// How many of the newest pages are held against the others: few show a change soon, many show a slow one.
const NEWEST: [usize; 3] = [8, 15, 30];
/// Pages of a body that make a past.
const PAST: u32 = 5;
/// Fewer expected pages than this say nothing.
const EXPECTED: u32 = 6;
/// A drop is to a quarter or less.
const QUARTER: u32 = 4;

/// Which fields dropped; `pages` come with those of the newest meetings first.
pub(super) fn dropped(pages: &[FilledPage], vocab: &Vocabulary) -> Found {
    let drops: Vec<FillDrop> = Stage::ALL
        .iter()
        .flat_map(|stage| {
            // The formal items of a meeting are filled as their number happens to be.
            let pages: Vec<&FilledPage> = pages
                .iter()
                .filter(|page| page.stage == *stage && !vocab.is_procedural(&page.title))
                .collect();
            let fields = WatchedField::ALL.iter();
            let drops = fields.filter_map(move |field| drop_of(&pages, *field, *stage));
            drops.collect::<Vec<_>>()
        })
        .collect();
    if drops.is_empty() {
        return None;
    }
    let wholly = drops
        .iter()
        .any(|drop| drop.filled == 0 && drop.pages >= 15);
    let severity = if wholly {
        Severity::Failing
    } else {
        Severity::Warning
    };
    Some((severity, Trouble::FillDropped { drops }))
}

fn drop_of(pages: &[&FilledPage], field: WatchedField, stage: Stage) -> Option<FillDrop> {
    NEWEST.iter().rev().find_map(|size| {
        let (newest, past) = pages.split_at_checked(*size)?;
        let past = by_body(past, field);
        let compared = newest
            .iter()
            .filter_map(|page| Some((page, past.get(&page.body.as_deref())?)))
            .filter(|(_, (_, seen))| *seen >= PAST);
        // In hundredths of a page, so that shares of bodies add up.
        let (mut usual, mut filled) = (0, 0);
        for (page, (having, seen)) in compared {
            usual += having * 100 / seen;
            filled += u32::from(page.filled.contains(&field));
        }
        let usual = usual / 100;
        let drop = FillDrop {
            field,
            stage,
            pages: count(*size),
            filled,
            usual,
        };
        (usual >= EXPECTED && filled * QUARTER <= usual).then_some(drop)
    })
}

/// Of each body: how many pages have the field, of how many. Bodies differ: a council has no presenter.
fn by_body<'a>(
    pages: &[&'a FilledPage],
    field: WatchedField,
) -> BTreeMap<Option<&'a str>, (u32, u32)> {
    let mut counted = BTreeMap::new();
    for page in pages {
        let (having, seen) = counted.entry(page.body.as_deref()).or_insert((0, 0));
        *having += u32::from(page.filled.contains(&field));
        *seen += 1;
    }
    counted
}
