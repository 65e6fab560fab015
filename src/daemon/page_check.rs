//! One check of one item page, from request to transaction.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use super::engine::Engine;
use super::inflight::{Input, InputKind};
use super::reading::read_known;
use super::recognition::{Listed, text_of};
use super::report::{FeedHealth, SourceReport};
use crate::archive::{ArchiveError, Batch, PageAccess, ProblemScope};
use crate::decide::check::{AnswerFacts, Checked, Failure, check, is_withdrawn};
use crate::decide::page::{RESTLESS_LIMIT, page as decide_page};
use crate::decide::sanity::sanity;
use crate::decide::schedule::Pause;
use crate::fetch::{Answer, FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::change::{Original, PageChange, VersionKind};
use crate::model::digest::sha256_hex;
use crate::model::ids::Uid;
use crate::model::item::DuePage;
use crate::model::minutes::Reading;
use crate::model::network::{Recognition, Verdict};
use crate::model::page::{AskedPage, PageFault};
use crate::model::poll::Validators;
use crate::model::problem::Problem;
use crate::model::source::Source;
use crate::model::when::day_in_finland;
use crate::platform::platform;

/// A page under check.
struct Check<'a> {
    engine: &'a Engine,
    source: &'a Source,
    page: &'a DuePage,
    feed: FeedHealth,
    now: Timestamp,
}

/// What one request for the page led to.
enum Attempt {
    /// 304, or bytes that were read before.
    Same(AnswerFacts),
    /// A page that was read.
    Read(Box<Reading>, Original),
    /// Bytes that are not the page; perhaps they are, in another markup.
    Fault(PageFault, Option<Problem>, Original),
    /// Bytes that must not be parsed, or whose reader gave up.
    Unread(String, Original),
    /// No bytes.
    Failed(FetchError),
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
        match attempt {
            Attempt::Same(facts) => {
                report.pages_read += 1;
                self.archive(&Checked::Same, facts, None).await
            }
            Attempt::Read(reading, original) => self.read(*reading, original, report).await,
            Attempt::Fault(fault, drift, original) => {
                self.unread((fault.to_string(), drift), original, report)
                    .await
            }
            Attempt::Unread(error, original) => self.unread((error, None), original, report).await,
            Attempt::Failed(error) => self.failed(&error, report).await,
        }
    }

    /// Asks for the page and reads it.
    async fn attempt(&self, validators: Validators) -> anyhow::Result<Attempt> {
        let request = Request {
            url: self.page.url.clone(),
            kind: RequestKind::Page,
            validators,
        };
        let answer = match self.engine.client.get(request).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Attempt::Failed(error)),
        };
        let Some(original) = self.original(&answer) else {
            return Ok(Attempt::Same(AnswerFacts {
                status: Some(answer.status),
                validators: self.page.validators.renewed(&answer.validators),
                body_sha256: None,
            }));
        };
        // Bytes that led to a fault are read again: a better reader may understand them. So are those of
        // a restless page: what was read since may not have been stored.
        let settled = self.page.failures == 0 && self.page.restless < RESTLESS_LIMIT;
        if settled && self.page.body_sha256.as_ref() == Some(&original.sha256) {
            return Ok(Attempt::Same(AnswerFacts {
                status: Some(answer.status),
                validators: answer.validators,
                body_sha256: None,
            }));
        }
        self.parse(original).await
    }

    fn original(&self, answer: &Answer) -> Option<Original> {
        let document = answer.body.as_ref()?;
        Some(Original {
            url: answer.final_url.to_string(),
            fetched_at: self.now,
            http_status: answer.status,
            content_type: document.content_type.clone(),
            validators: answer.validators.clone(),
            sha256: sha256_hex(&document.bytes),
            body: document.bytes.to_vec(),
        })
    }

    /// Reads the bytes off the async workers; an input in quarantine is not parsed.
    async fn parse(&self, original: Original) -> anyhow::Result<Attempt> {
        if self.engine.quarantined.contains(&original.sha256) {
            let error = "the page is in quarantine: reading it killed the program".to_owned();
            return Ok(Attempt::Unread(error, original));
        }
        let input = Input {
            source: self.source.id.clone(),
            platform: self.source.platform,
            url: self.page.url.clone(),
            content_type: original.content_type.clone(),
            sha256: original.sha256.clone(),
            kind: InputKind::Page {
                portal: self.source.url.clone(),
                key: self.page.key.clone(),
                key_prefix: self.source.key_prefix.clone(),
                checked: Some(self.page.uid.clone()),
            },
        };
        let (portal, prefix) = (self.source.url.clone(), self.source.key_prefix.clone());
        let (inflight, bytes) = (self.engine.inflight.clone(), original.body.clone());
        let known = self.page.clone();
        let read = self.engine.parse(move || -> std::io::Result<_> {
            let _flight = inflight.note(&input, &bytes)?;
            let asked = AskedPage {
                portal: &portal,
                url: &input.url,
                key: &known.key,
                key_prefix: &prefix,
            };
            let content_type = input.content_type.as_deref();
            Ok(read_known(
                input.platform,
                asked,
                &bytes,
                content_type,
                &known,
            ))
        });
        Ok(match read.await {
            Ok(read) => match read.context("cannot note an input in flight")? {
                Ok(reading) => Attempt::Read(Box::new(reading), original),
                Err((fault, drift)) => Attempt::Fault(fault, drift, original),
            },
            Err(panic) => Attempt::Unread(format!("the reader gave up: {panic}"), original),
        })
    }

    /// A page that was read: decide, recognise, archive.
    async fn read(
        &self,
        mut reading: Reading,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<bool> {
        reading
            .problems
            .extend(sanity(self.page, &reading, day_in_finland(self.now)));
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
        let facts = AnswerFacts {
            status: Some(original.http_status),
            validators: original.validators.clone(),
            body_sha256: Some(original.sha256.clone()),
        };
        let (uid, now) = (self.page.uid.clone(), self.now);
        let (source, matcher) = (self.source.id.clone(), Arc::clone(&self.engine.matcher));
        let checked = Checked::Read(&change);
        let stored = change.clone();
        let store = move |batch: &Batch<'_>| {
            batch.set_access(&source, PageAccess::Allowed)?;
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
            Ok(())
        };
        self.archive_with(&checked, facts, Some(original), store)
            .await
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
        let record = check(self.page, checked, facts, self.now, fastrand::f64());
        let withdrawn = is_withdrawn(checked, &record);
        let (uid, now) = (self.page.uid.clone(), self.now);
        self.engine
            .writer
            .write(move |batch| {
                if let Some(original) = &original {
                    batch.put_page_original(&uid, original)?;
                }
                store(batch)?;
                if withdrawn {
                    batch.mark_withdrawn(&uid, now)?;
                }
                batch.record_check(&uid, &record)
            })
            .await?;
        Ok(true)
    }
}
