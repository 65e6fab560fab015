//! Exports into a folder, read back by the readers of each format.

use std::fs::{self, File};

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use seutu::model::digest::sha256_hex;

use super::{Filled, files};
use crate::support::program::{ended, run, under};

/// The rows of a Parquet file as pairs of column and value.
fn rows(path: &std::path::Path) -> Vec<Vec<(String, Field)>> {
    let file = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
    let rows = file.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let cells = row.get_column_iter();
        cells
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    })
    .collect()
}

fn cell<'r>(row: &'r [(String, Field)], name: &str) -> &'r Field {
    let found = row.iter().find(|(column, _)| column == name);
    &found.unwrap_or_else(|| panic!("no column {name}")).1
}

#[test]
fn a_place_of_another_kind_and_an_event_to_come_are_refused() {
    let filled = Filled::new();
    let out = filled.export("csv", "place", &[]);
    let before = files(&out);
    let archive = filled.workshop.archive();
    let file = filled.out("file");
    fs::write(&file, b"x").expect("written");
    for (place, more, code, said) in [
        (
            &out,
            &[][..],
            2,
            "holds an export as csv, and this one is jsonl",
        ),
        (
            &filled.out("new"),
            &["--since", "99999"],
            2,
            "whose newest is",
        ),
        (&filled.out("new"), &["--since=-1"], 2, "whose newest is"),
        (&archive, &[], 2, "the archive's own folder"),
        (&file, &[], 2, "name a folder that is there"),
        (&file.join("below"), &[], 2, "name a folder that is there"),
    ] {
        let place = place.display().to_string();
        let arguments = [&["export", "--format", "jsonl", "--out", &place], more].concat();
        let ended = run(&filled.config, &arguments);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.contains(said), "{said}: {}", ended.err);
    }
    assert_eq!(files(&out), before, "nothing was changed");
    assert!(!filled.out("new").exists());
    assert!(!archive.join("manifest.json").exists());
}

#[test]
fn a_full_disk_is_no_wrong_use_and_leaves_the_place_as_it_was() {
    let filled = Filled::new();
    let out = filled.export("csv", "place", &[]);
    let before = files(&out);
    let (config, place) = (filled.config.display(), out.display().to_string());
    let config = config.to_string();
    let program = env!("CARGO_BIN_EXE_seutu");
    let words = [
        program, "--config", &config, "export", "--format", "csv", "--out", &place,
    ];
    // A limit on the size of files is what a full disk looks like; the dictionary alone is larger.
    let limited = under("trap '' XFSZ; ulimit -f 80", &words).output();
    let failed = ended(limited.expect("started"));
    assert_eq!(failed.code, Some(1), "{failed:?}");
    let told = format!("cannot write into {place}: ");
    assert!(failed.err.contains(&told), "{}", failed.err);
    assert!(failed.err.contains("make room there"), "{}", failed.err);
    assert_eq!(files(&out), before, "nothing was changed");
}

