//! Tables into files for other programs: one file per format, rows as they come, nothing kept but a group of them.

mod csv;
mod jsonl;
mod manifest;
mod parquet;

use std::io::{self, Write};

use thiserror::Error;

use crate::model::table::{Cell, Provenance, TableShape};

pub use manifest::{EarlierManifest, ExportedFile, Manifest, ManifestSelection, ManifestTable};

/// A format that tables are exported in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// The same for spreadsheets: semicolons, a byte order mark, and no cell that a spreadsheet would run.
    SpreadsheetCsv,
    /// JSON Lines: one object per row.
    JsonLines,
    /// Apache Parquet, compressed with zstd.
    Parquet,
}

impl TableFormat {
    /// The ending of its files, and the word for it: `csv`.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv | Self::SpreadsheetCsv => "csv",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// Media type of its files.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::SpreadsheetCsv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether a table that years divide is written into a file per year.
    pub fn is_divided(self) -> bool {
        self == Self::Parquet
    }

    /// Begins a file in this format.
    pub fn begin<W: Write + Send + 'static>(
        self,
        file: W,
        table: &TableShape,
        provenance: &Provenance,
    ) -> Result<Box<dyn TableWriter>, ExportError> {
        Ok(match self {
            Self::Csv => Box::new(csv::Csv::begin(file, table, csv::Dialect::Rfc4180)?),
            Self::SpreadsheetCsv => {
                Box::new(csv::Csv::begin(file, table, csv::Dialect::Spreadsheet)?)
            }
            Self::JsonLines => Box::new(jsonl::JsonLines::begin(file, table)),
            Self::Parquet => Box::new(parquet::Parquet::begin(file, table, provenance)?),
        })
    }
}

/// A file under construction.
pub trait TableWriter {
    /// Adds a row; its cells stand in the order of the table's columns.
    fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError>;

    /// Writes what is left. A file that was not finished is none.
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// Why a file could not be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The file itself.
    #[error("{0}; check free disk space and the folder's permissions")]
    Io(#[from] io::Error),
    /// A row could not be put into the format.
    #[error("cannot be written as {format}: {reason}; tell whoever maintains seutu")]
    Format {
        /// `csv`, `jsonl` or `parquet`.
        format: &'static str,
        /// The cause.
        reason: String,
    },
    /// A day or an instant that is none.
    #[error("the value \"{value}\" of column {column} is no {kind}; run `seutu verify`")]
    Value {
        /// Column.
        column: String,
        /// `day` or `instant`.
        kind: &'static str,
        /// What stands there.
        value: String,
    },
}

#[cfg(test)]
mod tests;
