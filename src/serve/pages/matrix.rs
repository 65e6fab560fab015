//! Who has decided what: the matters of a network, with where each member stands.

use jiff::civil::Date;

use crate::model::dossier::{DossierSummary, MemberCell, MemberState, UnknownReason};
use crate::publish::clean;

use super::super::site::{Site, SiteFault};
use super::asked::Asked;
use super::language::PageLanguage;
use super::lines::item_page;
use super::words::Words;

/// The matrix of a network.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What it shows, in a sentence.
    pub caption: String,
    /// Names of the members, in the order of the columns.
    pub members: Vec<String>,
    /// The matters, the latest first.
    pub rows: Vec<MatrixRow>,
    /// The states with what shows them, for the legend.
    pub legend: Vec<(&'static str, String)>,
}

/// A matter.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// The way to its page.
    pub href: String,
    /// Its name.
    pub title: String,
    /// How many have decided.
    pub tally: String,
    /// Why nothing can be said of some members: `lähde ei vastaa: Hartola, Sysmä`.
    pub doubts: Vec<String>,
    /// A cell for every member.
    pub cells: Vec<Cell>,
}

/// Where a member stands.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub municipality: String,
    /// Its state, which names the class and the picture.
    pub class: &'static str,
    /// The day that tells, short: `14.3.`
    pub day: Option<String>,
    /// All of it in words: `päätetty 14.3.2024, hyväksyttiin, poikkeaa ehdotuksesta`.
    pub words: String,
    /// The way to the item that tells.
    pub href: Option<String>,
}

/// The matrix of a network, at most so many matters of it.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn of(
    site: &dyn Site,
    asked: &Asked,
    (slug, name): (&str, &str),
    most: usize,
) -> Result<Matrix, SiteFault> {
    let found = site.matrix(slug)?;
    let words = asked.language.words();
    let members = found.first().map_or(&[][..], |(_, cells)| cells.as_slice());
    Ok(Matrix {
        caption: words
            .matrix
            .caption
            .with("network", clean::line(name))
            .to_string(),
        members: members
            .iter()
            .map(|cell| clean::line(&cell.municipality))
            .collect(),
        rows: found
            .iter()
            .take(most)
            .map(|(summary, cells)| row(asked, summary, cells))
            .collect(),
        legend: legend(words),
    })
}

/// What is good news first.
fn legend(words: &Words) -> Vec<(&'static str, String)> {
    let of = |state: MemberState| {
        let text = words.member_state.of(state.word());
        (class(state, None), text.to_string())
    };
    vec![
        of(MemberState::Decided),
        (CHANGED, words.matrix.differs.to_string()),
        of(MemberState::OnAgenda),
        of(MemberState::NotSeen),
        of(MemberState::Unknown),
    ]
}

/// A decision that says something else than was proposed.
const CHANGED: &str = "changed";

/// The class that shows a state, in the matrix and beside it.
pub(super) fn class(state: MemberState, differs: Option<bool>) -> &'static str {
    match state {
        MemberState::Decided if differs == Some(true) => CHANGED,
        MemberState::Decided => "decided",
        MemberState::OnAgenda => "agenda",
        MemberState::NotSeen => "none",
        MemberState::Unknown => "unknown",
    }
}

fn row(asked: &Asked, summary: &DossierSummary, cells: &[MemberCell]) -> MatrixRow {
    let tally = &asked.language.words().matrix.tally;
    MatrixRow {
        href: format!("{}dossiers/{}", asked.home(), summary.slug),
        title: clean::line(&summary.title),
        tally: tally
            .with("decided", summary.decided)
            .with("members", summary.members)
            .to_string(),
        doubts: doubts(asked.language, cells),
        cells: cells.iter().map(|of| cell(asked, of)).collect(),
    }
}

/// Each reason with the members it holds for, in the order of their names.
fn doubts(language: PageLanguage, cells: &[MemberCell]) -> Vec<String> {
    let reasons = &language.words().unknown_reason;
    let of = |reason: &UnknownReason| {
        let members = cells.iter().filter(|cell| cell.why == Some(*reason));
        let members = members.map(|cell| clean::line(&cell.municipality));
        let members = members.collect::<Vec<_>>().join(", ");
        (!members.is_empty()).then(|| format!("{}: {members}", reasons.of(reason.word())))
    };
    UnknownReason::ALL.iter().filter_map(of).collect()
}

fn cell(asked: &Asked, of: &MemberCell) -> Cell {
    let language = asked.language;
    Cell {
        municipality: clean::line(&of.municipality),
        class: class(of.state, of.differs),
        day: of.on.map(short),
        words: sentence(language, of),
        href: of.items.last().map(|uid| item_page(asked, uid.as_str())),
    }
}

/// Day and month are enough beside the year of the matter.
fn short(day: Date) -> String {
    format!("{}.{}.", day.day(), day.month())
}

fn sentence(language: PageLanguage, cell: &MemberCell) -> String {
    let words = language.words();
    let state = words.member_state.of(cell.state.word()).to_string();
    let first = match cell.on {
        Some(day) => format!("{state} {}", language.day(day)),
        None => state,
    };
    let outcome = cell
        .outcome
        .map(|outcome| words.outcome.of(outcome.word()).to_string().to_lowercase());
    let differs = cell.differs.filter(|differs| *differs);
    let why = cell
        .why
        .map(|why| words.unknown_reason.of(why.word()).to_string());
    let parts = [
        Some(first),
        outcome,
        differs.map(|_| words.matrix.differs.to_string()),
        why,
        cell.why_since.map(|day| {
            let since = &words.matrix.since;
            since.with("day", language.day(day)).to_string()
        }),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
