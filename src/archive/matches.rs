//! Verdicts: does an item belong to a network, why, and who says so.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::ids::Uid;
use crate::model::item::MatchRecord;
use crate::model::network::{Evidence, Field, Recognition, Verdict};
use crate::model::takedown::TakedownAction;
use crate::privacy::clean;

use super::error::ArchiveError;
use super::events::NewEvent;
use super::items::ItemRow;
use super::reader::Reader;
use super::rows::{Columns, instant, nfc};
use super::transaction::Batch;

/// A verdict as stored, before another one is.
struct Stored {
    id: i64,
    verdict: String,
    score: f64,
    ruleset: String,
    decided_by: String,
    explanation: String,
}

impl Batch<'_> {
    /// Stores what the rules say of an item; a person's verdict is never overwritten.
    ///
    /// Nothing is written where nothing differs. An event is appended when the item enters or leaves the network, and
    /// when it stays for other reasons than before, because readers are shown the reasons.
    pub fn store_recognition(
        &self,
        uid: &Uid,
        recognition: &Recognition,
        ruleset: &str,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        if self.taken_down(uid)? == Some(TakedownAction::Erase) {
            return Ok(());
        }
        let item = self.item_row(uid)?;
        let network = self.network_id(&recognition.network)?;
        let stored = self.stored_match(item.id, network)?;
        let mut same_reasons = false;
        if let Some(stored) = &stored {
            if stored.decided_by == "human" {
                return Ok(());
            }
            same_reasons = stored.verdict == recognition.verdict.word()
                && stored.score.total_cmp(&recognition.score).is_eq()
                && stored.explanation == nfc(&recognition.explanation)
                && evidence(self.archive, stored.id)? == recognition.evidence;
            if same_reasons && stored.ruleset == ruleset {
                return Ok(());
            }
        }
        if let Some(stored) = stored.as_ref().filter(|_| same_reasons) {
            return self.confirm(stored.id, ruleset);
        }
        let id = self.upsert_match((item.id, network), recognition, ("rules", ruleset), now)?;
        self.replace_evidence(id, network, &recognition.evidence)?;
        let before = stored
            .as_ref()
            .and_then(|stored| Verdict::from_word(&stored.verdict));
        self.tell((&item, uid, network), (before, recognition.verdict), now)
    }

    /// Other rules say the same for the same reasons: what was decided then stays decided then.
    fn confirm(&self, id: i64, ruleset: &str) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("UPDATE network_match SET ruleset=?2 WHERE id=?1")?
            .execute(params![id, ruleset])?;
        Ok(())
    }

    /// Stores a person's verdict; it stands until a person gives another one. The evidence the rules found stays.
    pub fn store_human_verdict(
        &self,
        uid: &Uid,
        network: &str,
        (verdict, explanation): (Verdict, &str),
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let explanation = clean(explanation);
        let explanation = explanation.as_ref();
        let item = self.item_row(uid)?;
        let network_id = self.network_id(network)?;
        let stored = self.stored_match(item.id, network_id)?;
        let (score, ruleset) = stored
            .as_ref()
            .map_or((0.0, ""), |stored| (stored.score, stored.ruleset.as_str()));
        let same = stored.as_ref().is_some_and(|stored| {
            stored.decided_by == "human"
                && stored.verdict == verdict.word()
                && stored.explanation == nfc(explanation)
        });
        if same {
            return Ok(());
        }
        let recognition = Recognition {
            network: network.to_owned(),
            verdict,
            score,
            explanation: explanation.to_owned(),
            evidence: Vec::new(),
        };
        self.upsert_match((item.id, network_id), &recognition, ("human", ruleset), now)?;
        let before = stored
            .as_ref()
            .and_then(|stored| Verdict::from_word(&stored.verdict));
        self.tell((&item, uid, network_id), (before, verdict), now)
    }

    fn stored_match(&self, item: i64, network: i64) -> Result<Option<Stored>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached(
                "SELECT id, verdict, score, ruleset, decided_by, explanation FROM network_match
                 WHERE item_id=?1 AND network_id=?2",
            )?
            .query_row(params![item, network], |row| {
                Ok(Stored {
                    id: row.get(0)?,
                    verdict: row.get(1)?,
                    score: row.get(2)?,
                    ruleset: row.get(3)?,
                    decided_by: row.get(4)?,
                    explanation: row.get(5)?,
                })
            })
            .optional()?)
    }

    fn upsert_match(
        &self,
        (item, network): (i64, i64),
        recognition: &Recognition,
        (decided_by, ruleset): (&str, &str),
        now: Timestamp,
    ) -> Result<i64, ArchiveError> {
        let id = self
            .archive
            .prepare_cached(
                "INSERT INTO network_match(item_id,network_id,verdict,score,ruleset,decided_by,decided_at,explanation)
                 VALUES(?1,?2,?3,?4,?5,?6,?7,?8)
                 ON CONFLICT(item_id,network_id) DO UPDATE SET verdict=excluded.verdict, score=excluded.score,
                   ruleset=excluded.ruleset, decided_by=excluded.decided_by, decided_at=excluded.decided_at,
                   explanation=excluded.explanation
                 RETURNING id",
            )?
            .query_row(
                params![
                    item,
                    network,
                    recognition.verdict.word(),
                    recognition.score,
                    ruleset,
                    decided_by,
                    instant(now),
                    nfc(&recognition.explanation),
                ],
                |row| row.get(0),
            )?;
        self.index_item(item)?;
        Ok(id)
    }

    fn replace_evidence(
        &self,
        id: i64,
        network: i64,
        evidence: &[Evidence],
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("DELETE FROM match_evidence WHERE match_id=?1")?
            .execute(params![id])?;
        for (ordinal, reason) in (1_i64..).zip(evidence) {
            self.archive
                .prepare_cached(
                    "INSERT INTO match_evidence(match_id,ordinal,rule_id,rule,field,quote,weight)
                     VALUES(?1,?2,(SELECT id FROM rule WHERE network_id=?3 AND name=?4 AND active_to IS NULL
                       ORDER BY ordinal LIMIT 1),?4,?5,?6,?7)",
                )?
                .execute(params![
                    id,
                    ordinal,
                    network,
                    reason.rule,
                    reason.field.word(),
                    reason.quote,
                    reason.weight
                ])?;
        }
        Ok(())
    }

    fn tell(
        &self,
        (item, uid, network): (&ItemRow, &Uid, i64),
        (before, verdict): (Option<Verdict>, Verdict),
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let kind = if verdict == Verdict::In {
            "matched"
        } else if before == Some(Verdict::In) {
            "unmatched"
        } else {
            return Ok(());
        };
        let mut event =
            NewEvent::new(kind, item.municipality_id, &item.title).about(item.id, uid.as_str());
        event.network_id = Some(network);
        event.version_no = Some(item.version_no);
        self.append(&event, now)
    }
}

