//! The document as the lines a reader would see, each with the seams and links the markup had in it.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::Node;
use scraper::node::Element;

use super::elements::{is_block, is_hidden, weight};
use super::gather::{Bold, Line, Piece, Place, Seen, is_bullet};
use crate::model::page::{Block, BlockKind, Run};

/// Deeper elements than this are not walked; the parser refuses such pages anyway.
const MAX_DEPTH: usize = 700;
/// A row with a longer cell of several paragraphs is page layout, not data.
const LAYOUT_CELL: usize = 400;

/// Builds pieces from a tree.
pub(in crate::platform) struct Flow<'a> {
    /// Elements to leave out with everything below them.
    pub(in crate::platform) skip: &'a HashSet<NodeId>,
    /// Whether a cell is the label of the one beside it, so that their row is no data.
    pub(in crate::platform) is_label: &'a dyn Fn(&str, &str) -> bool,
}

impl Flow<'_> {
    /// Walks everything below a node.
    pub(in crate::platform) fn pieces(&self, root: NodeRef<'_, Node>) -> Vec<Piece> {
        let mut line = Line::default();
        self.children(
            root,
            Place {
                bold: Bold::No,
                link: None,
                depth: 0,
            },
            &mut line,
        );
        line.end_paragraph();
        line.out
    }

    fn children<'n>(&self, node: NodeRef<'n, Node>, place: Place<'n>, line: &mut Line) {
        if place.depth > MAX_DEPTH {
            return;
        }
        let mut item_number = 0;
        for child in node.children() {
            match child.value() {
                Node::Text(text) => line.text(text, node.id(), place),
                Node::Comment(comment) => line.comment(comment),
                Node::Element(element) if self.skip.contains(&child.id()) || is_hidden(element) => {
                }
                Node::Element(element) => {
                    if element.name() == "li" {
                        item_number += 1;
                        line.end_paragraph();
                        line.item = Some(item_marker(node, item_number));
                    }
                    self.element(child, element, place.inside(element), line);
                    if element.name() == "li" {
                        line.item = None;
                    }
                }
                Node::Document
                | Node::Fragment
                | Node::Doctype(_)
                | Node::ProcessingInstruction(_) => {}
            }
        }
    }

    fn element<'n>(
        &self,
        node: NodeRef<'n, Node>,
        element: &'n Element,
        place: Place<'n>,
        line: &mut Line,
    ) {
        match element.name() {
            "br" => line.end_line(),
            "tr" => {
                line.end_paragraph();
                line.out.extend(self.row(node, place));
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                line.end_paragraph();
                line.heading = true;
                self.children(node, place, line);
                line.end_paragraph();
                line.heading = false;
            }
            name if is_block(name) => {
                line.end_paragraph();
                self.children(node, place, line);
                line.end_paragraph();
            }
            _ => self.children(node, place, line),
        }
    }

    /// A table row: data with one run per cell, or, where the cells are page layout, their own lines.
    fn row(&self, row: NodeRef<'_, Node>, place: Place<'_>) -> Vec<Piece> {
        let mut cells: Vec<Vec<Piece>> = Vec::new();
        for cell in row.children() {
            if !cell.value().is_element() || self.skip.contains(&cell.id()) {
                continue;
            }
            let mut line = Line::default();
            let place = cell
                .value()
                .as_element()
                .map_or(place, |element| place.inside(element));
            self.children(cell, place, &mut line);
            line.end_paragraph();
            if line.out.iter().any(|piece| matches!(piece, Piece::Line(_))) {
                cells.push(line.out);
            }
        }
        if cells.len() < 2 || self.is_layout(&cells) {
            return cells.into_iter().flatten().collect();
        }
        if cells.len() == 2
            && cells
                .first()
                .is_some_and(|cell| is_bullet(&cell_text(cell)))
        {
            let mut rest: Vec<Piece> = cells.into_iter().skip(1).flatten().collect();
            if let Some(Piece::Line(seen)) = rest.first_mut() {
                seen.block.kind = BlockKind::ListItem;
            }
            return rest;
        }
        vec![Piece::Line(data_row(&cells))]
    }

    fn is_layout(&self, cells: &[Vec<Piece>]) -> bool {
        let labelled = match cells {
            [label, value] => (self.is_label)(&cell_text(label), &cell_text(value)),
            _ => false,
        };
        labelled
            || cells.iter().any(|cell| {
                let rows = lines(cell).any(|seen| seen.block.kind == BlockKind::TableRow);
                let many = lines(cell).count() > 1 && cell_text(cell).len() > LAYOUT_CELL;
                rows || many || lines(cell).count() > 6
            })
    }
}

