//! When to look again: feeds at their interval, pages after their meeting and then ever more rarely.
//!
//! Every function is pure; `jitter` is a random share from 0 to 1 that the caller draws, and `slot`
//! (see [`slot`]) is a share that is the same for one name for ever and spreads work over time.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use crate::model::minutes::Stage;
use crate::model::when::{instant_on, later};

/// The longest that a failing feed or page waits before it is tried again.
pub const LONGEST_BACK_OFF: SignedDuration = SignedDuration::from_hours(24);

/// What `Cache-Control`, `Expires` and `ttl` may at most put a poll off.
const LONGEST_FRESHNESS: SignedDuration = SignedDuration::from_hours(24);

/// A 429 that names no time means at least this.
const UNNAMED_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// The first retry of a page that failed.
const FIRST_PAGE_RETRY: SignedDuration = SignedDuration::from_mins(15);

/// Hour in Finland from which the pages of the day's work are due, and how far they are spread.
const MORNING: i8 = 6;
const SPREAD: SignedDuration = SignedDuration::from_hours(2);

/// What a clock may be set back by without anything being asked for once more.
const SET_RIGHT: SignedDuration = SignedDuration::from_mins(1);

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const QUARTER: SignedDuration = SignedDuration::from_hours(91 * 24);

/// Times after which minutes are read again for amendments and removals; the last one repeats.
const MINUTES_LADDER: [SignedDuration; 4] =
    [DAY, WEEK, SignedDuration::from_hours(30 * 24), QUARTER];

/// A moment that never comes: the due time of what is over for good.
pub fn never() -> Timestamp {
    Timestamp::constant(253_370_764_800, 0) // 9999-01-01T00:00:00Z
}

/// A due time further ahead than this was written by a clock that ran ahead: no page waits for longer
/// than a quarter.
pub fn beyond_any_page(now: Timestamp) -> Timestamp {
    later(now, QUARTER + DAY)
}

/// Whether a clock that ran ahead dated a poll: it would begin only after now. Clocks that are set right by
/// a little every day are no reason.
pub fn is_ahead(polled: Option<Timestamp>, now: Timestamp) -> bool {
    polled.is_some_and(|polled| polled > later(now, SET_RIGHT))
}

/// Whether a feed is due: its time has come, or lies so far ahead that only a clock that ran ahead can
/// have written it. [`never()`] stays never.
pub fn is_feed_due(due: Option<Timestamp>, now: Timestamp, interval: Duration) -> bool {
    // Slot and jitter stretch an interval and the longest back-off by a half at most.
    let longest = signed(interval).max(LONGEST_BACK_OFF).saturating_mul(2);
    due.is_none_or(|due| due <= now || (due > later(now, longest) && due < never()))
}

/// A share from 0 to 1 that depends on the name alone.
pub fn slot(name: &str) -> f64 {
    let digest = Sha256::digest(name.as_bytes());
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    f64::from(number) / f64::from(u32::MAX)
}

/// When a feed that answered is due again: at its own slot of the interval, and not before what the
/// server said about freshness (RFC 9111) or `ttl`.
pub fn after_feed(
    now: Timestamp,
    interval: Duration,
    slot: f64,
    fresh: Option<Duration>,
) -> Timestamp {
    let interval = signed(interval);
    let fresh = fresh
        .map_or(SignedDuration::ZERO, signed)
        .min(LONGEST_FRESHNESS);
    let floor = later(now, fresh);
    at_slot(now, interval, slot).max(floor)
}

/// The first moment at least half an interval away that lies on the slot, so that sources stay
/// spread over the interval whenever the program was started.
fn at_slot(now: Timestamp, interval: SignedDuration, slot: f64) -> Timestamp {
    let width = interval.as_secs();
    if width < 60 {
        return later(now, interval);
    }
    let offset = interval.mul_f64_saturating(slot).as_secs();
    let earliest = now.as_second() + width / 2;
    let behind = (earliest - offset).rem_euclid(width);
    let due = if behind == 0 {
        earliest
    } else {
        earliest + width - behind
    };
    Timestamp::from_second(due).unwrap_or(later(now, interval))
}

/// When a feed that failed is due again: exponential with jitter, for ever, never before Retry-After.
pub fn after_feed_failure(
    now: Timestamp,
    interval: Duration,
    failures: u32,
    pause: Pause,
    jitter: f64,
) -> Timestamp {
    back_off(now, signed(interval), failures, pause, jitter)
}

