//! When lists are asked for: feeds at their interval, bodies daily, meetings until their minutes are final.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::check::{AnswerFacts, Failure, GONE_AFTER};
use super::schedule::{PageFacts, after_feed, after_page, after_page_failure, slot};
use crate::model::change::ListingChange;
use crate::model::listing::{KnownList, ListAddress, ListCheck, ListKind, MeetingStatus};
use crate::model::minutes::Stage;
use crate::model::when::{day_in_finland, later};

/// Meetings held longer ago are not followed because a list names them: a portal's front page may name
/// years of them, and only a backfill asks for those.
pub const HORIZON_DAYS: i64 = 90;

/// A meeting whose minutes never came is followed this long.
const PATIENCE_DAYS: i64 = 365;

/// Feeds beside the front are not asked for more often.
const SHORTEST: Duration = Duration::from_hours(1);

const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// From final minutes to the last look at them, and how much earlier counts as that.
const LAST_LOOK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When a list that was met is due, unless it is known; `None`: only a backfill asks for it. What a backfill
/// meets is not followed beyond it, but for the meetings of these days.
pub fn first_check(list: &ListAddress, purpose: Purpose, now: Timestamp) -> Option<Timestamp> {
    let follow = match (list.kind, purpose) {
        (ListKind::Meeting, _) => !is_past(list.held_on, HORIZON_DAYS, now),
        (_, Purpose::Following) => true,
        (_, Purpose::Walking) => false,
    };
    follow.then_some(now)
}

/// Which changes follow from a list beside the front. Where a feed lists the items, it says how they are
/// listed; two lists that word a title differently would change it to and fro.
pub fn beside(front: ListKind, changes: Vec<ListingChange>) -> Vec<ListingChange> {
    let alone = front != ListKind::ItemFeed;
    let kept = |change: &ListingChange| alone || matches!(change, ListingChange::New(_));
    changes.into_iter().filter(kept).collect()
}

/// What a request for a list led to.
#[derive(Clone, Debug)]
pub enum ListChecked {
    /// 304, or a page that says what it said before, or something else: how far its meeting has come, and
    /// how much it lists where that was counted.
    Read(Option<MeetingStatus>, Option<u32>),
    /// An answer that is not the list, or a request that failed.
    Failed(Failure),
    /// The server says that there is no such list.
    Gone(u16),
    /// robots.txt forbids it.
    Forbidden,
}

/// When it is, and how it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// Interval of the source.
    pub interval: Duration,
    /// A random share from 0 to 1.
    pub jitter: f64,
    /// Whether a backfill asks.
    pub purpose: Purpose,
}

/// Why a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is due.
    Following,
    /// A backfill walks through everything.
    Walking,
}

/// Makes the record of a check of a list.
pub fn check_list(
    known: &KnownList,
    checked: &ListChecked,
    answer: AnswerFacts,
    when: Circumstances,
) -> ListCheck {
    let now = when.now;
    let calm = ListCheck {
        checked_at: now,
        next_check_at: None,
        walked_at: (when.purpose == Purpose::Walking).then_some(now),
        settled_since: known.settled_since,
        failures: 0,
        http_status: answer.status,
        validators: answer.validators,
        reading_sha256: answer.body_sha256,
        items_listed: None,
        gone_since: None,
        error: None,
    };
    match checked {
        ListChecked::Read(status, entries) => {
            let settled_since = is_settled(*status).then(|| known.settled_since.unwrap_or(now));
            ListCheck {
                next_check_at: next(known, *status, settled_since, when),
                settled_since,
                items_listed: *entries,
                ..calm
            }
        }
        ListChecked::Failed(failure) => failed(known, failure, &calm, when),
        ListChecked::Gone(status) => gone(known, *status, &calm),
        ListChecked::Forbidden => ListCheck {
            next_check_at: follow(known, when).then(|| later(now, SignedDuration::from_hours(24))),
            // A walk that may not ask is not finished.
            walked_at: None,
            validators: known.validators.clone(),
            error: Some(format!("robots.txt forbids {}", known.list.url)),
            ..calm
        },
    }
}

fn failed(
    known: &KnownList,
    failure: &Failure,
    calm: &ListCheck,
    when: Circumstances,
) -> ListCheck {
    let failures = known.failures.saturating_add(1);
    let due = after_page_failure(when.now, failures, failure.pause, when.jitter);
    ListCheck {
        next_check_at: follow(known, when).then_some(due),
        walked_at: None,
        failures,
        http_status: calm.http_status.or(failure.pause.status),
        validators: known.validators.clone(),
        reading_sha256: None,
        gone_since: known.gone_since,
        error: Some(failure.error.clone()),
        ..calm.clone()
    }
}

