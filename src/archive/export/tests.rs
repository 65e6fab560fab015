//! Kinds of columns, and one state for all tables.

use super::super::Archive;
use super::super::testing::NOW;
use super::*;

fn opened() -> (tempfile::TempDir, Archive, Reader) {
    let dir = tempfile::tempdir().expect("folder");
    let archive = Archive::open(dir.path(), NOW).expect("archive");
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

fn kinds(reader: &Reader, name: &str) -> Vec<(String, Kind)> {
    let table = reader
        .export(&std::env::temp_dir(), |state| state.table(name))
        .expect("read");
    let columns = table.expect("a table").shape.columns;
    columns.into_iter().map(|c| (c.name, c.kind)).collect()
}

fn kind_of(reader: &Reader, table: &str, column: &str) -> Kind {
    let kinds = kinds(reader, table);
    let found = kinds.iter().find(|(name, _)| name == column);
    found.unwrap_or_else(|| panic!("{table}.{column}")).1
}

#[test]
fn days_instants_and_numbers_are_told_from_the_schema() {
    let (_dir, _archive, reader) = opened();
    for (table, column, kind) in [
        ("decisions", "date", Kind::Date),
        ("decisions", "changed_at", Kind::Instant),
        ("decisions", "withdrawn_at", Kind::Instant),
        ("decisions", "section_no", Kind::Integer),
        ("decisions", "year", Kind::Integer),
        ("decisions", "title", Kind::Text),
        ("paatokset", "pvm", Kind::Date),
        ("paatokset", "muutettu", Kind::Instant),
        ("paatokset", "vuosi", Kind::Integer),
        ("network_decisions", "score", Kind::Real),
        ("network_decisions", "date", Kind::Date),
        ("source_status", "last_ok_at", Kind::Instant),
        ("missing", "before_meeting", Kind::Date),
        ("item_version", "seen_from", Kind::Instant),
        ("item_version", "item_id", Kind::Integer),
        ("attachment", "gone_at", Kind::Instant),
        // Added by a later migration.
        ("attachment", "checked_at", Kind::Instant),
        ("meeting", "published_on", Kind::Date),
        ("event", "at", Kind::Instant),
    ] {
        assert_eq!(kind_of(&reader, table, column), kind, "{table}.{column}");
    }
}

/// A computed column that nobody listed would silently become text.
#[test]
fn every_column_of_every_exported_view_has_a_kind_that_is_known() {
    let (_dir, _archive, reader) = opened();
    let unknown: Vec<_> = reader
        .read(|conn| {
            let mut unknown = vec![];
            for view in EXPORTED {
                unknown.extend(columns::unknown(conn, view)?);
            }
            Ok(unknown)
        })
        .expect("read");
    assert!(
        unknown.is_empty(),
        "name their kinds in COMPUTED: {unknown:?}"
    );
}

#[test]
fn what_is_exported_by_default_exists_and_indexes_are_not_offered() {
    let (_dir, _archive, reader) = opened();
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough over lifetimes"
    )]
    let names = reader
        .export(&std::env::temp_dir(), |state| state.names())
        .expect("names");
    for name in EXPORTED {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    assert!(
        names.iter().all(|name| !name.starts_with("item_fts")),
        "{names:?}"
    );
    let none = reader
        .export(&std::env::temp_dir(), |state| state.table("item_fts"))
        .expect("read");
    assert!(none.is_none());
}

#[test]
fn an_archive_without_events_is_dated_by_its_making() {
    let (_dir, _archive, reader) = opened();
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough over lifetimes"
    )]
    let state = reader
        .export(&std::env::temp_dir(), |state| state.provenance())
        .expect("read");
    assert_eq!(
        (state.seq, state.built_at.as_str()),
        (0, crate::model::when::utc_text(NOW).as_str())
    );
}

#[test]
fn all_tables_are_read_from_one_state_while_a_writer_goes_on() {
    let (_dir, archive, reader) = opened();
    let add = |key: &str| {
        let sql = "INSERT INTO meta(key,value) VALUES(?1,'x')";
        archive.main.execute(sql, [key]).expect("written");
    };
    let count = |state: &ExportState<'_>| -> Result<u64, ArchiveError> {
        let table = state.table("meta")?.expect("a table");
        state.rows(&table, Part::Whole, Selection::default(), |_| Ok(()))
    };
    let both = reader.export(&std::env::temp_dir(), |state| {
        let before = count(state)?;
        add("one");
        Ok::<_, ArchiveError>((before, count(state)?))
    });
    let (before, after) = both.expect("read");
    assert_eq!(before, after);
    let later = reader
        .export(&std::env::temp_dir(), |state| count(state))
        .expect("read");
    assert_eq!(later, before + 1);
}

#[test]
fn a_value_that_its_column_cannot_have_is_named() {
    let (_dir, archive, reader) = opened();
    archive
        .main
        .execute_batch("CREATE TABLE odd(id INTEGER PRIMARY KEY, held_on TEXT CHECK (held_on IS date(held_on,'+0 days')), x BLOB)")
        .expect("made");
    archive
        .main
        .execute("INSERT INTO odd(x) VALUES(x'00')", [])
        .expect("written");
    let refused = reader.export(&std::env::temp_dir(), |state| {
        let table = state.table("odd")?.expect("a table");
        state.rows(&table, Part::Whole, Selection::default(), |_| Ok(()))
    });
    let refused: Result<u64, ArchiveError> = refused;
    let said = refused.expect_err("refused").to_string();
    assert!(said.contains("odd.x"), "{said}");
}
