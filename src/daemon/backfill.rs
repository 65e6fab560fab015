//! The walk through all that a source still publishes: lists, bodies, meetings, items, pages.
//!
//! What was walked is in the archive, so that a walk that was killed goes on where it was. Requests are
//! spaced by the client as all are; between two stretches of a walk the source's ordinary cycle gets its turn.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::civil::Date;
use tokio::task::JoinSet;

use super::cycle::{Pages, check_pages, checked_list};
use super::engine::Engine;
use super::lists::check::{Errand, ListEnd, is_open};
use super::poll::{Mark, Running, in_order};
use super::report::{FeedHealth, Progress, SourceReport, Watcher};
use crate::archive::{PageTime, Reader};
use crate::decide::lists::Purpose;
use crate::decide::schedule::beyond_any_page;
use crate::model::ids::SourceId;
use crate::model::source::Source;
use crate::platform::platform;

/// Lists or pages that are asked for before the source's ordinary cycle may run.
const STRETCH: usize = 50;

/// Lists that one run asks for: a portal that links ever more of them must not keep it for ever. Ten bodies
/// have some 2 000 in ten years.
const MOST_LISTS: u32 = 20_000;

/// Failed lists in a row after which the rest waits for the next run.
const FAILURES_IN_A_ROW: u32 = 3;

/// What a walk is about.
#[derive(Clone, Debug)]
pub struct Request {
    /// Meetings held before are not asked for.
    pub since: Date,
    /// These sources; empty means all enabled ones.
    pub sources: Vec<SourceId>,
}

/// Walks through sources side by side; a report's error says why a walk was not finished.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn backfill(
    engine: &Arc<Engine>,
    running: &Running,
    request: &Request,
    watcher: &Watcher,
) -> anyhow::Result<Vec<SourceReport>> {
    let wanted = |source: &&Source| {
        source.enabled && (request.sources.is_empty() || request.sources.contains(&source.id))
    };
    let sources: Vec<_> = engine
        .config
        .sources
        .iter()
        .filter(wanted)
        .cloned()
        .collect();
    watcher(Progress::Sources(sources.len()));
    let mut tasks = JoinSet::new();
    for source in sources {
        let walk = Walk {
            engine: Arc::clone(engine),
            running: running.clone(),
            watcher: Arc::clone(watcher),
            source,
        };
        let since = request.since;
        tasks.spawn(async move {
            let report = walk.run(since).await;
            let report =
                report.unwrap_or_else(|error| SourceReport::unarchived(&walk.source, &error));
            (walk.watcher)(Progress::SourceDone(report.clone()));
            report
        });
    }
    let mut reports = vec![];
    while let Some(done) = tasks.join_next().await {
        reports.push(done.context("a backfill gave up")?);
    }
    in_order(engine, &mut reports);
    Ok(reports)
}

struct Walk {
    engine: Arc<Engine>,
    running: Running,
    watcher: Watcher,
    source: Source,
}

impl Walk {
    async fn run(&self, since: Date) -> anyhow::Result<SourceReport> {
        let mut report = SourceReport::new(&self.source.id, &self.source.municipality);
        let (id, now) = (self.source.id.clone(), self.engine.clock.now());
        let lists = platform(self.source.platform).backfill(&self.source);
        self.engine
            .writer
            .write(move |batch| batch.begin_backfill(&id, since, &lists, now))
            .await
            .context("cannot begin the backfill")?;
        let unfinished = self.walk_lists(since, &mut report).await?;
        let stopped = self.read_pages(&mut report).await?;
        report.error = unfinished.or(stopped);
        if report.error.is_none() {
            let (id, now) = (self.source.id.clone(), self.engine.clock.now());
            self.engine
                .writer
                .write(move |batch| batch.finish_backfill(&id, now))
                .await?;
        }
        Ok(report)
    }

