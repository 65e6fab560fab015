//! What a person decides of dossiers: it stands, whatever the rules say later.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::ids::Uid;

use super::super::error::ArchiveError;
use super::super::rows::{instant, nfc, text};
use super::super::transaction::Batch;

impl Batch<'_> {
    /// A person puts an item into a dossier; the rules put it into no other one of the network from now on.
    pub fn join_by_hand(
        &self,
        uid: &Uid,
        slug: &str,
        (note, now): (&str, Timestamp),
    ) -> Result<(), ArchiveError> {
        let (dossier, item) = (self.dossier_id(slug)?, self.known_item(uid)?);
        self.archive
            .prepare_cached(
                "DELETE FROM dossier_hand WHERE item_id=?2 AND action='joined' AND dossier_id<>?1 AND dossier_id IN
                   (SELECT id FROM dossier WHERE network_id=(SELECT network_id FROM dossier WHERE id=?1))",
            )?
            .execute(params![dossier, item])?;
        self.decide_by_hand((dossier, item), "joined", (note, now))
    }

    /// A person takes an item out of a dossier.
    pub fn part_by_hand(
        &self,
        uid: &Uid,
        slug: &str,
        (note, now): (&str, Timestamp),
    ) -> Result<(), ArchiveError> {
        let (dossier, item) = (self.dossier_id(slug)?, self.known_item(uid)?);
        self.decide_by_hand((dossier, item), "parted", (note, now))
    }

    /// A person hands an item back to the rules.
    pub fn forget_dossier_hand(&self, uid: &Uid) -> Result<(), ArchiveError> {
        let item = self.known_item(uid)?;
        self.join_again_with(item)?;
        self.archive
            .prepare_cached("DELETE FROM dossier_hand WHERE item_id=?1")?
            .execute(params![item])?;
        Ok(())
    }

    /// A person gives a dossier its title; its slug stays.
    pub fn rename_dossier(
        &self,
        slug: &str,
        title: &str,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let dossier = self.dossier_id(slug)?;
        let renamed = self
            .archive
            .prepare_cached(
                "UPDATE dossier SET title=?2, title_by='human' WHERE id=?1 AND (title,title_by) IS NOT (?2,'human')",
            )?
            .execute(params![dossier, nfc(title)])?;
        if renamed > 0 {
            self.touch_dossier(dossier, now)?;
        }
        Ok(())
    }

    /// A person makes a dossier that the rules put nothing into; returns its slug.
    pub fn make_dossier(
        &self,
        network: &str,
        title: &str,
        now: Timestamp,
    ) -> Result<String, ArchiveError> {
        let id = self.network_id(network)?;
        let wanted = format!("{network}-{}", crate::model::ids::slug(title));
        let mut slug = wanted.clone();
        let mut number = 1;
        while self.dossier_id(&slug).is_ok() {
            number += 1;
            slug = format!("{wanted}-{number}");
        }
        self.archive
            .prepare_cached(
                "INSERT INTO dossier(title,slug,network_id,made_by,title_by,changed_at)
                 VALUES(?1,?2,?3,'human','human',?4)",
            )?
            .execute(params![nfc(title), slug, id, instant(now)])?;
        Ok(slug)
    }

    fn decide_by_hand(
        &self,
        (dossier, item): (i64, i64),
        action: &str,
        (note, now): (&str, Timestamp),
    ) -> Result<(), ArchiveError> {
        let written = self
            .archive
            .prepare_cached(
                "INSERT INTO dossier_hand(dossier_id,item_id,action,note,decided_at) VALUES(?1,?2,?3,?4,?5)
                 ON CONFLICT DO UPDATE SET action=excluded.action, note=excluded.note, decided_at=excluded.decided_at
                 WHERE (action,note) IS NOT (excluded.action,excluded.note)",
            )?
            .execute(params![dossier, item, action, text(Some(note)), instant(now)])?;
        if written > 0 {
            self.join_again_with(item)?;
            self.join_again(dossier)?;
        }
        Ok(())
    }

    /// The network of a dossier has to be joined again.
    fn join_again(&self, dossier: i64) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "UPDATE network SET joined_seq=NULL WHERE id=(SELECT network_id FROM dossier WHERE id=?1)",
            )?
            .execute(params![dossier])?;
        Ok(())
    }

    /// So have those of which a person put the item somewhere.
    fn join_again_with(&self, item: i64) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "UPDATE network SET joined_seq=NULL WHERE id IN (SELECT d.network_id FROM dossier_hand h
                   JOIN dossier d ON d.id=h.dossier_id WHERE h.item_id=?1)",
            )?
            .execute(params![item])?;
        Ok(())
    }
}
