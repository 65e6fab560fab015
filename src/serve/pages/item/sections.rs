//! The texts of an item: proposal and decision side by side, the rest below, what belongs to it and why.

use crate::model::document::AttachmentRecord;
use crate::model::item::{ItemRecord, MatchRecord};
use crate::model::minutes::{Handling, ItemReading, Stage};
use crate::model::network::Verdict;
use crate::publish::diff::{self, Run};
use crate::publish::{clean, content, html};

use super::super::language::PageLanguage;
use super::super::words::{ItemWords, Phrase};

/// What an item says.
pub(super) struct Text {
    pub(super) proposal: Side,
    pub(super) decision: Side,
    /// `None` unless there are both a proposal and a decision.
    pub(super) comparison: Option<Comparison>,
    pub(super) sections: Vec<Section>,
}

/// A proposal or a decision: its text, or why there is none.
pub(super) struct Side {
    pub(super) html: Option<String>,
    pub(super) missing: &'static Phrase,
}

/// What a decision changes in its proposal.
pub(super) struct Comparison {
    /// `None` where both say the same.
    pub(super) difference: Option<String>,
}

/// A text under its heading, as HTML.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static Phrase,
    pub(super) html: String,
}

/// One file.
pub(super) struct AttachmentRow {
    pub(super) number: Option<String>,
    pub(super) title: String,
    pub(super) href: Option<String>,
    pub(super) facts: String,
}

/// One earlier handling.
pub(super) struct HandlingRow {
    /// The body, in its own language.
    pub(super) body: Option<String>,
    /// Its day and section.
    pub(super) heading: String,
    pub(super) sections: Vec<(&'static Phrase, String)>,
}

/// Why an item belongs to a network.
pub(super) struct MatchRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) verdict: &'static Phrase,
    pub(super) decided_by: &'static Phrase,
    pub(super) explanation: String,
    pub(super) evidence: Vec<EvidenceRow>,
}

/// One reason, quoted.
pub(super) struct EvidenceRow {
    pub(super) rule: String,
    pub(super) quote: String,
    pub(super) weight: String,
}

/// An archived text as HTML that went through the gate.
pub(in crate::serve::pages) fn safe(text: &str) -> String {
    html::sanitize(&html::from_text(text))
}

/// The texts of what was read; `None` before it was.
pub(super) fn text(fields: Option<&ItemReading>, words: &'static ItemWords) -> Option<Text> {
    let fields = fields?;
    let agenda = fields.stage == Some(Stage::Agenda);
    Some(Text {
        proposal: Side {
            html: fields.proposal.as_deref().map(safe),
            missing: &words.no_proposal,
        },
        // An agenda has no decision, whatever its page carries.
        decision: if agenda {
            Side {
                html: None,
                missing: &words.no_decision_agenda,
            }
        } else {
            Side {
                html: fields.decision.as_deref().map(safe),
                missing: if fields.stage.is_some() {
                    &words.no_decision_minutes
                } else {
                    &words.no_decision_unknown
                },
            }
        },
        comparison: if agenda { None } else { comparison(fields) },
        sections: sections(fields, words),
    })
}

fn comparison(fields: &ItemReading) -> Option<Comparison> {
    let runs = diff::decision(fields)?;
    let differs = runs.iter().any(|run| !matches!(run, Run::Same(_)));
    Some(Comparison {
        difference: differs.then(|| diff::html(&diff::elided(runs, diff::CONTEXT))),
    })
}

/// The texts besides proposal and decision, in the order of minutes.
fn sections(fields: &ItemReading, words: &'static ItemWords) -> Vec<Section> {
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

/// The files in the order of the page.
pub(super) fn attachments(
    attachments: &[AttachmentRecord],
    language: PageLanguage,
    words: &ItemWords,
) -> Vec<AttachmentRow> {
    let row = |attachment: &AttachmentRecord| AttachmentRow {
        number: attachment.number.as_deref().map(clean::line),
        title: clean::line(&attachment.title),
        href: clean::web_address(&attachment.url),
        facts: attachment_facts(attachment, language, words),
    };
    attachments.iter().map(row).collect()
}

fn attachment_facts(
    attachment: &AttachmentRecord,
    language: PageLanguage,
    words: &ItemWords,
) -> String {
    let state = attachment.gone_at.map_or_else(
        || words.status.of(attachment.status.word()).clone(),
        |at| words.attachment_gone.with("day", language.moment(at).text),
    );
    let pages = attachment.pages.map(|pages| match pages {
        1 => words.pages_one.clone(),
        count => words.pages.with("count", count),
    });
    let facts = [
        Some(state.to_string()),
        attachment.media_type.as_deref().map(clean::line),
        attachment.bytes.map(|bytes| language.size(bytes)),
        pages.map(|pages| pages.to_string()),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The earlier handlings in the order of the page.
pub(super) fn handlings(
    handlings: &[Handling],
    language: PageLanguage,
    words: &'static ItemWords,
) -> Vec<HandlingRow> {
    let row = |handling: &Handling| {
        let parts = [
            handling.held_on.map(|day| language.day(day)),
            handling.section_no.map(|number| format!("§ {number}")),
        ];
        let body = handling.body.as_deref().map(clean::line);
        let body = body.filter(|name| !name.is_empty());
        let heading = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let texts = [
            (&words.background, &handling.text),
            (&words.proposal, &handling.proposal),
            (&words.decision, &handling.decision),
        ];
        let said = texts
            .into_iter()
            .filter_map(|(heading, text)| Some((heading, safe(text.as_deref()?))));
        HandlingRow {
            heading: Some(heading)
                .filter(|heading| !heading.is_empty() || body.is_some())
                .unwrap_or_else(|| words.handling_unnamed.to_string()),
            body,
            sections: said.collect(),
        }
    };
    handlings.iter().map(row).collect()
}

/// The verdicts worth showing, with what they stand on; `home` leads to the front page.
pub(super) fn matches(item: &ItemRecord, home: &str, words: &'static ItemWords) -> Vec<MatchRow> {
    let row = |found: &MatchRecord| MatchRow {
        name: clean::line(&found.network_name),
        href: format!("{home}networks/{}", found.network),
        verdict: match found.verdict {
            Verdict::In => &words.belongs,
            Verdict::Maybe | Verdict::Out => &words.maybe,
        },
        decided_by: match found.decided_by.as_str() {
            "human" => &words.by_human,
            _ => &words.by_rules,
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
