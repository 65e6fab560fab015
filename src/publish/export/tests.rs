//! What the files of each format hold, read back.

use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::basic::{LogicalType, TimeUnit};
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::Field;
use bytes::Bytes;

use super::*;
use crate::model::table::{Column, Kind};

/// A file that can be looked at after it was given away.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shape() -> TableShape {
    let columns = [
        ("uid", Kind::Text),
        ("section_no", Kind::Integer),
        ("score", Kind::Real),
        ("date", Kind::Date),
        ("changed_at", Kind::Instant),
    ];
    TableShape {
        name: "decisions".to_owned(),
        columns: columns
            .map(|(name, kind)| Column {
                name: name.to_owned(),
                kind,
            })
            .to_vec(),
    }
}

fn state() -> Provenance {
    Provenance {
        generator: "seutu 1".to_owned(),
        built_at: "2026-11-12T07:32:00Z".to_owned(),
        seq: 41,
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn full() -> Vec<Cell> {
    vec![
        text("kärkölä/1-1"),
        Cell::Integer(44),
        Cell::Real(7.5),
        text("2026-11-12"),
        text("2026-11-12T07:32:00Z"),
    ]
}

fn bare(uid: &str) -> Vec<Cell> {
    vec![text(uid), Cell::Null, Cell::Null, Cell::Null, Cell::Null]
}

fn written(format: TableFormat, rows: &[Vec<Cell>]) -> Vec<u8> {
    let paper = Paper::default();
    let mut writer = format
        .begin(paper.clone(), &shape(), &state())
        .expect("begun");
    for row in rows {
        writer.row(row).expect("a row");
    }
    writer.finish().expect("finished");
    let bytes = paper.0.lock().unwrap_or_else(PoisonError::into_inner);
    bytes.clone()
}

fn as_text(format: TableFormat, rows: &[Vec<Cell>]) -> String {
    String::from_utf8(written(format, rows)).expect("UTF-8")
}

#[test]
fn csv_is_what_rfc_4180_says_and_cells_are_what_is_archived() {
    let odd = bare("=1+1, \"a\"\nb");
    assert_eq!(
        as_text(TableFormat::Csv, &[full(), odd]),
        "uid,section_no,score,date,changed_at\r\n\
         kärkölä/1-1,44,7.5,2026-11-12,2026-11-12T07:32:00Z\r\n\
         \"=1+1, \"\"a\"\"\nb\",,,,\r\n"
    );
}

#[test]
fn csv_for_spreadsheets_runs_nothing_and_is_told_its_encoding() {
    let rows = ["=1+1", "+358", "-x", "@a", "a=b"].map(bare);
    let said = as_text(TableFormat::SpreadsheetCsv, &rows);
    assert!(said.starts_with("\u{feff}uid;section_no;"), "{said}");
    let cells: Vec<_> = said
        .lines()
        .skip(1)
        .map(|line| line.replace(';', ""))
        .collect();
    assert_eq!(cells, ["'=1+1", "'+358", "'-x", "'@a", "a=b"]);
    // Semicolons part cells there because the comma is the decimal mark.
    let said = as_text(TableFormat::SpreadsheetCsv, &[full()]);
    assert!(said.contains(";44;7,5;2026-11-12;"), "{said}");
}

#[test]
fn json_lines_keep_order_and_null() {
    assert_eq!(
        as_text(TableFormat::JsonLines, &[full(), bare("a\"\nb")]),
        "{\"uid\":\"kärkölä/1-1\",\"section_no\":44,\"score\":7.5,\"date\":\"2026-11-12\",\"changed_at\":\"2026-11-12T07:32:00Z\"}\n\
         {\"uid\":\"a\\\"\\nb\",\"section_no\":null,\"score\":null,\"date\":null,\"changed_at\":null}\n"
    );
}

#[test]
fn parquet_has_real_types_and_keeps_null() {
    let bytes = written(TableFormat::Parquet, &[full(), bare("b")]);
    let file = SerializedFileReader::new(Bytes::from(bytes)).expect("a file");
    let about = file.metadata().file_metadata();
    let schema = about.schema_descr();
    let logical: Vec<_> = (0..5)
        .map(|index| schema.column(index).logical_type_ref().cloned())
        .collect();
    assert_eq!(
        logical,
        [
            Some(LogicalType::String),
            None,
            None,
            Some(LogicalType::Date),
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ]
    );
    let rows: Vec<_> = file.get_row_iter(None).expect("rows").collect();
    let first: Vec<_> = rows[0]
        .as_ref()
        .expect("a row")
        .get_column_iter()
        .map(|(_, f)| f.clone())
        .collect();
    assert_eq!(first[0], Field::Str("kärkölä/1-1".to_owned()));
    assert_eq!(first[1], Field::Long(44));
    assert_eq!(first[3], Field::Date(20769));
    assert_eq!(first[4], Field::TimestampMicros(1_794_468_720_000_000));
    let second = rows[1].as_ref().expect("a row");
    assert_eq!(
        second.get_column_iter().nth(3).expect("a cell").1,
        &Field::Null
    );
    let said: Vec<_> = about
        .key_value_metadata()
        .expect("metadata")
        .iter()
        .map(|pair| (pair.key.as_str(), pair.value.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        said,
        [
            ("generator", "seutu 1"),
            ("built_at", "2026-11-12T07:32:00Z"),
            ("seq", "41"),
            ("table", "decisions")
        ]
    );
}

#[test]
fn row_groups_are_bounded_so_that_memory_is() {
    let rows: Vec<_> = (0..20_001)
        .map(|number| bare(&number.to_string()))
        .collect();
    let bytes = written(TableFormat::Parquet, &rows);
    let file = SerializedFileReader::new(Bytes::from(bytes)).expect("a file");
    let groups = file.metadata().row_groups();
    let sizes: Vec<_> = groups.iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(sizes, [20_000, 1]);
    let long = vec![bare(&"x".repeat(9 << 20)); 3];
    let bytes = written(TableFormat::Parquet, &long);
    let file = SerializedFileReader::new(Bytes::from(bytes)).expect("a file");
    assert_eq!(file.metadata().num_row_groups(), 2);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    for format in [
        TableFormat::Csv,
        TableFormat::JsonLines,
        TableFormat::Parquet,
    ] {
        let rows = [full(), bare("b")];
        assert_eq!(written(format, &rows), written(format, &rows), "{format:?}");
    }
}

#[test]
fn a_day_that_is_none_is_named_with_its_column() {
    let mut wrong = full();
    wrong[3] = text("2026-02-30");
    let mut writer = TableFormat::Parquet
        .begin(Paper::default(), &shape(), &state())
        .expect("begun");
    let said = writer.row(&wrong).expect_err("no day").to_string();
    assert!(
        said.contains("\"2026-02-30\" of column date is no day"),
        "{said}"
    );
}
