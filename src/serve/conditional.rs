//! Content negotiation and conditional requests (RFC 9110, sections 12 and 13), without IO.

use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use jiff::Timestamp;

/// How a body is coded on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
}

/// The coding the client wants most. Without the header it gets the body as it is.
pub fn coding(headers: &HeaderMap) -> Coding {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for offer in headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
    {
        for part in offer.split(',') {
            let (name, quality) = offered(part);
            match name.as_str() {
                "gzip" | "x-gzip" => gzip = Some(quality),
                "identity" => identity = Some(quality),
                "*" => any = Some(quality),
                _ => {}
            }
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    // An identity that is not named is welcome, but less than what is.
    if gzip > 0 && gzip >= identity.unwrap_or(0) {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

/// Name and quality in thousandths of `gzip;q=0.5`; a quality that cannot be read counts as none.
fn offered(part: &str) -> (String, u16) {
    let mut fields = part.split(';').map(str::trim);
    let name = fields.next().unwrap_or_default().to_ascii_lowercase();
    let quality = fields
        .find_map(|field| {
            field
                .strip_prefix("q=")
                .or_else(|| field.strip_prefix("Q="))
        })
        .map_or(1000, thousandths);
    (name, quality)
}

fn thousandths(quality: &str) -> u16 {
    match quality.trim().split_once('.') {
        None => {
            if quality.trim() == "1" {
                1000
            } else {
                0
            }
        }
        Some(("1", _)) => 1000,
        Some(("0", decimals)) if decimals.len() <= 3 => {
            format!("{decimals:0<3}").parse().unwrap_or(0)
        }
        Some(_) => 0,
    }
}

/// Whether the client already has this representation.
///
/// `If-None-Match` wins: where it is given, the date is not looked at. `tag` is the strong entity tag with its quotes.
pub fn not_modified(headers: &HeaderMap, tag: &str, last_modified: Option<Timestamp>) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|value| names_tag(&String::from_utf8_lossy(value.as_bytes()), tag));
    }
    let since = headers
        .get(IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| httpdate::parse_http_date(value).ok());
    match (since, last_modified) {
        (Some(since), Some(modified)) => http_time(modified) <= since,
        _ => false,
    }
}

/// The bytes asked for, first and last, of a document of `size` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    Whole,
    /// From the first to the last, both included.
    Part(u64, u64),
    /// Some that there are not.
    Beyond,
}

/// What `Range` asks for, where `If-Range` lets it.
///
/// Of several ranges none is honoured, as is everybody's right: the whole is a good answer to any.
pub fn wanted(headers: &HeaderMap, tag: &str, modified: Timestamp, size: u64) -> Wanted {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
            .map(str::trim)
    };
    // A date may stand for a document only when it is exactly ours; a weak tag never does.
    let same = |known: &str| known == tag || known == http_date(modified);
    match (text(RANGE), text(IF_RANGE)) {
        (Some(asked), None) => range(asked, size),
        (Some(asked), Some(known)) if same(known) => range(asked, size),
        _ => Wanted::Whole,
    }
}

fn range(asked: &str, size: u64) -> Wanted {
    let Some((unit, spec)) = asked.split_once('=') else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !unit.trim().eq_ignore_ascii_case("bytes") || !digits(first) || !digits(last) {
        return Wanted::Whole;
    }
    // More digits than fit mean a place beyond any end.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let end = size.saturating_sub(1);
    match (first.is_empty(), last.is_empty()) {
        (true, true) => Wanted::Whole,
        (true, false) if number(last) == 0 || size == 0 => Wanted::Beyond,
        (true, false) => Wanted::Part(size.saturating_sub(number(last)), end),
        (false, _) if number(first) >= size => Wanted::Beyond,
        (false, true) => Wanted::Part(number(first), end),
        (false, false) if number(last) < number(first) => Wanted::Whole,
        (false, false) => Wanted::Part(number(first), number(last).min(end)),
    }
}

/// Weak comparison of a list, which may be `*`; commas inside a tag belong to the tag.
fn names_tag(list: &str, tag: &str) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    while let Some((_, after)) = rest.split_once('"') {
        let Some((opaque, next)) = after.split_once('"') else {
            return false;
        };
        if tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(opaque) {
            return true;
        }
        rest = next;
    }
    false
}

