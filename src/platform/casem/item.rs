//! An item page: not provably another one, its heading read, its text as blocks.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::super::files::without_size;
use super::super::frame::{is_noise, is_unclosed, line_text, notice};
use super::super::markup::{self, Deadline, Seen, clean_text};
use super::super::without_prefix;
use super::address::{Target, is_finnish, portal, target};
use super::heading::{Heading, meeting};
use super::page::Page;
use super::selectors::OWN;
use crate::model::ids::ItemKey;
use crate::model::minutes::{Lang, Stage};
use crate::model::page::{Arrangement, AskedPage, BlockKind, PageFault, PageHeader, PageReading};
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::Vocabulary;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static SECTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^§\s*(\d{1,4})\b[\s.:]*").unwrap());

/// A page with more items than this and no text of its own lists them.
const FEW_ITEMS: usize = 2;

/// The title stands in one of the first lines of the content.
const HEAD_LINES: usize = 16;

/// Reads a page, or says why it cannot be taken for the item asked for.
pub(super) fn read(
    asked: AskedPage<'_>,
    html: &str,
    vocab: &Vocabulary,
) -> Result<PageReading, PageFault> {
    if html.trim().is_empty() {
        return Err(PageFault::Empty);
    }
    let key = without_prefix(asked.key_prefix, asked.key);
    let deadline = Deadline::start();
    let tree = markup::parse_until(html, &deadline)?;
    let page = Page::of(&tree, asked.url, vocab, &deadline)?;
    let wrong = |found: String| PageFault::WrongPage {
        expected: key.to_owned(),
        found,
    };
    if let Some(other) = other(&page, key, asked.url) {
        return Err(wrong(other));
    }
    let text = Text::of(&page, vocab);
    if !text.is_item(&page, vocab) {
        unreadable(&page, vocab)?;
        cut_off(html)?;
        return Err(wrong(text.claim(&page)));
    }
    cut_off(html)?;
    Ok(reading(asked, &page, text, vocab))
}

fn cut_off(html: &str) -> Result<(), PageFault> {
    if is_unclosed(html) {
        Err(PageFault::CutOff)
    } else {
        Ok(())
    }
}

/// The item that a saved page says it is.
pub(super) fn claimed_key(html: &str) -> Option<ItemKey> {
    let base = Url::parse("http://page.invalid/fi-FI").ok()?;
    let html = markup::parse(html).ok()?;
    html.select(&OWN).find_map(|element| {
        let address = ["href", "content", "action"]
            .iter()
            .find_map(|name| element.value().attr(name))?;
        let item = target(&base.join(address).ok()?).item()?;
        Some(ItemKey::new(item.number))
    })
}

/// What the page proves to be, where that is not the item asked for. Pages need not name themselves, so
/// silence proves nothing.
fn other(page: &Page<'_>, key: &str, asked: &Url) -> Option<String> {
    match &page.own {
        Some(Target::Item(own)) if own.number == key => return None,
        Some(own) => return Some(own.words()),
        None => {}
    }
    let asked_meeting = target(asked).item().and_then(|item| item.meeting);
    page.meeting_in_path()
        .filter(|meeting| asked_meeting.is_some_and(|asked| asked != *meeting))
        .map(|meeting| format!("an item of the meeting {meeting}"))
}

/// What a page is that is no item page, if it is not simply another one.
fn unreadable(page: &Page<'_>, vocab: &Vocabulary) -> Result<(), PageFault> {
    let mut texts: Vec<String> = page.content.iter().map(line_text).collect();
    if texts.iter().all(|text| is_noise(text, vocab.chrome())) {
        texts.extend(page.around.iter().cloned());
    }
    if let Some(quote) = notice(&texts, vocab.chrome()) {
        return Err(PageFault::Notice(quote));
    }
    let linked = page
        .content
        .iter()
        .all(|seen| seen.unlinked.trim().is_empty());
    if linked && items(page) <= FEW_ITEMS {
        return Err(PageFault::Empty);
    }
    Ok(())
}

fn items(page: &Page<'_>) -> usize {
    page.links
        .iter()
        .filter(|link| matches!(link.target, Target::Item(_)))
        .count()
}

/// A title without the section number before it and the word that says when it was added.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) section: Option<u32>,
    pub(super) text: String,
}

