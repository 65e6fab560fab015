//! The PDF of an item: when it is asked for, and how its text goes with that of the page.

use jiff::Timestamp;
use url::Url;

use super::ask::Attempt;
use super::check::Check;
use crate::archive::{ArchiveError, Batch};
use crate::daemon::engine::Engine;
use crate::daemon::pdf_text;
use crate::decide::check::AnswerFacts;
use crate::fetch::{FetchError, Request, RequestKind, RobotsVerdict};
use crate::model::change::Original;
use crate::model::ids::Uid;
use crate::model::minutes::{ItemReading, Reading, Stage};
use crate::model::page::{AskedPage, PageFault};
use crate::model::poll::Validators;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::source::PdfText;
use crate::pdf::{PdfFault, is_pdf};
use crate::platform::platform;

/// What goes with a reading: the text of a PDF, page by page, and the bytes it came from where they are
/// not those of the item's page.
pub(in crate::daemon) struct Paper {
    pages: Vec<String>,
    beside: Option<Original>,
    /// Whether the item's text is from there.
    is_text: bool,
}

impl Paper {
    /// The item's page is the PDF.
    pub(in crate::daemon) fn alone(pages: Vec<String>) -> Self {
        Self {
            pages,
            beside: None,
            is_text: true,
        }
    }

    /// What to know of an answer whose text came from the PDF beside it: that is what must be asked for
    /// again, so the page may not answer that it is as it was.
    pub(in crate::daemon) fn facts(&self) -> Option<AnswerFacts> {
        let original = self.beside.as_ref().filter(|_| self.is_text)?;
        Some(AnswerFacts {
            status: Some(original.http_status),
            validators: Validators::default(),
            body_sha256: Some(original.sha256.clone()),
        })
    }

    /// Stores pages and bytes, the bytes of a PDF up to a size.
    pub(in crate::daemon) fn store(
        &self,
        batch: &Batch<'_>,
        (uid, now): (&Uid, Timestamp),
        most: u64,
    ) -> Result<(), ArchiveError> {
        // Only what the text came from is among the originals it is derived from.
        if let Some(original) = self.beside.as_ref().filter(|_| self.is_text)
            && is_kept(original, most)
        {
            batch.put_page_original(uid, original)?;
        }
        batch.store_document(uid, &self.pages, now)
    }
}

/// Whether the bytes are kept: those of a PDF up to a size.
pub(in crate::daemon) fn is_kept(original: &Original, most: u64) -> bool {
    !is_pdf(&original.body) || u64::try_from(original.body.len()).is_ok_and(|size| size <= most)
}

/// Whether a page says nothing of its matter, so that its PDF is asked.
pub(in crate::daemon) fn is_silent(reading: &Reading) -> bool {
    let item = &reading.item;
    [&item.background, &item.proposal, &item.decision]
        .iter()
        .all(|text| text.is_none())
}

/// The reading of a page with the text of its PDF: what the page says of the item counts first.
pub(in crate::daemon) fn joined(page: Option<Reading>, paper: Reading, address: &Url) -> Reading {
    let mut reading = match page {
        None => paper,
        Some(page) => Reading {
            item: item_of(page.item, paper.item),
            handlings: paper.handlings,
            // That the page has no text is none of the item's problems any more.
            problems: page
                .problems
                .into_iter()
                .filter(|p| !matches!(p.kind, ProblemKind::NoText | ProblemKind::NoDecision))
                .chain(paper.problems)
                .collect(),
        },
    };
    reading.item.pdf_url.get_or_insert_with(|| address.clone());
    reading
}

fn item_of(page: ItemReading, paper: ItemReading) -> ItemReading {
    let stage = page.stage.or(paper.stage);
    let decided = stage != Some(Stage::Agenda);
    ItemReading {
        stage,
        decision: paper.decision.filter(|_| decided),
        outcome: paper.outcome.filter(|_| decided),
        minutes_checked: page.minutes_checked.or(paper.minutes_checked),
        body: page.body.or(paper.body),
        held_on: page.held_on.or(paper.held_on),
        position: page.position.or(paper.position),
        section_no: page.section_no.or(paper.section_no.filter(|_| decided)),
        title: page.title.or(paper.title),
        diary_numbers: if page.diary_numbers.is_empty() {
            paper.diary_numbers
        } else {
            page.diary_numbers
        },
        attachments: page.attachments,
        previous: page.previous,
        next: page.next,
        pdf_url: page.pdf_url,
        lang: page.lang,
        ..paper
    }
}

impl Engine {
    /// The text of a PDF, read by a child process.
    pub(in crate::daemon) async fn pdf_pages(
        &self,
        original: &Original,
    ) -> Result<Vec<String>, PdfFault> {
        let Some(program) = &self.reader_program else {
            let why = "this process was started without a program that reads".to_owned();
            return Err(PdfFault::NoReader(why));
        };
        let _desk = self.desks.one().await;
        pdf_text::read(program, original.body.clone()).await
    }
}

/// What asking for the PDF led to.
enum Asked {
    Got(Original),
    /// There is none, or it may not be asked for.
    None(String),
    /// It may be had later.
    Later(FetchError),
}

