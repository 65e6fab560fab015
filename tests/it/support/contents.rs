//! Archives as text: every row as it stands, or with ids and instants taken out so that two runs compare.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Tables that say when and how often, not what; a seal is of a row with its instants, put after it.
const BOOKKEEPING: [&str; 5] = ["poll", "meta", "data_dictionary", "seal", "seal_due"];

/// What stands for a row of another table in place of its id.
const NAMES: [(&str, &str); 10] = [
    ("municipality", "name"),
    ("network", "slug"),
    ("source", "slug"),
    ("body", "title"),
    ("meeting", "uid"),
    ("matter", "uid"),
    ("item", "uid"),
    ("fetch", "sha256"),
    ("rule", "name || ' ' || pattern"),
    (
        "network_match",
        "(SELECT uid FROM item WHERE id=item_id) || ' ' || (SELECT slug FROM network WHERE id=network_id)",
    ),
];

/// What a query finds in `archive.db`, one line per row, values with ` | ` between.
pub fn rows(archive: &Path, sql: &str) -> Vec<String> {
    let conn = open(&archive.join("archive.db"));
    lines(&conn, sql)
}

/// Every row of both files, table by table, as they stand.
pub fn everything(archive: &Path) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for file in ["archive.db", "originals.db"] {
        let conn = open(&archive.join(file));
        for table in tables(&conn) {
            all.insert(
                format!("{file} {table}"),
                lines(&conn, &format!("SELECT * FROM {table}")),
            );
        }
    }
    all
}

/// The tables in which two archives differ.
pub fn differences(
    one: &BTreeMap<String, Vec<String>>,
    other: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    assert!(one.keys().eq(other.keys()));
    one.keys()
        .filter(|table| one[*table] != other[*table])
        .cloned()
        .collect()
}

/// Both files as text without integer ids and instants: of an instant only whether it is there.
pub fn canonical(archive: &Path) -> String {
    let mut text = String::new();
    for file in ["archive.db", "originals.db"] {
        let conn = open(&archive.join(file));
        for table in tables(&conn) {
            if BOOKKEEPING.contains(&table.as_str()) {
                continue;
            }
            let mut rows = lines(&conn, &nameless(&conn, &table));
            rows.sort();
            for row in rows {
                text.extend([table.as_str(), ": ", &row, "\n"]);
            }
        }
    }
    text
}

/// The lines that stand in one of two canonical texts only, for messages.
pub fn explain(left: &str, right: &str) -> String {
    let only = |one: &str, other: &str, sign: &str| {
        let other: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !other.contains(line));
        lines
            .flat_map(|line| [sign, " ", line, "\n"])
            .collect::<String>()
    };
    only(left, right, "-") + &only(right, left, "+")
}

/// A query for a table's rows with names in place of ids.
fn nameless(conn: &Connection, table: &str) -> String {
    let references: BTreeMap<String, String> = pairs(
        conn,
        &format!("SELECT \"from\", \"table\" FROM pragma_foreign_key_list('{table}')"),
    );
    let columns = pairs(
        conn,
        &format!("SELECT name, type || pk FROM pragma_table_info('{table}') ORDER BY cid"),
    );
    let selected: Vec<String> = columns
        .iter()
        .filter_map(|(column, kind)| match references.get(column) {
            Some(target) => Some(name_of(target, table, column)),
            None if kind == "INTEGER1" => None,
            // How many checks in a row changed the text: a run that was killed checks more often.
            None if column == "restless" => None,
            // How far the log was read: its numbers are internal, and a run that was healed has more of them.
            None if column == "joined_seq" => None,
            // Made of internal numbers.
            None if column == "search_facets" => None,
            None if is_instant(column) => Some(format!("{column} IS NOT NULL")),
            None => Some(format!("{table}.{column}")),
        })
        .collect();
    format!("SELECT {} FROM {table}", selected.join(", "))
}

fn name_of(target: &str, table: &str, column: &str) -> String {
    let name = NAMES
        .iter()
        .find(|(named, _)| *named == target)
        .map_or("id", |(_, name)| name);
    format!("(SELECT {name} FROM {target} WHERE {target}.id={table}.{column})")
}

fn is_instant(column: &str) -> bool {
    column.ends_with("_at")
        || column.ends_with("_since")
        || [
            "at",
            "since",
            "until",
            "seen_from",
            "seen_to",
            "active_from",
            "active_to",
        ]
        .contains(&column)
}

fn tables(conn: &Connection) -> Vec<String> {
    lines(
        conn,
        "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE '%_fts%'
           AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
}

fn pairs(conn: &Connection, sql: &str) -> BTreeMap<String, String> {
    let mut statement = conn.prepare(sql).expect("query");
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    found
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows")
}

fn open(file: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags).expect("database")
}

fn lines(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).expect(sql);
    let columns = statement.column_count();
    let found = statement.query_map([], |row| {
        let values = (0..columns).map(|column| row.get_ref(column).map(shown));
        Ok(values.collect::<Result<Vec<_>, _>>()?.join(" | "))
    });
    found
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows")
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => super::portal::sha256(bytes),
    }
}
