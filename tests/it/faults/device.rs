//! Errors of the device itself: a write or a flush that fails, once or from then on. `strace` makes the kernel's answer;
//! where it is missing the test says so and ends, unless `SEUTU_TEST_STRACE` is `required`.

use std::process::{Command, Stdio};

use seutu::archive::verify;

use super::{output, poll, program, start, undisturbed};
use crate::support::contents::{canonical, explain};
use crate::support::left_out::left_out;
use crate::support::program::Ended;
use crate::support::workshop::{Sheet, Workshop};

/// Items of the site.
const ITEMS: usize = 5;
/// What fails, with which error.
const FAULTS: [(&str, &str); 4] = [
    ("fsync,fdatasync", "EIO"),
    ("pwrite64,write", "EIO"),
    ("pwrite64,write", "ENOSPC"),
    ("ftruncate", "EIO"),
];
/// Which call of a thread is the first to fail: alone, and with all that follow.
const CALLS: [&str; 7] = ["1", "3", "8", "30", "1+", "5+", "25+"];

pub(super) fn may_be_left_out() -> bool {
    let there = Command::new("strace")
        .args(["-qq", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        left_out("STRACE", "strace cannot be used here");
    }
    !there
}

/// Polls while calls on the files of the archive fail.
fn poll_with(fault: &str, workshop: &Workshop) -> Ended {
    let dir = workshop.archive();
    std::fs::create_dir_all(&dir).expect("folder");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg("/dev/null");
    for file in ["archive.db", "originals.db"] {
        for end in ["", "-wal", "-journal"] {
            command.arg("-P").arg(dir.join(format!("{file}{end}")));
        }
    }
    command
        .args([
            "-e",
            &format!("inject={fault}"),
            "--",
            &program(),
            "--config",
        ])
        .arg(workshop.config_file())
        .args(["poll", "--all"])
        .stdin(Stdio::null());
    output(command)
}

#[test]
fn whichever_write_or_flush_fails_nothing_is_damaged_and_the_next_poll_completes_it() {
    if may_be_left_out() {
        return;
    }
    let (portal, _) = start(ITEMS);
    let expected = undisturbed(&portal);
    let (mut felt, mut tried) = (0, 0);
    for (calls, error) in FAULTS {
        for when in CALLS {
            let workshop = Workshop::new(Sheet::of(portal.url()));
            let fault = format!("{calls}:error={error}:when={when}");
            let done = poll_with(&fault, &workshop);
            let code = done
                .code
                .unwrap_or_else(|| panic!("{fault}: killed: {done:?}"));
            tried += 1;
            if code != 0 {
                felt += 1;
                let said = format!("{}{}", done.out, done.err);
                let names_it = ["not stored", "cannot", "disk"];
                assert!(
                    names_it.iter().any(|word| said.contains(word)),
                    "{fault}: {said}"
                );
            }
            // What could not even be made is made by the next poll.
            let files = ["archive.db", "originals.db"];
            if files
                .iter()
                .all(|file| workshop.archive().join(file).exists())
            {
                assert_eq!(verify(&workshop.archive()), [], "{fault}");
            }
            poll(&workshop.config_file());
            let found = canonical(&workshop.archive());
            assert!(found == expected, "{fault}: {}", explain(&expected, &found));
            assert_eq!(verify(&workshop.archive()), [], "{fault}");
        }
    }
    println!("{felt} of {tried} faults were felt");
    assert!(felt * 3 >= tried, "only {felt} of {tried} faults were felt");
}
