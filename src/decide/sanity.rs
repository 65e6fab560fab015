//! What does not fit together: feed against page, minutes without a decision, dates out of range.

use jiff::civil::{Date, date};

use crate::model::item::DuePage;
use crate::model::minutes::{ItemReading, Reading, Stage};
use crate::model::problem::{Problem, ProblemKind};

const EARLIEST: Date = date(1990, 1, 1);

/// Problems that only show when the reading is held against what the feed said and against itself.
///
/// They are recorded beside the reading and never change it.
pub fn sanity(known: &DuePage, reading: &Reading, today: Date) -> Vec<Problem> {
    let item = &reading.item;
    [
        body_disagrees(known, item),
        day_disagrees(known, item),
        day_out_of_range(item, today),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn body_disagrees(known: &DuePage, item: &ItemReading) -> Option<Problem> {
    let listed = known.listed_body.as_deref()?;
    let read = item.body.as_deref()?;
    (folded(listed) != folded(read)).then(|| {
        Problem::new(
            ProblemKind::Disagreement,
            format!("the feed names the body \"{listed}\", the page \"{read}\""),
        )
    })
}

fn day_disagrees(known: &DuePage, item: &ItemReading) -> Option<Problem> {
    let (listed, read) = (known.listed_on?, item.held_on?);
    (listed != read).then(|| {
        Problem::new(
            ProblemKind::Disagreement,
            format!("the feed says the meeting is on {listed}, the page says {read}"),
        )
    })
}

fn day_out_of_range(item: &ItemReading, today: Date) -> Option<Problem> {
    let day = item.held_on?;
    let latest = today.saturating_add(jiff::Span::new().years(2));
    let future_minutes = item.stage == Some(Stage::Minutes) && day > today;
    (day < EARLIEST || day > latest || future_minutes).then(|| {
        Problem::new(
            ProblemKind::UnreadableDate,
            format!("the page gives {day} as the day of the meeting, seen on {today}"),
        )
    })
}

fn folded(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::page::tests::{known_page, reading};

    const TODAY: Date = date(2026, 11, 22);

    #[test]
    fn agreement_is_silent() {
        assert_eq!(sanity(&known_page(), &reading(Stage::Minutes), TODAY), []);
    }

    #[test]
    fn a_page_of_another_body_or_day_is_noticed() {
        let mut other = reading(Stage::Minutes);
        other.item.body = Some("Kunnanhallitus".to_owned());
        other.item.held_on = Some(date(2026, 11, 11));
        let kinds: Vec<_> = sanity(&known_page(), &other, TODAY)
            .iter()
            .map(|p| p.kind)
            .collect();
        assert_eq!(
            kinds,
            [ProblemKind::Disagreement, ProblemKind::Disagreement]
        );
    }

    #[test]
    fn minutes_of_a_meeting_to_come_are_noticed() {
        let problems = sanity(&known_page(), &reading(Stage::Minutes), date(2026, 11, 1));
        assert_eq!(
            problems.first().map(|p| p.kind),
            Some(ProblemKind::UnreadableDate)
        );
    }
}
