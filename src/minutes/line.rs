//! A line of minutes: its text, and where the markup had seams in it.

use crate::model::page::{Block, BlockKind};

/// A place where one stretch of markup ended and the next began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seam {
    /// Byte offset in the line's text.
    pub(super) at: usize,
    /// Bold before it and not after it: how word processors set labels.
    pub(super) unbolds: bool,
    /// Bold begins here.
    pub(super) bolds: bool,
}

/// One line with everything that label detection needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: BlockKind,
    /// Whether it stands on the next line of the same paragraph.
    pub(super) continues: bool,
    /// A tab stands for a wide gap.
    pub(super) text: String,
    pub(super) seams: Vec<Seam>,
    /// Cells of a table row.
    pub(super) cells: Vec<String>,
    /// Whether it is text whatever its first word is: no label.
    pub(super) quoted: bool,
}

impl Line {
    /// The line of a block.
    pub(super) fn of(block: &Block) -> Self {
        if block.kind == BlockKind::TableRow {
            let cells: Vec<String> = block.runs.iter().map(|run| run.text.clone()).collect();
            let text = cells.join(" | ");
            return Self {
                kind: block.kind,
                continues: false,
                text,
                seams: Vec::new(),
                cells,
                quoted: false,
            };
        }
        let mut text = String::new();
        let mut seams = Vec::new();
        let mut bold_before = false;
        for run in &block.runs {
            if !text.is_empty() && !run.text.is_empty() {
                let blank = run.text.trim().is_empty();
                let bold = if blank { bold_before } else { run.bold };
                seams.push(Seam {
                    at: text.len(),
                    unbolds: bold_before && !bold,
                    bolds: bold && !bold_before,
                });
            }
            join(&mut text, &run.text);
            if !run.text.trim().is_empty() {
                bold_before = run.bold;
            }
        }
        Self {
            kind: block.kind,
            continues: block.continues,
            text,
            seams,
            cells: Vec::new(),
            quoted: false,
        }
    }

    /// A line of plain text.
    pub(super) fn plain(text: &str) -> Self {
        Self {
            kind: BlockKind::Paragraph,
            continues: false,
            text: text.trim().to_owned(),
            seams: Vec::new(),
            cells: Vec::new(),
            quoted: false,
        }
    }

