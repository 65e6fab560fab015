//! Items of no subject: those whose titles say nearly the same, in one time.

use std::collections::{BTreeMap, BTreeSet};

use super::super::words::{normal, words};
use super::year::years;
use super::{APART_DAYS, Key, Place, Table, days};
use crate::model::dossier::JoinMethod;
use crate::model::item::ItemRecord;

/// Letters of a word that are compared: endings differ by case.
const STEM: usize = 7;
/// Shorter words say nothing.
const SHORTEST: usize = 4;
/// The share of words that two titles of one matter have in common.
const ALIKE: f64 = 0.75;
/// How sure equal titles are.
const BY_TITLE: f64 = 0.8;

/// What is compared of a title.
struct Titled {
    item: usize,
    /// Numbers of its stems, in their order.
    stems: Vec<usize>,
    year: Option<i16>,
}

/// Each stem's number: those of two titles are compared as often as there are pairs.
#[derive(Default)]
struct Numbers(BTreeMap<String, usize>);

impl Numbers {
    fn of(&mut self, stems: BTreeSet<String>) -> Vec<usize> {
        let mut numbers: Vec<usize> = stems
            .into_iter()
            .map(|stem| {
                let next = self.0.len();
                *self.0.entry(stem).or_insert(next)
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }
}

/// Joins what is left of the network's own items.
pub(super) fn join(table: &mut Table<'_>, network: &str) {
    let common = stems(network, &BTreeSet::new());
    let numbered = table.items.iter().zip(&table.own).enumerate();
    let mut numbers = Numbers::default();
    let mut open: Vec<Titled> = numbered
        .filter(|(item, (_, own))| **own && !table.is_placed(*item))
        .map(|(item, (record, _))| titled(item, record, &common, &mut numbers))
        .collect();
    open.sort_by_key(|titled| (table.held_on(titled.item), titled.item));
    let groups = components(table, &open);
    for (titled, (group, alike)) in open.iter().zip(groups) {
        let title = table.items.get(titled.item).map(|item| item.title.clone());
        let place = Place {
            method: JoinMethod::Title,
            confidence: BY_TITLE * alike,
            note: title.unwrap_or_default(),
        };
        table.put(titled.item, Key::Titled(group), place);
    }
}

fn titled(
    item: usize,
    record: &ItemRecord,
    common: &BTreeSet<String>,
    numbers: &mut Numbers,
) -> Titled {
    let year = years(&record.title, &words(&record.title));
    let mut left_out = common.clone();
    left_out.extend(stems(&record.municipality, &BTreeSet::new()));
    let own = stems(&record.title, &left_out);
    Titled {
        item,
        // A title of nothing but the network's name is compared by that.
        stems: numbers.of(if own.is_empty() {
            stems(&record.title, &BTreeSet::new())
        } else {
            own
        }),
        year: year.first().map(|(_, year)| *year),
    }
}

fn stems(text: &str, left_out: &BTreeSet<String>) -> BTreeSet<String> {
    let long = words(text).into_iter().map(|word| normal(&word.text));
    let long = long.filter(|word| {
        word.chars().count() >= SHORTEST && !word.chars().all(|c| c.is_ascii_digit())
    });
    let stems = long.map(|word| word.chars().take(STEM).collect::<String>());
    stems.filter(|stem| !left_out.contains(stem)).collect()
}

/// Group and best likeness of each: whatever is joined by a chain of likenesses is one group, numbered by its first.
fn components(table: &Table<'_>, open: &[Titled]) -> Vec<(usize, f64)> {
    let mut leads: Vec<usize> = (0..open.len()).collect();
    let mut best = vec![0.0_f64; open.len()];
    for (b, second) in open.iter().enumerate() {
        for (a, first) in open.iter().enumerate().take(b) {
            let Some(alike) = likeness(table, first, second) else {
                continue;
            };
            for at in [a, b] {
                if let Some(known) = best.get_mut(at) {
                    *known = known.max(alike);
                }
            }
            let (of_a, of_b) = (lead(&mut leads, a), lead(&mut leads, b));
            if let Some(at) = leads.get_mut(of_a.max(of_b)) {
                *at = of_a.min(of_b);
            }
        }
    }
    let group: Vec<usize> = (0..open.len()).map(|at| lead(&mut leads, at)).collect();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for at in &group {
        *sizes.entry(*at).or_default() += 1;
    }
    // One alone is nothing that could have been joined wrongly.
    let alone = |at: &usize| sizes.get(at) == Some(&1);
    let sure = |(at, alike): (usize, f64)| if alone(&at) { (at, 1.0) } else { (at, alike) };
    group.into_iter().zip(best).map(sure).collect()
}

/// The first of the group that one is in: each leads to one before it, and what was walked leads there at once.
fn lead(leads: &mut [usize], from: usize) -> usize {
    let mut first = from;
    while let Some(&before) = leads.get(first)
        && before != first
    {
        first = before;
    }
    let mut at = from;
    while let Some(next) = leads.get_mut(at)
        && *next != first
    {
        at = std::mem::replace(next, first);
    }
    first
}

#[expect(clippy::cast_precision_loss, reason = "titles have few words")]
fn likeness(table: &Table<'_>, a: &Titled, b: &Titled) -> Option<f64> {
    let between = table.held_on(a.item).zip(table.held_on(b.item));
    if a.year != b.year || between.is_some_and(|(a, b)| days(a, b) > APART_DAYS) {
        return None;
    }
    let common = common(&a.stems, &b.stems);
    let all = (a.stems.len() + b.stems.len() - common).max(1);
    let alike = common as f64 / all as f64;
    (alike >= ALIKE).then_some(alike)
}

/// How many numbers stand in both; the second are in their order.
fn common(a: &[usize], b: &[usize]) -> usize {
    a.iter()
        .filter(|number| b.binary_search(number).is_ok())
        .count()
}
