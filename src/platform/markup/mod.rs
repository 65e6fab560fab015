//! HTML to lines of text: a parser with limits, and the flow of blocks that a reader would see.

mod cost;
mod deadline;
mod elements;
mod flow;
mod gather;
mod steps;
mod words;

use html5ever::driver::{self, ParseOpts};
use html5ever::tendril::{StrTendril, TendrilSink};
use scraper::{Html, HtmlTreeSink};

use crate::model::page::PageFault;
use crate::vocab::Vocabulary;

pub(super) use deadline::Deadline;
pub(super) use flow::Flow;
pub(super) use gather::{Piece, Seen};
pub(super) use words::clean_text;

/// A notice is short; a page of minutes may well speak of errors.
const NOTICE_LENGTH: usize = 3000;
/// The parser is watched between pieces of this many bytes.
const PIECE: usize = 4096;
/// More lines than this is no page of minutes.
const MAX_LINES: usize = 6_000;
/// More bytes of text neither.
const MAX_TEXT: usize = 2_000_000;

/// Parses a page, or refuses it before it can cost much.
pub(super) fn parse(html: &str) -> Result<Html, PageFault> {
    parse_until(html, &Deadline::start())
}

/// Parses a page within the time that all of its reading has.
///
/// html5ever takes time quadratic in the nesting depth and has no limit of its own, so depth is
/// counted beforehand, and tree and clock are watched between pieces. The tree has the last word:
/// a page that nests deeper is refused, never read in part.
pub(super) fn parse_until(html: &str, deadline: &Deadline) -> Result<Html, PageFault> {
    cost::check(html, deadline)?;
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = split_at_char(rest, PIECE);
        parser.process(StrTendril::from(piece));
        rest = after;
        steps::check_growing(&parser.tokenizer.sink.sink.0.borrow().tree)?;
        deadline.check()?;
    }
    let html = parser.finish();
    steps::check(&html.tree)?;
    deadline.check()?;
    Ok(html)
}

/// Whether a page ends before its end: what it lacks might be the decision, or half of a list.
pub(super) fn is_cut_off(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    let opened = lower.contains("<html") || lower.contains("<body");
    let closed = lower.contains("</html") || lower.contains("</body");
    opened && !closed
}

/// The words by which a short page without minutes says that it is a notice.
pub(super) fn notice<'a>(texts: &'a [String], vocab: &Vocabulary) -> Option<&'a str> {
    let length: usize = texts.iter().map(String::len).sum();
    let says = |text: &&String| {
        let text = text.to_lowercase();
        let mut notices = vocab.chrome().notices.iter();
        notices.any(|notice| text.contains(notice.as_str()))
    };
    let found = texts.iter().find(says)?;
    (length < NOTICE_LENGTH).then_some(found.as_str())
}

/// Refuses text that is too long to look for minutes in.
pub(super) fn check_length(pieces: &[Piece]) -> Result<(), PageFault> {
    let lines = || {
        pieces.iter().filter_map(|piece| match piece {
            Piece::Line(seen) => Some(seen),
            Piece::Comment(_) => None,
        })
    };
    let count = lines().count();
    if count > MAX_LINES {
        return Err(PageFault::TooCostly(format!(
            "{count} lines, over {MAX_LINES}"
        )));
    }
    let text: usize = lines()
        .flat_map(|seen| &seen.block.runs)
        .map(|run| run.text.len())
        .sum();
    if text > MAX_TEXT {
        return Err(PageFault::TooCostly(format!(
            "{text} bytes of text, over {MAX_TEXT}"
        )));
    }
    Ok(())
}

/// Splits at the last character boundary at or before `limit`.
fn split_at_char(text: &str, limit: usize) -> (&str, &str) {
    let at = (limit..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn bombs_are_refused_quickly() {
        let started = Instant::now();
        let divs = "<div>".repeat(200_000);
        let bold = format!("<p>{}", "<b class=c1>".repeat(20_000));
        let attributes = format!("<p {}>", "a=1 ".repeat(200_000));
        for bomb in [divs, bold, attributes] {
            assert!(matches!(parse(&bomb), Err(PageFault::TooCostly(_))));
        }
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    #[test]
    fn depth_that_hides_from_the_scan_is_counted_in_the_tree() {
        let hidden = [
            // a quote in an attribute's name quotes nothing
            format!("<p a\"b>{}", "<div>".repeat(2000)),
            // a title of a drawing holds markup
            format!("<svg><title>{}", "<div>".repeat(2000)),
            format!("<svg>{}", "<tr>".repeat(2000)),
        ];
        for page in hidden {
            assert!(cost::check(&page, &Deadline::start()).is_ok(), "no test");
            assert!(matches!(parse(&page), Err(PageFault::TooCostly(_))));
        }
        // deep and back within one piece
        let short = format!("<p a\"b>{0}x{1}", "<b>".repeat(520), "</b>".repeat(520));
        assert_eq!(parse(&short).err(), Some(cost::too_deep()));
    }

    #[test]
    fn formatting_that_multiplies_is_refused() {
        let open: Vec<String> = (0..400).map(|n| format!("<b class=c{n}>")).collect();
        let page = format!("<p>{}</p>{}", open.concat(), "<p>x</p>".repeat(3000));
        assert!(matches!(parse(&page), Err(PageFault::TooCostly(_))));
    }

    #[test]
    fn a_long_flat_page_and_a_long_comment_are_read() {
        let page = format!(
            "<body>{}<!--{}--></body>",
            "<p>teksti</p>".repeat(20_000),
            "x".repeat(1_000_000)
        );
        assert!(parse(&page).is_ok());
    }

    #[test]
    fn pieces_end_between_characters() {
        let text = "ä".repeat(5000);
        let (first, rest) = split_at_char(&text, 4095);
        assert_eq!(first.len() + rest.len(), 10_000);
        assert_eq!(first.len(), 4096);
    }
}
