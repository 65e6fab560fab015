//! One poll of one front, a feed or a page that stands in for one, from request to transaction.

mod failure;
mod home;
mod listing;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::engine::Engine;
use super::inflight::ListRole;
use super::lists::reading::parse;
use super::received;
use super::report::SourceReport;
use crate::archive::{ArchiveError, Batch, FeedState};
use crate::decide::moved::{doubted, moved};
use crate::decide::schedule::{after_feed, slot};
use crate::fetch::{Answer, FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::ids::Uid;
use crate::model::listing::ListAddress;
use crate::model::poll::{MovedTo, PollOutcome, PollRecord, SourceState, Validators};
use crate::model::source::Source;
use crate::platform::platform;

/// After this time a feed is asked for without validators, in case its server answers 304 for ever.
const FULL_ANSWER_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What one poll is about.
struct Poll<'a> {
    engine: &'a Engine,
    source: &'a Source,
    state: &'a SourceState,
    /// The platform's front, at the address that it moved to.
    front: ListAddress,
    started_at: Timestamp,
    watch: Instant,
}

/// What is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Same {
    /// The server says so.
    Answer,
    /// The bytes.
    Bytes,
    /// What other bytes say.
    Reading,
}

/// Polls a feed and archives what follows from it; returns the items whose pages are due because of it.
pub async fn poll(
    engine: &Engine,
    source: &Source,
    state: &SourceState,
    report: &mut SourceReport,
) -> anyhow::Result<Vec<Uid>> {
    let returned = tokio::select! {
        returned = home::returned(engine, source, state) => returned?,
        () = engine.shutdown.cancelled() => return Ok(vec![]),
    };
    let state = returned.as_ref().unwrap_or(state);
    let poll = Poll {
        engine,
        source,
        state,
        front: ListAddress {
            url: feed_address(source, state.moved_to.as_ref()),
            ..platform(source.platform).front(source)
        },
        started_at: engine.clock.now(),
        watch: Instant::now(),
    };
    let answer = tokio::select! {
        answer = poll.ask() => answer,
        () = engine.shutdown.cancelled() => return Ok(vec![]),
    };
    match answer {
        Ok(Some(answer)) => poll.answered(answer, report).await,
        Ok(None) => poll.forbidden(report).await.map(|()| vec![]),
        Err(error) => poll.failed(&error, report).await.map(|()| vec![]),
    }
}

