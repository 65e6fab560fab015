//! Handlings without headers.

use super::*;

/// The lines that stay, and how many lines each earlier handling has; a `#` marks a heading.
fn taken(stage: Option<Stage>, texts: &[&str]) -> (Vec<String>, Vec<usize>) {
    let lines: Vec<Line> = texts
        .iter()
        .map(|text| match text.strip_prefix('#') {
            Some(text) => Line {
                kind: BlockKind::Heading,
                ..Line::plain(text)
            },
            None => Line::plain(text),
        })
        .collect();
    let header = PageHeader {
        stage,
        ..PageHeader::default()
    };
    let (own, earlier) = take(&lines, &header, Vocabulary::embedded());
    let own = own.into_iter().map(|line| line.text).collect();
    (
        own,
        earlier.iter().map(|segment| segment.lines.len()).collect(),
    )
}

const BLOCK: [&str; 6] = [
    "#Valmistelija",
    "A B",
    "#Ehdotus",
    "Hyväksytään.",
    "#Päätös",
    "Hyväksyttiin.",
];

fn page(parts: &[&[&'static str]]) -> Vec<&'static str> {
    parts.concat()
}

#[test]
fn the_last_handling_is_the_pages_own() {
    let label: &[&str] = &["#Sopimus", "#Aikaisempi käsittely"];
    let texts = page(&[label, &BLOCK, &BLOCK, &BLOCK]);
    let (own, earlier) = taken(Some(Stage::Minutes), &texts);
    assert_eq!((own.len(), earlier), (7, vec![6, 6]));
    // without the label above them as well
    let (own, earlier) = taken(None, &page(&[&["#Sopimus"], &BLOCK, &BLOCK]));
    assert_eq!((own.len(), earlier), (7, vec![6]));
}

#[test]
fn an_agenda_has_no_decided_handling_of_its_own() {
    let label: &[&str] = &["Aikaisempi käsittely"];
    let texts = page(&[label, &BLOCK, &BLOCK[..4]]);
    for stage in [Some(Stage::Agenda), None] {
        let (own, earlier) = taken(stage, &texts);
        assert_eq!((own.len(), earlier), (4, vec![6]), "{stage:?}");
    }
    // the label stands only where there is a history
    let texts = page(&[label, &BLOCK]);
    for stage in [Some(Stage::Agenda), None] {
        assert_eq!(taken(stage, &texts), (vec![], vec![6]), "{stage:?}");
    }
    assert_eq!(taken(Some(Stage::Minutes), &texts).1, Vec::<usize>::new());
}

#[test]
fn labels_with_nothing_below_them_decide_nothing() {
    let texts = [
        "#Aikaisempi käsittely",
        "Ei ole.",
        "#Ehdotus",
        "Hyväksytään.",
        "#Päätös",
        "#Tiedoksi",
        "x",
    ];
    let (own, earlier) = taken(Some(Stage::Agenda), &texts);
    assert_eq!((own.len(), earlier), (5, vec![1]));
}

#[test]
fn reasons_and_quoted_decisions_are_text() {
    let texts = page(&[&BLOCK, &["Perustelut: matka on lyhyt.", "#Tiedoksi", "x"]]);
    assert_eq!(taken(Some(Stage::Minutes), &texts).1, Vec::<usize>::new());
    let quoted = [
        "#Perustelut",
        "Hallitus päätti:",
        "Päätös: Hylättiin.",
        "#Ehdotus",
        "Hyväksytään.",
    ];
    let texts = page(&[&quoted, &["#Päätös", "Hyväksyttiin."]]);
    assert_eq!(taken(Some(Stage::Minutes), &texts).1, Vec::<usize>::new());
    assert_eq!(taken(None, &quoted).1, Vec::<usize>::new());
}

#[test]
fn a_history_below_the_pages_own_handling_is_all_earlier() {
    let texts = page(&[&BLOCK, &["#Aikaisempi käsittely"], &BLOCK]);
    let (own, earlier) = taken(Some(Stage::Minutes), &texts);
    assert_eq!((own.len(), earlier), (6, vec![6]));
}
