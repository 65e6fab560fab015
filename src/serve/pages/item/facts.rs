//! Where, when and by whom an item was handled, what is to be said of its state, and how it is cited.

use url::Url;

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
    let mut facts = where_and_when(item, language, words);
    let Some(fields) = &item.fields else {
        facts.extend(linked(&words.original, Some(item.url.as_str())));
        return facts;
    };
    let lang = Some(super::tag(fields.lang)).filter(|tag| *tag != language.tag());
    let numbers = fields.diary_numbers.join(", ");
    let kind = fields
        .appeal_kind
        .map(|kind| words.appeal_kind.of(kind.word()).as_str());
    let section = fields.section_no.map(|number| format!("§ {number}"));
    let said = [
        plain(&words.section, section.as_deref(), None),
        plain(&words.diary, Some(numbers.as_str()), None),
        plain(&words.presenter, fields.presenter.as_deref(), lang),
        plain(&words.preparer, fields.preparer.as_deref(), lang),
        plain(&words.appeal, kind, None),
        linked(&words.original, Some(item.url.as_str())),
        linked(&words.pdf, fields.pdf_url.as_ref().map(Url::as_str)),
    ];
    facts.extend(said.into_iter().flatten());
    facts
}

fn where_and_when(
    item: &ItemRecord,
    language: PageLanguage,
    words: &'static ItemWords,
) -> Vec<Fact> {
    let fields = item.fields.as_ref();
    let lang = fields.map(|fields| super::tag(fields.lang));
    let day = item.held_on.map(|day| language.day(day));
    let facts = [
        plain(&words.municipality, Some(item.municipality.as_str()), None),
        plain(
            &words.body,
            item.body.as_deref(),
            lang.filter(|tag| *tag != language.tag()),
        ),
        plain(&words.meeting_day, day.as_deref(), None),
    ];
    facts.into_iter().flatten().collect()
}

fn plain(name: &'static Phrase, text: Option<&str>, lang: Option<&'static str>) -> Option<Fact> {
    let text = clean::line(text?);
    (!text.is_empty()).then_some(Fact {
        name,
        text,
        href: None,
        lang,
    })
}

fn linked(name: &'static Phrase, address: Option<&str>) -> Option<Fact> {
    let href = clean::web_address(address?)?;
    Some(Fact {
        name,
        text: href.clone(),
        href: Some(href),
        lang: None,
    })
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
