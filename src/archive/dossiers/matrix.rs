//! Dossiers as readers see them: lines, cells and items, from the view `network_matrix` and indexes.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use crate::model::dossier::{
    DossierItem, DossierRecord, DossierSummary, JoinMethod, MemberCell, MemberState, UnknownReason,
};
use crate::model::ids::Uid;
use crate::model::minutes::Outcome;

use super::super::error::ArchiveError;
use super::super::item_read::{ITEM, insist_on_item, with_sound_text};
use super::super::reader::Reader;
use super::super::rows::{Columns, readable};

/// Which dossiers: those of a network, that with a slug, those of an item.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted<'a> {
    network: Option<&'a str>,
    slug: Option<&'a str>,
    uid: Option<&'a Uid>,
}

/// Dossiers of a condition on `d` (dossier) and `n` (network), those with nothing in them left out; newest first.
fn summaries_sql(condition: &str) -> String {
    format!(
        "SELECT d.id, d.slug, d.title, n.slug AS network, coalesce(d.subject, d.title) AS subject, d.year, d.first_on,
           d.last_on, coalesce(d.changed_at,'1970-01-01T00:00:00Z') AS changed_at,
           (SELECT max(i.changed_at) FROM dossier_item di JOIN item i ON i.id=di.item_id WHERE di.dossier_id=d.id)
             AS item_changed_at,
           (SELECT b.slug FROM dossier b WHERE b.id=d.predecessor_id) AS predecessor,
           (SELECT s.slug FROM dossier s WHERE s.predecessor_id=d.id
              AND EXISTS (SELECT 1 FROM dossier_item di WHERE di.dossier_id=s.id) LIMIT 1) AS successor
         FROM dossier d JOIN network n ON n.id=d.network_id WHERE {condition}
         ORDER BY d.last_on DESC, d.slug"
    )
}

/// Cells of the dossiers of a condition on `x`, the view.
fn cells_sql(condition: &str) -> String {
    format!(
        "SELECT x.slug, x.municipality, x.state, x.handled_on, x.outcome, x.differs, x.why, x.why_since
         FROM network_matrix x WHERE {condition} ORDER BY x.slug, x.municipality"
    )
}

const ITEMS_IN_IT: &str = "EXISTS (SELECT 1 FROM dossier_item di WHERE di.dossier_id=d.id)";

impl Wanted<'_> {
    fn condition(self) -> (String, String, String) {
        if let Some(slug) = self.slug {
            return (
                "d.slug=?1".to_owned(),
                "x.slug=?1".to_owned(),
                slug.to_owned(),
            );
        }
        if let Some(uid) = self.uid {
            let of_item = "SELECT t.dossier_id FROM dossier_item t JOIN item i ON i.id=t.item_id WHERE i.uid=?1";
            return (
                format!("d.id IN ({of_item})"),
                format!("x.slug IN (SELECT slug FROM dossier WHERE id IN ({of_item}))"),
                uid.to_string(),
            );
        }
        if let Some(network) = self.network {
            return (
                format!("n.slug=?1 AND {ITEMS_IN_IT}"),
                "x.network=?1".to_owned(),
                network.to_owned(),
            );
        }
        (
            format!("?1='' AND {ITEMS_IN_IT}"),
            "?1=''".to_owned(),
            String::new(),
        )
    }
}

impl Reader {
    /// The dossiers of one network, or of all, that have items; those with the latest meeting first.
    pub fn dossiers(&self, network: Option<&str>) -> Result<Vec<DossierSummary>, ArchiveError> {
        let rows = self.dossier_rows(Wanted {
            network,
            ..Wanted::default()
        })?;
        Ok(rows.into_iter().map(|(summary, _)| summary).collect())
    }

