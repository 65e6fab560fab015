//! Log lines on standard error, as text, JSON or journald fields.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::journal::Journal;
use super::table::is_direction_mark;
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
    let registry = tracing_subscriber::registry().with(levels(global, command)?);
    match global.log_format.unwrap_or_else(usual_format) {
        LogFormat::Text => {
            let lines = tracing_subscriber::fmt::layer()
                .fmt_fields(debug_fn(field).delimited(" "))
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
        LogFormat::Journald => registry.with(Journal::connect()?).try_init()?,
    }
    Ok(())
}

/// Which levels are told.
fn levels(global: &Global, command: &Command) -> anyhow::Result<EnvFilter> {
    // `poll` and `demo` name every failing source in their summary.
    let usual = match command {
        Command::Run => 2,
        Command::Poll(_) | Command::Demo(_) => 0,
        Command::Check(_)
        | Command::Doctor(_)
        | Command::Sources(_)
        | Command::Read(_)
        | Command::Capture(_)
        | Command::Show(_)
        | Command::Export(_)
        | Command::Search(_)
        | Command::Feed(_)
        | Command::Verdict(_)
        | Command::Dossier(_)
        | Command::Network(_)
        | Command::Snapshot(_)
        | Command::Takedown(_)
        | Command::Verify(_)
        | Command::Rederive(_)
        | Command::Reload
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
    Ok(EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(format!("warn,seutu={level}")))?)
}

/// The journal's own form where standard error leads to it (`JOURNAL_STREAM`, which children inherit whatever
/// became of their standard error), else text.
fn usual_format() -> LogFormat {
    let named = std::env::var("JOURNAL_STREAM").unwrap_or_default();
    let stream = std::io::stderr().as_fd().try_clone_to_owned();
    let stream = stream.and_then(|stream| File::from(stream).metadata());
    match stream {
        Ok(file)
            if named == format!("{}:{}", file.dev(), file.ino()) && Journal::connect().is_ok() =>
        {
            LogFormat::Journald
        }
        Ok(_) | Err(_) => LogFormat::Text,
    }
}

/// One field of a line. What strangers wrote stays within the line, and says nothing to a terminal.
fn field(
    writer: &mut tracing_subscriber::fmt::format::Writer<'_>,
    field: &tracing::field::Field,
    value: &dyn fmt::Debug,
) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{}=", field.name())?;
    }
    write!(OneLine(writer), "{value:?}")
}

/// Writes control characters, and those that turn the direction of writing, as escapes.
pub(super) struct OneLine<'a, W>(pub(super) &'a mut W);

impl<W: fmt::Write> fmt::Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            if c.is_control() || is_direction_mark(c) {
                write!(self.0, "{}", c.escape_default())
            } else {
                self.0.write_char(c)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_never_breaks_a_line_nor_speaks_to_a_terminal() {
        let mut line = String::new();
        let name = "Vesa\r\n2026 ERROR forged\u{1b}[2J\u{202e}\u{7f}äö";
        write!(OneLine(&mut line), "{name}").expect("written");
        assert_eq!(
            line,
            "Vesa\\r\\n2026 ERROR forged\\u{1b}[2J\\u{202e}\\u{7f}äö"
        );
    }
}
