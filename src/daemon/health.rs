//! After a round: how the sources are that took part, said once when it begins and once when it ends.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use jiff::Timestamp;

use super::engine::Engine;
use super::report::SourceReport;
use crate::archive::{ArchiveError, FindingNews, Reader};
use crate::decide::health;
use crate::model::health::{Gap, Severity, SourceFacts};
use crate::model::ids::SourceId;
use crate::vocab::Vocabulary;

/// Judges the sources that were polled or read in a round, and makes the lists around new gaps due. A source
/// of which nothing is new since it was judged that day has the findings it had.
///
/// While no source can be reached none is judged: what was found before stands.
pub async fn assess(engine: &Engine, reports: &mut [SourceReport]) -> anyhow::Result<()> {
    let took_part = |report: &SourceReport| {
        let asked = report.outcome.is_some() || report.pages_read + report.lists_read > 0;
        asked && !report.our_side && engine.source(&report.source).is_some()
    };
    let part: Vec<_> = reports.iter().filter(|report| took_part(report)).collect();
    let anew: Vec<SourceId> = part
        .iter()
        .filter(|report| !report.uneventful)
        .map(|report| report.source.clone())
        .collect();
    let part: BTreeSet<SourceId> = part.iter().map(|report| report.source.clone()).collect();
    if !anew.is_empty() {
        judge(engine, anew).await?;
    }
    let stored = engine.read(|reader| reader.findings(None)).await;
    let stored = stored.context("cannot ask the archive for findings")?;
    for report in reports.iter_mut().filter(|r| part.contains(&r.source)) {
        let own = stored.iter().filter(|found| found.source == report.source);
        report.findings = own.map(|found| found.finding.clone()).collect();
    }
    Ok(())
}

/// Reads the facts of all in one go, and stores in one transaction what follows from them.
async fn judge(engine: &Engine, sources: Vec<SourceId>) -> anyhow::Result<()> {
    let now = engine.clock.now();
    let facts = engine.read(move |reader| facts(reader, sources, now)).await;
    let judged: Vec<_> = facts
        .context("cannot ask the archive how the sources are")?
        .into_iter()
        .map(|(source, facts)| {
            let findings = health::assess(&facts, Vocabulary::in_force(), now);
            (source, facts.gaps, findings)
        })
        .collect();
    let news = engine
        .writer
        .write(move |batch| {
            let mut all = vec![];
            for (source, gaps, findings) in judged {
                batch.look_for(&gaps, now)?;
                let news = batch.set_findings(&source, &findings, now)?;
                all.push((source, news));
            }
            Ok(all)
        })
        .await
        .context("cannot archive how the sources are")?;
    for (source, news) in &news {
        log(source, news);
    }
    Ok(())
}

fn facts(
    reader: &Reader,
    sources: Vec<SourceId>,
    now: Timestamp,
) -> Result<Vec<(SourceId, SourceFacts)>, ArchiveError> {
    let mut gaps: BTreeMap<SourceId, Vec<Gap>> = BTreeMap::new();
    for gap in reader.missing()? {
        gaps.entry(gap.source.clone()).or_default().push(gap);
    }
    let of = |source: SourceId| {
        let facts = SourceFacts {
            gaps: gaps.remove(&source).unwrap_or_default(),
            ..reader.source_facts(&source, now)?
        };
        Ok((source, facts))
    };
    sources.into_iter().map(of).collect()
}

/// One line when a finding begins or grows worse, and one when it ends.
fn log(source: &SourceId, news: &FindingNews) {
    for finding in &news.begun {
        let kind = finding.trouble.word();
        if finding.severity >= Severity::Warning {
            tracing::warn!(%source, kind, "{}", finding.text);
        } else {
            tracing::info!(%source, kind, "{}", finding.text);
        }
    }
    for over in &news.ended {
        let kind = over.finding.trouble.word();
        tracing::info!(%source, kind, since = %over.since, "over: {}", over.finding.text);
    }
}
