//! An item page: proven, its frame read, its text as blocks.

use scraper::Html;
use url::Url;

use super::super::files::without_size;
use super::super::frame::{is_cell_label, is_noise, is_unclosed, line_text, notice};
use super::super::markup::{self, Deadline, Flow, Piece, Seen, clean_text};
use super::super::{with_prefix, without_prefix};
use super::chrome::{Step, Survey};
use super::footnotes;
use super::header;
use super::identity::{self, Proof};
use super::refs::{Key, Target, target};
use super::selectors::BODY_ELEMENT;
use crate::model::page::{
    Arrangement, AskedPage, Block, BlockKind, PageFault, PageHeader, PageReading,
};
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::{Chrome, Vocabulary};

/// Marks around the text; the old static pages write them with an underscore.
const BEGIN_MARKS: [&str; 2] = ["DATABEGIN", "DATA_BEGIN"];
const END_MARKS: [&str; 2] = ["DATAEND", "DATA_END"];

/// Reads a page, or says why it cannot be taken for the item asked for.
pub(super) fn read(
    asked: AskedPage<'_>,
    html: &str,
    vocab: &Vocabulary,
) -> Result<PageReading, PageFault> {
    if html.trim().is_empty() {
        return Err(PageFault::Empty);
    }
    let raw_key = without_prefix(asked.key_prefix, asked.key);
    let key = Key::parse(raw_key).ok_or_else(|| PageFault::WrongPage {
        expected: raw_key.to_owned(),
        found: "a key that is none of this platform".to_owned(),
    })?;
    let deadline = Deadline::start();
    let tree = markup::parse_until(html, &deadline)?;
    let survey = Survey::of(&tree, asked.url, vocab);
    deadline.check()?;
    let lines = Lines::of(&tree, &survey, vocab)?;
    deadline.check()?;
    let proof = identity::prove(&key, &survey, &tree, asked.url);
    if proof != Proof::Proven {
        unproven(&lines, vocab)?;
    }
    cut_off(html)?;
    match proof {
        Proof::Proven => Ok(reading(asked, &key, &survey, lines, vocab)),
        Proof::Other(found) => Err(PageFault::WrongPage {
            expected: key.text(),
            found,
        }),
        Proof::Nothing => Err(PageFault::WrongPage {
            expected: key.text(),
            found: lines.claim(vocab),
        }),
    }
}

fn reading(
    asked: AskedPage<'_>,
    key: &Key,
    survey: &Survey,
    lines: Lines,
    vocab: &Vocabulary,
) -> PageReading {
    let mut problems = Vec::new();
    let header = lines
        .header
        .as_ref()
        .map_or_else(PageHeader::default, |found| found.header.clone());
    if lines.header.is_none() {
        let detail = "the page has no line with document kind, date and number";
        problems.push(Problem::new(ProblemKind::MissingHeader, detail));
    } else if header.held_on.is_none() {
        problems.push(Problem::new(
            ProblemKind::UnreadableDate,
            "the date of the page header is none of the calendar",
        ));
    }
    let neighbour = |step| {
        survey
            .neighbour(step)
            .map(|found| with_prefix(asked.key_prefix, &found.text()))
    };
    PageReading {
        header,
        blocks: lines.text(asked.url, vocab),
        title: None,
        arrangement: Arrangement::Headed,
        attachments: survey.attachments(key, asked.portal),
        position: Some(key.position),
        previous: neighbour(Step::Previous),
        next: neighbour(Step::Next),
        pdf_url: survey.item_pdf(key, asked.portal),
        appeal_link: survey.appeal_link(asked.portal),
        problems,
    }
}

/// A page that ends before its end: what it lacks might be the decision.
fn cut_off(html: &str) -> Result<(), PageFault> {
    let begun = BEGIN_MARKS.iter().any(|mark| html.contains(mark));
    let ended = END_MARKS.iter().any(|mark| html.contains(mark));
    if is_unclosed(html) || (begun && !ended) {
        Err(PageFault::CutOff)
    } else {
        Ok(())
    }
}

