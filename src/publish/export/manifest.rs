//! What an export holds, for those who fetch it: its files with rows, bytes and hashes, and the state it shows.

use serde::{Deserialize, Serialize};

use crate::model::table::{Column, Provenance, TableShape};

/// `manifest.json`, the last file of an export.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// Program and version.
    pub generator: String,
    /// When the archive last recorded an event.
    pub built_at: String,
    /// Number of that event.
    pub seq: i64,
    /// `csv`, `jsonl` or `parquet`.
    pub format: &'static str,
    /// What was left out.
    pub selection: ManifestSelection,
    /// The tables with their columns.
    pub tables: Vec<ManifestTable>,
    /// The files, in order of their paths.
    pub files: Vec<ExportedFile>,
}

/// What was asked for; both are null in a whole export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSelection {
    /// Changes after this event.
    pub since: Option<i64>,
    /// Meetings of this year.
    pub year: Option<i64>,
}

/// A table of an export.
#[derive(Clone, Debug, Serialize)]
pub struct ManifestTable {
    /// Its name.
    pub name: String,
    /// Rows in all of its files.
    pub rows: u64,
    /// Its columns; `year` stands in the paths where files are divided by it.
    pub columns: Vec<Column>,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    /// Its path in the export, with `/`.
    pub path: String,
    /// Whose rows it holds.
    pub table: String,
    /// How many.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl Manifest {
    /// A manifest without tables.
    pub fn new(
        provenance: &Provenance,
        format: &'static str,
        selection: ManifestSelection,
    ) -> Self {
        Self {
            generator: provenance.generator.clone(),
            built_at: provenance.built_at.clone(),
            seq: provenance.seq,
            format,
            selection,
            tables: vec![],
            files: vec![],
        }
    }

    /// Adds a table and its files.
    pub fn add(&mut self, shape: TableShape, files: Vec<ExportedFile>) {
        self.tables.push(ManifestTable {
            name: shape.name,
            rows: files.iter().map(|file| file.rows).sum(),
            columns: shape.columns,
        });
        for file in files {
            self.add_file(file);
        }
    }

    /// Adds a file.
    pub fn add_file(&mut self, file: ExportedFile) {
        self.files.push(file);
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// What an earlier manifest says that matters for a new one.
#[derive(Clone, Debug, Deserialize)]
pub struct EarlierManifest {
    /// Its format, where it says it.
    #[serde(default)]
    pub format: Option<String>,
    /// What was asked for then.
    pub selection: ManifestSelection,
}
