//! Rust files as the rules see them: lines, tokens, and which lines are only compiled for tests.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::root;

/// One Rust file.
pub(crate) struct SourceFile {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// The file as text.
    pub text: String,
    /// The file as tokens; comments are gone, doc comments are `#[doc]` attributes.
    pub tokens: TokenStream,
    /// Lines of `#[cfg(test)]` items; the whole file where its `mod` line says so.
    tests: Vec<RangeInclusive<usize>>,
}

impl SourceFile {
    /// Reads a file from memory; text that is no Rust has no tokens, which the compiler reports better.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let tokens: TokenStream = text.parse().unwrap_or_default();
        let mut tests = Vec::new();
        find_test_items(&tokens, &mut tests);
        Self {
            path: path.into(),
            text,
            tokens,
            tests,
        }
    }

    /// Whether a line is compiled for tests only.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// The module path: `src/feed/rss.rs` is `["feed", "rss"]`, the crate root is empty.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        inner
            .split('/')
            .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The top-level module, empty for the crate root.
    pub fn area(&self) -> String {
        self.module().first().cloned().unwrap_or_default()
    }

    /// Test-only modules this file declares as files of their own: `#[cfg(test)] mod tests;`.
    fn test_files(&self) -> Vec<String> {
        let folder = match self.path.strip_suffix("/mod.rs") {
            Some(folder) => folder.to_owned(),
            None if matches!(self.path.as_str(), "src/lib.rs" | "src/main.rs") => "src".to_owned(),
            None => self
                .path
                .strip_suffix(".rs")
                .unwrap_or(&self.path)
                .to_owned(),
        };
        let lines: Vec<&str> = self.text.lines().collect();
        lines
            .iter()
            .enumerate()
            .filter(|(index, _)| self.is_test(index + 1))
            .filter_map(|(_, line)| {
                let name = line.trim().strip_suffix(';')?.rsplit_once("mod ")?.1;
                Some(format!("{folder}/{name}"))
            })
            .collect()
    }
}

/// Every Rust file under the given folders of the repository, sorted by path.
pub(crate) fn rust_files(folders: &[&str]) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut paths);
    }
    paths.retain(|path| has_extension(path, "rs"));
    paths.sort();
    let files = paths.into_iter().filter_map(|path| {
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some(SourceFile::new(path, text))
    });
    with_test_files(files.collect())
}

/// Marks the files that only a `#[cfg(test)] mod x;` line brings in.
pub(crate) fn with_test_files(mut files: Vec<SourceFile>) -> Vec<SourceFile> {
    let tests: BTreeSet<String> = files.iter().flat_map(SourceFile::test_files).collect();
    for file in &mut files {
        let of_tests = |module: &String| {
            file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
        };
        if tests.iter().any(of_tests) {
            file.tests = vec![0..=usize::MAX];
        }
    }
    files
}

/// Whether a path ends with an extension, in any case.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Collects files under a folder as paths from the root of the repository.
///
/// Skips what the repository does not hold: build output, archives, `.git`.
pub(crate) fn walk(folder: &Path, into: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if ![".git", "target", "seutu-data"]
                .iter()
                .any(|skipped| name == *skipped)
            {
                walk(&path, into);
            }
        } else if let Ok(inner) = path.strip_prefix(root()) {
            into.push(inner.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Collects the lines of items under `#[cfg(test)]`, from the attribute to the end of the item.
fn find_test_items(tokens: &TokenStream, into: &mut Vec<RangeInclusive<usize>>) {
    let mut marked: Option<usize> = None;
    let mut is_use = false;
    for token in tokens.clone() {
        let line = token.span().start().line;
        let ends_item = match &token {
            TokenTree::Group(group) if is_cfg_test(group) => {
                marked = marked.or(Some(line));
                is_use = false;
                false
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                if marked.is_none() {
                    find_test_items(&group.stream(), into);
                }
                !is_use
            }
            TokenTree::Ident(ident) => {
                is_use |= ident == "use";
                false
            }
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        };
        if ends_item {
            is_use = false;
            if let Some(start) = marked.take() {
                into.push(start..=token.span().end().line);
            }
        }
    }
}

/// Whether an attribute's brackets hold `cfg(test)` or a `cfg` that needs `test`.
fn is_cfg_test(group: &Group) -> bool {
    let text = group.stream().to_string().replace(' ', "");
    group.delimiter() == Delimiter::Bracket
        && (text == "cfg(test)" || text.starts_with("cfg(all(test"))
}

/// Whether an attribute's brackets hold documentation.
pub(crate) fn is_doc(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(ident)) if ident == "doc")
}

#[test]
fn test_items_are_told_from_the_program() {
    let file = SourceFile::new(
        "src/feed/mod.rs",
        "fn a() {}\n#[cfg(test)]\nuse x::{y, z};\nfn b() {}\n#[cfg(test)]\nmod tests {\n}\nfn c() {}\n",
    );
    let tests: Vec<usize> = (1..=8).filter(|line| file.is_test(*line)).collect();
    assert_eq!(tests, [2, 3, 5, 6, 7]);
}

#[test]
fn a_file_declared_for_tests_is_a_test() {
    let files = with_test_files(vec![
        SourceFile::new("src/feed/mod.rs", "mod rss;\n#[cfg(test)]\nmod tests;\n"),
        SourceFile::new("src/feed/rss.rs", "fn a() {}\n"),
        SourceFile::new("src/feed/tests.rs", "fn a() {}\n"),
    ]);
    let tests: Vec<bool> = files.iter().map(|file| file.is_test(1)).collect();
    assert_eq!(tests, [false, false, true]);
}
