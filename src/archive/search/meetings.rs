//! Words in the PDFs of whole meetings: which meetings have them, beside the items that were found.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::expression::{Reach, expression, terms};
use super::passage::{Fits, passage};
use super::{MOST, PAGES, SearchHit, SearchQuery};
use crate::archive::error::ArchiveError;
use crate::archive::reader::Reader;
use crate::archive::rows::{Columns, json, opt_day, readable};
use crate::archive::seals;

/// Pages that are looked at for each meeting that is shown: a word may stand on many.
const PAGES_EACH: u32 = 20;

/// A meeting whose agenda or minutes, as one PDF, have all the words on one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeetingHit {
    /// Key of the meeting: `asikkala/kasvatus-ja-opetuslautakunta/2024-03-14`.
    pub meeting: String,
    /// Its name.
    pub title: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Body (toimielin).
    pub body: String,
    /// Day of the meeting.
    pub date: Option<Date>,
    /// Address of the PDF.
    pub url: Option<String>,
    /// Page, from 1.
    pub page: u32,
    /// A passage with the words between [`super::MARK_OPEN`] and [`super::MARK_CLOSE`].
    pub snippet: String,
}

/// Meetings with an item that was taken down, or whose items were found already, are left out.
const SQL: &str = "SELECT me.id, me.uid, me.title, mu.name AS municipality, b.name AS body, me.held_on, me.pdf_url, p.page_no,
     p.text AS page_text
   FROM meeting_page_fts JOIN meeting_page p ON p.id=meeting_page_fts.rowid JOIN meeting me ON me.id=p.meeting_id
   JOIN body b ON b.id=me.body_id JOIN municipality mu ON mu.id=b.municipality_id
   WHERE meeting_page_fts MATCH ?1 AND me.withdrawn_at IS NULL
     AND (?2 IS NULL OR ?2 IN (mu.slug,mu.name)) AND (?3 IS NULL OR ?3 IN (b.slug,b.name))
     AND (?4 IS NULL OR me.held_on>=?4) AND (?5 IS NULL OR me.held_on<=?5)
     AND NOT EXISTS(SELECT 1 FROM item i WHERE i.meeting_id=me.id AND (i.uid IN (SELECT value FROM json_each(?6))
       OR EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=i.uid)))
   ORDER BY meeting_page_fts.rowid DESC LIMIT ?7";

impl Reader {
    /// Meetings whose PDF has every word in any of its forms, the newest first, without those of items that were found.
    /// Stage, outcome and network are an item's: with one of these asked for, nothing is found.
    pub fn search_meetings(
        &self,
        query: &SearchQuery,
        found: &[SearchHit],
    ) -> Result<Vec<MeetingHit>, ArchiveError> {
        if query.stage.is_some() || query.outcome.is_some() || query.network.is_some() {
            return Ok(vec![]);
        }
        let uids: Vec<&str> = found.iter().map(|hit| hit.uid.as_str()).collect();
        let uids = json("found", &uids)?;
        self.read_for(&query.words, |conn| {
            for reach in [Reach::Forms, Reach::Beginnings] {
                let terms = terms(&query.words, &self.language, reach);
                let Some(expression) = expression(&terms, PAGES) else {
                    break;
                };
                let mut fits = Fits::of(&terms, &self.language);
                let hits = meetings(conn, query, (&expression, &uids), &mut fits)?;
                if !hits.is_empty() {
                    return Ok(hits);
                }
            }
            Ok(vec![])
        })
    }
}

fn meetings(
    conn: &Connection,
    query: &SearchQuery,
    (expression, found): (&str, &str),
    fits: &mut Fits<'_>,
) -> Result<Vec<MeetingHit>, ArchiveError> {
    let limit = query.limit.min(MOST);
    let mut statement = conn.prepare_cached(SQL)?;
    let mut rows = statement.query(params![
        expression,
        query.municipality,
        query.body,
        opt_day(query.from),
        opt_day(query.until),
        found,
        limit.saturating_mul(PAGES_EACH),
    ])?;
    let (mut hits, mut seen) = (vec![], BTreeSet::new());
    while let Some(row) = rows.next()? {
        let c = Columns::of("meeting", row);
        let meeting: String = c.get("uid")?;
        if hits.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            break;
        }
        if !seen.insert(meeting.clone()) {
            continue;
        }
        match readable(seals::insist(conn, "meeting", c.get("id")?)) {
            Some(sound) => sound?,
            None => continue,
        }
        let (snippet, _) = passage(&c.get::<String>("page_text")?, fits);
        hits.push(MeetingHit {
            meeting,
            title: c.get("title")?,
            municipality: c.get("municipality")?,
            body: c.get("body")?,
            date: c.opt_day("held_on")?,
            url: c.get("pdf_url")?,
            page: c.get("page_no")?,
            snippet,
        });
    }
    Ok(hits)
}
