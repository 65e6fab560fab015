//! What the program tells of itself to whoever watches over it: numbers, never texts from elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::minutes::worded_enum;
use super::poll::PollOutcome;

worded_enum! {
    /// Who may read `/metrics`.
    MetricsAccess {
        /// Programs on this machine that come without a proxy.
        Loopback = "loopback",
        /// Everybody.
        All = "all",
        /// Nobody.
        Off = "off",
    }
}

/// What the running program knows of itself; counts are since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Whether nothing keeps it from being ready.
    pub ready: bool,
    /// Time since the start.
    pub uptime: Duration,
    /// Time since the last tick of the scheduler.
    pub tick_age: Duration,
    /// The time by the program's clock.
    pub now: Option<Timestamp>,
    /// Bytes that should stay free on the archive's disk.
    pub least_free: u64,
    /// Transactions that are on disk.
    pub commits: u64,
    /// What cycles did.
    pub work: Work,
    /// Requests to portals by how they ended.
    pub fetches: Vec<(PollOutcome, u64)>,
}

/// What cycles did since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Cycles of single sources that ended.
    pub cycles: u64,
    /// When the last one did.
    pub last_cycle_at: Option<Timestamp>,
    /// Polls of feeds by how they ended.
    pub polls: Vec<(PollOutcome, u64)>,
    /// Pages fetched and understood.
    pub pages_read: u64,
    /// Pages that could not be.
    pub pages_failed: u64,
    /// Items not known before.
    pub items_new: u64,
    /// Agendas that became minutes.
    pub minutes_published: u64,
}

/// Counts by outcome that many threads add to.
#[derive(Debug, Default)]
pub struct OutcomeCounts([AtomicU64; PollOutcome::ALL.len()]);

impl OutcomeCounts {
    /// One more.
    pub fn add(&self, outcome: PollOutcome) {
        for (known, count) in PollOutcome::ALL.iter().zip(&self.0) {
            if *known == outcome {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Every outcome with its count.
    pub fn counts(&self) -> Vec<(PollOutcome, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        PollOutcome::ALL.into_iter().zip(counts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_counted_for_itself() {
        let counts = OutcomeCounts::default();
        counts.add(PollOutcome::Timeout);
        counts.add(PollOutcome::Timeout);
        counts.add(PollOutcome::Ok);
        let found: Vec<_> = counts.counts().into_iter().filter(|of| of.1 > 0).collect();
        assert_eq!(found, [(PollOutcome::Ok, 1), (PollOutcome::Timeout, 2)]);
        assert_eq!(counts.counts().len(), PollOutcome::ALL.len());
    }
}
