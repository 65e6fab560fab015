//! The file explains itself: every table, view and column in Finnish and English, and every value that is allowed.

use std::collections::BTreeSet;

use rusqlite::Connection;
use tempfile::TempDir;

use super::support::{empty, hour};

/// A freshly made archive.
fn fresh() -> (TempDir, Connection) {
    let (dir, archive) = empty();
    drop(archive);
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    (dir, conn)
}

/// Rows of text columns, joined.
fn rows(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).expect(sql);
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let values: Result<Vec<String>, _> = (0..width).map(|column| row.get(column)).collect();
        Ok(values?.join(" "))
    });
    rows.expect(sql).collect::<Result<_, _>>().expect(sql)
}

/// Everything that readers see: what SQLite and FTS5 keep for themselves is left out.
const SEEN: &str = "WITH tables AS (
    SELECT name FROM pragma_table_list
    WHERE schema='main' AND name NOT LIKE 'sqlite%' AND type IN ('table','view','virtual')),
  seen(table_name, column_name) AS (
    SELECT name, '*' FROM tables
    UNION ALL SELECT t.name, x.name FROM tables t, pragma_table_xinfo(t.name) x WHERE x.hidden<>1)";

#[test]
fn every_table_view_and_column_is_explained_and_nothing_else() {
    let (_dir, conn) = fresh();
    let explained = "SELECT table_name, column_name FROM data_dictionary";
    let silent = format!("{SEEN} SELECT table_name, column_name FROM seen EXCEPT {explained}");
    assert_eq!(rows(&conn, &silent), [""; 0], "not in data_dictionary");
    let unknown = format!("{SEEN} {explained} EXCEPT SELECT table_name, column_name FROM seen");
    assert_eq!(rows(&conn, &unknown), [""; 0], "only in data_dictionary");
    let searched = rows(
        &conn,
        "SELECT column_name FROM data_dictionary WHERE table_name='item_fts'",
    );
    assert!(
        searched.contains(&"decision".to_owned()),
        "the index itself is explained"
    );
}

#[test]
fn explanations_are_sentences_in_two_languages() {
    let (_dir, conn) = fresh();
    let poor = "SELECT table_name, column_name FROM data_dictionary
        WHERE description_fi NOT LIKE '%.' OR description_en NOT LIKE '%.' OR description_fi=description_en
          OR length(description_fi)<8 OR length(description_en)<8 OR example=''
          OR description_fi<>trim(description_fi) OR description_en<>trim(description_en)";
    assert_eq!(rows(&conn, poor), [""; 0]);
}

/// The words that a CHECK of the form `column IN ('a','b')` allows, with their column.
fn allowed(sql: &str) -> Vec<(String, Vec<String>)> {
    let checks = sql.split("CHECK (").skip(1);
    checks
        .filter_map(|check| {
            let (column, rest) = check.split_once(" IN (")?;
            let (words, _) = rest.split_once(')')?;
            let plain = column.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let words: Vec<String> = words
                .split(',')
                .filter_map(|word| word.trim().strip_prefix('\'')?.strip_suffix('\''))
                .map(str::to_owned)
                .collect();
            (plain && !words.is_empty()).then(|| (column.to_owned(), words))
        })
        .collect()
}

#[test]
fn every_word_that_a_column_may_hold_is_explained() {
    let (_dir, conn) = fresh();
    let (mut checked, mut silent) = (BTreeSet::new(), Vec::new());
    for table in rows(
        &conn,
        "SELECT name FROM sqlite_schema WHERE type='table' AND sql LIKE '%CHECK%'",
    ) {
        let sql = rows(
            &conn,
            &format!("SELECT sql FROM sqlite_schema WHERE name='{table}'"),
        )
        .join("");
        for (column, words) in allowed(&sql) {
            let explained = |language: &str| {
                rows(
                    &conn,
                    &format!(
                        "SELECT description_{language} FROM data_dictionary
                         WHERE table_name='{table}' AND column_name='{column}'"
                    ),
                )
                .join("")
            };
            let (finnish, english) = (explained("fi"), explained("en"));
            if !english.contains("the words of ") {
                let told = |word: &&String| finnish.contains(*word) && english.contains(*word);
                silent.extend(
                    words
                        .iter()
                        .filter(|word| !told(word))
                        .map(|word| format!("{table}.{column} {word}")),
                );
            }
            checked.insert(format!("{table}.{column}"));
        }
    }
    assert_eq!(silent, [""; 0], "words without an explanation");
    for column in [
        "item.outcome",
        "item.stage",
        "source.publishes",
        "poll.certificate",
        "event.kind",
    ] {
        assert!(
            checked.contains(column),
            "{column} has no CHECK of its words: {checked:?}"
        );
    }
}

/// Columns by name that hold words, days, instants or hashes without a CHECK, each with its reason.
const UNCHECKED: [(&str, &str); 5] = [
    (
        "problem.kind",
        "grows with the readers, without a migration",
    ),
    (
        "finding.kind",
        "grows with the readers, without a migration",
    ),
    ("takedown.sha256", "checked where it is written"),
    ("item_version.parser", "names a reader"),
    ("host_pause.host", "names a host"),
];

