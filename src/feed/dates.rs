//! Dates as feeds write them: RFC 3339, RFC 2822 with any weekday, and Finnish and Swedish ones.
//!
//! A time without a zone is local time in Finland. Nothing is guessed: a text that is not
//! understood to its last word is no date. The words stand in `config/dates.toml`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::model::when::helsinki;

/// Longer texts are no dates; parsers of dates have overflowed on them.
const LONGEST: usize = 64;
/// Years a meeting or its publication can have; others are mistakes of a server.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../config/dates.toml")));

/// Why a text gives no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateFault {
    /// Not understood.
    Unreadable,
    /// Understood, and outside the years anything here can have.
    OutOfRange,
}

/// The instant a text means.
pub(super) fn read(text: &str) -> Result<Timestamp, DateFault> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(DateFault::Unreadable);
    }
    let text = text.trim();
    let at = iso(text)
        .or_else(|| in_words(text))
        .ok_or(DateFault::Unreadable)?;
    let year = at.to_zoned(helsinki()).year();
    if YEARS.contains(&year) {
        Ok(at)
    } else {
        Err(DateFault::OutOfRange)
    }
}

fn iso(text: &str) -> Option<Timestamp> {
    let local = |at: DateTime| at.to_zoned(helsinki()).ok().map(|at| at.timestamp());
    (text.parse().ok())
        .or_else(|| text.parse::<DateTime>().ok().and_then(local))
        .or_else(|| text.parse::<Date>().ok().and_then(|day| local(day.into())))
}

fn in_words(text: &str) -> Option<Timestamp> {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    let mut parts = Parts::default();
    let words = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty());
    for word in words {
        parts.take(word)?;
    }
    parts.instant()
}

#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    /// Hours, minutes, seconds.
    time: Option<(i8, i8, i8)>,
    offset: Option<Offset>,
}

impl Parts {
    /// Finds the place of one word; none when the text is no date.
    fn take(&mut self, word: &str) -> Option<()> {
        let bare = word.trim_end_matches('.');
        if let Some(month) = WORDS.months.get(bare) {
            return set(&mut self.month, *month);
        }
        if WORDS.skipped.contains(bare) {
            return Some(());
        }
        if let Some(offset) = zone(word) {
            return set(&mut self.offset, offset);
        }
        if word.contains(':') {
            return set(&mut self.time, clock(word, ':')?);
        }
        if let Ok(day) = word.parse::<Date>() {
            return self.take_day(day.year(), day.month(), day.day());
        }
        let numbers: Vec<&str> = bare.split('.').collect();
        match *numbers.as_slice() {
            [day, month, year] if year.len() == 4 => {
                self.take_day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
            }
            [_, _] => set(&mut self.time, clock(bare, '.')?),
            [number] => self.take_number(number),
            _ => None,
        }
    }

    fn take_day(&mut self, year: i16, month: i8, day: i8) -> Option<()> {
        set(&mut self.year, year)?;
        set(&mut self.month, month)?;
        set(&mut self.day, day)
    }

    fn take_number(&mut self, number: &str) -> Option<()> {
        let value = digits(number)?;
        match number.len() {
            1 | 2 if self.day.is_none() => set(&mut self.day, i8::try_from(value).ok()?),
            // RFC 822 wrote years with two digits.
            2 => set(
                &mut self.year,
                if value < 50 {
                    2000 + value
                } else {
                    1900 + value
                },
            ),
            4 => set(&mut self.year, value),
            _ => None,
        }
    }

    fn instant(&self) -> Option<Timestamp> {
        let mut day = Date::new(self.year?, self.month?, self.day?).ok()?;
        let (mut hour, minute, second) = self.time.unwrap_or_default();
        if hour == 24 && minute == 0 {
            (day, hour) = (day.tomorrow().ok()?, 0);
        }
        let time = Time::new(hour, minute, second.min(59), 0).ok()?;
        let zone = self.offset.map_or_else(helsinki, TimeZone::fixed);
        let at = DateTime::from_parts(day, time).to_zoned(zone).ok()?;
        Some(at.timestamp())
    }
}

/// Fills a part once: two different years or times are no date.
fn set<T>(part: &mut Option<T>, value: T) -> Option<()> {
    if part.is_some() {
        return None;
    }
    *part = Some(value);
    Some(())
}

fn digits(text: &str) -> Option<i16> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// `18:00`, `18:00:05`, `18:00:05.25`, `18.00`.
fn clock(text: &str, between: char) -> Option<(i8, i8, i8)> {
    let mut numbers = text.split(between);
    let mut next = |or: Option<i16>| match numbers.next() {
        Some(number) => {
            digits(number.split('.').next().unwrap_or_default()).filter(|_| number.len() < 12)
        }
        None => or,
    };
    let (hour, minute, second) = (next(None)?, next(None)?, next(Some(0))?);
    let fits = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    if !fits || numbers.next().is_some() {
        return None;
    }
    Some((
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
    ))
}

/// `eet`, `gmt`, `+0200`, `+02:00`, `gmt+2`.
fn zone(word: &str) -> Option<Offset> {
    if let Some(minutes) = WORDS.zones.get(word) {
        return Offset::from_seconds(minutes * 60).ok();
    }
    let signed = word.trim_start_matches("gmt").trim_start_matches("utc");
    let (sign, number) = match signed.strip_prefix('+') {
        Some(number) => (1, number),
        None => (-1, signed.strip_prefix('-')?),
    };
    let number = number.replacen(':', "", 1);
    let value = i32::from(digits(&number).filter(|_| matches!(number.len(), 1 | 2 | 4))?);
    let (hours, minutes) = if number.len() == 4 {
        (value / 100, value % 100)
    } else {
        (value, 0)
    };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// `config/dates.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFile {
    ignored: Vec<String>,
    months: BTreeMap<String, Vec<Vec<String>>>,
    weekdays: BTreeMap<String, Vec<Vec<String>>>,
    zones: BTreeMap<String, i32>,
}