impl Poll<'_> {
    /// Asks for the front; `None` when robots.txt forbids it. A feed is meant to be polled, a page is asked
    /// for as any page is.
    async fn ask(&self) -> Result<Option<Answer>, FetchError> {
        let is_feed = self.front.kind.is_feed();
        if !is_feed && self.source.permission.is_none() {
            let verdict = self.engine.client.robots_allow(&self.front.url).await?;
            if verdict == RobotsVerdict::Disallowed {
                return Ok(None);
            }
        }
        let request = Request {
            url: self.front.url.clone(),
            kind: if is_feed {
                RequestKind::Feed
            } else {
                RequestKind::Page
            },
            validators: self.validators(),
        };
        self.engine.client.get(request).await.map(Some)
    }

    /// The validators to send: none when a full answer is overdue.
    fn validators(&self) -> Validators {
        let overdue = self
            .state
            .last_full_at
            .is_none_or(|at| self.started_at.duration_since(at) >= FULL_ANSWER_EVERY);
        if overdue {
            Validators::default()
        } else {
            self.state.validators.clone()
        }
    }

    fn record(&self, outcome: PollOutcome) -> PollRecord {
        PollRecord {
            source: self.source.id.clone(),
            started_at: self.started_at,
            duration_ms: u64::try_from(self.watch.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome,
            http_status: None,
            items_seen: 0,
            items_new: 0,
            items_changed: 0,
            parse_warnings: 0,
            error: None,
            failures: 0,
            next_check_at: self.started_at,
            certificate: None,
        }
    }

    fn due_again(&self, fresh: Option<Duration>) -> Timestamp {
        after_feed(
            self.started_at,
            self.source.interval,
            slot(self.source.id.as_str()),
            fresh,
        )
    }

    async fn answered(
        &self,
        answer: Answer,
        report: &mut SourceReport,
    ) -> anyhow::Result<Vec<Uid>> {
        let received = received::original(&answer, self.started_at).await?;
        let is_known = received
            .as_ref()
            .is_some_and(|original| self.state.body_sha256.as_ref() == Some(&original.sha256));
        let (same, received) = if is_known {
            (Same::Bytes, None)
        } else {
            (Same::Answer, received)
        };
        let Some(original) = received else {
            return self
                .not_modified(&answer, same, report)
                .await
                .map(|()| vec![]);
        };
        let read = parse(
            self.engine,
            self.source,
            &self.front,
            ListRole::Front,
            &original,
        );
        match read.await? {
            Ok(reading) => self.store(reading, &answer, original, report).await,
            Err(error) => self
                .unreadable(error, original, report)
                .await
                .map(|()| vec![]),
        }
    }

    async fn not_modified(
        &self,
        answer: &Answer,
        same: Same,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let mut record = self.record(PollOutcome::NotModified);
        record.http_status = Some(answer.status);
        record.items_seen = self.state.items_seen.unwrap_or_default();
        record.next_check_at = self.due_again(answer.fresh_for);
        report.outcome = Some(record.outcome);
        report.items_seen = record.items_seen;
        let validators = match same {
            // Their validators would never match.
            Same::Reading => Validators::default(),
            Same::Bytes => answer.validators.clone(),
            Same::Answer => self.state.validators.renewed(&answer.validators),
        };
        // Without validators every answer is a full one, and there is nothing to remember.
        let full = same != Same::Answer && validators != Validators::default();
        let feed_state = self.for_next_address(FeedState {
            validators,
            body_sha256: self.state.body_sha256.clone(),
            reading_sha256: self.state.reading_sha256.clone(),
            items_seen: self.state.items_seen,
            last_full_at: if full {
                Some(self.started_at)
            } else {
                self.state.last_full_at
            },
            moved_to: self.moved_after(answer, record.items_seen),
            gone_since: None,
        });
        self.write(record, Some(feed_state), |_| Ok(())).await
    }

    /// Where the feed has moved after an answer; one without items is no evidence that it has.
    fn moved_after(&self, answer: &Answer, items_seen: u32) -> Option<MovedTo> {
        let before = self.state.moved_to.as_ref();
        if items_seen == 0 {
            return doubted(before);
        }
        moved(before, answer.permanent.as_ref(), self.started_at)
    }

    /// Forgets what belongs to the address asked now when another one is asked next: its validators, its
    /// bytes, which lead to other item addresses when they come from there, and that it was gone.
    fn for_next_address(&self, state: FeedState) -> FeedState {
        let asked = feed_address(self.source, self.state.moved_to.as_ref());
        if asked == feed_address(self.source, state.moved_to.as_ref()) {
            return state;
        }
        FeedState {
            validators: Validators::default(),
            body_sha256: None,
            reading_sha256: None,
            gone_since: None,
            ..state
        }
    }

    /// One transaction: what the feed led to, its state, and the record of the poll.
    async fn write<T: Send + 'static>(
        &self,
        record: PollRecord,
        feed_state: Option<FeedState>,
        archive: impl FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let source = self.source.id.clone();
        self.engine
            .writer
            .write(move |batch| {
                let done = archive(batch)?;
                if let Some(feed_state) = &feed_state {
                    batch.store_feed_state(&source, feed_state)?;
                }
                batch.record_poll(&record)?;
                Ok(done)
            })
            .await
            .with_context(|| format!("cannot archive the poll of {}", self.source.id))
    }
}

/// The address a source's feed is polled at: the portal's own, or the one it moved to.
fn feed_address(source: &Source, moved_to: Option<&MovedTo>) -> Url {
    let adopted = moved_to.filter(|moved| moved.adopted);
    adopted
        .and_then(|moved| moved.url.parse().ok())
        .unwrap_or_else(|| platform(source.platform).front(source).url)
}
