//! Which items are one regional matter: by subject and year, by diary number and reference, else by their titles,
//! and as a person says. Pure: the same items give the same dossiers, in whatever order they come.

mod naming;
mod reference;
mod signature;
mod spread;
mod ties;
mod titles;
mod year;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::pattern::Pattern;
use crate::model::dossier::{DossierPlan, JoinMethod, StoredDossier};
use crate::model::item::ItemRecord;
use crate::model::network::{Network, Subject, SubjectYear, Verdict};
use signature::Signature;

/// Handlings of what is not yearly are one matter while no more days lie between two of them.
const APART_DAYS: i32 = 400;

/// Raised whenever the same items would be joined differently than before.
const JOINER: &str = "dossiers/1";

/// Joins the items of one network.
#[derive(Clone, Debug)]
pub struct Joiner {
    network: String,
    name: String,
    rules: String,
    subjects: Vec<CompiledSubject>,
}

#[derive(Clone, Debug)]
struct CompiledSubject {
    subject: Subject,
    words: Vec<Pattern>,
    unless: Vec<Pattern>,
}

/// What makes a group one matter; in the order in which groups are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Number of the subject, and the year.
    Yearly(usize, i16),
    /// Number of the subject, and of the round.
    Round(usize, usize),
    /// Number of a group of titles.
    Titled(usize),
}

impl Key {
    fn subject(self) -> Option<usize> {
        match self {
            Self::Yearly(subject, _) | Self::Round(subject, _) => Some(subject),
            Self::Titled(_) => None,
        }
    }
}

/// Why an item is where it is.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    method: JoinMethod,
    confidence: f64,
    note: String,
}

/// Items with what is known of each, by number.
struct Table<'i> {
    items: Vec<&'i ItemRecord>,
    /// Whether the item belongs to the network by its own verdict.
    own: Vec<bool>,
    signatures: Vec<Vec<Signature>>,
    places: Vec<BTreeMap<Key, Place>>,
}

impl Joiner {
    /// Compiles the subjects of a network.
    pub fn new(network: &Network) -> Self {
        let all = |patterns: &[String]| patterns.iter().map(|text| Pattern::new(text)).collect();
        let compiled = |subject: &Subject| CompiledSubject {
            words: all(&subject.words),
            unless: all(&subject.unless),
            subject: subject.clone(),
        };
        Self {
            network: network.slug.clone(),
            name: network.name.clone(),
            rules: format!("{JOINER} {:?} {:?}", network.name, network.subjects),
            subjects: network.subjects.iter().map(compiled).collect(),
        }
    }

    /// Slug of the network.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// Names the subjects as they are now: by others, the same items may be joined differently.
    pub fn ruleset(&self) -> String {
        crate::model::digest::sha256_hex(self.rules.as_bytes())
    }

    /// Joins items; `stored` are the dossiers of the network as they stand, whose slugs stay, with what a person
    /// decided. Items without the verdict `in` come along where they are tied to one that has it.
    pub fn join(&self, items: &[ItemRecord], stored: &[StoredDossier]) -> Vec<DossierPlan> {
        let mut table = Table::new(self, items);
        let ties = ties::ties(&table.items);
        table.named(self);
        spread::spread(&mut table, &ties);
        table.guessed(self);
        table.rounds(self);
        spread::spread(&mut table, &ties);
        titles::join(&mut table, &self.name);
        spread::spread(&mut table, &ties);
        naming::plans(self, &table, stored)
    }

    fn year_of(&self, subject: usize) -> SubjectYear {
        let found = self.subjects.get(subject);
        found.map_or(SubjectYear::None, |found| found.subject.year)
    }
}

impl<'i> Table<'i> {
    fn new(joiner: &Joiner, items: &'i [ItemRecord]) -> Self {
        let mut items: Vec<&ItemRecord> = items
            .iter()
            .filter(|item| !is_refused(&joiner.network, item))
            .collect();
        items.sort_by(|a, b| a.uid.cmp(&b.uid));
        items.dedup_by(|a, b| a.uid == b.uid);
        let is_own = |item: &&ItemRecord| verdict(&joiner.network, item) == Some(Verdict::In);
        let own: Vec<bool> = items.iter().map(is_own).collect();
        let signatures = items.iter().zip(&own).map(|(item, own)| {
            let said = own.then(|| signature::signatures(&joiner.subjects, item));
            said.unwrap_or_default()
        });
        Self {
            signatures: signatures.collect(),
            places: vec![BTreeMap::new(); items.len()],
            own,
            items,
        }
    }

