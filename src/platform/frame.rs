//! Around the text: lines of the frame, notices in place of a page, labels in cells.

use super::markup::{Seen, clean_text};
use crate::vocab::{Chrome, Vocabulary};

/// A notice is short; a page of minutes may well speak of errors.
const NOTICE_LENGTH: usize = 3000;
/// A value of a data table is mostly shorter.
const LONG_VALUE: usize = 60;
/// So much of a notice is quoted.
const QUOTE: usize = 300;

/// The line by which a short page says that it is no page.
pub(super) fn notice(texts: &[String], words: &Chrome) -> Option<String> {
    let length: usize = texts.iter().map(String::len).sum();
    let found = texts.iter().find(|text| {
        let text = text.to_lowercase();
        words
            .notices
            .iter()
            .any(|notice| text.contains(notice.as_str()))
    });
    found
        .filter(|_| length < NOTICE_LENGTH)
        .map(|quote| quote.chars().take(QUOTE).collect())
}

/// Whether a page that says where it begins does not say where it ends.
pub(super) fn is_unclosed(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    let opened = lower.contains("<html") || lower.contains("<body");
    let closed = lower.contains("</html") || lower.contains("</body");
    opened && !closed
}

/// Whether a row is a label and its value. Everyday words and offices head the rows of data tables as
/// well ("Toiminta | 5 000"): with them the value must be a sentence, a long text or a listed file.
pub(super) fn is_cell_label(text: &str, value: &str, vocab: &Vocabulary) -> bool {
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

/// A line's text in one piece, cells and spans joined by a blank.
pub(super) fn line_text(seen: &Seen) -> String {
    let row = seen.block.kind == crate::model::page::BlockKind::TableRow;
    joined(seen, if row { " " } else { "" })
}

/// The runs of a line with `glue` between them.
pub(super) fn joined(seen: &Seen, glue: &str) -> String {
    let runs: Vec<&str> = seen
        .block
        .runs
        .iter()
        .map(|run| run.text.as_str())
        .collect();
    clean_text(&runs.join(glue))
}
