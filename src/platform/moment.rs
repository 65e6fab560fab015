//! Days and hours as Finnish pages print them: `18.8.2026 18:00`, unpadded or padded.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use regex::Regex;

/// A day, and perhaps the hour after it: with a short word before it, with a colon or a full stop.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})\b(?:[\s,]+(?:\p{L}{2,3}\.?\s*)?(?<hour>\d{1,2})[:.](?<minute>\d\d)\b)?",
    )
    .unwrap()
});

/// A day that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// `None` when no calendar has it.
    pub(super) day: Option<Date>,
    /// The hour beside it.
    pub(super) hour: Option<Time>,
    /// Bytes of the text that it takes.
    pub(super) place: Range<usize>,
}

impl Moment {
    /// Day and hour together.
    pub(super) fn starts_at(&self) -> Option<DateTime> {
        Some(self.day?.to_datetime(self.hour?))
    }
}

/// The first day of a text.
pub(super) fn first_in(text: &str) -> Option<Moment> {
    let found = MOMENT.captures(text)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    let number = |name: &str| part(name).and_then(|digits| digits.parse::<i8>().ok());
    let day = || {
        Date::new(
            part("year")?.parse().ok()?,
            number("month")?,
            number("day")?,
        )
        .ok()
    };
    let hour = || Time::new(number("hour")?, number("minute")?, 0, 0).ok();
    Some(Moment {
        day: day(),
        hour: hour(),
        place: found.get(0)?.range(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String) {
        let moment = first_in(text).expect("a moment");
        (
            moment.day.map(|day| day.to_string()).unwrap_or_default(),
            moment.hour.map(|hour| hour.to_string()).unwrap_or_default(),
        )
    }

    #[test]
    fn days_with_and_without_an_hour() {
        let is = |text: &str, day: &str, hour: &str| {
            assert_eq!(read(text), (day.to_owned(), hour.to_owned()), "{text}");
        };
        is("10/2026 18.8.2026 18:00", "2026-08-18", "18:00:00");
        is("01.12.2016 klo 8.30 alkaen", "2016-12-01", "08:30:00");
        is("27.3.2017", "2017-03-27", "");
        is("27.3.2017 25:00", "2017-03-27", "");
        is("31.2.2026 18:00", "", "18:00:00");
        assert_eq!(first_in("10/2026"), None);
    }
}
