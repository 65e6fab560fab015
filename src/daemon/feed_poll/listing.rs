//! A front with news: what it lists, and what its next request needs.

use crate::archive::FeedState;
use crate::daemon::inflight::ListRole;
use crate::daemon::lists::listed::{ListedWork, Met, count};
use crate::daemon::lists::reading::reading_hash;
use crate::daemon::report::SourceReport;
use crate::decide::lists::Purpose;
use crate::fetch::Answer;
use crate::model::change::Original;
use crate::model::ids::Uid;
use crate::model::listing::ListReading;
use crate::model::poll::{PollOutcome, PollRecord, Validators};
use crate::model::problem::{Problem, ProblemKind};

use super::{Poll, Same};

impl Poll<'_> {
    pub(super) async fn store(
        &self,
        mut reading: ListReading,
        answer: &Answer,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<Vec<Uid>> {
        let hash = (!self.front.kind.is_feed()).then(|| reading_hash(&reading));
        if hash.is_some() && hash == self.state.reading_sha256 {
            let unchanged = self.not_modified(answer, Same::Reading, report);
            return unchanged.await.map(|()| vec![]);
        }
        let entries = count(reading.entries());
        let shrank = entries == 0 && self.state.items_seen.unwrap_or_default() > 0;
        if shrank {
            reading.problems.push(Problem::new(
                ProblemKind::FeedShrank,
                "the feed has no usable entry although it had some before; nothing is removed",
            ));
        }
        let mut record = self.record(if shrank {
            PollOutcome::Empty
        } else {
            PollOutcome::Ok
        });
        record.http_status = Some(answer.status);
        record.items_seen = entries;
        record.parse_warnings = count(reading.problems.len());
        record.next_check_at = self.due_again(answer.fresh_for.max(reading.ttl));
        if shrank {
            record.error = reading
                .problems
                .last()
                .map(|problem| problem.detail.clone());
            report.error.clone_from(&record.error);
        }
        report.outcome = Some(record.outcome);
        report.items_seen = entries;
        let met = Met {
            role: ListRole::Front,
            purpose: Purpose::Following,
        };
        let place = (self.source, &self.front, met);
        let work =
            ListedWork::prepare(self.engine, place, reading, self.started_at, report).await?;
        (record.items_new, record.items_changed) = work.counts();
        let feed_state = FeedState {
            reading_sha256: hash.filter(|_| !shrank),
            ..self.state_after(answer, &original, &record)
        };
        let source = self.source.id.clone();
        let written = self
            .write(record, Some(feed_state), move |batch| {
                batch.put_original(&source, &original)?;
                work.write(batch)
            })
            .await?;
        report.meetings_new += written.meetings_new;
        Ok(written.items)
    }

    /// What the next request needs, after a front that was read.
    fn state_after(&self, answer: &Answer, original: &Original, record: &PollRecord) -> FeedState {
        let state = FeedState {
            validators: answer.validators.clone(),
            body_sha256: Some(original.sha256.clone()),
            reading_sha256: None,
            items_seen: Some(record.items_seen),
            last_full_at: Some(self.started_at),
            moved_to: self.moved_after(answer, record.items_seen),
            gone_since: None,
        };
        if record.outcome != PollOutcome::Empty {
            return self.for_next_address(state);
        }
        // Neither the validators of an empty feed are kept nor those of the feed before it: whatever
        // comes next is read, so that entries that come back are seen and end the problem.
        FeedState {
            validators: Validators::default(),
            body_sha256: None,
            items_seen: self.state.items_seen,
            ..state
        }
    }
}