#[test]
fn parquet_is_divided_by_year_and_says_what_the_archive_says() {
    let filled = Filled::new();
    let out = filled.export("parquet", "parquet", &[]);
    let found = rows(&out.join("decisions/year=2026/decisions.parquet"));
    let archived = filled
        .workshop
        .rows("SELECT uid, title FROM decisions ORDER BY item_id");
    let exported: Vec<_> = found
        .iter()
        .map(|row| match (cell(row, "uid"), cell(row, "title")) {
            (Field::Str(uid), Field::Str(title)) => format!("{uid} | {title}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(exported, archived);
    assert_eq!(exported.len(), 3);
    // 2026-11-12, and the year stands in the path alone.
    assert_eq!(cell(&found[0], "date"), &Field::Date(20769));
    assert!(matches!(
        cell(&found[0], "changed_at"),
        Field::TimestampMicros(_)
    ));
    assert_eq!(cell(&found[0], "decision"), &Field::Null);
    assert_eq!(
        cell(&found[2], "decision"),
        &Field::Str("Hyväksyttiin.".to_owned())
    );
    assert!(found[0].iter().all(|(name, _)| name != "year"));
    let finnish = rows(&out.join("paatokset/year=2026/paatokset.parquet"));
    assert_eq!(cell(&finnish[0], "vuosi"), &Field::Long(2026));
    for whole in [
        "source_status",
        "missing",
        "network_matrix",
        "data_dictionary",
    ] {
        assert!(
            out.join(format!("{whole}/{whole}.parquet")).is_file(),
            "{whole}"
        );
    }
    for divided in ["network_decisions", "item_version", "event"] {
        let folders: Vec<_> = fs::read_dir(out.join(divided)).expect("a folder").collect();
        assert_eq!(folders.len(), 1, "{divided}");
    }
}

#[test]
fn rows_without_a_day_stand_in_the_partition_for_unknown_years() {
    let filled = Filled::new();
    let archive = rusqlite::Connection::open(filled.workshop.archive().join("archive.db"));
    archive
        .expect("opened")
        .execute_batch("UPDATE item SET meeting_id=NULL, listed_on=NULL WHERE key='2026311-2'")
        .expect("changed");
    let out = filled.export(
        "parquet",
        "parquet",
        &["--table", "decisions", "item_version"],
    );
    for table in ["decisions", "item_version"] {
        let unknown = format!("{table}/year=__HIVE_DEFAULT_PARTITION__/{table}.parquet");
        assert_eq!(rows(&out.join(unknown)).len(), 1, "{table}");
        let known = out.join(format!("{table}/year=2026/{table}.parquet"));
        assert_eq!(rows(&known).len(), 2, "{table}");
    }
}

#[test]
fn csv_reads_back_cell_by_cell() {
    let filled = Filled::new();
    let out = filled.export("csv", "csv", &[]);
    let mut reader = csv::Reader::from_path(out.join("decisions.csv")).expect("CSV");
    let head = reader.headers().expect("a head").clone();
    assert_eq!(
        head.iter().take(3).collect::<Vec<_>>(),
        ["item_id", "uid", "municipality"]
    );
    let records: Vec<_> = reader
        .records()
        .map(|record| record.expect("a record"))
        .collect();
    assert_eq!(records.len(), 3);
    let title = head
        .iter()
        .position(|name| name == "title")
        .expect("a title");
    let decision = head
        .iter()
        .position(|name| name == "decision")
        .expect("a decision");
    assert_eq!(&records[2][title], "=Koulukuljetukset; \"syksy\"");
    assert_eq!(
        (&records[2][decision], &records[0][decision]),
        ("Hyväksyttiin.", "")
    );
    let dictionary = fs::read_to_string(out.join("data_dictionary.csv")).expect("a dictionary");
    assert!(
        dictionary.starts_with("table_name,column_name,description_fi,"),
        "{dictionary}"
    );

    let sheet = filled.export("csv", "sheet", &["--spreadsheet", "--table", "decisions"]);
    let text = fs::read_to_string(sheet.join("decisions.csv")).expect("a file");
    assert!(text.starts_with("\u{feff}item_id;uid;"));
    assert!(
        text.contains("\"'=Koulukuljetukset; \"\"syksy\"\"\""),
        "{text}"
    );
}

#[test]
fn json_lines_are_one_object_per_row_in_the_order_of_the_columns() {
    let filled = Filled::new();
    let out = filled.export("jsonl", "jsonl", &[]);
    let text = fs::read_to_string(out.join("network_decisions.jsonl")).expect("a file");
    let first: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    let keys: Vec<_> = first
        .as_object()
        .expect("an object")
        .keys()
        .take(3)
        .collect();
    assert_eq!(keys, ["network", "verdict", "score"]);
    assert_eq!(
        (&first["network"], &first["year"]),
        (&"sivistys".into(), &2026.into())
    );
    let lines = fs::read_to_string(out.join("decisions.jsonl")).expect("a file");
    let undecided: Value =
        serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert!(
        undecided
            .as_object()
            .expect("an object")
            .contains_key("decision")
    );
    assert_eq!(undecided["decision"], Value::Null);
}

#[test]
fn the_manifest_names_every_file_with_its_hash_and_the_state_it_shows() {
    let filled = Filled::new();
    let out = filled.export("parquet", "parquet", &[]);
    let all = files(&out);
    let manifest: Value = serde_json::from_slice(&all["manifest.json"]).expect("JSON");
    let listed = manifest["files"].as_array().expect("files");
    assert_eq!(
        listed.len() + 1,
        all.len(),
        "every file but the manifest itself"
    );
    for file in listed {
        let bytes = &all[file["path"].as_str().expect("a path")];
        assert_eq!(file["sha256"], sha256_hex(bytes));
        assert_eq!(file["bytes"], bytes.len());
    }
    assert_eq!(
        manifest["seq"].to_string(),
        filled.workshop.value("SELECT max(seq) FROM event")
    );
    let last = filled
        .workshop
        .value("SELECT at FROM event ORDER BY seq DESC LIMIT 1");
    assert_eq!(manifest["built_at"], last.as_str());
    let tables = manifest["tables"].as_array().expect("tables");
    let decisions = tables
        .iter()
        .find(|table| table["name"] == "decisions")
        .expect("decisions");
    assert_eq!(decisions["rows"], 3);
    assert_eq!(decisions["columns"][4]["kind"], "date");
}

#[test]
fn an_unchanged_archive_gives_the_same_bytes_again() {
    let filled = Filled::new();
    for format in ["csv", "jsonl", "parquet"] {
        let first = files(&filled.export(format, &format!("{format}-1"), &[]));
        let second = files(&filled.export(format, &format!("{format}-2"), &[]));
        assert_eq!(
            first.keys().collect::<Vec<_>>(),
            second.keys().collect::<Vec<_>>()
        );
        for (path, bytes) in &first {
            assert!(*bytes == second[path], "{path} differs");
        }
    }
}

#[test]
fn files_of_years_that_are_gone_are_removed_and_others_stay() {
    let filled = Filled::new();
    let out = filled.out("parquet");
    for old in [
        "decisions/year=1999/decisions.parquet",
        "decisions/notes.txt",
        "mine.txt",
    ] {
        let place = out.join(old);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        fs::write(place, "old").expect("written");
    }
    filled.export("parquet", "parquet", &[]);
    let left = files(&out);
    assert!(!out.join("decisions/year=1999").exists());
    assert!(left.contains_key("decisions/notes.txt") && left.contains_key("mine.txt"));
    assert!(left.contains_key("decisions/year=2026/decisions.parquet"));
    assert!(
        left.keys().all(|path| !path.starts_with('.')),
        "nothing unfinished: {left:?}"
    );
}

#[test]
fn a_failed_export_leaves_the_earlier_one_as_it_was() {
    let filled = Filled::new();
    let out = filled.export("parquet", "parquet", &[]);
    let before = files(&out);
    let archive = rusqlite::Connection::open(filled.workshop.archive().join("archive.db"));
    archive
        .expect("opened")
        .execute_batch(
            "PRAGMA ignore_check_constraints=ON; UPDATE item SET changed_at='yesterday' WHERE key='2026311-3'",
        )
        .expect("changed");
    let place = out.display().to_string();
    let failed = run(
        &filled.config,
        &["export", "--format", "parquet", "--out", &place],
    );
    assert_eq!(failed.code, Some(1));
    assert!(
        failed
            .err
            .contains("\"yesterday\" of column changed_at is no instant"),
        "{}",
        failed.err
    );
    assert_eq!(files(&out), before);
}

#[test]
fn changes_since_an_event_and_one_year_are_exported_alone() {
    let filled = Filled::new();
    let last = filled.workshop.value("SELECT max(seq)-1 FROM event");
    let out = filled.export(
        "csv",
        "changes",
        &["--since", &last, "--table", "decisions", "event"],
    );
    let changed = csv::Reader::from_path(out.join("decisions.csv"))
        .expect("CSV")
        .records()
        .count();
    let events = csv::Reader::from_path(out.join("event.csv"))
        .expect("CSV")
        .records()
        .count();
    assert_eq!((changed, events), (1, 1));

    let year = filled.export(
        "parquet",
        "year",
        &["--year", "2025", "--table", "decisions"],
    );
    assert_eq!(
        rows(&year.join("decisions/year=2025/decisions.parquet")).len(),
        0
    );

    // Changes do not take the place of a whole export.
    let whole = filled.export("csv", "whole", &[]).display().to_string();
    let refused = run(
        &filled.config,
        &["export", "--format", "csv", "--out", &whole, "--since", "1"],
    );
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("holds an export of the whole archive"),
        "{}",
        refused.err
    );
}

#[test]
fn wrong_use_is_said_with_what_there_is() {
    let filled = Filled::new();
    let unknown = run(
        &filled.config,
        &[
            "export", "--format", "csv", "--out", "x", "--table", "decision",
        ],
    );
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("no table or view decision") && unknown.err.contains("decisions"),
        "{}",
        unknown.err
    );
    let sheet = run(
        &filled.config,
        &["export", "--format", "jsonl", "--out", "x", "--spreadsheet"],
    );
    assert_eq!(sheet.code, Some(2));
    let bucket = run(
        &filled.config,
        &["export", "--format", "csv", "--out", "s3://"],
    );
    assert_eq!(bucket.code, Some(2));
}

#[tokio::test]
async fn an_archive_that_is_being_written_is_exported() {
    let filled = Filled::new();
    let engine = filled.workshop.open().await;
    let out = filled.export("jsonl", "beside", &[]);
    assert!(out.join("manifest.json").is_file());
    crate::support::workshop::close(engine).await;
}
