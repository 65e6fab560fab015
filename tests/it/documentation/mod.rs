//! README says what the program does: its command table, its configuration example, its filters.

mod datasette;
mod generated;
mod reference;
mod scorecard;
mod statements;

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use seutu::cli::Cli;
use seutu::config::Config;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md")
}

/// The blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let text = readme();
    let rest = text.split(&opening).skip(1);
    rest.filter_map(|block| block.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// The commands in the first cells of the command table: `seutu show UID` is `show`.
fn tabled_commands() -> BTreeSet<String> {
    readme()
        .lines()
        .filter(|line| line.starts_with("| `seutu"))
        .filter_map(|line| line.split(" | ").next().map(str::to_owned))
        .flat_map(|cell| {
            cell.split('`')
                .filter_map(|code| code.strip_prefix("seutu "))
                .filter_map(|words| words.split_whitespace().next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_command_table_lists_every_command_and_no_other() {
    let commands: BTreeSet<String> = Cli::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    assert_eq!(tabled_commands(), commands);
}

#[test]
fn the_configuration_example_has_no_fault() {
    let example = blocks("toml").into_iter().next().expect("an example");
    let config = Config::parse("README.md", &example, [].into_iter());
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.sources.len(), 1);
}

#[test]
fn every_command_and_option_explains_itself() {
    for command in Cli::command().get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{} {}",
                command.get_name(),
                argument.get_id()
            );
        }
    }
}
