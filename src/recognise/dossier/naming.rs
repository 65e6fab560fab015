//! Groups into dossiers: slugs that stay, titles, what a person decided, and which follows which.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Joiner, Key, Table};
use crate::model::dossier::{DossierPlan, JoinMethod, PlacedItem, StoredDossier};
use crate::model::ids::{Uid, slug};

/// Letters of a slug that is made from a title.
const LONGEST: usize = 60;

/// A group with what it is called by.
struct Group {
    key: Key,
    items: BTreeSet<usize>,
    first: Option<Date>,
    title: String,
    year: Option<i16>,
    subject: Option<String>,
}

/// Every dossier of the network as it is to be, those without any item included, in the order of their slugs.
pub(super) fn plans(
    joiner: &Joiner,
    table: &Table<'_>,
    stored: &[StoredDossier],
) -> Vec<DossierPlan> {
    let groups: Vec<Group> = table
        .groups()
        .into_iter()
        .map(|(key, items)| group(joiner, table, key, items))
        .collect();
    let known = matched(table, &groups, stored);
    let by_slug: BySlug<'_> = stored
        .iter()
        .map(|dossier| (dossier.slug.as_str(), dossier))
        .collect();
    let mut taken: BTreeSet<String> = stored.iter().map(|dossier| dossier.slug.clone()).collect();
    let mut plans = Plans::new();
    for (number, group) in groups.iter().enumerate() {
        let slug = match known.get(&number).and_then(|place| stored.get(*place)) {
            Some(dossier) => dossier.slug.clone(),
            None => own_slug(
                &wanted_slug(joiner, group),
                (group, &by_slug),
                &plans,
                &mut taken,
            ),
        };
        let plan = DossierPlan {
            slug: slug.clone(),
            title: group.title.clone(),
            subject: group.subject.clone(),
            year: group.year,
            predecessor: None,
            items: placed(table, group),
        };
        plans.insert(slug, (plan, group.first));
    }
    for dossier in stored {
        let plan = || DossierPlan {
            slug: dossier.slug.clone(),
            title: dossier.title.clone(),
            subject: dossier.subject.clone(),
            year: dossier.year,
            predecessor: None,
            items: vec![],
        };
        plans
            .entry(dossier.slug.clone())
            .or_insert_with(|| (plan(), None));
    }
    by_hand(&mut plans, stored);
    // Whatever a person took every item out of needs no dossier, unless it had one.
    plans.retain(|slug, (plan, _)| !plan.items.is_empty() || by_slug.contains_key(slug.as_str()));
    one_after_the_other(&mut plans);
    plans.into_values().map(|(plan, _)| plan).collect()
}

fn group(joiner: &Joiner, table: &Table<'_>, key: Key, items: BTreeSet<usize>) -> Group {
    let first = items.iter().filter_map(|item| table.held_on(*item)).min();
    let subject = key.subject().and_then(|number| joiner.subjects.get(number));
    let year = match key {
        Key::Yearly(_, year) => Some(year),
        Key::Round(..) | Key::Titled(_) => None,
    };
    let said_year = year.or_else(|| first.map(Date::year));
    let title = match (subject, said_year) {
        (Some(subject), Some(year)) => format!("{} {year}", subject.subject.title),
        (Some(subject), None) => subject.subject.title.clone(),
        (None, _) => {
            let ordered = items
                .iter()
                .map(|item| (table.held_on(*item).is_none(), table.held_on(*item), *item));
            let earliest = ordered.min().and_then(|(_, _, item)| table.items.get(item));
            earliest.map_or_else(String::new, |item| item.title.clone())
        }
    };
    Group {
        key,
        first,
        title,
        year,
        subject: subject.map(|subject| subject.subject.key.clone()),
        items,
    }
}

fn placed(table: &Table<'_>, group: &Group) -> Vec<PlacedItem> {
    let places = group.items.iter().filter_map(|item| {
        let place = table.places.get(*item)?.get(&group.key)?;
        Some(PlacedItem {
            uid: table.items.get(*item)?.uid.clone(),
            method: place.method,
            confidence: place.confidence,
            note: place.note.clone(),
        })
    });
    places.collect()
}

