//! What deriving again came to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::archive::DerivedVersion;
use crate::decide::page::changed_fields;
use crate::model::ids::Uid;
use crate::model::item::VersionRecord;

/// What deriving again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rederived {
    /// Items that an interrupted run had done before this one went on.
    #[serde(default)]
    pub passed: u32,
    /// Rows that are not what was written and were taken for true.
    #[serde(default)]
    pub accepted: usize,
    /// Items whose originals were read.
    pub items: u32,
    /// Items whose texts differ now.
    pub changed: Vec<Uid>,
    /// In how many of them each field differs. Beside fields: `versions` where there are more or fewer, `record`
    /// where only the reader or an instant differs, `unreadable` where what was stored could not be read, `pdf_text`
    /// for each kept file whose text differs.
    #[serde(default)]
    pub fields: BTreeMap<String, u32>,
    /// Items that are listed differently now, or were not found in their list before.
    #[serde(default)]
    pub listed: Vec<Uid>,
    /// Meetings that their lists say something else of now.
    #[serde(default)]
    pub meetings: u32,
    /// Items of which no original can be read by today's reader; they keep their texts.
    pub unreadable: Vec<Uid>,
    /// Items of which an original is missing, erased or damaged; they keep their texts.
    #[serde(default)]
    pub incomplete: Vec<Uid>,
    /// Originals that should be there and are missing or damaged; what was erased is not among them.
    #[serde(default)]
    pub damaged: u32,
    /// Items that were taken down; nothing is derived for them.
    #[serde(default)]
    pub taken_down: Vec<Uid>,
    /// Items that were judged by other rules before.
    pub judged: u32,
}

impl Rederived {
    /// An item that cannot be read stays as it is; it is named once.
    pub(super) fn leave(&mut self, uid: Uid) {
        if !self.unreadable.contains(&uid) {
            self.unreadable.push(uid);
        }
    }

    /// A kept file whose text differs.
    pub(super) fn count_file(&mut self) {
        *self.fields.entry("pdf_text".to_owned()).or_default() += 1;
    }
}

/// Names of what differs between stored and derived versions.
pub(super) fn differing(
    stored: Option<&[VersionRecord]>,
    derived: &[DerivedVersion],
) -> BTreeSet<String> {
    let Some(stored) = stored else {
        return BTreeSet::from(["unreadable".to_owned()]);
    };
    let mut names: BTreeSet<String> = stored
        .iter()
        .zip(derived)
        .flat_map(|(stored, derived)| {
            changed_fields(&stored.fields, &stored.handlings, &derived.version.reading)
        })
        .collect();
    if stored.len() != derived.len() {
        names.insert("versions".to_owned());
    }
    if names.is_empty() {
        names.insert("record".to_owned());
    }
    names
}