impl<'n> Place<'n> {
    fn inside(self, element: &'n Element) -> Self {
        let bold = match (element.name(), weight(element)) {
            (_, Some(weight)) => weight,
            ("b" | "strong" | "th" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", None) => Bold::Yes,
            (_, None) => self.bold,
        };
        let link = (element.name() == "a")
            .then(|| element.attr("href"))
            .flatten();
        Self {
            bold,
            link: link.or(self.link),
            depth: self.depth + 1,
        }
    }
}

/// What stands before an item's text: its number in an ordered list, nothing in a bulleted one.
fn item_marker(list: NodeRef<'_, Node>, number: usize) -> String {
    match list.value().as_element() {
        Some(element) if element.name() == "ol" => {
            let start = element
                .attr("start")
                .and_then(|text| text.parse().ok())
                .unwrap_or(1_usize);
            let number = start.saturating_add(number - 1);
            let letter = match element.attr("type") {
                Some("a") => letter(b'a', number),
                Some("A") => letter(b'A', number),
                _ => None,
            };
            letter.map_or_else(|| format!("{number}. "), |letter| format!("{letter}. "))
        }
        _ => String::new(),
    }
}

/// The letter of an item in a lettered list, as far as the alphabet goes.
fn letter(first: u8, number: usize) -> Option<char> {
    let step = u8::try_from(number.checked_sub(1)?)
        .ok()
        .filter(|step| *step < 26)?;
    first.checked_add(step).map(char::from)
}

fn lines(pieces: &[Piece]) -> impl Iterator<Item = &Seen> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Line(seen) => Some(seen),
        Piece::Comment(_) => None,
    })
}

fn line_text(seen: &Seen) -> String {
    let text: String = seen
        .block
        .runs
        .iter()
        .map(|run| run.text.as_str())
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell_text(cell: &[Piece]) -> String {
    lines(cell).map(line_text).collect::<Vec<_>>().join(" ")
}

fn data_row(cells: &[Vec<Piece>]) -> Seen {
    let runs = cells
        .iter()
        .map(|cell| {
            let bold = lines(cell).all(|seen| seen.block.runs.iter().all(|run| run.bold));
            Run {
                text: cell_text(cell),
                bold,
            }
        })
        .collect();
    let all = || cells.iter().flat_map(|cell| lines(cell));
    Seen {
        block: Block {
            kind: BlockKind::TableRow,
            runs,
            continues: false,
        },
        links: all().flat_map(|seen| seen.links.clone()).collect(),
        unlinked: all()
            .map(|seen| seen.unlinked.as_str())
            .collect::<Vec<_>>()
            .join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::markup::parse;

    fn read(html: &str) -> Vec<(BlockKind, Vec<String>, bool)> {
        let html = parse(html).expect("parsed");
        let flow = Flow {
            skip: &HashSet::new(),
            is_label: &|text, _| text == "Päätös",
        };
        let pieces = flow.pieces(html.tree.root());
        lines(&pieces)
            .map(|seen| {
                let runs = seen.block.runs.iter().map(|run| run.text.clone()).collect();
                (seen.block.kind, runs, seen.block.continues)
            })
            .collect()
    }

    #[test]
    fn sibling_spans_are_runs_and_breaks_are_lines() {
        let got = read("<p><span>Valmistelija</span><span>Maija</span><br>puh. 1</p><p>x</p>");
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].1, ["Valmistelija", "Maija"]);
        assert!(got[1].2 && !got[2].2);
    }

    #[test]
    fn bullets_lists_and_rows() {
        let got = read(
            "<p>-&nbsp;&nbsp;&nbsp; yksi</p><ol><li>kaksi</li></ol><ul><li><p>kolme</p></li></ul><table><tr><td>a</td><td></td><td>b</td></tr></table>",
        );
        assert_eq!(got[0].0, BlockKind::ListItem);
        assert_eq!(got[0].1, ["yksi"]);
        assert_eq!(got[1].1, ["1. kaksi"]);
        assert_eq!(
            (got[2].0, got[2].1[0].as_str()),
            (BlockKind::ListItem, "kolme")
        );
        assert_eq!(
            (got[3].0, got[3].1.join("|")),
            (BlockKind::TableRow, "a|b".to_owned())
        );
    }

    #[test]
    fn a_row_that_begins_with_a_label_is_no_data() {
        let got = read("<table><tr><td>Päätös</td><td><p>Yksi.</p><p>Kaksi.</p></td></tr></table>");
        assert_eq!(got.len(), 3);
        assert_eq!(got[2].1, ["Kaksi."]);
    }

    #[test]
    fn what_is_not_seen_is_not_read() {
        let got = read(
            "<style>p{}</style><p style='display: none'>piilo</p><p hidden>piilo</p><p>näkyy</p>",
        );
        assert_eq!(got.len(), 1);
    }
}
