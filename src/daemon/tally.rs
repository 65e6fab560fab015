//! What cycles did since the start, counted for whoever watches over the program.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;

use super::report::SourceReport;
use crate::model::operation::{OutcomeCounts, Work};

/// The counts; every cycle adds to them.
#[derive(Debug, Default)]
pub struct Tally {
    cycles: AtomicU64,
    /// Seconds since 1970; 0 before the first cycle.
    last: AtomicI64,
    polls: OutcomeCounts,
    pages_read: AtomicU64,
    pages_failed: AtomicU64,
    items_new: AtomicU64,
    minutes_published: AtomicU64,
}

impl Tally {
    /// A cycle of a source ended.
    pub(super) fn add(&self, report: &SourceReport, at: Timestamp) {
        self.cycles.fetch_add(1, Ordering::Relaxed);
        self.last.fetch_max(at.as_second(), Ordering::Relaxed);
        if let Some(outcome) = report.outcome {
            self.polls.add(outcome);
        }
        let counted = [
            (&self.pages_read, report.pages_read),
            (&self.pages_failed, report.pages_failed),
            (&self.items_new, report.items_new),
            (&self.minutes_published, report.minutes_published),
        ];
        for (count, more) in counted {
            count.fetch_add(u64::from(more), Ordering::Relaxed);
        }
    }

    /// What was counted.
    pub fn work(&self) -> Work {
        let last = self.last.load(Ordering::Relaxed);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Work {
            cycles: read(&self.cycles),
            last_cycle_at: Timestamp::from_second(last).ok().filter(|_| last != 0),
            polls: self.polls.counts(),
            pages_read: read(&self.pages_read),
            pages_failed: read(&self.pages_failed),
            items_new: read(&self.items_new),
            minutes_published: read(&self.minutes_published),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SourceId;
    use crate::model::poll::PollOutcome;

    #[test]
    fn cycles_add_up_and_the_last_one_is_known() {
        let tally = Tally::default();
        assert_eq!(tally.work().last_cycle_at, None);
        let report = SourceReport {
            outcome: Some(PollOutcome::Ok),
            pages_read: 3,
            items_new: 2,
            ..SourceReport::new(&SourceId::new("a"), "A")
        };
        let at: Timestamp = "2026-11-09T08:00:00Z".parse().expect("instant");
        tally.add(&report, at);
        tally.add(
            &SourceReport {
                outcome: None,
                ..report
            },
            at,
        );
        let work = tally.work();
        assert_eq!((work.cycles, work.pages_read, work.items_new), (2, 6, 4));
        assert_eq!(work.last_cycle_at, Some(at));
        assert!(work.polls.contains(&(PollOutcome::Ok, 1)), "once polled");
    }
}
