//! What rules of each shape find, how they add up, and what they quote.

use super::*;
use crate::model::network::Silence;

fn rule(name: &str, words: &[&str], weight: f64) -> Rule {
    Rule {
        name: name.to_owned(),
        fields: Vec::new(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        near: Vec::new(),
        within: 3,
        unless: Vec::new(),
        needs: Vec::new(),
        weight,
    }
}

fn network(rules: Vec<Rule>) -> Network {
    Network {
        slug: "n".to_owned(),
        name: "N".to_owned(),
        description: None,
        members: vec!["Lahti".to_owned()],
        accept: 5.0,
        doubt: 2.0,
        rules,
        subjects: Vec::new(),
    }
}

fn item(municipality: &str, fields: &[(Field, &str)]) -> RecognisedText {
    RecognisedText {
        municipality: municipality.to_owned(),
        stage: None,
        fields: fields
            .iter()
            .map(|(field, text)| (*field, (*text).to_owned()))
            .collect(),
    }
}

fn judged(rules: Vec<Rule>, fields: &[(Field, &str)]) -> Recognition {
    recognise(&network(rules), &item("Lahti", fields))
}

#[test]
fn a_rule_counts_once_in_its_first_field() {
    let rules = vec![rule("r", &["verkosto*"], 3.0)];
    let text = "Verkoston verkosto";
    let found = judged(
        rules,
        &[(Field::Background, text), (Field::Title, "Oma verkosto")],
    );
    assert!((found.score - 3.0).abs() < f64::EPSILON);
    assert_eq!(found.verdict, Verdict::Maybe);
    assert_eq!(found.evidence.len(), 1);
    assert_eq!(found.evidence[0].field, Field::Title);
    assert_eq!(found.evidence[0].quote, "Oma verkosto");
}

#[test]
fn weights_add_up_and_the_strongest_reason_stands_first() {
    let rules = vec![
        rule("pieni", &["a"], 1.0),
        rule("iso", &["b"], 5.0),
        rule("vastaan", &["c"], -2.0),
        rule("hiljaa", &["d"], 9.0),
    ];
    let found = judged(rules, &[(Field::Title, "a b c")]);
    assert!((found.score - 4.0).abs() < f64::EPSILON);
    let names: Vec<_> = found
        .evidence
        .iter()
        .map(|evidence| evidence.rule.as_str())
        .collect();
    assert_eq!(names, ["iso", "vastaan", "pieni"]);
    assert_eq!(found.verdict, Verdict::Maybe);
}

#[test]
fn near_words_must_stand_near_in_one_field() {
    let mut near = rule("r", &["verkosto*"], 5.0);
    near.near = vec![vec!["sivisty*".to_owned()], vec!["seudulli*".to_owned()]];
    let verdict = |fields: &[(Field, &str)]| judged(vec![near.clone()], fields).verdict;
    assert_eq!(
        verdict(&[(Field::Title, "Sivistyksen seudullinen verkosto")]),
        Verdict::In
    );
    assert_eq!(
        verdict(&[(Field::Title, "Verkosto: sivistys, seudullinen")]),
        Verdict::In
    );
    assert_eq!(
        verdict(&[(Field::Title, "Sivistys a b c seudullinen verkosto")]),
        Verdict::Out
    );
    assert_eq!(
        verdict(&[(Field::Title, "Seudullinen verkosto")]),
        Verdict::Out
    );
    let apart = [
        (Field::Title, "Seudullinen verkosto"),
        (Field::Background, "sivistys"),
    ];
    assert_eq!(verdict(&apart), Verdict::Out);
    // A later place may hold where the first does not.
    let later = "verkosto x x x x x x sivistyksen seudullinen verkosto";
    assert_eq!(verdict(&[(Field::Title, later)]), Verdict::In);
}

#[test]
fn a_rule_is_silent_where_an_excluding_word_stands() {
    let mut unless = rule("r", &["yhteistoim*"], 5.0);
    unless.unless = vec!["*neuvottelu*".to_owned()];
    let verdict = |fields: &[(Field, &str)]| judged(vec![unless.clone()], fields).verdict;
    assert_eq!(
        verdict(&[(Field::Title, "Yhteistoiminta ja neuvottelut")]),
        Verdict::Out
    );
    // Only in the same field.
    let other = [
        (Field::Title, "Yhteistoiminta"),
        (Field::Background, "neuvottelu"),
    ];
    assert_eq!(verdict(&other), Verdict::In);
}

#[test]
fn history_is_looked_into_only_where_a_rule_says_so() {
    let plain = rule("r", &["verkosto"], 5.0);
    let history = [(Field::History, "verkosto")];
    assert_eq!(judged(vec![plain.clone()], &history).verdict, Verdict::Out);
    let asked = Rule {
        fields: vec![Field::History],
        ..plain
    };
    assert_eq!(judged(vec![asked], &history).verdict, Verdict::In);
}

#[test]
fn a_stranger_is_never_in_and_the_sentence_says_so() {
    let network = network(vec![rule("r", &["verkosto"], 50.0)]);
    let found = recognise(&network, &item("Kuopio", &[(Field::Title, "verkosto")]));
    assert_eq!(found.verdict, Verdict::Maybe);
    assert!(
        found.explanation.contains("Kuopio ei ole verkoston jäsen"),
        "{}",
        found.explanation
    );
    let open = Network {
        members: Vec::new(),
        ..network
    };
    let found = recognise(&open, &item("Kuopio", &[(Field::Title, "verkosto")]));
    assert_eq!(found.verdict, Verdict::In);
}

#[test]
fn quotes_stand_as_in_the_text_and_sentences_name_the_found_words() {
    let mut near = rule("nimi", &["verkosto*"], 5.0);
    near.near = vec![vec!["seudulli*".to_owned()]];
    let text = "Ensin muuta.\nSEUDULLISEN ke\u{ad}hittämis- VERKOSTON toiminta.\nSitten muuta.";
    let found = judged(vec![near], &[(Field::Background, text)]);
    assert_eq!(
        found.evidence[0].quote,
        "SEUDULLISEN ke\u{ad}hittämis- VERKOSTON toiminta."
    );
    assert!(
        found
            .explanation
            .contains("”SEUDULLISEN ke\u{ad}hittämis- VERKOSTON” (nimi)")
    );
}

#[test]
fn every_network_answers_and_empty_items_are_out() {
    let networks = [network(vec![rule("r", &["a"], 9.0)]), network(Vec::new())];
    let found = Matcher::new(&networks).recognise(&item("Lahti", &[]));
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|one| one.verdict == Verdict::Out && one.evidence.is_empty())
    );
}

