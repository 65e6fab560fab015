//! The bookkeeping of one check of a page: failures, next due time, and what disappeared for good.

use jiff::{SignedDuration, Timestamp};

use super::schedule::{PageFacts, Pause, after_page, after_page_failure, slot};
pub use crate::model::change::GONE_AFTER;
use crate::model::change::{NewVersion, PageChange, PageCheck};
use crate::model::item::DuePage;
use crate::model::poll::Validators;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::when::later;

/// What a request for a page led to.
#[derive(Clone, Debug)]
pub enum Checked<'a> {
    /// 304, or bytes that were read before.
    Same,
    /// A page that was read, and what it means.
    Read(&'a PageChange),
    /// An answer that is not the page, or a request that failed.
    Failed(Failure),
    /// The server says that there is no such page.
    Gone(u16),
    /// The same while the source's feed fails: a broken portal says it of every page.
    Missing(u16),
    /// robots.txt forbids the page.
    Forbidden,
}

/// A check that brought no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status and Retry-After, where there were any.
    pub pause: Pause,
    /// What went wrong, for people.
    pub error: String,
}

/// What came with the answer.
#[derive(Clone, Debug, Default)]
pub struct AnswerFacts {
    /// HTTP status.
    pub status: Option<u16>,
    /// Validators to send next time.
    pub validators: Validators,
    /// SHA-256 of the bytes that were read.
    pub body_sha256: Option<String>,
}

/// Makes the record of a check. `jitter` is a random share from 0 to 1.
pub fn check(
    known: &DuePage,
    checked: &Checked<'_>,
    answer: AnswerFacts,
    now: Timestamp,
    jitter: f64,
) -> PageCheck {
    let calm = PageCheck {
        checked_at: now,
        next_check_at: Some(after_page(now, facts(known, None))),
        failures: 0,
        http_status: answer.status,
        validators: answer.validators,
        body_sha256: answer.body_sha256,
        restless: known.restless,
        gone_since: None,
        error: None,
        problems: None,
    };
    match checked {
        Checked::Same | Checked::Read(PageChange::Unchanged) => PageCheck {
            restless: 0,
            ..calm
        },
        Checked::Read(PageChange::Reassessed(problems)) => reassessed(problems, calm),
        Checked::Read(PageChange::Version(version)) => PageCheck {
            next_check_at: Some(after_page(now, facts(known, Some((version, now))))),
            restless: known
                .restless
                .saturating_add(u32::from(known.fields.is_some())),
            problems: Some(version.reading.problems.clone()),
            ..calm
        },
        Checked::Failed(failure) => failed(known, failure, calm, jitter),
        Checked::Gone(status) => gone(known, *status, calm),
        Checked::Missing(status) => {
            let pause = Pause {
                status: Some(*status),
                retry_after: None,
            };
            let error = format!(
                "the server answers {status} for {}, and the feed fails as well",
                known.url
            );
            PageCheck {
                gone_since: None,
                ..failed(known, &Failure { pause, error }, calm, jitter)
            }
        }
        Checked::Forbidden => PageCheck {
            next_check_at: Some(later(now, SignedDuration::from_hours(24))),
            validators: known.validators.clone(),
            error: Some(format!(
                "robots.txt forbids {}; only what the feed says is archived",
                known.url
            )),
            ..calm
        },
    }
}

/// A text that is not stored because its page is restless is asked for again in full, and read again:
/// what it says when the page has come to rest must not be lost.
fn reassessed(problems: &[Problem], calm: PageCheck) -> PageCheck {
    let problems = problems.to_vec();
    if problems.iter().any(|p| p.kind == ProblemKind::Restless) {
        return PageCheck {
            validators: Validators::default(),
            body_sha256: None,
            problems: Some(problems),
            ..calm
        };
    }
    PageCheck {
        restless: 0,
        problems: Some(problems),
        ..calm
    }
}

fn failed(known: &DuePage, failure: &Failure, calm: PageCheck, jitter: f64) -> PageCheck {
    let failures = known.failures.saturating_add(1);
    let now = calm.checked_at;
    PageCheck {
        next_check_at: Some(after_page_failure(now, failures, failure.pause, jitter)),
        failures,
        http_status: calm.http_status.or(failure.pause.status),
        validators: known.validators.clone(),
        body_sha256: None,
        // No answer does not say that the page is there again.
        gone_since: known.gone_since,
        error: Some(failure.error.clone()),
        ..calm
    }
}

fn gone(known: &DuePage, status: u16, calm: PageCheck) -> PageCheck {
    let now = calm.checked_at;
    let since = known.gone_since.map_or(now, |since| since.min(now));
    let wait = if now.duration_since(since) < GONE_AFTER {
        24
    } else {
        91 * 24
    };
    PageCheck {
        next_check_at: Some(later(now, SignedDuration::from_hours(wait))),
        failures: known.failures.saturating_add(1),
        http_status: Some(status),
        validators: known.validators.clone(),
        body_sha256: None,
        gone_since: Some(since),
        error: Some(format!("the server answers {status} for {}", known.url)),
        ..calm
    }
}

/// Whether a page has been gone for so long that its item counts as withdrawn.
pub fn is_withdrawn(checked: &Checked<'_>, check: &PageCheck) -> bool {
    matches!(checked, Checked::Gone(_))
        && check
            .gone_since
            .is_some_and(|since| check.checked_at.duration_since(since) >= GONE_AFTER)
}

