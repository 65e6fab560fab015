//! From items that are placed to those tied to them, step by step.

use std::collections::BTreeMap;

use super::ties::Tie;
use super::{Key, Place, Table, days};
use crate::model::dossier::JoinMethod;

/// Which of several ties counts: references before diary numbers, then the nearest in time, then by number.
type Rank = (bool, i32, usize);

/// Places what is tied to a placed item, until nothing more is.
pub(super) fn spread(table: &mut Table<'_>, ties: &[Tie]) {
    loop {
        let found = step(table, ties);
        if found.is_empty() {
            return;
        }
        for (item, places) in found {
            for (key, place) in places {
                table.put(item, key, place);
            }
        }
    }
}

/// One step: all items at once, so that no order counts.
fn step(table: &Table<'_>, ties: &[Tie]) -> BTreeMap<usize, Vec<(Key, Place)>> {
    let mut best: BTreeMap<usize, (Rank, Vec<(Key, Place)>)> = BTreeMap::new();
    for tie in ties {
        for (open, placed) in [(tie.a, tie.b), (tie.b, tie.a)] {
            if table.is_placed(open) || !table.is_placed(placed) {
                continue;
            }
            let places = taken_over(table, tie, open, placed);
            let rank = rank(table, tie, open, placed);
            let is_better = best.get(&open).is_none_or(|(known, _)| rank < *known);
            if is_better && !places.is_empty() {
                best.insert(open, (rank, places));
            }
        }
    }
    best.into_iter()
        .map(|(item, (_, places))| (item, places))
        .collect()
}

fn rank(table: &Table<'_>, tie: &Tie, open: usize, placed: usize) -> Rank {
    let between = table.held_on(open).zip(table.held_on(placed));
    let apart = between.map_or(i32::MAX, |(a, b)| days(a, b));
    (tie.method != JoinMethod::Reference, apart, placed)
}

/// The places of the one that the other may have too: an item that names a subject goes nowhere else.
fn taken_over(table: &Table<'_>, tie: &Tie, open: usize, placed: usize) -> Vec<(Key, Place)> {
    let said = table
        .signatures
        .get(open)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let fits =
        |key: &Key| said.is_empty() || said.iter().any(|said| key.subject() == Some(said.subject));
    let known = table.places.get(placed).into_iter().flatten();
    known
        .filter(|(key, _)| fits(key))
        .map(|(key, place)| {
            let place = Place {
                method: tie.method,
                confidence: tie.confidence.min(place.confidence),
                note: tie.note.clone(),
            };
            (*key, place)
        })
        .collect()
}
