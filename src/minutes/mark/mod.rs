//! Marks in the text of minutes: handling headers (`KASOPLTK 14.03.2024 § 39`) and diary numbers.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::line::Line;
use crate::model::minutes::Stage;
use crate::model::page::PageHeader;
use crate::vocab::Vocabulary;

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, used by every test of this module"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// Body, date and section in either order, an hour perhaps after the date; the section may be missing
/// behind its sign.
static DATE_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<body>\p{L}[^§|]{0,110}?)[\s,]*(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})[\s,/–-]*(?:\p{L}{2,3}\.?\s*\d{1,2}[.:]\d\d[\s,/–-]+)?(?:§[\s:]*(?<no>\d{1,4})?|\b(?<no2>\d{1,4})\s*§)(?<rest>.*)$",
    )
});
static SECTION_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<body>\p{L}[^§|]{0,110}?)[\s,]*(?:§\s*(?<no>\d{1,4})|(?<no2>\d{1,4})\s*§)[\s,/–-]*(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?<rest>.*)$",
    )
});
/// Body and date alone, as on agendas.
static DATE_ONLY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<body>\p{L}[^§|]{0,110}?)[\s,]+(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?<rest>)$",
    )
});
/// Body and date with the text flush behind, as the current handling of an agenda begins.
static DATE_FLUSH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<body>\p{L}[^§|\d]{0,110}?)[\s,]+(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?<rest>\s+\S.*)$",
    )
});
/// Body and section alone.
static BODY_SECTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<body>\p{L}[^§|\d]{0,110}?)[\s,]*(?:§\s*(?<no>\d{1,4})|(?<no2>\d{1,4})\s*§)(?<rest>)$",
    )
});
/// A section alone.
static SECTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:§\s*(?<no>\d{1,4})|(?<no2>\d{1,4})\s*§)(?<rest>.*)$"));
static DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})$"));

/// One diary number in any form seen (platforms guide, 6.3).
const DIARY: &str = r"(?:\p{Lu}{1,8}[:/])?\d{1,6}/\d{1,3}(?:\.\d{1,4})+/\d{4}|\p{L}{2,10}(?i:dno)-\d{4}-\d{1,6}|\p{Lu}{1,8}[/:]\d{1,6}/\d{4}|\d{1,6}/\d{4}|\d{1,6}-\d{4}\s*\(\d\d(?: \d\d)+(?:, \d\d(?: \d\d)+)*\)|\p{Lu}{3} \d{4}-\d{6}";
static DIARY_LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"^(?:{DIARY})(?:[\s,;]+(?:{DIARY}))*[,;.]?$")));
static DIARY_NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(DIARY));
static DIARY_FIRST: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"^(?:{DIARY})\s+")));
/// The task class of a diary number on a line of its own, and the year of a number cut before it.
static TASK_CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d\d(?:\.\d\d){1,4}$"));
static CUT_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\d{1,6}/\d{1,3}(?:\.\d{1,4})+/?$"));
static YEAR_TAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^/?\d{4}$"));

/// A handling header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// As printed, abbreviation included.
    pub(super) body: Option<String>,
    pub(super) date: Option<Date>,
    pub(super) section: Option<u32>,
}

impl Mark {
    /// Whether two marks can be the same handling: nothing that both say differs. Of bodies only whole
    /// names are compared, and one may be a part of the other.
    pub(super) fn agrees(&self, other: &Self, vocab: &Vocabulary) -> bool {
        fn same<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            match (a, b) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            }
        }
        same(self.date, other.date)
            && same(self.section, other.section)
            && same_body(self.body.as_deref(), other.body.as_deref(), vocab)
    }

    /// Takes over what it does not say itself.
    pub(super) fn merge(&mut self, other: Self) {
        self.body = self.body.take().or(other.body);
        self.date = self.date.or(other.date);
        self.section = self.section.or(other.section);
    }
}

/// Whether two names can be the same body.
pub(super) fn same_body(a: Option<&str>, b: Option<&str>, vocab: &Vocabulary) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return true;
    };
    let known = is_sure_body(a, None, vocab) && is_sure_body(b, None, vocab);
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    !known || a.contains(&b) || b.contains(&a)
}

/// Reads a line that begins with a handling header; the rest of the line comes with it.
///
/// A header may be flush with the text that follows, but only with a new sentence: "KH 17.02.2020
/// § 30 Yhtiö on jättänyt" begins a handling, "Hallitus 17.2.2020 § 30 päätti" tells of one.
pub(super) fn read(line: &Line, own: &PageHeader, vocab: &Vocabulary) -> Option<(Mark, Line)> {
    let on_agenda = own.stage == Some(Stage::Agenda) && own.held_on.is_some();
    let marked = line.text.contains('§') || line.text.ends_with(|c: char| c.is_ascii_digit());
    if !marked && !on_agenda {
        return None;
    }
    let own_body = own.body.as_deref();
    let text = line.text.replace('\t', " ");
    let text = text.trim_end();
    let forms = [
        (&DATE_FIRST, false, false),
        (&SECTION_FIRST, false, false),
        (&DATE_ONLY, true, false),
        (&BODY_SECTION, true, false),
        (&DATE_FLUSH, true, true),
    ];
    forms.into_iter().find_map(|(form, bare, flush)| {
        let found = form.captures(text)?;
        let body = found
            .name("body")?
            .as_str()
            .trim()
            .trim_end_matches([',', ':', '/'])
            .trim();
        if !is_body(body, own_body, vocab) {
            return None;
        }
        let dated = found.name("day").is_some();
        let whole_line = found.name("rest")?.as_str().is_empty();
        let rest = found.name("rest")?;
        let mark = Mark {
            body: Some(body.to_owned()),
            date: date_of(&found),
            section: section_of(&found),
        };
        // an abbreviation without a section is a header only on the day of the page itself
        let own_day = mark.date.is_some() && mark.date == own.held_on;
        if bare && !own_day && !is_sure_body(body, own_body, vocab) {
            return None;
        }
        // text behind a day without a section: only an agenda's own handling begins so
        if flush && !(on_agenda && own_day) {
            return None;
        }
        let followed = whole_line || continues_as_text(rest.as_str());
        (followed && (!dated || mark.date.is_some())).then(|| (mark, line.from(rest.start())))
    })
}

