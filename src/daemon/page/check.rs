//! One check of one item page, from request to transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::ask::Attempt;
use super::paper::{Paper, is_kept};
use crate::archive::{ArchiveError, Batch, PageAccess, ProblemScope};
use crate::daemon::engine::Engine;
use crate::daemon::recognition::{Listed, text_of};
use crate::daemon::report::{FeedHealth, SourceReport};
use crate::decide::check::{AnswerFacts, Checked, Failure, GONE_AFTER, check, is_withdrawn};
use crate::decide::page::page as decide_page;
use crate::decide::redaction::appeals_end;
use crate::decide::sanity::sanity;
use crate::decide::schedule::Pause;
use crate::fetch::{FetchError, RobotsVerdict};
use crate::model::change::{Original, PageChange, PageCheck, VersionKind};
use crate::model::ids::Uid;
use crate::model::item::DuePage;
use crate::model::minutes::Reading;
use crate::model::network::{Recognition, Verdict};
use crate::model::page::PageFault;
use crate::model::poll::Validators;
use crate::model::problem::Problem;
use crate::model::source::Source;
use crate::model::takedown::{WhenGone, WhenRedacted};
use crate::model::when::{day_in_finland, later};
use crate::platform::platform;
use crate::privacy::without_names;

/// A page under check.
pub(in crate::daemon) struct Check<'a> {
    pub(in crate::daemon) engine: &'a Engine,
    pub(in crate::daemon) source: &'a Source,
    pub(in crate::daemon) page: &'a DuePage,
    feed: FeedHealth,
    pub(in crate::daemon) now: Timestamp,
}

/// Checks one page and archives what follows from it.
///
/// Returns false when the source's other pages should wait as well: the host asked for a pause, or
/// the program is ending.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn check_page(
    engine: &Engine,
    source: &Source,
    uid: &Uid,
    feed: FeedHealth,
    report: &mut SourceReport,
) -> anyhow::Result<bool> {
    let asked = uid.clone();
    // One unreadable row must not stop the others; `verify` names it.
    let page = engine
        .read(move |reader| match reader.page(&asked) {
            Err(error @ ArchiveError::Unreadable { .. }) => {
                tracing::error!(uid = %asked, %error, "the page's row cannot be read");
                Ok(None)
            }
            other => other,
        })
        .await?;
    let Some(page) = page else { return Ok(true) };
    let check = Check {
        engine,
        source,
        page: &page,
        feed,
        now: engine.clock.now(),
    };
    tokio::select! {
        checked = check.run(report) => checked,
        () = engine.shutdown.cancelled() => Ok(false),
    }
}

