//! `seutu show`: one item with versions, evidence and attachments.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use super::table::printable;
use super::{Exit, Global, opening, say, say_json};
use crate::model::ids::Uid;
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::{ItemReading, Outcome, Stage};
use crate::model::takedown::TakedownRecord;

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Public key of the item: asikkala/2024375-8
    uid: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An item with its history, as `--json` prints it.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    item: ItemRecord,
    versions: Vec<VersionRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    takedown: Option<TakedownRecord>,
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
        takedown: reader.takedown(&uid)?,
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
    for attachment in &fields.attachments {
        let number = attachment
            .number
            .as_deref()
            .map(|n| format!("{n}: "))
            .unwrap_or_default();
        line(
            out,
            &format!(
                "attachment {number}{} <{}>",
                attachment.title, attachment.url
            ),
        );
    }
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
