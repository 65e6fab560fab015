//! A feed with news: items, what is recognised from what the feed says, problems.

use std::sync::Arc;

use url::Url;

use crate::archive::{ArchiveError, Batch, FeedState, PagePlan, ProblemScope};
use crate::daemon::listed_text::{feed_version, reading_of};
use crate::daemon::recognition::{Listed, text_of};
use crate::daemon::report::SourceReport;
use crate::decide::listing::listing;
use crate::fetch::Answer;
use crate::model::change::{ListingChange, NewVersion, Original};
use crate::model::feed_item::{FeedReading, ListedItem};
use crate::model::ids::{ItemKey, Uid};
use crate::model::item::KnownItem;
use crate::model::listing::Listed as ListedEntry;
use crate::model::network::{Recognition, Verdict};
use crate::model::poll::{PollOutcome, PollRecord, Validators};
use crate::model::problem::{Problem, ProblemKind};
use crate::platform::platform;

use super::Poll;

impl Poll<'_> {
    pub(super) async fn store(
        &self,
        reading: FeedReading,
        answer: &Answer,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<Vec<Uid>> {
        let (listed, mut problems) = self.list(&reading, &answer.final_url);
        let shrank = listed.is_empty() && self.state.items_seen.unwrap_or_default() > 0;
        if shrank {
            problems.push(Problem::new(
                ProblemKind::FeedShrank,
                "the feed has no usable entry although it had some before; nothing is removed",
            ));
        }
        let id = self.source.id.clone();
        let keys: Vec<_> = listed.iter().map(|item| item.key.clone()).collect();
        let known = self
            .engine
            .read(move |reader| reader.known_items_by_keys(&id, &keys))
            .await?;
        let changes = listing(&known, &listed);
        let mut record = self.record(if shrank {
            PollOutcome::Empty
        } else {
            PollOutcome::Ok
        });
        record.http_status = Some(answer.status);
        record.items_seen = count(listed.len());
        record.items_new = count(changes.iter().filter(|c| is_new(c)).count());
        record.items_changed = count(changes.len()) - record.items_new;
        record.parse_warnings = count(problems.len());
        record.next_check_at = self.due_again(answer.fresh_for.max(reading.ttl));
        if shrank {
            record.error = problems.last().map(|problem| problem.detail.clone());
        }
        report.outcome = Some(record.outcome);
        report.error.clone_from(&record.error);
        report.items_seen = record.items_seen;
        report.items_new = record.items_new;
        report.problems += record.parse_warnings;
        let feed_state = self.state_after(answer, &original, &record);
        let archive = self.archive_listing((changes, &known), problems, original, report);
        self.write(record, Some(feed_state), archive).await
    }

    /// What the next request needs, after a feed that was read.
    fn state_after(&self, answer: &Answer, original: &Original, record: &PollRecord) -> FeedState {
        let state = FeedState {
            validators: answer.validators.clone(),
            body_sha256: Some(original.sha256.clone()),
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

    /// What the platform makes of the entries, and every problem met on the way.
    fn list(&self, reading: &FeedReading, served: &Url) -> (Vec<ListedItem>, Vec<Problem>) {
        let reader = platform(self.source.platform);
        let mut problems = reading.problems.clone();
        let mut listed = vec![];
        for entry in &reading.entries {
            match reader.list(self.source, served, entry) {
                Ok(ListedEntry::Item(item)) => listed.push(item),
                Ok(ListedEntry::Meeting(_)) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if reading.dropped > 0 {
            problems.push(Problem::new(
                ProblemKind::TooManyEntries,
                format!(
                    "the feed has {} entries more than one poll takes",
                    reading.dropped
                ),
            ));
        }
        (listed, problems)
    }

    /// The writes of a feed with news: originals, items, what is recognised from their titles, problems.
    fn archive_listing(
        &self,
        (changes, known): (Vec<ListingChange>, &[KnownItem]),
        problems: Vec<Problem>,
        original: Original,
        report: &mut SourceReport,
    ) -> impl FnOnce(&Batch<'_>) -> Result<Vec<Uid>, ArchiveError> + Send + use<> {
        let (source, now) = (self.source.clone(), self.started_at);
        let matcher = Arc::clone(&self.engine.matcher);
        let plan = if platform(source.platform).reads_pages(&source) {
            PagePlan::Read
        } else {
            PagePlan::FeedOnly
        };
        let texts = self.texts(&changes, known, plan);
        report.versions += count(texts.iter().filter(|text| text.version.is_some()).count());
        report.recognised += count(
            texts
                .iter()
                .filter(|text| text.version.is_some() && text.is_new)
                .filter(|text| text.recognitions.iter().any(|r| r.verdict == Verdict::In))
                .count(),
        );
        move |batch| {
            batch.put_original(&source.id, &original)?;
            let written = batch.apply_listing(&source.id, plan, &changes, now)?;
            for row in &written {
                let Some(text) = texts.iter().find(|text| text.key == row.key) else {
                    continue;
                };
                if let Some(version) = &text.version {
                    batch.store_version(&row.uid, version, now)?;
                } else if !row.unread {
                    continue;
                }
                for recognition in &text.recognitions {
                    batch.store_recognition(
                        &row.uid,
                        recognition,
                        matcher.ruleset(&recognition.network),
                        now,
                    )?;
                }
            }
            batch.set_problems(&ProblemScope::Source(source.id.clone()), &problems, now)?;
            Ok(written.into_iter().map(|row| row.uid).collect())
        }
    }

    /// What the feed alone says about changed items. Where pages are read, it counts only until the page
    /// of the item is read: then the page decides.
    fn texts(
        &self,
        changes: &[ListingChange],
        known: &[KnownItem],
        plan: PagePlan,
    ) -> Vec<FeedText> {
        let feed_only = plan == PagePlan::FeedOnly;
        changes
            .iter()
            .map(|change| {
                let item = change.item();
                let listed = Listed {
                    municipality: &self.source.municipality,
                    title: &item.title,
                    body: item.body.as_deref(),
                };
                let reading = feed_only.then(|| reading_of(item));
                let fields = reading.as_ref().map(|reading| &reading.item);
                FeedText {
                    key: item.key.clone(),
                    is_new: is_new(change),
                    recognitions: self.engine.matcher.recognise(&text_of(listed, fields, &[])),
                    version: feed_only.then(|| {
                        feed_version(item, known.iter().find(|known| known.key == item.key))
                    }),
                }
            })
            .collect()
    }
}

/// What a feed alone says about one item.
struct FeedText {
    key: ItemKey,
    is_new: bool,
    recognitions: Vec<Recognition>,
    version: Option<NewVersion>,
}

fn is_new(change: &ListingChange) -> bool {
    matches!(change, ListingChange::New(_))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
