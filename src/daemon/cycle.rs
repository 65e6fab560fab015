//! One cycle of one source: the only file that names all stages.
//!
//! Feed: fetch, read, list, decide, archive. Then each due page: fetch, read, decide, recognise,
//! archive. One transaction per poll and per page; what was acknowledged survives any death.

use anyhow::Context as _;
use jiff::Timestamp;

use super::engine::Engine;
use super::feed_poll;
use super::page_check;
use super::report::{Progress, SourceReport, Watcher};
use crate::archive::{PageFilter, PageTime};
use crate::model::ids::SourceId;
use crate::model::item::DuePage;
use crate::model::poll::SourceState;
use crate::model::source::Source;
use crate::platform::platform;

/// Failed requests in a row after which the rest of a source's pages waits for the next cycle.
const FAILURES_IN_A_ROW: u32 = 3;

/// What takes part in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What is due.
    Due,
    /// Everything that is followed, due or not.
    All,
    /// The feeds alone, due or not.
    FeedsOnly,
}

/// Runs one cycle of one source.
///
/// # Errors
/// Only what hinders the archive itself: what goes wrong at the source is in the report.
pub async fn cycle(
    engine: &Engine,
    source: &Source,
    state: &SourceState,
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<SourceReport> {
    let mut report = SourceReport::new(&source.id, &source.municipality);
    if is_due(state, scope, engine.clock.now()) {
        feed_poll::poll(engine, source, state, &mut report).await?;
    }
    if scope != Scope::FeedsOnly && platform(source.platform).reads_pages() {
        check_pages(engine, source, scope, &mut report, watcher).await?;
    }
    Ok(report)
}

fn is_due(state: &SourceState, scope: Scope, now: Timestamp) -> bool {
    scope != Scope::Due || state.next_check_at.is_none_or(|due| due <= now)
}

async fn check_pages(
    engine: &Engine,
    source: &Source,
    scope: Scope,
    report: &mut SourceReport,
    watcher: &Watcher,
) -> anyhow::Result<()> {
    let pages = due_pages(engine, &source.id, scope).await?;
    watcher(Progress::Pages(source.id.clone(), pages.len()));
    let mut in_a_row = 0;
    for page in &pages {
        if engine.shutdown.is_cancelled() || in_a_row >= FAILURES_IN_A_ROW {
            break;
        }
        let failed_before = report.pages_failed;
        let answered = page_check::check_page(engine, source, page, report)
            .await
            .with_context(|| format!("cannot archive {}", page.url))?;
        if !answered {
            break;
        }
        in_a_row = if report.pages_failed > failed_before {
            in_a_row + 1
        } else {
            0
        };
        watcher(Progress::PageDone(source.id.clone()));
    }
    Ok(())
}

async fn due_pages(
    engine: &Engine,
    source: &SourceId,
    scope: Scope,
) -> anyhow::Result<Vec<DuePage>> {
    let time = match scope {
        Scope::Due => PageTime::Due(engine.clock.now()),
        Scope::All | Scope::FeedsOnly => PageTime::All,
    };
    let sources = [source.clone()];
    let limit = engine.config.poll.pages_per_cycle;
    engine
        .read(move |reader| {
            reader.due_pages(
                &PageFilter {
                    time,
                    sources: Some(&sources),
                },
                limit,
            )
        })
        .await
        .context("cannot ask the archive which pages are due")
}
