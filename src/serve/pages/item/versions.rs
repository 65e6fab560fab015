//! The versions of an item in rows, and what differs between two of them.

use crate::model::item::VersionRecord;
use crate::publish::diff::{self, Run};

use super::super::language::{Moment, PageLanguage};
use super::super::words::{ItemWords, Phrase};
use super::Link;
use super::view::View;

/// Words left around a change in a field.
const CONTEXT: usize = 12;
/// Letters of a hash that tell texts apart at a glance.
const SHORT: usize = 12;

/// One version.
pub(super) struct VersionRow {
    pub(super) number: u32,
    pub(super) stage: Option<&'static Phrase>,
    pub(super) from: Moment,
    pub(super) to: Option<Moment>,
    pub(super) changed: String,
    pub(super) compare: Option<Link>,
    pub(super) hash: String,
    pub(super) short_hash: String,
}

/// What differs from one version to another.
pub(super) struct Changes {
    pub(super) heading: String,
    pub(super) rows: Vec<ChangeRow>,
}

/// One field that differs.
pub(super) struct ChangeRow {
    pub(super) field: String,
    pub(super) html: String,
}

/// Rows, the newest first.
pub(super) fn rows(versions: &[VersionRecord], language: PageLanguage) -> Vec<VersionRow> {
    let words = &language.words().item;
    let seen = |at| language.moment(at);
    let row = |version: &VersionRecord| {
        let before = version
            .version_no
            .checked_sub(1)
            .filter(|before| *before > 0);
        VersionRow {
            number: version.version_no,
            stage: version
                .stage
                .map(|stage| language.words().stage.of(stage.word())),
            from: seen(version.seen_from),
            to: version.seen_to.map(seen),
            changed: changed(version, words),
            compare: before.map(|before| Link {
                href: format!("?diff={before}..{}", version.version_no),
                text: words
                    .compare
                    .with("from", before)
                    .with("to", version.version_no)
                    .to_string(),
            }),
            short_hash: version.content_sha256.chars().take(SHORT).collect(),
            hash: version.content_sha256.clone(),
        }
    };
    versions.iter().rev().map(row).collect()
}

fn changed(version: &VersionRecord, words: &ItemWords) -> String {
    if version.version_no == 1 {
        return words.first_text.to_string();
    }
    let fields = version.changed_fields.iter();
    let named = fields.map(|field| words.field.of(field).as_str());
    named.collect::<Vec<_>>().join(", ")
}

/// The runs of a change, where words of the archive are those of people.
fn spelled(change: diff::FieldChange, language: PageLanguage) -> Vec<Run> {
    let words = language.words();
    let known = match change.field.as_str() {
        "stage" => &words.stage,
        "outcome" => &words.outcome,
        "appeal_kind" => &words.item.appeal_kind,
        _ => return change.runs,
    };
    let said = |word: String| known.of(word.trim()).to_string();
    let runs = change.runs.into_iter().map(|run| match run {
        Run::Same(word) => Run::Same(said(word)),
        Run::Removed(word) => Run::Removed(said(word)),
        Run::Added(word) => Run::Added(said(word)),
        elided @ Run::Elided(_) => elided,
    });
    runs.collect()
}

/// What differs, where that is asked for.
pub(super) fn changes(view: &View<'_>, language: PageLanguage) -> Option<Changes> {
    let words = &language.words().item;
    let View::Changes(before, after) = view else {
        return None;
    };
    let found = diff::fields(
        (&before.fields, &before.handlings),
        (&after.fields, &after.handlings),
    );
    let row = |change: diff::FieldChange| ChangeRow {
        field: words.field.of(&change.field).to_string(),
        html: diff::html(&diff::elided(spelled(change, language), CONTEXT)),
    };
    Some(Changes {
        heading: words
            .changes
            .with("from", before.version_no)
            .with("to", after.version_no)
            .to_string(),
        rows: found.into_iter().map(row).collect(),
    })
}
