//! The versions of an item in rows, and what differs between two of them.

use crate::model::item::VersionRecord;
use crate::publish::diff;

use super::words::{ItemWords, by_word};
use crate::serve::pages::moment;

/// Words left around a change in a field.
const CONTEXT: usize = 12;

/// One version.
pub(super) struct VersionRow {
    pub(super) number: u32,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) stage: Option<&'static str>,
    pub(super) changed: String,
    pub(super) hash: String,
    /// The version before it, to compare with.
    pub(super) before: Option<u32>,
}

/// One field that differs.
pub(super) struct ChangeRow {
    pub(super) field: String,
    pub(super) html: String,
}

/// Rows, the newest first.
pub(super) fn rows(versions: &[VersionRecord], words: &ItemWords) -> Vec<VersionRow> {
    let seen = |at| {
        let at = moment(at);
        format!("{} {}", at.day, at.time)
    };
    let row = |version: &VersionRecord| VersionRow {
        number: version.version_no,
        from: seen(version.seen_from),
        to: version.seen_to.map_or_else(|| words.now.clone(), seen),
        stage: version.stage.map(crate::model::minutes::Stage::word),
        changed: changed(version, words),
        hash: version.content_sha256.clone(),
        before: version.version_no.checked_sub(1).filter(|before| *before > 0),
    };
    versions.iter().rev().map(row).collect()
}

fn changed(version: &VersionRecord, words: &ItemWords) -> String {
    if version.version_no == 1 {
        return words.first_text.clone();
    }
    let fields = version.changed_fields.iter();
    fields
        .map(|field| by_word(&words.field, field))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What differs from one version to another.
pub(super) fn changes(
    before: &VersionRecord,
    after: &VersionRecord,
    words: &ItemWords,
) -> Vec<ChangeRow> {
    let found = diff::fields(
        (&before.fields, &before.handlings),
        (&after.fields, &after.handlings),
    );
    let row = |change: diff::FieldChange| ChangeRow {
        field: by_word(&words.field, &change.field).to_owned(),
        html: diff::html(&diff::elided(change.runs, CONTEXT)),
    };
    found.into_iter().map(row).collect()
}