/// Which stored dossier each group is: the one of its subject and year, else the one it shares most items with.
fn matched(
    table: &Table<'_>,
    groups: &[Group],
    stored: &[StoredDossier],
) -> BTreeMap<usize, usize> {
    let mut pairs = vec![];
    for (number, group) in groups.iter().enumerate() {
        for (place, dossier) in stored.iter().enumerate() {
            let same = dossier.subject == group.subject && dossier.year == group.year;
            if dossier.is_made_by_hand || !same {
                continue;
            }
            let uids = group.items.iter().filter_map(|item| table.items.get(*item));
            let shared = uids
                .filter(|item| dossier.items.contains(&item.uid))
                .count();
            if group.year.is_some() || shared > 0 {
                pairs.push((std::cmp::Reverse(shared), place, number));
            }
        }
    }
    pairs.sort_unstable();
    let (mut known, mut used) = (BTreeMap::new(), BTreeSet::new());
    for (_, place, number) in pairs {
        if !known.contains_key(&number) && used.insert(place) {
            known.insert(number, place);
        }
    }
    known
}

/// The slug a group asks for: the network, the subject and the year, or the words of the title.
fn wanted_slug(joiner: &Joiner, group: &Group) -> String {
    let year = group.year.or_else(|| group.first.map(Date::year));
    let said = group.subject.clone().unwrap_or_else(|| slug(&group.title));
    let wanted = format!("{}-{}", joiner.network, cut(&said));
    match year.map(|year| year.to_string()) {
        Some(year) if !said.ends_with(year.as_str()) => format!("{wanted}-{year}"),
        Some(_) | None => wanted,
    }
}

/// Stored dossiers by slug.
type BySlug<'s> = BTreeMap<&'s str, &'s StoredDossier>;

/// Dossiers by slug, each with the day of its first meeting.
type Plans = BTreeMap<String, (DossierPlan, Option<Date>)>;

/// That slug, if it is free, or was its own before its items went elsewhere; else with a number.
fn own_slug(
    wanted: &str,
    (group, by_slug): (&Group, &BySlug<'_>),
    plans: &Plans,
    taken: &mut BTreeSet<String>,
) -> String {
    let was_own = |slug: &str| {
        by_slug.get(slug).is_some_and(|dossier| {
            let about = (&dossier.subject, dossier.year) == (&group.subject, group.year);
            about && !dossier.is_made_by_hand && dossier.items.is_empty()
        }) && !plans.contains_key(slug)
    };
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut slugs = std::iter::once(wanted.to_owned()).chain(numbered);
    let free = slugs.find(|slug| !taken.contains(slug) || was_own(slug));
    let free = free.unwrap_or_else(|| wanted.to_owned());
    taken.insert(free.clone());
    free
}

/// At most so many letters, cut between words.
fn cut(slug: &str) -> &str {
    let Some(head) = slug.get(..LONGEST) else {
        return slug;
    };
    head.rsplit_once('-').map_or(head, |(head, _)| head)
}

/// What a person put in stands there alone, what a person took out does not stand there.
fn by_hand(plans: &mut Plans, stored: &[StoredDossier]) {
    let joined: BTreeSet<&Uid> = stored
        .iter()
        .flat_map(|dossier| dossier.joined.iter().map(|(uid, _)| uid))
        .collect();
    for (plan, _) in plans.values_mut() {
        plan.items.retain(|item| !joined.contains(&item.uid));
    }
    for dossier in stored {
        let Some((plan, _)) = plans.get_mut(&dossier.slug) else {
            continue;
        };
        plan.items
            .retain(|item| !dossier.parted.contains(&item.uid));
        plan.items
            .extend(dossier.joined.iter().map(|(uid, note)| PlacedItem {
                uid: uid.clone(),
                method: JoinMethod::Human,
                confidence: 1.0,
                note: note.clone(),
            }));
        plan.items.sort_by(|a, b| a.uid.cmp(&b.uid));
    }
}

/// A dossier in the order of its subject: year, first day, slug.
type Link = (Option<i16>, Option<Date>, String);

/// Dossiers of one subject follow each other by year, else by their first meeting.
fn one_after_the_other(plans: &mut Plans) {
    let mut chains: BTreeMap<String, Vec<Link>> = BTreeMap::new();
    for (plan, first) in plans.values().filter(|(plan, _)| !plan.items.is_empty()) {
        if let Some(subject) = &plan.subject {
            let place = (plan.year, *first, plan.slug.clone());
            chains.entry(subject.clone()).or_default().push(place);
        }
    }
    for mut chain in chains.into_values() {
        chain.sort();
        for (before, after) in chain.iter().zip(chain.iter().skip(1)) {
            if let Some((plan, _)) = plans.get_mut(&after.2) {
                plan.predecessor = Some(before.2.clone());
            }
        }
    }
}
