//! Header fields that save requests: validators byte for byte, freshness, and how long to stay away.

use std::time::Duration;

use reqwest::header::{
    AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER,
};

use super::hosts::LONGEST_PAUSE;
use crate::model::poll::Validators;

/// Freshness beyond this is not believed; how much of it is used is decided by the schedule.
const LONGEST_FRESHNESS: u64 = 30 * 24 * 3600;

/// The pause for a `Retry-After` date in an answer without `Date`: there is nothing to measure the date
/// against (this client knows no wall clock, and the server's may differ), so it counts as "later".
const UNMEASURED_PAUSE: Duration = Duration::from_hours(1);

/// The pause of a host that answers 429 without a time that can be read.
const UNNAMED_PAUSE: Duration = Duration::from_hours(1);

/// The fields of a conditional request; empty when nothing is known.
pub(super) fn conditions(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let known = [
        (IF_NONE_MATCH, &validators.etag),
        (IF_MODIFIED_SINCE, &validators.last_modified),
    ];
    for (name, token) in known {
        let value = token
            .as_deref()
            .map(wire_bytes)
            .and_then(|raw| HeaderValue::from_bytes(&raw).ok());
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    headers
}

/// The validators of a full answer: what it sends and nothing else.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    Validators {
        etag: token(headers, &ETAG),
        last_modified: token(headers, &LAST_MODIFIED),
    }
}

/// The validators after a 304: what it sends replaces what was sent, the rest stays.
pub(super) fn renewed(headers: &HeaderMap, sent: &Validators) -> Validators {
    let new = validators(headers);
    Validators {
        etag: new.etag.or_else(|| sent.etag.clone()),
        last_modified: new.last_modified.or_else(|| sent.last_modified.clone()),
    }
}

/// One char per byte, so that bytes beyond ASCII, valid UTF-8 or not, survive being kept as text.
fn token(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    let text: String = value.as_bytes().iter().copied().map(char::from).collect();
    (!text.is_empty()).then_some(text)
}

/// The reverse of `token`. A char beyond U+00FF cannot come from there and is sent as UTF-8.
fn wire_bytes(token: &str) -> Vec<u8> {
    let bytes: Option<Vec<u8>> = token.chars().map(|each| u8::try_from(each).ok()).collect();
    bytes.unwrap_or_else(|| token.as_bytes().to_vec())
}

/// How long the answer stays fresh (RFC 9111): `max-age` less `Age`, else `Expires` less `Date`. `None` when
/// it says nothing, forbids keeping it, is stale already, or has an `Expires` but no `Date`.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let control = CacheControl::of(headers);
    if control.no_store {
        return None;
    }
    let seconds = if let Some(max_age) = control.max_age {
        let age = text(headers, &AGE).and_then(seconds).unwrap_or(0);
        max_age.saturating_sub(age)
    } else {
        let expires = date(headers, &EXPIRES)?;
        let lifetime = expires.duration_since(date(headers, &DATE)?);
        lifetime.ok()?.as_secs()
    };
    (seconds > 0).then(|| Duration::from_secs(seconds.min(LONGEST_FRESHNESS)))
}

/// The directives of `Cache-Control` that matter to one reader.
#[derive(Default)]
struct CacheControl {
    max_age: Option<u64>,
    no_store: bool,
}

impl CacheControl {
    fn of(headers: &HeaderMap) -> Self {
        let mut control = Self::default();
        let lines = headers
            .get_all(CACHE_CONTROL)
            .iter()
            .filter_map(|value| value.to_str().ok());
        for directive in lines.flat_map(|line| line.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => control.no_store = true,
                "max-age" if control.max_age.is_none() => {
                    // Unreadable counts as stale (RFC 9111, 4.2.1).
                    control.max_age = Some(seconds(value.trim().trim_matches('"')).unwrap_or(0));
                }
                _ => {}
            }
        }
        control
    }
}

/// How long an answer with this status asks to leave its host alone. 429 asks for it without a time too.
pub(super) fn pause(status: u16, headers: &HeaderMap) -> Option<Duration> {
    match status {
        429 => retry_after(headers).or(Some(UNNAMED_PAUSE)),
        503 => retry_after(headers),
        _ => None,
    }
}

