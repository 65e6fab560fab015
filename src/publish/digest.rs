//! One entry a day: every text first seen on a Finnish civil day, in one entry that changes no more.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::model::item::ItemRecord;
use crate::model::minutes::Lang;
use crate::model::when::{day_in_finland, instant_on};

use super::entry::{Entry, updated};
use super::tag::TagAuthority;
use super::texts::texts;
use super::{clean, content, html};

/// The day after.
pub fn next_day(day: Date) -> Date {
    day.checked_add(1.day()).unwrap_or(day)
}

/// The entries of the days of these texts, the newest first. Only texts of days that are over belong here; of several
/// texts of an item on one day the last one is told. `name` is that of the feed whose digest it is.
pub fn entries(name: &str, texts: &[ItemRecord], tags: &TagAuthority) -> Vec<Entry> {
    let mut days: BTreeMap<Date, BTreeMap<&str, &ItemRecord>> = BTreeMap::new();
    for text in texts {
        let day = days.entry(day_in_finland(updated(text))).or_default();
        day.insert(text.uid.as_str(), text);
    }
    days.into_iter()
        .rev()
        .map(|(day, items)| {
            let mut items: Vec<_> = items.into_values().collect();
            items.sort_by(|a, b| {
                let key = |item: &ItemRecord| {
                    (
                        item.municipality.clone(),
                        item.body.clone(),
                        item.uid.clone(),
                    )
                };
                key(a).cmp(&key(b))
            });
            entry(name, day, &items, tags)
        })
        .collect()
}

fn entry(name: &str, day: Date, items: &[&ItemRecord], tags: &TagAuthority) -> Entry {
    // It is complete when its day is over, and never again another.
    let over = instant_on(next_day(day), 0);
    let count = items.len().to_string();
    let filled = |text: &str| {
        text.replace("{day}", &content::day(day))
            .replace("{count}", &count)
    };
    Entry {
        id: tags.digest_id(name, day),
        title: filled(&texts().digest_title),
        url: None,
        summary: filled(&texts().digest_summary),
        html: list(items),
        updated: over,
        published: over,
        lang: Lang::Fi.word(),
        author: clean::line(&texts().author),
        files: vec![],
        categories: vec![],
        source: None,
        facts: None,
    }
}

fn list(items: &[&ItemRecord]) -> String {
    let mut out = String::new();
    let mut municipality: Option<&str> = None;
    for item in items {
        if municipality != Some(item.municipality.as_str()) {
            if municipality.is_some() {
                out.push_str("</ul>\n");
            }
            let name = clean::line(&item.municipality);
            out.push_str(&html::element("h3", &name));
            out.push_str("\n<ul>");
            municipality = Some(&item.municipality);
        }
        let title = html::link(item.url.as_str(), &clean::line(&item.title));
        let said = html::element("p", &content::summary(item));
        out.push_str(&html::wrapped("li", &format!("{title}{said}")));
    }
    if municipality.is_some() {
        out.push_str("</ul>\n");
    }
    html::sanitize(&out)
}
