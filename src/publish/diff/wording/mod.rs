//! The texts of a dossier held against each other: which wording most share, and how each differs from it. Pure.

use std::collections::BTreeMap;

use super::{compare as differences, likeness};
use crate::model::dossier::{
    DossierItem, DossierRecord, MemberWording, WordingComparison, WordingOf,
};

/// Texts of which a model is sought by comparing each with each; the rest is only held against it.
const MODELLED: usize = 40;

/// The proposals, and the decisions, of a dossier held against their models; a kind nobody has is left out.
pub fn compare(dossier: &DossierRecord) -> Vec<WordingComparison> {
    let kinds = WordingOf::ALL.iter();
    kinds.filter_map(|of| comparison(dossier, *of)).collect()
}

fn comparison(dossier: &DossierRecord, of: WordingOf) -> Option<WordingComparison> {
    let said = dossier
        .items
        .iter()
        .filter_map(|item| Some((item, text(item, of)?)));
    let said: Vec<(&DossierItem, &str)> = said.collect();
    let model = model(&said.iter().map(|(_, text)| *text).collect::<Vec<_>>())?;
    let same = said.iter().filter(|(_, text)| plain(text) == plain(model));
    Some(WordingComparison {
        of,
        model: model.to_owned(),
        model_items: same.map(|(item, _)| item.item.uid.clone()).collect(),
        texts: said
            .iter()
            .map(|(item, text)| wording(item, text, model))
            .collect(),
    })
}

fn text(item: &DossierItem, of: WordingOf) -> Option<&str> {
    let fields = item.item.fields.as_ref()?;
    let text = match of {
        WordingOf::Proposal => &fields.proposal,
        WordingOf::Decision => &fields.decision,
    };
    text.as_deref().filter(|text| !text.trim().is_empty())
}

fn wording(item: &DossierItem, text: &str, model: &str) -> MemberWording {
    let is_same = plain(text) == plain(model);
    MemberWording {
        uid: item.item.uid.clone(),
        municipality: item.item.municipality.clone(),
        body: item.item.body.clone(),
        held_on: item.item.held_on,
        outcome: item.item.outcome,
        text: text.to_owned(),
        similarity: if is_same { 1.0 } else { likeness(model, text) },
        differences: if is_same {
            vec![]
        } else {
            differences(model, text)
        },
    }
}

/// The words alone: how they are broken into lines says nothing.
fn plain(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The text that most share, if any two do; else, and of several shared as often, the one nearest to all others. The
/// first of equals.
fn model<'t>(texts: &[&'t str]) -> Option<&'t str> {
    let texts = texts.get(..MODELLED).unwrap_or(texts);
    let mut counted: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for text in texts {
        *counted.entry(plain(text)).or_default() += 1;
    }
    let most = counted.values().copied().max()?;
    let shared = texts
        .iter()
        .filter(|text| counted.get(&plain(text)) == Some(&most));
    let mut best: Option<(f64, &str)> = None;
    for text in shared {
        let near: f64 = texts.iter().map(|other| likeness(text, other)).sum();
        if best.is_none_or(|(known, _)| near > known) {
            best = Some((near, text));
        }
    }
    best.map(|(_, text)| text)
}

#[cfg(test)]
mod tests;
