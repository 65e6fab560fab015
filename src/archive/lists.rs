//! Lists beside the front of a source, and the walk through all of them: tables `list_page` and `backfill`.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

use crate::model::ids::SourceId;
use crate::model::listing::{KnownList, ListAddress, ListCheck, ListKind, MeetingStatus};
use crate::model::poll::Validators;

use super::error::ArchiveError;
use super::pages::PageTime;
use super::reader::Reader;
use super::rows::{Columns, instant, json, opt_day, opt_instant, text};
use super::transaction::Batch;

/// A list that was met on the way, and when it is to be asked for; `None`: only when a backfill does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundList {
    /// The list.
    pub list: ListAddress,
    /// When it is due, if it was not known.
    pub due: Option<Timestamp>,
}

/// The latest walk through all that a source still publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// Meetings held before are not asked for.
    pub since: Date,
    /// When it began.
    pub started_at: Timestamp,
    /// When every list had been walked.
    pub finished_at: Option<Timestamp>,
}

impl Batch<'_> {
    /// Remembers lists that were met. Known ones get the address of today, and are followed from now on where
    /// only a backfill knew them; those with a key in `news` are due at once, as far as they are followed.
    pub fn note_lists(
        &self,
        source: &SourceId,
        lists: &[FoundList],
        news: &[String],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let source = self.source_row(source)?.id;
        for found in lists {
            let list = &found.list;
            self.archive
                .prepare_cached(
                    "INSERT INTO list_page(source_id,kind,key,url,body,held_on,first_seen_at,next_check_at)
                     VALUES(?1,?2,?3,?4,?5,?6,?7,?8)
                     ON CONFLICT(source_id,key) DO UPDATE SET kind=excluded.kind, url=excluded.url,
                       body=coalesce(excluded.body,body), held_on=coalesce(excluded.held_on,held_on),
                       next_check_at=CASE WHEN settled_since IS NULL AND gone_since IS NULL
                         THEN coalesce(next_check_at,excluded.next_check_at) ELSE next_check_at END
                     WHERE (kind,url,body,held_on) IS NOT (excluded.kind,excluded.url,
                       coalesce(excluded.body,body),coalesce(excluded.held_on,held_on))
                       OR (next_check_at IS NULL AND excluded.next_check_at IS NOT NULL)",
                )?
                .execute(params![
                    source,
                    list.kind.word(),
                    list.key,
                    list.url.as_str(),
                    text(list.body.as_deref()),
                    opt_day(list.held_on),
                    instant(now),
                    opt_instant(found.due),
                ])?;
            if found.due.is_some() && news.contains(&list.key) {
                self.archive
                    .prepare_cached(
                        "UPDATE list_page SET next_check_at=?3 WHERE source_id=?1 AND key=?2
                           AND (next_check_at IS NULL OR next_check_at>?3)",
                    )?
                    .execute(params![source, list.key, instant(now)])?;
            }
        }
        Ok(())
    }

    /// Makes these the lists that a source's platform follows of itself: new ones are due now, others that
    /// were among them are not followed any more.
    pub fn set_standing_lists(
        &self,
        source: &SourceId,
        lists: &[ListAddress],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let found = |list: &ListAddress| FoundList {
            list: list.clone(),
            due: Some(now),
        };
        let found: Vec<_> = lists.iter().map(found).collect();
        self.note_lists(source, &found, &[], now)?;
        let keys: Vec<_> = lists.iter().map(|list| list.key.as_str()).collect();
        let (id, keys) = (self.source_row(source)?.id, json("list keys", &keys)?);
        self.archive
            .prepare_cached(
                "UPDATE list_page SET standing=1, next_check_at=coalesce(next_check_at,?3)
                 WHERE source_id=?1 AND standing=0 AND key IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![id, keys, instant(now)])?;
        self.archive
            .prepare_cached(
                "UPDATE list_page SET standing=0, next_check_at=NULL
                 WHERE source_id=?1 AND standing=1 AND key NOT IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![id, keys])?;
        Ok(())
    }

    /// Stores the bookkeeping of one check of a list; a list that is not known is left alone.
    pub fn record_list_check(
        &self,
        source: &SourceId,
        key: &str,
        check: &ListCheck,
    ) -> Result<(), ArchiveError> {
        let source = self.source_row(source)?.id;
        self.archive
            .prepare_cached(
                "UPDATE list_page SET next_check_at=?3, checked_at=?4, walked_at=coalesce(?5,walked_at),
                   settled_since=?6, failures=?7, http_status=?8, etag=?9, last_modified=?10,
                   reading_sha256=coalesce(?11,reading_sha256), items_listed=coalesce(?12,items_listed),
                   gone_since=?13, error=?14 WHERE source_id=?1 AND key=?2",
            )?
            .execute(params![
                source,
                key,
                opt_instant(check.next_check_at),
                instant(check.checked_at),
                opt_instant(check.walked_at),
                opt_instant(check.settled_since),
                check.failures,
                check.http_status,
                check.validators.etag,
                check.validators.last_modified,
                check.reading_sha256,
                check.items_listed,
                opt_instant(check.gone_since),
                text(check.error.as_deref()),
            ])?;
        Ok(())
    }

    /// Begins a walk, or goes on with one that was not finished; the lists are those it begins with.
    pub fn begin_backfill(
        &self,
        source: &SourceId,
        since: Date,
        lists: &[ListAddress],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let found = |list: &ListAddress| FoundList {
            list: list.clone(),
            due: None,
        };
        let found: Vec<_> = lists.iter().map(found).collect();
        self.note_lists(source, &found, &[], now)?;
        let id = self.source_row(source)?.id;
        // A walk that was finished, or never begun, asks for everything.
        self.archive
            .prepare_cached(
                "UPDATE list_page SET walked_at=NULL WHERE source_id=?1 AND walked_at IS NOT NULL
                   AND NOT EXISTS(SELECT 1 FROM backfill WHERE source_id=?1 AND finished_at IS NULL)",
            )?
            .execute(params![id])?;
        self.archive
            .prepare_cached(
                "INSERT INTO backfill(source_id,since,started_at) VALUES(?1,?2,?3)
                 ON CONFLICT(source_id) DO UPDATE SET since=excluded.since, finished_at=NULL,
                   started_at=CASE WHEN finished_at IS NULL THEN min(started_at,excluded.started_at)
                     ELSE excluded.started_at END",
            )?
            .execute(params![id, since.to_string(), instant(now)])?;
        Ok(())
    }

    /// Ends a walk: every list was asked for.
    pub fn finish_backfill(&self, source: &SourceId, now: Timestamp) -> Result<(), ArchiveError> {
        let id = self.source_row(source)?.id;
        self.archive
            .prepare_cached("UPDATE backfill SET finished_at=?2 WHERE source_id=?1")?
            .execute(params![id, instant(now)])?;
        Ok(())
    }

    pub(super) fn list_id(&self, source: i64, key: &str) -> Result<Option<i64>, ArchiveError> {
        Ok(self
            .archive
            .prepare_cached("SELECT id FROM list_page WHERE source_id=?1 AND key=?2")?
            .query_row(params![source, key], |row| row.get(0))
            .optional()?)
    }
}

