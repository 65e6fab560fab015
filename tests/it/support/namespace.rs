//! A test that runs itself once more in namespaces of its own, with a network, and files, that are no other's.
//!
//! That needs root or user namespaces; without them the test says so, and fails where `SEUTU_TEST_UIDS` is
//! `required`.

use std::process::Command;

use super::left_out::left_out;

const INSIDE: &str = "SEUTU_TEST_INSIDE";

/// Whether this is the run inside.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs one test of this program in namespaces of its own, of which `options` of `unshare` name the kinds, after
/// a shell has made them ready.
pub fn run_inside(test: &str, options: &str, ready: &str) {
    let shell = format!("{ready} && exec \"$@\"");
    let inside = || {
        let mut command = Command::new("unshare");
        command.args([options, "sh", "-c", &shell, "sh"]);
        command
    };
    let possible = inside().arg("true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        left_out(
            "UIDS",
            "a network of its own needs root, unshare and iproute2",
        );
        return;
    }
    let own = std::env::current_exe().expect("this test");
    let output = inside()
        .arg(own)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{complained}"
    );
}
