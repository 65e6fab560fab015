//! The vocabulary that the configuration names, read from its file.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::config::Config;
use crate::vocab::Prepared;

/// The largest vocabulary; ten times the built-in one is a mistake.
const MOST: u64 = 1 << 20;

/// Reads the vocabulary of a configuration: the built-in one when it names none.
///
/// # Errors
/// What is wrong with the file.
pub fn read(config: &Config) -> anyhow::Result<Prepared> {
    let path = config.vocabulary.0.as_deref();
    let text = path.map(text_of).transpose()?;
    Prepared::new(text).with_context(|| {
        let path = path.map(|path| path.display().to_string());
        path.unwrap_or_default()
    })
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let fault = || {
        format!(
            "the vocabulary {} cannot be read: set archive.vocabulary to a copy of config/vocabulary.toml",
            path.display()
        )
    };
    let size = fs::metadata(path).with_context(fault)?.len();
    anyhow::ensure!(
        size <= MOST,
        "{}: {size} bytes are too many",
        path.display()
    );
    fs::read_to_string(path).with_context(fault)
}
