//! An export: tables of one state of the archive, written aside as files, then put into their place whole.

mod folder;
mod stage;
mod upload;

use std::path::PathBuf;

use crate::archive::Selection;
use crate::publish::export::{EarlierManifest, Manifest, ManifestSelection, TableFormat};

pub use folder::into_folder;
pub use stage::stage;
pub use upload::upload;

/// The file that is put into place last: while it is the old one, so is the export.
pub const MANIFEST: &str = "manifest.json";

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct ExportWish {
    /// Names of tables and views.
    pub tables: Vec<String>,
    /// Into which format.
    pub format: TableFormat,
    /// Which rows.
    pub selection: Selection,
}

/// The place that was asked for holds an export of another kind, which is not mixed with this one.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place} holds an export {held}, and this one is {own}: name another place in --out, or empty that one"
)]
pub struct OtherKind {
    place: String,
    held: String,
    own: String,
}

/// An export as it lies in the folder where it was written.
#[derive(Clone, Debug)]
pub struct Staged {
    /// That folder.
    pub dir: PathBuf,
    /// What is in it; the manifest file itself is too.
    pub manifest: Manifest,
    format: TableFormat,
}

impl Staged {
    /// Paths of every file but the manifest.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.manifest.files.iter().map(|file| file.path.as_str())
    }

    /// Whether a path is one that an earlier export of the same tables wrote and this one does not.
    fn is_stale(&self, path: &str) -> bool {
        let mut tables = self.manifest.tables.iter();
        let own = tables.any(|table| {
            let file = format!("{0}.{1}", table.name, self.format.ending());
            let Some(inside) = path.strip_prefix(&format!("{}/", table.name)) else {
                return false;
            };
            let (above, name) = inside.rsplit_once('/').unwrap_or(("", inside));
            name == file
                && (above.is_empty() || (above.starts_with("year=") && !above.contains('/')))
        });
        own && self.paths().all(|written| written != path)
    }

    /// A place holds one selection in one format: the changes since an event must not pass for the whole, nor files of
    /// an earlier day for those of this one.
    fn insist_on_same_kind(&self, place: &str, earlier: Option<&str>) -> Result<(), OtherKind> {
        // What cannot be read is no manifest of an export, and is replaced.
        let earlier = earlier.and_then(|text| serde_json::from_str::<EarlierManifest>(text).ok());
        let Some(earlier) = earlier else {
            return Ok(());
        };
        let format = earlier.format.as_deref().unwrap_or(self.manifest.format);
        let (held, own) = if earlier.selection != self.manifest.selection {
            (
                format!("of {}", spoken(earlier.selection)),
                format!("of {}", spoken(self.manifest.selection)),
            )
        } else if format != self.manifest.format {
            (format!("as {format}"), self.manifest.format.to_owned())
        } else {
            return Ok(());
        };
        Err(OtherKind {
            place: place.to_owned(),
            held,
            own,
        })
    }
}

fn spoken(selection: ManifestSelection) -> String {
    match (selection.since, selection.year) {
        (None, None) => "the whole archive".to_owned(),
        (Some(seq), None) => format!("changes after event {seq}"),
        (None, Some(year)) => format!("the year {year}"),
        (Some(seq), Some(year)) => format!("changes after event {seq} in the year {year}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::table::{Provenance, TableShape};
    use crate::publish::export::ExportedFile;

    fn staged(selection: ManifestSelection) -> Staged {
        let state = Provenance {
            generator: "seutu".to_owned(),
            built_at: "2026-11-12T07:32:00Z".to_owned(),
            seq: 4,
        };
        let mut manifest = Manifest::new(&state, "parquet", selection);
        let shape = TableShape {
            name: "decisions".to_owned(),
            columns: vec![],
        };
        let file = ExportedFile {
            path: "decisions/year=2026/decisions.parquet".to_owned(),
            table: "decisions".to_owned(),
            rows: 1,
            bytes: 1,
            sha256: String::new(),
        };
        manifest.add(shape, vec![file]);
        Staged {
            dir: PathBuf::new(),
            manifest,
            format: TableFormat::Parquet,
        }
    }

    #[test]
    fn only_files_of_an_earlier_export_of_the_same_table_are_stale() {
        let staged = staged(ManifestSelection::default());
        for stale in [
            "decisions/year=1999/decisions.parquet",
            "decisions/decisions.parquet",
            "decisions/year=__HIVE_DEFAULT_PARTITION__/decisions.parquet",
        ] {
            assert!(staged.is_stale(stale), "{stale}");
        }
        for kept in [
            "decisions/year=2026/decisions.parquet",
            "decisions/year=2026/mine.parquet",
            "decisions/notes/decisions.parquet",
            "decisions/year=2026/deeper/decisions.parquet",
            "event/year=1999/event.parquet",
            "decisions.csv",
        ] {
            assert!(!staged.is_stale(kept), "{kept}");
        }
    }

    #[test]
    fn changes_do_not_take_the_place_of_a_whole_export() {
        let whole = r#"{"generator":"seutu","selection":{"since":null,"year":null}}"#;
        let changes = staged(ManifestSelection {
            since: Some(3),
            year: None,
        });
        let refused = changes.insist_on_same_kind("export", Some(whole));
        let said = refused.expect_err("refused").to_string();
        assert!(said.starts_with("export holds an export of the whole archive, and this one is of changes after event 3:"), "{said}");
        for fine in [None, Some("{}"), Some("no json")] {
            assert!(changes.insist_on_same_kind("export", fine).is_ok());
        }
        let again = staged(ManifestSelection::default());
        assert!(again.insist_on_same_kind("export", Some(whole)).is_ok());
        let csv = r#"{"format":"csv","selection":{"since":null,"year":null}}"#;
        let refused = again.insist_on_same_kind("export", Some(csv));
        let said = refused.expect_err("refused").to_string();
        assert!(said.contains("as csv, and this one is parquet"), "{said}");
    }
}
