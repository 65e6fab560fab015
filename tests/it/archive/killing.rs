//! SIGKILL at any moment leaves a whole archive, and going on gives what an undisturbed run gives.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use seutu::archive::{Archive, verify};
use tempfile::TempDir;

use super::support::{cycle, dump, hour, register};

const DIR: &str = "SEUTU_TEST_ARCHIVE";
const ROUNDS: u64 = 40;

/// The victim, started and killed by the test below: makes an archive where there is none and stores
/// the same cycle again and again. Without a folder to work in it has nothing to do.
#[test]
fn victim() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    loop {
        let mut archive = Archive::open(Path::new(&dir), hour(0)).expect("archive");
        archive.transaction(register).expect("registered");
        cycle(&mut archive);
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test thread may sleep until it kills"
)]
fn killed_at_any_moment_the_archive_is_whole_and_goes_on() {
    let undisturbed = TempDir::new().expect("folder");
    cycle(&mut Archive::open(undisturbed.path(), hour(0)).expect("archive"));
    let expected = dump(undisturbed.path(), &["poll"]);
    let mut dir = TempDir::new().expect("folder");
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            dir = TempDir::new().expect("folder");
        }
        let mut victim = Command::new(std::env::current_exe().expect("this binary"))
            .args(["archive::killing::victim", "--exact"])
            .env(DIR, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        std::thread::sleep(Duration::from_millis(4 + round * 3));
        victim.kill().expect("killed");
        victim.wait().expect("ended");

        let mut archive = Archive::open(dir.path(), hour(0)).expect("opens after a kill");
        assert_eq!(verify(dir.path()), [], "round {round}");
        cycle(&mut archive);
        drop(archive);
        assert_eq!(dump(dir.path(), &["poll"]), expected, "round {round}");
    }
}
