//! Our own network: when no source can be reached, none of them is to blame, and it is said once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::report::SourceReport;
use crate::model::ids::SourceId;
use crate::model::poll::PollOutcome;

/// Sources that must fail alike before it is our network: one alone may as well be gone.
const FEWEST: usize = 2;

/// A source that goes on failing alike is told of again after this time, and not at each of its polls.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Whether nothing can be reached at present, and which failures were told; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outage {
    down: Arc<Mutex<bool>>,
    told: Arc<Mutex<BTreeMap<SourceId, Told>>>,
}

/// When a failure was told last, and which it was.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: Timestamp,
    outcome: Option<PollOutcome>,
}

impl Outage {
    /// Judges the reports of a round: those that failed on our side keep that mark when no source could be
    /// reached, and lose it when others could. Logs what comes of it.
    pub fn settle(&self, reports: &mut [SourceReport], now: Timestamp) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = reports.iter().filter(|report| report.outcome.is_some());
        let (ours, others): (Vec<_>, Vec<_>) = polled.partition(|report| report.our_side);
        if others.iter().any(|report| answered(report)) {
            if *down {
                tracing::info!("the network is back");
            }
            *down = false;
        }
        let no_other = others.is_empty() && !ours.is_empty();
        if no_other && (ours.len() >= FEWEST || *down) {
            if !*down {
                tracing::warn!(
                    sources = ours.len(),
                    error = ours.first().and_then(|report| report.error.as_deref()),
                    "no source can be reached: our own network seems to be down; none is blamed, all are asked again in turn"
                );
            }
            *down = true;
            return;
        }
        for report in reports.iter_mut().filter(|report| report.our_side) {
            report.our_side = false;
            self.log(report, now);
        }
    }

    /// One line per source and cycle, readable alone; a source that goes on failing alike is a warning once an hour.
    pub fn log(&self, report: &SourceReport, now: Timestamp) {
        if !self.is_news(report, now) {
            tracing::info!(source = %report.source, pages_failed = report.pages_failed,
                error = report.error, "{}: the poll failed as before", report.municipality);
        } else if let Some(error) = &report.error {
            tracing::warn!(source = %report.source, pages_failed = report.pages_failed, %error,
                "{}: the poll failed", report.municipality);
        } else {
            tracing::info!(
                source = %report.source, items = report.items_seen, new = report.items_new,
                meetings = report.meetings_new, lists = report.lists_read, lists_failed = report.lists_failed,
                pages = report.pages_read, versions = report.versions,
                minutes = report.minutes_published, pages_failed = report.pages_failed,
                "{}: {} new items, {} pages read, {} agendas became minutes",
                report.municipality, report.items_new, report.pages_read, report.minutes_published
            );
        }
    }

    /// Whether a cycle is worth a line: anything that was answered, and a failure for the first time, of
    /// another kind, or after an hour.
    fn is_news(&self, report: &SourceReport, now: Timestamp) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if report.was_answered() {
            told.remove(&report.source);
            return true;
        }
        // A cycle of pages alone fails as the source did.
        let alike = |told: &Told| {
            let either = report.outcome.is_none() || told.outcome.is_none();
            (either || report.outcome == told.outcome)
                && told.at <= now
                && now.duration_since(told.at) < TOLD_AGAIN
        };
        if told.get(&report.source).is_some_and(alike) {
            return false;
        }
        let outcome = report.outcome;
        told.insert(report.source.clone(), Told { at: now, outcome });
        true
    }
}

/// Whether something came back, be it a refusal.
fn answered(report: &SourceReport) -> bool {
    report
        .outcome
        .is_some_and(|outcome| outcome.is_success() || outcome == PollOutcome::HttpError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcome: PollOutcome, ours: Ours) -> SourceReport {
        SourceReport {
            outcome: Some(outcome),
            our_side: ours == Ours::Perhaps,
            error: (!outcome.is_success()).then(|| "no name".to_owned()),
            ..SourceReport::new(&SourceId::new("a"), "A")
        }
    }

    fn now() -> Timestamp {
        "2026-11-09T06:00:00Z".parse().expect("instant")
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Ours {
        Perhaps,
        No,
    }

    #[test]
    fn when_nobody_can_be_reached_nobody_failed() {
        let outage = Outage::default();
        let gone = || report(PollOutcome::HttpError, Ours::Perhaps);
        let mut one = [gone()];
        outage.settle(&mut one, now());
        assert!(one[0].failed(), "one alone may be gone");
        let mut all = [gone(), gone()];
        outage.settle(&mut all, now());
        assert!(all.iter().all(|report| !report.failed() && report.our_side));
        let mut next = [gone()];
        outage.settle(&mut next, now());
        assert!(!next[0].failed(), "still down");
        let mut some = [gone(), report(PollOutcome::Ok, Ours::No)];
        outage.settle(&mut some, now());
        assert!(some[0].failed() && !some[1].failed());
    }
    #[test]
    fn a_failure_that_lasts_is_news_once_an_hour() {
        let outage = Outage::default();
        let news = |outcome: Option<PollOutcome>, minutes: i64| {
            let mut report = report(PollOutcome::HttpError, Ours::No);
            report.outcome = outcome;
            outage.is_news(&report, now() + SignedDuration::from_mins(minutes))
        };
        let failed = Some(PollOutcome::HttpError);
        assert!(news(failed, 0));
        assert!(!news(failed, 20) && !news(None, 21) && !news(failed, 59));
        assert!(news(Some(PollOutcome::Timeout), 59), "another failure");
        assert!(news(failed, 60) && !news(failed, 119) && news(failed, 120));
        assert!(news(failed, -60), "a clock that is set back");
        assert!(news(Some(PollOutcome::Ok), 121) && news(Some(PollOutcome::Ok), 122));
        assert!(news(failed, 123), "after an answer");
    }
}
