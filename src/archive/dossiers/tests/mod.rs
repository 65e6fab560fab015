//! Dossiers in the file: written once, kept by hand, and read from indexes alone.

mod crowd;
mod world;

use rusqlite::Connection;

use super::super::testing::NOW;
use super::super::{FeedQuery, Reader};
use super::*;
use crate::model::dossier::{MemberState, UnknownReason};
use world::{ALL, plan, states, store, world};

#[test]
fn each_member_has_a_cell_that_says_how_far_it_is() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let dossier = reader.dossier("n-plan-2026").expect("read").expect("there");
    let [a, b, c, d] = dossier.cells.as_slice() else {
        panic!("{:?}", dossier.cells)
    };
    assert_eq!((a.state, a.differs), (MemberState::Decided, Some(true)));
    assert_eq!(
        a.on.map(|day| day.to_string()).as_deref(),
        Some("2026-03-01")
    );
    assert_eq!((b.state, b.items.len()), (MemberState::OnAgenda, 2));
    assert_eq!((c.state, c.why), (MemberState::NotSeen, None));
    assert_eq!(
        (d.state, d.why),
        (MemberState::Unknown, Some(UnknownReason::SourceDown))
    );
    let summary = &dossier.summary;
    assert_eq!(
        (summary.members, summary.decided, summary.on_agenda),
        (4, 1, 1)
    );
    assert_eq!((summary.not_seen, summary.unknown), (1, 1));
    assert_eq!(
        summary.last_on.map(|day| day.to_string()).as_deref(),
        Some("2026-04-01")
    );
    assert_eq!(dossier.items.len(), 3);
    assert_eq!(
        reader.dossiers_of(&Uid::new("bee/i")).expect("read").len(),
        1
    );
    assert_eq!(reader.dossiers_of(&Uid::new("cee/i")).expect("read"), []);
    assert_eq!(reader.dossiers(None).expect("read").len(), 1);
}

#[test]
fn what_was_left_on_the_table_is_under_way() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&["aaa/i", "bee/i"])]);
    assert_eq!(states(&reader)[1], (MemberState::OnAgenda, None));
}

#[test]
fn a_member_was_not_seen_only_where_its_source_can_tell() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let why = |sql: &str| {
        archive
            .main
            .execute_batch(&format!("SAVEPOINT t; {sql}; RELEASE t"))
            .expect(sql);
        states(&reader)[2]
    };
    let unknown = |why| (MemberState::Unknown, Some(why));
    let gap = |body: &str, before: &str| {
        format!(
            "INSERT OR REPLACE INTO finding(source_id,kind,severity,text,data,since) VALUES(3,'missing','notice','t',
             '{{\"kind\":\"missing\",\"sections\":2,\"gaps\":[{{\"body\":\"{body}\",\"year\":2026,\"after_meeting\":\"2026-02-01\",\"before_meeting\":\"{before}\"}}]}}','2026-03-01T00:00:00Z')"
        )
    };
    assert_eq!(
        why(&gap("Ltk", "2026-03-20")),
        unknown(UnknownReason::SectionsMissing)
    );
    // A gap that was over before the matter came up anywhere says nothing.
    assert_eq!(why(&gap("Ltk", "2026-01-20")), (MemberState::NotSeen, None));
    // Nor does one of a body that never handles such matters, where another one does.
    let handles =
        "INSERT INTO body(id,title,name,slug,municipality_id) VALUES(9,'C2','Sivltk','sivltk',3);
        INSERT INTO network_body(network_id,body_id) VALUES(1,9)";
    why(handles);
    assert_eq!(why(&gap("Ltk", "2026-03-20")), (MemberState::NotSeen, None));
    assert_eq!(
        why(&gap("Sivltk", "2026-03-20")),
        unknown(UnknownReason::SectionsMissing)
    );
    why("DELETE FROM finding");
    let fails = "INSERT INTO finding(source_id,kind,severity,text,data,since) VALUES(3,'pages_fail','warning','t',
        '{\"kind\":\"pages_fail\",\"lists\":1,\"pages\":0,\"error\":\"e\"}','2026-03-01T00:00:00Z')";
    assert_eq!(why(fails), unknown(UnknownReason::PagesUnread));
    why("DELETE FROM finding");
    let failed = "INSERT INTO poll(source_id,started_at,outcome,failures,next_check_at) VALUES(3,'2026-01-01T01:00:00Z','timeout',";
    assert_eq!(
        why(&format!("{failed}1,'2026-01-01T02:00:00Z')")).0,
        MemberState::NotSeen,
        "once is no outage"
    );
    assert_eq!(
        why(&format!("{failed}3,'2026-01-01T02:00:00Z')")),
        unknown(UnknownReason::SourceDown)
    );
    // What fails long after the matter was handled everywhere does not make it unknown.
    why(
        "UPDATE poll SET started_at='2026-12-'||substr(started_at,9) WHERE source_id=3 AND outcome<>'ok'; UPDATE poll SET started_at='2026-11-30T00:00:00Z' WHERE source_id=3 AND outcome='ok'",
    );
    assert_eq!(why("SELECT 1").0, MemberState::NotSeen);
    why("UPDATE meeting SET held_on='2026-06-01' WHERE id=4");
    assert_eq!(why("SELECT 1"), unknown(UnknownReason::FollowedLater));
    assert_eq!(
        why("DELETE FROM poll WHERE source_id=3"),
        unknown(UnknownReason::NeverPolled)
    );
    assert_eq!(
        why("UPDATE source SET enabled=0 WHERE id=3"),
        unknown(UnknownReason::NoSource)
    );
}

