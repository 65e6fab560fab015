//! The rows of a list: what stands together on a page, with its links and its marks.

use std::collections::HashMap;
use std::sync::LazyLock;

use ego_tree::NodeId;
use jiff::civil::Date;
use regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::super::markup::{Deadline, clean_text};
use super::super::table::Columns;
use super::refs::{Target, target};
use super::selectors::{CELL, LINK, MINUTES_MARK};
use crate::model::page::PageFault;
use crate::vocab::Vocabulary;

/// What the static pages write before a row of meetings: the meeting's number, then its day.
#[expect(clippy::unwrap_used, reason = "a constant pattern, used by a test")]
static RECORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<!--\s*TIETUE:(\d+)\s*-->\s*<!--\s*(\d{4}-\d{2}-\d{2})\s*-->").unwrap()
});

/// Stretches of text of one row that are looked at; a page without rows is one long row.
const MAX_PARTS: usize = 200;

/// A link of a row.
#[derive(Clone, Debug)]
pub(super) struct RowLink {
    pub(super) target: Target,
    pub(super) url: Url,
    pub(super) text: String,
    /// Whether it is marked as minutes by its class or picture.
    pub(super) marked: bool,
}

/// A row of a table, or a line of a page without tables.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) links: Vec<RowLink>,
    /// Its cells, or all of its text where it has none.
    pub(super) cells: Vec<String>,
    /// Section number, where its table has a column of them.
    pub(super) section: Option<u32>,
    /// Whether anything in it marks minutes.
    pub(super) marked: bool,
}

impl Row {
    /// All of its text.
    pub(super) fn text(&self) -> String {
        self.cells.join(" ")
    }

    /// The meetings it leads to, each once.
    pub(super) fn meetings(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for id in self.links.iter().filter_map(|link| link.target.meeting()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// The rows with links, in page order.
pub(super) fn rows(
    html: &Html,
    base: &Url,
    vocab: &Vocabulary,
    deadline: &Deadline,
) -> Result<Vec<Row>, PageFault> {
    let mut columns = Columns::new(vocab);
    let mut rows: Vec<Row> = Vec::new();
    let mut known: HashMap<NodeId, usize> = HashMap::new();
    for element in html.select(&LINK) {
        let Some(link) = row_link(element, base) else {
            continue;
        };
        let Some(around) = around(element) else {
            continue;
        };
        if let Some(row) = known.get(&around.id()).and_then(|&at| rows.get_mut(at)) {
            row.links.push(link);
            continue;
        }
        deadline.check()?;
        known.insert(around.id(), rows.len());
        rows.push(Row {
            links: vec![link],
            cells: cells(around),
            section: columns.number_in(around).and_then(|number| number.section),
            marked: is_marked(around),
        });
    }
    Ok(rows)
}

/// Days that the static pages write into comments beside their rows, by the number of the meeting.
pub(super) fn recorded_days(html: &str) -> HashMap<String, Date> {
    RECORD
        .captures_iter(html)
        .filter_map(|record| {
            let id = record.get(1)?.as_str().to_owned();
            Some((id, record.get(2)?.as_str().parse().ok()?))
        })
        .collect()
}

fn row_link(element: ElementRef<'_>, base: &Url) -> Option<RowLink> {
    let url = base.join(element.value().attr("href")?.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| RowLink {
        target: target(&url),
        text: clean_text(&element.text().collect::<String>()),
        marked: is_marked(element),
        url,
    })
}

/// The row, or what comes nearest to one on a page without tables.
fn around(link: ElementRef<'_>) -> Option<ElementRef<'_>> {
    link.ancestors()
        .filter_map(ElementRef::wrap)
        .find(|element| {
            matches!(
                element.value().name(),
                "tr" | "li" | "p" | "div" | "dd" | "center" | "body"
            )
        })
}

fn cells(row: ElementRef<'_>) -> Vec<String> {
    let text = |element: ElementRef<'_>| {
        clean_text(&element.text().take(MAX_PARTS).collect::<Vec<_>>().join(" "))
    };
    if row.value().name() != "tr" {
        return vec![text(row)];
    }
    row.select(&CELL).map(text).collect()
}

fn is_marked(element: ElementRef<'_>) -> bool {
    MINUTES_MARK.matches(&element)
        || (element.value().name() != "body" && element.select(&MINUTES_MARK).next().is_some())
}
