//! What most commands begin with: the configuration, a runtime, the engine or a reader.

use std::future::Future;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::poll::stop_on_signal;
use super::{Exit, Global};
use crate::archive::{ArchiveError, Reader, is_there};
use crate::config::{self, Config, ConfigFaults};
use crate::daemon::clock::{Clock, SystemClock};
use crate::daemon::control::hand_over;
use crate::daemon::engine::Engine;
use crate::daemon::export::OtherKind;
use crate::daemon::order::{self, Order, Outcome};
use crate::daemon::poll::Running;
use crate::daemon::report::Watcher;
use crate::daemon::words;
use crate::language::Analyser;

/// Most threads that carry asynchronous work.
const MOST_WORKERS: usize = 8;
/// How long threads that block may go on after the work has ended.
const LAST_THREADS: Duration = Duration::from_secs(1);

/// Loads the configuration that the options name.
pub fn config(global: &Global) -> anyhow::Result<Config> {
    with_words(config::load(global.config.as_deref(), std::env::vars())?)
}

/// The same without putting its vocabulary in force.
pub fn read_config(global: &Global) -> anyhow::Result<Config> {
    Ok(config::load_to_write(
        global.config.as_deref(),
        std::env::vars(),
    )?)
}

/// Puts the vocabulary in force that a configuration names.
fn with_words(config: Config) -> anyhow::Result<Config> {
    let words = words::read(&config).map_err(|fault| WrongUse(format!("{fault:#}")))?;
    words.put_in_force();
    Ok(config)
}

/// The same for commands that write: a folder that cannot be written is a fault among the others.
pub fn config_to_write(global: &Global) -> anyhow::Result<Config> {
    with_words(read_config(global)?)
}

/// Opens the archive for reading; an archive that does not exist yet is an error with a remedy.
pub fn reader(config: &Config) -> anyhow::Result<Reader> {
    must_exist(config)?;
    Ok(Reader::open(&config.archive_dir)?.speaking(Analyser::open(&config.voikko)))
}

/// For commands that work on what is archived: a mistyped folder must not become an empty archive.
pub fn must_exist(config: &Config) -> anyhow::Result<()> {
    let dir = &config.archive_dir;
    anyhow::ensure!(
        is_there(dir)?,
        "there is no archive in {} yet; `seutu poll` makes one",
        dir.display()
    );
    Ok(())
}

/// Opens everything for writing, with the machine's clock.
pub async fn engine(config: Config) -> anyhow::Result<Arc<Engine>> {
    engine_at(config, Arc::new(SystemClock)).await
}

/// Opens everything for writing, with another clock.
pub async fn engine_at(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<Engine>> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(Arc::new(Engine::open(config, clock, Some(program)).await?))
}

/// Has an order carried out: by the process that writes into the archive, or here when there is none.
pub fn carry_out(config: Config, order: Order, watcher: &Watcher) -> anyhow::Result<Outcome> {
    block_on(async {
        if let Some(outcome) = hand_over(&config.archive_dir, &order, watcher).await? {
            return Ok(outcome);
        }
        let engine = engine(config).await?;
        let stop = stop_on_signal(&engine.shutdown)?;
        let is_round = matches!(order, Order::Poll { .. });
        let outcome = order::carry_out(&engine, &Running::default(), order, watcher).await;
        if is_round && outcome.is_ok() {
            // Where no daemon runs, nobody else does it.
            engine.refill_search().await?;
            engine.seal().await;
        }
        stop.abort();
        close(engine).await?;
        outcome
    })
}

/// Closes what [`engine`] opened. What is written later by a task that has not ended is refused.
pub async fn close(engine: Arc<Engine>) -> anyhow::Result<()> {
    engine.close().await
}

/// Runs asynchronous work to its end.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers(processors))
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let done = runtime.block_on(async {
        // Held to the end: a file that may not grow is then an error of the write, and not the end of the program.
        let _caught = too_large_files()?;
        work.await
    });
    // Looking up a name blocks a thread for as long as the name servers are silent, and nothing can
    // wake it. Whatever writes was closed by `close`, so nothing is lost with such a thread.
    runtime.shutdown_timeout(LAST_THREADS);
    done
}

/// Threads that carry asynchronous work: what takes long is done by others, and the unit allows only so many.
fn workers(processors: usize) -> usize {
    processors.clamp(1, MOST_WORKERS)
}

/// Catches SIGXFSZ, which ends a program that writes beyond its limit on the size of files.
fn too_large_files() -> std::io::Result<Option<Signal>> {
    // The number that x86, ARM and RISC-V have in common.
    const SIGXFSZ: i32 = 25;
    cfg!(target_os = "linux")
        .then(|| signal(SignalKind::from_raw(SIGXFSZ)))
        .transpose()
}

/// What was asked for cannot be asked for: an unknown name, a filter that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// The exit that an error stands for.
pub fn exit_for(error: &anyhow::Error) -> Exit {
    let is_wrong = |cause: &(dyn std::error::Error + 'static)| {
        let of_archive = cause.downcast_ref::<ArchiveError>();
        cause.is::<ConfigFaults>()
            || cause.is::<WrongUse>()
            || cause.is::<OtherKind>()
            || of_archive.is_some_and(ArchiveError::is_wrong_use)
    };
    if error.chain().any(is_wrong) {
        Exit::WrongUse
    } else {
        Exit::Failed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread that nothing wakes is what is tested"
    )]
    fn a_thread_that_nothing_wakes_does_not_hold_up_the_end() {
        let began = Instant::now();
        let done = block_on(async {
            // As a name server that does not answer: begun, and not waited for.
            drop(tokio::task::spawn_blocking(|| {
                std::thread::sleep(Duration::from_secs(20));
            }));
            Ok(7)
        });
        assert_eq!(done.ok(), Some(7));
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn a_machine_of_many_processors_makes_no_more_threads_than_the_unit_allows() {
        assert_eq!([1, 2, 8, 256].map(workers), [1, 2, 8, 8]);
        let unit = include_str!("../../packaging/seutu.service");
        let tasks = unit.lines().find_map(|line| line.strip_prefix("TasksMax="));
        let tasks: usize = tasks.expect("a limit").parse().expect("a number");
        assert!(tasks >= 10 * MOST_WORKERS, "{tasks}");
    }

    #[test]
    fn wrong_use_is_told_apart_from_failure_under_any_context() {
        let wrong = anyhow::Error::from(WrongUse("no such name".to_owned())).context("asking");
        assert_eq!(exit_for(&wrong), Exit::WrongUse);
        assert_eq!(exit_for(&anyhow::anyhow!("the disk is full")), Exit::Failed);
    }
}
