//! The words of a dossier's page, by language.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Section `[dossier]` of a language's words. Holes stand in braces.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct DossierWords {
    pub kind: String,
    pub lead: String,
    pub of_network: String,
    pub year: String,
    pub predecessor: String,
    pub successor: String,
    pub states: String,
    pub member: String,
    pub state_heading: String,
    pub day: String,
    pub outcome: String,
    pub differs: String,
    pub items: String,
    pub differs_yes: String,
    pub differs_no: String,
    pub timeline: String,
    pub timeline_note: String,
    pub joined: String,
    pub comparison: String,
    pub comparison_note: String,
    pub of_proposal: String,
    pub of_decision: String,
    pub model: String,
    pub model_of: String,
    pub similarity: String,
    pub same_as_model: String,
    pub none: String,
    pub sum: String,
    pub feeds: String,
    /// By [`crate::model::dossier::JoinMethod::word`].
    pub method: BTreeMap<String, String>,
    /// By [`crate::model::dossier::MemberState::word`].
    pub state: BTreeMap<String, String>,
    /// By [`crate::model::dossier::UnknownReason::word`].
    pub why: BTreeMap<String, String>,
}
