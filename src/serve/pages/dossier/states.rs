//! Where each member stands, and the handlings in time.

use crate::model::dossier::{DossierItem, MemberCell};
use crate::publish::clean;

use super::super::asked::Asked;
use super::super::item::{Badge, Link};
use super::super::matrix;
use super::super::words::Phrase;

/// Where one member stands.
pub(super) struct CellRow {
    pub(super) municipality: String,
    /// Class of the state, as in the matrix.
    pub(super) class: &'static str,
    pub(super) state: &'static Phrase,
    pub(super) why: Option<String>,
    pub(super) day: Option<String>,
    pub(super) outcome: Option<Badge>,
    pub(super) differs: Option<&'static Phrase>,
    pub(super) items: Vec<Link>,
}

/// One handling on the timeline.
pub(super) struct TimelineRow {
    pub(super) day: Option<String>,
    pub(super) municipality: String,
    pub(super) body: Option<String>,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) stage: Option<Badge>,
    pub(super) outcome: Option<Badge>,
    pub(super) joined: &'static Phrase,
    pub(super) note: String,
}

/// One row for each member.
pub(super) fn cells(cells: &[MemberCell], asked: &Asked) -> Vec<CellRow> {
    cells.iter().map(|cell| row(cell, asked)).collect()
}

fn row(cell: &MemberCell, asked: &Asked) -> CellRow {
    let (language, words) = (asked.language, &asked.language.words().dossier);
    let since = cell.why_since.map(|day| language.day(day));
    CellRow {
        municipality: clean::line(&cell.municipality),
        class: matrix::class(cell.state, cell.differs),
        state: language.words().member_state.of(cell.state.word()),
        why: cell.why.map(|why| {
            let text = language.words().unknown_reason.of(why.word());
            since.map_or_else(|| text.to_string(), |day| format!("{text} ({day}–)"))
        }),
        day: cell.on.map(|day| language.day(day)),
        outcome: Badge::outcome(cell.outcome, language.words()),
        differs: cell.differs.map(|differs| {
            if differs {
                &words.differs_yes
            } else {
                &words.differs_no
            }
        }),
        items: cell
            .items
            .iter()
            .map(|uid| Link {
                href: format!("{}items/{uid}", asked.home()),
                text: uid.to_string(),
            })
            .collect(),
    }
}

/// The handlings in the order of their meetings.
pub(super) fn timeline(items: &[DossierItem], asked: &Asked) -> Vec<TimelineRow> {
    let words = asked.language.words();
    let row = |entry: &DossierItem| {
        let item = &entry.item;
        TimelineRow {
            day: item.held_on.map(|day| asked.language.day(day)),
            municipality: clean::line(&item.municipality),
            body: item.body.as_deref().map(clean::line),
            title: clean::line(&item.title),
            href: format!("{}items/{}", asked.home(), item.uid),
            stage: Badge::stage(item.stage, words),
            outcome: Badge::outcome(item.outcome, words),
            joined: words.dossier.method.of(entry.method.word()),
            note: clean::line(&entry.note),
        }
    };
    items.iter().map(row).collect()
}
