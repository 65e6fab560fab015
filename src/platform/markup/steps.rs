//! What a tree is and what reading it would take, counted before it is read.

use ego_tree::iter::Edge;
use ego_tree::{NodeRef, Tree};
use scraper::Node;
use scraper::node::Element;

use super::cost::{MAX_DEPTH, too_deep};
use super::elements::is_block;
use crate::model::page::PageFault;

/// More elements and texts is no page of minutes; formatting that is never ended can multiply them.
const MAX_NODES: usize = 300_000;
/// Bytes and nodes that may be looked at, each as often as it is: a page of a megabyte has a few million.
const MAX_STEPS: usize = 20_000_000;
/// A row is read around each of its links, up to this many of its texts.
const ROW_TEXTS: usize = 24;

/// Looks at a tree that still grows; its newest node is about as deep as what comes next.
pub(super) fn check_growing(tree: &Tree<Node>) -> Result<(), PageFault> {
    let mut nodes = tree.nodes();
    if nodes.len() > MAX_NODES {
        return Err(PageFault::TooCostly(format!("over {MAX_NODES} nodes")));
    }
    let depth = nodes.next_back().map_or(0, |node| node.ancestors().count());
    // the document above and the text below are no elements
    if depth > MAX_DEPTH + 1 {
        return Err(too_deep());
    }
    Ok(())
}

/// Looks at a whole tree: its real depth, and the steps that reading it takes.
pub(super) fn check(tree: &Tree<Node>) -> Result<(), PageFault> {
    check_growing(tree)?;
    let mut count = Count::default();
    for edge in tree.root().traverse() {
        match edge {
            Edge::Open(node) => count.open(node),
            Edge::Close(node) => count.close(node),
        }
        if count.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if count.steps > MAX_STEPS {
            return Err(PageFault::TooCostly(format!("over {MAX_STEPS} steps")));
        }
    }
    Ok(())
}

/// A walk over a tree. Reading is linear but for what is counted here: text is read once more for each
/// row, link and caption around it, a row for each link in it, the way up for each link and caption,
/// an address for each text it spans, and the texts of a line for each comment in it.
#[derive(Default)]
struct Count {
    depth: usize,
    steps: usize,
    /// How many open elements have their text read on their own.
    readers: usize,
    /// Lengths of the addresses of open links.
    addresses: Vec<usize>,
    rows: Vec<Row>,
    texts_in_line: usize,
}

/// A row or list item: what is read of it, and how often.
#[derive(Default)]
struct Row {
    links: usize,
    texts: usize,
    size: usize,
}

impl Row {
    fn add(&mut self, size: usize, texts: usize) {
        if self.texts < ROW_TEXTS {
            self.size = self.size.saturating_add(size);
            self.texts += texts;
        }
    }
}

impl Count {
    fn open(&mut self, node: NodeRef<'_, Node>) {
        let mut texts = 0;
        let mut size = 1_usize;
        match node.value() {
            Node::Text(text) => {
                texts = 1;
                size += text.len();
                self.texts_in_line += 1;
                self.add(self.addresses.last().copied().unwrap_or_default());
            }
            Node::Comment(comment) => size += comment.len() + self.texts_in_line,
            Node::Element(element) => {
                size += element.attrs().map(|(_, value)| value.len()).sum::<usize>();
                self.open_element(element);
            }
            Node::Document | Node::Fragment | Node::Doctype(_) | Node::ProcessingInstruction(_) => {
            }
        }
        if let Some(row) = self.rows.last_mut() {
            row.add(size, texts);
        }
        self.add(size.saturating_mul(1 + self.readers));
    }

    fn open_element(&mut self, element: &Element) {
        self.depth += 1;
        if ends_line(element) {
            self.texts_in_line = 0;
        }
        if is_row(element) {
            self.rows.push(Row::default());
        }
        if let Some(address) = address(element) {
            self.addresses.push(address.len());
            if let Some(row) = self.rows.last_mut() {
                row.links += 1;
            }
        }
        if is_read_alone(element) {
            self.readers += 1;
            self.add(self.depth);
        }
    }

    fn close(&mut self, node: NodeRef<'_, Node>) {
        let Some(element) = node.value().as_element() else {
            return;
        };
        self.depth -= 1;
        if ends_line(element) {
            self.texts_in_line = 0;
        }
        if is_read_alone(element) {
            self.readers -= 1;
        }
        if address(element).is_some() {
            self.addresses.pop();
        }
        if is_row(element)
            && let Some(row) = self.rows.pop()
        {
            self.add(row.size.saturating_mul(row.links));
            if let Some(outer) = self.rows.last_mut() {
                outer.add(row.size, row.texts);
            }
        }
    }

    fn add(&mut self, steps: usize) {
        self.steps = self.steps.saturating_add(steps);
    }
}

fn is_row(element: &Element) -> bool {
    matches!(element.name(), "tr" | "li")
}

fn address(element: &Element) -> Option<&str> {
    element.attr("href").filter(|_| element.name() == "a")
}

fn is_read_alone(element: &Element) -> bool {
    matches!(element.name(), "a" | "tr" | "caption" | "legend")
        || element
            .attr("class")
            .is_some_and(|names| names.contains("caption"))
}

fn ends_line(element: &Element) -> bool {
    is_block(element.name()) || matches!(element.name(), "br" | "tr")
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn steps(html: &str) -> usize {
        let html = Html::parse_document(html);
        let mut count = Count::default();
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => count.open(node),
                Edge::Close(node) => count.close(node),
            }
        }
        assert_eq!((count.depth, count.readers, count.rows.len()), (0, 0, 0));
        count.steps
    }

    #[test]
    fn flat_pages_take_steps_in_proportion() {
        for part in ["<p>teksti</p>", "teksti<br>", "<p><a href=x>y</a></p>"] {
            let (one, four) = (steps(&part.repeat(500)), steps(&part.repeat(2000)));
            assert!(four < one * 5, "{part}: {one}, {four}");
        }
    }

    #[test]
    fn what_is_read_again_and_again_counts_each_time() {
        let row = |links: usize| {
            let links = "<a href=x><img></a>".repeat(links);
            steps(&format!("<table><tr><td>{links}</table>"))
        };
        let comments = |n: usize| steps(&format!("<p>{}", "<b> </b><!--x-->".repeat(n)));
        let spanned = |n: usize| {
            let address = "x".repeat(n);
            let lines = "<p>y</p>".repeat(n);
            steps(&format!("<a href={address}>{lines}</a>"))
        };
        assert!(row(400) > row(100) * 12);
        assert!(comments(4000) > comments(1000) * 8);
        assert!(spanned(400) > spanned(100) * 8);
    }
}
