//! No statement replaces rows: SQLite calls no trigger for a row of another key that makes room, so that its seal and its
//! words in the full-text index would stay behind.

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at};

/// Ways to write it.
const REPLACING: [&str; 2] = ["or replace", "replace into"];

fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = vec![];
    for file in files {
        for (line, text) in (1..).zip(file.text.lines()) {
            let text = text.to_lowercase();
            if !file.is_test(line) && REPLACING.iter().any(|way| text.contains(way)) {
                breaches.push(Breach::new(
                    &file.path,
                    line,
                    "replaces rows; write INSERT … ON CONFLICT … DO UPDATE",
                ));
            }
        }
    }
    breaches
}

#[test]
fn no_statement_replaces_rows() {
    insist(
        "no statement replaces rows",
        &check(&rust_files(&["src/archive"])),
    );
}

#[test]
fn a_statement_that_replaces_rows_is_found() {
    let text = "const A: &str = \"INSERT OR REPLACE INTO a VALUES(1)\";\n// ON CONFLICT DO UPDATE\nconst B: &str = \"replace into a VALUES(1)\";\n#[cfg(test)]\nconst C: &str = \"INSERT OR REPLACE INTO a VALUES(1)\";\n";
    insist_broken_at(
        &check(&[SourceFile::new("src/archive/a.rs", text)]),
        &[1, 3],
    );
}
