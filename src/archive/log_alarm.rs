//! A write-ahead log that cannot be emptied, because somebody outside reads and does not end, is said before the disk is full.

use std::fs;
use std::path::Path;

use super::open::{ARCHIVE_FILE, ORIGINALS_FILE, sidecar};

/// Bytes of a log beyond which it is told; emptied as usual it stays at half of this.
const LARGE: u64 = 64 << 20;

/// Tells it once each time that a log doubles.
#[derive(Debug)]
pub(super) struct LogAlarm {
    next: u64,
}

impl Default for LogAlarm {
    fn default() -> Self {
        Self { next: LARGE }
    }
}

impl LogAlarm {
    /// Looks at both logs of the archive in `dir`.
    pub(super) fn look(&mut self, dir: &Path) {
        let sizes = [ARCHIVE_FILE, ORIGINALS_FILE].map(|file| {
            let log = sidecar(&dir.join(file), "-wal");
            fs::metadata(log).map_or(0, |found| found.len())
        });
        let size = sizes.into_iter().max().unwrap_or_default();
        if self.is_news(size) {
            tracing::warn!(path = %dir.display(), megabytes = size >> 20,
                "a write-ahead log grows: a program outside keeps a query open and hinders that it is emptied; end that \
                 program (`fuser` names those that have the file open), and the next commits shrink the log");
        }
    }

    /// Whether a size is to be told; a log that has shrunk may be told of again.
    fn is_news(&mut self, size: u64) -> bool {
        let news = size >= self.next;
        if news {
            self.next = size.saturating_mul(2);
        } else if size < LARGE {
            self.next = LARGE;
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::super::migrate::{ARCHIVE, ORIGINALS};
    use super::*;

    #[test]
    fn a_log_that_is_emptied_as_usual_is_no_news() {
        for schema in [&ARCHIVE, &ORIGINALS] {
            let usual = u64::from(schema.checkpoint_pages) * u64::from(schema.page_size);
            assert!(2 * usual <= LARGE, "{usual}");
        }
    }

    #[test]
    fn it_is_told_once_for_each_doubling_and_again_after_it_was_emptied() {
        let mut alarm = LogAlarm::default();
        let told =
            [10, 64, 65, 127, 128, 200, 3, 63, 70].map(|size: u64| alarm.is_news(size << 20));
        let expected = [false, true, false, false, true, false, false, false, true];
        assert_eq!(told, expected);
    }
}
