//! An entry before it has a format: what every format says of an item, cleaned once and for all of them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::ids::slug;
use crate::model::item::ItemRecord;
use crate::model::minutes::{ItemReading, Lang};
use crate::model::network::Verdict;

use super::diff::Run;
use super::tag::TagAuthority;
use super::texts::texts;
use super::{clean, content, diff};

/// An entry of a feed. All texts are cleaned; addresses are of the web.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Permanent identity, the same in every format.
    pub id: String,
    /// Title, plain text of one line.
    pub title: String,
    /// The municipality's page.
    pub url: Option<String>,
    /// What it says in a line, plain text.
    pub summary: String,
    /// What it says, sanitised HTML.
    pub html: String,
    /// When it last changed.
    pub updated: Timestamp,
    /// When it first appeared; never changes.
    pub published: Timestamp,
    /// Language of its texts: `fi`.
    pub lang: &'static str,
    /// Municipality and body; no person.
    pub author: String,
    /// Files that belong to it.
    pub files: Vec<EntryFile>,
    /// What it is filed under.
    pub categories: Vec<EntryCategory>,
    /// Whose feed it came from; `None` for what this program says itself.
    pub source: Option<EntrySource>,
    /// The facts as data; `None` for what is not about one item.
    pub facts: Option<Facts>,
}

/// A file that belongs to an entry.
#[derive(Clone, Debug)]
pub struct EntryFile {
    /// Where it is.
    pub url: String,
    /// What it is, where its address tells.
    pub media_type: Option<&'static str>,
    /// Its name, where it has one.
    pub title: Option<String>,
}

/// A category: the word the filters take as term, the name for people as label.
#[derive(Clone, Debug)]
pub struct EntryCategory {
    /// Of which kind, as a URI.
    pub scheme: String,
    /// The word.
    pub term: String,
    /// The name.
    pub label: String,
}

/// The municipality's own feed.
#[derive(Clone, Debug)]
pub struct EntrySource {
    /// Identity, minted here: RSS has none.
    pub id: String,
    /// Name.
    pub name: String,
    /// Who publishes it.
    pub author: String,
    /// Its address.
    pub feed: Option<String>,
}

/// What is known of an item, as data for programs: the object `_seutu` of JSON Feed.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Public key.
    pub uid: String,
    /// Name of the municipality.
    pub municipality: String,
    /// Statistics Finland's code of it.
    pub municipality_code: String,
    /// Body (toimielin).
    pub body: Option<String>,
    /// Day of the meeting.
    pub held_on: Option<Date>,
    /// Section number (pykälä).
    pub section_no: Option<u32>,
    /// Diary numbers.
    pub diary_numbers: Vec<String>,
    /// `agenda` or `minutes`.
    pub stage: Option<&'static str>,
    /// Outcome of the decision.
    pub outcome: Option<&'static str>,
    /// What was proposed.
    pub proposal: Option<String>,
    /// What was decided.
    pub decision: Option<String>,
    /// From the proposal to the decision, where the one is worded after the other.
    pub difference: Option<Vec<Run>>,
    /// From the decision of the version before to this one, where minutes were changed afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amendment: Option<Vec<Run>>,
    /// Slugs of the networks it belongs to.
    pub networks: Vec<String>,
    /// Number of the text: 1 is the first one seen, 0 none was read yet.
    pub version: u32,
    /// When it was withdrawn.
    pub withdrawn_at: Option<String>,
}

/// The entry of an item.
pub fn of_item(item: &ItemRecord, tags: &TagAuthority) -> Entry {
    Entry {
        id: tags.item_id(&item.uid),
        title: content::title(item),
        url: clean::web_address(item.url.as_str()),
        summary: content::summary(item),
        html: content::html(item),
        updated: updated(item),
        published: item.first_seen_at,
        lang: item
            .fields
            .as_ref()
            .map_or(Lang::Fi, |fields| fields.lang)
            .word(),
        author: clean::line(&publisher(item)),
        files: files(item),
        categories: categories(item, tags),
        source: Some(EntrySource {
            id: tags.source_id(&item.source),
            name: clean::line(&item.source_name),
            author: clean::line(&item.municipality),
            feed: clean::web_address(&item.source_feed),
        }),
        facts: Some(facts(item)),
    }
}

/// When the entry last changed in a way readers care for: its archived text, or its removal.
pub fn updated(item: &ItemRecord) -> Timestamp {
    item.withdrawn_at
        .map_or(item.changed_at, |gone| gone.max(item.changed_at))
}

fn publisher(item: &ItemRecord) -> String {
    match &item.body {
        Some(body) => format!("{}, {body}", item.municipality),
        None => item.municipality.clone(),
    }
}

/// The fields that may be shown: none of what was withdrawn.
fn shown(item: &ItemRecord) -> Option<&ItemReading> {
    item.fields.as_ref().filter(|_| item.withdrawn_at.is_none())
}

