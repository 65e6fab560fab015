//! The daemon: scheduler, control socket and shutdown. The HTTP server is started beside it by the command.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::task::TaskTracker;

use super::control;
use super::engine::Engine;
use super::jobs::scheduler;
use super::poll::Running;

/// How long running cycles may take to end after the signal; they are between two awaits at most.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs until `engine.shutdown` is cancelled.
///
/// Cancelling drops requests in flight; a transaction that has begun is finished by its writer.
pub async fn run(engine: Arc<Engine>) -> anyhow::Result<()> {
    let cycles = TaskTracker::new();
    let running = Running::default();
    let socket = control::listen(&engine, &running, &cycles);
    let refilled = Arc::clone(&engine);
    cycles.spawn(async move {
        if let Err(error) = refilled.refill_search().await {
            tracing::error!(
                error = format!("{error:#}"),
                "the search could not be filled; it goes on at the next start"
            );
        }
    });
    let mut scheduler = scheduler(&engine, &running, &cycles).await?;
    scheduler
        .start()
        .await
        .context("cannot start the scheduler")?;
    engine.shutdown.cancelled().await;
    scheduler
        .shutdown()
        .await
        .context("cannot stop the scheduler")?;
    drop(socket);
    cycles.close();
    if tokio::time::timeout(PATIENCE, cycles.wait()).await.is_err() {
        tracing::warn!("some cycles did not end in time; they are due again at the next start");
    }
    Ok(())
}
