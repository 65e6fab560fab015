//! The parts of a page: the content, the columns around it, links, and what the page calls itself.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html};
use url::Url;

use super::super::files::{split_number, without_tail};
use super::super::frame::{is_cell_label, line_text};
use super::super::links::tidy;
use super::super::markup::{self, Deadline, Flow, Piece, Seen, clean_text};
use super::address::{Target, target};
use super::selectors::{
    BODY_ELEMENT, BREADCRUMB, CAPTION, CONTENT, FRAME, LINK, MAIN, OWN, RIGHT, SIDE,
};
use crate::model::minutes::Attachment;
use crate::model::page::PageFault;
use crate::vocab::{Chrome, Vocabulary};

/// Where on the page a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// In the content.
    Content,
    /// In the left menu.
    Side,
    /// In the right column.
    Right,
    /// In the path above the content.
    Breadcrumb,
    /// Anywhere else.
    Frame,
}

/// One link.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) target: Target,
    pub(super) url: Url,
    pub(super) text: String,
    pub(super) spot: Spot,
    pub(super) element: ElementRef<'a>,
}

/// A page taken apart.
pub(super) struct Page<'a> {
    /// The content's lines.
    pub(super) content: Vec<Seen>,
    /// Lines outside of content and columns; the path above the content is one line of its own.
    pub(super) around: Vec<String>,
    /// Links in page order.
    pub(super) links: Vec<Link<'a>>,
    /// What the page calls its own address.
    pub(super) own: Option<Target>,
    /// Whether the right column lists attachments.
    right_lists_files: bool,
    vocab: &'a Vocabulary,
}

impl<'a> Page<'a> {
    /// Takes a parsed page apart; `base` is the address that answered.
    pub(super) fn of(
        tree: &'a Html,
        base: &Url,
        vocab: &'a Vocabulary,
        deadline: &Deadline,
    ) -> Result<Self, PageFault> {
        let places = Places::of(tree);
        let content = lines(places.content, &places.columns, vocab)?;
        deadline.check()?;
        let mut around: Vec<String> = places
            .breadcrumbs
            .iter()
            .map(|crumb| path(*crumb))
            .filter(|line| !line.is_empty())
            .collect();
        let body = tree.select(&BODY_ELEMENT).next();
        if let Some(body) = body.filter(|body| body.id() != places.content.id()) {
            let mut skip = places.columns.clone();
            skip.insert(places.content.id());
            skip.extend(places.breadcrumbs.iter().map(|crumb| crumb.id()));
            let outside = lines(body, &skip, vocab)?;
            around.extend(outside.iter().map(line_text));
        }
        let links = tree
            .select(&LINK)
            .filter_map(|link| places.link(link, base))
            .collect();
        deadline.check()?;
        Ok(Self {
            content,
            around,
            links,
            own: own_address(tree, base),
            right_lists_files: right_lists_files(tree, vocab.chrome()),
            vocab,
        })
    }

    /// The meeting that the path above the content leads through.
    pub(super) fn meeting_in_path(&self) -> Option<&str> {
        let above = |link: &&Link<'_>| link.spot == Spot::Breadcrumb;
        self.links.iter().rev().filter(above).find_map(|link| {
            if let Target::Meeting(meeting) = &link.target {
                Some(meeting.as_str())
            } else {
                None
            }
        })
    }

    /// Files of the content, and of a right column that lists them, in page order.
    pub(super) fn files(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links.iter().filter(|link| {
            link.target == Target::File
                && match link.spot {
                    Spot::Content => true,
                    Spot::Right => self.right_lists_files,
                    Spot::Side | Spot::Breadcrumb | Spot::Frame => false,
                }
        })
    }

    /// Listed files that are not a whole agenda or whole minutes, each once.
    pub(super) fn attachments(&self, portal: &Url) -> Vec<Attachment> {
        let mut known = HashSet::new();
        self.files()
            .filter(|link| self.whole_document(link).is_none())
            .filter_map(|link| {
                let url = tidy(link.url.clone(), portal);
                known
                    .insert(url.clone())
                    .then(|| attachment(link, url, self.vocab.chrome()))
            })
            .collect()
    }

    /// What a link to a whole agenda or to whole minutes calls itself: its first word is the kind.
    pub(super) fn whole_document(&self, link: &Link<'_>) -> Option<crate::model::minutes::Stage> {
        let word: &str = link.text.split(|c: char| !c.is_alphabetic()).next()?;
        let (stage, _) = self.vocab.kind(word)?;
        Some(stage)
    }
}

/// Where the parts are.
struct Places<'a> {
    content: ElementRef<'a>,
    /// Columns and frames, to be left out of every text.
    columns: HashSet<NodeId>,
    side: HashSet<NodeId>,
    right: HashSet<NodeId>,
    breadcrumbs: Vec<ElementRef<'a>>,
}

