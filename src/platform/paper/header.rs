//! The header of a document: whose, when, which, as far as its first lines say.

use jiff::civil::Date;

use super::super::moment;
use super::{folded, furniture, lines_of};
use crate::model::minutes::{Lang, Stage};
use crate::model::page::PageHeader;
use crate::vocab::Vocabulary;

/// Lines of a document within which its header stands.
const MAX_LINES: usize = 12;
/// A longer line is text.
const MAX_LINE: usize = 140;
/// Lines of something else that may stand above or between the lines of a header.
const MAX_STRANGE: usize = 2;

/// A header, and which lines are nothing but header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::platform) struct Found {
    pub(in crate::platform) header: PageHeader,
    /// Indices of the lines that say nothing else.
    pub(in crate::platform) lines: Vec<usize>,
}

/// The header of a PDF: its running header counts before its first lines.
pub(in crate::platform) fn of_pages(pages: &[String], vocab: &Vocabulary) -> PageHeader {
    let pages = lines_of(pages);
    let running = furniture::running(&pages);
    let first = pages.first().map(Vec::as_slice).unwrap_or_default();
    let found = |lines: &[String]| {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| folded(line))
            .filter(|line| !line.is_empty())
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        find(&lines, vocab).header
    };
    let (above, inside) = (found(&running), found(first));
    PageHeader {
        body: above.body.or(inside.body),
        stage: above.stage.or(inside.stage),
        checked: None,
        held_on: above.held_on.or(inside.held_on),
        number: above.number.or(inside.number),
        lang: above.lang.or(inside.lang),
    }
}

/// The header among the first lines of a document; tabs part columns.
///
/// A line belongs to it when document kind, body, day, section and numbers leave nothing of it.
/// What stands above a document kind is the organisation; what stands above a bare "body, day,
/// section" is a title, and then that line is left to whoever tells handlings apart.
pub(in crate::platform) fn find(lines: &[&str], vocab: &Vocabulary) -> Found {
    let mut found = Found::default();
    let mut strange: Vec<usize> = Vec::new();
    for (at, line) in lines.iter().enumerate().take(MAX_LINES) {
        if line.chars().count() > MAX_LINE || is_label(line, vocab) {
            break;
        }
        match Piece::of(line, vocab) {
            Some(piece) if piece.stage.is_some() => {
                found.lines.append(&mut strange);
                found.take(piece, at);
            }
            Some(piece) if strange.is_empty() => found.take(piece, at),
            Some(_) => break,
            None => {
                if let Some(number) = section_before_title(line, vocab)
                    && strange.is_empty()
                    && found.header.stage != Some(Stage::Agenda)
                {
                    found.header.number.get_or_insert(number);
                    break;
                }
                let begun = !found.lines.is_empty() && found.header != PageHeader::default();
                strange.push(at);
                if begun || strange.len() > MAX_STRANGE {
                    break;
                }
            }
        }
    }
    found.lines.sort_unstable();
    found
}

impl Found {
    fn take(&mut self, piece: Piece, at: usize) {
        let header = &mut self.header;
        if let Some((stage, lang)) = piece.stage {
            header.stage.get_or_insert(stage);
            header.lang.get_or_insert(lang);
        }
        header.body = header.body.take().or(piece.body);
        header.held_on = header.held_on.or(piece.day);
        if let Some(number) = piece
            .number
            .filter(|number| number.section || header.stage == Some(Stage::Agenda))
        {
            header.number.get_or_insert(number.value);
        }
        self.lines.push(at);
    }
}

/// What one line of a header says.
#[derive(Default)]
struct Piece {
    stage: Option<(Stage, Lang)>,
    body: Option<String>,
    day: Option<Date>,
    number: Option<Number>,
}

/// A number and whether the word before it says that it is a section's.
#[derive(Clone, Copy)]
struct Number {
    value: u32,
    section: bool,
}

impl Piece {
    /// Reads a line; `None` where anything of it is left over.
    fn of(line: &str, vocab: &Vocabulary) -> Option<Self> {
        let mut piece = Self::default();
        for column in line.split('\t') {
            piece.take_column(column, vocab)?;
        }
        Some(piece)
    }

    fn take_column(&mut self, column: &str, vocab: &Vocabulary) -> Option<()> {
        let mut rest = column.to_owned();
        if let Some(moment) = moment::first_in(&rest) {
            self.day = self.day.or(moment.day);
            rest.replace_range(moment.place, " ");
        }
        if let Some(found) = vocab.item_number().captures(&rest) {
            self.number = self.number.or_else(|| {
                Some(Number {
                    value: found.name("number")?.as_str().parse().ok()?,
                    section: found.name("section").is_some(),
                })
            });
            let place = found.get(0)?.range();
            rest.replace_range(place, " ");
        } else if let Some((head, tail)) = rest.rsplit_once('§') {
            let (before, number) = head
                .trim_end()
                .rsplit_once(' ')
                .unwrap_or(("", head.trim()));
            if let Ok(value) = number.parse() {
                let section = true;
                self.number = self.number.or(Some(Number { value, section }));
                rest = format!("{before} {tail}");
            }
        }
        let mut words: Vec<&str> = rest
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphabetic))
            .collect();
        if let Some(at) = words.iter().position(|word| is_kind(word, vocab)) {
            let kind = words.remove(at);
            self.stage = self.stage.or(vocab.kind(bare(kind)));
        }
        words.retain(|word| !vocab.paper().pages.contains(&bare(word).to_lowercase()));
        let name = words.join(" ");
        let name = name.trim_matches([',', ':', '/', '-', '–', ' ']);
        if vocab.is_body_line(name) {
            self.body = self.body.take().or_else(|| Some(name.to_owned()));
            return Some(());
        }
        let organisation = words.last().is_some_and(|word| vocab.is_organisation(word));
        (words.is_empty() || (organisation && words.len() <= 5)).then_some(())
    }
}

