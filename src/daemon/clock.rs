//! The one place that asks what time it is; everything else is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::model::when::later;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that may ask for the time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The time since a moment, by a clock that nobody can set.
#[derive(Clone, Copy, Debug)]
pub struct Uptime(Instant);

impl Uptime {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A clock that starts where it is told and runs faster than life: for the demonstration and tests.
#[derive(Clone, Debug)]
pub struct SimulatedClock {
    started: Instant,
    begins: Timestamp,
    speed: i32,
    moved: Arc<AtomicI64>,
}

impl SimulatedClock {
    /// A clock that shows `begins` now and runs `speed` times as fast as life; 0 stands still.
    pub fn new(begins: Timestamp, speed: i32) -> Self {
        Self {
            started: Instant::now(),
            begins,
            speed,
            moved: Arc::default(),
        }
    }

    /// Moves the clock forward, for every copy of it.
    pub fn advance(&self, by: SignedDuration) {
        self.moved.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.started.elapsed()).unwrap_or_default();
        let elapsed = elapsed
            .checked_mul(self.speed)
            .unwrap_or(SignedDuration::MAX);
        let moved = SignedDuration::from_secs(self.moved.load(Ordering::SeqCst));
        later(later(self.begins, elapsed), moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_clock_moves_only_as_told() {
        let begins: Timestamp = "2026-11-09T08:00:00Z".parse().expect("instant");
        let clock = SimulatedClock::new(begins, 0);
        let copy = clock.clone();
        clock.advance(SignedDuration::from_hours(1));
        assert_eq!(copy.now(), later(begins, SignedDuration::from_hours(1)));
    }
}
