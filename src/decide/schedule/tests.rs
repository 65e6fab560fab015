//! When a feed or a page is due again.

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
        after_feed_failure(now, minutes(20), failures, Pause::default(), 0.0).duration_since(now)
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
    assert_eq!(after_page(now, facts), at("2026-11-29T08:00:00Z"));
}

#[test]
fn a_poll_that_would_begin_later_was_dated_by_a_clock_ahead() {
    let now = at("2026-11-22T08:00:00Z");
    assert!(is_ahead(Some(at("2026-11-22T09:00:00Z")), now));
    for right in [None, Some(now), Some(at("2026-11-22T08:00:59Z"))] {
        assert!(!is_ahead(right, now));
    }
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
