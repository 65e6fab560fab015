//! The follow-up of item pages, from agenda to minutes and after: table `page`.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::model::change::PageCheck;
use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::item::DuePage;
use crate::model::minutes::Stage;
use crate::model::poll::Validators;
use crate::model::takedown::TakedownAction;

use super::error::ArchiveError;
use super::problems::ProblemScope;
use super::reader::Reader;
use super::rows::{Columns, instant, opt_instant, text};
use super::transaction::Batch;

/// Which pages, by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageTime {
    /// Due at the first instant or before; or after the second one, which is further ahead than any page
    /// waits: a clock that ran ahead wrote that.
    Due(Timestamp, Timestamp),
    /// Every page that will ever be due again.
    All,
}

impl Batch<'_> {
    /// Makes an item's page due now.
    pub(super) fn page_due(&self, item: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO page(item_id,next_check_at) VALUES(?1,?2)
                 ON CONFLICT(item_id) DO UPDATE SET next_check_at=excluded.next_check_at
                 WHERE next_check_at IS NULL OR next_check_at>excluded.next_check_at",
            )?
            .execute(params![item, instant(now)])?;
        Ok(())
    }

    /// Stores the bookkeeping of one check, its problems included; what is as it was is not written.
    ///
    /// A page that answers again takes the mark of withdrawal off its item.
    pub fn record_check(&self, uid: &Uid, check: &PageCheck) -> Result<(), ArchiveError> {
        if self.taken_down(uid)? == Some(TakedownAction::Erase) {
            return Ok(());
        }
        let item = self.item_row(uid)?;
        self.archive
            .prepare_cached(
                "INSERT INTO page(item_id,next_check_at,checked_at,failures,http_status,etag,last_modified,
                   body_sha256,restless,gone_since,error) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)
                 ON CONFLICT(item_id) DO UPDATE SET next_check_at=excluded.next_check_at,
                   checked_at=excluded.checked_at, failures=excluded.failures,
                   http_status=excluded.http_status, etag=excluded.etag, last_modified=excluded.last_modified,
                   body_sha256=coalesce(excluded.body_sha256,body_sha256), restless=excluded.restless,
                   gone_since=excluded.gone_since, error=excluded.error
                 WHERE (next_check_at,checked_at,failures,http_status,etag,last_modified,
                     body_sha256,restless,gone_since,error)
                   IS NOT (excluded.next_check_at,excluded.checked_at,excluded.failures,
                     excluded.http_status,excluded.etag,excluded.last_modified,
                     coalesce(excluded.body_sha256,body_sha256),excluded.restless,excluded.gone_since,
                     excluded.error)",
            )?
            .execute(params![
                item.id,
                opt_instant(check.next_check_at),
                instant(check.checked_at),
                check.failures,
                check.http_status,
                check.validators.etag,
                check.validators.last_modified,
                check.body_sha256,
                check.restless,
                opt_instant(check.gone_since),
                text(check.error.as_deref()),
            ])?;
        if let Some(problems) = &check.problems {
            self.set_problems(&ProblemScope::Item(uid.clone()), problems, check.checked_at)?;
        }
        let answers = check.failures == 0 && check.error.is_none() && check.gone_since.is_none();
        if answers && !self.is_taken_down(uid)? {
            self.unmark_withdrawn(uid, check.checked_at)?;
        }
        Ok(())
    }
}

/// Columns and joins of a due page; conditions follow.
const PAGE: &str = "SELECT i.uid, s.slug AS source, i.key, i.url, i.listed_title, i.listed_body,
    coalesce(me.held_on, i.listed_on) AS held_on, i.listed_on, i.stage, i.version_no, v.fields, v.handlings, p.etag,
    p.last_modified, p.body_sha256, p.failures, i.first_seen_at, p.minutes_since, i.changed_at, p.restless, p.gone_since,
    i.erased_at,
    (i.erased_at IS NOT NULL AND (i.withdrawn_at IS NULL OR i.erased_at<i.withdrawn_at)
      OR EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=i.uid AND t.action='redact')) AS redacted
  FROM page p JOIN item i ON i.id=p.item_id JOIN source s ON s.id=i.source_id
  LEFT JOIN meeting me ON me.id=i.meeting_id
  LEFT JOIN item_version v ON v.item_id=i.id AND v.version_no=i.version_no";

const DUE: &str = "SELECT s.slug, i.uid FROM page p JOIN item i ON i.id=p.item_id
  JOIN source s ON s.id=i.source_id WHERE p.next_check_at<=?1 AND s.enabled=1
  ORDER BY p.next_check_at, p.item_id";

/// A statement of its own: an `OR` would cost the order of the index.
const BEYOND: &str = "SELECT s.slug, i.uid FROM page p JOIN item i ON i.id=p.item_id
  JOIN source s ON s.id=i.source_id WHERE p.next_check_at>?1 AND s.enabled=1
  ORDER BY p.next_check_at, p.item_id";

