//! The frame around an item's text: navigation, lists of files, appeal instructions.

use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use scraper::{ElementRef, Html};
use url::Url;

use super::super::files::{plain_number, split_number, without_tail};
use super::super::links::tidy;
use super::super::markup::clean_text;
use super::refs::{Key, Target, target};
use super::selectors::{CAPTION, FRAME_BLOCK, LINK, NUMBER_PREFIX};
use crate::model::minutes::Attachment;
use crate::vocab::{Chrome, Vocabulary};

/// Texts of a row that are looked at for a file's number.
const MAX_ROW_PARTS: usize = 24;

/// Where on the page a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// In the navigation.
    Navigation,
    /// In the list of attachments.
    Attachments,
    /// In the list of background material.
    Background,
    /// Anywhere else.
    Text,
}

/// What a link's words make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To the previous item.
    Previous,
    /// To the next item.
    Next,
    /// To the appeal instructions.
    Appeal,
    /// No word of the navigation.
    None,
}

/// One link of the page.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) target: Target,
    pub(super) step: Step,
    pub(super) url: Url,
    spot: Spot,
    number: Option<String>,
    title: String,
}

/// All of the frame that a page has.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Links in page order.
    pub(super) links: Vec<Link>,
    /// Elements that hold nothing but frame.
    pub(super) skip: HashSet<NodeId>,
}

impl Survey {
    /// Looks at every caption and every link; `base` is the page's own address.
    pub(super) fn of(html: &Html, base: &Url, vocab: &Vocabulary) -> Self {
        let words = vocab.chrome();
        let mut survey = Self::default();
        let mut lists: HashMap<NodeId, Spot> = HashMap::new();
        for caption in html.select(&CAPTION) {
            let text = clean_text(&caption.text().collect::<String>());
            let table = caption.ancestors().find(|node| {
                node.value()
                    .as_element()
                    .is_some_and(|e| matches!(e.name(), "table" | "fieldset"))
            });
            if let (Some(spot), Some(table)) = (caption_spot(&text, words), table) {
                lists.insert(table.id(), spot);
                survey.skip.insert(table.id());
            }
        }
        survey
            .skip
            .extend(html.select(&FRAME_BLOCK).map(|element| element.id()));
        survey.links = html
            .select(&LINK)
            .filter_map(|link| {
                let spot = link
                    .ancestors()
                    .find_map(|node| lists.get(&node.id()))
                    .map_or(Spot::Text, |spot| *spot);
                read_link(link, base, spot, words)
            })
            .collect();
        survey
    }

    /// Listed files, each once, in page order.
    pub(super) fn attachments(&self, key: &Key, portal: &Url) -> Vec<Attachment> {
        let mut files: Vec<Attachment> = Vec::new();
        let mut known = HashSet::new();
        for link in self.links.iter().filter(|link| link.is_listed_file(key)) {
            let url = tidy(link.url.clone(), portal);
            let name = (
                url.path().to_ascii_lowercase(),
                url.query().map(str::to_owned),
            );
            if !known.insert((url.host_str().map(str::to_owned), name)) {
                continue;
            }
            let number = link
                .number
                .clone()
                .filter(|_| link.spot != Spot::Background);
            files.push(Attachment {
                number,
                title: link.title.clone(),
                url,
            });
        }
        files
    }

    /// The neighbour that the navigation leads to.
    pub(super) fn neighbour(&self, step: Step) -> Option<&Key> {
        self.links
            .iter()
            .filter(|link| link.step == step)
            .find_map(|link| link.target.item())
    }

    /// The item itself as PDF.
    pub(super) fn item_pdf(&self, key: &Key, portal: &Url) -> Option<Url> {
        self.links
            .iter()
            .find(|link| key.is_own_document(&link.target))
            .map(|link| tidy(link.url.clone(), portal))
    }

    /// The appeal instructions.
    pub(super) fn appeal_link(&self, portal: &Url) -> Option<Url> {
        self.links
            .iter()
            .find(|link| link.step == Step::Appeal && link.spot != Spot::Attachments)
            .map(|link| tidy(link.url.clone(), portal))
    }
}

impl Link {
    fn is_listed_file(&self, key: &Key) -> bool {
        if self.step != Step::None || key.is_own_document(&self.target) {
            return false;
        }
        matches!(self.spot, Spot::Attachments | Spot::Background)
            || key.is_own_attachment(&self.target)
    }
}

