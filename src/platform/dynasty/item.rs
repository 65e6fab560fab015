//! An item page: proven, its frame read, its text as blocks.

use url::Url;

use super::super::markup::{self, Deadline, Seen, clean_text};
use super::super::{with_prefix, without_prefix};
use super::chrome::{Step, Survey, without_size};
use super::footnotes;
use super::header::{self, line_text};
use super::identity::{self, Proof};
use super::lines::{Lines, cut_off, is_noise};
use super::refs::{Key, Target, is_endpoint, target};
use crate::model::page::{AskedPage, Block, BlockKind, PageFault, PageHeader, PageReading};
use crate::model::problem::{Problem, ProblemKind};
use crate::vocab::{Chrome, Vocabulary};

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
    let find = if key.is_decision() {
        header::find_decision
    } else {
        header::find
    };
    let lines = Lines::of(&tree, &survey, vocab, find)?;
    deadline.check()?;
    let proof = identity::prove(&key, &survey, &tree, asked.url);
    if proof != Proof::Proven {
        lines.unproven(vocab)?;
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
        blocks: text(lines, asked.url, vocab),
        attachments: survey.attachments(key, asked.portal),
        position: key.position,
        previous: neighbour(Step::Previous),
        next: neighbour(Step::Next),
        pdf_url: survey.item_pdf(key, asked.portal),
        appeal_link: survey.appeal_link(asked.portal),
        problems,
    }
}

/// The item's text: after the header and the start marker, without links of the frame.
fn text(lines: Lines, base: &Url, vocab: &Vocabulary) -> Vec<Block> {
    let after_header = lines.header.as_ref().map_or(0, |found| found.last_line + 1);
    let start = lines.inside.start.max(after_header);
    let texts: Vec<String> = lines.all.iter().map(line_text).collect();
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
    let start = if start >= lines.inside.end {
        lines.inside.start
    } else {
        start
    };
    let end = lines.inside.end;
    let mut blocks: Vec<Block> = Vec::new();
    let mut caption = false;
    let frame = Frame {
        base,
        words: vocab.chrome(),
    };
    for (seen, text) in lines.all.into_iter().zip(texts).take(end).skip(start) {
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
        self.base
            .join(link)
            .is_ok_and(|url| target(&url) != Target::Elsewhere || is_endpoint(&url))
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
