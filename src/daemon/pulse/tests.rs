//! Who is stuck and who only has long work, by a clock that moves as told.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// A pulse and its clock, in seconds.
fn start() -> (Pulse, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(100));
    let clock = Arc::clone(&seconds);
    let since: Since = Arc::new(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
    (Pulse::new(since), seconds)
}

fn vital(steps: u64, commits: u64) -> Vital {
    Vital {
        steps,
        commits,
        trouble: None,
    }
}

/// Ticks every second for so long; the writer answers at once.
fn idle(pulse: &Pulse, seconds: &AtomicU64, time: u64) -> Vec<Due> {
    let mut asked = vec![];
    for _ in 0..time {
        seconds.fetch_add(1, Ordering::SeqCst);
        pulse.ticked(vital(0, 0));
        asked.push(pulse.ask());
        pulse.answered();
        assert_eq!(pulse.ailments(), []);
    }
    asked
}

#[test]
fn an_idle_daemon_is_well_for_ever_and_proves_once_a_minute_that_it_can_write() {
    let (pulse, seconds) = start();
    let asked = idle(&pulse, &seconds, 600);
    assert_eq!(asked.iter().filter(|due| **due == Due::Write).count(), 10);
}

#[test]
fn a_scheduler_that_does_not_tick_is_stuck_and_well_after_the_next_tick() {
    let (pulse, seconds) = start();
    idle(&pulse, &seconds, 5);
    seconds.fetch_add(30, Ordering::SeqCst);
    assert_eq!(pulse.ailments(), []);
    seconds.fetch_add(1, Ordering::SeqCst);
    let found = pulse.ailments();
    assert_eq!(found, [Ailment::NoTick(Duration::from_secs(31))]);
    assert!(found[0].is_stuck());
    pulse.ticked(vital(0, 0));
    assert_eq!(pulse.ailments(), []);
}

#[test]
fn a_writer_that_moves_is_busy_and_one_that_does_not_is_stuck() {
    let (pulse, seconds) = start();
    assert_eq!(pulse.ask(), Due::Answer);
    for step in 1..=300 {
        seconds.fetch_add(1, Ordering::SeqCst);
        pulse.ticked(vital(step, 0));
        assert_eq!(pulse.ask(), Due::Nothing, "it owes an answer");
        assert_eq!(pulse.ailments(), [], "five minutes of one statement");
    }
    for _ in 0..30 {
        seconds.fetch_add(1, Ordering::SeqCst);
        pulse.ticked(vital(300, 0));
        assert_eq!(pulse.ailments(), []);
    }
    seconds.fetch_add(1, Ordering::SeqCst);
    pulse.ticked(vital(300, 0));
    let stuck = [Ailment::StuckWriter(Duration::from_secs(31))];
    assert_eq!(pulse.ailments(), stuck);
    pulse.answered();
    assert_eq!(pulse.ailments(), []);
}

#[test]
fn a_look_that_does_not_end_is_stuck_unless_the_writer_has_long_work() {
    let (pulse, seconds) = start();
    let look = pulse.look();
    assert!(look.is_some() && pulse.look().is_none(), "one at a time");
    pulse.ask();
    for step in 1..=200 {
        seconds.fetch_add(1, Ordering::SeqCst);
        pulse.ticked(vital(step, 0));
        assert_eq!(pulse.ailments(), [], "it waits for the writer");
    }
    pulse.answered();
    idle(&pulse, &seconds, 60);
    seconds.fetch_add(1, Ordering::SeqCst);
    pulse.ticked(vital(0, 0));
    assert_eq!(
        pulse.ailments(),
        [Ailment::LongLook(Duration::from_secs(61))]
    );
    drop(look);
    assert_eq!(pulse.ailments(), []);
    assert!(pulse.look().is_some());
}

#[test]
fn what_a_new_start_does_not_mend_is_said_and_does_not_stop_the_watchdog() {
    let (pulse, seconds) = start();
    pulse.ticked(Vital {
        trouble: Some("archive.db: the disk is full".to_owned()),
        ..vital(1, 0)
    });
    pulse.has_room(5 << 20, 128 << 20);
    let found = pulse.ailments();
    assert!(found.iter().all(|ailment| !ailment.is_stuck()), "{found:?}");
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "the archive cannot be written: archive.db: the disk is full",
            "the disk is nearly full: 5 MiB are free, archive.min_free is 128 MiB"
        ]
    );
    assert_eq!(pulse.ask(), Due::Answer);
    pulse.answered();
    seconds.fetch_add(10, Ordering::SeqCst);
    assert_eq!(pulse.ask(), Due::Write, "sooner than when all is well");
    pulse.ticked(vital(2, 1));
    pulse.has_room(0, 0);
    assert_eq!(pulse.ailments(), []);
}

#[test]
fn damage_is_told_until_a_look_finds_none_and_does_not_stop_the_watchdog() {
    let (pulse, _) = start();
    let (first, second) = (pulse.inspect(), pulse.inspect());
    pulse.has_damage(second, vec!["originals.db is damaged".to_owned()]);
    pulse.has_damage(first, vec![]);
    let found = pulse.ailments();
    assert_eq!(
        found,
        [Ailment::Damaged("originals.db is damaged".to_owned())]
    );
    assert!(!found[0].is_stuck());
    assert_eq!(found[0].to_string(), "originals.db is damaged");
    pulse.has_damage(pulse.inspect(), vec![]);
    assert_eq!(pulse.ailments(), []);
}

#[test]
fn what_could_not_be_archived_has_the_disk_tried_soon() {
    let (pulse, seconds) = start();
    seconds.fetch_add(10, Ordering::SeqCst);
    assert_eq!(pulse.ask(), Due::Answer);
    pulse.answered();
    pulse.doubt();
    assert_eq!(pulse.ask(), Due::Write);
    pulse.answered();
    pulse.ticked(vital(1, 1));
    seconds.fetch_add(10, Ordering::SeqCst);
    assert_eq!(pulse.ask(), Due::Answer, "a write ended the doubt");
}
