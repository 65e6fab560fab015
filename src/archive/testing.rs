//! What the unit tests of this module share: a temporary archive with invented sources.

use jiff::Timestamp;
use tempfile::TempDir;

use super::Archive;

/// Noon of an invented day.
pub(super) const NOW: Timestamp = Timestamp::constant(1_784_500_000, 0);

/// An empty archive in a folder that goes with the test.
pub(super) fn open_temporary() -> (TempDir, Archive) {
    let dir = TempDir::new().expect("folder");
    let archive = Archive::open(dir.path(), NOW).expect("archive");
    (dir, archive)
}
