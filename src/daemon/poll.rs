//! One round over many sources: every due source as a task of its own, hosts in parallel.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::cycle::{Scope, Work, cycle, is_due};
use super::engine::Engine;
use super::lists::check::is_open;
use super::outage::Outage;
use super::report::{Progress, SourceReport, Watcher};
use crate::archive::Reader;
use crate::decide::schedule::{Pause, after_feed_failure, is_feed_due};
use crate::fetch::host_key;
use crate::model::ids::{SourceId, Uid};
use crate::model::panic::panic_text;
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::platform::platform;

/// How often it is looked whether a running cycle has ended.
const TURN: Duration = Duration::from_millis(200);

/// Sources whose cycle is running, so that a slow one is not started twice, and those that wait because
/// their last cycle could not be archived.
#[derive(Clone, Debug, Default)]
pub struct Running {
    sources: Arc<Mutex<BTreeSet<SourceId>>>,
    /// In memory, because it is the archive that cannot be written: without it such a source would be
    /// due, and its site be asked, at every look.
    held: Holds,
    /// Sources whose site failed at request after request: until then only their front is asked for.
    tired: Holds,
    /// One round is put together at a time: what is known of a source must not be older than its
    /// last cycle.
    turn: Arc<tokio::sync::Mutex<()>>,
    outage: Outage,
    /// Sources that were due while they ran: a backfill gives way to their cycle.
    waiting: Arc<Mutex<BTreeSet<SourceId>>>,
}

/// Sources that wait: for their interval first, then longer and longer.
#[derive(Clone, Debug, Default)]
struct Holds(Arc<Mutex<BTreeMap<SourceId, Hold>>>);

/// Until when a source waits, and after how many failures in a row.
#[derive(Clone, Copy, Debug)]
struct Hold {
    until: Timestamp,
    failures: u32,
}

impl Holds {
    fn add(&self, source: &Source, now: Timestamp) {
        let mut held = self.lock();
        let failures = held.get(&source.id).map_or(0, |hold| hold.failures) + 1;
        let (pause, jitter) = (Pause::default(), fastrand::f64());
        let until = after_feed_failure(now, source.interval, failures, pause, jitter);
        held.insert(source.id.clone(), Hold { until, failures });
    }

    fn release(&self, source: &SourceId) {
        self.lock().remove(source);
    }

