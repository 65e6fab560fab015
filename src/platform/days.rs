//! Days as pages print them: `28.4.2021`, padded or not.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b").unwrap());

/// The days of a text and where each begins; a day that no calendar has is `None`.
pub(super) fn all_in(text: &str) -> impl Iterator<Item = (usize, Option<Date>)> + '_ {
    DATE.captures_iter(text).filter_map(|found| {
        let part = |n: usize| found.get(n).map(|part| part.as_str());
        let date = (|| {
            let year = part(3)?.parse().ok()?;
            Date::new(year, part(2)?.parse().ok()?, part(1)?.parse().ok()?).ok()
        })();
        Some((found.get(0)?.start(), date))
    })
}

/// The last of them.
pub(super) fn last_in(text: &str) -> Option<(usize, Option<Date>)> {
    all_in(text).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_where_the_calendar_has_them() {
        let days: Vec<Option<String>> = all_in("1.2.2026, 31.2.2026 ja 05.11.2025.")
            .map(|(_, day)| day.map(|day| day.to_string()))
            .collect();
        assert_eq!(
            days,
            [
                Some("2026-02-01".to_owned()),
                None,
                Some("2025-11-05".to_owned())
            ]
        );
        assert_eq!(last_in("12.2026"), None);
    }
}
