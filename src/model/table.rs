//! Rows of a table on their way from the archive into a file: columns with kinds, cells with values.

use serde::Serialize;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Unicode text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// A civil day in Finland: `2026-11-12`.
    Date,
    /// An instant in UTC: `2026-11-12T07:32:00Z`.
    Instant,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// A table or view as readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// One value of a row; days and instants are texts in the form that [`Kind`] says.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Unknown, or not published.
    Null,
    /// A text, a day or an instant.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
}

/// Which state of the archive an export shows. The same for an unchanged archive, whatever the clock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Program and version that wrote the export.
    pub generator: String,
    /// When the archive last recorded an event; when it was made while there is none.
    pub built_at: String,
    /// Number of that event; 0 while there is none.
    pub seq: i64,
}