/// Reads a line that is a section alone: `§ 40`, or `§ 40 Title`.
pub(super) fn read_section(line: &Line) -> Option<(u32, Line)> {
    let found = SECTION.captures(&line.text)?;
    let rest = found.name("rest")?;
    let followed = rest.as_str().trim().is_empty() || continues_as_text(rest.as_str());
    followed.then(|| section_of(&found).map(|no| (no, line.from(rest.start()))))?
}

/// Reads a line or cell that is a day and nothing else.
pub(super) fn read_day(text: &str) -> Option<Date> {
    date_of(&DAY.captures(text.trim())?)
}

/// Reads a table row of an earlier handling: `Kaupunginhallitus | 105 § | 10.4.2017`.
pub(super) fn read_row(line: &Line) -> Option<Mark> {
    if !(2..=4).contains(&line.cells.len()) {
        return None;
    }
    let mut mark = Mark::default();
    for cell in &line.cells {
        let atom = Line::plain(cell);
        if let Some(date) = read_day(cell) {
            mark.date = Some(date);
        } else if let Some((section, rest)) =
            read_section(&atom).filter(|(_, rest)| rest.is_blank())
        {
            debug_assert!(rest.is_blank(), "filtered above");
            mark.section = Some(section);
        } else if mark.body.is_none()
            && cell.split_whitespace().count() <= 8
            && !cell.contains(|c: char| c.is_ascii_digit())
        {
            mark.body = Some(cell.clone());
        } else {
            return None;
        }
    }
    (mark.body.is_some() && mark.date.is_some() && mark.section.is_some()).then_some(mark)
}

/// Diary numbers of a line that holds nothing else, as printed.
pub(super) fn diary_numbers(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !DIARY_LINE.is_match(&text) {
        return Vec::new();
    }
    DIARY_NUMBER
        .find_iter(&text)
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// A diary number at the beginning of a longer line, and the rest.
pub(super) fn diary_prefix(line: &Line) -> Option<(String, Line)> {
    let found = DIARY_FIRST.find(&line.text)?;
    Some((found.as_str().trim().to_owned(), line.from(found.end())))
}

/// What a diary number that was cut over two lines becomes with the second of them.
pub(super) fn joined_number(first: &str, second: &str) -> Option<String> {
    let second = second.trim();
    if TASK_CLASS.is_match(second) && !first.contains('.') {
        return Some(format!("{first} {second}"));
    }
    (CUT_NUMBER.is_match(first) && YEAR_TAIL.is_match(second)).then(|| {
        format!(
            "{}/{}",
            first.trim_end_matches('/'),
            second.trim_start_matches('/')
        )
    })
}

/// Whether a line may be the first half of a cut diary number.
pub(super) fn is_cut_number(text: &str) -> bool {
    CUT_NUMBER.is_match(text.trim())
}

fn continues_as_text(rest: &str) -> bool {
    let glued = !rest.starts_with(char::is_whitespace);
    let first = rest.trim_start().chars().next();
    first.is_none_or(|c| {
        c.is_uppercase() || (!glued && (c.is_ascii_digit() || "(\"”“*-–".contains(c)))
    })
}

fn date_of(found: &regex::Captures<'_>) -> Option<Date> {
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    Date::new(
        part("year")?.parse().ok()?,
        part("month")?.parse().ok()?,
        part("day")?.parse().ok()?,
    )
    .ok()
}

fn section_of(found: &regex::Captures<'_>) -> Option<u32> {
    found
        .name("no")
        .or_else(|| found.name("no2"))
        .and_then(|no| no.as_str().parse().ok())
}

/// Whether the words before date and section can be a body: its name, or an abbreviation.
fn is_body(body: &str, own_body: Option<&str>, vocab: &Vocabulary) -> bool {
    let words: Vec<&str> = body.split_whitespace().collect();
    let [first, ..] = words.as_slice() else {
        return false;
    };
    if is_sure_body(body, own_body, vocab) {
        return true;
    }
    let short = words.len() <= 2 && body.chars().count() <= 18;
    let word_like = first
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '/'));
    let bracketed = words.iter().skip(1).all(|word| {
        word.chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || c == '(')
    });
    short && word_like && bracketed
}

/// A body beyond doubt: the page's own, or a name that ends as bodies do.
pub(super) fn is_sure_body(body: &str, own_body: Option<&str>, vocab: &Vocabulary) -> bool {
    if own_body.is_some_and(|own| own.to_lowercase() == body.to_lowercase()) {
        return true;
    }
    let words: Vec<&str> = body.split_whitespace().collect();
    let high = body.chars().next().is_some_and(char::is_uppercase);
    let last = words
        .last()
        .is_some_and(|word| vocab.is_body(word.trim_end_matches(',')));
    high && words.len() <= 9 && (last || vocab.is_named_body(&words))
}

#[cfg(test)]
mod tests;
