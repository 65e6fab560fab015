//! What ties items of one municipality to each other: references and diary numbers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::days;
use super::reference::{Reference, references};
use crate::model::dossier::JoinMethod;
use crate::model::item::ItemRecord;

/// A reference without a year means a day at most so long before.
const BACK_DAYS: i32 = 400;

/// A diary number of more items is a collection, not a matter.
const COLLECTION: usize = 12;

/// Other items that one names are looked for up to so many.
const NAMED: usize = 100;

const BY_REFERENCE: f64 = 0.9;
const BY_DIARY: f64 = 0.85;

/// Two items that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tie {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) method: JoinMethod,
    pub(super) confidence: f64,
    pub(super) note: String,
}

/// A meeting's section: municipality, day, number.
type Section<'i> = (&'i str, Date, u32);

/// Every tie between items, references first.
pub(super) fn ties(items: &[&ItemRecord]) -> Vec<Tie> {
    let mut sections: BTreeMap<Section<'_>, Vec<usize>> = BTreeMap::new();
    let mut diaries: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        let section = item.fields.as_ref().and_then(|fields| fields.section_no);
        if let Some((day, section)) = item.held_on.zip(section) {
            let at = (item.municipality.as_str(), day, section);
            sections.entry(at).or_default().push(number);
        }
        for diary in item.fields.iter().flat_map(|fields| &fields.diary_numbers) {
            let diary = (item.municipality.as_str(), diary.as_str());
            diaries.entry(diary).or_default().insert(number);
        }
    }
    let mut ties = vec![];
    for (number, item) in items.iter().enumerate() {
        let named = referred(item, &sections);
        let others = named.into_iter().filter(|(target, _)| *target != number);
        ties.extend(
            others.map(|(target, note)| tie((number, target), JoinMethod::Reference, note)),
        );
    }
    for ((_, diary), numbers) in diaries {
        if numbers.len() > COLLECTION {
            continue;
        }
        for a in &numbers {
            for b in numbers.range(a + 1..) {
                ties.push(tie((*a, *b), JoinMethod::Diary, diary.to_owned()));
            }
        }
    }
    ties
}

fn tie((a, b): (usize, usize), method: JoinMethod, note: String) -> Tie {
    let confidence = match method {
        JoinMethod::Reference => BY_REFERENCE,
        JoinMethod::Diary | JoinMethod::Title | JoinMethod::Text | JoinMethod::Human => BY_DIARY,
    };
    Tie {
        a,
        b,
        method,
        confidence,
        note,
    }
}

/// The items that an item's earlier handlings and texts name, each with the reference as printed. A section that two
/// bodies have on one day names neither. Each comes once, with the first reference to it.
fn referred(
    item: &ItemRecord,
    sections: &BTreeMap<Section<'_>, Vec<usize>>,
) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let mut add = |target: Option<usize>, note: String| {
        if let Some(target) = target
            && found.len() < NAMED
        {
            found.entry(target).or_insert(note);
        }
    };
    let only = |day: Date, section: u32| match sections
        .get(&(item.municipality.as_str(), day, section))
        .map(Vec::as_slice)
    {
        Some([only]) => Some(*only),
        Some(_) | None => None,
    };
    for handling in &item.handlings {
        if let Some((day, section)) = handling.held_on.zip(handling.section_no) {
            let body = handling.body.as_deref().unwrap_or_default();
            let note = format!("{body} {} § {section}", day.strftime("%-d.%-m.%Y"));
            add(only(day, section), note.trim().to_owned());
        }
    }
    for text in texts(item) {
        for reference in references(text) {
            let day = day_of(&reference, item.held_on);
            let target = day.and_then(|day| only(day, reference.section));
            add(target, reference.quote);
        }
    }
    found
}

fn texts(item: &ItemRecord) -> impl Iterator<Item = &str> {
    let own = item.fields.iter().flat_map(|fields| {
        [&fields.background, &fields.proposal, &fields.decision]
            .into_iter()
            .flatten()
    });
    let earlier = item
        .handlings
        .iter()
        .filter_map(|handling| handling.text.as_ref());
    own.chain(earlier).map(String::as_str)
}

/// The day a reference means, seen from the day of the meeting that makes it.
fn day_of(reference: &Reference, seen_from: Option<Date>) -> Option<Date> {
    if let Some(year) = reference.year {
        return Date::new(year, reference.month, reference.day).ok();
    }
    let from = seen_from?;
    [from.year(), from.year() - 1].into_iter().find_map(|year| {
        let day = Date::new(year, reference.month, reference.day).ok()?;
        (day <= from && days(day, from) <= BACK_DAYS).then_some(day)
    })
}
