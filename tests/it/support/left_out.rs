//! Tests that cannot be run on every machine.

use std::io::Write as _;

/// Says that a test is left out for want of something. Unlike what tests print, this is seen when they pass.
///
/// # Panics
/// Where the environment's `SEUTU_TEST_<NAME>` is `required`: there nothing may be left out unseen.
pub fn left_out(name: &str, why: &str) {
    let required =
        std::env::var(format!("SEUTU_TEST_{name}")).is_ok_and(|asked| asked == "required");
    assert!(!required, "{why}");
    writeln!(std::io::stderr(), "not checked: {why}").expect("standard error");
}
