//! The binary: calls the command line and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    seutu::cli::main(std::env::args_os())
}
