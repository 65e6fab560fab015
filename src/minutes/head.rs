//! The head of a handling: title and diary numbers, in whatever order a municipality sets them.

use super::label;
use super::line::Line;
use super::mark;
use super::split::Split;
use crate::model::page::{BlockKind, PageHeader};
use crate::vocab::{Role, Vocabulary};

/// A longer line is no title.
const MAX_TITLE: usize = 500;
/// A further line of a title is not longer than this.
const MAX_TITLE_LINE: usize = 200;

/// What the head says.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: Option<String>,
    pub(super) diary_numbers: Vec<String>,
    /// How many lines belong to it.
    pub(super) length: usize,
    /// The line after the title's last.
    after_title: usize,
}

/// Reads the head of the current handling, whose title may be known.
pub(super) fn read(
    split: &Split,
    title: Option<String>,
    header: &PageHeader,
    vocab: &Vocabulary,
) -> Head {
    let mut head = Head {
        // a known title is whole
        after_title: if title.is_some() { usize::MAX } else { 0 },
        title,
        ..Head::default()
    };
    let lines = &split.current;
    let place = Place {
        before_mark: split.before_mark,
        marked: split.mark.is_some(),
        header,
        vocab,
    };
    while let Some(line) = lines.get(head.length) {
        let next = lines.get(head.length + 1);
        let Some(taken) = take(line, next, &mut head, &place) else {
            break;
        };
        head.length += taken;
    }
    head
}

/// Diary numbers at the beginning of an earlier handling, and the text after them.
pub(super) fn numbers<'a>(lines: &'a [Line], vocab: &Vocabulary) -> (Vec<String>, &'a [Line]) {
    let mut numbers: Vec<String> = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let labelled = label::find(line, vocab).filter(|found| found.role == Role::Number);
        let text = labelled.map_or_else(|| line.shown(), |found| found.value.shown());
        let found = mark::diary_numbers(&text);
        if found.is_empty() {
            break;
        }
        numbers.extend(found);
        rest = after;
    }
    numbers.dedup();
    (numbers, rest)
}

struct Place<'a> {
    /// How many lines stand above the handling's own header, and whether it has one.
    before_mark: usize,
    marked: bool,
    header: &'a PageHeader,
    vocab: &'a Vocabulary,
}

/// Takes one line, or it and the next; `None` where the head ends.
fn take(line: &Line, next: Option<&Line>, head: &mut Head, place: &Place<'_>) -> Option<usize> {
    let text = line.shown();
    if let Some(joined) = next
        .filter(|_| mark::is_cut_number(&text))
        .and_then(|next| mark::joined_number(&text, &next.text))
    {
        head.diary_numbers.push(joined);
        return Some(2);
    }
    if let Some(last) = head.diary_numbers.last_mut()
        && let Some(joined) = mark::joined_number(last, &text)
    {
        *last = joined;
        return Some(1);
    }
    let numbers = mark::diary_numbers(&text);
    if !numbers.is_empty() {
        head.diary_numbers.extend(numbers);
        return Some(1);
    }
    if is_repeated(&text, place) {
        return Some(1);
    }
    let above = head.length < place.before_mark && place.marked;
    if let Some(found) = label::find(line, place.vocab) {
        // a title may begin with a label's word: "Ehdotus Kuntaliiton kokousedustajaksi"
        let title = head.title.is_none() && (above || !found.strong);
        if found.role == Role::Number || !title {
            return take_number(&found, next, head);
        }
    }
    let proposer = label::presenter_in_place(line, place.vocab)
        .is_some_and(|found| found.presenter.is_some() || found.strong);
    if proposer && head.title.is_some() {
        return None;
    }
    take_title(line, &text, head, place)
}

