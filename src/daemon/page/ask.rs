//! One request for an item's page, and what its bytes are read as.

use anyhow::Context as _;

use super::check::Check;
use super::paper::Paper;
use crate::daemon::inflight::{Input, InputKind};
use crate::daemon::reading::{Served, read_known};
use crate::daemon::received;
use crate::decide::check::AnswerFacts;
use crate::decide::page::RESTLESS_LIMIT;
use crate::fetch::{Answer, FetchError, Request, RequestKind};
use crate::model::change::Original;
use crate::model::minutes::Reading;
use crate::model::page::{AskedPage, PageFault};
use crate::model::poll::Validators;
use crate::model::problem::Problem;
use crate::pdf::is_pdf;
use crate::privacy::code_in_text;

/// What one request for the page led to.
pub(in crate::daemon) enum Attempt {
    /// 304, or bytes that were read before.
    Same(AnswerFacts),
    /// A page that was read.
    Read(Box<Reading>, Original),
    /// The same with the item's PDF beside it.
    Paper(Box<Reading>, Original, Box<Paper>),
    /// Bytes that are not the page; perhaps they are, in another markup.
    Fault(PageFault, Option<Problem>, Original),
    /// Bytes that must not be parsed, or whose reader gave up.
    Unread(String, Original),
    /// No bytes.
    Failed(FetchError),
}

impl Check<'_> {
    /// Asks for the page and reads it.
    pub(in crate::daemon) async fn attempt(
        &self,
        validators: Validators,
    ) -> anyhow::Result<Attempt> {
        let request = Request {
            url: self.page.url.clone(),
            kind: RequestKind::Page,
            validators,
        };
        let answer = match self.engine.client.get(request).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Attempt::Failed(error)),
        };
        let Some(original) = self.original(&answer).await? else {
            return Ok(Attempt::Same(AnswerFacts {
                status: Some(answer.status),
                validators: self.page.validators.renewed(&answer.validators),
                body_sha256: None,
            }));
        };
        // Bytes that led to a fault are read again: a better reader may understand them. So are those of
        // a restless page: what was read since may not have been stored.
        if self.was_read(&original) {
            return Ok(Attempt::Same(AnswerFacts {
                status: Some(answer.status),
                validators: answer.validators,
                body_sha256: None,
            }));
        }
        self.parse(original).await
    }

    /// Whether these are the bytes that were read last, and read for good.
    pub(in crate::daemon) fn was_read(&self, original: &Original) -> bool {
        let settled = self.page.failures == 0 && self.page.restless < RESTLESS_LIMIT;
        settled && self.page.body_sha256.as_ref() == Some(&original.sha256)
    }

    pub(in crate::daemon) async fn original(
        &self,
        answer: &Answer,
    ) -> anyhow::Result<Option<Original>> {
        Ok(received::original(answer, self.now).await?)
    }

    /// Reads the bytes off the async workers; an input in quarantine is not parsed.
    pub(in crate::daemon) async fn parse(&self, mut original: Original) -> anyhow::Result<Attempt> {
        if self.engine.quarantined.contains(&original.sha256) {
            let error = "the page is in quarantine: reading it killed the program".to_owned();
            return Ok(Attempt::Unread(error, original));
        }
        let mut paper = None;
        if is_pdf(&original.body) {
            match self.engine.pdf_pages(&original).await {
                Ok(pages) => {
                    original.withheld |= pages.iter().any(|page| code_in_text(page));
                    paper = Some(pages);
                }
                Err(fault) => return Ok(Attempt::Fault(PageFault::Pdf(fault), None, original)),
            }
        }
        let (known, pages) = (self.page.clone(), paper.clone());
        let (portal, prefix) = (self.source.url.clone(), self.source.key_prefix.clone());
        let (inflight, bytes) = (self.engine.inflight.clone(), original.body.clone());
        let input = self.input(&original);
        let read = self.engine.desks.parse(move || -> std::io::Result<_> {
            let _flight = inflight.note(&input, &bytes)?;
            let asked = AskedPage {
                portal: &portal,
                url: &input.url,
                key: &known.key,
                key_prefix: &prefix,
            };
            let served = match &pages {
                Some(pages) => Served::Pages(pages),
                None => Served::Bytes(&bytes, input.content_type.as_deref()),
            };
            Ok(read_known(input.platform, asked, served, &known))
        });
        let read = match read.await {
            Ok(read) => read.context("cannot note an input in flight")?,
            Err(panic) => {
                return Ok(Attempt::Unread(
                    format!("the reader gave up: {panic}"),
                    original,
                ));
            }
        };
        Ok(match (read, paper) {
            (Ok(reading), Some(pages)) => {
                Attempt::Paper(Box::new(reading), original, Box::new(Paper::alone(pages)))
            }
            (Ok(reading), None) => Attempt::Read(Box::new(reading), original),
            (Err((fault, drift)), _) => Attempt::Fault(fault, drift, original),
        })
    }

    /// What is noted of the bytes while they are read.
    fn input(&self, original: &Original) -> Input {
        Input {
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
        }
    }
}
