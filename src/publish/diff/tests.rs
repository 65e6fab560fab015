//! Differences of two texts, as people read them.

use super::*;
use crate::model::minutes::{Attachment, Lang, Stage};

fn plain(before: &str, after: &str) -> String {
    text(&compare(before, after), PLAIN)
}

#[test]
fn words_that_differ_are_marked_and_the_others_stand() {
    assert_eq!(
        plain(
            "Lautakunta päättää hyväksyä suunnitelman vuodelle 2026.",
            "Lautakunta päättää hyväksyä suunnitelman vuosille 2026–2027."
        ),
        "Lautakunta päättää hyväksyä suunnitelman [-vuodelle 2026.-]{+vuosille 2026–2027.+}"
    );
    assert_eq!(plain("sama teksti", "sama teksti"), "sama teksti");
    assert_eq!(plain("", "uusi teksti"), "{+uusi teksti+}");
    assert_eq!(plain("vanha teksti", ""), "[-vanha teksti-]");
    assert_eq!(compare("", ""), []);
}

#[test]
fn a_word_between_two_changes_does_not_break_a_sentence_up() {
    assert_eq!(
        plain(
            "Alku on aina sama ja yksi tai kaksi päättyy samaan loppuun",
            "Alku on aina sama ja neljä tai viisi päättyy samaan loppuun"
        ),
        "Alku on aina sama ja [-yksi tai kaksi-]{+neljä tai viisi+} päättyy samaan loppuun"
    );
}

#[test]
fn texts_with_little_in_common_stand_whole_one_after_the_other() {
    assert_eq!(
        plain(
            "Johtaja ehdottaa, että lautakunta hyväksyy liitteen mukaisen suunnitelman.",
            "Päätös: asia palautettiin valmisteluun."
        ),
        "[-Johtaja ehdottaa, että lautakunta hyväksyy liitteen mukaisen suunnitelman.-]\
             {+Päätös: asia palautettiin valmisteluun.+}"
    );
}

#[test]
fn long_stretches_that_stay_the_same_are_left_out() {
    let long = (0..40)
        .map(|n| format!("sana{n}"))
        .collect::<Vec<_>>()
        .join(" ");
    let runs = elided(
        compare(
            &format!("{long} vanha {long}"),
            &format!("{long} uusi {long}"),
        ),
        3,
    );
    assert_eq!(
        text(&runs, PLAIN),
        "… sana37 sana38 sana39 [-vanha-]{+uusi+} sana0 sana1 sana2 …"
    );
    assert!(runs.contains(&Run::Elided(37)));
    let short = compare(
        "yksi kaksi kolme neljä viisi",
        "yksi kaksi kolme neljä kuusi",
    );
    assert_eq!(elided(short.clone(), 3), short);
}

#[test]
fn paragraphs_stay_apart() {
    assert_eq!(
        plain(
            "Ensin tämä kappale.\n\nSitten toinen kappale.",
            "Ensin tämä kappale.\n\nSitten kolmas kappale."
        ),
        "Ensin tämä kappale.\n\nSitten [-toinen-]{+kolmas+} kappale."
    );
}

#[test]
fn very_long_texts_are_compared_line_by_line() {
    let text = |n: usize| {
        let lines: Vec<_> = (0..n).map(|n| format!("rivi {n} on tässä\n")).collect();
        lines.concat()
    };
    let runs = compare(&text(1500), &text(1501));
    assert_eq!(
        runs.last(),
        Some(&Run::Added("\nrivi 1500 on tässä".to_owned()))
    );
}

#[test]
fn every_kind_of_field_is_compared_but_for_the_neighbours() {
    let before = ItemReading {
        stage: Some(Stage::Agenda),
        proposal: Some("Hyväksytään.".to_owned()),
        minutes_checked: Some(true),
        ..ItemReading::empty(Lang::Fi)
    };
    let after = ItemReading {
        stage: Some(Stage::Minutes),
        section_no: Some(41),
        decision: Some("Hyväksyttiin.".to_owned()),
        minutes_checked: None,
        diary_numbers: vec!["1/2026".to_owned(), "2/2026".to_owned()],
        attachments: vec![Attachment {
            number: Some("4".to_owned()),
            title: "Suunnitelma".to_owned(),
            url: "https://a.example/4.pdf".parse().expect("url"),
        }],
        next: Some(crate::model::ids::ItemKey::new("1-4")),
        ..before.clone()
    };
    let handling = Handling {
        body: Some("SIVLTK".to_owned()),
        section_no: Some(22),
        ..Handling::default()
    };
    let changes = fields((&before, &[]), (&after, &[handling]));
    let said: Vec<_> = changes
        .iter()
        .map(|change| format!("{}: {}", change.field, text(&change.runs, PLAIN)))
        .collect();
    assert_eq!(
        said,
        [
            "stage: [-agenda-]{+minutes+}",
            "section_no: {+41+}",
            "diary_numbers: {+1/2026\n2/2026+}",
            "decision: {+Hyväksyttiin.+}",
            "attachments: {+4 · Suunnitelma · https://a.example/4.pdf+}",
            "minutes_checked: [-true-]",
            "handlings: {+SIVLTK · 22+}",
        ]
    );
    assert_eq!(decision(&before), None);
    assert_eq!(
        decision(&after).map(|runs| text(&runs, PLAIN)).as_deref(),
        Some("[-Hyväksytään.-]{+Hyväksyttiin.+}")
    );
}
