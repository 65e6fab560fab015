//! Texts by the time they were first seen, as they stood then: what archived feeds and digests are made of.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::model::item::ItemRecord;

use super::error::ArchiveError;
use super::feed_query::{of_dossier, of_network};
use super::item_read::sound_version;
use super::reader::Reader;
use super::rows::{instant, readable};

/// Which texts, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextsQuery {
    /// Slug of a network: texts of items whose verdict is `in` today.
    pub network: Option<String>,
    /// Slug of a dossier: texts of the items that are joined into it today.
    pub dossier: Option<String>,
    /// Slug or name of a municipality.
    pub municipality: Option<String>,
    /// First seen at that instant or later,
    pub from: Timestamp,
    /// and before this one.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// After so many.
    pub offset: u32,
}

/// The columns of an item record with an older text of it. Verdicts and their quotes are those of today, so they are
/// no part of what was said then.
const COLUMNS: &str =
    "SELECT i.id, i.uid, s.slug AS source, s.name AS source_name, s.feed_url AS source_feed,
    mu.name AS municipality, mu.code AS municipality_code, coalesce(b.name, i.listed_body) AS body,
    coalesce(me.held_on, i.listed_on) AS held_on, i.title, v.stage, NULL AS outcome, v.content_sha256 AS version_sha256, v.fields,
    (SELECT w.fields FROM item_version w WHERE w.item_id=v.item_id AND w.version_no=v.version_no-1
       AND w.stage='minutes' AND v.stage='minutes') AS fields_before, v.handlings, i.url,
    v.version_no, i.first_seen_at, v.seen_from AS changed_at, i.withdrawn_at";

/// The versions of a time, and what they belong to. CROSS JOIN keeps SQLite at the index of that time.
const SEEN: &str =
    "FROM item_version v INDEXED BY item_version_seen CROSS JOIN item i ON i.id=v.item_id";

const NAMED: &str =
    "CROSS JOIN source s ON s.id=i.source_id CROSS JOIN municipality mu ON mu.id=i.municipality_id
    LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id";

impl Reader {
    /// Texts of a time in the order in which they came, each as an item that has it as its text. Those of items that
    /// are withdrawn now are left out, after the part was cut: the others stay where they were.
    pub fn texts_seen(&self, query: &TextsQuery) -> Result<Vec<ItemRecord>, ArchiveError> {
        let (conditions, mut values) = conditions(query);
        let sql = format!("{COLUMNS} {SEEN} {NAMED} {conditions} ORDER BY v.id LIMIT ? OFFSET ?");
        values.extend([Value::from(query.limit), Value::from(query.offset)]);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let texts = statement
                .query_and_then(params_from_iter(values), |row| sound_version(conn, row))?;
            let texts = texts.filter_map(readable).map(|text| text.map(as_it_stood));
            let shown = |text: &Result<ItemRecord, _>| {
                text.as_ref()
                    .map_or(true, |text| text.withdrawn_at.is_none())
            };
            texts.filter(shown).collect()
        })
    }

    /// How many texts there are of a time, those of withdrawn items included; the part asked for does not matter.
    pub fn texts_count(&self, query: &TextsQuery) -> Result<u32, ArchiveError> {
        let (conditions, values) = conditions(query);
        let sql = format!("SELECT count(*) {SEEN} {conditions}");
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            Ok(statement.query_row(params_from_iter(values), |row| row.get(0))?)
        })
    }

    /// When the first text of the archive was seen.
    pub fn first_text(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.read(|conn| moment(conn, "SELECT min(seen_from) FROM item_version"))
    }

    /// The title of a dossier.
    pub fn dossier_title(&self, slug: &str) -> Result<Option<String>, ArchiveError> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT title FROM dossier WHERE slug=?1")?
                .query_row([slug], |row| row.get(0))
                .optional()?)
        })
    }

    /// The slugs of all dossiers.
    pub fn dossier_slugs(&self) -> Result<Vec<String>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached("SELECT slug FROM dossier ORDER BY slug")?;
            let slugs = statement.query_map([], |row| row.get(0))?;
            Ok(slugs.collect::<Result<_, _>>()?)
        })
    }

    /// When the last event was recorded.
    pub fn last_event(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.read(|conn| moment(conn, "SELECT at FROM event ORDER BY seq DESC LIMIT 1"))
    }
}

fn moment(conn: &Connection, sql: &str) -> Result<Option<Timestamp>, ArchiveError> {
    let at: Option<Option<String>> = conn
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(at.flatten().and_then(|at| at.parse().ok()))
}

fn conditions(query: &TextsQuery) -> (String, Vec<Value>) {
    let mut sql = "WHERE v.seen_from>=? AND v.seen_from<?".to_owned();
    let mut values = vec![
        Value::from(instant(query.from)),
        Value::from(instant(query.until)),
    ];
    if let Some(network) = &query.network {
        sql.push_str(" AND ");
        sql.push_str(of_network());
        values.push(Value::from(network.clone()));
    }
    if let Some(dossier) = &query.dossier {
        sql.push_str(" AND ");
        sql.push_str(of_dossier());
        values.push(Value::from(dossier.clone()));
    }
    if let Some(name) = &query.municipality {
        sql.push_str(
            " AND i.municipality_id=(SELECT id FROM municipality WHERE ? IN (slug, name))",
        );
        values.push(Value::from(name.clone()));
    }
    (sql, values)
}

/// What the text itself says stands in the place of what is known today.
fn as_it_stood(mut text: ItemRecord) -> ItemRecord {
    if let Some(fields) = &text.fields {
        text.outcome = fields.outcome;
        if let Some(title) = &fields.title {
            text.title.clone_from(title);
        }
    }
    text.matches.clear();
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, open_temporary};
    use super::*;

    #[test]
    fn a_time_is_read_from_the_index_of_times() {
        let (_dir, archive) = open_temporary();
        let word = || Some("sivistys".to_owned());
        for (network, dossier, municipality) in [
            (None, None, None),
            (word(), None, None),
            (None, word(), None),
            (None, None, word()),
        ] {
            let query = TextsQuery {
                network,
                dossier,
                municipality,
                from: NOW,
                until: NOW,
                limit: 40,
                offset: 0,
            };
            let (conditions, values) = conditions(&query);
            for sql in [
                format!("SELECT count(*) {SEEN} {conditions}"),
                format!("{COLUMNS} {SEEN} {NAMED} {conditions} ORDER BY v.id"),
            ] {
                let mut statement = archive
                    .main
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                    .expect("plan");
                let lines = statement
                    .query_map(params_from_iter(&values), |row| row.get::<_, String>(3))
                    .expect("plan");
                let plan: Vec<_> = lines.map(|line| line.expect("line")).collect();
                assert!(
                    plan[0].contains("item_version_seen (seen_from>? AND seen_from<?)"),
                    "{plan:?}"
                );
                assert!(
                    // Municipalities are few, and known by name or slug.
                    plan.iter()
                        .all(|line| !line.starts_with("SCAN") || line == "SCAN municipality"),
                    "{plan:?}"
                );
            }
        }
    }
}