/// The words by what they mean.
struct Words {
    months: HashMap<String, i8>,
    /// Weekdays and words without a meaning; a weekday that contradicts its date is a usual
    /// mistake.
    skipped: HashSet<String>,
    /// Minutes ahead of UTC.
    zones: HashMap<String, i32>,
}

impl Words {
    /// The file is embedded and read by a test, so that a fault in it cannot reach a user.
    fn read(toml: &str) -> Self {
        let file: WordFile = toml::from_str(toml).unwrap_or_default();
        let mut months = HashMap::new();
        for language in file.months.into_values() {
            for (number, forms) in (1_i8..).zip(language) {
                months.extend(forms.into_iter().map(|form| (form, number)));
            }
        }
        let weekdays = file.weekdays.into_values().flatten().flatten();
        let skipped = file.ignored.into_iter().chain(weekdays).collect();
        Self {
            months,
            skipped,
            zones: file.zones.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> String {
        read(text).map_or_else(|fault| format!("{fault:?}"), |at| at.to_string())
    }

    #[test]
    fn dates_of_every_shape_are_read() {
        for (given, wanted) in [
            ("2026-11-03T18:00:00+02:00", "2026-11-03T16:00:00Z"),
            ("2026-11-03T18:00:00+0200", "2026-11-03T16:00:00Z"),
            ("2026-11-03T16:00:00.5Z", "2026-11-03T16:00:00.5Z"),
            ("2026-07-03T18:00", "2026-07-03T15:00:00Z"),
            ("2026-11-03 18:00:00", "2026-11-03T16:00:00Z"),
            ("2026-11-03", "2026-11-02T22:00:00Z"),
            ("Tue, 03 Nov 2026 18:00:00 +0200", "2026-11-03T16:00:00Z"),
            ("Thurs, 3 November 26 18:00 EET", "2026-11-03T16:00:00Z"),
            ("Tue, 03 Jul 2026 18:00:00 EEST", "2026-07-03T15:00:00Z"),
            ("Tue, 03 Nov 2026 16:00:60 GMT", "2026-11-03T16:00:59Z"),
            ("03 Nov 2026 24:00 -0000", "2026-11-04T00:00:00Z"),
            ("Nov 3, 2026 18:00 UTC+2", "2026-11-03T16:00:00Z"),
            ("3.11.2026", "2026-11-02T22:00:00Z"),
            ("3.11.2026 18:00", "2026-11-03T16:00:00Z"),
            ("ti 03.11.2026 klo 18.00", "2026-11-03T16:00:00Z"),
            ("ti, 03 marras 2026", "2026-11-02T22:00:00Z"),
            (
                "Tiistaina 3. marraskuuta 2026 klo 18.00",
                "2026-11-03T16:00:00Z",
            ),
            (
                "la, 04 heina\u{308} 2026 12:00:00 +0300",
                "2026-07-04T09:00:00Z",
            ),
            ("tis, 03 nov 2026 18:00:00 +0200", "2026-11-03T16:00:00Z"),
            ("Lördagen den 4 juli 2026 kl. 12.00", "2026-07-04T09:00:00Z"),
            ("2026-11-03 18:00 EET", "2026-11-03T16:00:00Z"),
        ] {
            assert_eq!(utc(given), wanted, "{given}");
        }
    }

    #[test]
    fn what_is_no_date_gives_none() {
        for given in [
            "",
            "eilen",
            "31.2.2026",
            "3.11.",
            "12:00",
            "2026",
            "1 2 3 4 5",
            "+",
            "3.11.2026 4.11.2026",
            "03 Nov 2026 25:00",
            "03 Nov 2026 10:00:00:00",
            "\u{0}",
            "Tue, 03 Foo 2026",
            "99999999999999999999",
            "12026-01-01T00:00:00Z",
            "+012026-01-01T00:00:00Z",
            "1.1.12026",
            "Thu, 01 Jan 12026 12:00:00 GMT",
        ] {
            assert_eq!(utc(given), "Unreadable", "{given}");
        }
        assert_eq!(utc(&"1".repeat(100_000)), "Unreadable");
    }

    #[test]
    fn years_nothing_here_can_have_are_refused() {
        for given in [
            "1.1.1600",
            "0000-01-01T00:00:00Z",
            "01 Jan 0000 12:00 GMT",
            "0001-01-01T00:00:00Z",
            "2.1.2101",
            "31 Dec 1989 12:00 GMT",
        ] {
            assert_eq!(utc(given), "OutOfRange", "{given}");
        }
    }

    #[test]
    fn the_words_are_complete() {
        let file: WordFile = toml::from_str(include_str!("../../config/dates.toml")).expect("toml");
        assert!(file.months.values().all(|language| language.len() == 12));
        assert!(file.weekdays.values().all(|language| language.len() == 7));
        let mut forms: Vec<_> = file.months.values().flatten().flatten().collect();
        forms.extend(file.weekdays.values().flatten().flatten());
        assert!(
            forms
                .iter()
                .all(|form| **form == form.nfc().collect::<String>().to_lowercase())
        );
        for (form, number) in [("tammi", 1), ("maj", 5), ("may", 5), ("joulukuuta", 12)] {
            assert_eq!(WORDS.months.get(form), Some(&number));
        }
    }
}
