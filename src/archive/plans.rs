//! How SQLite goes about what people and checks ask: from an index, whatever the archive has grown to.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::documents::DUE_ATTACHMENTS;
use super::testing::open_temporary;

fn plan(conn: &Connection, sql: &str) -> String {
    let mut statement = conn
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .expect("a statement");
    let values = vec![Value::Integer(1); statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(values), |row| {
        row.get::<_, String>(3)
    });
    lines
        .expect("plan")
        .map(|line| line.expect("line") + "\n")
        .collect()
}

#[test]
fn the_latest_by_day_come_from_an_index_without_a_sort() {
    let (_dir, archive) = open_temporary();
    for sql in [
        "SELECT * FROM decisions ORDER BY date DESC LIMIT 50",
        "SELECT * FROM paatokset ORDER BY pvm DESC LIMIT 50",
    ] {
        let plan = plan(&archive.main, sql);
        assert!(
            plan.starts_with("SCAN i USING INDEX item_day\n") && !plan.contains("TEMP B-TREE"),
            "{sql}: {plan}"
        );
    }
    let between = "SELECT title FROM decisions WHERE date BETWEEN '2026-01-01' AND '2026-01-31'";
    let plan = plan(&archive.main, between);
    assert!(
        plan.starts_with("SEARCH i USING INDEX item_day (day>? AND day<?)"),
        "{plan}"
    );
}

#[test]
fn missing_numbers_are_told_from_an_index_alone() {
    let (_dir, archive) = open_temporary();
    let plan = plan(&archive.main, "SELECT * FROM missing");
    assert!(
        plan.contains("SCAN i USING COVERING INDEX item_section\n"),
        "{plan}"
    );
    assert!(
        plan.contains(
            "SEARCH i USING COVERING INDEX item_section (body_id=? AND <expr>=? AND section_no>?)"
        ),
        "{plan}"
    );
    assert!(!plan.contains("AUTOMATIC"), "{plan}");
}

#[test]
fn attachments_that_are_due_are_found_without_a_look_at_the_others() {
    let (_dir, archive) = open_temporary();
    let plan = plan(&archive.main, DUE_ATTACHMENTS);
    for line in [
        "SEARCH i USING INDEX item_source_day (source_id=?)",
        "SEARCH a USING INDEX attachment_unread (item_id=?)",
        "SEARCH a USING INDEX attachment_again (failures<?)",
        "SEARCH a USING INDEX attachment_next (next_check_at<?)",
        "SEARCH a USING INDEX attachment_left (skipped_for=?)",
        "SEARCH a USING INDEX attachment_left (skipped_for=? AND media_type=?)",
    ] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    assert!(
        !plan.contains("SCAN a") && !plan.contains("SCAN i"),
        "{plan}"
    );
}

#[test]
fn the_day_of_an_item_follows_its_meeting_whoever_writes() {
    let (_dir, archive) = open_temporary();
    let conn = &archive.main;
    conn.execute_batch(
        "INSERT INTO municipality(id,name,slug,code) VALUES(1,'Mäntylä','mantyla','901');
         INSERT INTO source(id,name,slug,municipality_id,system,feed_url,base_url)
           VALUES(1,'Mäntylä','mantyla',1,'dynasty','https://m.example/','https://m.example/');
         INSERT INTO body(id,title,name,slug,municipality_id) VALUES(1,'Mäntylä · KH','KH','kh',1);
         INSERT INTO meeting(id,uid,title,body_id,held_on,first_seen_at)
           VALUES(1,'m','KH',1,'2026-03-02','2026-03-01T00:00:00Z');
         INSERT INTO item(id,uid,title,municipality_id,source_id,key,url,listed_title,listed_on,first_seen_at,changed_at)
           VALUES(1,'u','A',1,1,'k','https://m.example/1','A','2026-02-01','2026-03-01T00:00:00Z','2026-03-01T00:00:00Z');",
    )
    .expect("rows");
    let day = || -> Option<String> {
        conn.query_row("SELECT date FROM decisions WHERE uid='u'", [], |row| {
            row.get(0)
        })
        .expect("day")
    };
    assert_eq!(day().as_deref(), Some("2026-02-01"), "as listed");
    for (sql, becomes) in [
        ("UPDATE item SET meeting_id=1", Some("2026-03-02")),
        (
            "UPDATE meeting SET held_on='2026-03-09'",
            Some("2026-03-09"),
        ),
        ("UPDATE item SET listed_on='2026-02-02'", Some("2026-03-09")),
        ("UPDATE item SET meeting_id=NULL", Some("2026-02-02")),
        ("UPDATE item SET listed_on=NULL", None),
        ("UPDATE item SET day='2026-01-01'", None),
    ] {
        conn.execute_batch(sql).expect(sql);
        assert_eq!(day().as_deref(), becomes, "{sql}");
    }
}
