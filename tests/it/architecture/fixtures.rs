//! Fixtures: every platform shows an agenda and minutes, every case is whole, nobody real is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::source::walk;
use super::{Breach, insist, insist_broken_at, root};

/// Files by path from the root of the repository, as text; bytes that are no UTF-8 are replaced.
type Files = BTreeMap<String, String>;

/// Files a case of each kind consists of; `feed.` stands for a feed in whatever format.
const CASE_FILES: [(&str, &[&str]); 3] = [
    ("fixtures/platforms", &["page.", "url", "expected.json"]),
    ("fixtures/lists", &["list.toml", "expected.json"]),
    ("fixtures/feeds", &["feed.", "expected.json"]),
];

/// The kinds of document every platform must show that it reads.
const STAGES: [&str; 2] = ["agenda", "minutes"];

/// Reads every file under a folder.
fn read(folder: &str) -> Files {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths
        .into_iter()
        .filter_map(|path| {
            let bytes = fs::read(root().join(&path)).ok()?;
            Some((path, String::from_utf8_lossy(&bytes).into_owned()))
        })
        .collect()
}

/// Platforms: the folders of `src/platform` with selectors of their own, which are those that read pages.
fn platforms() -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join("src/platform")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("selectors.rs").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Platforms without a case for each kind of document.
fn check_stages(platforms: &[String], files: &Files) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for platform in platforms {
        let folder = format!("fixtures/platforms/{platform}/");
        let shown: BTreeSet<String> = files
            .iter()
            .filter(|(path, _)| path.starts_with(&folder) && path.ends_with("/expected.json"))
            .filter_map(|(_, text)| stage(&serde_json::from_str(text).ok()?))
            .collect();
        for missing in STAGES.iter().filter(|stage| !shown.contains(**stage)) {
            let what = format!("no case with stage {missing:?} in {folder}; add one with its page");
            breaches.push(Breach::new(
                format!("src/platform/{platform}/mod.rs"),
                1,
                what,
            ));
        }
    }
    breaches
}

/// The first stage an expectation names, wherever its fields are kept.
fn stage(expected: &Value) -> Option<String> {
    match expected {
        Value::Object(fields) => match fields.get("stage") {
            Some(Value::String(stage)) => Some(stage.clone()),
            _ => fields.values().find_map(stage),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// Case folders with a file missing, and expectations that are no JSON.
fn check_cases(files: &Files) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (kind, needed) in CASE_FILES {
        let cases: BTreeSet<&str> = files
            .keys()
            .filter(|path| path.starts_with(&format!("{kind}/")))
            .filter_map(|path| Path::new(path).parent()?.to_str())
            .filter(|folder| *folder != kind)
            .collect();
        for case in cases {
            let has = |name: &str| {
                let path = format!("{case}/{name}");
                files.contains_key(&path)
                    || name.ends_with('.') && files.keys().any(|file| file.starts_with(&path))
            };
            for name in needed.iter().filter(|name| !has(name)) {
                let what = format!("the case has no {name}; add it, or remove the folder");
                breaches.push(Breach::new(case, 1, what));
            }
        }
    }
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.ends_with("/expected.json"))
    {
        if let Err(error) = serde_json::from_str::<Value>(text) {
            breaches.push(Breach::new(
                path,
                error.line(),
                format!("{error}; write JSON"),
            ));
        }
    }
    breaches
}

/// E-mail addresses, in any of the spellings of minutes, and telephone numbers that could be somebody's.
fn check_people(files: &Files) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in files {
        for (index, line) in text.lines().enumerate() {
            for domain in mail_domains(line).filter(|domain| !is_example(domain)) {
                let what =
                    format!("address at `{domain}`; use a name under .example or esimerkki.fi");
                breaches.push(Breach::new(path, index + 1, what));
            }
            for number in telephone_numbers(line).filter(|number| !is_nobodys(number)) {
                let what = format!("telephone number `{number}`; write 000 000 0000");
                breaches.push(Breach::new(path, index + 1, what));
            }
        }
    }
    breaches
}

