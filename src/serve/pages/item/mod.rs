//! The page of one item: proposal and decision side by side, what differs, evidence, attachments, earlier
//! handlings, versions, and how to cite it.

mod facts;
mod json_ld;
mod sections;
mod versions;
mod view;

use askama::Template;

use crate::model::ids::{ItemKey, Uid};
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::Lang;
use crate::publish::{clean, content};

use super::super::representation::Representation;
use super::super::site::{ItemDetail, Site};
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::language::PageLanguage;
use super::words::{ItemWords, Phrase};
use super::{PageFault, render};

use self::facts::{Fact, Notice};
use self::sections::{AttachmentRow, HandlingRow, MatchRow, Text};
use self::versions::{Changes, VersionRow};
use self::view::View;

pub(super) use self::sections::safe;

/// A link with its text.
pub(super) struct Link {
    /// Where it leads.
    pub(super) href: String,
    /// What it says.
    pub(super) text: String,
}

/// A stored word with its text for people.
pub(super) struct Badge {
    /// The word, for the style.
    pub(super) word: &'static str,
    /// The text.
    pub(super) text: &'static Phrase,
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    frame: Frame,
    /// The data block for search engines; only on the page whose address counts.
    json_ld: Option<String>,
    text_lang: Option<&'static str>,
    title: String,
    stage: Option<Badge>,
    outcome: Option<Badge>,
    notice: Option<Notice>,
    facts: Vec<Fact>,
    changes: Option<Changes>,
    text: Option<Text>,
    attachments: Vec<AttachmentRow>,
    handlings: Vec<HandlingRow>,
    dossiers: Vec<Link>,
    matches: Vec<MatchRow>,
    versions: Vec<VersionRow>,
    citation: String,
    json: String,
    previous: Option<String>,
    next: Option<String>,
}

/// The page of the item that the address names.
///
/// # Errors
///
/// When there is no such item or version, when it was withdrawn or taken down, or the archive cannot be read.
pub fn page(site: &dyn Site, asked: &Asked) -> Result<Representation, PageFault> {
    let uid = asked.path.strip_prefix("items/").unwrap_or_default();
    let uid = Uid::new(uid);
    let Some(mut detail) = site.item(&uid)? else {
        return Err(PageFault::Missing);
    };
    if detail.item.withdrawn_at.is_some() {
        return Err(PageFault::Gone);
    }
    let view = View::parse(&asked.query, &detail.versions)?;
    if let View::Version(version) = &view {
        show_version(&mut detail.item, version);
    }
    let words = &asked.language.words().item;
    let page = fill(site, asked, (&detail, &view), words)?;
    render(&page, Some(detail.item.changed_at))
}

/// Puts the text of an older version in the place of the newest.
fn show_version(item: &mut ItemRecord, version: &VersionRecord) {
    item.stage = version.stage;
    item.outcome = version.fields.outcome;
    item.version_no = version.version_no;
    item.handlings.clone_from(&version.handlings);
    item.fields = Some(version.fields.clone());
}

fn fill(
    site: &dyn Site,
    asked: &Asked,
    (detail, view): (&ItemDetail, &View<'_>),
    words: &'static ItemWords,
) -> Result<ItemPage, PageFault> {
    let (item, language) = (&detail.item, asked.language);
    let title = clean::line(&item.title);
    let place = place(item, language, words);
    let frame = Frame::new(site, asked, Place::Elsewhere, &format!("{}: {title}", clean::line(&item.municipality)))
        .described(format!("{place}. {}", content::summary(item)));
    // Old versions and comparisons are for readers, not for search engines.
    let (frame, json_ld) = match view {
        View::Newest => {
            let data = frame.canonical.as_deref().map(|address| json_ld::document(item, address));
            (frame, data)
        }
        View::Version(_) | View::Changes(..) => (frame.hidden(), None),
    };
    let neighbour = |key: Option<&ItemKey>| neighbour(site, asked, (item, key));
    let fields = item.fields.as_ref();
    let newest = detail.versions.last();
    Ok(ItemPage {
        json_ld,
        text_lang: fields.map(|fields| tag(fields.lang)).filter(|tag| *tag != language.tag()),
        stage: item.stage.map(|stage| Badge { word: stage.word(), text: language.words().stage.of(stage.word()) }),
        outcome: item.outcome.map(|outcome| Badge { word: outcome.word(), text: language.words().outcome.of(outcome.word()) }),
        notice: facts::notice(item, newest, words),
        facts: facts::facts(item, language, words),
        changes: versions::changes(view, words),
        text: sections::text(fields, words),
        attachments: sections::attachments(&detail.attachments, language, words),
        handlings: sections::handlings(&item.handlings, language, words),
        dossiers: dossiers(site, asked, &item.uid)?,
        matches: sections::matches(item, &asked.home(), words),
        versions: versions::rows(&detail.versions, language),
        citation: facts::citation(item, detail, &frame_address(&frame, site, asked), (language, words)),
        json: format!("{}api/items/{}", asked.root(), item.uid),
        previous: neighbour(fields.and_then(|fields| fields.previous.as_ref()))?,
        next: neighbour(fields.and_then(|fields| fields.next.as_ref()))?,
        title,
        frame,
    })
}
