//! The platform's pages of lists, made from the item list: bodies, the meetings of one, one meeting.
//!
//! Their HTML lies in bundled pieces, one file per language; everything in them comes from the titles
//! of the feed and from the headers of the bundled pages.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::plan::{self, ItemPlan, PlanError, RssPlan};
use super::site::Site;
use crate::model::minutes::Stage;

/// How files of minutes are called.
const MINUTES_FILE: &str = ".minutes.html";

/// The number of the first body; the real ones are as arbitrary.
const FIRST_BODY: usize = 160;

/// The pieces of a language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pieces {
    /// The whole page, with `@CRUMBS@`, `@HEADING@`, `@TABLE@`.
    frame: String,
    /// What stands before the number of a section in the header of a page of minutes.
    section: String,
    /// What a row says of a meeting.
    state: PerState<String>,
    bodies: Part,
    meetings: Part,
    meeting: PerState<Part>,
}

/// A value for agendas and one for minutes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerState<T> {
    agenda: T,
    minutes: T,
}

impl<T> PerState<T> {
    fn at(&self, state: Stage) -> &T {
        match state {
            Stage::Agenda => &self.agenda,
            Stage::Minutes => &self.minutes,
        }
    }
}

/// One kind of page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    crumbs: String,
    heading: String,
    head: String,
    row: String,
    foot: String,
}

/// A meeting of the plan.
struct Meeting<'a> {
    id: &'a str,
    body: &'a str,
    body_id: String,
    day: &'a str,
    state: Stage,
    published: String,
    items: Vec<&'a ItemPlan>,
}

impl Meeting<'_> {
    fn values(&self, pieces: &Pieces) -> [(&'static str, String); 6] {
        [
            ("@MEETING@", self.id.to_owned()),
            ("@BODYID@", self.body_id.clone()),
            ("@BODY@", self.body.to_owned()),
            ("@DAY@", self.day.to_owned()),
            ("@STATE@", pieces.state.at(self.state).clone()),
            ("@PUBLISHED@", self.published.clone()),
        ]
    }
}

/// The list of bodies, each with its newest meeting.
pub fn bodies(site: &Site, rss: &RssPlan) -> Result<String, PlanError> {
    let pieces = pieces(site, rss)?;
    let mut rows = String::new();
    let mut seen: Vec<String> = Vec::new();
    for meeting in meetings_of(site) {
        if !seen.contains(&meeting.body_id) {
            rows.push_str(&filled(&pieces.bodies.row, &meeting.values(&pieces)));
            seen.push(meeting.body_id);
        }
    }
    Ok(page(site, &pieces, &pieces.bodies, (&[], &rows)))
}

/// The meetings of a body; `None` for a number that no body has.
pub fn meetings(site: &Site, rss: &RssPlan, body: &str) -> Result<Option<String>, PlanError> {
    let pieces = pieces(site, rss)?;
    let own: Vec<Meeting<'_>> = meetings_of(site)
        .into_iter()
        .filter(|meeting| meeting.body_id == body)
        .collect();
    let rows: Vec<String> = own
        .iter()
        .map(|meeting| filled(&pieces.meetings.row, &meeting.values(&pieces)))
        .collect();
    Ok(own.first().map(|newest| {
        let values = newest.values(&pieces);
        page(site, &pieces, &pieces.meetings, (&values, &rows.concat()))
    }))
}

/// A meeting with all its items, also those that have left the feed.
pub fn meeting(site: &Site, rss: &RssPlan, id: &str) -> Result<Option<String>, PlanError> {
    let pieces = pieces(site, rss)?;
    let Some(meeting) = meetings_of(site).into_iter().find(|m| m.id == id) else {
        return Ok(None);
    };
    let part = pieces.meeting.at(meeting.state);
    let mut rows = String::new();
    for item in meeting.items.iter().rev() {
        let values = [
            ("@KEY@", item.key.clone()),
            ("@NUMBER@", number(site, &pieces, item)?),
            ("@TITLE@", title(item).1.to_owned()),
        ];
        rows.push_str(&filled(&part.row, &values));
    }
    let values = meeting.values(&pieces);
    Ok(Some(page(site, &pieces, part, (&values, &rows))))
}

