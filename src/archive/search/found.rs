//! What a hit shows, read from its row.

use rusqlite::{Connection, Row};

use crate::archive::error::ArchiveError;
use crate::archive::item_read::{insist_on_rows, insist_on_stored};
use crate::archive::rows::{Columns, nfc};
use crate::model::ids::Uid;
use crate::model::minutes::{Handling, ItemReading, Lang, Outcome, Stage};

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
/// The newest version beside those, for [`with_texts`].
pub(super) const VERSION: &str =
    "LEFT JOIN item_version v ON v.item_id=i.id AND v.version_no=i.version_no";
pub(super) const JOINED: &str = "JOIN municipality mu ON mu.id=i.municipality_id
    LEFT JOIN body b ON b.id=i.body_id LEFT JOIN meeting me ON me.id=i.meeting_id";

/// An item by its own text: what its hash says was stored, not what columns and index have of it. The row has
/// [`TEXT`](crate::archive::item_read::TEXT) besides.
///
/// # Errors
/// [`ArchiveError::Unreadable`] where that is not what stands there.
pub(super) fn with_texts(conn: &Connection, row: &Row<'_>) -> Result<Found, ArchiveError> {
    let c = Columns::of("item_version", row);
    let found = read(row)?;
    let Some(said): Option<ItemReading> = c.opt_json("fields")? else {
        insist_on_rows(conn, row)?;
        return Ok(found);
    };
    let handlings: Vec<Handling> = c.opt_json("handlings")?.unwrap_or_default();
    insist_on_stored(conn, row, (&said, &handlings))?;
    let decision = said.decision.filter(|_| said.stage == Some(Stage::Minutes));
    let passages = [decision, said.proposal, said.background];
    let passages = passages.into_iter().flatten();
    Ok(Found {
        passages: passages.map(|said| nfc(&said).into_owned()).collect(),
        ..found
    })
}

/// A row of [`SHOWN`], or of a page.
pub(super) fn read(row: &Row<'_>) -> Result<Found, ArchiveError> {
    let c = Columns::of("item", row);
    let is_page = row.as_ref().column_index("page_no").is_ok();
    let passages = if is_page {
        vec![c.get("page_text")?]
    } else {
        vec![]
    };
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
