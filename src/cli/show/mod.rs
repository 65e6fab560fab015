//! `seutu show`: one item with versions, evidence and attachments.

mod history;

use std::fmt::Write as _;

pub use history::marked;
use serde::Serialize;

use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use crate::archive::Reader;
use crate::model::document::AttachmentRecord;
use crate::model::ids::Uid;
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::{ItemReading, Outcome, Stage};
use crate::model::takedown::TakedownRecord;

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Public key of the item: asikkala/2024375-8
    uid: String,
    /// List every version: number, stage, when it was seen, who read it, what changed, its hash and address
    #[arg(long)]
    versions: bool,
    /// Show what differs between proposal and decision and from each version to the next; =A..B between two
    #[arg(long, value_name = "A..B", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    diff: Option<history::Span>,
    /// Show the text of this version instead of the newest
    #[arg(long, value_name = "N", conflicts_with_all = ["versions", "diff"])]
    version: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the text of its attachments, too
    #[arg(long)]
    text: bool,
}

/// An item with its history, as `--json` prints it.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    item: ItemRecord,
    versions: Vec<VersionRecord>,
    attachments: Vec<AttachmentRecord>,
    /// Titles and pages of the attachments whose text is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachment_pages: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    takedown: Option<TakedownRecord>,
}

/// An item's history alone, as `--json` prints it with `--versions` or `--diff`.
#[derive(Serialize)]
struct History<'a> {
    uid: &'a Uid,
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<&'a [VersionRecord]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'a history::Differences>,
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let reader = opening::reader(&config)?;
    let uid = Uid::new(&args.uid);
    let Some(item) = reader.item(&uid)? else {
        return Err(unknown(&reader, &uid)?);
    };
    let mut shown = Shown {
        versions: reader.versions(&uid)?,
        attachments: reader.attachments(&uid)?,
        attachment_pages: if args.text {
            reader.attachment_texts(&uid)?
        } else {
            vec![]
        },
        takedown: reader.takedown(&uid)?,
        item,
    };
    let asked = args.versions || args.diff.is_some() || args.version.is_some();
    anyhow::ensure!(
        !asked || !shown.versions.is_empty(),
        "{uid} has no versions: it is known from its listing alone, its page has not been read yet"
    );
    if args.versions || args.diff.is_some() {
        return tell_history(&shown, args);
    }
    if let Some(number) = args.version {
        let version = history::version(&shown.versions, number)?.clone();
        shown.item.stage = version.stage;
        shown.item.outcome = version.fields.outcome;
        shown.item.version_no = number;
        shown.item.handlings = version.handlings;
        shown.item.fields = Some(version.fields);
    }
    if args.json {
        say_json(&shown)?;
    } else {
        say(&printable(&text(&shown)))?;
    }
    Ok(Exit::Done)
}

fn tell_history(shown: &Shown, args: &Args) -> anyhow::Result<Exit> {
    let compare = |span| history::differences(&shown.item, &shown.versions, span);
    let found = args.diff.map(compare).transpose()?;
    if args.json {
        say_json(&History {
            uid: &shown.item.uid,
            versions: args.versions.then_some(&shown.versions),
            diff: found.as_ref(),
        })?;
        return Ok(Exit::Done);
    }
    let mut out = String::new();
    if args.versions {
        out.push_str(&printable(&history::list(&shown.versions)));
    }
    if let Some(found) = &found {
        line(
            &mut out,
            &history::text(&shown.item, found, history::marks()),
        );
    }
    say(&out)?;
    Ok(Exit::Done)
}

/// Says that there is no such item, and what stands near it.
pub fn unknown(reader: &Reader, uid: &Uid) -> anyhow::Result<anyhow::Error> {
    let remedy = remedy(reader, uid)?;
    Ok(anyhow::anyhow!("there is no item {uid}; {remedy}"))
}

/// What to do about a public key that is not there.
fn remedy(reader: &Reader, uid: &Uid) -> anyhow::Result<String> {
    let near = reader.uids_near(uid, 5)?;
    if near.is_empty() {
        return Ok("`seutu search` finds items by words".to_owned());
    }
    let near: Vec<_> = near.iter().map(Uid::as_str).collect();
    Ok(format!(
        "near it stand {}; `seutu search` finds items by words",
        near.join(", ")
    ))
}

