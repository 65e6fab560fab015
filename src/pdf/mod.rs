//! The text of a PDF, page by page, lines as laid out; limits of the process that reads it.
//!
//! A PDF can abort a process in ways that cannot be caught, whatever library reads it. So the daemon
//! never calls [`pages`] or [`best_pages`] itself: a child process does, confined by [`confine`].

mod confinement;
mod layout;
mod pdftotext;
mod widths;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, Error, OutputError, output_doc_page};

pub use self::confinement::{confine, end_family};
use self::layout::Layout;
use crate::model::panic::panic_text;
pub use crate::model::pdf::PdfFault;

/// Bytes of a PDF that is read.
pub const MOST_BYTES: usize = 32 << 20;
/// Pages of a PDF that is read: minutes of a council with everything bound in have a few hundred.
pub const MOST_PAGES: usize = 2_000;
/// Characters of one page; a page set as small as can be read has 20 000.
const MOST_ON_PAGE: usize = 200_000;
/// Characters of all pages.
const MOST_IN_ALL: usize = 8_000_000;

/// Whether bytes are those of a PDF.
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF")
}

/// The text of each page by the built-in reader, lines as laid out: what stands side by side on the
/// page stands in one line, parted by blanks.
///
/// # Errors
/// A PDF that is damaged, locked, beyond the limits or without any text.
pub fn pages(bytes: &[u8]) -> Result<Vec<String>, PdfFault> {
    checked(bytes)?;
    // The reader of pages gives up by panicking; what it holds is thrown away then.
    let read = catch_unwind(AssertUnwindSafe(|| extracted(bytes)));
    finished(&read.map_err(|panic| PdfFault::Broken(said(panic.as_ref())))??)
}

/// The text of each page by poppler's `pdftotext` where that is installed, whose layout is the best there
/// is; else, or when it fails, by the built-in reader, which can say why.
///
/// # Errors
/// As of [`pages`].
pub fn best_pages(bytes: &[u8]) -> Result<Vec<String>, PdfFault> {
    checked(bytes)?;
    match pdftotext::pages(bytes) {
        Some(text) => finished(&text),
        None => pages(bytes),
    }
}

/// Refuses what is not worth beginning with.
fn checked(bytes: &[u8]) -> Result<(), PdfFault> {
    if bytes.len() > MOST_BYTES {
        let what = format!("{} bytes, more than {MOST_BYTES}", bytes.len());
        return Err(PdfFault::TooBig(what));
    }
    if !is_pdf(bytes) {
        return Err(PdfFault::Broken("it does not begin as a PDF".to_owned()));
    }
    Ok(())
}

fn extracted(bytes: &[u8]) -> Result<Vec<String>, PdfFault> {
    let mut document = Document::load_mem(bytes).map_err(|error| fault(&error))?;
    if document.is_encrypted() {
        // Most locked documents open without a password and only ask not to be printed.
        document.decrypt("").map_err(|error| fault(&error))?;
    }
    widths::listed(&mut document);
    let numbers: Vec<u32> = document.get_pages().into_keys().collect();
    few(numbers.len())?;
    let mut texts = vec![];
    for number in numbers {
        let mut layout = Layout::new(MOST_ON_PAGE);
        let drawn = output_doc_page(&document, &mut layout, number);
        if layout.is_full() {
            return Err(crowded(number));
        }
        drawn.map_err(|error| match error {
            OutputError::PdfError(error) => fault(&error),
            OutputError::FormatError(_) | OutputError::IoError(_) => {
                PdfFault::Broken(format!("page {number}: {error}"))
            }
        })?;
        texts.push(layout.text());
    }
    Ok(texts)
}

fn fault(error: &Error) -> PdfFault {
    if matches!(
        error,
        Error::Decryption(_) | Error::InvalidPassword | Error::UnsupportedSecurityHandler(_)
    ) {
        return PdfFault::Encrypted;
    }
    PdfFault::Broken(error.to_string())
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    panic_text(panic).unwrap_or_else(|| "its reader gave up".to_owned())
}

fn few(pages: usize) -> Result<(), PdfFault> {
    if pages > MOST_PAGES {
        return Err(PdfFault::TooBig(format!("more than {MOST_PAGES} pages")));
    }
    Ok(())
}

fn crowded(page: u32) -> PdfFault {
    PdfFault::TooBig(format!("page {page} has more than {MOST_ON_PAGE} letters"))
}

/// Tidies the pages, and refuses too much and nothing at all.
fn finished(pages: &[String]) -> Result<Vec<String>, PdfFault> {
    few(pages.len())?;
    let mut all = 0;
    for (number, page) in (1..).zip(pages) {
        let count = page.chars().count();
        all += count;
        if count > MOST_ON_PAGE {
            return Err(crowded(number));
        }
    }
    if all > MOST_IN_ALL {
        let what = format!("its text has more than {MOST_IN_ALL} letters");
        return Err(PdfFault::TooBig(what));
    }
    let pages: Vec<String> = pages.iter().map(|page| tidied(page)).collect();
    if pages.iter().all(|page| page.trim().is_empty()) {
        return Err(PdfFault::NoText);
    }
    Ok(pages)
}

/// A page without blanks at the ends of lines and empty lines at its ends.
fn tidied(page: &str) -> String {
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    let whole = lines.join("\n");
    whole.trim_end().trim_start_matches('\n').to_owned()
}
