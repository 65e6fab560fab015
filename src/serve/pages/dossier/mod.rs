//! The page of one regional matter: where each member stands, its timeline, and how the texts differ.

pub(in crate::serve) mod words;

use crate::model::dossier::{
    DossierItem, DossierRecord, DossierSummary, MemberCell, MemberWording, WordingComparison,
    WordingOf,
};
use crate::publish::{clean, content, diff};

use self::words::DossierWords;
use super::item::words::by_word;

/// Words left around a difference from the model.
const CONTEXT: usize = 10;

/// Where one member stands.
struct CellRow<'w> {
    municipality: String,
    /// Class of the state: `decided`, `on-agenda`, `not-seen` or `unknown`.
    class: &'static str,
    state: &'w str,
    why: Option<String>,
    day: Option<String>,
    outcome: Option<&'static str>,
    differs: Option<&'w str>,
    items: Vec<Link>,
}

struct Link {
    href: String,
    text: String,
}

/// One handling on the timeline.
struct TimelineRow<'w> {
    day: String,
    municipality: String,
    body: Option<String>,
    title: String,
    href: String,
    stage: Option<&'static str>,
    outcome: Option<&'static str>,
    joined: &'w str,
    note: String,
}

/// The texts of one kind.
struct ComparisonBlock<'w> {
    heading: &'w str,
    id: &'static str,
    model: String,
    model_of: String,
    texts: Vec<WordingRow>,
}

struct WordingRow {
    name: String,
    href: String,
    outcome: Option<&'static str>,
    similarity: String,
    /// `None` where it says what the model says.
    difference: Option<String>,
}

fn cell_row<'w>(cell: &MemberCell, words: &'w DossierWords, root: &str) -> CellRow<'w> {
    let since = cell.why_since.map(content::day);
    let why = cell.why.map(|why| {
        let text = by_word(&words.why, why.word());
        since.map_or(text.to_owned(), |day| format!("{text} ({day}–)"))
    });
    CellRow {
        municipality: clean::line(&cell.municipality),
        class: class(cell),
        state: by_word(&words.state, cell.state.word()),
        why,
        day: cell.on.map(content::day),
        outcome: cell.outcome.map(crate::model::minutes::Outcome::word),
        differs: cell.differs.map(|differs| {
            if differs {
                words.differs_yes.as_str()
            } else {
                words.differs_no.as_str()
            }
        }),
        items: cell
            .items
            .iter()
            .map(|uid| Link {
                href: format!("{root}items/{uid}"),
                text: uid.to_string(),
            })
            .collect(),
    }
}

fn class(cell: &MemberCell) -> &'static str {
    use crate::model::dossier::MemberState;
    match cell.state {
        MemberState::NotSeen => "not-seen",
        MemberState::OnAgenda => "on-agenda",
        MemberState::Decided => "decided",
        MemberState::Unknown => "unknown",
    }
}

fn timeline_row<'w>(entry: &DossierItem, words: &'w DossierWords, root: &str) -> TimelineRow<'w> {
    let item = &entry.item;
    TimelineRow {
        day: item.held_on.map(content::day).unwrap_or_default(),
        municipality: clean::line(&item.municipality),
        body: item.body.as_deref().map(clean::line),
        title: clean::line(&item.title),
        href: format!("{root}items/{}", item.uid),
        stage: item.stage.map(crate::model::minutes::Stage::word),
        outcome: item.outcome.map(crate::model::minutes::Outcome::word),
        joined: by_word(&words.method, entry.method.word()),
        note: clean::line(&entry.note),
    }
}

fn comparison_block<'w>(
    compared: &WordingComparison,
    words: &'w DossierWords,
    root: &str,
) -> ComparisonBlock<'w> {
    let (heading, id) = match compared.of {
        WordingOf::Proposal => (&words.of_proposal, "proposals"),
        WordingOf::Decision => (&words.of_decision, "decisions"),
    };
    let model_texts = compared
        .texts
        .iter()
        .filter(|text| compared.model_items.contains(&text.uid));
    let names: Vec<_> = model_texts.map(name).collect();
    ComparisonBlock {
        heading,
        id,
        model: super::item::safe(&compared.model),
        model_of: words.model_of.replace("{names}", &names.join(", ")),
        texts: compared
            .texts
            .iter()
            .map(|text| wording_row(text, words, root))
            .collect(),
    }
}

fn name(text: &MemberWording) -> String {
    match text.held_on {
        Some(day) => format!("{} {}", clean::line(&text.municipality), content::day(day)),
        None => clean::line(&text.municipality),
    }
}

fn wording_row(text: &MemberWording, words: &DossierWords, root: &str) -> WordingRow {
    let runs = (!text.differences.is_empty()).then(|| text.differences.clone());
    // Rounded down: only what is the same is one hundred per cent.
    let percent = (text.similarity * 100.0).floor();
    WordingRow {
        name: name(text),
        href: format!("{root}items/{}", text.uid),
        outcome: text.outcome.map(crate::model::minutes::Outcome::word),
        similarity: words.similarity.replace("{percent}", &format!("{percent:.0}")),
        difference: runs.map(|runs| diff::html(&diff::elided(runs, CONTEXT))),
    }
}

fn sum(summary: &DossierSummary, words: &DossierWords) -> String {
    [
        ("{decided}", summary.decided),
        ("{on_agenda}", summary.on_agenda),
        ("{not_seen}", summary.not_seen),
        ("{unknown}", summary.unknown),
    ]
    .into_iter()
    .fold(words.sum.clone(), |text, (hole, count)| {
        text.replace(hole, &count.to_string())
    })
}
