//! Lists that are pages: the items of a meeting in every layout, and the meetings a search found.

use std::collections::HashSet;

use scraper::{ElementRef, Html};
use url::Url;

use super::super::markup::{self, Deadline, clean_text};
use super::super::table::{Columns, RowNumber, above, text_of};
use super::super::with_prefix;
use super::address::{Target, document_address, meeting_address, target};
use super::meeting::{Named, own_portal};
use super::selectors::{BODY_ELEMENT, FORM, HEADING, LINK};
use crate::model::feed_item::ListedItem;
use crate::model::listing::{
    AskedList, ListAddress, ListKind, ListReading, ListedMeeting, MeetingStatus,
};
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::Vocabulary;

/// A longer text is no heading of a meeting.
const MAX_HEADING: usize = 200;

/// Reads a page of meetings or of a meeting's items.
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
    let page = Page {
        asked,
        tree: &tree,
        vocab,
    };
    let reading = if asked.list.kind == ListKind::Meetings {
        page.meetings()
    } else {
        page.items()
    }?;
    deadline.check()?;
    if markup::is_cut_off(html) {
        return Err(PageFault::CutOff);
    }
    Ok(reading)
}

struct Page<'a> {
    asked: AskedList<'a>,
    tree: &'a Html,
    vocab: &'a Vocabulary,
}

