//! Every fixture page of every platform, read and compared field by field; and pages nobody could have written.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use seutu::daemon::reading::read_page;
use seutu::model::page::AskedPage;
use seutu::model::source::PlatformKind;
use seutu::platform::platform;
use url::Url;

use super::support::differences;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/platforms")
}

/// What the program makes of a saved page, as JSON: a reading or a fault.
fn read(kind: PlatformKind, url: &Url, bytes: &[u8]) -> Value {
    let reader = platform(kind);
    let portal = reader.portal_of_address(url).unwrap_or_else(|| url.clone());
    let key = reader
        .key_of_address(url)
        .expect("a fixture's url names its item");
    let asked = AskedPage {
        portal: &portal,
        url,
        key: &key,
        key_prefix: "",
    };
    match read_page(kind, asked, bytes, None) {
        Ok(reading) => serde_json::to_value(reading).expect("json"),
        Err(fault) => serde_json::to_value(fault).expect("json"),
    }
}

/// The saved document of a case: `page.html`, or `page.pdf` where the platform serves that.
fn document(case: &Path) -> Vec<u8> {
    fs::read(case.join("page.html"))
        .or_else(|_| fs::read(case.join("page.pdf")))
        .expect("page.html or page.pdf")
}

#[test]
fn every_fixture_page_is_read_right() {
    let mut failures = Vec::new();
    let mut cases = 0;
    for kind in PlatformKind::ALL {
        let Ok(folders) = fs::read_dir(fixtures().join(kind.word())) else {
            continue;
        };
        let mut folders: Vec<PathBuf> = folders.map(|entry| entry.expect("entry").path()).collect();
        folders.sort();
        for case in folders {
            cases += 1;
            let url = fs::read_to_string(case.join("url")).expect("url");
            let got = read(kind, &url.trim().parse().expect("url"), &document(&case));
            let name = case
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if let Ok(text) = fs::read_to_string(case.join("expected.json")) {
                let expected = serde_json::from_str(&text).expect("expected.json");
                differences(&name, &expected, &got, &mut failures);
            } else {
                let text = serde_json::to_string_pretty(&got).expect("json") + "\n";
                fs::write(case.join("expected.json.new"), text).expect("written");
                failures.push(format!("{name}: no expected.json; expected.json.new was written, check it field by field"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases >= 28, "only {cases} fixture cases");
}

#[test]
fn every_document_kind_has_a_case() {
    let mut seen = std::collections::BTreeSet::new();
    for case in fs::read_dir(fixtures().join("dynasty")).expect("fixtures") {
        let text = fs::read_to_string(case.expect("case").path().join("expected.json"))
            .expect("expected.json");
        let value: Value = serde_json::from_str(&text).expect("json");
        let word = |name: &str| {
            value
                .pointer(&format!("/item/{name}"))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        seen.insert((
            word("lang").unwrap_or_default(),
            word("stage").unwrap_or_default(),
        ));
    }
    for lang in ["fi", "sv"] {
        for stage in ["agenda", "minutes"] {
            assert!(
                seen.contains(&(lang.to_owned(), stage.to_owned())),
                "no case of {lang} {stage}"
            );
        }
    }
}

#[test]
fn reading_twice_gives_the_same() {
    let case = fixtures().join("dynasty/history-first");
    let html = document(&case);
    let url = fs::read_to_string(case.join("url"))
        .expect("url")
        .trim()
        .parse()
        .expect("url");
    let once = read(PlatformKind::Dynasty, &url, &html);
    assert_eq!(once, read(PlatformKind::Dynasty, &url, &html));
}

/// A page that proves to be item 1-2 and says `body`.
fn page_of(body: &str) -> (Url, String) {
    let url = "https://k.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2"
        .parse()
        .expect("url");
    (
        url,
        format!("<html><body><a href='../kokous/1-2.PDF'>x</a>{body}</body></html>"),
    )
}

#[test]
fn no_repetition_costs_much_time_or_the_stack() {
    let times = 5_000;
    let link = "<a href='../kokous/1-2-3.PDF'>Liite</a>";
    let bodies = [
        format!("<p>{}</p>", "<span>Päätös</span>".repeat(times)),
        format!("<p>{}</p>", "<span>a</span>".repeat(times)),
        format!("<p>{}</p>", "Päätös: ".repeat(times)),
        format!("<p>{}</p>", "Päätöshistoria: ".repeat(times)),
        format!("<p>Päätös{}</p>", " (x)".repeat(times)),
        format!("<p>{}</p>", "Kaupunginjohtaja ".repeat(times)),
        format!("<table><tr><td>{}</td></tr></table>", link.repeat(times)),
        format!("<ul><li>{}</li></ul>", link.repeat(times)),
        "<p>§ 1</p>".repeat(times),
        "<p>Päätös</p>".repeat(times),
        "<p>KH 1.1.2024 § 1</p><p>x</p>".repeat(times),
        "<table><caption>Liitteet</caption></table>".repeat(times),
        "<div>".repeat(500),
        "<table><tr><td>".repeat(500),
        "<ul><li>".repeat(500),
    ];
    for body in bodies {
        let (url, html) = page_of(&body);
        let started = std::time::Instant::now();
        read(PlatformKind::Dynasty, &url, html.as_bytes());
        let took = started.elapsed();
        // unoptimised builds are some twenty times slower
        assert!(
            took.as_secs() < 5,
            "{took:?} for {}",
            body.chars().take(40).collect::<String>()
        );
    }
}

/// A fixture page and a way to spoil it.
fn spoiled() -> impl Strategy<Value = String> {
    let names: Vec<PathBuf> = fs::read_dir(fixtures().join("dynasty"))
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path().join("page.html"))
        .collect();
    let pages: Vec<String> = names
        .iter()
        .map(|name| String::from_utf8_lossy(&fs::read(name).expect("page")).into_owned())
        .collect();
    let piece = prop_oneof![
        Just("<".to_owned()),
        Just("</td>".to_owned()),
        Just("<table><tr><td>".to_owned()),
        Just("§".to_owned()),
        Just("Päätös".to_owned()),
        Just("\u{a0}\t".to_owned()),
        Just("<!--".to_owned()),
        Just("ä\u{308}\u{ad}".to_owned()),
        Just("Kaupunginhallitus 1.1.2024 § ".to_owned()),
        Just("Liite ".to_owned()),
        Just("&#x0;&#55296;".to_owned()),
        any::<String>(),
    ];
    (
        prop::sample::select(pages),
        prop::collection::vec((any::<prop::sample::Index>(), 0_usize..60, piece), 1..8),
    )
        .prop_map(|(page, edits)| {
            let mut letters: Vec<char> = page.chars().collect();
            for (at, removed, put) in edits {
                let at = at.index(letters.len() + 1);
                let end = (at + removed).min(letters.len());
                letters.splice(at..end, put.chars());
            }
            letters.into_iter().collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_spoiled_page_stops_the_reader(html in spoiled()) {
        let url = "https://mallilad10.oncloudos.com/cgi/DREQUEST.PHP?page=meetingitem&id=2026711-3".parse().expect("url");
        read(PlatformKind::Dynasty, &url, html.as_bytes());
    }

    #[test]
    fn no_text_stops_the_reader(body in "\\PC{0,200}") {
        let (url, html) = page_of(&format!("<p>{body}</p>"));
        read(PlatformKind::Dynasty, &url, html.as_bytes());
    }
}
