//! Finnish personal identity codes (henkilötunnus): found by their form, a day that exists and a valid check
//! character, which no more than one in a thousand numbers of that form have by chance.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex, bytes};

use super::markers;
use crate::model::file_kind::FileKind;

/// Stands for a code in bytes: the length of a code, and in no text by itself.
const MASK: &str = "~~~~~~~~~~~";

/// Readings of markup: of a page, of markup in it as text, and of entities in that.
const READINGS: usize = 3;

/// Check characters by the remainder of the nine digits by 31.
const CHECK: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// Day, month, year, sign of the century, individual number, check character. Paper and editors put other dashes for
/// the hyphen, and break lines or set a blank beside it; beside a letter nothing of that is seen.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        (?P<day>\d{2}) (?P<month>\d{2}) (?P<year>\d{2})
        (?: \s? (?P<sign> [-+\x{2010}-\x{2015}\x{2212}] ) \s? | (?P<letter> [A-FU-Y] ) )
        (?P<number>\d{3}) (?P<check>[0-9A-FHJ-NPR-Y])",
    )
    .unwrap()
});

/// The same in bytes of any charset that has ASCII; dashes in UTF-8, in Windows-1252 and as entities of HTML.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static CODE_BYTES: LazyLock<bytes::Regex> = LazyLock::new(|| {
    bytes::Regex::new(
        r"(?ix-u)
        (?P<day>\d{2}) (?P<month>\d{2}) (?P<year>\d{2})
        (?: (?:\s|&nbsp;|\xC2?\xA0)?
            (?P<sign> [-+] | \xE2\x80[\x90-\x95] | \xE2\x88\x92 | [\x96\x97]
              | &(?: \#4[35] | \#x2[bd] | \#820[89] | \#821[0-3] | \#8722 | plus | hyphen | [nm]dash | minus ); )
            (?:\s|&nbsp;|\xC2?\xA0)?
          | (?P<letter> [A-FU-Y] ) )
        (?P<number>\d{3}) (?P<check>[0-9A-FHJ-NPR-Y])",
    )
    .unwrap()
});

/// Tags of HTML: a code may be torn apart by them.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static TAG: LazyLock<bytes::Regex> =
    LazyLock::new(|| bytes::Regex::new(r"(?s-u)<[^<>]{0,2000}>").unwrap());

/// Letters of JSON and of scripts that are written as numbers.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static ESCAPED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\u([0-9A-Fa-f]{4})").unwrap());

/// Whether a code, or the mask of one, stands in a text.
pub fn code_in_text(text: &str) -> bool {
    !found(text).is_empty()
}

/// A text with every code masked, for readers that come before the text is cleaned.
pub fn masked_text(text: &str) -> Cow<'_, str> {
    with(text, MASK)
}

/// A text with the marker in the place of every code and every mask.
pub(super) fn replaced(text: &str) -> Cow<'_, str> {
    with(text, &markers().identity_code)
}

fn with<'t>(text: &'t str, by: &str) -> Cow<'t, str> {
    let ranges = found(text);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let out = with_bytes(text.as_bytes(), &ranges, by.as_bytes());
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Bytes with others in the place of some ranges. Between those of two ranges that touch stands a blank: masks that
/// touched would be none.
fn with_bytes(bytes: &[u8], ranges: &[Range<usize>], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for range in ranges {
        if at > 0 && at == range.start {
            out.push(b' ');
        }
        out.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(by);
        at = range.end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}

/// Where codes and masks stand.
fn found(text: &str) -> Vec<Range<usize>> {
    let mut ranges = codes(text);
    for (start, mask) in text.match_indices(MASK) {
        let range = start..start + mask.len();
        let beside = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)) == Some(&b'~');
        if !beside(range.start.checked_sub(1)) && !beside(Some(range.end)) {
            ranges.push(range);
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// Where codes stand.
fn codes(text: &str) -> Vec<Range<usize>> {
    let mut valid = vec![];
    let mut at = 0;
    // One place may begin more than one number, so the search goes on a digit later.
    while let Some(code) = CODE.captures_at(text, at) {
        let Some(whole) = code.get(0) else { break };
        if is_valid(&parts(&code)) {
            valid.push(whole.range());
        }
        at = whole.start() + 1;
    }
    apart(text.as_bytes(), valid)
}

/// Of numbers that may be codes, in their order, those that are no part of a longer number or word. Codes that follow
/// one another without anything between them, as cells of a table do whose lines were taken out, are apart together.
fn apart(bytes: &[u8], mut numbers: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut ends = BTreeSet::new();
    numbers.retain(|number| {
        let before = number.start.checked_sub(1).and_then(|at| bytes.get(at));
        let begins = !before.is_some_and(u8::is_ascii_digit) || ends.contains(&number.start);
        begins && ends.insert(number.end)
    });
    let mut starts = BTreeSet::new();
    numbers.reverse();
    numbers.retain(|number| {
        let after = bytes.get(number.end);
        let ends = !after.is_some_and(u8::is_ascii_alphanumeric) || starts.contains(&number.end);
        ends && starts.insert(number.start)
    });
    numbers.reverse();
    let mut at = 0;
    numbers.retain(|number| {
        let is_free = at <= number.start;
        at = if is_free { number.end } else { at };
        is_free
    });
    numbers
}

fn parts<'t>(code: &Captures<'t>) -> [&'t [u8]; 5] {
    ["day", "month", "year", "number", "check"].map(|name| {
        code.name(name)
            .map(|part| part.as_str().as_bytes())
            .unwrap_or_default()
    })
}

/// Whether the day exists, the individual number is given to people, and the check character is right. Numbers from
/// 900 are given for a time, and to invented people.
fn is_valid([day, month, year, number, check]: &[&[u8]; 5]) -> bool {
    let digits = |part: &[u8]| -> u64 {
        part.iter().fold(0, |sum, digit| {
            sum * 10 + u64::from(digit.wrapping_sub(b'0') % 10)
        })
    };
    let (day, month, year, number) = (digits(day), digits(month), digits(year), digits(number));
    let nine = ((day * 100 + month) * 100 + year) * 1000 + number;
    let right = usize::try_from(nine % 31).ok().and_then(|at| CHECK.get(at));
    let small = |value: u64| i8::try_from(value).unwrap_or_default();
    // Whatever the century, 29 February is let through.
    let exists = Date::new(2000, small(month), small(day)).is_ok();
    number >= 2 && exists && right == check.first().map(u8::to_ascii_uppercase).as_ref()
}

/// Bytes as they may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Masked {
    /// There is no code in them.
    Clean,
    /// The same with every code masked.
    Bytes(Vec<u8>),
    /// A code is torn apart in them and cannot be masked.
    Torn,
}

