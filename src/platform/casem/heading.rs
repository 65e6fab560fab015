//! What a page says of its meeting: body, day, how far it has come. The heading
//! (`Hyvinvointivaliokunta, kokous 28.4.2021`) stands in the content, or only in the path above it.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use regex::Regex;

use super::super::days;
use crate::model::listing::MeetingStatus;
use crate::model::minutes::{Lang, Stage};
use crate::vocab::Vocabulary;

/// A longer line is no heading.
const MAX_LINE: usize = 300;
/// A line about how far the minutes have come is not longer than this.
const MAX_REMARK: usize = 120;

/// A line that says no more than the kind of document has no more words.
const MAX_KIND_WORDS: usize = 4;

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, used by every test of this module"
)]
static HOUR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bkl(?:o|\.)?\s*(\d{1,2})[.:](\d{2})\b").unwrap());

/// A meeting as one line names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meeting {
    pub(super) body: Option<String>,
    /// `None` where the day printed is none of the calendar, or no day is printed.
    pub(super) held_on: Option<Date>,
    /// Whether a day is printed at all.
    pub(super) dated: bool,
    pub(super) starts_at: Option<DateTime>,
    pub(super) number: Option<String>,
    pub(super) lang: Option<Lang>,
}

/// Reads a line that names a meeting and its day.
pub(super) fn meeting(line: &str, vocab: &Vocabulary) -> Option<Meeting> {
    if line.chars().count() > MAX_LINE {
        return None;
    }
    let found = vocab.meeting().captures(line)?;
    let body = found
        .name("body")
        .map(|body| tidy_body(body.as_str()))
        .filter(|body| !body.is_empty());
    // "Kunnanhallituksen kokous 28.4.2021" speaks of a meeting and is no heading
    if body
        .as_deref()
        .and_then(|body| body.split_whitespace().last())
        .is_some_and(|last| vocab.is_body_genitive(last))
    {
        return None;
    }
    let held_on = days::last_in(found.name("date")?.as_str()).and_then(|(_, day)| day);
    Some(Meeting {
        body,
        held_on,
        dated: true,
        starts_at: held_on.and_then(|day| hour(found.name("rest")?.as_str(), day)),
        number: found
            .name("number")
            .map(|number| number.as_str().to_owned()),
        lang: Some(if found.name("fi").is_some() {
            Lang::Fi
        } else {
            Lang::Sv
        }),
    })
}

/// Reads a meeting where perhaps only a day is printed: the day alone, without a day of publication.
pub(super) fn day(text: &str, vocab: &Vocabulary) -> Option<Meeting> {
    let days: Vec<Option<Date>> = days::all_in(text)
        .filter(|(at, _)| !is_published(text, *at, vocab))
        .map(|(_, day)| day)
        .collect();
    match days.as_slice() {
        [held_on] => Some(Meeting {
            held_on: *held_on,
            dated: true,
            starts_at: held_on.and_then(|day| hour(text, day)),
            ..Meeting::default()
        }),
        _ => None,
    }
}

/// The day after the word that says when something was published.
pub(super) fn published(text: &str, vocab: &Vocabulary) -> Option<Date> {
    days::all_in(text)
        .find(|(at, _)| is_published(text, *at, vocab))
        .and_then(|(_, day)| day)
}

fn is_published(text: &str, at: usize, vocab: &Vocabulary) -> bool {
    let before = text.get(..at).unwrap_or_default().to_lowercase();
    let before = before.trim_end_matches([':', ' ']);
    vocab
        .meetings()
        .published
        .iter()
        .any(|word| before.ends_with(word.as_str()))
}

/// The hour that a text names after the word for it.
pub(super) fn hour(text: &str, day: Date) -> Option<DateTime> {
    let found = HOUR.captures(text)?;
    let part = |n: usize| found.get(n)?.as_str().parse::<i8>().ok();
    let time = jiff::civil::Time::new(part(1)?, part(2)?, 0, 0).ok()?;
    Some(day.to_datetime(time))
}

/// The last part of a path is the body.
fn tidy_body(body: &str) -> String {
    body.rsplit(['>', '»', '›', '|'])
        .next()
        .unwrap_or(body)
        .trim()
        .trim_matches(['-', '–', ',', '/', ' '])
        .to_owned()
}

/// How far lines say that a meeting has come; the furthest counts, a cancellation above all.
pub(super) fn status<'a>(
    lines: impl Iterator<Item = &'a str>,
    vocab: &Vocabulary,
) -> Option<MeetingStatus> {
    let mut out: Option<MeetingStatus> = None;
    for line in lines {
        let lower = line.to_lowercase();
        let says = |words: &[String]| words.iter().any(|word| lower.contains(word.as_str()));
        let words = vocab.meetings();
        let found = if says(&words.cancelled) {
            Some(MeetingStatus::Cancelled)
        } else if says(&words.unchecked) {
            Some(MeetingStatus::MinutesDraft)
        } else if says(&words.checked) {
            Some(MeetingStatus::Minutes)
        } else {
            furthest_kind(line, vocab)
        };
        out = out.max(found);
    }
    out
}

/// Minutes, where a line names both them and the agenda.
fn furthest_kind(line: &str, vocab: &Vocabulary) -> Option<MeetingStatus> {
    line.split(|letter: char| !letter.is_alphabetic())
        .filter_map(|word| vocab.kind(word))
        .map(|(stage, _)| match stage {
            Stage::Agenda => MeetingStatus::Agenda,
            Stage::Minutes => MeetingStatus::Minutes,
        })
        .max()
}

