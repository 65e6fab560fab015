//! What typed words become.

use super::expression::beginnings;
use super::passage::Fits;
use super::*;
use crate::language::QueryForms;

fn expressed(words: &str) -> Option<String> {
    match_expression(words, &Analyser::builtin())
}

#[test]
fn numbers_and_quoted_words_stand_as_they_are() {
    let texts = ITEMS.texts;
    assert_eq!(
        expressed("85/12.00.00/2024"),
        Some(format!("({{{texts}}} : (\"85/12.00.00/2024\" *))"))
    );
    assert_eq!(
        expressed("\"a b\""),
        Some(format!("({{{texts}}} : (\"a b\"))"))
    );
}

#[test]
fn words_are_looked_for_in_their_forms_and_all_of_them() {
    let all = expressed("sopimuksen AND").expect("a query");
    assert!(
        all.contains("\"sopimuksen\"") && all.contains("\"sopimus\""),
        "{all}"
    );
    assert_eq!(all.matches(" AND ").count(), 1, "{all}");
    assert!(all.contains("\"and\""), "{all}");
}

#[test]
fn nothing_to_look_for_is_no_query() {
    for words in ["", "  ", "\"", "*", "--", "\0\0", "\"\" \""] {
        assert_eq!(expressed(words), None, "{words:?}");
    }
}

#[test]
fn queries_are_bounded() {
    let long = expressed(&"ä ".repeat(500_000)).expect("a query");
    assert_eq!(long.matches(" AND ").count(), 15);
    let one = expressed(&"ä".repeat(500_000)).expect("a query");
    assert!(one.len() <= 1000, "{}", one.len());
}

/// Each beginning is looked for in all words that begin so, which may be most of them.
#[test]
fn only_the_last_two_words_or_numbers_may_go_on() {
    let many = "kun kau val sii pöy esi pää teh suu han ale lii asi koo joh toi";
    let expression = expressed(many).expect("a query");
    for (words, of) in [
        ("\"joh\" *", true),
        ("\"toi\" *", true),
        ("\"koo\" *", false),
    ] {
        assert_eq!(expression.contains(words), of, "{words}: {expression}");
    }
    let numbers = expressed("1/ 2/ 3/ 4/").expect("a query");
    assert_eq!(numbers.matches(" *)").count(), 2, "{numbers}");
    assert!(numbers.ends_with("(\"4/\" *))"), "{numbers}");
}

/// All that begins with one of them would be gathered twice.
#[test]
fn a_beginning_of_a_beginning_stands_for_both() {
    let forms = |words: &[&str]| QueryForms {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..QueryForms::default()
    };
    let of = |words: &[&str], typed: &str| -> Vec<String> {
        let forms = forms(words);
        let found = beginnings(&forms, Some(typed));
        found.into_iter().map(str::to_owned).collect()
    };
    assert_eq!(of(&["palau", "palaut"], "palaut"), ["palau"]);
    assert_eq!(of(&["kuu", "kuusi", "kuu"], "kuusen"), ["kuu"]);
    assert_eq!(of(&["sana", "sanoa"], "sanoi"), ["sana", "sanoa", "sanoi"]);
    assert!(beginnings(&forms(&["palau"]), None).is_empty());
    let half = expressed("kaupunginhallit").expect("a query");
    assert_eq!(half.matches("\"kaupunginhallit\"").count(), 1, "{half}");
}

#[test]
fn the_inflected_word_is_marked_where_it_stands() {
    let language = Analyser::builtin();
    let terms = terms("verkosto", &language, Reach::Forms);
    let long = format!(
        "{} Esitettiin kehittämisverkostolle, että ää. {}",
        "sana ".repeat(40),
        "toinen ".repeat(40)
    );
    let (passage, marked) = passage::passage(&long, &mut Fits::of(&terms, &language));
    assert!(marked);
    assert!(
        passage.contains("\u{E000}kehittämisverkostolle\u{E001}, että ää."),
        "{passage}"
    );
    assert!(
        passage.starts_with('…') && passage.ends_with('…'),
        "{passage}"
    );
    let (whole, marked) = passage::passage("ei mitään (täällä).", &mut Fits::of(&terms, &language));
    assert_eq!((whole.as_str(), marked), ("ei mitään (täällä).", false));
}
