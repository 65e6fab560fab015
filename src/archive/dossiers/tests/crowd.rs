//! Very many items of one municipality: what is joined of them, and that the others are joined as ever.

use super::world::{plan, states, world};
use crate::archive::dossiers::{JoinedUpTo, LeftOut};
use crate::archive::testing::NOW;
use crate::archive::{Archive, Joinable};
use crate::model::dossier::{MemberState, UnknownReason};
use crate::model::ids::Uid;

#[test]
fn a_municipality_with_very_many_items_is_joined_by_its_newest_and_takes_nothing_from_others() {
    let (_dir, mut archive, reader) = world();
    // 1,500 items of one day and diary number, each with a handling on that day: every item is tied to every other.
    archive
        .main
        .execute_batch(
            "INSERT INTO matter(id,uid,diary_number,title,municipality_id) VALUES(9,'cee/9','9/2026','t',3);
             CREATE TEMP TABLE many AS WITH RECURSIVE n(n) AS (SELECT 100 UNION ALL SELECT n+1 FROM n WHERE n<1599) SELECT n FROM n;
             INSERT INTO item(id,uid,title,municipality_id,source_id,key,body_id,meeting_id,matter_id,section_no,stage,url,version_no,
                 content_sha256,listed_title,first_seen_at,changed_at)
               SELECT n,'cee/n'||n,'Plan '||n,3,3,'n'||n,3,4,9,7,'minutes','https://a.example/',1,printf('%064d',n),'x',
                 '2026-01-01T00:00:00Z','2026-01-20T00:00:00Z' FROM many;
             INSERT INTO item_version(item_id,version_no,stage,seen_from,parser,content_sha256,changed_fields,fields)
               SELECT n,1,'minutes','2026-01-01T00:00:00Z','p/1',printf('%064d',n),'[]',
                 (SELECT fields FROM item_version WHERE item_id=4) FROM many;
             INSERT INTO handling(item_id,ordinal,held_on,section_no) SELECT n,1,'2026-01-10',7 FROM many;
             INSERT INTO network_match(item_id,network_id,verdict,score,ruleset,decided_by,decided_at,explanation)
               SELECT n,1,'in',7,'r','rules','2026-01-01T00:00:00Z','e' FROM many",
        )
        .expect("many items");
    let found = reader.joinable("n", "r").expect("read").expect("new");
    let of = |municipality: &str| {
        let of = found
            .items
            .iter()
            .filter(|item| item.municipality == municipality);
        of.map(|item| item.uid.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("Aaa"), ["aaa/i"]);
    assert_eq!(of("Bee"), ["bee/i", "bee/j"]);
    assert_eq!(of("Cee").len(), 1000);
    assert!(of("Cee").contains(&"cee/n1599".to_owned()));
    assert!(!of("Cee").contains(&"cee/n599".to_owned()));
    let left_out = |found: &Joinable| {
        let left_out = found.upto.left_out.iter();
        left_out
            .map(|left| {
                (
                    left.municipality.clone(),
                    left.items,
                    left.until.to_string(),
                )
            })
            .collect::<Vec<_>>()
    };
    let cee = |items| vec![("Cee".to_owned(), items, "2026-01-10".to_owned())];
    assert_eq!(left_out(&found), cee(500));
    // Long texts are not gathered without end, either.
    let long =
        "UPDATE item_version SET fields=json_set(fields,'$.background',printf('%.*c',1000000,'a'))
      WHERE item_id BETWEEN 1500 AND 1599";
    archive.main.execute_batch(long).expect("long texts");
    let found = reader.joinable("n", "r").expect("read").expect("new");
    assert_eq!(left_out(&found), cee(1500 - 16));
    // Whatever a person said of an item counts first.
    archive
        .transaction(|batch| {
            let slug = batch.make_dossier("n", "Muu asia", NOW)?;
            batch.join_by_hand(&Uid::new("cee/n100"), &slug, ("eri asia", NOW))
        })
        .expect("a person's word");
    let found = reader.joinable("n", "r").expect("read").expect("new");
    let by_hand = Uid::new("cee/n100");
    assert!(found.items.iter().any(|item| item.uid == by_hand));
}

#[test]
fn of_a_member_whose_items_are_too_many_it_is_not_said_that_it_has_not_seen_a_matter() {
    let (_dir, mut archive, reader) = world();
    let store = |until: Option<&str>, archive: &mut Archive| {
        let left_out = until.map(|until| LeftOut {
            municipality: "Cee".to_owned(),
            items: 500,
            until: until.parse().expect("a day"),
        });
        let upto = JoinedUpTo {
            seq: 3,
            ruleset: "r".to_owned(),
            left_out: left_out.into_iter().collect(),
        };
        archive
            .transaction(|batch| {
                batch.store_dossiers("n", &[plan(&["aaa/i", "bee/i"])], (&upto, NOW))
            })
            .expect("stored");
    };
    let not_seen = (MemberState::NotSeen, None);
    let unknown = (MemberState::Unknown, Some(UnknownReason::TooManyItems));
    // The matter came up on 1 February.
    for (until, state) in [
        (None, not_seen),
        (Some("2026-01-31"), not_seen),
        (Some("2026-02-01"), unknown),
        (Some("9999-12-31"), unknown),
        (None, not_seen),
    ] {
        store(until, &mut archive);
        assert_eq!(states(&reader)[2], state, "{until:?}");
    }
}
