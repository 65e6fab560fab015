//! The archive and its sources as the doctor sees them.

use jiff::{SignedDuration, Timestamp};

use super::report::Report;
use crate::archive::{ArchiveError, Reader, SourceOverview, Verified, checkup};
use crate::config::Config;
use crate::model::health::{FindingRecord, Severity};
use crate::model::when::later;

/// A newest poll further ahead of the clock is told by a clock that was wrong.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// The files of the archive.
pub fn files(report: &mut Report, config: &Config) {
    for (file, seen) in checkup(&config.archive_dir) {
        match seen {
            Ok(seen) => {
                let found = if seen.faults.is_empty() {
                    "ok".to_owned()
                } else {
                    seen.faults.join("; ")
                };
                report.fact(
                    "archive",
                    &format!("{file} user_version"),
                    seen.user_version,
                );
                report.fact("archive", &format!("{file} quick_check"), &found);
                if !seen.faults.is_empty() {
                    report.complain(
                        format!("{file} is damaged: {found}"),
                        "stop the daemon, copy the folder, then follow what `seutu verify` says",
                    );
                }
            }
            Err(error) => {
                report.fact("archive", file, &error);
                report.complain(format!("{file} cannot be read"), error.to_string());
            }
        }
    }
    match Verified::last(&config.archive_dir) {
        Ok(Some(last)) => {
            report.fact(
                "archive",
                "last verify",
                format!("{}, findings: {}", last.at, last.findings),
            );
            if last.findings > 0 {
                report.complain(
                    "the last `seutu verify` had findings",
                    "run `seutu verify` and do what it says",
                );
            }
        }
        Ok(None) => report.fact("archive", "last verify", "never by the archive's owner"),
        Err(error) => report.fact("archive", "last verify", error),
    }
}

/// The last cycles of each source, and what is wrong with it.
///
/// # Errors
/// When the archive cannot be read.
pub fn sources(report: &mut Report, reader: &Reader, now: Timestamp) -> Result<(), ArchiveError> {
    let (sources, findings) = (reader.source_overview()?, reader.findings(None)?);
    for source in sources.iter().filter(|source| source.enabled) {
        report.fact("sources", source.source.as_str(), told(source));
    }
    for found in findings {
        report.fact("findings", found.source.as_str(), said(&found));
        if found.finding.severity == Severity::Failing {
            report.complain(
                format!("{}: {}", found.source, found.finding.public_text()),
                format!(
                    "look at `seutu sources --problems`, and at the portal of {} in a browser",
                    found.source
                ),
            );
        }
    }
    let newest = sources
        .iter()
        .filter_map(|source| source.last_poll_at)
        .max();
    if let Some(newest) = newest.filter(|newest| *newest > later(now, AHEAD)) {
        report.complain(
            format!("the newest poll is of {newest}, and this machine's clock shows {now}"),
            "set the clock (`timedatectl`); nothing in the archive has to be corrected",
        );
    }
    Ok(())
}

fn told(source: &SourceOverview) -> String {
    let at = |at: Option<Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
    format!(
        "last poll {} ({}), last success {}, failures in a row {}, newest meeting {}, items {}, awaiting minutes {}, problems {}",
        at(source.last_poll_at),
        source.last_outcome.as_deref().unwrap_or("none"),
        at(source.last_ok_at),
        source.failures,
        source
            .newest_meeting
            .map_or("none".to_owned(), |day| day.to_string()),
        source.items,
        source.awaiting_minutes,
        source.problems,
    )
}

fn said(found: &FindingRecord) -> String {
    format!(
        "{} since {}: {}",
        found.finding.severity.word(),
        found.since,
        found.finding.public_text()
    )
}