    fn holds(&self, source: &Source, now: Timestamp) -> bool {
        let held = self.lock();
        held.get(&source.id)
            .is_some_and(|hold| !is_feed_due(Some(hold.until), now, source.interval))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SourceId, Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A source marked as running; dropping it ends that.
#[derive(Debug)]
pub struct Mark(Running, SourceId);

impl Running {
    /// Marks a source, unless it is running already.
    pub fn mark(&self, source: &SourceId) -> Option<Mark> {
        let inserted = self.lock().insert(source.clone());
        inserted.then(|| Mark(self.clone(), source.clone()))
    }

    /// Lets the cycle of a source begin that became due meanwhile; `patience` is how long that may take.
    pub async fn give_way(&self, source: &SourceId, patience: Duration) {
        let begun = async {
            while self.waiting().contains(source) {
                tokio::time::sleep(TURN).await;
            }
        };
        if tokio::time::timeout(patience, begun).await.is_err() {
            self.waiting().remove(source);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeSet<SourceId>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks all of these, each as soon as it does not run.
    pub async fn mark_all(&self, sources: &[Source]) -> Vec<Mark> {
        let mut marks = vec![];
        for source in sources {
            marks.push(self.turn_of(&source.id).await);
        }
        marks
    }

    /// Waits until no cycle of a source runs, and keeps others from beginning.
    pub async fn turn_of(&self, source: &SourceId) -> Mark {
        loop {
            if let Some(mark) = self.mark(source) {
                return mark;
            }
            tokio::time::sleep(TURN).await;
        }
    }

    fn now(&self) -> BTreeSet<SourceId> {
        self.lock().clone()
    }

    /// After a cycle: whether the rest of the source is left alone until its site has had time.
    fn learn(&self, source: &Source, report: &SourceReport, now: Timestamp) {
        self.held.release(&source.id);
        if report.gave_up {
            self.tired.add(source, now);
        } else if report.was_answered() {
            self.tired.release(&source.id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<SourceId>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

/// Starts the cycle of every source that has something due and is not running; returns the tasks.
///
/// `only` limits the round to some sources; empty means all enabled ones. A source whose cycle cannot be
/// archived says so in its report and waits for its interval, then longer and longer.
pub async fn start(
    engine: &Arc<Engine>,
    running: &Running,
    only: &[SourceId],
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<JoinSet<SourceReport>> {
    let mut tasks = JoinSet::new();
    let _turn = running.turn.lock().await;
    // A source that ends after this moment is left for the next round.
    let busy = running.now();
    lift_expired(engine).await?;
    let mut work = work(engine, scope).await?;
    work.retain(|work| only.is_empty() || only.contains(&work.source.id));
    let due_and_busy = work.iter().map(|work| &work.source.id);
    let due_and_busy = due_and_busy.filter(|id| busy.contains(id)).cloned();
    running.waiting().extend(due_and_busy);
    let now = engine.clock.now();
    work.retain(|work| !busy.contains(&work.source.id) && !running.held.holds(&work.source, now));
    if scope == Scope::Due {
        for work in &mut work {
            work.front_alone = running.tired.holds(&work.source, now);
        }
        work.retain(|work| !work.front_alone || is_due(&work.source, &work.state, scope, now));
    }
    watcher(Progress::Sources(work.len()));
    for work in work {
        let Some(mark) = running.mark(&work.source.id) else {
            continue;
        };
        running.waiting().remove(&work.source.id);
        let (engine, watcher) = (Arc::clone(engine), Arc::clone(watcher));
        let running = running.clone();
        tasks.spawn(async move {
            let _mark = mark;
            one(&engine, &running, (work, scope), &watcher).await
        });
    }
    Ok(tasks)
}

/// Runs the cycle of one source to its end, whatever that is.
async fn one(
    engine: &Arc<Engine>,
    running: &Running,
    (work, scope): (Work, Scope),
    watcher: &Watcher,
) -> SourceReport {
    let source = work.source.clone();
    let cycle = AssertUnwindSafe(cycle(engine, work, scope, watcher));
    // A panic ends the cycle of this source and of no other; what it had archived stays.
    let ended = match cycle.catch_unwind().await {
        Ok(ended) => ended.context("the cycle could not be archived"),
        Err(panic) => Err(panicked(&*panic)),
    };
    let now = engine.clock.now();
    let report = match ended {
        Ok(report) => {
            running.learn(&source, &report, now);
            // Whether a failure on our side is the source's own is known at the end of the round.
            if !report.our_side {
                running.outage.log(&report, now);
            }
            report
        }
        Err(error) => {
            running.held.add(&source, now);
            tracing::error!(source = %source.id, error = format!("{error:#}"),
                "{}: the cycle ended", source.municipality);
            SourceReport::unarchived(&source, &error)
        }
    };
    watcher(Progress::SourceDone(report.clone()));
    report
}

/// A panic as an error that says what it said.
fn panicked(panic: &(dyn Any + Send)) -> anyhow::Error {
    let said = panic_text(panic);
    let said = said.as_deref().unwrap_or("it does not say which");
    anyhow::anyhow!("a fault of this program: {said}")
}

/// Runs one round to its end; reports come in the order of the configuration.
pub async fn round(
    engine: &Arc<Engine>,
    only: &[SourceId],
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<Vec<SourceReport>> {
    round_beside(engine, &Running::default(), (only, scope), watcher).await
}

/// The same beside other rounds: a source that is running is left out.
pub async fn round_beside(
    engine: &Arc<Engine>,
    running: &Running,
    (only, scope): (&[SourceId], Scope),
    watcher: &Watcher,
) -> anyhow::Result<Vec<SourceReport>> {
    let tasks = start(engine, running, only, scope, watcher).await?;
    let mut reports = finish(engine, running, tasks).await?;
    // Nobody may be there at night to do it.
    engine.purge().await;
    in_order(engine, &mut reports);
    Ok(reports)
}

/// Waits for the end of every task of a round, and says then which sources could not be reached: only
/// then is it known whether that is their fault.
pub async fn finish(
    engine: &Engine,
    running: &Running,
    mut tasks: JoinSet<SourceReport>,
) -> anyhow::Result<Vec<SourceReport>> {
    let mut reports = vec![];
    while let Some(done) = tasks.join_next().await {
        reports.push(done.context("a cycle gave up")?);
    }
    if reports.is_empty() {
        return Ok(reports);
    }
    running.outage.settle(&mut reports, engine.clock.now());
    super::health::assess(engine, &mut reports).await?;
    engine.join_dossiers().await?;
    Ok(reports)
}

/// Lets in what was taken down until yesterday.
async fn lift_expired(engine: &Engine) -> anyhow::Result<()> {
    let now = engine.clock.now();
    let today = day_in_finland(now);
    if engine.read(move |reader| reader.has_expired(today)).await? {
        let lifted = engine
            .writer
            .write(move |batch| batch.lift_expired(today, now));
        for uid in lifted.await? {
            tracing::info!(%uid, "the takedown is over: the item is let in again");
        }
    }
    Ok(())
}

/// Sorts reports by the order of the configuration.
pub fn in_order(engine: &Engine, reports: &mut [SourceReport]) {
    let place = |id: &SourceId| engine.config.sources.iter().position(|s| s.id == *id);
    reports.sort_by_key(|report| place(&report.source));
}

/// The sources that have something to do, with what is known of them.
async fn work(engine: &Engine, scope: Scope) -> anyhow::Result<Vec<Work>> {
    let now = engine.clock.now();
    let time = scope.page_time(now);
    let (states, due, lists) = engine
        .read(move |reader: &Reader| {
            let lists = reader.sources_with_lists(time)?;
            Ok((reader.source_states()?, reader.due(time)?, lists))
        })
        .await
        .context("cannot ask the archive what is due")?;
    let mut pages: BTreeMap<SourceId, Vec<Uid>> = BTreeMap::new();
    for (source, uid) in due {
        pages.entry(source).or_default().push(uid);
    }
    // Every request of a paused host would be refused; its source is due all the same when that is over.
    let paused: BTreeSet<String> = match scope {
        Scope::Due => engine
            .client
            .paused_hosts()
            .into_iter()
            .map(|(host, _)| host)
            .collect(),
        Scope::All | Scope::FeedsOnly => BTreeSet::new(),
    };
    let work = states.into_iter().filter_map(|state| {
        let source = engine.source(&state.source)?.clone();
        let mut pages = pages.remove(&state.source).unwrap_or_default();
        if !platform(source.platform).reads_pages(&source) {
            // Read while that was permitted: they keep their day, and nobody asks for them.
            pages.clear();
        }
        let listed = lists
            .iter()
            .any(|(id, kind)| *id == state.source && is_open(&source, *kind));
        let wanted = is_due(&source, &state, scope, now) || !pages.is_empty() || listed;
        let open = source.enabled && !paused.contains(&host_key(&source.url));
        (open && wanted).then_some(Work {
            source,
            state,
            pages,
            front_alone: false,
        })
    });
    Ok(work.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_runs_once_at_a_time() {
        let running = Running::default();
        let mark = running.mark(&SourceId::new("a"));
        assert!(mark.is_some() && running.mark(&SourceId::new("a")).is_none());
        drop(mark);
        assert!(running.mark(&SourceId::new("a")).is_some());
    }

    #[tokio::test]
    async fn a_backfill_waits_for_a_cycle_that_is_due_and_not_for_ever() {
        let (running, source) = (Running::default(), SourceId::new("a"));
        running.give_way(&source, Duration::from_mins(1)).await;
        running.waiting().insert(source.clone());
        running.give_way(&source, Duration::from_millis(20)).await;
        assert!(running.waiting().is_empty());
    }
}
