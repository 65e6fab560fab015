//! Texts and queries through the built-in rules, and through Voikko where the machine must have it.

use super::*;

fn has(terms: Option<&str>, word: &str) -> bool {
    terms.is_some_and(|terms| terms.split(' ').any(|term| term == word))
}

/// Whether a query for `word` finds a text through its stored terms or as written.
fn finds(analyser: &Analyser, word: &str, text: &str) -> bool {
    let (terms, query) = (analyser.terms(&[text]), analyser.query(word));
    let plain = word::plain(text);
    let stored =
        |form: &String| has(terms.bases.as_deref(), form) || has(terms.parts.as_deref(), form);
    query.stems.iter().any(stored)
        || query.words.iter().any(stored)
        || word::tokens(&plain).any(|token| query.words.contains(token))
}

const FOUND: [(&str, &str); 20] = [
    ("verkosto", "Esitys kehittämisverkostolle"),
    (
        "sopimus",
        "Päätettiin yhteistoimintasopimuksen jatkamisesta",
    ),
    ("sopimus", "sopimusten voimassaolo"),
    ("johtaja", "Sivistysjohtaja esitteli asian"),
    ("johtaja", "sivistysjohtajan viransijaisuus"),
    ("päätös", "Valtuusto hyväksyi päätöksen"),
    ("kunta", "jäsenkuntien osuudet"),
    ("kunta", "Kunnan talous"),
    ("lautakunta", "Sivistyslautakunnan kokous"),
    ("Lahti", "matka Lahden kaupunkiin"),
    ("kehittämisverkosto", "kehittämisverkostojen työ"),
    ("mahdollisuus", "tarjotaan mahdollisuuden osallistua"),
    ("rakentaminen", "päiväkodin rakentamisen aloitus"),
    ("hanke", "hankkeen rahoitus"),
    ("talousarvio", "talousarvioon varattu"),
    ("silta", "sillan peruskorjaus"),
    ("nämnd", "Utbildningsnämndens sammanträde"),
    ("nämnd", "ärendet behandlas av nämnden"),
    ("avtal", "Samarbetsavtalet godkändes av styrelsen"),
    ("utbildningsnämnd", "utbildningsnämnden beslutade att"),
];

#[test]
fn inflected_and_compound_words_are_found_without_a_dictionary() {
    let analyser = Analyser::builtin();
    let missed: Vec<_> = FOUND
        .iter()
        .filter(|(word, text)| !finds(&analyser, word, text))
        .collect();
    let shown: Vec<_> = missed
        .iter()
        .map(|(word, text)| {
            format!(
                "{word}: {:?} in {:?}",
                analyser.query(word),
                analyser.terms(&[text])
            )
        })
        .collect();
    assert!(missed.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn little_words_and_words_that_look_alike_are_not_found() {
    let analyser = Analyser::builtin();
    for (word, text) in [
        ("kunta", "kun asia ja se"),
        ("kunta", "yhteiskunnan kehitys"),
        ("sopimus", "sopimaton tapa"),
    ] {
        assert!(!finds(&analyser, word, text), "{word} in {text}");
    }
}

#[test]
fn terms_are_sorted_bounded_and_the_same_again() {
    let analyser = Analyser::builtin();
    let text = "Päätöksen ja päätöksestä sekä sopimuksen Sopimuksen verkoston";
    let terms = analyser.terms(&[text]);
    assert_eq!(terms, Analyser::new(None).terms(&[text]));
    let words: Vec<&str> = terms
        .bases
        .as_deref()
        .unwrap_or_default()
        .split(' ')
        .collect();
    assert!(words.is_sorted() && words.len() == 3, "{words:?}");
    assert_eq!(
        analyser.terms(&[text]),
        analyser.terms(&["Pa\u{308}a\u{308}to\u{308}ksen ja sopimuksen sekä verkoston"])
    );
    let letters = |mut number: usize| {
        let mut word = String::from("sana");
        for _ in 0..4 {
            word.push(char::from(b'a' + u8::try_from(number % 20).unwrap_or(0)));
            number /= 20;
        }
        word
    };
    let long: Vec<String> = (0..50_000).map(letters).collect();
    let many = analyser.terms(&[&long.join(" ")]);
    assert!(
        many.bases
            .is_some_and(|bases| bases.split(' ').count() <= TERMS)
    );
    assert_eq!(
        analyser.terms(&[&"a".repeat(1_000_000), "12 3/4 \0 --"]),
        Terms::default()
    );
}

#[test]
fn a_missing_or_broken_library_leaves_the_built_in_rules_and_a_reason() {
    let folder = tempfile::TempDir::new().expect("folder");
    let broken = folder.path().join("libvoikko.so.1");
    std::fs::write(&broken, b"no library").expect("written");
    for path in [broken, folder.path().join("missing.so"), "/a\0b".into()] {
        let analyser = Analyser::open(&VoikkoChoice::Library(path));
        assert_eq!(analyser.name(), Analyser::builtin().name());
        assert!(
            analyser
                .complaint()
                .is_some_and(|why| why.contains("cannot be loaded"))
        );
        assert!(finds(&analyser, "nämnd", "nämnden"));
    }
    assert_eq!(Analyser::open(&VoikkoChoice::Off).complaint(), None);
}

#[test]
fn voikko_finds_words_inside_compounds_where_the_machine_has_it() {
    let analyser = Analyser::open(&VoikkoChoice::Auto);
    if let Some(why) = analyser.complaint() {
        assert!(
            std::env::var_os("SEUTU_TEST_VOIKKO").is_none(),
            "Voikko is required here: {why}"
        );
        return;
    }
    for (word, text) in FOUND {
        assert!(
            finds(&analyser, word, text),
            "{word} in {text}: {:?} {:?}",
            analyser.query(word),
            analyser.terms(&[text])
        );
    }
    assert!(!finds(&analyser, "kunta", "yhteiskunnan kehitys"));
    let terms = analyser.terms(&["yhteistoimintasopimuksen ja sopimus"]);
    assert_eq!(terms.bases.as_deref(), Some("yhteistoimintasopimus"));
    assert!(has(terms.parts.as_deref(), "toiminta") && !has(terms.parts.as_deref(), "sopimus"));
    let words = analyser.terms(&["a\0b kunnan\0 ää", &"ö".repeat(1000)]);
    assert!(words.bases.is_some());
}