#[test]
fn words_days_instants_and_hashes_are_checked() {
    let (_dir, conn) = fresh();
    let columns = format!(
        "{SEEN} SELECT s.table_name, s.column_name FROM seen s JOIN sqlite_schema o ON o.name=s.table_name
         WHERE o.type='table' AND o.sql NOT LIKE '%VIRTUAL%'"
    );
    let mut silent = Vec::new();
    for row in rows(&conn, &columns) {
        let (table, column) = row.split_once(' ').expect("two words");
        let worded = [
            "_at", "_on", "_since", "sha256", "kind", "status", "stage", "outcome", "severity",
            "verdict",
        ];
        let bare = ["at", "since", "until"].contains(&column);
        let number = column == "http_status";
        if number || !(bare || worded.iter().any(|end| column.ends_with(end))) {
            continue;
        }
        let sql = rows(
            &conn,
            &format!("SELECT sql FROM sqlite_schema WHERE name='{table}'"),
        )
        .join("");
        let checked = [
            format!("CHECK ({column} "),
            format!("CHECK (length({column})"),
        ];
        if !checked.iter().any(|check| sql.contains(check)) {
            silent.push(format!("{table}.{column}"));
        }
    }
    silent.retain(|column| !UNCHECKED.iter().any(|(known, _)| known == column));
    assert_eq!(silent, [""; 0]);
}

#[test]
fn a_word_that_is_not_allowed_is_refused_in_columns_that_came_later() {
    let (_dir, conn) = fresh();
    conn.execute_batch("UPDATE source SET publishes='official_decisions'")
        .expect("allowed");
    for wrong in [
        "UPDATE source SET publishes='everything'",
        "UPDATE source SET robots='maybe'",
    ] {
        let refused = conn.execute_batch(wrong).expect_err(wrong).to_string();
        assert!(refused.contains("CHECK constraint failed"), "{refused}");
    }
    let poll = "INSERT INTO poll(source_id,started_at,outcome,next_check_at,certificate)
        SELECT id,'2026-08-01T00:00:00Z','http_error','2026-08-01T00:00:00Z','old' FROM source";
    assert!(
        conn.execute_batch(poll)
            .expect_err(poll)
            .to_string()
            .contains("CHECK")
    );
}

#[test]
fn tables_that_people_see_are_labelled_by_title_or_name() {
    let (_dir, conn) = fresh();
    for table in [
        "municipality",
        "network",
        "source",
        "body",
        "meeting",
        "matter",
        "item",
        "attachment",
        "rule",
        "dossier",
    ] {
        let label = format!(
            "SELECT name FROM pragma_table_info('{table}') WHERE name IN ('title','name') AND \"notnull\""
        );
        assert!(!rows(&conn, &label).is_empty(), "{table} has no label");
    }
}

#[test]
fn the_file_says_what_it_is() {
    let (_dir, conn) = fresh();
    let meta =
        |key: &str| rows(&conn, &format!("SELECT value FROM meta WHERE key='{key}'")).join("");
    assert_eq!(
        meta("generator"),
        concat!("seutu ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(meta("time_zone"), "Europe/Helsinki");
    assert_eq!(meta("created_at"), hour(0).to_string());
    let version: i64 = conn
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("version");
    assert_eq!(meta("schema_version"), version.to_string());
    assert!(meta("licence_fi").contains("tekijänoikeuslaki 404/1961, 9 §"));
    for key in [
        "title",
        "title_fi",
        "description_fi",
        "description_en",
        "licence_en",
        "documentation",
        "conventions",
    ] {
        assert!(!meta(key).is_empty(), "{key}");
    }
    let own = "SELECT key, value FROM meta WHERE value LIKE '%/home/%' OR value LIKE '%/tmp/%' OR value LIKE '%/work/%'";
    assert_eq!(rows(&conn, own), [""; 0]);
}

#[test]
fn an_archive_of_an_older_program_is_told_anew() {
    let (dir, conn) = fresh();
    conn.execute_batch(
        "UPDATE meta SET value='seutu 0.0.1' WHERE key='generator';
         UPDATE meta SET value='x' WHERE key='dictionary_sha256';
         UPDATE meta SET value='x' WHERE key='description_fi';
         DELETE FROM data_dictionary WHERE table_name='item'",
    )
    .expect("older");
    drop(conn);
    drop(seutu::archive::Archive::open(dir.path(), hour(99)).expect("opened"));
    let conn = Connection::open(dir.path().join("archive.db")).expect("file");
    let told = rows(
        &conn,
        "SELECT value FROM meta WHERE key IN ('generator','created_at','description_fi') ORDER BY key",
    );
    assert_eq!(told[0], hour(0).to_string(), "the hour of creation stays");
    assert!(told[1].starts_with("Kuntien"), "{told:?}");
    assert_eq!(told[2], concat!("seutu ", env!("CARGO_PKG_VERSION")));
    assert!(
        !rows(
            &conn,
            "SELECT column_name FROM data_dictionary WHERE table_name='item'"
        )
        .is_empty()
    );
}
