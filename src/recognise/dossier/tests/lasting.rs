//! Neither the order of items nor time changes which come together, and a person has the last word.

use super::*;

/// Items of every kind of tie.
fn many() -> Vec<ItemRecord> {
    let mut items = vec![];
    for (no, year) in (2020..2026).enumerate() {
        for municipality in ["a", "b", "c", "d"] {
            let uid = |what: &str| format!("{municipality}/{what}{year}");
            let diary = format!("{no}/{year}");
            let title = format!("Toimintasuunnitelma {year}");
            items.push(item(&uid("s"), &format!("{year}-02-01"), &title).diary(&diary));
            items.push(
                item(&uid("v"), &format!("{year}-03-01"), "Rahoitus")
                    .diary(&diary)
                    .outside(),
            );
            items.push(item(
                &uid("k"),
                &format!("{year}-04-01"),
                "Toimintakertomus",
            ));
            items.push(item(
                &uid("m"),
                &format!("{year}-05-01"),
                "Kehittämispäällikön palkkaaminen",
            ));
            items.push(item(
                &uid("y"),
                &format!("{year}-06-01"),
                "Yhteistyösopimus",
            ));
        }
    }
    items
}

/// The same items in another order for each seed.
fn shuffled(items: &[ItemRecord], seed: u32) -> Vec<ItemRecord> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| {
        crate::model::digest::sha256_hex(format!("{seed}{}", item.uid).as_bytes())
    });
    items
}

#[test]
fn the_order_in_which_items_come_changes_nothing() {
    let items = many();
    let expected = joined(&items);
    assert!(expected.len() > 12, "{}", expected.len());
    for seed in 0..20 {
        assert_eq!(joined(&shuffled(&items, seed)), expected);
    }
}

#[test]
fn yearly_dossiers_have_the_same_slugs_one_item_at_a_time() {
    let items: Vec<_> = many()
        .into_iter()
        .filter(|item| item.title.contains("suunnitelma"))
        .collect();
    let expected = joined(&items);
    for seed in 0..5 {
        let order = shuffled(&items, seed);
        let mut known = vec![];
        for count in 1..=order.len() {
            known = stored(&joiner().join(&order[..count], &known));
        }
        assert_eq!(joiner().join(&order, &known), expected);
    }
}

#[test]
fn a_slug_stays_when_title_and_first_item_change() {
    let first = joined(&[item("b/1", "2026-03-14", "Ohjausryhmän jäsenen nimeäminen")]);
    let known = stored(&first);
    let later = joiner().join(
        &[
            item("a/1", "2026-01-14", "Jäsenen nimeäminen ohjausryhmän"),
            item("b/1", "2026-03-14", "Ohjausryhmän jäsenen nimeäminen"),
        ],
        &known,
    );
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].slug, first[0].slug);
    assert_ne!(later[0].title, first[0].title);
}

#[test]
fn a_person_has_the_last_word() {
    let items = [
        item("a/1", "2024-03-14", "Toimintasuunnitelma 2024"),
        item("b/1", "2024-03-14", "Toimintasuunnitelma 2024"),
        item("c/1", "2024-03-14", "Toimintasuunnitelma 2024"),
    ];
    let mut known = stored(&joined(&items));
    known[0].parted = vec![Uid::new("b/1")];
    known.push(StoredDossier {
        slug: "n-oma".to_owned(),
        title: "Oma".to_owned(),
        is_made_by_hand: true,
        joined: vec![(Uid::new("c/1"), "eri asia".to_owned())],
        ..StoredDossier::default()
    });
    let plans = joiner().join(&items, &known);
    assert_eq!(told(&plans), ["n-oma: c/1", "n-suunnitelma-2024: a/1"]);
    assert_eq!(
        reason(&plans, "c/1"),
        (JoinMethod::Human, "eri asia".to_owned())
    );
}

#[test]
fn a_dossier_that_lost_its_items_keeps_its_slug_and_gets_them_back() {
    let items = [item("a/1", "2024-03-14", "Toimintasuunnitelma 2024")];
    let known = stored(&joined(&items));
    let emptied = joiner().join(&[], &known);
    assert_eq!(told(&emptied), ["n-suunnitelma-2024: "]);
    assert_eq!(joiner().join(&items, &stored(&emptied)), joined(&items));
}

#[test]
fn what_a_person_moved_away_leaves_one_dossier_behind_however_often_it_is_joined() {
    let items = [
        item("a/1", "2026-03-14", "Edustajan nimeäminen"),
        item("b/1", "2026-03-14", "Toimintasuunnitelma 2026"),
    ];
    let first = joined(&items);
    let mut known = stored(&first);
    let plan = known
        .iter()
        .position(|dossier| dossier.subject.is_some())
        .expect("the plan");
    known[plan].joined = vec![(Uid::new("a/1"), String::new())];
    for _ in 0..3 {
        let plans = joiner().join(&items, &known);
        assert_eq!(
            told(&plans),
            [
                "n-edustajan-nimeaminen-2026: ",
                "n-suunnitelma-2026: a/1 b/1"
            ]
        );
        for (dossier, plan) in known.iter_mut().zip(&plans) {
            let by_rules = plan
                .items
                .iter()
                .filter(|item| item.method != JoinMethod::Human);
            dossier.items = by_rules.map(|item| item.uid.clone()).collect();
        }
    }
    known[plan].joined = vec![];
    assert_eq!(told(&joiner().join(&items, &known)), told(&first));
}
