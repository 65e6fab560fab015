//! What a cycle did, source by source: for the summary, `poll --json`, logs and progress.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::health::{Finding, Severity};
use crate::model::ids::SourceId;
use crate::model::poll::{PollOutcome, SourceState};
use crate::model::source::Source;
use crate::model::when::day_in_finland;

/// Whether a source's feed answers, which tells a page that is gone from a portal that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedHealth {
    /// Its latest poll brought a feed.
    Answers,
    /// Its latest poll failed.
    Fails,
}

/// What one cycle of one source did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Which source.
    pub source: SourceId,
    /// Name of the municipality.
    pub municipality: String,
    /// How the poll of the feed ended; `None` when the feed was not due.
    pub outcome: Option<PollOutcome>,
    /// Entries in the feed.
    pub items_seen: u32,
    /// Items not known before.
    pub items_new: u32,
    /// Meetings not known before.
    pub meetings_new: u32,
    /// Lists beside the feed that were fetched and understood.
    pub lists_read: u32,
    /// Lists that could not be.
    pub lists_failed: u32,
    /// Pages fetched and understood.
    pub pages_read: u32,
    /// Texts stored as a version.
    pub versions: u32,
    /// Of those: agendas that became minutes.
    pub minutes_published: u32,
    /// Pages that could not be fetched or understood.
    pub pages_failed: u32,
    /// Of those: pages that the server says are not there.
    pub pages_gone: u32,
    /// Attachments whose text was read.
    pub attachments_read: u32,
    /// PDFs of whole meetings whose text was read.
    #[serde(default)]
    pub meeting_pdfs_read: u32,
    /// Attachments and PDFs of whole meetings that were asked for, or left alone for a reason.
    #[serde(default)]
    pub documents_checked: u32,
    /// Items newly recognised as belonging to a network.
    pub recognised: u32,
    /// Problems noted in feed and pages.
    pub problems: u32,
    /// What went wrong with the source, for people.
    pub error: Option<String>,
    /// Whether the feed failed for a reason on our side: while a cycle runs, that it may be so; after a
    /// round, that it is so, because no source could be reached.
    pub our_side: bool,
    /// Whether the feed answered that nothing changed, nothing else was asked for, and an earlier poll of the
    /// same Finnish day had gone well: the source is as it was judged then.
    #[serde(default)]
    pub uneventful: bool,
    /// Whether so many requests failed in a row that the rest was left alone.
    #[serde(skip)]
    pub gave_up: bool,
    /// What is wrong or unusual with the source, judged after the round; empty when it was not judged.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl SourceReport {
    /// A report in which nothing has happened yet.
    pub fn new(source: &SourceId, municipality: &str) -> Self {
        Self {
            source: source.clone(),
            municipality: municipality.to_owned(),
            outcome: None,
            items_seen: 0,
            items_new: 0,
            meetings_new: 0,
            lists_read: 0,
            lists_failed: 0,
            pages_read: 0,
            versions: 0,
            minutes_published: 0,
            pages_failed: 0,
            pages_gone: 0,
            attachments_read: 0,
            meeting_pdfs_read: 0,
            documents_checked: 0,
            recognised: 0,
            problems: 0,
            error: None,
            our_side: false,
            uneventful: false,
            gave_up: false,
            findings: vec![],
        }
    }

    /// The report of a cycle that the archive, or a fault of this program, ended.
    pub fn unarchived(source: &Source, error: &anyhow::Error) -> Self {
        Self {
            error: Some(format!("{error:#}")),
            ..Self::new(&source.id, &source.municipality)
        }
    }

    /// How the feed is: by this cycle's poll, or by what was known before when it was not due.
    pub fn feed_health(&self, before: &SourceState) -> FeedHealth {
        let fails = self
            .outcome
            .map_or(before.failures > 0, |outcome| !outcome.is_success());
        if fails {
            FeedHealth::Fails
        } else {
            FeedHealth::Answers
        }
    }

    /// Whether the front was asked for, and no answer of its own came back.
    pub fn front_is_out(&self) -> bool {
        matches!(
            self.outcome,
            Some(PollOutcome::HttpError | PollOutcome::Timeout)
        )
    }

    /// Whether the site answered at least once with what it was asked for.
    pub fn was_answered(&self) -> bool {
        let read = self.lists_read + self.pages_read + self.documents_checked;
        read > 0 || self.outcome.is_some_and(PollOutcome::is_success)
    }

    /// Tells whether the cycle was uneventful; `before` is what was known of the source when it began.
    pub fn settle(&mut self, before: &SourceState, now: Timestamp) {
        let asked = [
            self.lists_read,
            self.lists_failed,
            self.pages_read,
            self.pages_failed,
            self.documents_checked,
        ];
        let well_today = before.failures == 0
            && before
                .last_ok_at
                .is_some_and(|at| day_in_finland(at) == day_in_finland(now));
        self.uneventful = well_today
            && self.outcome == Some(PollOutcome::NotModified)
            && asked.iter().all(|count| *count == 0);
    }

    /// Whether the source itself failed; a page that failed does not make a source fail.
    pub fn failed(&self) -> bool {
        if self.our_side {
            return false;
        }
        self.outcome.is_some_and(|outcome| !outcome.is_success())
            || self.is_unarchived()
            || self.is_unsound()
    }

    /// Whether the cycle could not be archived.
    pub fn is_unarchived(&self) -> bool {
        self.outcome.is_none() && self.error.is_some()
    }

    /// Whether the source answers and what it brings cannot be trusted, or is nothing.
    pub fn is_unsound(&self) -> bool {
        let failing = |finding: &Finding| finding.severity == Severity::Failing;
        self.findings.iter().any(failing)
    }
}

/// What a running cycle tells whoever watches.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// So many sources take part.
    Sources(usize),
    /// One list of a source is done, in a backfill.
    ListDone(SourceId),
    /// A source has so many pages to read.
    Pages(SourceId, usize),
    /// One page of a source is done.
    PageDone(SourceId),
    /// So many items were derived again, of so many.
    Rederived(u32, u32),
    /// A source is done.
    SourceDone(SourceReport),
}

/// Receives progress; called from many tasks.
pub type Watcher = std::sync::Arc<dyn Fn(Progress) + Send + Sync>;

/// A watcher that looks away.
pub fn nobody() -> Watcher {
    std::sync::Arc::new(|_| ())
}
