//! Inputs that an earlier process did not read to their end, judged at the start by a child process.

use std::path::Path;

use jiff::Timestamp;

use super::engine::Engine;
use super::inflight::{Input, InputKind, ListRole};
use crate::archive::{ArchiveError, Batch, Reader};
use crate::decide::check::{AnswerFacts, Checked, Failure, check};
use crate::decide::lists::{Circumstances, ListChecked, Purpose, check_list};
use crate::decide::schedule::{Pause, after_feed_failure};
use crate::model::change::PageCheck;
use crate::model::ids::{SourceId, Uid};
use crate::model::listing::{ListAddress, ListCheck};
use crate::model::poll::{PollOutcome, PollRecord};
use crate::model::source::Source;

/// What a conviction means for the place the bytes came from. Bytes that differ at every fetch are never
/// recognised by their hash, so without this each start would die of the next ones.
enum Failed {
    /// The item is not known, or its originals were read again.
    Nothing,
    /// The page failed.
    Page(Uid, Box<PageCheck>),
    /// The feed failed.
    Feed(PollRecord),
    /// A list beside it failed.
    List(SourceId, String, Box<ListCheck>),
}

impl Failed {
    fn record(&self, batch: &Batch<'_>) -> Result<(), ArchiveError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Page(uid, check) => batch.record_check(uid, check),
            Self::Feed(poll) => batch.record_poll(poll),
            Self::List(source, key, check) => batch.record_list_check(source, key, check),
        }
    }
}

impl Engine {
    /// Puts inputs into quarantine that killed an earlier process. What no child could read, because none
    /// could be started, is left for the next start.
    pub(super) async fn judge_left_over(&self, program: &Path) -> anyhow::Result<()> {
        for suspect in self.inflight.left_over()? {
            match suspect.kills_a_child(program).await {
                Ok(Some(reason)) => self.convict(suspect.input.clone(), reason).await?,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(program = %program.display(), url = %suspect.input.url, %error,
                        "cannot start a child process that reads what was left over; it stays until the next start");
                    continue;
                }
            }
            suspect.clear();
        }
        Ok(())
    }

    async fn convict(&self, input: Input, reason: String) -> anyhow::Result<()> {
        tracing::error!(url = %input.url, sha256 = %input.sha256, %reason,
            "an input killed the reader and is put into quarantine");
        let now = self.clock.now();
        let error = format!("reading it killed the program: {reason}");
        let failed = self.failed(&input, error, now).await?;
        self.writer
            .write(move |batch| {
                batch.quarantine(&input.sha256, input.url.as_str(), &reason, now)?;
                failed.record(batch)
            })
            .await?;
        Ok(())
    }

    async fn failed(&self, input: &Input, error: String, now: Timestamp) -> anyhow::Result<Failed> {
        match &input.kind {
            InputKind::Page { checked: None, .. } => Ok(Failed::Nothing),
            InputKind::Page {
                checked: Some(uid), ..
            } => self.failed_page(uid.clone(), error, now).await,
            InputKind::List {
                role: ListRole::Front,
                ..
            } => self.failed_feed(input, error, now).await,
            InputKind::List {
                source,
                list,
                role: ListRole::Beside,
            } => self.failed_list(source, list, error, now).await,
        }
    }

    async fn failed_page(&self, uid: Uid, error: String, now: Timestamp) -> anyhow::Result<Failed> {
        let asked = uid.clone();
        let page = self
            .read(move |reader| match reader.page(&asked) {
                // A check skips such a page anyway.
                Err(ArchiveError::Unreadable { .. }) => Ok(None),
                other => other,
            })
            .await?;
        Ok(page.map_or(Failed::Nothing, |page| {
            let failure = Checked::Failed(Failure {
                pause: Pause::default(),
                error,
            });
            let facts = AnswerFacts::default();
            let check = check(&page, &failure, facts, now, fastrand::f64());
            Failed::Page(uid, Box::new(check))
        }))
    }

    async fn failed_list(
        &self,
        source: &Source,
        list: &ListAddress,
        error: String,
        now: Timestamp,
    ) -> anyhow::Result<Failed> {
        let (id, key) = (source.id.clone(), list.key.clone());
        let known = self.read(move |reader| reader.list(&id, &key)).await?;
        Ok(known.map_or(Failed::Nothing, |known| {
            let failure = ListChecked::Failed(Failure {
                pause: Pause::default(),
                error,
            });
            let when = Circumstances {
                now,
                interval: source.interval,
                jitter: fastrand::f64(),
                purpose: Purpose::Following,
            };
            let check = check_list(&known, &failure, AnswerFacts::default(), when);
            Failed::List(known.source, known.list.key, Box::new(check))
        }))
    }

    async fn failed_feed(
        &self,
        input: &Input,
        error: String,
        now: Timestamp,
    ) -> anyhow::Result<Failed> {
        let states = self.read(Reader::source_states).await?;
        let state = states.into_iter().find(|s| s.source == input.source);
        let (Some(state), Some(source)) = (state, self.source(&input.source)) else {
            return Ok(Failed::Nothing);
        };
        let failures = state.failures.saturating_add(1);
        Ok(Failed::Feed(PollRecord {
            source: state.source,
            started_at: now,
            duration_ms: 0,
            outcome: PollOutcome::ParseError,
            http_status: None,
            items_seen: 0,
            items_new: 0,
            items_changed: 0,
            parse_warnings: 0,
            error: Some(error),
            failures,
            next_check_at: after_feed_failure(
                now,
                source.interval,
                failures,
                Pause::default(),
                fastrand::f64(),
            ),
            certificate: None,
        }))
    }
}
