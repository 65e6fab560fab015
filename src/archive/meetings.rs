//! Meetings as lists name them: their columns in table `meeting`, beside what their items say.

use jiff::Timestamp;
use jiff::civil::DateTime;
use rusqlite::{OptionalExtension, params};

use crate::model::ids::SourceId;
use crate::model::listing::{ListedMeeting, MeetingStatus};
use crate::model::when::helsinki;

use super::error::ArchiveError;
use super::registry::SourceRow;
use super::rows::{opt_day, opt_instant, text};
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
            self.apply_meeting(&row, id, meeting, &mut news)?;
        }
        Ok(news)
    }

    fn apply_meeting(
        &self,
        source: &SourceRow,
        id: i64,
        meeting: &ListedMeeting,
        news: &mut MeetingNews,
    ) -> Result<(), ArchiveError> {
        let (known, of): (Said, Option<i64>) = self.said_of_meeting(id)?;
        let said = said(meeting);
        let both = |one: &Option<String>, other: &Option<String>| {
            one.is_some() && other.is_some() && one != other
        };
        let another = of == Some(source.id)
            && both(&known.list_key, &said.list_key)
            && both(&known.number, &said.number);
        if another && self.is_listed(source.id, known.list_key.as_deref())? {
            return Ok(());
        }
        let merged = merge(&known, said);
        if merged == known && of == Some(source.id) {
            return Ok(());
        }
        self.archive
            .prepare_cached(
                "UPDATE meeting SET starts_at=?2, number=?3, status=?4, url=?5, published_on=?6, place=?7,
                   pdf_url=?8, list_key=?9, source_id=?10 WHERE id=?1",
            )?
            .execute(params![
                id,
                merged.starts_at,
                merged.number,
                merged.status,
                merged.url,
                merged.published_on,
                merged.place,
                merged.pdf_url,
                merged.list_key,
                source.id,
            ])?;
        news.new += u32::from(of.is_none());
        news.lists.extend(merged.list_key);
        Ok(())
    }

    /// What lists said of a meeting, and which source they are of.
    fn said_of_meeting(&self, id: i64) -> Result<(Said, Option<i64>), ArchiveError> {
        Ok(self
            .archive
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
