//! Verdicts as a coordinator goes through them: accepted, doubted, and refused by a narrow margin.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Row, params};
use serde::Serialize;

use crate::model::ids::Uid;
use crate::model::network::{Evidence, Network, Verdict};

use super::error::ArchiveError;
use super::matches::evidence;
use super::reader::Reader;
use super::rows::{Columns, instant};

/// A verdict with its item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Public key of the item.
    pub uid: Uid,
    /// Name of the municipality.
    pub municipality: String,
    /// Body that handles it.
    pub body: Option<String>,
    /// Day of the meeting.
    pub date: Option<Date>,
    /// Title of the matter.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Sum of the weights.
    pub score: f64,
    /// `rules` or `human`.
    pub decided_by: String,
    /// When the verdict was given with these reasons.
    pub decided_at: Timestamp,
    /// One Finnish sentence saying why.
    pub explanation: String,
    /// Quoted reasons, strongest first.
    pub evidence: Vec<Evidence>,
}

/// What is told of a network's verdicts: everything but plain refusals.
const TOLD: &str = "
SELECT m.id, d.uid, d.municipality, d.body, d.date, d.title, m.verdict, m.score, m.decided_by, m.decided_at,
       m.explanation
FROM network_match m JOIN network n ON n.id=m.network_id JOIN decisions d ON d.item_id=m.item_id
WHERE n.slug=?1 AND (?2 IS NULL OR m.decided_at>=?2)
  AND (m.verdict<>'out' OR m.decided_by='human' OR m.score>=?3/2.0
       OR (SELECT coalesce(sum(e.weight),0) FROM match_evidence e WHERE e.match_id=m.id AND e.weight>0)>=?3)
ORDER BY m.verdict='out', m.verdict='maybe', m.score DESC, d.uid";

impl Reader {
    /// A network's verdicts given at that instant or later (all, without one): accepted items, doubted ones,
    /// then the refused ones that a person decided, that have at least half of the score for doubt, or that
    /// would be doubted but for what speaks against them. The highest score of each stands first.
    pub fn judgements(
        &self,
        network: &Network,
        since: Option<Timestamp>,
    ) -> Result<Vec<Judgement>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(TOLD)?;
            let asked = params![network.slug, since.map(instant), network.doubt];
            let rows = statement.query_and_then(asked, |row| {
                let id = row.get(0)?;
                Ok(Judgement {
                    evidence: evidence(conn, id)?,
                    ..judgement(row)?
                })
            })?;
            rows.collect()
        })
    }
}

fn judgement(row: &Row<'_>) -> Result<Judgement, ArchiveError> {
    let c = Columns::of("network_match", row);
    Ok(Judgement {
        uid: Uid::new(c.get::<String>("uid")?),
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        date: c.opt_day("date")?,
        title: c.get("title")?,
        verdict: c.with("verdict", Verdict::from_word)?,
        score: c.get("score")?,
        decided_by: c.get("decided_by")?,
        decided_at: c.instant("decided_at")?,
        explanation: c.get("explanation")?,
        evidence: vec![],
    })
}