impl Batch<'_> {
    /// Takes a person's verdict back; the next verdict of the rules stands again.
    pub fn forget_human_verdict(&self, uid: &Uid, network: &str) -> Result<(), ArchiveError> {
        let item = self.item_row(uid)?;
        let network = self.network_id(network)?;
        self.archive
            .prepare_cached(
                "UPDATE network_match SET decided_by='rules', ruleset='' WHERE item_id=?1 AND network_id=?2
                 AND decided_by='human'",
            )?
            .execute(params![item.id, network])?;
        Ok(())
    }
}

impl Reader {
    /// Items whose verdict in a network was made by other rules than `ruleset`, or never; `after` is the last
    /// uid of the page before.
    pub fn unrecognised(
        &self,
        network: &str,
        ruleset: &str,
        (after, limit): (Option<&Uid>, u32),
    ) -> Result<Vec<Uid>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT i.uid FROM item i JOIN network n ON n.slug=?1
                 LEFT JOIN network_match m ON m.item_id=i.id AND m.network_id=n.id
                 WHERE i.uid>coalesce(?3,'') AND (m.id IS NULL OR (m.ruleset<>?2 AND m.decided_by='rules'))
                 ORDER BY i.uid LIMIT ?4",
            )?;
            let uids = statement
                .query_map(params![network, ruleset, after.map(Uid::as_str), limit], |row| {
                    Ok(Uid::new(row.get::<_, String>(0)?))
                })?;
            Ok(uids.collect::<Result<_, _>>()?)
        })
    }
}

/// Verdicts of every network on an item, with their reasons.
pub(super) fn matches(conn: &Connection, item: i64) -> Result<Vec<MatchRecord>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT m.id, n.slug, n.name, m.verdict, m.score, m.decided_by, m.explanation
         FROM network_match m JOIN network n ON n.id=m.network_id WHERE m.item_id=?1 ORDER BY n.slug",
    )?;
    let records = statement.query_and_then(params![item], |row| {
        let c = Columns::of("network_match", row);
        Ok(MatchRecord {
            network: c.get("slug")?,
            network_name: c.get("name")?,
            verdict: c.with("verdict", Verdict::from_word)?,
            score: c.get("score")?,
            decided_by: c.get("decided_by")?,
            explanation: c.get("explanation")?,
            evidence: evidence(conn, c.get("id")?)?,
        })
    })?;
    records.collect()
}

/// The quoted reasons of a verdict, strongest first.
pub(super) fn evidence(conn: &Connection, id: i64) -> Result<Vec<Evidence>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT rule, field, quote, weight FROM match_evidence WHERE match_id=?1 ORDER BY ordinal",
    )?;
    let reasons = statement.query_and_then(params![id], |row| {
        let c = Columns::of("match_evidence", row);
        Ok(Evidence {
            rule: c.get("rule")?,
            field: c.with("field", |word| {
                Field::ALL.into_iter().find(|field| field.word() == word)
            })?,
            quote: c.get("quote")?,
            weight: c.get("weight")?,
        })
    })?;
    reasons.collect()
}