fn text(shown: &Shown) -> String {
    let item = &shown.item;
    let day = item.held_on.map(|day| day.to_string()).unwrap_or_default();
    let mut out = format!(
        "{}\n{}, {} {day}\n{}\n{}\n",
        item.title,
        item.municipality,
        item.body.as_deref().unwrap_or("body not known"),
        stage_line(item),
        item.url
    );
    if let Some(found) = &shown.takedown {
        line(&mut out, &takedown_line(found));
    } else if let Some(at) = item.withdrawn_at {
        line(&mut out, &format!("withdrawn {at}: its page is gone"));
    }
    if let Some(fields) = &item.fields {
        add_fields(&mut out, fields);
    }
    for handling in &item.handlings {
        let day = handling
            .held_on
            .map(|day| day.to_string())
            .unwrap_or_default();
        let number = handling
            .section_no
            .map(|n| format!(" § {n}"))
            .unwrap_or_default();
        let body = handling.body.as_deref().unwrap_or_default();
        section(
            &mut out,
            &format!("earlier: {body} {day}{number}"),
            handling.decision.as_deref(),
        );
    }
    for attachment in &shown.attachments {
        add_attachment(&mut out, attachment);
    }
    for (title, page) in &shown.attachment_pages {
        section(&mut out, &format!("text of {title}"), Some(page));
    }
    add_matches(&mut out, item);
    for version in &shown.versions {
        line(
            &mut out,
            &format!(
                "version {}: {} since {} ({})",
                version.version_no,
                version.stage.map_or("text", Stage::word),
                version.seen_from,
                version.changed_fields.join(", ")
            ),
        );
    }
    out
}

fn takedown_line(found: &TakedownRecord) -> String {
    let TakedownRecord { at, takedown, .. } = found;
    let until = takedown.expires_on;
    let until = until.map_or(String::new(), |day| format!(" until {day}"));
    let note = takedown.note.as_deref();
    let note = note.map_or(String::new(), |note| format!(", {note}"));
    format!(
        "taken down {at}{until}: {}, for {}{note}",
        takedown.action.word(),
        takedown.reason.word()
    )
}

fn stage_line(item: &ItemRecord) -> String {
    match (item.stage, item.outcome) {
        (None, _) => "listed in the feed; the page is not read yet".to_owned(),
        (Some(stage), outcome) => {
            let outcome = outcome
                .map(Outcome::word)
                .map(|o| format!(", {o}"))
                .unwrap_or_default();
            format!("{}{outcome}, version {}", stage.word(), item.version_no)
        }
    }
}

fn add_fields(out: &mut String, fields: &ItemReading) {
    line(
        out,
        &fields
            .section_no
            .map(|n| format!("§ {n}"))
            .unwrap_or_default(),
    );
    line(out, &fields.diary_numbers.join(", "));
    for (label, value) in [
        ("preparer", &fields.preparer),
        ("presenter", &fields.presenter),
        ("background", &fields.background),
        ("proposal", &fields.proposal),
        ("proceedings", &fields.proceedings),
        ("votes", &fields.votes),
        ("decision", &fields.decision),
        ("dissent", &fields.dissent),
        ("conflicts of interest", &fields.conflicts),
        ("competence", &fields.competence),
        ("appeal", &fields.appeal_text),
        ("notified", &fields.notified),
    ] {
        section(out, label, value.as_deref());
    }
}

/// Letters of a hash that tell files apart at a glance.
const HASH: usize = 12;

fn add_attachment(out: &mut String, attachment: &AttachmentRecord) {
    let number = attachment.number.as_deref();
    let number = number.map(|n| format!("{n}: ")).unwrap_or_default();
    let mut facts = vec![attachment.status.word().to_owned()];
    facts.extend(attachment.gone_at.map(|at| format!("gone since {at}")));
    facts.extend(attachment.media_type.clone());
    facts.extend(attachment.bytes.map(|bytes| format!("{bytes} bytes")));
    facts.extend(attachment.pages.map(|pages| format!("{pages} pages")));
    let hash = attachment
        .sha256
        .as_deref()
        .and_then(|hash| hash.get(..HASH));
    facts.extend(hash.map(|hash| format!("sha256 {hash}")));
    facts.extend(attachment.error.clone());
    let (title, url) = (&attachment.title, &attachment.url);
    line(
        out,
        &format!("attachment {number}{title} <{url}>\n  {}", facts.join(", ")),
    );
}

fn add_matches(out: &mut String, item: &ItemRecord) {
    for found in &item.matches {
        section(
            out,
            &format!(
                "network {}: {} ({:.2}, {})",
                found.network,
                found.verdict.word(),
                found.score,
                found.decided_by
            ),
            Some(&found.explanation),
        );
        for evidence in &found.evidence {
            line(
                out,
                &format!(
                    "  {:+.2} {} in {}: {}",
                    evidence.weight,
                    evidence.rule,
                    evidence.field.word(),
                    evidence.quote
                ),
            );
        }
    }
}

fn section(out: &mut String, label: &str, text: Option<&str>) {
    if let Some(text) = text {
        line(out, &format!("\n{label}\n{text}"));
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    if !text.is_empty() && writeln!(out, "{text}").is_err() {}
}
