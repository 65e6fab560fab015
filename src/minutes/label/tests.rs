//! Labels where they are and where they only look like it.

use super::*;
use crate::model::page::{Block, BlockKind, Run};

fn runs(texts: &[(&str, bool)]) -> Line {
    let runs = texts
        .iter()
        .map(|(text, bold)| Run {
            text: (*text).to_owned(),
            bold: *bold,
        })
        .collect();
    Line::of(&Block {
        kind: BlockKind::Paragraph,
        runs,
        continues: false,
    })
}

fn of(line: &Line) -> Option<(Role, String)> {
    find(line, Vocabulary::embedded()).map(|found| (found.role, found.value.shown()))
}

fn is(text: &str, role: Role, value: &str) {
    assert_eq!(
        of(&Line::plain(text)),
        Some((role, value.to_owned())),
        "{text}"
    );
}

#[test]
fn labels_with_values() {
    is(
        "Päätös Ehdotus hyväksyttiin.",
        Role::Decision,
        "Ehdotus hyväksyttiin.",
    );
    is("PÄÄTÖS: hyväksyttiin", Role::Decision, "hyväksyttiin");
    is("Päätös", Role::Decision, "");
    is(
        "Päätös\tpäätti palauttaa",
        Role::Decision,
        "päätti palauttaa",
    );
    is(
        "Päätösehdotus Lautakunta päättää",
        Role::Proposal,
        "Lautakunta päättää",
    );
    is(
        "Valmistelijat ja lisätiedot (etunimi.sukunimi@kunta.example):",
        Role::Preparer,
        "",
    );
    is(
        "Valmistelija hallintojohtaja Eero Esimerkki",
        Role::Preparer,
        "hallintojohtaja Eero Esimerkki",
    );
    is(
        "Päätös Päätös tarkastetaan heti.",
        Role::Decision,
        "Päätös tarkastetaan heti.",
    );
    is(
        "Beslut: Förslaget godkändes.",
        Role::Decision,
        "Förslaget godkändes.",
    );
    is("Asia: Kaava", Role::Background, "Kaava");
}

#[test]
fn sentences_are_no_labels() {
    for text in [
        "Päätös tarkastetaan heti.",
        "Päätös on lainvoimainen.",
        "Ehdotus hyväksyttiin.",
        "Päätöksen mukaan toimitaan",
        "Kunnanjohtajan ehdotus hyväksyttiin yksimielisesti.",
        "Asia Kuopiossa eteni",
        "päätös: ei",
        "Liitteenä on kartta",
    ] {
        assert_eq!(of(&Line::plain(text)), None, "{text}");
    }
}

#[test]
fn seams_separate_glued_values_but_not_words() {
    assert_eq!(
        of(&runs(&[
            ("Valmistelija", false),
            ("hallintojohtaja Eero", false)
        ])),
        Some((Role::Preparer, "hallintojohtaja Eero".to_owned()))
    );
    assert_eq!(
        of(&runs(&[
            ("Päät", false),
            ("ös", false),
            ("Ehdotus hyväksyttiin.", false)
        ])),
        Some((Role::Decision, "Ehdotus hyväksyttiin.".to_owned()))
    );
    assert_eq!(
        of(&runs(&[
            ("Päätös", true),
            (" päätti palauttaa asian", false)
        ])),
        Some((Role::Decision, "päätti palauttaa asian".to_owned()))
    );
    assert_eq!(
        of(&runs(&[("Päätös", false), ("ten tiedoksianto", false)])),
        None
    );
    assert_eq!(
        of(&runs(&[("Päätös", false), (" tarkastetaan heti.", false)])),
        None
    );
}

#[test]
fn genitives_name_the_presenter() {
    let found = find(
        &Line::plain("Hyvinvointijohtajan (PH) ehdotus:"),
        Vocabulary::embedded(),
    )
    .expect("label");
    assert_eq!(found.presenter.as_deref(), Some("Hyvinvointijohtaja (PH)"));
    let found = find(
        &Line::plain("Lautakunnan päätösehdotus: Hyväksytään."),
        Vocabulary::embedded(),
    )
    .expect("label");
    assert_eq!(
        (found.presenter, found.value.shown()),
        (None, "Hyväksytään.".to_owned())
    );
    let found = find(
        &Line::plain("Teknisen toimen johtajan muutettu ehdotus"),
        Vocabulary::embedded(),
    );
    assert_eq!(
        found.and_then(|f| f.presenter).as_deref(),
        Some("Teknisen toimen johtaja")
    );
}

#[test]
fn presenters_stand_in_place_of_labels() {
    let v = Vocabulary::embedded();
    let got = presenter_in_place(
        &runs(&[
            ("Kaupunginjohtaja", false),
            ("Jaosto päättää asiasta.", false),
        ]),
        v,
    )
    .expect("presenter");
    assert_eq!(
        (got.presenter.as_deref(), got.value.shown().as_str()),
        (Some("Kaupunginjohtaja"), "Jaosto päättää asiasta.")
    );
    let got = presenter_in_place(
        &Line::plain("Direktör för bildning och välfärd Mikael Modell:"),
        v,
    )
    .expect("presenter");
    assert!(got.strong && got.value.is_blank());
    assert_eq!(
        presenter_in_place(&Line::plain("Kaupunginjohtaja ehdottaa: asia"), v),
        None
    );
}
