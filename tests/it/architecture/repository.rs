//! The whole repository: no phrase that puts work off or silences a check, no file for nobody.

use std::fs;

use super::source::walk;
use super::{Breach, insist, insist_broken_at, root};

/// Phrases no text file holds, each with what to do instead.
///
/// They are put together here so that this file does not break its own rule.
const FORBIDDEN: [(&str, &str); 8] = [
    (
        concat!("#[al", "low("),
        "use #[expect(lint, reason = \"...\")], which says when it is not needed",
    ),
    (
        concat!("#![al", "low("),
        "use #[expect(lint, reason = \"...\")] on the item",
    ),
    (
        concat!("#[ig", "nore"),
        "a test that does not run proves nothing; make it run or remove it",
    ),
    (
        concat!("to", "do!("),
        "finish it, or return an error that says what is missing",
    ),
    (
        concat!("unimple", "mented!("),
        "finish it, or return an error that says what is missing",
    ),
    (concat!("FIX", "ME"), "fix it"),
    (concat!("XX", "X"), "say what is meant"),
    (concat!("TO", "DO"), "do it, or leave it out"),
];

/// Endings of files that are read as text.
const TEXT: [&str; 14] = [
    "rs", "toml", "md", "sql", "html", "css", "js", "mjs", "py", "sh", "service", "sysusers",
    "yaml", "run",
];

/// Lines that hold a forbidden phrase.
fn check(path: &str, text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (phrase, remedy) in FORBIDDEN.iter().filter(|(phrase, _)| line.contains(phrase)) {
            breaches.push(Breach::new(
                path,
                index + 1,
                format!("`{phrase}`: {remedy}"),
            ));
        }
    }
    breaches
}

/// Text files of the repository; fixtures are other people's pages and keep their words.
fn texts() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.retain(|path| {
        let ending = path.rsplit(['.', '/']).next().unwrap_or_default();
        TEXT.contains(&ending) && !path.starts_with("fixtures/")
    });
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| Some((path.clone(), fs::read_to_string(root().join(path)).ok()?)))
        .collect()
}

#[test]
fn nothing_is_put_off_or_silenced() {
    let breaches: Vec<Breach> = texts()
        .iter()
        .flat_map(|(path, text)| check(path, text))
        .collect();
    insist("no phrase puts work off or silences a check", &breaches);
}

#[test]
fn a_forbidden_phrase_is_found() {
    let phrases: Vec<&str> = FORBIDDEN.iter().map(|(phrase, _)| *phrase).collect();
    let sample = phrases.join("\n");
    insist_broken_at(
        &check("src/feed/mod.rs", &sample),
        &[1, 2, 3, 4, 5, 6, 7, 8],
    );
    insist_broken_at(
        &check("src/feed/mod.rs", "#[expect(a, reason = \"b\")]\n"),
        &[],
    );
}
