//! Inputs that are being read right now, on disk, so that one that kills the process is known
//! afterwards.
//!
//! A stack overflow or an abort inside a parser cannot be caught. Before bytes are parsed they are
//! written to a file, and the file is removed when the parser has returned. What is left over at the
//! next start is suspected: it is parsed once more in a child process, and only an input that kills
//! the child too is put into quarantine. A process killed from outside leaves innocent files behind,
//! which the child reads without harm.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;
use url::Url;

use crate::model::ids::{ItemKey, SourceId, Uid};
use crate::model::listing::ListAddress;
use crate::model::source::{PlatformKind, Source};

/// How long a child may read one input before it counts as hanging.
const CHILD_DEADLINE: Duration = Duration::from_secs(20);

/// What is being read, and all that the reader is told beside the bytes: a child has to go the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Which source it came from.
    pub source: SourceId,
    /// Platform of the source.
    pub platform: PlatformKind,
    /// Address it came from.
    pub url: Url,
    /// Content type that came with the bytes.
    pub content_type: Option<String>,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Which reader reads it.
    pub kind: InputKind,
}

/// Which part a list has in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListRole {
    /// What every poll asks for.
    Front,
    /// Any other.
    Beside,
}

/// List or item page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// A list: a feed, or a page of meetings or items.
    List {
        /// The source that was asked.
        source: Box<Source>,
        /// The list that was asked for.
        list: ListAddress,
        /// Its part in the source.
        role: ListRole,
    },
    /// An item page.
    Page {
        /// The portal that was asked.
        portal: Url,
        /// Key of the item that was asked for.
        key: ItemKey,
        /// Prefix of the source's keys.
        key_prefix: String,
        /// The item whose page was checked; none when an original is read again.
        checked: Option<Uid>,
    },
}

/// The folder of inputs in flight.
#[derive(Clone, Debug)]
pub struct Inflight {
    dir: PathBuf,
}

/// An input in flight; dropping it says that the parser has returned.
#[derive(Debug)]
pub struct Flight {
    paths: [PathBuf; 2],
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.paths.iter().for_each(|path| remove(path));
    }
}

/// Removes a file that may be gone already.
fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "cannot remove a note of an input in flight");
        }
        Ok(()) | Err(_) => {}
    }
}

impl Inflight {
    /// Uses `reading/` inside the archive's folder.
    pub fn open(archive_dir: &Path) -> io::Result<Self> {
        let dir = archive_dir.join("reading");
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// Notes an input before it is parsed. Nothing is synced: the note has to survive the process,
    /// not the machine.
    pub fn note(&self, input: &Input, bytes: &[u8]) -> io::Result<Flight> {
        // Two pages may carry the same bytes at the same time: the address tells them apart.
        let name =
            crate::model::digest::sha256_hex(format!("{}{}", input.sha256, input.url).as_bytes());
        let page = self.dir.join(format!("{name}.bin"));
        let note = self.dir.join(format!("{name}.json"));
        fs::write(&page, bytes)?;
        fs::write(&note, serde_json::to_vec(input)?)?;
        Ok(Flight {
            paths: [page, note],
        })
    }

    /// What an earlier process left over. A note cut off while it was written was not being parsed yet
    /// and is dropped.
    pub fn left_over(&self) -> io::Result<Vec<Suspect>> {
        let mut found = vec![];
        for entry in fs::read_dir(&self.dir)? {
            let note = entry?.path();
            if note.extension().is_none_or(|e| e != "json") {
                // Bytes whose note was never written: nobody began to read them.
                let is_bare = note.extension().is_some_and(|e| e == "bin")
                    && !note.with_extension("json").exists();
                if is_bare {
                    remove(&note);
                }
                continue;
            }
            let input = serde_json::from_slice(&fs::read(&note)?);
            let paths = [note.with_extension("bin"), note];
            match input {
                Ok(input) => found.push(Suspect { input, paths }),
                Err(_) => paths.iter().for_each(|path| remove(path)),
            }
        }
        Ok(found)
    }
}

/// An input that an earlier process did not read to its end. It stays on disk until it is cleared: a
/// start that cannot judge it leaves it to the next one.
#[derive(Debug)]
pub struct Suspect {
    /// What it is.
    pub input: Input,
    paths: [PathBuf; 2],
}

impl Suspect {
    /// The suspect of a note, with its bytes: the child's side.
    pub fn load(note: &Path) -> io::Result<(Input, Vec<u8>)> {
        let input = serde_json::from_slice(&fs::read(note)?)?;
        Ok((input, fs::read(note.with_extension("bin"))?))
    }

