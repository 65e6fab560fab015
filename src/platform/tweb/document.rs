//! The document of an item, as HTML or as the text of a PDF.

use std::collections::HashSet;

use html5ever::tendril::StrTendril;
use scraper::{Html, Node};
use url::Url;

use super::super::markup::{self, Deadline, Flow, Piece, Seen, clean_text};
use super::super::{paper, without_prefix};
use super::address::{Document, Target, target};
use super::selectors::{BODY_ELEMENT, FORM, LINK, OWN};
use crate::model::ids::ItemKey;
use crate::model::minutes::Attachment;
use crate::model::page::{AskedPage, Block, BlockKind, PageFault, PageReading, PageText};
use crate::vocab::Vocabulary;

/// Documents that one page links in a table before it is a list of them.
const LIST_ROWS: usize = 3;

/// Reads a document, or says why it cannot be taken for the item asked for.
pub(super) fn read(
    asked: AskedPage<'_>,
    text: PageText<'_>,
    vocab: &Vocabulary,
) -> Result<PageReading, PageFault> {
    let raw_key = without_prefix(asked.key_prefix, asked.key);
    let wrong = |found: &str| PageFault::WrongPage {
        expected: raw_key.to_owned(),
        found: found.to_owned(),
    };
    let key =
        Document::parse(raw_key).ok_or_else(|| wrong("a key that is none of this platform"))?;
    match text {
        PageText::Html(html) if html.trim().is_empty() => Err(PageFault::Empty),
        PageText::Html(html) if html.starts_with("%PDF-") => Err(wrong("a PDF")),
        PageText::Html(html) => of_html(asked, &key, html, vocab),
        PageText::Pdf(pages) => of_pdf(asked, pages, vocab),
    }
}

fn of_pdf(
    asked: AskedPage<'_>,
    pages: &[String],
    vocab: &Vocabulary,
) -> Result<PageReading, PageFault> {
    let blocks = paper::blocks(pages);
    if blocks.is_empty() {
        return Err(PageFault::Empty);
    }
    let texts: Vec<String> = blocks.iter().map(block_text).collect();
    let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = paper::find_header(&lines, vocab);
    let header = paper::header_of_pages(pages, vocab);
    let mut reading = PageReading::bare(header, without(blocks, &found.lines));
    reading.pdf_url = Some(asked.url.clone());
    Ok(reading)
}

fn of_html(
    asked: AskedPage<'_>,
    key: &Document,
    html: &str,
    vocab: &Vocabulary,
) -> Result<PageReading, PageFault> {
    let deadline = Deadline::start();
    let mut tree = markup::parse_until(html, &deadline)?;
    join_letters(&mut tree);
    deadline.check()?;
    let lines = lines(&tree)?;
    deadline.check()?;
    let page = Page {
        asked,
        key,
        tree: &tree,
        lines: &lines,
    };
    page.prove(vocab)?;
    if markup::is_cut_off(html) {
        return Err(PageFault::CutOff);
    }
    let attachments = page.attachments(vocab);
    let blocks: Vec<Block> = lines
        .iter()
        .filter(|seen| !page.is_frame(seen))
        .map(|seen| seen.block.clone())
        .collect();
    let texts: Vec<String> = blocks.iter().map(block_text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = paper::find_header(&texts, vocab);
    let mut reading = PageReading::bare(found.header, without(blocks, &found.lines));
    reading.attachments = attachments;
    Ok(reading)
}

/// The document that a page without an address says it is: by its own address, or by the link to its files.
pub(super) fn claimed_key(html: &str) -> Option<ItemKey> {
    let tree = markup::parse(html).ok()?;
    let base = Url::parse("http://page.invalid/ktwebscr/").ok()?;
    let own = own_document(&tree, &base);
    let files = || {
        let links = tree.select(&LINK);
        let mut targets = links.filter_map(|link| {
            let url = base.join(link.value().attr("href")?).ok()?;
            Some(target(&url))
        });
        targets.find_map(|target| match target {
            Target::Files(document) => Some(document),
            Target::Document(_) | Target::Meeting(_) | Target::Elsewhere => None,
        })
    };
    own.or_else(files)
        .map(|document| ItemKey::new(document.key()))
}

fn own_document(tree: &Html, base: &Url) -> Option<Document> {
    tree.select(&OWN).find_map(|element| {
        let address = ["href", "content"]
            .iter()
            .find_map(|name| element.value().attr(name))?;
        match target(&base.join(address).ok()?) {
            Target::Document(document) => Some(document),
            Target::Files(_) | Target::Meeting(_) | Target::Elsewhere => None,
        }
    })
}

/// Joins letter-spaced words in the texts of a page; only here their wide gaps can still be seen.
fn join_letters(tree: &mut Html) {
    for node in tree.tree.values_mut() {
        if let Node::Text(text) = node
            && let Some(joined) = joined_lines(&text.text)
        {
            text.text = StrTendril::from(joined);
        }
    }
}

/// A text with each of its lines joined; `None` where all are clean.
fn joined_lines(text: &str) -> Option<String> {
    let lines: Vec<(&str, Option<String>)> = text
        .split('\n')
        .map(|line| (line, paper::joined(line)))
        .collect();
    lines.iter().any(|(_, joined)| joined.is_some()).then(|| {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(line, joined)| joined.unwrap_or_else(|| line.to_owned()))
            .collect();
        lines.join("\n")
    })
}

