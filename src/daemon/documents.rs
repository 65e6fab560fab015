//! Attachments and PDFs of whole meetings, for sources that ask for them: a few per cycle, after the pages; what was
//! had is asked for again now and then, to see whether it is another file or gone.

use super::engine::Engine;
use super::file_text::FileFault;
use super::received;
use super::report::SourceReport;
use crate::archive::{Batch, Reader};
use crate::fetch::{Answer, FetchError, Request, RequestKind, RobotsVerdict, charset};
use crate::model::change::Original;
use crate::model::document::{
    DocumentCheck, DocumentKind, DocumentStatus, DueDocument, SkipReason, Wanted,
};
use crate::model::file_kind::{FileKind, is_html};
use crate::model::poll::Validators;
use crate::model::source::Source;
use crate::privacy::code_in_text;
use crate::vocab::Vocabulary;

/// Why an attachment is left alone that would be one too many.
const NO_ROOM: &str = "there is no room for it: see [archive] max_attachments";

/// What was done with a document.
enum Deed {
    /// It was asked for, or left alone for a reason.
    Checked(DocumentCheck, Option<Original>),
    /// It is as it was.
    Same(DocumentCheck),
    /// Its host asked for a pause: nothing more of it for now.
    Paused,
}

/// A source whose documents are read, and what may be kept of them.
struct Desk<'a> {
    engine: &'a Engine,
    source: &'a Source,
    /// Bytes that may be added to the originals of files.
    room: u64,
}

/// Asks for documents of a source that are due, of the kinds it wants. One limit is for all.
///
/// # Errors
/// Only what hinders the archive itself.
pub async fn read_documents(
    engine: &Engine,
    source: &Source,
    report: &mut SourceReport,
) -> anyhow::Result<()> {
    let mut left = engine.config.poll.attachments_per_cycle;
    let asked = asked_by(source);
    if asked.is_empty() {
        return Ok(());
    }
    let mut desk = Desk {
        engine,
        source,
        room: room(engine).await?,
    };
    for kind in asked {
        let wanted = Wanted {
            kind,
            media_types: source
                .attachments
                .iter()
                .map(|kind| kind.media_type())
                .collect(),
            room: desk.room,
            most: left,
        };
        let (id, now) = (source.id.clone(), engine.clock.now());
        let due = engine
            .read(move |reader| reader.unread_documents(&wanted, &id, now))
            .await?;
        left = left.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
        for document in due {
            let deed = tokio::select! {
                deed = desk.read(&document) => deed?,
                () = engine.shutdown.cancelled() => return Ok(()),
            };
            report.documents_checked += 1;
            let (check, original) = match deed {
                Deed::Paused => return Ok(()),
                Deed::Same(check) => {
                    let stored = engine
                        .writer
                        .write(move |batch| batch.store_unchanged_document(&document, &check));
                    stored.await?;
                    continue;
                }
                Deed::Checked(check, original) => (check, original),
            };
            let count = match kind {
                DocumentKind::Attachment => &mut report.attachments_read,
                DocumentKind::Meeting => &mut report.meeting_pdfs_read,
            };
            *count += u32::from(!check.pages.is_empty());
            desk.store(document, check, original).await?;
        }
    }
    Ok(())
}

/// The kinds that a source asks for, in the order they are asked for.
fn asked_by(source: &Source) -> Vec<DocumentKind> {
    let mut kinds = DocumentKind::ALL.to_vec();
    kinds.retain(|kind| kind.is_asked_by(source));
    kinds
}

/// Bytes that may be added to the originals of files. The sum is over all that are kept, so it is asked for once.
async fn room(engine: &Engine) -> anyhow::Result<u64> {
    let kept = engine.read(Reader::kept_attachments).await?;
    Ok(engine.config.max_attachments.saturating_sub(kept))
}

