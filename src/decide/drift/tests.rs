//! A page is read again: what vanished by the markup is kept, what somebody took away is not.

use super::*;
use crate::decide::page::tests::{known_page, reading};

const PROPOSAL: &str =
    "Lautakunta hyväksyy toimintasuunnitelman liitteen mukaisena ja saattaa sen tiedoksi.";
const BACKGROUND: &str = "Suunnitelma on valmisteltu kuntien kesken syksyn aikana.\n\nSe koskee kolmea koulua ja yhtä päiväkotia.";
const DECISION: &str = "Hyväksyttiin.";
const PRESENTER: &str = "Sivistysjohtaja Maija Esimerkki";

fn read(stage: Stage) -> Reading {
    let mut read = reading(stage);
    read.item.background = Some(BACKGROUND.to_owned());
    read.item.proposal = Some(PROPOSAL.to_owned());
    read.item.presenter = Some(PRESENTER.to_owned());
    read
}

fn known(read: &Reading) -> DuePage {
    DuePage {
        stage: read.item.stage,
        version_no: 1,
        fields: Some(read.item.clone()),
        handlings: read.handlings.clone(),
        ..known_page()
    }
}

fn page(parts: &[&str]) -> String {
    let head = "Sivistyslautakunta\nPöytäkirja 10.11.2026/Pykälä 3\nToimintasuunnitelma\n";
    head.to_owned() + &parts.join("\n")
}

fn whole_page() -> String {
    page(&[
        "Esittelijä",
        PRESENTER,
        BACKGROUND,
        "Ehdoitus",
        PROPOSAL,
        "Päätös",
        DECISION,
    ])
}

fn drifts(reading: &Reading) -> Vec<&str> {
    let drift = reading
        .problems
        .iter()
        .filter(|p| p.kind == ProblemKind::Drift);
    drift.map(|p| p.detail.as_str()).collect()
}

#[test]
fn a_label_that_is_not_known_any_more_costs_no_field() {
    let before = read(Stage::Minutes);
    let mut now = before.clone();
    now.item.proposal = None;
    now.item.background = Some(format!("{BACKGROUND}\n\nEhdoitus\n\n{PROPOSAL}"));
    now.item.decision = Some("Hyväksyttiin yksimielisesti.".to_owned());
    assert!(lacks(&known(&before), &now));
    let kept = keep(&known(&before), now, &whole_page());
    assert_eq!(kept.item.proposal.as_deref(), Some(PROPOSAL));
    assert_eq!(
        kept.item.background.as_deref(),
        Some(BACKGROUND),
        "not swallowed"
    );
    let told = kept.item.decision.as_deref();
    assert_eq!(
        told,
        Some("Hyväksyttiin yksimielisesti."),
        "what could be read is new"
    );
    assert_eq!(drifts(&kept).len(), 1);
    assert!(
        drifts(&kept)[0].contains("as proposal,"),
        "{:?}",
        drifts(&kept)
    );
}

#[test]
fn a_header_that_is_not_found_keeps_its_fields() {
    let mut before = read(Stage::Minutes);
    before.item.section_no = Some(3);
    let mut now = before.clone();
    (now.item.stage, now.item.body, now.item.held_on) = (None, None, None);
    (now.item.section_no, now.item.decision) = (None, None);
    let kept = keep(&known(&before), now, &whole_page());
    assert_eq!(kept.item, before.item);
    assert!(drifts(&kept)[0].contains("as stage, body, held_on, section_no, decision,"));
}

#[test]
fn a_name_that_was_taken_away_stays_away() {
    let before = read(Stage::Minutes);
    let mut now = before.clone();
    now.item.presenter = None;
    let without = whole_page().replace(PRESENTER, "");
    let kept = keep(&known(&before), now.clone(), &without);
    assert_eq!(kept, now);
    // Of a field that vanished with the markup, the line with the name goes too.
    let named = format!("{BACKGROUND}\n\nOppilas Matti Malli siirtyy.");
    let mut before = before;
    before.item.background = Some(named);
    now.item.presenter = Some(PRESENTER.to_owned());
    now.item.background = None;
    let kept = keep(&known(&before), now, &whole_page());
    assert_eq!(kept.item.background.as_deref(), Some(BACKGROUND));
}

#[test]
fn a_text_that_is_gone_from_the_page_is_gone() {
    let before = read(Stage::Minutes);
    let mut now = before.clone();
    (now.item.background, now.item.proposal, now.item.decision) = (None, None, None);
    let kept = keep(
        &known(&before),
        now.clone(),
        &page(&["Esittelijä", PRESENTER]),
    );
    assert_eq!(kept, now);
}

#[test]
fn a_shorter_page_is_an_amendment() {
    let before = read(Stage::Minutes);
    let mut now = before.clone();
    now.item.background = Some("Suunnitelma on valmisteltu.".to_owned());
    now.item.presenter = None;
    assert_eq!(
        keep(
            &known(&before),
            now.clone(),
            &page(&["Suunnitelma on valmisteltu.", PROPOSAL])
        ),
        now
    );
}

