//! What is measured at the moment somebody asks: every name with its meaning and its values.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::process::Usage;
use super::row::{Row, counter, float, gauge, row};
use crate::model::health::Severity;
use crate::model::operation::Vitals;
use crate::model::poll::PollOutcome;
use crate::serve::site::{Operation, SourceOverview};

/// Everything that is known at that moment.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) operation: Operation,
    pub(super) open: i64,
    /// Feeds that were kept, and those that were built.
    pub(super) documents: (u64, u64),
    pub(super) process: Usage,
}

#[expect(clippy::cast_precision_loss, reason = "values are floating-point")]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

impl Collector for Measured {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let rows = [
            self.program(),
            self.archive(),
            self.care(),
            self.work(),
            self.per_source(),
            self.process(),
        ];
        rows.into_iter()
            .flatten()
            .try_for_each(|row| row.write(&mut encoder))
    }
}

fn by_outcome(name: &'static str, help: &'static str, counts: &[(PollOutcome, u64)]) -> Row {
    let values = counts.iter().map(|(outcome, count)| {
        let labels = vec![("outcome", outcome.word().to_owned())];
        (labels, float(*count))
    });
    Row {
        values: values.collect(),
        ..row(MetricType::Counter, name, help, None)
    }
}

impl Measured {
    fn vitals(&self) -> &Vitals {
        &self.operation.vitals
    }

    fn program(&self) -> Vec<Row> {
        let vitals = self.vitals();
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        vec![
            Row {
                values: vec![(version, 1.0)],
                ..gauge("seutu_build_info", "Always 1; the version is a label", None)
            },
            gauge(
                "seutu_ready",
                "1 when /readyz says so",
                Some(f64::from(u8::from(vitals.ready))),
            ),
            gauge(
                "seutu_uptime_seconds",
                "Time since the start",
                Some(vitals.uptime.as_secs_f64()),
            ),
            gauge(
                "seutu_scheduler_progress_age_seconds",
                "Time since the last tick of the scheduler",
                Some(vitals.tick_age.as_secs_f64()),
            ),
            gauge(
                "seutu_clock_seconds",
                "The time by the program's clock",
                vitals.now.map(seconds),
            ),
            gauge(
                "seutu_http_open_connections",
                "Connections open now",
                Some(float(self.open.try_into().unwrap_or(0))),
            ),
            counter(
                "seutu_feed_cache_hits",
                "Feeds answered from memory",
                self.documents.0,
            ),
            counter(
                "seutu_feed_cache_misses",
                "Feeds that were built",
                self.documents.1,
            ),
        ]
    }

    fn archive(&self) -> Vec<Row> {
        let (figures, sizes) = (&self.operation.figures, self.operation.sizes);
        let size = |name, help, bytes| gauge(name, help, Some(float(bytes)));
        vec![
            size(
                "seutu_archive_items",
                "Items in the archive, withdrawn ones included",
                figures.items,
            ),
            size(
                "seutu_archive_versions",
                "Versions of the texts of items",
                figures.versions,
            ),
            size(
                "seutu_archive_size_bytes",
                "Size of archive.db",
                sizes.archive,
            ),
            size(
                "seutu_archive_wal_bytes",
                "Size of the write-ahead log of archive.db",
                sizes.archive_wal,
            ),
            size(
                "seutu_originals_size_bytes",
                "Size of originals.db",
                sizes.originals,
            ),
            size(
                "seutu_originals_wal_bytes",
                "Size of the write-ahead log of originals.db",
                sizes.originals_wal,
            ),
            gauge(
                "seutu_disk_free_bytes",
                "Free space on the archive's disk",
                sizes.free.map(float),
            ),
            size(
                "seutu_disk_least_free_bytes",
                "What archive.min_free asks for",
                self.vitals().least_free,
            ),
            counter(
                "seutu_archive_commits",
                "Transactions on disk since the start",
                self.vitals().commits,
            ),
        ]
    }

    fn care(&self) -> Vec<Row> {
        let figures = &self.operation.figures;
        let size = |name, help, bytes| gauge(name, help, Some(float(bytes)));
        let verified = self.operation.verified;
        vec![
            size("seutu_takedowns", "Takedowns in force", figures.takedowns),
            size(
                "seutu_quarantined_inputs",
                "Inputs that made a reader fail and are not read any more",
                figures.quarantined,
            ),
            gauge(
                "seutu_snapshot_timestamp_seconds",
                "When the published snapshot was made",
                self.operation.published_at.map(seconds),
            ),
            gauge(
                "seutu_verify_timestamp_seconds",
                "When `seutu verify` last went through the archive",
                verified.map(|verified| seconds(verified.at)),
            ),
            gauge(
                "seutu_verify_findings",
                "What it found",
                verified.map(|verified| float(verified.findings)),
            ),
        ]
    }

