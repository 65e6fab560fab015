//! `seutu capture`: no person of the page is left in the fixture, and it reads as the page did.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::start;
use crate::support::program::{Ended, run};
use crate::support::workshop::Workshop;

const URL: &str = "https://mallilad10.oncloudos.com/cgi/DREQUEST.PHP?page=meetingitem&id=2026711-3";

/// Persons whose names stand in the page below in several forms and spellings.
const NAME_PARTS: [&str; 12] = [
    "virtanen",
    "virtase",
    "pirjo",
    "mäkelä",
    "makela",
    "seppo",
    "kokko",
    "tuulikki",
    "lindqvist",
    "säkkinen",
    "sakkinen",
    "m&auml;kel",
];

fn page() -> String {
    "<!DOCTYPE html>\n<html lang='fi'>\n<head>\n<meta charset='utf-8'>\n<title>Dynasty tietopalvelu</title>\n</head>\n\
     <body class='page-meetingitem'>\n<div id='content'>\n<h1 class='page-header'>Sivistyslautakunta<br>Pöytäkirja \
     12.11.2026/Pykälä 44</h1>\n<!--DATABEGIN-->\n<div class='data-part page-navigation'><table class='data-part-table'>\n\
     <tr><td class='navigation-documents'><a target='_blank' href='../kokous/2026711-3.PDF'>Kokousasia PDF-muodossa</a> |\
     </td></tr>\n</table></div>\n<div class='data-part meetingitem'>\n<div class='data-part-block-htm'>\n<div>\
     <p><span style='font-weight:bold'>Koulukuljetukset</span></p>\n<p><span>Sivistyslautakunta 12.11.2026 § 44</span></p>\n\
     <p><span>Valmistelija</span><span>sivistysjohtaja Pirjo Virtanen, puh. 040 765 4321, \
     <a href='mailto:pirjo.virtanen@mallila.fi'>pirjo.virtanen@mallila.fi</a></span></p>\n\
     <p><span>Rehtori Seppo M&auml;kelän selvitys on liitteenä. Lisätietoja antaa Tuulikki Säkkinen-Kokko \
     (tuulikki.sakkinen-kokko(at)mallila.fi).</span></p>\n\
     <p><span>Päätösehdotus</span><span>Sivistysjohtaja Virtasen ehdotus: lautakunta hyväksyy kuljetukset.</span></p>\n\
     <p><span>Käsittely</span><span>Seppo Mä<b>kelä</b> esitti PIRJO VIRTASEN kannattamana, että asia jätetään pöydälle. \
     Lautakunnan kokouksessa oli Malllilan kunta.</span></p>\n\
     <p><span>Päätös</span><span>Hyväksyttiin.</span></p>\n\
     <p><span>Tiedoksi</span><span>Pirjo Virtaselle, Johan Lindqvistille ja rehtori Mäkelälle</span></p>\n\
     <!-- tallentanut Seppo Mäkelä --></div>\n</div>\n</div>\n<!--DATAEND-->\n</div>\n</body>\n</html>\n"
        .to_owned()
}

struct Case {
    workshop: Workshop,
    folder: PathBuf,
    ended: Ended,
}

/// Captures saved bytes into a folder of its own.
fn capture(bytes: &[u8]) -> Case {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let dir = config.parent().expect("folder").to_owned();
    fs::write(dir.join("page.html"), bytes).expect("written");
    let ended = run(
        &config,
        &[
            "capture",
            "page.html",
            "--url",
            URL,
            "--name",
            "tapaus",
            "--out",
            "out",
        ],
    );
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    Case {
        folder: dir.join("out/platforms/dynasty/tapaus"),
        workshop,
        ended,
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("file")).expect("JSON")
}

/// What `read` makes of a page as it was.
fn as_it_was(case: &Case) -> Value {
    let config = case.workshop.config_file();
    let read = run(&config, &["read", "page.html", "--url", URL]);
    serde_json::from_str(&read.out).expect("JSON")
}

