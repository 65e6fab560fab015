//! Exports: what stands in a folder or an object store afterwards is what the archive says.

mod bucket;
mod folder;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::portal::{Paper, Portal};
use crate::support::program::run;
use crate::support::workshop::{Sheet, Workshop};

/// An archive with three items of one meeting, one of them of the network.
struct Filled {
    _portal: Portal,
    workshop: Workshop,
    config: PathBuf,
    folder: tempfile::TempDir,
}

impl Filled {
    fn new() -> Self {
        let portal = Portal::with(&[
            Paper::agenda("2026311-1", "Sivistyksen verkoston suunnitelma"),
            Paper::agenda("2026311-2", "Seudullinen kirjasto"),
            Paper::agenda("2026311-3", "=Koulukuljetukset; \"syksy\"").minutes("Hyväksyttiin."),
        ]);
        let workshop = Workshop::new(Sheet::of(portal.url()));
        let config = workshop.config_file();
        assert_eq!(run(&config, &["poll"]).code, Some(0));
        Self {
            _portal: portal,
            workshop,
            config,
            folder: tempfile::tempdir().expect("folder"),
        }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Exports into a folder and succeeds.
    fn export(&self, format: &str, name: &str, more: &[&str]) -> PathBuf {
        let out = self.out(name);
        let place = out.display().to_string();
        let mut arguments = vec!["export", "--format", format, "--out", &place];
        arguments.extend(more);
        let ended = run(&self.config, &arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        out
    }
}

/// Every file below a folder by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("inside")
                    .display()
                    .to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}
