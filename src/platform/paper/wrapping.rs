//! Lines to paragraphs: which line goes on in the next, and what a hyphen at its end means.

use super::folded;
use crate::model::page::{Block, BlockKind, Run};
use crate::vocab::Vocabulary;

/// Of the width of a line, what must be filled before its next word did not fit; letters differ in width.
const FULL: (usize, usize) = (85, 100);
/// Of a hundred lines so many are not wider than the text: the widest few are tables.
const TYPICAL: usize = 90;
/// Below this nothing was wrapped.
const MIN_WIDTH: usize = 40;
const BULLETS: [char; 6] = ['-', '–', '•', '·', '*', '\u{f0b7}'];

/// One line as it stands on the page.
struct Line {
    text: String,
    /// Where its last letter stands, counted in letters from the edge.
    end: usize,
    after: After,
}

/// What stands between a line and the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Line,
    Blank,
    Page,
}

/// The paragraphs of pages without furniture.
pub(super) fn blocks(pages: &[Vec<String>], vocab: &Vocabulary) -> Vec<Block> {
    let lines = lines(pages);
    let width = width(&lines);
    let mut blocks: Vec<Block> = Vec::new();
    let mut before: Option<&Line> = None;
    for line in &lines {
        let open = before.filter(|before| goes_on(before, line, width, vocab));
        match (
            open,
            blocks.last_mut().and_then(|block| block.runs.last_mut()),
        ) {
            (Some(_), Some(run)) => append(&mut run.text, &line.text, vocab),
            _ => blocks.push(block(&line.text)),
        }
        before = Some(line);
    }
    blocks
}

fn lines(pages: &[Vec<String>]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut after = After::Line;
    for page in pages {
        for line in page {
            let text = folded(line);
            if text.is_empty() {
                after = After::Blank;
                continue;
            }
            lines.push(Line {
                text,
                end: line.trim_end().chars().count(),
                after,
            });
            after = After::Line;
        }
        after = After::Page;
    }
    lines
}

/// How wide the text is set.
fn width(lines: &[Line]) -> usize {
    let mut ends: Vec<usize> = lines.iter().map(|line| line.end).collect();
    ends.sort_unstable();
    let at = (ends.len() * TYPICAL / 100).min(ends.len().saturating_sub(1));
    ends.get(at).copied().unwrap_or_default()
}

/// Whether a line is the continuation of the one before it.
fn goes_on(before: &Line, line: &Line, width: usize, vocab: &Vocabulary) -> bool {
    let low = line.text.starts_with(char::is_lowercase);
    let cut = ends_with_hyphen(&before.text);
    // more than a label and its text: a row of columns, or a line of the header
    let columns = before.text.matches('\t').count() > 1;
    if line.after == After::Blank
        || columns
        || bulleted(&line.text).is_some()
        || begins_apart(&line.text)
        || is_label(&before.text, vocab)
        || begins_with_label(&line.text, vocab)
    {
        return false;
    }
    let finished = before.text.ends_with(['.', ':', ';', '!', '?']);
    if cut || (low && !finished) {
        return true;
    }
    let word = line.text.split_whitespace().next().unwrap_or_default();
    let fits = before.end + 1 + word.chars().count();
    let full = width >= MIN_WIDTH && fits * FULL.1 >= width * FULL.0;
    // a short line after a finished sentence stands alone, as a heading does
    let alone = finished && line.end * 2 < width;
    let across = line.after == After::Page && finished;
    full && !alone && !across && !line.text.contains('\t')
}

/// A part that begins with a number or a section sign of its own.
fn begins_apart(text: &str) -> bool {
    text.starts_with('§') || is_numbered(text)
}

/// `1. `, `2) `, `a) `: an item of a list brings its own number.
fn is_numbered(text: &str) -> bool {
    let first = text.split([' ', '\t']).next().unwrap_or_default();
    let Some(number) = first.strip_suffix(['.', ')']) else {
        return false;
    };
    let digits = (1..=2).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit());
    let letter = number.len() == 1 && first.ends_with(')');
    (digits || letter) && first.len() < text.len()
}

/// Whether a line begins with a section label that stands alone, or before a colon or a wide gap.
fn begins_with_label(text: &str, vocab: &Vocabulary) -> bool {
    let first = text.split(['\t', ':']).next().unwrap_or(text);
    is_label(first, vocab)
}

/// Whether a text is a section label and nothing else.
fn is_label(text: &str, vocab: &Vocabulary) -> bool {
    let bare = text.trim_end_matches(':');
    let known = |label: &crate::vocab::Label| label.text == bare || label.capitals == bare;
    vocab.labels().iter().any(known)
}