impl Title {
    /// Reads `§ 4 LISÄPYKÄLÄ: Sipolantien purku-urakka`.
    pub(super) fn of(text: &str, vocab: &Vocabulary) -> Self {
        let found = SECTION.captures(text);
        let section = found
            .as_ref()
            .and_then(|found| found.get(1)?.as_str().parse().ok());
        let length = found
            .as_ref()
            .and_then(|found| found.get(0))
            .map_or(0, |whole| whole.end());
        let rest = text.get(length..).unwrap_or(text);
        Self {
            section,
            text: without_added(rest, vocab).trim().to_owned(),
        }
    }
}

fn without_added<'a>(text: &'a str, vocab: &Vocabulary) -> &'a str {
    let Some((word, rest)) = text.split_once([':', '-', '–']) else {
        return text;
    };
    let word = word.trim().to_lowercase();
    let added = vocab.meetings().added_item.contains(&word);
    if added { rest } else { text }
}

/// The content with its title found.
struct Text {
    title: Option<Title>,
    heading: Heading,
    /// The line after the title.
    start: usize,
}

impl Text {
    fn of(page: &Page<'_>, vocab: &Vocabulary) -> Self {
        let texts: Vec<String> = page.content.iter().map(line_text).collect();
        let at = title_at(&page.content, &texts, vocab);
        let above = at.unwrap_or(0).max(usize::from(at.is_none()));
        let title = at
            .and_then(|at| texts.get(at))
            .map(|text| Title::of(text, vocab));
        let heading = Heading::of(texts.get(..above).unwrap_or_default(), &page.around, vocab);
        Self {
            title,
            heading,
            start: at.map_or(0, |at| at + 1),
        }
    }

    /// Whether this is an item's page: it has a numbered title or labels, and says whose meeting it was.
    fn is_item(&self, page: &Page<'_>, vocab: &Vocabulary) -> bool {
        let labelled = page
            .content
            .iter()
            .skip(self.start)
            .any(|seen| is_label(&line_text(seen), vocab));
        let numbered = self.title.as_ref().is_some_and(|t| t.section.is_some());
        let lists = page.content.iter().skip(self.start).filter(|seen| {
            !seen.links.is_empty()
                && seen
                    .unlinked
                    .chars()
                    .filter(|c| c.is_alphanumeric())
                    .count()
                    < 5
        });
        let text = page.content.len().saturating_sub(self.start);
        let only_lists = !labelled && lists.count() > FEW_ITEMS.max(text / 2);
        !only_lists
            && (labelled || numbered)
            && (self.heading.meeting.is_some() || (labelled && self.title.is_some()))
    }

    /// What a page that is no item page says it is.
    fn claim(&self, page: &Page<'_>) -> String {
        if let Some(found) = &self.heading.meeting
            && items(page) > 0
        {
            let body = found.body.as_deref().unwrap_or("an unnamed body");
            let day = found
                .held_on
                .map_or_else(String::new, |day| format!(" {day}"));
            return format!("the page of a meeting of {body}{day}");
        }
        let line = page
            .content
            .iter()
            .map(line_text)
            .next()
            .unwrap_or_default();
        let line: String = line.chars().take(80).collect();
        format!("a page without any mark of an item: \"{line}\"")
    }
}

/// The line with the title: a numbered heading, any heading that is no label and no body, a numbered line.
fn title_at(content: &[Seen], texts: &[String], vocab: &Vocabulary) -> Option<usize> {
    let is_heading = |at: usize| {
        content
            .get(at)
            .is_some_and(|seen| seen.block.kind == BlockKind::Heading)
    };
    let near = || texts.iter().enumerate().take(HEAD_LINES);
    let numbered = |wanted: bool| {
        near().position(|(at, text)| SECTION.is_match(text) && is_heading(at) == wanted)
    };
    let named = || {
        near().position(|(at, text)| {
            is_heading(at)
                && meeting(text, vocab).is_none()
                && !is_label(text, vocab)
                && !vocab.is_body_line(text)
                && vocab.kind_in(text).is_none()
        })
    };
    numbered(true).or_else(named).or_else(|| numbered(false))
}

fn is_label(text: &str, vocab: &Vocabulary) -> bool {
    let bare = text.trim().trim_end_matches(':').trim_end();
    vocab
        .labels()
        .iter()
        .any(|label| !label.weak && (label.text == bare || label.capitals == bare))
}

