//! One round over many sources: every due source as a task of its own, hosts in parallel.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::cycle::{Scope, cycle};
use super::engine::Engine;
use super::report::{Progress, SourceReport, Watcher};
use crate::archive::Reader;
use crate::model::ids::SourceId;
use crate::model::poll::SourceState;
use crate::model::source::Source;

/// Sources whose cycle is running, so that a slow one is not started twice.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<BTreeSet<SourceId>>>);

/// A source marked as running; dropping it ends that.
#[derive(Debug)]
pub struct Mark(Running, SourceId);

impl Running {
    /// Marks a source, unless it is running already.
    pub fn mark(&self, source: &SourceId) -> Option<Mark> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running
            .insert(source.clone())
            .then(|| Mark(self.clone(), source.clone()))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

/// Starts the cycle of every source that has something due and is not running; returns the tasks.
///
/// `only` limits the round to some sources; empty means all enabled ones.
pub async fn start(
    engine: &Arc<Engine>,
    running: &Running,
    only: &[SourceId],
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<JoinSet<anyhow::Result<SourceReport>>> {
    let mut tasks = JoinSet::new();
    let work = work(engine, only, scope).await?;
    watcher(Progress::Sources(work.len()));
    for (source, state) in work {
        let Some(mark) = running.mark(&source.id) else {
            continue;
        };
        let (engine, watcher) = (Arc::clone(engine), Arc::clone(watcher));
        tasks.spawn(async move {
            let _mark = mark;
            let report = cycle(&engine, &source, &state, scope, &watcher).await?;
            log(&report);
            watcher(Progress::SourceDone(report.clone()));
            Ok(report)
        });
    }
    Ok(tasks)
}

/// Runs one round to its end; reports come in the order of the configuration.
pub async fn round(
    engine: &Arc<Engine>,
    only: &[SourceId],
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<Vec<SourceReport>> {
    let mut tasks = start(engine, &Running::default(), only, scope, watcher).await?;
    let mut reports = vec![];
    while let Some(done) = tasks.join_next().await {
        reports.push(done.context("a cycle gave up")??);
    }
    let place = |id: &SourceId| engine.config.sources.iter().position(|s| s.id == *id);
    reports.sort_by_key(|report| place(&report.source));
    Ok(reports)
}

/// The sources that have something to do, with what is known of them.
async fn work(
    engine: &Engine,
    only: &[SourceId],
    scope: Scope,
) -> anyhow::Result<Vec<(Source, SourceState)>> {
    let now = engine.clock.now();
    let (states, waiting) = engine
        .read(move |reader: &Reader| {
            Ok((reader.source_states()?, reader.sources_with_due_pages(now)?))
        })
        .await
        .context("cannot ask the archive what is due")?;
    let is_wanted = |state: &SourceState| {
        scope != Scope::Due
            || state.next_check_at.is_none_or(|due| due <= now)
            || waiting.contains(&state.source)
    };
    Ok(states
        .into_iter()
        .filter(|state| is_wanted(state) && (only.is_empty() || only.contains(&state.source)))
        .filter_map(|state| Some((engine.source(&state.source)?.clone(), state)))
        .filter(|(source, _)| source.enabled)
        .collect())
}

/// One line per source and cycle, readable alone.
fn log(report: &SourceReport) {
    if let Some(error) = &report.error {
        tracing::warn!(source = %report.source, pages_failed = report.pages_failed, %error,
            "{}: the poll failed", report.municipality);
    } else {
        tracing::info!(
            source = %report.source, items = report.items_seen, new = report.items_new,
            pages = report.pages_read, versions = report.versions,
            minutes = report.minutes_published, pages_failed = report.pages_failed,
            "{}: {} new items, {} pages read, {} agendas became minutes",
            report.municipality, report.items_new, report.pages_read, report.minutes_published
        );
    }
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
}
