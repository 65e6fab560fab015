//! The texts of kept files, attachments and PDFs of meetings, in the place of what is stored.

use super::Run;
use super::kept::{Kept, kept_bytes};
use crate::archive::HadFile;
use crate::daemon::file_text::FileFault;
use crate::model::change::Original;
use crate::model::document::DocumentKind;
use crate::model::file_kind::FileKind;
use crate::model::poll::Validators;

/// Files per look into the archive.
const AT_ONCE: u32 = 200;

impl Run<'_> {
    /// What kept files say, one at a time; a file whose bytes are not kept, or that cannot be read, keeps its text.
    pub(super) async fn files(&mut self) -> anyhow::Result<()> {
        for kind in DocumentKind::ALL {
            loop {
                let after = *self.file_mark(kind);
                let files = self
                    .engine
                    .read(move |reader| reader.had_files(kind, (after, AT_ONCE)))
                    .await?;
                if files.is_empty() {
                    break;
                }
                for file in files {
                    self.check_interruption()?;
                    *self.file_mark(kind) = file.id;
                    if self.wants(&file.source) {
                        self.file(file).await?;
                    }
                }
            }
        }
        Ok(())
    }

    fn file_mark(&mut self, kind: DocumentKind) -> &mut i64 {
        match kind {
            DocumentKind::Meeting => &mut self.mark.meeting,
            DocumentKind::Attachment => &mut self.mark.attachment,
        }
    }

    async fn file(&mut self, file: HadFile) -> anyhow::Result<()> {
        let Some(pages) = self.file_text(&file).await? else {
            return Ok(());
        };
        let uid = file.uid.clone();
        let differs = if self.writes() {
            let (mark, now) = (self.mark.text(), self.engine.clock.now());
            self.engine
                .writer
                .write(move |batch| {
                    let differs = batch.rewrite_file(&file, &pages, now)?;
                    batch.mark_rederived(Some(&mark))?;
                    Ok(differs)
                })
                .await?
        } else {
            self.engine
                .read(move |reader| reader.would_rewrite_file(&file, &pages))
                .await?
        };
        if differs {
            self.done.count_file();
            let uid = uid.filter(|uid| !self.done.changed.contains(uid));
            self.done.changed.extend(uid);
        }
        Ok(())
    }

    /// The text of a file by its kept bytes.
    async fn file_text(&mut self, file: &HadFile) -> anyhow::Result<Option<Vec<String>>> {
        if self.engine.quarantined.contains(&file.sha256) {
            return Ok(None);
        }
        let (sha256, of) = (file.sha256.clone(), file.url.clone());
        let bytes = self
            .engine
            .read(move |reader| kept_bytes(reader, &sha256, &of));
        let body = match bytes.await? {
            Kept::Bytes(body) => body,
            Kept::Erased => return Ok(None),
            Kept::Damaged => {
                self.done.damaged += 1;
                return Ok(None);
            }
        };
        let Some(kind) = FileKind::of_bytes(&body) else {
            return Ok(None);
        };
        let original = Original {
            url: file.url.clone(),
            fetched_at: self.engine.clock.now(),
            http_status: 200,
            content_type: file.content_type.clone(),
            validators: Validators::default(),
            body,
            sha256: file.sha256.clone(),
            withheld: false,
        };
        match self.engine.file_pages(kind, &original).await {
            Ok(pages) => Ok(Some(pages)),
            Err(FileFault::NoReader(why) | FileFault::TooBig(why) | FileFault::Unread(why)) => {
                tracing::debug!(url = %file.url, why, "a kept file has no text that can be had; it keeps what it has");
                Ok(None)
            }
        }
    }
}
