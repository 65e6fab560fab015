//! The rules of the default configuration against labelled items: `fixtures/recognition`.

mod another_network;
mod set;

use seutu::config::Config;
use seutu::model::minutes::Stage;
use seutu::model::network::{Field, RecognisedText, Recognition, Verdict};
use seutu::model::source::PlatformKind;
use seutu::recognise::Matcher;

use set::{Case, Counts, Judged, Level, Part, figures, judged, report};

const CONFIG: &str = "config/seutu.toml";
const ITEMS: &str = "fixtures/recognition";

/// What is printed of the figures: nothing, the part that may be looked at with its mistakes, or both
/// parts (of the held-out one the figures alone).
fn told(judged: &[Judged]) {
    let wanted = std::env::var("SEUTU_RECOGNITION_REPORT").unwrap_or_default();
    if wanted.is_empty() {
        return;
    }
    println!("{}", report(judged, Part::Tuned));
    if wanted != "tuned" {
        println!("{}", report(judged, Part::HeldOut));
    }
    for Judged { case, found } in judged {
        let is_miss = case.label == Verdict::In && found.verdict != Verdict::In;
        if case.part == Part::Tuned && (!case.allows(found.verdict) || is_miss) {
            let mark = if case.allows(found.verdict) { ' ' } else { '!' };
            let Recognition { verdict, score, .. } = found;
            let explanation = &found.explanation;
            println!(
                "{mark} {:?} {} {:?} -> {verdict:?} {score}: {explanation}",
                case.level, case.id, case.label
            );
        }
    }
}

fn share(counts: Counts) -> [f64; 2] {
    [counts.precision(), counts.recall()]
}

/// Precision and recall of `in`, then of `in` and `maybe`.
fn measured(judged: &[Judged], part: Part, is_wanted: fn(&Case) -> bool) -> [f64; 4] {
    let of_part = judged
        .iter()
        .filter(|Judged { case, .. }| case.part == part && is_wanted(case));
    let figures = figures(of_part);
    let ([a, b], [c, d]) = (share(figures.accepted), share(figures.shown));
    [a, b, c, d]
}