fn pieces(site: &Site, rss: &RssPlan) -> Result<Pieces, PlanError> {
    toml::from_str(plan::text(&rss.lists)?).map_err(|cause| PlanError::Unreadable {
        site: site.plan.id.clone(),
        cause,
    })
}

/// The meetings that have a page now, in feed order, which is newest first.
fn meetings_of(site: &Site) -> Vec<Meeting<'_>> {
    let mut bodies: Vec<&str> = Vec::new();
    let mut meetings: Vec<Meeting<'_>> = Vec::new();
    for item in &site.plan.items {
        let Some(file) = item.file(site.stage()) else {
            continue;
        };
        let (id, _) = item.key.split_once('-').unwrap_or((&item.key, ""));
        if let Some(known) = meetings.iter_mut().find(|meeting| meeting.id == id) {
            known.items.push(item);
            continue;
        }
        let (body, day) = title(item).0.rsplit_once(' ').unwrap_or_default();
        let place = bodies.iter().position(|known| *known == body);
        let place = place.unwrap_or(bodies.len());
        if place == bodies.len() {
            bodies.push(body);
        }
        meetings.push(Meeting {
            id,
            body,
            body_id: (FIRST_BODY + place).to_string(),
            day,
            state: state(file),
            published: published(site, item),
            items: vec![item],
        });
    }
    meetings
}

/// The meeting and the subject of a title.
fn title(item: &ItemPlan) -> (&str, &str) {
    item.title.split_once(" / ").unwrap_or(("", &item.title))
}

/// What a file holds, told by its name.
fn state(file: &str) -> Stage {
    if file.ends_with(MINUTES_FILE) {
        Stage::Minutes
    } else {
        Stage::Agenda
    }
}

/// The day on which what is out of a meeting came out: that of the feed's bytes.
fn published(site: &Site, item: &ItemPlan) -> String {
    let now = item.file(site.stage()).map(state);
    let since = if item.file(Stage::Agenda).map(state) == now {
        Stage::Agenda
    } else {
        Stage::Minutes
    };
    let modified = httpdate::parse_http_date(site.plan.feed.modified.at(since)).ok();
    let day = modified
        .and_then(|time| jiff::Timestamp::try_from(time).ok())
        .map(|time| Zoned::new(time, TimeZone::UTC));
    day.map_or_else(String::new, |day| day.strftime("%d.%m.%Y").to_string())
}

/// The number in a row: of the section in minutes, of the place on the agenda before.
fn number(site: &Site, pieces: &Pieces, item: &ItemPlan) -> Result<String, PlanError> {
    let place = item.key.split_once('-').map_or("", |(_, place)| place);
    let file = item.file(site.stage()).unwrap_or_default();
    if state(file) == Stage::Agenda {
        return Ok(place.to_owned());
    }
    let section = site.plan.file(file)?.split_once(pieces.section.as_str());
    Ok(section
        .map_or("", |(_, after)| after)
        .chars()
        .take_while(char::is_ascii_digit)
        .collect())
}

/// A page with its own values and its rows.
fn page(
    site: &Site,
    pieces: &Pieces,
    part: &Part,
    (values, rows): (&[(&str, String)], &str),
) -> String {
    let table = format!("{}{rows}{}", part.head, part.foot);
    let around = [
        ("@CRUMBS@", part.crumbs.clone()),
        ("@HEADING@", part.heading.clone()),
        ("@TABLE@", table),
        ("@NAME@", site.plan.name.clone()),
        ("@PORTAL@", site.plan.portal_path()),
    ];
    site.localise(&filled(&filled(&pieces.frame, &around), values))
}

fn filled(piece: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(piece.to_owned(), |text, (mark, value)| {
        text.replace(mark, value)
    })
}
