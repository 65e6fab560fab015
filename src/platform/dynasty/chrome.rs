//! The frame around an item's text: navigation, lists of files, appeal instructions.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::super::markup::clean_text;
use super::refs::{Key, Target, target, tidy};
use super::selectors::{CAPTION, FRAME_BLOCK, LINK, NUMBER_PREFIX};
use crate::model::minutes::Attachment;
use crate::vocab::{Chrome, Vocabulary};

/// A file's kind and size after its title: `pdf 123.4 kb`.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, used by every test of this module"
)]
static SIZE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\s,(\[–-]*(?:\b(?:pdf|docx?|xlsx?|pptx?|rtf|zip|jpe?g|png|tiff?))?[\s,]*\b\d+(?:[.,]\d+)?\s*(?:kb|mb|gb|kt|mt|gt)\b[)\]]*$").unwrap()
});

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

/// Takes `Liite 4` or `Liite4` off a text; the number may be glued to the title.
fn split_number<'a>(text: &'a str, words: &Chrome) -> Option<(String, &'a str)> {
    let rest = words
        .attachment_numbers
        .iter()
        .find_map(|word| strip_word(text, word))?;
    let mut rest = rest.trim_start();
    for sign in &words.attachment_number_signs {
        rest =
            strip_word(rest, sign).map_or(rest, |rest| rest.trim_start_matches('.').trim_start());
    }
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, after) = if digits == 0 {
        letter_number(rest)?
    } else {
        rest.split_at_checked(digits)?
    };
    let (number, after) = with_letter(number, after);
    let after = after.trim_start_matches([':', '.', ',', ')', '-', '–', '|', ' ', '\t']);
    Some((number, after))
}

/// `A` of `Liite A`.
fn letter_number(rest: &str) -> Option<(&str, &str)> {
    let mut letters = rest.char_indices();
    let (_, first) = letters.next()?;
    let (at, next) = letters.next().unwrap_or((rest.len(), ' '));
    (first.is_ascii_uppercase() && !next.is_alphabetic()).then(|| rest.split_at_checked(at))?
}

/// `1a` keeps its letter, `1Merivirta` does not.
fn with_letter<'a>(number: &str, after: &'a str) -> (String, &'a str) {
    let mut letters = after.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), next)
            if letter.is_ascii_lowercase() && next.is_none_or(|next| !next.is_alphanumeric()) =>
        {
            (format!("{number}{letter}"), letters_after(after))
        }
        _ => (number.to_owned(), after),
    }
}

fn letters_after(text: &str) -> &str {
    let mut rest = text.chars();
    rest.next();
    rest.as_str()
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    (head.to_lowercase() == word.to_lowercase()).then_some(rest)
}

fn plain_number(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    let short = !text.is_empty() && text.len() <= 4;
    (short && text.chars().all(|c| c.is_ascii_digit())).then(|| text.to_owned())
}

/// A title without file size and without the remark about a new window.
fn without_tail(title: &str, words: &Chrome) -> String {
    let mut title = title.trim();
    for remark in &words.new_window {
        if let Some((before, _)) = title.split_once(remark.as_str()) {
            title = before.trim_end_matches(['-', '–', ' ', '(']).trim();
        }
    }
    without_size(title).trim().to_owned()
}

/// A text without a file's kind and size at its end.
pub(super) fn without_size(text: &str) -> std::borrow::Cow<'_, str> {
    SIZE.replace(text, "")
}

fn file_name(url: &Url) -> String {
    url.path_segments()
        .and_then(|mut parts| parts.next_back())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(String, String)> {
        split_number(text, Vocabulary::embedded().chrome()).map(|(n, t)| (n, t.to_owned()))
    }

    #[test]
    fn numbers_of_listed_files() {
        let is = |text: &str, n: &str, t: &str| {
            assert_eq!(number(text), Some((n.to_owned(), t.to_owned())), "{text}");
        };
        is("Liite1 Kartta", "1", "Kartta");
        is("Liite 1Merivirta plv 6–305", "1", "Merivirta plv 6–305");
        is("Liite 2a: Kaava", "2a", "Kaava");
        is("Bilaga 3. Avtal", "3", "Avtal");
        is("Liite nro 12 Sopimus", "12", "Sopimus");
        is("Liite A Sopimus", "A", "Sopimus");
        is("LIITE 4", "4", "");
        assert_eq!(number("Liitteenä kartta"), None);
        assert_eq!(number("Sopimus 2024"), None);
    }

    #[test]
    fn sizes_and_remarks_are_no_title() {
        let words = Vocabulary::embedded().chrome();
        let title = |text: &str| without_tail(text, words);
        assert_eq!(
            title("Vuosikello 2024 (1) pdf 123.4 kb - Avautuu uuteen ikkunaan"),
            "Vuosikello 2024 (1)"
        );
        assert_eq!(title("Kartta (pdf, 1,2 Mt)"), "Kartta");
        assert_eq!(title("Vuosikello 2024 (1)"), "Vuosikello 2024 (1)");
    }
}
