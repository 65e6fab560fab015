//! What the service manager is told: that the daemon is ready, that it lives, what it does. Where none listens,
//! nothing happens.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;

/// The longest status, in characters: a line that a terminal can show.
const LONGEST_STATUS: usize = 300;

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It serves; after a reload, that this has ended.
    Ready,
    /// The configuration is read again.
    Reloading,
    /// It ends.
    Stopping,
    /// It gets on.
    Alive,
    /// What it does, for people.
    Status(String),
}

/// Whoever started the daemon and watches over it.
pub trait Superior: Send + Sync {
    /// Hears something; several words together arrive together.
    fn hear(&self, words: &[Word]);
}

/// systemd, or whatever listens at `NOTIFY_SOCKET`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Systemd;

impl Superior for Systemd {
    fn hear(&self, words: &[Word]) {
        if let Err(error) = tell(words) {
            tracing::warn!(%error, "the service manager does not hear what it is told");
        }
    }
}

/// How long it waits for a sign of life before it ends this process; `None`: for ever.
pub fn watched() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn tell(words: &[Word]) -> io::Result<()> {
    let lines: Vec<String> = words.iter().filter_map(Word::status).collect();
    let mut lines = lines.iter();
    let mut states = vec![];
    for word in words {
        match word {
            Word::Ready => states.push(NotifyState::Ready),
            Word::Reloading => {
                states.push(NotifyState::Reloading);
                states.push(NotifyState::monotonic_usec_now()?);
            }
            Word::Stopping => states.push(NotifyState::Stopping),
            Word::Alive => states.push(NotifyState::Watchdog),
            Word::Status(_) => states.extend(lines.next().map(|line| NotifyState::Status(line))),
        }
    }
    sd_notify::notify(&states)
}

impl Word {
    /// A status as one line: what stands in it comes from strangers, and a second line would be another word.
    fn status(&self) -> Option<String> {
        let Self::Status(text) = self else {
            return None;
        };
        let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        Some(one_line.take(LONGEST_STATUS).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_line_whatever_strangers_wrote_into_it() {
        let word = Word::Status("haavela: no\r\nSTOPPING=1\u{1b}[2J".to_owned());
        assert_eq!(
            word.status().as_deref(),
            Some("haavela: no  STOPPING=1 [2J")
        );
        let long = Word::Status("å".repeat(1000));
        assert_eq!(long.status().expect("a line").chars().count(), 300);
        assert_eq!(Word::Ready.status(), None);
    }
}
