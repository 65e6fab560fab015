//! HTML to lines of text: a parser with limits, and the flow of blocks that a reader would see.

mod cost;
mod elements;
mod flow;
mod gather;
mod words;

use std::time::{Duration, Instant};

use html5ever::driver::{self, ParseOpts};
use html5ever::tendril::{StrTendril, TendrilSink};
use scraper::{Html, HtmlTreeSink};

use crate::model::page::PageFault;

pub(super) use flow::Flow;
pub(super) use gather::{Piece, Seen};
pub(super) use words::clean_text;

/// How long parsing one page may take; measured 2026-11: 5 MB of flat HTML takes a quarter of a second.
const BUDGET: Duration = Duration::from_secs(1);
/// The parser looks at the clock between pieces of this many bytes.
const PIECE: usize = 4096;

/// Parses a page, or refuses it before it can cost much.
///
/// html5ever takes time quadratic in the nesting depth and has no limit of its own, so depth is
/// counted beforehand and the clock is watched between pieces.
pub(super) fn parse(html: &str) -> Result<Html, PageFault> {
    cost::check(html)?;
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, ParseOpts::default());
    let started = Instant::now();
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = split_at_char(rest, PIECE);
        parser.process(StrTendril::from(piece));
        rest = after;
        if started.elapsed() > BUDGET {
            return Err(PageFault::TooCostly(format!(
                "parsing took over {} s",
                BUDGET.as_secs()
            )));
        }
    }
    Ok(parser.finish())
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
        assert!(started.elapsed() < Duration::from_secs(2));
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
