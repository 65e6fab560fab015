//! What went wrong and still does: problems, pauses of hosts, inputs in quarantine.

use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use crate::model::ids::{SourceId, Uid};
use crate::model::problem::{Problem, ProblemKind};

use super::error::ArchiveError;
use super::reader::Reader;
use super::rows::{Columns, instant};
use super::transaction::Batch;

/// What a set of problems belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemScope {
    /// The feed of a source.
    Source(SourceId),
    /// A list beside the feed, by its key.
    List(SourceId, String),
    /// The page of an item.
    Item(Uid),
    /// The attachments of an item; its page says nothing about them.
    Attachments(Uid),
}

/// A problem as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemRecord {
    /// Which source.
    pub source: SourceId,
    /// Which item; `None` for a feed or a list.
    pub uid: Option<Uid>,
    /// Address of the page, the list or the feed.
    pub url: String,
    /// The word of [`crate::model::problem::ProblemKind`].
    pub kind: String,
    /// What was seen.
    pub detail: String,
    /// Since when it has been so without a break.
    pub since: Timestamp,
}

/// An input that is not parsed any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantineRecord {
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Where they came from.
    pub url: String,
    /// What happened.
    pub reason: String,
    /// When it was put here.
    pub at: Timestamp,
}

/// The ids of what a set of problems belongs to.
#[derive(Clone, Copy)]
struct Place {
    source: i64,
    item: Option<i64>,
    list: Option<i64>,
    of: Of,
}

/// What problems of an item are about.
#[derive(Clone, Copy)]
enum Of {
    Page,
    Attachments,
}

