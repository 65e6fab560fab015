//! Tables that list items: the column of their numbers, and what stands in it.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::ElementRef;

use super::markup::clean_text;
use crate::vocab::Vocabulary;

/// Letters of a cell or a heading that are looked at; a row of many links is looked at for each.
const MAX_TEXT: usize = 400;
/// Cells of a row that are looked at, for the same reason.
const MAX_CELLS: usize = 12;
/// Rows above the first item among which the headings of columns stand.
const HEADING_ROWS: usize = 5;

/// The column whose heading says that it holds numbers.
#[derive(Clone, Copy)]
struct Column {
    at: usize,
    /// Whether they are section numbers, not positions on an agenda.
    of_sections: bool,
}

/// The number that stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowNumber {
    /// The section number, where its column is one of those and it is a single number.
    pub(super) section: Option<u32>,
}

/// The columns of the tables of one page, each looked for once.
pub(super) struct Columns<'a> {
    vocab: &'a Vocabulary,
    known: HashMap<NodeId, Option<Column>>,
}

impl<'a> Columns<'a> {
    /// Of a page on which none is known yet.
    pub(super) fn new(vocab: &'a Vocabulary) -> Self {
        Self {
            vocab,
            known: HashMap::new(),
        }
    }

    /// The number in a row: in its column, or where no heading names one, in a cell of digits.
    pub(super) fn number_in(&mut self, row: ElementRef<'_>) -> Option<RowNumber> {
        let table = above(row, "table")?;
        let vocab = self.vocab;
        let column = *self
            .known
            .entry(table.id())
            .or_insert_with(|| number_column(table, vocab));
        let Some(column) = column else {
            let mut bare = cells(row).filter(|cell| is_number(&text_of(*cell)));
            return bare.next().map(|_| RowNumber { section: None });
        };
        let text = text_of(cells(row).nth(column.at)?);
        is_number(&text).then(|| RowNumber {
            section: single(&text).filter(|_| column.of_sections),
        })
    }
}

/// The nearest element of a name around another.
pub(super) fn above<'a>(element: ElementRef<'a>, name: &str) -> Option<ElementRef<'a>> {
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|around| around.value().name() == name)
}

/// The beginning of an element's text, its lines parted.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let letters = element
        .text()
        .flat_map(|part| part.chars().chain([' ']))
        .take(MAX_TEXT);
    clean_text(&letters.collect::<String>())
}

fn number_column(table: ElementRef<'_>, vocab: &Vocabulary) -> Option<Column> {
    let rows = table
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter(|element| element.value().name() == "tr");
    let mut found = rows.take(HEADING_ROWS).filter_map(|row| {
        let mut headings = cells(row).map(text_of).enumerate();
        let (at, heading) = headings.find(|(_, text)| vocab.is_number_column(text))?;
        Some(Column {
            at,
            of_sections: vocab.is_section_column(&heading),
        })
    });
    found.next()
}

fn cells(row: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    row.children()
        .filter_map(ElementRef::wrap)
        .filter(|cell| matches!(cell.value().name(), "td" | "th"))
        .take(MAX_CELLS)
}

fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let bare = text
        .chars()
        .all(|c| c.is_ascii_digit() || " §.".contains(c));
    bare && (1..=4).contains(&digits)
}

/// `72` of `§ 72`, `72 §` and `72.`; two numbers are none.
fn single(text: &str) -> Option<u32> {
    let digits = text.trim_matches([' ', '§', '.']);
    digits.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};

    use super::*;

    fn sections(table: &str) -> Vec<Option<RowNumber>> {
        let html = Html::parse_document(&format!("<table>{table}</table>"));
        let rows = Selector::parse("tr").expect("selector");
        let mut columns = Columns::new(Vocabulary::embedded());
        let rows = html.select(&rows).skip(1);
        rows.map(|row| columns.number_in(row)).collect()
    }

    const fn section(number: u32) -> RowNumber {
        RowNumber {
            section: Some(number),
        }
    }

    const BARE: Option<RowNumber> = Some(RowNumber { section: None });

    #[test]
    fn a_column_of_sections_gives_single_numbers() {
        let rows = "<tr><th>Otsikko</th><th>Pykälä</th></tr>\
            <tr><td>1</td><td>&nbsp;72</td></tr><tr><td>A</td><td>§ 73</td></tr>\
            <tr><td>A</td><td>74 §</td></tr><tr><td>A</td><td>75 76</td></tr>\
            <tr><td>A</td><td>77-78</td></tr><tr><td>3</td><td></td></tr><tr><td>A</td><td>0</td></tr>";
        let single = [72, 73, 74].map(|number| Some(section(number)));
        let read = [&single[..], &[BARE, None, None, BARE]].concat();
        assert_eq!(sections(rows), read);
    }

    #[test]
    fn positions_and_columns_without_a_name_are_no_sections() {
        let positions = "<tr><th>Asianro</th></tr><tr><td>4</td></tr>";
        assert_eq!(sections(positions), [BARE]);
        let unnamed = "<tr><td>Otsikko</td></tr><tr><td>5</td></tr>";
        assert_eq!(sections(unnamed), [BARE]);
    }
}
