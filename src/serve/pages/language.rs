//! The languages of pages, and how each writes figures, days and hours.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::when::helsinki;

use super::words::{self, Words};

/// A language that every page is made in. The first is the one at `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageLanguage {
    /// Finnish, at `/`.
    Finnish,
    /// Swedish, at `/sv/`.
    Swedish,
    /// English, at `/en/`.
    English,
}

impl PageLanguage {
    /// Every language, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Finnish, Self::Swedish, Self::English];

    /// Its tag (BCP 47): `fi`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Finnish => "fi",
            Self::Swedish => "sv",
            Self::English => "en",
        }
    }

    /// What its addresses begin with, under the root of the server: nothing, `sv/` or `en/`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Finnish => "",
            Self::Swedish => "sv/",
            Self::English => "en/",
        }
    }

    /// Its texts.
    pub fn words(self) -> &'static Words {
        words::of(self)
    }

    /// A day as its readers write it: `14.3.2024`, `14 March 2024`.
    pub fn day(self, day: Date) -> String {
        match self {
            Self::Finnish | Self::Swedish => {
                format!("{}.{}.{}", day.day(), day.month(), day.year())
            }
            Self::English => {
                let month = self.month(day.month());
                format!("{}\u{a0}{month} {}", day.day(), day.year())
            }
        }
    }

    /// The name of a month, counted from 1.
    pub fn month(self, month: i8) -> &'static str {
        let at = usize::try_from(month).unwrap_or_default().saturating_sub(1);
        self.words().months.get(at).map_or("", |name| name.as_str())
    }

    /// The day and the hour in Finland.
    pub fn moment(self, at: Timestamp) -> Moment {
        let local = at.to_zoned(helsinki());
        let separator = match self {
            Self::Finnish | Self::Swedish => '.',
            Self::English => ':',
        };
        let time = format!("{}{separator}{:02}", local.hour(), local.minute());
        let words = &self.words().site.moment;
        Moment {
            machine: at.to_string(),
            text: words
                .with("day", self.day(local.date()))
                .with("time", time)
                .to_string(),
        }
    }

    /// A figure with its thousands parted: `12 345`, `12,345`.
    pub fn number(self, number: impl Into<u64>) -> String {
        let digits = number.into().to_string();
        let separator = match self {
            Self::Finnish | Self::Swedish => '\u{a0}',
            Self::English => ',',
        };
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    /// A size as people write it: `12,3 MiB`, `12.3 MiB`.
    pub fn size(self, bytes: u64) -> String {
        let (unit, name) = if bytes >= 1 << 30 {
            (1 << 30, "GiB")
        } else {
            (1 << 20, "MiB")
        };
        let tenths = bytes.saturating_mul(10) / unit;
        let point = match self {
            Self::Finnish | Self::Swedish => ',',
            Self::English => '.',
        };
        format!("{}{point}{}\u{a0}{name}", tenths / 10, tenths % 10)
    }
}

/// A moment for people, and for machines as `<time datetime>` wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant in UTC.
    pub machine: String,
    /// Its day, hour and minute in Finland.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_language_writes_figures_and_days_its_own_way() {
        let [fi, sv, en] = PageLanguage::ALL;
        assert_eq!(fi.day(date(2024, 3, 14)), "14.3.2024");
        assert_eq!(sv.day(date(2024, 3, 14)), "14.3.2024");
        assert_eq!(en.day(date(2024, 3, 14)), "14\u{a0}March 2024");
        for (number, finnish, english) in [
            (0_u64, "0", "0"),
            (999, "999", "999"),
            (1000, "1\u{a0}000", "1,000"),
            (12_345_678, "12\u{a0}345\u{a0}678", "12,345,678"),
        ] {
            assert_eq!(fi.number(number), finnish);
            assert_eq!(en.number(number), english);
        }
        assert_eq!(fi.size(12_900_000), "12,3\u{a0}MiB");
        assert_eq!(en.size(3 << 30), "3.0\u{a0}GiB");
        let at: Timestamp = "2024-03-20T06:05:00Z".parse().expect("instant");
        let moment = fi.moment(at);
        assert_eq!(moment.machine, "2024-03-20T06:05:00Z");
        assert_eq!(moment.text, "20.3.2024 klo 8.05");
        assert_eq!(sv.moment(at).text, "20.3.2024 kl. 8.05");
        assert_eq!(en.moment(at).text, "20\u{a0}March 2024 at 8:05");
    }
}