/// What a page that proves nothing is, if it is not simply another one.
fn unproven(lines: &Lines, vocab: &Vocabulary) -> Result<(), PageFault> {
    let texts: Vec<String> = lines.all.iter().map(line_text).collect();
    if lines.header.is_none()
        && let Some(quote) = notice(&texts, vocab.chrome())
    {
        return Err(PageFault::Notice(quote));
    }
    let frame_only = texts
        .iter()
        .zip(&lines.all)
        .all(|(text, seen)| is_noise(text, vocab.chrome()) || seen.unlinked.trim().is_empty());
    if lines.header.is_none() && frame_only && !lines.lists_items {
        Err(PageFault::Empty)
    } else {
        Ok(())
    }
}

/// The lines of a page between its header and its end.
struct Lines {
    all: Vec<Seen>,
    header: Option<header::Found>,
    /// The lines that the marks around the text leave.
    inside: std::ops::Range<usize>,
    lists_items: bool,
}

impl Lines {
    fn of(tree: &Html, survey: &Survey, vocab: &Vocabulary) -> Result<Self, PageFault> {
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
        let header = header::find(&all.iter().collect::<Vec<_>>(), vocab);
        let items = survey
            .links
            .iter()
            .filter(|link| matches!(link.target, Target::Item(_)))
            .count();
        Ok(Self {
            all,
            header,
            inside,
            lists_items: items > 2,
        })
    }

    /// The item's text: after the header and the start marker, without links of the frame.
    fn text(self, base: &Url, vocab: &Vocabulary) -> Vec<Block> {
        let after_header = self.header.as_ref().map_or(0, |found| found.last_line + 1);
        let start = self.inside.start.max(after_header);
        let texts: Vec<String> = self.all.iter().map(line_text).collect();
        let marker = texts.iter().enumerate().skip(start).find(|(_, text)| {
            let text = text.trim_end_matches(':');
            vocab
                .chrome()
                .start_markers
                .iter()
                .any(|marker| marker == text)
        });
        let start = marker.map_or(start, |(at, _)| at + 1);
        // a header below the text is no reason to lose the text
        let start = if start >= self.inside.end {
            self.inside.start
        } else {
            start
        };
        let mut blocks: Vec<Block> = Vec::new();
        let mut caption = false;
        let frame = Frame {
            base,
            words: vocab.chrome(),
        };
        for (seen, text) in self
            .all
            .into_iter()
            .zip(texts)
            .take(self.inside.end)
            .skip(start)
        {
            if is_noise(&text, frame.words) || frame.is_only_links(&seen, &text) {
                if caption {
                    blocks.pop();
                }
                caption = false;
                continue;
            }
            caption = is_caption(&text, frame.words);
            blocks.push(seen.block);
        }
        footnotes::placed(blocks)
    }

    /// What an unproven page says it is.
    fn claim(&self, vocab: &Vocabulary) -> String {
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

fn is_caption(text: &str, words: &Chrome) -> bool {
    let text = text.trim_end_matches(':');
    [
        &words.navigation_captions,
        &words.attachment_captions,
        &words.background_captions,
    ]
    .iter()
    .any(|list| list.iter().any(|word| word == text))
}

/// Judges lines that hold links.
struct Frame<'a> {
    base: &'a Url,
    words: &'a Chrome,
}

impl Frame<'_> {
    /// Whether a line is nothing but navigation or listed files.
    fn is_only_links(&self, seen: &Seen, text: &str) -> bool {
        let rest = self.without_navigation(text);
        if rest.len() < text.len() && rest.chars().all(|c| !c.is_alphanumeric()) {
            return true;
        }
        let framed =
            !seen.links.is_empty() && seen.links.iter().all(|link| self.is_frame_link(link));
        // a row with files is a list of files, whatever else its cells say
        framed
            && (seen.block.kind == BlockKind::TableRow
                || self.is_file_remark(&clean_text(&seen.unlinked)))
    }

