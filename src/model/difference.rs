//! What differs between two texts, stretch by stretch.

use serde::Serialize;

/// A stretch of a comparison. Words stand apart by one space, lines by line feeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "snake_case")]
pub enum Run {
    /// In both texts.
    Same(String),
    /// In the first text only.
    Removed(String),
    /// In the second text only.
    Added(String),
    /// So many words that are in both and are left out.
    Elided(usize),
}
