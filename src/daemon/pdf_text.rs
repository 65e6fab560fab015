//! The text of a PDF, read by a child process that may die of it.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reading_child::{ChildFault, DEADLINE, ask, confined};
use crate::pdf::{self, PdfFault};
use crate::privacy::masked_text;

/// The option that makes this program such a child.
const OPTION: &str = "--pdf-pages";

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Pages(Vec<String>),
    Refused(PdfFault),
}

/// Reads a PDF in a child process of `program`, this program's own file. It may be abandoned at any time:
/// the child is killed then.
///
/// # Errors
/// When the PDF has no text that can be had, or the child did not come to an end in time.
pub async fn read(program: &Path, bytes: Vec<u8>) -> Result<Vec<String>, PdfFault> {
    read_within(program, bytes, DEADLINE).await
}

/// The same with another deadline.
///
/// # Errors
/// As of [`read`].
pub async fn read_within(
    program: &Path,
    bytes: Vec<u8>,
    deadline: Duration,
) -> Result<Vec<String>, PdfFault> {
    match ask(program, &[OPTION], &bytes, deadline).await {
        // Whoever reads them sees no code; whether there was one is still told by its mask.
        Ok(Said::Pages(pages)) => Ok(pages
            .iter()
            .map(|page| masked_text(page).into_owned())
            .collect()),
        Ok(Said::Refused(fault)) => Err(fault),
        Err(ChildFault::NoReader(why)) => Err(PdfFault::NoReader(why)),
        Err(ChildFault::TimedOut(after)) => Err(PdfFault::TimedOut(after)),
        Err(ChildFault::Killed(how)) => Err(PdfFault::Killed(how)),
    }
}

/// The child's side: confines this process, reads a PDF to its end, and returns the line to print.
///
/// # Errors
/// When the process cannot be confined, or its input breaks off.
pub fn answer(input: impl Read) -> anyhow::Result<String> {
    let bytes = confined(input, pdf::MOST_BYTES)?;
    let said = match pdf::best_pages(&bytes) {
        Ok(pages) => Said::Pages(pages),
        Err(fault) => Said::Refused(fault),
    };
    Ok(serde_json::to_string(&said)?)
}