impl<'a> Places<'a> {
    fn of(tree: &'a Html) -> Self {
        let named = [&CONTENT, &MAIN, &BODY_ELEMENT]
            .into_iter()
            .find_map(|selector| tree.select(selector).next());
        let content = named.unwrap_or_else(|| tree.root_element());
        let ids = |selector: &'static std::sync::LazyLock<scraper::Selector>| {
            tree.select(selector)
                .map(|element| element.id())
                .collect::<HashSet<NodeId>>()
        };
        let (side, right) = (ids(&SIDE), ids(&RIGHT));
        let mut columns: HashSet<NodeId> = side.union(&right).copied().collect();
        columns.extend(ids(&FRAME));
        columns.remove(&content.id());
        let outermost = |element: &ElementRef<'_>| {
            !element
                .ancestors()
                .filter_map(ElementRef::wrap)
                .any(|above| BREADCRUMB.matches(&above))
        };
        Self {
            content,
            columns,
            side,
            right,
            breadcrumbs: tree.select(&BREADCRUMB).filter(outermost).collect(),
        }
    }

    fn link(&self, element: ElementRef<'a>, base: &Url) -> Option<Link<'a>> {
        let url = base.join(element.value().attr("href")?.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(Link {
            target: target(&url),
            url,
            text: clean_text(&element.text().collect::<String>()),
            spot: self.spot(element),
            element,
        })
    }

    fn spot(&self, element: ElementRef<'_>) -> Spot {
        element
            .ancestors()
            .find_map(|node| {
                let id = node.id();
                if self.side.contains(&id) {
                    Some(Spot::Side)
                } else if self.right.contains(&id) {
                    Some(Spot::Right)
                } else if self.breadcrumbs.iter().any(|crumb| crumb.id() == id) {
                    Some(Spot::Breadcrumb)
                } else if self.columns.contains(&id) {
                    Some(Spot::Frame)
                } else if self.content.id() == id {
                    Some(Spot::Content)
                } else {
                    None
                }
            })
            .unwrap_or(Spot::Frame)
    }
}

fn lines(
    root: ElementRef<'_>,
    skip: &HashSet<NodeId>,
    vocab: &Vocabulary,
) -> Result<Vec<Seen>, PageFault> {
    let is_label = |text: &str, value: &str| is_cell_label(text, value, vocab);
    let flow = Flow {
        skip,
        is_label: &is_label,
    };
    let pieces = flow.pieces(*root);
    markup::check_length(&pieces)?;
    Ok(pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Line(seen) => Some(seen),
            Piece::Comment(_) => None,
        })
        .collect())
}

/// The path above the content as one line: `Kunnanhallitus > Kokous 7.9.2022 > Asia`.
fn path(crumb: ElementRef<'_>) -> String {
    let parts: Vec<String> = crumb
        .text()
        .map(clean_text)
        .map(|part| part.trim_matches(['>', '»', '›', '/', '|', ' ']).to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" > ")
}

fn own_address(tree: &Html, base: &Url) -> Option<Target> {
    tree.select(&OWN).find_map(|element| {
        let address = ["href", "content", "action"]
            .iter()
            .find_map(|name| element.value().attr(name))?;
        match target(&base.join(address.trim()).ok()?) {
            Target::Front | Target::File | Target::Elsewhere => None,
            own @ (Target::Bodies | Target::Body(_) | Target::Meeting(_) | Target::Item(_)) => {
                Some(own)
            }
        }
    })
}

fn right_lists_files(tree: &Html, words: &Chrome) -> bool {
    tree.select(&RIGHT)
        .flat_map(|right| right.select(&CAPTION))
        .any(|caption| {
            let text = clean_text(&caption.text().collect::<String>());
            let text = text.trim_end_matches(':').trim();
            [&words.attachment_captions, &words.background_captions]
                .iter()
                .any(|list| list.iter().any(|word| word == text))
        })
}

fn attachment(link: &Link<'_>, url: Url, words: &Chrome) -> Attachment {
    let spoken = || {
        ["title", "aria-label"]
            .iter()
            .find_map(|name| link.element.value().attr(name))
            .map(clean_text)
    };
    let text = if link.text.is_empty() {
        spoken().unwrap_or_default()
    } else {
        link.text.clone()
    };
    let (number, title) = match split_number(&text, words) {
        Some((number, title)) if !title.is_empty() => (Some(number), title),
        Some((number, _)) => (Some(number), text.as_str()),
        None => (None, text.as_str()),
    };
    let title = without_tail(title, words);
    let file = || {
        url.path_segments()
            .and_then(|mut parts| parts.next_back())
            .unwrap_or_default()
            .to_owned()
    };
    Attachment {
        number,
        title: if title.is_empty() { file() } else { title },
        url,
    }
}
