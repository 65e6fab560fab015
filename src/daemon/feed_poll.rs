//! One poll of one feed, from request to transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;
use url::Url;

use super::cycle::feed_address;
use super::engine::Engine;
use super::inflight::Input;
use super::listed_text::{feed_version, reading_of};
use super::page_check::renewed;
use super::reading::read_feed;
use super::recognition::{Listed, text_of};
use super::report::SourceReport;
use crate::archive::{ArchiveError, Batch, FeedState, PagePlan, ProblemScope};
use crate::decide::listing::listing;
use crate::decide::moved::moved;
use crate::decide::schedule::{self, Pause, after_feed, after_feed_failure, slot};
use crate::fetch::{Answer, FetchError, Request, RequestKind, host_key};
use crate::model::change::{ListingChange, NewVersion, Original, VersionKind};
use crate::model::digest::sha256_hex;
use crate::model::feed_item::{FeedReading, ListedItem};
use crate::model::ids::Uid;
use crate::model::network::{Recognition, Verdict};
use crate::model::poll::{PollOutcome, PollRecord, SourceState, Validators};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::platform::platform;

/// After this time a feed is asked for without validators, in case its server answers 304 for ever.
const FULL_ANSWER_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A 410 that is repeated after this time is believed: the feed is not polled any more.
const GONE_CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(12);

/// What one poll is about.
struct Poll<'a> {
    engine: &'a Engine,
    source: &'a Source,
    state: &'a SourceState,
    started_at: Timestamp,
    watch: Instant,
}

/// Polls a feed and archives what follows from it.
pub async fn poll(
    engine: &Engine,
    source: &Source,
    state: &SourceState,
    report: &mut SourceReport,
) -> anyhow::Result<()> {
    let poll = Poll {
        engine,
        source,
        state,
        started_at: engine.clock.now(),
        watch: Instant::now(),
    };
    let url = feed_address(source, state).context("the platform names no feed")?;
    let request = Request {
        url: url.clone(),
        kind: RequestKind::Feed,
        validators: poll.validators(),
    };
    let answer = tokio::select! {
        answer = engine.client.get(request) => answer,
        () = engine.shutdown.cancelled() => return Ok(()),
    };
    match answer {
        Ok(answer) => poll.answered(&url, answer, report).await,
        Err(error) => poll.failed(&error, report).await,
    }
}

