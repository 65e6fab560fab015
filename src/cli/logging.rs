//! Log lines on standard error, as text, JSON or journald fields.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Command, Global};

/// Form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
    /// Native fields of the systemd journal.
    Journald,
}

/// Starts logging. The daemon tells what it does; a command that prints a result tells only what
/// goes wrong. `RUST_LOG` overrides the levels.
pub fn start(global: &Global, command: &Command) -> anyhow::Result<()> {
    // `poll` and `demo` name every failing source in their summary.
    let usual = match command {
        Command::Run => 2,
        Command::Poll(_) | Command::Demo(_) => 0,
        Command::Check(_)
        | Command::Sources(_)
        | Command::Read(_)
        | Command::Capture(_)
        | Command::Show(_)
        | Command::Export(_)
        | Command::Search(_)
        | Command::Feed(_)
        | Command::Verdict(_)
        | Command::Dossier(_)
        | Command::Snapshot(_)
        | Command::Takedown(_)
        | Command::Verify(_)
        | Command::Rederive(_)
        | Command::Completions(_)
        | Command::Man => 1,
    };
    let level = match if global.quiet {
        0
    } else {
        global.verbose.saturating_add(usual)
    } {
        0 => "error",
        1 => "warn",
        2 => "info",
        3 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(format!("warn,seutu={level}")))?;
    let registry = tracing_subscriber::registry().with(filter);
    match global.log_format {
        LogFormat::Text => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
                .with_target(false);
            registry.with(lines).try_init()?;
        }
        LogFormat::Json => {
            let lines = tracing_subscriber::fmt::layer()
                .json()
                .with_writer(std::io::stderr);
            registry.with(lines).try_init()?;
        }
        LogFormat::Journald => registry.with(tracing_journald::layer()?).try_init()?,
    }
    Ok(())
}