/// An instant as HTTP dates know it: whole seconds, from 1970 on.
fn http_time(at: Timestamp) -> SystemTime {
    // What jiff can hold ends within the year 9999, as HTTP dates do.
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The text of `Last-Modified`.
pub fn http_date(at: Timestamp) -> String {
    httpdate::fmt_http_date(http_time(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("header"))])
    }

    #[test]
    fn gzip_is_sent_only_to_who_wants_it() {
        for wanted in [
            "gzip",
            "br, gzip",
            "GZIP;q=0.1",
            "*",
            "gzip;q=0.5, *;q=0",
            "x-gzip",
            "gzip, identity",
        ] {
            assert_eq!(
                coding(&headers(ACCEPT_ENCODING, wanted)),
                Coding::Gzip,
                "{wanted}"
            );
        }
        for refused in [
            "",
            "br",
            "gzip;q=0",
            "gzip;q=0.000",
            "*;q=0",
            "gzip;q=0, *",
            "gzip;q=0.5, identity",
            "gzip;q=x",
            "identity",
        ] {
            assert_eq!(
                coding(&headers(ACCEPT_ENCODING, refused)),
                Coding::Identity,
                "{refused}"
            );
        }
        assert_eq!(coding(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn tags_are_compared_weakly_in_lists() {
        for hit in [
            "\"a\"",
            "W/\"a\"",
            "\"x\", \"a\"",
            "\"x,y\",W/\"a\"",
            "*",
            " * ",
        ] {
            assert!(
                not_modified(&headers(IF_NONE_MATCH, hit), "\"a\"", None),
                "{hit}"
            );
        }
        for miss in ["\"b\"", "a", "\"x,\"a\"", "", "\"a", "\"a-gzip\"", "\"A\""] {
            assert!(
                !not_modified(&headers(IF_NONE_MATCH, miss), "\"a\"", None),
                "{miss}"
            );
        }
    }

    #[test]
    fn dates_count_only_without_tags() {
        let modified: Timestamp = "2024-03-20T06:30:00.7Z".parse().expect("instant");
        let date = http_date(modified);
        assert_eq!(date, "Wed, 20 Mar 2024 06:30:00 GMT");
        let mut asked = headers(IF_MODIFIED_SINCE, &date);
        assert!(not_modified(&asked, "\"a\"", Some(modified)));
        assert!(!not_modified(&asked, "\"a\"", None));
        asked.insert(IF_NONE_MATCH, "\"b\"".parse().expect("header"));
        assert!(!not_modified(&asked, "\"a\"", Some(modified)));
        for earlier in ["Wed, 20 Mar 2024 06:29:59 GMT", "yesterday"] {
            assert!(
                !not_modified(
                    &headers(IF_MODIFIED_SINCE, earlier),
                    "\"a\"",
                    Some(modified)
                ),
                "{earlier}"
            );
        }
    }

    #[test]
    fn one_range_is_honoured_and_everything_odd_is_the_whole() {
        for (asked, given) in [
            ("bytes=0-0", Wanted::Part(0, 0)),
            ("bytes=5-", Wanted::Part(5, 9)),
            ("bytes=5-100", Wanted::Part(5, 9)),
            ("Bytes= 2 - 4 ", Wanted::Part(2, 4)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-100", Wanted::Part(0, 9)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes", Wanted::Whole),
        ] {
            let given_now = wanted(&headers(RANGE, asked), "\"a\"", Timestamp::UNIX_EPOCH, 10);
            assert_eq!(given_now, given, "{asked}");
        }
        assert_eq!(range("bytes=0-", 0), Wanted::Beyond);
        assert_eq!(range("bytes=-1", 0), Wanted::Beyond);
    }

    #[test]
    fn a_range_of_another_document_is_the_whole() {
        let at: Timestamp = "2024-03-20T06:30:00Z".parse().expect("instant");
        for (known, given) in [
            ("\"a\"", Wanted::Part(5, 9)),
            ("Wed, 20 Mar 2024 06:30:00 GMT", Wanted::Part(5, 9)),
            ("\"b\"", Wanted::Whole),
            ("W/\"a\"", Wanted::Whole),
            ("Wed, 20 Mar 2024 06:30:01 GMT", Wanted::Whole),
        ] {
            let mut asked = headers(RANGE, "bytes=5-");
            asked.insert(IF_RANGE, known.parse().expect("header"));
            assert_eq!(wanted(&asked, "\"a\"", at, 10), given, "{known}");
        }
    }

    #[test]
    fn dates_outside_of_http_are_clamped() {
        assert_eq!(http_date(Timestamp::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(Timestamp::MAX), "Thu, 30 Dec 9999 22:00:00 GMT");
    }
}
