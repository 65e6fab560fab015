//! The health of the sources: what was found, and the sections that are missing.

mod facts;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};

use crate::model::health::{Finding, FindingRecord, Gap, Severity};
use crate::model::ids::SourceId;
use crate::model::problem::Problem;
use crate::model::source::Source;
use crate::model::when::later;

use super::error::ArchiveError;
use super::problems::ProblemScope;
use super::reader::Reader;
use super::rows::{Columns, instant, json, nfc, readable};
use super::transaction::Batch;

/// A gap is not looked for more often: what a portal does not publish would be asked for for ever.
const SEARCH_PAUSE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Traces of a search are of no use after this time: the gap is filled, or was looked for again.
const SEARCH_KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What changed in the findings of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingNews {
    /// Findings that are new, or worse than they were.
    pub begun: Vec<Finding>,
    /// Findings that are over.
    pub ended: Vec<FindingRecord>,
}

impl Batch<'_> {
    /// Makes these the findings of a source; a kind that stood before keeps the instant it began.
    pub fn set_findings(
        &self,
        source: &SourceId,
        findings: &[Finding],
        now: Timestamp,
    ) -> Result<FindingNews, ArchiveError> {
        let id = self.source_row(source)?.id;
        let stored: Vec<FindingRecord> = {
            let mut statement = self.archive.prepare_cached(STORED)?;
            let rows = statement.query_and_then(params![source.as_str()], finding_record)?;
            rows.filter_map(readable).collect::<Result<_, _>>()?
        };
        let mut news = FindingNews::default();
        for finding in findings {
            let word = finding.trouble.word();
            let before = stored.iter().find(|old| old.finding.trouble.word() == word);
            if before.is_none_or(|old| old.finding.severity < finding.severity) {
                news.begun.push(finding.clone());
            }
            if before.is_some_and(|old| old.finding == *finding) {
                continue;
            }
            self.archive
                .prepare_cached(
                    "INSERT INTO finding(source_id,kind,severity,text,data,since) VALUES(?1,?2,?3,?4,?5,?6)
                     ON CONFLICT(source_id,kind) DO UPDATE SET severity=excluded.severity,
                       text=excluded.text, data=excluded.data",
                )?
                .execute(params![
                    id,
                    word,
                    finding.severity.word(),
                    nfc(&finding.text),
                    json("finding", &finding.trouble)?,
                    instant(now),
                ])?;
        }
        let kinds: Vec<_> = findings.iter().map(|f| f.trouble.word()).collect();
        news.ended = stored;
        news.ended
            .retain(|old| !kinds.contains(&old.finding.trouble.word()));
        self.archive
            .prepare_cached(
                "DELETE FROM finding WHERE source_id=?1 AND kind NOT IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![id, json("kinds", &kinds)?])?;
        Ok(news)
    }

    /// Makes the lists around gaps due, each gap at most once a week; returns how many lists that are.
    pub fn look_for(&self, gaps: &[Gap], now: Timestamp) -> Result<usize, ArchiveError> {
        let mut lists = 0;
        let open = gaps.iter().filter(|gap| {
            gap.looked_for_at
                .is_none_or(|at| later(at, SEARCH_PAUSE) <= now)
        });
        for gap in open {
            let source = self.source_row(&gap.source)?;
            let body: i64 = self
                .archive
                .prepare_cached("SELECT id FROM body WHERE municipality_id=?1 AND name=?2")?
                .query_row(params![source.municipality_id, gap.body], |row| row.get(0))?;
            let from = gap
                .after_meeting
                .map_or_else(|| format!("{}-01-01", gap.year), |day| day.to_string());
            lists += self
                .archive
                .prepare_cached(
                    "UPDATE list_page SET next_check_at=?1 WHERE source_id=?2 AND gone_since IS NULL
                       AND (next_check_at IS NULL OR next_check_at>?1)
                       AND (kind='meetings' AND coalesce(body,?4)=?4
                         OR kind='meeting' AND (body=?4 AND held_on BETWEEN min(?5,?6) AND max(?5,?6)
                           OR key IN (SELECT list_key FROM meeting WHERE body_id=?3 AND source_id=?2
                                       AND held_on BETWEEN min(?5,?6) AND max(?5,?6))))",
                )?
                .execute(params![
                    instant(now),
                    source.id,
                    body,
                    gap.body,
                    from,
                    gap.before_meeting.to_string(),
                ])?;
            self.archive
                .prepare_cached(
                    "INSERT INTO gap_search(body_id,year,first_no,searched_at) VALUES(?1,?2,?3,?4)
                     ON CONFLICT DO UPDATE SET searched_at=excluded.searched_at",
                )?
                .execute(params![body, gap.year, gap.first_no, instant(now)])?;
        }
        self.archive
            .prepare_cached("DELETE FROM gap_search WHERE searched_at<?1")?
            .execute(params![instant(later(now, -SEARCH_KEPT))])?;
        Ok(lists)
    }

    /// Adds a problem to those that stand; they are not judged again.
    pub fn add_problem(
        &self,
        scope: &ProblemScope,
        problem: &Problem,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let mut problems = self.problems_of(scope)?;
        problems.push(problem.clone());
        self.set_problems(scope, &problems, now)
    }

    /// Records which of a portal's feeds the source follows.
    pub(super) fn set_publishes(&self, source: &Source) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached("UPDATE source SET publishes=?2 WHERE slug=?1 AND publishes IS NOT ?2")?
            .execute(params![source.id.as_str(), source.publishes.word()])?;
        Ok(())
    }
}

