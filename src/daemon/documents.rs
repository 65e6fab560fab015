//! Attachments and PDFs of whole meetings, for sources that ask for their text: a few per cycle, each once,
//! after the pages.

use super::engine::Engine;
use super::page::paper::is_kept;
use super::received;
use super::report::SourceReport;
use crate::archive::Batch;
use crate::fetch::{Answer, FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::change::Original;
use crate::model::document::{DocumentCheck, DocumentKind, DocumentStatus, DueDocument};
use crate::model::poll::Validators;
use crate::model::source::Source;
use crate::pdf::{PdfFault, is_pdf};
use crate::privacy::code_in_text;

/// Reads documents of a source that have not been read, of the kinds it asks for. One limit is for all.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn read_documents(
    engine: &Engine,
    source: &Source,
    report: &mut SourceReport,
) -> anyhow::Result<()> {
    let mut left = engine.config.poll.attachments_per_cycle;
    let asked_for = |kind: &DocumentKind| source.pdf.contains(&kind.asked_by());
    for kind in DocumentKind::ALL.into_iter().filter(asked_for) {
        let (id, now, most) = (source.id.clone(), engine.clock.now(), left);
        let due = engine
            .read(move |reader| reader.unread_documents(kind, &id, now, most))
            .await?;
        left = left.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
        for document in due {
            let read = tokio::select! {
                read = read(engine, source, &document) => read,
                () = engine.shutdown.cancelled() => return Ok(()),
            };
            let Some((check, original)) = read else {
                // The host asked for a pause: nothing more of it for now.
                return Ok(());
            };
            let count = match kind {
                DocumentKind::Attachment => &mut report.attachments_read,
                DocumentKind::Meeting => &mut report.meeting_pdfs_read,
            };
            *count += u32::from(!check.pages.is_empty());
            store(engine, source, document, check, original).await?;
        }
    }
    Ok(())
}

async fn store(
    engine: &Engine,
    source: &Source,
    document: DueDocument,
    check: DocumentCheck,
    original: Option<Original>,
) -> anyhow::Result<()> {
    let (source, most) = (source.id.clone(), engine.config.max_pdf_original);
    let stored = engine.writer.write(move |batch: &Batch<'_>| {
        batch.store_document_check(&document, &check)?;
        // Not among the originals of an item's page: nothing is derived from it.
        match original.filter(|original| is_pdf(&original.body) && is_kept(original, most)) {
            Some(original) => batch.put_original(&source, &original),
            None => Ok(()),
        }
    });
    Ok(stored.await?)
}

/// Asks for a document and reads it; `None` when the host wants to be left alone.
async fn read(
    engine: &Engine,
    source: &Source,
    document: &DueDocument,
) -> Option<(DocumentCheck, Option<Original>)> {
    let without = |status, error: String| Some((refused(engine, status, error), None));
    match engine.client.robots_allow(&document.url).await {
        Ok(RobotsVerdict::Allowed) => {}
        Ok(RobotsVerdict::Disallowed) if source.permission.is_some() => {}
        Ok(RobotsVerdict::Disallowed) => {
            let error = format!("robots.txt forbids {}", document.url);
            return without(DocumentStatus::NotPublic, error);
        }
        Ok(RobotsVerdict::Unavailable) => {
            let error = "robots.txt cannot be had for now, so it is not read yet".to_owned();
            return without(DocumentStatus::Listed, error);
        }
        Err(FetchError::HostPaused { .. }) => return None,
        Err(error) => return without(DocumentStatus::Listed, error.to_string()),
    }
    let request = Request {
        url: document.url.clone(),
        kind: RequestKind::Page,
        validators: Validators::default(),
    };
    match engine.client.get(request).await {
        Ok(answer) => Some(judged(engine, answer).await),
        Err(FetchError::HostPaused { .. }) => None,
        Err(error) => without(status_of(&error), error.to_string()),
    }
}

/// What an error says of the document.
fn status_of(error: &FetchError) -> DocumentStatus {
    if matches!(error, FetchError::TooLarge { .. }) {
        return DocumentStatus::TooBig;
    }
    match error.status() {
        Some(404 | 410) => DocumentStatus::Gone,
        Some(401 | 403) => DocumentStatus::NotPublic,
        Some(_) | None => DocumentStatus::Listed,
    }
}

fn refused(engine: &Engine, status: DocumentStatus, error: String) -> DocumentCheck {
    DocumentCheck {
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
async fn judged(engine: &Engine, answer: Answer) -> (DocumentCheck, Option<Original>) {
    let Some(mut original) = received::original(&answer, engine.clock.now()) else {
        let error = "the server sent no body".to_owned();
        return (refused(engine, DocumentStatus::Listed, error), None);
    };
    let size = u64::try_from(original.body.len()).unwrap_or(u64::MAX);
    let most = engine.config.poll.max_attachment;
    let known = DocumentCheck {
        checked_at: original.fetched_at,
        status: DocumentStatus::Fetched,
        media_type: original.content_type.clone(),
        bytes: Some(size),
        sha256: Some(original.sha256.clone()),
        pages: vec![],
        error: None,
    };
    let without = |status, error: String| DocumentCheck {
        status,
        error: Some(error),
        ..known.clone()
    };
    if size > most {
        let error = format!("it is larger than {most} bytes: see [poll] max_attachment");
        return (without(DocumentStatus::TooBig, error), None);
    }
    if !is_pdf(&original.body) {
        return (
            without(DocumentStatus::Skipped, "it is no PDF".to_owned()),
            None,
        );
    }
    if engine.quarantined.contains(&original.sha256) {
        let error = "it is in quarantine: reading it killed the program".to_owned();
        return (without(DocumentStatus::Fetched, error), None);
    }
    let check = match engine.pdf_pages(&original).await {
        Ok(pages) => {
            original.withheld |= pages.iter().any(|page| code_in_text(page));
            DocumentCheck { pages, ..known }
        }
        Err(fault @ PdfFault::NoReader(_)) => without(DocumentStatus::Listed, fault.to_string()),
        Err(fault @ PdfFault::TooBig(_)) => without(DocumentStatus::TooBig, fault.to_string()),
        Err(fault) => without(DocumentStatus::Fetched, fault.to_string()),
    };
    (check, Some(original))
}
