//! Footnotes: word processors set them below the whole text, where they would end the last section.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::page::Block;

/// A footnote begins with its mark.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[\d{1,3}\]").unwrap());

/// Footnotes at the end of a page.
const MAX_NOTES: usize = 100;

/// The blocks with every footnote below the paragraph that refers to it.
pub(super) fn placed(mut blocks: Vec<Block>) -> Vec<Block> {
    let count = blocks
        .iter()
        .rev()
        .take(MAX_NOTES)
        .take_while(|block| MARK.is_match(&text(block)))
        .count();
    let notes = blocks.split_off(blocks.len() - count);
    // the last first, so that the notes of one paragraph keep their order
    for note in notes.into_iter().rev() {
        let words = text(&note);
        let mark = MARK.find(&words).map_or("", |mark| mark.as_str());
        let at = blocks
            .iter()
            .position(|block| text(block).contains(mark))
            .map_or(blocks.len(), |at| at + 1);
        blocks.insert(at, note);
    }
    blocks
}

fn text(block: &Block) -> String {
    block.runs.iter().map(|run| run.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::{BlockKind, Run};

    #[test]
    fn notes_follow_their_paragraph() {
        let block = |text: &str| Block {
            kind: BlockKind::Paragraph,
            runs: vec![Run {
                text: text.to_owned(),
                bold: false,
            }],
            continues: false,
        };
        let texts = ["A[1] ja B[2].", "C.", "[1] Yksi.", "[2] Kaksi."];
        let got = placed(texts.map(block).to_vec());
        let got: Vec<String> = got.iter().map(text).collect();
        assert_eq!(got, ["A[1] ja B[2].", "[1] Yksi.", "[2] Kaksi.", "C."]);
    }
}
