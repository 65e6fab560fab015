//! Where documents are read: a few threads that stay. A compiled pattern keeps scratch memory for every thread that used
//! it, so threads that come and go make the program grow to several times its size.

use std::io;
use std::num::NonZero;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// Documents read at a time. Bytes wait cheaply; a tree takes twenty times their memory.
const DESKS: u32 = 4;
/// How long a thread without work stays.
const STAY: Duration = Duration::from_hours(24 * 365);
/// How long the last documents may take at the end.
const LAST: Duration = Duration::from_secs(1);

/// The threads, shared by all that read in this process; without them readings go where all other work goes.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, NonZero::get);
    Builder::new_current_thread()
        .max_blocking_threads(processors.min(DESKS as usize))
        .thread_keep_alive(STAY)
        .thread_name("seutu-desk")
        .build()
});

/// The desks of an engine.
#[derive(Clone, Debug)]
pub(super) struct Desks(Arc<Semaphore>);

impl Default for Desks {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(DESKS as usize)))
    }
}

impl Desks {
    /// A place to read a document at, until it is dropped.
    pub(super) async fn one(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed; were it, reading would go on without it.
        Arc::clone(&self.0).acquire_owned().await.ok()
    }

    /// Runs a parser at one of them; a panic of it is the error. It has its desk to its end, whoever waits for it.
    pub(super) async fn parse<T: Send + 'static>(
        &self,
        parser: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let desk = self.one().await;
        start(move || {
            let _desk = desk;
            parser()
        })
        .await
    }

    /// Waits a little for what is still being read: an input in flight would be suspected at the next start.
    pub(super) async fn leave(&self) {
        let all = timeout(LAST, self.0.acquire_many(DESKS)).await;
        if all.is_err() {
            tracing::debug!("a document is still being read");
        }
    }
}

fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    match &*THREADS {
        Ok(threads) => threads.spawn_blocking(work),
        Err(_) => spawn_blocking(work),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::current;

    use super::*;

    #[tokio::test]
    async fn documents_are_read_by_the_same_few_threads_for_ever() {
        let desks = Desks::default();
        let mut threads = HashSet::new();
        for _ in 0..100 {
            threads.insert(desks.parse(|| current().id()).await.expect("read"));
        }
        assert!(threads.len() <= DESKS as usize, "{threads:?}");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_frees_the_desk() {
        let desks = Desks::default();
        for _ in 0..2 * DESKS {
            let ended = desks
                .parse(|| assert!(std::hint::black_box(false), "odd"))
                .await;
            assert!(ended.expect_err("an error").is_panic());
        }
        assert_eq!(desks.parse(|| 1).await.expect("read"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_waits_for_what_is_being_read_but_not_for_ever() {
        let desks = Desks::default();
        let mut taken = vec![];
        for _ in 0..DESKS {
            taken.push(desks.one().await.expect("a desk"));
        }
        let last = desks.clone();
        let leaving = tokio::spawn(async move { last.leave().await });
        tokio::task::yield_now().await;
        assert!(!leaving.is_finished());
        drop(taken);
        leaving.await.expect("left");
        let _kept = desks.one().await;
        desks.leave().await;
    }
}
