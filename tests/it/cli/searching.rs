//! `seutu search` as people and scripts use it: what narrows it, what is wrong use, and the engine behind it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::start;
use crate::support::portal::{Paper, Portal};
use crate::support::program::{Ended, ended, run, seutu};
use crate::support::workshop::{Sheet, Workshop};

/// A portal and an archive filled from it.
fn filled() -> (Portal, Workshop, PathBuf) {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    (portal, workshop, config)
}

fn hits(config: &Path, arguments: &[&str]) -> Vec<Value> {
    let ended = run(config, &[&["search", "--json"], arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
fn what_is_too_long_is_refused() {
    let (_portal, _workshop, config) = filled();
    for words in ["sana ".repeat(17), "a".repeat(257)] {
        let ended = run(&config, &["search", &words]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        let said = "too long to search: 16 words and 256 bytes at the most";
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    assert_eq!(run(&config, &["search", &"sana ".repeat(16)]).code, Some(0));
}

#[test]
fn options_narrow_a_search() {
    let (_portal, _workshop, config) = filled();
    let keys = |arguments: &[&str]| {
        let hits = hits(&config, &[&["lautakunta"], arguments].concat());
        let mut keys: Vec<String> = hits
            .iter()
            .filter_map(|hit| hit["uid"].as_str()?.rsplit('-').next())
            .map(str::to_owned)
            .collect();
        keys.sort_unstable();
        keys.join(" ")
    };
    for (arguments, found) in [
        (&[][..], "1 2 3"),
        (&["--municipality", "Kuusijärvi"], "1 2 3"),
        (&["--municipality", "kuusijarvi"], "1 2 3"),
        (&["--body", "Kasvatus- ja opetuslautakunta"], "1 2 3"),
        (&["--year", "2026"], "1 2 3"),
        (&["--year", "2025-2026"], "1 2 3"),
        (&["--year", "2019-2025"], ""),
        (&["--stage", "minutes"], "3"),
        (&["--stage", "agenda"], "1 2"),
        (&["--outcome", "accepted"], "3"),
        (&["--outcome", "rejected"], ""),
        (&["--network", "sivistys"], "1"),
        (&["--network", "Sivistyksen verkosto"], "1"),
    ] {
        assert_eq!(keys(arguments), found, "{arguments:?}");
    }
    assert_eq!(hits(&config, &["lautakunta", "--limit", "2"]).len(), 2);
}

#[test]
fn what_a_search_cannot_be_is_said() {
    let (_portal, _workshop, config) = filled();
    for (wrong, said) in [
        (&[""][..], "there is nothing to look for"),
        (&[" ", "\t"], "there is nothing to look for"),
        (
            &["--", "-", "*", "(", "\"\""],
            "there is nothing to look for; give a word or a number",
        ),
        (
            &["x", "--municipality", "Olematon"],
            "no municipality \"Olematon\"",
        ),
        (&["x", "--body", "Olematon"], "no body \"Olematon\""),
        (&["x", "--municipality", "Kuusi"], "it has Kuusijärvi"),
        (&["x", "--network", ""], "no network \"\""),
        (&["x", "--year", "viime"], "`viime` is no year"),
        (&["x", "--year", "2026-2019"], "write 2019-2026"),
        (&["x", "--stage", "draft"], "neither agenda nor minutes"),
        (&["x", "--outcome", "maybe"], "there are accepted, "),
        (&["x", "--limit", "0"], "1..=1000"),
        (&["x", "--limit", "many"], "many"),
        (&[], "<WORDS>"),
    ] {
        let ended = run(&config, &[&["search"], wrong].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(ended.err.contains(said), "{wrong:?}: {}", ended.err);
    }
}

#[test]
fn snippets_stand_on_one_line_with_found_words_in_brackets() {
    let text = "Kunnat ovat\n\n  sopineet\tkehittämisverkostolle   tilat.";
    let portal = Portal::with(&[Paper::agenda("2026311-1", "Tilat").saying(text)]);
    let workshop = Workshop::new(Sheet::of(portal.url()));
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let shown = "sopineet [kehittämisverkostolle] tilat.";
    let snippet = hits(&config, &["verkosto"])[0]["snippet"].clone();
    let snippet = snippet.as_str().expect("a snippet");
    assert!(snippet.contains(shown), "{snippet}");
    let lines = run(&config, &["search", "verkosto"]).out;
    assert!(
        lines
            .lines()
            .nth(2)
            .is_some_and(|line| line.contains(shown)),
        "{lines}"
    );
}

/// A library like Voikko whose dictionary is missing, or knows no word.
fn imitation(folder: &Path, init: &str) -> PathBuf {
    let (source, library) = (folder.join("imitation.c"), folder.join("imitation.so"));
    let code = format!(
        "static int handle;
         void *voikkoInit(const char **error, const char *language, const char *path) {{ {init} }}
         const char *voikkoGetVersion(void) {{ return \"0\"; }}
         void voikkoTerminate(void *handle) {{}}
         void **voikkoAnalyzeWordCstr(void *handle, const char *word) {{ return 0; }}
         void voikko_free_mor_analysis(void **list) {{}}
         char *voikko_mor_analysis_value_cstr(const void *one, const char *key) {{ return 0; }}
         void voikko_free_mor_analysis_value_cstr(char *value) {{}}"
    );
    fs::write(&source, code).expect("source");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-w", "-o"])
        .args([&library, &source])
        .status();
    assert!(built.expect("the compiler that links Rust").success());
    library
}

#[test]
fn a_voikko_that_does_not_work_is_said_once_and_done_without() {
    let folder = tempfile::tempdir().expect("folder");
    let no_library = folder.path().join("libvoikko.so.1");
    fs::write(&no_library, "no library").expect("file");
    let missing = "*error = \"no dictionary for fi\"; return 0;";
    for (library, said) in [
        (
            Path::new("/nowhere/libvoikko.so.1").to_owned(),
            "cannot be loaded",
        ),
        (no_library, "cannot be loaded"),
        (
            imitation(folder.path(), missing),
            "has no Finnish dictionary: no dictionary for fi",
        ),
        (
            {
                let other = folder.path().join("other");
                fs::create_dir(&other).expect("folder");
                imitation(&other, "return &handle;")
            },
            "does not know its own test word",
        ),
    ] {
        let (_portal, mut workshop) = start();
        workshop.sheet.archive = format!("voikko = {library:?}\n");
        let config = workshop.config_file();
        let check = run(&config, &["check"]);
        assert_eq!((check.code, check.err.as_str()), (Some(0), ""));
        let lines: Vec<&str> = check
            .out
            .lines()
            .filter(|line| line.starts_with("search: "))
            .collect();
        assert_eq!(lines.len(), 1, "{}", check.out);
        for part in ["search: stems", said, "archive.voikko = \"off\""] {
            assert!(lines[0].contains(part), "{part}: {}", lines[0]);
        }
        let poll = run(&config, &["poll", "-vv"]);
        assert_eq!(poll.code, Some(0));
        let told = poll.err.matches("the search does without Voikko").count();
        assert_eq!(told, 1, "{}", poll.err);
        assert!(poll.err.contains(said), "{}", poll.err);
        assert_eq!(hits(&config, &["verkosto"]).len(), 1, "stems find it");
    }
}

#[test]
fn check_names_the_engine_of_the_search() {
    let (_portal, mut workshop) = start();
    let engine = |ended: Ended| {
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        let line = ended.out.lines().find(|line| line.starts_with("search: "));
        line.expect("a line").to_owned()
    };
    let by_default = engine(run(&workshop.config_file(), &["check"]));
    assert!(
        by_default.starts_with("search: voikko ") || by_default.contains("not Voikko: "),
        "{by_default}"
    );
    workshop.sheet.archive += "voikko = \"off\"\n";
    let config = workshop.config_file();
    let off = engine(run(&config, &["check"]));
    assert!(
        off.starts_with("search: stems") && !off.contains("Voikko"),
        "{off}"
    );
    let mut overridden = seutu(&config, &["check"]);
    overridden.env("SEUTU_ARCHIVE_VOIKKO", "/nowhere/libvoikko.so.1");
    let overridden = engine(ended(overridden.output().expect("started")));
    assert!(
        overridden.contains("/nowhere/libvoikko.so.1"),
        "{overridden}"
    );
}

#[test]
fn a_voikko_setting_that_means_nothing_is_a_fault() {
    for (value, said) in [
        ("\"maybe\"", "`maybe` is neither a mode nor a path"),
        ("\"\"", "`` is neither a mode nor a path"),
        ("true", "\"auto\", \"off\", or the path of libvoikko.so.1"),
    ] {
        let (_portal, mut workshop) = start();
        workshop.sheet.archive = format!("voikko = {value}\n");
        let ended = run(&workshop.config_file(), &["check"]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(2), ""), "{value}");
        for part in [said, "seutu.toml:3:10: archive.voikko"] {
            assert!(ended.out.contains(part), "{value}: {}", ended.out);
        }
    }
}
