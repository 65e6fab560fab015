//! The rules of the house, held by reading the repository as text: one test per rule.
//!
//! Each rule is a function from what it reads to [`Breach`]es, so that every rule is also tried on a
//! small sample that breaks it: a check that cannot fail proves nothing.

mod crates;
mod fixtures;
mod foreign;
mod kit;
mod layers;
mod least;
mod readme;
mod repository;
mod selectors;
mod shape;
mod source;
mod statements;
mod words;

use std::fmt;
use std::path::PathBuf;

/// One place where a rule is broken.
pub(crate) struct Breach {
    /// Path from the root of the repository.
    path: String,
    /// Line, counted from 1.
    line: usize,
    /// What is wrong there and what to do about it.
    what: String,
}

impl Breach {
    /// Notes a broken rule; `what` says what is wrong, then what to do.
    fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Where the repository lies.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every breach on a line of its own.
fn insist(rule: &str, breaches: &[Breach]) {
    let lines: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{rule}\n{}\n", lines.join("\n"));
}

/// Fails unless a sample breaks its rule exactly at `lines`: the proof that a check can fail.
fn insist_broken_at(breaches: &[Breach], lines: &[usize]) {
    let found: Vec<usize> = breaches.iter().map(|breach| breach.line).collect();
    let said: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert_eq!(found, lines, "{}", said.join("\n"));
}
