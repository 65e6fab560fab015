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

use crate::model::ids::SourceId;
use crate::model::source::PlatformKind;

/// How long a child may read one input before it counts as hanging.
const CHILD_DEADLINE: Duration = Duration::from_secs(20);

/// What is being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Which source it came from.
    pub source: SourceId,
    /// Which reader reads it.
    pub platform: PlatformKind,
    /// Address it came from.
    pub url: Url,
    /// SHA-256 of the bytes.
    pub sha256: String,
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

    /// What an earlier process left over, with the files to remove once it is judged. A note cut
    /// off while it was written was not being parsed yet and is dropped.
    pub fn left_over(&self) -> io::Result<Vec<(Input, Flight)>> {
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
            let flight = Flight {
                paths: [note.with_extension("bin"), note.clone()],
            };
            if let Ok(input) = serde_json::from_slice(&fs::read(&note)?) {
                found.push((input, flight));
            }
        }
        Ok(found)
    }
}

impl Flight {
    /// Parses the bytes again in a child process; returns how the child ended if it was killed by
    /// the input.
    pub async fn kills_a_child(&self, input: &Input, program: &Path) -> io::Result<Option<String>> {
        let [page, _] = &self.paths;
        let mut child = Command::new(program)
            .args([
                "--quiet",
                "read",
                "--platform",
                input.platform.word(),
                "--url",
            ])
            .arg(input.url.as_str())
            .arg(page)
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
            sha256: "0".repeat(64),
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
        assert_eq!(
            left.iter().map(|(i, _)| i.clone()).collect::<Vec<_>>(),
            [input()]
        );
        drop(left);
        assert!(inflight.left_over().expect("list").is_empty());
    }

    #[tokio::test]
    async fn a_child_killed_by_a_signal_convicts_and_an_exit_code_does_not() {
        let dir = tempfile::tempdir().expect("folder");
        let inflight = Inflight::open(dir.path()).expect("open");
        let flight = inflight.note(&input(), b"bytes").expect("note");
        let judged = flight
            .kills_a_child(&input(), Path::new("/bin/false"))
            .await
            .expect("spawn");
        assert_eq!(judged, None);
        let script = dir.path().join("dies");
        fs::write(&script, "#!/bin/sh\nkill -ABRT $$\n").expect("script");
        let mut mode = fs::metadata(&script).expect("metadata").permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&script, mode).expect("mode");
        let judged = flight
            .kills_a_child(&input(), &script)
            .await
            .expect("spawn");
        assert!(judged.expect("killed").contains("signal"));
    }
}
