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
const SHORTEST: Duration = Duration::from_secs(3600);

const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// From final minutes to the last look at them, and how much earlier counts as that.
const LAST_LOOK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When a list that was met for the first time is due; `None`: only a backfill asks for it.
pub fn first_check(list: &ListAddress, now: Timestamp) -> Option<Timestamp> {
    let old = list.kind == ListKind::Meeting && is_past(list.held_on, HORIZON_DAYS, now);
    (!old).then_some(now)
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
        ListChecked::Failed(failure) => failed(known, failure, calm, when),
        ListChecked::Gone(status) => gone(known, *status, calm),
        ListChecked::Forbidden => ListCheck {
            next_check_at: Some(later(now, SignedDuration::from_hours(24))),
            validators: known.validators.clone(),
            error: Some(format!("robots.txt forbids {}", known.list.url)),
            ..calm
        },
    }
}

fn failed(known: &KnownList, failure: &Failure, calm: ListCheck, when: Circumstances) -> ListCheck {
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
        ..calm
    }
}

fn gone(known: &KnownList, status: u16, calm: ListCheck) -> ListCheck {
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
        ..calm
    }
}

/// Whether a list that a backfill alone asks for would be followed; any other is.
fn follow(known: &KnownList, when: Circumstances) -> bool {
    when.purpose == Purpose::Following || first_check(&known.list, when.now).is_some()
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
    let place = slot(&format!("{} {}", known.source, known.list.key));
    let every = |interval| Some(after_feed(when.now, interval, place, None));
    match known.list.kind {
        ListKind::ItemFeed | ListKind::MeetingFeed => every(when.interval.max(SHORTEST)),
        ListKind::Bodies => every(DAY),
        ListKind::Meetings => every(WEEK),
        ListKind::Meeting => follow(known, when)
            .then(|| next_meeting(known, status, settled_since, (when.now, place)))
            .flatten(),
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