#[test]
fn titles_alone_are_judged_right() {
    let wrong: Vec<_> = judged(CONFIG, ITEMS)
        .into_iter()
        .filter(|Judged { case, .. }| case.part == Part::Tuned && case.level == Level::Title)
        .filter(|Judged { case, found }| !case.allows(found.verdict))
        .map(|Judged { case, found }| {
            format!("{}: {:?}\n{}", case.id, found.score, found.explanation)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A set by its name, which items it has, of which part, and what is measured of it at least.
type Floor = (&'static str, fn(&Case) -> bool, Part, [f64; 4]);

/// The floors are what was measured: of the held-out part once, after the rules were tuned on the other one.
/// All items are invented, so real ones will be judged somewhat worse.
#[test]
fn figures_do_not_fall_below_what_was_measured() {
    let judged = judged(CONFIG, ITEMS);
    told(&judged);
    let by_title: fn(&Case) -> bool = |case| case.level == Level::Title;
    let floors: [Floor; 8] = [
        ("title", by_title, Part::Tuned, [1.0, 1.0, 1.0, 1.0]),
        ("title", by_title, Part::HeldOut, [1.0, 1.0, 1.0, 1.0]),
        ("all", |_| true, Part::Tuned, [1.0, 0.99, 1.0, 1.0]),
        ("all", |_| true, Part::HeldOut, [0.96, 0.94, 0.92, 0.96]),
        (
            "easier",
            |case| !case.is_harder,
            Part::Tuned,
            [1.0, 0.98, 1.0, 1.0],
        ),
        (
            "easier",
            |case| !case.is_harder,
            Part::HeldOut,
            [0.97, 0.94, 0.97, 0.97],
        ),
        (
            "harder",
            |case| case.is_harder,
            Part::Tuned,
            [1.0, 1.0, 1.0, 1.0],
        ),
        (
            "harder",
            |case| case.is_harder,
            Part::HeldOut,
            [0.94, 0.94, 0.8, 0.94],
        ),
    ];
    for (name, is_wanted, part, least) in floors {
        let now = measured(&judged, part, is_wanted);
        let holds = now.iter().zip(least).all(|(now, least)| *now >= least);
        assert!(holds, "{part:?} {name}: {now:?} instead of {least:?}");
    }
}

#[test]
fn the_set_is_large_and_wide_enough_and_a_third_is_held_out() {
    let cases = set::cases(ITEMS);
    let count = |is_wanted: &dyn Fn(&Case) -> bool| cases.iter().filter(|c| is_wanted(c)).count();
    let near = [
        "other_network",
        "other_region",
        "ownership",
        "mention",
        "trip",
        "advisory",
        "look_alike",
    ];
    assert!(count(&|_| true) >= 300);
    assert!(count(&|case| case.label == Verdict::In) >= 80);
    assert!(count(&|case| near.contains(&case.class.as_str())) >= 80);
    assert!(count(&|case| case.class == "ordinary") >= 60);
    assert!(count(&|case| !case.why.is_empty()) >= 80);
    for class in ["title", "body_text", "attachment", "swedish", "borderline"]
        .iter()
        .chain(&near)
    {
        assert!(count(&|case| case.class == *class) >= 5, "{class}");
    }
    for platform in PlatformKind::ALL
        .iter()
        .filter(|kind| **kind != PlatformKind::Feed)
    {
        assert!(
            count(&|case| case.platform == platform.word()) >= 20,
            "{platform:?}"
        );
    }
    assert!(count(&|case| case.part == Part::HeldOut) * 3 >= cases.len());
    let mut ids: Vec<_> = cases.iter().map(|case| &case.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), cases.len());
    let texts: Vec<_> = cases.iter().map(Case::text).collect();
    let twice = texts
        .iter()
        .enumerate()
        .find(|(no, text)| texts[..*no].contains(text));
    assert_eq!(twice, None);
}

#[test]
fn every_verdict_is_explained_in_one_sentence_with_quotes_from_the_text() {
    for Judged { case, found } in judged(CONFIG, ITEMS) {
        let sentence = &found.explanation;
        assert!(
            sentence.ends_with('.') && !sentence.contains(['{', '}', '\n']),
            "{}",
            case.id
        );
        assert!(
            found.verdict == Verdict::Out || found.evidence.iter().any(|e| e.weight > 0.0),
            "{} has no evidence",
            case.id
        );
        for evidence in &found.evidence {
            let fields = case.text().fields.into_iter();
            let mut texts = fields.filter(|(field, _)| *field == evidence.field);
            let quote = evidence.quote.trim_matches('…');
            let stands = texts.any(|(_, text)| {
                let text: Vec<_> = text.split_whitespace().collect();
                text.join(" ").contains(quote)
            });
            assert!(stands && !quote.is_empty(), "{}", case.id);
            assert!(evidence.quote.chars().count() <= 200, "{}", case.id);
        }
        if let (Some(strongest), Verdict::In) = (found.evidence.first(), found.verdict) {
            assert!(sentence.contains(&strongest.rule), "{}", case.id);
        }
    }
}

#[test]
fn a_proposal_counts_like_a_decision() {
    let config = Config::parse("embedded", Config::embedded_text(), std::iter::empty());
    let matcher = Matcher::new(&config.expect("the embedded configuration").networks);
    let text =
        "Lautakunta hyväksyy sivistyspalvelujen seudullisen kehittämisverkoston suunnitelman.";
    let judge = |stage, field| {
        let fields = vec![(field, text.to_owned())];
        let item = RecognisedText {
            municipality: "Lahti".to_owned(),
            stage: Some(stage),
            fields,
        };
        matcher.recognise(&item).pop().expect("one network").score
    };
    let agenda = judge(Stage::Agenda, Field::Proposal);
    assert!(agenda > 5.0);
    assert!((agenda - judge(Stage::Minutes, Field::Decision)).abs() < f64::EPSILON);
}
