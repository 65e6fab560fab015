//! The text of a PDF, read by a child process that may die of it.
//!
//! The child is this program with a hidden option: it takes the PDF at its standard input, confines itself,
//! and answers with one line of JSON. It gets no addresses and opens none.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::pdf::{self, PdfFault};
use crate::privacy::masked_text;

/// How long a child may read one PDF.
const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of an answer: more than the text that may be in a PDF, as JSON.
const MOST_ANSWER: u64 = 48 << 20;
/// The option that makes this program such a child.
const OPTION: &str = "--pdf-pages";

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Pages(Vec<String>),
    Refused(PdfFault),
}

/// The child with all that it started; they end when it is dropped before it has ended.
struct Family {
    leader: Child,
}

impl Drop for Family {
    fn drop(&mut self) {
        // Without an id it has ended and was waited for: its number may be somebody else's.
        let Some(id) = self.leader.id() else { return };
        if let Err(error) = pdf::end_family(id) {
            tracing::warn!(id, %error, "cannot end a process that reads a PDF");
        }
    }
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
    let unstarted = |error: std::io::Error| PdfFault::NoReader(error.to_string());
    let child = Command::new(program)
        .args(["--quiet", "read", OPTION])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut family = Family {
        leader: child.map_err(unstarted)?,
    };
    let exchange = exchange(&mut family.leader, &bytes);
    match tokio::time::timeout(deadline, exchange).await {
        Err(_) => Err(PdfFault::TimedOut(deadline.as_secs())),
        Ok(answer) => understood(&answer.map_err(unstarted)?),
    }
}

/// How a child ended, and what it said.
struct Answer {
    ended: std::process::ExitStatus,
    text: Vec<u8>,
}

async fn exchange(child: &mut Child, bytes: &[u8]) -> std::io::Result<Answer> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let feed = async {
        if let Some(mut input) = input
            && let Err(error) = input.write_all(bytes).await
        {
            // A child that has ended early says why by how it ended.
            tracing::debug!(%error, "a process that reads a PDF did not take all of it");
        }
    };
    let listen = async {
        let mut text = vec![];
        if let Some(output) = output {
            output.take(MOST_ANSWER).read_to_end(&mut text).await?;
        }
        std::io::Result::Ok(text)
    };
    let ((), text) = tokio::join!(feed, listen);
    let text = text?;
    let ended = child.wait().await?;
    Ok(Answer { ended, text })
}

/// The last line is the answer: libraries print now and then.
fn understood(answer: &Answer) -> Result<Vec<String>, PdfFault> {
    let line = answer.text.trim_ascii_end();
    let line = line.rsplit(|byte| *byte == b'\n').next();
    let said = line.and_then(|line| serde_json::from_slice(line).ok());
    match (answer.ended.code(), said) {
        // Whoever reads them sees no code; whether there was one is still told by its mask.
        (Some(0), Some(Said::Pages(pages))) => Ok(pages
            .iter()
            .map(|page| masked_text(page).into_owned())
            .collect()),
        (Some(0), Some(Said::Refused(fault))) => Err(fault),
        (_, _) => Err(PdfFault::Killed(answer.ended.to_string())),
    }
}

/// The child's side: confines this process, reads a PDF to its end, and returns the line to print.
///
/// # Errors
/// When the process cannot be confined, or its input breaks off.
pub fn answer(input: impl Read) -> anyhow::Result<String> {
    pdf::confine()?;
    let mut bytes = vec![];
    let most = u64::try_from(pdf::MOST_BYTES)?.saturating_add(1);
    input.take(most).read_to_end(&mut bytes)?;
    let said = match pdf::best_pages(&bytes) {
        Ok(pages) => Said::Pages(pages),
        Err(fault) => Said::Refused(fault),
    };
    Ok(serde_json::to_string(&said)?)
}
