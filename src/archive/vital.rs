//! What can be told of the writing thread from outside while it works: that it moves, and whether it can write.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ArchiveError;
use super::open::Archive;

/// Instructions of SQLite's virtual machine between two signs of life: milliseconds.
const STEPS: i32 = 50_000;

/// What a ping asks of the writing thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// An answer.
    Answer,
    /// An answer after something was written, so that a disk that takes nothing is known before a poll meets it.
    Write,
}

/// How the writing thread is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vital {
    /// Grows while it works, within one long statement too.
    pub steps: u64,
    /// Transactions that are on disk.
    pub commits: u64,
    /// Why the last one could not be written; `None` after one that could.
    pub trouble: Option<String>,
}

/// The same, written by the thread; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs(Arc<Marks>);

#[derive(Debug, Default)]
struct Marks {
    steps: AtomicU64,
    commits: AtomicU64,
    changes: AtomicU64,
    trouble: Mutex<Option<String>>,
}

impl Signs {
    /// Another step is done.
    pub(super) fn step(&self) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// A transaction has ended, in whatever way: what is read from now on may be something else.
    pub(super) fn changed(&self) {
        self.0.changes.fetch_add(1, Ordering::Release);
    }

    /// A transaction is on disk.
    pub(super) fn written(&self) {
        self.0.commits.fetch_add(1, Ordering::Relaxed);
        self.set(None);
    }

    /// One could not be written.
    pub(super) fn unwritten(&self, why: String) {
        self.set(Some(why));
    }

    pub(super) fn now(&self) -> Vital {
        let trouble = self.0.trouble.lock();
        Vital {
            steps: self.0.steps.load(Ordering::Relaxed),
            commits: self.0.commits.load(Ordering::Relaxed),
            trouble: trouble.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn set(&self, trouble: Option<String>) {
        *self
            .0
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Counts the transactions of the one writer, each before whoever asked for it is answered.
#[derive(Clone, Debug)]
pub struct Changes(Signs);

impl Changes {
    pub(super) fn of(signs: &Signs) -> Self {
        Self(signs.clone())
    }

    /// How many have ended since it started.
    pub fn count(&self) -> u64 {
        self.0.0.changes.load(Ordering::Acquire)
    }
}

impl Archive {
    /// Has SQLite give signs of life while a statement runs: what deletes for minutes is not stuck.
    pub(super) fn give_signs(&mut self, signs: &Signs) -> Result<(), ArchiveError> {
        for conn in [&mut self.originals, &mut self.main] {
            let signs = signs.clone();
            let step = move || {
                signs.step();
                false
            };
            conn.progress_handler(STEPS, Some(step))?;
        }
        Ok(())
    }

    /// Commits something that changes nothing, into both files.
    pub(super) fn prove(&mut self) -> Result<(), ArchiveError> {
        let group = self.begin()?;
        group.touch()?;
        group.commit()
    }
}

/// Bytes that this user may still write on the disk of a folder.
///
/// # Errors
/// When the folder's disk cannot be asked.
pub fn free_space(dir: &Path) -> Result<u64, ArchiveError> {
    let disk = rustix::fs::statvfs(dir).map_err(|cause| ArchiveError::io(dir, cause.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::super::testing::open_temporary;
    use super::super::transaction::Batch;
    use super::super::writer::Writer;
    use super::*;

    #[tokio::test]
    async fn a_ping_that_writes_tells_whether_the_archive_can_be_written() {
        let (dir, archive) = open_temporary();
        let log = dir.path().join("archive.db-wal");
        let before = std::fs::metadata(&log).expect("log").len();
        let writer = Writer::start(archive).expect("started");
        writer.ping(Ping::Answer).await.expect("answered");
        assert_eq!(writer.vital().commits, 0);
        let changes = writer.changes();
        assert_eq!(changes.count(), 0);
        writer.ping(Ping::Write).await.expect("written");
        assert!(std::fs::metadata(&log).expect("log").len() > before);
        let well = writer.vital();
        assert_eq!((well.commits, well.trouble), (1, None));
        let known = changes.count();
        let refused = |_: &Batch<'_>| Err::<(), _>(ArchiveError::Closed);
        writer.write(refused).await.expect_err("refused");
        assert!(changes.count() > known, "told before the answer");
        writer.close().await.expect("closed");
        assert!(writer.ping(Ping::Answer).await.is_err());
    }

    #[tokio::test]
    async fn an_archive_that_takes_nothing_is_in_trouble_and_answers_all_the_same() {
        let (_dir, archive) = open_temporary();
        for conn in [&archive.main, &archive.originals] {
            conn.pragma_update(None, "query_only", true).expect("set");
        }
        let writer = Writer::start(archive).expect("started");
        writer.ping(Ping::Answer).await.expect("it lives");
        assert!(writer.ping(Ping::Write).await.is_err());
        let trouble = writer.vital().trouble.expect("trouble");
        assert!(trouble.contains("originals.db"), "{trouble}");
    }

    #[tokio::test]
    async fn a_long_statement_gives_signs_of_life() {
        let (_dir, archive) = open_temporary();
        let writer = Writer::start(archive).expect("started");
        let before = writer.vital().steps;
        let long = writer.write(|batch| {
            let count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300000) SELECT count(*) FROM n";
            Ok(batch.archive.query_row(count, [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(long.await.expect("counted"), 300_000);
        assert!(writer.vital().steps > before + 10);
    }

    #[test]
    fn a_disk_says_how_much_room_it_has() {
        let dir = tempfile::tempdir().expect("folder");
        assert!(free_space(dir.path()).expect("room") > 0);
        assert!(free_space(&dir.path().join("none")).is_err());
    }
}
