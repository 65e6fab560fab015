//! What the search knows of an item beside its text: forms of words, and facets that filters look for.

use rusqlite::{OptionalExtension, params};

use crate::language::has_dictionary;

use super::error::ArchiveError;
use super::meta::set_meta;
use super::transaction::Batch;

/// Key of `meta`: the engine that filled the search columns of all items.
const ENGINE: &str = "search_engine";

/// The texts of an item that words are looked for in, and the engine whose terms it has.
struct Indexed {
    texts: [Option<String>; 4],
    stored: [Option<String>; 4],
    facets: Option<String>,
}

impl Batch<'_> {
    /// Brings the search columns of an item in step with its text, meeting and verdicts.
    ///
    /// To be called after everything that changes one of them; writes nothing where nothing differs.
    pub(super) fn index_item(&self, id: i64) -> Result<(), ArchiveError> {
        let Some(item) = self.indexed(id)? else {
            return Ok(());
        };
        let [title, background, proposal, decision] = item.texts.each_ref().map(Option::as_deref);
        let [bases, parts, engine] = self.search_columns([title, decision], [background, proposal]);
        let now = [bases, parts, item.facets, engine];
        if now != item.stored {
            self.enter_later()?;
            let [bases, parts, facets, engine] = now;
            self.archive
                .prepare_cached(
                    "UPDATE item SET search_terms=?2, search_parts=?3, search_facets=?4, search_by=?5 WHERE id=?1",
                )?
                .execute(params![id, bases, parts, facets, engine])?;
        }
        Ok(())
    }

    /// Terms, parts and engine for title and decision, which count most, and background and proposal, for a statement that writes these: so
    /// the index takes in a text once. Their engine has to be emptied by a statement before, see the trigger.
    pub(super) fn search_columns(
        &self,
        title_and_decision: [Option<&str>; 2],
        others: [Option<&str>; 2],
    ) -> [Option<String>; 3] {
        let first: Vec<&str> = title_and_decision.into_iter().flatten().collect();
        let rest: Vec<&str> = others.into_iter().flatten().collect();
        let terms = self.language.item_terms(&first, &rest);
        [
            terms.bases,
            terms.parts,
            Some(self.language.name().to_owned()),
        ]
    }

    fn indexed(&self, id: i64) -> Result<Option<Indexed>, ArchiveError> {
        let facets = facets([
            "i.municipality_id",
            "i.body_id",
            "coalesce(me.held_on,i.listed_on)",
            "i.stage",
            "i.outcome",
            "i.id",
        ]);
        Ok(self
            .archive
            .prepare_cached(&format!(
                "SELECT i.title, i.background, i.proposal, i.decision,
                   i.search_terms, i.search_parts, i.search_facets, i.search_by, {facets}
                 FROM item i LEFT JOIN meeting me ON me.id=i.meeting_id WHERE i.id=?1"
            ))?
            .query_row(params![id], |row| {
                Ok(Indexed {
                    texts: [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?],
                    stored: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
                    facets: row.get(8)?,
                })
            })
            .optional()?)
    }

    /// Base forms and parts of a page of a PDF, in one.
    pub(super) fn page_terms(&self, text: &str) -> Option<String> {
        let terms = self.language.terms(&[text]);
        match (terms.bases, terms.parts) {
            (Some(bases), Some(parts)) => Some(format!("{bases} {parts}")),
            (one, other) => one.or(other),
        }
    }

    /// Fills the search columns of up to `most` items that another engine filled, or none; returns how many there
    /// were. When none is left, `meta` says which engine it was.
    pub fn refill_search(&self, most: u32) -> Result<u32, ArchiveError> {
        let engine = self.language.name();
        let mut due = Vec::new();
        let yields = self.yields_to_dictionary()?;
        // Three ranges of the index; one condition with OR would read all items.
        let ranges: &[&str] = if yields {
            &["IS NULL"]
        } else {
            &["IS NULL", "<?1", ">?1"]
        };
        for range in ranges {
            let left = i64::from(most) - i64::try_from(due.len()).unwrap_or(i64::MAX);
            let mut statement = self.archive.prepare_cached(&format!(
                "SELECT id FROM item WHERE search_by {range} AND ?1<>'' ORDER BY search_by, id LIMIT ?2"
            ))?;
            let found = statement.query_map(params![engine, left], |row| row.get(0))?;
            due.extend(found.collect::<Result<Vec<i64>, _>>()?);
        }
        for id in &due {
            self.index_item(*id)?;
            self.index_pages(*id)?;
        }
        if due.is_empty() && !yields {
            set_meta(self.archive, ENGINE, engine)?;
        }
        Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
    }

    /// Whether a dictionary filled the archive and this process has none: it leaves what is filled as it is, or the two
    /// would fill everything in turns.
    fn yields_to_dictionary(&self) -> Result<bool, ArchiveError> {
        let filled: Option<String> = self
            .archive
            .prepare_cached("SELECT value FROM meta WHERE key=?1")?
            .query_row(params![ENGINE], |row| row.get(0))
            .optional()?;
        let ours = has_dictionary(self.language.name());
        Ok(filled.is_some_and(|filled| has_dictionary(&filled)) && !ours)
    }

    /// The same for the pages of an item's PDFs.
    fn index_pages(&self, item: i64) -> Result<(), ArchiveError> {
        let own = "SELECT id, text, search_terms FROM document_page WHERE item_id=?1";
        let attached = "SELECT p.id, p.text, p.search_terms FROM attachment a
             JOIN attachment_page p ON p.attachment_id=a.id WHERE a.item_id=?1";
        // Those of a meeting go with its first item.
        let meeting = "SELECT p.id, p.text, p.search_terms FROM item i JOIN meeting_page p ON p.meeting_id=i.meeting_id
             WHERE i.id=?1 AND i.id=(SELECT min(id) FROM item WHERE meeting_id=i.meeting_id)";
        for (table, sql) in [
            ("document_page", own),
            ("attachment_page", attached),
            ("meeting_page", meeting),
        ] {
            let mut statement = self.archive.prepare_cached(sql)?;
            let pages = statement.query_map(params![item], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            let pages: Vec<(i64, String, Option<String>)> = pages.collect::<Result<_, _>>()?;
            for (id, text, stored) in pages {
                let terms = self.page_terms(&text);
                if terms != stored {
                    self.archive
                        .prepare_cached(&format!("UPDATE {table} SET search_terms=?2 WHERE id=?1"))?
                        .execute(params![id, terms])?;
                }
            }
        }
        Ok(())
    }
}

/// Facets of an item as SQL, of what its municipality, body, day, stage, outcome and id are in that statement.
pub(super) fn facets([municipality, body, day, stage, outcome, id]: [&str; 6]) -> String {
    format!(
        "'m'||{municipality}||coalesce(' b'||{body},'')||coalesce(' y'||substr({day},1,4),'')
           ||coalesce(' s'||{stage},'')||coalesce(' o'||{outcome},'')
           ||coalesce((SELECT group_concat(' n'||network_id,'') FROM (SELECT network_id FROM network_match
                WHERE item_id={id} AND verdict='in' ORDER BY network_id)),'')"
    )
}