const STORED: &str = "SELECT s.slug, f.severity, f.text, f.data, f.since FROM finding f
   JOIN source s ON s.id=f.source_id WHERE ?1 IS NULL OR s.slug=?1
   ORDER BY s.slug, CASE f.severity WHEN 'failing' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, f.since, f.id";

impl Reader {
    /// What is wrong or unusual with one source, or with all, the worst first.
    pub fn findings(&self, source: Option<&SourceId>) -> Result<Vec<FindingRecord>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(STORED)?;
            let slug = source.map(SourceId::as_str);
            let rows = statement.query_and_then(params![slug], finding_record)?;
            rows.filter_map(readable).collect()
        })
    }

    /// Section numbers without a known item, of all enabled sources.
    pub fn missing(&self) -> Result<Vec<Gap>, ArchiveError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT m.source, m.municipality, m.body, m.year, m.first_no, m.last_no, m.sections,
                   m.after_meeting, m.before_meeting, m.looked_for_at
                 FROM missing m JOIN source s ON s.id=m.source_id WHERE s.enabled=1
                 ORDER BY m.municipality, m.body, m.year, m.first_no",
            )?;
            let rows = statement.query_and_then([], gap)?;
            rows.filter_map(readable).collect()
        })
    }
}

fn finding_record(row: &Row<'_>) -> Result<FindingRecord, ArchiveError> {
    let c = Columns::of("finding", row);
    Ok(FindingRecord {
        source: SourceId::new(c.get::<String>("slug")?),
        finding: Finding {
            trouble: c.with("data", |data| serde_json::from_str(data).ok())?,
            severity: c.with("severity", Severity::from_word)?,
            text: c.get("text")?,
        },
        since: c.instant("since")?,
    })
}

fn gap(row: &Row<'_>) -> Result<Gap, ArchiveError> {
    let c = Columns::of("missing", row);
    Ok(Gap {
        source: SourceId::new(c.get::<String>("source")?),
        municipality: c.get("municipality")?,
        body: c.get("body")?,
        year: c.get("year")?,
        first_no: c.get("first_no")?,
        last_no: c.get("last_no")?,
        sections: c.get("sections")?,
        after_meeting: c.opt_day("after_meeting")?,
        before_meeting: c.with("before_meeting", |day| day.parse().ok())?,
        looked_for_at: c.opt_instant("looked_for_at")?,
    })
}
