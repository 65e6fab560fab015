//! What a list leads to: items and what is recognised from their titles, meetings, other lists.

use std::sync::Arc;

use jiff::Timestamp;

use super::feed_text::{feed_version, reading_of};
use super::identity::known_items;
use crate::archive::{ArchiveError, Batch, FoundList, PagePlan, ProblemScope};
use crate::daemon::engine::Engine;
use crate::daemon::inflight::ListRole;
use crate::daemon::recognition::{Listed, text_of};
use crate::daemon::report::SourceReport;
use crate::decide::listing::listing;
use crate::decide::lists::{Purpose, beside, first_check};
use crate::model::change::{ListingChange, NewVersion};
use crate::model::ids::{ItemKey, Uid};
use crate::model::item::KnownItem;
use crate::model::listing::{ListAddress, ListReading, ListedMeeting};
use crate::model::network::{Recognition, Verdict};
use crate::model::problem::Problem;
use crate::model::source::Source;
use crate::platform::platform;
use crate::recognise::Matcher;

/// The writes that follow from one reading of a list.
pub struct ListedWork {
    source: Source,
    list: ListAddress,
    role: ListRole,
    plan: PagePlan,
    changes: Vec<ListingChange>,
    texts: Vec<FeedText>,
    meetings: Vec<ListedMeeting>,
    lists: Vec<FoundList>,
    problems: Vec<Problem>,
    matcher: Arc<Matcher>,
    now: Timestamp,
}

/// How a list was met.
#[derive(Clone, Copy, Debug)]
pub struct Met {
    /// Its part in the source.
    pub role: ListRole,
    /// Why it was asked for.
    pub purpose: Purpose,
}

/// What a list alone says about one item.
struct FeedText {
    key: ItemKey,
    is_new: bool,
    recognitions: Vec<Recognition>,
    version: Option<NewVersion>,
}

/// What one reading came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Items a row was written for: their pages are due.
    pub items: Vec<Uid>,
    /// Meetings that no list had named before.
    pub meetings_new: u32,
}

impl ListedWork {
    /// Compares a reading with what is known and prepares what follows; counts it in the report.
    pub async fn prepare(
        engine: &Engine,
        (source, list, met): (&Source, &ListAddress, Met),
        mut reading: ListReading,
        now: Timestamp,
        report: &mut SourceReport,
    ) -> anyhow::Result<Self> {
        let known = known_items(engine, source, &mut reading).await?;
        let changes = listing(&known, &reading.items);
        let reader = platform(source.platform);
        let changes = match met.role {
            ListRole::Front => changes,
            ListRole::Beside => beside(reader.front(source).kind, changes),
        };
        let plan = if reader.reads_pages(source) {
            PagePlan::Read
        } else {
            PagePlan::FeedOnly
        };
        let meetings = reading.named_meetings(list);
        let of_meetings = meetings.iter().filter_map(|meeting| meeting.list.clone());
        let lists = reading.lists.iter().cloned().chain(of_meetings);
        let lists = lists.map(|list| FoundList {
            due: first_check(&list, met.purpose, now),
            list,
        });
        let lists = lists.collect();
        let work = Self {
            source: source.clone(),
            list: list.clone(),
            role: met.role,
            plan,
            texts: texts(engine, source, (&changes, &known), plan),
            changes,
            meetings,
            lists,
            problems: reading.problems,
            matcher: Arc::clone(&engine.matcher),
            now,
        };
        work.count_into(report);
        Ok(work)
    }

    /// Items not known before, and known ones that are listed differently.
    pub fn counts(&self) -> (u32, u32) {
        let new = count(self.changes.iter().filter(|change| is_new(change)).count());
        (new, count(self.changes.len()).saturating_sub(new))
    }

    fn count_into(&self, report: &mut SourceReport) {
        report.items_new += self.counts().0;
        report.problems += count(self.problems.len());
        let with_version = || self.texts.iter().filter(|text| text.version.is_some());
        report.versions += count(with_version().count());
        report.recognised += count(
            with_version()
                .filter(|text| text.is_new)
                .filter(|text| text.recognitions.iter().any(|r| r.verdict == Verdict::In))
                .count(),
        );
    }

    /// Writes all of it; belongs into the transaction that records the request.
    pub fn write(&self, batch: &Batch<'_>) -> Result<Written, ArchiveError> {
        let (source, now) = (&self.source.id, self.now);
        let written = batch.apply_listing(source, self.plan, &self.changes, now)?;
        for row in &written {
            let Some(text) = self.texts.iter().find(|text| text.key == row.key) else {
                continue;
            };
            if let Some(version) = &text.version {
                batch.store_version(&row.uid, version, now)?;
            } else if !row.unread {
                continue;
            }
            for recognition in &text.recognitions {
                let ruleset = self.matcher.ruleset(&recognition.network);
                batch.store_recognition(&row.uid, recognition, ruleset, now)?;
            }
        }
        let news = batch.apply_meetings(source, &self.meetings, now)?;
        batch.note_lists(source, &self.lists, &news.lists, now)?;
        let scope = match self.role {
            ListRole::Front => ProblemScope::Source(source.clone()),
            ListRole::Beside => ProblemScope::List(source.clone(), self.list.key.clone()),
        };
        batch.set_problems(&scope, &self.problems, now)?;
        Ok(Written {
            items: written.into_iter().map(|row| row.uid).collect(),
            meetings_new: news.new,
        })
    }
}

/// What a list alone says about changed items. Where pages are read, it counts only until the page of the
/// item is read: then the page decides.
fn texts(
    engine: &Engine,
    source: &Source,
    (changes, known): (&[ListingChange], &[KnownItem]),
    plan: PagePlan,
) -> Vec<FeedText> {
    let feed_only = plan == PagePlan::FeedOnly;
    let text = |change: &ListingChange| {
        let item = change.item();
        let listed = Listed {
            municipality: &source.municipality,
            title: &item.title,
            body: item.body.as_deref(),
        };
        let reading = feed_only.then(|| reading_of(item));
        let fields = reading.as_ref().map(|reading| &reading.item);
        FeedText {
            key: item.key.clone(),
            is_new: is_new(change),
            recognitions: engine.matcher.recognise(&text_of(listed, fields, &[])),
            version: feed_only
                .then(|| feed_version(item, known.iter().find(|known| known.key == item.key))),
        }
    };
    changes.iter().map(text).collect()
}

fn is_new(change: &ListingChange) -> bool {
    matches!(change, ListingChange::New(_))
}

/// A length as the archive counts.
pub fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
