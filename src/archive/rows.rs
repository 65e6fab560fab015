//! Between columns and model: instants, days, words, and texts that are never empty.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use url::Url;

use super::error::ArchiveError;

pub(super) use crate::model::digest::sha256_hex;
pub(super) use crate::model::when::utc_text as instant;

/// SQL: the instant of parameter `at` as that of a row's change, after the one before even where a clock ran ahead
/// then. Who follows changes must not be told of one that is older than what they know.
pub(super) fn changed(at: &str) -> String {
    format!(
        "CASE WHEN changed_at>{at} THEN strftime('%Y-%m-%dT%H:%M:%SZ',changed_at,'+1 second') ELSE {at} END"
    )
}

/// An optional instant as stored.
pub(super) fn opt_instant(at: Option<Timestamp>) -> Option<String> {
    at.map(instant)
}

/// A day as stored. Days before the common era are no meeting days and would fail the table's CHECK.
pub(super) fn opt_day(day: Option<Date>) -> Option<String> {
    day.filter(|d| d.year() >= 0).map(|d| d.to_string())
}

/// A text as stored: NFC, never empty.
pub(super) fn text(value: Option<&str>) -> Option<Cow<'_, str>> {
    value.filter(|v| !v.is_empty()).map(nfc)
}

/// A text in Unicode NFC, copied only where it is not yet.
pub(super) fn nfc(value: &str) -> Cow<'_, str> {
    if is_nfc_quick(value.chars()) == IsNormalized::Yes {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.nfc().collect())
    }
}

/// JSON of a value.
pub(super) fn json<T: Serialize + ?Sized>(
    what: &'static str,
    value: &T,
) -> Result<String, ArchiveError> {
    serde_json::to_string(value).map_err(|cause| ArchiveError::Json { what, cause })
}

/// Leaves an unreadable row out of a list and says so: one damaged row must not empty a feed or stop all
/// pages. `seutu verify` names it, and asking for it alone gives the error.
pub(super) fn readable<T>(row: Result<T, ArchiveError>) -> Option<Result<T, ArchiveError>> {
    match row {
        Err(error @ ArchiveError::Unreadable { .. }) => {
            tracing::error!(%error, "a damaged row was left out");
            None
        }
        other => Some(other),
    }
}

/// Reads columns of one table; faults name table and column.
pub(super) struct Columns<'a, 'stmt> {
    table: &'static str,
    row: &'a Row<'stmt>,
}

impl<'a, 'stmt> Columns<'a, 'stmt> {
    /// Reads from `row`; `table` is named in faults.
    pub(super) fn of(table: &'static str, row: &'a Row<'stmt>) -> Self {
        Self { table, row }
    }

    /// The plain value of a column.
    pub(super) fn get<T: rusqlite::types::FromSql>(
        &self,
        column: &'static str,
    ) -> Result<T, ArchiveError> {
        self.row.get(column).map_err(|error| {
            // What no column of this type was given: the row is damaged, and no other one.
            let is_damage = matches!(
                error,
                rusqlite::Error::Utf8Error(..)
                    | rusqlite::Error::InvalidColumnType(..)
                    | rusqlite::Error::IntegralValueOutOfRange(..)
                    | rusqlite::Error::FromSqlConversionFailure(..)
            );
            if is_damage {
                ArchiveError::Unreadable {
                    table: self.table,
                    column,
                    value: error.to_string(),
                }
            } else {
                error.into()
            }
        })
    }

    /// A column parsed by `read`, `None` where it is NULL.
    pub(super) fn opt_with<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ArchiveError> {
        let Some(value) = self.get::<Option<String>>(column)? else {
            return Ok(None);
        };
        match read(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ArchiveError::Unreadable {
                table: self.table,
                column,
                value,
            }),
        }
    }

    /// A column parsed by `read`; NULL is a fault.
    pub(super) fn with<T>(
        &self,
        column: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ArchiveError> {
        self.opt_with(column, read)?
            .ok_or_else(|| ArchiveError::Unreadable {
                table: self.table,
                column,
                value: "NULL".to_owned(),
            })
    }

    /// An instant.
    pub(super) fn instant(&self, column: &'static str) -> Result<Timestamp, ArchiveError> {
        self.with(column, |text| text.parse().ok())
    }

    /// An instant or NULL.
    pub(super) fn opt_instant(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, ArchiveError> {
        self.opt_with(column, |text| text.parse().ok())
    }

    /// A day or NULL.
    pub(super) fn opt_day(&self, column: &'static str) -> Result<Option<Date>, ArchiveError> {
        self.opt_with(column, |text| text.parse().ok())
    }

    /// An address.
    pub(super) fn url(&self, column: &'static str) -> Result<Url, ArchiveError> {
        self.with(column, |text| Url::parse(text).ok())
    }

    /// JSON or NULL.
    pub(super) fn opt_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, ArchiveError> {
        self.opt_with(column, |text| serde_json::from_str(text).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_stored_composed_and_never_empty() {
        assert_eq!(text(Some("")), None);
        assert_eq!(
            text(Some("pa\u{308}a\u{308}to\u{308}s")).as_deref(),
            Some("päätös")
        );
    }

    #[test]
    fn hashes_are_lower_case_hex() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_day_before_the_common_era_is_not_stored() {
        assert_eq!(opt_day(Some(jiff::civil::date(-1, 1, 1))), None);
        assert_eq!(
            opt_day(Some(jiff::civil::date(2024, 3, 14))).as_deref(),
            Some("2024-03-14")
        );
    }
}
