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

const DAY: SignedDuration = SignedDuration::from_hours(24);
const QUARTER: SignedDuration = SignedDuration::from_hours(91 * 24);

/// Times after which minutes are read again for amendments and removals; the last one repeats.
const MINUTES_LADDER: [SignedDuration; 4] = [
    DAY,
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(30 * 24),
    QUARTER,
];

/// A moment that never comes: the due time of what is over for good.
pub fn never() -> Timestamp {
    Timestamp::constant(253_370_764_800, 0) // 9999-01-01T00:00:00Z
}

/// A due time further ahead than this was written by a clock that ran ahead: no page waits for longer
/// than a quarter.
pub fn beyond_any_page(now: Timestamp) -> Timestamp {
    later(now, QUARTER + DAY)
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
        // A clock that ran ahead said so; the ladder begins when that time has come.
        return later(now, QUARTER);
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
        return meeting_over.min(later(now, DAY.saturating_mul(7)));
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
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("instant")
    }

    fn minutes(text: u64) -> Duration {
        Duration::from_secs(60 * text)
    }

    fn facts(stage: Stage, held_on: &str) -> PageFacts {
        PageFacts {
            stage: Some(stage),
            unchecked: false,
            held_on: Some(held_on.parse().expect("day")),
            first_seen_at: at("2026-11-01T08:00:00Z"),
            changed_at: at("2026-11-01T08:00:00Z"),
            slot: 0.0,
        }
    }

    #[test]
    fn a_feed_keeps_its_slot_whenever_it_was_polled() {
        let slot = slot("asikkala");
        let first = after_feed(at("2026-11-22T08:00:00Z"), minutes(20), slot, None);
        let second = after_feed(first, minutes(20), slot, None);
        assert_eq!(second.duration_since(first), SignedDuration::from_mins(20));
        let restarted = after_feed(
            later(first, SignedDuration::from_mins(3)),
            minutes(20),
            slot,
            None,
        );
        assert_eq!(restarted, second);
    }

    #[test]
    fn sources_do_not_share_a_moment() {
        let due: std::collections::BTreeSet<_> = (0..100)
            .map(|n| {
                after_feed(
                    at("2026-11-22T08:00:00Z"),
                    minutes(60),
                    slot(&n.to_string()),
                    None,
                )
            })
            .collect();
        assert!(due.len() > 90, "{} different moments", due.len());
    }

    #[test]
    fn freshness_is_a_floor_but_not_beyond_a_day() {
        let now = at("2026-11-22T08:00:00Z");
        let fresh = after_feed(now, minutes(20), 0.0, Some(minutes(180)));
        assert_eq!(fresh, at("2026-11-22T11:00:00Z"));
        let stale = after_feed(now, minutes(20), 0.0, Some(minutes(60 * 24 * 365)));
        assert_eq!(stale, at("2026-11-23T08:00:00Z"));
    }

    #[test]
    fn failures_back_off_to_a_day_and_never_stop() {
        let now = at("2026-11-22T08:00:00Z");
        let wait = |failures| {
            after_feed_failure(now, minutes(20), failures, Pause::default(), 0.0)
                .duration_since(now)
        };
        assert_eq!(wait(1), SignedDuration::from_mins(20));
        assert_eq!(wait(2), SignedDuration::from_mins(40));
        assert_eq!(wait(7), SignedDuration::from_mins(20 * 64));
        assert_eq!(wait(8), LONGEST_BACK_OFF);
        assert_eq!(wait(4_000_000_000), LONGEST_BACK_OFF);
    }

    #[test]
    fn what_a_clock_ten_years_ahead_put_off_is_due() {
        let (now, ahead) = (at("2026-11-22T08:00:00Z"), at("2036-11-22T08:00:00Z"));
        let interval = minutes(20);
        assert!(is_feed_due(None, now, interval));
        assert!(is_feed_due(Some(now), now, interval));
        let written = after_feed(ahead, interval, 0.0, None);
        assert!(is_feed_due(Some(written), now, interval));
        assert!(!is_feed_due(Some(never()), now, interval));
        let facts = PageFacts {
            changed_at: ahead,
            ..facts(Stage::Minutes, "2026-11-10")
        };
        assert!(after_page(ahead, facts) > beyond_any_page(now));
        assert!(after_page(now, facts) <= beyond_any_page(now));
    }

    #[test]
    fn the_longest_waits_are_no_fault_of_a_clock() {
        let now = at("2026-11-22T08:00:00Z");
        let pause = Pause {
            status: Some(503),
            retry_after: Some(minutes(60 * 24)),
        };
        for interval in [minutes(1), minutes(20), minutes(60 * 24 * 30)] {
            for share in [0.0, 0.5, 1.0] {
                let fresh = Some(minutes(60 * 24));
                let waits = [
                    after_feed(now, interval, share, fresh),
                    after_feed_failure(now, interval, 99, pause, share),
                ];
                for due in waits {
                    assert!(!is_feed_due(Some(due), now, interval), "{due}");
                }
            }
        }
        assert!(after_page_failure(now, 99, pause, 1.0) < beyond_any_page(now));
        let mut checked = now;
        for _ in 0..9 {
            let due = after_page(checked, facts(Stage::Minutes, "2026-11-10"));
            assert!(due < beyond_any_page(checked), "{due}");
            checked = due;
        }
    }

    #[test]
    fn retry_after_and_429_are_floors() {
        let now = at("2026-11-22T08:00:00Z");
        let asked = Pause {
            status: Some(503),
            retry_after: Some(minutes(90)),
        };
        assert_eq!(
            after_feed_failure(now, minutes(20), 1, asked, 0.0),
            at("2026-11-22T09:30:00Z")
        );
        let unnamed = Pause {
            status: Some(429),
            retry_after: None,
        };
        assert_eq!(
            after_feed_failure(now, minutes(20), 1, unnamed, 0.0),
            at("2026-11-22T09:00:00Z")
        );
    }

    #[test]
    fn an_agenda_is_due_the_morning_after_its_meeting() {
        let due = after_page(
            at("2026-11-09T08:00:00Z"),
            facts(Stage::Agenda, "2026-11-10"),
        );
        assert_eq!(due, at("2026-11-11T04:00:00Z"));
    }

    #[test]
    fn minutes_that_are_late_are_waited_for_ever_more_rarely() {
        let wait = |now: &str| {
            after_page(at(now), facts(Stage::Agenda, "2026-01-10"))
                .duration_since(at(now))
                .as_hours()
        };
        assert_eq!(wait("2026-01-20T10:00:00Z"), 24);
        assert_eq!(wait("2026-03-20T10:00:00Z"), 7 * 24);
        assert_eq!(wait("2027-03-20T10:00:00Z"), 30 * 24);
    }

    #[test]
    fn minutes_are_read_again_after_a_day_a_week_a_month_and_every_quarter() {
        let mut now = at("2026-11-01T08:00:00Z");
        let mut days = vec![];
        for _ in 0..6 {
            now = after_page(now, facts(Stage::Minutes, "2026-10-20"));
            days.push(now.duration_since(at("2026-11-01T08:00:00Z")).as_hours() / 24);
        }
        assert_eq!(days, [1, 7, 30, 91, 182, 273]);
    }

    #[test]
    fn an_agenda_without_a_day_is_followed_from_its_first_sight() {
        let facts = PageFacts {
            held_on: None,
            ..facts(Stage::Agenda, "2026-11-10")
        };
        assert_eq!(
            after_page(at("2026-11-05T08:00:00Z"), facts),
            at("2026-11-06T08:00:00Z")
        );
    }

    #[test]
    fn minutes_that_nobody_has_checked_are_looked_at_as_an_agenda_is() {
        let unchecked = PageFacts {
            unchecked: true,
            ..facts(Stage::Minutes, "2026-11-10")
        };
        let now = at("2026-11-22T08:00:00Z");
        assert_eq!(
            after_page(now, unchecked),
            after_page(now, facts(Stage::Agenda, "2026-11-10"))
        );
        assert!(after_page(now, facts(Stage::Minutes, "2026-11-10")) > after_page(now, unchecked));
    }
}
