//! Rows as Apache Parquet: typed columns, zstd, row groups small enough to stand in memory.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{ExportError, TableWriter};
use crate::model::table::{Cell, Column, Kind, Provenance, TableShape};

/// A row group ends after this many rows or bytes of text, whichever comes first.
const GROUP_ROWS: usize = 20_000;
const GROUP_BYTES: usize = 16 << 20;

/// A Parquet file under construction: the rows of the group that is being filled, column by column.
pub(super) struct Parquet<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

/// The values of one column that are not written yet, and which rows have one.
struct Buffer {
    column: Column,
    present: Vec<i16>,
    values: Values,
}

enum Values {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Real(Vec<f64>),
    Day(Vec<i32>),
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn begin(
        file: W,
        table: &TableShape,
        provenance: &Provenance,
    ) -> Result<Self, ExportError> {
        let about = [
            ("generator", provenance.generator.clone()),
            ("built_at", provenance.built_at.clone()),
            ("seq", provenance.seq.to_string()),
            ("table", table.name.clone()),
        ];
        let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(provenance.generator.clone())
            .set_key_value_metadata(Some(about.to_vec()))
            .build();
        let schema = schema(table).map_err(fault)?;
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(fault)?;
        Ok(Self {
            file,
            columns: table.columns.iter().map(Buffer::new).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Writes the group that is being filled.
    fn flush(&mut self) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(fault)?;
        for buffer in &mut self.columns {
            buffer.write(&mut group).map_err(fault)?;
        }
        group.close().map_err(fault)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> TableWriter for Parquet<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        for (buffer, cell) in self.columns.iter_mut().zip(cells) {
            self.bytes += buffer.push(cell)?;
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.flush()?;
        self.file.close().map_err(fault)?;
        Ok(())
    }
}

impl Buffer {
    fn new(column: &Column) -> Self {
        Self {
            column: column.clone(),
            present: vec![],
            values: match column.kind {
                Kind::Text => Values::Text(vec![]),
                Kind::Integer | Kind::Instant => Values::Integer(vec![]),
                Kind::Real => Values::Real(vec![]),
                Kind::Date => Values::Day(vec![]),
            },
        }
    }

    /// Takes a value and says how many bytes it keeps.
    fn push(&mut self, cell: &Cell) -> Result<usize, ExportError> {
        let kept = match (&mut self.values, cell) {
            (_, Cell::Null) => {
                self.present.push(0);
                return Ok(2);
            }
            (Values::Text(values), Cell::Text(text)) => {
                values.push(ByteArray::from(text.as_str()));
                text.len()
            }
            (Values::Integer(values), Cell::Integer(number)) => {
                values.push(*number);
                8
            }
            (Values::Integer(values), Cell::Text(text)) => {
                values.push(
                    microseconds(text)
                        .ok_or_else(|| value_fault(&self.column.name, "instant", text))?,
                );
                8
            }
            (Values::Real(values), Cell::Real(number)) => {
                values.push(*number);
                8
            }
            (Values::Day(values), Cell::Text(text)) => {
                values.push(days(text).ok_or_else(|| value_fault(&self.column.name, "day", text))?);
                4
            }
            (_, other) => {
                return Err(ExportError::Format {
                    format: "parquet",
                    reason: format!("{other:?} stands in column {}", self.column.name),
                });
            }
        };
        self.present.push(1);
        Ok(kept + 2)
    }

    /// Writes the column's part of a group and empties it.
    fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match &mut self.values {
            Values::Text(values) => column::<ByteArrayType, W>(group, values, &self.present)?,
            Values::Integer(values) => column::<Int64Type, W>(group, values, &self.present)?,
            Values::Real(values) => column::<DoubleType, W>(group, values, &self.present)?,
            Values::Day(values) => column::<Int32Type, W>(group, values, &self.present)?,
        }
        self.present.clear();
        Ok(())
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<T::T>,
    present: &[i16],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column too many".to_owned()));
    };
    column
        .typed::<T>()
        .write_batch(values, Some(present), None)?;
    column.close()?;
    values.clear();
    Ok(())
}

/// Every column may be NULL: a view does not say which cannot.
fn schema(table: &TableShape) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<_>, _> = table
        .columns
        .iter()
        .map(|column| {
            let (physical, logical) = match column.kind {
                Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Kind::Integer => (Physical::INT64, None),
                Kind::Real => (Physical::DOUBLE, None),
                Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
                Kind::Instant => {
                    let utc = LogicalType::timestamp(true, TimeUnit::MICROS);
                    (Physical::INT64, Some(utc))
                }
            };
            Type::primitive_type_builder(&column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        })
        .collect();
    let whole = Type::group_type_builder(&table.name).with_fields(fields?);
    Ok(Arc::new(whole.build()?))
}

/// A day as days since 1970.
fn days(text: &str) -> Option<i32> {
    let day: Date = text.parse().ok()?;
    let since = date(1970, 1, 1).until(day).ok()?;
    Some(since.get_days())
}

fn microseconds(text: &str) -> Option<i64> {
    let at: Timestamp = text.parse().ok()?;
    Some(at.as_microsecond())
}

fn value_fault(column: &str, kind: &'static str, value: &str) -> ExportError {
    ExportError::Value {
        column: column.to_owned(),
        kind,
        value: value.to_owned(),
    }
}

fn fault(error: ParquetError) -> ExportError {
    let error = if let ParquetError::External(cause) = error {
        match cause.downcast::<io::Error>() {
            Ok(cause) => return ExportError::Io(*cause),
            Err(cause) => ParquetError::External(cause),
        }
    } else {
        error
    };
    ExportError::Format {
        format: "parquet",
        reason: error.to_string(),
    }
}