/// `§ 72 Title` or `72 § Title`: the number of a title's line.
fn section_before_title(line: &str, vocab: &Vocabulary) -> Option<u32> {
    if let Some((number, _)) = line.split_once('§')
        && let Ok(value) = number.trim().parse()
    {
        return Some(value);
    }
    let found = vocab.number_line().captures(line)?;
    found.name("section")?;
    found.name("number")?.as_str().parse().ok()
}

fn is_kind(word: &str, vocab: &Vocabulary) -> bool {
    word.starts_with(char::is_uppercase) && vocab.kind(bare(word)).is_some()
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a line begins with a section label that stands alone or before a wide gap.
fn is_label(line: &str, vocab: &Vocabulary) -> bool {
    let label = line.split('\t').next().unwrap_or(line);
    let label = label.trim_end_matches(':');
    let kind = vocab.kind(label).is_some();
    !kind && vocab.labels().iter().any(|known| known.text == label)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Body, stage, day and number in words, and the lines that are header.
    fn read(lines: &[&str]) -> (String, Vec<usize>) {
        let found = find(lines, Vocabulary::embedded());
        let header = found.header;
        let said = format!(
            "{} {} {} {}",
            header.body.as_deref().unwrap_or("-"),
            header.stage.map_or("-", Stage::word),
            header
                .held_on
                .map_or_else(|| "-".to_owned(), |day| day.to_string()),
            header
                .number
                .map_or_else(|| "-".to_owned(), |n| n.to_string()),
        );
        (said, found.lines)
    }

    fn is(lines: &[&str], said: &str, used: &[usize]) {
        assert_eq!(read(lines), (said.to_owned(), used.to_vec()), "{lines:?}");
    }

    #[test]
    fn headers_in_columns_and_on_several_lines() {
        is(
            &[
                "Mallilan kaupunki\tPöytäkirja\t5/2026\t1 (2)",
                "Kaupunginhallitus\t§ 72\t27.3.2026",
                "Tilinpäätös 2025",
            ],
            "Kaupunginhallitus minutes 2026-03-27 72",
            &[0, 1],
        );
        is(
            &[
                "Mallila",
                "ESITYSLISTA",
                "Tekninen lautakunta",
                "18.8.2026 klo 18.00",
                "Otsikko",
            ],
            "Tekninen lautakunta agenda 2026-08-18 -",
            &[0, 1, 2, 3],
        );
        is(
            &["Kaupunginhallitus § 66 20.3.2026", "Sivu 1"],
            "Kaupunginhallitus - 2026-03-20 66",
            &[0, 1],
        );
        is(
            &["Kaupunginhallitus 20.3.2026", "66 § Otsikko"],
            "Kaupunginhallitus - 2026-03-20 66",
            &[0],
        );
        is(
            &["Kaupunginhallitus 20.3.2026", "§ 66 Otsikko"],
            "Kaupunginhallitus - 2026-03-20 66",
            &[0],
        );
        is(
            &["Stadsstyrelsen", "Protokoll 20.3.2026 § 66", "Rubrik"],
            "Stadsstyrelsen minutes 2026-03-20 66",
            &[0, 1],
        );
    }

    #[test]
    fn titles_and_text_are_no_header() {
        is(
            &[
                "Talousarvio 2026",
                "Päätös",
                "Kaupunginhallitus 20.3.2026 § 66",
            ],
            "- - - -",
            &[],
        );
        // a title first: which handling is the page's own is told elsewhere
        is(&["Talousarvio", "KH 20.3.2026 § 66"], "- - - -", &[]);
        is(&["Pöytäkirjan tarkastus", "Päätös"], "- - - -", &[]);
        is(&[], "- - - -", &[]);
    }

    #[test]
    fn a_running_header_counts_first() {
        let pages = [
            "Kaupunginhallitus § 72 27.3.2026   1\nTalousarvio\nKaupunginhallitus 20.3.2026 § 66\n",
            "Kaupunginhallitus § 72 27.3.2026   2\nteksti\n",
        ]
        .map(str::to_owned);
        let header = of_pages(&pages, Vocabulary::embedded());
        assert_eq!(header.number, Some(72));
        assert_eq!(header.held_on, Date::new(2026, 3, 27).ok());
    }
}
