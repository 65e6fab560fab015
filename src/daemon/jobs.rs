//! What the daemon does by the clock: a look every few seconds at what is due, snapshots, and nightly care.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio_cron_scheduler::{Job, JobScheduler};
use tokio_util::task::TaskTracker;

use super::cycle::Scope;
use super::engine::Engine;
use super::poll::{Running, finish, start};
use super::publishing::publish_when_due;
use super::report::nobody;
use super::websub::tell_hub;
use crate::model::when::later;

/// How long records of polls are kept.
const POLLS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Half past two at night, UTC: between the evening's meetings and the morning's pages.
const NIGHTLY: &str = "0 30 2 * * *";

/// Prepares the scheduler.
///
/// The tasks of cycles are tracked by `cycles`, so that the end of the program can wait for them.
pub async fn scheduler(
    engine: &Arc<Engine>,
    running: &Running,
    cycles: &TaskTracker,
) -> anyhow::Result<JobScheduler> {
    let scheduler = JobScheduler::new()
        .await
        .context("cannot make the scheduler")?;
    let (first, running) = (running.clone(), running.clone());
    let (for_tick, for_night) = (Arc::clone(engine), Arc::clone(engine));
    let tracked = cycles.clone();
    let tick = Job::new_repeated_async(engine.config.poll.look_interval, move |_, _| {
        let (engine, running, cycles) = (Arc::clone(&for_tick), running.clone(), tracked.clone());
        Box::pin(async move { look(engine, running, &cycles).await })
    })
    .context("cannot make the job that looks at what is due")?;
    let night = Job::new_async(NIGHTLY, move |_, _| {
        let engine = Arc::clone(&for_night);
        Box::pin(async move { care(engine).await })
    })
    .context("cannot make the nightly job")?;
    scheduler.add(tick).await?;
    scheduler.add(night).await?;
    // The first look is taken at once: nobody waits for the first tick to see that it works.
    look(Arc::clone(engine), first, cycles).await;
    Ok(scheduler)
}

/// Starts what is due and leaves it to itself.
async fn look(engine: Arc<Engine>, running: Running, cycles: &TaskTracker) {
    if engine.shutdown.is_cancelled() {
        return;
    }
    match start(&engine, &running, &[], Scope::Due, &nobody()).await {
        Err(error) => tracing::error!(error = format!("{error:#}"), "cannot start what is due"),
        Ok(tasks) => {
            let for_publishing = Arc::clone(&engine);
            cycles.spawn(async move { publish_when_due(&for_publishing).await });
            let for_hub = Arc::clone(&engine);
            cycles.spawn(async move { tell_hub(&for_hub).await });
            cycles.spawn(async move {
                if let Err(error) = finish(&engine, &running, tasks).await {
                    tracing::error!(error = format!("{error:#}"), "a round gave up");
                }
            });
        }
    }
}

/// Prunes the health record, and wipes the traces of what sources took back: at a large archive that takes minutes in
/// which nothing is written.
async fn care(engine: Arc<Engine>) {
    engine.purge().await;
    let before = later(engine.clock.now(), -POLLS_KEPT);
    match engine
        .writer
        .write(move |batch| batch.prune_polls(before))
        .await
    {
        Ok(pruned) => tracing::info!(pruned, "old records of polls are gone"),
        Err(error) => tracing::error!(%error, "cannot prune the records of polls"),
    }
}