fn gone(known: &KnownList, status: u16, calm: &ListCheck) -> ListCheck {
    let now = calm.checked_at;
    let since = known.gone_since.map_or(now, |since| since.min(now));
    let confirmed = now.duration_since(since) >= GONE_AFTER;
    // Lists of bodies may come back, a meeting that is gone for a week does not.
    let ended = confirmed && known.list.kind == ListKind::Meeting;
    let wait = SignedDuration::from_hours(if confirmed { 91 * 24 } else { 24 });
    ListCheck {
        next_check_at: (!ended).then(|| later(now, wait)),
        failures: known.failures.saturating_add(1),
        http_status: Some(status),
        validators: known.validators.clone(),
        reading_sha256: None,
        gone_since: Some(since),
        error: Some(format!(
            "the server answers {status} for {}",
            known.list.url
        )),
        ..calm.clone()
    }
}

/// Whether it is asked for without a backfill, from now on if not yet.
fn follow(known: &KnownList, when: Circumstances) -> bool {
    known.followed
        || when.purpose == Purpose::Following
        || first_check(&known.list, when.purpose, when.now).is_some()
}

fn is_settled(status: Option<MeetingStatus>) -> bool {
    matches!(
        status,
        Some(MeetingStatus::Minutes | MeetingStatus::Cancelled)
    )
}

fn next(
    known: &KnownList,
    status: Option<MeetingStatus>,
    settled_since: Option<Timestamp>,
    when: Circumstances,
) -> Option<Timestamp> {
    if !follow(known, when) {
        return None;
    }
    let place = slot(&format!("{} {}", known.source, known.list.key));
    let every = |interval| Some(after_feed(when.now, interval, place, None));
    match known.list.kind {
        ListKind::ItemFeed | ListKind::MeetingFeed => every(when.interval.max(SHORTEST)),
        ListKind::Bodies | ListKind::Items => every(DAY),
        ListKind::Meetings => every(WEEK),
        ListKind::Meeting => next_meeting(known, status, settled_since, (when.now, place)),
    }
}

fn next_meeting(
    known: &KnownList,
    status: Option<MeetingStatus>,
    settled_since: Option<Timestamp>,
    (now, slot): (Timestamp, f64),
) -> Option<Timestamp> {
    let day = known.list.held_on;
    if let Some(since) = settled_since {
        let last = later(since, LAST_LOOK);
        // Minutes that are a year old when first read have been looked at long enough.
        return (last > now && !is_past(day, PATIENCE_DAYS, now)).then_some(last);
    }
    // A platform that tells no status never tells of minutes either.
    let patience = if status.is_some() {
        PATIENCE_DAYS
    } else {
        HORIZON_DAYS
    };
    let day_or_first = day.unwrap_or_else(|| day_in_finland(known.first_seen_at));
    if is_past(Some(day_or_first), patience, now) {
        return None;
    }
    let facts = PageFacts {
        stage: Some(Stage::Agenda),
        unchecked: false,
        held_on: day,
        first_seen_at: known.first_seen_at,
        changed_at: known.first_seen_at,
        slot,
    };
    let due = after_page(now, facts);
    // Before its day a meeting is looked at daily, after it as often as its items' pages.
    let ahead = day.is_none_or(|day| day_in_finland(now) <= day);
    Some(if ahead {
        due.min(later(now, SignedDuration::from_hours(24)))
    } else {
        due
    })
}

