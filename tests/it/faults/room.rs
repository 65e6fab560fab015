//! No room at any write, and a folder that can only be read.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use seutu::archive::verify;

use super::{limited, output, poll, program, start, undisturbed};
use crate::support::contents::{canonical, explain};
use crate::support::program::Ended;
use crate::support::workshop::Workshop;

/// Items of the sites here.
const ITEMS: usize = 9;

fn whole_or_nothing(workshop: &Workshop, when: &str) {
    if workshop.archive().join("archive.db").exists() {
        assert_eq!(verify(&workshop.archive()), [], "{when}");
    }
}

fn assert_complete(archive: &Path, expected: &str, when: &str) {
    let found = canonical(archive);
    assert!(found == expected, "{when}: {}", explain(expected, &found));
    assert_eq!(verify(archive), [], "{when}");
}

/// One archive meets a limit that grows: at each step another write is the first that finds no room.
#[test]
fn whichever_write_finds_no_room_the_archive_is_whole_and_goes_on_when_there_is_some() {
    let (portal, workshop) = start(ITEMS);
    let expected = undisturbed(&portal);
    let config = workshop.config_file();
    let mut refused = 0;
    for step in 0..32_u64 {
        let bytes = 4096 + step * 36 * 1024;
        let done = output(limited(
            &format!("--fsize={bytes}"),
            &config,
            &["poll", "--all"],
        ));
        let code = done
            .code
            .unwrap_or_else(|| panic!("killed at {bytes}: {done:?}"));
        if code != 0 {
            refused += 1;
            let text = format!("{}{}", done.out, done.err);
            let names_it = ["disk", "room", "too large", "not stored"];
            assert!(
                names_it.iter().any(|word| text.contains(word)),
                "{bytes}: {text}"
            );
        }
        whole_or_nothing(&workshop, &format!("{bytes} bytes"));
    }
    assert!(refused >= 8, "only {refused} limits were felt");
    poll(&config);
    assert_complete(&workshop.archive(), &expected, "with room");
}

/// A file system of its own for the archive, in a place that nobody else sees.
fn in_own_file_system(script: &str, workshop: &Workshop, config: &Path, size: &str) -> Ended {
    let dir = workshop.archive();
    fs::create_dir_all(&dir).expect("folder");
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(&dir)
        .arg(program())
        .arg(config)
        .arg(dir.with_file_name("copy"))
        .arg(size)
        .stdin(Stdio::null());
    output(command)
}

#[test]
fn on_a_file_system_that_is_full_at_any_size_nothing_is_lost_and_more_room_is_enough() {
    const SCRIPT: &str = r#"
        mount -t tmpfs -o "size=$5" none "$1" || exit 99
        "$2" --config "$3" poll --all; echo "code $?"
        if [ -e "$1/archive.db" ]; then TMPDIR=/tmp "$2" --config "$3" verify; echo "verified $?"; fi
        "$2" --config "$3" sources >/dev/null; echo "read $?"
        mount -o remount,size=64M "$1"
        "$2" --config "$3" poll --all; echo "again $?"
        cp -a "$1" "$4""#;
    let mut refused = 0;
    for step in 0..14 {
        let size = format!("{}k", 64 + step * 160);
        let (portal, workshop) = start(ITEMS);
        let config = workshop.config_file();
        let done = in_own_file_system(SCRIPT, &workshop, &config, &size);
        assert_eq!(done.code, Some(0), "{size}: {done:?}");
        let says = |line: &str| done.out.lines().any(|said| said == line);
        refused += u32::from(!says("code 0"));
        assert!(
            says("code 0") || says("code 1") || says("code 3"),
            "{size}: {done:?}"
        );
        assert!(
            !done.out.contains("verified") || says("verified 0"),
            "{size}: {done:?}"
        );
        assert!(says("again 0"), "{size}: {done:?}");
        let copy = workshop.archive().with_file_name("copy");
        assert_complete(&copy, &undisturbed(&portal), &size);
    }
    assert!(refused >= 4, "only {refused} sizes were too small");
}

#[test]
fn an_archive_that_can_only_be_read_is_read_and_what_would_write_says_why_not() {
    const SCRIPT: &str = r#"
        mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 99
        for command in sources feed verify; do "$2" --config "$3" $command >/dev/null; echo "$command $?"; done
        for command in poll run snapshot; do "$2" --config "$3" $command; echo "$command $?"; done"#;
    let (_portal, workshop) = start(ITEMS);
    let config = workshop.config_file();
    poll(&config);
    let before = canonical(&workshop.archive());
    let done = in_own_file_system(SCRIPT, &workshop, &config, "0");
    for command in ["sources 0", "feed 0", "verify 0"] {
        assert!(
            done.out.lines().any(|line| line == command),
            "{command}: {done:?}"
        );
    }
    for command in ["poll", "run", "snapshot"] {
        let refused = [1, 2].map(|code| format!("{command} {code}"));
        assert!(
            done.out
                .lines()
                .any(|line| refused.iter().any(|code| code == line)),
            "{command}: {done:?}"
        );
    }
    assert!(
        done.err.to_lowercase().contains("read-only"),
        "{}",
        done.err
    );
    assert_eq!(canonical(&workshop.archive()), before);
}