/// What the lines around a title say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) meeting: Option<Meeting>,
    pub(super) stage: Option<Stage>,
    /// The language of the words seen.
    pub(super) lang: Option<Lang>,
    /// Whether the minutes are said to be checked.
    pub(super) checked: bool,
}

impl Heading {
    /// Reads the lines above the title, then those around the content: the first that says something counts.
    pub(super) fn of(above: &[String], around: &[String], vocab: &Vocabulary) -> Self {
        let mut heading = Self::default();
        for line in above {
            heading.take(line, vocab);
            heading.take_kind_alone(line, vocab);
        }
        for line in around {
            heading.take(line, vocab);
        }
        let lang = heading.meeting.as_ref().and_then(|meeting| meeting.lang);
        heading.lang = heading.lang.or(lang);
        heading
    }

    fn take(&mut self, line: &str, vocab: &Vocabulary) {
        if let Some(meeting) = meeting(line, vocab) {
            match &mut self.meeting {
                None => self.meeting = Some(meeting),
                Some(known) if known.held_on == meeting.held_on => {
                    known.body = known.body.take().or(meeting.body);
                }
                Some(_) => {}
            }
            self.take_kind(line, vocab);
        } else if line.chars().count() <= MAX_REMARK {
            let lower = line.to_lowercase();
            let checked = &vocab.meetings().checked_sentences;
            let says = checked.iter().any(|word| lower.contains(word.as_str()));
            self.checked |= says;
            if says {
                self.take_kind(line, vocab);
            }
        }
    }

    /// A short line that begins with the kind of document; menus around the content have such as well.
    fn take_kind_alone(&mut self, line: &str, vocab: &Vocabulary) {
        let first = line.split(|c: char| !c.is_alphabetic()).next();
        let begins = first.is_some_and(|word| vocab.kind(word).is_some());
        if begins && line.split_whitespace().count() <= MAX_KIND_WORDS {
            self.take_kind(line, vocab);
        }
    }

    fn take_kind(&mut self, line: &str, vocab: &Vocabulary) {
        if self.stage.is_some() {
            return;
        }
        // the title may follow in the same path: only what stands near the day says the kind
        let near = match vocab.meeting().captures(line).and_then(|f| f.name("rest")) {
            Some(rest) => rest
                .as_str()
                .split(['>', '»', '›'])
                .next()
                .unwrap_or_default(),
            None => line,
        };
        if let Some((stage, lang)) = vocab.kind_in(near) {
            self.stage = Some(stage);
            self.lang = Some(lang);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, String)> {
        let meeting = meeting(line, Vocabulary::embedded())?;
        let day = meeting.held_on.map(|day| day.to_string());
        Some((meeting.body.unwrap_or_default(), day.unwrap_or_default()))
    }

    fn is(line: &str, body: &str, day: &str) {
        assert_eq!(
            read(line),
            Some((body.to_owned(), day.to_owned())),
            "{line}"
        );
    }

    #[test]
    fn headings_links_and_paths_name_a_meeting() {
        is(
            "Hyvinvointivaliokunta, kokous 28.4.2021",
            "Hyvinvointivaliokunta",
            "2021-04-28",
        );
        is(
            "Kunnanhallitus - Kokous 28.3.2026 Pöytäkirja",
            "Kunnanhallitus",
            "2026-03-28",
        );
        is(
            "Etusivu > Toimielimet > Kunnanhallitus > Kokous 7.9.2022 > Kokous 1.1.2020",
            "Kunnanhallitus",
            "2022-09-07",
        );
        is("Kokous 5/2026, 1.12.2025 klo 17.00", "", "2025-12-01");
        is(
            "Kommunstyrelsen, sammanträde 3.2.2026",
            "Kommunstyrelsen",
            "2026-02-03",
        );
        is("Valtuusto, kokous 31.2.2026", "Valtuusto", "");
        assert_eq!(read("Kunnanhallituksen kokous 28.4.2021 peruttiin."), None);
        assert_eq!(read("Hollolan kunta"), None);
    }

    #[test]
    fn a_day_of_publication_is_no_day_of_a_meeting() {
        let vocab = Vocabulary::embedded();
        let text = "28.3.2026 (julkaistu 2.4.2026)";
        let held_on = day(text, vocab).and_then(|meeting| meeting.held_on);
        assert_eq!(
            held_on.map(|day| day.to_string()).as_deref(),
            Some("2026-03-28")
        );
        let on = published(text, vocab).map(|day| day.to_string());
        assert_eq!(on.as_deref(), Some("2026-04-02"));
        assert_eq!(day("1.1.2026–2.1.2026", vocab), None);
    }

    #[test]
    fn the_furthest_status_counts() {
        let of = |lines: &[&str]| status(lines.iter().copied(), Vocabulary::embedded());
        assert_eq!(
            of(&["Esityslista", "Pöytäkirja"]),
            Some(MeetingStatus::Minutes)
        );
        assert_eq!(
            of(&["Pöytäkirja (tarkastamaton)"]),
            Some(MeetingStatus::MinutesDraft)
        );
        assert_eq!(
            of(&["Pöytäkirja on tarkastettu"]),
            Some(MeetingStatus::Minutes)
        );
        assert_eq!(
            of(&["Esityslista", "PERUTTU"]),
            Some(MeetingStatus::Cancelled)
        );
        assert_eq!(of(&["Kokous 1.1.2026"]), None);
    }
}
