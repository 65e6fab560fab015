//! Whether the search asks Voikko, the morphology of Finnish, and where it finds it.

use std::path::PathBuf;

/// Where the library comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VoikkoChoice {
    /// From the system, where it is installed.
    #[default]
    Auto,
    /// Nowhere: the built-in rules alone.
    Off,
    /// From this file.
    Library(PathBuf),
}
