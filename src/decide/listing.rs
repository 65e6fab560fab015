//! Which entries of a feed are new, and which list a known item differently.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::model::change::ListingChange;
use crate::model::digest::sha256_hex;
use crate::model::feed_item::ListedItem;
use crate::model::ids::ItemKey;
use crate::model::item::KnownItem;

/// Compares a feed's items with the known ones, in feed order; an entry that repeats a key is
/// ignored, because the first one stands nearer to the top of the feed and so is newer.
///
/// An item that is no longer listed leads to nothing: not listed is not cancelled.
pub fn listing(known: &[KnownItem], listed: &[ListedItem]) -> Vec<ListingChange> {
    let known: BTreeMap<_, _> = known.iter().map(|item| (&item.key, item)).collect();
    let mut seen = BTreeSet::new();
    listed
        .iter()
        .filter(|item| seen.insert(&item.key))
        .filter_map(|item| match known.get(&item.key) {
            None => Some(ListingChange::New(item.clone())),
            Some(before) if differs(before, item) => Some(ListingChange::Relisted(item.clone())),
            Some(_) => None,
        })
        .collect()
}

/// Gives a key of its own to each entry whose id the feed gave to another matter before. Returns how many they are.
///
/// Another title, another address and another day together are no edit. What stood there before keeps its
/// key and its text.
pub fn told_apart(known: &[KnownItem], listed: &mut [ListedItem]) -> usize {
    let known: BTreeMap<_, _> = known.iter().map(|item| (&item.key, item)).collect();
    let mut apart = 0;
    for item in listed {
        let before = known.get(&item.key);
        if before.is_some_and(|before| is_another_matter(before, item)) {
            item.key = key_beside(&item.key, &item.url);
            apart += 1;
        }
    }
    apart
}

/// Gives entries that come under ids nobody knows the keys of items that they are all the same: of the same title,
/// day, path and query, and not listed any more under the ids they had. So does a site that moves to another
/// host whose entries have no id but their address. Returns how many they are.
pub fn met_before(known: &[KnownItem], listed: &mut [ListedItem]) -> usize {
    let keys: BTreeSet<_> = known.iter().map(|item| &item.key).collect();
    let now: BTreeSet<_> = listed.iter().map(|item| item.key.clone()).collect();
    let mut away: BTreeMap<_, Option<&ItemKey>> = BTreeMap::new();
    for item in known.iter().filter(|item| !now.contains(&item.key)) {
        let likeness = (place(&item.url), item.listed_title.as_str(), item.listed_on);
        // Of two that are alike nobody knows which one it is.
        let only = away.entry(likeness).or_insert(Some(&item.key));
        *only = only.filter(|key| **key == item.key);
    }
    let mut met = 0;
    for item in listed.iter_mut().filter(|item| !keys.contains(&item.key)) {
        let likeness = (place(&item.url), item.title.as_str(), item.held_on);
        if let Some(key) = away.get_mut(&likeness).and_then(Option::take) {
            item.key = key.clone();
            met += 1;
        }
    }
    met
}

/// Where something stands on its host.
fn place(url: &Url) -> (String, Option<String>) {
    (url.path().to_owned(), url.query().map(str::to_owned))
}

fn is_another_matter(before: &KnownItem, now: &ListedItem) -> bool {
    let days = before.listed_on.zip(now.held_on);
    days.is_some_and(|(before, now)| before != now)
        && before.listed_title != now.title
        && before.url != now.url
}

/// The same address gives the same key at every poll.
fn key_beside(key: &ItemKey, url: &Url) -> ItemKey {
    let hash = sha256_hex(url.as_str().as_bytes());
    ItemKey::new(format!("{key}-{}", hash.get(..8).unwrap_or_default()))
}

/// The hash of the text that a feed itself carries, for sources whose pages are not read.
pub fn text_hash(item: &ListedItem) -> Option<String> {
    item.text.as_deref().map(|text| sha256_hex(text.as_bytes()))
}

