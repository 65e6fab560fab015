//! Files of the repository that are made from the archive: compared, or written anew with `UPDATE_DOCS=1`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use seutu::archive::Archive;
use tempfile::TempDir;

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Holds a file to what it is made of: `UPDATE_DOCS=1 cargo test documentation` writes it.
pub fn agrees(path: &str, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file(path), text).expect("written");
    }
    let found = std::fs::read_to_string(file(path)).unwrap_or_default();
    let differing = found
        .lines()
        .zip(text.lines())
        .position(|(found, made)| found != made)
        .map(|line| line + 1);
    assert!(
        found == text,
        "{path} is not what the archive says, first in line {differing:?}; run UPDATE_DOCS=1 cargo test documentation"
    );
}

/// An archive as the program makes it, with nothing in it.
pub struct Fresh {
    _dir: TempDir,
    pub conn: Connection,
}

impl Fresh {
    pub fn new() -> Self {
        let dir = TempDir::new().expect("folder");
        drop(Archive::open(dir.path(), jiff::Timestamp::UNIX_EPOCH).expect("archive"));
        let conn = Connection::open(dir.path().join("archive.db")).expect("file");
        Self { _dir: dir, conn }
    }

    /// Rows of text; NULL is empty.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let mut statement = self.conn.prepare(sql).expect(sql);
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..width)
                .map(|column| Ok(row.get::<_, Option<String>>(column)?.unwrap_or_default()))
                .collect()
        });
        rows.expect(sql).collect::<Result<_, _>>().expect(sql)
    }

    /// What the file says about itself.
    pub fn meta(&self) -> BTreeMap<String, String> {
        let rows = self.rows("SELECT key, value FROM meta");
        rows.into_iter()
            .map(|mut row| (row.remove(0), row.remove(0)))
            .collect()
    }

    /// Tables and views that people see, in the order they were made: views first.
    pub fn tables(&self) -> Vec<Table> {
        let named =
            "SELECT s.name, s.type, d.description_fi, d.description_en, coalesce(d.example,'')
            FROM sqlite_schema s JOIN data_dictionary d ON d.table_name=s.name AND d.column_name='*'
            WHERE s.type IN ('table','view') ORDER BY s.type='table', d.table_name='meta', s.rowid";
        let tables = self.rows(named).into_iter().map(|row| {
            let [name, kind, finnish, english, _] = row.try_into().expect("five");
            let columns = self.rows(&format!(
                "SELECT x.name, x.type, d.description_fi, d.description_en, coalesce(d.example,''),
                   coalesce((SELECT k.\"table\"||'.'||coalesce(k.\"to\",'id') FROM pragma_foreign_key_list('{name}') k
                     WHERE k.\"from\"=x.name),'')
                 FROM pragma_table_xinfo('{name}') x JOIN data_dictionary d
                   ON d.table_name='{name}' AND d.column_name=x.name ORDER BY x.cid"
            ));
            let columns = columns.into_iter().map(|row| {
                let [name, kind, finnish, english, example, refers] = row.try_into().expect("six");
                Column {
                    name,
                    kind,
                    finnish,
                    english,
                    example,
                    refers,
                }
            });
            Table {
                view: kind == "view",
                columns: columns.collect(),
                name,
                finnish,
                english,
            }
        });
        tables.collect()
    }
}

/// A table or view with its explanation.
pub struct Table {
    pub name: String,
    pub view: bool,
    pub finnish: String,
    pub english: String,
    pub columns: Vec<Column>,
}

/// A column with its explanation.
pub struct Column {
    pub name: String,
    pub kind: String,
    pub finnish: String,
    pub english: String,
    pub example: String,
    /// `table.column` that a foreign key points to.
    pub refers: String,
}
