//! The Finnish texts of published documents, from `config/texts.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::minutes::{Outcome, Stage};

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and a test reads it"
    )]
    let file: File = toml::from_str(include_str!("../../config/texts.toml"))
        .expect("config/texts.toml has every text of [publish]");
    file.publish
});

/// The texts built into the program.
pub fn texts() -> &'static Texts {
    &TEXTS
}

/// The file; other sections belong to other modules.
#[derive(Deserialize)]
struct File {
    publish: Texts,
}

/// Section `[publish]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Title of the feed of everything.
    pub all_title: String,
    /// Subtitle of the feed of everything.
    pub all_subtitle: String,
    /// Subtitle of a network without a description.
    pub network_subtitle: String,
    /// Subtitle of the feed of a municipality.
    pub municipality_subtitle: String,
    /// Subtitle of the feed of a dossier.
    pub dossier_subtitle: String,
    /// Who publishes the merged feed.
    pub author: String,
    /// Rights statement.
    pub rights: String,
    /// Says that the page was not read yet.
    pub unread: String,
    /// Stands in for the title of a withdrawn item.
    pub withdrawn_title: String,
    /// Says that the item was withdrawn.
    pub withdrawn: String,
    /// Says that minutes have no decision text.
    pub no_decision: String,
    /// Says that an agenda has no proposal text.
    pub no_proposal: String,
    /// Introduces a proposal; `{text}`.
    pub proposed: String,
    /// Section number (pykälä); `{number}`.
    pub section: String,
    /// Diary numbers; `{numbers}`.
    pub diary: String,
    /// Says that a text was cut.
    pub cut: String,
    /// Introduces the reason of a doubtful verdict; `{explanation}`.
    pub doubtful: String,
    /// Title of a day in a digest; `{day}`, `{count}`.
    pub digest_title: String,
    /// What a day in a digest says in a line; `{day}`, `{count}`.
    pub digest_summary: String,
    /// What is put behind the name of a feed to name its digest; `{name}`.
    pub digest_name: String,
    /// Name of an archived month of a feed; `{name}`, `{month}`.
    pub archive_name: String,
    /// Title of the calendar of everything.
    pub calendar_title: String,
    /// When the papers of a meeting were published; `{day}`.
    pub calendar_published: String,
    /// Title of the list of feeds.
    pub opml_title: String,
    /// The networks' feeds, in that list.
    pub opml_networks: String,
    /// The municipalities' feeds.
    pub opml_municipalities: String,
    /// The feeds of the sources themselves.
    pub opml_sources: String,
    /// Headings.
    pub heading: Headings,
    stage: BTreeMap<String, String>,
    outcome: BTreeMap<String, String>,
}

/// Headings of the parts of an entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headings {
    /// Decision (päätös).
    pub decision: String,
    /// Proposal (päätösehdotus).
    pub proposal: String,
    /// From the proposal to the decision.
    pub difference: String,
    /// From the decision as it was to the decision as it is.
    pub amendment: String,
    /// Background (selostus).
    pub background: String,
    /// Why the item belongs to a network.
    pub evidence: String,
    /// Attachments (liitteet).
    pub attachments: String,
    /// The link to the municipality's page.
    pub original: String,
}

impl Texts {
    /// Name of a stage.
    pub fn stage(&self, stage: Stage) -> &str {
        self.stage
            .get(stage.word())
            .map_or(stage.word(), String::as_str)
    }

    /// Name of an outcome.
    pub fn outcome(&self, outcome: Outcome) -> &str {
        self.outcome
            .get(outcome.word())
            .map_or(outcome.word(), String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_and_outcome_has_a_finnish_name() {
        for stage in Stage::ALL {
            assert_ne!(texts().stage(*stage), stage.word());
        }
        for outcome in Outcome::ALL {
            assert_ne!(texts().outcome(*outcome), outcome.word());
        }
        assert_eq!(texts().outcome.len(), Outcome::ALL.len());
    }

    #[test]
    fn placeholders_are_where_the_code_fills_them() {
        let texts = texts();
        for (text, hole) in [
            (&texts.proposed, "{text}"),
            (&texts.section, "{number}"),
            (&texts.diary, "{numbers}"),
            (&texts.doubtful, "{explanation}"),
            (&texts.digest_title, "{day}"),
            (&texts.digest_name, "{name}"),
            (&texts.archive_name, "{month}"),
            (&texts.calendar_published, "{day}"),
        ] {
            assert!(text.contains(hole), "{text} lacks {hole}");
        }
    }
}