/// Lists before those that they lead to.
const ORDER: &str =
    "CASE lp.kind WHEN 'bodies' THEN 2 WHEN 'meetings' THEN 3 WHEN 'meeting' THEN 4 ELSE 1 END";

impl Reader {
    /// Which enabled sources have lists to read, and of which kinds.
    pub fn sources_with_lists(
        &self,
        time: PageTime,
    ) -> Result<Vec<(SourceId, ListKind)>, ArchiveError> {
        let (due, beyond) = bounds(time);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT s.slug, d.kind FROM (
                   SELECT source_id, kind FROM list_page WHERE next_check_at<=?1
                   UNION SELECT source_id, kind FROM list_page WHERE next_check_at>?2) d
                 JOIN source s ON s.id=d.source_id WHERE s.enabled=1 ORDER BY s.slug",
            )?;
            let rows = statement.query_and_then(params![due, beyond], |row| {
                let c = Columns::of("list_page", row);
                let source = SourceId::new(c.get::<String>("slug")?);
                Ok((source, c.with("kind", ListKind::from_word)?))
            })?;
            rows.collect()
        })
    }

    /// Keys of a source's lists to read, each before those that it may lead to.
    pub fn due_lists(
        &self,
        source: &SourceId,
        time: PageTime,
    ) -> Result<Vec<(ListKind, String)>, ArchiveError> {
        let (due, beyond) = bounds(time);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!(
                "SELECT lp.kind, lp.key FROM list_page lp JOIN source s ON s.id=lp.source_id
                 WHERE s.slug=?1 AND (lp.next_check_at<=?2 OR lp.next_check_at>?3)
                 ORDER BY {ORDER}, lp.next_check_at, lp.id"
            ))?;
            let rows =
                statement.query_and_then(params![source.as_str(), due, beyond], kind_and_key)?;
            rows.collect()
        })
    }

    /// What is known of a list.
    pub fn list(&self, source: &SourceId, key: &str) -> Result<Option<KnownList>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT s.slug, lp.kind, lp.key, lp.url, lp.body, lp.held_on, lp.first_seen_at,
                   lp.next_check_at IS NOT NULL AS followed, lp.settled_since, lp.etag, lp.last_modified, lp.reading_sha256, lp.items_listed,
                   lp.failures, lp.gone_since,
                   coalesce(
                     (SELECT me.status FROM meeting me WHERE me.source_id=lp.source_id AND me.list_key=lp.key
                      ORDER BY me.id LIMIT 1),
                     (SELECT me.status FROM body b JOIN meeting me ON me.body_id=b.id
                      WHERE b.municipality_id=s.municipality_id AND b.name=lp.body AND me.held_on=lp.held_on
                      ORDER BY me.id LIMIT 1)) AS status
                 FROM list_page lp JOIN source s ON s.id=lp.source_id WHERE s.slug=?1 AND lp.key=?2",
            )?;
            let mut rows = statement.query_and_then(params![source.as_str(), key], |row| {
                known_list(&Columns::of("list_page", row))
            })?;
            rows.next().transpose()
        })
    }

    /// The next list that a walk has not asked for: everything that leads to meetings, then meetings held
    /// on its first day or later, the newest first. `passed` are keys that failed in this run.
    pub fn list_to_walk(
        &self,
        source: &SourceId,
        since: Date,
        passed: &[String],
    ) -> Result<Option<(ListKind, String)>, ArchiveError> {
        let passed = json("list keys", passed)?;
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!(
                "SELECT lp.kind, lp.key FROM list_page lp JOIN source s ON s.id=lp.source_id
                 WHERE s.slug=?1 AND lp.walked_at IS NULL
                   AND (lp.kind<>'meeting' OR lp.held_on IS NULL OR lp.held_on>=?2)
                   AND lp.key NOT IN (SELECT value FROM json_each(?3))
                 ORDER BY {ORDER}, lp.held_on DESC, lp.id LIMIT 1"
            ))?;
            let mut rows = statement.query_and_then(
                params![source.as_str(), since.to_string(), passed],
                kind_and_key,
            )?;
            rows.next().transpose()
        })
    }

    /// The latest walk of a source.
    pub fn backfill(&self, source: &SourceId) -> Result<Option<Backfill>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT b.since, b.started_at, b.finished_at FROM backfill b JOIN source s ON s.id=b.source_id
                 WHERE s.slug=?1",
            )?;
            let mut rows = statement.query_and_then(params![source.as_str()], |row| {
                let c = Columns::of("backfill", row);
                Ok(Backfill {
                    since: c.with("since", |day| day.parse().ok())?,
                    started_at: c.instant("started_at")?,
                    finished_at: c.opt_instant("finished_at")?,
                })
            })?;
            rows.next().transpose()
        })
    }
}

