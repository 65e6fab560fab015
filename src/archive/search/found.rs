//! What a hit shows, read from its row.

use rusqlite::Row;

use crate::archive::error::ArchiveError;
use crate::archive::rows::Columns;
use crate::model::ids::Uid;
use crate::model::minutes::{Lang, Outcome, Stage};

use super::passage::{self, Fits};
use super::{PageSource, SearchHit};

/// A hit before it is shown.
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) hit: SearchHit,
    /// Decision, proposal, background, or the page.
    pub(super) passages: Vec<String>,
}

/// The hit with the first passage that shows a found word, else the first there is.
pub(super) fn shown(found: Found, fits: &mut Fits<'_>) -> SearchHit {
    let mut first = None;
    for text in found.passages.iter().filter(|text| !text.is_empty()) {
        let (passage, marked) = passage::passage(text, fits);
        if marked {
            first = Some(passage);
            break;
        }
        first = first.or(Some(passage));
    }
    SearchHit {
        snippet: first,
        ..found.hit
    }
}

/// What a hit shows, and the tables it stands in beside `item i`.
pub(super) const SHOWN: &str =
    "i.id, i.uid, i.title, mu.name AS municipality, coalesce(b.name, i.listed_body) AS body,
    coalesce(me.held_on, i.listed_on) AS date, i.stage, i.outcome, i.diary_number, i.url, i.lang";
pub(super) const JOINED: &str = "JOIN municipality mu ON mu.id=i.municipality_id
    LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id";

pub(super) fn read(row: &Row<'_>) -> Result<Found, ArchiveError> {
    let c = Columns::of("item", row);
    let is_page = row.as_ref().column_index("page_no").is_ok();
    let texts: &[&'static str] = if is_page {
        &["page_text"]
    } else {
        &["decision", "proposal", "background"]
    };
    let passages = texts
        .iter()
        .map(|column| Ok(c.get::<Option<String>>(column)?.unwrap_or_default()))
        .collect::<Result<_, ArchiveError>>()?;
    let page = if is_page {
        Some(PageSource {
            attachment: c.get("attachment")?,
            page: c.get("page_no")?,
        })
    } else {
        None
    };
    let hit = SearchHit {
        uid: Uid::new(c.get::<String>("uid")?),
        title: c.get("title")?,
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        date: c.opt_day("date")?,
        stage: c.opt_with("stage", Stage::from_word)?,
        outcome: c.opt_with("outcome", Outcome::from_word)?,
        diary_number: c.get("diary_number")?,
        url: c.get("url")?,
        lang: c.with("lang", Lang::from_word)?,
        snippet: None,
        page,
    };
    Ok(Found {
        id: c.get("id")?,
        hit,
        passages,
    })
}