fn files(item: &ItemRecord) -> Vec<EntryFile> {
    let mut files: Vec<EntryFile> = vec![];
    let mut push = |address: &str, media_type: Option<&'static str>, title: Option<&str>| {
        if let Some(url) = clean::web_address(address)
            && !files.iter().any(|known| known.url == url)
        {
            files.push(EntryFile {
                url,
                media_type,
                title: title.map(clean::line),
            });
        }
    };
    if let Some(fields) = shown(item) {
        if let Some(pdf) = &fields.pdf_url {
            push(pdf.as_str(), Some("application/pdf"), None);
        }
        for file in &fields.attachments {
            let media_type = media_type(file.url.path());
            push(file.url.as_str(), media_type, Some(&file.title));
        }
    }
    files
}

/// The media type a file name ending tells; portals that serve files by number tell none.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "pdf" => Some("application/pdf"),
        "docx" => Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        "xlsx" => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        _ => None,
    }
}

fn categories(item: &ItemRecord, tags: &TagAuthority) -> Vec<EntryCategory> {
    let category = |scheme: &str, term: &str, label: &str| EntryCategory {
        scheme: tags.scheme(scheme),
        term: clean::line(term),
        label: clean::line(label),
    };
    let mut all = vec![category(
        "municipality",
        &slug(&item.municipality),
        &item.municipality,
    )];
    if let Some(body) = &item.body {
        all.push(category("body", &slug(body), body));
    }
    if let Some(stage) = item.stage {
        all.push(category("stage", stage.word(), texts().stage(stage)));
    }
    if let Some(outcome) = item.outcome {
        let label = texts().outcome(outcome);
        all.push(category("outcome", outcome.word(), label));
    }
    for found in networks(item) {
        all.push(category("network", &found.network, &found.network_name));
    }
    all
}

fn networks(item: &ItemRecord) -> impl Iterator<Item = &crate::model::item::MatchRecord> {
    item.matches
        .iter()
        .filter(|found| found.verdict == Verdict::In)
}

fn facts(item: &ItemRecord) -> Facts {
    let fields = shown(item);
    let text = |text: Option<&String>| text.map(|text| clean::text(text));
    Facts {
        uid: item.uid.to_string(),
        municipality: clean::line(&item.municipality),
        municipality_code: clean::line(&item.municipality_code),
        body: item.body.as_deref().map(clean::line),
        held_on: item.held_on,
        section_no: fields.and_then(|fields| fields.section_no),
        diary_numbers: fields.map_or_else(Vec::new, |fields| {
            let numbers = fields.diary_numbers.iter();
            numbers.map(|number| clean::line(number)).collect()
        }),
        stage: item.stage.map(crate::model::minutes::Stage::word),
        outcome: item.outcome.map(crate::model::minutes::Outcome::word),
        proposal: text(fields.and_then(|fields| fields.proposal.as_ref())),
        decision: text(fields.and_then(content::decision)),
        difference: fields.and_then(difference),
        amendment: amendment(item),
        networks: networks(item).map(|found| found.network.clone()).collect(),
        version: item.version_no,
        withdrawn_at: item.withdrawn_at.map(crate::model::when::utc_text),
    }
}

/// From the proposal to the decision, cleaned; `None` where they share less than half of their words: a decision that
/// only says that the proposal was accepted is no other wording of it.
pub fn difference(fields: &ItemReading) -> Option<Vec<Run>> {
    content::decision(fields)?;
    let runs = diff::decision(fields)?;
    let (mut same, mut removed, mut added) = (0, 0, 0);
    for run in &runs {
        match run {
            Run::Same(text) => same += text.split_whitespace().count(),
            Run::Removed(text) => removed += text.split_whitespace().count(),
            Run::Added(text) => added += text.split_whitespace().count(),
            Run::Elided(count) => same += count,
        }
    }
    let longer = same + removed.max(added);
    if removed + added == 0 || same * 2 < longer {
        return None;
    }
    Some(cleaned(runs))
}

/// From the decision of the version before to the decision as it is now, cleaned; `None` where it did not change after
/// it had come.
pub fn amendment(item: &ItemRecord) -> Option<Vec<Run>> {
    let text = |fields| content::decision(fields).map_or("", String::as_str);
    let (before, now) = (item.fields_before.as_ref(), shown(item));
    let (before, now) = (before.map(text)?, now.map(text)?);
    (before != now).then(|| cleaned(diff::compare(before, now)))
}

/// The changes with the words around them, as they may be shown.
fn cleaned(runs: Vec<Run>) -> Vec<Run> {
    let shortened = diff::elided(runs, diff::CONTEXT).into_iter();
    shortened
        .map(|run| match run {
            Run::Same(text) => Run::Same(clean::text(&text)),
            Run::Removed(text) => Run::Removed(clean::text(&text)),
            Run::Added(text) => Run::Added(clean::text(&text)),
            Run::Elided(count) => Run::Elided(count),
        })
        .collect()
}
