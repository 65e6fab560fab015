//! Dossiers as text for terminals.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use crate::cli::show::marked;
use crate::cli::table::{Table, printable};
use crate::model::dossier::{
    DossierRecord, DossierSummary, MemberCell, MemberState, WordingComparison,
};
use crate::model::minutes::Outcome;
use crate::publish::diff::{COLOURS, PLAIN};

/// The lines of the dossiers.
pub(super) fn listed(dossiers: &[DossierSummary]) -> String {
    if dossiers.is_empty() {
        return "there is no dossier yet: items of a network are joined after each poll".to_owned();
    }
    let mut table = Table::new([
        "dossier",
        "title",
        ">members",
        ">decided",
        ">on agenda",
        ">not seen",
        ">unknown",
        "latest",
    ]);
    for dossier in dossiers {
        table.row([
            dossier.slug.clone(),
            printable(&dossier.title),
            dossier.members.to_string(),
            dossier.decided.to_string(),
            dossier.on_agenda.to_string(),
            dossier.not_seen.to_string(),
            dossier.unknown.to_string(),
            dossier
                .last_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
        ]);
    }
    table.render()
}

/// The matrix with the members as lines: as many as there are, they fit.
pub(super) fn matrix(rows: &[(DossierSummary, Vec<MemberCell>)]) -> String {
    let tables = rows.iter().map(|(dossier, cells)| {
        let title = printable(&dossier.title);
        format!("{title} ({})\n\n{}", dossier.slug, table_of_states(cells))
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// Where each member stands.
pub fn table_of_states(cells: &[MemberCell]) -> String {
    let mut table = Table::new(["municipality", "state", "day", "outcome", "decision", "why"]);
    for cell in cells {
        let since = cell.why_since.map(|day| format!(" since {day}"));
        table.row([
            printable(&cell.municipality),
            cell.state.word().to_owned(),
            cell.on.map(|day| day.to_string()).unwrap_or_default(),
            cell.outcome.map_or("", Outcome::word).to_owned(),
            match (cell.state, cell.differs) {
                (MemberState::Decided, Some(true)) => "differs from the proposal".to_owned(),
                (MemberState::Decided, Some(false)) => "as proposed".to_owned(),
                _ => String::new(),
            },
            cell.why.map_or_else(String::new, |why| {
                format!("{}{}", why.word(), since.unwrap_or_default())
            }),
        ]);
    }
    table.render()
}

/// One dossier.
pub(super) fn shown(dossier: &DossierRecord) -> String {
    let summary = &dossier.summary;
    let mut out = String::new();
    put(
        &mut out,
        &format!("{}\n{}\n", printable(&summary.title), summary.slug),
    );
    for (word, slug) in [
        ("follows", &summary.predecessor),
        ("followed by", &summary.successor),
    ] {
        if let Some(slug) = slug {
            put(&mut out, &format!("{word} {slug}"));
        }
    }
    put(&mut out, &table_of_states(&dossier.cells));
    for item in &dossier.items {
        let record = &item.item;
        let day = record
            .held_on
            .map(|day| day.to_string())
            .unwrap_or_default();
        let body = record.body.as_deref().unwrap_or_default();
        put(
            &mut out,
            &printable(&format!(
                "{}  {day}  {}, {body}\n    {}\n    {} {:.2}: {}",
                record.uid,
                record.municipality,
                record.title,
                item.method.word(),
                item.confidence,
                item.note
            )),
        );
    }
    out
}

/// The texts held against each other.
pub(super) fn compared(comparisons: &[WordingComparison]) -> String {
    if comparisons.is_empty() {
        return "nothing to compare: no item of it has a proposal or a decision".to_owned();
    }
    let marks = if std::io::stdout().is_terminal() {
        COLOURS
    } else {
        PLAIN
    };
    let mut out = String::new();
    for comparison in comparisons {
        let shared = comparison.model_items.len();
        let head = format!("{} (shared by {shared})", comparison.of.word());
        put(
            &mut out,
            &format!("{head}\n\n{}\n", printable(&comparison.model)),
        );
        for text in &comparison.texts {
            let day = text.held_on.map(|day| day.to_string()).unwrap_or_default();
            let head = format!("{} {day} ({})", text.municipality, text.uid);
            let alike = text.similarity * 100.0;
            put(&mut out, &printable(&format!("{head}: {alike:.0} %")));
            if !text.differences.is_empty() {
                put(&mut out, &format!("{}\n", marked(&text.differences, marks)));
            }
        }
        put(&mut out, "");
    }
    out.trim_end().to_owned()
}

fn put(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    if writeln!(out, "{text}").is_err() {}
}
