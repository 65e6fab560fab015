//! Whether an item may be shown, and what is said of one that may not.

use rusqlite::{OptionalExtension, Row, params};

use crate::model::ids::Uid;
use crate::model::takedown::{Gone, GoneItem, Standing, TakedownAction, TakedownReason};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::Columns;

/// What is known of a public key, of the item as of the order to take it down, which outlives it.
const KNOWN: &str = "SELECT i.withdrawn_at, t.at, t.action, t.reason
  FROM (SELECT ?1 AS uid) asked LEFT JOIN item i ON i.uid=asked.uid
  LEFT JOIN takedown t ON t.id=(SELECT max(id) FROM takedown WHERE target_uid=asked.uid)
  WHERE i.id IS NOT NULL OR t.id IS NOT NULL";

impl Reader {
    /// Whether the item of a public key may be shown; costs two index look-ups.
    pub fn standing(&self, uid: &Uid) -> Result<Standing, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(KNOWN)?;
            let found = statement
                .query_row(params![uid.as_str()], |row| Ok(standing(row)))
                .optional()?;
            found.unwrap_or(Ok(Standing::Unknown))
        })
    }
}

fn standing(row: &Row<'_>) -> Result<Standing, ArchiveError> {
    let item = Columns::of("item", row);
    let order = Columns::of("takedown", row);
    let withdrawn_at = item.opt_instant("withdrawn_at")?;
    let gone = match order.opt_with("action", TakedownAction::from_word)? {
        Some(TakedownAction::Hide) => Some(Gone::TakenDown),
        Some(TakedownAction::Erase) => Some(Gone::Erased),
        Some(TakedownAction::Redact) | None => None,
    };
    Ok(match (gone, withdrawn_at) {
        (Some(gone), _) => Standing::Gone(GoneItem {
            gone,
            reason: order.with("reason", TakedownReason::from_word)?,
            since: order.instant("at")?,
        }),
        (None, Some(since)) => Standing::Gone(GoneItem {
            gone: Gone::Withdrawn,
            reason: TakedownReason::SourceWithdrew,
            since,
        }),
        (None, None) => Standing::Found,
    })
}
