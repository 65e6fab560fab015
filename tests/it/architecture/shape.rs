//! Shape: every file says its purpose, files and functions stay small, names say something.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at};

/// Lines of one file, tests not counted.
const FILE_LINES: usize = 400;

/// Lines of one function, from its name to its closing brace.
const FUNCTION_LINES: usize = 60;

/// Module names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] = [
    "util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "shared",
];

/// Files whose first line is not a `//!` line with a sentence.
fn check_purpose(files: &[SourceFile]) -> Vec<Breach> {
    let says_purpose = |file: &&SourceFile| {
        let purpose = file
            .text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//! "));
        purpose.is_some_and(|purpose| purpose.split_whitespace().count() >= 3)
    };
    files
        .iter()
        .filter(|file| !says_purpose(file))
        .map(|file| {
            Breach::new(
                &file.path,
                1,
                "the first line says nothing; begin with `//! ` and the purpose",
            )
        })
        .collect()
}

/// Files longer than a reader takes in at once.
fn check_file_size(files: &[SourceFile]) -> Vec<Breach> {
    files
        .iter()
        .filter_map(|file| {
            let total = file.text.lines().count();
            let lines = (1..=total).filter(|line| !file.is_test(*line)).count();
            let what =
                format!("{lines} lines without tests, more than {FILE_LINES}; split it by subject");
            (lines > FILE_LINES).then(|| Breach::new(&file.path, FILE_LINES, what))
        })
        .collect()
}

/// Functions longer than a screen, tests not counted.
fn check_function_size(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        let mut functions = Vec::new();
        find_functions(&file.tokens, &mut functions);
        for (name, start, end) in functions {
            let lines = end - start + 1;
            if lines > FUNCTION_LINES && !file.is_test(start) {
                let what = format!(
                    "`{name}` has {lines} lines, more than {FUNCTION_LINES}; split it by step"
                );
                breaches.push(Breach::new(&file.path, start, what));
            }
        }
    }
    breaches
}

/// Collects name, first line and last line of every function with a body.
fn find_functions(tokens: &TokenStream, into: &mut Vec<(String, usize, usize)>) {
    let mut open: Option<(String, usize)> = None;
    let mut after_fn: Option<usize> = None;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(ident) => {
                if let Some(line) = after_fn.take() {
                    open = Some((ident.to_string(), line));
                }
                if ident == "fn" {
                    after_fn = Some(ident.span().start().line);
                }
            }
            TokenTree::Group(group) => {
                after_fn = None;
                if group.delimiter() == Delimiter::Brace
                    && let Some((name, start)) = open.take()
                {
                    into.push((name, start, group.span_close().end().line));
                }
                find_functions(&group.stream(), into);
            }
            // A `;` ends a function of a trait that has no body.
            TokenTree::Punct(punct) => {
                after_fn = None;
                if punct.as_char() == ';' {
                    open = None;
                }
            }
            TokenTree::Literal(_) => after_fn = None,
        }
    }
}

/// Modules, as files, folders or inline, with a name that says nothing.
fn check_names(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let remedy = "says nothing about what is inside; name the thing it knows";
    for file in files {
        for name in file
            .module()
            .iter()
            .filter(|name| EMPTY_NAMES.contains(&name.as_str()))
        {
            breaches.push(Breach::new(
                &file.path,
                1,
                format!("module name `{name}` {remedy}"),
            ));
        }
        for (index, line) in file.text.lines().enumerate() {
            let name = line
                .trim()
                .strip_suffix('{')
                .and_then(|line| line.rsplit_once("mod "));
            if let Some((_, name)) = name
                && EMPTY_NAMES.contains(&name.trim())
            {
                let what = format!("module name `{}` {remedy}", name.trim());
                breaches.push(Breach::new(&file.path, index + 1, what));
            }
        }
    }
    breaches
}

#[test]
fn every_file_says_its_purpose() {
    let files = rust_files(&["src", "tests", "benches"]);
    assert!(
        files.len() > 20,
        "the walk over the repository found only {} files",
        files.len()
    );
    insist(
        "every Rust file begins with its purpose",
        &check_purpose(&files),
    );
}

#[test]
fn files_stay_small() {
    insist(
        "a file has at most 400 lines",
        &check_file_size(&rust_files(&["src"])),
    );
}

#[test]
fn functions_stay_small() {
    insist(
        "a function has at most 60 lines",
        &check_function_size(&rust_files(&["src"])),
    );
}

#[test]
fn module_names_say_something() {
    insist(
        "a module is named for what it knows",
        &check_names(&rust_files(&["src"])),
    );
}

#[test]
fn a_file_without_a_purpose_is_found() {
    let samples = [
        "use a::b;\n",
        "//!\n",
        "//! Stuff.\n",
        "/// A purpose in the wrong place.\n",
    ];
    for sample in samples {
        insist_broken_at(
            &check_purpose(&[SourceFile::new("src/feed/mod.rs", sample)]),
            &[1],
        );
    }
    let good = SourceFile::new("src/feed/mod.rs", "//! Feed bytes into a reading.\n");
    insist_broken_at(&check_purpose(&[good]), &[]);
}

#[test]
fn a_long_file_is_found_and_its_tests_are_not_counted() {
    let long = "const A: u8 = 1;\n".repeat(FILE_LINES + 1);
    insist_broken_at(
        &check_file_size(&[SourceFile::new("src/feed/mod.rs", long)]),
        &[FILE_LINES],
    );
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "const A: u8 = 1;\n".repeat(FILE_LINES)
    );
    insist_broken_at(
        &check_file_size(&[SourceFile::new("src/feed/mod.rs", tests)]),
        &[],
    );
}

#[test]
fn a_long_function_is_found() {
    let body = "    a();\n".repeat(FUNCTION_LINES);
    let sample = format!(
        "trait T {{\n    fn c();\n}}\nfn short() {{}}\nimpl A {{\nfn b() {{\n{body}}}\n}}\n"
    );
    insist_broken_at(
        &check_function_size(&[SourceFile::new("src/feed/mod.rs", sample)]),
        &[6],
    );
    let exact = format!("fn b() {{\n{}}}\n", "    a();\n".repeat(FUNCTION_LINES - 2));
    insist_broken_at(
        &check_function_size(&[SourceFile::new("src/feed/mod.rs", exact)]),
        &[],
    );
}

#[test]
fn an_empty_name_is_found() {
    let files = [
        SourceFile::new("src/feed/utils.rs", "//! Bits and pieces.\n"),
        SourceFile::new("src/feed/mod.rs", "//! Feeds.\nmod helpers {\n}\n"),
    ];
    insist_broken_at(&check_names(&files), &[1, 2]);
}