/// Domains of the e-mail addresses of a line, in lower case.
fn mail_domains(line: &str) -> impl Iterator<Item = String> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"[\w.+-]+(?:@|\s?[(\[](?:at|a|ät)[)\]]\s?)([\w-]+(?:\.[\w-]+)+)")
    });
    let domains = ADDRESS.captures_iter(line).filter_map(|found| found.get(1));
    domains.map(|domain| domain.as_str().to_lowercase())
}

/// Finnish telephone numbers of a line: an area or operator code, then groups of digits.
fn telephone_numbers(line: &str) -> impl Iterator<Item = &str> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?:\+358[ -]?\d{1,2}|\b0\d{1,2})[ -]\d{3}[ -]?\d{2,4}(?:[ -]\d{2})?\b")
    });
    NUMBER.find_iter(line).map(|found| found.as_str())
}

/// Whether nobody has a number: it is mostly zeros, or counts up.
fn is_nobodys(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.matches('0').count() >= 5 || digits.contains("123456")
}

/// A pattern of this file.
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Whether a domain is kept for examples, or is a style sheet's `@2x`-like version number.
fn is_example(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_version = domain
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.');
    let is_kept = [
        "example.com",
        "example.org",
        "example.net",
        "example.fi",
        "esimerkki.fi",
    ]
    .iter()
    .any(|kept| domain == *kept || domain.ends_with(&format!(".{kept}")));
    is_version || is_kept || matches!(top, "example" | "invalid" | "test" | "localhost")
}

#[test]
fn every_platform_shows_an_agenda_and_minutes() {
    let breaches = check_stages(&platforms(), &read("fixtures/platforms"));
    insist(
        "every platform has a fixture case for each kind of document",
        &breaches,
    );
}

#[test]
fn every_fixture_case_is_whole() {
    insist(
        "a fixture case has all its files",
        &check_cases(&read("fixtures")),
    );
}

#[test]
fn no_fixture_holds_a_real_person() {
    let mut files = read("fixtures");
    files.extend(read("config"));
    insist("fixtures hold invented people only", &check_people(&files));
}

/// A small set of files for the samples.
fn files(of: &[(&str, &str)]) -> Files {
    of.iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn a_platform_without_minutes_is_found() {
    let platforms = ["dynasty".to_owned()];
    let agenda = (
        "fixtures/platforms/dynasty/a/expected.json",
        r#"{"item": {"stage": "agenda"}}"#,
    );
    let minutes = (
        "fixtures/platforms/dynasty/b/expected.json",
        r#"{"stage": "minutes"}"#,
    );
    insist_broken_at(&check_stages(&platforms, &files(&[agenda])), &[1]);
    insist_broken_at(&check_stages(&platforms, &files(&[agenda, minutes])), &[]);
    insist_broken_at(&check_stages(&platforms, &files(&[])), &[1, 1]);
}

#[test]
fn a_broken_case_is_found() {
    let incomplete = files(&[
        ("fixtures/platforms/dynasty/a/page.html", ""),
        ("fixtures/platforms/dynasty/a/url", ""),
        ("fixtures/feeds/b/feed.xml", ""),
        ("fixtures/feeds/b/expected.json", "{\n  \"a\": \n}"),
    ]);
    insist_broken_at(&check_cases(&incomplete), &[1, 3]);
}

#[test]
fn a_real_address_or_number_is_found() {
    let sample = files(&[(
        "fixtures/platforms/dynasty/a/page.html",
        "maija.esimerkki@kunta.example\nmaija@kunta.fi\nmaija (at) kunta.fi\nmaija(a)kunta.fi\nm[ät]esimerkki.fi\n@font\n044 987 6543\n000 000 0012\n85/12.00.00/2024\n+358 44 9876543\n",
    )]);
    insist_broken_at(&check_people(&sample), &[2, 3, 4, 7, 10]);
}
