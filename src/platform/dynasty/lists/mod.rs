//! Lists that are pages: where a portal's begin, and the reading of one that proves to be what was asked for.

use std::collections::HashMap;

use jiff::civil::Date;

use super::super::frame::line_text;
use super::super::markup::{self, Deadline};
use super::chrome::Survey;
use super::header::{self, date};
use super::lines::{Lines, cut_off};
use super::listing::with_query;
use super::refs::{Key, portal};
use super::rows::{Row, RowLink, recorded_days, rows};
use super::{bodies, decisions, meeting};
use crate::model::listing::{AskedList, ListAddress, ListKind, ListReading};
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::Source;
use crate::vocab::Vocabulary;

/// A list page on its way through the readers.
pub(super) struct Page<'a> {
    pub(super) asked: AskedList<'a>,
    pub(super) vocab: &'a Vocabulary,
    pub(super) lines: Lines,
    pub(super) rows: Vec<Row>,
    /// Days that static pages record beside their rows, by meeting.
    pub(super) recorded: HashMap<String, Date>,
}

/// The bodies of an old portal, whose pages are static: it has no feed.
pub(super) fn static_front(source: &Source) -> ListAddress {
    let url = portal(&source.url).unwrap_or_else(|| source.url.clone());
    address(ListKind::Bodies, "bodies", url)
}

/// The list of all bodies.
pub(super) fn all_bodies(source: &Source) -> ListAddress {
    let url = with_query(&source.url, "page=meeting_handlers&id=");
    address(ListKind::Bodies, "bodies", url)
}

/// The list of officeholders' decisions.
pub(super) fn all_decisions(source: &Source) -> ListAddress {
    let size = decisions::PAGE_SIZE;
    let query = format!("page=official_search&alo=1&kas=&txt=&koh=1&pvm=&siv={size}&dir=1&jar=1");
    address(
        ListKind::Items,
        "decisions",
        with_query(&source.url, &query),
    )
}

fn address(kind: ListKind, key: &str, url: url::Url) -> ListAddress {
    ListAddress {
        kind,
        key: key.to_owned(),
        url,
        body: None,
        held_on: None,
    }
}

/// Reads a list, or says why the page cannot be taken for it.
pub(super) fn read(
    asked: AskedList<'_>,
    html: &str,
    vocab: &Vocabulary,
) -> Result<ListReading, PageFault> {
    if html.trim().is_empty() {
        return Err(PageFault::Empty);
    }
    let deadline = Deadline::start();
    let tree = markup::parse_until(html, &deadline)?;
    let survey = Survey::of(&tree, asked.served, vocab);
    deadline.check()?;
    let page = Page {
        lines: Lines::of(&tree, &survey, vocab, header::find_of_list)?,
        rows: rows(&tree, asked.served, vocab, &deadline)?,
        recorded: recorded_days(html),
        asked,
        vocab,
    };
    deadline.check()?;
    let reading = match asked.list.kind {
        ListKind::Bodies => bodies::bodies(&page),
        ListKind::Meetings => bodies::meetings(&page),
        ListKind::Meeting => meeting::read(&page),
        ListKind::Items => decisions::read(&page),
        ListKind::ItemFeed | ListKind::MeetingFeed => Err(page.wrong()),
    };
    if reading.is_err() {
        page.lines.unproven(vocab)?;
    }
    cut_off(html)?;
    reading
}

impl<'a> Page<'a> {
    /// Every link, in page order.
    pub(super) fn links(&self) -> impl Iterator<Item = &RowLink> {
        self.rows.iter().flat_map(|row| &row.links)
    }

    /// Whether it leads to pages of items.
    pub(super) fn lists_items(&self) -> bool {
        self.links().any(|link| link.target.item().is_some())
    }

    /// Whether it leads to several meetings.
    pub(super) fn lists_meetings(&self) -> bool {
        let mut ids = self.links().filter_map(|link| link.target.meeting());
        let first = ids.next();
        ids.any(|id| Some(id) != first)
    }

    /// The number in the key of the list asked for: `160` of `body/160`.
    pub(super) fn own_id(&self) -> Option<&'a str> {
        self.asked.list.key.split_once('/').map(|(_, id)| id)
    }

    /// Whether a line of the page is this text, or ends with it.
    pub(super) fn says(&self, text: &str) -> bool {
        let mut lines = self.lines.all.iter().map(line_text);
        lines.any(|line| line == text || line.ends_with(&format!(" {text}")))
    }

    /// The day of publication in a text.
    pub(super) fn published_in(&self, text: &str) -> Option<Date> {
        let found = self.vocab.published_on().captures(text)?;
        date(found.name("date")?.as_str())
    }

    /// An entry that cannot be used.
    pub(super) fn unusable(&self, id: &str, why: &str) -> Problem {
        let list = &self.asked.list.key;
        let detail = format!("entry {id} of list {list} has {why}");
        Problem::new(ProblemKind::UnusableEntry, detail)
    }

    /// The fault of a page that is another one, with what it seems to be.
    pub(super) fn wrong(&self) -> PageFault {
        PageFault::WrongPage {
            expected: self.asked.list.key.clone(),
            found: self.seems(),
        }
    }

    fn seems(&self) -> String {
        let items = self.links().filter_map(|link| link.target.item());
        let meeting = items
            .filter(|key| !Key::is_decision(key))
            .map(|key| key.number.as_str())
            .find(|id| Some(*id) != self.own_id());
        let bodies = self.links().filter_map(|link| link.target.body()).count();
        match meeting {
            Some(id) => format!("meeting/{id}"),
            None if bodies > 1 => "a list of bodies".to_owned(),
            None if self.lists_meetings() => "a list of meetings".to_owned(),
            None => self.lines.claim(self.vocab),
        }
    }
}

#[cfg(test)]
mod tests;
