//! Snapshots for readers: on a schedule where something changed, and when somebody asks.
//!
//! The copy is made on a thread that may block, through a connection of its own: polls go on writing. One read
//! transaction lasts as long as the copy, and the write-ahead log grows by what is written in that time, no more.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

use super::engine::Engine;
use crate::archive::{Edition, PublicFolder, Stop};
use crate::model::published::Published;
use crate::model::when::later;

/// What changes with time alone, such as when a source was last well, is at most this old in a snapshot.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// When it was last looked whether a snapshot is due; held by whoever publishes.
#[derive(Debug, Default)]
pub(super) struct Publisher {
    looked: Arc<Mutex<Option<Timestamp>>>,
}

/// Publishes a snapshot now, whatever has changed; waits for one that is being published.
///
/// # Errors
/// What hinders it. What was published before stays.
pub async fn publish(engine: &Engine) -> anyhow::Result<Published> {
    let turn = Arc::clone(&engine.publisher.looked).lock_owned().await;
    publish_in_turn(engine, turn).await
}

/// Publishes anew, at once, where something is published, and removes what was published before: what was taken
/// down must not stay in it.
///
/// # Errors
/// What hinders it.
pub(super) async fn publish_without(engine: &Engine) -> anyhow::Result<()> {
    // Looked at in turn: the first snapshot of all may be under way, and would have what was taken down.
    let turn = Arc::clone(&engine.publisher.looked).lock_owned().await;
    let folder = PublicFolder::of(&engine.config.archive_dir);
    // What cannot be read is replaced as well.
    let is_published = spawn_blocking(move || !matches!(folder.latest(), Ok(None))).await?;
    if is_published {
        publish_in_turn(engine, turn).await?;
    }
    Ok(())
}

/// Publishes a snapshot when the last one is older than the interval and says something else than the archive.
pub(super) async fn publish_when_due(engine: &Engine) {
    let Ok(mut turn) = Arc::clone(&engine.publisher.looked).try_lock_owned() else {
        return;
    };
    match is_due(engine, &mut turn).await {
        Ok(false) => {}
        Ok(true) => match publish_in_turn(engine, turn).await {
            Ok(done) => {
                tracing::info!(
                    seq = done.seq,
                    items = done.items,
                    size = done.size,
                    "a snapshot is published"
                );
            }
            Err(_) if engine.shutdown.is_cancelled() => {}
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "a snapshot could not be published; it is tried again after [snapshot] interval"
            ),
        },
        Err(error) => {
            *turn = Some(engine.clock.now());
            tracing::error!(
                error = format!("{error:#}"),
                "cannot say whether a snapshot is due; it is looked again after [snapshot] interval"
            );
        }
    }
}

async fn is_due(engine: &Engine, looked: &mut Option<Timestamp>) -> anyhow::Result<bool> {
    let interval = engine.config.snapshot.interval;
    let now = engine.clock.now();
    let within = |at: Timestamp, time: SignedDuration| at <= now && now < later(at, time);
    let interval = SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX);
    let rests = interval.is_zero() || looked.is_some_and(|at| within(at, interval));
    match is_outdated(engine).await {
        Ok(true) => return Ok(true),
        Err(error) if !rests => return Err(error),
        Ok(false) | Err(_) => {}
    }
    if rests {
        return Ok(false);
    }
    let folder = PublicFolder::of(&engine.config.archive_dir);
    let (latest, is_current, is_empty) = engine
        .read(move |reader| {
            // One that cannot be read is as good as none, and replaced.
            let latest = folder.latest().unwrap_or_default();
            let is_current = latest.is_some() && folder.is_current(reader)?;
            let is_empty = latest.is_none() && reader.counts()?.items == 0;
            Ok((latest, is_current, is_empty))
        })
        .await?;
    let age = latest.map(|latest| latest.built_at);
    let due = match age {
        // Nobody wants a snapshot of nothing; the first items make one due at once.
        None => return Ok(!is_empty),
        Some(at) if is_current => !within(at, OLDEST),
        Some(at) => !within(at, interval),
    };
    if !due {
        // A daemon that was just started goes on with the schedule of the one before.
        *looked = if is_current { Some(now) } else { age };
    }
    Ok(due)
}

/// Whether what is published has something that was taken down since, as after a crash between the two.
async fn is_outdated(engine: &Engine) -> anyhow::Result<bool> {
    let folder = PublicFolder::of(&engine.config.archive_dir);
    let outdated = engine.read(move |reader| {
        let latest = folder.latest().unwrap_or_default();
        let since = reader.takedown_seq()?;
        Ok(latest.is_some_and(|latest| latest.seq < since))
    });
    outdated.await
}

/// Publishes, holding the turn even when the caller gives up: two must never stand in the folder at once.
async fn publish_in_turn(
    engine: &Engine,
    mut turn: OwnedMutexGuard<Option<Timestamp>>,
) -> anyhow::Result<Published> {
    let now = engine.clock.now();
    *turn = Some(now);
    let folder = PublicFolder::of(&engine.config.archive_dir);
    let edition = Edition {
        built_at: now,
        public_url: engine.config.public_url.clone(),
        beside: vec![],
    };
    // Dropping this future, or ending the program, stops the copy between two steps of SQLite.
    let given_up = engine.shutdown.child_token();
    let watched = given_up.clone();
    let _guard = given_up.drop_guard();
    let stop: Stop = Arc::new(move || watched.is_cancelled());
    spawn_blocking(move || {
        let done = folder.publish(edition, &stop);
        drop(turn);
        done
    })
    .await?
    .context("cannot publish a snapshot")
}
