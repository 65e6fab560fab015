//! Where, when and by whom an item was handled, what is to be said of its state, and how it is cited.

use crate::model::item::{FullItem, ItemRecord, VersionRecord};
use crate::publish::clean;

use super::super::language::PageLanguage;
use super::super::words::{ItemWords, Phrase};
use super::Link;

/// A name with its value.
pub(super) struct Fact {
    pub(super) name: &'static Phrase,
    pub(super) text: String,
    pub(super) href: Option<String>,
    /// The language of the value where it is another than that of the page.
    pub(super) lang: Option<&'static str>,
}

/// Something to know before reading on.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) link: Option<Link>,
}

/// What is to be said of the state of the text, if anything.
pub(super) fn notice(
    item: &ItemRecord,
    newest: Option<&VersionRecord>,
    words: &ItemWords,
) -> Option<Notice> {
    if item.fields.is_none() {
        return Some(Notice {
            text: words.unread.to_string(),
            link: None,
        });
    }
    let newest = newest.map(|version| version.version_no)?;
    (item.version_no != newest).then(|| Notice {
        text: words
            .old_version
            .with("number", item.version_no)
            .with("newest", newest)
            .to_string(),
        link: Some(Link {
            href: "?".to_owned(),
            text: words.newest_version.to_string(),
        }),
    })
}

/// The facts in the order people ask for them.
pub(super) fn facts(
    item: &ItemRecord,
    language: PageLanguage,
    words: &'static ItemWords,
) -> Vec<Fact> {
    let fields = item.fields.as_ref();
    let source = fields.map(|fields| super::tag(fields.lang));
    let lang = source.filter(|tag| *tag != language.tag());
    let plain = |name: &'static Phrase, text: Option<String>, lang| {
        text.map(|text| Fact {
            name,
            text: clean::line(&text),
            href: None,
            lang,
        })
    };
    let linked = |name: &'static Phrase, address: Option<&str>| {
        let href = clean::web_address(address?)?;
        Some(Fact {
            name,
            text: href.clone(),
            href: Some(href),
            lang: None,
        })
    };
    let numbers = fields.map(|fields| fields.diary_numbers.join(", "));
    let facts = [
        plain(&words.municipality, Some(item.municipality.clone()), None),
        plain(&words.body, item.body.clone(), lang),
        plain(
            &words.meeting_day,
            item.held_on.map(|day| language.day(day)),
            None,
        ),
        plain(
            &words.section,
            fields
                .and_then(|fields| fields.section_no)
                .map(|number| format!("§ {number}")),
            None,
        ),
        plain(
            &words.diary,
            numbers.filter(|numbers| !numbers.is_empty()),
            None,
        ),
        plain(
            &words.presenter,
            fields.and_then(|fields| fields.presenter.clone()),
            lang,
        ),
        plain(
            &words.preparer,
            fields.and_then(|fields| fields.preparer.clone()),
            lang,
        ),
        plain(
            &words.appeal,
            fields
                .and_then(|fields| fields.appeal_kind)
                .map(|kind| words.appeal_kind.of(kind.word()).to_string()),
            None,
        ),
        linked(&words.original, Some(item.url.as_str())),
        linked(
            &words.pdf,
            fields
                .and_then(|fields| fields.pdf_url.as_ref())
                .map(url::Url::as_str),
        ),
    ];
    facts.into_iter().flatten().collect()
}

/// One line by which a text can be found again: where, when, what, and the hash of what it says.
pub(super) fn citation(
    item: &ItemRecord,
    detail: &FullItem,
    address: &str,
    (language, words): (PageLanguage, &ItemWords),
) -> Option<String> {
    let shown = detail
        .versions
        .iter()
        .find(|version| version.version_no == item.version_no)?;
    let seen = language.moment(shown.seen_from);
    let section = item.fields.as_ref().and_then(|fields| fields.section_no);
    let day = item
        .held_on
        .map_or_else(|| words.day_unknown.to_string(), |day| language.day(day));
    let body = item
        .body
        .as_deref()
        .map_or_else(|| words.body_unknown.to_string(), clean::line);
    let line = words
        .citation_text
        .with("number", shown.version_no)
        .with("seen", seen.text)
        .with("hash", &shown.content_sha256)
        .with("address", address)
        .with("day", day)
        .with(
            "section",
            section
                .map(|number| format!(" § {number}"))
                .unwrap_or_default(),
        )
        .with("municipality", clean::line(&item.municipality))
        .with("body", body)
        .with("title", clean::line(&item.title));
    Some(line.to_string())
}