impl Check<'_> {
    async fn run(&self, report: &mut SourceReport) -> anyhow::Result<bool> {
        match self.engine.client.robots_allow(&self.page.url).await {
            Ok(RobotsVerdict::Allowed) => {}
            // Somebody with the right to it permitted that pages are read all the same.
            Ok(RobotsVerdict::Disallowed) if self.source.permission.is_some() => {}
            Ok(RobotsVerdict::Disallowed) => {
                report.problems += 1;
                let id = self.source.id.clone();
                let note = move |batch: &Batch<'_>| batch.set_access(&id, PageAccess::Disallowed);
                return self
                    .archive_with(&Checked::Forbidden, AnswerFacts::default(), None, note)
                    .await;
            }
            Ok(RobotsVerdict::Unavailable) => {
                report.pages_failed += 1;
                let error =
                    "robots.txt cannot be had for now, so the page is not read yet".to_owned();
                let failure = Failure {
                    pause: Pause::default(),
                    error,
                };
                return self
                    .archive(&Checked::Failed(failure), AnswerFacts::default(), None)
                    .await;
            }
            Err(error) => return self.failed(&error, report).await,
        }
        let mut attempt = self.attempt(self.page.validators.clone()).await?;
        if matches!(attempt, Attempt::Fault(PageFault::WrongPage { .. }, _, _)) {
            // Servers of this kind keep state of their own and mix up answers now and then (ESP, 2026).
            attempt = self.attempt(Validators::default()).await?;
        }
        match self.with_paper(attempt).await? {
            Attempt::Same(facts) => {
                report.pages_read += 1;
                self.archive(&Checked::Same, facts, None).await
            }
            Attempt::Read(reading, original) => self.read(*reading, original, None, report).await,
            Attempt::Paper(reading, original, paper) => {
                self.read(*reading, original, Some(*paper), report).await
            }
            Attempt::Fault(fault, drift, original) => {
                self.unread((fault.to_string(), drift), original, report)
                    .await
            }
            Attempt::Unread(error, original) => self.unread((error, None), original, report).await,
            Attempt::Failed(error) => self.failed(&error, report).await,
        }
    }

    /// A page that was read: decide, recognise, archive.
    async fn read(
        &self,
        mut reading: Reading,
        original: Original,
        paper: Option<Paper>,
        report: &mut SourceReport,
    ) -> anyhow::Result<bool> {
        self.weigh(&mut reading);
        report.pages_read += 1;
        report.problems += u32::try_from(reading.problems.len()).unwrap_or(u32::MAX);
        let recognitions = self.recognise(&reading);
        let parser = platform(self.source.platform).parser();
        let change = decide_page(self.page, reading, parser, self.now);
        if let PageChange::Version(version) = &change {
            report.versions += 1;
            report.minutes_published += u32::from(version.kind == VersionKind::MinutesPublished);
            report.recognised += u32::from(
                version.kind == VersionKind::First
                    && recognitions.iter().any(|r| r.verdict == Verdict::In),
            );
        }
        let facts = paper
            .as_ref()
            .and_then(Paper::facts)
            .unwrap_or_else(|| AnswerFacts {
                status: Some(original.http_status),
                validators: original.validators.clone(),
                body_sha256: Some(original.sha256.clone()),
            });
        let most = self.engine.config.max_pdf_original;
        let (uid, now) = (self.page.uid.clone(), self.now);
        let (source, matcher) = (self.source.id.clone(), Arc::clone(&self.engine.matcher));
        let checked = Checked::Read(&change);
        let stored = change.clone();
        let policy = self.engine.config.privacy.when_redacted;
        let lost = self.taken_back(&change).await?;
        let store = move |batch: &Batch<'_>| {
            batch.set_access(&source, PageAccess::Allowed)?;
            if let Some(paper) = &paper {
                paper.store(batch, (&uid, now), most)?;
            }
            let PageChange::Version(version) = &stored else {
                return Ok(());
            };
            batch.store_version(&uid, version, now)?;
            for recognition in &recognitions {
                batch.store_recognition(
                    &uid,
                    recognition,
                    matcher.ruleset(&recognition.network),
                    now,
                )?;
            }
            follow(batch, (&uid, policy), &lost, now)
        };
        self.archive_with(&checked, facts, Some(original), store)
            .await
    }

    /// Adds doubts to a reading, and takes out names that may not be told.
    fn weigh(&self, reading: &mut Reading) {
        let doubts = sanity(self.page, reading, day_in_finland(self.now));
        reading.problems.extend(doubts);
        if self.page.redacted {
            without_names(&mut reading.item, &mut reading.handlings);
        }
    }

    pub(super) fn appeals_end(&self) -> Timestamp {
        let window = self.engine.config.privacy.appeal_window;
        let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
        appeals_end(self.page, window)
    }

    /// When an item whose page is gone loses its names; `None` where it does not, or has.
    fn names_go_at(&self, record: &PageCheck) -> Option<Timestamp> {
        let privacy = &self.engine.config.privacy;
        let grace = SignedDuration::try_from(privacy.grace).unwrap_or(SignedDuration::MAX);
        let erases = privacy.when_gone == WhenGone::Erase && self.page.erased_at.is_none();
        let gone = record.gone_since.filter(|_| erases)?;
        Some(later(gone, grace.max(GONE_AFTER)).max(self.appeals_end()))
    }

    fn recognise(&self, reading: &Reading) -> Vec<Recognition> {
        let listed = Listed {
            municipality: &self.source.municipality,
            title: &self.page.listed_title,
            body: self.page.listed_body.as_deref(),
        };
        self.engine
            .matcher
            .recognise(&text_of(listed, Some(&reading.item), &reading.handlings))
    }

    /// Bytes that are not the page: kept, and asked for again.
    async fn unread(
        &self,
        (error, drift): (String, Option<Problem>),
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<bool> {
        report.pages_failed += 1;
        tracing::debug!(url = %self.page.url, %error, "a page could not be read");
        let pause = Pause {
            status: Some(original.http_status),
            retry_after: None,
        };
        let facts = AnswerFacts {
            status: Some(original.http_status),
            ..AnswerFacts::default()
        };
        let (scope, now) = (ProblemScope::Item(self.page.uid.clone()), self.now);
        let failed = Checked::Failed(Failure { pause, error });
        self.archive_with(&failed, facts, Some(original), move |batch| {
            drift.map_or(Ok(()), |problem| batch.add_problem(&scope, &problem, now))
        })
        .await
    }

    /// No bytes. A host that asked for a pause is not the page's failure.
    async fn failed(&self, error: &FetchError, report: &mut SourceReport) -> anyhow::Result<bool> {
        tracing::debug!(url = %self.page.url, %error, "a page could not be fetched");
        if matches!(error, FetchError::HostPaused { .. }) {
            return Ok(false);
        }
        report.pages_failed += 1;
        if let Some(status @ (404 | 410)) = error.status() {
            let checked = match self.feed {
                FeedHealth::Answers => Checked::Gone(status),
                FeedHealth::Fails => Checked::Missing(status),
            };
            report.pages_gone += u32::from(self.feed == FeedHealth::Answers);
            return self.archive(&checked, AnswerFacts::default(), None).await;
        }
        let pause = Pause {
            status: error.status(),
            retry_after: error.retry_after(),
        };
        let host_pause = error
            .retry_after()
            .and_then(|wait| {
                self.now
                    .checked_add(SignedDuration::try_from(wait).ok()?)
                    .ok()
            })
            .zip(error.host())
            .map(|(until, host)| (host.to_owned(), until));
        let paused = host_pause.is_some();
        let failure = Checked::Failed(Failure {
            pause,
            error: error.to_string(),
        });
        let store = move |batch: &Batch<'_>| match &host_pause {
            Some((host, until)) => batch.pause_host(host, Some(*until)),
            None => Ok(()),
        };
        self.archive_with(&failure, AnswerFacts::default(), None, store)
            .await?;
        Ok(!paused)
    }

    async fn archive(
        &self,
        checked: &Checked<'_>,
        facts: AnswerFacts,
        original: Option<Original>,
    ) -> anyhow::Result<bool> {
        self.archive_with(checked, facts, original, |_| Ok(()))
            .await
    }

    /// One transaction: the bytes, what follows from them, and the record of the check.
    async fn archive_with(
        &self,
        checked: &Checked<'_>,
        facts: AnswerFacts,
        original: Option<Original>,
        store: impl FnOnce(&Batch<'_>) -> Result<(), ArchiveError> + Send + 'static,
    ) -> anyhow::Result<bool> {
        let mut record = check(self.page, checked, facts, self.now, fastrand::f64());
        let withdrawn = is_withdrawn(checked, &record);
        let names_go_at = self.names_go_at(&record);
        if let (Some(at), Some(next)) = (names_go_at, record.next_check_at)
            && at > self.now
        {
            record.next_check_at = Some(next.min(at));
        }
        let erased = withdrawn && names_go_at.is_some_and(|at| at <= self.now);
        let (uid, now) = (self.page.uid.clone(), self.now);
        let most = self.engine.config.max_pdf_original;
        self.engine
            .writer
            .write(move |batch| {
                let kept = original.filter(|original| is_kept(original, most));
                if let Some(original) = &kept {
                    batch.put_page_original(&uid, original)?;
                }
                store(batch)?;
                if erased {
                    batch.erase_gone(&uid, now)?;
                } else if withdrawn {
                    batch.mark_withdrawn(&uid, now)?;
                }
                batch.record_check(&uid, &record)
            })
            .await?;
        Ok(true)
    }
}

/// Takes words that a page lost out of what is archived of it, as the policy says.
fn follow(
    batch: &Batch<'_>,
    (uid, policy): (&Uid, WhenRedacted),
    lost: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    match policy {
        WhenRedacted::Follow if !lost.is_empty() => batch.cut_older(uid, lost, now),
        WhenRedacted::EraseNames if !lost.is_empty() => batch.erase_names(uid, now),
        WhenRedacted::Follow | WhenRedacted::EraseNames | WhenRedacted::Keep => Ok(()),
    }
}