fn caption_spot(text: &str, words: &Chrome) -> Option<Spot> {
    let text = text.trim_end_matches(':').trim();
    let is = |list: &[String]| {
        list.iter()
            .any(|word| word.eq_ignore_ascii_case(text) || word == text)
    };
    if is(&words.navigation_captions) {
        Some(Spot::Navigation)
    } else if is(&words.attachment_captions) {
        Some(Spot::Attachments)
    } else if is(&words.background_captions) {
        Some(Spot::Background)
    } else {
        None
    }
}

fn read_link(link: ElementRef<'_>, base: &Url, spot: Spot, words: &Chrome) -> Option<Link> {
    let url = base.join(link.value().attr("href")?.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let text = clean_text(&link.text().collect::<String>());
    let spoken = ["aria-label", "title"]
        .iter()
        .find_map(|name| link.value().attr(name))
        .map(clean_text);
    let label = if text.is_empty() {
        spoken.clone().unwrap_or_default()
    } else {
        text.clone()
    };
    let step = step(&label, words);
    let (number, title) = file_words(link, &text, words);
    let title = if title.is_empty() {
        untitled(link, spoken.as_deref(), words)
    } else {
        title
    };
    let title = if title.is_empty() {
        file_name(&url)
    } else {
        title
    };
    Some(Link {
        target: target(&url),
        step,
        url,
        spot,
        number,
        title,
    })
}

fn step(label: &str, words: &Chrome) -> Step {
    let begins = |list: &[String]| {
        list.iter()
            .any(|word| label.to_lowercase().starts_with(&word.to_lowercase()))
    };
    if begins(&words.previous) {
        Step::Previous
    } else if begins(&words.next) {
        Step::Next
    } else if begins(&words.appeal_link) {
        Step::Appeal
    } else {
        Step::None
    }
}

/// Number and title of a listed file: the number stands in a prefix, in a cell of its own, or before the title.
fn file_words(link: ElementRef<'_>, text: &str, words: &Chrome) -> (Option<String>, String) {
    let prefix = link
        .select(&NUMBER_PREFIX)
        .next()
        .map(|prefix| clean_text(&prefix.text().collect::<String>()))
        .filter(|prefix| !prefix.is_empty());
    if let Some(prefix) = prefix {
        let title = text.strip_prefix(prefix.as_str()).unwrap_or(text).trim();
        let number = split_number(&prefix, words)
            .map(|(number, _)| number)
            .or_else(|| plain_number(&prefix));
        return (number, without_tail(title, words));
    }
    if let Some((number, title)) = split_number(text, words)
        && !title.is_empty()
    {
        return (Some(number), without_tail(title, words));
    }
    let around = beside(link, text);
    let number = split_number(&around, words)
        .map(|(number, _)| number)
        .or_else(|| plain_number(&around));
    let title = match split_number(text, words) {
        Some((_, "")) => without_tail(&around, words),
        Some(_) | None => without_tail(text, words),
    };
    (
        number.or_else(|| split_number(text, words).map(|(number, _)| number)),
        title,
    )
}

/// The title of a file whose link is only a picture.
fn untitled(link: ElementRef<'_>, spoken: Option<&str>, words: &Chrome) -> String {
    let around = beside(link, "");
    let around = split_number(&around, words).map_or(around.as_str(), |(_, title)| title);
    let title = if around.is_empty() {
        spoken.unwrap_or_default()
    } else {
        around
    };
    without_tail(title, words)
}

/// The other text of the link's row or list item.
fn beside(link: ElementRef<'_>, text: &str) -> String {
    let mut around = link.ancestors().filter_map(ElementRef::wrap);
    let Some(row) = around.find(|element| matches!(element.value().name(), "tr" | "li")) else {
        return String::new();
    };
    // a row of many links is looked at for each of them: a little of it must do
    let parts: Vec<String> = row
        .text()
        .take(MAX_ROW_PARTS)
        .map(clean_text)
        .filter(|part| !part.is_empty())
        .collect();
    let whole = parts.join(" ");
    if text.is_empty() {
        whole
    } else {
        clean_text(&whole.replacen(text, " ", 1))
    }
}

fn file_name(url: &Url) -> String {
    url.path_segments()
        .and_then(|mut parts| parts.next_back())
        .unwrap_or_default()
        .to_owned()
}
