//! Years that a text names, and the year a meeting suggests.

use jiff::civil::Date;

use super::super::words::Word;
use crate::model::network::SubjectYear;

/// From this month on, plans are about the next year.
const AUTUMN: i8 = 9;

/// Years with the places of their words; of a span (2024–2025) the first. Parts of dates and of diary numbers are no
/// years.
pub(super) fn years(text: &str, words: &[Word]) -> Vec<(usize, i16)> {
    let mut found: Vec<(usize, i16)> = vec![];
    for (place, word) in words.iter().enumerate() {
        let before = text
            .get(..word.at.start)
            .and_then(|t| t.chars().next_back());
        let after = text.get(word.at.end..).and_then(|t| t.chars().next());
        let is_part = matches!(before, Some('.' | '/')) || after == Some('/');
        let Some(year) = year(&word.text).filter(|_| !is_part) else {
            continue;
        };
        let follows = found.last().is_some_and(|(last, _)| last + 1 == place);
        if follows && matches!(before, Some('-' | '–' | '—')) {
            continue;
        }
        found.push((place, year));
    }
    found
}

fn year(word: &str) -> Option<i16> {
    let four = word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let year: i16 = word.parse().ok().filter(|_| four)?;
    (1990..=2100).contains(&year).then_some(year)
}

/// The year a matter is about that came up on `day`.
pub(super) fn seen_from(day: Date, subject: SubjectYear) -> Option<i16> {
    match subject {
        SubjectYear::Coming => Some(day.year() + i16::from(day.month() >= AUTUMN)),
        SubjectYear::Running => Some(day.year()),
        SubjectYear::Past => Some(day.year() - 1),
        SubjectYear::None => None,
    }
}
