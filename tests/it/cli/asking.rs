//! The commands that read: what they print for people and for scripts.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{papers, start};
use crate::support::origin::Reply;
use crate::support::portal::Portal;
use crate::support::program::{Ended, bare, ended, run, seutu};
use crate::support::workshop::Workshop;

/// A portal and an archive filled from it.
fn filled() -> (Portal, Workshop, PathBuf) {
    let (portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    (portal, workshop, config)
}

fn json(ended: &Ended) -> Value {
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (Some(0), ""),
        "{}",
        ended.out
    );
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
fn search_finds_beginnings_of_words_and_says_when_nothing_is_found() {
    let (_portal, _workshop, config) = filled();
    let found = run(&config, &["search", "verkost", "suunnit"]);
    assert_eq!(found.code, Some(0));
    assert!(
        found
            .out
            .starts_with("kuusijarvi/2026311-1  2026-11-12  Sivistyksen verkoston suunnitelma\n"),
        "{}",
        found.out
    );
    let hits = json(&run(&config, &["search", "--json", "koulukulj"]));
    assert_eq!(hits[0]["uid"], "kuusijarvi/2026311-3");
    assert_eq!(run(&config, &["search", "olematon"]).out, "nothing found\n");
    assert_eq!(
        json(&run(&config, &["search", "--json", "olematon"])),
        Value::Array(vec![])
    );
    // What means something to the engine of the search means nothing here.
    for odd in ["\"a", "a AND", "NEAR(", "title:x", "*a", "-a"] {
        assert_eq!(run(&config, &["search", "--", odd]).code, Some(0), "{odd}");
    }
    for nothing in ["\"", "*", "-"] {
        let refused = run(&config, &["search", "--", nothing]);
        assert_eq!(refused.code, Some(2), "{nothing}");
    }
    let one = json(&run(
        &config,
        &["search", "--json", "--limit", "1", "lautakunta"],
    ));
    assert_eq!(one.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (_portal, _workshop, config) = filled();
    for command in [
        &["search", "lautakunta"][..],
        &["feed"],
        &["sources"],
        &["man"],
    ] {
        let mut child = seutu(&config, command).spawn().expect("started");
        // Closed before anything was read: the next write of the program finds nobody.
        drop(child.stdout.take());
        let ended = ended(child.wait_with_output().expect("output"));
        assert_eq!(
            (ended.code, ended.err.as_str()),
            (Some(0), ""),
            "{command:?}"
        );
    }
    let mut child = seutu(&config, &["search", "lautakunta"])
        .spawn()
        .expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("output"))
        .read_line(&mut line)
        .expect("a line");
    assert!(line.starts_with("kuusijarvi/"));
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[test]
fn show_tells_text_verdict_and_versions() {
    let (_portal, _workshop, config) = filled();
    let shown = run(&config, &["show", "kuusijarvi/2026311-3"]);
    assert_eq!(shown.code, Some(0));
    for part in [
        "Koulukuljetukset\nKuusijärvi, Kasvatus- ja opetuslautakunta 2026-11-12\nminutes, accepted, version 1\n",
        "§ 44",
        "\ndecision\nHyväksyttiin.\n",
        "network sivistys: out",
        "version 1: minutes since ",
    ] {
        assert!(
            shown.out.contains(part),
            "{part:?} is not in:\n{}",
            shown.out
        );
    }
    let item = json(&run(&config, &["show", "--json", "kuusijarvi/2026311-1"]));
    assert_eq!(item["uid"], "kuusijarvi/2026311-1");
    assert_eq!(item["stage"], "agenda");
    assert_eq!(item["matches"][0]["verdict"], "in");
    assert_eq!(item["matches"][0]["evidence"][0]["field"], "title");
    assert_eq!(item["versions"][0]["version_no"], 1);
    assert_eq!(item["fields"]["decision"], Value::Null);
}

#[test]
fn an_unknown_item_is_said_with_what_to_do() {
    let (_portal, _workshop, config) = filled();
    let ended = run(&config, &["show", "kuusijarvi/1-1"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert_eq!(
        ended.err,
        "seutu: there is no item kuusijarvi/1-1; `seutu search` finds items by words\n"
    );
}

#[test]
fn problems_asked_for_tell_what_else_there_is_and_nobody_is_well_who_never_answered() {
    let (portal, workshop) = super::start();
    portal.feed_answers(crate::support::origin::Reply::status(500));
    let config = workshop.config_file();
    run(&config, &["poll"]);
    let conn = rusqlite::Connection::open(workshop.archive().join("archive.db")).expect("archive");
    let all = json(&run(&config, &["sources", "--json"]));
    assert_ne!(all[0]["health"], "ok", "{all}");
    let told = run(&config, &["sources", "--problems"]).out;
    assert!(
        told.contains("findings about sources: 1; `seutu sources`"),
        "{told}"
    );
    // As after a round in which nothing could be reached, where no source is blamed.
    conn.execute_batch("DELETE FROM finding").expect("written");
    let all = json(&run(&config, &["sources", "--json"]));
    assert_eq!(all[0]["health"], serde_json::Value::Null, "{all}");
    assert!(run(&config, &["sources"]).out.contains("unknown"));
}

#[test]
fn sources_tells_how_each_one_is() {
    let (portal, _workshop, config) = filled();
    portal.feed_answers(crate::support::origin::Reply::status(500));
    run(&config, &["poll", "--all"]);
    let table = run(&config, &["sources"]);
    assert_eq!(table.code, Some(0));
    let line = table.out.lines().nth(1).expect("a line");
    assert!(line.starts_with("kuusijarvi  dynasty"), "{line}");
    assert!(
        line.contains("2026-11-12") && line.ends_with("http_error"),
        "{line}"
    );
    assert!(table.out.contains("500"), "the reason: {}", table.out);
    let all = json(&run(&config, &["sources", "--json"]));
    assert_eq!(
        (&all[0]["source"], &all[0]["items"]),
        (&"kuusijarvi".into(), &3.into())
    );
}

#[test]
fn feed_writes_atom_by_network_and_filter() {
    let (_portal, _workshop, config) = filled();
    let keys = |arguments: &[&str]| {
        let ended = run(&config, &[&["feed"], arguments].concat());
        assert_eq!(
            (ended.code, ended.err.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        assert!(
            ended
                .out
                .contains("<feed xmlns=\"http://www.w3.org/2005/Atom\""),
            "{}",
            ended.out
        );
        let has = |key: &&&str| ended.out.contains(**key);
        ["2026311-1", "2026311-2", "2026311-3"]
            .iter()
            .filter(has)
            .filter_map(|key| key.strip_prefix("2026311-"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(keys(&[]), "1 2 3");
    assert_eq!(keys(&["all"]), "1 2 3");
    assert_eq!(keys(&["sivistys"]), "1");
    assert_eq!(keys(&["--stage", "minutes"]), "3");
    assert_eq!(keys(&["--outcome", "accepted"]), "3");
    assert_eq!(
        keys(&["--municipality", "Kuusijärvi", "--q", "kirjasto"]),
        "2"
    );
    assert_eq!(keys(&["--body", "Kasvatus- ja opetuslautakunta"]), "1 2 3");
    assert_eq!(keys(&["--since", "2026-01-01", "--stage", "agenda"]), "1 2");
}

#[test]
fn a_feed_that_cannot_be_is_said() {
    let (_portal, _workshop, config) = filled();
    for (wrong, said) in [
        (&["olematon"][..], "there is no feed \"olematon\""),
        (&["--stage", "draft"], "stage"),
        (&["--municipality", "Olematon"], "Olematon"),
        (&["--since", "eilen"], "eilen"),
        (&["--since", "2999-01-01"], "between the years"),
        (&["--page", "0"], "page"),
    ] {
        let ended = run(&config, &[&["feed"], wrong].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(ended.err.contains(said), "{wrong:?}: {}", ended.err);
    }
}

#[test]
fn read_prints_what_is_read_from_a_saved_page_or_feed() {
    let folder = tempfile::tempdir().expect("folder");
    let saved = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("saved");
        file.to_string_lossy().into_owned()
    };
    let read = |arguments: &[&str]| {
        ended(
            bare(&[&["read"], arguments].concat())
                .output()
                .expect("started"),
        )
    };
    let paper = &papers()[2];
    let page = saved("page.html", &paper.html());
    let address = "https://kunta.example/cgi/DREQUEST.PHP?page=meetingitem&id=2026311-3";
    for arguments in [&[page.as_str()][..], &[&page, "--url", address]] {
        let reading = json(&read(arguments));
        assert_eq!(reading["item"]["stage"], "minutes");
        assert_eq!(reading["item"]["decision"], "Hyväksyttiin.");
    }
    let portal = Portal::start();
    let feed = json(&read(&[&saved("feed.xml", &portal.feed_of(&papers()))]));
    assert_eq!(feed["entries"].as_array().map(Vec::len), Some(3));

    let other = read(&[&page, "--url", &address.replace("-3", "-4")]);
    assert_eq!(other.code, Some(1));
    assert!(other.out.contains("\"fault\""), "{}", other.out);
    let nothing = read(&[&saved("odd.html", "<html><body>Huolto</body></html>")]);
    assert_eq!(nothing.code, Some(1));
    let missing = read(&["/nowhere/page.html"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.err.contains("cannot read /nowhere/page.html"),
        "{}",
        missing.err
    );
}

#[test]
fn read_takes_no_more_of_a_file_than_a_poll_would_of_a_body() {
    let folder = tempfile::tempdir().expect("folder");
    let large = folder.path().join("large.html");
    let file = std::fs::File::create(&large).expect("file");
    file.set_len(16 * 1024 * 1024 + 1).expect("size");
    let (_portal, mut workshop) = start();
    workshop.sheet.fetch += "max_body = \"1MiB\"\n";
    let config = workshop.config_file();
    for (file, most) in [
        (large.as_path(), 1 << 20),
        (Path::new("/dev/zero"), 1 << 20),
    ] {
        let ended = run(&config, &["read", &file.to_string_lossy()]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        let said = format!("{} is larger than {most} bytes", file.display());
        assert!(ended.err.contains(&said), "{}", ended.err);
    }
    let built_in = ended(
        bare(&["read", &large.to_string_lossy()])
            .output()
            .expect("started"),
    );
    assert!(
        built_in.err.contains("larger than 16777216 bytes"),
        "{}",
        built_in.err
    );
}

#[test]
fn read_fetches_an_address() {
    let (portal, workshop) = start();
    let address = portal.origin.url(&papers()[2].target());
    let reading = json(&run(&workshop.config_file(), &["read", address.as_str()]));
    assert_eq!(reading["item"]["section_no"], 44);
    let feed = portal.origin.url(crate::support::portal::FEED);
    let reading = json(&run(&workshop.config_file(), &["read", feed.as_str()]));
    assert_eq!(reading["entries"].as_array().map(Vec::len), Some(3));
}

#[test]
fn read_says_that_robots_txt_forbids_what_a_person_asks_for() {
    let (portal, workshop) = start();
    let forbids = Reply::ok("text/plain", "User-agent: *\nDisallow: /\n");
    let address = portal.origin.url(&papers()[2].target());
    let read = || run(&workshop.config_file(), &["read", address.as_str()]);
    let allowed = read();
    assert!(!allowed.err.contains("robots.txt"), "{}", allowed.err);
    portal.origin.on("/robots.txt", forbids);
    let forbidden = read();
    assert_eq!(forbidden.out, allowed.out);
    assert!(
        forbidden.err.contains("robots.txt forbids http"),
        "{}",
        forbidden.err
    );
}

#[test]
fn completions_manual_and_help_need_no_configuration() {
    for shell in ["bash", "zsh", "fish"] {
        let script = ended(bare(&["completions", shell]).output().expect("started"));
        assert_eq!((script.code, script.err.as_str()), (Some(0), ""));
        assert!(script.out.contains("rederive"), "{shell}");
    }
    let manual = ended(bare(&["man"]).output().expect("started"));
    assert_eq!(manual.code, Some(0));
    assert!(manual.out.contains(".TH seutu 1"), "{}", manual.out);
    let version = ended(bare(&["--version"]).output().expect("started"));
    assert_eq!(
        version.out,
        format!("seutu {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = ended(bare(&["--help"]).output().expect("started"));
    assert_eq!(help.code, Some(0));
    for command in [
        "run",
        "demo",
        "poll",
        "check",
        "sources",
        "read",
        "show",
        "search",
        "feed",
        "verdict",
        "verify",
        "rederive",
        "completions",
        "man",
    ] {
        assert!(
            help.out.contains(&format!("\n  {command} ")),
            "{command} is not in the help"
        );
        let own = ended(bare(&[command, "--help"]).output().expect("started"));
        assert_eq!((own.code, own.err.as_str()), (Some(0), ""), "{command}");
        assert!(
            own.out.contains(&format!("Usage: seutu {command}")),
            "{}",
            own.out
        );
    }
}
