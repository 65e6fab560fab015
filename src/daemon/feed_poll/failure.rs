//! Polls that failed: what is recorded, and when the feed is asked again.

use std::time::Duration;

use jiff::SignedDuration;

use crate::archive::{FeedState, PageAccess};
use crate::daemon::report::SourceReport;
use crate::decide::moved::{self, Failing};
use crate::decide::schedule::{self, Pause, after_feed_failure};
use crate::fetch::FetchError;
use crate::model::change::Original;
use crate::model::poll::{MovedTo, PollOutcome, PollRecord};
use crate::model::when::later;

use super::Poll;

/// A 410 that is repeated after this time is believed: the feed is not polled any more.
const GONE_CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(12);

impl Poll<'_> {
    pub(super) async fn unreadable(
        &self,
        error: String,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let mut record = self.record(PollOutcome::ParseError);
        record.http_status = Some(original.http_status);
        self.fail(&mut record, error, Pause::default(), report);
        // An answer, whatever it says, is not "gone": the next 410 is the first one again.
        let before = FeedState::from(self.state.clone());
        let feed_state = self.for_next_address(FeedState {
            moved_to: self.moved_after_failure(&record),
            gone_since: None,
            ..before.clone()
        });
        let source = self.source.id.clone();
        self.write(
            record,
            (feed_state != before).then_some(feed_state),
            move |batch| batch.put_original(&source, &original),
        )
        .await
    }

    pub(super) async fn failed(
        &self,
        error: &FetchError,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        if let FetchError::HostPaused { left, .. } = error {
            return self.paused(*left, error, report).await;
        }
        let mut record = self.record(error.outcome());
        record.http_status = error.status();
        record.certificate = error.certificate();
        let pause = Pause {
            status: error.status(),
            retry_after: error.retry_after(),
        };
        self.fail(&mut record, error.to_string(), pause, report);
        if error.is_our_side() {
            // Perhaps no host can be reached: when that ends, no feed should wait for having failed.
            record.failures = self.state.failures;
            record.next_check_at = self.due_again(None);
            report.our_side = true;
        }
        let gone =
            (error.status() == Some(410)).then(|| self.state.gone_since.unwrap_or(self.started_at));
        if gone.is_some_and(|since| self.started_at.duration_since(since) >= GONE_CONFIRMED_AFTER) {
            record.next_check_at = schedule::never();
        }
        let feed_state = self.for_next_address(FeedState {
            moved_to: self.moved_after_failure(&record),
            gone_since: gone,
            ..FeedState::from(self.state.clone())
        });
        let host_pause = error.retry_after().and_then(|wait| {
            let until = self
                .started_at
                .checked_add(SignedDuration::try_from(wait).ok()?)
                .ok()?;
            Some((error.host()?.to_owned(), until))
        });
        self.write(record, Some(feed_state), move |batch| match &host_pause {
            Some((host, until)) => batch.pause_host(host, Some(*until)),
            None => Ok(()),
        })
        .await
    }

    /// robots.txt forbids the page that stands in for a feed. Nothing has failed; it is asked again in turn.
    pub(super) async fn forbidden(&self, report: &mut SourceReport) -> anyhow::Result<()> {
        let mut record = self.record(PollOutcome::Blocked);
        record.next_check_at = self.due_again(None);
        record.error = Some(format!("robots.txt forbids {}", self.front.url));
        report.outcome = Some(record.outcome);
        report.error.clone_from(&record.error);
        let source = self.source.id.clone();
        self.write(record, None, move |batch| {
            batch.set_access(&source, PageAccess::Disallowed)
        })
        .await
    }

    fn moved_after_failure(&self, record: &PollRecord) -> Option<MovedTo> {
        let failing = Failing {
            status: record.http_status,
            failures: record.failures,
            last_ok_at: self.state.last_ok_at,
            now: self.started_at,
        };
        moved::failed(self.state.moved_to.as_ref(), failing)
    }

    /// The host asked for a pause that is not over: nothing was sent, so nothing has failed.
    async fn paused(
        &self,
        left: Duration,
        error: &FetchError,
        report: &mut SourceReport,
    ) -> anyhow::Result<()> {
        let mut record = self.record(error.outcome());
        record.failures = self.state.failures;
        record.error = Some(error.to_string());
        let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::ZERO);
        record.next_check_at = later(self.started_at, left + SignedDuration::from_secs(1));
        report.outcome = Some(record.outcome);
        report.error.clone_from(&record.error);
        self.write(record, None, |_| Ok(())).await
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
}
