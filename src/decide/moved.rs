//! When a permanent redirect of a feed is adopted: only after days of the same answer.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::model::poll::MovedTo;

/// How long a redirect must have pointed to the same address. Captive portals and mistaken
/// deployments answer 301 too, but not for a week.
pub const STABLE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is known of a feed's move after an answer.
///
/// `target` is the address behind an unbroken chain of 301 and 308, if the answer came that way. An
/// adopted address stays adopted until it fails for good, because polls no longer see the redirect.
pub fn moved(before: Option<&MovedTo>, target: Option<&Url>, now: Timestamp) -> Option<MovedTo> {
    match (before, target) {
        (Some(before), None) if before.adopted => Some(before.clone()),
        (_, None) => None,
        (Some(before), Some(target)) if before.url == target.as_str() => Some(MovedTo {
            adopted: before.adopted || now.duration_since(before.since) >= STABLE_FOR,
            ..before.clone()
        }),
        (_, Some(target)) => Some(MovedTo {
            url: target.to_string(),
            since: now,
            adopted: false,
        }),
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

    #[test]
    fn a_redirect_is_adopted_after_a_week_of_the_same_target() {
        let new: Url = "https://new.example/feed".parse().expect("url");
        let first = moved(None, Some(&new), at(0)).expect("watched");
        assert!(!first.adopted);
        let early = moved(Some(&first), Some(&new), at(6)).expect("watched");
        assert!(!early.adopted && early.since == at(0));
        assert!(
            moved(Some(&early), Some(&new), at(7))
                .expect("adopted")
                .adopted
        );
    }

    #[test]
    fn another_target_or_a_normal_answer_starts_over() {
        let new: Url = "https://new.example/feed".parse().expect("url");
        let other: Url = "https://login.example/".parse().expect("url");
        let first = moved(None, Some(&new), at(0)).expect("watched");
        assert_eq!(
            moved(Some(&first), Some(&other), at(6))
                .expect("watched")
                .since,
            at(6)
        );
        assert_eq!(moved(Some(&first), None, at(6)), None);
    }

    #[test]
    fn an_adopted_address_stays() {
        let adopted = MovedTo {
            url: "https://new.example/".to_owned(),
            since: at(0),
            adopted: true,
        };
        assert_eq!(moved(Some(&adopted), None, at(9)), Some(adopted));
    }
}
