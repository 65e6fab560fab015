//! Every feed under `fixtures/feeds` is read as expected, and no text makes the reader panic.
//!
//! A case is a folder: `feed.*` (bytes), `charset` (when they are not UTF-8) and `expected.json`. A
//! case without the last gets `expected.json.new` written and fails: a person reads it and renames
//! it.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use seutu::feed::{FeedLimits, canonical_link, read};
use url::Url;

fn base() -> Url {
    Url::parse("https://esimerkkila.esimerkki.fi/cgi/DREQUEST.PHP?page=rss/meetingitems&show=30")
        .expect("address")
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds");
    let entries = fs::read_dir(folder).expect("fixtures/feeds");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("entry").path()).collect();
    cases.sort();
    cases
}

fn decoded(case: &Path) -> String {
    let files = ["feed.xml", "feed.json", "feed.bin"].map(|name| case.join(name));
    let file = files
        .iter()
        .find(|file| file.exists())
        .expect("a feed file");
    let bytes = fs::read(file).expect("readable");
    let label = fs::read_to_string(case.join("charset")).unwrap_or_else(|_| "utf-8".to_owned());
    let charset = encoding_rs::Encoding::for_label(label.trim().as_bytes()).expect("known charset");
    let (text, faulty) = charset.decode_without_bom_handling(&bytes);
    assert!(!faulty, "{} is not {label}", file.display());
    text.into_owned()
}

/// Compares one case; the complaint, if there is one.
fn complaint(case: &Path) -> Option<String> {
    let name = case.display();
    let reading = match read(&decoded(case), &base(), &FeedLimits::default()) {
        Ok(reading) => reading,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let mut got = serde_json::to_string_pretty(&reading).expect("serialisable");
    got.push('\n');
    let Ok(expected) = fs::read_to_string(case.join("expected.json")) else {
        fs::write(case.join("expected.json.new"), got).expect("writable");
        return Some(format!(
            "{name}: no expected.json; read expected.json.new and rename it"
        ));
    };
    (got != expected).then(|| format!("{name}: expected\n{expected}\ngot\n{got}"))
}

#[test]
fn every_feed_is_read_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 15, "{} cases", cases.len());
    let complaints: Vec<_> = cases.iter().filter_map(|case| complaint(case)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_feed_cut_short_is_an_error() {
    for case in cases() {
        let text = decoded(&case);
        let length = text.trim_end().chars().count();
        for percent in [10, 50, 90, 99] {
            let cut: String = text.chars().take(length * percent / 100).collect();
            // What stands after the root may be cut without harm.
            let whole = ["</rss>", "</feed>", "</rdf:RDF>"]
                .iter()
                .any(|end| cut.contains(end));
            let got = read(&cut, &base(), &FeedLimits::default());
            assert!(whole || got.is_err(), "{} at {percent} %", case.display());
        }
    }
}

/// Reads twice and insists on the same answer, with every identity once.
fn steady(text: &str) -> Result<(), TestCaseError> {
    let limits = FeedLimits::default();
    let (first, second) = (read(text, &base(), &limits), read(text, &base(), &limits));
    match (first, second) {
        (Ok(first), Ok(second)) => {
            let ids: std::collections::HashSet<_> =
                first.entries.iter().map(|e| &e.native_id).collect();
            prop_assert_eq!(ids.len(), first.entries.len());
            prop_assert!(ids.iter().all(|id| !id.is_empty()));
            prop_assert_eq!(first, second);
        }
        (Err(first), Err(second)) => {
            prop_assert!(
                !matches!(first, seutu::feed::FeedError::Crashed { .. }),
                "{first}"
            );
            prop_assert_eq!(first.to_string(), second.to_string());
        }
        (first, second) => prop_assert!(false, "{first:?} then {second:?}"),
    }
    Ok(())
}

/// Pieces that meet in broken feeds.
const PIECES: [&str; 28] = [
    "<",
    ">",
    "&",
    ";",
    "\"",
    "'",
    "&auml;",
    "&#0;",
    "&#x80;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml ",
    "?>",
    "<!DOCTYPE",
    "[",
    "\u{0}",
    "\u{feff}",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<guid>",
    "</guid>",
    "<media:group>",
    "</channel></rss>",
    "3.11.2026",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        steady(&text)?;
        steady(&format!("<rss version='2.0'><channel><item><title>{text}</title><pubDate>{text}</pubDate></item></channel></rss>"))?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        steady(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn broken_feeds_never_panic(
        case in any::<prop::sample::Index>(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_usize), 1..6),
    ) {
        let cases = cases();
        let mut letters: Vec<char> = decoded(case.get::<PathBuf>(&cases)).chars().collect();
        for (place, piece, removed) in places {
            let from = place.index(letters.len());
            let to = (from + removed).min(letters.len());
            letters.splice(from..to, piece.get(&PIECES).chars());
        }
        steady(&letters.into_iter().collect::<String>())?;
    }

    #[test]
    fn a_canonical_link_is_its_own_canonical_link(path in "[a-zA-Z0-9/%=&?#;.]{0,40}") {
        let Ok(url) = base().join(&path) else { return Ok(()) };
        let once = canonical_link(&url);
        prop_assert_eq!(canonical_link(&once), once);
    }
}
