//! The text of a zipped document, read by a child process that may die of it.

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file_text::FileFault;
use super::reading_child::{ChildFault, DEADLINE, ask, confined};
use crate::model::file_kind::FileKind;
use crate::office::{self, OfficeFault};
use crate::privacy::masked_text;

/// The option that makes this program such a child; the word of the kind follows.
const OPTION: &str = "--office-text";

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Pages(Vec<String>),
    Refused(OfficeFault),
}

/// Reads a document in a child process of `program`, this program's own file. It may be abandoned at any time: the
/// child is killed then.
///
/// # Errors
/// When it has no text that can be had, or the child did not come to an end in time.
pub async fn read(program: &Path, kind: FileKind, bytes: &[u8]) -> Result<Vec<String>, FileFault> {
    match ask(program, &[OPTION, kind.word()], bytes, DEADLINE).await {
        // As of PDFs: no code, and its mask where there was one.
        Ok(Said::Pages(pages)) => Ok(pages
            .iter()
            .map(|page| masked_text(page).into_owned())
            .collect()),
        Ok(Said::Refused(fault)) => Err(fault.into()),
        Err(fault) => Err(fault.into()),
    }
}

impl From<OfficeFault> for FileFault {
    fn from(fault: OfficeFault) -> Self {
        let why = fault.to_string();
        match fault {
            OfficeFault::TooBig(_) => Self::TooBig(why),
            OfficeFault::Locked | OfficeFault::Broken(_) | OfficeFault::NoText => Self::Unread(why),
        }
    }
}

impl From<ChildFault> for FileFault {
    fn from(fault: ChildFault) -> Self {
        match fault {
            ChildFault::NoReader(why) => Self::NoReader(format!(
                "the process that reads documents could not be started: {why}"
            )),
            ChildFault::TimedOut(after) => Self::Unread(format!(
                "the document was still being read after {after} s and was given up"
            )),
            ChildFault::Killed(how) => Self::Unread(format!(
                "reading the document took more memory or time than it may, or killed its reader: {how}"
            )),
        }
    }
}

/// The child's side: confines this process, reads a document to its end, and returns the line to print.
///
/// # Errors
/// When the process cannot be confined, or its input breaks off.
pub fn answer(kind: FileKind, input: impl Read) -> anyhow::Result<String> {
    let bytes = confined(input, office::MOST_BYTES)?;
    let said = match office::text(kind, &bytes) {
        Ok(pages) => Said::Pages(pages),
        Err(fault) => Said::Refused(fault),
    };
    Ok(serde_json::to_string(&said)?)
}
