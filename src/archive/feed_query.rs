//! What a feed asks for, answered from indexes: items newest changed first, and a stamp that tells whether
//! anything changed without building them.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::model::item::ItemRecord;
use crate::model::minutes::{Outcome, Stage};

use super::error::ArchiveError;
use super::item_read::{ITEM, sound};
use super::reader::Reader;
use super::rows::{instant, readable};
use super::search::match_expression;
use crate::language::Analyser;

/// Which items, and which part of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedQuery {
    /// Slug of a network: items whose verdict is `in`.
    pub network: Option<String>,
    /// Slug of a dossier: the items that were joined into it.
    pub dossier: Option<String>,
    /// Slug or name of a municipality.
    pub municipality: Option<String>,
    /// Slug or name of a body (toimielin).
    pub body: Option<String>,
    /// Stage of the text.
    pub stage: Option<Stage>,
    /// Outcome of the decision.
    pub outcome: Option<Outcome>,
    /// Calendar year of the meeting.
    pub year: Option<i16>,
    /// Words that must all occur, as in search; blank means no condition.
    pub q: Option<String>,
    /// Changed at that instant or later.
    pub since: Option<Timestamp>,
    /// Whether items stand in it that are withdrawn.
    pub withdrawn: WithdrawnItems,
    /// At most so many.
    pub limit: u32,
    /// After so many.
    pub offset: u32,
}

/// Whether items are told of that were withdrawn. Those whose text was erased are never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithdrawnItems {
    /// They are left out.
    #[default]
    LeftOut,
    /// They stand where they changed last, which is when they were withdrawn; but not where words are searched, which
    /// would tell what stood in them.
    Told,
}

/// Tells whether a feed may have changed: two equal stamps of one query mean equal documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedStamp {
    /// Number of the last event that touched the dossier, the network, the municipality, or (without any of them)
    /// anything.
    pub seq: i64,
    /// When that was, or when the dossier last changed if that is later; `None` before the first event.
    pub last_change: Option<Timestamp>,
    /// Items in the network; of a dossier how often it changed; 0 for queries without either. An erased item leaves
    /// no other trace, nor does one that was joined.
    pub count: u32,
}

/// Conditions of a query with their values, in order.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value.into());
    }
}

impl Reader {
    /// Items of a feed, newest changed first.
    pub fn feed_items(&self, query: &FeedQuery) -> Result<Vec<ItemRecord>, ArchiveError> {
        let Some(Conditions { sql, values }) = select(query, &self.language) else {
            return Ok(Vec::new());
        };
        self.read_for(query.q.as_deref().unwrap_or_default(), |conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let items =
                statement.query_and_then(params_from_iter(values), |row| sound(conn, row))?;
            items.filter_map(readable).collect()
        })
    }

    /// Whether any municipality has a body of that name or slug.
    pub fn knows_body(&self, name: &str) -> Result<bool, ArchiveError> {
        self.read(|conn| Ok(conn.prepare_cached(BODY)?.exists([name])?))
    }

    /// The stamp of a feed; costs a few index look-ups.
    pub fn feed_stamp(&self, query: &FeedQuery) -> Result<FeedStamp, ArchiveError> {
        self.read(|conn| stamp(conn, query))
    }
}

/// The bodies of a name or slug.
const BODY: &str = "SELECT id FROM body WHERE ? IN (slug, name)";

/// The condition that an item belongs to a network.
pub(super) fn of_network() -> &'static str {
    "i.id IN (SELECT m.item_id FROM network_match m JOIN network n ON n.id=m.network_id
              WHERE n.slug=? AND m.verdict='in')"
}

/// The condition that an item is joined into a dossier.
pub(super) fn of_dossier() -> &'static str {
    "i.id IN (SELECT di.item_id FROM dossier d JOIN dossier_item di ON di.dossier_id=d.id WHERE d.slug=?)"
}

fn shown(query: &FeedQuery) -> &'static str {
    match query.withdrawn {
        WithdrawnItems::Told if query.q.is_none() => {
            "(i.withdrawn_at IS NULL OR i.erased_at IS NULL)"
        }
        WithdrawnItems::Told | WithdrawnItems::LeftOut => "i.withdrawn_at IS NULL",
    }
}

/// The statement of a query; `None` when nothing can match.
fn select(query: &FeedQuery, language: &Analyser) -> Option<Conditions> {
    let mut c = chosen(query, language)?;
    c.sql
        .push_str(" ORDER BY i.changed_at DESC, i.id DESC LIMIT ? OFFSET ?");
    c.values
        .extend([Value::from(query.limit), Value::from(query.offset)]);
    Some(c)
}

/// The statement without order and limit; `None` when nothing can match.
pub(super) fn chosen(query: &FeedQuery, language: &Analyser) -> Option<Conditions> {
    let mut c = Conditions {
        sql: format!("{ITEM} WHERE {}", shown(query)),
        values: Vec::new(),
    };
    if let Some(network) = &query.network {
        c.add(of_network(), network.clone());
    }
    if let Some(dossier) = &query.dossier {
        c.add(of_dossier(), dossier.clone());
    }
    if let Some(name) = &query.municipality {
        c.add(
            "i.municipality_id=(SELECT id FROM municipality WHERE ? IN (slug, name))",
            name.clone(),
        );
    }
    if let Some(name) = &query.body {
        c.add(&format!("i.body_id IN ({BODY})"), name.clone());
    }
    if let Some(stage) = query.stage {
        c.add("i.stage=?", stage.word().to_owned());
    }
    if let Some(outcome) = query.outcome {
        c.add("i.outcome=?", outcome.word().to_owned());
    }
    if let Some(year) = query.year {
        // Not asked of the index of days, from which all of a year would have to be sorted.
        c.add("+i.day>=?", format!("{year:04}-01-01"));
        c.add("+i.day<=?", format!("{year:04}-12-31"));
    }
    if let Some(words) = query.q.as_deref().filter(|words| !words.trim().is_empty()) {
        c.add(
            "i.id IN (SELECT rowid FROM item_fts WHERE item_fts MATCH ?)",
            match_expression(words, language)?,
        );
    }
    if let Some(since) = query.since {
        c.add("i.changed_at>=?", instant(since));
    }
    Some(c)
}

