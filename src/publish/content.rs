//! What an entry says, in every format alike: title, one-line summary, and HTML content.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::item::{ItemRecord, MatchRecord};
use crate::model::minutes::{ItemReading, Stage};
use crate::model::network::Verdict;

use super::clean;
use super::diff::Run;
use super::entry;
use super::html;
use super::texts::texts;

/// Longest summary, in characters.
pub(super) const SUMMARY_LIMIT: usize = 300;
/// Longest section of the content, in characters; a feed quotes, the municipality's page has the whole.
pub(super) const SECTION_LIMIT: usize = 20_000;

/// Title of the entry: the municipality first, because a merged feed is read by municipality.
pub fn title(item: &ItemRecord) -> String {
    let matter = if item.withdrawn_at.is_some() {
        &texts().withdrawn_title
    } else {
        &item.title
    };
    clean::line(&format!("{}: {matter}", item.municipality))
}

/// One line that says what was decided, or what is proposed, or why neither is known.
pub fn summary(item: &ItemRecord) -> String {
    let texts = texts();
    if item.withdrawn_at.is_some() {
        return texts.withdrawn.clone();
    }
    let Some(fields) = &item.fields else {
        return texts.unread.clone();
    };
    let said = match fields.stage {
        Some(Stage::Minutes) => {
            let decision = fields.decision.as_deref().and_then(first_line);
            match (item.outcome, decision) {
                (Some(outcome), Some(line)) => format!("{}: {line}", texts.outcome(outcome)),
                (Some(outcome), None) => texts.outcome(outcome).to_owned(),
                (None, Some(line)) => line,
                (None, None) => texts.no_decision.clone(),
            }
        }
        Some(Stage::Agenda) => fields.proposal.as_deref().and_then(first_line).map_or_else(
            || texts.no_proposal.clone(),
            |line| texts.proposed.replace("{text}", &line),
        ),
        // What a plain feed says is of no known stage.
        None => fields
            .background
            .as_deref()
            .and_then(first_line)
            .unwrap_or_default(),
    };
    shortened(&said, SUMMARY_LIMIT).unwrap_or(said)
}

/// The first line with a text in it, cleaned; a line that only begins a sentence (a body's name before
/// a list of what it decides) is joined with the next.
fn first_line(text: &str) -> Option<String> {
    let plain = |line: &str| clean::line(line.trim_start_matches("- "));
    let mut lines = text.lines().map(plain).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if first.ends_with(['.', '!', '?', ';']) {
        return Some(first);
    }
    Some(
        lines
            .next()
            .map_or(first.clone(), |next| format!("{first} {next}")),
    )
}

/// The text cut at the limit with an ellipsis; `None` where it is short enough.
fn shortened(text: &str, limit: usize) -> Option<String> {
    text.char_indices().nth(limit)?;
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    Some(format!("{}…", kept.trim_end()))
}

/// The content: where and when, what was decided and proposed, why it is in the network, what belongs to it.
///
/// Presenter and preparer are left out: a feed carries what was decided, not persons.
pub fn html(item: &ItemRecord) -> String {
    let texts = texts();
    let mut out = html::element("p", &place_and_time(item));
    out.push('\n');
    if item.withdrawn_at.is_some() {
        out.push_str(&html::element("p", &texts.withdrawn));
        return html::sanitize(&out);
    }
    match &item.fields {
        Some(fields) => {
            let change = entry::amendment(item);
            push_runs(&mut out, &texts.heading.amendment, change.as_deref());
            push_sections(&mut out, fields);
        }
        None => out.push_str(&html::element("p", &texts.unread)),
    }
    push_evidence(&mut out, &item.matches);
    if let Some(fields) = &item.fields {
        push_attachments(&mut out, fields);
    }
    out.push_str(&html::wrapped(
        "p",
        &html::link(item.url.as_str(), &texts.heading.original),
    ));
    html::sanitize(&out)
}