/// Due until the first instant, or after the second one.
fn bounds(time: PageTime) -> (String, String) {
    match time {
        PageTime::Due(now, beyond) => (instant(now), instant(beyond)),
        // After every instant in the archive's text form.
        PageTime::All => (
            "9999-12-31T23:59:59Z".to_owned(),
            "9999-12-31T23:59:59Z".to_owned(),
        ),
    }
}

fn kind_and_key(row: &rusqlite::Row<'_>) -> Result<(ListKind, String), ArchiveError> {
    let c = Columns::of("list_page", row);
    Ok((c.with("kind", ListKind::from_word)?, c.get("key")?))
}

fn known_list(c: &Columns<'_, '_>) -> Result<KnownList, ArchiveError> {
    Ok(KnownList {
        source: SourceId::new(c.get::<String>("slug")?),
        list: ListAddress {
            kind: c.with("kind", ListKind::from_word)?,
            key: c.get("key")?,
            url: c.url("url")?,
            body: c.get("body")?,
            held_on: c.opt_day("held_on")?,
        },
        status: c.opt_with("status", MeetingStatus::from_word)?,
        followed: c.get("followed")?,
        first_seen_at: c.instant("first_seen_at")?,
        settled_since: c.opt_instant("settled_since")?,
        validators: Validators {
            etag: c.get("etag")?,
            last_modified: c.get("last_modified")?,
        },
        reading_sha256: c.get("reading_sha256")?,
        items_listed: c.get("items_listed")?,
        failures: c.get("failures")?,
        gone_since: c.opt_instant("gone_since")?,
    })
}
