//! One thread writes; what many tasks ask for at the same time shares one commit.
//!
//! A commit costs a sync to disk, a row costs microseconds: 300 sources polled at once are a few commits.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::error::ArchiveError;
use super::open::Archive;
use super::transaction::{Batch, Group, panic_text};

/// Jobs that share one commit at most; bounds how long a job waits and how much is lost with a failed commit.
const GROUP: usize = 256;

/// A handle of the writing thread; clones write through the same thread.
///
/// When the last one is dropped, the thread finishes what was asked for, checkpoints and ends.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

enum Message {
    Job(Box<dyn Job>),
    Purge(Box<dyn FnOnce(Result<bool, ArchiveError>) + Send>),
    Close(Box<dyn FnOnce(Result<(), ArchiveError>) + Send>),
}

impl Writer {
    /// Gives the archive to a thread of its own.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(archive: Archive) -> Result<Self, ArchiveError> {
        let dir = archive.dir().to_owned();
        let (queue, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("archive-writer".to_owned())
            .spawn(move || serve(archive, &jobs))
            .map_err(|source| ArchiveError::io(&dir, source))?;
        Ok(Self {
            queue,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    /// Runs `work` in the writer; returns when it is on disk, or why it is not.
    pub async fn write<T, F>(&self, work: F) -> Result<T, ArchiveError>
    where
        T: Send + 'static,
        F: FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send + 'static,
    {
        let (send, done) = oneshot::channel();
        // Nobody waits any more when the send fails; the work is stored all the same.
        self.send(work, move |result| drop(send.send(result)))?;
        done.await.unwrap_or(Err(ArchiveError::Closed))
    }

    /// As [`Writer::write`], for threads that may block; never call it on an async worker.
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T, ArchiveError>
    where
        T: Send + 'static,
        F: FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send + 'static,
    {
        let (send, done) = mpsc::sync_channel(1);
        self.send(work, move |result| drop(send.send(result)))?;
        done.recv().unwrap_or(Err(ArchiveError::Closed))
    }

    /// Finishes what was asked for before, and sees to it that nothing of what was taken out stands in the files any
    /// more: in the search index, in free pages, in the write-ahead logs. Says whether all of it is done; a
    /// reader that does not end keeps the log as it is.
    pub async fn purge(&self) -> Result<bool, ArchiveError> {
        // The method itself is not general enough in the lifetime of its batch.
        let settle = |batch: &Batch<'_>| -> Result<bool, ArchiveError> {
            let unsettled = batch.settle_index()?;
            Ok(unsettled)
        };
        if !self.write(settle).await? {
            return Ok(true);
        }
        let (send, done) = oneshot::channel();
        // Nobody waits any more when the send fails.
        let reply = Box::new(move |result| drop(send.send(result)));
        self.queue
            .send(Message::Purge(reply))
            .map_err(|_closed| ArchiveError::Closed)?;
        done.await.unwrap_or(Err(ArchiveError::Closed))
    }

    /// Finishes what was asked for before, empties the write-ahead logs and lets the archive go.
    ///
    /// Later writes get [`ArchiveError::Closed`]; closing again does nothing.
    pub async fn close(&self) -> Result<(), ArchiveError> {
        let (send, done) = oneshot::channel();
        if self
            .queue
            .send(Message::Close(Box::new(move |result| {
                drop(send.send(result));
            })))
            .is_err()
        {
            return Ok(());
        }
        let result = done.await.unwrap_or(Ok(()));
        self.join().and(result)
    }

    /// As [`Writer::close`], for threads that may block.
    pub fn close_blocking(&self) -> Result<(), ArchiveError> {
        let (send, done) = mpsc::sync_channel(1);
        if self
            .queue
            .send(Message::Close(Box::new(move |result| {
                drop(send.send(result));
            })))
            .is_err()
        {
            return Ok(());
        }
        let result = done.recv().unwrap_or(Ok(()));
        self.join().and(result)
    }

    /// Waits for the end of the thread, which follows its answer at once, so that the lock is free.
    fn join(&self) -> Result<(), ArchiveError> {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        thread.map_or(Ok(()), |thread| {
            thread
                .join()
                .map_err(|cause| ArchiveError::Panicked(panic_text(cause.as_ref())))
        })
    }

    fn send<T, F>(
        &self,
        work: F,
        reply: impl FnOnce(Result<T, ArchiveError>) + Send + 'static,
    ) -> Result<(), ArchiveError>
    where
        T: Send + 'static,
        F: FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send + 'static,
    {
        let job = Task {
            work: Some(work),
            result: None,
            reply,
        };
        self.queue
            .send(Message::Job(Box::new(job)))
            .map_err(|_closed| ArchiveError::Closed)
    }
}

/// A job without its types: run in a group, answered when the group's fate is known.
trait Job: Send {
    /// Does the work; its result is kept until the commit.
    fn run(&mut self, group: &Group<'_>);
    /// Answers the one who waits; `lost` says why the group was not stored.
    fn answer(self: Box<Self>, lost: Option<&str>);
}

struct Task<T, F, R> {
    work: Option<F>,
    result: Option<Result<T, ArchiveError>>,
    reply: R,
}

impl<T, F, R> Job for Task<T, F, R>
where
    T: Send,
    F: FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send,
    R: FnOnce(Result<T, ArchiveError>) + Send,
{
    fn run(&mut self, group: &Group<'_>) {
        self.result = self.work.take().map(|work| group.isolated(work));
    }

    fn answer(self: Box<Self>, lost: Option<&str>) {
        let Self { result, reply, .. } = *self;
        reply(match (result, lost) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)) | None, Some(why)) => Err(ArchiveError::NotCommitted(why.to_owned())),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(ArchiveError::Closed),
        });
    }
}

