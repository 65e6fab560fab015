//! When a permanent redirect of a feed is adopted, and when it is given up: only after days of the same,
//! or once the configured address answers itself again.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::schedule::never;
use crate::model::poll::MovedTo;

/// How long a redirect must have led to the feed. Captive portals and mistaken deployments answer 301
/// too, but not for a week.
pub const STABLE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long an adopted address may fail before the configured one is asked again.
pub const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many failures in a row are more than the first poll after a long time without any.
const GIVEN_UP_FAILURES: u32 = 3;

/// What is known of a feed's move after an answer that is the feed.
///
/// `target` is the address behind an unbroken chain of 301 and 308, if the answer came that way. An
/// adopted address stays adopted, because polls no longer see the redirect to it; one that redirects on
/// stays until that has been stable too, and the feed is had through it in the meantime.
pub fn moved(before: Option<&MovedTo>, target: Option<&Url>, now: Timestamp) -> Option<MovedTo> {
    let Some(target) = target else {
        return doubted(before);
    };
    let known = before.filter(|before| before.adopted || before.url == target.as_str());
    let since = known.map_or(now, |known| known.since.min(now));
    Some(match known {
        Some(known) if known.adopted && known.url == target.as_str() => settled(&known.url),
        Some(_) if now.duration_since(since) >= STABLE_FOR => settled(target.as_str()),
        Some(known) => MovedTo {
            since,
            ..known.clone()
        },
        None => MovedTo {
            url: target.to_string(),
            since,
            adopted: false,
        },
    })
}

/// The same after an answer that is no evidence of a move, such as an empty feed: an adopted address
/// stays, and the watch over any redirect starts over.
pub fn doubted(before: Option<&MovedTo>) -> Option<MovedTo> {
    let adopted = before.filter(|before| before.adopted)?;
    Some(settled(&adopted.url))
}

/// A poll that did not get the feed.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// Failures in a row, this one included.
    pub failures: u32,
    /// When the feed was last had.
    pub last_ok_at: Option<Timestamp>,
    /// When this poll was.
    pub now: Timestamp,
}

/// The same after a failure. An adopted address that is gone, or has failed for days, is given up.
pub fn failed(before: Option<&MovedTo>, failing: Failing) -> Option<MovedTo> {
    let gone = matches!(failing.status, Some(404 | 410));
    let failing_for_days = failing.failures >= GIVEN_UP_FAILURES
        && failing
            .last_ok_at
            .is_none_or(|at| failing.now.duration_since(at) >= GIVEN_UP_AFTER);
    doubted(before).filter(|_| !gone && !failing_for_days)
}

/// How often the configured address of a feed that moved is asked whether the feed is back.
const ASKED_EVERY_SECONDS: i64 = 7 * 24 * 3600;

/// Whether a poll should first ask at the configured address: once a week, as long as the adopted one
/// answers. A redirect that was a mistake, or somebody's trick, would else be believed for ever.
pub fn asks_at_home(
    before: Option<&MovedTo>,
    failures: u32,
    last_ok_at: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let week = |at: Timestamp| at.as_second().div_euclid(ASKED_EVERY_SECONDS);
    let adopted = before.is_some_and(|before| before.adopted);
    adopted && failures == 0 && last_ok_at.is_some_and(|at| week(at) != week(now))
}

fn settled(url: &str) -> MovedTo {
    MovedTo {
        url: url.to_owned(),
        since: never(),
        adopted: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::when::later;

    fn at(days: i64) -> Timestamp {
        later(
            "2026-11-01T00:00:00Z".parse().expect("instant"),
            SignedDuration::from_hours(24 * days),
        )
    }

    fn url(text: &str) -> Url {
        text.parse().expect("url")
    }

    #[test]
    fn a_redirect_is_adopted_after_a_week_of_the_same_target() {
        let new = url("https://new.example/feed");
        let first = moved(None, Some(&new), at(0)).expect("watched");
        assert!(!first.adopted);
        let early = moved(Some(&first), Some(&new), at(6)).expect("watched");
        assert!(!early.adopted && early.since == at(0));
        let late = moved(Some(&early), Some(&new), at(7)).expect("adopted");
        assert!(late.adopted && late.url == new.as_str());
    }

    #[test]
    fn another_target_or_a_normal_answer_starts_over() {
        let new = url("https://new.example/feed");
        let other = url("https://login.example/");
        let first = moved(None, Some(&new), at(0)).expect("watched");
        let second = moved(Some(&first), Some(&other), at(6)).expect("watched");
        assert_eq!((second.since, second.adopted), (at(6), false));
        assert_eq!(second.url, other.as_str());
        assert_eq!(moved(Some(&first), None, at(6)), None);
        assert_eq!(doubted(Some(&first)), None);
    }

    #[test]
    fn the_configured_address_is_asked_once_a_week() {
        let adopted = settled("https://new.example/");
        let asks = |from, to| asks_at_home(Some(&adopted), 0, Some(at(from)), at(to));
        let asked = (0..70).filter(|day| asks(*day, day + 1)).count();
        assert_eq!(asked, 10);
        assert!(asks(9, 0), "a clock that went back");
        assert!(!asks_at_home(Some(&adopted), 1, Some(at(0)), at(9)));
        assert!(!asks_at_home(None, 0, Some(at(0)), at(9)));
    }

    #[test]
    fn an_adopted_address_stays() {
        let adopted = settled("https://new.example/");
        assert_eq!(moved(Some(&adopted), None, at(9)), Some(adopted.clone()));
        assert_eq!(doubted(Some(&adopted)), Some(adopted));
    }

    #[test]
    fn an_adopted_address_that_redirects_on_stays_until_that_is_stable_too() {
        let adopted = settled("https://new.example/");
        let newest = url("https://newest.example/feed");
        let first = moved(Some(&adopted), Some(&newest), at(20)).expect("kept");
        assert_eq!((first.url.as_str(), first.adopted), (&*adopted.url, true));
        let early = moved(Some(&first), Some(&newest), at(26)).expect("kept");
        assert_eq!(early, first);
        let answers_itself = moved(Some(&early), None, at(27)).expect("kept");
        assert_eq!(answers_itself, adopted, "the watch is over");
        let late = moved(Some(&early), Some(&newest), at(27)).expect("adopted");
        assert_eq!(late, settled(newest.as_str()));
    }

    #[test]
    fn an_adopted_address_that_is_gone_or_fails_for_a_week_is_given_up() {
        let adopted = settled("https://new.example/");
        let failing = Failing {
            status: Some(500),
            failures: 9,
            last_ok_at: Some(at(0)),
            now: at(6),
        };
        let after = |failing| failed(Some(&adopted), failing);
        assert_eq!(after(failing), Some(adopted.clone()));
        let a_week = Failing {
            now: at(7),
            ..failing
        };
        assert_eq!(after(a_week), None);
        let after_a_long_stop = Failing {
            failures: 1,
            ..a_week
        };
        assert_eq!(after(after_a_long_stop), Some(adopted.clone()));
        let gone = Failing {
            status: Some(410),
            ..failing
        };
        assert_eq!(after(gone), None);
    }
}