impl Reader {
    /// Pages to read with their sources, the longest due first; never of disabled sources. One look for
    /// all sources, and light: what a check has to know is asked page by page.
    pub fn due(&self, time: PageTime) -> Result<Vec<(SourceId, Uid)>, ArchiveError> {
        let looks = match time {
            PageTime::Due(now, beyond) => vec![(DUE, instant(now)), (BEYOND, instant(beyond))],
            // After every instant in the archive's text form.
            PageTime::All => vec![(DUE, "9999-12-31T23:59:59Z".to_owned())],
        };
        self.read(|conn| {
            let mut due = vec![];
            for (sql, instant) in looks {
                let mut statement = conn.prepare_cached(sql)?;
                let pages = statement.query_map(params![instant], |row| {
                    Ok((
                        SourceId::new(row.get::<_, String>(0)?),
                        Uid::new(row.get::<_, String>(1)?),
                    ))
                })?;
                due.extend(pages.collect::<Result<Vec<_>, _>>()?);
            }
            Ok(due)
        })
    }

    /// The same of one source.
    pub fn due_of(&self, source: &SourceId, time: PageTime) -> Result<Vec<Uid>, ArchiveError> {
        let due = self.due(time)?;
        let own = due.into_iter().filter(|(id, _)| id == source);
        Ok(own.map(|(_, uid)| uid).collect())
    }

    /// The page of one item, due or not; `None` when there is no such item or its page is not read.
    pub fn page(&self, uid: &Uid) -> Result<Option<DuePage>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!("{PAGE} WHERE i.uid=?1"))?;
            let mut pages = statement.query_and_then(params![uid.as_str()], due_page)?;
            pages.next().transpose()
        })
    }

    /// The page of one item as it was before its first reading. What was read from it is not looked at:
    /// a version that cannot be read must not keep its originals from being read again.
    pub fn unread_page(&self, uid: &Uid) -> Result<Option<DuePage>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!("{PAGE} WHERE i.uid=?1"))?;
            let mut pages = statement.query_and_then(params![uid.as_str()], |row| {
                unread(&Columns::of("page", row))
            })?;
            pages.next().transpose()
        })
    }

    /// When the next page of an enabled source is due; `None` when none ever is.
    pub fn next_page_due(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT p.next_check_at FROM page p JOIN item i ON i.id=p.item_id
                 JOIN source s ON s.id=i.source_id WHERE p.next_check_at IS NOT NULL AND s.enabled=1
                 ORDER BY p.next_check_at LIMIT 1",
            )?;
            let mut due = statement
                .query_and_then([], |row| Columns::of("page", row).instant("next_check_at"))?;
            due.next().transpose()
        })
    }
}

fn due_page(row: &Row<'_>) -> Result<DuePage, ArchiveError> {
    let c = Columns::of("page", row);
    Ok(DuePage {
        stage: c.opt_with("stage", Stage::from_word)?,
        version_no: c.get("version_no")?,
        fields: c.opt_json("fields")?,
        handlings: c.opt_json("handlings")?.unwrap_or_default(),
        validators: Validators {
            etag: c.get("etag")?,
            last_modified: c.get("last_modified")?,
        },
        restless: c.get("restless")?,
        ..unread(&c)?
    })
}

fn unread(c: &Columns<'_, '_>) -> Result<DuePage, ArchiveError> {
    Ok(DuePage {
        uid: Uid::new(c.get::<String>("uid")?),
        source: SourceId::new(c.get::<String>("source")?),
        key: ItemKey::new(c.get::<String>("key")?),
        url: c.url("url")?,
        listed_title: c.get("listed_title")?,
        listed_body: c.get("listed_body")?,
        held_on: c.opt_day("held_on")?,
        listed_on: c.opt_day("listed_on")?,
        stage: None,
        version_no: 0,
        fields: None,
        handlings: vec![],
        validators: Validators::default(),
        body_sha256: c.get("body_sha256")?,
        failures: c.get("failures")?,
        first_seen_at: c.instant("first_seen_at")?,
        minutes_since: c.opt_instant("minutes_since")?,
        changed_at: c.instant("changed_at")?,
        restless: 0,
        gone_since: c.opt_instant("gone_since")?,
        redacted: c.get("redacted")?,
        erased_at: c.opt_instant("erased_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, open_temporary};
    use super::*;

    #[test]
    fn due_pages_come_from_their_index_in_order() {
        let (_dir, archive) = open_temporary();
        let sql = format!("EXPLAIN QUERY PLAN {DUE}");
        let mut statement = archive.main.prepare(&sql).expect("plan");
        let lines = statement.query_map(params![instant(NOW)], |row| row.get::<_, String>(3));
        let plan: String = lines
            .expect("plan")
            .map(|line| line.expect("line") + "\n")
            .collect();
        assert!(plan.contains("INDEX page_next (next_check_at<?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
