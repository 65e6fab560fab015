//! After a round: how the sources are that took part, said once when it begins and once when it ends.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;

use super::engine::Engine;
use super::report::SourceReport;
use crate::archive::{FindingNews, Reader};
use crate::decide::health;
use crate::model::health::{Finding, Gap, Severity, SourceFacts};
use crate::model::ids::SourceId;
use crate::vocab::Vocabulary;

/// Judges the sources that were polled or read in a round, and makes the lists around new gaps due.
///
/// While no source can be reached none is judged: what was found before stands.
pub async fn assess(engine: &Engine, reports: &mut [SourceReport]) -> anyhow::Result<()> {
    let judged = |report: &&mut SourceReport| {
        let took_part = report.outcome.is_some() || report.pages_read + report.lists_read > 0;
        took_part && !report.our_side && engine.source(&report.source).is_some()
    };
    let mut reports: Vec<&mut SourceReport> = reports.iter_mut().filter(judged).collect();
    if reports.is_empty() {
        return Ok(());
    }
    let now = engine.clock.now();
    let mut gaps: BTreeMap<SourceId, Vec<Gap>> = BTreeMap::new();
    let missing = engine.read(Reader::missing).await;
    for gap in missing.context("cannot ask the archive for missing sections")? {
        gaps.entry(gap.source.clone()).or_default().push(gap);
    }
    for report in &mut reports {
        let gaps = gaps.remove(&report.source).unwrap_or_default();
        report.findings = one(engine, report, gaps, now)
            .await
            .with_context(|| format!("cannot judge how {} is", report.source))?;
    }
    Ok(())
}

async fn one(
    engine: &Engine,
    report: &SourceReport,
    gaps: Vec<Gap>,
    now: Timestamp,
) -> anyhow::Result<Vec<Finding>> {
    let id = report.source.clone();
    let asked = id.clone();
    let facts = engine
        .read(move |reader| reader.source_facts(&asked, now))
        .await?;
    let facts = SourceFacts { gaps, ..facts };
    let findings = health::assess(&facts, Vocabulary::embedded(), now);
    let stored = findings.clone();
    let news = engine
        .writer
        .write(move |batch| {
            batch.look_for(&facts.gaps, now)?;
            batch.set_findings(&id, &stored, now)
        })
        .await?;
    log(report, &news);
    Ok(findings)
}

/// One line when a finding begins or grows worse, and one when it ends.
fn log(report: &SourceReport, news: &FindingNews) {
    for finding in &news.begun {
        let kind = finding.trouble.word();
        if finding.severity >= Severity::Warning {
            tracing::warn!(source = %report.source, kind, "{}", finding.text);
        } else {
            tracing::info!(source = %report.source, kind, "{}", finding.text);
        }
    }
    for over in &news.ended {
        let kind = over.finding.trouble.word();
        tracing::info!(source = %report.source, kind, since = %over.since, "over: {}", over.finding.text);
    }
}
