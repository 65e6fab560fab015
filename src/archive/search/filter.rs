//! Filters of a search: as facets inside the index, where they keep a common word cheap, and as conditions.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::SearchQuery;
use crate::archive::error::ArchiveError;
use crate::archive::rows::opt_day;

/// Years a range is spelled out for; a longer one is left to the conditions.
const YEARS: i16 = 30;

/// What a search is narrowed to.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Groups of facets; one of each group has to stand.
    facets: Vec<Vec<String>>,
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
            ),
            (
                &query.body,
                "body",
                "SELECT id FROM body WHERE ?1 IN (slug,name)",
            ),
            (
                &query.network,
                "network",
                "SELECT id FROM network WHERE ?1 IN (slug,name)",
            ),
        ];
        for (name, what, sql) in named {
            let Some(name) = name else { continue };
            let mut statement = conn.prepare_cached(sql)?;
            let ids = statement.query_map(params![name], |row| row.get::<_, i64>(0))?;
            let group: Vec<String> = ids
                .map(|id| id.map(|id| format!("{}{id}", what.get(..1).unwrap_or_default())))
                .collect::<Result<_, _>>()?;
            if group.is_empty() {
                let name = name.clone();
                return Ok(Err(UnknownName { what, name }));
            }
            filter.facets.push(group);
        }
        let words = [
            query.stage.map(|stage| format!("s{}", stage.word())),
            query.outcome.map(|outcome| format!("o{}", outcome.word())),
        ];
        filter
            .facets
            .extend(words.into_iter().flatten().map(|word| vec![word]));
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

    /// Groups of facets; one of each group has to stand.
    pub(super) fn groups(&self) -> &[Vec<String>] {
        &self.facets
    }

    /// The expression with the facets beside it.
    pub(super) fn narrowed(&self, expression: &str) -> String {
        let all: Vec<String> = std::iter::once(format!("({expression})"))
            .chain(self.wanted())
            .collect();
        all.join(" AND ")
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

    /// The facets as a condition on the column, for rows that another index found.
    pub(super) fn by_column(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = self.conditions();
        for group in &self.facets {
            let any = vec!["' '||i.search_facets||' ' LIKE ?"; group.len()].join(" OR ");
            sql.extend([" AND (", any.as_str(), ")"]);
            values.extend(
                group
                    .iter()
                    .map(|facet| Value::from(format!("% {facet} %"))),
            );
        }
        (sql, values)
    }
}
