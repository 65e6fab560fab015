//! Which entries of a feed are new, and which list a known item differently.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::change::ListingChange;
use crate::model::digest::sha256_hex;
use crate::model::feed_item::ListedItem;
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
    use crate::model::ids::{ItemKey, Uid};

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
}