    /// The dossiers an item belongs to.
    pub fn dossiers_of(&self, uid: &Uid) -> Result<Vec<DossierSummary>, ArchiveError> {
        let rows = self.dossier_rows(Wanted {
            uid: Some(uid),
            ..Wanted::default()
        })?;
        Ok(rows.into_iter().map(|(summary, _)| summary).collect())
    }

    /// The matrix of a network: each dossier with a cell for each member.
    pub fn matrix(
        &self,
        network: &str,
    ) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, ArchiveError> {
        self.dossier_rows(Wanted {
            network: Some(network),
            ..Wanted::default()
        })
    }

    /// A dossier with everything in it; also one that has no items any more.
    pub fn dossier(&self, slug: &str) -> Result<Option<DossierRecord>, ArchiveError> {
        self.read(|conn| {
            let wanted = Wanted {
                slug: Some(slug),
                ..Wanted::default()
            };
            let Some((summary, cells)) = rows(conn, wanted)?.pop() else {
                return Ok(None);
            };
            Ok(Some(DossierRecord {
                summary,
                cells,
                items: items(conn, slug)?,
            }))
        })
    }

    fn dossier_rows(
        &self,
        wanted: Wanted<'_>,
    ) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, ArchiveError> {
        self.read(|conn| rows(conn, wanted))
    }
}

fn rows(
    conn: &Connection,
    wanted: Wanted<'_>,
) -> Result<Vec<(DossierSummary, Vec<MemberCell>)>, ArchiveError> {
    let (of_dossier, of_cell, value) = wanted.condition();
    let mut statement = conn.prepare_cached(&summaries_sql(&of_dossier))?;
    let found = statement.query_and_then(params![value], |row| {
        Ok::<_, ArchiveError>((row.get::<_, i64>("id")?, summary(row)?))
    })?;
    let mut cells: BTreeMap<String, Vec<MemberCell>> = BTreeMap::new();
    let mut statement = conn.prepare_cached(&cells_sql(&of_cell))?;
    let read = statement.query_and_then(params![value], |row| {
        Ok::<_, ArchiveError>((row.get::<_, String>("slug")?, cell(row)?))
    })?;
    for read in read {
        let (slug, cell) = read?;
        cells.entry(slug).or_default().push(cell);
    }
    let with_cells = found.map(|found| {
        let (id, summary) = found?;
        let mut own = cells.remove(&summary.slug).unwrap_or_default();
        let (mut uids, damaged) = uids(conn, id)?;
        for cell in &mut own {
            cell.items = uids.remove(&cell.municipality).unwrap_or_default();
            if damaged.contains(&cell.municipality) {
                (cell.state, cell.why) = (MemberState::Unknown, Some(UnknownReason::Damaged));
                (cell.on, cell.outcome, cell.differs, cell.why_since) = (None, None, None, None);
            }
        }
        Ok((counted(summary, &own), own))
    });
    with_cells.collect()
}

fn summary(row: &Row<'_>) -> Result<DossierSummary, ArchiveError> {
    let c = Columns::of("dossier", row);
    let changed_at = c.instant("changed_at")?;
    Ok(DossierSummary {
        slug: c.get("slug")?,
        title: c.get("title")?,
        network: c.get("network")?,
        subject: c.get("subject")?,
        year: c.get("year")?,
        members: 0,
        decided: 0,
        on_agenda: 0,
        not_seen: 0,
        unknown: 0,
        first_on: c.opt_day("first_on")?,
        last_on: c.opt_day("last_on")?,
        changed_at: c
            .opt_instant("item_changed_at")?
            .map_or(changed_at, |at| at.max(changed_at)),
        predecessor: c.get("predecessor")?,
        successor: c.get("successor")?,
    })
}

fn counted(mut summary: DossierSummary, cells: &[MemberCell]) -> DossierSummary {
    for cell in cells {
        summary.members += 1;
        let count = match cell.state {
            MemberState::NotSeen => &mut summary.not_seen,
            MemberState::OnAgenda => &mut summary.on_agenda,
            MemberState::Decided => &mut summary.decided,
            MemberState::Unknown => &mut summary.unknown,
        };
        *count += 1;
    }
    summary
}

