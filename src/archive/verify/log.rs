//! The event log: a cursor into it must mean the same for ever.

use rusqlite::Connection;

use super::{END, LOG, REBUILD, Report};
use crate::archive::error::ArchiveError;
use crate::archive::mark::Mark;

/// No event is missing, and each speaks of something that is there or was taken away knowingly.
pub(super) fn events(report: &mut Report<'_>, conn: &Connection) -> Result<(), ArchiveError> {
    let missing = "SELECT before+1, seq-1 FROM
           (SELECT seq, lag(seq,1,0) OVER (ORDER BY seq) AS before FROM event) WHERE seq<>before+1";
    report.rows(conn, ("archive.db event", missing, LOG), |row| {
        let (first, last): (i64, i64) = (row.get(0)?, row.get(1)?);
        let which = if first == last {
            format!("event {first} is")
        } else {
            format!("events {first} to {last} are")
        };
        Ok(format!("{which} missing from the log"))
    })?;
    let nothing = "SELECT e.seq, e.kind, e.item_uid FROM event e
         WHERE e.item_uid IS NOT NULL AND NOT EXISTS(SELECT 1 FROM item i WHERE i.uid=e.item_uid)
           AND NOT EXISTS(SELECT 1 FROM takedown t WHERE t.target_uid=e.item_uid)
           AND NOT EXISTS(SELECT 1 FROM event g WHERE g.item_uid=e.item_uid AND g.kind='erased') ORDER BY e.seq";
    report.rows(conn, ("archive.db event", nothing, LOG), |row| {
        let (seq, kind, uid): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!(
            "event {seq} ({kind}) refers to {uid}, which is not in the archive, and nothing says that it was erased"
        ))
    })?;
    // An earlier event may name a version that a better reader no longer finds; the newest may not.
    let ahead =
        "SELECT e.seq, e.item_uid, e.version_no, i.version_no FROM item i JOIN event e ON e.seq=
           (SELECT max(n.seq) FROM event n WHERE n.item_id=i.id AND n.version_no IS NOT NULL)
         WHERE e.version_no>i.version_no";
    report.rows(conn, ("archive.db event", ahead, REBUILD), |row| {
        let (seq, uid, named, newest): (i64, Option<String>, i64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(format!(
            "event {seq} refers to version {named} of {}, whose newest is {newest}",
            uid.unwrap_or_default()
        ))
    })
}

/// The log goes as far as it once went, and what stands there is what was written.
pub(super) fn marked(
    report: &mut Report<'_>,
    conn: &Connection,
    mark: &Mark,
) -> Result<(), ArchiveError> {
    if let Some(lost) = mark.lost(conn)? {
        report.add("archive.db event", lost.to_string(), END);
        return Ok(());
    }
    unaltered(report, conn, mark)
}

/// Every event up to the mark is the one that was written.
pub(super) fn unaltered(
    report: &mut Report<'_>,
    conn: &Connection,
    mark: &Mark,
) -> Result<(), ArchiveError> {
    if let Some(seq) = mark.altered(conn)? {
        let what = format!(
            "an event of those up to {seq} is not what was written: time, kind, municipality or version of one of them"
        );
        report.add("archive.db event", what, LOG);
    }
    Ok(())
}