fn ends_with_hyphen(text: &str) -> bool {
    let mut back = text.chars().rev();
    let hyphen = matches!(back.next(), Some('-' | '\u{ad}' | '\u{2010}'));
    hyphen && back.next().is_some_and(char::is_alphanumeric)
}

/// Appends the next line. A hyphen at the end of a line was set there to cut a word, or belongs to it.
fn append(text: &mut String, next: &str, vocab: &Vocabulary) {
    if !ends_with_hyphen(text) {
        text.push(' ');
    } else if text.ends_with('\u{ad}') {
        text.pop();
    } else {
        let word = next.split(' ').next().unwrap_or_default();
        let mut joints = vocab.paper().hyphen_stays_before.iter();
        if joints.any(|joint| joint == word) {
            text.push(' ');
        } else if !belongs(text, next, vocab) {
            text.pop();
        }
    }
    text.push_str(next);
}

/// Whether a hyphen is part of the word: before a capital or a number, and between two equal vowels.
fn belongs(text: &str, next: &str, vocab: &Vocabulary) -> bool {
    let before = text.chars().rev().nth(1);
    let Some(after) = next.chars().next() else {
        return true;
    };
    let vowels = before == Some(after) && vocab.paper().vowels.contains(after);
    !after.is_lowercase() || vowels || before.is_some_and(|c| c.is_uppercase() || c.is_numeric())
}

/// A line without its bullet.
fn bulleted(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(BULLETS)?;
    rest.starts_with([' ', '\t'])
        .then(|| rest.trim_start())
        .filter(|rest| !rest.is_empty())
}

fn block(text: &str) -> Block {
    let (kind, text) = match bulleted(text) {
        Some(rest) => (BlockKind::ListItem, rest),
        None if is_numbered(text) => (BlockKind::ListItem, text),
        None => (BlockKind::Paragraph, text),
    };
    Block {
        kind,
        runs: vec![Run {
            text: text.to_owned(),
            bold: false,
        }],
        continues: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<String> {
        let pages = [page.lines().map(str::to_owned).collect()];
        blocks(&pages, Vocabulary::embedded())
            .into_iter()
            .map(|block| block.runs.into_iter().map(|run| run.text).collect())
            .collect()
    }

    #[test]
    fn hyphens_are_kept_where_they_belong() {
        let joined = |first: &str, second: &str| {
            let mut text = first.to_owned();
            append(&mut text, second, Vocabulary::embedded());
            text
        };
        assert_eq!(joined("tilin-", "päätös"), "tilinpäätös");
        assert_eq!(joined("linja-", "auto"), "linja-auto");
        assert_eq!(joined("Päijät-", "Häme"), "Päijät-Häme");
        assert_eq!(joined("sosiaali-", "ja terveys"), "sosiaali- ja terveys");
        assert_eq!(joined("vuosina 2025-", "2026"), "vuosina 2025-2026");
        assert_eq!(joined("EU-", "hanke"), "EU-hanke");
        assert_eq!(joined("kunta", "on"), "kunta on");
    }

    #[test]
    fn a_line_of_columns_does_not_go_on() {
        let page = "\
Kaupunginhallitus                                 20.3.2017     § 10
Kommentit tulevaisuuden kunnasta
Ministeriö on lähettänyt kuntiin kommenttipyynnön väliraportista, jonka
Kunta sai.";
        let texts = texts(page);
        assert_eq!(texts.len(), 3, "{texts:#?}");
    }

    #[test]
    fn labels_stand_alone_even_after_a_full_line() {
        let page = "\
Kaupunginhallitus käsitteli asian ja totesi, että se on valmis päätettäväksi
Päätös
Ehdotus hyväksyttiin.
Päätösehdotus:
hyväksytään";
        assert_eq!(texts(page).len(), 5);
    }

    #[test]
    fn short_lines_are_paragraphs_and_full_ones_go_on() {
        let page = "\
Ensimmäinen kappale on niin pitkä, että se jatkuu seuraavalle riville Turun
Kaupungin asiassa.
Toinen kappale.
Kolmas kappale on sekin niin pitkä, että se jatkuu vielä seuraavalle riville
1. kohta
2. kohta
a) kirjain";
        let texts = texts(page);
        assert_eq!(texts.len(), 6, "{texts:#?}");
        assert!(
            texts
                .iter()
                .any(|text| text.ends_with("Turun Kaupungin asiassa."))
        );
    }
}
