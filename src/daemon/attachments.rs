//! Attachments of items, for sources that ask for their text: a few per cycle, each once, after the pages.

use super::engine::Engine;
use super::page_pdf::is_kept;
use super::report::SourceReport;
use crate::archive::Batch;
use crate::fetch::{Answer, FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::change::Original;
use crate::model::digest::sha256_hex;
use crate::model::document::{AttachmentCheck, AttachmentStatus, DueAttachment};
use crate::model::poll::Validators;
use crate::model::source::{PdfText, Source};
use crate::pdf::{PdfFault, is_pdf};

/// Reads attachments of a source that have not been read, where the source asks for it.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn read_attachments(
    engine: &Engine,
    source: &Source,
    report: &mut SourceReport,
) -> anyhow::Result<()> {
    if !source.pdf.contains(&PdfText::Attachments) {
        return Ok(());
    }
    let (id, now) = (source.id.clone(), engine.clock.now());
    let most = engine.config.poll.attachments_per_cycle;
    let due = engine
        .read(move |reader| reader.unread_attachments(&id, now, most))
        .await?;
    for attachment in due {
        let read = tokio::select! {
            read = read(engine, source, &attachment) => read,
            () = engine.shutdown.cancelled() => return Ok(()),
        };
        let Some((check, original)) = read else {
            // The host asked for a pause: nothing more of it for now.
            return Ok(());
        };
        report.attachments_read += u32::from(!check.pages.is_empty());
        store(engine, source, attachment, check, original).await?;
    }
    Ok(())
}

async fn store(
    engine: &Engine,
    source: &Source,
    attachment: DueAttachment,
    check: AttachmentCheck,
    original: Option<Original>,
) -> anyhow::Result<()> {
    let (source, most) = (source.id.clone(), engine.config.max_pdf_original);
    let stored = engine.writer.write(move |batch: &Batch<'_>| {
        batch.store_attachment(&attachment, &check)?;
        // Not among the originals of the item's page: nothing is derived from it.
        match original.filter(|original| is_pdf(&original.body) && is_kept(original, most)) {
            Some(original) => batch.put_original(&source, &original),
            None => Ok(()),
        }
    });
    Ok(stored.await?)
}

/// Asks for an attachment and reads it; `None` when the host wants to be left alone.
async fn read(
    engine: &Engine,
    source: &Source,
    attachment: &DueAttachment,
) -> Option<(AttachmentCheck, Option<Original>)> {
    let without = |status, error: String| Some((refused(engine, status, error), None));
    match engine.client.robots_allow(&attachment.url).await {
        Ok(RobotsVerdict::Allowed) => {}
        Ok(RobotsVerdict::Disallowed) if source.permission.is_some() => {}
        Ok(RobotsVerdict::Disallowed) => {
            let error = format!("robots.txt forbids {}", attachment.url);
            return without(AttachmentStatus::NotPublic, error);
        }
        Ok(RobotsVerdict::Unavailable) => {
            let error = "robots.txt cannot be had for now, so it is not read yet".to_owned();
            return without(AttachmentStatus::Listed, error);
        }
        Err(FetchError::HostPaused { .. }) => return None,
        Err(error) => return without(AttachmentStatus::Listed, error.to_string()),
    }
    let request = Request {
        url: attachment.url.clone(),
        kind: RequestKind::Page,
        validators: Validators::default(),
    };
    match engine.client.get(request).await {
        Ok(answer) => Some(judged(engine, answer).await),
        Err(FetchError::HostPaused { .. }) => None,
        Err(error) => without(status_of(&error), error.to_string()),
    }
}

/// What an error says of the attachment.
fn status_of(error: &FetchError) -> AttachmentStatus {
    if matches!(error, FetchError::TooLarge { .. }) {
        return AttachmentStatus::TooBig;
    }
    match error.status() {
        Some(404 | 410) => AttachmentStatus::Gone,
        Some(401 | 403) => AttachmentStatus::NotPublic,
        Some(_) | None => AttachmentStatus::Listed,
    }
}

fn refused(engine: &Engine, status: AttachmentStatus, error: String) -> AttachmentCheck {
    AttachmentCheck {
        checked_at: engine.clock.now(),
        status,
        media_type: None,
        bytes: None,
        sha256: None,
        pages: vec![],
        error: Some(error),
    }
}

/// Reads the bytes of an answer.
async fn judged(engine: &Engine, answer: Answer) -> (AttachmentCheck, Option<Original>) {
    let Some(document) = answer.body else {
        let error = "the server sent no body".to_owned();
        return (refused(engine, AttachmentStatus::Listed, error), None);
    };
    let original = Original {
        url: answer.final_url.to_string(),
        fetched_at: engine.clock.now(),
        http_status: answer.status,
        content_type: document.content_type.clone(),
        validators: answer.validators,
        sha256: sha256_hex(&document.bytes),
        body: document.bytes.to_vec(),
    };
    let size = u64::try_from(original.body.len()).unwrap_or(u64::MAX);
    let most = engine.config.poll.max_attachment;
    let known = AttachmentCheck {
        checked_at: original.fetched_at,
        status: AttachmentStatus::Fetched,
        media_type: original.content_type.clone(),
        bytes: Some(size),
        sha256: Some(original.sha256.clone()),
        pages: vec![],
        error: None,
    };
    let without = |status, error: String| AttachmentCheck {
        status,
        error: Some(error),
        ..known.clone()
    };
    if size > most {
        let error = format!("it is larger than {most} bytes: see [poll] max_attachment");
        return (without(AttachmentStatus::TooBig, error), None);
    }
    if !is_pdf(&original.body) {
        return (
            without(AttachmentStatus::Skipped, "it is no PDF".to_owned()),
            None,
        );
    }
    if engine.quarantined.contains(&original.sha256) {
        let error = "it is in quarantine: reading it killed the program".to_owned();
        return (without(AttachmentStatus::Fetched, error), None);
    }
    let check = match engine.pdf_pages(&original).await {
        Ok(pages) => AttachmentCheck { pages, ..known },
        Err(fault @ PdfFault::NoReader(_)) => without(AttachmentStatus::Listed, fault.to_string()),
        Err(fault @ PdfFault::TooBig(_)) => without(AttachmentStatus::TooBig, fault.to_string()),
        Err(fault) => without(AttachmentStatus::Fetched, fault.to_string()),
    };
    (check, Some(original))
}
