//! One thread writes; what many tasks ask for at the same time shares one commit.
//!
//! A commit costs a sync to disk, a row costs microseconds: 300 sources polled at once are a few commits.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::error::ArchiveError;
use super::log_alarm::LogAlarm;
use super::open::Archive;
use super::transaction::{Batch, Group};
use super::vital::{Changes, Ping, Signs, Vital};

/// Jobs that share one commit at most; bounds how long a job waits and how much is lost with a failed commit.
const GROUP: usize = 256;

/// A handle of the writing thread; clones write through the same thread.
///
/// When the last one is dropped, the thread finishes what was asked for, checkpoints and ends.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Message>,
    signs: Signs,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

type Answer = Box<dyn FnOnce(Result<(), ArchiveError>) + Send>;

enum Message {
    Job(Box<dyn Job>),
    Ping(Ping, Answer),
    Purge(Box<dyn FnOnce(Result<bool, ArchiveError>) + Send>),
    Close(Answer),
}

impl Writer {
    /// Gives the archive to a thread of its own.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(mut archive: Archive) -> Result<Self, ArchiveError> {
        let dir = archive.dir().to_owned();
        let signs = Signs::default();
        archive.give_signs(&signs)?;
        let marks = signs.clone();
        let (queue, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("archive-writer".to_owned())
            .spawn(move || serve(archive, &jobs, &marks))
            .map_err(|source| ArchiveError::io(&dir, source))?;
        Ok(Self {
            queue,
            signs,
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

    /// Returns when the thread has come to it, after everything that was asked for before.
    ///
    /// # Errors
    /// Why nothing can be written, where that was asked for.
    pub async fn ping(&self, ping: Ping) -> Result<(), ArchiveError> {
        let (send, done) = oneshot::channel();
        // Nobody waits any more when the send fails.
        let reply = Box::new(move |result| drop(send.send(result)));
        self.queue
            .send(Message::Ping(ping, reply))
            .map_err(|_closed| ArchiveError::Closed)?;
        done.await.unwrap_or(Err(ArchiveError::Closed))
    }

    /// Tells from outside that something may have been written.
    pub fn changes(&self) -> Changes {
        Changes::of(&self.signs)
    }

    /// How the thread is; asking it costs nothing and waits for nothing.
    pub fn vital(&self) -> Vital {
        self.signs.now()
    }

    /// Finishes what was asked for before, and sees to it that nothing of what was taken out stands in the files any
    /// more: in the search index, in free pages, in the write-ahead logs. Says whether all of it is done; a
    /// reader that does not end keeps the log as it is. What is not done yet stays noted for the next time.
    pub async fn purge(&self) -> Result<bool, ArchiveError> {
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
                .map_err(|cause| ArchiveError::panicked(&*cause))
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
    /// Does the work; its result is kept until the commit. Says why it failed, if it did.
    fn run(&mut self, group: &Group<'_>) -> Option<&ArchiveError>;
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
    fn run(&mut self, group: &Group<'_>) -> Option<&ArchiveError> {
        self.result = self.work.take().map(|work| group.isolated(work));
        self.result.as_ref()?.as_ref().err()
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
fn serve(mut archive: Archive, jobs: &mpsc::Receiver<Message>, signs: &Signs) {
    let (mut closing, mut mended) = (None, false);
    let mut alarm = LogAlarm::default();
    while closing.is_none() {
        let Ok(first) = jobs.recv() else { break };
        let (mut group, mut pings, mut purging) = (Vec::new(), Vec::new(), None);
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Job(job) => group.push(job),
                Message::Ping(ping, reply) => pings.push((ping, reply)),
                Message::Purge(reply) => purging = Some(reply),
                Message::Close(reply) => closing = Some(reply),
            }
            if closing.is_none() && purging.is_none() && group.len() < GROUP {
                next = jobs.try_recv().ok();
            }
        }
        // Once: what fails again afterwards has another cause.
        if store(&mut archive, group, signs) == Met::IndexDamage && !mended {
            mended = true;
            mend(&mut archive);
        }
        alarm.look(archive.dir());
        answer_pings(&mut archive, pings, signs);
        if let Some(reply) = purging {
            let wiped = archive.wipe();
            reply(wiped.map_err(|error| error.within(archive.dir())));
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

fn answer_pings(archive: &mut Archive, pings: Vec<(Ping, Answer)>, signs: &Signs) {
    for (ping, reply) in pings {
        signs.step();
        reply(match ping {
            Ping::Answer => Ok(()),
            Ping::Write => {
                let proved = archive.prove();
                match &proved {
                    Ok(()) => signs.written(),
                    Err(error) => signs.unwritten(error.to_string()),
                }
                proved
            }
        });
    }
}

/// What the jobs of a group met.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Nothing,
    /// A full-text index that is damaged.
    IndexDamage,
}

/// Builds damaged full-text indexes again, so that what failed because of one succeeds when it is asked for again.
fn mend(archive: &mut Archive) {
    // The method itself is not general enough in the lifetime of its batch.
    let rebuild = |batch: &Batch<'_>| -> Result<Vec<String>, ArchiveError> {
        let mended = batch.mend_search()?;
        Ok(mended)
    };
    match archive.transaction(rebuild) {
        Ok(mended) => tracing::warn!(
            indexes = mended.join(", "),
            "a full-text index was damaged and was built again; what it hindered can be done again"
        ),
        Err(error) => tracing::error!(%error, "a damaged full-text index cannot be built again"),
    }
}

/// Stores the jobs of one group; where a transaction breaks down half-way, the rest gets another.
fn store(archive: &mut Archive, mut waiting: Vec<Box<dyn Job>>, signs: &Signs) -> Met {
    let mut met = Met::Nothing;
    while !waiting.is_empty() {
        let group = match archive.begin() {
            Ok(group) => group,
            Err(error) => {
                signs.unwritten(error.to_string());
                answer(waiting, Some(&error.to_string()));
                return met;
            }
        };
        let (mut done, mut failure, mut trouble) = (0, None, None);
        for job in &mut waiting {
            let failed = job.run(&group);
            signs.step();
            if let Some(error) = failed.filter(|error| error.is_unwritable()) {
                trouble = Some(error.to_string());
            }
            if failed.is_some_and(ArchiveError::is_index_damage) {
                met = Met::IndexDamage;
            }
            done += 1;
            if !group.is_alive() {
                failure = failed.map(ToString::to_string);
                break;
            }
        }
        let rest = waiting.split_off(done);
        let lost = if group.is_alive() {
            let refused = group.commit().err();
            if refused.as_ref().is_some_and(ArchiveError::is_index_damage) {
                met = Met::IndexDamage;
            }
            refused.map(|error| error.to_string())
        } else {
            drop(group);
            failure.or_else(|| Some("the database gave up the transaction".to_owned()))
        };
        if lost.is_none() {
            archive.put_mark();
        }
        signs.changed();
        match lost.clone().or(trouble) {
            Some(why) => signs.unwritten(why),
            None => signs.written(),
        }
        answer(waiting, lost.as_deref());
        waiting = rest;
    }
    met
}

fn answer(jobs: Vec<Box<dyn Job>>, lost: Option<&str>) {
    for job in jobs {
        job.answer(lost);
    }
}

#[cfg(test)]
mod tests;
