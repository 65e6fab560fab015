//! The text of a file by its kind: of PDFs and zipped documents by a child process, of plain text by itself.

use super::engine::Engine;
use super::office_text;
use crate::fetch::charset;
use crate::model::change::Original;
use crate::model::file_kind::FileKind;
use crate::pdf::PdfFault;

/// Letters of plain text that are taken: more than a book of minutes has.
const MOST_LETTERS: usize = 8_000_000;

/// Why a file has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// The process that reads could not be started; that says nothing of the file.
    NoReader(String),
    /// It, or its text, is beyond a limit.
    TooBig(String),
    /// There is nobody who reads this kind, or there is no text in it.
    Unread(String),
}

impl From<PdfFault> for FileFault {
    fn from(fault: PdfFault) -> Self {
        let why = fault.to_string();
        match fault {
            PdfFault::NoReader(_) => Self::NoReader(why),
            PdfFault::TooBig(_) => Self::TooBig(why),
            PdfFault::Encrypted
            | PdfFault::Broken(_)
            | PdfFault::TimedOut(_)
            | PdfFault::Killed(_)
            | PdfFault::NoText => Self::Unread(why),
        }
    }
}

impl Engine {
    /// The text of a file, page by page; a file without pages is one.
    pub(super) async fn file_pages(
        &self,
        kind: FileKind,
        original: &Original,
    ) -> Result<Vec<String>, FileFault> {
        match kind {
            FileKind::Pdf => Ok(self.pdf_pages(original).await?),
            FileKind::Text => plain(original),
            FileKind::Docx | FileKind::Odt | FileKind::Xlsx | FileKind::Pptx | FileKind::Ods => {
                self.office_pages(kind, original).await
            }
            FileKind::Office
            | FileKind::Rtf
            | FileKind::Jpeg
            | FileKind::Png
            | FileKind::Gif
            | FileKind::Tiff
            | FileKind::Zip => Err(FileFault::Unread(format!(
                "nobody reads the text of files of the kind \"{}\"",
                kind.word()
            ))),
        }
    }

    async fn office_pages(
        &self,
        kind: FileKind,
        original: &Original,
    ) -> Result<Vec<String>, FileFault> {
        let Some(program) = &self.reader_program else {
            let why = "this process was started without a program that reads".to_owned();
            return Err(FileFault::NoReader(why));
        };
        let _desk = self.desks.one().await;
        office_text::read(program, kind, &original.body).await
    }
}

fn plain(original: &Original) -> Result<Vec<String>, FileFault> {
    let text = charset::decode(&original.body, original.content_type.as_deref()).text;
    if text.chars().count() > MOST_LETTERS {
        let why = format!("its text has more than {MOST_LETTERS} letters");
        return Err(FileFault::TooBig(why));
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(FileFault::Unread("the file holds no text".to_owned()));
    }
    Ok(vec![text.to_owned()])
}
