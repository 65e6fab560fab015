//! Bodies, meetings and matters: the nouns that items share, made when first named.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

use crate::model::ids::slug;
use crate::model::listing::MeetingStatus;
use crate::model::minutes::Stage;

use super::error::ArchiveError;
use super::events::NewEvent;
use super::registry::SourceRow;
use super::rows::{instant, nfc, opt_day, sha256_hex};
use super::transaction::Batch;

/// The body and meeting of an item, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sitting {
    pub(super) body_id: Option<i64>,
    pub(super) meeting_id: Option<i64>,
}

/// Public key of a body's meeting on a day.
pub(super) fn meeting_uid(municipality: &str, body: &str, day: &str) -> String {
    format!("{municipality}/{}/{day}", slug(body))
}

impl Batch<'_> {
    /// The body of that name and its meeting on that day; made where they do not exist.
    pub(super) fn sitting(
        &self,
        source: &SourceRow,
        body: Option<&str>,
        held_on: Option<Date>,
        now: Timestamp,
    ) -> Result<Sitting, ArchiveError> {
        let Some(name) = body.filter(|name| !name.is_empty()) else {
            return Ok(Sitting::default());
        };
        let body_id = self.body(source, name)?;
        let day = opt_day(held_on).zip(held_on);
        let meeting_id = match day {
            Some((text, date)) => {
                Some(self.meeting(source, (body_id, name), (&text, date), now)?)
            }
            None => None,
        };
        Ok(Sitting {
            body_id: Some(body_id),
            meeting_id,
        })
    }

    pub(super) fn body(&self, source: &SourceRow, name: &str) -> Result<i64, ArchiveError> {
        let name = nfc(name);
        let known = self
            .archive
            .prepare_cached("SELECT id FROM body WHERE municipality_id=?1 AND name=?2")?
            .query_row(params![source.municipality_id, name], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.archive
            .prepare_cached(
                "INSERT INTO body(title,name,slug,municipality_id) VALUES(?1,?2,?3,?4)",
            )?
            .execute(params![
                format!("{} · {name}", source.municipality),
                name,
                slug(&name),
                source.municipality_id
            ])?;
        Ok(self.archive.last_insert_rowid())
    }

    pub(super) fn meeting(
        &self,
        source: &SourceRow,
        (body_id, body): (i64, &str),
        (day, date): (&str, Date),
        now: Timestamp,
    ) -> Result<i64, ArchiveError> {
        let uid = meeting_uid(&source.municipality_slug, body, day);
        let known = self
            .archive
            .prepare_cached("SELECT id FROM meeting WHERE uid=?1")?
            .query_row(params![uid], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let title = format!(
            "{} · {} {}.{}.{}",
            source.municipality,
            nfc(body),
            date.day(),
            date.month(),
            date.year()
        );
        self.archive
            .prepare_cached(
                "INSERT INTO meeting(uid,title,body_id,held_on,first_seen_at) VALUES(?1,?2,?3,?4,?5)",
            )?
            .execute(params![uid, title, body_id, day, instant(now)])?;
        let id = self.archive.last_insert_rowid();
        let mut event = NewEvent::new("meeting_published", source.municipality_id, &title);
        event.meeting_id = Some(id);
        self.append(&event, now)?;
        Ok(id)
    }

    /// Moves a meeting on from agenda to minutes by what one of its items says; never back, one item still
    /// on the agenda says nothing. Unchecked minutes are a draft.
    pub(super) fn advance_meeting(
        &self,
        meeting: i64,
        (stage, checked): (Stage, Option<bool>),
    ) -> Result<(), ArchiveError> {
        let status = match (stage, checked) {
            (Stage::Agenda, _) => MeetingStatus::Agenda,
            (Stage::Minutes, Some(false)) => MeetingStatus::MinutesDraft,
            (Stage::Minutes, Some(true) | None) => MeetingStatus::Minutes,
        };
        self.archive
            .prepare_cached(
                "UPDATE meeting SET status=?2 WHERE id=?1 AND status IS NOT ?2
                   AND (status IS NULL OR (status='agenda' AND ?2 IN ('minutes','minutes_draft'))
                     OR (status='minutes_draft' AND ?2='minutes' AND ?3))",
            )?
            .execute(params![meeting, status.word(), checked == Some(true)])?;
        Ok(())
    }

    /// Drops the meeting that an item was moved out of, if nothing else holds it.
    pub(super) fn leave_meeting(
        &self,
        before: Option<i64>,
        now: Option<i64>,
    ) -> Result<(), ArchiveError> {
        match before.filter(|left| now != Some(*left)) {
            Some(left) => self.drop_empty_meeting(left),
            None => Ok(()),
        }
    }

    /// Deletes a meeting that its last item has left, because the page named another body or day, unless a
    /// list names it.
    fn drop_empty_meeting(&self, meeting: i64) -> Result<(), ArchiveError> {
        let used: bool = self
            .archive
            .prepare_cached(
                "SELECT EXISTS(SELECT 1 FROM item WHERE meeting_id=?1)
                   OR EXISTS(SELECT 1 FROM meeting WHERE id=?1 AND source_id IS NOT NULL)",
            )?
            .query_row(params![meeting], |row| row.get(0))?;
        if !used {
            self.archive
                .prepare_cached("UPDATE event SET meeting_id=NULL WHERE meeting_id=?1")?
                .execute(params![meeting])?;
            self.archive
                .prepare_cached("DELETE FROM meeting WHERE id=?1")?
                .execute(params![meeting])?;
        }
        Ok(())
    }

    /// The matter a diary number names in this municipality; its title follows the newest item.
    pub(super) fn matter(
        &self,
        source: &SourceRow,
        diary: &str,
        title: &str,
    ) -> Result<i64, ArchiveError> {
        let known: Option<i64> = self
            .archive
            .prepare_cached("SELECT id FROM matter WHERE municipality_id=?1 AND diary_number=?2")?
            .query_row(params![source.municipality_id, diary], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            self.archive
                .prepare_cached("UPDATE matter SET title=?2 WHERE id=?1 AND title<>?2")?
                .execute(params![id, title])?;
            return Ok(id);
        }
        let (class_code, opened_year) = diary_parts(diary);
        let plain = format!(
            "{}/{}",
            source.municipality_slug,
            diary.replace(['/', ' '], "-")
        );
        // `85/12` and `85-12` are two matters of one spelling: the second gets a mark.
        let marked = format!(
            "{plain}-{}",
            sha256_hex(diary.as_bytes()).get(..8).unwrap_or_default()
        );
        for uid in [plain, marked] {
            let inserted = self
                .archive
                .prepare_cached(
                    "INSERT INTO matter(uid,diary_number,title,municipality_id,class_code,opened_year)
                     VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(uid) DO NOTHING",
                )?
                .execute(params![uid, diary, title, source.municipality_id, class_code, opened_year])?;
            if inserted == 1 {
                break;
            }
        }
        Ok(self.archive.last_insert_rowid())
    }
}

/// Class code (tehtäväluokka) and year of a diary number: `85/12.00.00/2024`.
fn diary_parts(diary: &str) -> (Option<&str>, Option<i32>) {
    let is_class =
        |part: &&str| part.contains('.') && part.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_year = |part: &&str| part.len() == 4;
    let parts = || diary.split('/').skip(1).map(str::trim);
    let year = parts()
        .filter(is_year)
        .filter_map(|part| part.parse().ok())
        .last();
    (
        parts().find(is_class),
        year.filter(|year| (1900..=2200).contains(year)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diary_numbers_give_class_and_year_where_they_carry_them() {
        assert_eq!(
            diary_parts("85/12.00.00/2024"),
            (Some("12.00.00"), Some(2024))
        );
        assert_eq!(diary_parts("KH/85/2024"), (None, Some(2024)));
        assert_eq!(diary_parts("85"), (None, None));
        assert_eq!(diary_parts("1/9999"), (None, None));
    }
}
