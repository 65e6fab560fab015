//! Why a PDF has no text that can be used.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the text of a PDF could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "fault", content = "detail", rename_all = "snake_case")]
pub enum PdfFault {
    /// It opens with a password only.
    #[error("the PDF is locked with a password; its text can be read only by who has it")]
    Encrypted,
    /// It is no PDF, or a damaged one.
    #[error("the PDF is damaged: {0}")]
    Broken(String),
    /// It, its pages or its text are beyond a limit.
    #[error("the PDF is too big to be read: {0}")]
    TooBig(String),
    /// Its reader was still at work at the deadline, in seconds.
    #[error("the PDF was still being read after {0} s and was given up")]
    TimedOut(u64),
    /// Its reader died of it, as when it takes more memory or time than it may.
    #[error("reading the PDF took more memory or time than it may, or killed its reader: {0}")]
    Killed(String),
    /// It has pages but no letters.
    #[error("the PDF holds no text: its pages are pictures, as of scanned paper")]
    NoText,
    /// The process that reads PDFs could not be started; that says nothing of the PDF.
    #[error("the process that reads PDFs could not be started: {0}")]
    NoReader(String),
}

impl PdfFault {
    /// The word of the fault, as in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Broken(_) => "broken",
            Self::TooBig(_) => "too_big",
            Self::TimedOut(_) => "timed_out",
            Self::Killed(_) => "killed",
            Self::NoText => "no_text",
            Self::NoReader(_) => "no_reader",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_that_of_the_json() {
        let faults = [
            PdfFault::Encrypted,
            PdfFault::Broken("a".to_owned()),
            PdfFault::TooBig("a".to_owned()),
            PdfFault::TimedOut(30),
            PdfFault::Killed("a".to_owned()),
            PdfFault::NoText,
            PdfFault::NoReader("a".to_owned()),
        ];
        for fault in faults {
            let json = serde_json::to_value(&fault).expect("json");
            assert_eq!(json["fault"], fault.word());
        }
    }
}
