//! What the columns of a table or view are, and in which order its rows stand.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::super::error::ArchiveError;
use super::quoted;
use crate::model::table::{Column, Kind};

/// Columns of views that are computed, which SQLite knows no type of, and renamed ones whose CHECK stands
/// under another name.
const COMPUTED: [(&str, &str, Kind); 40] = [
    ("decisions", "body", Kind::Text),
    ("decisions", "date", Kind::Date),
    ("decisions", "networks", Kind::Text),
    ("decisions", "year", Kind::Integer),
    ("network_decisions", "body", Kind::Text),
    ("network_decisions", "date", Kind::Date),
    ("network_decisions", "networks", Kind::Text),
    ("network_decisions", "year", Kind::Integer),
    ("network_matrix", "state", Kind::Text),
    ("network_matrix", "first_on", Kind::Date),
    ("network_matrix", "last_on", Kind::Date),
    ("network_matrix", "outcomes", Kind::Text),
    ("network_matrix", "items", Kind::Integer),
    ("network_matrix", "handled_on", Kind::Date),
    ("network_matrix", "differs", Kind::Integer),
    ("network_matrix", "why", Kind::Text),
    ("network_matrix", "why_since", Kind::Date),
    ("source_status", "last_outcome", Kind::Text),
    ("source_status", "last_ok_at", Kind::Instant),
    ("source_status", "newest_meeting", Kind::Date),
    ("source_status", "new_items_30d", Kind::Integer),
    ("source_status", "items", Kind::Integer),
    ("source_status", "awaiting_minutes", Kind::Integer),
    ("source_status", "problems", Kind::Integer),
    ("source_status", "meetings", Kind::Integer),
    ("source_status", "failing_lists", Kind::Integer),
    ("source_status", "health", Kind::Text),
    ("source_status", "findings", Kind::Text),
    ("source_status", "newest_problem", Kind::Text),
    ("source_status", "missing_sections", Kind::Integer),
    ("source_status", "awaiting_too_long", Kind::Integer),
    ("source_status", "successor", Kind::Text),
    ("missing", "year", Kind::Integer),
    ("missing", "first_no", Kind::Integer),
    ("missing", "last_no", Kind::Integer),
    ("missing", "sections", Kind::Integer),
    ("missing", "after_meeting", Kind::Date),
    ("missing", "before_meeting", Kind::Date),
    ("missing", "looked_for_at", Kind::Instant),
    ("missing", "source_id", Kind::Integer),
];

/// The view whose columns are those of `decisions` under Finnish names, by position in this list.
const FINNISH: (&str, [&str; 20]) = (
    "paatokset",
    [
        "item_id",
        "uid",
        "municipality",
        "body",
        "date",
        "section_no",
        "title",
        "diary_number",
        "stage",
        "outcome",
        "presenter",
        "preparer",
        "proposal",
        "decision",
        "appeal_kind",
        "networks",
        "year",
        "version_no",
        "changed_at",
        "url",
    ],
);

/// Keys of views; tables have their primary keys.
const VIEW_KEYS: [(&str, &str); 6] = [
    ("decisions", "item_id"),
    ("paatokset", "item_id"),
    ("network_decisions", "network,item_id"),
    ("network_matrix", "network,slug,municipality"),
    ("source_status", "source_id"),
    ("missing", "body_id,year,first_no"),
];

/// A column as SQLite describes it.
struct Described {
    name: String,
    declared: String,
    /// Position in the primary key; 0 is none.
    key: i64,
}

