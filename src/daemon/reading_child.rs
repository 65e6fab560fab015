//! A file read by a child process that may die of it.
//!
//! The child is this program with a hidden option: it takes the file at its standard input, confines itself,
//! and answers with one line of JSON. It gets no addresses and opens none.

use std::io::Read;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::pdf;

/// How long a child may read one file.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of an answer: more than the text that may be in a file, as JSON.
const MOST_ANSWER: u64 = 48 << 20;

/// Why a child said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChildFault {
    /// It could not be started; that says nothing of the file.
    NoReader(String),
    /// It was still at work at the deadline, in seconds.
    TimedOut(u64),
    /// It died, or babbled.
    Killed(String),
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
            tracing::warn!(id, %error, "cannot end a process that reads a file");
        }
    }
}

/// What a child process of `program`, this program's own file, says of some bytes. It may be abandoned at any time: the
/// child is killed then.
///
/// # Errors
/// When it says nothing.
pub(super) async fn ask<T: DeserializeOwned>(
    program: &Path,
    options: &[&str],
    bytes: &[u8],
    deadline: Duration,
) -> Result<T, ChildFault> {
    let unstarted = |error: std::io::Error| ChildFault::NoReader(error.to_string());
    let child = Command::new(program)
        .args(["--quiet", "read"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut family = Family {
        leader: child.map_err(unstarted)?,
    };
    let exchange = exchange(&mut family.leader, bytes);
    match tokio::time::timeout(deadline, exchange).await {
        Err(_) => Err(ChildFault::TimedOut(deadline.as_secs())),
        Ok(answer) => understood(&answer.map_err(unstarted)?),
    }
}

/// How a child ended, and what it said.
struct Answer {
    ended: ExitStatus,
    text: Vec<u8>,
}

async fn exchange(child: &mut Child, bytes: &[u8]) -> std::io::Result<Answer> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let feed = async {
        if let Some(mut input) = input
            && let Err(error) = input.write_all(bytes).await
        {
            // A child that has ended early says why by how it ended.
            tracing::debug!(%error, "a process that reads a file did not take all of it");
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
fn understood<T: DeserializeOwned>(answer: &Answer) -> Result<T, ChildFault> {
    let line = answer.text.trim_ascii_end();
    let line = line.rsplit(|byte| *byte == b'\n').next();
    let said = line.and_then(|line| serde_json::from_slice(line).ok());
    match (answer.ended.code(), said) {
        (Some(0), Some(said)) => Ok(said),
        (_, _) => Err(ChildFault::Killed(answer.ended.to_string())),
    }
}

/// The child's side: confines this process and reads its input, no further than one byte beyond `most`.
///
/// # Errors
/// When the process cannot be confined, or its input breaks off.
pub(super) fn confined(input: impl Read, most: usize) -> anyhow::Result<Vec<u8>> {
    pdf::confine()?;
    let mut bytes = vec![];
    let most = u64::try_from(most)?.saturating_add(1);
    input.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