    /// Removes note and bytes.
    pub fn clear(self) {
        self.paths.iter().for_each(|path| remove(path));
    }

    /// Parses the bytes again in a child process; returns how the child ended if it was killed by
    /// the input.
    pub async fn kills_a_child(&self, program: &Path) -> io::Result<Option<String>> {
        let [_, note] = &self.paths;
        let mut child = Command::new(program)
            .args(["--quiet", "read", "--in-flight"])
            .arg(note)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        match tokio::time::timeout(CHILD_DEADLINE, child.wait()).await {
            Err(_) => Ok(Some(format!(
                "still reading after {} s",
                CHILD_DEADLINE.as_secs()
            ))),
            Ok(status) => {
                let status = status?;
                // An exit code, whatever it is, means that the reader returned.
                Ok(status.code().is_none().then(|| status.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Input {
        Input {
            source: SourceId::new("a"),
            platform: PlatformKind::Dynasty,
            url: "https://a.example/1".parse().expect("url"),
            content_type: Some("text/html; charset=windows-1252".to_owned()),
            sha256: "0".repeat(64),
            kind: InputKind::Page {
                portal: "https://a.example/".parse().expect("url"),
                key: ItemKey::new("1"),
                key_prefix: "k-".to_owned(),
                checked: Some(Uid::new("a/1")),
            },
        }
    }

    #[test]
    fn what_was_read_to_the_end_leaves_nothing_over() {
        let dir = tempfile::tempdir().expect("folder");
        let inflight = Inflight::open(dir.path()).expect("open");
        drop(inflight.note(&input(), b"bytes").expect("note"));
        assert!(inflight.left_over().expect("list").is_empty());
    }

    #[test]
    fn what_was_not_read_to_the_end_is_left_over() {
        let dir = tempfile::tempdir().expect("folder");
        let inflight = Inflight::open(dir.path()).expect("open");
        std::mem::forget(inflight.note(&input(), b"bytes").expect("note"));
        let left = inflight.left_over().expect("list");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].input, input());
        let [_, note] = &left[0].paths;
        let loaded = Suspect::load(note).expect("note");
        assert_eq!(loaded, (input(), b"bytes".to_vec()));
        drop(left);
        let mut left = inflight.left_over().expect("list");
        assert_eq!(left.len(), 1, "looking at it does not clear it");
        left.remove(0).clear();
        assert!(inflight.left_over().expect("list").is_empty());
    }

    #[tokio::test]
    async fn a_child_killed_by_a_signal_convicts_and_an_exit_code_does_not() {
        let dir = tempfile::tempdir().expect("folder");
        let inflight = Inflight::open(dir.path()).expect("open");
        std::mem::forget(inflight.note(&input(), b"bytes").expect("note"));
        let suspect = inflight.left_over().expect("list").remove(0);
        let judged = suspect.kills_a_child(Path::new("/bin/false")).await;
        assert_eq!(judged.expect("spawn"), None);
        let script = dir.path().join("dies");
        fs::write(&script, "#!/bin/sh\nkill -ABRT $$\n").expect("script");
        let mut mode = fs::metadata(&script).expect("metadata").permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&script, mode).expect("mode");
        let judged = suspect.kills_a_child(&script).await.expect("spawn");
        assert!(judged.expect("killed").contains("signal"));
    }
}
