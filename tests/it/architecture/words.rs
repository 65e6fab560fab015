//! No Finnish or Swedish word in code: what pages say stands in `config/vocabulary.toml`.

use proc_macro2::{Literal, TokenStream, TokenTree};

use super::source::{SourceFile, is_doc, rust_files};
use super::{Breach, insist, insist_broken_at, root};

/// Letters that English does not have.
const LETTERS: [char; 6] = ['ä', 'ö', 'å', 'Ä', 'Ö', 'Å'];

/// Beginnings of typical words that need none of those letters, or lost them on the way into code.
const STEMS: [&str; 48] = [
    "aloite",
    "arende",
    "asianro",
    "asiasana",
    "beredning",
    "beslut",
    "bilag",
    "diaarinumero",
    "ehdotu",
    "eriava",
    "esittelij",
    "esitys",
    "esteellis",
    "fullm",
    "hallinto",
    "hallitu",
    "hylat",
    "hyvaksy",
    "jarjest",
    "kasittely",
    "kaupung",
    "kaupunk",
    "kokou",
    "kommun",
    "kunna",
    "kunta",
    "lautak",
    "liite",
    "liitte",
    "merkit",
    "muutoksenhaku",
    "namnd",
    "oikaisuvaatimu",
    "paatok",
    "paatos",
    "perustelu",
    "poytakirj",
    "protokoll",
    "pykal",
    "selostu",
    "styrelse",
    "sivisty",
    "tiedoksi",
    "toimiel",
    "valitus",
    "valmistel",
    "valtuust",
    "vaihe",
];

/// Words that are part of somebody's addresses or of the public interface, with the place they belong to.
const TECHNICAL: [(&str, &str); 4] = [
    // Dynasty's item pages live under this address segment.
    ("src/platform/dynasty/", "kokous"),
    // The view that offers the contract in Finnish (README, the archive).
    ("src/archive/", "paatokset"),
    // Dynasty's feed addresses and pages of announcements, told apart from meetings.
    ("src/platform/dynasty/", "kuulutus"),
    // TWeb's feed addresses name the body they are asked for.
    ("src/platform/tweb/", "toimielin"),
];

/// Finnish and Swedish words in literals and names, tests and documentation aside.
fn check(files: &[SourceFile], vocabulary: &[String]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        let mut texts = Vec::new();
        find_texts(&file.tokens, &mut texts);
        for (line, text) in texts.into_iter().filter(|(line, _)| !file.is_test(*line)) {
            if let Some(word) = foreign_word(&file.path, &text, vocabulary) {
                let what = format!(
                    "`{word}` in {text:?} is Finnish or Swedish; put the word into \
                     config/vocabulary.toml and name its meaning here"
                );
                breaches.push(Breach::new(&file.path, line, what));
            }
        }
    }
    breaches
}

/// The first word of a text that is not English.
fn foreign_word(path: &str, text: &str, vocabulary: &[String]) -> Option<String> {
    let is_technical = |word: &str| {
        TECHNICAL
            .iter()
            .any(|(place, technical)| path.starts_with(place) && word == *technical)
    };
    words(text).into_iter().find(|word| {
        let foreign = word.contains(LETTERS)
            || STEMS.iter().any(|stem| word.starts_with(stem))
            || vocabulary.contains(word);
        foreign && !is_technical(word)
    })
}

/// Words of a text or name in lower case, `snake_case` and `CamelCase` taken apart.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in text.chars() {
        let starts_word = letter.is_uppercase() && after_lower;
        if starts_word || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if letter.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Collects names and texts of literals; documentation is for people and may quote Finnish.
fn find_texts(tokens: &TokenStream, into: &mut Vec<(usize, String)>) {
    for token in tokens.clone() {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) if is_doc(&group) => {}
            TokenTree::Group(group) => find_texts(&group.stream(), into),
            TokenTree::Ident(ident) => into.push((line, ident.to_string())),
            TokenTree::Literal(literal) => into.push((line, literal_text(&literal))),
            TokenTree::Punct(_) => {}
        }
    }
}

/// What a literal says, escapes decoded; numbers and bytes as written.
pub(crate) fn literal_text(literal: &Literal) -> String {
    let written = literal.to_string();
    syn::parse_str::<syn::LitStr>(&written).map_or(written, |text| text.value())
}

/// Single words of `config/vocabulary.toml` that cannot be mistaken for English.
fn vocabulary_words() -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(root().join("config/vocabulary.toml")) else {
        return Vec::new();
    };
    let mut words = Vec::new();
    if let Ok(value) = text.parse::<toml::Table>() {
        collect_words(&toml::Value::Table(value), &mut words);
    }
    words
}

/// Collects every value that is one word of six letters or more; shorter ones are English too easily.
fn collect_words(value: &toml::Value, into: &mut Vec<String>) {
    /// Finnish or Swedish words that are English words as well.
    const ENGLISH_TOO: [&str; 10] = [
        "agenda",
        "controller",
        "datum",
        "distribution",
        "document",
        "forbidden",
        "minutes",
        "navigation",
        "protest",
        "reservation",
    ];
    match value {
        toml::Value::String(text) => {
            let word = text.trim_end_matches(':').to_lowercase();
            let is_word = word.chars().count() >= 6 && word.chars().all(char::is_alphabetic);
            if is_word && !ENGLISH_TOO.contains(&word.as_str()) {
                into.push(word);
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| collect_words(value, into)),
        toml::Value::Table(table) => table.values().for_each(|value| collect_words(value, into)),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => {}
    }
}

#[test]
fn no_finnish_or_swedish_word_stands_in_code() {
    let breaches = check(&rust_files(&["src"]), &vocabulary_words());
    insist(
        "words of pages stand in config/vocabulary.toml, not in code",
        &breaches,
    );
}

#[test]
fn a_finnish_word_in_code_is_found() {
    let sample = "/// The proposal (päätösehdotus).\nconst A: &str = \"Päätös\";\nconst B: &str = \"decision\";\n\
                  // Lautakunta in a comment.\nconst C: &str = r#\"lautakunta\"#;\nfn read_pykala() {}\n\
                  enum D { Kunta }\nconst E: &str = \"p\\u{e4}\\u{e4}t\";\nfn f() { g!(\"tiedoksi\"); }\n\
                  const H: &str = \"kokous/\";\nconst I: &str = \"yksimielisesti\";\n\
                  #[cfg(test)]\nmod tests { const J: &str = \"Päätös\"; }\n";
    let vocabulary = ["yksimielisesti".to_owned()];
    let files = [SourceFile::new("src/feed/mod.rs", sample)];
    insist_broken_at(&check(&files, &vocabulary), &[2, 5, 6, 7, 8, 9, 10, 11]);
    let files = [SourceFile::new(
        "src/platform/dynasty/mod.rs",
        "const H: &str = \"kokous/\";\n",
    )];
    insist_broken_at(&check(&files, &vocabulary), &[]);
}

#[test]
fn vocabulary_gives_whole_words_that_are_not_english() {
    let table: toml::Table =
        "a = [\"Liitteet\", \"Beslut:\", \"Ote\", \"för kännedom\"]\n[b]\nc = \"Reservation\"\n"
            .parse()
            .unwrap();
    let mut words = Vec::new();
    collect_words(&toml::Value::Table(table), &mut words);
    assert_eq!(words, ["liitteet", "beslut"]);
}