impl Desk<'_> {
    async fn store(
        &mut self,
        document: DueDocument,
        mut check: DocumentCheck,
        original: Option<Original>,
    ) -> anyhow::Result<()> {
        let original = original.filter(|_| check.status != DocumentStatus::Skipped);
        let original = original.filter(|original| self.is_kept(original));
        // The PDF of a meeting is read all the same; its bytes are kept as long as there is room.
        let original = match original {
            Some(original) if !self.has_room(&original).await? => None,
            original => original,
        };
        check.kept = original.is_some();
        let size = original.as_ref().map_or(0, |original| original.body.len());
        self.room = self
            .room
            .saturating_sub(u64::try_from(size).unwrap_or(u64::MAX));
        let source = self.source.id.clone();
        let stored = self.engine.writer.write(move |batch: &Batch<'_>| {
            let stored = batch.store_document_check(&document, &check)?;
            // Not among the originals of an item's page: no version is derived from it.
            match original.filter(|_| stored) {
                Some(original) => batch.put_file_original(&source, &document, &original),
                None => Ok(()),
            }
        });
        stored.await?;
        Ok(())
    }

    fn is_kept(&self, original: &Original) -> bool {
        let most = self.engine.config.max_pdf_original;
        u64::try_from(original.body.len()).is_ok_and(|size| size <= most)
    }

    /// Asks for a document and reads it.
    async fn read(&self, document: &DueDocument) -> anyhow::Result<Deed> {
        if let Some(check) = self.left_alone(document) {
            return Ok(Deed::Checked(check, None));
        }
        let without = |status, error: String| Ok(Deed::Checked(self.without(status, error), None));
        match self.engine.client.robots_allow(&document.url).await {
            Ok(RobotsVerdict::Allowed) => {}
            Ok(RobotsVerdict::Disallowed) if self.source.permission.is_some() => {}
            Ok(RobotsVerdict::Disallowed) => {
                let error = format!("robots.txt forbids {}", document.url);
                return without(DocumentStatus::NotPublic, error);
            }
            Ok(RobotsVerdict::Unavailable) => {
                let error = "robots.txt cannot be had for now, so it is not read yet".to_owned();
                return without(DocumentStatus::Listed, error);
            }
            Err(FetchError::HostPaused { .. }) => return Ok(Deed::Paused),
            Err(error) => return without(DocumentStatus::Listed, error.to_string()),
        }
        let request = Request {
            url: document.url.clone(),
            kind: RequestKind::File(self.engine.config.poll.max_attachment),
            validators: document.validators.clone(),
        };
        match self.engine.client.get(request).await {
            Ok(answer) => self.judged(document, answer).await,
            Err(FetchError::HostPaused { .. }) => Ok(Deed::Paused),
            Err(error) => without(status_of(&error), explained(&error)),
        }
    }

    /// An attachment that is not asked for: of a kind that nobody wants by its address, or there is no room.
    fn left_alone(&self, document: &DueDocument) -> Option<DocumentCheck> {
        if document.kind != DocumentKind::Attachment || document.sha256.is_some() {
            return None;
        }
        let promised = FileKind::of_path(document.url.path());
        let media_type = promised.map(|kind| kind.media_type().to_owned());
        let unwanted = promised.filter(|kind| !self.source.attachments.contains(kind));
        let (error, reason) = match unwanted {
            Some(kind) => (unwanted_kind(kind.word()), SkipReason::Kind),
            None if self.room == 0 => (NO_ROOM.to_owned(), SkipReason::Total),
            None => return None,
        };
        Some(DocumentCheck {
            media_type,
            skipped_for: Some(reason),
            ..self.without(DocumentStatus::Skipped, error)
        })
    }

    fn without(&self, status: DocumentStatus, error: String) -> DocumentCheck {
        DocumentCheck::without(self.engine.clock.now(), status, error)
    }

    /// Reads the bytes of an answer.
    async fn judged(&self, document: &DueDocument, answer: Answer) -> anyhow::Result<Deed> {
        let received = received::original(&answer, self.engine.clock.now());
        let Some(mut original) = received.await? else {
            let validators = document.validators.renewed(&answer.validators);
            return Ok(Deed::Same(self.same(validators)));
        };
        if document.sha256.as_ref() == Some(&original.sha256) {
            return Ok(Deed::Same(self.same(original.validators)));
        }
        let found = FileKind::of_bytes(&original.body);
        let known = seen(&original, found);
        let is_wanted = |kind: &FileKind| match document.kind {
            DocumentKind::Attachment => self.source.attachments.contains(kind),
            DocumentKind::Meeting => *kind == FileKind::Pdf,
        };
        let Some(kind) = found.filter(is_wanted) else {
            return Ok(Deed::Checked(turned_away(known, &original, found), None));
        };
        if document.kind == DocumentKind::Attachment && !self.has_room(&original).await? {
            let check = DocumentCheck {
                skipped_for: Some(SkipReason::Total),
                sha256: None,
                status: DocumentStatus::Skipped,
                error: Some(NO_ROOM.to_owned()),
                ..known
            };
            return Ok(Deed::Checked(check, None));
        }
        let check = self.with_text(kind, &original, known).await;
        original.withheld |= check.pages.iter().any(|page| code_in_text(page));
        Ok(Deed::Checked(check, Some(original)))
    }

    fn same(&self, validators: Validators) -> DocumentCheck {
        DocumentCheck {
            validators,
            ..self.without(DocumentStatus::Fetched, String::new())
        }
    }

    /// Reads the text; a file without text is fetched all the same.
    async fn with_text(
        &self,
        kind: FileKind,
        original: &Original,
        known: DocumentCheck,
    ) -> DocumentCheck {
        let without = |status, why: String| DocumentCheck {
            status,
            error: Some(why),
            ..known.clone()
        };
        if self.engine.quarantined.contains(&original.sha256) {
            let why = "it is in quarantine: reading it killed the program".to_owned();
            return without(DocumentStatus::Fetched, why);
        }
        match self.engine.file_pages(kind, original).await {
            Ok(pages) => DocumentCheck { pages, ..known },
            Err(FileFault::NoReader(why)) => without(DocumentStatus::Listed, why),
            Err(FileFault::TooBig(why)) => without(DocumentStatus::TooBig, why),
            Err(FileFault::Unread(why)) => without(DocumentStatus::Fetched, why),
        }
    }

    /// Whether the bytes fit among the originals: they are there already, they are not kept, or there is room.
    async fn has_room(&self, original: &Original) -> anyhow::Result<bool> {
        let size = u64::try_from(original.body.len()).unwrap_or(u64::MAX);
        if size <= self.room || !self.is_kept(original) {
            return Ok(true);
        }
        let sha256 = original.sha256.clone();
        self.engine
            .read(move |reader| reader.is_kept_attachment(&sha256))
            .await
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

/// What is known of a document once its bytes are there.
fn seen(original: &Original, found: Option<FileKind>) -> DocumentCheck {
    let sent = original.content_type.as_deref();
    let media_type = match found {
        Some(kind) => kind.media_type().to_owned(),
        None => sent.unwrap_or("application/octet-stream").to_owned(),
    };
    let served_as = sent.filter(|sent| found.is_some_and(|kind| !kind.is_named_by(sent)));
    DocumentCheck {
        checked_at: original.fetched_at,
        status: DocumentStatus::Fetched,
        served_as: served_as.map(str::to_owned),
        media_type: Some(media_type),
        bytes: u64::try_from(original.body.len()).ok(),
        sha256: Some(original.sha256.clone()),
        pages: vec![],
        error: None,
        skipped_for: None,
        validators: original.validators.clone(),
        kept: false,
    }
}

fn explained(error: &FetchError) -> String {
    if matches!(error, FetchError::TooLarge { .. }) {
        return format!("{error}: see [poll] max_attachment");
    }
    error.to_string()
}

/// What is no file of a kind that is wanted: one of another kind, or a page that stands in its place.
fn turned_away(
    known: DocumentCheck,
    original: &Original,
    found: Option<FileKind>,
) -> DocumentCheck {
    let is_page = found.is_none() && is_html(&original.body);
    if is_page && is_refusal(original) {
        let why = "a page stands in its place that asks for a login, or says that it is not public";
        let (at, status) = (known.checked_at, DocumentStatus::NotPublic);
        return DocumentCheck::without(at, status, why.to_owned());
    }
    let word = match found {
        Some(kind) => kind.word(),
        None if is_page => "html",
        None => "other",
    };
    DocumentCheck {
        status: DocumentStatus::Skipped,
        skipped_for: Some(SkipReason::Kind),
        error: Some(unwanted_kind(word)),
        ..known
    }
}

fn unwanted_kind(word: &str) -> String {
    format!("it is of the kind \"{word}\", which the source does not ask for")
}

/// Whether a page says that what was asked for is not for everybody.
fn is_refusal(original: &Original) -> bool {
    let text = charset::decode(&original.body, original.content_type.as_deref()).text;
    let text = text.to_lowercase();
    let words = &Vocabulary::in_force().chrome().refusals;
    text.contains("type=\"password\"")
        || text.contains("type='password'")
        || words.iter().any(|word| text.contains(word.as_str()))
}