fn differs(before: &KnownItem, now: &ListedItem) -> bool {
    before.listed_title != now.title
        || before.listed_body != now.body
        || before.listed_on != now.held_on
        || before.url != now.url
        // a list that prints none, as a feed does, takes none back
        || now.section_no.is_some_and(|section| before.listed_section != Some(section))
        || before.text_sha256 != text_hash(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Uid;

    fn listed(key: &str, title: &str) -> ListedItem {
        ListedItem {
            key: ItemKey::new(key),
            url: format!("https://a.example/{key}").parse().expect("url"),
            title: title.to_owned(),
            body: Some("Lautakunta".to_owned()),
            held_on: None,
            position: None,
            section_no: None,
            published: None,
            text: None,
        }
    }

    fn known(item: &ListedItem) -> KnownItem {
        KnownItem {
            key: item.key.clone(),
            uid: Uid::of("a", &item.key),
            listed_title: item.title.clone(),
            listed_body: item.body.clone(),
            listed_on: item.held_on,
            listed_section: item.section_no,
            text_sha256: text_hash(item),
            url: item.url.clone(),
        }
    }

    #[test]
    fn only_new_and_changed_entries_lead_to_changes() {
        let same = listed("1-1", "Sama");
        let before = [
            known(&same),
            known(&listed("1-2", "Ennen")),
            known(&listed("1-9", "Poissa")),
        ];
        let changes = listing(
            &before,
            &[listed("1-3", "Uusi"), same, listed("1-2", "Nyt")],
        );
        assert_eq!(
            changes,
            [
                ListingChange::New(listed("1-3", "Uusi")),
                ListingChange::Relisted(listed("1-2", "Nyt"))
            ]
        );
    }

    #[test]
    fn a_repeated_key_counts_once() {
        let changes = listing(&[], &[listed("1-1", "Ensin"), listed("1-1", "Toiseksi")]);
        assert_eq!(changes, [ListingChange::New(listed("1-1", "Ensin"))]);
    }

    #[test]
    fn a_section_number_is_news_and_its_absence_is_not() {
        let planned = listed("1-1", "Asia");
        let decided = ListedItem {
            section_no: Some(72),
            ..planned.clone()
        };
        let news = listing(&[known(&planned)], std::slice::from_ref(&decided));
        assert_eq!(news, [ListingChange::Relisted(decided.clone())]);
        assert_eq!(listing(&[known(&decided)], &[planned]), []);
    }

    #[test]
    fn another_text_in_the_feed_is_a_change() {
        let mut now = listed("1-1", "Sama");
        let before = known(&now);
        now.text = Some("uusi teksti".to_owned());
        assert_eq!(
            listing(&[before], &[now.clone()]),
            [ListingChange::Relisted(now)]
        );
    }

    #[test]
    fn entries_under_other_ids_are_met_again_by_place_title_and_day() {
        let at = |key: &str, url: &str, title: &str| ListedItem {
            url: url.parse().expect("url"),
            ..listed(key, title)
        };
        let before = [
            known(&at("a", "http://a.fi/x?id=1", "Koulut")),
            known(&at("b", "http://a.fi/x?id=2", "Tiet")),
            known(&at("c", "http://a.fi/", "Kutsu")),
            known(&at("d", "http://a.fi/", "Kutsu")),
        ];
        let mut now = [
            at("1", "https://b.fi/x?id=1", "Koulut"),
            at("2", "https://b.fi/x?id=2", "Tiet ja kadut"),
            at("3", "https://b.fi/", "Kutsu"),
            at("4", "https://b.fi/x?id=1", "Koulut"),
        ];
        assert_eq!(met_before(&before, &mut now), 1);
        let keys = now.each_ref().map(|item| item.key.as_str());
        assert_eq!(keys, ["a", "2", "3", "4"], "each once, and none of several");
        // What is still listed is itself.
        let mut both = [
            at("a", "http://a.fi/x?id=1", "Koulut"),
            at("5", "http://a.fi/x?id=1", "Koulut"),
        ];
        assert_eq!(met_before(&before, &mut both), 0);
    }

    #[test]
    fn another_title_address_and_day_together_are_another_matter() {
        let on = |key: &str, title: &str, day: &str| ListedItem {
            held_on: day.parse().ok(),
            ..listed(key, title)
        };
        let before = known(&on("g", "Koulut", "2026-11-05"));
        let again = |url: &str, title: &str, day: &str| {
            let mut now = on("g", title, day);
            now.url = url.parse().expect("url");
            let apart = told_apart(
                std::slice::from_ref(&before),
                std::slice::from_mut(&mut now),
            );
            assert_eq!(apart, usize::from(now.key != before.key));
            now.key
        };
        let (here, elsewhere) = (before.url.as_str(), "https://a.example/2");
        for (url, title, day) in [
            (here, "Koulut", "2026-11-05"),
            (here, "Tiet", "2026-11-19"),
            (elsewhere, "Koulut", "2026-11-19"),
            (elsewhere, "Tiet", "2026-11-05"),
            (elsewhere, "Tiet", ""),
        ] {
            assert_eq!(again(url, title, day), before.key, "{url} {title} {day}");
        }
        let other = again(elsewhere, "Tiet", "2026-11-19");
        assert_ne!(other, before.key);
        assert_eq!(again(elsewhere, "Tiet ja kadut", "2026-11-20"), other);
    }
}