/// Which fields are filled, and how long the lists are: the shape of a reading without its words.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), shape(value)))
            .collect(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::String(_) => Value::Bool(true),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[test]
fn no_name_is_left_and_the_page_reads_as_before() {
    let case = capture(page().as_bytes());
    let saved = fs::read_to_string(case.folder.join("page.html")).expect("page");
    let expected = json(&case.folder.join("expected.json"));
    for text in [saved.to_lowercase(), expected.to_string().to_lowercase()] {
        for part in NAME_PARTS {
            assert!(!text.contains(part), "{part} is left:\n{text}");
        }
        assert!(
            !text.contains("765 4321") && !text.contains("mallila.fi"),
            "{text}"
        );
    }
    assert_eq!(shape(&expected), shape(&as_it_was(&case)));
    for kept in [
        "sivistysjohtaja",
        "Rehtori",
        "Sivistyslautakunta",
        "000 000 0000",
        "portal.example",
    ] {
        assert!(
            saved.contains(kept) || expected.to_string().contains(kept),
            "{kept}"
        );
    }
    let url = fs::read_to_string(case.folder.join("url")).expect("url");
    assert_eq!(
        url,
        "https://portal.example/cgi/DREQUEST.PHP?page=meetingitem&id=2026711-3\n"
    );
    assert!(
        case.ended.err.contains("check it field by field"),
        "{}",
        case.ended.err
    );
}

#[test]
fn one_person_is_the_same_everywhere_with_endings_kept() {
    let case = capture(page().as_bytes());
    let replaced = |name: &str| {
        let line = format!("replaced: {name} by ");
        let told = case
            .ended
            .err
            .lines()
            .find_map(|told| told.strip_prefix(&line));
        told.unwrap_or_else(|| panic!("{name}: {}", case.ended.err))
            .to_owned()
    };
    let (given, surname) = (replaced("Pirjo"), replaced("Virtanen"));
    let expected = json(&case.folder.join("expected.json"));
    let item = &expected["item"];
    let preparer = item["preparer"].as_str().unwrap_or_default();
    assert!(
        preparer.starts_with(&format!("sivistysjohtaja {given} {surname}")),
        "{preparer}"
    );
    let saved = fs::read_to_string(case.folder.join("page.html")).expect("page");
    let mail = format!(
        "{}.{}@mallila.example",
        given.to_lowercase(),
        surname.to_lowercase()
    );
    assert_eq!(saved.matches(&mail).count(), 2, "{saved}");
    let notified = item["notified"].as_str().unwrap_or_default();
    // "Pirjo Virtaselle, Johan Lindqvistille ja rehtori Mäkelälle"
    let words: Vec<&str> = notified
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(words.first(), Some(&given.as_str()), "{notified}");
    let inflected = words.iter().filter(|word| word.ends_with("lle")).count();
    assert_eq!(inflected, 3, "{notified}");
    let rector = replaced("Mäkelä");
    let beginning: String = rector.chars().take(5).collect();
    assert_eq!(
        saved.matches(&beginning).count(),
        4,
        "{rector} everywhere: {saved}"
    );
    assert!(!case.ended.err.contains("Mäkelän by"), "{}", case.ended.err);
}

#[test]
fn charset_and_markup_stay_as_served() {
    let text = page().replace("charset='utf-8'", "charset='iso-8859-1'");
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("latin-1"))
        .collect();
    let case = capture(&latin);
    let saved = fs::read(case.folder.join("page.html")).expect("page");
    assert!(std::str::from_utf8(&saved).is_err(), "still latin-1");
    let plain = |bytes: &[u8]| bytes.split(|byte| *byte == b'<').count();
    assert_eq!(plain(&saved), plain(&latin));
    assert!(
        saved
            .windows(6)
            .any(|six| six == b"p\xe4\xe4t\xf6k" || six == b"P\xe4\xe4t\xf6s")
    );
}

#[test]
fn what_may_be_a_name_is_told_and_a_case_is_never_overwritten() {
    let text = page().replace("Malllilan kunta", "Zorvan Quilp paikalla");
    let case = capture(text.as_bytes());
    assert!(
        case.ended
            .err
            .contains("might still be a name: Zorvan Quilp"),
        "{}",
        case.ended.err
    );
    let config = case.workshop.config_file();
    let again = run(
        &config,
        &[
            "capture",
            "page.html",
            "--url",
            URL,
            "--name",
            "tapaus",
            "--out",
            "out",
        ],
    );
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("is there already"), "{}", again.err);
}

#[test]
fn read_says_plainly_what_is_no_page() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let dir = config.parent().expect("folder");
    for (bytes, said) in [
        (&b""[..], "is empty"),
        (b" \n\t", "is empty"),
        (
            &[
                0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b, 0x0e, 0x0f, 0x10, 0x11, 0x12,
            ][..],
            "no text",
        ),
    ] {
        fs::write(dir.join("thing"), bytes).expect("written");
        let read = run(&config, &["read", "thing"]);
        assert_eq!(read.code, Some(1));
        assert!(read.err.contains(said), "{}", read.err);
    }
}

#[test]
fn read_takes_standard_input() {
    use std::io::Write as _;
    use std::process::Stdio;

    use crate::support::program::{ended, seutu};

    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let mut command = seutu(&config, &["read", "-", "--url", URL]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("started");
    let mut stdin = child.stdin.take().expect("input");
    stdin.write_all(page().as_bytes()).expect("written");
    drop(stdin);
    let read = ended(child.wait_with_output().expect("output"));
    assert_eq!(read.code, Some(0), "{}", read.err);
    let json: Value = serde_json::from_str(&read.out).expect("JSON");
    assert_eq!(json["item"]["section_no"], 44);
}

#[test]
fn every_fixture_page_reads_as_before_once_its_people_are_others() {
    use seutu::daemon::capture::capture;
    use seutu::daemon::reading::read_page;
    use seutu::model::page::AskedPage;
    use seutu::model::source::PlatformKind;
    use seutu::platform::platform;

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/platforms/dynasty");
    let mut changed = vec![];
    for case in fs::read_dir(root).expect("fixtures") {
        let case = case.expect("case").path();
        let url = fs::read_to_string(case.join("url")).expect("url");
        let url = url.trim().parse().expect("url");
        let reader = platform(PlatformKind::Dynasty);
        let (Ok(bytes), Some(key)) = (
            fs::read(case.join("page.html")),
            reader.key_of_address(&url),
        ) else {
            continue;
        };
        let portal = reader.portal_of_address(&url).expect("portal");
        let asked = AskedPage {
            portal: &portal,
            url: &url,
            key: &key,
            key_prefix: "",
        };
        let Ok(before) = read_page(PlatformKind::Dynasty, asked, &bytes, None) else {
            continue;
        };
        let saved = capture(&bytes, None, Some(&before));
        let after = read_page(PlatformKind::Dynasty, asked, &saved.bytes, None);
        let before = shape(&serde_json::to_value(&before).expect("json"));
        let after = after.map(|after| shape(&serde_json::to_value(&after).expect("json")));
        if after != Ok(before) {
            changed.push(format!("{}: {:?}", case.display(), saved.replaced));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
