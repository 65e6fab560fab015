//! A line that names a meeting: body, day, hour, place, and how far it has come.

use jiff::civil::{Date, DateTime};

use super::header::{DATE, Found, date, tidy_body};
use crate::model::listing::MeetingStatus;
use crate::model::minutes::Stage;
use crate::vocab::Vocabulary;

/// Marks between the parts of such a line.
const SEAMS: [char; 9] = [' ', '\t', '-', '–', ',', '/', '|', ':', '.'];

/// What such a line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) body: Option<String>,
    pub(super) held_on: Option<Date>,
    pub(super) starts_at: Option<DateTime>,
    pub(super) number: Option<String>,
    pub(super) status: Option<MeetingStatus>,
    pub(super) place: Option<String>,
}

impl Heading {
    /// Reads a page header that was found.
    pub(super) fn of_header(found: &Found, vocab: &Vocabulary) -> Self {
        Self {
            body: found.header.body.clone(),
            held_on: found.header.held_on,
            number: found.running.clone(),
            status: found.header.stage.map(stage_status),
            ..Self::default()
        }
        .with_tail(&found.rest, vocab)
    }

    /// Reads a text with a day in it: with the kind of document (`Pöytäkirja 23.09.2026`) or without.
    pub(super) fn of_text(text: &str, vocab: &Vocabulary) -> Option<Self> {
        let text = text.trim();
        if let Some(parts) = vocab.page_header().captures(text) {
            let part = |name: &str| parts.name(name).map(|part| part.as_str());
            let (stage, _) = vocab.kind(part("kind")?)?;
            let heading = Self {
                body: part("body").map(str::to_owned),
                held_on: date(part("date")?),
                number: part("running").map(str::to_owned),
                status: Some(stage_status(stage)),
                ..Self::default()
            };
            return Some(heading.with_tail(part("rest")?, vocab));
        }
        let day = DATE.find(text)?;
        let heading = Self {
            body: text.get(..day.start()).map(str::to_owned),
            held_on: date(day.as_str()),
            ..Self::default()
        };
        Some(heading.with_tail(text.get(day.end()..)?, vocab))
    }

    /// Adds what stands after the day; takes words off the body that are none of its name.
    fn with_tail(mut self, tail: &str, vocab: &Vocabulary) -> Self {
        let body = self.body.take().unwrap_or_default();
        let told = status_in(tail, vocab);
        self.status = match (self.status, told) {
            (_, Some(MeetingStatus::Cancelled)) => told,
            _ if vocab.says_cancelled(&body) => Some(MeetingStatus::Cancelled),
            (Some(MeetingStatus::Minutes), Some(MeetingStatus::MinutesDraft)) => told,
            (Some(known), _) => Some(known),
            (None, told) => told,
        };
        self.body = Some(bare_body(&body, vocab)).filter(|body| !body.is_empty());
        let time = vocab.meeting_time().captures(tail);
        self.starts_at = time.as_ref().and_then(|time| hour(self.held_on?, time));
        let after = time.and_then(|time| tail.get(time.get(0)?.end()..));
        self.place = after.and_then(|after| place(after, vocab));
        self
    }
}

/// How far a meeting has come whose document is of a kind.
fn stage_status(stage: Stage) -> MeetingStatus {
    match stage {
        Stage::Agenda => MeetingStatus::Agenda,
        Stage::Minutes => MeetingStatus::Minutes,
    }
}

/// What the words of a text say of a meeting; minutes win over the agenda they came from.
pub(super) fn status_in(text: &str, vocab: &Vocabulary) -> Option<MeetingStatus> {
    if vocab.says_cancelled(text) {
        return Some(MeetingStatus::Cancelled);
    }
    let kinds: Vec<Stage> = words(text)
        .filter_map(|word| vocab.kind(word).map(|(stage, _)| stage))
        .collect();
    let draft = words(text).any(|word| is_one_of(word, &vocab.meetings().unchecked));
    if draft {
        Some(MeetingStatus::MinutesDraft)
    } else if kinds.contains(&Stage::Minutes) {
        Some(MeetingStatus::Minutes)
    } else {
        kinds.first().copied().map(stage_status)
    }
}

