//! Telephone numbers and e-mail addresses in running text, told from amounts, accounts, days, diary numbers, business
//! ids and the numbers of real estates.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::markers;
use crate::vocab::Vocabulary;

/// An address in any of the spellings of minutes.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) (?: mailto: )? [\p{L}\d._%+-]+
        \s? (?: @ | \(\s?(?:a|at|\x{e4}t)\s?\) | \[\s?(?:a|at|\x{e4}t)\s?\] ) \s?
        [\p{L}\d-]+ (?: \. [\p{L}\d-]+ )+",
    )
    .unwrap()
});

/// Mobile numbers, numbers with a country code, and numbers with an area code that stands apart.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: \+ | \b00 ) (?: 358 | 4[5-9] | 372 | 354 ) (?: [\x20\u{a0}-]? (?: \(0\) | \d ) ){5,12} \b
        | \b 0 (?: 4\d | 50 ) (?: [\x20\u{a0}-]? \d ){6,8} \b
        | (?: \(0(?:[235689]|1[3-9])\)[\x20\u{a0}]? | \b0(?:[235689]|1[3-9])[\x20\u{a0}-] )
          \d{3} (?: [\x20\u{a0}]? \d{2,4} ){1,2} \b",
    )
    .unwrap()
});

/// A number that a word before it announces.
#[expect(
    clippy::unwrap_used,
    reason = "a pattern of escaped words, used by every test of this module"
)]
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    let words = &Vocabulary::in_force().contact().words;
    let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
    let words = words.join("|");
    Regex::new(&format!(
        r"(?i)(?:^|[\s(,;])(?:{words})[.:]*[\x20\u{{a0}}]*(?P<number>\+?\(?\d[\d\x20\u{{a0}}()-]{{3,16}}\d)(?:[^\d.,/€%]|[.,]\D|[.,]?$)"
    ))
    .unwrap()
});

/// A text with the marker in the place of every telephone number and e-mail address, those of offices included.
pub fn without_contacts(text: &str) -> Cow<'_, str> {
    // Most texts have none; looking for what every contact has costs next to nothing.
    let may = text.contains(['@', '(', '[']) || text.bytes().any(|byte| byte.is_ascii_digit());
    if !may {
        return Cow::Borrowed(text);
    }
    let mut ranges: Vec<Range<usize>> = MAIL.find_iter(text).map(|found| found.range()).collect();
    ranges.extend(telephones(text));
    let numbers = ANNOUNCED.captures_iter(text);
    ranges.extend(numbers.filter_map(|found| found.name("number").map(|number| number.range())));
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(&markers().contact);
        }
        at = at.max(range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where telephone numbers stand: not within a longer number, such as an account, a sum or a real estate.
fn telephones(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = vec![];
    for number in PHONE.find_iter(text).map(|number| number.range()) {
        let before = text.get(..number.start).unwrap_or_default();
        let after = text.get(number.end..).unwrap_or_default();
        let shown = text.get(number.clone()).unwrap_or_default();
        let follows = found.last().is_some_and(|last: &Range<usize>| {
            text.get(last.end..number.start)
                .is_some_and(|between| between.trim().is_empty())
        });
        let tail = before.trim_end_matches([' ', '\u{a0}']);
        let joint = before.trim_end_matches(['.', '/', '-', ':']);
        let in_number = tail.ends_with(|c: char| c.is_ascii_digit())
            || (joint.len() < before.len() && joint.ends_with(|c: char| c.is_ascii_digit()));
        let goes_on = after.starts_with(['-', '/', ':'])
            && after.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        let is_sum = after.trim_start().starts_with(['€', '%']);
        let dashes = shown.matches('-').count();
        if (follows || !in_number) && !goes_on && !is_sum && dashes <= 2 {
            found.push(number);
        }
    }
    found
}
