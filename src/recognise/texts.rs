//! The sentences that explain a verdict: templates in `config/texts.toml`, filled with evidence.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::network::{Field, Verdict};

/// The templates; a faulty file leaves them empty, which a test forbids.
static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../config/texts.toml"))
        .map(|file| file.recognition)
        .unwrap_or_default()
});

/// The part of the file that is read here.
#[derive(Debug, Default, Deserialize)]
struct File {
    recognition: Texts,
}

/// The templates of `[recognition]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    r#in: String,
    maybe: String,
    out: String,
    out_weak: String,
    out_nothing: String,
    non_member: String,
    reason: String,
    and: String,
    comma: String,
    but: String,
    by_hand: BTreeMap<Verdict, String>,
    r#where: BTreeMap<Field, String>,
}

/// How many reasons of each side a sentence names.
const NAMED: usize = 3;

/// A reason as a sentence needs it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reason {
    /// Name of the rule.
    pub(super) rule: String,
    /// Field the words stand in.
    pub(super) field: Field,
    /// The found words.
    pub(super) words: String,
    /// What it adds.
    pub(super) weight: f64,
}

/// Whether the municipality is a member of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// It is.
    Member,
    /// It is not, so that the verdict cannot be better than `maybe`.
    Stranger,
}

/// One Finnish sentence that says that a person decided, for verdicts without a reason of their own.
pub fn by_hand(verdict: Verdict) -> &'static str {
    TEXTS.by_hand.get(&verdict).map_or("", String::as_str)
}

/// One Finnish sentence that says why; `reasons` stand strongest first.
pub(super) fn explanation(
    verdict: Verdict,
    membership: Membership,
    municipality: &str,
    reasons: &[Reason],
) -> String {
    let texts = &*TEXTS;
    let (speaking_for, against): (Vec<_>, Vec<_>) =
        reasons.iter().partition(|reason| reason.weight > 0.0);
    let pro = joined(&speaking_for);
    let contra = joined(&against);
    let both = [pro.clone(), contra.clone()];
    let both: Vec<_> = both.into_iter().filter(|side| !side.is_empty()).collect();
    let both = both.join(&texts.but);
    let (template, said) = match verdict {
        Verdict::In => (&texts.r#in, both),
        Verdict::Maybe if membership == Membership::Stranger => {
            let said = fill(
                &texts.non_member,
                &[("municipality", municipality), ("reasons", &pro)],
            );
            (&texts.maybe, said)
        }
        Verdict::Maybe => (&texts.maybe, both),
        Verdict::Out if !contra.is_empty() => (&texts.out, contra),
        Verdict::Out if pro.is_empty() => (&texts.out_nothing, String::new()),
        Verdict::Out => (&texts.out_weak, pro),
    };
    fill(template, &[("reasons", &said)])
}

/// `a, b and c` of the strongest reasons.
fn joined(reasons: &[&Reason]) -> String {
    let said: Vec<_> = telling(reasons).take(NAMED).map(said).collect();
    match said.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => [before.join(&TEXTS.comma), last.clone()].join(&TEXTS.and),
    }
}

/// The reasons whose words no stronger reason quotes already.
fn telling<'r>(reasons: &'r [&Reason]) -> impl Iterator<Item = &'r Reason> {
    let lower = |reason: &Reason| reason.words.to_lowercase();
    reasons.iter().enumerate().filter_map(move |(no, reason)| {
        let said_before = reasons.iter().take(no).any(|stronger| {
            stronger.field == reason.field && lower(stronger).contains(&lower(reason))
        });
        (!said_before).then_some(*reason)
    })
}

fn said(reason: &Reason) -> String {
    let place = TEXTS.r#where.get(&reason.field).map_or("", String::as_str);
    let filled = [
        ("where", place),
        ("rule", &reason.rule),
        ("words", &reason.words),
    ];
    fill(&TEXTS.reason, &filled)
}

/// Fills the braces of a template in one pass, so that braces in quoted text stay as they are.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (key, after) = after.split_once('}').unwrap_or((after, ""));
        out.extend(
            values
                .iter()
                .filter(|(name, _)| *name == key)
                .map(|(_, value)| *value),
        );
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(rule: &str, field: Field, words: &str, weight: f64) -> Reason {
        Reason {
            rule: rule.into(),
            field,
            words: words.into(),
            weight,
        }
    }

    #[test]
    fn every_text_is_there() {
        let file: File = toml::from_str(include_str!("../../config/texts.toml")).expect("texts");
        let texts = file.recognition;
        for field in Field::ALL {
            assert!(texts.r#where.contains_key(&field), "{field:?}");
        }
        for verdict in [Verdict::In, Verdict::Maybe, Verdict::Out] {
            assert!(by_hand(verdict).ends_with('.'), "{verdict:?}");
        }
        for template in [
            texts.r#in,
            texts.maybe,
            texts.out,
            texts.out_weak,
            texts.non_member,
        ] {
            assert!(template.contains("{reasons}"), "{template}");
        }
    }

    #[test]
    fn sentences_name_places_words_and_rules() {
        let pro = reason(
            "verkoston nimi",
            Field::Title,
            "seudullisen {verkoston}",
            8.0,
        );
        let more = reason("ohjausryhmä", Field::Background, "ohjausryhmä", 2.0);
        let contra = reason("muu seutu", Field::Title, "Nivalan", -8.0);
        let said = |verdict, reasons: &[Reason]| {
            explanation(verdict, Membership::Member, "Lahti", reasons)
        };
        assert_eq!(
            said(Verdict::In, &[pro.clone(), more.clone()]),
            "Kuuluu verkostoon: otsikossa sanotaan ”seudullisen {verkoston}” (verkoston nimi) ja \
             selostuksessa sanotaan ”ohjausryhmä” (ohjausryhmä)."
        );
        let part = reason("seudullisuus", Field::Title, "Seudullisen", 1.0);
        let named_once = said(Verdict::In, std::slice::from_ref(&pro));
        assert_eq!(said(Verdict::In, &[pro.clone(), part]), named_once);
        assert_eq!(
            said(Verdict::Maybe, &[pro.clone(), contra.clone()]),
            "Voi kuulua verkostoon, tarkistettava: otsikossa sanotaan ”seudullisen {verkoston}” \
             (verkoston nimi), mutta otsikossa sanotaan ”Nivalan” (muu seutu)."
        );
        assert_eq!(
            said(Verdict::Out, &[pro.clone(), contra]),
            "Ei kuulu verkostoon: otsikossa sanotaan ”Nivalan” (muu seutu)."
        );
        assert_eq!(
            said(Verdict::Out, &[more]),
            "Ei kuulu verkostoon, koska viitteitä on liian vähän: selostuksessa sanotaan \
             ”ohjausryhmä” (ohjausryhmä)."
        );
        assert_eq!(
            said(Verdict::Out, &[]),
            "Ei kuulu verkostoon: mikään tunnistussääntö ei täyttynyt."
        );
        assert_eq!(
            explanation(Verdict::Maybe, Membership::Stranger, "Pyhäjärvi", &[pro]),
            "Voi kuulua verkostoon, tarkistettava: Pyhäjärvi ei ole verkoston jäsen, mutta \
             otsikossa sanotaan ”seudullisen {verkoston}” (verkoston nimi)."
        );
    }
}
