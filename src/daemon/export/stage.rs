//! Writes the files of an export into a folder, reading every table from one state of the archive.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::Context as _;

use super::{ExportWish, MANIFEST, Staged};
use crate::archive::{ExportState, ExportTable, Part, Reader, Selection};
use crate::model::digest::sha256_of;
use crate::model::table::{Cell, Provenance, TableShape};
use crate::publish::export::{ExportedFile, Manifest, ManifestSelection, TableFormat, TableWriter};

/// The dictionary goes along in a form that everybody can read, whatever the format.
const DICTIONARY: &str = "data_dictionary";

/// The column that stands in the paths of divided tables.
const DIVIDED_BY: &str = "year";

/// Rows whose day nobody knows stand in the partition that Hive has for them.
const UNKNOWN_YEAR: &str = "__HIVE_DEFAULT_PARTITION__";

/// Writes every file of an export into an empty folder, the manifest too.
pub fn stage(reader: &Reader, wish: &ExportWish, dir: &Path) -> anyhow::Result<Staged> {
    let manifest = reader.export(dir, |state| {
        let provenance = state.provenance()?;
        let selection = ManifestSelection {
            since: wish.selection.since,
            year: wish.selection.year,
        };
        let mut manifest = Manifest::new(&provenance, wish.format.ending(), selection);
        let press = Press {
            state,
            provenance,
            dir,
            format: wish.format,
            selection: wish.selection,
        };
        for name in &wish.tables {
            let table = press.table(name)?;
            let files = press.print(&table)?;
            manifest.add(table.shape, files);
        }
        let path = format!("{DICTIONARY}.csv");
        if manifest.files.iter().all(|file| file.path != path) {
            let whole = Press {
                format: TableFormat::Csv,
                selection: Selection::default(),
                ..press
            };
            let table = whole.table(DICTIONARY)?;
            let file = whole.file(&table, &path, &[Part::Whole]);
            manifest.add_file(file?);
        }
        anyhow::Ok(manifest)
    })?;
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    let path = dir.join(MANIFEST);
    fs::write(&path, text)
        .and_then(|()| File::open(&path)?.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Staged {
        dir: dir.to_owned(),
        manifest,
        format: wish.format,
    })
}

/// Turns tables of one state into files of one folder.
struct Press<'s, 'c> {
    state: &'s ExportState<'c>,
    provenance: Provenance,
    dir: &'s Path,
    format: TableFormat,
    selection: Selection,
}

impl Press<'_, '_> {
    fn table(&self, name: &str) -> anyhow::Result<ExportTable> {
        let table = self.state.table(name)?;
        table.with_context(|| format!("there is no table or view {name} in the archive"))
    }

    /// Every file of a table.
    fn print(&self, table: &ExportTable) -> anyhow::Result<Vec<ExportedFile>> {
        let (name, ending) = (&table.shape.name, self.format.ending());
        let parts = self.state.parts(table, self.selection)?;
        tracing::info!(table = %name, parts = parts.len(), "exporting");
        if !self.format.is_divided() {
            let path = format!("{name}.{ending}");
            return Ok(vec![self.file(table, &path, &parts)?]);
        }
        let mut files = vec![];
        for part in parts {
            let path = match part {
                Part::Whole => format!("{name}/{name}.{ending}"),
                Part::Year(Some(year)) => format!("{name}/{DIVIDED_BY}={year}/{name}.{ending}"),
                Part::Year(None) => format!("{name}/{DIVIDED_BY}={UNKNOWN_YEAR}/{name}.{ending}"),
            };
            files.push(self.file(table, &path, &[part])?);
        }
        Ok(files)
    }

    /// One file, with the rows of some parts one after the other.
    fn file(
        &self,
        table: &ExportTable,
        path: &str,
        parts: &[Part],
    ) -> anyhow::Result<ExportedFile> {
        let place = self.dir.join(path);
        let written = || -> anyhow::Result<(u64, u64, String)> {
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = File::create_new(&place)?;
            let left_out = left_out(table, self.format);
            let shape = without(&table.shape, left_out);
            let mut writer = self.format.begin(file, &shape, &self.provenance)?;
            let mut rows = 0;
            for part in parts {
                rows += self.rows(table, *part, writer.as_mut(), left_out)?;
            }
            writer.finish()?;
            let (bytes, sha256) = sealed(&place)?;
            Ok((rows, bytes, sha256))
        };
        let (rows, bytes, sha256) =
            written().with_context(|| format!("cannot export {} into {path}", table.shape.name))?;
        Ok(ExportedFile {
            path: path.to_owned(),
            table: table.shape.name.clone(),
            rows,
            bytes,
            sha256,
        })
    }

    fn rows(
        &self,
        table: &ExportTable,
        part: Part,
        writer: &mut dyn TableWriter,
        left_out: Option<usize>,
    ) -> anyhow::Result<u64> {
        let mut kept = vec![];
        self.state.rows(table, part, self.selection, |cells| {
            let Some(left_out) = left_out else {
                return Ok(writer.row(cells)?);
            };
            kept.clear();
            let others = cells
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out);
            kept.extend(others.map(|(_, cell)| Cell::clone(cell)));
            anyhow::Ok(writer.row(&kept)?)
        })
    }
}

/// The column that is not in the files because it is in their paths: many readers refuse to have it twice.
fn left_out(table: &ExportTable, format: TableFormat) -> Option<usize> {
    let mut columns = table.shape.columns.iter();
    let position = columns.position(|column| column.name == DIVIDED_BY);
    position.filter(|_| format.is_divided() && table.has_years())
}

fn without(shape: &TableShape, left_out: Option<usize>) -> TableShape {
    let mut shape = shape.clone();
    if let Some(index) = left_out {
        shape.columns.remove(index);
    }
    shape
}

/// Size and hash of a file, which is on disk afterwards.
fn sealed(path: &Path) -> io::Result<(u64, String)> {
    let file = File::open(path)?;
    file.sync_all()?;
    let (sha256, size) = sha256_of(file)?;
    Ok((size, sha256))
}