fn described(conn: &Connection, table: &str) -> Result<Vec<Described>, ArchiveError> {
    let mut statement =
        conn.prepare_cached("SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden<>1")?;
    let rows = statement.query_map(params![table], |row| {
        Ok(Described {
            name: row.get(0)?,
            declared: row.get(1)?,
            key: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The columns of a table or view with their kinds: what the CHECKs say, else the declared types.
pub(super) fn of(conn: &Connection, table: &str) -> Result<Vec<Column>, ArchiveError> {
    let (kind, sql): (String, String) = conn.query_row(
        "SELECT type, sql FROM sqlite_schema WHERE name=?1 AND type IN ('table','view')",
        params![table],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let base = if kind == "view" {
        base_kinds(conn)?
    } else {
        BTreeMap::new()
    };
    let columns = described(conn, table)?.into_iter().enumerate();
    let columns = columns.map(|(index, column)| {
        let kind = if kind == "view" {
            view_kind(
                &base,
                [table, english(table, index, &column.name)],
                &column.declared,
            )
        } else {
            checked_kind(&sql, &column.name).or_else(|| declared_kind(&column.declared))
        };
        Column {
            name: column.name,
            kind: kind.unwrap_or(Kind::Text),
        }
    });
    Ok(columns.collect())
}

/// Columns of a view whose kind neither this list, nor a table, nor SQLite tells.
#[cfg(test)]
pub(super) fn unknown(conn: &Connection, view: &str) -> Result<Vec<String>, ArchiveError> {
    let base = base_kinds(conn)?;
    let columns = described(conn, view)?.into_iter().enumerate();
    let unknown = columns.filter(|(index, column)| {
        let name = english(view, *index, &column.name);
        view_kind(&base, [view, name], &column.declared).is_none()
    });
    Ok(unknown
        .map(|(_, column)| format!("{view}.{}", column.name))
        .collect())
}

/// The name a column has in the view that `table` renames.
fn english<'n>(table: &str, index: usize, name: &'n str) -> &'n str {
    let (finnish, names) = FINNISH;
    match names.get(index) {
        Some(same) if table == finnish => same,
        Some(_) | None => name,
    }
}

/// The kind of a view's column: as listed, else that of the tables' columns of the same name.
fn view_kind(
    base: &BTreeMap<String, Option<Kind>>,
    [view, column]: [&str; 2],
    declared: &str,
) -> Option<Kind> {
    let view = if view == FINNISH.0 { "decisions" } else { view };
    let listed = COMPUTED
        .iter()
        .find(|(of, name, _)| (*of, *name) == (view, column));
    if let Some((_, _, kind)) = listed {
        return Some(*kind);
    }
    base.get(column)
        .copied()
        .flatten()
        .or_else(|| declared_kind(declared))
}

/// Days and instants of all tables by column name; `None` where tables differ.
fn base_kinds(conn: &Connection) -> Result<BTreeMap<String, Option<Kind>>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT name, sql FROM sqlite_schema WHERE type='table' AND sql LIKE 'CREATE TABLE%'",
    )?;
    let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut kinds = BTreeMap::new();
    for table in tables {
        let (name, sql): (String, String) = table?;
        for column in described(conn, &name)? {
            let found =
                checked_kind(&sql, &column.name).or_else(|| declared_kind(&column.declared));
            let known = kinds.entry(column.name).or_insert(found);
            if *known != found {
                *known = None;
            }
        }
    }
    Ok(kinds)
}

/// What a CHECK of the table says: that a column is a day, or an instant.
fn checked_kind(sql: &str, column: &str) -> Option<Kind> {
    let flat: String = sql.chars().filter(|c| !c.is_whitespace()).collect();
    if flat.contains(&format!("CHECK({column}ISdate({column},")) {
        Some(Kind::Date)
    } else if flat.contains(&format!("CHECK({column}GLOB'????-??-??T??:??:??Z')")) {
        Some(Kind::Instant)
    } else {
        None
    }
}

fn declared_kind(declared: &str) -> Option<Kind> {
    match declared {
        "TEXT" => Some(Kind::Text),
        "INTEGER" | "INT" => Some(Kind::Integer),
        "REAL" => Some(Kind::Real),
        _ => None,
    }
}

/// The columns that a table's rows are ordered by, quoted: its key, else all of them.
pub(super) fn order(
    conn: &Connection,
    table: &str,
    columns: &[Column],
) -> Result<String, ArchiveError> {
    let mut keys: Vec<_> = described(conn, table)?
        .into_iter()
        .filter(|column| column.key > 0)
        .collect();
    keys.sort_by_key(|column| column.key);
    let view_key = VIEW_KEYS.iter().find(|(view, _)| *view == table);
    let names: Vec<String> = match view_key {
        Some((_, key)) => key.split(',').map(quoted).collect(),
        None if keys.is_empty() => columns.iter().map(|c| quoted(&c.name)).collect(),
        None => keys.iter().map(|column| quoted(&column.name)).collect(),
    };
    Ok(names.join(","))
}
