//! Copies for readers: one file at any path, or the public folder with its list of hashes.
//!
//! A copy is in rollback-journal mode and never changes: whoever may read it can open it, without the daemon, without
//! its group and without a `-wal` file.

mod concealed;
mod copy;
mod file;
mod folder;
mod staging;

use std::sync::Arc;

pub(super) use concealed::Concealed;
pub use copy::CopyFacts;
pub(super) use copy::watch;
pub use file::snapshot;
pub use folder::{Beside, Edition, PublicFile, PublicFolder};

/// Says whether a copy that is being made should be given up.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Keys of `meta` that only a copy has.
pub(super) const SNAPSHOT_KEYS: [&str; 9] = [
    "built_at",
    "generator_version",
    "event_seq",
    "items",
    "municipalities",
    "first_day",
    "last_day",
    "notice_en",
    "notice_fi",
];