fn cell(row: &Row<'_>) -> Result<MemberCell, ArchiveError> {
    let c = Columns::of("network_matrix", row);
    Ok(MemberCell {
        municipality: c.get("municipality")?,
        state: c.with("state", MemberState::from_word)?,
        on: c.opt_day("handled_on")?,
        outcome: c.opt_with("outcome", Outcome::from_word)?,
        differs: c.get("differs")?,
        items: vec![],
        why: c.opt_with("why", UnknownReason::from_word)?,
        why_since: c.opt_day("why_since")?,
    })
}

/// Items by the name of their municipality.
type ByMunicipality = BTreeMap<String, Vec<Uid>>;

/// The items of a dossier by municipality, in the order of their meetings; and municipalities of which an item's row,
/// or that of its meeting, is not the one that was written.
fn uids(
    conn: &Connection,
    dossier: i64,
) -> Result<(ByMunicipality, BTreeSet<String>), ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT mu.name, i.uid, i.id FROM dossier_item di JOIN item i ON i.id=di.item_id
           JOIN municipality mu ON mu.id=di.municipality_id LEFT JOIN meeting me ON me.id=i.meeting_id
         WHERE di.dossier_id=?1 AND i.withdrawn_at IS NULL ORDER BY coalesce(me.held_on,i.listed_on), i.uid",
    )?;
    let (mut found, mut damaged) = (ByMunicipality::new(), BTreeSet::new());
    let mut rows = statement.query(params![dossier])?;
    while let Some(row) = rows.next()? {
        let municipality: String = row.get(0)?;
        match insist_on_item(conn, row.get(2)?) {
            Ok(()) => {
                let uid = Uid::new(row.get::<_, String>(1)?);
                found.entry(municipality).or_default().push(uid);
            }
            Err(error @ ArchiveError::Unreadable { .. }) => {
                tracing::error!(%error, "a damaged item decides nothing in a dossier");
                damaged.insert(municipality);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((found, damaged))
}

/// How each item came into a dossier: method, confidence, reason.
type Reasons = BTreeMap<Uid, (JoinMethod, f64, String)>;

fn items(conn: &Connection, slug: &str) -> Result<Vec<DossierItem>, ArchiveError> {
    let mut reasons = reasons(conn, slug)?;
    let mut statement = conn.prepare_cached(&format!(
        "{ITEM} WHERE i.withdrawn_at IS NULL AND i.id IN (SELECT di.item_id FROM dossier d
           JOIN dossier_item di ON di.dossier_id=d.id WHERE d.slug=?1)
         ORDER BY coalesce(me.held_on,i.listed_on), i.uid"
    ))?;
    let mut found = vec![];
    let records = statement.query_and_then(params![slug], |row| with_sound_text(conn, row))?;
    for item in records.filter_map(readable) {
        let item = item?;
        if let Some((method, confidence, note)) = reasons.remove(&item.uid) {
            found.push(DossierItem {
                item,
                method,
                confidence,
                note,
            });
        }
    }
    Ok(found)
}

fn reasons(conn: &Connection, slug: &str) -> Result<Reasons, ArchiveError> {
    let mut statement = conn.prepare_cached(
        "SELECT i.uid, di.method, di.confidence, coalesce(di.note,'') AS note
         FROM dossier d JOIN dossier_item di ON di.dossier_id=d.id JOIN item i ON i.id=di.item_id WHERE d.slug=?1",
    )?;
    let rows = statement.query_and_then(params![slug], |row| {
        let c = Columns::of("dossier_item", row);
        let method = c.with("method", JoinMethod::from_word)?;
        let reason = (method, c.get("confidence")?, c.get("note")?);
        Ok::<_, ArchiveError>((Uid::new(c.get::<String>("uid")?), reason))
    })?;
    rows.collect()
}
