//! What of an item carries the names of persons, and how it is taken out.

use std::collections::BTreeSet;

use crate::model::minutes::{Handling, ItemReading};

/// Takes out every field that names persons: who prepared and presented, who spoke, voted, dissented, was disqualified
/// or was told, the background, and the files, whose titles name parties. What was proposed and decided stays.
pub fn without_names(item: &mut ItemReading, handlings: &mut [Handling]) {
    for field in [
        &mut item.preparer,
        &mut item.presenter,
        &mut item.background,
        &mut item.proceedings,
        &mut item.votes,
        &mut item.dissent,
        &mut item.conflicts,
        &mut item.notified,
    ] {
        *field = None;
    }
    item.attachments.clear();
    for handling in handlings {
        handling.text = None;
    }
}

/// A text without the lines that say one of the words, which are lower case; `None` when no line is left.
pub fn cut_lines(text: &str, words: &BTreeSet<String>) -> Option<String> {
    let says = |line: &&str| {
        let mut own = line.split(|c: char| !c.is_alphanumeric());
        own.any(|word| words.contains(&word.to_lowercase()))
    };
    let kept: Vec<&str> = text.lines().filter(|line| !says(line)).collect();
    let kept = kept.join("\n");
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}
