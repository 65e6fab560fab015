//! One page of what was found, and how much of it there is by each facet.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::expression::{Term, expression};
use super::faceted::{COUNTED, Faceted, by_pages, by_text};
use super::filter::Filter;
use super::found::{JOINED, SHOWN, VERSION, shown, with_texts};
use super::passage::Fits;
use super::ranking::Search;
use super::{ITEMS, PAGES, SearchHit, SearchQuery};
use crate::archive::error::ArchiveError;
use crate::archive::item_read::TEXT;
use crate::archive::reader::Reader;
use crate::archive::rows::readable;

/// Hits that are ranked together, so that one page follows the other; further ones are ranked all.
const RANKED_TOGETHER: u32 = 200;

/// By what results are narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FacetKind {
    /// Municipality.
    Municipality,
    /// Body (toimielin), alike in all municipalities that have one of this name.
    Body,
    /// Calendar year of the meeting.
    Year,
    /// Stage.
    Stage,
    /// Outcome.
    Outcome,
    /// Network the item was recognised for.
    Network,
}

impl FacetKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Municipality,
        Self::Body,
        Self::Year,
        Self::Stage,
        Self::Outcome,
        Self::Network,
    ];

    /// What its words in the index begin with.
    fn letter(self) -> char {
        match self {
            Self::Municipality => 'm',
            Self::Body => 'b',
            Self::Year => 'y',
            Self::Stage => 's',
            Self::Outcome => 'o',
            Self::Network => 'n',
        }
    }

    /// Slug and name of a row, where its words are numbers.
    fn named(self) -> Option<&'static str> {
        match self {
            Self::Municipality => Some("SELECT slug, name FROM municipality WHERE id=?1"),
            Self::Body => Some("SELECT slug, name FROM body WHERE id=?1"),
            Self::Network => Some("SELECT slug, name FROM network WHERE id=?1"),
            Self::Year | Self::Stage | Self::Outcome => None,
        }
    }
}

/// A value of a facet and how many items have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value in addresses: a slug, a year, or the archive's word.
    pub value: String,
    /// The name of what has one, else the value.
    pub name: String,
    /// Items with it among those that all other filters leave.
    pub count: u32,
}

/// One page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Results {
    /// The items, the best first; without words the newest first.
    pub hits: Vec<SearchHit>,
    /// How many items there are in all.
    pub total: u32,
    /// Whether there are more than were counted, so that every count is the least there is.
    pub more_than_counted: bool,
    /// Counts by facet; the values of each, most items first, years latest first.
    pub facets: BTreeMap<FacetKind, Vec<FacetValue>>,
}

/// Items alike in all facets: the words and how many items have just these.
type Alike = (String, u32);

impl Reader {
    /// A page of `query.limit` items after `offset`, with counts. Without words it is whatever the filters leave.
    ///
    /// A value is counted among what all filters but that of its own facet leave, so that one can be exchanged for
    /// another. Nothing is found for names that the archive does not have, see [`Reader::unknown_name`].
    pub fn results(&self, query: &SearchQuery, offset: u32) -> Result<Results, ArchiveError> {
        self.read_for(&query.words, |conn| {
            let Ok(filter) = Filter::of(conn, query)? else {
                return Ok(Results::default());
            };
            let last = offset.saturating_add(query.limit);
            let search = Search {
                conn,
                language: &self.language,
                filter,
                words: &query.words,
                limit: if last <= RANKED_TOGETHER {
                    RANKED_TOGETHER
                } else {
                    super::MOST
                },
            };
            if query.words.trim().is_empty() {
                let hits = search.newest(query.limit, offset)?;
                return results(conn, hits, &all(conn)?, search.filter.groups());
            }
            let skip = usize::try_from(offset).unwrap_or(usize::MAX);
            let take = usize::try_from(query.limit).unwrap_or(usize::MAX);
            let found = search.run()?;
            let ranked = found.ranked.into_iter().skip(skip).take(take);
            let hits = search.hits(ranked, &found.terms)?;
            let found = search.alike(&found.terms, found.own)?;
            results(conn, hits, &found, search.filter.groups())
        })
    }
}

