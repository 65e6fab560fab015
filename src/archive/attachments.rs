//! What hangs on an item's text: attachments, which are kept when they disappear, and earlier handlings.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::minutes::{Attachment, Handling, Outcome};

use super::error::ArchiveError;
use super::rows::{instant, json, opt_day, text};
use super::transaction::Batch;

impl Batch<'_> {
    /// Brings the list of attachments in step; returns the titles of those not listed before.
    pub(super) fn update_attachments(
        &self,
        item: i64,
        attachments: &[Attachment],
        now: Timestamp,
    ) -> Result<Vec<String>, ArchiveError> {
        let (mut listed, mut added) = (Vec::new(), Vec::new());
        for (ordinal, attachment) in (1_i64..).zip(attachments) {
            let url = attachment.url.as_str();
            if listed.contains(&url) {
                continue;
            }
            listed.push(url);
            let title = text(Some(&attachment.title)).map_or_else(|| url.to_owned(), Into::into);
            let values = params![
                item,
                ordinal,
                text(attachment.number.as_deref()),
                title,
                url,
                instant(now)
            ];
            let inserted = self
                .archive
                .prepare_cached(
                    "INSERT INTO attachment(item_id,ordinal,number,title,url,first_seen_at)
                     VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(item_id,url) DO NOTHING",
                )?
                .execute(values)?;
            if inserted == 1 {
                added.push(title);
                continue;
            }
            self.archive
                .prepare_cached(
                    "UPDATE attachment SET ordinal=?2, number=?3, title=?4, gone_at=NULL,
                       status=CASE WHEN status='gone' THEN 'listed' ELSE status END WHERE item_id=?1 AND url=?5",
                )?
                .execute(params![item, ordinal, text(attachment.number.as_deref()), title, url])?;
        }
        self.archive
            .prepare_cached(
                "UPDATE attachment SET status='gone', gone_at=?2 WHERE item_id=?1 AND gone_at IS NULL
                   AND url NOT IN (SELECT value FROM json_each(?3))",
            )?
            .execute(params![item, instant(now), json("attachments", &listed)?])?;
        Ok(added)
    }

    /// Stores the earlier handlings of an item's newest text in place of those before.
    pub(super) fn replace_handlings(
        &self,
        item: i64,
        handlings: &[Handling],
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM handling WHERE item_id=?1")?
            .execute(params![item])?;
        for (ordinal, handling) in (1_i64..).zip(handlings) {
            self.archive
                .prepare_cached(
                    "INSERT INTO handling(item_id,ordinal,body,held_on,section_no,proposal,decision,outcome,text)
                     VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
                )?
                .execute(params![
                    item,
                    ordinal,
                    text(handling.body.as_deref()),
                    opt_day(handling.held_on),
                    handling.section_no,
                    text(handling.proposal.as_deref()),
                    text(handling.decision.as_deref()),
                    handling.outcome.map(Outcome::word),
                    text(handling.text.as_deref()),
                ])?;
        }
        Ok(())
    }
}
