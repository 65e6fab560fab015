//! What stands at the edge of every page: running headers and footers, page numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::folded;
use crate::vocab::Vocabulary;

/// Lines at the top and at the bottom of a page that may be furniture.
const EDGE: usize = 6;
/// A longer line is text.
const MAX_LINE: usize = 120;

/// A page's number alone: `12`, `- 3 -`, `1 (2)`, `3/5`.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static PAGE_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-–\s]*(?:(?<word>\p{L}+)[.:]?\s*)?\d{1,4}(?:\s*[/(]\s*\d{1,4}\s*\)?)?[-–\s]*$")
        .unwrap()
});

/// The pages without their furniture and the blank lines around it.
pub(super) fn without(pages: &[Vec<String>], vocab: &Vocabulary) -> Vec<Vec<String>> {
    let repeated = repeated(pages);
    let several = pages.len() > 1;
    pages
        .iter()
        .map(|page| {
            let edges = edges(page);
            let mut kept: Vec<String> = page
                .iter()
                .enumerate()
                .filter(|(at, line)| {
                    let furniture =
                        repeated.contains(&shape(line)) || (several && is_page_number(line, vocab));
                    !(edges.contains(at) && furniture)
                })
                .map(|(_, line)| line.clone())
                .collect();
            let blank = |line: &String| line.trim().is_empty();
            while kept.last().is_some_and(blank) {
                kept.pop();
            }
            let text = kept.iter().position(|line| !blank(line));
            kept.drain(..text.unwrap_or(kept.len()));
            kept
        })
        .collect()
}

/// The lines that repeat at the edges of the pages, as they stand on the first that has them.
pub(super) fn running(pages: &[Vec<String>]) -> Vec<String> {
    let repeated = repeated(pages);
    let Some(first) = pages.first() else {
        return Vec::new();
    };
    let edges = edges(first);
    first
        .iter()
        .enumerate()
        .filter(|(at, line)| edges.contains(at) && repeated.contains(&shape(line)))
        .map(|(_, line)| line.clone())
        .collect()
}

/// Shapes of lines that stand at the edge of nearly every page; one page repeats nothing.
fn repeated(pages: &[Vec<String>]) -> BTreeSet<String> {
    let filled = pages
        .iter()
        .filter(|page| page.iter().any(|line| !line.trim().is_empty()))
        .count();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages {
        let edges = edges(page);
        let shapes: BTreeSet<String> = page
            .iter()
            .enumerate()
            .filter(|(at, line)| edges.contains(at) && line.trim().chars().count() <= MAX_LINE)
            .map(|(_, line)| shape(line))
            .collect();
        for shape in shapes {
            *counts.entry(shape).or_default() += 1;
        }
    }
    let enough = (filled * 2).div_ceil(3).max(2);
    counts
        .into_iter()
        .filter(|(shape, count)| *count >= enough && !shape.is_empty())
        .map(|(shape, _)| shape)
        .collect()
}

/// The places of the first and last lines of a page that say anything.
fn edges(page: &[String]) -> BTreeSet<usize> {
    let filled: Vec<usize> = page
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, _)| at)
        .collect();
    let top = filled.iter().take(EDGE);
    let bottom = filled.iter().rev().take(EDGE);
    top.chain(bottom).copied().collect()
}

/// A line with its numbers made equal, so that page numbers make no difference; a line that is all
/// numbers has no shape.
fn shape(line: &str) -> String {
    let text = folded(line).to_lowercase();
    if !text.chars().any(char::is_alphabetic) {
        return String::new();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if c != '#' || !out.ends_with('#') {
            out.push(c);
        }
    }
    out
}

fn is_page_number(line: &str, vocab: &Vocabulary) -> bool {
    PAGE_NUMBER.captures(line.trim()).is_some_and(|found| {
        found.name("word").is_none_or(|word| {
            let word = word.as_str().to_lowercase();
            vocab.paper().pages.contains(&word)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(texts: &[&str]) -> Vec<Vec<String>> {
        let lines = |text: &&str| text.lines().map(str::to_owned).collect();
        texts.iter().map(lines).collect()
    }

    fn kept(texts: &[&str]) -> Vec<String> {
        without(&pages(texts), Vocabulary::embedded()).concat()
    }

    #[test]
    fn running_headers_and_page_numbers_go() {
        let texts = [
            "Kaupunginhallitus § 66 20.3.2026\n\nYksi.\n\n1 (3)",
            "Kaupunginhallitus § 66 20.3.2026\n\nKaksi.\nSivu 2",
            "Kolme.\n- 3 -",
        ];
        assert_eq!(kept(&texts), ["Yksi.", "Kaksi.", "Kolme."]);
        assert_eq!(
            running(&pages(&texts)),
            ["Kaupunginhallitus § 66 20.3.2026"]
        );
    }

    #[test]
    fn one_page_repeats_nothing_and_numbers_in_the_text_stay() {
        assert_eq!(kept(&["Kaupunginhallitus\n12"]).len(), 2);
        let far = "a\n".repeat(EDGE) + "2026\n" + &"b\n".repeat(EDGE);
        assert!(kept(&[&far, "c"]).contains(&"2026".to_owned()));
        assert_eq!(kept(&["Huone 12", "x"]), ["Huone 12", "x"]);
    }

    #[test]
    fn what_stands_on_two_pages_of_five_is_text() {
        let texts = ["Päätös\na", "Päätös\nb", "c", "d", "e"];
        assert_eq!(kept(&texts).len(), 7);
    }
}
