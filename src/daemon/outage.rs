//! Our own network: when no source can be reached, none of them is to blame, and it is said once.

use std::sync::{Arc, Mutex, PoisonError};

use super::report::SourceReport;
use crate::model::poll::PollOutcome;

/// Sources that must fail alike before it is our network: one alone may as well be gone.
const FEWEST: usize = 2;

/// Whether nothing can be reached at present; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<Mutex<bool>>);

impl Outage {
    /// Judges the reports of a round: those that failed on our side keep that mark when no source could be
    /// reached, and lose it when others could. Logs what comes of it.
    pub fn settle(&self, reports: &mut [SourceReport]) {
        let mut down = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
            log(report);
        }
    }
}

/// Whether something came back, be it a refusal.
fn answered(report: &SourceReport) -> bool {
    report
        .outcome
        .is_some_and(|outcome| outcome.is_success() || outcome == PollOutcome::HttpError)
}

/// One line per source and cycle, readable alone.
pub fn log(report: &SourceReport) {
    if let Some(error) = &report.error {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SourceId;

    fn report(outcome: PollOutcome, ours: Ours) -> SourceReport {
        SourceReport {
            outcome: Some(outcome),
            our_side: ours == Ours::Perhaps,
            error: (!outcome.is_success()).then(|| "no name".to_owned()),
            ..SourceReport::new(&SourceId::new("a"), "A")
        }
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
        outage.settle(&mut one);
        assert!(one[0].failed(), "one alone may be gone");
        let mut all = [gone(), gone()];
        outage.settle(&mut all);
        assert!(all.iter().all(|report| !report.failed() && report.our_side));
        let mut next = [gone()];
        outage.settle(&mut next);
        assert!(!next[0].failed(), "still down");
        let mut some = [gone(), report(PollOutcome::Ok, Ours::No)];
        outage.settle(&mut some);
        assert!(some[0].failed() && !some[1].failed());
    }
}
