//! The page of one item: proposal and decision side by side, what differs, evidence, attachments, earlier
//! handlings, versions, and how to cite it.

mod facts;
mod json_ld;
mod versions;
pub(in crate::serve) mod words;

use askama::Template;

use crate::model::document::AttachmentRecord;
use crate::model::ids::{ItemKey, Uid};
use crate::model::item::{ItemRecord, VersionRecord};
use crate::model::minutes::{Handling, ItemReading, Stage};
use crate::publish::diff::{self, Run};
use crate::publish::{clean, content, html};

use self::versions::{ChangeRow, VersionRow};
use self::words::{ItemWords, by_word};

/// Which state of an item is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// The newest text.
    #[default]
    Newest,
    /// The text of one version.
    Version(u32),
    /// What differs from one version to another.
    Changes(u32, u32),
}

/// A text under its heading, as HTML.
struct Section<'w> {
    id: &'static str,
    heading: &'w str,
    html: String,
}

/// A proposal or a decision: its text, or why there is none.
struct Side<'w> {
    html: Option<String>,
    missing: &'w str,
}

/// A proposal beside its decision.
struct Comparison {
    /// From the first to the second; `None` where both say the same.
    difference: Option<String>,
}

struct AttachmentRow {
    number: Option<String>,
    title: String,
    href: Option<String>,
    facts: String,
}

struct HandlingRow<'w> {
    heading: String,
    sections: Vec<(&'w str, String)>,
}

struct MatchRow<'w> {
    name: String,
    href: String,
    verdict: &'w str,
    decided_by: &'w str,
    explanation: String,
    evidence: Vec<EvidenceRow>,
}

struct EvidenceRow {
    rule: String,
    quote: String,
    weight: String,
}

/// The sections of a text besides proposal and decision, in the order of minutes.
fn sections<'w>(fields: &ItemReading, words: &'w ItemWords) -> Vec<Section<'w>> {
    let texts = [
        ("background", &words.background, &fields.background),
        ("proceedings", &words.proceedings, &fields.proceedings),
        ("votes", &words.votes, &fields.votes),
        ("dissent", &words.dissent, &fields.dissent),
        ("conflicts", &words.conflicts, &fields.conflicts),
        ("competence", &words.competence, &fields.competence),
        ("appeal", &words.appeal, &fields.appeal_text),
        ("notified", &words.notified, &fields.notified),
    ];
    let said = texts.into_iter().filter_map(|(id, heading, text)| {
        let text = text.as_deref().filter(|text| !text.trim().is_empty())?;
        Some(Section {
            id,
            heading,
            html: safe(text),
        })
    });
    said.collect()
}

/// An archived text as HTML that went through the gate.
pub(super) fn safe(text: &str) -> String {
    html::sanitize(&html::from_text(text))
}

fn proposal<'w>(fields: Option<&ItemReading>, words: &'w ItemWords) -> Side<'w> {
    Side {
        html: fields
            .and_then(|fields| fields.proposal.as_deref())
            .map(safe),
        missing: &words.no_proposal,
    }
}

fn decision<'w>(fields: Option<&ItemReading>, words: &'w ItemWords) -> Side<'w> {
    let minutes = fields.is_some_and(|fields| fields.stage != Some(Stage::Agenda));
    Side {
        html: fields
            .filter(|_| minutes)
            .and_then(|fields| fields.decision.as_deref())
            .map(safe),
        missing: if minutes {
            &words.no_decision_minutes
        } else {
            &words.no_decision_agenda
        },
    }
}

/// What the decision changes; `None` unless there are both texts.
fn comparison(fields: &ItemReading) -> Option<Comparison> {
    let runs = diff::decision(fields)?;
    let differs = runs.iter().any(|run| !matches!(run, Run::Same(_)));
    Some(Comparison {
        difference: differs.then(|| diff::html(&diff::elided(runs, diff::CONTEXT))),
    })
}

fn attachment_row(attachment: &AttachmentRecord, words: &ItemWords) -> AttachmentRow {
    let pages = attachment.pages.map(|pages| match pages {
        1 => words.pages_one.clone(),
        count => words.pages.replace("{count}", &count.to_string()),
    });
    let facts = [
        Some(match attachment.gone_at {
            Some(at) => words
                .attachment_gone
                .replace("{day}", &super::moment(at).day),
            None => by_word(&words.status, attachment.status.word()).to_owned(),
        }),
        attachment.media_type.as_deref().map(clean::line),
        attachment.bytes.map(super::size),
        pages,
    ];
    AttachmentRow {
        number: attachment.number.as_deref().map(clean::line),
        title: clean::line(&attachment.title),
        href: clean::web_address(&attachment.url),
        facts: facts.into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

fn handling_row<'w>(handling: &Handling, words: &'w ItemWords) -> HandlingRow<'w> {
    let parts = [
        handling.body.as_deref().map(clean::line),
        handling.held_on.map(content::day),
        handling.section_no.map(|number| format!("§ {number}")),
    ];
    let heading = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let texts = [
        (&words.background, &handling.text),
        (&words.proposal, &handling.proposal),
        (&words.decision, &handling.decision),
    ];
    HandlingRow {
        heading: if heading.is_empty() {
            words.handling_unnamed.clone()
        } else {
            heading
        },
        sections: texts
            .into_iter()
            .filter_map(|(heading, text)| Some((heading.as_str(), safe(text.as_deref()?))))
            .collect(),
    }
}

fn match_rows<'w>(item: &ItemRecord, words: &'w ItemWords, root: &str) -> Vec<MatchRow<'w>> {
    let row = |found: &crate::model::item::MatchRecord| MatchRow {
        name: clean::line(&found.network_name),
        href: format!("{root}networks/{}", found.network),
        verdict: if found.verdict == crate::model::network::Verdict::In {
            &words.belongs
        } else {
            &words.maybe
        },
        decided_by: if found.decided_by == "human" {
            &words.by_human
        } else {
            &words.by_rules
        },
        explanation: clean::line(&found.explanation),
        evidence: found
            .evidence
            .iter()
            .map(|evidence| EvidenceRow {
                rule: clean::line(&evidence.rule),
                quote: clean::line(&evidence.quote),
                weight: format!("{:+.2}", evidence.weight),
            })
            .collect(),
    };
    content::shown_matches(&item.matches).map(row).collect()
}

/// The public key of a neighbour in the same source.
fn neighbour(item: &ItemRecord, key: Option<&ItemKey>) -> Option<Uid> {
    let (municipality, _) = item.uid.as_str().split_once('/')?;
    Some(Uid::of(municipality, key?))
}
