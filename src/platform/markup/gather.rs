//! Gathers runs of text into lines while the tree is walked.

use ego_tree::NodeId;

use super::words::fold;
use crate::model::page::{Block, BlockKind, Run};

/// Links of one line that are kept; more say nothing new about it.
const MAX_LINKS: usize = 64;

/// A piece of the document in reading order.
#[derive(Clone, Debug)]
pub(in crate::platform) enum Piece {
    /// A line of text.
    Line(Seen),
    /// A comment of the markup.
    Comment(String),
}

/// A line with what only its platform can judge.
#[derive(Clone, Debug)]
pub(in crate::platform) struct Seen {
    /// The line.
    pub(in crate::platform) block: Block,
    /// Link targets in it.
    pub(in crate::platform) links: Vec<String>,
    /// Its text outside links.
    pub(in crate::platform) unlinked: String,
}

/// Whether text is set bold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bold {
    Yes,
    No,
}

/// Where the walk is: inherited by everything below an element.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) bold: Bold,
    pub(super) link: Option<&'a str>,
    pub(super) depth: usize,
}

/// The line being gathered.
#[derive(Default)]
pub(super) struct Line {
    pub(super) out: Vec<Piece>,
    runs: Vec<Run>,
    links: Vec<String>,
    unlinked: String,
    last_parent: Option<NodeId>,
    /// What a list item begins with, until its first line is written.
    pub(super) item: Option<String>,
    pub(super) heading: bool,
    /// Whether a `<br>` has just ended a line of the same paragraph.
    broken: bool,
}

impl Line {
    pub(super) fn text(&mut self, text: &str, parent: NodeId, place: Place<'_>) {
        let text = fold(text);
        if text.is_empty() {
            return;
        }
        match place.link {
            Some(href)
                if self.links.len() < MAX_LINKS
                    && !self.links.iter().any(|known| known == href) =>
            {
                self.links.push(href.to_owned());
            }
            Some(_) => {}
            None => self.unlinked.push_str(&text),
        }
        let bold = place.bold == Bold::Yes;
        match self.runs.last_mut() {
            Some(run) if self.last_parent == Some(parent) => run.text.push_str(&text),
            _ => self.runs.push(Run { text, bold }),
        }
        self.last_parent = Some(parent);
    }

    pub(super) fn comment(&mut self, comment: &str) {
        // a comment between two letters is no seam ("[endif]" of word processors), the capitals that
        // mark a region stand alone
        if self.runs.iter().all(|run| run.text.trim().is_empty()) {
            self.out.push(Piece::Comment(comment.trim().to_owned()));
        } else if is_region_mark(comment.trim()) {
            self.end_paragraph();
            self.out.push(Piece::Comment(comment.trim().to_owned()));
        }
    }

    /// Ends a line at `<br>`; an empty line ends the paragraph.
    pub(super) fn end_line(&mut self) {
        let wrote = self.write();
        self.broken = wrote;
    }

    pub(super) fn end_paragraph(&mut self) {
        self.write();
        self.broken = false;
    }

    /// Writes the gathered line, if it has text.
    pub(super) fn write(&mut self) -> bool {
        let mut runs = trimmed(std::mem::take(&mut self.runs));
        let links = std::mem::take(&mut self.links);
        let unlinked = std::mem::take(&mut self.unlinked);
        self.last_parent = None;
        if runs.is_empty() {
            return false;
        }
        let all_bold = runs
            .iter()
            .all(|run| run.bold || run.text.trim().is_empty());
        let mut kind = if self.heading || all_bold {
            BlockKind::Heading
        } else {
            BlockKind::Paragraph
        };
        if let Some(marker) = self.item.take() {
            kind = BlockKind::ListItem;
            strip_bullet(&mut runs);
            if let (false, Some(first)) = (marker.is_empty(), runs.first_mut()) {
                first.text.insert_str(0, &marker);
            }
        } else if strip_bullet(&mut runs) {
            kind = BlockKind::ListItem;
        }
        let continues = self.broken && kind != BlockKind::ListItem;
        let block = Block {
            kind,
            runs,
            continues,
        };
        self.out.push(Piece::Line(Seen {
            block,
            links,
            unlinked,
        }));
        true
    }
}

fn is_region_mark(comment: &str) -> bool {
    comment.len() >= 4 && comment.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Blanks at the ends of a line removed, empty runs at the ends too.
fn trimmed(mut runs: Vec<Run>) -> Vec<Run> {
    while runs.last().is_some_and(|run| run.text.trim().is_empty()) {
        runs.pop();
    }
    let blank = runs
        .iter()
        .take_while(|run| run.text.trim().is_empty())
        .count();
    runs.drain(..blank);
    if let Some(first) = runs.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = runs.last_mut() {
        last.text = last.text.trim_end().to_owned();
    }
    runs
}

/// Takes the bullet off a line that word processors write as a list item ("-   text").
fn strip_bullet(runs: &mut Vec<Run>) -> bool {
    let whole: String = runs.iter().map(|run| run.text.as_str()).collect();
    let mut letters = whole.chars();
    let Some(first) = letters.next() else {
        return false;
    };
    let gap = letters.next();
    let bullet = match gap {
        Some('\t') => is_bullet(&first.to_string()) || (first == '§' && !starts_with_digit(&whole)),
        Some(' ') => is_bullet(&first.to_string()) && first != 'o',
        _ => false,
    };
    if bullet && whole.chars().nth(2).is_some() {
        if let Some(run) = runs.first_mut() {
            run.text = run.text.chars().skip(1).collect();
        }
        let rest = trimmed(std::mem::take(runs));
        *runs = rest;
    }
    bullet
}

fn starts_with_digit(text: &str) -> bool {
    text.chars()
        .skip(1)
        .find(|c| !c.is_whitespace())
        .is_some_and(|c| c.is_ascii_digit())
}

/// Marks that word processors write before list items.
pub(super) fn is_bullet(text: &str) -> bool {
    matches!(
        text.trim(),
        "-" | "–"
            | "—"
            | "•"
            | "·"
            | "˗"
            | "▪"
            | "‣"
            | "◦"
            | "o"
            | "\u{f0b7}"
            | "\u{f0a7}"
            | "\u{2212}"
    )
}
