//! Very many items of one municipality: what is joined of them, and that the others are joined as ever.

use super::world;
use crate::archive::testing::NOW;
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
    assert_eq!(found.left_out, [("Cee".to_owned(), 500)]);
    // Long texts are not gathered without end, either.
    let long =
        "UPDATE item_version SET fields=json_set(fields,'$.background',printf('%.*c',1000000,'a'))
      WHERE item_id BETWEEN 1500 AND 1599";
    archive.main.execute_batch(long).expect("long texts");
    let found = reader.joinable("n", "r").expect("read").expect("new");
    assert_eq!(found.left_out, [("Cee".to_owned(), 1500 - 16)]);
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
