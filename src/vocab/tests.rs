//! The built-in vocabulary.

use super::*;

#[test]
fn the_embedded_vocabulary_is_whole() {
    let vocabulary = Vocabulary::parse(EMBEDDED).expect("embedded vocabulary");
    assert!(
        vocabulary
            .labels()
            .iter()
            .any(|l| l.role == Role::Decision && l.text == "Päätös")
    );
    assert_eq!(
        vocabulary.kind("PÖYTÄKIRJA"),
        Some((Stage::Minutes, Lang::Fi))
    );
    assert_eq!(
        vocabulary.kind("Föredragningslista"),
        Some((Stage::Agenda, Lang::Sv))
    );
}

#[test]
fn unknown_keys_are_refused() {
    let text = format!("{EMBEDDED}\n[wrods]\nx = \"y\"\n");
    assert!(
        Vocabulary::parse(&text)
            .expect_err("refused")
            .to_string()
            .contains("wrods")
    );
}

#[test]
fn longer_labels_come_before_their_beginnings() {
    let labels = Vocabulary::embedded().labels();
    let at = |text: &str| labels.iter().position(|l| l.text == text).expect("label");
    assert!(at("Päätösehdotus") < at("Päätös"));
    assert!(at("Valmistelijat / lisätiedot") < at("Valmistelijat"));
}

#[test]
fn no_label_has_two_roles() {
    let labels = Vocabulary::embedded().labels();
    for label in labels {
        let same = labels
            .iter()
            .filter(|other| other.text == label.text)
            .count();
        assert_eq!(same, 1, "{} stands in two roles", label.text);
    }
}

#[test]
fn offices_and_their_genitives() {
    let v = Vocabulary::embedded();
    assert!(v.is_office("Sivistysjohtaja") && v.is_office("Direktör"));
    assert!(!v.is_office("Lautakunta"));
    let office = v.office_from_genitive("Hyvinvointijohtajan");
    assert_eq!(office.as_deref(), Some("Hyvinvointijohtaja"));
    assert_eq!(
        v.office_from_genitive("Hallintopäällikön").as_deref(),
        Some("Hallintopäällikkö")
    );
    assert_eq!(v.office_from_genitive("Lautakunnan"), None);
}
