//! Known traps of SQLite files that others open; those of Datasette itself are tried in `.ci/datasette.py`.

use rusqlite::{Connection, StatementStatus};
use seutu::archive::{Reader, SearchQuery};
use tempfile::TempDir;

use super::support::{cycle, empty};

fn filled() -> (TempDir, Connection) {
    let (dir, mut archive) = empty();
    cycle(&mut archive);
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    (dir, conn)
}

fn texts(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).expect(sql);
    let rows = statement.query_map([], |row| row.get(0)).expect(sql);
    rows.collect::<Result<_, _>>().expect(sql)
}

/// Full-text tables as their SQL stands in the file.
fn full_text(conn: &Connection) -> Vec<String> {
    let found = texts(
        conn,
        "SELECT sql FROM sqlite_schema WHERE sql LIKE '%USING fts5%'",
    );
    assert!(!found.is_empty());
    found
}

#[test]
fn trap_1_others_find_the_full_text_index_of_item() {
    let (_dir, conn) = filled();
    // The question that Datasette and sqlite-utils ask; without quotes or with single ones they find nothing.
    let asked = "SELECT name FROM sqlite_master WHERE rootpage=0 AND (
        sql LIKE '%VIRTUAL TABLE%USING FTS%content=\"item\"%' OR sql LIKE '%VIRTUAL TABLE%USING FTS%content=[item]%')";
    assert_eq!(texts(&conn, asked), ["item_fts"]);
}

#[test]
fn trap_2_views_of_items_have_the_column_that_search_joins_by() {
    let (_dir, conn) = filled();
    for view in ["decisions", "network_decisions", "paatokset"] {
        let joined = format!(
            "SELECT v.item_id FROM {view} v WHERE v.item_id IN (SELECT rowid FROM item_fts WHERE item_fts MATCH 'verkosto*')"
        );
        let mut statement = conn.prepare(&joined).expect("item_id");
        assert!(statement.exists([]).expect("rows"), "{view}");
    }
}

#[test]
fn trap_3_no_sqlite_sequence_among_the_tables() {
    let (_dir, conn) = filled();
    let found = "SELECT name FROM sqlite_schema WHERE name='sqlite_sequence'";
    assert_eq!(texts(&conn, found), [""; 0]);
}

#[test]
fn trap_4_labels_are_unambiguous_across_municipalities() {
    let (_dir, conn) = filled();
    conn.execute_batch(
        "INSERT INTO body(title,name,slug,municipality_id) SELECT m.name||' · '||b.name, b.name, b.slug, m.id
         FROM body b JOIN municipality m ON m.id<>b.municipality_id",
    )
    .expect("a body of the same name elsewhere");
    let stored = texts(
        &conn,
        "SELECT b.title FROM body b JOIN municipality m ON m.id=b.municipality_id WHERE b.title<>m.name||' · '||b.name",
    );
    assert_eq!(
        stored, [""; 0],
        "a body's label begins with its municipality"
    );
    let twice = "SELECT title FROM body GROUP BY title HAVING count(*)>1
        UNION ALL SELECT title FROM meeting GROUP BY title HAVING count(*)>1";
    assert_eq!(texts(&conn, twice), [""; 0]);
}

#[test]
fn trap_5_a_day_that_does_not_exist_is_refused_in_every_column_of_days() {
    let (_dir, conn) = filled();
    let loose = texts(
        &conn,
        "SELECT name FROM sqlite_schema WHERE type='table' AND sql GLOB '*IS date([a-z_]*)*'
        AND replace(sql,'+0 days','') = sql",
    );
    assert_eq!(
        loose, [""; 0],
        "date(d) without a modifier lets 2024-02-30 through"
    );
    for day in ["2024-02-30", "14.3.2024", "2024-3-14", "tomorrow", ""] {
        for (table, column) in [
            ("meeting", "held_on"),
            ("meeting", "published_on"),
            ("item", "listed_on"),
            ("body", "valid_from"),
            ("rule", "active_from"),
        ] {
            let refused = conn.execute(&format!("UPDATE {table} SET {column}=?1"), [day]);
            let refused = refused.expect_err("refused").to_string();
            assert!(
                refused.contains("CHECK"),
                "{table}.{column} {day}: {refused}"
            );
        }
    }
    conn.execute("UPDATE meeting SET held_on='2024-02-29'", [])
        .expect("a leap day");
}

#[test]
fn trap_6_only_tokenizers_that_every_sqlite_has() {
    let (_dir, conn) = filled();
    for sql in full_text(&conn) {
        let tokenizer = sql.split("tokenize=").nth(1).map_or("unicode61", |rest| {
            let words = rest.trim_start_matches(['"', '\'']);
            words
                .split(|c: char| !c.is_alphanumeric())
                .next()
                .expect("a word")
        });
        assert!(
            ["unicode61", "ascii", "porter", "trigram"].contains(&tokenizer),
            "{tokenizer}"
        );
    }
    // Nor functions of ours: in views and triggers every other program would fail on them.
    let plain = Connection::open_in_memory().expect("a database of nobody");
    let script: Vec<String> = texts(
        &conn,
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND NOT (type='table' AND name LIKE '%\\_fts\\_%' ESCAPE '\\')
         ORDER BY type='trigger', type='view', rowid",
    );
    plain
        .execute_batch(&(script.join(";\n") + ";"))
        .expect("the schema alone");
    for view in texts(&plain, "SELECT name FROM sqlite_schema WHERE type='view'") {
        plain
            .prepare(&format!("SELECT * FROM {view}"))
            .expect("a view");
    }
}