    /// Asks for every list that was not asked for yet; returns why some are left.
    async fn walk_lists(
        &self,
        since: Date,
        report: &mut SourceReport,
    ) -> anyhow::Result<Option<String>> {
        let (mut passed, mut in_a_row, mut first_error) = (vec![], 0, None);
        let mut asked = 0;
        let front = self.front().await?;
        loop {
            let _mark = self.turn().await;
            for _ in 0..STRETCH {
                if self.engine.shutdown.is_cancelled() {
                    return Ok(Some(stopped()));
                }
                let Some(key) = self.next_list(since, &mut passed).await? else {
                    return Ok(first_error);
                };
                let errand = Errand {
                    source: &self.source,
                    key: &key,
                    front,
                    purpose: Purpose::Walking,
                };
                match checked_list(&self.engine, &errand, report).await? {
                    ListEnd::Read(_) | ListEnd::Gone => in_a_row = 0,
                    ListEnd::Stop => return Ok(Some(stopped())),
                    ListEnd::Failed(error) => {
                        first_error.get_or_insert(error);
                        in_a_row += 1;
                        passed.push(key);
                    }
                }
                (self.watcher)(Progress::ListDone(self.source.id.clone()));
                if in_a_row >= FAILURES_IN_A_ROW {
                    return Ok(first_error);
                }
                asked += 1;
                if asked >= MOST_LISTS {
                    return Ok(Some(endless()));
                }
            }
        }
    }

    /// Waits for the source's ordinary cycle where one is due, then keeps others from beginning.
    async fn turn(&self) -> Mark {
        // Two looks at what is due: at the first it is seen, at the second it begins.
        let patience = self.engine.config.poll.look_interval * 2;
        self.running.give_way(&self.source.id, patience).await;
        self.running.turn_of(&self.source.id).await
    }

    /// Whether the source's front answers: a broken portal says of every page that there is none.
    async fn front(&self) -> anyhow::Result<FeedHealth> {
        let states = self.engine.read(Reader::source_states).await?;
        let fails = states
            .iter()
            .any(|state| state.source == self.source.id && state.failures > 0);
        Ok(if fails {
            FeedHealth::Fails
        } else {
            FeedHealth::Answers
        })
    }

    /// The next list; those that may not be asked for are passed.
    async fn next_list(
        &self,
        since: Date,
        passed: &mut Vec<String>,
    ) -> anyhow::Result<Option<String>> {
        loop {
            let (id, skipped) = (self.source.id.clone(), passed.clone());
            let next = self
                .engine
                .read(move |reader| reader.list_to_walk(&id, since, &skipped))
                .await?;
            match next {
                Some((kind, key)) if !is_open(&self.source, kind) => passed.push(key),
                next => return Ok(next.map(|(_, key)| key)),
            }
        }
    }

    /// Reads the pages that are due, the backfilled ones among them; returns why some are left.
    async fn read_pages(&self, report: &mut SourceReport) -> anyhow::Result<Option<String>> {
        if !platform(self.source.platform).reads_pages(&self.source) {
            return Ok(None);
        }
        let mut told = 0;
        loop {
            let _mark = self.turn().await;
            let now = self.engine.clock.now();
            let id = self.source.id.clone();
            let time = PageTime::Due(now, beyond_any_page(now));
            let mut due = self
                .engine
                .read(move |reader| reader.due_of(&id, time))
                .await?;
            if due.is_empty() {
                return Ok(None);
            }
            // A bar whose length is known at once; `check_pages` counts stretches only.
            let all = due.len();
            due.truncate(STRETCH);
            if told == 0 {
                (self.watcher)(Progress::Pages(self.source.id.clone(), all));
                told = all;
            }
            let pages = Pages {
                source: &self.source,
                feed: self.front().await?,
                uids: &due,
                in_a_row: 0,
            };
            let done = check_pages(&self.engine, &pages, report, &self.watcher).await?;
            if done < due.len() {
                return Ok(Some(stopped()));
            }
        }
    }
}

fn stopped() -> String {
    "the backfill was interrupted or its host asked for a pause; the same command goes on from here"
        .to_owned()
}

fn endless() -> String {
    format!(
        "after {MOST_LISTS} lists there are still more: the portal may link ever more of them; look at its \
         lists, then run the same command again, which goes on from here"
    )
}
