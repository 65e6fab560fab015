//! `seutu show`: one item with versions, evidence and attachments.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use crate::model::document::AttachmentRecord;
use crate::model::ids::Uid;
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::{ItemReading, Outcome, Stage};

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Public key of the item: asikkala/2024375-8
    uid: String,
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
}

/// Runs the command.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let config = opening::config(global)?;
    let reader = opening::reader(&config)?;
    let uid = Uid::new(&args.uid);
    let item = reader
        .item(&uid)?
        .with_context(|| format!("there is no item {uid}; `seutu search` finds items by words"))?;
    let shown = Shown {
        versions: reader.versions(&uid)?,
        attachments: reader.attachments(&uid)?,
        attachment_pages: if args.text {
            reader.attachment_texts(&uid)?
        } else {
            vec![]
        },
        item,
    };
    if args.json {
        say_json(&shown)?;
    } else {
        say(&printable(&text(&shown)))?;
    }
    Ok(Exit::Done)
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