    fn work(&self) -> Vec<Row> {
        let work = &self.vitals().work;
        vec![
            counter(
                "seutu_cycles",
                "Cycles of single sources that ended",
                work.cycles,
            ),
            gauge(
                "seutu_last_cycle_timestamp_seconds",
                "When the last one did",
                work.last_cycle_at.map(seconds),
            ),
            by_outcome(
                "seutu_polls",
                "Polls of feeds by how they ended",
                &work.polls,
            ),
            by_outcome(
                "seutu_fetches",
                "Documents asked for by how that ended",
                &self.vitals().fetches,
            ),
            counter(
                "seutu_pages_read",
                "Pages fetched and understood",
                work.pages_read,
            ),
            counter(
                "seutu_pages_failed",
                "Pages that could not be",
                work.pages_failed,
            ),
            counter("seutu_items_new", "Items not known before", work.items_new),
            counter(
                "seutu_minutes_published",
                "Agendas that became minutes",
                work.minutes_published,
            ),
        ]
    }

    /// One value for each source that has one.
    fn each(
        &self,
        name: &'static str,
        help: &'static str,
        value: impl Fn(&SourceOverview) -> Option<f64>,
    ) -> Row {
        let sources = self.operation.figures.sources.iter();
        let values = sources.filter_map(|source| {
            let labels = vec![("source", source.source.as_str().to_owned())];
            value(source).map(|value| (labels, value))
        });
        Row {
            values: values.collect(),
            ..gauge(name, help, None)
        }
    }

    fn per_source(&self) -> Vec<Row> {
        let count = |number: u32| Some(f64::from(number));
        vec![
            self.each(
                "seutu_source_last_success_timestamp_seconds",
                "When its feed last answered as it should",
                |of| of.last_ok_at.map(seconds),
            ),
            self.each(
                "seutu_source_newest_meeting_timestamp_seconds",
                "Start, in UTC, of the day of the newest meeting it named",
                |of| {
                    let day = of.newest_meeting?.to_zoned(TimeZone::UTC).ok()?;
                    Some(seconds(day.timestamp()))
                },
            ),
            self.each(
                "seutu_source_consecutive_failures",
                "Polls in a row that failed",
                |of| count(of.failures),
            ),
            self.each(
                "seutu_source_health",
                "The worst finding: 0 ok, 1 notice, 2 warning, 3 failing",
                |of| of.health.map(severity),
            ),
            self.each(
                "seutu_source_awaiting_minutes",
                "Items without minutes whose page is followed",
                |of| count(of.awaiting_minutes),
            ),
            self.each(
                "seutu_source_minutes_overdue",
                "Items of meetings more than 30 days ago that are not minutes yet",
                |of| count(of.awaiting_too_long),
            ),
            self.each(
                "seutu_source_missing_sections",
                "Section numbers without a known item",
                |of| count(of.missing_sections),
            ),
            self.each(
                "seutu_source_problems",
                "Problems of its feed and its pages that stand",
                |of| count(of.problems),
            ),
            self.each(
                "seutu_source_interval_seconds",
                "Time between two polls, as configured",
                |of| Some(Duration::from_secs(of.poll_every_s.into()).as_secs_f64()),
            ),
        ]
    }

    fn process(&self) -> Vec<Row> {
        let Usage {
            resident,
            files,
            processor,
        } = self.process;
        let started = self
            .vitals()
            .now
            .map(|now| seconds(now) - self.vitals().uptime.as_secs_f64());
        vec![
            gauge(
                "process_resident_memory_bytes",
                "Bytes in memory",
                resident.map(float),
            ),
            gauge(
                "process_open_fds",
                "Open files and sockets",
                files.map(float),
            ),
            row(
                MetricType::Counter,
                "process_cpu_seconds",
                "Processor time",
                processor,
            ),
            gauge(
                "process_start_time_seconds",
                "When the process was started",
                started,
            ),
        ]
    }
}

fn severity(severity: Severity) -> f64 {
    match severity {
        Severity::Ok => 0.0,
        Severity::Notice => 1.0,
        Severity::Warning => 2.0,
        Severity::Failing => 3.0,
    }
}
