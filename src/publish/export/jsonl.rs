//! Rows as JSON Lines: one object per row, keys in the order of the columns, NULL kept as null.

use std::io::{BufWriter, Write};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::{ExportError, TableWriter};
use crate::model::table::{Cell, Column, TableShape};

/// A JSON Lines file under construction.
pub(super) struct JsonLines<W: Write> {
    file: BufWriter<W>,
    columns: Vec<Column>,
}

impl<W: Write> JsonLines<W> {
    pub(super) fn begin(file: W, table: &TableShape) -> Self {
        Self {
            file: BufWriter::new(file),
            columns: table.columns.clone(),
        }
    }
}

/// A row as an object.
struct Line<'r> {
    columns: &'r [Column],
    cells: &'r [Cell],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            match cell {
                Cell::Null => object.serialize_entry(&column.name, &None::<()>)?,
                Cell::Text(text) => object.serialize_entry(&column.name, text)?,
                Cell::Integer(number) => object.serialize_entry(&column.name, number)?,
                Cell::Real(number) => object.serialize_entry(&column.name, number)?,
            }
        }
        object.end()
    }
}

impl<W: Write> TableWriter for JsonLines<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        let line = Line {
            columns: &self.columns,
            cells,
        };
        serde_json::to_writer(&mut self.file, &line).map_err(fault)?;
        Ok(self.file.write_all(b"\n")?)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.file.flush()?)
    }
}

fn fault(error: serde_json::Error) -> ExportError {
    if error.is_io() {
        return ExportError::Io(error.into());
    }
    ExportError::Format {
        format: "jsonl",
        reason: error.to_string(),
    }
}
