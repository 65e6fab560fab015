//! Tables and views row by row, all of one state of the archive, for those who write them into files.

mod columns;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::error::ArchiveError;
use super::publication::{Concealed, Stop};
use super::reader::Reader;
use super::takedown::hidden;
use crate::model::table::{Cell, Column, Kind, Provenance, TableShape};

/// What is exported when nothing is named: the public views, and the tables that readers use directly.
pub const EXPORTED: [&str; 10] = [
    "decisions",
    "paatokset",
    "network_decisions",
    "network_matrix",
    "source_status",
    "missing",
    "item_version",
    "attachment",
    "event",
    "data_dictionary",
];

/// Which rows of the tables are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only rows about items with events after this one; tables that know no items are given whole.
    pub since: Option<i64>,
    /// Only rows of meetings of this year; tables without meetings are given whole.
    pub year: Option<i64>,
}

/// A part of a table that goes into one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: a table that no year divides.
    Whole,
    /// The rows of one year, or those whose day is not known.
    Year(Option<i64>),
}

/// A table or view with what is needed to read it in parts and in one order.
#[derive(Clone, Debug)]
pub struct ExportTable {
    /// Name and columns.
    pub shape: TableShape,
    /// An SQL expression for the year of a row; `None` where no year divides the table.
    year: Option<&'static str>,
    /// An SQL expression for the item of a row.
    item: Option<&'static str>,
    /// Columns that tell rows apart, quoted.
    order: String,
}

impl ExportTable {
    /// Whether its rows belong to years.
    pub fn has_years(&self) -> bool {
        self.year.is_some()
    }
}

/// One state of the archive, however many tables are read of it.
pub struct ExportState<'c> {
    conn: &'c Connection,
}

impl Reader {
    /// Every name that can be exported, and the newest event.
    pub fn exportable(&self) -> Result<(Vec<String>, i64), ArchiveError> {
        self.read(|conn| {
            let state = ExportState { conn };
            Ok((state.names()?, state.provenance()?.seq))
        })
    }

    /// Runs `work` on one state of the archive: what a daemon writes meanwhile is not seen, and of hidden items there
    /// is no text. Where items are hidden, that state is a copy, in the folder `aside` for as long as it takes.
    pub fn export<T, E: From<ArchiveError>>(
        &self,
        aside: &Path,
        work: impl FnOnce(&ExportState<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.read(|conn| {
            if hidden(conn)?.is_empty() {
                return Ok(work(&ExportState { conn }));
            }
            let whole = ExportState { conn }.provenance()?;
            let now = whole.built_at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
            let stop: Stop = Arc::new(|| false);
            let concealed = Concealed::of(conn, aside, now, &stop)?;
            Ok(work(&ExportState {
                conn: concealed.conn(),
            }))
        })?
    }
}

/// The year of an item's meeting, for tables that point at items.
const YEAR_OF_ITEM: &str = "(SELECT CAST(substr(coalesce(me.held_on, i.listed_on),1,4) AS INTEGER)
    FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id WHERE i.id=t.item_id)";

/// The year of an event is that in which it was recorded: what it is about may be gone.
const YEAR_OF_EVENT: &str = "CAST(substr(t.at,1,4) AS INTEGER)";

