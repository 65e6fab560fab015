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
use super::report::{FeedHealth, Progress, SourceReport, Watcher};
use crate::decide::check::{AnswerFacts, Checked, Failure, check};
use crate::decide::schedule::{Pause, is_feed_due};
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
    if is_due(&source, &state, scope, engine.clock.now()) {
        let listed = feed_poll::poll(engine, &source, &state, &mut report).await?;
        let known: BTreeSet<_> = pages.iter().cloned().collect();
        pages.extend(listed.into_iter().filter(|uid| !known.contains(uid)));
    }
    if scope != Scope::FeedsOnly && platform(source.platform).reads_pages(&source) {
        if scope != Scope::All {
            let most = engine.config.poll.pages_per_cycle;
            pages.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        let pages = Pages {
            source: &source,
            feed: report.feed_health(&state),
            uids: &pages,
        };
        check_pages(engine, &pages, &mut report, watcher).await?;
    }
    Ok(report)
}

/// Whether the feed is polled in this round.
pub fn is_due(source: &Source, state: &SourceState, scope: Scope, now: Timestamp) -> bool {
    scope != Scope::Due || is_feed_due(state.next_check_at, now, source.interval)
}

/// The pages of one source to check in this cycle.
struct Pages<'a> {
    source: &'a Source,
    feed: FeedHealth,
    uids: &'a [Uid],
}

async fn check_pages(
    engine: &Engine,
    pages: &Pages<'_>,
    report: &mut SourceReport,
    watcher: &Watcher,
) -> anyhow::Result<()> {
    let source = pages.source;
    watcher(Progress::Pages(source.id.clone(), pages.uids.len()));
    let mut in_a_row = 0;
    for uid in pages.uids {
        if engine.shutdown.is_cancelled() || in_a_row >= FAILURES_IN_A_ROW {
            break;
        }
        let before = report.clone();
        let answered = match page_check::check_page(engine, source, uid, pages.feed, report).await {
            Ok(answered) => answered,
            Err(error) => {
                tracing::error!(%uid, error = format!("{error:#}"), "a page cannot be archived");
                *report = before.clone();
                report.pages_failed += 1;
                put_off(engine, uid, &error).await?;
                true
            }
        };
        if !answered {
            break;
        }
        in_a_row = if unanswered(report) > unanswered(&before) {
            in_a_row + 1
        } else {
            0
        };
        watcher(Progress::PageDone(source.id.clone()));
    }
    Ok(())
}

/// Records that a page failed which could not be archived: it must not stand before the others for ever.
///
/// # Errors
/// When not even that can be written; then the archive itself is in trouble.
async fn put_off(engine: &Engine, uid: &Uid, error: &anyhow::Error) -> anyhow::Result<()> {
    let (asked, uid) = (uid.clone(), uid.clone());
    let Some(page) = engine.read(move |reader| reader.page(&asked)).await? else {
        return Ok(());
    };
    let failure = Checked::Failed(Failure {
        pause: Pause::default(),
        error: format!("the page cannot be archived: {error:#}"),
    });
    let (now, jitter) = (engine.clock.now(), fastrand::f64());
    let record = check(&page, &failure, AnswerFacts::default(), now, jitter);
    engine
        .writer
        .write(move |batch| batch.record_check(&uid, &record))
        .await
        .with_context(|| format!("cannot archive the page of {}", page.uid))
}

/// Pages that failed, without those of which the server said so itself: it is well.
fn unanswered(report: &SourceReport) -> u32 {
    report.pages_failed.saturating_sub(report.pages_gone)
}