fn stamp(conn: &Connection, query: &FeedQuery) -> Result<FeedStamp, ArchiveError> {
    if let Some(dossier) = &query.dossier {
        return dossier_stamp(conn, dossier);
    }
    let mut count = 0;
    let seq: Option<i64> = if let Some(network) = &query.network {
        count = conn
            .prepare_cached(
                "SELECT count(*) FROM network_match m JOIN network n ON n.id=m.network_id
                 WHERE n.slug=?1 AND m.verdict='in'",
            )?
            .query_row([network], |row| row.get(0))?;
        conn.prepare_cached(
            "SELECT max(seq) FROM (
               SELECT max(e.seq) AS seq FROM event e JOIN network n ON n.id=e.network_id WHERE n.slug=?1
               UNION ALL
               SELECT max(e.seq) FROM network_match m JOIN network n ON n.id=m.network_id
                 JOIN event e ON e.item_id=m.item_id WHERE n.slug=?1 AND m.verdict='in')",
        )?
        .query_row([network], |row| row.get(0))?
    } else if let Some(name) = &query.municipality {
        conn.prepare_cached(
            "SELECT max(seq) FROM event
             WHERE municipality_id=(SELECT id FROM municipality WHERE ?1 IN (slug, name))",
        )?
        .query_row([name], |row| row.get(0))?
    } else {
        conn.prepare_cached("SELECT max(seq) FROM event")?
            .query_row([], |row| row.get(0))?
    };
    let at: Option<String> = conn
        .prepare_cached("SELECT at FROM event WHERE seq=?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    let last_change = at.and_then(|at| at.parse().ok());
    Ok(FeedStamp {
        seq: seq.unwrap_or(0),
        last_change,
        count,
    })
}

/// The stamp of a dossier: items that come and go leave no event, so its own revision counts as well.
fn dossier_stamp(conn: &Connection, dossier: &str) -> Result<FeedStamp, ArchiveError> {
    let found = conn
        .prepare_cached(
            "SELECT coalesce(x.seq,0), max(coalesce(d.changed_at,''), coalesce((SELECT at FROM event WHERE seq=x.seq),'')),
               d.revision
             FROM dossier d JOIN (SELECT max((SELECT max(e.seq) FROM event e WHERE e.item_id=di.item_id)) AS seq
               FROM dossier t JOIN dossier_item di ON di.dossier_id=t.id WHERE t.slug=?1) AS x WHERE d.slug=?1",
        )?
        .query_row([dossier], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(
        found.map_or_else(FeedStamp::default, |(seq, at, count)| FeedStamp {
            seq,
            last_change: at.parse().ok(),
            count,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::*;

    fn plan(conn: &Connection, query: &FeedQuery) -> String {
        let Conditions { sql, values } = select(query, &Analyser::builtin()).expect("a statement");
        let mut statement = conn
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("plan");
        let lines = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3));
        lines
            .expect("plan")
            .map(|line| line.expect("line") + "\n")
            .collect()
    }

    #[test]
    fn every_feed_is_answered_from_an_index() {
        let (_dir, archive) = open_temporary();
        for withdrawn in [WithdrawnItems::LeftOut, WithdrawnItems::Told] {
            let query = FeedQuery {
                withdrawn,
                limit: 50,
                ..FeedQuery::default()
            };
            insist_on_few(&archive.main, &query);
            insist_on_indexes(&archive.main, &query);
        }
    }

    /// Of a network's few items all are taken and sorted; elsewhere the index gives the order.
    fn insist_on_few(main: &Connection, query: &FeedQuery) {
        let word = || Some("sivistys".to_owned());
        let network = plan(
            main,
            &FeedQuery {
                network: word(),
                ..query.clone()
            },
        );
        assert!(
            network.starts_with("SEARCH i USING INTEGER PRIMARY KEY"),
            "{network}"
        );
        assert!(network.contains("network_match_verdict"), "{network}");
        let dossier = plan(
            main,
            &FeedQuery {
                dossier: word(),
                ..query.clone()
            },
        );
        assert!(
            dossier.starts_with("SEARCH i USING INTEGER PRIMARY KEY"),
            "{dossier}"
        );
    }

    fn insist_on_indexes(main: &Connection, query: &FeedQuery) {
        let word = || Some("sivistys".to_owned());
        for (query, index) in [
            (query.clone(), "SCAN i USING INDEX item_changed"),
            (
                FeedQuery {
                    year: Some(2026),
                    ..query.clone()
                },
                "SCAN i USING INDEX item_changed",
            ),
            (
                FeedQuery {
                    municipality: word(),
                    ..query.clone()
                },
                "SEARCH i USING INDEX item_municipality",
            ),
            (
                FeedQuery {
                    stage: Some(Stage::Minutes),
                    ..query.clone()
                },
                "SEARCH i USING INDEX item_stage",
            ),
            (
                FeedQuery {
                    outcome: Some(Outcome::Tabled),
                    ..query.clone()
                },
                "SEARCH i USING INDEX item_outcome",
            ),
        ] {
            let plan = plan(main, &query);
            assert!(
                plan.starts_with(index) && !plan.contains("TEMP B-TREE"),
                "{query:?}: {plan}"
            );
        }
    }
}
