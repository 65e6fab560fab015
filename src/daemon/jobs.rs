//! What the daemon does by the clock: a look every few seconds at what is due, snapshots, and nightly care; and with
//! every tick a sign of life.

use std::mem::{Discriminant, discriminant, replace};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::cycle::Scope;
use super::engine::Engine;
use super::poll::{finish, start};
use super::publishing::publish_when_due;
use super::pulse::{Ailment, Due, TICK};
use super::report::{SourceReport, nobody};
use super::run::Daemon;
use super::superior::Word;
use super::websub::tell_hub;
use crate::archive::{Ping, Stop, damage, free_space};
use crate::model::when::later;

/// How long records of polls are kept.
const POLLS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Half past two at night, UTC: between the evening's meetings and the morning's pages.
const NIGHTLY: SignedDuration = SignedDuration::from_mins(150);

/// Time between two sealings of what has changed.
const SEALING: Duration = Duration::from_hours(1);

/// Ticks come a little early or late: half of one is no reason to put a look off to the next.
const HALF_A_TICK: Duration = Duration::from_millis(500);

/// Ticks between two looks at the disk, and between two statuses that nothing has called for.
const DISK_TICKS: u64 = 10;
const STATUS_TICKS: u64 = 60;

/// What one tick knows of those before.
#[derive(Debug, Default)]
struct Ticks {
    number: AtomicU64,
    /// When the last look began, in milliseconds since the start.
    looked: AtomicU64,
    /// What the last tick found wrong.
    ailing: Mutex<Vec<Discriminant<Ailment>>>,
    /// When rows were sealed last; never before the first tick.
    sealed: Mutex<Option<Duration>>,
    /// The night whose care was taken last; none before the first tick.
    night: Mutex<Option<Date>>,
}

/// Ticks until the program ends, by the clock that only ever goes on: the time of day may be set while it runs.
///
/// The tasks of cycles are tracked, so that the end of the program can wait for them.
pub async fn tick_on(daemon: &Arc<Daemon>) {
    let shutdown = daemon.in_force.engine().shutdown.clone();
    let ticks = Ticks::default();
    // The first look is taken at once: nobody waits for the first tick to see that it works.
    look(Arc::clone(daemon)).await;
    let mut every = interval(TICK);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => tick(daemon, &ticks),
            () = shutdown.cancelled() => return,
        }
    }
}

/// One tick. Nothing in it waits: what does is a task of its own, and the ticks go on beside it.
fn tick(daemon: &Arc<Daemon>, ticks: &Ticks) {
    let engine = daemon.in_force.engine();
    if engine.shutdown.is_cancelled() {
        return;
    }
    let number = ticks.number.fetch_add(1, Ordering::Relaxed);
    daemon.pulse.ticked(engine.writer.vital());
    ask_the_writer(daemon, &engine);
    if number.is_multiple_of(DISK_TICKS) {
        look_at_the_disk(daemon, &engine);
    }
    feed(daemon, ticks);
    care_at_night(daemon, &engine, ticks);
    seal_hourly(daemon, engine.clone(), ticks);
    if (number + 1).is_multiple_of(STATUS_TICKS) {
        let told = Arc::clone(daemon);
        daemon.cycles.spawn(async move { told.tell_status().await });
    }
    let now = daemon.pulse.now();
    let looked = Duration::from_millis(ticks.looked.load(Ordering::Relaxed));
    if now.saturating_sub(looked) + HALF_A_TICK >= engine.config.poll.look_interval {
        let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        ticks.looked.store(millis, Ordering::Relaxed);
        let looking = Arc::clone(daemon);
        daemon.cycles.spawn(async move { look(looking).await });
    }
}

/// Takes care once a night; not at the start, which may be at any time of day.
fn care_at_night(daemon: &Arc<Daemon>, engine: &Arc<Engine>, ticks: &Ticks) {
    let night = night_of(engine.clock.now());
    let mut taken = ticks.night.lock().unwrap_or_else(PoisonError::into_inner);
    let before = taken.replace(night);
    if before.is_some_and(|before| before != night) {
        look_for_damage(daemon);
        daemon.cycles.spawn(care(Arc::clone(engine)));
    }
}

/// Seals the rows that have no seal: at the start, and each hour what has changed.
fn seal_hourly(daemon: &Arc<Daemon>, engine: Arc<Engine>, ticks: &Ticks) {
    let now = daemon.pulse.now();
    let mut sealed = ticks.sealed.lock().unwrap_or_else(PoisonError::into_inner);
    if sealed.is_some_and(|at| now.saturating_sub(at) < SEALING) {
        return;
    }
    *sealed = Some(now);
    daemon.cycles.spawn(async move { engine.seal().await });
}

/// The day of the latest half past two.
fn night_of(now: Timestamp) -> Date {
    later(now, -NIGHTLY).to_zoned(TimeZone::UTC).date()
}

