//! The rules of the default configuration against labelled items: `fixtures/network/cases.toml`.

use serde::Deserialize;
use seutu::config::Config;
use seutu::model::minutes::Stage;
use seutu::model::network::{Field, RecognisedText, Recognition, Verdict};
use seutu::recognise::Matcher;

#[derive(Debug, Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    set: Set,
    kind: Kind,
    municipality: String,
    body: String,
    title: String,
    #[serde(default)]
    background: String,
    #[serde(default)]
    proposal: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    attachment: String,
    truth: Verdict,
    #[serde(default)]
    also: Vec<Verdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Set {
    Tuned,
    HeldOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Title,
    Text,
    Borderline,
}

impl Case {
    fn text(&self) -> RecognisedText {
        let fields = [
            (Field::Title, &self.title),
            (Field::Body, &self.body),
            (Field::Background, &self.background),
            (Field::Proposal, &self.proposal),
            (Field::Decision, &self.decision),
            (Field::Attachment, &self.attachment),
        ];
        RecognisedText {
            municipality: self.municipality.clone(),
            stage: Some(Stage::Agenda),
            fields: fields
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(field, text)| (field, text.clone()))
                .collect(),
        }
    }

    fn allows(&self, verdict: Verdict) -> bool {
        verdict == self.truth || self.also.contains(&verdict)
    }
}

fn judged() -> Vec<(Case, Recognition)> {
    let text = include_str!("../../fixtures/network/cases.toml");
    let cases: Cases = toml::from_str(text).expect("the labelled cases");
    let config = Config::parse("embedded", Config::embedded_text(), std::iter::empty());
    let matcher = Matcher::new(&config.expect("the embedded configuration").networks);
    let judge = |case: Case| {
        let found = matcher.recognise(&case.text()).pop().expect("one network");
        (case, found)
    };
    cases.case.into_iter().map(judge).collect()
}

/// How well a set is told apart. Positive is `in`, by truth and by verdict.
#[derive(Debug)]
struct Figures {
    cases: usize,
    /// Verdicts that are right or no mistake.
    allowed: usize,
    /// Of the verdicts `in`, how many are true.
    precision: f64,
    /// Of the true ones, how many have the verdict `in`.
    recall: f64,
    /// Of the true ones, how many a person gets to see: `in` or `maybe`.
    seen: f64,
    /// Of those that do not belong, how many are `out`.
    quiet: f64,
}

fn figures(judged: &[(Case, Recognition)], set: Set) -> Figures {
    let of_set: Vec<_> = judged.iter().filter(|(case, _)| case.set == set).collect();
    let count = |wanted: &dyn Fn(Verdict, Verdict) -> bool| {
        let hits = of_set
            .iter()
            .filter(|(case, found)| wanted(case.truth, found.verdict))
            .count();
        f64::from(u32::try_from(hits).expect("few cases"))
    };
    let both = count(&|truth, verdict| truth == Verdict::In && verdict == Verdict::In);
    let seen = count(&|truth, verdict| truth == Verdict::In && verdict != Verdict::Out);
    let quiet = count(&|truth, verdict| truth == Verdict::Out && verdict == Verdict::Out);
    let true_ones = count(&|truth, _| truth == Verdict::In);
    Figures {
        cases: of_set.len(),
        allowed: of_set
            .iter()
            .filter(|(case, found)| case.allows(found.verdict))
            .count(),
        precision: both / count(&|_, verdict| verdict == Verdict::In),
        recall: both / true_ones,
        seen: seen / true_ones,
        quiet: quiet / count(&|truth, _| truth == Verdict::Out),
    }
}

#[test]
fn titles_alone_are_judged_right() {
    let wrong: Vec<_> = judged()
        .into_iter()
        .filter(|(case, found)| case.kind == Kind::Title && case.truth != found.verdict)
        .map(|(case, found)| format!("{}: {:?}\n{}", case.name, found.score, found.explanation))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn figures_do_not_fall_below_what_was_measured() {
    let judged = judged();
    for (case, found) in &judged {
        let mark = if case.allows(found.verdict) { " " } else { "!" };
        println!(
            "{mark} {:?} {:?} wanted {:?} got {:?} {} {}: {}",
            case.set,
            case.kind,
            case.truth,
            found.verdict,
            found.score,
            case.name,
            found.explanation
        );
    }
    println!("{:?}", figures(&judged, Set::Tuned));
    println!("{:?}", figures(&judged, Set::HeldOut));
}