#[test]
fn trap_7_diary_numbers_hyphens_and_quotes_are_no_syntax() {
    let (dir, conn) = filled();
    let bare = "SELECT count(*) FROM item_fts WHERE item_fts MATCH ?1";
    conn.query_row(bare, ["85/12.00.00/2026"], |_| Ok(()))
        .expect_err("bare, it is a syntax error");
    let reader = Reader::open(dir.path()).expect("reader");
    assert_eq!(
        reader
            .search(&SearchQuery::new("85/12.00.00/2026"))
            .expect("search")
            .len(),
        1
    );
    for typed in [
        "päijät-hämeen",
        "NEAR(",
        "a AND",
        "title:x",
        "\"",
        "'",
        "*",
        "^a",
        "{a b}",
        "4631/00.04.01/2020",
        "ä\0b",
    ] {
        reader
            .search(&SearchQuery::new(typed))
            .unwrap_or_else(|error| panic!("{typed}: {error}"));
    }
}

#[test]
fn trap_8_passages_come_from_real_text() {
    let (dir, conn) = filled();
    conn.execute(
        "UPDATE item SET search_terms='perusmuotosana' WHERE background IS NOT NULL",
        [],
    )
    .expect("base forms");
    let found = Reader::open(dir.path())
        .expect("reader")
        .search(&SearchQuery::new("perusmuotosana"))
        .expect("search");
    let [hit] = found.as_slice() else {
        panic!("{found:?}")
    };
    let shown = hit.snippet.as_deref().expect("a passage");
    assert!(!shown.contains("perusmuotosana"), "{shown}");
    assert!(!shown.is_empty());
}

#[test]
fn trap_9_the_index_keeps_every_detail_that_ranking_needs() {
    let (_dir, conn) = filled();
    for sql in full_text(&conn) {
        assert!(
            !sql.contains("detail=") || sql.contains("detail=full"),
            "{sql}"
        );
    }
}

#[test]
fn trap_10_what_people_filter_by_has_an_index() {
    let (_dir, conn) = filled();
    for (table, column) in [
        ("item", "municipality_id"),
        ("item", "body_id"),
        ("item", "meeting_id"),
        ("item", "stage"),
        ("item", "outcome"),
        ("meeting", "status"),
        ("event", "kind"),
        ("poll", "outcome"),
        ("attachment", "status"),
        ("network_match", "verdict"),
    ] {
        let mut statement = conn
            .prepare(&format!(
                "EXPLAIN QUERY PLAN SELECT {column}, count(*) FROM {table} GROUP BY {column}"
            ))
            .expect("a facet");
        let steps: Vec<String> = statement
            .query_map([], |row| row.get(3))
            .expect("plan")
            .collect::<Result<_, _>>()
            .expect("plan");
        let steps = steps.join("; ");
        assert!(
            steps.contains("INDEX") && !steps.contains("TEMP B-TREE"),
            "{table}.{column}: {steps}"
        );
    }
}

/// Work that a query costs, in steps of SQLite's own machine: the same on every machine.
fn steps(conn: &Connection, sql: &str) -> i32 {
    let mut statement = conn.prepare(sql).expect(sql);
    let mut rows = statement.query([]).expect(sql);
    let mut cells = 0;
    while rows.next().expect(sql).is_some() {
        cells += 1;
    }
    assert!(cells > 0);
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[test]
fn trap_11_a_cell_of_the_matrix_costs_what_its_own_items_cost() {
    let (_dir, conn) = filled();
    conn.execute_batch(
        "INSERT INTO dossier(id,title,slug,network_id,year) SELECT 900,'Suunnitelma','suunnitelma',min(id),2026 FROM network;
         INSERT INTO dossier_item(dossier_id,municipality_id,item_id,method,confidence)
           SELECT 900, municipality_id, id, 'title', 1 FROM item;",
    )
    .expect("a dossier");
    let matrix = "SELECT * FROM network_matrix";
    let before = steps(&conn, matrix);
    let columns = texts(
        &conn,
        "SELECT name FROM pragma_table_info('item') WHERE name<>'id'",
    );
    let values: Vec<_> = columns
        .iter()
        .map(|column| match column.as_str() {
            "uid" | "key" => format!("{column}||'-'||n"),
            _ => column.clone(),
        })
        .collect();
    conn.execute_batch(&format!(
        "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM many WHERE n<500)
         INSERT INTO item({}) SELECT {} FROM item, many",
        columns.join(","),
        values.join(",")
    ))
    .expect("other items");
    let after = steps(&conn, matrix);
    assert!(
        after <= before + before / 10,
        "{before} steps, {after} among 500 times the items"
    );
}
