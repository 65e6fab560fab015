//! A page between platform and minutes: identity, header, and text blocks without markup.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::ids::ItemKey;
use super::minutes::{Attachment, Lang, Stage};
use super::pdf::PdfFault;
use super::problem::Problem;

/// What was asked for; the page must prove that it is that.
#[derive(Clone, Copy, Debug)]
pub struct AskedPage<'a> {
    /// The portal of the source.
    pub portal: &'a Url,
    /// The address of the page.
    pub url: &'a Url,
    /// The item's key, prefix of the source included.
    pub key: &'a ItemKey,
    /// The source's `key_prefix`; mostly empty. The platform takes it off before it looks for the
    /// key in the page, and puts it back on the keys it returns.
    pub key_prefix: &'a str,
}

/// The document of an item as text.
#[derive(Clone, Copy, Debug)]
pub enum PageText<'a> {
    /// HTML, decoded.
    Html(&'a str),
    /// The text of a PDF, page by page, lines as laid out.
    Pdf(&'a [String]),
}

/// Why a page cannot be taken for the item it was asked for. The bytes are kept, the page is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "fault", content = "detail", rename_all = "snake_case")]
pub enum PageFault {
    /// The server answered with another page.
    #[error("another page was served: expected item {expected}, found {found}")]
    WrongPage {
        /// The key asked for.
        expected: String,
        /// What the page is about, as far as it says.
        found: String,
    },
    /// Nothing, or a shell without text.
    #[error("the page is empty")]
    Empty,
    /// A maintenance or error notice with status 200.
    #[error("the page is a notice: \"{0}\"")]
    Notice(String),
    /// The page ends before its end.
    #[error("the page was cut off: it ends before its closing marks")]
    CutOff,
    /// The document should be a feed and is none, even after repair.
    #[error("{0}")]
    NoFeed(String),
    /// Markup nested too deep or too costly to read.
    #[error("the markup is too deep or too costly to read: {0}")]
    TooCostly(String),
    /// The document is a PDF whose text cannot be had.
    #[error("{0}")]
    Pdf(PdfFault),
}

/// The line that says whose, when and which: `Pöytäkirja 14.03.2024/Pykälä 39`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageHeader {
    /// Body (toimielin).
    pub body: Option<String>,
    /// Agenda or minutes; `None` when the page does not say.
    pub stage: Option<Stage>,
    /// Whether minutes have been checked (tarkastettu); `None` when the platform does not say.
    pub checked: Option<bool>,
    /// Day of the meeting.
    pub held_on: Option<Date>,
    /// Section number in minutes, position on an agenda.
    pub number: Option<u32>,
    /// Language of the header's words.
    pub lang: Option<Lang>,
}

/// What a block of text was in the markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A paragraph or a line of its own.
    Paragraph,
    /// A heading element or a paragraph that is bold from end to end.
    Heading,
    /// A list item.
    ListItem,
    /// A row of a table; its cells are the runs.
    TableRow,
}

/// A stretch of text between two seams of the markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its text, spaces folded; a tab stands for a wide gap (a tab stop, or two and more hard spaces).
    pub text: String,
    /// Whether it is bold or an emphasised label.
    pub bold: bool,
}

/// One line of text with the seams that markup had inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it was in the markup.
    pub kind: BlockKind,
    /// Stretches of sibling markup, or the cells of a row: a label is often glued to its value in the next run.
    pub runs: Vec<Run>,
    /// Whether it stands on the next line of the same paragraph (after `<br>`).
    pub continues: bool,
}

/// How the handlings on a page follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Each begins with its header; the page's own may stand first or last.
    #[default]
    Headed,
    /// Earlier handlings repeat all labels before the page's own, mostly without headers. The platform
    /// writes the labels itself, and only minutes have a decision of their own: where nothing else says
    /// how far the text has come, that does.
    Unheaded,
}

/// A page as a platform sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageReading {
    /// The page header.
    pub header: PageHeader,
    /// The title, where the markup says which line it is; then it is none of the blocks.
    pub title: Option<String>,
    /// The text, chrome removed.
    pub blocks: Vec<Block>,
    /// How its handlings follow each other.
    pub arrangement: Arrangement,
    /// Listed files.
    pub attachments: Vec<Attachment>,
    /// Position on the agenda, from the key.
    pub position: Option<u32>,
    /// Previous item of the meeting.
    pub previous: Option<ItemKey>,
    /// Next item of the meeting.
    pub next: Option<ItemKey>,
    /// The same item as PDF.
    pub pdf_url: Option<Url>,
    /// Whether the page links appeal instructions (muutoksenhakuohje).
    pub appeal_link: Option<Url>,
    /// What was unclear.
    pub problems: Vec<Problem>,
}

impl PageReading {
    /// A document that is its header and its text, and has no frame around them.
    pub fn bare(header: PageHeader, blocks: Vec<Block>) -> Self {
        Self {
            header,
            blocks,
            title: None,
            arrangement: Arrangement::Headed,
            attachments: vec![],
            position: None,
            previous: None,
            next: None,
            pdf_url: None,
            appeal_link: None,
            problems: vec![],
        }
    }
}