impl Check<'_> {
    /// Asks for the PDF of an item whose page has no text, or of any item where the source wants that.
    pub(in crate::daemon) async fn with_paper(&self, attempt: Attempt) -> anyhow::Result<Attempt> {
        let (page, original) = match attempt {
            Attempt::Read(reading, original) => (Some(*reading), original),
            Attempt::Fault(PageFault::Empty, None, original) => (None, original),
            other @ (Attempt::Same(_)
            | Attempt::Paper(..)
            | Attempt::Fault(..)
            | Attempt::Unread(..)
            | Attempt::Failed(_)) => return Ok(other),
        };
        let is_needed = page.as_ref().is_none_or(is_silent);
        let is_wanted = self.source.pdf.contains(&PdfText::Items);
        let address = self.paper_address(page.as_ref());
        let Some(address) = address.filter(|_| is_needed || is_wanted) else {
            return Ok(plain(page, original));
        };
        let paper = match self.ask(&address).await {
            Asked::Got(paper) => paper,
            Asked::None(why) => return Ok(doubted(page, original, &why)),
            Asked::Later(error) if is_needed => return Ok(Attempt::Failed(error)),
            Asked::Later(_) => return Ok(plain(page, original)),
        };
        if is_needed && self.was_read(&paper) {
            return Ok(Attempt::Same(AnswerFacts {
                status: Some(paper.http_status),
                ..AnswerFacts::default()
            }));
        }
        if !is_pdf(&paper.body) {
            return Ok(doubted(
                page,
                original,
                "what stands at its address is no PDF",
            ));
        }
        self.read_paper(page, original, paper).await
    }

    async fn read_paper(
        &self,
        page: Option<Reading>,
        original: Original,
        paper: Original,
    ) -> anyhow::Result<Attempt> {
        let address = Url::parse(&paper.url)?;
        let is_text = page.as_ref().is_none_or(is_silent);
        Ok(match self.parse(paper).await? {
            Attempt::Paper(reading, beside, pages) => {
                let paper = Paper {
                    pages: pages.pages,
                    beside: Some(beside),
                    is_text,
                };
                let reading = match page {
                    Some(page) if !is_text => page,
                    page => joined(page, *reading, &address),
                };
                Attempt::Paper(Box::new(reading), original, Box::new(paper))
            }
            Attempt::Fault(fault, drift, _) => match page {
                None => Attempt::Fault(fault, drift, original),
                page => doubted(page, original, &fault.to_string()),
            },
            Attempt::Unread(why, _) => doubted(page, original, &why),
            Attempt::Same(_) | Attempt::Read(..) | Attempt::Failed(_) => plain(page, original),
        })
    }

    fn paper_address(&self, page: Option<&Reading>) -> Option<Url> {
        let told = page.map(|page| page.item.pdf_url.clone());
        told.unwrap_or_else(|| {
            let known = self.page.fields.as_ref();
            known.and_then(|fields| fields.pdf_url.clone()).or_else(|| {
                platform(self.source.platform).pdf_of(AskedPage {
                    portal: &self.source.url,
                    url: &self.page.url,
                    key: &self.page.key,
                    key_prefix: &self.source.key_prefix,
                })
            })
        })
    }

    async fn ask(&self, address: &Url) -> Asked {
        match self.engine.client.robots_allow(address).await {
            Ok(RobotsVerdict::Allowed) => {}
            Ok(RobotsVerdict::Disallowed) if self.source.permission.is_some() => {}
            Ok(RobotsVerdict::Disallowed | RobotsVerdict::Unavailable) => {
                return Asked::None("robots.txt does not allow its PDF".to_owned());
            }
            Err(error) => return Asked::Later(error),
        }
        let request = Request {
            url: address.clone(),
            kind: RequestKind::Page,
            validators: Validators::default(),
        };
        match self.engine.client.get(request).await {
            Ok(answer) => match self.original(&answer).await {
                Ok(Some(original)) => Asked::Got(original),
                Ok(None) => Asked::None("its PDF came without a body".to_owned()),
                Err(error) => Asked::None(format!("its PDF cannot be looked through: {error}")),
            },
            Err(error) if is_lasting(&error) => Asked::None(error.to_string()),
            Err(error) => Asked::Later(error),
        }
    }
}

/// Whether asking again soon would bring the same.
fn is_lasting(error: &FetchError) -> bool {
    matches!(error.status(), Some(401 | 403 | 404 | 410))
        || matches!(error, FetchError::TooLarge { .. })
}

fn plain(page: Option<Reading>, original: Original) -> Attempt {
    match page {
        Some(reading) => Attempt::Read(Box::new(reading), original),
        None => Attempt::Fault(PageFault::Empty, None, original),
    }
}

/// The page alone, with a note why its PDF did not help.
fn doubted(page: Option<Reading>, original: Original, why: &str) -> Attempt {
    let page = page.map(|mut reading| {
        if is_silent(&reading) {
            let detail = format!("the page has no text, and its PDF does not help: {why}");
            reading
                .problems
                .push(Problem::new(ProblemKind::NoText, detail));
        }
        reading
    });
    plain(page, original)
}
