//! One cycle of one source: the only file that names all stages.
//!
//! Feed: fetch, read, list, decide, archive. Then each due page: fetch, read, decide, recognise,
//! archive. One transaction per poll and per page; what was acknowledged survives any death.

use std::collections::BTreeSet;

use anyhow::Context as _;
use jiff::Timestamp;

use super::engine::Engine;
use super::feed_poll;
use super::page_check;
use super::report::{Progress, SourceReport, Watcher};
use crate::model::ids::Uid;
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

/// One source's part in a round.
#[derive(Clone, Debug)]
pub struct Work {
    /// Which source.
    pub source: Source,
    /// What is known of its feed.
    pub state: SourceState,
    /// Its pages that were due when the round began, the longest due first.
    pub pages: Vec<Uid>,
}

/// Runs one cycle of one source.
///
/// # Errors
/// Only what hinders the archive itself: what goes wrong at the source is in the report.
pub async fn cycle(
    engine: &Engine,
    work: Work,
    scope: Scope,
    watcher: &Watcher,
) -> anyhow::Result<SourceReport> {
    let Work {
        source,
        state,
        mut pages,
    } = work;
    let mut report = SourceReport::new(&source.id, &source.municipality);
    if is_due(&state, scope, engine.clock.now()) {
        let listed = feed_poll::poll(engine, &source, &state, &mut report).await?;
        let known: BTreeSet<_> = pages.iter().cloned().collect();
        pages.extend(listed.into_iter().filter(|uid| !known.contains(uid)));
    }
    if scope != Scope::FeedsOnly && platform(source.platform).reads_pages() {
        pages.truncate(usize::try_from(engine.config.poll.pages_per_cycle).unwrap_or(usize::MAX));
        check_pages(engine, &source, &pages, &mut report, watcher).await?;
    }
    Ok(report)
}

/// Whether the feed is polled in this round.
pub fn is_due(state: &SourceState, scope: Scope, now: Timestamp) -> bool {
    scope != Scope::Due || state.next_check_at.is_none_or(|due| due <= now)
}

async fn check_pages(
    engine: &Engine,
    source: &Source,
    pages: &[Uid],
    report: &mut SourceReport,
    watcher: &Watcher,
) -> anyhow::Result<()> {
    watcher(Progress::Pages(source.id.clone(), pages.len()));
    let mut in_a_row = 0;
    for uid in pages {
        if engine.shutdown.is_cancelled() || in_a_row >= FAILURES_IN_A_ROW {
            break;
        }
        let failed_before = unanswered(report);
        let answered = page_check::check_page(engine, source, uid, report)
            .await
            .with_context(|| format!("cannot archive the page of {uid}"))?;
        if !answered {
            break;
        }
        in_a_row = if unanswered(report) > failed_before {
            in_a_row + 1
        } else {
            0
        };
        watcher(Progress::PageDone(source.id.clone()));
    }
    Ok(())
}

/// Pages that failed, without those of which the server said so itself: it is well.
fn unanswered(report: &SourceReport) -> u32 {
    report.pages_failed.saturating_sub(report.pages_gone)
}
