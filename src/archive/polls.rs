//! Polls and what the next request of a feed needs: tables `poll` and `feed_state`.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::model::ids::SourceId;
use crate::model::poll::{CertificateFault, MovedTo, PollRecord, SourceState, Validators};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, instant, opt_instant, text};
use super::transaction::Batch;

/// What to remember of a feed's last full answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedState {
    /// Validators of the last full answer.
    pub validators: Validators,
    /// SHA-256 of the last body that was read.
    pub body_sha256: Option<String>,
    /// SHA-256 of what was read in it, of a front that is a page.
    pub reading_sha256: Option<String>,
    /// Its entries.
    pub items_seen: Option<u32>,
    /// When the last unconditional answer was read.
    pub last_full_at: Option<Timestamp>,
    /// A permanent redirect being watched or adopted.
    pub moved_to: Option<MovedTo>,
    /// First of the 410 answers in a row.
    pub gone_since: Option<Timestamp>,
}

impl From<SourceState> for FeedState {
    fn from(known: SourceState) -> Self {
        Self {
            validators: known.validators,
            body_sha256: known.body_sha256,
            reading_sha256: known.reading_sha256,
            items_seen: known.items_seen,
            last_full_at: known.last_full_at,
            moved_to: known.moved_to,
            gone_since: known.gone_since,
        }
    }
}

impl Batch<'_> {
    /// Adds the row of one poll: all that a poll of an unchanged feed writes.
    ///
    /// Earlier polls of the source that a clock which ran ahead dated later are dated as this one: the
    /// latest poll is the one that counts.
    pub fn record_poll(&self, poll: &PollRecord) -> Result<(), ArchiveError> {
        let source = self.source_row(&poll.source)?;
        self.archive
            .prepare_cached("UPDATE poll SET started_at=?2 WHERE source_id=?1 AND started_at>?2")?
            .execute(params![source.id, instant(poll.started_at)])?;
        self.archive
            .prepare_cached(
                "INSERT INTO poll(source_id,started_at,duration_ms,outcome,http_status,items_seen,items_new,
                   items_changed,parse_warnings,error,failures,next_check_at,certificate)
                 VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
            )?
            .execute(params![
                source.id,
                instant(poll.started_at),
                i64::try_from(poll.duration_ms).unwrap_or(i64::MAX),
                poll.outcome.word(),
                poll.http_status,
                poll.items_seen,
                poll.items_new,
                poll.items_changed,
                poll.parse_warnings,
                text(poll.error.as_deref()),
                poll.failures,
                instant(poll.next_check_at),
                poll.certificate.map(CertificateFault::word),
            ])?;
        Ok(())
    }

    /// Remembers what the next request of a feed needs; belongs into the transaction that stores its items.
    pub fn store_feed_state(
        &self,
        source: &SourceId,
        state: &FeedState,
    ) -> Result<(), ArchiveError> {
        let source = self.source_row(source)?;
        let moved = state.moved_to.as_ref();
        self.archive
            .prepare_cached(
                "INSERT INTO feed_state(source_id,etag,last_modified,body_sha256,items_seen,last_full_at,
                   moved_url,moved_since,moved_adopted,gone_since,reading_sha256)
                 VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)
                 ON CONFLICT(source_id) DO UPDATE SET etag=excluded.etag, last_modified=excluded.last_modified,
                   body_sha256=excluded.body_sha256, items_seen=excluded.items_seen,
                   last_full_at=excluded.last_full_at, moved_url=excluded.moved_url,
                   moved_since=excluded.moved_since, moved_adopted=excluded.moved_adopted,
                   gone_since=excluded.gone_since, reading_sha256=excluded.reading_sha256
                 WHERE (etag,last_modified,body_sha256,items_seen,last_full_at,moved_url,moved_since,
                     moved_adopted,gone_since,reading_sha256)
                   IS NOT (excluded.etag,excluded.last_modified,excluded.body_sha256,excluded.items_seen,
                     excluded.last_full_at,excluded.moved_url,excluded.moved_since,
                     excluded.moved_adopted,excluded.gone_since,excluded.reading_sha256)",
            )?
            .execute(params![
                source.id,
                state.validators.etag,
                state.validators.last_modified,
                state.body_sha256,
                state.items_seen,
                opt_instant(state.last_full_at),
                moved.map(|moved| moved.url.as_str()),
                moved.map(|moved| instant(moved.since)),
                moved.is_some_and(|moved| moved.adopted),
                opt_instant(state.gone_since),
                state.reading_sha256,
            ])?;
        Ok(())
    }

    /// Deletes polls older than `before`, but never the latest poll and the latest success of a source.
    pub fn prune_polls(&self, before: Timestamp) -> Result<usize, ArchiveError> {
        let deleted = self.archive.execute(
            "DELETE FROM poll AS old WHERE started_at < ?1
               AND id <> (SELECT p.id FROM poll p WHERE p.source_id=old.source_id
                          ORDER BY p.started_at DESC, p.id DESC LIMIT 1)
               AND id IS NOT (SELECT p.id FROM poll p WHERE p.source_id=old.source_id
                          AND p.outcome IN ('ok','not_modified') ORDER BY p.started_at DESC, p.id DESC LIMIT 1)",
            params![instant(before)],
        )?;
        Ok(deleted)
    }
}

impl Reader {
    /// What is known of every enabled source before its next poll, in the order of their ids.
    pub fn source_states(&self) -> Result<Vec<SourceState>, ArchiveError> {
        self.read(source_states)
    }
}

fn source_states(conn: &Connection) -> Result<Vec<SourceState>, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT s.slug, p.started_at AS polled_at, p.next_check_at, coalesce(p.failures,0) AS failures, f.etag, f.last_modified,
           f.body_sha256, f.reading_sha256, f.items_seen, f.last_full_at, f.moved_url, f.moved_since, f.moved_adopted, f.gone_since,
           (SELECT max(ok.started_at) FROM poll ok
             WHERE ok.source_id=s.id AND ok.outcome IN ('ok','not_modified')) AS last_ok_at
         FROM source s LEFT JOIN feed_state f ON f.source_id=s.id
         LEFT JOIN poll p ON p.id=(SELECT l.id FROM poll l WHERE l.source_id=s.id
                                   ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
         WHERE s.enabled=1 ORDER BY s.slug",
    )?;
    let states = statement.query_and_then([], |row| {
        let c = Columns::of("feed_state", row);
        let moved_to = match (
            c.get::<Option<String>>("moved_url")?,
            c.opt_instant("moved_since")?,
        ) {
            (Some(url), Some(since)) => Some(MovedTo {
                url,
                since,
                adopted: c.get("moved_adopted")?,
            }),
            _ => None,
        };
        Ok(SourceState {
            source: SourceId::new(c.get::<String>("slug")?),
            polled_at: c.opt_instant("polled_at")?,
            next_check_at: c.opt_instant("next_check_at")?,
            failures: c.get("failures")?,
            last_ok_at: c.opt_instant("last_ok_at")?,
            validators: Validators {
                etag: c.get("etag")?,
                last_modified: c.get("last_modified")?,
            },
            body_sha256: c.get("body_sha256")?,
            reading_sha256: c.get("reading_sha256")?,
            items_seen: c.get("items_seen")?,
            last_full_at: c.opt_instant("last_full_at")?,
            moved_to,
            gone_since: c.opt_instant("gone_since")?,
        })
    })?;
    states.collect()
}