/// Masks the codes in bytes of any text format. The same bytes always give the same.
pub fn mask_bytes(bytes: &[u8]) -> Masked {
    let Some(wide) = utf16(bytes) else {
        return mask_narrow(bytes);
    };
    match mask_narrow(wide.text.as_bytes()) {
        Masked::Bytes(masked) => Masked::Bytes(wide.encoded(&String::from_utf8_lossy(&masked))),
        other @ (Masked::Clean | Masked::Torn) => other,
    }
}

fn mask_narrow(bytes: &[u8]) -> Masked {
    let masked = ascii_masked(bytes);
    let now: &[u8] = masked.as_deref().unwrap_or(bytes);
    // Files have readers of their own, which find what is packed in them.
    let is_text = matches!(FileKind::of_bytes(now), None | Some(FileKind::Text));
    if is_text && is_torn(now) {
        return Masked::Torn;
    }
    masked.map_or(Masked::Clean, Masked::Bytes)
}

/// Whether a code stands in what readers of markup see: without tags, with letters in the place of entities and of
/// escapes. Feeds hold markup as text, so what was read is read once more.
fn is_torn(bytes: &[u8]) -> bool {
    let mut seen = Cow::Borrowed(bytes);
    for _ in 0..READINGS {
        let untagged = TAG.replace_all(&seen, &b""[..]).into_owned();
        if ascii_masked(&untagged).is_some() {
            return true;
        }
        let text = String::from_utf8_lossy(&untagged);
        let letters = html_escape::decode_html_entities(&text);
        let letters = ESCAPED.replace_all(&letters, |escape: &Captures<'_>| {
            let number = escape
                .get(1)
                .and_then(|n| u32::from_str_radix(n.as_str(), 16).ok());
            number
                .and_then(char::from_u32)
                .map(String::from)
                .unwrap_or_default()
        });
        if !codes(&letters).is_empty() {
            return true;
        }
        if *letters == *text {
            return false;
        }
        seen = Cow::Owned(letters.into_owned().into_bytes());
    }
    false
}

fn ascii_masked(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut valid, mut at) = (vec![], 0);
    while let Some(code) = CODE_BYTES.captures_at(bytes, at) {
        let Some(whole) = code.get(0) else { break };
        let part = |name| {
            code.name(name)
                .map(|part| part.as_bytes())
                .unwrap_or_default()
        };
        if is_valid(&["day", "month", "year", "number", "check"].map(part)) {
            valid.push(whole.range());
        }
        at = whole.start() + 1;
    }
    let ranges = apart(bytes, valid);
    (!ranges.is_empty()).then(|| with_bytes(bytes, &ranges, MASK.as_bytes()))
}

/// A text of two bytes a letter.
struct Utf16 {
    text: String,
    mark: Vec<u8>,
    unit: fn(u16) -> [u8; 2],
}

impl Utf16 {
    fn encoded(&self, text: &str) -> Vec<u8> {
        let mut out = self.mark.clone();
        out.extend(text.encode_utf16().flat_map(self.unit));
        out
    }
}

/// Some systems serve UTF-16, with and without a mark: then every other byte of digits is zero.
fn utf16(bytes: &[u8]) -> Option<Utf16> {
    let zeros = |odd: usize| {
        let head = bytes.iter().take(4096);
        head.skip(odd).step_by(2).filter(|byte| **byte == 0).count()
    };
    let enough = bytes.len().min(4096) / 4;
    let (mark, little) = match bytes {
        [0xFF, 0xFE, ..] => (2, true),
        [0xFE, 0xFF, ..] => (2, false),
        _ if enough > 0 && zeros(1) >= enough && zeros(0) < enough / 4 => (0, true),
        _ if enough > 0 && zeros(0) >= enough && zeros(1) < enough / 4 => (0, false),
        _ => return None,
    };
    let (mark, text) = bytes.split_at_checked(mark)?;
    let read = |pair| {
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    };
    let unit = if little {
        u16::to_le_bytes
    } else {
        u16::to_be_bytes
    };
    let units = text
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(read);
    let text = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(Utf16 {
        text,
        mark: mark.to_vec(),
        unit,
    })
}