fn facts(known: &DuePage, version: Option<(&NewVersion, Timestamp)>) -> PageFacts {
    let read = version.map(|(version, _)| &version.reading.item);
    let checked = read
        .or(known.fields.as_ref())
        .and_then(|text| text.minutes_checked);
    PageFacts {
        stage: read.map_or(known.stage, |read| read.stage),
        unchecked: checked == Some(false),
        held_on: read.and_then(|read| read.held_on).or(known.held_on),
        first_seen_at: known.first_seen_at,
        changed_at: version.map_or(known.changed_at, |(_, at)| at),
        slot: slot(known.uid.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::page::tests::{known_page, now, reading};
    use crate::decide::page::{RESTLESS_LIMIT, page};
    use crate::model::minutes::Stage;

    fn checked(known: &DuePage, outcome: &Checked<'_>) -> PageCheck {
        check(known, outcome, AnswerFacts::default(), now(), 0.0)
    }

    #[test]
    fn minutes_that_were_just_read_are_due_in_a_day() {
        let change = page(&known_page(), reading(Stage::Minutes), "dynasty/1", now());
        let due = checked(&known_page(), &Checked::Read(&change))
            .next_check_at
            .expect("due");
        let hours = due.duration_since(now()).as_hours();
        assert!((24..=26).contains(&hours), "{hours} hours");
    }

    #[test]
    fn a_failure_keeps_validators_and_backs_off() {
        let mut known = known_page();
        known.validators.etag = Some("\"a\"".to_owned());
        known.failures = 2;
        let failure = Failure {
            pause: Pause::default(),
            error: "timed out".to_owned(),
        };
        let record = checked(&known, &Checked::Failed(failure));
        assert_eq!(record.validators, known.validators);
        assert_eq!(record.failures, 3);
        assert_eq!(
            record.next_check_at.expect("due").duration_since(now()),
            SignedDuration::from_mins(60)
        );
    }

    #[test]
    fn a_missing_page_is_withdrawn_only_after_a_week() {
        let mut known = known_page();
        let gone = Checked::Gone(404);
        let first = checked(&known, &gone);
        assert!(!is_withdrawn(&gone, &first));
        known.gone_since = Some(later(now(), SignedDuration::from_hours(-8 * 24)));
        let last = checked(&known, &gone);
        assert!(is_withdrawn(&gone, &last));
        assert_eq!(
            last.next_check_at
                .expect("due")
                .duration_since(now())
                .as_hours(),
            91 * 24
        );
    }

    #[test]
    fn a_page_that_is_there_again_is_not_gone() {
        let known = DuePage {
            gone_since: Some(now()),
            ..known_page()
        };
        assert_eq!(checked(&known, &Checked::Same).gone_since, None);
    }

    #[test]
    fn a_failure_between_404_answers_does_not_begin_the_week_again() {
        let since = later(now(), SignedDuration::from_hours(-8 * 24));
        let known = DuePage {
            gone_since: Some(since),
            ..known_page()
        };
        let failure = Checked::Failed(Failure {
            pause: Pause::default(),
            error: "timed out".to_owned(),
        });
        let record = checked(&known, &failure);
        assert_eq!(record.gone_since, Some(since));
        assert!(
            !is_withdrawn(&failure, &record),
            "a failure withdraws nothing"
        );
    }

    #[test]
    fn while_the_feed_fails_a_missing_page_is_not_gone() {
        let known = DuePage {
            gone_since: Some(later(now(), SignedDuration::from_hours(-8 * 24))),
            ..known_page()
        };
        let missing = Checked::Missing(404);
        let record = checked(&known, &missing);
        assert!(!is_withdrawn(&missing, &record));
        assert_eq!((record.gone_since, record.failures), (None, 1));
        assert_eq!(record.http_status, Some(404));
        let wait = record.next_check_at.expect("due").duration_since(now());
        assert_eq!(wait, SignedDuration::from_mins(15));
    }

    #[test]
    fn a_text_that_is_not_stored_is_read_again() {
        let known = DuePage {
            restless: RESTLESS_LIMIT,
            fields: Some(reading(Stage::Minutes).item),
            stage: Some(Stage::Minutes),
            ..known_page()
        };
        let mut other = reading(Stage::Minutes);
        other.item.background = Some("12:31:07".to_owned());
        let change = page(&known, other, "dynasty/1", now());
        let answer = AnswerFacts {
            status: Some(200),
            validators: Validators {
                etag: Some("\"b\"".to_owned()),
                last_modified: None,
            },
            body_sha256: Some("b".repeat(64)),
        };
        let record = check(&known, &Checked::Read(&change), answer, now(), 0.0);
        assert_eq!(record.restless, RESTLESS_LIMIT);
        assert_eq!(record.validators, Validators::default());
        assert_eq!(record.body_sha256, None);
    }

    #[test]
    fn restlessness_counts_versions_in_a_row() {
        let mut known = known_page();
        known.fields = Some(reading(Stage::Agenda).item);
        known.stage = Some(Stage::Agenda);
        known.restless = 2;
        let change = page(&known, reading(Stage::Minutes), "dynasty/1", now());
        assert_eq!(checked(&known, &Checked::Read(&change)).restless, 3);
        let same = PageChange::Reassessed(vec![]);
        assert_eq!(checked(&known, &Checked::Read(&same)).restless, 0);
        assert_eq!(checked(&known, &Checked::Same).restless, 0);
    }
}
