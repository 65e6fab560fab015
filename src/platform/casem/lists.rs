//! Lists: the front page, the bodies, the meetings of a body, the items of a meeting.

use std::collections::HashMap;

use url::Url;

use super::super::frame::{is_unclosed, line_text, notice};
use super::super::links::tidy;
use super::super::markup::{self, Deadline};
use super::super::with_prefix;
use super::address::{Item, Target, target};
use super::heading::{self, Heading};
use super::item::Title;
use super::page::{Link, Page, Spot};
use crate::model::feed_item::ListedItem;
use crate::model::listing::{
    AskedList, ListAddress, ListKind, ListReading, ListedMeeting, MeetingStatus,
};
use crate::model::minutes::Stage;
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::Vocabulary;

/// So many links to other hosts are told.
const STRANGERS: usize = 4;

/// Reads a list, or says why it cannot be taken for the one asked for.
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
    let page = Page::of(&tree, asked.served, vocab, &deadline)?;
    is_asked(asked, &page)?;
    let list = List { asked, page, vocab };
    let mut reading = match asked.list.kind {
        ListKind::Bodies => list.bodies(),
        ListKind::Meetings => list.meetings_of_body(),
        ListKind::Meeting => list.meeting(),
        ListKind::Items | ListKind::ItemFeed | ListKind::MeetingFeed => ListReading::default(),
    };
    deadline.check()?;
    if lists_nothing(&reading) {
        list.unreadable()?;
    }
    if is_unclosed(html) {
        return Err(PageFault::CutOff);
    }
    if lists_nothing(&reading) {
        let detail = format!(
            "the page of {} leads to no meeting and no item",
            asked.list.key
        );
        reading
            .problems
            .push(Problem::new(ProblemKind::UnknownShape, detail));
    }
    Ok(reading)
}

/// Whether a page leads nowhere, which only that of a cancelled meeting may.
fn lists_nothing(reading: &ListReading) -> bool {
    let cancelled = reading
        .about
        .as_ref()
        .is_some_and(|about| about.status == Some(MeetingStatus::Cancelled));
    reading.lists.is_empty()
        && reading.meetings.is_empty()
        && reading.items.is_empty()
        && !cancelled
}

