//! Wrong use and faulty configurations: every fault, with place and remedy, and exit code 2.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::SystemTime;

use super::start;
use crate::support::program::{bare, ended, run};

#[test]
fn check_counts_what_is_well() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let before = run(&config, &["check"]);
    assert_eq!((before.code, before.err.as_str()), (Some(0), ""));
    assert!(
        before
            .out
            .contains("no fault (municipalities: 1, sources: 1, networks: 1)"),
        "{}",
        before.out
    );
    assert!(before.out.contains("archive: none in "), "{}", before.out);
    assert!(!workshop.archive().exists(), "checking makes nothing");
    run(&config, &["poll"]);
    let after = run(&config, &["check"]);
    assert_eq!(after.code, Some(0));
    assert!(after.out.contains("is sound"), "{}", after.out);
}

#[test]
fn check_lists_every_fault_with_file_and_line() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let text = fs::read_to_string(&config).expect("configuration")
        + "[[source]]\nid = \"kuusijarvi\"\nmunicipality = \"Kusijärvi\"\nplatform = \"dynasti\"\nurl = \"https://a.example/\"\n";
    let text = text.replace(
        "min_interval = \"0s\"",
        "min_interval = \"soon\"\nmax_bodi = \"1MiB\"",
    );
    fs::write(&config, &text).expect("configuration");
    let ended = run(&config, &["check"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let line_of = |what: &str| {
        text.lines()
            .position(|line| line.contains(what))
            .expect("line")
            + 1
    };
    for (wanted, line) in [
        ("soon", line_of("soon")),
        ("max_body", line_of("max_bodi")),
        ("Kusijärvi", line_of("Kusijärvi")),
        ("dynasti", line_of("\"dynasti\"")),
    ] {
        let place = format!("seutu.toml:{line}");
        assert!(
            ended
                .out
                .lines()
                .any(|said| said.contains(&place) && said.contains(wanted)),
            "{wanted} at {place}:\n{}",
            ended.out
        );
    }
    assert!(
        ended.out.lines().any(|line| line.contains("kuusijarvi")),
        "{}",
        ended.out
    );
    assert!(
        ended.out.lines().all(|line| line.contains("; ")),
        "each with a remedy: {}",
        ended.out
    );
}

#[test]
fn every_command_that_needs_a_configuration_ends_with_2_when_it_is_faulty() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    fs::write(&config, "[archive]\ndirr = \"x\"\n").expect("configuration");
    for command in [
        &["run"][..],
        &[],
        &["poll"],
        &["sources"],
        &["show", "a/1"],
        &["search", "x"],
        &["feed"],
        &["verify"],
        &["rederive"],
        &["verdict", "a/1", "n", "in"],
    ] {
        let ended = run(&config, command);
        assert_eq!(ended.code, Some(2), "{command:?}: {ended:?}");
        assert!(
            ended.err.contains("seutu.toml:2"),
            "{command:?}: {}",
            ended.err
        );
        assert!(
            ended.err.contains("dirr") && ended.err.contains("dir"),
            "{}",
            ended.err
        );
    }
}

/// What makes a good configuration a faulty one: the line that is looked for, and what stands there instead.
const BROKEN: [(&str, &str); 24] = [
    ("[archive]", "[archive"),
    ("[http]", "[http]]"),
    ("[poll]", "[pol]"),
    ("[snapshot]", "[snapshot]\nkeep = \"many\""),
    ("listen = ", "listen = \"nowhere\""),
    ("listen = ", "listen = \"127.0.0.1:99999\""),
    ("min_interval = ", "min_interval = \"soon\""),
    ("min_interval = ", "min_interval = \"0s"),
    ("min_interval = ", "max_body = \"-1MiB\""),
    ("allow_private", "allow_private_addresses = \"yes\""),
    ("allow_private", "allow_private_adresses = true"),
    ("allow_private", "= true"),
    ("code = ", "code = 9.01"),
    ("id = ", "id = \"Kuusi järvi\""),
    ("id = ", "id = \"\\q\""),
    ("municipality = ", "municipality = \"Kusijärvi\""),
    ("platform = ", "platform = \"dynasti\""),
    ("url = ", "url = \"ftp://kuusijarvi.example/\""),
    ("url = ", "url = \"kuusijarvi\""),
    ("show = ", "show = \"thirty\""),
    ("members = ", "members = \"Kuusijärvi\""),
    ("fields = ", "fields = [\"titel\"]"),
    ("words = ", "words = [\"verkosto*\""),
    ("weight = ", "weight = \"heavy\""),
];

/// Every file of a folder, to the byte and to the moment it was written.
fn state(dir: &Path) -> Vec<(std::path::PathBuf, SystemTime, Vec<u8>)> {
    let mut files = vec![];
    for entry in fs::read_dir(dir).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files.extend(state(&path));
        } else {
            let written = fs::metadata(&path).and_then(|found| found.modified());
            let bytes = fs::read(&path).expect("file");
            files.push((path, written.expect("a moment"), bytes));
        }
    }
    files.sort();
    files
}

