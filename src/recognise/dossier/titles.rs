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
    stems: BTreeSet<String>,
    year: Option<i16>,
}

/// Joins what is left of the network's own items.
pub(super) fn join(table: &mut Table<'_>, network: &str) {
    let common = stems(network, &BTreeSet::new());
    let numbered = table.items.iter().zip(&table.own).enumerate();
    let mut open: Vec<Titled> = numbered
        .filter(|(item, (_, own))| **own && !table.is_placed(*item))
        .map(|(item, (record, _))| titled(item, record, &common))
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

fn titled(item: usize, record: &ItemRecord, common: &BTreeSet<String>) -> Titled {
    let year = years(&record.title, &words(&record.title));
    let mut left_out = common.clone();
    left_out.extend(stems(&record.municipality, &BTreeSet::new()));
    let own = stems(&record.title, &left_out);
    Titled {
        item,
        // A title of nothing but the network's name is compared by that.
        stems: if own.is_empty() {
            stems(&record.title, &BTreeSet::new())
        } else {
            own
        },
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
    let mut group: Vec<usize> = (0..open.len()).collect();
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
            let (Some(&of_a), Some(&of_b)) = (group.get(a), group.get(b)) else {
                continue;
            };
            let (low, high) = (of_a.min(of_b), of_a.max(of_b));
            group
                .iter_mut()
                .filter(|at| **at == high)
                .for_each(|at| *at = low);
        }
    }
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for at in &group {
        *sizes.entry(*at).or_default() += 1;
    }
    // One alone is nothing that could have been joined wrongly.
    let alone = |at: &usize| sizes.get(at) == Some(&1);
    let sure = |(at, alike): (usize, f64)| if alone(&at) { (at, 1.0) } else { (at, alike) };
    group.into_iter().zip(best).map(sure).collect()
}

#[expect(clippy::cast_precision_loss, reason = "titles have few words")]
fn likeness(table: &Table<'_>, a: &Titled, b: &Titled) -> Option<f64> {
    let between = table.held_on(a.item).zip(table.held_on(b.item));
    if a.year != b.year || between.is_some_and(|(a, b)| days(a, b) > APART_DAYS) {
        return None;
    }
    let common = a.stems.intersection(&b.stems).count() as f64;
    let all = a.stems.union(&b.stems).count().max(1) as f64;
    let alike = common / all;
    (alike >= ALIKE).then_some(alike)
}