/// The thread: takes what is queued, stores it together, until told to close or nobody is left.
fn serve(mut archive: Archive, jobs: &mpsc::Receiver<Message>) {
    let mut closing = None;
    while closing.is_none() {
        let Ok(first) = jobs.recv() else { break };
        let (mut group, mut purging) = (Vec::new(), None);
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Job(job) => group.push(job),
                Message::Purge(reply) => purging = Some(reply),
                Message::Close(reply) => closing = Some(reply),
            }
            if closing.is_none() && purging.is_none() && group.len() < GROUP {
                next = jobs.try_recv().ok();
            }
        }
        store(&mut archive, group);
        if let Some(reply) = purging {
            reply(archive.wipe());
        }
    }
    let result = archive.checkpoint();
    if let Err(error) = &result {
        tracing::warn!(%error, "the write-ahead log could not be emptied; it is read at the next start");
    }
    // The lock goes before the answer: whoever waited may open the archive again at once.
    drop(archive);
    if let Some(reply) = closing {
        reply(result);
    }
}

/// Stores the jobs of one group; where a transaction breaks down half-way, the rest gets another.
fn store(archive: &mut Archive, mut waiting: Vec<Box<dyn Job>>) {
    while !waiting.is_empty() {
        let group = match archive.begin() {
            Ok(group) => group,
            Err(error) => return answer(waiting, Some(&error.to_string())),
        };
        let mut done = 0;
        for job in &mut waiting {
            job.run(&group);
            done += 1;
            if !group.is_alive() {
                break;
            }
        }
        let rest = waiting.split_off(done);
        let lost = if group.is_alive() {
            group.commit().err().map(|error| error.to_string())
        } else {
            drop(group);
            Some("the database gave up the transaction".to_owned())
        };
        answer(waiting, lost.as_deref());
        waiting = rest;
    }
}

