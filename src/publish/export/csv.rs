//! Rows as comma-separated values (RFC 4180): UTF-8, a header line, an empty cell for NULL.
//!
//! The archive never stores an empty text, so an empty cell is never ambiguous.

use std::io::Write;

use super::{ExportError, TableWriter};
use crate::model::table::{Cell, TableShape};

/// Who is to read the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Programs: cells are exactly what is archived.
    Rfc4180,
    /// Spreadsheets where the comma is the decimal mark, which guess encodings and run what looks like a formula.
    Spreadsheet,
}

/// What a spreadsheet takes for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A CSV file under construction.
pub(super) struct Csv<W: Write> {
    writer: csv::Writer<W>,
    dialect: Dialect,
}

impl<W: Write> Csv<W> {
    pub(super) fn begin(
        mut file: W,
        table: &TableShape,
        dialect: Dialect,
    ) -> Result<Self, ExportError> {
        let delimiter = match dialect {
            Dialect::Rfc4180 => b',',
            Dialect::Spreadsheet => {
                file.write_all("\u{feff}".as_bytes())?;
                b';'
            }
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(file);
        let names = table.columns.iter().map(|column| &column.name);
        writer.write_record(names).map_err(fault)?;
        Ok(Self { writer, dialect })
    }

    fn text(&mut self, text: &str) -> Result<(), ExportError> {
        if self.dialect == Dialect::Spreadsheet && text.starts_with(FORMULA) {
            self.writer.write_field(format!("'{text}")).map_err(fault)
        } else {
            self.writer.write_field(text).map_err(fault)
        }
    }

    fn real(&mut self, number: f64) -> Result<(), ExportError> {
        let digits = match self.dialect {
            Dialect::Rfc4180 => number.to_string(),
            Dialect::Spreadsheet => number.to_string().replace('.', ","),
        };
        self.writer.write_field(digits).map_err(fault)
    }
}

impl<W: Write> TableWriter for Csv<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        for cell in cells {
            match cell {
                Cell::Null => self.writer.write_field("").map_err(fault)?,
                Cell::Text(text) => self.text(text)?,
                Cell::Integer(number) => {
                    self.writer.write_field(number.to_string()).map_err(fault)?;
                }
                Cell::Real(number) => self.real(*number)?,
            }
        }
        self.writer.write_record(None::<&[u8]>).map_err(fault)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "its kinds may grow; all but one are of the format"
)]
fn fault(error: csv::Error) -> ExportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ExportError::Io(error),
        other => ExportError::Format {
            format: "csv",
            reason: format!("{other:?}"),
        },
    }
}