impl ExportState<'_> {
    /// Which state this is.
    pub fn provenance(&self) -> Result<Provenance, ArchiveError> {
        let (seq, built_at) = self.conn.query_row(
            "SELECT coalesce((SELECT max(seq) FROM event), 0),
               coalesce((SELECT at FROM event ORDER BY seq DESC LIMIT 1),
                        (SELECT value FROM meta WHERE key='created_at'))",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let generator = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
        Ok(Provenance {
            generator: generator.to_owned(),
            built_at,
            seq,
        })
    }

    /// Every name that can be exported; indexes of the full-text search are none.
    pub fn names(&self) -> Result<Vec<String>, ArchiveError> {
        let mut statement = self.conn.prepare(
            "SELECT name FROM pragma_table_list WHERE schema='main' AND type IN ('table','view')
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// A table by its name; `None` when there is none that can be exported.
    pub fn table(&self, name: &str) -> Result<Option<ExportTable>, ArchiveError> {
        if !self.names()?.iter().any(|known| known == name) {
            return Ok(None);
        }
        let columns = columns::of(self.conn, name)?;
        let has = |wanted: &str| columns.iter().any(|column| column.name == wanted);
        let item = match name {
            "event" | "item_version" => Some("t.item_id"),
            "item" => Some("t.id"),
            _ if has("item_id") => Some("t.item_id"),
            _ => None,
        };
        let year = match name {
            "event" => Some(YEAR_OF_EVENT),
            _ if has("item_id") && has("year") => Some("t.year"),
            _ if has("item_id") => Some(YEAR_OF_ITEM),
            _ => None,
        };
        let order = columns::order(self.conn, name, &columns)?;
        Ok(Some(ExportTable {
            shape: TableShape {
                name: name.to_owned(),
                columns,
            },
            year,
            item,
            order,
        }))
    }

    /// The parts of a table that hold rows of the selection, the rows without a year last.
    pub fn parts(
        &self,
        table: &ExportTable,
        selection: Selection,
    ) -> Result<Vec<Part>, ArchiveError> {
        let Some(year) = table.year else {
            return Ok(vec![Part::Whole]);
        };
        if let Some(only) = selection.year {
            return Ok(vec![Part::Year(Some(only))]);
        }
        let sql = format!(
            "SELECT DISTINCT {year} AS y FROM {} t WHERE {} ORDER BY y IS NULL, y",
            quoted(&table.shape.name),
            since(table, selection)
        );
        let mut statement = self.conn.prepare(&sql)?;
        let years = statement.query_map(params![selection.since], |row| row.get(0))?;
        years.map(|year| Ok(Part::Year(year?))).collect()
    }

    /// Gives every row of a part to `take`, in the order of the table's key, and says how many there were.
    ///
    /// # Errors
    /// What `take` says, or a value that its column cannot have.
    pub fn rows<E: From<ArchiveError>>(
        &self,
        table: &ExportTable,
        part: Part,
        selection: Selection,
        mut take: impl FnMut(&[Cell]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let names: Vec<_> = table
            .shape
            .columns
            .iter()
            .map(|c| quoted(&c.name))
            .collect();
        let divided = table.year.filter(|_| part != Part::Whole);
        let sql = format!(
            "SELECT {} FROM {} t WHERE {} AND {} ORDER BY {}",
            names.join(","),
            quoted(&table.shape.name),
            since(table, selection),
            divided.map_or("?2 IS NULL".to_owned(), |year| format!("{year} IS ?2")),
            table.order
        );
        let wanted = match part {
            Part::Whole => None,
            Part::Year(year) => year,
        };
        let sql_error = |error| E::from(ArchiveError::Sql(error));
        let mut statement = self.conn.prepare(&sql).map_err(sql_error)?;
        let mut found = statement
            .query(params![selection.since, wanted])
            .map_err(sql_error)?;
        let (mut cells, mut count) = (Vec::with_capacity(names.len()), 0);
        while let Some(row) = found.next().map_err(sql_error)? {
            cells.clear();
            for (index, column) in table.shape.columns.iter().enumerate() {
                cells.push(cell(row, index, column, &table.shape.name)?);
            }
            take(&cells)?;
            count += 1;
        }
        Ok(count)
    }
}

/// The condition that keeps what changed after `?1`.
fn since(table: &ExportTable, selection: Selection) -> String {
    match (selection.since, table.item) {
        (Some(_), _) if table.shape.name == "event" => "t.seq>?1".to_owned(),
        (Some(_), Some(item)) => {
            format!("{item} IN (SELECT e.item_id FROM event e WHERE e.seq>?1)")
        }
        // The parameter is named all the same, so that every statement takes the same ones.
        (Some(_), None) | (None, _) => "(?1 IS NULL OR ?1 IS NOT NULL)".to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as its column has it.
fn cell(row: &Row<'_>, index: usize, column: &Column, table: &str) -> Result<Cell, ArchiveError> {
    let value = row.get_ref(index)?;
    let fault = |shown: String| ArchiveError::Unexportable {
        table: table.to_owned(),
        column: column.name.clone(),
        value: shown,
    };
    match (value, column.kind) {
        (ValueRef::Null, _) => Ok(Cell::Null),
        (ValueRef::Integer(number), Kind::Integer) => Ok(Cell::Integer(number)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "what a column of real numbers does with a whole one"
        )]
        (ValueRef::Integer(number), Kind::Real) => Ok(Cell::Real(number as f64)),
        (ValueRef::Integer(number), Kind::Text) => Ok(Cell::Text(number.to_string())),
        (ValueRef::Real(number), Kind::Real) => Ok(Cell::Real(number)),
        (ValueRef::Real(number), Kind::Text) => Ok(Cell::Text(number.to_string())),
        (ValueRef::Text(text), Kind::Text | Kind::Date | Kind::Instant) => {
            let text = std::str::from_utf8(text)
                .map_err(|_invalid| fault(String::from_utf8_lossy(text).into_owned()))?;
            Ok(Cell::Text(text.to_owned()))
        }
        (ValueRef::Integer(number), Kind::Date | Kind::Instant) => Err(fault(number.to_string())),
        (ValueRef::Real(number), Kind::Integer | Kind::Date | Kind::Instant) => {
            Err(fault(number.to_string()))
        }
        (ValueRef::Text(text), Kind::Integer | Kind::Real) => {
            Err(fault(String::from_utf8_lossy(text).into_owned()))
        }
        (ValueRef::Blob(bytes), _) => Err(fault(format!("{} bytes", bytes.len()))),
    }
}

#[cfg(test)]
mod tests;
