//! One check of one list beside the front, from request to transaction.

use jiff::{SignedDuration, Timestamp};

use super::listed::{ListedWork, Met, count};
use super::reading::{parse, reading_hash};
use crate::archive::{ArchiveError, Batch};
use crate::daemon::engine::Engine;
use crate::daemon::inflight::ListRole;
use crate::daemon::received;
use crate::daemon::report::{FeedHealth, SourceReport};
use crate::decide::check::{AnswerFacts, Failure};
use crate::decide::lists::{Circumstances, ListChecked, Purpose, check_list as decide_check};
use crate::decide::schedule::Pause;
use crate::fetch::{FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::change::Original;
use crate::model::ids::Uid;
use crate::model::listing::{KnownList, ListKind, ListReading, MeetingStatus};
use crate::model::source::Source;
use crate::platform::platform;

/// Which list is checked, and why.
pub struct Errand<'a> {
    /// The source it belongs to.
    pub source: &'a Source,
    /// Its key.
    pub key: &'a str,
    /// Whether the source's front answers.
    pub front: FeedHealth,
    /// Why it is asked for.
    pub purpose: Purpose,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEnd {
    /// It was read; these items' pages are due because of it.
    Read(Vec<Uid>),
    /// The server says that there is none.
    Gone,
    /// It could not be had or read.
    Failed(String),
    /// The host asked for a pause, or the program is ending: nothing more of the source for now.
    Stop,
}

struct Check<'a> {
    engine: &'a Engine,
    errand: &'a Errand<'a>,
    known: &'a KnownList,
    now: Timestamp,
}

/// Checks one list and archives what follows from it.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn check_list(
    engine: &Engine,
    errand: &Errand<'_>,
    report: &mut SourceReport,
) -> anyhow::Result<ListEnd> {
    let (source, key) = (errand.source.id.clone(), errand.key.to_owned());
    let known = engine
        .read(move |reader| reader.list(&source, &key))
        .await?;
    let Some(known) = known else {
        return Ok(ListEnd::Gone);
    };
    let check = Check {
        engine,
        errand,
        known: &known,
        now: engine.clock.now(),
    };
    let ended = tokio::select! {
        ended = check.run(report) => ended?,
        () = engine.shutdown.cancelled() => ListEnd::Stop,
    };
    match &ended {
        ListEnd::Read(_) => report.lists_read += 1,
        ListEnd::Failed(error) => {
            tracing::debug!(url = %known.list.url, %error, "a list could not be read");
            report.lists_failed += 1;
        }
        ListEnd::Gone | ListEnd::Stop => {}
    }
    Ok(ended)
}

/// Records that a list failed which could not be archived: it must not keep the pages from being read.
///
/// # Errors
/// When not even that can be written; then the archive itself is in trouble.
pub async fn put_off(
    engine: &Engine,
    errand: &Errand<'_>,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let (source, key) = (errand.source.id.clone(), errand.key.to_owned());
    let known = engine
        .read(move |reader| reader.list(&source, &key))
        .await?;
    let Some(known) = known else { return Ok(()) };
    let check = Check {
        engine,
        errand,
        known: &known,
        now: engine.clock.now(),
    };
    let error = format!("the list cannot be archived: {error:#}");
    check.put_off(Pause::default(), error, |_| Ok(())).await?;
    Ok(())
}