#[test]
fn a_short_text_that_stands_elsewhere_in_its_own_right_is_no_drift() {
    let mut before = read(Stage::Minutes);
    before.item.presenter = Some("Rehtori".to_owned());
    before.item.preparer = Some("Rehtori".to_owned());
    let mut now = before.clone();
    now.item.presenter = None;
    let page = page(&["Valmistelija Rehtori", BACKGROUND, PROPOSAL, DECISION]);
    assert_eq!(keep(&known(&before), now.clone(), &page), now);
}

#[test]
fn minutes_that_come_may_say_it_elsewhere() {
    let before = read(Stage::Agenda);
    let mut now = read(Stage::Minutes);
    now.item.proposal = None;
    now.item.decision = Some(format!("{PROPOSAL}\n\nHyväksyttiin."));
    let kept = keep(&known(&before), now.clone(), &whole_page());
    assert_eq!(kept, now, "the decision repeats the proposal");
    // In no field at all: that is the markup.
    now.item.decision = Some(DECISION.to_owned());
    let kept = keep(&known(&before), now, &whole_page());
    assert_eq!(kept.item.proposal.as_deref(), Some(PROPOSAL));
    assert_eq!(kept.item.stage, Some(Stage::Minutes));
    assert_eq!(kept.item.decision.as_deref(), Some(DECISION));
}

#[test]
fn an_agenda_that_becomes_minutes_is_no_drift() {
    let before = known(&read(Stage::Agenda));
    let now = read(Stage::Minutes);
    assert!(!lacks(&before, &now));
    let mut reworded = now;
    reworded.item.proposal = None;
    reworded.item.proceedings = Some("Esittelijä muutti ehdotustaan kokouksessa.".to_owned());
    let page = page(&[
        BACKGROUND,
        "Esittelijä muutti ehdotustaan kokouksessa.",
        DECISION,
        PRESENTER,
    ]);
    assert_eq!(keep(&before, reworded.clone(), &page), reworded);
}

#[test]
fn lists_and_handlings_are_kept_while_the_page_tells_them() {
    let mut before = read(Stage::Minutes);
    before.item.diary_numbers = vec!["85/12.00.00/2026".to_owned()];
    before.handlings = vec![Handling {
        decision: Some("Lautakunta päätti palauttaa asian uudelleen valmisteltavaksi.".to_owned()),
        ..Handling::default()
    }];
    let mut now = before.clone();
    now.item.diary_numbers.clear();
    now.handlings.clear();
    let shown = whole_page()
        + "\n85/12.00.00/2026\nLautakunta päätti palauttaa asian uudelleen valmisteltavaksi.";
    let kept = keep(&known(&before), now.clone(), &shown);
    assert_eq!(
        (&kept.item, &kept.handlings),
        (&before.item, &before.handlings)
    );
    let kept = keep(&known(&before), now.clone(), &whole_page());
    assert_eq!(kept, now);
}

#[test]
fn an_outcome_comes_back_with_its_decision() {
    use crate::model::minutes::Outcome;
    let mut before = read(Stage::Minutes);
    before.item.outcome = Some(Outcome::Accepted);
    let mut now = before.clone();
    (now.item.decision, now.item.outcome) = (None, None);
    let kept = keep(&known(&before), now, &whole_page());
    assert_eq!(kept.item.outcome, Some(Outcome::Accepted));
}

#[test]
fn a_page_that_cannot_be_read_says_whether_it_is_the_markup() {
    let before = known(&read(Stage::Minutes));
    assert!(unread(&before, &whole_page()).is_some());
    assert_eq!(
        unread(&before, "Huoltokatko\nSivistyslautakunta\nHyväksyttiin."),
        None
    );
    assert_eq!(
        unread(&known_page(), &whole_page()),
        None,
        "nothing was read before"
    );
}

#[test]
fn something_else_that_is_taken_for_the_title_overwrites_nothing() {
    let mut before = read(Stage::Minutes);
    before.item.section_no = Some(3);
    let mut now = before.clone();
    now.item.title = Some("Toimielimet".to_owned());
    now.item.background = Some(format!("Valikko\n\nToimintasuunnitelma\n\n{BACKGROUND}"));
    assert!(lacks(&known(&before), &now));
    let kept = keep(&known(&before), now.clone(), &whole_page());
    assert_eq!(kept.item, before.item);
    assert!(drifts(&kept)[0].contains("title, "), "{:?}", drifts(&kept));
    now.item.background = Some("Valikko".to_owned());
    let kept = keep(&known(&before), now.clone(), &whole_page());
    assert_eq!(kept.item, before.item);
    // The number of the section became a part of the title.
    now = before.clone();
    (now.item.title, now.item.section_no) = (Some("Nro 3 Toimintasuunnitelma".to_owned()), None);
    let kept = keep(&known(&before), now.clone(), &whole_page());
    assert_eq!(kept.item, before.item);
    // The lists know the other title, or the page does not say the old one any more: an amendment.
    now = before.clone();
    now.item.title = Some("Vuosikello".to_owned());
    let renamed = DuePage {
        listed_title: "Vuosikello".to_owned(),
        ..known(&before)
    };
    assert!(!lacks(&renamed, &now));
    let page = whole_page().replace("\nToimintasuunnitelma", "\nVuosikello");
    let page = page.replace("toimintasuunnitelman", "vuosikellon");
    assert_eq!(keep(&known(&before), now.clone(), &page), now);
    now.item.title = Some("Toimintasuunnitelma, muutos".to_owned());
    assert!(!lacks(&known(&before), &now));
}
