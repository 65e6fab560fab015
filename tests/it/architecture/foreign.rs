//! Foreign code has one door: nothing but the file that loads Voikko may be `unsafe`.

use proc_macro2::{TokenStream, TokenTree};

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at};

/// The one file that calls foreign code.
const DOOR: &str = "src/language/voikko.rs";

fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.path != DOOR) {
        let mut lines = Vec::new();
        find(&file.tokens, &mut lines);
        let what = format!("`unsafe` stands only in {DOOR}; write it without");
        breaches.extend(
            lines
                .into_iter()
                .map(|line| Breach::new(&file.path, line, what.clone())),
        );
    }
    breaches
}

/// Lines with the keyword, or with the name of the lint that forbids it.
fn find(tokens: &TokenStream, into: &mut Vec<usize>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) if ident == "unsafe" || ident == "unsafe_code" => {
                into.push(ident.span().start().line);
            }
            TokenTree::Group(group) => find(&group.stream(), into),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn foreign_code_has_one_door() {
    insist(
        "only one file may be unsafe",
        &check(&rust_files(&["src", "tests", "benches"])),
    );
}

#[test]
fn another_door_is_found() {
    let sample = "fn a() { unsafe { b() } }\n#[expect(unsafe_code, reason = \"\")]\nunsafe fn c() {}\nconst D: &str = \"unsafe\";\n";
    insist_broken_at(
        &check(&[SourceFile::new("src/feed/mod.rs", sample)]),
        &[1, 2, 3],
    );
    insist_broken_at(&check(&[SourceFile::new(DOOR, sample)]), &[]);
}