fn rows(conn: &Connection) -> String {
    let mut statement = conn
        .prepare(
            "SELECT json_array(id,title,slug,year,subject,predecessor_id,first_on,last_on,changed_at,revision) FROM dossier
             UNION ALL SELECT json_array(dossier_id,municipality_id,item_id,method,confidence,note) FROM dossier_item",
        )
        .expect("rows");
    let rows = statement
        .query_map([], |row| row.get::<_, String>(0))
        .expect("rows");
    rows.map(|row| row.expect("row") + "\n").collect()
}

#[test]
fn the_same_plans_store_the_same_rows() {
    let (_dir, mut archive, _reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let once = rows(&archive.main);
    let changes = archive.main.total_changes();
    store(&mut archive, &[plan(&ALL)]);
    assert_eq!(
        (rows(&archive.main), archive.main.total_changes()),
        (once.clone(), changes)
    );
    store(&mut archive, &[plan(&["aaa/i"])]);
    let fewer = rows(&archive.main);
    assert!(fewer.lines().count() == once.lines().count() - 2, "{fewer}");
    assert!(fewer.contains(",2]"), "the revision grew: {fewer}");
}

/// Whether a member has decided does not hang on a text that rotted, and that text is shown nowhere.
#[test]
fn an_item_whose_text_is_damaged_keeps_its_place_without_it() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let texts = || -> Vec<bool> {
        let dossier = reader.dossier("n-plan-2026").expect("read").expect("there");
        let states = dossier.cells.iter().map(|cell| cell.state);
        assert!(states.eq([
            MemberState::Decided,
            MemberState::OnAgenda,
            MemberState::NotSeen,
            MemberState::Unknown
        ]));
        let items = dossier.items.iter();
        items.map(|placed| placed.item.fields.is_some()).collect()
    };
    assert_eq!(texts(), [true; 3]);
    archive
        .main
        .execute_batch(
            "UPDATE item_version SET fields=json_set(fields,'$.decision','x') WHERE item_id=1",
        )
        .expect("damaged");
    let shown = texts();
    assert_eq!(shown.iter().filter(|shown| **shown).count(), 2, "{shown:?}");
}

#[test]
fn an_item_whose_row_is_damaged_decides_nothing() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let decided = |reader: &Reader| {
        let dossier = reader.dossier("n-plan-2026").expect("read").expect("there");
        (states(reader)[0], dossier.items.len())
    };
    assert_eq!(decided(&reader), ((MemberState::Decided, None), 3));
    archive
        .main
        .execute_batch(
            "INSERT INTO seal(table_name,key,digest) SELECT 'item', min(item_id), '0123456789abcdef' FROM dossier_item",
        )
        .expect("the seal of another row");
    let damaged = (MemberState::Unknown, Some(UnknownReason::Damaged));
    assert_eq!(decided(&reader), (damaged, 2));
}

#[test]
fn a_feed_of_a_dossier_has_its_items_and_another_stamp_when_one_is_joined() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&["aaa/i"])]);
    let query = FeedQuery {
        dossier: Some("n-plan-2026".to_owned()),
        limit: 10,
        ..FeedQuery::default()
    };
    let before = reader.feed_stamp(&query).expect("stamp");
    assert_eq!((before.seq, before.count), (1, 1));
    assert_eq!(reader.feed_items(&query).expect("items").len(), 1);
    store(&mut archive, &[plan(&ALL)]);
    let after = reader.feed_stamp(&query).expect("stamp");
    assert_ne!(after, before);
    assert_eq!(reader.feed_items(&query).expect("items").len(), 3);
    let other = FeedQuery {
        dossier: Some("n-other".to_owned()),
        ..query
    };
    assert_eq!(reader.feed_items(&other).expect("items"), []);
}