/// A labelled number; one without a diary number is the position once more.
fn take_number(found: &label::Found, next: Option<&Line>, head: &mut Head) -> Option<usize> {
    if found.role != Role::Number {
        return None;
    }
    let value = found.value.shown();
    if value.is_empty() {
        let numbers = next
            .map(|next| mark::diary_numbers(&next.text))
            .unwrap_or_default();
        let taken = 1 + usize::from(!numbers.is_empty());
        head.diary_numbers.extend(numbers);
        return Some(taken);
    }
    let numbers = mark::diary_numbers(&value);
    let bare = value.chars().all(|c| c.is_ascii_digit());
    if numbers.is_empty() && !bare {
        return None;
    }
    head.diary_numbers.extend(numbers);
    Some(1)
}

/// The page header's words once more: number, day, body.
fn is_repeated(text: &str, place: &Place<'_>) -> bool {
    let bare = text.trim_end_matches(['.', ':']);
    let number = !bare.is_empty() && bare.len() <= 4 && bare.chars().all(|c| c.is_ascii_digit());
    let day = mark::read_day(text).is_some_and(|day| place.header.held_on == Some(day));
    let body = place
        .header
        .body
        .as_deref()
        .is_some_and(|body| body.to_lowercase() == text.to_lowercase());
    let numbered = place
        .vocab
        .number_line()
        .captures(text)
        .is_some_and(|found| {
            found
                .get(0)
                .is_some_and(|whole| whole.as_str().len() == text.len())
        });
    number
        || day
        || body
        || numbered
        || place
            .vocab
            .page_header()
            .captures(text)
            .is_some_and(|found| {
                let rest = found.name("rest").map_or("", |rest| rest.as_str());
                found
                    .name("kind")
                    .is_some_and(|kind| kind.as_str().starts_with(char::is_uppercase))
                    && rest.len() < 20
            })
}

fn take_title(line: &Line, text: &str, head: &mut Head, place: &Place<'_>) -> Option<usize> {
    // above the handling's own header there is nothing but the title
    let above = head.length < place.before_mark && place.marked;
    if head.title.as_deref() == Some(text) {
        return Some(1);
    }
    // running text ends with a full stop; above the header even that may be a title
    let running = text.ends_with('.') && !above && line.kind != BlockKind::Heading;
    if running || !may_be_title(line, text) {
        return None;
    }
    let Some(title) = &head.title else {
        head.title = Some(clean(text)).filter(|title| !title.is_empty());
        head.after_title = head.length + 1;
        return Some(1);
    };
    let next = head.after_title == head.length && (above || head.length != place.before_mark);
    let set_as_title = line.kind == BlockKind::Heading || text.starts_with('(');
    let goes_on = next && (line.continues || (above && set_as_title));
    if !goes_on || text.ends_with('.') || text.chars().count() > MAX_TITLE_LINE {
        return None;
    }
    head.title = Some(clean(&format!("{title} {text}")));
    head.after_title = head.length + 1;
    Some(1)
}

fn may_be_title(line: &Line, text: &str) -> bool {
    line.cells.is_empty()
        && line.kind != BlockKind::ListItem
        && text.chars().count() <= MAX_TITLE
        && text.chars().any(char::is_alphabetic)
        && !(text.contains(". ") && text.ends_with('.'))
}

/// A title without the section number that some pages print at its ends.
fn clean(text: &str) -> String {
    let mut text = text.trim();
    if let Some((head, tail)) = text.rsplit_once('§') {
        let number = tail.trim();
        let head = head.trim_end();
        if number.is_empty() || number.chars().all(|c| c.is_ascii_digit()) {
            // "Kuntalain 90 §" ends with a paragraph of a law, not with a section number
            let law = number.is_empty() && head.ends_with(|c: char| c.is_ascii_digit());
            text = if law { text } else { head };
        }
    }
    text.trim_matches([',', ' ', '–']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_section_numbers_only() {
        assert_eq!(clean("Vuosikello 2024 § 39"), "Vuosikello 2024");
        assert_eq!(clean("Kuntalain 90 §"), "Kuntalain 90 §");
        assert_eq!(clean("Sopimus (Kv-asia)"), "Sopimus (Kv-asia)");
    }
}