    fn put(&mut self, item: usize, key: Key, place: Place) {
        if let Some(places) = self.places.get_mut(item) {
            places.entry(key).or_insert(place);
        }
    }

    fn is_placed(&self, item: usize) -> bool {
        self.places
            .get(item)
            .is_none_or(|places| !places.is_empty())
    }

    fn held_on(&self, item: usize) -> Option<Date> {
        self.items.get(item).and_then(|item| item.held_on)
    }

    /// Items that name a subject and its year.
    fn named(&mut self, joiner: &Joiner) {
        for (item, signature) in self.said() {
            let year = signature.year;
            let yearly = joiner.year_of(signature.subject) != SubjectYear::None;
            if let Some(year) = year.filter(|_| yearly) {
                let key = Key::Yearly(signature.subject, year);
                self.put(item, key, signature.into_place());
            }
        }
    }

    /// Items that name a yearly subject without its year: the day of the meeting tells.
    fn guessed(&mut self, joiner: &Joiner) {
        for (item, mut signature) in self.said() {
            let wanted = joiner.year_of(signature.subject);
            let Some(day) = self.held_on(item).filter(|_| !self.is_placed(item)) else {
                continue;
            };
            let Some(year) = year::seen_from(day, wanted) else {
                continue;
            };
            signature.confidence = signature.confidence.min(GUESSED);
            signature.note = format!("{} · {day}", signature.note);
            let key = Key::Yearly(signature.subject, year);
            self.put(item, key, signature.into_place());
        }
    }

    /// Items of subjects that are not yearly, and those whose year nothing tells: by time.
    fn rounds(&mut self, joiner: &Joiner) {
        for subject in 0..joiner.subjects.len() {
            let said = self.said().into_iter();
            let mut open: Vec<_> = said
                .filter(|(item, said)| said.subject == subject && !self.is_placed(*item))
                .collect();
            // `items` is sorted by public key, which stays the order within a day.
            open.sort_by_key(|(item, _)| (self.held_on(*item), *item));
            let mut round = 0;
            let mut before: Option<Date> = None;
            for (item, signature) in open {
                let day = self.held_on(item);
                if before
                    .zip(day)
                    .is_some_and(|(before, day)| days(before, day) > APART_DAYS)
                {
                    round += 1;
                }
                before = day.or(before);
                self.put(item, Key::Round(subject, round), signature.into_place());
            }
        }
    }

    /// What the items of the network name, each with the number of its item.
    fn said(&self) -> Vec<(usize, Signature)> {
        let numbered = self.signatures.iter().enumerate();
        numbered
            .flat_map(|(item, said)| said.iter().map(move |said| (item, said.clone())))
            .collect()
    }

    /// Numbers of the items in each group.
    fn groups(&self) -> BTreeMap<Key, BTreeSet<usize>> {
        let mut groups: BTreeMap<Key, BTreeSet<usize>> = BTreeMap::new();
        for (item, places) in self.places.iter().enumerate() {
            for key in places.keys() {
                groups.entry(*key).or_default().insert(item);
            }
        }
        groups
    }
}

/// How sure a year is that only the day of the meeting tells.
const GUESSED: f64 = 0.6;

fn verdict(network: &str, item: &ItemRecord) -> Option<Verdict> {
    let found = item.matches.iter().find(|found| found.network == network);
    found.map(|found| found.verdict)
}

/// Whether a person said that the item does not belong to the network.
fn is_refused(network: &str, item: &ItemRecord) -> bool {
    item.matches.iter().any(|found| {
        found.network == network && found.verdict == Verdict::Out && found.decided_by == "human"
    })
}

/// Days between two days.
fn days(a: Date, b: Date) -> i32 {
    (b - a).get_days().abs()
}

#[cfg(test)]
mod tests;
