//! Charts as SVG made here: figures into rectangles. What they show stands in words and in a table as well.

use jiff::civil::Date;

use super::super::site::{MonthCount, PollDay};
use super::language::PageLanguage;

/// Months of the chart.
const MONTHS: usize = 24;
/// Days of a source's strip.
const DAYS: i32 = 30;
/// Height of the bars.
const HEIGHT: u32 = 140;
/// Width of a bar with the space after it.
const STEP: u32 = 30;

/// Items per month, minutes below and all others above.
#[derive(Clone, Debug)]
pub struct MonthChart {
    /// What it shows, in a sentence.
    pub summary: String,
    /// Width of the drawing.
    pub width: u32,
    /// Height of the bars; the labels lie below.
    pub height: u32,
    /// The bars, the oldest month first.
    pub bars: Vec<Bar>,
}

/// A month.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Left edge.
    pub x: u32,
    /// Top and height of the minutes.
    pub minutes: (u32, u32),
    /// Top and height of all others.
    pub others: (u32, u32),
    /// `3/2024`, where there is room for it.
    pub label: Option<String>,
    /// `maaliskuu 2024`.
    pub name: String,
    /// Items whose text is minutes.
    pub minutes_count: u32,
    /// All others.
    pub others_count: u32,
}

/// The first day of the months that are shown as of a day.
pub fn first_month(today: Date) -> Date {
    (1..MONTHS).fold(today.first_of_month(), |month, _| month_before(month))
}

fn month_before(month: Date) -> Date {
    month.yesterday().map_or(month, Date::first_of_month)
}

/// The chart of the months up to that of `today`; `None` where there is nothing to show.
pub fn months(language: PageLanguage, counts: &[MonthCount], today: Date) -> Option<MonthChart> {
    let mut months = vec![today.first_of_month()];
    while let (true, Some(month)) = (months.len() < MONTHS, months.last()) {
        months.push(month_before(*month));
    }
    months.reverse();
    let of = |month: &Date| {
        let found = counts.iter().find(|count| count.month == *month);
        found.map_or((0, 0), |count| (count.minutes, count.others))
    };
    let all: Vec<(u32, u32)> = months.iter().map(of).collect();
    let most = all.iter().map(|(a, b)| a + b).max().unwrap_or_default();
    let sum: u32 = all.iter().map(|(a, b)| a + b).sum();
    if most == 0 {
        return None;
    }
    let bars = months.iter().zip(&all).zip(0..);
    let bars: Vec<Bar> = bars
        .map(|((month, counts), at)| bar(language, *month, *counts, (at, most)))
        .collect();
    let words = &language.words().chart;
    Some(MonthChart {
        summary: words
            .months_summary
            .with("count", language.number(sum))
            .with("most", language.number(most))
            .to_string(),
        width: STEP * u32::try_from(MONTHS).unwrap_or_default(),
        height: HEIGHT,
        bars,
    })
}

fn bar(
    language: PageLanguage,
    month: Date,
    (minutes, others): (u32, u32),
    (at, most): (u32, u32),
) -> Bar {
    let tall = |count: u32| {
        count
            .saturating_mul(HEIGHT)
            .div_ceil(most.max(1))
            .min(HEIGHT)
    };
    let (lower, both) = (tall(minutes), tall(minutes + others));
    Bar {
        x: at * STEP,
        minutes: (HEIGHT - lower, lower),
        others: (HEIGHT - both, both - lower),
        label: (at % 6 == 5).then(|| format!("{}/{}", month.month(), month.year())),
        name: format!("{} {}", language.month(month.month()), month.year()),
        minutes_count: minutes,
        others_count: others,
    }
}

/// How a source answered, day by day.
#[derive(Clone, Debug)]
pub struct Strip {
    /// The days, the oldest first: left edge, height, class.
    pub days: Vec<(u32, u32, &'static str)>,
    /// The same in words.
    pub summary: String,
}

/// The first day of the strips as of a day.
pub fn first_day(today: Date) -> Date {
    let days = jiff::Span::new().days(DAYS - 1);
    today.checked_sub(days).unwrap_or(today)
}

/// The strip of a source from its days up to `today`; `None` where it was never polled in that time.
pub fn strip(language: PageLanguage, days: &[&PollDay], today: Date) -> Option<Strip> {
    if days.is_empty() {
        return None;
    }
    let (mut good, mut partly, mut bad) = (0_u32, 0_u32, 0_u32);
    let mut shown = Vec::new();
    let mut day = first_day(today);
    for at in 0..DAYS.unsigned_abs() {
        let of = days.iter().find(|of| of.day == day);
        // Height tells as much as colour.
        let (height, class) = match of {
            None => (1, "unpolled"),
            Some(of) if of.good == of.polls => {
                good += 1;
                (16, "good")
            }
            Some(of) if of.good > 0 => {
                partly += 1;
                (10, "partly")
            }
            Some(_) => {
                bad += 1;
                (5, "bad")
            }
        };
        shown.push((at * 5, height, class));
        day = day.tomorrow().unwrap_or(day);
    }
    let words = &language.words().chart.strip_summary;
    Some(Strip {
        days: shown,
        summary: words
            .with("good", good)
            .with("partly", partly)
            .with("bad", bad)
            .to_string(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::ids::SourceId;

    #[test]
    fn months_are_bars_that_fit_and_none_is_left_out() {
        let today = date(2026, 3, 14);
        assert_eq!(first_month(today), date(2024, 4, 1));
        let count = |month, minutes, others| MonthCount {
            month,
            minutes,
            others,
        };
        let counts = [
            count(date(2025, 12, 1), 3, 1),
            count(date(2026, 3, 1), 0, 2),
        ];
        let chart = months(PageLanguage::Finnish, &counts, today).expect("a chart");
        assert_eq!(chart.bars.len(), MONTHS);
        let tallest = &chart.bars[20];
        assert_eq!(tallest.name, "joulukuu 2025");
        assert_eq!((tallest.minutes, tallest.others), ((35, 105), (0, 35)));
        assert_eq!(chart.bars[23].others, (70, 70));
        assert!(chart.summary.contains('6') && chart.summary.contains('4'));
        assert!(months(PageLanguage::Finnish, &[], today).is_none());
    }

    #[test]
    fn a_strip_tells_good_days_from_bad_ones() {
        let today = date(2026, 3, 14);
        let day = |day, good| PollDay {
            source: SourceId::new("a"),
            day,
            good,
            polls: 4,
        };
        let days = [
            day(today, 4),
            day(date(2026, 3, 13), 2),
            day(date(2026, 3, 12), 0),
        ];
        let strip = strip(
            PageLanguage::English,
            &days.iter().collect::<Vec<_>>(),
            today,
        );
        let strip = strip.expect("a strip");
        assert_eq!(strip.days.len(), 30);
        assert_eq!(
            strip.days[27..],
            [(135, 5, "bad"), (140, 10, "partly"), (145, 16, "good")]
        );
        assert_eq!(strip.days[0].2, "unpolled");
        assert_eq!(strip.summary.matches('1').count(), 3, "{}", strip.summary);
    }
}
