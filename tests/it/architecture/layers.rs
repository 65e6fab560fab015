//! Layers: a module imports from the layers below it, never from a neighbour and never upwards.

use proc_macro2::{TokenStream, TokenTree};

use super::source::{SourceFile, rust_files};
use super::{Breach, insist, insist_broken_at};

/// The modules from the bottom up; modules of one layer do not know each other.
const LAYERS: [&[&str]; 6] = [
    &["model"],
    &["vocab", "config", "language"],
    &["privacy"],
    &[
        "fetch",
        "feed",
        "platform",
        "minutes",
        "office",
        "pdf",
        "decide",
        "archive",
        "recognise",
        "publish",
    ],
    &["serve", "daemon"],
    &["cli"],
];

/// The layer of a top-level module, 0 at the bottom.
fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Every import of one top-level module by another that the layers forbid.
fn check(files: &[SourceFile]) -> Vec<Breach> {
    files
        .iter()
        .filter(|file| !file.module().is_empty())
        .flat_map(check_file)
        .collect()
}

/// The forbidden imports of one file.
fn check_file(file: &SourceFile) -> Vec<Breach> {
    let area = file.area();
    let Some(own) = layer(&area) else {
        let what = format!(
            "module `{area}` has no layer; name it in LAYERS of {}",
            file!()
        );
        return vec![Breach::new(&file.path, 1, what)];
    };
    let mut imports = Vec::new();
    find_imports(&file.tokens, &file.module(), &mut imports);
    imports
        .into_iter()
        .filter(|(line, module)| *module != area && !file.is_test(*line))
        .filter(|(_, module)| layer(module).is_some_and(|other| other >= own))
        .map(|(line, module)| {
            let what = format!(
                "`{area}` imports `{module}`, which is not below it; move what both need down a \
                 layer, or let the layer above join them"
            );
            Breach::new(&file.path, line, what)
        })
        .collect()
}

/// Collects the top-level modules named by `crate::x` and by `super::` chains that reach the root.
fn find_imports(tokens: &TokenStream, module: &[String], into: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    // Where the path read so far stands: a module, or nowhere when no path is being read.
    let mut at: Option<&[String]> = None;
    let mut inline_module: Option<String> = None;
    let mut before: Option<String> = None;
    for token in &tokens {
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                at = match (name.as_str(), at) {
                    ("crate", _) => Some(&[]),
                    ("super", from) => Some(parent(from.unwrap_or(module))),
                    ("self", from) => from,
                    (_, Some([])) => {
                        into.push((ident.span().start().line, name.clone()));
                        None
                    }
                    _ => None,
                };
                inline_module = (before.as_deref() == Some("mod")).then(|| name.clone());
                before = Some(name);
                continue;
            }
            TokenTree::Group(group) => {
                let mut inner = module.to_vec();
                inner.extend(inline_module.take());
                if at.is_some_and(<[String]>::is_empty) {
                    find_root_imports(&group.stream(), into);
                }
                find_imports(&group.stream(), &inner, into);
                at = None;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => continue,
            TokenTree::Punct(_) | TokenTree::Literal(_) => at = None,
        }
        before = None;
    }
}

/// The module around a module; the root is its own parent.
fn parent(module: &[String]) -> &[String] {
    module.split_last().map_or(&[], |(_, parent)| parent)
}

/// Collects the first name of each branch of `crate::{a::b, c}`.
fn find_root_imports(tokens: &TokenStream, into: &mut Vec<(usize, String)>) {
    let mut starts_branch = true;
    for token in tokens.clone() {
        if let TokenTree::Ident(ident) = &token
            && starts_branch
        {
            into.push((ident.span().start().line, ident.to_string()));
        }
        starts_branch = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
    }
}

#[test]
fn modules_import_only_from_layers_below() {
    insist(
        "a module imports only from the layers below it",
        &check(&rust_files(&["src"])),
    );
}

#[test]
fn an_import_sideways_or_upwards_is_found() {
    let sample = "use crate::model::ids::Uid;\nuse crate::fetch::Client;\nuse super::super::publish;\n\
                  use crate::{\n    config::Config,\n    serve::Site,\n};\nfn a() { crate::cli::run(); }\n\
                  use super::rss;\nuse self::atom;\nfn b() { println!(\"{}\", crate::daemon::NAME); }\n\
                  mod inner { use super::super::super::decide::due; }\n\
                  #[cfg(test)]\nmod tests { use crate::platform::platform; }\n";
    let files = [SourceFile::new("src/feed/repair.rs", sample)];
    insist_broken_at(&check(&files), &[2, 3, 6, 8, 11, 12]);
}

#[test]
fn a_module_without_a_layer_is_found() {
    insist_broken_at(
        &check(&[SourceFile::new("src/extra/mod.rs", "//! Something.\n")]),
        &[1],
    );
}
