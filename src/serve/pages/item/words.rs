//! The words of an item's page, by language.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Section `[item]` of a language's words. Holes stand in braces.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct ItemWords {
    pub kind: String,
    pub unread: String,
    pub old_version: String,
    pub newest_version: String,
    pub proposal: String,
    pub decision: String,
    pub no_proposal: String,
    pub no_decision_agenda: String,
    pub no_decision_minutes: String,
    pub both: String,
    pub difference: String,
    pub same: String,
    pub difference_key: String,
    pub background: String,
    pub proceedings: String,
    pub votes: String,
    pub dissent: String,
    pub conflicts: String,
    pub competence: String,
    pub appeal: String,
    pub notified: String,
    pub facts: String,
    pub municipality: String,
    pub body: String,
    pub meeting_day: String,
    pub section: String,
    pub diary: String,
    pub stage: String,
    pub outcome: String,
    pub preparer: String,
    pub presenter: String,
    pub original: String,
    pub pdf: String,
    pub meeting: String,
    pub previous: String,
    pub next: String,
    pub dossiers: String,
    pub networks: String,
    pub belongs: String,
    pub maybe: String,
    pub by_rules: String,
    pub by_human: String,
    pub evidence: String,
    pub evidence_quote: String,
    pub evidence_rule: String,
    pub evidence_weight: String,
    pub attachments: String,
    pub attachment_gone: String,
    pub pages_one: String,
    pub pages: String,
    pub handlings: String,
    pub handling_unnamed: String,
    pub versions: String,
    pub versions_note: String,
    pub version: String,
    pub seen_from: String,
    pub seen_to: String,
    pub now: String,
    pub changed: String,
    pub first_text: String,
    pub hash: String,
    pub compare: String,
    pub changes: String,
    pub nothing_differs: String,
    pub citation: String,
    pub citation_text: String,
    pub body_unknown: String,
    pub day_unknown: String,
    pub machine: String,
    pub json: String,
    pub gone_title: String,
    pub gone: String,
    pub no_version: String,
    /// By [`crate::model::document::DocumentStatus::word`].
    pub status: BTreeMap<String, String>,
    /// By [`crate::model::minutes::AppealKind::word`].
    pub appeal_kind: BTreeMap<String, String>,
    /// By name of a field in `changed_fields`.
    pub field: BTreeMap<String, String>,
}

/// A text by a stored word; the word itself where a newer archive has one that is not known here.
pub(in crate::serve::pages) fn by_word<'w>(
    texts: &'w BTreeMap<String, String>,
    word: &'w str,
) -> &'w str {
    texts.get(word).map_or(word, String::as_str)
}