fn reading(asked: AskedPage<'_>, page: &Page<'_>, text: Text, vocab: &Vocabulary) -> PageReading {
    let mut problems = Vec::new();
    let header = header(asked.url, &text, &mut problems);
    let frame = Frame {
        base: asked.url,
        vocab,
    };
    let rest = page.content.iter().skip(text.start);
    let blocks = rest
        .filter(|seen| !frame.has(seen))
        .map(|seen| seen.block.clone())
        .collect();
    let title = text.title.map(|title| title.text);
    PageReading {
        header,
        title: title.filter(|title| !title.is_empty()),
        blocks,
        arrangement: Arrangement::Unheaded,
        attachments: page.attachments(asked.portal),
        position: None,
        previous: None,
        next: None,
        pdf_url: None,
        appeal_link: None,
        problems,
    }
}

fn header(address: &Url, text: &Text, problems: &mut Vec<Problem>) -> PageHeader {
    let heading = &text.heading;
    let found = heading.meeting.as_ref();
    if found.is_none() {
        let detail = "the page has no line with body, meeting and date";
        problems.push(Problem::new(ProblemKind::MissingHeader, detail));
    } else if found.is_some_and(|meeting| meeting.held_on.is_none()) {
        let detail = "the date of the page's heading is none of the calendar";
        problems.push(Problem::new(ProblemKind::UnreadableDate, detail));
    }
    let stage = if heading.checked {
        Some(Stage::Minutes)
    } else {
        heading.stage
    };
    let language = if is_finnish(&portal(address)) {
        Lang::Fi
    } else {
        Lang::Sv
    };
    PageHeader {
        body: found.and_then(|meeting| meeting.body.clone()),
        stage,
        checked: Some(heading.checked),
        held_on: found.and_then(|meeting| meeting.held_on),
        // an agenda's numbers are not yet those of the minutes, and no positions either
        number: text
            .title
            .as_ref()
            .and_then(|title| title.section)
            .filter(|_| stage != Some(Stage::Agenda)),
        lang: Some(heading.lang.unwrap_or(language)),
    }
}

/// Judges lines of the content that belong to the frame.
struct Frame<'a> {
    base: &'a Url,
    vocab: &'a Vocabulary,
}

impl Frame<'_> {
    fn has(&self, seen: &Seen) -> bool {
        let text = line_text(seen);
        if is_noise(&text, self.vocab.chrome()) {
            return true;
        }
        let framed = !seen.links.is_empty() && seen.links.iter().all(|link| self.leads_on(link));
        framed && is_remark(&seen.unlinked, self.vocab)
    }

    fn leads_on(&self, link: &str) -> bool {
        self.base
            .join(link)
            .is_ok_and(|url| target(&url) != Target::Elsewhere)
    }
}

/// What may stand beside a listed file or a link of the navigation: a number, a size, nothing.
fn is_remark(rest: &str, vocab: &Vocabulary) -> bool {
    let rest = clean_text(rest);
    let rest = without_size(&rest);
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    let words = &vocab.chrome().attachment_numbers;
    let rest = words.iter().fold(rest, |rest, word| {
        rest.strip_prefix(word.as_str()).unwrap_or(rest)
    });
    rest.chars().filter(|c| c.is_alphanumeric()).count() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_number_and_added_word() {
        let of = |text: &str| {
            let title = Title::of(text, Vocabulary::embedded());
            (title.section, title.text)
        };
        assert_eq!(of("§ 4 Purku-urakka"), (Some(4), "Purku-urakka".to_owned()));
        assert_eq!(
            of("§ 12 LISÄPYKÄLÄ: Avustus - hakemus"),
            (Some(12), "Avustus - hakemus".to_owned())
        );
        assert_eq!(of("LISÄPYKÄLÄ: Avustus"), (None, "Avustus".to_owned()));
        assert_eq!(
            of("Laki: § 4 muuttuu"),
            (None, "Laki: § 4 muuttuu".to_owned())
        );
        assert_eq!(of("§ 4"), (Some(4), String::new()));
    }

    #[test]
    fn a_saved_page_tells_its_key() {
        let page =
            "<head><link rel='canonical' href='/fi-FI/content/16797/23'></head><body></body>";
        assert_eq!(claimed_key(page), Some(ItemKey::new("16797")));
        assert_eq!(
            claimed_key("<body><form action='/fi-FI/haku'></form></body>"),
            None
        );
    }
}