fn lines(tree: &Html) -> Result<Vec<Seen>, PageFault> {
    let root = tree
        .select(&BODY_ELEMENT)
        .next()
        .map_or_else(|| tree.tree.root(), |body| *body);
    let vocab = Vocabulary::in_force();
    let is_label = |text: &str, _: &str| {
        let bare = text.trim().trim_end_matches(':');
        let mut labels = vocab.labels().iter();
        labels.any(|label| !label.weak && (label.text == bare || label.capitals == bare))
    };
    let flow = Flow {
        skip: &HashSet::new(),
        is_label: &is_label,
    };
    let pieces = flow.pieces(root);
    markup::check_length(&pieces)?;
    let line = |piece| match piece {
        Piece::Line(seen) => Some(seen),
        Piece::Comment(_) => None,
    };
    Ok(pieces.into_iter().filter_map(line).collect())
}

struct Page<'a> {
    asked: AskedPage<'a>,
    key: &'a Document,
    tree: &'a Html,
    lines: &'a [Seen],
}

impl Page<'_> {
    /// Refuses what is provably not the document. A document as a rule does not name itself, so what
    /// nothing speaks against is believed.
    fn prove(&self, vocab: &Vocabulary) -> Result<(), PageFault> {
        let texts: Vec<String> = self
            .lines
            .iter()
            .map(|seen| clean_text(&block_text(&seen.block)))
            .collect();
        if texts.is_empty() {
            return Err(PageFault::Empty);
        }
        if let Some(own) = own_document(self.tree, self.asked.url).filter(|own| own != self.key) {
            return Err(self.wrong(&format!("document {}", own.key())));
        }
        let labelled = texts.iter().any(|text| starts_with_label(text, vocab));
        if let Some(notice) = markup::notice(&texts, vocab).filter(|_| !labelled) {
            return Err(PageFault::Notice(notice.chars().take(300).collect()));
        }
        if !labelled && self.tree.select(&FORM).next().is_some() {
            return Err(self.wrong("a form"));
        }
        let listed = self
            .lines
            .iter()
            .filter(|seen| seen.block.kind == BlockKind::TableRow && self.links_document(seen))
            .count();
        if !labelled && listed >= LIST_ROWS {
            return Err(self.wrong("a list of documents"));
        }
        Ok(())
    }

    fn wrong(&self, found: &str) -> PageFault {
        PageFault::WrongPage {
            expected: self.key.key(),
            found: found.to_owned(),
        }
    }

    fn links_document(&self, seen: &Seen) -> bool {
        seen.links
            .iter()
            .any(|link| matches!(self.target(link), Some((_, Target::Document(_)))))
    }

    /// Listed files: every other document the page links, each once.
    fn attachments(&self, vocab: &Vocabulary) -> Vec<Attachment> {
        let mut known = HashSet::new();
        let mut files = Vec::new();
        for link in self.tree.select(&LINK) {
            let Some((url, Target::Document(document))) =
                link.value().attr("href").and_then(|href| self.target(href))
            else {
                continue;
            };
            if document == *self.key || !known.insert(document.key()) {
                continue;
            }
            let text = clean_text(&link.text().collect::<String>());
            let (number, title) = numbered(&text, vocab);
            let title = if title.is_empty() {
                text.clone()
            } else {
                title
            };
            if !title.is_empty() {
                files.push(Attachment { number, title, url });
            }
        }
        files
    }

    /// Whether a line is nothing but links into the portal or to the document's files.
    fn is_frame(&self, seen: &Seen) -> bool {
        let links = || {
            seen.links
                .iter()
                .map(|link| self.target(link).map(|found| found.1))
        };
        let portal = |found: Option<Target>| found.is_some_and(|to| to != Target::Elsewhere);
        let rest = seen.unlinked.chars().filter(|c| c.is_alphanumeric());
        !seen.links.is_empty() && links().all(portal) && rest.count() <= 3
    }

    fn target(&self, href: &str) -> Option<(Url, Target)> {
        let url = self.asked.url.join(href.trim()).ok()?;
        let found = target(&url);
        Some((url, found))
    }
}

/// `Liite 4 Kartta` as number and title.
fn numbered(text: &str, vocab: &Vocabulary) -> (Option<String>, String) {
    let words = &vocab.chrome().attachment_numbers;
    let rest = words
        .iter()
        .find_map(|word| text.strip_prefix(word.as_str()));
    let rest = rest.unwrap_or_default().trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let title = rest.strip_prefix(digits.as_str()).unwrap_or_default();
    if digits.is_empty() {
        return (None, text.to_owned());
    }
    let title = title.trim_start_matches([' ', '.', ':', ',', '-', '–']);
    (Some(digits), title.to_owned())
}

/// Whether a line is a section label, or begins with one and a colon.
fn starts_with_label(text: &str, vocab: &Vocabulary) -> bool {
    vocab.labels().iter().any(|label| {
        [&label.text, &label.capitals].into_iter().any(|form| {
            text.strip_prefix(form.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    })
}

/// A block's text; its tabs stay, and so do the seams between cells.
fn block_text(block: &Block) -> String {
    let runs: Vec<&str> = block.runs.iter().map(|run| run.text.as_str()).collect();
    let glue = if block.kind == BlockKind::TableRow {
        "\t"
    } else {
        ""
    };
    runs.join(glue)
}

/// The blocks that are not header.
fn without(blocks: Vec<Block>, header: &[usize]) -> Vec<Block> {
    blocks
        .into_iter()
        .enumerate()
        .filter(|(at, _)| !header.contains(at))
        .map(|(_, block)| block)
        .collect()
}
