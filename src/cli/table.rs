//! Plain tables for terminals: columns as wide as their widest cell, numbers to the right.

use std::fmt::Write as _;

/// A table under construction.
#[derive(Debug)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Starts a table; a heading that begins with `>` has its column set to the right.
    pub fn new<const N: usize>(head: [&str; N]) -> Self {
        Self {
            head: head.map(str::to_owned).to_vec(),
            rows: vec![],
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Vec::from(cells));
    }

    /// The table as lines.
    pub fn render(&self) -> String {
        let head: Vec<String> = self
            .head
            .iter()
            .map(|h| h.trim_start_matches('>').to_owned())
            .collect();
        let widths: Vec<usize> = head
            .iter()
            .enumerate()
            .map(|(column, title)| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells
                    .map(|cell| width(cell))
                    .chain([width(title)])
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        let mut out = self.line(&head, &widths);
        for row in &self.rows {
            out.push_str(&self.line(row, &widths));
        }
        out
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, wide), title) in cells.iter().zip(widths).zip(&self.head) {
            let gap = " ".repeat(wide.saturating_sub(width(cell)));
            if title.starts_with('>') {
                line.push_str(&gap);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&gap);
            }
            line.push_str("  ");
        }
        format!("{}\n", line.trim_end())
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Makes foreign text safe for a terminal: control and bidirectional characters become spaces.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if (c.is_control() && c != '\n') || is_direction_mark(c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

/// JSON as it is, with control and direction marks in its texts as escapes: they mean the same to programs, and
/// nothing to a terminal.
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let is_harmless = (!c.is_control() || c == '\n') && !is_direction_mark(c);
        // Writing to a String cannot fail.
        if is_harmless || write!(out, "\\u{:04x}", u32::from(c)).is_err() {
            out.push(c);
        }
    }
    out
}

/// Whether a character turns the direction of writing: with it a text can look like another.
pub fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["source", ">items"]);
        table.row(["kärkölä".to_owned(), "3".to_owned()]);
        table.row(["iitti".to_owned(), "12".to_owned()]);
        assert_eq!(
            table.render(),
            "source   items\nkärkölä      3\niitti       12\n"
        );
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c"), "a [2Jb c");
    }

    #[test]
    fn json_says_the_same_without_what_a_terminal_obeys() {
        let text = "ä\u{1b}[2J\u{7f}\u{9b}\u{202e}\n\"";
        let json = serde_json::to_string_pretty(&[text]).expect("JSON");
        let shown = printable_json(&json);
        assert!(
            shown.contains("ä\\u001b[2J\\u007f\\u009b\\u202e\\n"),
            "{shown}"
        );
        assert_eq!(
            serde_json::from_str::<[String; 1]>(&shown).expect("JSON"),
            [text]
        );
    }
}