impl Page<'_> {
    /// The items of one meeting.
    fn items(&self) -> Result<ListReading, PageFault> {
        let about = self.heading();
        let rows = self.rows();
        if about.is_none() && rows.is_empty() {
            return Err(self.fault());
        }
        let mut reading = ListReading::default();
        match &about {
            Some(about) => self.compare(about, &mut reading.problems)?,
            None => reading.problems.push(Problem::new(
                ProblemKind::MissingHeader,
                "the list has items but no heading with body and day",
            )),
        }
        let (body, held_on) = match &about {
            Some(about) => (Some(about.body.clone()), Some(about.held_on)),
            None => (self.asked.list.body.clone(), self.asked.list.held_on),
        };
        for (position, row) in (1..).zip(without_front_matter(rows)) {
            match self.item(&row) {
                Ok(item) => reading.items.push(ListedItem {
                    body: body.clone(),
                    held_on,
                    position: Some(position),
                    ..item
                }),
                Err(problem) => reading.problems.push(problem),
            }
        }
        reading.about = about;
        reading.drop_planned_sections();
        Ok(reading)
    }

    fn item(&self, row: &Row) -> Result<ListedItem, Problem> {
        let unusable = |why: String| Problem::new(ProblemKind::UnusableEntry, why);
        let source = self.asked.source;
        let portal = own_portal(source, self.asked.served, &row.link).ok_or_else(|| {
            let (title, link) = (&row.title, &row.link);
            unusable(format!("item \"{title}\" leads to another host: {link}"))
        })?;
        let Target::Document(document) = target(&row.link) else {
            return Err(unusable(format!("{} is no document", row.link)));
        };
        if row.title.is_empty() {
            return Err(unusable(format!("{} has no title", row.link)));
        }
        Ok(ListedItem {
            key: with_prefix(&source.key_prefix, &document.key()),
            url: document_address(&portal, &row.link, &document),
            title: row.title.clone(),
            body: None,
            held_on: None,
            position: None,
            section_no: row.number.and_then(|number| number.section),
            published: None,
            text: None,
        })
    }

    /// The meeting that the page is about: the first short heading with a body and a day.
    fn heading(&self) -> Option<ListedMeeting> {
        self.tree.select(&HEADING).find_map(|element| {
            let text = text_of(element);
            if text.chars().count() > MAX_HEADING {
                return None;
            }
            let named = Named::read(&text, self.vocab);
            Some(ListedMeeting {
                body: named.body?,
                held_on: named.held_on?,
                starts_at: named.starts_at,
                number: named.number,
                status: named.status.or(self.script_status()),
                published_on: None,
                place: None,
                list: Some(self.asked.list.clone()),
                pdf_url: None,
            })
        })
    }

    /// What the script of the page lists.
    fn script_status(&self) -> Option<MeetingStatus> {
        match target(&self.asked.list.url) {
            Target::Meeting(page) => Some(page.status),
            Target::Document(_) | Target::Files(_) | Target::Elsewhere => None,
        }
    }

    /// Another body's meeting is another page; another day of the same body may be a meeting that was moved.
    fn compare(&self, about: &ListedMeeting, problems: &mut Vec<Problem>) -> Result<(), PageFault> {
        let list = self.asked.list;
        let same = |body: &String| body.to_lowercase() == about.body.to_lowercase();
        let found = || format!("the meeting of {} on {}", about.body, about.held_on);
        if !list.body.as_ref().is_none_or(same) {
            return Err(PageFault::WrongPage {
                expected: list.key.clone(),
                found: found(),
            });
        }
        if let Some(day) = list.held_on.filter(|day| *day != about.held_on) {
            let detail = format!("listed as a meeting on {day}, but the page is {}", found());
            problems.push(Problem::new(ProblemKind::Disagreement, detail));
        }
        Ok(())
    }

    /// Every document linked, with what stands in its row, in page order.
    fn rows(&self) -> Vec<Row> {
        let mut columns = Columns::new(self.vocab);
        let mut known = HashSet::new();
        let mut rows = Vec::new();
        for link in self.tree.select(&LINK) {
            let Some(url) = self.resolve(link) else {
                continue;
            };
            let Target::Document(document) = target(&url) else {
                continue;
            };
            if !known.insert(document.key()) {
                continue;
            }
            let row = above(link, "tr");
            rows.push(Row {
                title: clean_text(&link.text().collect::<String>()),
                link: url,
                number: row.and_then(|row| columns.number_in(row)),
                listed: row.is_some(),
            });
        }
        rows
    }

    /// The meetings of a list that a search found. A search form alone lists none: that it answers a
    /// plain request at all is known of no installation.
    fn meetings(&self) -> Result<ListReading, PageFault> {
        let mut reading = ListReading::default();
        for link in self.tree.select(&LINK) {
            let Some(url) = self.resolve(link) else {
                continue;
            };
            if !matches!(target(&url), Target::Meeting(_)) {
                continue;
            }
            match self.meeting(link, &url) {
                Ok(meeting) => reading.meetings.push(meeting),
                Err(problem) => reading.problems.push(problem),
            }
        }
        if reading.meetings.is_empty() && reading.problems.is_empty() {
            let texts = self.texts();
            if let Some(notice) = markup::notice(&texts, self.vocab) {
                return Err(PageFault::Notice(notice.chars().take(300).collect()));
            }
            let detail = "the page lists no meetings; it may answer only to its own form";
            let problem = Problem::new(ProblemKind::UnknownShape, detail);
            reading.problems.push(problem);
        }
        Ok(reading)
    }

    fn meeting(&self, link: ElementRef<'_>, url: &Url) -> Result<ListedMeeting, Problem> {
        let unusable = |why: &str| Problem::new(ProblemKind::UnusableEntry, format!("{url} {why}"));
        let portal = own_portal(self.asked.source, self.asked.served, url)
            .ok_or_else(|| unusable("leads to another host"))?;
        let Target::Meeting(page) = target(url) else {
            return Err(unusable("is no meeting"));
        };
        let own = text_of(link);
        let whole = above(link, "tr").map_or_else(|| own.clone(), text_of);
        // the day comes first, in the link, the body in the cell beside it
        let beside = whole.replacen(&own, " ", 1);
        let named = Named::read(&format!("{beside} {own}"), self.vocab);
        let body = named.body.ok_or_else(|| unusable("names no body"))?;
        let held_on = named.held_on.ok_or_else(|| unusable("names no day"))?;
        Ok(ListedMeeting {
            list: Some(ListAddress {
                kind: ListKind::Meeting,
                key: page.key(),
                url: meeting_address(&portal, url),
                body: Some(body.clone()),
                held_on: Some(held_on),
            }),
            body,
            held_on,
            starts_at: named.starts_at,
            number: named.number,
            status: named.status.or(Some(page.status)),
            published_on: None,
            place: None,
            pdf_url: None,
        })
    }

    fn resolve(&self, link: ElementRef<'_>) -> Option<Url> {
        let href = link.value().attr("href")?.trim();
        self.asked.served.join(href).ok()
    }

    /// What a page without a meeting is.
    fn fault(&self) -> PageFault {
        let texts = self.texts();
        if let Some(notice) = markup::notice(&texts, self.vocab) {
            return PageFault::Notice(notice.chars().take(300).collect());
        }
        let form = self.tree.select(&FORM).next().is_some();
        let Some(first) = texts.first().filter(|_| !form) else {
            let expected = self.asked.list.key.clone();
            let found = "a form".to_owned();
            return if form {
                PageFault::WrongPage { expected, found }
            } else {
                PageFault::Empty
            };
        };
        PageFault::WrongPage {
            expected: self.asked.list.key.clone(),
            found: format!(
                "a page without a meeting: \"{}\"",
                first.chars().take(80).collect::<String>()
            ),
        }
    }

    fn texts(&self) -> Vec<String> {
        let body = self.tree.select(&BODY_ELEMENT).next();
        body.into_iter()
            .flat_map(|body| body.text())
            .map(clean_text)
            .filter(|text| !text.is_empty())
            .collect()
    }
}

/// One document of a list.
struct Row {
    link: Url,
    title: String,
    /// Section number or position as printed.
    number: Option<RowNumber>,
    /// Whether it stands in a table, as items do.
    listed: bool,
}

/// The items among the documents: where some are numbered, what stands unnumbered above the first or
/// below the last is a cover or a sheet of signatures; an agenda may number none.
fn without_front_matter(rows: Vec<Row>) -> Vec<Row> {
    let tabled = rows.iter().any(|row| row.listed);
    let rows: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.listed || !tabled)
        .collect();
    let numbered = |row: &Row| row.number.is_some();
    let (Some(first), Some(last)) = (
        rows.iter().position(numbered),
        rows.iter().rposition(numbered),
    ) else {
        return rows;
    };
    rows.into_iter()
        .skip(first)
        .take(last - first + 1)
        .collect()
}