fn is_past(day: Option<Date>, days: i64, now: Timestamp) -> bool {
    day.is_some_and(|day| day < day_in_finland(now).saturating_sub(days.days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SourceId;
    use crate::model::poll::Validators;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("instant")
    }

    fn known(kind: ListKind, held_on: Option<&str>) -> KnownList {
        KnownList {
            source: SourceId::new("a"),
            list: ListAddress {
                kind,
                key: "meeting/1".to_owned(),
                url: "https://a.example/1".parse().expect("address"),
                body: None,
                held_on: held_on.map(|day| day.parse().expect("day")),
            },
            status: None,
            followed: false,
            first_seen_at: at("2026-11-01T08:00:00Z"),
            settled_since: None,
            validators: Validators::default(),
            reading_sha256: None,
            items_listed: None,
            failures: 0,
            gone_since: None,
        }
    }

    fn when(now: &str) -> Circumstances {
        Circumstances {
            now: at(now),
            interval: Duration::from_mins(20),
            jitter: 0.0,
            purpose: Purpose::Following,
        }
    }

    /// Hours until a list that said this is due again.
    fn wait(known: &KnownList, status: Option<MeetingStatus>, now: &str) -> Option<i64> {
        let read = ListChecked::Read(status, None);
        let check = check_list(known, &read, AnswerFacts::default(), when(now));
        check
            .next_check_at
            .map(|due| due.duration_since(at(now)).as_hours())
    }

    #[test]
    fn lists_have_their_rhythm() {
        let now = "2026-11-22T08:00:00Z";
        let hours = |kind| wait(&known(kind, None), None, now).expect("due");
        assert!((0..=2).contains(&hours(ListKind::MeetingFeed)));
        assert!((12..=36).contains(&hours(ListKind::Bodies)));
        assert!((84..=252).contains(&hours(ListKind::Meetings)));
    }

    #[test]
    fn a_meeting_is_followed_daily_until_its_minutes_are_final_and_once_more() {
        let mut meeting = known(ListKind::Meeting, Some("2026-11-26"));
        let agenda = Some(MeetingStatus::Agenda);
        assert_eq!(wait(&meeting, agenda, "2026-11-22T08:00:00Z"), Some(24));
        let after = wait(&meeting, agenda, "2026-11-26T19:00:00Z").expect("due");
        assert!((8..=12).contains(&after), "the morning after: {after}");
        let draft = Some(MeetingStatus::MinutesDraft);
        assert_eq!(wait(&meeting, draft, "2026-12-04T08:00:00Z"), Some(24));
        let minutes = Some(MeetingStatus::Minutes);
        assert_eq!(
            wait(&meeting, minutes, "2026-12-05T08:00:00Z"),
            Some(30 * 24)
        );
        meeting.settled_since = Some(at("2026-12-05T08:00:00Z"));
        assert_eq!(wait(&meeting, minutes, "2027-01-04T08:00:00Z"), None);
    }

    #[test]
    fn what_never_becomes_minutes_is_not_followed_for_ever() {
        let meeting = known(ListKind::Meeting, Some("2025-11-01"));
        let agenda = Some(MeetingStatus::Agenda);
        assert_eq!(wait(&meeting, agenda, "2026-11-22T08:00:00Z"), None);
        let untold = known(ListKind::Meeting, Some("2026-08-01"));
        assert_eq!(wait(&untold, None, "2026-11-22T08:00:00Z"), None);
    }

    #[test]
    fn only_recent_and_coming_meetings_are_followed_because_a_list_names_them() {
        let now = at("2026-11-22T08:00:00Z");
        let first = |day| {
            let list = known(ListKind::Meeting, Some(day)).list;
            first_check(&list, Purpose::Following, now)
        };
        assert_eq!(first("2026-08-20"), None);
        assert_eq!(first("2026-09-20"), Some(now));
        assert_eq!(first("2027-01-20"), Some(now));
        let bodies = known(ListKind::Meetings, None).list;
        assert_eq!(first_check(&bodies, Purpose::Following, now), Some(now));
        assert_eq!(first_check(&bodies, Purpose::Walking, now), None);
    }

    #[test]
    fn a_backfill_does_not_begin_to_follow_what_is_old() {
        let old = known(ListKind::Meeting, Some("2024-03-14"));
        let walking = Circumstances {
            purpose: Purpose::Walking,
            ..when("2026-11-22T08:00:00Z")
        };
        let read = ListChecked::Read(Some(MeetingStatus::Agenda), Some(3));
        let bodies = known(ListKind::Bodies, None);
        let check = check_list(&bodies, &read, AnswerFacts::default(), walking);
        assert_eq!(check.next_check_at, None);
        let check = check_list(&old, &read, AnswerFacts::default(), walking);
        assert_eq!(
            (check.next_check_at, check.walked_at),
            (None, Some(walking.now))
        );
        let failure = ListChecked::Failed(Failure {
            pause: crate::decide::schedule::Pause::default(),
            error: "timed out".to_owned(),
        });
        let check = check_list(&old, &failure, AnswerFacts::default(), walking);
        assert_eq!(check.walked_at, None, "it is asked again by the next run");
        let forbidden = ListChecked::Forbidden;
        let check = check_list(&old, &forbidden, AnswerFacts::default(), walking);
        assert_eq!((check.next_check_at, check.walked_at), (None, None));
    }

    #[test]
    fn a_meeting_gone_for_a_week_is_given_up() {
        let mut meeting = known(ListKind::Meeting, Some("2026-11-26"));
        let now = when("2026-11-22T08:00:00Z");
        let gone = |known: &KnownList| {
            check_list(known, &ListChecked::Gone(404), AnswerFacts::default(), now)
        };
        assert!(gone(&meeting).next_check_at.is_some());
        meeting.gone_since = Some(at("2026-11-14T08:00:00Z"));
        assert_eq!(gone(&meeting).next_check_at, None);
    }
}
