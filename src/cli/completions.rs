//! `seutu completions` and `seutu man`, generated from the same definitions as the help.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, say};

/// Options of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// Prints the completions of a shell.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "seutu", &mut script);
    say(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}

/// Prints the manual page.
pub fn man() -> anyhow::Result<Exit> {
    let mut page = vec![];
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    say(&String::from_utf8(page)?)?;
    Ok(Exit::Done)
}