/// Every item there is, by its facets.
fn all(conn: &Connection) -> Result<Vec<Alike>, ArchiveError> {
    let mut statement = conn.prepare_cached(ALL)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const ALL: &str = "SELECT coalesce(search_facets,''), count(*) FROM item WHERE withdrawn_at IS NULL
    GROUP BY search_facets";

impl Search<'_> {
    /// Items by the filters alone, those first seen last before the others.
    fn newest(&self, limit: u32, offset: u32) -> Result<Vec<SearchHit>, ArchiveError> {
        let facets = self.filter.alone();
        let chosen = match &facets {
            Some(_) => {
                "SELECT rowid FROM item_fts WHERE item_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2 OFFSET ?3"
            }
            None => {
                "SELECT id FROM item WHERE withdrawn_at IS NULL AND ?1 IS NULL ORDER BY id DESC LIMIT ?2 OFFSET ?3"
            }
        };
        let sql = format!(
            "SELECT {SHOWN}, {TEXT} FROM item i {JOINED} {VERSION}
             WHERE i.id IN ({chosen}) AND i.withdrawn_at IS NULL ORDER BY i.id DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_and_then(params![facets, limit, offset], |row| {
            with_texts(self.conn, row)
        })?;
        let mut fits = Fits::of(&[], self.language);
        let hits = rows
            .filter_map(readable)
            .map(|found| Ok(shown(found?, &mut fits)));
        hits.collect()
    }

    /// The items that have all of the terms, by their facets; the newest of too many.
    fn alike(&self, terms: &[Term], own: Option<Vec<Faceted>>) -> Result<Vec<Alike>, ArchiveError> {
        let (Some(items), Some(pages)) = (expression(terms, ITEMS), expression(terms, PAGES))
        else {
            return Ok(Vec::new());
        };
        let pages = by_pages(self.conn, &pages)?;
        let own = match own {
            Some(own) => own,
            None => by_text(self.conn, &items)?,
        };
        let found = counted(own, &pages);
        if total(&found) >= COUNTED && self.filter.alone().is_some() {
            // Of so many only the newest were counted; the filters have to be among them.
            let own = by_text(self.conn, &self.filter.narrowed(&items))?;
            return Ok(counted(own, &pages));
        }
        Ok(found)
    }
}

/// Items by their own text and by pages, each once.
fn counted(own: Vec<Faceted>, pages: &[Faceted]) -> Vec<Alike> {
    let mut counts: HashMap<String, u32> = HashMap::new();
    let ids: HashSet<i64> = own.iter().map(|(id, _)| *id).collect();
    let others = pages.iter().filter(|(id, _)| !ids.contains(id)).cloned();
    for (_, facets) in own.into_iter().chain(others) {
        *counts.entry(facets).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn total(found: &[Alike]) -> u32 {
    found.iter().map(|(_, count)| count).sum()
}

/// Counts what the filters leave: each facet without its own filter.
fn results(
    conn: &Connection,
    hits: Vec<SearchHit>,
    found: &[Alike],
    groups: &[Vec<String>],
) -> Result<Results, ArchiveError> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut left = 0;
    for (words, count) in found {
        let words: Vec<&str> = words.split(' ').collect();
        let mut refused = groups
            .iter()
            .filter(|group| !group.iter().any(|word| words.contains(&word.as_str())));
        // Refused by one filter alone it still counts for that filter's own facet.
        let (first, second) = (refused.next(), refused.next());
        if second.is_some() {
            continue;
        }
        let own = first.and_then(|group| group.first()?.chars().next());
        if own.is_none() {
            left += count;
        }
        let counting = words
            .iter()
            .filter(|word| own.is_none() || word.chars().next() == own);
        for word in counting {
            *counts.entry(word).or_default() += count;
        }
    }
    let facets = FacetKind::ALL.map(|kind| Ok((kind, values(conn, kind, &counts)?)));
    Ok(Results {
        hits,
        total: left,
        more_than_counted: total(found) >= COUNTED,
        facets: facets.into_iter().collect::<Result<_, ArchiveError>>()?,
    })
}

/// The values of a facet with their names.
fn values(
    conn: &Connection,
    kind: FacetKind,
    counts: &BTreeMap<&str, u32>,
) -> Result<Vec<FacetValue>, ArchiveError> {
    let mut named: BTreeMap<String, (String, u32)> = BTreeMap::new();
    let mut words: Vec<(&str, u32)> = Vec::new();
    for (word, count) in counts {
        if let Some(value) = word.strip_prefix(kind.letter()) {
            words.push((value, *count));
        }
    }
    words.sort_unstable();
    for (value, count) in words {
        let known = match kind.named() {
            None => Some((value.to_owned(), value.to_owned())),
            Some(sql) => conn
                .prepare_cached(sql)?
                .query_row([value], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?,
        };
        if let Some((slug, name)) = known {
            named.entry(slug).or_insert((name, 0)).1 += count;
        }
    }
    let mut values: Vec<FacetValue> = named
        .into_iter()
        .map(|(value, (name, count))| FacetValue { value, name, count })
        .collect();
    match kind {
        FacetKind::Year => values.reverse(),
        FacetKind::Municipality
        | FacetKind::Body
        | FacetKind::Stage
        | FacetKind::Outcome
        | FacetKind::Network => values.sort_by_key(|value| std::cmp::Reverse(value.count)),
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::super::faceted::{BY_PAGES, BY_TEXT};
    use super::*;
    use crate::archive::testing::open_temporary;

    #[test]
    fn counts_are_walks_through_indexes() {
        let (_dir, archive) = open_temporary();
        let plan = |sql: &str| -> String {
            let mut statement = archive
                .main
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .expect("plan");
            let count = statement.parameter_count();
            let values = vec![rusqlite::types::Value::from(1); count];
            let lines =
                statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3));
            let lines: Vec<String> = lines
                .expect("plan")
                .map(|line| line.expect("line"))
                .collect();
            lines.join("\n")
        };
        let all = plan(ALL);
        assert!(all.contains("USING COVERING INDEX item_facets"), "{all}");
        assert!(!all.contains("TEMP B-TREE"), "{all}");
        for count in [BY_TEXT, BY_PAGES].map(plan) {
            assert!(
                count.contains("SEARCH i USING COVERING INDEX item_counted (id=?)"),
                "{count}"
            );
            assert!(
                !count.contains("SCAN i ") && !count.contains("SCAN p"),
                "{count}"
            );
        }
    }

    #[test]
    fn a_value_is_counted_as_if_its_own_filter_were_not_set() {
        let (_dir, archive) = open_temporary();
        let found = [
            ("m1 y2026 sminutes".to_owned(), 3),
            ("m2 y2026 sagenda".to_owned(), 2),
            ("m2 y2025 sminutes".to_owned(), 5),
        ];
        let groups = [vec!["y2026".to_owned()], vec!["sminutes".to_owned()]];
        let results = results(&archive.main, vec![], &found, &groups).expect("results");
        assert_eq!(results.total, 3);
        let counts = |kind| -> Vec<(&str, u32)> {
            let values = results.facets.get(&kind).expect("a facet").iter();
            values
                .map(|value| (value.value.as_str(), value.count))
                .collect()
        };
        assert_eq!(counts(FacetKind::Year), [("2026", 3), ("2025", 5)]);
        assert_eq!(counts(FacetKind::Stage), [("minutes", 3), ("agenda", 2)]);
    }
}