    fn without_navigation(&self, text: &str) -> String {
        let lists = [
            &self.words.previous,
            &self.words.next,
            &self.words.appeal_link,
            &self.words.item_pdf,
            &self.words.navigation_captions,
        ];
        let mut words: Vec<&String> = lists.into_iter().flatten().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        // one such word alone may be a label or a heading: only links and pairs are navigation
        let mut rest = text.to_owned();
        let found = words
            .iter()
            .filter(|word| {
                let found = rest.contains(word.as_str());
                rest = rest.replace(word.as_str(), " ");
                found
            })
            .count();
        let sure = text.contains('|') || found > 1 || self.words.item_pdf.iter().any(|w| w == text);
        let sure = sure
            || self
                .words
                .previous
                .iter()
                .chain(&self.words.next)
                .any(|w| text.starts_with(w.as_str()));
        if !sure {
            return text.to_owned();
        }
        rest
    }

    fn is_frame_link(&self, link: &str) -> bool {
        self.base.join(link).is_ok_and(|url| match target(&url) {
            Target::Item(_) | Target::ItemFile(_) | Target::Attachment(_) | Target::MeetingFile => {
                true
            }
            Target::Elsewhere => super::is_endpoint(&url),
        })
    }

    /// What may stand beside a listed file: its number, a bullet, nothing.
    fn is_file_remark(&self, rest: &str) -> bool {
        let rest = without_size(rest);
        let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
        let rest = self
            .words
            .attachment_numbers
            .iter()
            .fold(rest, |rest, word| {
                rest.strip_prefix(word.as_str()).unwrap_or(rest)
            });
        rest.chars().filter(|c| c.is_alphanumeric()).count() <= 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::ItemKey;

    fn read_body(body: &str) -> Result<PageReading, PageFault> {
        let url: Url = "https://kunta.example/cgi/DREQUEST.PHP?page=meetingitem&id=1-2"
            .parse()
            .expect("address");
        let asked = AskedPage {
            portal: &url,
            url: &url,
            key: &ItemKey::new("1-2"),
            key_prefix: "",
        };
        let own = "<a href='/kokous/1-2.PDF'>Asia</a>";
        let html = format!("<html><body>{own}{body}</body></html>");
        read(asked, &html, Vocabulary::embedded())
    }

    #[test]
    fn end_tags_that_end_nothing_lose_no_text() {
        let deep = format!("{}<p>Teksti</p>", "<div></i>".repeat(2000));
        assert!(matches!(read_body(&deep), Err(PageFault::TooCostly(_))));
        let flat = format!("{}<p>Teksti</p>", "<div></i></div>".repeat(2000));
        assert_eq!(read_body(&flat).expect("read").blocks.len(), 1);
    }

    #[test]
    fn a_long_page_is_read_and_an_endless_one_refused() {
        let page = |n: usize| read_body(&"<p>Lautakunta kävi asian läpi.</p>".repeat(n));
        assert_eq!(page(5000).expect("read").blocks.len(), 5000);
        assert!(matches!(page(80_000), Err(PageFault::TooCostly(_))));
        let text = "<p>".to_owned() + &"teksti ".repeat(400_000);
        assert!(matches!(read_body(&text), Err(PageFault::TooCostly(_))));
    }

    #[test]
    fn many_links_are_read_where_each_is_cheap() {
        let links = |n: usize| "<p><a href='/kokous/1-2-33.PDF'>Kartta</a></p>".repeat(n);
        assert!(read_body(&links(5000)).is_ok());
        let deep = format!("{}{}", "<div>".repeat(3000), links(20_000));
        assert!(matches!(read_body(&deep), Err(PageFault::TooCostly(_))));
        let pictures = "<a href='/kokous/1-2-33.PDF'><img></a>".repeat(20_000);
        let row = format!("<table><tr><td>{pictures}</td></tr></table>");
        assert!(matches!(read_body(&row), Err(PageFault::TooCostly(_))));
    }
}
