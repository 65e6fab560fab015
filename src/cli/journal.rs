//! Log lines as entries of the systemd journal, in its own protocol: one message of one line, fields that can be
//! searched by, a priority.

use std::fmt::{self, Debug, Write as _};
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::logging::OneLine;

/// Where the journal listens.
const SOCKET: &str = "/run/systemd/journal/socket";
/// What fields of ours begin with: `SEUTU_SOURCE=haavela`.
const PREFIX: &str = "SEUTU_";
/// Bytes of one value: a datagram takes two hundred thousand.
const LONGEST: usize = 16 << 10;

/// Sends every event to the journal.
#[derive(Debug)]
pub struct Journal(UnixDatagram);

impl Journal {
    /// Connects to the journal of this machine.
    ///
    /// # Errors
    /// Where there is none.
    pub fn connect() -> io::Result<Self> {
        Self::at(Path::new(SOCKET))
    }

    fn at(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        Ok(Self(socket))
    }
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut entry = Entry(String::new());
        entry.put("PRIORITY", format_args!("{}", priority(*metadata.level())));
        entry.put("SYSLOG_IDENTIFIER", format_args!("seutu"));
        entry.put("SEUTU_PART", format_args!("{}", metadata.target()));
        event.record(&mut entry);
        // A journal that does not listen for a moment is no reason to stop, and there is nowhere else to say so.
        drop(self.0.send(entry.0.as_bytes()));
    }
}

/// As `syslog` counts.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

/// An entry while it is put together: `NAME=value` a line.
struct Entry(String);

impl Entry {
    fn put(&mut self, name: &str, value: fmt::Arguments<'_>) {
        let mut line = String::new();
        // Writing into a string does not fail.
        if write!(OneLine(&mut line), "{value}").is_ok() {
            let end = line.floor_char_boundary(LONGEST);
            self.0
                .extend([name, "=", line.get(..end).unwrap_or_default(), "\n"]);
        }
    }

    fn field(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if field.name() == "message" {
            return self.put("MESSAGE", value);
        }
        let allowed = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        let name: String = field.name().chars().map(allowed).collect();
        self.put(&format!("{PREFIX}{name}"), value);
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn an_entry_has_fields_a_priority_and_a_message_of_one_line() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("socket");
        let journal = UnixDatagram::bind(&path).expect("bound");
        let layer = Journal::at(&path).expect("connected");
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let source = "haavela";
            let error = "no\nPRIORITY=0\u{1b}[2J";
            tracing::warn!(source, %error, pages_failed = 2, "Vesa\r\nlaitos: {}", "poll");
        });
        let mut bytes = [0; 1000];
        let length = journal.recv(&mut bytes).expect("an entry");
        let entry = std::str::from_utf8(&bytes[..length]).expect("UTF-8");
        let lines: Vec<_> = entry.lines().collect();
        assert_eq!(lines[..2], ["PRIORITY=4", "SYSLOG_IDENTIFIER=seutu"]);
        assert!(lines[2].starts_with("SEUTU_PART=seutu::"), "{entry}");
        assert_eq!(
            lines[3..],
            [
                "MESSAGE=Vesa\\r\\nlaitos: poll",
                "SEUTU_SOURCE=haavela",
                "SEUTU_ERROR=no\\nPRIORITY=0\\u{1b}[2J",
                "SEUTU_PAGES_FAILED=2"
            ]
        );
    }

    #[test]
    fn a_value_that_is_too_long_is_cut() {
        let mut entry = Entry(String::new());
        let long = "ä".repeat(20_000);
        entry.put("MESSAGE", format_args!("{long}"));
        assert!(entry.0.len() < LONGEST + 20 && entry.0.ends_with("ä\n"));
    }
}
