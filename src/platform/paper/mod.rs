//! Text set in lines, as it comes out of a PDF: running headers dropped, wrapped lines joined to
//! paragraphs, and the header of the document found. For every platform whose documents are paper.

mod furniture;
mod header;
mod spacing;
mod wrapping;

use crate::model::page::{Block, PageFault, PageReading};
use crate::vocab::Vocabulary;

pub(super) use header::{find as find_header, of_pages as header_of_pages};
pub(super) use spacing::joined;

/// Reads the text of a PDF that is one item: its header, and its text without that.
pub(super) fn read(pages: &[String], vocab: &Vocabulary) -> Result<PageReading, PageFault> {
    let blocks = blocks(pages);
    if blocks.is_empty() {
        return Err(PageFault::Empty);
    }
    let texts: Vec<String> = blocks.iter().map(text_of).collect();
    let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
    let used = find_header(&lines, vocab).lines;
    let text = (0..).zip(blocks).filter(|(at, _)| !used.contains(at));
    let text = text.map(|(_, block)| block).collect();
    Ok(PageReading::bare(header_of_pages(pages, vocab), text))
}

/// The text of one block.
fn text_of(block: &Block) -> String {
    let runs: Vec<&str> = block.runs.iter().map(|run| run.text.as_str()).collect();
    runs.concat()
}

/// The text of a PDF as blocks; pages hold lines as laid out.
///
/// Lines that repeat at the edge of the pages are dropped, words cut at the end of a line and
/// paragraphs cut at the end of a page are joined. A wide gap is a tab, as between label and value.
pub(super) fn blocks(pages: &[String]) -> Vec<Block> {
    let vocab = Vocabulary::in_force();
    let pages = furniture::without(&lines_of(pages), vocab);
    wrapping::blocks(&pages, vocab)
}

/// The lines of each page, letter-spacing undone.
fn lines_of(pages: &[String]) -> Vec<Vec<String>> {
    let line = |line: &str| joined(line).unwrap_or_else(|| line.to_owned());
    pages
        .iter()
        .map(|page| page.lines().map(line).collect())
        .collect()
}

/// A line with its blanks folded; a wide gap becomes a tab.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut blanks = 0_usize;
    for c in line.trim().chars() {
        if c.is_whitespace() {
            blanks += if c == '\t' { WIDE_GAP } else { 1 };
            continue;
        }
        // a long label nearly reaches the column of its text
        let label = blanks + 1 == WIDE_GAP
            && !c.is_lowercase()
            && !out.contains('\t')
            && out.split(' ').count() <= LABEL_WORDS;
        if blanks >= WIDE_GAP || label {
            out.push('\t');
        } else if blanks > 0 {
            out.push(' ');
        }
        blanks = 0;
        out.push(c);
    }
    out
}

/// Blanks that part columns; justified text has two now and then.
const WIDE_GAP: usize = 3;
/// A label has no more words.
const LABEL_WORDS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(block: &Block) -> String {
        block.runs.iter().map(|run| run.text.as_str()).collect()
    }

    const FIRST: &str = "\
Mallilan kaupunki              Pöytäkirja           5/2026          1 (2)
Kaupunginhallitus              § 72                 27.3.2026

Tilinpäätös 2025

Dno             MALLI/899/02.06.01.04/2026

Esittelyteksti  Kuntalain mukaisesti kaupunginhallituksen on laadittava tilikau-
                delta tilinpäätös seuraavan vuoden maaliskuun loppuun mennessä.

                Tilinpäätökseen kuuluvat tuloslaskelma, tase, rahoituslaskelma ja
                niiden liitetiedot sekä sosiaali- ja terveyspalvelujen ja linja-
                autoliikenteen vertailu, jonka laadinta jatkuu Etelä-
";
    const SECOND: &str = "\
Mallilan kaupunki              Pöytäkirja           5/2026          2 (2)
Kaupunginhallitus              § 72                 27.3.2026

                Mallilan alueella koko kevään.

Päätös          Ehdotus hyväksyttiin.
                - liitteen 1 mukaan
                - liitteen 2 mukaan
                                   2
";

    #[test]
    fn a_document_of_two_pages() {
        let pages = [FIRST.to_owned(), SECOND.to_owned()];
        let texts: Vec<String> = blocks(&pages).iter().map(text).collect();
        assert_eq!(
            texts,
            [
                "Tilinpäätös 2025",
                "Dno\tMALLI/899/02.06.01.04/2026",
                "Esittelyteksti\tKuntalain mukaisesti kaupunginhallituksen on laadittava tilikaudelta tilinpäätös seuraavan vuoden maaliskuun loppuun mennessä.",
                "Tilinpäätökseen kuuluvat tuloslaskelma, tase, rahoituslaskelma ja niiden liitetiedot sekä sosiaali- ja terveyspalvelujen ja linja-autoliikenteen vertailu, jonka laadinta jatkuu Etelä-Mallilan alueella koko kevään.",
                "Päätös\tEhdotus hyväksyttiin.",
                "liitteen 1 mukaan",
                "liitteen 2 mukaan",
            ]
        );
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(blocks(&[]).is_empty());
        assert!(blocks(&[String::new(), "\n \n".to_owned()]).is_empty());
    }

    #[test]
    fn wide_gaps_are_tabs() {
        assert_eq!(
            folded("  Päätös    Ehdotus  hyväksyttiin. "),
            "Päätös\tEhdotus hyväksyttiin."
        );
    }
}
