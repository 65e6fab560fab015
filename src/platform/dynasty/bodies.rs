//! Lists of bodies with their newest meetings, and lists of one body's meetings.

use jiff::civil::Date;

use super::header::{DATE, date};
use super::heading::{starts_at, status_in};
use super::listing::{body_address, meeting_address, portal_of};
use super::lists::Page;
use super::refs::tidy;
use super::rows::{Row, RowLink};
use crate::model::listing::{ListAddress, ListKind, ListReading, ListedMeeting, MeetingStatus};
use crate::model::page::PageFault;
use crate::model::problem::{Problem, ProblemKind};

/// Reads bodies; the page of a body or of a meeting is another page, whatever it links to.
pub(super) fn bodies(page: &Page<'_>) -> Result<ListReading, PageFault> {
    let mut reading = ListReading::default();
    let mut orphans = 0;
    let mut named = 0;
    for row in &page.rows {
        for link in &row.links {
            let list = body_list(link, page);
            reading
                .lists
                .extend(list.filter(|list| reading.lists.iter().all(|l| l.key != list.key)));
        }
        if row.meetings().is_empty() {
            continue;
        }
        let body = row_body(row, page);
        named += usize::from(body.is_some());
        orphans += usize::from(body.is_none());
        add_meetings(&mut reading, page, row, body.as_deref());
    }
    let lists_bodies = !reading.lists.is_empty() && orphans <= named;
    if page.lists_items() || !lists_bodies {
        return Err(page.wrong());
    }
    Ok(reading)
}

/// Reads the meetings of one body: its page names the body, by its number or by its name.
pub(super) fn meetings(page: &Page<'_>) -> Result<ListReading, PageFault> {
    let mut reading = ListReading::default();
    let id = page.own_id();
    let own_link = page
        .links()
        .find(|link| id.is_some() && link.target.body() == id);
    let body = page
        .asked
        .list
        .body
        .clone()
        .or_else(|| own_link.map(|link| link.text.clone()))
        .filter(|body| !body.is_empty());
    let has_name = |body: &str| {
        let mut links = page.links().filter(|link| link.target.body().is_some());
        page.says(body) && !links.any(|link| link.text == body)
    };
    // a body of the same name has another number in another term of the council
    let Some(body) = body.filter(|body| own_link.is_some() || has_name(body)) else {
        return Err(page.wrong());
    };
    let mut bare = 0;
    for row in &page.rows {
        let mut bodies = row.links.iter().filter_map(|link| link.target.body());
        let named = bodies.clone().count() > 0;
        bare += usize::from(!named && !row.meetings().is_empty());
        if bodies.all(|body| Some(body) == id) {
            add_meetings(&mut reading, page, row, Some(&body));
        }
    }
    // the list of all bodies names this one as well, as does the page of each of its meetings
    let mut others = page.links().filter_map(|link| link.target.body());
    let of_bodies = bare == 0 && others.any(|body| Some(body) != id);
    if page.lists_items() || of_bodies {
        return Err(page.wrong());
    }
    Ok(reading)
}

fn body_list(link: &RowLink, page: &Page<'_>) -> Option<ListAddress> {
    let id = link.target.body()?;
    let portal = portal_of(page.asked.source, page.asked.served, &link.url)?;
    (!link.text.is_empty()).then(|| ListAddress {
        kind: ListKind::Meetings,
        key: format!("body/{id}"),
        url: body_address(portal, &link.url, id),
        body: Some(link.text.clone()),
        held_on: None,
    })
}

/// The body a row is about: the link to its meetings, or a first cell that is only text.
fn row_body(row: &Row, page: &Page<'_>) -> Option<String> {
    let linked = row.links.iter().find(|link| link.target.body().is_some());
    let told = linked.map(|link| link.text.clone()).or_else(|| {
        let first = row.cells.first().filter(|_| row.cells.len() > 1)?;
        let plain = !DATE.is_match(first) && status_in(first, page.vocab).is_none();
        plain.then(|| first.clone())
    });
    told.filter(|body| body.chars().any(char::is_alphabetic))
}

