//! Meetings as lists name them: their columns in table `meeting`, beside what their items say.

use jiff::Timestamp;
use jiff::civil::DateTime;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::ids::SourceId;
use crate::model::listing::{ListedMeeting, MeetingStatus};
use crate::model::when::helsinki;

use super::bodies::meeting_uid;
use super::error::ArchiveError;
use super::reader::Reader;
use super::registry::SourceRow;
use super::rows::{changed, instant, opt_day, opt_instant, text};
use super::transaction::Batch;

/// Columns of a meeting that lists may fill, as stored.
#[derive(Clone, Default, PartialEq, Eq)]
struct Said {
    starts_at: Option<String>,
    number: Option<String>,
    status: Option<String>,
    url: Option<String>,
    published_on: Option<String>,
    place: Option<String>,
    pdf_url: Option<String>,
    list_key: Option<String>,
}

/// What applying listed meetings came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingNews {
    /// Meetings that no list had named before.
    pub new: u32,
    /// Keys of the lists of meetings that are new, or of which something else is said now.
    pub lists: Vec<String>,
}

impl Batch<'_> {
    /// Stores meetings as a list names them; what it leaves out stays as it was.
    ///
    /// A status never goes back: minutes stay minutes, and what was cancelled does not become an agenda
    /// again. Two meetings of a body on one day, told apart by their numbers, share a row, which keeps what
    /// the first one said.
    pub fn apply_meetings(
        &self,
        source: &SourceId,
        meetings: &[ListedMeeting],
        now: Timestamp,
    ) -> Result<MeetingNews, ArchiveError> {
        let row = self.source_row(source)?;
        let mut news = MeetingNews::default();
        for meeting in meetings {
            let Some(day) = opt_day(Some(meeting.held_on)) else {
                continue;
            };
            if meeting.body.trim().is_empty() {
                continue;
            }
            let body = (self.body(&row, &meeting.body)?, meeting.body.as_str());
            let id = self.meeting(&row, body, (&day, meeting.held_on), now)?;
            self.apply_meeting((&row, id), meeting, now, &mut news)?;
        }
        Ok(news)
    }

    fn apply_meeting(
        &self,
        (source, id): (&SourceRow, i64),
        meeting: &ListedMeeting,
        now: Timestamp,
        news: &mut MeetingNews,
    ) -> Result<(), ArchiveError> {
        let (known, of) = said_of_meeting(self.archive, id)?;
        let said = said(meeting);
        let another = of == Some(source.id) && are_two(&known, &said);
        if another && self.is_listed(source.id, known.list_key.as_deref())? {
            return Ok(());
        }
        let merged = merge(&known, said);
        if merged == known && of == Some(source.id) {
            return Ok(());
        }
        self.store_said((id, source.id), &merged, now)?;
        news.new += u32::from(of.is_none());
        news.lists.extend(merged.list_key);
        Ok(())
    }

    fn store_said(
        &self,
        (id, source): (i64, i64),
        said: &Said,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.archive
            .prepare_cached(&format!(
                "UPDATE meeting SET starts_at=?2, number=?3, status=?4, url=?5, published_on=?6, place=?7,
                   pdf_url=?8, list_key=?9, source_id=?10, revision=revision+1, changed_at={} WHERE id=?1",
                changed("?11")
            ))?
            .execute(params![
                id,
                said.starts_at,
                said.number,
                said.status,
                said.url,
                said.published_on,
                said.place,
                said.pdf_url,
                said.list_key,
                source,
                instant(now),
            ])?;
        Ok(())
    }

    /// Whether a list is known and not gone.
    fn is_listed(&self, source: i64, key: Option<&str>) -> Result<bool, ArchiveError> {
        let found: Option<bool> = self
            .archive
            .prepare_cached(
                "SELECT gone_since IS NULL FROM list_page WHERE source_id=?1 AND key=?2",
            )?
            .query_row(params![source, key], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or_default())
    }
}

impl Batch<'_> {
    /// Makes the meetings of a source what its lists say today, each given as they named it from first to last; returns
    /// how many differed. What lists do not say any more stays, and so does a status that is further.
    pub fn rewrite_meetings(
        &self,
        source: &SourceId,
        histories: &[Vec<ListedMeeting>],
        now: Timestamp,
    ) -> Result<u32, ArchiveError> {
        let row = self.source_row(source)?;
        let mut changed = 0;
        for history in histories {
            match derived(self.archive, (row.id, &row.municipality_slug), history)? {
                Derivation::Same => continue,
                Derivation::Unknown => {
                    self.apply_meetings(source, history, now)?;
                }
                Derivation::Other(id, said) => self.store_said((id, row.id), &said, now)?,
            }
            changed += 1;
        }
        Ok(changed)
    }
}

