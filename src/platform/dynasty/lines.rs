//! A page as lines, and what is wrong with one that does not prove to be what was asked for.

use scraper::Html;

use super::super::frame::{is_cell_label, is_noise, is_unclosed, line_text, notice};
use super::super::markup::{self, Flow, Piece, Seen};
use super::chrome::Survey;
use super::header;
use super::selectors::BODY_ELEMENT;
use crate::model::page::PageFault;
use crate::vocab::Vocabulary;

/// Marks around the text; the old static pages write them with an underscore.
const BEGIN_MARKS: [&str; 2] = ["DATABEGIN", "DATA_BEGIN"];
const END_MARKS: [&str; 2] = ["DATAEND", "DATA_END"];

/// A page that ends before its end: what it lacks might be the decision.
pub(super) fn cut_off(html: &str) -> Result<(), PageFault> {
    let begun = BEGIN_MARKS.iter().any(|mark| html.contains(mark));
    let ended = END_MARKS.iter().any(|mark| html.contains(mark));
    if is_unclosed(html) || (begun && !ended) {
        Err(PageFault::CutOff)
    } else {
        Ok(())
    }
}

/// Finds the header of a page among its lines.
type FindHeader = fn(&[&Seen], &Vocabulary) -> Option<header::Found>;

/// The lines of a page between its header and its end.
pub(super) struct Lines {
    /// Every line, in page order.
    pub(super) all: Vec<Seen>,
    /// The page header, where there is one.
    pub(super) header: Option<header::Found>,
    /// The lines that the marks around the text leave.
    pub(super) inside: std::ops::Range<usize>,
    lists_items: bool,
}

impl Lines {
    /// Gathers the lines; `find` finds the header among them.
    pub(super) fn of(
        tree: &Html,
        survey: &Survey,
        vocab: &Vocabulary,
        find: FindHeader,
    ) -> Result<Self, PageFault> {
        let is_label = |text: &str, value: &str| is_cell_label(text, value, vocab);
        let root = tree
            .select(&BODY_ELEMENT)
            .next()
            .map_or_else(|| tree.tree.root(), |body| *body);
        let flow = Flow {
            skip: &survey.skip,
            is_label: &is_label,
        };
        let mut all = Vec::new();
        let mut inside = 0..usize::MAX;
        let pieces = flow.pieces(root);
        markup::check_length(&pieces)?;
        for piece in pieces {
            match piece {
                Piece::Line(seen) => all.push(seen),
                Piece::Comment(mark) if BEGIN_MARKS.contains(&mark.as_str()) => {
                    inside.start = all.len();
                }
                Piece::Comment(mark) if END_MARKS.contains(&mark.as_str()) => {
                    inside.end = all.len();
                }
                Piece::Comment(_) => {}
            }
        }
        inside.end = inside.end.min(all.len());
        let header = find(&all.iter().collect::<Vec<_>>(), vocab);
        let items = survey
            .links
            .iter()
            .filter(|link| link.target.item().is_some())
            .count();
        Ok(Self {
            all,
            header,
            inside,
            lists_items: items > 2,
        })
    }

    /// What a page that proves nothing is, if it is not simply another one.
    pub(super) fn unproven(&self, vocab: &Vocabulary) -> Result<(), PageFault> {
        let texts: Vec<String> = self.all.iter().map(line_text).collect();
        if self.header.is_none()
            && let Some(quote) = notice(&texts, vocab.chrome())
        {
            return Err(PageFault::Notice(quote));
        }
        let frame_only = texts
            .iter()
            .zip(&self.all)
            .all(|(text, seen)| is_noise(text, vocab.chrome()) || seen.unlinked.trim().is_empty());
        if self.header.is_none() && frame_only && !self.lists_items {
            Err(PageFault::Empty)
        } else {
            Ok(())
        }
    }

    /// What an unproven page says it is.
    pub(super) fn claim(&self, vocab: &Vocabulary) -> String {
        if let Some(found) = &self.header {
            let header = &found.header;
            let day = header
                .held_on
                .map_or_else(String::new, |day| format!(" {day}"));
            let body = header.body.as_deref().unwrap_or("an unnamed body");
            return format!("a page of {body}{day} without any mark of the item");
        }
        let mut texts = self.all.iter().map(line_text);
        let line = texts.find(|text| !is_noise(text, vocab.chrome()));
        let line: String = line.unwrap_or_default().chars().take(80).collect();
        format!("a page without any mark of the item: \"{line}\"")
    }
}