fn add_meetings(reading: &mut ListReading, page: &Page<'_>, row: &Row, body: Option<&str>) {
    let ids = row.meetings();
    for id in &ids {
        let place = InRow {
            row,
            id,
            alone: ids.len() == 1,
        };
        match (body, place.day(page)) {
            (Some(body), Some(held_on)) => {
                if let Some(day) = page.recorded.get(*id).filter(|day| **day != held_on) {
                    let detail =
                        format!("meeting {id} is printed on {held_on} and recorded on {day}");
                    reading
                        .problems
                        .push(Problem::new(ProblemKind::Disagreement, detail));
                }
                match place.meeting(page, body, held_on) {
                    Ok(meeting) => add(reading, meeting),
                    Err(problem) => reading.problems.push(problem),
                }
            }
            (None, _) => reading.problems.push(page.unusable(id, "no body")),
            (_, None) => reading.problems.push(page.unusable(id, "no day")),
        }
    }
}

/// Adds a meeting; agenda and minutes of one may have a row each.
fn add(reading: &mut ListReading, meeting: ListedMeeting) {
    let key = |meeting: &ListedMeeting| meeting.list.as_ref().map(|list| list.key.clone());
    let known = reading
        .meetings
        .iter_mut()
        .find(|m| key(m) == key(&meeting));
    let Some(known) = known else {
        reading.meetings.push(meeting);
        return;
    };
    if meeting.status > known.status {
        known.status = meeting.status;
        known.published_on = meeting.published_on.or(known.published_on);
    }
    known.starts_at = known.starts_at.or(meeting.starts_at);
    known.pdf_url = known.pdf_url.take().or(meeting.pdf_url);
}

/// One meeting of a row.
struct InRow<'a> {
    row: &'a Row,
    id: &'a str,
    /// Whether all of the row is about it.
    alone: bool,
}

impl InRow<'_> {
    fn links(&self) -> impl Iterator<Item = &RowLink> {
        self.row
            .links
            .iter()
            .filter(|link| link.target.meeting() == Some(self.id))
    }

    /// What is said of it: the row, or where that tells of several meetings, its own links.
    fn text(&self, page: &Page<'_>) -> String {
        let text = if self.alone {
            self.row.text()
        } else {
            let texts: Vec<&str> = self.links().map(|link| link.text.as_str()).collect();
            texts.join(" ")
        };
        page.vocab
            .published_on()
            .replace_all(&text, " ")
            .into_owned()
    }

    fn day(&self, page: &Page<'_>) -> Option<Date> {
        let text = self.text(page);
        let printed = DATE.find(&text).and_then(|day| date(day.as_str()));
        printed.or_else(|| page.recorded.get(self.id).copied())
    }

    fn status(&self, page: &Page<'_>) -> Option<MeetingStatus> {
        let marked = self.links().any(|link| link.marked) || (self.alone && self.row.marked);
        match status_in(&self.text(page), page.vocab) {
            None | Some(MeetingStatus::Agenda) if marked => Some(MeetingStatus::Minutes),
            told => told,
        }
    }

    fn meeting(
        &self,
        page: &Page<'_>,
        body: &str,
        held_on: Date,
    ) -> Result<ListedMeeting, Problem> {
        let link = self.links().find_map(|link| {
            let portal = portal_of(page.asked.source, page.asked.served, &link.url)?;
            Some((portal, &link.url))
        });
        let Some((portal, url)) = link else {
            return Err(page.unusable(self.id, "only a link to another host"));
        };
        let pdf = self
            .row
            .links
            .iter()
            .find(|link| link.target.meeting_file() == Some(self.id));
        let published = Some(self.row.text()).filter(|_| self.alone);
        Ok(ListedMeeting {
            list: Some(ListAddress {
                kind: ListKind::Meeting,
                key: format!("meeting/{}", self.id),
                url: meeting_address(portal, url, self.id),
                body: Some(body.to_owned()),
                held_on: Some(held_on),
            }),
            body: body.to_owned(),
            held_on,
            starts_at: starts_at(held_on, &self.text(page), page.vocab),
            number: None,
            status: self.status(page),
            published_on: published.and_then(|text| page.published_in(&text)),
            place: None,
            pdf_url: pdf.map(|link| tidy(link.url.clone(), portal)),
        })
    }
}
