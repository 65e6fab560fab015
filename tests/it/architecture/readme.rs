//! README: its two commands come first and are the ones `.ci/run` takes from it.

use std::fs;

use super::root;

/// The commands of the README's first code block, comments taken off.
fn first_commands(readme: &str) -> Vec<String> {
    readme
        .lines()
        .skip_while(|line| !line.starts_with("```"))
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// A file of the repository as text.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

#[test]
fn the_two_commands_come_first() {
    let commands = first_commands(&text("README.md"));
    assert_eq!(
        commands,
        ["cargo run --release", "cargo test"],
        "README.md: its first code block"
    );
}

#[test]
fn the_checks_run_the_commands_of_the_readme() {
    let checks = text(".ci/run");
    for used in ["readme_command 1", "readme_command 2"] {
        assert!(
            checks.contains(used),
            ".ci/run: takes no `{used}` from README.md; run what it promises"
        );
    }
}

#[test]
fn another_order_of_commands_is_found() {
    let readme = "# a\n\n```sh\ncargo test  # all tests\n\n# b\ncargo run\n```\n\n```sh\nx\n```\n";
    assert_eq!(first_commands(readme), ["cargo test", "cargo run"]);
}