fn place_and_time(item: &ItemRecord) -> String {
    let texts = texts();
    let fields = item.fields.as_ref().filter(|_| item.withdrawn_at.is_none());
    let diary = fields
        .map(|fields| fields.diary_numbers.join(", "))
        .filter(|numbers| !numbers.is_empty());
    let parts = [
        Some(item.municipality.clone()),
        item.body.clone(),
        item.held_on.map(day),
        fields
            .and_then(|fields| fields.section_no)
            .map(|number| texts.section.replace("{number}", &number.to_string())),
        item.stage.map(|stage| texts.stage(stage).to_owned()),
        item.outcome
            .map(|outcome| texts.outcome(outcome).to_owned()),
        diary.map(|numbers| texts.diary.replace("{numbers}", &numbers)),
    ];
    clean::line(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// A day as Finns write it: `14.3.2024`.
pub fn day(date: Date) -> String {
    format!("{}.{}.{}", date.day(), date.month(), date.year())
}

fn push_sections(out: &mut String, fields: &ItemReading) {
    let heading = &texts().heading;
    // An agenda has no decision whatever its page carries; the archive holds none, and if it did,
    // the feed would not say it.
    push_section(out, &heading.decision, decision(fields).map(String::as_str));
    push_section(out, &heading.proposal, fields.proposal.as_deref());
    // Where the one is worded after the other.
    let difference = entry::difference(fields);
    push_runs(out, &heading.difference, difference.as_deref());
    if fields.decision.is_none() && fields.proposal.is_none() {
        push_section(out, &heading.background, fields.background.as_deref());
    }
}

/// What was decided; an agenda has no decision whatever its page carries.
pub(super) fn decision(fields: &ItemReading) -> Option<&String> {
    fields
        .decision
        .as_ref()
        .filter(|_| fields.stage == Some(Stage::Minutes))
}

/// From one text to another, where there is anything to tell.
fn push_runs(out: &mut String, heading: &str, runs: Option<&[Run]>) {
    let Some(runs) = runs else {
        return;
    };
    out.push_str(&html::element("h3", heading));
    let said: Vec<_> = runs
        .iter()
        .map(|run| match run {
            Run::Same(text) => html::element("span", text),
            Run::Removed(text) => html::element("del", text),
            Run::Added(text) => html::element("ins", text),
            Run::Elided(_) => "…".to_owned(),
        })
        .collect();
    out.push_str(&html::wrapped("p", &said.join(" ")));
    out.push('\n');
}

fn push_section(out: &mut String, heading: &str, text: Option<&str>) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return;
    };
    out.push_str(&html::element("h3", heading));
    out.push('\n');
    match shortened(text, SECTION_LIMIT) {
        Some(cut) => {
            out.push_str(&html::from_text(&cut));
            out.push_str(&html::element("p", &texts().cut));
        }
        None => out.push_str(&html::from_text(text)),
    }
}

/// Verdicts worth showing: the item is in the network, or a person should look.
pub fn shown_matches(matches: &[MatchRecord]) -> impl Iterator<Item = &MatchRecord> {
    matches
        .iter()
        .filter(|found| matches!(found.verdict, Verdict::In | Verdict::Maybe))
}

fn push_evidence(out: &mut String, matches: &[MatchRecord]) {
    let mut shown = shown_matches(matches).peekable();
    if shown.peek().is_none() {
        return;
    }
    out.push_str(&html::element("h3", &texts().heading.evidence));
    out.push('\n');
    for found in shown {
        let why = match found.verdict {
            Verdict::In | Verdict::Out => found.explanation.clone(),
            Verdict::Maybe => texts()
                .doubtful
                .replace("{explanation}", &found.explanation),
        };
        out.push_str(&html::element(
            "p",
            &clean::line(&format!("{}: {why}", found.network_name)),
        ));
        out.push('\n');
        // Several rules may find their words in one passage: it is quoted once.
        let mut quoted = BTreeSet::new();
        for evidence in &found.evidence {
            let quote = clean::line(&evidence.quote);
            if quoted.insert(quote.clone()) {
                out.push_str(&html::element("blockquote", &quote));
                out.push('\n');
            }
        }
    }
}

fn push_attachments(out: &mut String, fields: &ItemReading) {
    if fields.attachments.is_empty() {
        return;
    }
    out.push_str(&html::element("h3", &texts().heading.attachments));
    out.push_str("\n<ul>");
    for attachment in &fields.attachments {
        let title = clean::line(&attachment.title);
        out.push_str(&html::wrapped(
            "li",
            &html::link(attachment.url.as_str(), &title),
        ));
    }
    out.push_str("</ul>\n");
}