fn answer(jobs: Vec<Box<dyn Job>>, lost: Option<&str>) {
    for job in jobs {
        job.answer(lost);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, open_temporary};
    use super::*;

    fn count(batch: &Batch<'_>) -> Result<i64, ArchiveError> {
        Ok(batch
            .archive
            .query_row("SELECT count(*) FROM host_pause", [], |row| row.get(0))?)
    }

    #[test]
    fn a_failing_and_a_panicking_job_take_back_only_themselves() {
        let (_dir, mut archive) = open_temporary();
        let (send, answers) = mpsc::channel();
        let jobs: Vec<Box<dyn Job>> = (0..4)
            .map(|n| {
                let work = move |batch: &Batch<'_>| {
                    batch.pause_host(&format!("host{n}.example"), Some(NOW))?;
                    assert!(n != 2, "job 2 breaks down");
                    if n == 1 {
                        Err(ArchiveError::UnknownNetwork("x".into()))
                    } else {
                        Ok(n)
                    }
                };
                let send = send.clone();
                let reply =
                    move |result: Result<i32, ArchiveError>| send.send(result).expect("answer");
                Box::new(Task {
                    work: Some(work),
                    result: None,
                    reply,
                }) as Box<dyn Job>
            })
            .collect();
        store(&mut archive, jobs);
        let answers: Vec<_> = answers.try_iter().collect();
        assert!(matches!(answers[0], Ok(0)));
        assert!(matches!(answers[1], Err(ArchiveError::UnknownNetwork(_))));
        assert!(matches!(&answers[2], Err(ArchiveError::Panicked(text)) if text.contains("job 2")));
        assert!(matches!(answers[3], Ok(3)));
        assert_eq!(archive.transaction(count).expect("count"), 2);
    }

    #[test]
    fn a_lost_transaction_fails_its_jobs_and_spares_the_rest() {
        let (_dir, mut archive) = open_temporary();
        let (send, answers) = mpsc::channel();
        let jobs: Vec<Box<dyn Job>> = (0..3)
            .map(|n| {
                let work = move |batch: &Batch<'_>| {
                    batch.pause_host(&format!("host{n}.example"), Some(NOW))?;
                    if n == 1 {
                        // What SQLite does by itself when the disk is full.
                        batch.archive.execute_batch("ROLLBACK")?;
                    }
                    Ok(n)
                };
                let send = send.clone();
                let reply =
                    move |result: Result<i32, ArchiveError>| send.send(result).expect("answer");
                Box::new(Task {
                    work: Some(work),
                    result: None,
                    reply,
                }) as Box<dyn Job>
            })
            .collect();
        store(&mut archive, jobs);
        let answers: Vec<_> = answers.try_iter().collect();
        assert!(
            matches!(answers[0], Err(ArchiveError::NotCommitted(_))),
            "{answers:?}"
        );
        assert!(answers[1].is_err());
        assert!(matches!(answers[2], Ok(2)));
        assert_eq!(archive.transaction(count).expect("count"), 1);
    }

    #[test]
    fn on_a_full_disk_what_was_acknowledged_is_there_and_nothing_else() {
        let (_dir, mut archive) = open_temporary();
        let pages: i64 = archive
            .main
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .expect("pages");
        archive
            .main
            .pragma_update(None, "max_page_count", pages + 3)
            .expect("a small disk");
        let (send, answers) = mpsc::channel();
        let jobs: Vec<Box<dyn Job>> = (0..6)
            .map(|n| {
                let reason = "x".repeat(if n % 3 == 1 { 100_000 } else { 10 });
                let work = move |batch: &Batch<'_>| {
                    batch.quarantine(&format!("{n:064}"), "https://a.example/", &reason, NOW)
                };
                let send = send.clone();
                let reply =
                    move |result: Result<(), ArchiveError>| send.send(result).expect("answer");
                Box::new(Task {
                    work: Some(work),
                    result: None,
                    reply,
                }) as Box<dyn Job>
            })
            .collect();
        store(&mut archive, jobs);
        let answers: Vec<_> = answers.try_iter().collect();
        assert!(answers[1].is_err() && answers[4].is_err(), "{answers:?}");
        let acknowledged = answers.iter().filter(|answer| answer.is_ok()).count();
        archive
            .main
            .pragma_update(None, "max_page_count", 1_000_000)
            .expect("space again");
        let stored = archive
            .transaction(|batch| {
                batch.quarantine(&"f".repeat(64), "https://b.example/", "x", NOW)?;
                let sql = "SELECT count(*) FROM quarantine";
                Ok(batch
                    .archive
                    .query_row(sql, [], |row| row.get::<_, u32>(0))?)
            })
            .expect("works again");
        assert_eq!(usize::try_from(stored).ok(), Some(acknowledged + 1));
    }

    #[tokio::test]
    async fn closing_frees_the_lock_and_refuses_later_writes() {
        let (dir, archive) = open_temporary();
        let writer = Writer::start(archive).expect("thread");
        writer
            .write(|batch| batch.pause_host("a.example", Some(NOW)))
            .await
            .expect("written");
        writer.close().await.expect("closed");
        assert!(matches!(
            writer.write(count).await,
            Err(ArchiveError::Closed)
        ));
        writer.close().await.expect("closed twice");
        let mut again = Archive::open(dir.path(), NOW).expect("lock is free");
        assert_eq!(again.transaction(count).expect("count"), 1);
    }
}
