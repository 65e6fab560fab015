//! Days are civil days in Finland, instants are UTC; both have one text form everywhere.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit};

/// The time zone every day in minutes and feeds is meant in.
pub fn helsinki() -> TimeZone {
    TimeZone::get("Europe/Helsinki").unwrap_or(TimeZone::UTC)
}

/// The civil day in Finland at an instant.
pub fn day_in_finland(at: Timestamp) -> Date {
    at.to_zoned(helsinki()).date()
}

/// The instant at which a Finnish civil day reaches `hour` (0 to 23).
///
/// An hour that daylight saving skips is moved forward; a date outside the supported range is clamped.
pub fn instant_on(day: Date, hour: i8) -> Timestamp {
    day.at(hour, 0, 0, 0)
        .to_zoned(helsinki())
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The one text form of instants: `2026-11-22T07:32:00Z`, whole seconds.
pub fn utc_text(at: Timestamp) -> String {
    let whole = at.round(Unit::Second).unwrap_or(at);
    whole.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Adds a duration, stopping at the end of time instead of overflowing.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finnish_day_begins_before_the_utc_day() {
        let at: Timestamp = "2026-07-01T21:30:00Z".parse().expect("instant");
        assert_eq!(day_in_finland(at).to_string(), "2026-07-02");
        assert_eq!(utc_text(instant_on(day_in_finland(at), 8)), "2026-07-02T05:00:00Z");
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(later(Timestamp::MAX, SignedDuration::from_hours(1)), Timestamp::MAX);
    }
}