#[test]
fn nothing_is_joined_again_until_something_of_the_network_changes() {
    let (_dir, mut archive, reader) = world();
    let found = reader.joinable("n", "r").expect("read").expect("new");
    assert_eq!(found.items.len(), 3);
    store(&mut archive, &[plan(&ALL)]);
    assert!(reader.joinable("n", "r").expect("read").is_none());
    assert!(
        reader.joinable("n", "r2").expect("read").is_some(),
        "other rules"
    );
    let event = |item: i64| {
        format!(
            "INSERT INTO event(at,kind,municipality_id,item_id,item_uid,summary)
             SELECT '2026-03-22T00:00:00Z','item_changed',municipality_id,id,uid,title FROM item WHERE id={item}"
        )
    };
    archive.main.execute_batch(&event(4)).expect("event");
    assert!(
        reader.joinable("n", "r").expect("read").is_none(),
        "nothing of the network"
    );
    archive.main.execute_batch(&event(2)).expect("event");
    assert!(reader.joinable("n", "r").expect("read").is_some());
}

#[test]
fn items_tied_to_those_of_the_network_come_along() {
    let (_dir, archive, reader) = world();
    archive
        .main
        .execute_batch(
            "INSERT INTO matter(id,uid,diary_number,title,municipality_id) VALUES(1,'aaa/1','1/2026','t',1);
             UPDATE item SET matter_id=1 WHERE id IN (1,4);
             UPDATE item SET municipality_id=1 WHERE id=4",
        )
        .expect("tied");
    let uids = |reader: &Reader| -> Vec<String> {
        let found = reader.joinable("n", "r").expect("read").expect("new").items;
        found.into_iter().map(|item| item.uid.to_string()).collect()
    };
    assert_eq!(uids(&reader), ["aaa/i", "bee/i", "bee/j", "cee/i"]);
    archive
        .main
        .execute_batch(
            "UPDATE item SET matter_id=NULL;
             INSERT INTO handling(item_id,ordinal,held_on,section_no) VALUES(4,1,'2026-03-01',5)",
        )
        .expect("tied");
    assert_eq!(uids(&reader), ["aaa/i", "bee/i", "bee/j", "cee/i"]);
}

#[test]
fn a_persons_word_is_kept_beside_what_the_rules_say() {
    let (_dir, mut archive, reader) = world();
    store(&mut archive, &[plan(&ALL)]);
    let made = archive
        .transaction(|batch| {
            let slug = batch.make_dossier("n", "Muu asia", NOW)?;
            batch.join_by_hand(&Uid::new("aaa/i"), &slug, ("eri asia", NOW))?;
            batch.part_by_hand(&Uid::new("bee/i"), "n-plan-2026", ("", NOW))?;
            batch.rename_dossier("n-plan-2026", "Suunnitelma", NOW)?;
            Ok(slug)
        })
        .expect("decided");
    assert_eq!(made, "n-muu-asia");
    let found = reader.joinable("n", "r").expect("read").expect("decided");
    assert_eq!(found.stored[0].parted, [Uid::new("bee/i")]);
    assert_eq!(
        found.stored[1].joined,
        [(Uid::new("aaa/i"), "eri asia".to_owned())]
    );
    assert!(found.stored[1].is_made_by_hand);
    store(&mut archive, &[plan(&ALL)]);
    let title = |slug: &str| {
        reader
            .dossier(slug)
            .expect("read")
            .expect("there")
            .summary
            .title
    };
    assert_eq!(
        title("n-plan-2026"),
        "Suunnitelma",
        "the rules do not rename it"
    );
    archive
        .transaction(|batch| batch.forget_dossier_hand(&Uid::new("bee/i")))
        .expect("forgotten");
    let found = reader.joinable("n", "r").expect("read").expect("decided");
    assert_eq!(found.stored[0].parted, []);
}

#[test]
fn names_that_nobody_has_are_refused() {
    let (_dir, mut archive, _reader) = world();
    let unknown = archive.transaction(|batch| batch.rename_dossier("n-nothing", "x", NOW));
    assert!(
        matches!(unknown, Err(ArchiveError::UnknownDossier(_))),
        "{unknown:?}"
    );
}

#[test]
fn the_matrix_is_answered_from_indexes() {
    let (_dir, archive, _reader) = world();
    for sql in [
        "SELECT * FROM network_matrix WHERE slug='n-plan-2026'",
        "SELECT * FROM network_matrix WHERE network='n'",
    ] {
        let mut statement = archive
            .main
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect(sql);
        let lines = statement
            .query_map([], |row| row.get::<_, String>(3))
            .expect("plan");
        for line in lines.map(|line| line.expect("line")) {
            // The gaps of a finding and the reasons for doubt are lists of a few rows.
            let is_small = ["SCAN g ", "SCAN r", "SCAN q", "SCAN CONSTANT"];
            let is_scan =
                line.starts_with("SCAN") && !is_small.iter().any(|small| line.starts_with(small));
            assert!(!is_scan, "{sql}: {line}");
        }
    }
}
