//! The members' texts beside the model text.

use crate::model::dossier::{DossierRecord, MemberWording, WordingComparison, WordingOf};
use crate::publish::{clean, diff};

use super::super::asked::Asked;
use super::super::item::{Badge, safe};
use super::super::words::Phrase;

/// Words left around a difference from the model.
const CONTEXT: usize = 10;

/// The texts of one kind.
pub(super) struct ComparisonBlock {
    pub(super) heading: &'static Phrase,
    pub(super) id: &'static str,
    pub(super) model: String,
    pub(super) model_of: String,
    pub(super) texts: Vec<WordingRow>,
}

/// One text beside the model.
pub(super) struct WordingRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) outcome: Option<Badge>,
    pub(super) similarity: String,
    /// `None` where it says what the model says.
    pub(super) difference: Option<String>,
}

/// Proposals first, as they came first.
pub(super) fn blocks(dossier: &DossierRecord, asked: &Asked) -> Vec<ComparisonBlock> {
    let compared = diff::wording::compare(dossier);
    compared
        .iter()
        .map(|compared| block(compared, asked))
        .collect()
}

fn block(compared: &WordingComparison, asked: &Asked) -> ComparisonBlock {
    let words = &asked.language.words().dossier;
    let (heading, id) = match compared.of {
        WordingOf::Proposal => (&words.of_proposal, "proposals"),
        WordingOf::Decision => (&words.of_decision, "decisions"),
    };
    let of_the_model = compared
        .texts
        .iter()
        .filter(|text| compared.model_items.contains(&text.uid));
    let names: Vec<_> = of_the_model.map(|text| name(text, asked)).collect();
    ComparisonBlock {
        heading,
        id,
        model: safe(&compared.model),
        model_of: words.model_of.with("names", names.join(", ")).to_string(),
        texts: compared.texts.iter().map(|text| row(text, asked)).collect(),
    }
}

fn name(text: &MemberWording, asked: &Asked) -> String {
    let municipality = clean::line(&text.municipality);
    text.held_on.map_or(municipality.clone(), |day| {
        format!("{municipality} {}", asked.language.day(day))
    })
}

fn row(text: &MemberWording, asked: &Asked) -> WordingRow {
    let words = asked.language.words();
    let differs = !text.differences.is_empty();
    // Rounded down: only the same words are one hundred per cent.
    let percent = (text.similarity * 100.0).floor();
    WordingRow {
        name: name(text, asked),
        href: format!("{}items/{}", asked.home(), text.uid),
        outcome: Badge::outcome(text.outcome, words),
        similarity: words
            .dossier
            .similarity
            .with("percent", format!("{percent:.0}"))
            .to_string(),
        difference: differs.then(|| diff::html(&diff::elided(text.differences.clone(), CONTEXT))),
    }
}
