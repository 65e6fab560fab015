//! Bytes into readings: charset, feed or platform, minutes. Pure, so that a poll, `read`, `rederive`
//! and the tests read a page in exactly the same way.

use url::Url;

use super::inflight::{Input, InputKind};
use crate::decide::drift;
use crate::feed::{self, FeedError, FeedLimits};
use crate::fetch::charset;
use crate::minutes;
use crate::model::feed_item::FeedReading;
use crate::model::item::DuePage;
use crate::model::listing::{AskedList, ListReading, Listed};
use crate::model::minutes::Reading;
use crate::model::page::{AskedPage, PageFault, PageText};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::PlatformKind;
use crate::pdf;
use crate::platform::{platform, visible_text};
use crate::privacy::{clean, clean_listing, clean_reading};
use crate::vocab::Vocabulary;

/// Reads a feed document.
pub fn read_feed(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &Url,
) -> Result<FeedReading, FeedError> {
    let decoded = charset::decode(bytes, content_type);
    let mut reading = feed::read(&decoded.text, base, &FeedLimits::default())?;
    reading.problems.extend(decoded.problem);
    Ok(reading)
}

/// Reads a list: a feed, or a page of meetings or items.
pub fn read_list(
    asked: AskedList<'_>,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<ListReading, PageFault> {
    let reader = platform(asked.source.platform);
    if !asked.list.kind.is_feed() {
        let decoded = charset::decode(bytes, content_type);
        let mut reading = reader.read_list(asked, &decoded.text, Vocabulary::in_force())?;
        reading.problems.extend(decoded.problem);
        return Ok(clean_listing(reading));
    }
    let feed = read_feed(bytes, content_type, asked.served)
        .map_err(|error| PageFault::NoFeed(error.to_string()))?;
    let mut reading = ListReading {
        problems: feed.problems,
        ttl: feed.ttl,
        ..ListReading::default()
    };
    for entry in &feed.entries {
        reading.problems.extend(reader.doubt(entry));
        match reader.list(asked.source, asked.served, entry) {
            Ok(Listed::Item(item)) => reading.items.push(item),
            Ok(Listed::Meeting(meeting)) => reading.meetings.push(meeting),
            Err(problem) => reading.problems.push(problem),
        }
    }
    if feed.dropped > 0 {
        let detail = format!(
            "the feed has {} entries more than one poll takes",
            feed.dropped
        );
        let problem = Problem::new(ProblemKind::TooManyEntries, detail);
        reading.problems.push(problem);
    }
    Ok(clean_listing(reading))
}

/// Reads an item page.
pub fn read_page(
    kind: PlatformKind,
    asked: AskedPage<'_>,
    bytes: &[u8],
    content_type: Option<&str>,
) -> Result<Reading, PageFault> {
    let vocab = Vocabulary::in_force();
    let decoded = charset::decode(bytes, content_type);
    let page = platform(kind).read(asked, PageText::Html(&decoded.text), vocab)?;
    let mut reading = minutes::read(page, vocab);
    reading.problems.extend(decoded.problem);
    Ok(clean_reading(reading))
}

/// Reads an item page that is a PDF, given the text of its pages.
pub fn read_pdf_page(
    kind: PlatformKind,
    asked: AskedPage<'_>,
    pages: &[String],
) -> Result<Reading, PageFault> {
    let vocab = Vocabulary::in_force();
    let page = platform(kind).read(asked, PageText::Pdf(pages), vocab)?;
    Ok(clean_reading(minutes::read(page, vocab)))
}

/// A document as it came, or the text a child process read in it.
#[derive(Clone, Copy, Debug)]
pub enum Served<'a> {
    /// Bytes and their content type.
    Bytes(&'a [u8], Option<&'a str>),
    /// The text of a PDF, page by page.
    Pages(&'a [String]),
}

impl Served<'_> {
    /// What a reader of the document sees; `None` when it cannot be looked at.
    fn seen(self) -> Option<String> {
        match self {
            Self::Bytes(bytes, _) if pdf::is_pdf(bytes) => None,
            Self::Bytes(bytes, content_type) => {
                let text = visible_text(&charset::decode(bytes, content_type).text).ok()?;
                Some(clean(&text).into_owned())
            }
            Self::Pages(pages) => Some(clean(&pages.join("\n")).into_owned()),
        }
    }
}

/// Reads the page of a known item. Fields that vanish although the page still says them are kept, and a problem
/// tells so; of a page that cannot be read at all any more, the second error says whether it still says them.
pub fn read_known(
    kind: PlatformKind,
    asked: AskedPage<'_>,
    served: Served<'_>,
    known: &DuePage,
) -> Result<Reading, (PageFault, Option<Problem>)> {
    let read = match served {
        Served::Bytes(bytes, content_type) => read_page(kind, asked, bytes, content_type),
        Served::Pages(pages) => read_pdf_page(kind, asked, pages),
    };
    match read {
        Ok(reading) if drift::lacks(known, &reading) => Ok(match served.seen() {
            Some(page) => drift::keep(known, reading, &page),
            None => reading,
        }),
        Ok(reading) => Ok(reading),
        // A page of another item says what that one says, and much of it may be alike.
        Err(
            fault @ (PageFault::WrongPage { .. } | PageFault::CutOff | PageFault::TooCostly(_)),
        ) => Err((fault, None)),
        Err(fault) => {
            let page = known.fields.as_ref().and_then(|_| served.seen());
            let problem = page.and_then(|page| drift::unread(known, &page));
            Err((fault, problem))
        }
    }
}

/// Reads an input in flight as the process did that noted it, for a child that shows whether reading it
/// kills; returns why it cannot be read.
pub fn read_again(input: &Input, bytes: &[u8]) -> Result<(), String> {
    let content_type = input.content_type.as_deref();
    match &input.kind {
        InputKind::List { source, list, .. } => {
            let asked = AskedList {
                source,
                list,
                served: &input.url,
            };
            read_list(asked, bytes, content_type)
                .map(|_| ())
                .map_err(|fault| fault.to_string())
        }
        InputKind::Page {
            portal,
            key,
            key_prefix,
            checked: _,
        } => {
            let asked = AskedPage {
                portal,
                url: &input.url,
                key,
                key_prefix,
            };
            let read = if pdf::is_pdf(bytes) {
                pdf::confine().map_err(|error| error.to_string())?;
                pdf::best_pages(bytes)
                    .map_err(PageFault::Pdf)
                    .and_then(|pages| read_pdf_page(input.platform, asked, &pages))
            } else {
                read_page(input.platform, asked, bytes, content_type)
            };
            read.map(|_| ()).map_err(|fault| fault.to_string())
        }
    }
}