impl Poll<'_> {
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
        url: &Url,
        answer: Answer,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let Some(document) = &answer.body else {
            return self.not_modified(&answer, report).await;
        };
        let sha256 = sha256_hex(&document.bytes);
        if self.state.body_sha256.as_ref() == Some(&sha256) {
            return self.not_modified(&answer, report).await;
        }
        let original = Original {
            url: answer.final_url.to_string(),
            fetched_at: self.started_at,
            http_status: answer.status,
            content_type: document.content_type.clone(),
            validators: answer.validators.clone(),
            body: document.bytes.to_vec(),
            sha256,
        };
        match self.read(url, &original).await? {
            Ok(reading) => self.store(reading, &answer, original, report).await,
            Err(error) => self.unreadable(error, original, report).await,
        }
    }

    /// Reads the bytes off the async workers; an input in quarantine is not parsed.
    async fn read(
        &self,
        url: &Url,
        original: &Original,
    ) -> anyhow::Result<Result<FeedReading, String>> {
        if self.engine.quarantined.contains(&original.sha256) {
            return Ok(Err(
                "the feed is in quarantine: reading it killed the program".to_owned(),
            ));
        }
        let input = Input {
            source: self.source.id.clone(),
            platform: self.source.platform,
            url: url.clone(),
            sha256: original.sha256.clone(),
        };
        let (bytes, content_type) = (original.body.clone(), original.content_type.clone());
        let inflight = self.engine.inflight.clone();
        let read = spawn_blocking(move || {
            let _flight = inflight.note(&input, &bytes)?;
            Ok(read_feed(&bytes, content_type.as_deref(), &input.url).map_err(|e| e.to_string()))
        });
        match read.await {
            Ok(read) => read,
            Err(panic) => Ok(Err(format!("the reader of feeds gave up: {panic}"))),
        }
    }

    async fn not_modified(&self, answer: &Answer, report: &mut SourceReport) -> anyhow::Result<()> {
        let mut record = self.record(PollOutcome::NotModified);
        record.http_status = Some(answer.status);
        record.items_seen = self.state.items_seen.unwrap_or_default();
        record.next_check_at = self.due_again(answer.fresh_for);
        report.outcome = Some(record.outcome);
        report.items_seen = record.items_seen;
        let full = answer.body.is_some();
        let feed_state = FeedState {
            validators: if full {
                answer.validators.clone()
            } else {
                renewed(&self.state.validators, &answer.validators)
            },
            body_sha256: self.state.body_sha256.clone(),
            items_seen: self.state.items_seen,
            last_full_at: if full {
                Some(self.started_at)
            } else {
                self.state.last_full_at
            },
            moved_to: moved(
                self.state.moved_to.as_ref(),
                answer.permanent.as_ref(),
                self.started_at,
            ),
            gone_since: None,
        };
        self.write(record, Some(feed_state), |_| Ok(())).await
    }

    async fn store(
        &self,
        reading: FeedReading,
        answer: &Answer,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let (listed, mut problems) = self.list(&reading);
        let shrank = listed.is_empty() && self.state.items_seen.unwrap_or_default() > 0;
        if shrank {
            problems.push(Problem::new(
                ProblemKind::FeedShrank,
                "the feed has no usable entry although it had some before; nothing is removed",
            ));
        }
        let id = self.source.id.clone();
        let keys: Vec<_> = listed.iter().map(|item| item.key.clone()).collect();
        let known = self
            .engine
            .read(move |reader| reader.known_items_by_keys(&id, &keys))
            .await?;
        let changes = listing(&known, &listed);
        let mut record = self.record(if shrank {
            PollOutcome::Empty
        } else {
            PollOutcome::Ok
        });
        record.http_status = Some(answer.status);
        record.items_seen = count(listed.len());
        record.items_new = count(changes.iter().filter(|c| is_new(c)).count());
        record.items_changed = count(changes.len()) - record.items_new;
        record.parse_warnings = count(problems.len());
        record.next_check_at = self.due_again(answer.fresh_for.max(reading.ttl));
        if shrank {
            record.error = problems.last().map(|problem| problem.detail.clone());
        }
        report.outcome = Some(record.outcome);
        report.error.clone_from(&record.error);
        report.items_seen = record.items_seen;
        report.items_new = record.items_new;
        report.problems += record.parse_warnings;
        // The validators of an empty feed are not kept: a 304 would hide its entries coming back.
        let feed_state = (!shrank).then(|| FeedState {
            validators: answer.validators.clone(),
            body_sha256: Some(original.sha256.clone()),
            items_seen: Some(record.items_seen),
            last_full_at: Some(self.started_at),
            moved_to: moved(
                self.state.moved_to.as_ref(),
                answer.permanent.as_ref(),
                self.started_at,
            ),
            gone_since: None,
        });
        let archive = self.archive_listing(changes, problems, original, report);
        self.write(record, feed_state, archive).await
    }

    /// What the platform makes of the entries, and every problem met on the way.
    fn list(&self, reading: &FeedReading) -> (Vec<ListedItem>, Vec<Problem>) {
        let reader = platform(self.source.platform);
        let mut problems = reading.problems.clone();
        let mut listed = vec![];
        for entry in &reading.entries {
            match reader.list(self.source, entry) {
                Ok(item) => listed.push(item),
                Err(problem) => problems.push(problem),
            }
        }
        if reading.dropped > 0 {
            problems.push(Problem::new(
                ProblemKind::TooManyEntries,
                format!(
                    "the feed has {} entries more than one poll takes",
                    reading.dropped
                ),
            ));
        }
        (listed, problems)
    }

    /// The writes of a feed with news: originals, items, what is recognised from their titles, problems.
    fn archive_listing(
        &self,
        changes: Vec<ListingChange>,
        problems: Vec<Problem>,
        original: Original,
        report: &mut SourceReport,
    ) -> impl FnOnce(&Batch<'_>) -> Result<(), ArchiveError> + Send + use<> {
        let (source, now) = (self.source.clone(), self.started_at);
        let matcher = Arc::clone(&self.engine.matcher);
        let plan = if platform(source.platform).reads_pages() {
            PagePlan::Read
        } else {
            PagePlan::FeedOnly
        };
        let texts = self.texts(&changes, plan);
        report.versions += count(texts.iter().filter(|text| text.version.is_some()).count());
        report.recognised += count(
            texts
                .iter()
                .filter(|text| text.version.is_some() && text.is_new)
                .filter(|text| text.recognitions.iter().any(|r| r.verdict == Verdict::In))
                .count(),
        );
        move |batch| {
            batch.put_original(&source.id, &original)?;
            let written = batch.apply_listing(&source.id, plan, &changes, now)?;
            for text in texts.iter().filter(|text| written.contains(&text.uid)) {
                if let Some(version) = &text.version {
                    batch.store_version(&text.uid, version, now)?;
                }
                for recognition in &text.recognitions {
                    batch.store_recognition(
                        &text.uid,
                        recognition,
                        matcher.ruleset(&recognition.network),
                        now,
                    )?;
                }
            }
            batch.set_problems(&ProblemScope::Source(source.id.clone()), &problems, now)
        }
    }

    /// What the feed alone says about changed items. Where pages are read, only new items are recognised
    /// by what the feed says: once its page is read, the page decides.
    fn texts(&self, changes: &[ListingChange], plan: PagePlan) -> Vec<FeedText> {
        let feed_only = plan == PagePlan::FeedOnly;
        changes
            .iter()
            .filter(|change| feed_only || is_new(change))
            .map(|change| {
                let item = change.item();
                let listed = Listed {
                    municipality: &self.source.municipality,
                    title: &item.title,
                    body: item.body.as_deref(),
                };
                let reading = feed_only.then(|| reading_of(item));
                let fields = reading.as_ref().map(|reading| &reading.item);
                FeedText {
                    uid: Uid::of(&self.source.municipality, &item.key),
                    is_new: is_new(change),
                    recognitions: self.engine.matcher.recognise(&text_of(listed, fields, &[])),
                    version: reading.map(|reading| feed_version(reading, kind_of(change))),
                }
            })
            .collect()
    }

    async fn unreadable(
        &self,
        error: String,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let mut record = self.record(PollOutcome::ParseError);
        record.http_status = Some(original.http_status);
        self.fail(&mut record, error, Pause::default(), report);
        let source = self.source.id.clone();
        self.write(record, None, move |batch| {
            batch.put_original(&source, &original)
        })
        .await
    }

    async fn failed(&self, error: &FetchError, report: &mut SourceReport) -> anyhow::Result<()> {
        let mut record = self.record(error.outcome());
        record.http_status = error.status();
        let pause = Pause {
            status: error.status(),
            retry_after: error.retry_after(),
        };
        self.fail(&mut record, error.to_string(), pause, report);
        let gone =
            (error.status() == Some(410)).then(|| self.state.gone_since.unwrap_or(self.started_at));
        if gone.is_some_and(|since| self.started_at.duration_since(since) >= GONE_CONFIRMED_AFTER) {
            record.next_check_at = schedule::never();
        }
        let feed_state = FeedState {
            validators: self.state.validators.clone(),
            body_sha256: self.state.body_sha256.clone(),
            items_seen: self.state.items_seen,
            last_full_at: self.state.last_full_at,
            // An adopted address that fails for good is given up; the configured one is asked again.
            moved_to: self
                .state
                .moved_to
                .clone()
                .filter(|moved| moved.adopted && !matches!(error.status(), Some(404 | 410))),
            gone_since: gone,
        };
        let host_pause = error.retry_after().and_then(|wait| {
            let until = self
                .started_at
                .checked_add(SignedDuration::try_from(wait).ok()?)
                .ok()?;
            Some((feed_address(self.source, self.state)?, until))
        });
        self.write(record, Some(feed_state), move |batch| match &host_pause {
            Some((url, until)) => batch.pause_host(&host_key(url), Some(*until)),
            None => Ok(()),
        })
        .await
    }

    fn fail(
        &self,
        record: &mut PollRecord,
        error: String,
        pause: Pause,
        report: &mut SourceReport,
    ) {
        record.failures = self.state.failures.saturating_add(1);
        record.next_check_at = after_feed_failure(
            self.started_at,
            self.source.interval,
            record.failures,
            pause,
            fastrand::f64(),
        );
        report.outcome = Some(record.outcome);
        report.error = Some(error.clone());
        record.error = Some(error);
    }

    /// One transaction: what the feed led to, its state, and the record of the poll.
    async fn write(
        &self,
        record: PollRecord,
        feed_state: Option<FeedState>,
        archive: impl FnOnce(&Batch<'_>) -> Result<(), ArchiveError> + Send + 'static,
    ) -> anyhow::Result<()> {
        let source = self.source.id.clone();
        self.engine
            .writer
            .write(move |batch| {
                archive(batch)?;
                if let Some(feed_state) = &feed_state {
                    batch.store_feed_state(&source, feed_state)?;
                }
                batch.record_poll(&record)
            })
            .await
            .with_context(|| format!("cannot archive the poll of {}", self.source.id))
    }
}

/// What a feed alone says about one item.
struct FeedText {
    uid: Uid,
    is_new: bool,
    recognitions: Vec<Recognition>,
    version: Option<NewVersion>,
}

fn is_new(change: &ListingChange) -> bool {
    matches!(change, ListingChange::New(_))
}

fn kind_of(change: &ListingChange) -> VersionKind {
    match change {
        ListingChange::New(_) => VersionKind::First,
        ListingChange::Relisted(_) => VersionKind::Amended,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
