//! Raw entries into feed entries: texts cleaned and cut, dates read, links made canonical.

use jiff::Timestamp;
use url::Url;

use super::dates::{self, DateFault};
use super::identity::Candidate;
use super::link::web_link;
use super::parse::{RawEntry, RawText};
use super::tally::Tally;
use super::{FeedLimits, text};
use crate::model::feed_item::{FeedEntry, IdStep};
use crate::model::problem::ProblemKind;

/// Makes entries of one feed.
pub(super) struct EntryMaker<'a> {
    pub(super) base: &'a Url,
    pub(super) limits: &'a FeedLimits,
    pub(super) tally: &'a mut Tally,
}

impl EntryMaker<'_> {
    /// One entry, its identity still open.
    pub(super) fn make(&mut self, raw: &RawEntry) -> Candidate {
        let native = raw.id.as_deref().and_then(|id| self.native_id(id));
        let guid = native.as_deref().filter(|_| raw.id_may_be_link);
        let link = self.link(raw, guid);
        // Content says more than a summary; feeds that have both cut the summary short.
        let texts = [&raw.content, &raw.summary];
        let body = texts
            .into_iter()
            .flatten()
            .map(text::paragraphs)
            .find(|body| !body.is_empty());
        let entry = FeedEntry {
            native_id: String::new(),
            id_step: IdStep::Native,
            link,
            title: self.title(raw.title.as_ref()).unwrap_or_default(),
            text: body.map(|body| self.cut(body, self.limits.max_field_chars, "text cut")),
            published: self.date(raw.published.as_deref()),
            updated: self.date(raw.updated.as_deref()),
            categories: self.categories(&raw.categories),
        };
        Candidate { native, entry }
    }

    /// A title as one line within its limit; none when nothing is left of it.
    pub(super) fn title(&mut self, raw: Option<&RawText>) -> Option<String> {
        let line = raw.map(text::line).filter(|line| !line.is_empty())?;
        Some(self.cut(line, self.limits.max_title_chars, "title cut"))
    }

    fn cut(&mut self, whole: String, most: usize, what: &'static str) -> String {
        let (kept, shortened) = text::cut(whole, most);
        if shortened {
            self.tally.note(ProblemKind::FieldCut, what, &kept);
        }
        kept
    }

    /// A cut identity could be that of another entry, so a monstrous one is refused.
    fn native_id(&mut self, id: &str) -> Option<String> {
        let id: String = id.chars().filter(|c| !c.is_control()).collect();
        if id.chars().nth(self.limits.max_id_chars).is_some() {
            self.tally
                .note(ProblemKind::FieldCut, "id too long, not used", &id);
            return None;
        }
        Some(id).filter(|id| !id.is_empty())
    }

    fn link(&mut self, raw: &RawEntry, guid: Option<&str>) -> Option<Url> {
        let pages = || raw.links.iter().filter(|link| link.to_entry);
        // Several pages (another language, a PDF): the first that is or may be HTML.
        let chosen = pages().find(|link| link.html).or_else(|| pages().next());
        let href = chosen
            .map(|link| link.href.trim())
            .filter(|href| !href.is_empty());
        let Some(href) = href else {
            return guid
                .filter(|id| id.starts_with("http"))
                .and_then(|id| web_link(id, self.base));
        };
        let short = href.chars().nth(self.limits.max_id_chars).is_none();
        let link = web_link(href, self.base).filter(|_| short);
        if link.is_none() {
            let what = "link that is no address of the web left out";
            self.tally.note(ProblemKind::UnusableEntry, what, href);
        }
        link
    }

    fn date(&mut self, raw: Option<&str>) -> Option<Timestamp> {
        let raw = raw?;
        let what = match dates::read(raw) {
            Ok(at) => return Some(at),
            Err(DateFault::Unreadable) => "date not understood, left empty",
            Err(DateFault::OutOfRange) => "date outside the years 1990 to 2100, left empty",
        };
        self.tally.note(ProblemKind::UnreadableDate, what, raw);
        None
    }

    fn categories(&mut self, raw: &[RawText]) -> Vec<String> {
        let mut categories: Vec<String> = Vec::new();
        for term in raw.iter().take(self.limits.max_categories) {
            let term = text::line(term);
            if !term.is_empty() && !categories.contains(&term) {
                categories.push(self.cut(term, self.limits.max_title_chars, "category cut"));
            }
        }
        if raw.len() > self.limits.max_categories {
            self.tally.note(
                ProblemKind::FieldCut,
                "categories beyond the limit left out",
                "",
            );
        }
        categories
    }
}