/// What a failing server asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// `Retry-After`, already clamped to a day.
    pub retry_after: Option<Duration>,
}

impl Pause {
    /// The least time that politeness demands.
    fn floor(self) -> SignedDuration {
        match (self.retry_after, self.status) {
            (Some(asked), _) => signed(asked),
            (None, Some(429)) => UNNAMED_PAUSE,
            (None, _) => SignedDuration::ZERO,
        }
    }
}

fn back_off(
    now: Timestamp,
    first: SignedDuration,
    failures: u32,
    pause: Pause,
    jitter: f64,
) -> Timestamp {
    let doublings = failures.saturating_sub(1).min(20);
    let wait = first.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF);
    // A quarter of jitter on top keeps sources that failed together from coming back together.
    let wait = wait.mul_f64_saturating(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    later(now, wait.max(pause.floor()))
}

/// What decides when a page is due again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageFacts {
    /// Stage of the stored text; `None` before the first reading.
    pub stage: Option<Stage>,
    /// Whether the text is minutes that have not been checked yet (tarkastamaton).
    pub unchecked: bool,
    /// Day of the meeting.
    pub held_on: Option<Date>,
    /// First sight in the feed: stands in for an unknown day.
    pub first_seen_at: Timestamp,
    /// When the stored text last changed.
    pub changed_at: Timestamp,
    /// The page's slot, see [`slot`].
    pub slot: f64,
}

/// When a page that was read is due again.
///
/// Minutes: a day, a week, a month and a quarter after the text last changed, then every quarter. An
/// agenda, and minutes that nobody has checked yet: the morning after its meeting, then daily for a month, weekly for half a year, and monthly
/// for ever; before the meeting weekly, because agendas are amended too.
pub fn after_page(now: Timestamp, facts: PageFacts) -> Timestamp {
    match facts.stage {
        Some(Stage::Minutes) if !facts.unchecked => after_minutes(now, facts),
        Some(Stage::Minutes | Stage::Agenda) | None => after_agenda(now, facts),
    }
}

fn after_minutes(now: Timestamp, facts: PageFacts) -> Timestamp {
    let spread = SPREAD.mul_f64_saturating(facts.slot);
    if facts.changed_at > now {
        // A clock that ran ahead said so; until that time comes, when it really changed cannot be told.
        return later(now, WEEK);
    }
    let mut due = facts.changed_at;
    for step in MINUTES_LADDER {
        due = later(later(facts.changed_at, step), spread);
        if due > now {
            return due;
        }
    }
    let passed = now.duration_since(due).as_secs() / QUARTER.as_secs();
    later(
        due,
        QUARTER.saturating_mul(i32::try_from(passed + 1).unwrap_or(i32::MAX)),
    )
}

fn after_agenda(now: Timestamp, facts: PageFacts) -> Timestamp {
    let day = facts
        .held_on
        .unwrap_or_else(|| crate::model::when::day_in_finland(facts.first_seen_at));
    let meeting_over = morning_after(day, facts.slot);
    if now < meeting_over {
        return meeting_over.min(later(now, WEEK));
    }
    let waited = now.duration_since(meeting_over);
    let days = if waited < DAY.saturating_mul(30) {
        1
    } else if waited < DAY.saturating_mul(182) {
        7
    } else {
        30
    };
    later(now, DAY.saturating_mul(days))
}

fn morning_after(day: Date, slot: f64) -> Timestamp {
    let next = day.saturating_add(1.day());
    later(instant_on(next, MORNING), SPREAD.mul_f64_saturating(slot))
}

/// When a page that failed is due again.
pub fn after_page_failure(now: Timestamp, failures: u32, pause: Pause, jitter: f64) -> Timestamp {
    back_off(now, FIRST_PAGE_RETRY, failures, pause, jitter)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Multiplication that stops at the ends of time instead of panicking.
trait Saturating {
    fn mul_f64_saturating(self, by: f64) -> Self;
}

impl Saturating for SignedDuration {
    fn mul_f64_saturating(self, by: f64) -> Self {
        Self::try_from_secs_f64(self.as_secs_f64() * by).unwrap_or(Self::MAX)
    }
}

#[cfg(test)]
mod tests;