#[test]
fn a_text_of_nothing_but_found_words_takes_no_time() {
    let mut near = rule("r", &["verkosto"], 5.0);
    near.near = vec![vec!["sivistys".to_owned()], vec!["seudullinen".to_owned()]];
    let text = "verkosto ".repeat(20_000) + &"sivistys ".repeat(20_000);
    assert_eq!(
        judged(vec![near], &[(Field::Background, &text)]).verdict,
        Verdict::Out
    );
}

#[test]
fn an_explanation_tells_what_is_silent_and_why() {
    let near = |groups: &[&[&str]]| {
        let texts = |group: &&[&str]| group.iter().map(|text| (*text).to_owned()).collect();
        groups.iter().map(texts).collect::<Vec<Vec<String>>>()
    };
    let rules = vec![
        rule("laskee", &["verkosto*"], 3.0),
        Rule {
            near: near(&[&["seudulli*"], &["sivisty*"]]),
            ..rule("kaukana", &["suunnitelm*"], 9.0)
        },
        Rule {
            unless: vec!["kirja*".to_owned()],
            ..rule("vaiti", &["verkoston"], 9.0)
        },
        rule("ei mitään", &["vuosikello*"], 9.0),
    ];
    let text = "Suunnitelma: yksi kaksi kolme neljä sivistys, seudullisen verkoston kirjat";
    let matcher = Matcher::new(&[network(rules)]);
    let item = item("Muualla", &[(Field::Title, text)]);
    let told = matcher.explain(&item).pop().expect("one network");
    assert_eq!(told.recognition, matcher.recognise(&item)[0]);
    assert!(!told.is_member && told.found_nothing == 1);
    let silent: Vec<_> = told
        .silent
        .iter()
        .map(|s| (s.rule.as_str(), &s.silence))
        .collect();
    let far = Silence::Near {
        group: vec!["seudulli*".to_owned()],
        within: 3,
        nearest: Some(6),
    };
    let beside = Silence::Unless {
        words: "kirjat".to_owned(),
    };
    assert_eq!(silent, [("kaukana", &far), ("vaiti", &beside)]);
}

#[test]
fn a_rule_that_needs_another_counts_beside_it_alone_and_says_so() {
    let rules = vec![
        rule("nimi", &["verkosto*"], 3.0),
        rule("toinen nimi", &["seudulli*"], 1.0),
        Rule {
            fields: vec![Field::Title],
            needs: vec!["nimi".to_owned(), "toinen nimi".to_owned()],
            ..rule("asia", &["suunnitelm*"], 4.0)
        },
    ];
    let matcher = Matcher::new(&[network(rules)]);
    let explained = |text: &str| {
        let fields = [(Field::Title, "Suunnitelma"), (Field::Background, text)];
        let item = item("Lahti", &fields);
        let told = matcher.explain(&item).pop().expect("one network");
        assert_eq!(told.recognition, matcher.recognise(&item)[0]);
        told
    };
    for (text, score) in [("Verkosto.", 7.0), ("Seudullinen.", 5.0)] {
        let found = explained(text).recognition;
        assert!((found.score - score).abs() < f64::EPSILON);
        assert_eq!(found.evidence[0].quote, "Suunnitelma");
    }
    let alone = explained("Kirje.");
    assert!(alone.recognition.evidence.is_empty());
    let silence = alone.silent.first().map(|silent| &silent.silence);
    let rules = vec!["nimi".to_owned(), "toinen nimi".to_owned()];
    assert_eq!(silence, Some(&Silence::Needs { rules }));
}

#[test]
fn names_of_files_may_lack_their_dots() {
    let rules = || vec![rule("r", &["kehittämisverkosto*"], 5.0)];
    let name = "Seudullinen_kehittamisverkosto_2026.pdf";
    let found = judged(rules(), &[(Field::Attachment, name)]);
    assert_eq!(found.evidence[0].quote, name);
    assert_eq!(
        judged(rules(), &[(Field::Title, name)]).verdict,
        Verdict::Out
    );
}

#[test]
fn nothing_found_is_a_score_of_nothing() {
    let score = judged(vec![], &[(Field::Title, "Verkosto")]).score;
    assert!(score.is_sign_positive());
}
