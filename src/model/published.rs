//! What a published snapshot says of itself: the content of `latest.json`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// The snapshot that is published now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Number of the last event in it: the cursor of readers that follow the archive.
    pub seq: i64,
    /// When it was made, in whole seconds.
    pub built_at: Timestamp,
    /// Bytes.
    pub size: u64,
    /// SHA-256 as lower-case hex.
    pub sha256: String,
    /// Version of its schema.
    pub user_version: u32,
    /// Items in it, withdrawn ones included.
    pub items: u32,
    /// Where exactly these bytes are, as long as this or the next snapshot is the newest.
    pub url: Url,
}

/// Folder, below the public one, of snapshots under names of their own.
pub const EDITIONS: &str = "snapshots";

impl Published {
    /// Name of the file below the public folder: no other bytes ever stand under it.
    pub fn edition(&self) -> String {
        edition(self.seq, &self.sha256)
    }
}

/// Name, below the public folder, of the snapshot with these contents.
pub fn edition(seq: i64, sha256: &str) -> String {
    format!("{EDITIONS}/archive-{seq}-{sha256}.db")
}

/// The last event and the SHA-256 that the name of an edition says.
pub fn told_by(edition: &str) -> Option<(i64, &str)> {
    let name = edition.strip_prefix(EDITIONS)?.strip_prefix("/archive-")?;
    let (seq, hash) = name.strip_suffix(".db")?.split_once('-')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let seq = seq.parse().ok()?;
    is_hash.then_some((seq, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_edition_says_its_hash_and_nothing_else_is_one() {
        let hash = "0f".repeat(32);
        assert_eq!(told_by(&edition(12, &hash)), Some((12, hash.as_str())));
        for other in [
            "archive.db",
            "snapshots/archive-1-abc.db",
            "snapshots/../archive.db",
            &format!("snapshots/archive-x-{hash}.db"),
            &format!("snapshots/archive-1-{hash}.db.new"),
            &format!("snapshots/archive-1-{}.db", hash.to_uppercase()),
        ] {
            assert_eq!(told_by(other), None, "{other}");
        }
    }
}
