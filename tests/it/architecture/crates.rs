//! One owner per outside crate: what a library can do is known in one place and can be changed there.

use proc_macro2::{TokenStream, TokenTree};

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at};

/// The outside crates that only the named modules may use; the binary's `main` may use `anyhow`.
///
/// Not here: plain data and codecs (`serde`, `jiff`, `url`, `sha2`, `encoding_rs` ...), which decide nothing.
const OWNERS: [(&str, &[&str]); 37] = [
    ("ammonia", &["publish"]),
    ("anyhow", &["cli", "daemon", ""]),
    ("askama", &["serve"]),
    ("atom_syndication", &["publish"]),
    ("axum", &["serve"]),
    ("chardetng", &["fetch"]),
    ("chrono", &["feed"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["publish"]),
    ("feed_rs", &["feed"]),
    ("frostem", &["language"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("indicatif", &["cli"]),
    ("libloading", &["language"]),
    ("listenfd", &["cli"]),
    ("parquet", &["publish"]),
    ("pdf_extract", &["pdf"]),
    ("prometheus_client", &["serve"]),
    ("quick_xml", &["feed", "office"]),
    ("reqwest", &["fetch"]),
    ("rss", &["publish"]),
    ("rusqlite", &["archive"]),
    ("rustix", &["archive", "pdf", "serve"]),
    ("rustls", &["fetch"]),
    ("rusty_s3", &["fetch"]),
    ("scraper", &["platform"]),
    ("sd_notify", &["daemon"]),
    ("similar", &["publish"]),
    ("socket2", &["serve"]),
    ("texting_robots", &["fetch"]),
    ("tower_http", &["serve"]),
    ("tracing_subscriber", &["cli"]),
    ("zip", &["office"]),
    ("zstd", &["archive"]),
];

/// Every use of an outside crate outside the modules that own it.
fn check(files: &[SourceFile]) -> Vec<Breach> {
    files.iter().flat_map(check_file).collect()
}

/// The uses of one file.
fn check_file(file: &SourceFile) -> Vec<Breach> {
    let mut uses = Vec::new();
    find_uses(&file.tokens, &mut uses);
    let area = file.area();
    let mut breaches = Vec::new();
    for (line, name) in uses {
        let owners = OWNERS
            .iter()
            .find(|(owned, _)| *owned == name)
            .map(|(_, owners)| owners);
        if let Some(owners) = owners
            && !owners.contains(&area.as_str())
            && !file.is_test(line)
        {
            let owners = owners.join("`, `");
            let what = format!(
                "`{name}` belongs to `{owners}`; give that module a function in our own types and \
                 call it from above"
            );
            breaches.push(Breach::new(&file.path, line, what));
        }
    }
    breaches
}

/// Collects names that begin a path (`name::`) or stand right after `use` or `extern crate`.
fn find_uses(tokens: &TokenStream, into: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let text: Vec<String> = tokens
        .iter()
        .map(|token| match token {
            TokenTree::Group(_) => String::new(),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token.to_string(),
        })
        .collect();
    let at = |index: Option<usize>| {
        index
            .and_then(|index| text.get(index))
            .map_or("", String::as_str)
    };
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => find_uses(&group.stream(), into),
            TokenTree::Ident(ident) => {
                let before = at(index.checked_sub(1));
                // `::name` begins a path, `other::name` goes on with one.
                let goes_on =
                    before == ":" && !matches!(at(index.checked_sub(3)), "" | "use" | "<" | ",");
                let begins_path = at(Some(index + 1)) == ":" && at(Some(index + 2)) == ":";
                if !goes_on && (begins_path || matches!(before, "use" | "crate")) {
                    into.push((ident.span().start().line, ident.to_string()));
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn outside_crates_have_one_owner() {
    insist(
        "an outside crate is used only by its owner",
        &check(&rust_files(&["src"])),
    );
}

#[test]
fn a_borrowed_crate_is_found() {
    let sample = "use reqwest::Client;\nuse ::scraper::Html;\nfn a(x: axum::Router) {}\n\
                  use crate::fetch::reqwest::b;\nuse {rusqlite::Row, std::fs};\nuse clap as c;\n\
                  fn b() -> anyhow::Result<()> { Ok(()) }\nuse zstd;\n\
                  #[cfg(test)]\nmod tests { use rusqlite::Connection; }\n";
    let files = [SourceFile::new("src/archive/open.rs", sample)];
    insist_broken_at(&check(&files), &[1, 2, 3, 6, 7]);
}

#[test]
fn every_owned_crate_is_a_dependency() {
    let manifest = include_str!("../../../Cargo.toml");
    let missing: Vec<&str> = OWNERS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| {
            let written = [
                format!("\n{name} ="),
                format!("\n{} =", name.replace('_', "-")),
            ];
            !written.iter().any(|line| manifest.contains(line.as_str()))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "OWNERS names crates the manifest does not: {missing:?}"
    );
}