/// A page may name itself; one that names another list is another.
fn is_asked(asked: AskedList<'_>, page: &Page<'_>) -> Result<(), PageFault> {
    let wanted = target(&asked.list.url);
    let through_path = || {
        page.meeting_in_path()
            .map(|m| Target::Meeting(m.to_owned()))
    };
    let own = match (&page.own, &wanted) {
        (Some(own), _) => Some(own.clone()),
        (None, Target::Meeting(_)) => through_path(),
        (None, _) => None,
    };
    match own {
        // the portal's root may call itself by any of its addresses
        Some(own) if own != wanted && wanted != Target::Front => Err(PageFault::WrongPage {
            expected: asked.list.key.clone(),
            found: own.words(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// The key of a body's list.
fn body_key(body: &str) -> String {
    format!("body/{body}")
}

/// A list with its page.
pub(super) struct List<'a> {
    pub(super) asked: AskedList<'a>,
    page: Page<'a>,
    pub(super) vocab: &'a Vocabulary,
}

impl List<'_> {
    /// The front page and the list of bodies: newest meetings, and the bodies themselves.
    fn bodies(&self) -> ListReading {
        let mut reading = ListReading::default();
        self.note_strangers(&mut reading);
        let names = self.body_names();
        for link in self.own_links() {
            let Target::Body(body) = &link.target else {
                continue;
            };
            let key = body_key(body);
            if !reading.lists.iter().any(|list| list.key == key) {
                reading.lists.push(ListAddress {
                    kind: ListKind::Meetings,
                    key,
                    url: self.canonical(&link.url),
                    body: names.get(body).cloned(),
                    held_on: None,
                });
            }
        }
        self.add_meetings(|_| true, &names, &mut reading);
        reading
    }

    /// The meetings of one body, whatever other bodies the frame leads to.
    fn meetings_of_body(&self) -> ListReading {
        let mut reading = ListReading::default();
        self.note_strangers(&mut reading);
        let Target::Body(body) = target(&self.asked.list.url) else {
            return reading;
        };
        let mut names = HashMap::new();
        if let Some(name) = self.asked.list.body.clone().or_else(|| self.title()) {
            names.insert(body.clone(), name);
        }
        let of_body = |meeting: &str| meeting.rsplit_once('/').is_some_and(|(of, _)| of == body);
        self.add_meetings(of_body, &names, &mut reading);
        reading
    }

    /// The items of a meeting, and what its page says of it.
    fn meeting(&self) -> ListReading {
        let mut reading = ListReading::default();
        self.note_strangers(&mut reading);
        let about = self.about(&mut reading.problems);
        let (body, held_on) = match &about {
            Some(about) => (Some(about.body.clone()), Some(about.held_on)),
            None => (self.asked.list.body.clone(), self.asked.list.held_on),
        };
        reading.about = about;
        let Target::Meeting(meeting) = target(&self.asked.list.url) else {
            return reading;
        };
        for link in self.own_links() {
            let Target::Item(item) = &link.target else {
                continue;
            };
            let own = match &item.meeting {
                Some(of) => *of == meeting,
                None => link.spot == Spot::Content,
            };
            if own {
                self.add_item(link, item, &mut reading.items);
            }
        }
        for item in &mut reading.items {
            item.body.clone_from(&body);
            item.held_on = held_on;
        }
        reading.drop_planned_sections();
        reading.items.retain(|item| {
            if item.title.is_empty() {
                let detail = format!("item {} is linked without a title: {}", item.key, item.url);
                let problem = Problem::new(ProblemKind::UnusableEntry, detail);
                reading.problems.push(problem);
            }
            !item.title.is_empty()
        });
        reading
    }

    fn add_item(&self, link: &Link<'_>, item: &Item, items: &mut Vec<ListedItem>) {
        let key = with_prefix(&self.asked.source.key_prefix, &item.number);
        let own = Title::of(&link.text, self.vocab);
        let row = Title::of(&self.row(link), self.vocab);
        let section_no = own.section.or(row.section);
        let title = if own.text.is_empty() {
            row.text
        } else {
            own.text
        };
        let known: Option<&mut ListedItem> = items
            .iter_mut()
            .find(|known: &&mut ListedItem| known.key == key);
        match known {
            Some(known) => {
                if known.title.is_empty() {
                    known.title = title;
                }
                known.section_no = known.section_no.or(section_no);
                // the long form is the one that pages link
                if item.meeting.is_some() && target_has_no_meeting(&known.url) {
                    known.url = self.canonical(&link.url);
                }
            }
            None => items.push(ListedItem {
                key,
                url: self.canonical(&link.url),
                title,
                body: None,
                held_on: None,
                position: None,
                section_no,
                published: None,
                text: None,
            }),
        }
    }

    /// The meeting that the page is about; without a body or a day there is none.
    fn about(&self, problems: &mut Vec<Problem>) -> Option<ListedMeeting> {
        let texts: Vec<String> = self
            .page
            .content
            .iter()
            .filter(|seen| !self.lists_item(seen))
            .map(line_text)
            .collect();
        let heading = Heading::of(&texts, &self.page.around, self.vocab);
        let found = heading.meeting.unwrap_or_default();
        if !found.dated {
            let detail = format!("no day is printed on the page of {}", self.asked.list.key);
            problems.push(Problem::new(ProblemKind::UnreadableDate, detail));
        }
        if let (Some(page), Some(list)) = (found.held_on, self.asked.list.held_on)
            && page != list
        {
            let detail = format!("the page says {page}, the list that leads to it says {list}");
            problems.push(Problem::new(ProblemKind::Disagreement, detail));
        }
        let held_on = found.held_on.or(self.asked.list.held_on)?;
        let body = found.body.or_else(|| self.asked.list.body.clone())?;
        let around = self.page.around.iter();
        let status = heading::status(texts.iter().chain(around).map(String::as_str), self.vocab);
        Some(ListedMeeting {
            list: Some(ListAddress {
                body: Some(body.clone()),
                held_on: Some(held_on),
                ..self.asked.list.clone()
            }),
            starts_at: found
                .starts_at
                .or_else(|| texts.iter().find_map(|text| heading::hour(text, held_on))),
            number: found.number,
            status: match status {
                // minutes are checked only where the page says so
                Some(MeetingStatus::Minutes) if !heading.checked => {
                    Some(MeetingStatus::MinutesDraft)
                }
                status => status,
            },
            published_on: texts
                .iter()
                .find_map(|text| heading::published(text, self.vocab)),
            place: None,
            pdf_url: self.pdf(),
            body,
            held_on,
        })
    }

    fn lists_item(&self, seen: &markup::Seen) -> bool {
        let is_item = |link: &String| {
            self.asked
                .served
                .join(link)
                .is_ok_and(|url| matches!(target(&url), Target::Item(_)))
        };
        seen.links.iter().any(is_item)
    }

    /// The whole meeting as a file: minutes before an agenda; a file without a name only if it is alone.
    fn pdf(&self) -> Option<Url> {
        let files: Vec<&Link<'_>> = self
            .page
            .links
            .iter()
            .filter(|link| link.target == Target::File && link.spot != Spot::Side)
            .filter(|link| self.is_own_host(&link.url))
            .collect();
        let named = |stage: Stage| {
            files
                .iter()
                .find(|link| self.page.whole_document(link) == Some(stage))
        };
        let alone = files.first().filter(|_| files.len() == 1);
        named(Stage::Minutes)
            .or_else(|| named(Stage::Agenda))
            .or(alone)
            .map(|link| tidy(link.url.clone(), &self.asked.source.url))
    }

    /// The page's first line, where it is a body's name.
    fn title(&self) -> Option<String> {
        let first = self.page.content.iter().map(line_text).next()?;
        let words: Vec<&str> = first.split_whitespace().collect();
        let named = words.last().is_some_and(|last| self.vocab.is_body(last));
        (named && words.len() <= 12).then_some(first)
    }

    /// Links of this portal; others are never followed.
    pub(super) fn own_links(&self) -> impl Iterator<Item = &Link<'_>> {
        self.page
            .links
            .iter()
            .filter(|link| self.is_own_host(&link.url))
    }

    fn is_own_host(&self, url: &Url) -> bool {
        [&self.asked.source.url, self.asked.served]
            .iter()
            .any(|own| own.host_str() == url.host_str())
    }

    /// Meetings and items that a page claims on other hosts are told, not followed.
    fn note_strangers(&self, reading: &mut ListReading) {
        let strangers = self.page.links.iter().filter(|link| {
            matches!(link.target, Target::Meeting(_) | Target::Item(_))
                && !self.is_own_host(&link.url)
        });
        for link in strangers.take(STRANGERS) {
            let detail = format!("a link leads to another host: {}", link.url);
            let problem = Problem::new(ProblemKind::UnusableEntry, detail);
            reading.problems.push(problem);
        }
    }

    pub(super) fn canonical(&self, url: &Url) -> Url {
        let mut url = tidy(url.clone(), &self.asked.source.url);
        url.set_query(None);
        url
    }

    /// What a page is that leads nowhere, if it is not simply a list without entries.
    fn unreadable(&self) -> Result<(), PageFault> {
        let texts: Vec<String> = self.page.content.iter().map(line_text).collect();
        if let Some(quote) = notice(&texts, self.vocab.chrome()) {
            return Err(PageFault::Notice(quote));
        }
        if texts.is_empty() {
            return Err(PageFault::Empty);
        }
        Ok(())
    }
}

fn target_has_no_meeting(url: &Url) -> bool {
    matches!(target(url), Target::Item(item) if item.meeting.is_none())
}