/// How long the server wants to be left alone, cut to 0..=24 h; seconds or a date measured from the
/// answer's own `Date`. `None` when it does not say or says nothing that can be read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let raw = text(headers, &RETRY_AFTER)?;
    let negative = raw
        .strip_prefix('-')
        .is_some_and(|rest| seconds(rest).is_some());
    if negative {
        return Some(Duration::ZERO);
    }
    if let Some(seconds) = seconds(raw) {
        return Some(Duration::from_secs(seconds).min(LONGEST_PAUSE));
    }
    let until = httpdate::parse_http_date(raw).ok()?;
    let Some(now) = date(headers, &DATE) else {
        return Some(UNMEASURED_PAUSE);
    };
    Some(
        until
            .duration_since(now)
            .unwrap_or(Duration::ZERO)
            .min(LONGEST_PAUSE),
    )
}

/// Decimal digits and nothing else; more than fit count as very many.
fn seconds(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(text(headers, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "Sun, 22 Nov 2026 12:00:00 GMT";
    const FIVE_PAST: &str = "Sun, 22 Nov 2026 12:05:00 GMT";

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_str(value).expect("value"));
        }
        map
    }

    #[test]
    fn every_byte_of_a_validator_comes_back() {
        for raw in [
            &b"\"a b\""[..],
            b"W/\"x,y\"",
            b"unquoted",
            b"\"\xe4\xf6\"",
            "\"pöytä\"".as_bytes(),
        ] {
            let mut sent = HeaderMap::new();
            sent.insert(ETAG, HeaderValue::from_bytes(raw).expect("value"));
            sent.insert(LAST_MODIFIED, HeaderValue::from_bytes(raw).expect("value"));
            let back = conditions(&validators(&sent));
            assert_eq!(back.get(IF_NONE_MATCH).expect("condition").as_bytes(), raw);
            assert_eq!(
                back.get(IF_MODIFIED_SINCE).expect("condition").as_bytes(),
                raw
            );
        }
        assert!(conditions(&Validators::default()).is_empty());
    }

    #[test]
    fn a_full_answer_replaces_and_a_304_completes() {
        let sent = Validators {
            etag: Some("\"1\"".into()),
            last_modified: Some("then".into()),
        };
        let new = headers(&[("etag", "\"2\"")]);
        assert_eq!(
            validators(&new),
            Validators {
                etag: Some("\"2\"".into()),
                last_modified: None
            }
        );
        let expected = Validators {
            etag: Some("\"2\"".into()),
            last_modified: Some("then".into()),
        };
        assert_eq!(renewed(&new, &sent), expected);
        assert_eq!(validators(&headers(&[("etag", "")])), Validators::default());
    }

    #[test]
    fn freshness_follows_rfc_9111() {
        let fresh =
            |fields: &[(&'static str, &str)]| fresh_for(&headers(fields)).map(|d| d.as_secs());
        assert_eq!(
            fresh(&[("cache-control", "public, Max-Age=\"600\""), ("age", "100")]),
            Some(500)
        );
        assert_eq!(
            fresh(&[("cache-control", "max-age=60"), ("age", "100")]),
            None
        );
        assert_eq!(
            fresh(&[
                ("cache-control", "max-age=60"),
                ("cache-control", "no-cache")
            ]),
            None
        );
        assert_eq!(
            fresh(&[("cache-control", "max-age=99999999999999999999")]),
            Some(LONGEST_FRESHNESS)
        );
        assert_eq!(fresh(&[("expires", FIVE_PAST), ("date", NOON)]), Some(300));
        assert_eq!(fresh(&[("expires", FIVE_PAST)]), None);
        assert_eq!(fresh(&[("expires", "0"), ("date", NOON)]), None);
        assert_eq!(
            fresh(&[
                ("cache-control", "max-age=x"),
                ("expires", FIVE_PAST),
                ("date", NOON)
            ]),
            None
        );
        assert_eq!(fresh(&[]), None);
    }

    #[test]
    fn retry_after_is_read_and_cut() {
        let wait =
            |fields: &[(&'static str, &str)]| retry_after(&headers(fields)).map(|d| d.as_secs());
        assert_eq!(wait(&[("retry-after", "120")]), Some(120));
        assert_eq!(wait(&[("retry-after", "-1")]), Some(0));
        assert_eq!(wait(&[("retry-after", "1000000000")]), Some(86_400));
        assert_eq!(
            wait(&[("retry-after", "99999999999999999999999")]),
            Some(86_400)
        );
        assert_eq!(
            wait(&[("retry-after", FIVE_PAST), ("date", NOON)]),
            Some(300)
        );
        assert_eq!(wait(&[("retry-after", NOON), ("date", FIVE_PAST)]), Some(0));
        assert_eq!(wait(&[("retry-after", FIVE_PAST)]), Some(3600));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }
}
