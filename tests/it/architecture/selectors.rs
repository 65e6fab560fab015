//! Selectors: each stands in its platform's `selectors.rs` and compiles.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use scraper::Selector;

use super::source::{SourceFile, is_doc, rust_files};
use super::words::literal_text;
use super::{Breach, insist, insist_broken_at};

/// Texts in `selectors.rs` files that are no CSS selectors, and selectors written anywhere else.
fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        let mut texts = Vec::new();
        if file.path.starts_with("src/platform/") && file.path.ends_with("/selectors.rs") {
            find_literals(&file.tokens, &mut texts);
            for (line, text) in texts.into_iter().filter(|(line, _)| !file.is_test(*line)) {
                if let Err(error) = Selector::parse(&text) {
                    let what = format!("{text:?} is no selector: {error}; write a CSS selector");
                    breaches.push(Breach::new(&file.path, line, what));
                }
            }
        } else {
            find_parsed(&file.tokens, &mut texts);
            for (line, text) in texts.into_iter().filter(|(line, _)| !file.is_test(*line)) {
                let what = format!(
                    "selector {text:?} outside selectors.rs; move it to its platform's file"
                );
                breaches.push(Breach::new(&file.path, line, what));
            }
        }
    }
    breaches
}

/// Collects the string literals of a file of selectors, attributes and macro messages aside.
fn find_literals(tokens: &TokenStream, into: &mut Vec<(usize, String)>) {
    let mut after_hash = false;
    for token in tokens.clone() {
        let line = token.span().start().line;
        match &token {
            TokenTree::Group(group) if is_doc(group) || after_hash => {}
            TokenTree::Group(group) => find_literals(&group.stream(), into),
            TokenTree::Literal(literal) if literal.to_string().ends_with(['"', '#']) => {
                into.push((line, literal_text(literal)));
            }
            TokenTree::Literal(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        after_hash =
            matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), '#' | '!'));
    }
}

/// Collects literals handed straight to `parse` of a `Selector`.
fn find_parsed(tokens: &TokenStream, into: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let path: String = tokens
            .iter()
            .take(index)
            .skip(index.saturating_sub(4))
            .map(ToString::to_string)
            .collect();
        let first = group.stream().into_iter().next();
        if group.delimiter() == Delimiter::Parenthesis
            && path == "Selector::parse"
            && let Some(TokenTree::Literal(literal)) = first
        {
            into.push((literal.span().start().line, literal_text(&literal)));
        }
        find_parsed(&group.stream(), into);
    }
}

#[test]
fn every_selector_compiles_and_stands_in_its_platforms_file() {
    insist(
        "selectors stand in selectors.rs and compile",
        &check(&rust_files(&["src"])),
    );
}

#[test]
fn a_broken_or_stray_selector_is_found() {
    let selectors = "//! Selectors of a page.\n/// The table (\"taulu\").\n#[expect(dead_code, reason = \"later\")]\n\
                     pub const A: &str = \"table td > p\";\npub const B: &str = \"td[\";\n";
    let stray = "//! A page.\nfn a() {\n    let b = Selector::parse(\"p\");\n    let c = other::parse(\"p\");\n}\n";
    let files = [
        SourceFile::new("src/platform/dynasty/selectors.rs", selectors),
        SourceFile::new("src/platform/dynasty/item.rs", stray),
    ];
    insist_broken_at(&check(&files), &[5, 3]);
}
