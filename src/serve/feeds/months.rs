//! Archived feeds (RFC 5005, section 4): texts as they stood when they came, by month, in parts that never change.
//!
//! A part holds a fixed number of texts in the order in which they came. The parts of a month that is over are all
//! closed, and of the month that goes on those that are full; what came since stands in the current document, which
//! holds more than a part. So whoever reads that document and the archives before it misses nothing.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::archive::TextsQuery;
use crate::model::when::{day_in_finland, instant_on, later};

use super::super::site::{Site, SiteFault};
use super::scope::Scope;

/// Texts in a part; fewer than items on a page, for those there are besides.
pub const PART_SIZE: u32 = 40;

/// A text may be written down this much later than it was seen.
const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// A month in Finland.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The month of an instant.
    pub fn of(at: Timestamp) -> Self {
        Self(day_in_finland(at).first_of_month())
    }

    /// Reads `2026-10`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
        let is_known = (1900..=2200).contains(&year) && (1..=12).contains(&month);
        is_known.then(|| Self(date(year, month, 1)))
    }

    /// `2026-10`.
    pub fn word(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    /// As people write it: `10/2026`.
    pub fn described(self) -> String {
        format!("{}/{}", self.0.month(), self.0.year())
    }

    fn before(self) -> Self {
        Self(self.0.checked_sub(1.month()).unwrap_or(self.0))
    }

    fn begins(self) -> Timestamp {
        instant_on(self.0, 0)
    }

    fn ends(self) -> Timestamp {
        instant_on(self.0.checked_add(1.month()).unwrap_or(self.0), 0)
    }

    /// Whether nothing more is written down for it.
    fn is_over(self, now: Timestamp) -> bool {
        later(self.ends(), GRACE) <= now
    }
}

/// A part of a month, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The month.
    pub month: Month,
    /// Which part of it.
    pub number: u32,
}

/// The archives of a feed at a time.
pub(super) struct Archives<'a> {
    pub(super) site: &'a dyn Site,
    pub(super) scope: &'a Scope,
    pub(super) now: Timestamp,
}

impl Archives<'_> {
    /// The closed part that came last.
    pub(super) fn newest(&self) -> Result<Option<Part>, SiteFault> {
        let Some(first) = self.first()? else {
            return Ok(None);
        };
        let mut month = Month::of(self.now);
        while month >= first {
            let number = self.closed(month)?;
            if number > 0 {
                return Ok(Some(Part { month, number }));
            }
            month = month.before();
        }
        Ok(None)
    }

    /// The part before one.
    pub(super) fn before(&self, part: Part) -> Result<Option<Part>, SiteFault> {
        if part.number > 1 {
            let number = part.number - 1;
            return Ok(Some(Part { number, ..part }));
        }
        let month = part.month.before();
        match self.first()? {
            Some(first) if month >= first => Ok(Some(Part {
                month,
                number: self.closed(month)?,
            })),
            _ => Ok(None),
        }
    }

    /// Whether a part is closed.
    pub(super) fn holds(&self, part: Part) -> Result<bool, SiteFault> {
        let first = self.first()?;
        Ok(first.is_some_and(|first| part.month >= first)
            && part.number <= self.closed(part.month)?)
    }

    /// How many parts of a month are closed. A month that is over has at least one, so that the chain is whole.
    fn closed(&self, month: Month) -> Result<u32, SiteFault> {
        // While the month before may grow, the first part would not know yet what it follows.
        if !month.before().is_over(self.now) {
            return Ok(0);
        }
        let texts = self
            .site
            .texts_count(&self.query(month.begins(), month.ends()))?;
        if month.is_over(self.now) {
            return Ok(texts.div_ceil(PART_SIZE).max(1));
        }
        Ok(texts / PART_SIZE)
    }

    fn first(&self) -> Result<Option<Month>, SiteFault> {
        Ok(self.site.first_text()?.map(Month::of))
    }

    /// What to ask for to get a part.
    pub(super) fn part(&self, part: Part) -> TextsQuery {
        TextsQuery {
            offset: (part.number - 1).saturating_mul(PART_SIZE),
            limit: PART_SIZE,
            ..self.query(part.month.begins(), part.month.ends())
        }
    }

    /// Every text of a time.
    pub(super) fn query(&self, from: Timestamp, until: Timestamp) -> TextsQuery {
        let of = self.scope.narrowed();
        TextsQuery {
            network: of.network,
            dossier: of.dossier,
            municipality: of.municipality,
            from,
            until,
            limit: u32::MAX,
            offset: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_in_one_way() {
        let month = Month::parse("2026-03").expect("month");
        assert_eq!(month.word(), "2026-03");
        assert_eq!(month.described(), "3/2026");
        assert_eq!(month.before().word(), "2026-02");
        for bad in [
            "2026-3",
            "2026-13",
            "2026-00",
            "+026-03",
            "1026-03",
            "2026",
            "2026-03-01",
            "",
        ] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_begin_in_finland_and_are_over_a_day_late() {
        let at = |text: &str| text.parse::<Timestamp>().expect("instant");
        assert_eq!(Month::of(at("2026-03-31T21:30:00Z")).word(), "2026-04");
        let march = Month::parse("2026-03").expect("month");
        assert_eq!(march.ends(), at("2026-03-31T21:00:00Z"));
        assert!(!march.is_over(at("2026-04-01T20:59:59Z")));
        assert!(march.is_over(at("2026-04-01T21:00:00Z")));
    }
}