    /// The text as people read it.
    pub(super) fn shown(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The rest of the line from a byte offset on, with its seams.
    pub(super) fn from(&self, at: usize) -> Self {
        let rest = self.text.get(at..).unwrap_or_default();
        let start = at + rest.len() - rest.trim_start().len();
        Self {
            text: rest.trim_start().to_owned(),
            seams: self
                .seams
                .iter()
                .filter(|seam| seam.at > start)
                .map(|seam| Seam {
                    at: seam.at - start,
                    ..*seam
                })
                .collect(),
            kind: if self.kind == BlockKind::TableRow {
                BlockKind::Paragraph
            } else {
                self.kind
            },
            continues: self.continues,
            cells: Vec::new(),
            quoted: self.quoted,
        }
    }

    /// The line up to a byte offset.
    pub(super) fn until(&self, at: usize) -> Self {
        Self {
            text: self
                .text
                .get(..at)
                .unwrap_or_default()
                .trim_end()
                .to_owned(),
            seams: self
                .seams
                .iter()
                .filter(|seam| seam.at < at)
                .copied()
                .collect(),
            kind: self.kind,
            continues: self.continues,
            cells: Vec::new(),
            quoted: self.quoted,
        }
    }

    /// The seams between two byte offsets, both included.
    pub(super) fn seams_within(&self, from: usize, to: usize) -> impl Iterator<Item = &Seam> {
        self.seams
            .iter()
            .filter(move |seam| (from..=to).contains(&seam.at))
    }
}

/// Appends a stretch. Word processors split words anywhere, so stretches join as they are, unless a
/// capital after a finished word shows that two things were set side by side.
fn join(text: &mut String, next: &str) {
    let next = if text.ends_with(char::is_whitespace) || text.is_empty() {
        if next.starts_with('\t') && text.ends_with(' ') {
            text.pop();
            next
        } else {
            next.trim_start()
        }
    } else {
        if are_two_things(text, next) {
            text.push(' ');
        }
        next
    };
    text.push_str(next);
}

fn are_two_things(text: &str, next: &str) -> bool {
    let mut back = text.chars().rev();
    let (last, before) = (back.next(), back.next());
    let mut front = next.chars();
    let (first, second) = (front.next(), front.next());
    let capital = first.is_some_and(char::is_uppercase) && second.is_none_or(char::is_lowercase);
    match last {
        Some(c) if c.is_lowercase() => capital && before.is_some_and(char::is_lowercase),
        Some(':' | ';' | ')') => first.is_some_and(char::is_alphabetic),
        Some('.' | ',') => capital && before.is_some_and(char::is_alphabetic),
        _ => false,
    }
}

/// Lines as one text: paragraphs with a blank line between them, list items and rows on lines of their own.
pub(super) fn render(lines: &[Line]) -> Option<String> {
    let mut out = String::new();
    let mut before: Option<BlockKind> = None;
    for line in lines.iter().filter(|line| !line.is_blank()) {
        let shown = line.shown();
        let together = matches!(line.kind, BlockKind::ListItem | BlockKind::TableRow)
            && before == Some(line.kind);
        if !out.is_empty() {
            out.push_str(if line.continues || together {
                "\n"
            } else {
                "\n\n"
            });
        }
        if line.kind == BlockKind::ListItem && !is_numbered(&shown) {
            out.push_str("- ");
        }
        out.push_str(&shown);
        before = Some(line.kind);
    }
    (!out.is_empty()).then_some(out)
}

/// Whether an item of a list brings its own number or letter: `1. `, `2) `, `a) `.
fn is_numbered(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if digits.len() < text.len() {
        digits
    } else {
        text.trim_start_matches(|c: char| c.is_ascii_alphabetic())
    };
    let lettered = text.len() - rest.len() == 1;
    (digits.len() < text.len() || lettered) && (rest.starts_with(". ") || rest.starts_with(") "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::Run;

    fn line(runs: &[&str]) -> Line {
        let runs = runs
            .iter()
            .map(|text| Run {
                text: (*text).to_owned(),
                bold: false,
            })
            .collect();
        Line::of(&Block {
            kind: BlockKind::Paragraph,
            runs,
            continues: false,
        })
    }

    #[test]
    fn words_split_by_the_markup_stay_whole() {
        assert_eq!(line(&["Päi", "jät", "-Häme"]).text, "Päijät-Häme");
        assert_eq!(line(&["2751/10.02.03", "/2015"]).text, "2751/10.02.03/2015");
        assert_eq!(
            line(&["Kaupunginjohtaja", "Jaosto päättää"]).text,
            "Kaupunginjohtaja Jaosto päättää"
        );
        assert_eq!(line(&["Päätös ", " Ehdotus"]).text, "Päätös Ehdotus");
        assert_eq!(
            line(&["10 500 k-m", "2", " asuntoja"]).text,
            "10 500 k-m2 asuntoja"
        );
    }

    #[test]
    fn text_keeps_paragraphs_lists_and_rows() {
        let item = |text: &str| Line {
            kind: BlockKind::ListItem,
            ..Line::plain(text)
        };
        let row = |text: &str| Line {
            kind: BlockKind::TableRow,
            ..Line::plain(text)
        };
        let broken = Line {
            continues: true,
            ..Line::plain("rivi")
        };
        let lines = [
            Line::plain("Yksi."),
            broken,
            item("a"),
            item("b"),
            row("1 | 2"),
            row("3 | 4"),
            Line::plain("Kaksi."),
        ];
        assert_eq!(
            render(&lines).as_deref(),
            Some("Yksi.\nrivi\n\n- a\n- b\n\n1 | 2\n3 | 4\n\nKaksi.")
        );
        assert_eq!(render(&[]), None);
    }
}
