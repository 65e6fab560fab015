//! The built program, run as a process.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with a configuration, nothing of our environment and no terminal.
pub fn seutu(config: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(&[]);
    command.arg("--config").arg(config).args(arguments);
    command.current_dir(config.parent().expect("folder"));
    command
}

/// The program without a configuration.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seutu"));
    let ours = std::env::vars().map(|(name, _)| name);
    for name in ours.filter(|name| name.starts_with("SEUTU_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Words run by a shell that first does this, such as setting a limit.
pub fn under(first: &str, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{first}; exec \"$@\""), "sh"])
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program to its end.
pub fn run(config: &Path, arguments: &[&str]) -> Ended {
    ended(seutu(config, arguments).output().expect("started"))
}

/// A finished process as text.
pub fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
