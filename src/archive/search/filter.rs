//! Filters of a search: as facets inside the index, where they keep a common word cheap, and as conditions.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::SearchQuery;
use crate::archive::error::ArchiveError;
use crate::archive::rows::opt_day;
use crate::model::minutes::{Outcome, Stage};

/// Years a range is spelled out for; a longer one is left to the conditions.
const YEARS: i16 = 30;

/// Items recognised for one of some networks.
const OF_NETWORK: &str = "EXISTS(SELECT 1 FROM network_match nm WHERE nm.item_id=i.id AND nm.verdict='in' AND nm.network_id%)";

/// What a search is narrowed to.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Groups of facets; one of each group has to stand.
    facets: Vec<Vec<String>>,
    /// The same of columns of `i` that stand before its texts, for rows that another index found.
    columns: Vec<(String, Vec<Value>)>,
    /// Conditions on `i`, `me` with a value each.
    conditions: Vec<(&'static str, Value)>,
}

/// What a query is narrowed to and the archive has nothing of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// Municipality, body or network.
    pub what: &'static str,
    /// Its name as given.
    pub name: String,
    /// Names of that kind that are like it, a few at the most; all of them where there are only a few.
    pub near: Vec<String>,
}

/// Names that are told at the most.
const NAMED: usize = 12;
/// Letters at the beginning that make two names alike.
const ALIKE: usize = 4;

/// Names like one that is not there.
fn near(mut known: Vec<String>, name: &str) -> Vec<String> {
    if known.len() > NAMED {
        let name = name.to_lowercase();
        let begins: String = name.chars().take(ALIKE).collect();
        known.retain(|known| {
            let known = known.to_lowercase();
            known.contains(&name) || name.contains(&known) || known.starts_with(&begins)
        });
        known.truncate(NAMED);
    }
    known
}

impl Filter {
    /// Looks up the names of a query.
    pub(super) fn of(
        conn: &Connection,
        query: &SearchQuery,
    ) -> Result<Result<Self, UnknownName>, ArchiveError> {
        let mut filter = Self::default();
        let named = [
            (
                &query.municipality,
                "municipality",
                "SELECT id FROM municipality WHERE ?1 IN (slug,name)",
                "i.municipality_id",
            ),
            (
                &query.body,
                "body",
                "SELECT id FROM body WHERE ?1 IN (slug,name)",
                "i.body_id",
            ),
            (
                &query.network,
                "network",
                "SELECT id FROM network WHERE ?1 IN (slug,name)",
                OF_NETWORK,
            ),
        ];
        for (name, what, sql, column) in named {
            let Some(name) = name else { continue };
            let mut statement = conn.prepare_cached(sql)?;
            let ids = statement.query_map(params![name], |row| row.get::<_, i64>(0))?;
            let ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
            if ids.is_empty() {
                let name = name.clone();
                let known = format!("SELECT DISTINCT name FROM {what} ORDER BY name");
                let mut known = conn.prepare_cached(&known)?;
                let known = known.query_map([], |row| row.get(0))?;
                let near = near(known.collect::<Result<_, _>>()?, &name);
                return Ok(Err(UnknownName { what, name, near }));
            }
            let letter = what.get(..1).unwrap_or_default();
            let group = ids.iter().map(|id| format!("{letter}{id}"));
            filter.facets.push(group.collect());
            let places = vec!["?"; ids.len()].join(",");
            let (before, after) = column.split_once('%').unwrap_or((column, ""));
            filter.columns.push((
                format!("{before} IN ({places}){after}"),
                ids.into_iter().map(Value::from).collect(),
            ));
        }
        for (word, letter, column) in [
            (query.stage.map(Stage::word), "s", "i.stage=?"),
            (query.outcome.map(Outcome::word), "o", "i.outcome=?"),
        ] {
            let Some(word) = word else { continue };
            filter.facets.push(vec![format!("{letter}{word}")]);
            let value = Value::from(word.to_owned());
            filter.columns.push((column.to_owned(), vec![value]));
        }
        filter.dates(query);
        Ok(Ok(filter))
    }

    fn dates(&mut self, query: &SearchQuery) {
        let bounds = [
            (query.from, "coalesce(me.held_on,i.listed_on)>=?"),
            (query.until, "coalesce(me.held_on,i.listed_on)<=?"),
        ];
        for (bound, condition) in bounds {
            if let Some(text) = opt_day(bound) {
                self.conditions.push((condition, text.into()));
            }
        }
        if let (Some(from), Some(until)) = (query.from, query.until) {
            let years = from.year()..=until.year();
            if until.year().saturating_sub(from.year()) < YEARS && !years.is_empty() {
                self.facets
                    .push(years.map(|year| format!("y{year:04}")).collect());
            }
        }
    }

    /// Whether facets tell all that it leaves out.
    pub(super) fn has_facets_alone(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether it leaves an item with these facets.
    pub(super) fn leaves(&self, facets: &str) -> bool {
        let is_there = |wanted: &String| facets.split(' ').any(|facet| facet == wanted);
        self.facets.iter().all(|group| group.iter().any(is_there))
    }

    /// Groups of facets; one of each group has to stand.
    pub(super) fn groups(&self) -> &[Vec<String>] {
        &self.facets
    }

    /// The expression behind the facets: the index goes from one row of what stands first to the next, and a
    /// municipality has fewer items than a common word.
    pub(super) fn narrowed(&self, expression: &str) -> String {
        let words = std::iter::once(format!("({expression})"));
        self.wanted().chain(words).collect::<Vec<_>>().join(" AND ")
    }

    /// The facets as an expression of their own; `None` without any.
    pub(super) fn alone(&self) -> Option<String> {
        let all: Vec<String> = self.wanted().collect();
        Some(all.join(" AND ")).filter(|all| !all.is_empty())
    }

    fn wanted(&self) -> impl Iterator<Item = String> {
        self.facets.iter().map(|group| {
            let any: Vec<String> = group.iter().map(|facet| format!("\"{facet}\"")).collect();
            format!("{{search_facets}} : ({})", any.join(" OR "))
        })
    }

    /// Conditions and their values, in order.
    pub(super) fn conditions(&self) -> (String, Vec<Value>) {
        let parts = self.conditions.iter().flat_map(|(sql, _)| [" AND ", sql]);
        let sql = parts.collect();
        let values = self
            .conditions
            .iter()
            .map(|(_, value)| value.clone())
            .collect();
        (sql, values)
    }

    /// The same of the columns, for rows that another index found.
    pub(super) fn by_column(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = self.conditions();
        for (condition, own) in &self.columns {
            sql.extend([" AND ", condition.as_str()]);
            values.extend(own.iter().cloned());
        }
        (sql, values)
    }
}
