//! Meetings as lists link them. The day is the one printed, never the one in the address: without
//! separators that may be two days.

use std::collections::HashMap;

use jiff::civil::Date;
use scraper::ElementRef;
use url::Url;

use super::super::markup::clean_text;
use super::address::{Target, target};
use super::heading::{self, Meeting};
use super::lists::List;
use super::page::Link;
use super::selectors::LINK;
use crate::model::listing::{ListAddress, ListKind, ListReading, ListedMeeting};
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::Vocabulary;

/// A row with more links than this says nothing of one of them.
const ROW_LINKS: usize = 4;
/// Texts of a row that are looked at.
const ROW_TEXTS: usize = 24;

/// One meeting with everything that the links to it say.
struct Linked {
    meeting: String,
    url: Url,
    texts: Vec<String>,
    rows: Vec<String>,
}

impl List<'_> {
    /// Meetings that the page leads to, each once, in page order.
    pub(super) fn add_meetings(
        &self,
        wanted: impl Fn(&str) -> bool,
        names: &HashMap<String, String>,
        reading: &mut ListReading,
    ) {
        let mut found: Vec<Linked> = Vec::new();
        for link in self.own_links() {
            let Target::Meeting(meeting) = &link.target else {
                continue;
            };
            if !wanted(meeting) {
                continue;
            }
            let at = found.iter().position(|known| known.meeting == *meeting);
            let at = at.unwrap_or_else(|| {
                found.push(Linked {
                    meeting: meeting.clone(),
                    url: self.canonical(&link.url),
                    texts: Vec::new(),
                    rows: Vec::new(),
                });
                found.len() - 1
            });
            if let Some(linked) = found.get_mut(at) {
                linked.texts.push(link.text.clone());
                linked.rows.push(self.row(link));
            }
        }
        for linked in found {
            self.add_meeting(&linked, names, reading);
        }
    }

    fn add_meeting(
        &self,
        linked: &Linked,
        names: &HashMap<String, String>,
        reading: &mut ListReading,
    ) {
        let said = linked.said(self.vocab);
        let body_part = linked.meeting.rsplit_once('/').map_or("", |(body, _)| body);
        let body = said.body.clone().or_else(|| names.get(body_part).cloned());
        let list = ListAddress {
            kind: ListKind::Meeting,
            key: format!("meeting/{}", linked.meeting),
            url: linked.url.clone(),
            body: body.clone(),
            held_on: said.held_on,
        };
        let (Some(held_on), Some(body)) = (said.held_on, body) else {
            let (kind, what) = if said.held_on.is_none() {
                (ProblemKind::UnreadableDate, "day")
            } else {
                (ProblemKind::UnusableEntry, "body")
            };
            let words = linked.texts.join(" | ");
            let detail = format!("no {what} is printed for {}: \"{words}\"", list.key);
            reading.problems.push(Problem::new(kind, detail));
            reading.lists.push(list);
            return;
        };
        reading.meetings.push(ListedMeeting {
            body,
            held_on,
            starts_at: said.starts_at,
            number: said.number,
            status: heading::status(linked.all(), self.vocab),
            published_on: linked.published(self.vocab),
            place: None,
            list: Some(list),
            pdf_url: None,
        });
    }

    /// Names of the bodies that the page links.
    pub(super) fn body_names(&self) -> HashMap<String, String> {
        let mut names = HashMap::new();
        for link in self.own_links() {
            if let Target::Body(body) = &link.target
                && !link.text.is_empty()
            {
                names
                    .entry(body.clone())
                    .or_insert_with(|| link.text.clone());
            }
        }
        names
    }

    /// Text around a link in its row, where the row is about this link alone.
    pub(super) fn row(&self, link: &Link<'_>) -> String {
        let mut above = link.element.ancestors().filter_map(ElementRef::wrap);
        let Some(row) = above.find(|e| matches!(e.value().name(), "tr" | "li" | "p" | "dd")) else {
            return String::new();
        };
        let links: Vec<Target> = row
            .select(&LINK)
            .take(ROW_LINKS + 1)
            .filter_map(|other| self.asked.served.join(other.value().attr("href")?).ok())
            .map(|url| target(&url))
            .collect();
        let alone = links
            .iter()
            .all(|other| *other == link.target || *other == Target::File);
        if !alone || links.len() > ROW_LINKS {
            return String::new();
        }
        let parts: Vec<String> = row
            .text()
            .take(ROW_TEXTS)
            .map(clean_text)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    }
}

impl Linked {
    /// What is said of the meeting: by a link's own words before those around it.
    fn said(&self, vocab: &Vocabulary) -> Meeting {
        let lines = || self.texts.iter().chain(&self.rows);
        let named = lines().find_map(|text| heading::meeting(text, vocab));
        let said = named.or_else(|| lines().find_map(|text| heading::day(text, vocab)));
        let mut said = said.unwrap_or_default();
        if said.body.is_none() {
            let rows = self.rows.iter();
            said.body = rows
                .filter_map(|row| heading::meeting(row, vocab))
                .find_map(|meeting| meeting.body);
        }
        if said.starts_at.is_none()
            && let Some(day) = said.held_on
        {
            said.starts_at = self.rows.iter().find_map(|row| heading::hour(row, day));
        }
        said
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().chain(&self.rows).map(String::as_str)
    }

    fn published(&self, vocab: &Vocabulary) -> Option<Date> {
        self.all().find_map(|text| heading::published(text, vocab))
    }
}
