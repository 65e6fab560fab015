//! A page as lines, and what is wrong with one that does not prove to be what was asked for.

use scraper::Html;

use super::super::markup::{self, Flow, Piece, Seen};
use super::chrome::Survey;
use super::header::{self, line_text};
use super::selectors::BODY_ELEMENT;
use crate::model::page::PageFault;
use crate::vocab::{Chrome, Vocabulary};

/// Marks around the text; the old static pages write them with an underscore.
const BEGIN_MARKS: [&str; 2] = ["DATABEGIN", "DATA_BEGIN"];
const END_MARKS: [&str; 2] = ["DATAEND", "DATA_END"];
/// A notice is short; a page of minutes may well speak of errors.
const NOTICE_LENGTH: usize = 3000;

/// A page that ends before its end: what it lacks might be the decision.
pub(super) fn cut_off(html: &str) -> Result<(), PageFault> {
    let lower = html.to_ascii_lowercase();
    let opened = lower.contains("<html") || lower.contains("<body");
    let closed = lower.contains("</html") || lower.contains("</body");
    let begun = BEGIN_MARKS.iter().any(|mark| html.contains(mark));
    let ended = END_MARKS.iter().any(|mark| html.contains(mark));
    if (opened && !closed) || (begun && !ended) {
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
        let length: usize = texts.iter().map(String::len).sum();
        let notice = texts.iter().find(|text| {
            let text = text.to_lowercase();
            vocab
                .chrome()
                .notices
                .iter()
                .any(|notice| text.contains(notice.as_str()))
        });
        if let Some(quote) = notice.filter(|_| length < NOTICE_LENGTH && self.header.is_none()) {
            return Err(PageFault::Notice(quote.chars().take(300).collect()));
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

/// A value of a data table is mostly shorter.
const LONG_VALUE: usize = 60;

/// Whether a row is a label and its value. Everyday words and offices head the rows of data tables as
/// well ("Toiminta | 5 000"): with them the value must be a sentence, a long text or a listed file.
fn is_cell_label(text: &str, value: &str, vocab: &Vocabulary) -> bool {
    let text = text.trim();
    let bare = text.trim_end_matches(':').trim_end();
    let listed = &vocab.chrome().attachment_numbers;
    let sentence = value.trim_end().ends_with(['.', ':'])
        || value.chars().count() > LONG_VALUE
        || listed.iter().any(|word| value.starts_with(word.as_str()));
    let label = vocab
        .labels()
        .iter()
        .find(|label| label.text == bare || label.capitals == bare);
    match label {
        Some(label) => !label.weak || sentence || bare.len() < text.len(),
        None => sentence && vocab.is_office_line(bare),
    }
}

/// Lines of the frame: whole words, or a beginning that goes on with an address.
pub(super) fn is_noise(text: &str, words: &Chrome) -> bool {
    let framed = words.noise.iter().any(|word| {
        text.strip_prefix(word.as_str()).is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty() || rest.contains("://") || word.contains(' ')
        })
    });
    framed || (text.contains("://") && !text.contains(' '))
}