fn ask_the_writer(daemon: &Arc<Daemon>, engine: &Arc<Engine>) {
    let ping = match daemon.pulse.ask() {
        Due::Nothing => return,
        Due::Answer => Ping::Answer,
        Due::Write => Ping::Write,
    };
    let (pulse, writer) = (daemon.pulse.clone(), engine.writer.clone());
    let shutdown = engine.shutdown.clone();
    daemon.cycles.spawn(async move {
        let answered = tokio::select! {
            answered = writer.ping(ping) => answered,
            // It closes after everything else has ended, and answers nobody then.
            () = shutdown.cancelled() => return,
        };
        if let Err(error) = answered {
            tracing::debug!(%error, "the archive cannot be written");
        }
        pulse.answered();
    });
}

fn look_at_the_disk(daemon: &Arc<Daemon>, engine: &Arc<Engine>) {
    let (pulse, config) = (daemon.pulse.clone(), Arc::clone(&engine.config));
    // A network drive that is gone may not answer for ever; nothing waits for it.
    drop(spawn_blocking(move || {
        match free_space(&config.archive_dir) {
            Ok(free) => pulse.has_room(free, config.min_free),
            Err(error) => tracing::warn!(%error, "the disk does not say how much room it has"),
        }
    }));
}

/// Looks through the archive's files for damage, beside everything else: what is damaged may be read
/// by nobody for months, and a backup does not last for ever.
pub(super) fn look_for_damage(daemon: &Arc<Daemon>) {
    let engine = daemon.in_force.engine();
    let (pulse, dir) = (daemon.pulse.clone(), engine.config.archive_dir.clone());
    let inspection = pulse.inspect();
    let shutdown = engine.shutdown.clone();
    drop(spawn_blocking(move || {
        let ends = shutdown.clone();
        let found = damage(&dir, &(Arc::new(move || ends.is_cancelled()) as Stop));
        // Cut short it has found nothing for certain.
        if !shutdown.is_cancelled() {
            pulse.has_damage(inspection, found);
        }
    }));
}

/// Tells the service manager that the daemon gets on, unless something is stuck; says it when that, or anything else
/// that is wrong, begins or ends.
fn feed(daemon: &Arc<Daemon>, ticks: &Ticks) {
    let ailments = daemon.pulse.ailments();
    if !ailments.iter().any(Ailment::is_stuck) {
        daemon.superior.hear(&[Word::Alive]);
    }
    let kinds: Vec<_> = ailments.iter().map(discriminant).collect();
    let before = replace(
        &mut *ticks.ailing.lock().unwrap_or_else(PoisonError::into_inner),
        kinds.clone(),
    );
    if before == kinds {
        return;
    }
    if ailments.is_empty() {
        tracing::info!("ready again");
    } else {
        let why: Vec<_> = ailments.iter().map(ToString::to_string).collect();
        tracing::error!(why = why.join("; "), "not ready");
    }
    let told = Arc::clone(daemon);
    daemon.cycles.spawn(async move { told.tell_status().await });
}

/// Starts what is due and leaves it to itself; a look that is under way is not begun twice.
async fn look(daemon: Arc<Daemon>) {
    let engine = daemon.in_force.engine();
    if engine.shutdown.is_cancelled() {
        return;
    }
    let Some(looking) = daemon.pulse.look() else {
        return;
    };
    let started = start(&engine, &daemon.running, &[], Scope::Due, &nobody()).await;
    drop(looking);
    match started {
        Err(error) => tracing::error!(error = format!("{error:#}"), "cannot start what is due"),
        Ok(tasks) => {
            let for_publishing = Arc::clone(&engine);
            let cycles = daemon.cycles.clone();
            cycles.spawn(async move { publish_when_due(&for_publishing).await });
            let for_hub = Arc::clone(&engine);
            cycles.spawn(async move { tell_hub(&for_hub).await });
            cycles.spawn(async move {
                match finish(&engine, &daemon.running, tasks).await {
                    Ok(reports) if reports.is_empty() => {}
                    Ok(reports) => {
                        if reports.iter().any(SourceReport::is_unarchived) {
                            daemon.pulse.doubt();
                        }
                        daemon.account.ended(&reports, engine.clock.now());
                        daemon.catch_up_with(&engine).await;
                        daemon.tell_status().await;
                    }
                    Err(error) => {
                        tracing::error!(error = format!("{error:#}"), "a round gave up");
                    }
                }
            });
        }
    }
}

/// Wipes the traces of what sources took back: at a large archive that takes minutes in which nothing is written. Prunes
/// the health record.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_begins_at_half_past_two() {
        let night = |at: &str| night_of(at.parse().expect("instant")).to_string();
        assert_eq!(night("2026-11-23T02:29:59Z"), "2026-11-22");
        assert_eq!(night("2026-11-23T02:30:00Z"), "2026-11-23");
        assert_eq!(night("2026-11-24T02:29:59Z"), "2026-11-23");
    }
}
