//! Dossiers: which items are joined, by the rules and by hand, and how they are read.

mod candidates;
mod hand;
mod matrix;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::model::dossier::{DossierPlan, PlacedItem};
use crate::model::ids::Uid;

use super::error::ArchiveError;
use super::rows::{changed, instant, json, nfc, text};
use super::transaction::Batch;

pub use candidates::{Joinable, JoinedUpTo, LeftOut};

/// A dossier's row before it is brought in step.
struct Row {
    id: i64,
    changed: bool,
}

impl Batch<'_> {
    /// Makes these the dossiers of a network and remembers how far the log was read for it. Nothing is written where
    /// nothing differs; a title that a person gave stays.
    pub fn store_dossiers(
        &self,
        network: &str,
        plans: &[DossierPlan],
        (upto, now): (&JoinedUpTo, Timestamp),
    ) -> Result<(), ArchiveError> {
        let network = self.network_id(network)?;
        let mut rows = vec![];
        for plan in plans {
            rows.push(self.upsert_dossier(network, plan)?);
        }
        // Whoever leaves one dossier for another must be gone from there before.
        for (plan, row) in plans.iter().zip(&mut rows) {
            row.changed |= self.remove_others(row.id, &plan.items)?;
        }
        for (plan, row) in plans.iter().zip(&mut rows) {
            for item in &plan.items {
                row.changed |= self.put_into(row.id, item)?;
            }
            row.changed |= self.set_predecessor(row.id, plan.predecessor.as_deref())?;
            row.changed |= self.set_days(row.id)?;
            if row.changed {
                self.touch_dossier(row.id, now)?;
            }
        }
        self.set_network_bodies(network)?;
        self.set_left_out(network, &upto.left_out)?;
        self.archive
            .prepare_cached(
                "UPDATE network SET joined_seq=?2, joined_by=?3
                 WHERE id=?1 AND (joined_seq,joined_by) IS NOT (?2,?3)",
            )?
            .execute(params![network, upto.seq, upto.ruleset])?;
        Ok(())
    }

    /// Remembers of which members not everything is joined, and until when.
    fn set_left_out(&self, network: i64, left_out: &[LeftOut]) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "UPDATE network_member SET left_out_until=x.until FROM (
                   SELECT mu.id AS municipality_id, l.value->>'until' AS until FROM municipality mu
                     LEFT JOIN json_each(?2) l ON l.value->>'municipality'=mu.name) x
                 WHERE network_id=?1 AND x.municipality_id=network_member.municipality_id
                   AND left_out_until IS NOT x.until",
            )?
            .execute(params![network, json("left_out", left_out)?])?;
        Ok(())
    }

    fn upsert_dossier(&self, network: i64, plan: &DossierPlan) -> Result<Row, ArchiveError> {
        let changed = self
            .archive
            .prepare_cached(
                "INSERT INTO dossier(title,slug,network_id,year,subject) VALUES(?1,?2,?3,?4,?5)
                 ON CONFLICT(slug) DO UPDATE SET title=CASE title_by WHEN 'human' THEN title ELSE excluded.title END,
                   year=excluded.year, subject=excluded.subject
                 WHERE (title,year,subject) IS NOT
                   (CASE title_by WHEN 'human' THEN title ELSE excluded.title END, excluded.year, excluded.subject)",
            )?
            .execute(params![
                nfc(&plan.title),
                plan.slug,
                network,
                plan.year,
                plan.subject
            ])?;
        Ok(Row {
            id: self.dossier_id(&plan.slug)?,
            changed: changed > 0,
        })
    }

    pub(super) fn dossier_id(&self, slug: &str) -> Result<i64, ArchiveError> {
        self.archive
            .prepare_cached("SELECT id FROM dossier WHERE slug=?1")?
            .query_row(params![slug], |row| row.get(0))
            .optional()?
            .ok_or_else(|| ArchiveError::UnknownDossier(slug.to_owned()))
    }

    fn remove_others(&self, dossier: i64, items: &[PlacedItem]) -> Result<bool, ArchiveError> {
        let kept: Vec<&str> = items.iter().map(|item| item.uid.as_str()).collect();
        let removed = self
            .archive
            .prepare_cached(
                "DELETE FROM dossier_item WHERE dossier_id=?1 AND NOT EXISTS (SELECT 1 FROM item i
                   WHERE i.id=dossier_item.item_id AND i.municipality_id=dossier_item.municipality_id
                     AND i.uid IN (SELECT value FROM json_each(?2)))",
            )?
            .execute(params![dossier, json("items", &kept)?])?;
        Ok(removed > 0)
    }

    fn put_into(&self, dossier: i64, item: &PlacedItem) -> Result<bool, ArchiveError> {
        let written = self
            .archive
            .prepare_cached(
                "INSERT INTO dossier_item(dossier_id,municipality_id,item_id,method,confidence,note)
                 SELECT ?1, municipality_id, id, ?3, ?4, ?5 FROM item WHERE uid=?2
                 ON CONFLICT DO UPDATE SET method=excluded.method, confidence=excluded.confidence, note=excluded.note
                 WHERE (method,confidence,note) IS NOT (excluded.method,excluded.confidence,excluded.note)",
            )?
            .execute(params![
                dossier,
                item.uid.as_str(),
                item.method.word(),
                item.confidence,
                text(Some(&item.note)),
            ])?;
        Ok(written > 0)
    }

    fn set_predecessor(&self, dossier: i64, slug: Option<&str>) -> Result<bool, ArchiveError> {
        let predecessor = slug.map(|slug| self.dossier_id(slug)).transpose()?;
        let written = self
            .archive
            .prepare_cached(
                "UPDATE dossier SET predecessor_id=?2 WHERE id=?1 AND predecessor_id IS NOT ?2",
            )?
            .execute(params![dossier, predecessor])?;
        Ok(written > 0)
    }

    /// The days of the first and the latest meeting.
    fn set_days(&self, dossier: i64) -> Result<bool, ArchiveError> {
        let written = self
            .archive
            .prepare_cached(
                "UPDATE dossier AS d SET first_on=x.first_on, last_on=x.last_on
                 FROM (SELECT min(coalesce(me.held_on,i.listed_on)) AS first_on,
                         max(coalesce(me.held_on,i.listed_on)) AS last_on
                       FROM dossier_item di JOIN item i ON i.id=di.item_id LEFT JOIN meeting me ON me.id=i.meeting_id
                       WHERE di.dossier_id=?1 AND i.withdrawn_at IS NULL) AS x
                 WHERE d.id=?1 AND (d.first_on,d.last_on) IS NOT (x.first_on,x.last_on)",
            )?
            .execute(params![dossier])?;
        Ok(written > 0)
    }

    fn touch_dossier(&self, dossier: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(&format!(
                "UPDATE dossier SET changed_at={}, revision=revision+1 WHERE id=?1",
                changed("?2")
            ))?
            .execute(params![dossier, instant(now)])?;
        Ok(())
    }

    /// The bodies that have handled the network's matters.
    fn set_network_bodies(&self, network: i64) -> Result<(), ArchiveError> {
        let bodies =
            "SELECT DISTINCT i.body_id FROM dossier d JOIN dossier_item di ON di.dossier_id=d.id
            JOIN item i ON i.id=di.item_id WHERE d.network_id=?1 AND i.body_id IS NOT NULL";
        self.archive
            .prepare_cached(&format!(
                "DELETE FROM network_body WHERE network_id=?1 AND body_id NOT IN ({bodies})"
            ))?
            .execute(params![network])?;
        self.archive
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO network_body(network_id,body_id) SELECT ?1, body_id FROM ({bodies})"
            ))?
            .execute(params![network])?;
        Ok(())
    }

    /// The id of an item that is not taken out.
    fn known_item(&self, uid: &Uid) -> Result<i64, ArchiveError> {
        Ok(self.item_row(uid)?.id)
    }
}

#[cfg(test)]
mod tests;
