//! The page of one item: proposal and decision side by side, what differs, evidence, attachments, earlier
//! handlings, versions, and how to cite it.

mod facts;
mod json_ld;
mod sections;
mod versions;
mod view;

use askama::Template;

use crate::model::dossier::DossierSummary;
use crate::model::ids::{ItemKey, Uid};
use crate::model::item::{FullItem, ItemRecord, VersionRecord};
use crate::model::minutes::{Lang, Outcome, Stage};
use crate::model::takedown::Standing;
use crate::publish::{clean, content};

use super::super::feeds::under;
use super::super::representation::Representation;
use super::super::site::Site;
use super::asked::Asked;
use super::frame::{Frame, Place};
use super::words::{ByWord, Phrase, Words};
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

impl Badge {
    /// How far a text has come.
    pub(super) fn stage(stage: Option<Stage>, words: &'static Words) -> Option<Self> {
        stage.map(|stage| Self::of(stage.word(), &words.stage))
    }

    /// What became of a proposal.
    pub(super) fn outcome(outcome: Option<Outcome>, words: &'static Words) -> Option<Self> {
        outcome.map(|outcome| Self::of(outcome.word(), &words.outcome))
    }

    fn of(word: &'static str, texts: &'static ByWord) -> Self {
        Self {
            word,
            text: texts.of(word),
        }
    }
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
    citation: Option<String>,
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
    match site.standing(&uid)? {
        Standing::Found => {}
        Standing::Gone(_) => return Err(PageFault::Gone),
        Standing::Unknown => return Err(PageFault::Missing),
    }
    let detail = site.full_item(&uid)?.ok_or(PageFault::Missing)?;
    let view = View::parse(&asked.query, &detail.versions)?;
    let mut item = detail.item.clone();
    if let View::Version(version) = &view {
        show_version(&mut item, version);
    }
    let page = fill(site, asked, (&item, &detail, &view))?;
    // Verdicts and dossiers may change without the text, so no date of it speaks for the page.
    render(&page, None)
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
    (item, detail, view): (&ItemRecord, &FullItem, &View<'_>),
) -> Result<ItemPage, PageFault> {
    let (language, words) = (asked.language, &asked.language.words().item);
    let title = clean::line(&item.title);
    let frame = framed(site, asked, (item, view));
    let fields = item.fields.as_ref();
    let address = under(
        site.public_url(),
        &format!("{}items/{}", language.prefix(), item.uid),
    );
    Ok(ItemPage {
        // Old versions and comparisons are for readers, not for search engines.
        json_ld: frame
            .canonical
            .as_deref()
            .map(|address| json_ld::document(item, address)),
        text_lang: fields
            .map(|fields| tag(fields.lang))
            .filter(|tag| *tag != language.tag()),
        stage: Badge::stage(item.stage, language.words()),
        outcome: Badge::outcome(item.outcome, language.words()),
        notice: facts::notice(item, detail.versions.last(), words),
        facts: facts::facts(item, language, words),
        changes: versions::changes(view, language),
        text: sections::text(fields, words),
        attachments: sections::attachments(&detail.attachments, language, words),
        handlings: sections::handlings(&item.handlings, language, words),
        dossiers: dossiers(site, asked, &item.uid)?,
        matches: sections::matches(item, &asked.home(), words),
        versions: versions::rows(&detail.versions, language),
        citation: facts::citation(item, detail, address.as_str(), (language, words)),
        json: format!("{}api/items/{}", asked.root(), item.uid),
        previous: neighbour(
            site,
            asked,
            (item, fields.and_then(|fields| fields.previous.as_ref())),
        )?,
        next: neighbour(
            site,
            asked,
            (item, fields.and_then(|fields| fields.next.as_ref())),
        )?,
        title,
        frame,
    })
}

/// The frame: the municipality first in the title, because that is what people tell tabs apart by.
fn framed(site: &dyn Site, asked: &Asked, (item, view): (&ItemRecord, &View<'_>)) -> Frame {
    let title = format!(
        "{}: {}",
        clean::line(&item.municipality),
        clean::line(&item.title)
    );
    let frame =
        Frame::new(site, asked, Place::Elsewhere, &title).described(&content::summary(item));
    match view {
        View::Newest => frame,
        View::Version(_) | View::Changes(..) => frame.hidden(),
    }
}

/// The regional matters the item is part of.
fn dossiers(site: &dyn Site, asked: &Asked, uid: &Uid) -> Result<Vec<Link>, PageFault> {
    let found = site.dossiers_of(uid)?;
    let link = |dossier: &DossierSummary| Link {
        href: format!("{}dossiers/{}", asked.home(), dossier.slug),
        text: clean::line(&dossier.title),
    };
    Ok(found.iter().map(link).collect())
}

/// The way to a neighbour on the agenda, where the archive has it.
fn neighbour(
    site: &dyn Site,
    asked: &Asked,
    (item, key): (&ItemRecord, Option<&ItemKey>),
) -> Result<Option<String>, PageFault> {
    let (Some(key), Some((municipality, _))) = (key, item.uid.as_str().split_once('/')) else {
        return Ok(None);
    };
    let uid = Uid::of(municipality, key);
    let shown = site.standing(&uid)? == Standing::Found;
    Ok(shown.then(|| format!("{}items/{uid}", asked.home())))
}

fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Fi => "fi",
        Lang::Sv => "sv",
    }
}