/// When it begins: the hour found after the day.
fn hour(day: Date, time: &regex::Captures<'_>) -> Option<DateTime> {
    let number = |name: &str| time.name(name).map(|part| part.as_str().parse::<i8>());
    let hour = number("hour")?.ok()?;
    let minute = number("minute").unwrap_or(Ok(0)).ok()?;
    let in_day = (0..24).contains(&hour) && (0..60).contains(&minute);
    in_day.then(|| day.at(hour, minute, 0, 0))
}

/// The time a text names on a day.
pub(super) fn starts_at(day: Date, text: &str, vocab: &Vocabulary) -> Option<DateTime> {
    hour(day, &vocab.meeting_time().captures(text)?)
}

/// The place after the hour, without remarks on how far the meeting has come.
fn place(after: &str, vocab: &Vocabulary) -> Option<String> {
    let words = vocab.meetings();
    let is_remark = |part: &str| {
        let part = part.trim_matches(|c: char| !c.is_alphanumeric());
        vocab.says_cancelled(part)
            || vocab.kind(part).is_some()
            || is_one_of(part, &words.checked)
            || is_one_of(part, &words.unchecked)
    };
    let parts: Vec<String> = after
        .split('/')
        .map(|part| {
            let kept: Vec<&str> = part.split(',').filter(|part| !is_remark(part)).collect();
            kept.join(",").trim_matches(SEAMS).to_owned()
        })
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect();
    Some(parts.join(" / ")).filter(|place| !place.is_empty())
}

/// A body without the words of a cancellation before or after it.
fn bare_body(body: &str, vocab: &Vocabulary) -> String {
    let body = match body.split_once(':') {
        Some((remark, body)) if vocab.says_cancelled(remark) => body,
        Some(_) | None => body,
    };
    let kept: Vec<&str> = body
        .split_whitespace()
        .filter(|word| !vocab.says_cancelled(word))
        .collect();
    tidy_body(&kept.join(" "))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
}

fn is_one_of(word: &str, list: &[String]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Heading {
        Heading::of_text(text, Vocabulary::embedded()).expect(text)
    }

    #[test]
    fn hour_and_place_are_taken_apart_from_remarks() {
        let time = |heading: &Heading| heading.starts_at.map(|time| time.to_string());
        let h = read(
            "Tekninen lautakunta  Esityslista 23.09.2026 klo 17:00 -  Kaupunginhallituksen kokoushuone",
        );
        assert_eq!(time(&h).as_deref(), Some("2026-09-23T17:00:00"));
        assert_eq!(h.place.as_deref(), Some("Kaupunginhallituksen kokoushuone"));
        let h =
            read("Stadsstyrelsen Protokoll 4/2026 02.03.2026 kl. 18 - Sessionssalen / Justerat");
        assert_eq!(time(&h).as_deref(), Some("2026-03-02T18:00:00"));
        assert_eq!(
            (h.place.as_deref(), h.number.as_deref()),
            (Some("Sessionssalen"), Some("4/2026"))
        );
        let h = read("Hallitus Pöytäkirja 08.05.2017 klo 15:30 - 17:05 / Tarkastamaton");
        assert_eq!(
            (h.place, h.status),
            (None, Some(MeetingStatus::MinutesDraft))
        );
        let h = read("Hallitus 08.05.2017 klo 31:30, Sali A / Teams");
        assert_eq!(
            (h.starts_at, h.place.as_deref()),
            (None, Some("Sali A / Teams"))
        );
    }

    #[test]
    fn a_cancelled_agenda_is_cancelled() {
        let h = read("Tekninen lautakunta Esityslista 23.09.2026 klo 17:00 - Sali, kokous peruttu");
        assert_eq!(h.status, Some(MeetingStatus::Cancelled));
        assert_eq!(h.place.as_deref(), Some("Sali"));
        assert_eq!(h.body.as_deref(), Some("Tekninen lautakunta"));
    }

    #[test]
    fn words_that_only_begin_alike_cancel_nothing() {
        assert_eq!(read("Peruttujen asioiden jaosto 23.09.2026").status, None);
    }
}