impl Reader {
    /// How many meetings [`Batch::rewrite_meetings`] would change.
    pub fn would_rewrite_meetings(
        &self,
        source: &SourceId,
        histories: &[Vec<ListedMeeting>],
    ) -> Result<u32, ArchiveError> {
        self.read(|conn| {
            let (id, slug): (i64, String) = conn
                .prepare_cached(
                    "SELECT s.id, mu.slug FROM source s JOIN municipality mu ON mu.id=s.municipality_id
                     WHERE s.slug=?1",
                )?
                .query_row(params![source.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut changed = 0;
            for history in histories {
                let derived = derived(conn, (id, &slug), history)?;
                changed += u32::from(!matches!(derived, Derivation::Same));
            }
            Ok(changed)
        })
    }
}

/// What lists say of a meeting today, beside what is stored.
enum Derivation {
    /// The same, or nobody can tell whose it is: two meetings share the row, or another source named it last.
    Same,
    /// There is no such meeting.
    Unknown,
    /// Something else.
    Other(i64, Said),
}

fn derived(
    conn: &Connection,
    (source, municipality): (i64, &str),
    history: &[ListedMeeting],
) -> Result<Derivation, ArchiveError> {
    let Some((meeting, day)) = history
        .first()
        .and_then(|first| Some((first, opt_day(Some(first.held_on))?)))
    else {
        return Ok(Derivation::Same);
    };
    let mut told = Said::default();
    for next in history.iter().map(said) {
        if are_two(&told, &next) {
            return Ok(Derivation::Same);
        }
        told = merge(&told, next);
    }
    let id: Option<i64> = conn
        .prepare_cached("SELECT id FROM meeting WHERE uid=?1")?
        .query_row(
            params![meeting_uid(municipality, &meeting.body, &day)],
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = id else {
        return Ok(Derivation::Unknown);
    };
    let (known, of) = said_of_meeting(conn, id)?;
    if of.is_some_and(|of| of != source) {
        return Ok(Derivation::Same);
    }
    let status = |said: &Said| said.status.as_deref().and_then(MeetingStatus::from_word);
    let reached = MeetingStatus::further(status(&known), status(&told));
    let before = known.clone();
    let derived = Said {
        starts_at: told.starts_at.or(known.starts_at),
        number: told.number.or(known.number),
        status: reached.map(|status| status.word().to_owned()),
        url: told.url.or(known.url),
        published_on: told.published_on.or(known.published_on),
        place: told.place.or(known.place),
        pdf_url: told.pdf_url.or(known.pdf_url),
        list_key: told.list_key.or(known.list_key),
    };
    if derived == before && of.is_some() {
        return Ok(Derivation::Same);
    }
    Ok(Derivation::Other(id, derived))
}

/// Whether two meetings of a body on one day are named.
fn are_two(known: &Said, said: &Said) -> bool {
    let both = |one: &Option<String>, other: &Option<String>| {
        one.is_some() && other.is_some() && one != other
    };
    both(&known.list_key, &said.list_key) && both(&known.number, &said.number)
}

/// What lists said of a meeting, and which source they are of.
fn said_of_meeting(conn: &Connection, id: i64) -> Result<(Said, Option<i64>), ArchiveError> {
    Ok(conn
        .prepare_cached(
            "SELECT starts_at, number, status, url, published_on, place, pdf_url, list_key, source_id
             FROM meeting WHERE id=?1",
        )?
        .query_row(params![id], |row| {
            let said = Said {
                starts_at: row.get(0)?,
                number: row.get(1)?,
                status: row.get(2)?,
                url: row.get(3)?,
                published_on: row.get(4)?,
                place: row.get(5)?,
                pdf_url: row.get(6)?,
                list_key: row.get(7)?,
            };
            Ok((said, row.get(8)?))
        })?)
}

fn said(meeting: &ListedMeeting) -> Said {
    let list = meeting.list.as_ref();
    let owned = |value: Option<&str>| text(value).map(Into::into);
    Said {
        starts_at: opt_instant(meeting.starts_at.and_then(in_finland)),
        number: owned(meeting.number.as_deref()),
        status: meeting.status.map(|status| status.word().to_owned()),
        url: list.map(|list| list.url.to_string()),
        published_on: opt_day(meeting.published_on),
        place: owned(meeting.place.as_deref()),
        pdf_url: meeting.pdf_url.as_ref().map(ToString::to_string),
        list_key: list.map(|list| list.key.clone()),
    }
}

fn in_finland(at: DateTime) -> Option<Timestamp> {
    at.to_zoned(helsinki()).ok().map(|zoned| zoned.timestamp())
}

/// What was known with what is said now. A meeting may have a list of its agenda and one of its minutes:
/// the list of the further document stands.
fn merge(known: &Said, said: Said) -> Said {
    let before = known.clone();
    let status = |said: &Said| said.status.as_deref().and_then(MeetingStatus::from_word);
    let reached = MeetingStatus::further(status(&before), status(&said));
    let other_list =
        before.list_key.is_some() && said.list_key.is_some() && before.list_key != said.list_key;
    let behind = other_list && reached == status(&before);
    let (first, second) = if behind {
        (before, said)
    } else {
        (said, before)
    };
    Said {
        starts_at: first.starts_at.or(second.starts_at),
        number: first.number.or(second.number),
        status: reached.map(|status| status.word().to_owned()),
        url: first.url.or(second.url),
        published_on: first.published_on.or(second.published_on),
        place: first.place.or(second.place),
        pdf_url: first.pdf_url.or(second.pdf_url),
        list_key: first.list_key.or(second.list_key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_agenda_and_its_minutes_the_minutes_stand_whichever_came_last() {
        let said = |status: &str, key: &str, place: Option<&str>| Said {
            status: Some(status.to_owned()),
            list_key: Some(key.to_owned()),
            place: place.map(str::to_owned),
            ..Said::default()
        };
        let agenda = said("agenda", "agenda/1", Some("Kunnantalo"));
        let minutes = said("minutes", "meeting/9", None);
        let both = said("minutes", "meeting/9", Some("Kunnantalo"));
        assert!(merge(&agenda, minutes.clone()) == both);
        assert!(merge(&minutes, agenda.clone()) == both);
        assert!(merge(&both, agenda) == both);
    }
}