impl Batch<'_> {
    /// Makes `problems` the problems of that feed or page: solved ones go, new ones come, the others keep
    /// the instant they began.
    pub fn set_problems(
        &self,
        scope: &ProblemScope,
        problems: &[Problem],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let place = self.problem_place(scope)?;
        let mut gone = self.stored_problems(place)?;
        for problem in problems {
            let kind = problem.kind.word();
            if let Some(at) = gone
                .iter()
                .position(|(_, k, d)| k == kind && *d == problem.detail)
            {
                gone.swap_remove(at);
            } else if !self.has_problem(place, problem)? {
                self.insert_problem(place, problem, now)?;
            }
        }
        // What stands in a file is told by whoever reads the file.
        let in_file = ProblemKind::IdentityCodeInFile.word();
        for (id, ..) in gone.into_iter().filter(|(_, kind, _)| kind != in_file) {
            self.archive
                .prepare_cached("DELETE FROM problem WHERE id=?1")?
                .execute(params![id])?;
        }
        Ok(())
    }

    /// Records whether a file, by its name for people, publishes an identity code.
    pub(super) fn set_code_in_file(
        &self,
        scope: &ProblemScope,
        (file, found): (&str, Option<Timestamp>),
    ) -> Result<(), ArchiveError> {
        let place = self.problem_place(scope)?;
        let problem = Problem::new(
            ProblemKind::IdentityCodeInFile,
            format!(
                "a personal identity code is published in {file}; it is not stored: tell the publisher"
            ),
        );
        let known = self.has_problem(place, &problem)?;
        match found {
            Some(now) if !known => self.insert_problem(place, &problem, now),
            None if known => {
                self.archive
                    .prepare_cached(
                        "DELETE FROM problem WHERE source_id=?1 AND item_id IS ?2 AND kind=?3 AND detail=?4",
                    )?
                    .execute(params![
                        place.source,
                        place.item,
                        problem.kind.word(),
                        problem.detail
                    ])?;
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn insert_problem(
        &self,
        place: Place,
        problem: &Problem,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO problem(source_id,item_id,list_id,kind,detail,since)
                 VALUES(?1,?2,?3,?4,?5,?6)",
            )?
            .execute(params![
                place.source,
                place.item,
                place.list,
                problem.kind.word(),
                problem.detail,
                instant(now)
            ])?;
        Ok(())
    }

    /// The problems that stand there.
    pub(super) fn problems_of(&self, scope: &ProblemScope) -> Result<Vec<Problem>, ArchiveError> {
        let stored = self.stored_problems(self.problem_place(scope)?)?;
        let known = |(_, kind, detail): (i64, String, String)| {
            ProblemKind::from_word(&kind).map(|kind| Problem { kind, detail })
        };
        Ok(stored.into_iter().filter_map(known).collect())
    }

    fn problem_place(&self, scope: &ProblemScope) -> Result<Place, ArchiveError> {
        Ok(match scope {
            ProblemScope::Source(source) => Place {
                source: self.source_row(source)?.id,
                item: None,
                list: None,
                of: Of::Page,
            },
            ProblemScope::List(source, key) => {
                let source = self.source_row(source)?.id;
                Place {
                    source,
                    item: None,
                    list: self.list_id(source, key)?,
                    of: Of::Page,
                }
            }
            ProblemScope::Item(uid) | ProblemScope::Attachments(uid) => {
                let item = self.item_row(uid)?;
                Place {
                    source: item.source_id,
                    item: Some(item.id),
                    list: None,
                    of: match scope {
                        ProblemScope::Attachments(_) => Of::Attachments,
                        ProblemScope::Source(_)
                        | ProblemScope::List(..)
                        | ProblemScope::Item(_) => Of::Page,
                    },
                }
            }
        })
    }

    fn stored_problems(&self, place: Place) -> Result<Vec<(i64, String, String)>, ArchiveError> {
        // A statement for each, because an index does not answer `item_id IS ?` for all.
        let (sql, id) = match (place.item, place.list) {
            (Some(item), _) if matches!(place.of, Of::Attachments) => (
                "SELECT id, kind, detail FROM problem WHERE item_id=?1 AND kind='attachment_gone'",
                item,
            ),
            (Some(item), _) => (
                "SELECT id, kind, detail FROM problem WHERE item_id=?1 AND kind<>'attachment_gone'",
                item,
            ),
            (None, Some(list)) => (
                "SELECT id, kind, detail FROM problem WHERE list_id=?1",
                list,
            ),
            (None, None) => (
                "SELECT id, kind, detail FROM problem
                 WHERE source_id=?1 AND item_id IS NULL AND list_id IS NULL",
                place.source,
            ),
        };
        let mut statement = self.archive.prepare_cached(sql)?;
        let rows = statement.query_map(params![id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the same problem stands twice in one reading: it is stored once.
    fn has_problem(&self, place: Place, problem: &Problem) -> Result<bool, ArchiveError> {
        let stored = self.stored_problems(place)?;
        Ok(stored
            .iter()
            .any(|(_, kind, detail)| kind == problem.kind.word() && *detail == problem.detail))
    }

    /// Remembers that a host asked for a pause until then; `None` ends it.
    pub fn pause_host(&self, host: &str, until: Option<Timestamp>) -> Result<(), ArchiveError> {
        match until {
            Some(until) => self
                .archive
                .prepare_cached(
                    "INSERT INTO host_pause(host,until) VALUES(?1,?2)
                     ON CONFLICT(host) DO UPDATE SET until=excluded.until WHERE until<>excluded.until",
                )?
                .execute(params![host, instant(until)])?,
            None => self
                .archive
                .prepare_cached("DELETE FROM host_pause WHERE host=?1")?
                .execute(params![host])?,
        };
        Ok(())
    }

    /// Keeps an input from being parsed again.
    pub fn quarantine(
        &self,
        sha256: &str,
        url: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(
                "INSERT INTO quarantine(sha256,url,reason,at) VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![sha256, url, reason, instant(now)])?;
        Ok(())
    }
}

impl Reader {
    /// Problems of one source, or of all: those of feeds first, then the newest.
    pub fn problems(&self, source: Option<&SourceId>) -> Result<Vec<ProblemRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT s.slug AS source, i.uid, coalesce(i.url, lp.url, s.feed_url) AS url, p.kind, p.detail, p.since
                 FROM problem p JOIN source s ON s.id=p.source_id LEFT JOIN item i ON i.id=p.item_id
                 LEFT JOIN list_page lp ON lp.id=p.list_id
                 WHERE ?1 IS NULL OR s.slug=?1
                 ORDER BY s.slug, p.item_id IS NOT NULL, p.since DESC, p.id",
            )?;
            let problems =
                statement.query_and_then(params![source.map(SourceId::as_str)], |row| {
                    let c = Columns::of("problem", row);
                    Ok(ProblemRecord {
                        source: SourceId::new(c.get::<String>("source")?),
                        uid: c.get::<Option<String>>("uid")?.map(Uid::new),
                        url: c.get("url")?,
                        kind: c.get("kind")?,
                        detail: c.get("detail")?,
                        since: c.instant("since")?,
                    })
                })?;
            problems.collect()
        })
    }

    /// Hosts that asked for a pause that is not over at `now`.
    pub fn paused_hosts(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT host, until FROM host_pause WHERE until>?1 ORDER BY host",
            )?;
            let hosts = statement.query_and_then(params![instant(now)], |row| {
                let c = Columns::of("host_pause", row);
                Ok((c.get("host")?, c.instant("until")?))
            })?;
            hosts.collect()
        })
    }

    /// Inputs that are not parsed any more, the newest first.
    pub fn quarantined(&self) -> Result<Vec<QuarantineRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT sha256, url, reason, at FROM quarantine ORDER BY at DESC, sha256",
            )?;
            let inputs = statement.query_and_then([], |row| {
                let c = Columns::of("quarantine", row);
                Ok(QuarantineRecord {
                    sha256: c.get("sha256")?,
                    url: c.get("url")?,
                    reason: c.get("reason")?,
                    at: c.instant("at")?,
                })
            })?;
            inputs.collect()
        })
    }
}