#[test]
fn a_faulty_configuration_is_placed_and_leaves_an_archive_as_it_is() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    assert_eq!(run(&config, &["poll"]).code, Some(0));
    let (good, before) = (
        fs::read_to_string(&config).expect("configuration"),
        state(&workshop.archive()),
    );
    assert!(before.len() > 3, "{before:?}");
    for (line, broken) in BROKEN {
        let number = good
            .lines()
            .position(|good| good.starts_with(line))
            .expect(line);
        let mut lines: Vec<_> = good.lines().collect();
        lines[number] = broken;
        fs::write(&config, lines.join("\n")).expect("configuration");
        let place = format!("seutu.toml:{}", number + 1 + broken.matches('\n').count());
        for command in ["check", "poll", "run"] {
            let said = run(&config, &[command]);
            assert_eq!(said.code, Some(2), "{command}, {broken}: {said:?}");
            let text = said.out + &said.err;
            assert!(
                text.contains(&place),
                "{command}, {broken}: {place}: {text}"
            );
        }
        assert!(state(&workshop.archive()) == before, "{broken}");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let ended = run(&folder.path().join("seutu.toml"), &["poll"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("seutu.toml") && ended.err.contains("--config"),
        "{}",
        ended.err
    );
}

#[test]
fn a_folder_that_cannot_hold_the_archive_is_a_fault_of_the_configuration() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    fs::write(workshop.archive(), "a file in the way").expect("file");
    let ended = run(&config, &["poll"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.err.contains("seutu.toml:2") && ended.err.contains("not a folder"),
        "{}",
        ended.err
    );
}

#[test]
fn the_environment_overrides_and_its_faults_are_named() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let mut command = crate::support::program::seutu(&config, &["check", "--print"]);
    command.env("SEUTU_HTTP_LISTEN", "127.0.0.1:9000");
    let printed = ended(command.output().expect("started"));
    assert_eq!(printed.code, Some(0));
    assert!(printed.out.contains("127.0.0.1:9000"), "{}", printed.out);
    let mut command = crate::support::program::seutu(&config, &["check"]);
    command.env("SEUTU_POLL_INTERVAL", "often");
    let wrong = ended(command.output().expect("started"));
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.out.contains("SEUTU_POLL_INTERVAL"), "{}", wrong.out);
}

#[test]
fn what_check_prints_is_a_configuration() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    let printed = run(&config, &["check", "--print"]);
    assert_eq!(printed.code, Some(0));
    fs::write(&config, &printed.out).expect("configuration");
    let again = run(&config, &["check", "--print"]);
    assert_eq!((again.code, again.out), (Some(0), printed.out));
}

#[test]
fn wrong_use_ends_with_2_and_says_what_is_right() {
    for wrong in [
        &["pol"][..],
        &["poll", "--al"],
        &["show"],
        &["search"],
        &["completions", "tcsh"],
        &["read", "x", "--platform", "sharepoint"],
        &["feed", "--format", "pdf"],
    ] {
        let ended = ended(bare(wrong).output().expect("started"));
        assert_eq!(ended.code, Some(2), "{wrong:?}");
        assert_eq!(ended.out, "");
        assert!(ended.err.contains("error: "), "{}", ended.err);
    }
}

#[test]
fn commands_that_read_say_that_there_is_no_archive_yet() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    for command in [
        &["sources"][..],
        &["show", "a/1"],
        &["search", "x"],
        &["feed"],
        &["verify"],
    ] {
        let ended = run(&config, command);
        assert_eq!(ended.code, Some(1), "{command:?}");
        assert!(
            ended.err.contains("there is no archive in") && ended.err.contains("seutu poll"),
            "{}",
            ended.err
        );
        assert_eq!(ended.err.lines().count(), 1);
    }
    assert!(!workshop.archive().exists(), "reading makes nothing");
}

#[test]
fn an_archive_is_read_from_a_folder_nobody_may_write() {
    let (_portal, workshop) = start();
    let config = workshop.config_file();
    run(&config, &["poll"]);
    fs::set_permissions(workshop.archive(), fs::Permissions::from_mode(0o555)).expect("mode");
    let shown = run(&config, &["show", "kuusijarvi/2026311-1"]);
    fs::set_permissions(workshop.archive(), fs::Permissions::from_mode(0o755)).expect("mode");
    assert_eq!(shown.code, Some(0), "{shown:?}");
}

#[test]
fn a_day_that_cannot_be_read_is_told_how_to_be_written() {
    let (_portal, workshop) = start();
    let args = ["poll", "--backfill", "--since", "yesterday"];
    let said = run(&workshop.config_file(), &args);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("YYYY-MM-DD"), "{}", said.err);
}
