//! README: its two commands come first and are the ones `.ci/run` takes from it; its queries run.

use std::fs;

use super::root;
use super::source::{has_extension, walk};

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

/// The text of every fenced block in a language.
fn blocks(readme: &str, language: &str) -> String {
    let fence = format!("```{language}");
    let mut inside = false;
    let mut text = String::new();
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == fence;
        } else if inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The schema as the migrations make it; empty while there are none.
fn schema() -> String {
    let mut paths = Vec::new();
    walk(&root().join("src/archive/migrations"), &mut paths);
    paths.retain(|path| has_extension(path, "sql"));
    paths.sort();
    paths.iter().map(|path| text(path)).collect()
}

#[test]
fn the_queries_of_the_readme_run() {
    let (queries, schema) = (blocks(&text("README.md"), "sql"), schema());
    assert!(
        queries.matches(';').count() >= 4,
        "README.md shows too few queries"
    );
    if !schema.is_empty() {
        let archive = rusqlite::Connection::open_in_memory().unwrap();
        archive.execute_batch(&schema).unwrap();
        let ran = archive.execute_batch(&queries);
        assert!(ran.is_ok(), "README.md: a query does not run: {ran:?}");
    }
}

#[test]
fn blocks_are_told_by_language() {
    assert_eq!(
        blocks("```sh\na\n```\n```sql\nb;\nc;\n```\nd\n", "sql"),
        "b;\nc;\n"
    );
}
