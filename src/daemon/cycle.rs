//! One cycle of one source: the only file that names all stages.
//!
//! Front: fetch, read, list, decide, archive. Then each due list beside it the same way, and each due page: fetch, read, decide, recognise,
//! archive. One transaction per poll and per page; what was acknowledged survives any death.

use std::collections::{BTreeSet, VecDeque};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::documents::read_documents;
use super::engine::Engine;
use super::feed_poll;
use super::lists::check::{self as lists_check, Errand, ListEnd, check_list, is_open};
use super::page::check as page_check;
use super::report::{FeedHealth, Progress, SourceReport, Watcher};
use crate::archive::PageTime;
use crate::decide::check::{AnswerFacts, Checked, Failure, check};
use crate::decide::lists::Purpose;
use crate::decide::schedule::{Pause, beyond_any_page, is_ahead, is_feed_due, never};
use crate::model::ids::Uid;
use crate::model::poll::SourceState;
use crate::model::source::Source;
use crate::platform::platform;

/// Failed requests in a row after which the rest of a source's pages waits for the next cycle.
const FAILURES_IN_A_ROW: u32 = 3;

/// What takes part in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What is due.
    Due,
    /// Everything that is followed, due or not.
    All,
    /// The feeds alone, due or not.
    FeedsOnly,
}

impl Scope {
    /// Which lists and pages take part, by time.
    pub fn page_time(self, now: Timestamp) -> PageTime {
        match self {
            Self::Due | Self::FeedsOnly => PageTime::Due(now, beyond_any_page(now)),
            Self::All => PageTime::All,
        }
    }
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
    /// Whether nothing but the front is asked for, unless that answers.
    pub front_alone: bool,
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
        pages,
        front_alone,
    } = work;
    let mut report = SourceReport::new(&source.id, &source.municipality);
    let mut listed = vec![];
    if is_due(&source, &state, scope, engine.clock.now()) {
        listed = feed_poll::poll(engine, &source, &state, &mut report).await?;
    }
    let front = report.feed_health(&state);
    // A front may be out alone: one request more tells, and no others are made of a site that is out.
    let out = report.front_is_out() || (report.outcome.is_none() && state.failures > 0);
    let mut in_a_row = if out { FAILURES_IN_A_ROW - 1 } else { 0 };
    let beside = scope != Scope::FeedsOnly && !(out && front_alone);
    if beside {
        let lists = Lists {
            source: &source,
            front,
            scope,
        };
        listed.extend(check_lists(engine, &lists, &mut in_a_row, &mut report).await?);
    }
    if beside && platform(source.platform).reads_pages(&source) {
        // What was just listed goes first: a backfill may have made thousands of old pages due.
        let new: BTreeSet<_> = listed.iter().cloned().collect();
        listed.extend(pages.into_iter().filter(|uid| !new.contains(uid)));
        if scope != Scope::All {
            listed.truncate(most_at_once(engine));
        }
        let pages = Pages {
            source: &source,
            feed: front,
            uids: &listed,
            in_a_row,
        };
        watcher(Progress::Pages(source.id.clone(), listed.len()));
        check_pages(engine, &pages, &mut report, watcher).await?;
        read_documents(engine, &source, &mut report).await?;
    }
    let now = engine.clock.now();
    report.settle(&state, now);
    engine.tally.add(&report, now);
    Ok(report)
}

/// Whether the feed is polled in this round.
pub fn is_due(source: &Source, state: &SourceState, scope: Scope, now: Timestamp) -> bool {
    let never_again = state.next_check_at >= Some(never());
    scope != Scope::Due
        || is_feed_due(state.next_check_at, now, source.interval)
        || (is_ahead(state.polled_at, now) && !never_again)
}

fn most_at_once(engine: &Engine) -> usize {
    usize::try_from(engine.config.poll.pages_per_cycle).unwrap_or(usize::MAX)
}

/// The lists of one source to check in this cycle.
struct Lists<'a> {
    source: &'a Source,
    front: FeedHealth,
    scope: Scope,
}

/// Checks what is due, then what became due by that: bodies lead to meetings, those to items. Returns
/// the items that were listed.
async fn check_lists(
    engine: &Engine,
    lists: &Lists<'_>,
    in_a_row: &mut u32,
    report: &mut SourceReport,
) -> anyhow::Result<Vec<Uid>> {
    let source = lists.source;
    let (mut done, mut listed) = (BTreeSet::new(), vec![]);
    let mut due: VecDeque<String> = VecDeque::new();
    loop {
        if due.is_empty() {
            due = due_lists(engine, lists, &done).await?.into();
        }
        let Some(key) = due.pop_front() else { break };
        if engine.shutdown.is_cancelled()
            || *in_a_row >= FAILURES_IN_A_ROW
            || done.len() >= most_at_once(engine)
        {
            break;
        }
        let errand = Errand {
            source,
            key: &key,
            front: lists.front,
            purpose: Purpose::Following,
        };
        match checked_list(engine, &errand, report).await? {
            ListEnd::Read(items) => {
                listed.extend(items);
                *in_a_row = 0;
            }
            ListEnd::Gone => *in_a_row = 0,
            ListEnd::Failed(_) => *in_a_row += 1,
            ListEnd::Stop => break,
        }
        done.insert(key);
    }
    report.gave_up |= *in_a_row >= FAILURES_IN_A_ROW;
    Ok(listed)
}

/// Checks a list; that it cannot be archived is its failure alone.
pub async fn checked_list(
    engine: &Engine,
    errand: &Errand<'_>,
    report: &mut SourceReport,
) -> anyhow::Result<ListEnd> {
    let before = report.clone();
    match check_list(engine, errand, report).await {
        Ok(ended) => Ok(ended),
        Err(error) => {
            tracing::error!(source = %errand.source.id, list = errand.key, error = format!("{error:#}"),
                "a list cannot be archived");
            *report = before;
            report.lists_failed += 1;
            lists_check::put_off(engine, errand, &error).await?;
            Ok(ListEnd::Failed(format!("{error:#}")))
        }
    }
}

/// The lists that are due and were not asked for in this cycle.
async fn due_lists(
    engine: &Engine,
    lists: &Lists<'_>,
    done: &BTreeSet<String>,
) -> anyhow::Result<Vec<String>> {
    let time = lists.scope.page_time(engine.clock.now());
    let id = lists.source.id.clone();
    let due = engine
        .read(move |reader| reader.due_lists(&id, time))
        .await?;
    let open = due
        .into_iter()
        .filter(|(kind, key)| is_open(lists.source, *kind) && !done.contains(key));
    Ok(open.map(|(_, key)| key).collect())
}

/// The pages of one source to check in this cycle.
pub struct Pages<'a> {
    /// The source.
    pub source: &'a Source,
    /// Whether its front answers.
    pub feed: FeedHealth,
    /// The items, in this order.
    pub uids: &'a [Uid],
    /// Requests that failed in a row before.
    pub in_a_row: u32,
}

/// Checks pages until all are done or the host has had enough; returns how many were.
pub async fn check_pages(
    engine: &Engine,
    pages: &Pages<'_>,
    report: &mut SourceReport,
    watcher: &Watcher,
) -> anyhow::Result<usize> {
    let source = pages.source;
    let (mut in_a_row, mut done) = (pages.in_a_row, 0);
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
        done += 1;
        watcher(Progress::PageDone(source.id.clone()));
    }
    report.gave_up |= in_a_row >= FAILURES_IN_A_ROW;
    Ok(done)
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
