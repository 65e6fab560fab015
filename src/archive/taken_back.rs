//! What a source takes back of an item that stays: the same words go out of everything older.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::ids::Uid;
use crate::model::minutes::{Handling, ItemReading};
use crate::privacy::{cut_lines, markers};

use super::erasure::{MEETING, MEETING_FILES, rewrite};
use super::error::ArchiveError;
use super::items::ItemRow;
use super::transaction::Batch;

impl Batch<'_> {
    /// Takes the lines with these words, lower case, out of every version but the newest, with the originals those
    /// were read from: the source has taken the words back.
    pub fn cut_older(
        &self,
        uid: &Uid,
        words: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        let older = item.version_no.saturating_sub(1);
        rewrite(self.archive, (item.id, older), now, |fields, handlings| {
            cut(fields, handlings, words);
        })?;
        // Whatever was had before this check, and is not what it brought.
        self.drop_originals(
            "SELECT f.sha256 FROM fetch f WHERE f.item_id=?1 AND f.sha256 NOT IN (SELECT n.sha256 FROM fetch n
               WHERE n.item_id=?1 AND n.fetched_at>=?2)",
            (item.id, now),
        )?;
        self.cut_files(item.id, words, now)?;
        self.cut_summaries(&item, words)?;
        self.unsettle()
    }

    /// The same for the texts of files: attachments that are gone and say the words go whole, pages of the item's own
    /// PDF lose the lines, and the PDF of the meeting, which says what the page said, is not kept.
    fn cut_files(
        &self,
        item: i64,
        words: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        for attachment in self.gone_attachments(item)? {
            let texts = self.texts(
                "SELECT id, text FROM attachment_page WHERE attachment_id=?1",
                attachment.0,
            )?;
            let mut said = texts.iter().map(|(_, text)| text).chain([&attachment.1]);
            if said.any(|text| says(text, words)) {
                self.drop_originals(GONE_FILES, (attachment.0, now))?;
                self.archive
                    .prepare_cached("DELETE FROM attachment WHERE id=?1")?
                    .execute(params![attachment.0])?;
            }
        }
        for (page, text) in
            self.texts("SELECT id, text FROM document_page WHERE item_id=?1", item)?
        {
            if says(&text, words) {
                let text = cut_lines(&text, words).unwrap_or_default();
                self.archive
                    .prepare_cached(
                        "UPDATE document_page SET text=?2, search_terms=?3 WHERE id=?1",
                    )?
                    .execute(params![page, text, self.page_terms(&text)])?;
            }
        }
        let pages = self.texts(
            "SELECT p.page_no, p.text FROM item i JOIN meeting_page p ON p.meeting_id=i.meeting_id WHERE i.id=?1",
            item,
        )?;
        let told = pages.iter().any(|(_, text)| says(text, words));
        // Bytes without a text may say anything.
        if told || pages.is_empty() {
            self.drop_originals(MEETING_FILES, (item, now))?;
        }
        if told {
            for sql in MEETING {
                self.archive
                    .prepare_cached(sql)?
                    .execute(params![item, markers().erased])?;
            }
        }
        Ok(())
    }

    /// Titles in the log become that which stands now.
    fn cut_summaries(&self, item: &ItemRow, words: &BTreeSet<String>) -> Result<(), ArchiveError> {
        for (seq, summary) in
            self.texts("SELECT seq, summary FROM event WHERE item_id=?1", item.id)?
        {
            if says(&summary, words) {
                self.archive
                    .prepare_cached("UPDATE event SET summary=?2 WHERE seq=?1")?
                    .execute(params![seq, item.title])?;
            }
        }
        Ok(())
    }

    fn gone_attachments(&self, item: i64) -> Result<Vec<(i64, String)>, ArchiveError> {
        self.texts(
            "SELECT id, title FROM attachment WHERE item_id=?1 AND gone_at IS NOT NULL",
            item,
        )
    }

    /// Texts with the numbers of their rows.
    fn texts(&self, sql: &str, of: i64) -> Result<Vec<(i64, String)>, ArchiveError> {
        let mut statement = self.archive.prepare_cached(sql)?;
        let texts = statement.query_map(params![of], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(texts.collect::<Result<_, _>>()?)
    }
}

/// Hashes of every file that one attachment ever was.
const GONE_FILES: &str = "SELECT f.sha256 FROM fetch f WHERE f.item_id IS NULL AND f.url IN (
       SELECT a.url FROM attachment a WHERE a.id=?1
       UNION SELECT o.url FROM attachment a JOIN fetch o ON o.sha256=a.sha256 WHERE a.id=?1)
     UNION SELECT sha256 FROM attachment WHERE id=?1 AND sha256 IS NOT NULL";

/// Whether a line of a text says one of the words.
fn says(text: &str, words: &BTreeSet<String>) -> bool {
    text.lines()
        .any(|line| !line.trim().is_empty() && cut_lines(line, words).is_none())
}

fn cut(fields: &mut ItemReading, handlings: &mut [Handling], words: &BTreeSet<String>) {
    let mut texts = vec![
        &mut fields.title,
        &mut fields.preparer,
        &mut fields.presenter,
        &mut fields.background,
        &mut fields.proposal,
        &mut fields.proceedings,
        &mut fields.votes,
        &mut fields.decision,
        &mut fields.dissent,
        &mut fields.conflicts,
        &mut fields.competence,
        &mut fields.appeal_text,
        &mut fields.notified,
    ];
    for handling in handlings {
        texts.extend([
            &mut handling.proposal,
            &mut handling.decision,
            &mut handling.text,
        ]);
    }
    for text in texts {
        *text = text.take().and_then(|text| cut_lines(&text, words));
    }
    fields
        .attachments
        .retain(|attachment| !says(&attachment.title, words));
}