impl Check<'_> {
    async fn run(&self, report: &mut SourceReport) -> anyhow::Result<ListEnd> {
        if let Some(ended) = self.robots().await? {
            return Ok(ended);
        }
        let list = &self.known.list;
        let request = Request {
            url: list.url.clone(),
            kind: if list.kind.is_feed() {
                RequestKind::Feed
            } else {
                RequestKind::Page
            },
            validators: self.known.validators.clone(),
        };
        let answer = match self.engine.client.get(request).await {
            Ok(answer) => answer,
            Err(error) => return self.failed(&error).await,
        };
        let Some(original) = received::original(&answer, self.now).await? else {
            let facts = AnswerFacts {
                status: Some(answer.status),
                validators: self.known.validators.renewed(&answer.validators),
                body_sha256: None,
            };
            return self.same(facts).await;
        };
        let (source, role) = (self.errand.source, ListRole::Beside);
        match parse(self.engine, source, list, role, &original).await? {
            Ok(reading) => self.read(reading, original, report).await,
            Err(error) => self.unreadable(error, original).await,
        }
    }

    /// Asks robots.txt about a page; feeds are meant to be polled. A permission stands above it.
    async fn robots(&self) -> anyhow::Result<Option<ListEnd>> {
        let source = self.errand.source;
        if self.known.list.kind.is_feed() {
            return Ok(None);
        }
        match self.engine.client.robots_allow(&self.known.list.url).await {
            Ok(RobotsVerdict::Allowed) => Ok(None),
            Ok(RobotsVerdict::Disallowed) if source.permission.is_some() => Ok(None),
            Ok(RobotsVerdict::Disallowed) => {
                let error = format!("robots.txt forbids {}", self.known.list.url);
                self.record(&ListChecked::Forbidden, AnswerFacts::default(), |_| Ok(()))
                    .await?;
                Ok(Some(ListEnd::Failed(error)))
            }
            Ok(RobotsVerdict::Unavailable) => {
                let error = "robots.txt cannot be had for now, so the list is not read yet";
                self.put_off(Pause::default(), error.to_owned(), |_| Ok(()))
                    .await
                    .map(Some)
            }
            Err(error) => self.failed(&error).await.map(Some),
        }
    }

    async fn same(&self, facts: AnswerFacts) -> anyhow::Result<ListEnd> {
        self.record(&ListChecked::Read(self.known.status, None), facts, |_| {
            Ok(())
        })
        .await?;
        Ok(ListEnd::Read(vec![]))
    }

    /// A list that was read. The bytes are kept where it says something else than before.
    async fn read(
        &self,
        reading: ListReading,
        original: Original,
        report: &mut SourceReport,
    ) -> anyhow::Result<ListEnd> {
        let hash = reading_hash(&reading);
        let entries = count(reading.entries());
        let mut facts = AnswerFacts {
            status: Some(original.http_status),
            validators: original.validators.clone(),
            body_sha256: None,
        };
        if self.known.reading_sha256.as_ref() == Some(&hash) {
            return self.same(facts).await;
        }
        facts.body_sha256 = Some(hash);
        let (source, list) = (self.errand.source, &self.known.list);
        let status = self.status(&reading);
        let met = Met {
            role: ListRole::Beside,
            purpose: self.errand.purpose,
        };
        let place = (source, list, met);
        let work = ListedWork::prepare(self.engine, place, reading, self.now, report).await?;
        let id = source.id.clone();
        let written = self
            .record(
                &ListChecked::Read(status, Some(entries)),
                facts,
                move |batch| {
                    batch.put_original(&id, &original)?;
                    work.write(batch)
                },
            )
            .await?;
        report.meetings_new += written.meetings_new;
        Ok(ListEnd::Read(written.items))
    }

    /// How far the meeting has come: by its list, or by what was known.
    fn status(&self, reading: &ListReading) -> Option<MeetingStatus> {
        let said = reading.about.as_ref().and_then(|about| about.status);
        MeetingStatus::further(self.known.status, said)
    }

    /// Bytes that are not the list: kept, and asked for again.
    async fn unreadable(&self, error: String, original: Original) -> anyhow::Result<ListEnd> {
        let pause = Pause {
            status: Some(original.http_status),
            retry_after: None,
        };
        let id = self.errand.source.id.clone();
        self.put_off(pause, error, move |batch| {
            batch.put_original(&id, &original)
        })
        .await
    }

    /// No bytes. A host that asked for a pause is not the list's failure.
    async fn failed(&self, error: &FetchError) -> anyhow::Result<ListEnd> {
        if matches!(error, FetchError::HostPaused { .. }) {
            return Ok(ListEnd::Stop);
        }
        if let (Some(status @ (404 | 410)), FeedHealth::Answers) =
            (error.status(), self.errand.front)
        {
            self.record(&ListChecked::Gone(status), AnswerFacts::default(), |_| {
                Ok(())
            })
            .await?;
            return Ok(ListEnd::Gone);
        }
        let pause = Pause {
            status: error.status(),
            retry_after: error.retry_after(),
        };
        let wait = error
            .retry_after()
            .and_then(|wait| SignedDuration::try_from(wait).ok());
        let until = wait.and_then(|wait| self.now.checked_add(wait).ok());
        let host_pause = until
            .zip(error.host())
            .map(|(until, host)| (host.to_owned(), until));
        let paused = host_pause.is_some();
        let ended = self
            .put_off(pause, error.to_string(), move |batch| match &host_pause {
                Some((host, until)) => batch.pause_host(host, Some(*until)),
                None => Ok(()),
            })
            .await?;
        Ok(if paused { ListEnd::Stop } else { ended })
    }

    async fn put_off(
        &self,
        pause: Pause,
        error: String,
        store: impl FnOnce(&Batch<'_>) -> Result<(), ArchiveError> + Send + 'static,
    ) -> anyhow::Result<ListEnd> {
        let failure = Failure {
            pause,
            error: error.clone(),
        };
        self.record(&ListChecked::Failed(failure), AnswerFacts::default(), store)
            .await?;
        Ok(ListEnd::Failed(error))
    }

    /// One transaction: what follows from the answer, and the record of the check.
    async fn record<T: Send + 'static>(
        &self,
        checked: &ListChecked,
        facts: AnswerFacts,
        store: impl FnOnce(&Batch<'_>) -> Result<T, ArchiveError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let when = Circumstances {
            now: self.now,
            interval: self.errand.source.interval,
            jitter: fastrand::f64(),
            purpose: self.errand.purpose,
        };
        let check = decide_check(self.known, checked, facts, when);
        let (source, key) = (self.errand.source.id.clone(), self.known.list.key.clone());
        let done = self
            .engine
            .writer
            .write(move |batch| {
                let done = store(batch)?;
                batch.record_list_check(&source, &key, &check)?;
                Ok(done)
            })
            .await?;
        Ok(done)
    }
}

/// Whether a source's lists of a kind may be asked for: where pages are not read, only feeds are.
pub fn is_open(source: &Source, kind: ListKind) -> bool {
    kind.is_feed() || platform(source.platform).reads_pages(source)
}
