//! The page kit: a platform is one folder and a few lines of registration, and it stays that way.

use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at, root};

/// Lines of a platform's folder, tests not counted: what one person reads in a day.
const FOLDER_LINES: usize = 4_000;

/// Functions a platform has to write; what fewer need has a default.
const REQUIRED_FUNCTIONS: usize = 12;

/// Platforms that read pages, by their folder and their variant.
const PLATFORMS: [(&str, &str); 3] = [("dynasty", "Dynasty"), ("casem", "Casem"), ("tweb", "Tweb")];

/// Files outside `src/platform` that may name one platform, and how often: nothing here is touched for a
/// new platform, which is registered in `PlatformKind` and in `src/platform/mod.rs` alone.
const NAMED: [(&str, usize); 2] = [
    // What a saved page without an address is taken for.
    ("src/cli/read.rs", 1),
    // The demonstration's oldest sites say no platform.
    ("src/serve/simulated/plan.rs", 1),
];

/// Places outside `src/platform` that know one platform from another.
fn check_names(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.area() != "platform") {
        let mut found = Vec::new();
        find_names(&file.tokens, &mut found);
        found.retain(|line| !file.is_test(*line));
        let allowed = NAMED
            .iter()
            .find(|(path, _)| *path == file.path)
            .map_or(0, |(_, times)| *times);
        for line in found.into_iter().skip(allowed) {
            let what = "one platform is named outside src/platform; ask its `Platform` instead, so that \
                        the next platform need not be added here";
            breaches.push(Breach::new(&file.path, line, what));
        }
    }
    breaches
}

/// Collects lines with `PlatformKind::Variant` of a platform that reads pages, or with `platform::folder`.
fn find_names(tokens: &TokenStream, into: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => find_names(&group.stream(), into),
            TokenTree::Ident(ident) => {
                let path = index.checked_sub(3).and_then(|owner| tokens.get(owner));
                let owner = path.map(ToString::to_string).unwrap_or_default();
                let name = ident.to_string();
                let is_named = PLATFORMS.iter().any(|(folder, variant)| {
                    owner == "PlatformKind" && name == *variant
                        || owner == "platform" && name == *folder
                });
                if is_named {
                    into.push(ident.span().start().line);
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Folders of platforms that have grown beyond what one person can add.
fn check_size(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (folder, _) in PLATFORMS {
        let inside = format!("src/platform/{folder}/");
        let lines: usize = files
            .iter()
            .filter(|file| file.path.starts_with(&inside))
            .map(|file| {
                let total = file.text.lines().count();
                (1..=total).filter(|line| !file.is_test(*line)).count()
            })
            .sum();
        if lines > FOLDER_LINES {
            let what = format!(
                "{lines} lines without tests, more than {FOLDER_LINES}; move what other platforms \
                 could use to src/platform or to minutes"
            );
            breaches.push(Breach::new(format!("{inside}mod.rs"), 1, what));
        }
    }
    breaches
}

/// The functions of `trait Platform` without a body.
fn required(text: &str) -> usize {
    let file: syn::File = syn::parse_str(text).unwrap_or_else(|error| unreachable!("{error}"));
    let traits = file.items.iter().filter_map(|item| {
        if let syn::Item::Trait(found) = item {
            Some(found).filter(|found| found.ident == "Platform")
        } else {
            None
        }
    });
    traits
        .flat_map(|found| &found.items)
        .filter(|item| matches!(item, syn::TraitItem::Fn(function) if function.default.is_none()))
        .count()
}

#[test]
fn a_new_platform_is_registered_in_few_places() {
    let files = rust_files(&["src"]);
    insist(
        "no platform is known by name outside src/platform",
        &check_names(&files),
    );
    let places = fs::read_to_string(root().join("src/platform/mod.rs")).unwrap_or_default();
    let count = required(&places);
    assert!(
        (5..=REQUIRED_FUNCTIONS).contains(&count),
        "a platform has to write {count} functions, more than {REQUIRED_FUNCTIONS}: give the new one a default"
    );
    for (_, variant) in PLATFORMS {
        let times = places
            .matches(&format!("PlatformKind::{variant} =>"))
            .count();
        assert_eq!(
            times, 1,
            "PlatformKind::{variant} is matched in one place of src/platform/mod.rs"
        );
    }
}

#[test]
fn the_archive_takes_every_platform() {
    let schema =
        fs::read_to_string(root().join("src/archive/migrations/0001.sql")).unwrap_or_default();
    for (folder, _) in PLATFORMS {
        assert!(schema.contains(&format!("'{folder}'")), "{folder}");
    }
}

#[test]
fn a_platform_stays_one_folder_that_a_person_can_read() {
    insist(
        "the folder of a platform is small",
        &check_size(&rust_files(&["src/platform"])),
    );
}

#[test]
fn a_platform_named_elsewhere_is_found() {
    let sample = "fn a() { match k { PlatformKind::Dynasty => 1, PlatformKind::Feed => 2 } }\n\
                  use crate::platform::casem::Casem;\nfn b() { platform::tweb::x() }\n\
                  #[cfg(test)]\nmod tests { const K: PlatformKind = PlatformKind::Tweb; }\n";
    let files = [SourceFile::new("src/daemon/cycle.rs", sample)];
    insist_broken_at(&check_names(&files), &[1, 2, 3]);
    let files = [SourceFile::new("src/platform/mod.rs", sample)];
    insist_broken_at(&check_names(&files), &[]);
}

#[test]
fn functions_without_default_are_counted() {
    let sample =
        "trait Platform { fn a(&self); fn b(&self) { 1 } fn c(); }\ntrait Other { fn d(); }";
    assert_eq!(required(sample), 2);
}
